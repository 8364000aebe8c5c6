/* The labelled photos of a project, as training wants them. */
#ifndef TUI_LOOP_SAMPLES_H
#define TUI_LOOP_SAMPLES_H

#include "labels/taxonomy.h"
#include "nn/train.h"
#include "tui/loop/project.h"

struct status;

struct sample {
    int64_t photo;
    char *file;     /* absolute */
    int node;       /* the truth */
    float weight;   /* corrections count more; 0 once it is known to be unreadable */
    int unreadable; /* training has found out */
};

/* Training and held-out samples share nothing. Photos of split test are in neither.
 *
 * A photo that was trained on must not test later, or a model would be tested on what it knows. So
 * the rule looks at nothing that reviews change: an eighth by the photo's hash, or, where photos of
 * split val have labels, those and only those. (An import that gives a split after a training can
 * break it, and says so.) Once a model was trained by splits this rule stays (samples_keep_rule),
 * also when no photo of split val has a label any more: by then it has seen the photos that the
 * hash would choose. */
struct samples {
    struct sample *train, *held_out;
    int trained, held;  /* how many */
    int by_split;       /* the photos of split val are those held out */
    int64_t last_event; /* the newest that says something of them */
};

/* From the store's present state, however few labels it has. Errors: the store's, out of memory. */
int samples_collect(struct project *project, struct samples *out, struct status *st);
/* Are they enough to learn from? The error says how many there are and what is needed. */
int samples_enough(const struct samples *s, struct status *st);
/* A model trained on these is about to be kept: the store remembers the rule. */
int samples_keep_rule(struct project *project, const struct samples *s, struct status *st);
void samples_clear(struct samples *s);

/* What is known of a truth, in terminal numbers: every level of its path counts 1 / depth; a truth
 * that ends at an inner node also says that it ends there. */
void samples_target(const struct taxonomy *t, const struct terminals *terminals, int node,
                    float weight, struct target *out);

#endif
