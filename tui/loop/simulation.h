/* A person who knows the truth, played: photos are labelled one by one in an order, learned at once
 * as the review does, and what is predicted for held-out photos is scored after every batch. The
 * project is not changed. */
#ifndef TUI_LOOP_SIMULATION_H
#define TUI_LOOP_SIMULATION_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "labels/queue.h"
#include "labels/taxonomy.h"

struct project;
struct status;

struct truth {
    int64_t photo;
    int node;
};

struct simulation {
    const struct taxonomy
        *taxonomy; /* of the truths' nodes: the project's, or one grown from a copy of it */
    int model;     /* whose features; what it predicts itself is not looked at */
    enum queue_order order; /* DOUBT, SURE, FILE or RANDOM */
    uint64_t seed;
    int batch, until; /* labels between two scores, labels in all (0: all there are) */
    const struct truth *pool, *held_out; /* photos without features are left out */
    size_t pool_count, held_out_count;
};

struct simulation_point {
    int labels;
    double score, exact; /* on the held-out photos */
    double seconds;      /* spent learning and choosing since the beginning */
};

/* Calls `point` after every batch; non-zero from it ends the simulation. Errors: none of the photos
 * has features; STATUS_CANCELLED; out of memory. */
int simulation_run(struct project *p, const struct simulation *s,
                   int (*point)(void *arg, const struct simulation_point *point), void *arg,
                   atomic_int *cancel, struct status *st);

#endif
