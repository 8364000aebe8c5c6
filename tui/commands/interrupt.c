#include "tui/commands/interrupt.h"

#include <signal.h>
#include <stddef.h>

/* A signal handler gets no argument, so these cannot be anywhere else. */
static atomic_int cancelled, signal_number;

static void on_signal(int number)
{
    atomic_store(&signal_number, number);
    atomic_store(&cancelled, 1);
}

atomic_int *interrupt_catch(void)
{
    static const int caught[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART | (int)SA_RESETHAND};
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof caught / sizeof *caught; i++) {
        struct sigaction before;
        /* What the shell ignores for a background job or under nohup stays ignored. */
        if (sigaction(caught[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN)
            sigaction(caught[i], &action, NULL);
    }
    return &cancelled;
}

int interrupt_status(void)
{
    int number = atomic_load(&signal_number);
    return number ? 128 + number : 0;
}
