/* Which process this is, so that another one can tell later whether it is still there: a number
 * alone comes again, after a while, in another container and after a restart of the machine. */
#ifndef LABELS_PROCESS_H
#define LABELS_PROCESS_H

#include <stdint.h>

enum { PROCESS_TEXT = 40 };

struct process {
    int64_t pid, start;       /* start: in ticks of the machine's run; 0: not known */
    char boot[PROCESS_TEXT];  /* the run of the machine, of which the monotonic clock counts, too */
    char space[PROCESS_TEXT]; /* of process numbers: they mean something within one only */
};

void process_self(struct process *out);
/* 1: surely gone. 0: it is there, or that cannot be known from here (another name space). Texts are
 * of PROCESS_TEXT bytes at most and may be any. */
int process_is_gone(const struct process *self, int64_t pid, int64_t start, const char *boot,
                    const char *space);

#endif
