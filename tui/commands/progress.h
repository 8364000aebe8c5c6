/* How far long work has come, on stderr: a bar on a terminal, a line every few seconds otherwise
 * and one at the end of a phase that had some, nothing for what takes less than a second. */
#ifndef TUI_COMMANDS_PROGRESS_H
#define TUI_COMMANDS_PROGRESS_H

struct progress {
    const char *unit;    /* "photos" */
    double start, shown; /* seconds, monotonic; when the last line was drawn */
    double phase_start;
    char phase[40];
    int terminal, drawn, width;
    int lines; /* of the phase, 0 after its last */
};

struct progress_state {
    const char *phase;   /* "hashing" */
    long done, total;    /* total 0: not known */
    double rate;         /* units a second; 0: from done and the time since the phase began */
    double seconds_left; /* negative: from the rate */
    const char *more;    /* "epoch 2 of 3, loss 0.412", or NULL */
};

void progress_start(struct progress *p, const char *unit);
void progress_show(struct progress *p, const struct progress_state *s);
/* Takes the bar away. */
void progress_end(struct progress *p);

#endif
