/* What the files of the learner share; nobody else includes this. */
#ifndef TUI_LOOP_LEARNER_INTERNAL_H
#define TUI_LOOP_LEARNER_INTERNAL_H

#include "nn/head.h"
#include "tui/loop/learner.h"

enum { LEARNER_ROWS = 128 }; /* computed together */

/* The model's own last layer. */
struct classifier {
    int classes;
    float *w;    /* [width, classes] */
    float *bias; /* [classes] */
    int *node;   /* [classes] of the project, or -1 */
    float temperature;
    int placed; /* classes that are nodes here; 0: it says nothing */
};

struct learner {
    int width;
    struct features features;
    int model;
    struct terminals terminals;
    struct classifier own;
    struct head *head;
    int columns, capacity; /* of the head: the nodes that it can predict */
    int *column_node;      /* [columns] */
    int nodes;
    int *column;       /* [nodes] or -1 */
    int64_t *untaught; /* photos of split val and test, rising */
    size_t untaught_count, untaught_capacity;
    int *taught;  /* [features.count] column, HEAD_UNKNOWN or HEAD_SETTLED */
    int *settled; /* [features.count] column of the label that was settled when it was opened, or -1
                   */
    float temperature; /* of what it says; 1: not calibrated */
    long learned;
    int kinds; /* columns with labels */
};

/* Scratch for some rows: x, the model's logits, prior, the head's logits. */
struct rows {
    float *x, *own, *prior, *logits;
    int has_prior;
};

/* learner.c. The column of a node, a new one if it has none; -1: out of memory. */
int learner_column(struct learner *l, int node, struct status *st);
/* Scratch for n rows (the caller frees r->x), rows into it, and the model's own prediction of them
 * or NULL. */
int learner_rows(struct rows *r, const struct learner *l, size_t n, struct status *st);
void learner_load(struct rows *r, const struct learner *l, const size_t *rows, size_t n);
const float *learner_prior(const struct rows *r);
void learner_count(struct learner *l); /* labels and kinds, after they changed */

#endif
