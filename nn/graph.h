/* A network as nodes in an order in which every input comes before its use.
 *
 * Node 0 is the picture. A node is an op (nn/ops/ops.h), its inputs, and which parameters it
 * uses. A graph knows no picture size: shapes follow from one (graph_shapes). Batch norm and
 * activation belong to the convolution before them, and so does a residual that is added right
 * after one: they are computed in one pass. */
#ifndef NN_GRAPH_H
#define NN_GRAPH_H

#include "nn/kernels/kernels.h"

struct op;
struct params;
struct status;

enum { GRAPH_MAX_INPUTS = 8, GRAPH_MAX_NODES = 2000 };

struct shape {
    int h, w, c;
};

enum padding {
    PAD_ZERO, /* `pad` on all sides */
    PAD_SAME  /* as TensorFlow: just enough for ceil(size / stride) outputs, the odd one after */
};

/* Parameter indices of a batch norm; weight is -1 where there is none. */
struct norm {
    int weight, bias, mean, var;
    float eps;
};

struct node {
    const struct op *op;
    int inputs[GRAPH_MAX_INPUTS], input_count;
    int in_channels, channels; /* channels: of the output */
    /* convolutions and linear layers */
    int size, stride, groups; /* size x size window */
    enum padding padding;
    int pad;
    int weight, bias; /* parameter indices or -1 */
    struct norm norm;
    enum activation act;
};

struct graph {
    struct node *nodes;
    int count, capacity;
    int *block_ends; /* nodes through which everything passes: where training may start */
    int block_count;
    int features; /* node: input of the classifier, the last node */
};

struct graph *graph_new(int channels, struct status *st); /* with node 0 */
void graph_free(struct graph *g);
int graph_copy(const struct graph *from, struct graph **to, struct status *st);

/* Builders return the new node's number or -1. Names are of tensors: "PREFIX.weight". */
struct conv {
    const char *name;      /* of the weight, without ".weight" */
    const char *norm;      /* of the batch norm, or NULL: the convolution has a bias */
    float eps;
    int channels, size, stride, groups;
    enum padding padding;
    int pad;
    enum activation act;
};
int graph_conv(struct graph *g, struct params *p, int input, const struct conv *c,
               struct status *st);
/* a + b, then act. Joined to `a` when that is a convolution without activation that nothing uses
 * yet. */
int graph_add(struct graph *g, int a, int b, enum activation act, struct status *st);
/* Mean over all positions. */
int graph_mean(struct graph *g, int input, struct status *st);
int graph_linear(struct graph *g, struct params *p, int input, const char *name, int outputs,
                 struct status *st);
/* The last node so far is the end of a block. */
int graph_end_block(struct graph *g, struct status *st);

/* shapes [count]. Errors: a picture too small (or too large) for the network. */
int graph_shapes(const struct graph *g, int height, int width, struct shape *shapes,
                 struct status *st);

/* Rows or columns of a convolution's output, and how many zeros come before the first. */
int conv_out(const struct node *n, int in);
int conv_pad_before(const struct node *n, int in);

static inline size_t shape_floats(struct shape s)
{
    return (size_t)s.h * (size_t)s.w * (size_t)s.c;
}

#endif
