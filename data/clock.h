/* A clock that never goes back, for how long something takes: it counts from some moment of this
 * run of the machine, the same for all processes. Any thread; cannot fail. */
#ifndef DATA_CLOCK_H
#define DATA_CLOCK_H

#include <stdint.h>

double clock_seconds(void);
int64_t clock_milliseconds(void);

#endif
