#include "nn/strips.h"

#include <stdlib.h>

#include "data/status.h"
#include "nn/graph.h"
#include "nn/ops/ops.h"

/* Floats: what the rings of a chain may take (they share the second-level cache with weights and
 * the chain's input and output), and how large the outputs in between must be to make a chain.
 * Measured. */
enum { RINGS_FLOATS = 96 * 1024, CHAIN_FLOATS = 128 * 1024, STEP_MAX = 32 };
/* Of the rows a thread computes at most one in AGAIN_PART is computed by its neighbour too. */
enum { AGAIN_PART = 14 };

/* Nodes whose rows come in units would compute some of them again and again. */
static int fits_chain(const struct node *n)
{
    return n->op->rows && op_unit(n) == 1;
}

/* The chain that begins at a node ends at most at the next end of a block, where a cut may be. */
static int chain_end(const struct graph *g, int first)
{
    int last = first;
    while (last + 1 < g->count && last - first + 1 < CHAIN_MAX && fits_chain(&g->nodes[last]) &&
           fits_chain(&g->nodes[last + 1])) {
        int users = 0;
        for (int i = 0; i < g->block_count; i++)
            if (g->block_ends[i] == last)
                return last;
        for (int k = last + 1; k < g->count; k++)
            for (int j = 0; j < g->nodes[k].input_count; j++)
                users += g->nodes[k].inputs[j] == last;
        if (users != 1 || g->nodes[last + 1].inputs[0] != last || last == g->features)
            return last;
        last++;
    }
    return last;
}

/* Ring sizes when `step` rows of the last node are computed at a time; returns floats of all
 * rings. */
static size_t plan_rings(struct strips *s, const struct graph *g, const struct shape *shapes,
                         int first, int last, int step)
{
    size_t floats = 0;
    int rows = step;
    for (int k = last; k > first; k--) {
        rows = (rows - 1) * g->nodes[k].stride + g->nodes[k].size;
        s->ring[k - 1] = rows < shapes[k - 1].h ? rows : shapes[k - 1].h;
        floats += (size_t)s->ring[k - 1] * (size_t)shapes[k - 1].w * (size_t)shapes[k - 1].c;
    }
    return floats;
}

static int is_worth_it(const struct graph *g, const struct shape *shapes, int threads, int first,
                       int last)
{
    size_t between = 0;
    for (int k = first; k < last; k++) {
        int again = g->nodes[k + 1].size - g->nodes[k + 1].stride;
        if (again > 0 && (threads - 1) * again * AGAIN_PART > shapes[k].h)
            return 0;
        between += shape_floats(shapes[k]);
    }
    return between >= CHAIN_FLOATS;
}

static void plan_chain(struct strips *s, const struct graph *g, const struct shape *shapes,
                       int first, int last)
{
    int step = STEP_MAX;
    while (step > 1 && plan_rings(s, g, shapes, first, last, step) > RINGS_FLOATS)
        step--;
    plan_rings(s, g, shapes, first, last, step);
    for (int k = first; k <= last; k++) {
        s->first[k] = first;
        s->last[k] = last;
        s->step[k] = step;
    }
}

int strips_init(struct strips *s, const struct graph *g, const struct shape *shapes, int threads,
                struct status *st)
{
    size_t n = (size_t)g->count;
    *s = (struct strips){.first = calloc(4 * n, sizeof *s->first)};
    if (!s->first)
        return status_out_of_memory(st);
    s->last = s->first + n;
    s->step = s->last + n;
    s->ring = s->step + n;
    for (int i = 0; i < g->count; i++)
        s->first[i] = s->last[i] = i;
    for (int i = 1; i < g->count;) {
        int last = chain_end(g, i);
        if (is_worth_it(g, shapes, threads, i, last))
            plan_chain(s, g, shapes, i, last);
        i = last + 1;
    }
    return 0;
}

void strips_clear(struct strips *s)
{
    free(s->first);
    *s = (struct strips){0};
}

int strips_rows_for(const struct graph *g, const struct shape *shapes, int node, int rows)
{
    const struct node *n = &g->nodes[node];
    int h = shapes[n->inputs[0]].h;
    int end = (rows - 1) * n->stride - conv_pad_before(n, h) + n->size;
    return end > h
               ? h
               : end; /* rows that no window covers are not computed: a ring has no room for them */
}

int strips_first_row(const struct graph *g, const struct shape *shapes, int node, int row)
{
    const struct node *n = &g->nodes[node];
    int first = row * n->stride - conv_pad_before(n, shapes[n->inputs[0]].h);
    return first > 0 ? first : 0;
}
