/* An evaluation, printed or as JSON. */
#ifndef TUI_COMMANDS_EVALUATION_H
#define TUI_COMMANDS_EVALUATION_H

#include <stdio.h>

#include "labels/evaluation.h"

struct json;

/* Score, exact, levels, hP hR hF, calibration; then the most costly confusions. */
void evaluation_print(struct evaluation *e, const struct taxonomy *t, FILE *out);
/* Adds photos, score, standard_error, exact, levels[], hp, hr, hf, ece[], unanswered to the root of
 * j. */
void evaluation_json(const struct evaluation *e, struct json *j);

#endif
