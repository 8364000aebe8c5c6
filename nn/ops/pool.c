/* Pools: the largest or the mean value under a window. */
#include <string.h>

#include "nn/ops/ops.h"

static int pool_shape(const struct node *n, const struct shape *in, struct shape *out)
{
    *out = (struct shape){conv_out(n, in->h), conv_out(n, in->w), n->channels};
    return n->size <= WINDOW_MAX && n->pad < n->size && out->h > 0 && out->w > 0 ? 0 : -1;
}

static struct window window_of(const struct op_run *r)
{
    return (struct window){.channels = r->in.c,
                           .step = (size_t)r->in.c,
                           .size = r->node->size,
                           .stride = r->node->stride,
                           .in_width = r->in.w,
                           .out_width = r->out.w,
                           .pad_left = conv_pad_before(r->node, r->in.w)};
}

/* Offsets of the input rows under output row `row` (counted over all pictures), or -1. */
static void rows_under(const struct op_run *r, int row, int ring, ptrdiff_t *offsets)
{
    int top = row % r->out.h * r->node->stride - conv_pad_before(r->node, r->in.h);
    int before = row / r->out.h * r->in.h;
    for (int i = 0; i < r->node->size; i++)
        offsets[i] = top + i < 0 || top + i >= r->in.h
                         ? -1
                         : (ptrdiff_t)((before + top + i) % ring) * r->in.w * r->in.c;
}

static void pool_forward(const struct op_run *r, int first, int last)
{
    const struct node *n = r->node;
    struct window w = window_of(r);
    const float *rows[WINDOW_MAX];
    ptrdiff_t offsets[WINDOW_MAX];
    for (int row = first; row < last; row++) {
        rows_under(r, row, r->x_ring, offsets);
        for (int i = 0; i < n->size; i++)
            rows[i] = offsets[i] < 0 ? NULL : r->x[0] + offsets[i];
        r->kernels->pool(&w, rows, n->pooling == POOL_MEAN, n->padding == PAD_AFTER,
                         r->y + (size_t)(row % r->y_ring) * (size_t)r->out.w * (size_t)r->out.c);
    }
}

static void pool_backward(const struct op_run *r)
{
    const struct node *n = r->node;
    struct window w = window_of(r);
    const float *rows[WINDOW_MAX];
    float *dxs[WINDOW_MAX];
    ptrdiff_t offsets[WINDOW_MAX];
    size_t step = (size_t)r->out.w * (size_t)r->out.c;
    size_t count = (size_t)r->pictures * shape_floats(r->in);
    if (!r->dx[0])
        return;
    if (!r->dx_add[0])
        memset(r->dx[0], 0, count * sizeof *r->dx[0]);
    for (int row = 0; row < r->pictures * r->out.h; row++) {
        rows_under(r, row, r->pictures * r->in.h, offsets);
        for (int i = 0; i < n->size; i++) {
            rows[i] = offsets[i] < 0 ? NULL : r->x[0] + offsets[i];
            dxs[i] = offsets[i] < 0 ? NULL : r->dx[0] + offsets[i];
        }
        r->kernels->pool_dx(&w, rows, n->pooling == POOL_MEAN, n->padding == PAD_AFTER,
                            r->y + (size_t)row * step, r->dy + (size_t)row * step, dxs);
    }
    r->kernels->mask(r->x_kept[0], r->dx_mask[0], r->dx[0], count);
}

const struct op op_pool = {.name = "pool",
                           .shape = pool_shape,
                           .forward = pool_forward,
                           .backward = pool_backward,
                           .masks = 1,
                           .rows = 1};
