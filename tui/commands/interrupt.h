/* Ctrl-C in long work. */
#ifndef TUI_COMMANDS_INTERRUPT_H
#define TUI_COMMANDS_INTERRUPT_H

#include <stdatomic.h>

/* From here on SIGINT, SIGTERM and SIGHUP set the flag that is returned (functions that work long
 * take it as `cancel`); a second signal ends the program at once. */
atomic_int *interrupt_catch(void);

/* 130 after SIGINT, 143 after SIGTERM, 129 after SIGHUP; 0: none came. */
int interrupt_status(void);

#endif
