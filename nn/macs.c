#include "nn/macs.h"

#include <stdlib.h>

#include "nn/graph.h"
#include "nn/ops/ops.h"

/* Shapes of every node, or NULL: the size is impossible, or memory is out. */
static struct shape *shapes_of(const struct graph *g, int height, int width)
{
    struct shape *shapes = calloc((size_t)g->count, sizeof *shapes);
    if (shapes && graph_shapes(g, height, width, shapes, NULL) != 0) {
        free(shapes);
        return NULL;
    }
    return shapes;
}

static int64_t node_macs(const struct graph *g, const struct shape *shapes, int node)
{
    const struct node *n = &g->nodes[node];
    return n->op->macs ? n->op->macs(n, shapes[n->inputs[0]], shapes[node]) : 0;
}

int64_t macs_aten_after(const struct graph *g, int height, int width, int node)
{
    struct shape *shapes = shapes_of(g, height, width);
    int64_t sum = 0;
    for (int i = node + 1; shapes && i < g->count; i++)
        sum += node_macs(g, shapes, i);
    free(shapes);
    return shapes ? sum : -1;
}

int64_t macs_aten(const struct graph *g, int height, int width)
{
    return macs_aten_after(g, height, width, 0);
}

const struct counted counted_plainly = {.norms = 1, .pools = 2, .gates = 2};

static int64_t activation_macs(enum activation act, int64_t outputs)
{
    switch (act) {
    case ACT_RELU: /* the module and its function */ return 2 * outputs;
    case ACT_RELU6:
    case ACT_SILU: return outputs;
    default: return 0;
    }
}

/* All means before the last are gates'. */
static int is_last_mean(const struct graph *g, int node)
{
    for (int i = node + 1; i < g->count; i++)
        if (g->nodes[i].op == &op_mean)
            return 0;
    return 1;
}

/* The module table of ptflops. Convolutions that pad as TensorFlow and have a stride are a class of
 * timm's own, which it does not see. */
static int64_t module_macs(const struct graph *g, const struct shape *shapes, int node,
                           const struct counted *counted)
{
    const struct node *n = &g->nodes[node];
    int64_t outputs = (int64_t)shape_floats(shapes[node]);
    int64_t inputs = (int64_t)shape_floats(shapes[n->inputs[0]]);
    if (n->op == &op_pool)
        return 2 * inputs;
    if (n->op == &op_mean)
        return (is_last_mean(g, node) ? counted->pools : counted->gates) * inputs;
    int unseen = (n->padding == PAD_SAME && n->stride > 1) ||
                 (n->op == &op_linear && counted->no_classifier);
    int64_t sum = unseen ? 0 : node_macs(g, shapes, node);
    if (n->norm.weight >= 0 && counted->norms)
        sum += 2 * outputs;
    return sum + activation_macs(n->act, outputs);
}

int64_t macs_pytorch(const struct graph *g, int height, int width, const struct counted *counted)
{
    struct shape *shapes = shapes_of(g, height, width);
    int64_t sum = 0;
    for (int i = 1; shapes && i < g->count; i++)
        sum += module_macs(g, shapes, i, counted);
    free(shapes);
    return shapes ? sum : -1;
}
