/* Answers beside truths: the score and what goes with it, printed or as JSON. */
#ifndef TUI_COMMANDS_EVALUATION_H
#define TUI_COMMANDS_EVALUATION_H

#include <stdio.h>

#include "labels/decide.h"
#include "labels/score.h"

struct json;
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
/* Score, exact, levels, hP hR hF, calibration; then the most costly confusions. */
void evaluation_print(struct evaluation *e, const struct taxonomy *t, FILE *out);
/* Adds photos, score, standard_error, exact, levels[], hp, hr, hf, ece[], unanswered to the root of j. */
void evaluation_json(const struct evaluation *e, struct json *j);
void evaluation_clear(struct evaluation *e);

#endif
