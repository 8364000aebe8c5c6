/* A model that predicts label paths of photos. */
#ifndef TUI_LOOP_PREDICTOR_H
#define TUI_LOOP_PREDICTOR_H

#include <stdatomic.h>

#include "tui/loop/project.h"

struct pool;
struct predictor;
struct status;

/* For one model of a project and one state of its taxonomy (copied). The pool must outlive it.
 * Errors: as project_load_model, as features_open. A model that has not been trained for any node
 * of this project predicts nothing: its predictions are empty, but features are kept, for what is
 * learned from them at once. */
int predictor_new(struct project *project, int model, struct pool *pool, struct predictor **out,
                  struct status *st);
void predictor_free(struct predictor *p);

struct predict_tally {
    long done, total, unreadable;
    double rate, seconds_left; /* photos a second; seconds_left negative: not known */
};
/* Predicts every photo that has no prediction by this model and writes the predictions to the
 * store, some at a time: `first` [firsts] photos (whether they have one or not), then unlabelled
 * photos; where the model predicts nothing, labelled ones soon. `report` (may be NULL) after each
 * part. Stops when *cancel (may be NULL) is set: STATUS_CANCELLED, what is written stays. */
int predictor_run(struct predictor *p, struct project *project, const int64_t *first, int firsts,
                  void (*report)(void *arg, const struct predict_tally *tally), void *arg,
                  atomic_int *cancel, struct status *st);

/* The same for exactly these photos, whether they have a prediction or not. */
int predictor_run_photos(struct predictor *p, struct project *project, const int64_t *photos, int n,
                         void (*report)(void *arg, const struct predict_tally *tally), void *arg,
                         atomic_int *cancel, struct status *st);

/* Drops what other models predicted, but for the one in use before this: going back to it is at
 * once. Nothing when another than this is in use by now: then those are the predictions that
 * another process works with. */
int predictor_tidy(struct predictor *p, struct project *project, struct status *st);

#endif
