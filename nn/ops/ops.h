/* The operations a network is made of: one file and one line in this list each.
 *
 * An op computes for one thread and a few pictures at a time: everything it needs stands in struct
 * op_run, put together by the engine. Activations are [pictures, h, w, c], c fastest. All buffers
 * of a workspace are padded as nn/kernels/kernels.h asks. */
#ifndef NN_OPS_OPS_H
#define NN_OPS_OPS_H

#include <stddef.h>
#include <stdint.h>

#include "nn/graph.h"
#include "nn/kernels/kernels.h"
#include "nn/params.h"

struct op_run {
    const struct kernels *kernels;
    const struct node *node;
    const struct params *params;
    struct shape in, out;   /* of the first input, of the output */
    int pictures, training; /* training: as the plan that packed says */
    const float *packed;    /* what pack made */
    float *scratch;         /* of this thread */
    const float *x[GRAPH_MAX_INPUTS];
    int x_channels[GRAPH_MAX_INPUTS];
    float *y;
    /* Rows, counted over all pictures, of the first input and the output: row r lies at r %
     * ring. Only ops with `rows` get rings smaller than the whole, and only in forward. */
    int x_ring, y_ring;

    /* The columns (output channels) to compute, all but where several threads share one picture;
     * only ops with `columns` look at it. */
    int first_column, last_column;

    float *pre; /* as y: what the activation got, where backward needs it (node_keeps_input) */

    /* Batch norm with the statistics of these pictures; z NULL: running statistics, folded. */
    float *z;     /* the convolution's own output, kept for backward; as y */
    float *stats; /* [norm_stats_floats(c)], see nn/ops/norm.h */

    /* backward only */
    float *dy;         /* gradient of y; overwritten where that saves a copy */
    const float *kept; /* what the derivative of the activation is taken from: y or pre */
    int masked;        /* dy has been multiplied by the derivative of the activation already */
    float *dx[GRAPH_MAX_INPUTS];               /* NULL: not wanted */
    int dx_add[GRAPH_MAX_INPUTS];              /* add to it instead of overwriting */
    enum activation dx_mask[GRAPH_MAX_INPUTS]; /* multiply by its derivative, from what it kept: */
    const float *x_kept[GRAPH_MAX_INPUTS];     /* x, or what the activation got */
    float *gradients; /* of this thread, added to; laid out as the parameters */
};

/* What the engine asks of a node before any run. */
struct op_plan {
    const struct kernels *kernels;
    const struct node *node;
    struct shape in, out;
    int pictures, training;
};

struct op {
    const char *name;
    /* in [input_count]. 0, or -1: impossible for this size. */
    int (*shape)(const struct node *n, const struct shape *in, struct shape *out);
    /* Floats of packed parameters; of scratch for pack, forward and backward. May be NULL: none. */
    size_t (*packed)(const struct op_plan *p);
    size_t (*scratch)(const struct op_plan *p);
    /* Packs the parameters; batch norm folded into them unless `raw` (batch statistics). */
    void (*pack)(const struct op_plan *p, const struct params *params, int raw, float *packed,
                 float *scratch);
    /* Output rows [first, last) of pictures * out.h; with batch statistics always all of them. */
    void (*forward)(const struct op_run *r, int first, int last);
    void (*backward)(const struct op_run *r);
    /* In a whole gradient block, once for all pictures: brings gradients that backward lays out
     * in an order of its own into that of the parameters. scratch: this op's. May be NULL. */
    void (*finish)(const struct node *n, const struct params *params, float *gradients,
                   float *scratch);
    int masks; /* backward honours dx_mask of its first `masks` inputs */
    int rows;  /* an output row needs only the input rows under its window: see nn/strips.h */
    /* Rows come in units of so many: forward costs the same for a part of one. NULL: 1. */
    int (*unit)(const struct node *n);
    int columns; /* forward honours first_column and last_column: whole panels of the kernels */
    int flat;    /* where size and stride are 1 a position depends on no other: forward may be told
                    that the pictures are a column of single positions */
    /* Multiply-accumulates of one picture by ptflops' rules (nn/macs.h); NULL: none. */
    int64_t (*macs)(const struct node *n, struct shape in, struct shape out);
};

static inline int op_unit(const struct node *n)
{
    return n->op->unit ? n->op->unit(n) : 1;
}

extern const struct op op_input, op_conv, op_depthwise, op_add, op_mean, op_pool;
extern const struct op op_scale, op_concat, op_slice, op_linear;

#endif
