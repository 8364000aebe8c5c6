/* All threads compute one picture together.
 *
 * Each node is split over the threads and they meet when it is done: a meeting takes well under
 * a microsecond, a node tens. Early nodes have many positions, so their rows are split, or where
 * windows are single pixels the positions; late ones have many weights and few positions, so
 * their columns are, and every thread reads only its part of the weights. Chains of many rows
 * (nn/strips.h) are split as a whole. How a node is split changes no sum: same bits as on one
 * thread. */
#include <string.h>

#include "nn/engine_parts.h"

void team_part(int count, int threads, int thread, int *first, int *last)
{
    *first = (int)((long long)count * thread / threads);
    *last = (int)((long long)count * (thread + 1) / threads);
}

/* Splitting columns pays where there are more weights than activations, and panels enough that no
 * thread has much more than another. */
static int splits_columns(const struct engine *e, const struct op_run *r)
{
    int panels = (r->out.c + e->kernels->panel - 1) / e->kernels->panel;
    size_t weights = (size_t)(r->node->size * r->node->size) * (size_t)r->out.c;
    if (!r->node->op->columns || r->node->groups > 1)
        return 0;
    if (r->out.h * r->out.w < e->threads)
        return 1;
    return weights > (size_t)r->in.h * (size_t)r->in.w &&
           (panels % e->threads == 0 || panels >= 8 * e->threads);
}

static void flatten(struct op_run *r)
{
    r->in = (struct shape){r->in.h * r->in.w, 1, r->in.c};
    r->out = (struct shape){r->out.h * r->out.w, 1, r->out.c};
    r->x_ring = r->in.h;
    r->y_ring = r->out.h;
}

static void forward_node(const struct engine *e, int thread, int node)
{
    const struct lane *lane = &e->lanes[thread];
    struct op_run r = chunk_run(e, lane, &e->layouts[LAYOUT_TEAM], node, 1);
    int first = 0, last = r.out.h, panel = e->kernels->panel;
    if (splits_columns(e, &r)) {
        team_part((r.out.c + panel - 1) / panel, e->threads, thread, &r.first_column,
                  &r.last_column);
        r.first_column *= panel;
        r.last_column = thread == e->threads - 1 ? r.out.c : r.last_column * panel;
        if (r.first_column < r.last_column)
            chunk_rows(lane, &r, node, first, last);
        return;
    }
    if (r.node->op->flat && r.node->size <= 1 && r.node->stride <= 1)
        flatten(&r);
    int unit = op_unit(r.node);
    team_part((r.out.h + unit - 1) / unit, e->threads, thread, &first, &last);
    first *= unit;
    last = last * unit < r.out.h ? last * unit : r.out.h;
    if (first < last)
        chunk_rows(lane, &r, node, first, last);
}

static void copy_picture(const struct engine *e, int thread, int from, const float *x)
{
    int first, last;
    float *y = e->lanes[0].arena + e->layouts[LAYOUT_TEAM].y[from];
    size_t row = (size_t)e->shapes[from].w * (size_t)e->shapes[from].c;
    team_part(e->shapes[from].h, e->threads, thread, &first, &last);
    memcpy(y + (size_t)first * row, x + (size_t)first * row,
           (size_t)(last - first) * row * sizeof *y);
}

void team_forward(struct engine *e, int thread, int from, int to, const float *x)
{
    const struct layout *l = &e->layouts[LAYOUT_TEAM];
    copy_picture(e, thread, from, x);
    pool_meet(e->pool);
    for (int i = from + 1; i <= to; i++) {
        int end = e->team_strips.last[i], first, last;
        if (end > i) {
            team_part(e->shapes[end].h, e->threads, thread, &first, &last);
            chunk_chain(e, &e->lanes[thread], l, i, end, 0, first, last);
        } else {
            forward_node(e, thread, i);
        }
        pool_meet(e->pool);
        i = end;
    }
}
