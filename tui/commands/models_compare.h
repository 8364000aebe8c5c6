/* `tend models compare`. */
#ifndef TUI_COMMANDS_MODELS_COMPARE_H
#define TUI_COMMANDS_MODELS_COMPARE_H

struct project;
struct status;

struct models_compare {
    int before, after;
    int held_out; /* look at these photos only */
    int threads, json;
};
/* Makes the predictions that are missing, then compares; the exit status. */
int models_compare(struct project *p, const struct models_compare *c, struct status *st);

#endif
