/* Answers beside truths: the score and what goes with it. Pure. */
#ifndef LABELS_EVALUATION_H
#define LABELS_EVALUATION_H

#include "labels/decide.h"
#include "labels/score.h"

struct status;

/* Zero-initialise. */
struct evaluation {
    struct score score;
    struct calibration calibration[TAXONOMY_DEPTH];
    struct confusion confusion;
    int has_confidence; /* of the answers */
    long unanswered;    /* photos without an answer: they count with score 0 */
};
/* answer NULL: none was given. */
int evaluation_add(struct evaluation *e, const struct taxonomy *t, int truth,
                   const struct answer *answer, struct status *st);
int evaluation_levels(const struct evaluation *e); /* of the deepest truth */
void evaluation_clear(struct evaluation *e);

#endif
