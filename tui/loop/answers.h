/* From probabilities to predictions as the store keeps them, for one photo and for all. */
#ifndef TUI_LOOP_ANSWERS_H
#define TUI_LOOP_ANSWERS_H

#include <stdatomic.h>

#include "labels/store.h"

struct learner;
struct project;

enum { ANSWERS_KEPT = 512 }; /* terminals kept of one prediction */

/* Fills node, expected, gap and the terminals of `out` from p [terminals]; nodes, kept
 * [ANSWERS_KEPT] are the caller's and must live as long as it does. */
void answers_fill(const struct taxonomy *t, const struct terminals *terminals, const float *p,
                  int *nodes, float *kept, struct prediction *out);

/* What the order of the queue follows from. */
struct opinion {
    int64_t photo;
    int node;                               /* where the predicted path ends */
    float expected, gap, doubt, confidence; /* confidence: of the whole path */
};
/* Of some rows of the learner's features; out [n]. */
int answers_judge(const struct taxonomy *t, const struct learner *l, const size_t *rows, size_t n,
                  struct opinion *out, struct status *st);

/* Labels that all others speak against: by rising photo, `doubt` is the expected score of the best
 * answer minus that of the label, both found without this label (LEARNER_ALONE); 0 and more. So a
 * label wrong from its first level on comes before one wrong at the last. *out is malloc'd. Of more
 * than `most` labels those of the photos with the greatest numbers are left out. Errors:
 * STATUS_CANCELLED; out of memory. */
int answers_suspects(const struct taxonomy *t, const struct learner *l, size_t most,
                     struct opinion **out, size_t *count, atomic_int *cancel, struct status *st);

/* Brings the predictions of a model up to what people have said by now: nothing to do where nobody
 * has said anything that the model was not trained on. *can (may be NULL): there are predictions at
 * all. */
int answers_update(struct project *p, int model, atomic_int *cancel, int *can, struct status *st);

#endif
