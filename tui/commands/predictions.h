/* Predictions of stored photos, made where they are missing, with progress on stderr
 * (loop/predictions.h reads them). */
#ifndef TUI_COMMANDS_PREDICTIONS_H
#define TUI_COMMANDS_PREDICTIONS_H

#include "tui/loop/predictions.h"

struct project;
struct status;

/* Predicts those of the photos that have no prediction by this model (or could not be read when it
 * was made). Progress on stderr. An interrupt keeps what is done: STATUS_CANCELLED. *made (may be
 * NULL): how many. */
int predictions_make(struct project *p, int model, const int64_t *photos, size_t count, int threads,
                     atomic_int *cancel, long *made, struct status *st);

/* The same, but that no prediction needs to come of it: for what is learned from features alone. */
int predictions_features(struct project *p, int model, const int64_t *photos, size_t count,
                         int threads, atomic_int *cancel, struct status *st);
/* The same for every labelled photo but those of split test; *labels: how many those are. */
int predictions_labelled(struct project *p, int model, int threads, atomic_int *cancel,
                         size_t *labels, struct status *st);

/* The model a command means: `number`, or 0 for the one in use; -1 with a message when there is
 * none. */
int predictions_model(struct project *p, long number, struct status *st);

#endif
