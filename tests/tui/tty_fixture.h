/* A pseudo terminal, and a child on it that says what it does: the test is the terminal, answers
 * what it is asked (or not), types, resizes, and looks at what was written. */
#ifndef TESTS_TUI_TTY_FIXTURE_H
#define TESTS_TUI_TTY_FIXTURE_H

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>
#include <utmp.h>

#include "data/image.h"
#include "tests/check.h"

enum { PATIENCE = 20, SEEN = 8 << 20, LOG = 1 << 16 };

static const char sixel_answers[] =
    "\033P>|XTerm(379)\033\\\033[?1;0;256S\033[6;20;10t\033[?63;1;4;22c";

struct fake {
    int master, log;
    pid_t pid;
    const char *answers; /* to CSI c; NULL: silent */
    int answers_left;
    char *seen;              /* what the child wrote, ended by NUL; NULs are left out */
    size_t seen_size, asked; /* questions before `asked` were answered */
    char said[LOG];          /* what it told */
    size_t said_size;
    struct termios before;
};

/* ---- the child ---- */

static int log_fd;

static inline void tell(const char *format, ...)
{
    char line[200];
    va_list list;
    va_start(list, format);
    int n = vsnprintf(line, sizeof line, format, list);
    va_end(list);
    if (write(log_fd, line, (size_t)n) != n)
        _exit(3);
}

static inline void noise(struct image *image)
{
    unsigned state = 1;
    if (image_new(400, 400, image, NULL))
        _exit(3);
    for (int i = 0; i < 3 * 400 * 400; i++) {
        state = state * 1664525u + 1013904223u;
        image->rgb[i] = (unsigned char)(state >> 24);
    }
}

/* ---- the terminal ---- */

static inline int begin(struct fake *f, const char *answers, void (*run)(void))
{
    struct winsize w = {.ws_row = 20, .ws_col = 60, .ws_xpixel = 600, .ws_ypixel = 400};
    int fds[2], slave;
    memset(f, 0, sizeof *f);
    f->answers = answers;
    f->answers_left = 1000;
    f->seen = calloc(1, SEEN + 1);
    if (!CHECK(f->seen != NULL) || !CHECK_INT(pipe(fds), 0))
        return 0;
    if (openpty(&f->master, &slave, NULL, NULL, &w) != 0)
        return test_skip("no pseudo terminals here (/dev/pts): %s", strerror(errno));
    tcgetattr(slave, &f->before);
    f->pid = fork();
    if (f->pid == 0) {
        close(f->master);
        close(fds[0]);
        log_fd = fds[1];
        login_tty(slave);
        setenv("TERM", "xterm-256color", 1);
        unsetenv("NO_COLOR");
        run();
    }
    close(fds[1]);
    close(slave);
    f->log = fds[0];
    fcntl(f->master, F_SETFL, O_NONBLOCK);
    fcntl(f->log, F_SETFL, O_NONBLOCK);
    return CHECK(f->pid > 0);
}

static inline void type(struct fake *f, const char *bytes)
{
    CHECK_INT(write(f->master, bytes, strlen(bytes)), (long long)strlen(bytes));
}

static inline void answer(struct fake *f)
{
    char *at;
    while (f->answers && f->answers_left > 0 && (at = strstr(f->seen + f->asked, "\033[c"))) {
        f->asked = (size_t)(at - f->seen) + 3;
        f->answers_left--;
        type(f, f->answers);
    }
}

/* Reads what there is for a while. 0: both ends have closed. */
static inline int listen_to(struct fake *f, int milliseconds, int screen)
{
    char bytes[4096];
    struct pollfd p[] = {{f->log, POLLIN, 0}, {screen ? f->master : -1, POLLIN, 0}};
    poll(p, 2, milliseconds);
    ssize_t n = read(f->log, f->said + f->said_size, LOG - 1 - f->said_size);
    int ended = n == 0;
    if (n > 0)
        f->said_size += (size_t)n;
    n = screen ? read(f->master, bytes, sizeof bytes) : -1;
    for (ssize_t i = 0; i < n && f->seen_size < SEEN; i++)
        if (bytes[i])
            f->seen[f->seen_size++] = bytes[i];
    if (n > 0)
        answer(f);
    return !ended || n > 0;
}

static inline int within(time_t start)
{
    return time(NULL) - start < PATIENCE;
}

/* Until it has told this, after `from`; and all that it wrote before. */
static inline int told(struct fake *f, size_t from, const char *line)
{
    time_t start = time(NULL);
    while (!strstr(f->said + from, line))
        if (!within(start) || !listen_to(f, 100, 1)) {
            test_fail(__FILE__, __LINE__, "waited for '%s', was told: %s", line, f->said + from);
            return 0;
        }
    size_t before;
    do {
        before = f->seen_size;
        listen_to(f, 0, 1);
    } while (f->seen_size > before);
    return 1;
}

static inline int written(struct fake *f, size_t from, const char *bytes)
{
    time_t start = time(NULL);
    while (!strstr(f->seen + from, bytes))
        if (!within(start) || !listen_to(f, 100, 1)) {
            test_fail(__FILE__, __LINE__, "waited for ESC %s", bytes + (bytes[0] == '\033'));
            return 0;
        }
    return 1;
}

/* The child's exit status, and the terminal as it was. */
static inline int end(struct fake *f)
{
    int status = -1;
    time_t start = time(NULL);
    while (within(start) && listen_to(f, 100, 1))
        ;
    if (!within(start))
        kill(f->pid, SIGKILL);
    struct termios after;
    int known = tcgetattr(f->master, &after) == 0;
    CHECK_INT(waitpid(f->pid, &status, 0), f->pid);
    if (known) {
        CHECK_INT(after.c_lflag, f->before.c_lflag);
        CHECK_INT(after.c_iflag, f->before.c_iflag);
        CHECK_INT(after.c_cc[VINTR], f->before.c_cc[VINTR]);
    }
    CHECK(strstr(f->seen, "\033[?1049l") != NULL);
    close(f->master);
    close(f->log);
    free(f->seen);
    return status;
}

#endif
