/* The labelled photos of a project, as training wants them. */
#ifndef TUI_LOOP_SAMPLES_H
#define TUI_LOOP_SAMPLES_H

#include "labels/taxonomy.h"
#include "nn/train.h"
#include "tui/loop/project.h"

struct status;

struct sample {
    int64_t photo;
    char *file;   /* absolute */
    int node;     /* the truth */
    float weight; /* corrections count more */
};

/* Training and held-out samples share nothing. Photos of split test are in neither. */
struct samples {
    struct sample *train, *held_out;
    int trained, held; /* how many */
};

/* From the store's present state. Errors: too few labels to learn from (says how many there are and what is
 * needed), out of memory. */
int samples_collect(struct project *project, struct samples *out, struct status *st);
void samples_clear(struct samples *s);

/* What is known of a truth, in terminal numbers: every level of its path counts 1 / depth; a truth that ends at an
 * inner node also says that it ends there. */
void samples_target(const struct taxonomy *t, const struct terminals *terminals, int node,
                    float weight, struct target *out);

#endif
