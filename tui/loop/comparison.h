/* Two models of a project compared by what they predict: scores on held-out photos, and the photos
 * whose path differs.
 *
 * Only photos that both have predicted count; how many those are is told. Photos of split test are
 * left out, as in the queue: looking at what a model does there would be learning from them. */
#ifndef TUI_LOOP_COMPARISON_H
#define TUI_LOOP_COMPARISON_H

#include <stddef.h>
#include <stdint.h>

#include "labels/score.h"
#include "tui/loop/project.h"

struct status;

struct comparison_photo {
    int64_t photo;
    int from, to; /* where the two paths end */
    int label;    /* -1: none */
    double gain;  /* score of `to` minus that of `from`; 0 without a label */
};

/* Photos that went the same way. */
struct comparison_group {
    int from, to;
    size_t first, count;          /* in `photos` of the comparison */
    long labelled, better, worse; /* of them: with a label; whose score rose, fell */
};

/* Held-out photos whose truth is below one top-level node (or all of them: TAXONOMY_ROOT). */
struct comparison_part {
    int node;
    struct score before, after;
};

struct comparison {
    int before, after; /* the models */
    size_t all, both;  /* photos; those that both have predicted */
    size_t lacking[2]; /* that the one, the other has not (or could not read) */
    /* held-out photos with a label; those of them that both have predicted */
    size_t held, held_both;
    /* the first is all; then top-level nodes in their order that have photos */
    struct comparison_part *parts;
    size_t part_count;
    struct comparison_photo *photos; /* whose path differs, group by group */
    size_t photo_count;
    struct comparison_group *groups; /* the largest first */
    size_t group_count;
    long better, worse; /* photos, as in the groups */
};

/* Reads what the store has. The caller clears. Errors: the store's, out of memory. */
int comparison_make(struct project *p, int before, int after, struct comparison *out,
                    struct status *st);
void comparison_clear(struct comparison *c);

/* Photos of the project (but those of split test), the held-out ones first; malloc'd. *held: how
 * many those are. */
int64_t *comparison_photos(struct project *p, size_t *count, size_t *held, struct status *st);

#endif
