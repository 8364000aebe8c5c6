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

/* The module table of ptflops: batch norm its inputs twice; ReLU6 its outputs once; ReLU its
 * outputs and pools their inputs twice (their functional form is counted again). Classes of a
 * library's own - timm's batch norm with activation, its convolution with dynamic padding - are not
 * in the table; its pooling is often a plain mean. */
static int64_t module_macs(const struct graph *g, const struct shape *shapes, int node,
                           int plain_modules)
{
    const struct node *n = &g->nodes[node];
    int64_t outputs = (int64_t)shape_floats(shapes[node]), sum = node_macs(g, shapes, node);
    if (!plain_modules && n->padding == PAD_SAME && n->stride > 1)
        sum = 0;
    if (n->norm.weight >= 0 && plain_modules)
        sum += 2 * outputs;
    if (n->act == ACT_RELU6)
        sum += outputs;
    if (n->act == ACT_RELU)
        sum += 2 * outputs;
    if (n->op == &op_mean && plain_modules)
        sum += (int64_t)shape_floats(shapes[n->inputs[0]]);
    if (n->op == &op_pool)
        sum += 2 * (int64_t)shape_floats(shapes[n->inputs[0]]);
    return sum;
}

int64_t macs_pytorch(const struct graph *g, int height, int width, int plain_modules)
{
    struct shape *shapes = shapes_of(g, height, width);
    int64_t sum = 0;
    for (int i = 1; shapes && i < g->count; i++)
        sum += module_macs(g, shapes, i, plain_modules);
    free(shapes);
    return shapes ? sum : -1;
}
