/* Review orders. Pure; any thread. */
#ifndef LABELS_QUEUE_H
#define LABELS_QUEUE_H

#include <stddef.h>
#include <stdint.h>

struct queue_item {
    int64_t photo;  /* store id: also the order of the files */
    float expected; /* expected score of the prediction; negative: none yet */
    float gap;      /* to the runner-up */
    int64_t event;  /* last event of the photo, 0 for none */
    int labelled;   /* 0: no label; 1: imported label, no person has looked; 2: reviewed; 3: skipped
                     */
    int node;       /* where the predicted path ends, or -1 */
    /* What the order sorts by where something knows better than `expected`: how much a label would
     * teach (DOUBT), how improbable the label is (SUSPECT), how near the photo is to a certain one
     * (SIMILAR). At most 0: not known. */
    float interest;
    float confidence; /* of the predicted path, where something was asked about it; negative: not
                         known */
};

#define QUEUE_ORDERS(X)                                                                            \
    X(DOUBT, "doubt", "photos whose labels would teach most first")                                \
    X(SURE, "sure", "most certain predictions first")                                              \
    X(PATH, "path", "photos of one predicted path together, surest first")                         \
    X(SUSPECT, "suspect", "labels that all other labels speak against first")                      \
    X(SIMILAR, "similar", "photos most like the one shown first")                                  \
    X(FILE, "file", "as the files are sorted")                                                     \
    X(RANDOM, "random", "shuffled")                                                                \
    X(OLDEST, "oldest", "longest since the last review first")
enum queue_order {
#define X(name, text, help) QUEUE_##name,
    QUEUE_ORDERS(X)
#undef X
        QUEUE_ORDER_COUNT
};

const char *queue_order_name(enum queue_order order);
const char *queue_order_help(enum queue_order order);
int queue_order_from_name(const char *name); /* -1 when not known */

/* Sorts in place. SUSPECT and SIMILAR look at `interest` alone, greatest first. Else photos without
 * a label come before imported labels, these before reviewed ones, skipped ones last; within each
 * part by the order. Photos without a prediction come after those with one under DOUBT, SURE and
 * PATH. DOUBT takes 1 - expected where the interest is not known; ties by the gap to the runner-up.
 * Total and deterministic: ties by photo id. */
void queue_sort(struct queue_item *items, size_t count, enum queue_order order, uint64_t seed);
/* Only the first `most` stand where queue_sort would put them; the others come after them, in any
 * order. A tenth of the time, with many items. */
void queue_sort_first(struct queue_item *items, size_t count, size_t most, enum queue_order order,
                      uint64_t seed);

#endif
