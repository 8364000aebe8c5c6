#include "nn/graph.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/status.h"
#include "nn/ops/ops.h"
#include "nn/params.h"

static int add_node(struct graph *g, const struct node *n, struct status *st)
{
    if (g->count == GRAPH_MAX_NODES)
        return status_fail(st, STATUS_LIMIT, "the network has more than %d layers",
                           GRAPH_MAX_NODES);
    if (g->count == g->capacity) {
        int capacity = g->capacity ? 2 * g->capacity : 64;
        struct node *nodes = realloc(g->nodes, (size_t)capacity * sizeof *nodes);
        if (!nodes)
            return status_out_of_memory(st);
        g->nodes = nodes;
        g->capacity = capacity;
    }
    g->nodes[g->count] = *n;
    return g->count++;
}

static struct node plain_node(const struct op *op, int channels)
{
    return (struct node){.op = op,
                         .channels = channels,
                         .weight = -1,
                         .bias = -1,
                         .norm = {-1, -1, -1, -1, 0},
                         .affine_scale = -1,
                         .affine_bias = -1,
                         .groups = 1,
                         .stride = 1,
                         .size = 1};
}

static struct node node_of(const struct op *op, const struct graph *g, const int *inputs, int count,
                           int channels)
{
    struct node n = plain_node(op, channels);
    for (int i = 0; i < count; i++)
        n.inputs[i] = inputs[i];
    n.input_count = count;
    n.in_channels = g->nodes[inputs[0]].channels;
    return n;
}

int node_keeps_input(const struct node *n)
{
    return activation_keeps_input(n->act) || n->affine_scale >= 0;
}

struct graph *graph_new(int channels, struct status *st)
{
    struct graph *g = calloc(1, sizeof *g);
    struct node n = plain_node(&op_input, channels);
    if (!g) {
        status_out_of_memory(st);
        return NULL;
    }
    if (add_node(g, &n, st) < 0) {
        graph_free(g);
        return NULL;
    }
    return g;
}

void graph_free(struct graph *g)
{
    if (!g)
        return;
    free(g->nodes);
    free(g->block_ends);
    free(g);
}

int graph_copy(const struct graph *from, struct graph **to, struct status *st)
{
    struct graph *g = calloc(1, sizeof *g);
    if (!g)
        return status_out_of_memory(st);
    *g = *from;
    g->capacity = g->count;
    g->nodes = malloc((size_t)g->count * sizeof *g->nodes);
    g->block_ends = malloc((size_t)(g->block_count + 1) * sizeof *g->block_ends);
    if (!g->nodes || !g->block_ends) {
        graph_free(g);
        return status_out_of_memory(st);
    }
    memcpy(g->nodes, from->nodes, (size_t)g->count * sizeof *g->nodes);
    if (g->block_count)
        memcpy(g->block_ends, from->block_ends, (size_t)g->block_count * sizeof *g->block_ends);
    *to = g;
    return 0;
}

static int add_param(struct params *p, const char *name, const char *what, enum param_kind kind,
                     int rank, const int *dims, struct status *st)
{
    char full[200];
    snprintf(full, sizeof full, "%s.%s", name, what);
    return params_add(p, full, kind, rank, dims, st);
}

static int add_norm(struct params *p, const struct conv *c, struct norm *norm, struct status *st)
{
    const int *dims = &c->channels;
    norm->eps = c->eps;
    norm->weight = add_param(p, c->norm, "weight", PARAM_BN_WEIGHT, 1, dims, st);
    norm->bias = norm->weight < 0 ? -1 : add_param(p, c->norm, "bias", PARAM_BN_BIAS, 1, dims, st);
    norm->mean =
        norm->bias < 0 ? -1 : add_param(p, c->norm, "running_mean", PARAM_BN_MEAN, 1, dims, st);
    norm->var =
        norm->mean < 0 ? -1 : add_param(p, c->norm, "running_var", PARAM_BN_VAR, 1, dims, st);
    return norm->var < 0 ? -1 : 0;
}

static int add_affine(struct params *p, const struct conv *c, struct node *n, struct status *st)
{
    const int one = 1;
    if (!c->affine)
        return 0;
    n->affine_scale = add_param(p, c->affine, "scale", PARAM_BN_WEIGHT, 1, &one, st);
    n->affine_bias =
        n->affine_scale < 0 ? -1 : add_param(p, c->affine, "bias", PARAM_BN_BIAS, 1, &one, st);
    return n->affine_bias < 0 ? -1 : 0;
}

static int add_conv_params(struct params *p, const struct conv *c, struct node *n,
                           struct status *st)
{
    int dims[4] = {c->channels, n->in_channels / c->groups, c->size, c->size};
    n->weight = add_param(p, c->name, "weight", PARAM_WEIGHT, c->linear ? 2 : 4, dims, st);
    if (n->weight < 0 || (c->norm && add_norm(p, c, &n->norm, st) != 0))
        return -1;
    if (!c->norm && !c->no_bias &&
        (n->bias = add_param(p, c->name, "bias", PARAM_BIAS, 1, dims, st)) < 0)
        return -1;
    return add_affine(p, c, n, st);
}

int graph_conv(struct graph *g, struct params *p, int input, const struct conv *c,
               struct status *st)
{
    if (input < 0)
        return -1;
    int in = g->nodes[input].channels, depthwise = c->groups == in && c->channels == in && in > 1;
    if (c->size < 1 || c->size > WINDOW_MAX || c->stride < 1 || c->stride > WINDOW_MAX ||
        c->groups < 1)
        return status_fail(st, STATUS_UNSUPPORTED, "%s: a %d x %d window is not supported", c->name,
                           c->size, c->size);
    if (c->channels < 1 || in % c->groups != 0 || c->channels % c->groups != 0)
        return status_fail(st, STATUS_INVALID, "%s: %d groups do not divide %d and %d channels",
                           c->name, c->groups, in, c->channels);
    struct node n = node_of(depthwise ? &op_depthwise : &op_conv, g, &input, 1, c->channels);
    n.size = c->size;
    n.stride = c->stride;
    n.groups = c->groups;
    n.padding = c->padding;
    n.pad = c->pad;
    n.act = c->act;
    return add_conv_params(p, c, &n, st) == 0 ? add_node(g, &n, st) : -1;
}

static int is_used(const struct graph *g, int node)
{
    for (int i = node + 1; i < g->count; i++)
        for (int j = 0; j < g->nodes[i].input_count; j++)
            if (g->nodes[i].inputs[j] == node)
                return 1;
    return 0;
}

int graph_add(struct graph *g, int a, int b, enum activation act, struct status *st)
{
    if (a < 0 || b < 0)
        return -1;
    struct node *conv = &g->nodes[a];
    if (conv->channels != g->nodes[b].channels)
        return status_fail(st, STATUS_INVALID, "%d and %d channels cannot be added",
                           g->nodes[b].channels, conv->channels);
    if (conv->op == &op_conv && conv->act == ACT_NONE && conv->affine_scale < 0 &&
        conv->input_count == 1 && conv->inputs[0] != b && b < a && !is_used(g, a)) {
        conv->inputs[conv->input_count++] = b;
        conv->act = act;
        return a;
    }
    struct node n = node_of(&op_add, g, (const int[]){a, b}, 2, g->nodes[a].channels);
    n.act = act;
    return add_node(g, &n, st);
}

int graph_mean(struct graph *g, int input, struct status *st)
{
    if (input < 0)
        return -1;
    struct node n = node_of(&op_mean, g, &input, 1, g->nodes[input].channels);
    return add_node(g, &n, st);
}

int graph_pool(struct graph *g, int input, const struct pool_window *w, struct status *st)
{
    if (input < 0)
        return -1;
    struct node n = node_of(&op_pool, g, &input, 1, g->nodes[input].channels);
    n.pooling = w->pooling;
    n.size = w->size;
    n.stride = w->stride;
    n.padding = w->padding;
    n.pad = w->pad;
    return add_node(g, &n, st);
}

int graph_scale(struct graph *g, int input, int gate, struct status *st)
{
    if (input < 0 || gate < 0)
        return -1;
    if (g->nodes[gate].channels != g->nodes[input].channels)
        return status_fail(st, STATUS_INVALID, "a gate of %d channels cannot weigh %d",
                           g->nodes[gate].channels, g->nodes[input].channels);
    struct node n = node_of(&op_scale, g, (const int[]){input, gate}, 2, g->nodes[input].channels);
    return add_node(g, &n, st);
}

int graph_concat(struct graph *g, const int *inputs, int count, int shuffled, struct status *st)
{
    int channels = 0;
    if (count > GRAPH_MAX_INPUTS)
        return status_fail(st, STATUS_LIMIT, "more than %d activations side by side",
                           GRAPH_MAX_INPUTS);
    for (int i = 0; i < count; i++) {
        if (inputs[i] < 0)
            return -1;
        if (shuffled && g->nodes[inputs[i]].channels != g->nodes[inputs[0]].channels)
            return status_fail(st, STATUS_INVALID, "%d and %d channels cannot be shuffled",
                               g->nodes[inputs[0]].channels, g->nodes[inputs[i]].channels);
        channels += g->nodes[inputs[i]].channels;
    }
    struct node n = node_of(&op_concat, g, inputs, count, channels);
    n.shuffled = shuffled;
    return add_node(g, &n, st);
}

int graph_slice(struct graph *g, int input, int first, int channels, struct status *st)
{
    if (input < 0)
        return -1;
    if (first < 0 || channels < 1 || channels > g->nodes[input].channels - first)
        return status_fail(st, STATUS_INVALID, "no channels %d to %d among %d", first,
                           first + channels - 1, g->nodes[input].channels);
    struct node n = node_of(&op_slice, g, &input, 1, channels);
    n.first = first;
    return add_node(g, &n, st);
}

int graph_linear(struct graph *g, struct params *p, int input, const char *name, int outputs,
                 struct status *st)
{
    if (input < 0)
        return -1;
    struct node n = node_of(&op_linear, g, &input, 1, outputs);
    int dims[2] = {outputs, n.in_channels};
    n.weight = add_param(p, name, "weight", PARAM_WEIGHT, 2, dims, st);
    n.bias = n.weight < 0 ? -1 : add_param(p, name, "bias", PARAM_BIAS, 1, dims, st);
    g->features = input;
    return n.bias < 0 ? -1 : add_node(g, &n, st);
}

int graph_end_block(struct graph *g, struct status *st)
{
    int *ends = realloc(g->block_ends, (size_t)(g->block_count + 1) * sizeof *ends);
    if (!ends)
        return status_out_of_memory(st);
    g->block_ends = ends;
    ends[g->block_count++] = g->count - 1;
    return 0;
}

int graph_shapes(const struct graph *g, int height, int width, struct shape *shapes,
                 struct status *st)
{
    if (height < 1 || width < 1 || height > 8192 || width > 8192)
        return status_fail(st, STATUS_LIMIT, "pictures of %d x %d are out of range (1 to 8192)",
                           width, height);
    shapes[0] = (struct shape){height, width, g->nodes[0].channels};
    for (int i = 1; i < g->count; i++) {
        const struct node *n = &g->nodes[i];
        struct shape in[GRAPH_MAX_INPUTS];
        for (int j = 0; j < n->input_count; j++)
            in[j] = shapes[n->inputs[j]];
        if (n->op->shape(n, in, &shapes[i]) != 0)
            return status_fail(st, STATUS_INVALID,
                               "pictures of %d x %d do not fit this network (layer %d, %s, gets "
                               "%d x %d x %d)",
                               width, height, i, n->op->name, in[0].w, in[0].h, in[0].c);
    }
    return 0;
}

int conv_out(const struct node *n, int in)
{
    if (n->padding == PAD_SAME)
        return (in + n->stride - 1) / n->stride;
    int room = in + (n->padding == PAD_AFTER ? 1 : 2) * n->pad - n->size;
    return room < 0 ? 0 : room / n->stride + 1;
}

int conv_pad_before(const struct node *n, int in)
{
    if (n->padding != PAD_SAME)
        return n->padding == PAD_ZERO ? n->pad : 0;
    int total = ((in + n->stride - 1) / n->stride - 1) * n->stride + n->size - in;
    return total > 0 ? total / 2 : 0;
}
