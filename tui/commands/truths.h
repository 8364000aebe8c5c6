/* Labels to play with or to score against: the project's own, or those of a file, which the project
 * does not take. */
#ifndef TUI_COMMANDS_TRUTHS_H
#define TUI_COMMANDS_TRUTHS_H

#include "tui/loop/simulation.h"

struct project;
struct status;

struct truths {
    struct taxonomy *taxonomy; /* the project's, with what the file adds */
    struct truth *pool, *held_out;
    size_t pool_count, held_out_count;
    size_t unknown; /* photos of the file that the project does not have */
};

/* file NULL: the project's labels. Held out are photos of split val; without any of split test;
 * without any of those about every eighth, by its contents. Errors: nothing to learn from, nothing
 * held out, what the file's format says. */
int truths_read(struct project *p, const char *file, struct truths *out, struct status *st);
void truths_clear(struct truths *t);

#endif
