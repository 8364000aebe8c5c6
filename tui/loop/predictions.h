/* Predictions of stored photos by any model of a project: made where they are missing, then read.
 */
#ifndef TUI_LOOP_PREDICTIONS_H
#define TUI_LOOP_PREDICTIONS_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "labels/decide.h"
#include "tui/loop/predictor.h"

/* How the network is run. */
struct predictions_way {
    int threads, nice;
    void (*report)(void *arg,
                   const struct predict_tally *tally); /* after each part; NULL: nobody asks */
    void *arg;
    atomic_int *cancel; /* may be NULL */
};

/* Looks at those of the photos that this model has not predicted yet, or whose features are not
 * kept; *looked_at (may be NULL): how many. STATUS_CANCELLED keeps what is done. No prediction
 * needs to come of it (predictor.h). */
int predictions_look(struct project *p, int model, const int64_t *photos, size_t count,
                     const struct predictions_way *way, long *looked_at, struct status *st);
/* The same for every labelled photo but those of split test; *labels: how many those are. */
int predictions_look_labelled(struct project *p, int model, const struct predictions_way *way,
                              size_t *labels, struct status *st);
/* Looks, and brings the model's predictions up to what people have said by now. Error: it can
 * predict nothing. */
int predictions_fill(struct project *p, int model, const int64_t *photos, size_t count,
                     const struct predictions_way *way, long *made, struct status *st);

/* Reads them. */
struct predictions {
    struct project *project;
    int model;
    struct terminals terminals;
    float *by_node, *p;
};
int predictions_open(struct predictions *r, struct project *p, int model, struct status *st);
void predictions_close(struct predictions *r);
/* The answer for a photo after predictions_fill: 0; 1: there is none, `problem` says why when the
 * photo could not be read. -1: error; STATUS_BUSY when another program has dropped the prediction
 * since. */
int predictions_answer(struct predictions *r, int64_t photo, struct answer *out, char *problem,
                       size_t problem_size, struct status *st);

#endif
