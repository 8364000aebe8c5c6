/* Signals: handlers set a flag and write a byte into a pipe that stands in the keyboard's poll; all
 * work is done there. A crash puts the terminal back first, with nothing but write and tcsetattr,
 * and then happens as it would have. */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "data/status.h"
#include "tui/terminal/internal.h"

static const struct {
    int number;
    unsigned flag;
} caught[] = {
    {SIGWINCH, SIGNALLED_RESIZE}, {SIGTSTP, SIGNALLED_SUSPEND}, {SIGCONT, SIGNALLED_CONTINUE},
    {SIGHUP, SIGNALLED_HANGUP},   {SIGTERM, SIGNALLED_HANGUP},  {SIGINT, SIGNALLED_HANGUP},
};
static const int crashes[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};

enum { CAUGHT = sizeof caught / sizeof caught[0], CRASHES = sizeof crashes / sizeof crashes[0] };

static struct sigaction caught_before[CAUGHT], crashes_before[CRASHES];
static atomic_uint signalled;
static char restore[256];
static size_t restore_size;
static int installed;
static _Alignas(16) char crash_stack[64 * 1024]; /* a crash may be the end of the usual one */

static void on_signal(int number)
{
    int saved = errno;
    for (int i = 0; i < CAUGHT; i++)
        if (caught[i].number == number)
            atomic_fetch_or(&signalled, caught[i].flag);
    ssize_t ignored = write(terminal.wake[1], "", 1); /* a full pipe wakes as well */
    (void)ignored;
    errno = saved;
}

static void on_crash(int number, siginfo_t *info, void *context)
{
    (void)context;
    ssize_t ignored = write(STDOUT_FILENO, restore, restore_size);
    (void)ignored;
    if (terminal.has_before)
        tcsetattr(STDIN_FILENO, TCSANOW, &terminal.before);
    for (int i = 0; i < CRASHES; i++)
        if (crashes[i] == number)
            sigaction(number, &crashes_before[i], NULL);
    if (info->si_code <= 0 || number == SIGABRT)
        raise(number); /* it was sent; a fault happens again by itself */
}

void signals_set_restore(const char *bytes)
{
    restore_size = strnlen(bytes, sizeof restore);
    memcpy(restore, bytes, restore_size);
}

int signals_install(struct status *st)
{
    if (pipe2(terminal.wake, O_CLOEXEC | O_NONBLOCK))
        return status_fail_errno(st, "making a pipe for signals");
    atomic_store(&signalled, 0);
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    for (int i = 0; i < CAUGHT; i++)
        sigaction(caught[i].number, &action, &caught_before[i]);
    stack_t stack = {.ss_sp = crash_stack, .ss_size = sizeof crash_stack};
    struct sigaction crash = {.sa_sigaction = on_crash, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    stack_t present;
    sigemptyset(&crash.sa_mask);
    if (!sigaltstack(NULL, &present) && present.ss_flags & SS_DISABLE)
        sigaltstack(&stack, NULL);
    for (int i = 0; i < CRASHES; i++)
        sigaction(crashes[i], &crash, &crashes_before[i]);
    installed = 1;
    return 0;
}

void signals_remove(void)
{
    if (!installed)
        return;
    installed = 0;
    for (int i = 0; i < CAUGHT; i++)
        sigaction(caught[i].number, &caught_before[i], NULL);
    for (int i = 0; i < CRASHES; i++)
        sigaction(crashes[i], &crashes_before[i], NULL);
    close(terminal.wake[0]);
    close(terminal.wake[1]);
}

unsigned signals_take(void)
{
    char bytes[64];
    while (read(terminal.wake[0], bytes, sizeof bytes) > 0)
        ;
    return atomic_exchange(&signalled, 0);
}

int signals_waiting(void)
{
    return atomic_load(&signalled) != 0;
}

void signals_stop(void)
{
    struct sigaction usual = {.sa_handler = SIG_DFL}, ours;
    sigset_t only, mask;
    sigemptyset(&usual.sa_mask);
    sigaction(SIGTSTP, &usual, &ours);
    sigemptyset(&only);
    sigaddset(&only, SIGTSTP);
    sigprocmask(SIG_UNBLOCK, &only, &mask);
    raise(SIGTSTP);
    sigprocmask(SIG_SETMASK, &mask, NULL);
    sigaction(SIGTSTP, &ours, NULL);
}
