/* Ops that move or weigh whole channels: gates, concatenations, slices. */
#include <string.h>

#include "nn/ops/ops.h"

static size_t positions(const struct op_run *r)
{
    return (size_t)r->pictures * (size_t)r->out.h * (size_t)r->out.w;
}

/* ---- gates: x times [1, 1, c] of each picture ---- */

static int scale_shape(const struct node *n, const struct shape *in, struct shape *out)
{
    (void)n;
    *out = in[0];
    return in[1].h == 1 && in[1].w == 1 && in[1].c == in[0].c ? 0 : -1;
}

static void scale_forward(const struct op_run *r, int first, int last)
{
    int c = r->out.c;
    size_t step = (size_t)r->out.w * (size_t)c;
    for (int row = first; row < last; row++)
        r->kernels->scale(r->x[0] + (size_t)(row % r->x_ring) * step,
                          r->x[1] + (size_t)(row / r->out.h) * (size_t)c, r->out.w, c, 0,
                          r->y + (size_t)(row % r->y_ring) * step);
}

static void scale_backward(const struct op_run *r)
{
    int c = r->out.c, pixels = r->out.h * r->out.w;
    for (int i = 0; i < r->pictures; i++) {
        size_t at = (size_t)i * shape_floats(r->out), gate = (size_t)i * (size_t)c;
        if (r->dx[1]) {
            if (!r->dx_add[1])
                memset(r->dx[1] + gate, 0, (size_t)c * sizeof *r->dx[1]);
            r->kernels->column_sums(r->dy + at, r->x[0] + at, pixels, c, r->dx[1] + gate);
        }
        if (r->dx[0])
            r->kernels->scale(r->dy + at, r->x[1] + gate, pixels, c, r->dx_add[0], r->dx[0] + at);
    }
    if (r->dx[1])
        r->kernels->mask(r->x_kept[1], r->dx_mask[1], r->dx[1], (size_t)r->pictures * (size_t)c);
    if (r->dx[0])
        r->kernels->mask(r->x_kept[0], r->dx_mask[0], r->dx[0], positions(r) * (size_t)c);
}

const struct op op_scale = {.name = "gate",
                            .shape = scale_shape,
                            .forward = scale_forward,
                            .backward = scale_backward,
                            .masks = 2,
                            .rows = 1,
                            .flat = 1};

/* ---- concatenations ---- */

static int concat_shape(const struct node *n, const struct shape *in, struct shape *out)
{
    *out = (struct shape){in[0].h, in[0].w, n->channels};
    for (int i = 1; i < n->input_count; i++)
        if (in[i].h != in[0].h || in[i].w != in[0].w || (n->shuffled && in[i].c != in[0].c))
            return -1;
    return 0;
}

/* Where channel k of input j, which has c channels and begins at `first`, stands in the output. */
static size_t concat_place(const struct node *n, int j, int k, int first)
{
    return (size_t)(n->shuffled ? k * n->input_count + j : first + k);
}

static void concat_forward(const struct op_run *r, int first, int last)
{
    const struct node *n = r->node;
    size_t pixels = (size_t)(last - first) * (size_t)r->out.w;
    int at = 0;
    for (int j = 0; j < n->input_count; j++) {
        int c = r->x_channels[j];
        const float *x = r->x[j] + (size_t)first * (size_t)r->out.w * (size_t)c;
        float *y = r->y + (size_t)first * (size_t)r->out.w * (size_t)r->out.c;
        for (size_t i = 0; i < pixels; i++, x += c, y += r->out.c) {
            if (!n->shuffled)
                memcpy(y + at, x, (size_t)c * sizeof *y);
            for (int k = 0; n->shuffled && k < c; k++)
                y[concat_place(n, j, k, at)] = x[k];
        }
        at += c;
    }
}

static void concat_backward(const struct op_run *r)
{
    const struct node *n = r->node;
    int at = 0;
    for (int j = 0; j < n->input_count; j++) {
        int c = r->x_channels[j];
        const float *dy = r->dy;
        float *dx = r->dx[j];
        for (size_t i = 0; dx && i < positions(r); i++, dx += c, dy += r->out.c)
            for (int k = 0; k < c; k++) {
                float g = dy[concat_place(n, j, k, at)];
                dx[k] = r->dx_add[j] ? dx[k] + g : g;
            }
        if (dx)
            r->kernels->mask(r->x_kept[j], r->dx_mask[j], r->dx[j], positions(r) * (size_t)c);
        at += c;
    }
}

const struct op op_concat = {.name = "concatenation",
                             .shape = concat_shape,
                             .forward = concat_forward,
                             .backward = concat_backward,
                             .masks = GRAPH_MAX_INPUTS};

/* ---- slices ---- */

static int slice_shape(const struct node *n, const struct shape *in, struct shape *out)
{
    *out = (struct shape){in->h, in->w, n->channels};
    return 0;
}

static void slice_forward(const struct op_run *r, int first, int last)
{
    const float *x = r->x[0] + (size_t)first * (size_t)r->in.w * (size_t)r->in.c + r->node->first;
    float *y = r->y + (size_t)first * (size_t)r->out.w * (size_t)r->out.c;
    for (int i = 0; i < (last - first) * r->out.w; i++, x += r->in.c, y += r->out.c)
        memcpy(y, x, (size_t)r->out.c * sizeof *y);
}

/* Other slices of the same input give the rest of its gradient. */
static void slice_backward(const struct op_run *r)
{
    size_t count = positions(r) * (size_t)r->in.c;
    if (!r->dx[0])
        return;
    if (!r->dx_add[0])
        memset(r->dx[0], 0, count * sizeof *r->dx[0]);
    float *dx = r->dx[0] + r->node->first;
    const float *dy = r->dy;
    for (size_t i = 0; i < positions(r); i++, dx += r->in.c, dy += r->out.c)
        for (int k = 0; k < r->out.c; k++)
            dx[k] += dy[k];
    r->kernels->mask(r->x_kept[0], r->dx_mask[0], r->dx[0], count);
}

const struct op op_slice = {.name = "slice",
                            .shape = slice_shape,
                            .forward = slice_forward,
                            .backward = slice_backward,
                            .masks = 1};
