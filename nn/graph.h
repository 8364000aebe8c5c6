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
    PAD_SAME, /* as TensorFlow: just enough for ceil(size / stride) outputs, the odd one after */
    PAD_AFTER /* `pad` after the last row and column only */
};

enum pooling {
    POOL_MAX, /* padding never counts, but that of PAD_AFTER: zeros among the values */
    POOL_MEAN /* over the same positions */
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
    int first;                 /* slices: the first channel */
    int shuffled;              /* concatenations: channels of the inputs in turns */
    enum pooling pooling;
    /* convolutions, pools and linear layers */
    int size, stride, groups; /* size x size window */
    enum padding padding;
    int pad;
    int weight, bias; /* parameter indices or -1 */
    struct norm norm;
    enum activation act;
    /* parameter indices (one value each) or -1: after the activation */
    int affine_scale, affine_bias;
};

/* Does backward need what the activation got, beside what it made of it? */
int node_keeps_input(const struct node *n);

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

/* Builders return the new node's number or -1; they pass on an input of -1, so that only the last
 * of several calls needs a look. Names are of tensors: "PREFIX.weight". Tensors are declared in the
 * order of the calls. Of inputs that are added the one built last comes first. */
struct conv {
    const char *name; /* of the weight, without ".weight" */
    const char *norm; /* of the batch norm, or NULL: the convolution has a bias */
    float eps;
    int channels, size, stride, groups; /* groups: 1, in_channels, or a divisor of both */
    enum padding padding;
    int pad;
    enum activation act;
    /* "PREFIX.scale", "PREFIX.bias" [1]: y = scale * act(...) + bias; NULL: none */
    const char *affine;
    int no_bias; /* neither norm nor bias */
    int linear;  /* the weight is [channels, in], of a linear layer */
};
int graph_conv(struct graph *g, struct params *p, int input, const struct conv *c,
               struct status *st);
/* a + b, then act. Joined to `a` when that is a convolution without activation that nothing uses
 * yet, and b not its input: backward writes the sum's gradient before the convolution's. */
int graph_add(struct graph *g, int a, int b, enum activation act, struct status *st);
/* Largest or mean value under a size x size window. */
struct pool_window {
    enum pooling pooling;
    int size, stride;
    enum padding padding;
    int pad;
};
int graph_pool(struct graph *g, int input, const struct pool_window *w, struct status *st);
/* x times a gate [1, 1, channels] of each picture (squeeze and excitation). */
int graph_scale(struct graph *g, int input, int gate, struct status *st);
/* Channels of all inputs, one input after another; shuffled: channel 0 of each, channel 1 of each,
 * ... (inputs of the same width). */
int graph_concat(struct graph *g, const int *inputs, int count, int shuffled, struct status *st);
/* Channels [first, first + channels). */
int graph_slice(struct graph *g, int input, int first, int channels, struct status *st);
/* Mean over all positions. */
int graph_mean(struct graph *g, int input, struct status *st);
/* The classifier: the last node; its input are the features. */
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
