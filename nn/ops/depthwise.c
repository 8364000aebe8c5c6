/* Depthwise convolution: one filter a channel, row by row, all channels of a pixel side by side. */
#include <string.h>

#include "nn/ops/norm.h"
#include "nn/ops/ops.h"

enum {
    WINDOW_STRIDE_MAX = 2, /* rows are computed together up to this stride */
    ROWS_MAX = (WINDOW_ROWS - 1) * WINDOW_STRIDE_MAX + WINDOW_MAX
};

static size_t rounded(size_t n)
{
    return (n + 15) / 16 * 16;
}

static int depthwise_shape(const struct node *n, const struct shape *in, struct shape *out)
{
    *out = (struct shape){conv_out(n, in->h), conv_out(n, in->w), n->channels};
    return in->c == n->channels && n->size <= WINDOW_MAX && out->h > 0 && out->w > 0 ? 0 : -1;
}

/* Packed: shift, then the filters as [size, size, channels], in training those turned by half a
 * turn as well: with them the gradient of the input is a depthwise convolution itself (stride
 * 1). */
static size_t shift_floats(const struct node *n)
{
    return rounded((size_t)n->channels) + KERNEL_PAD;
}

static size_t filter_floats(const struct node *n)
{
    return rounded((size_t)(n->size * n->size) * (size_t)n->channels) + KERNEL_PAD;
}

static size_t depthwise_packed(const struct op_plan *p)
{
    return shift_floats(p->node) + (size_t)(p->training ? 2 : 1) * filter_floats(p->node);
}

static size_t depthwise_scratch(const struct op_plan *p)
{
    return filter_floats(p->node);
}

static void depthwise_pack(const struct op_plan *p, const struct params *params, int raw,
                           float *packed, float *scratch)
{
    const struct node *n = p->node;
    const float *w = params->values + params->list[n->weight].offset;
    int area = n->size * n->size;
    memset(packed, 0, depthwise_packed(p) * sizeof *packed);
    (void)scratch;
    norm_shift(n, params, raw, packed);
    packed += shift_floats(n);
    float *turned = packed + filter_floats(n);
    for (int k = 0; k < n->channels; k++) {
        double scale = norm_scale(n, params, raw, k);
        for (int i = 0; i < area; i++) {
            float value = (float)(scale * w[(size_t)k * (size_t)area + (size_t)i]);
            packed[(size_t)i * (size_t)n->channels + (size_t)k] = value;
            if (p->training)
                turned[(size_t)(area - 1 - i) * (size_t)n->channels + (size_t)k] = value;
        }
    }
}

static struct window window_of(const struct op_run *r)
{
    return (struct window){.channels = r->in.c,
                           .step = (size_t)r->in.c,
                           .size = r->node->size,
                           .stride = r->node->stride,
                           .in_width = r->in.w,
                           .out_width = r->out.w,
                           .pad_left = conv_pad_before(r->node, r->in.w),
                           .w = r->packed + shift_floats(r->node)};
}

/* The input rows under the windows of output rows [row, row + count), counted over all pictures and
 * all of one. */
static void rows_under(const struct op_run *r, int row, int count, const float **rows)
{
    int top = row % r->out.h * r->node->stride - conv_pad_before(r->node, r->in.h);
    int before = row / r->out.h * r->in.h; /* rows of the pictures before */
    size_t step = (size_t)r->in.w * (size_t)r->in.c;
    for (int i = 0; i < (count - 1) * r->node->stride + r->node->size; i++)
        rows[i] = top + i < 0 || top + i >= r->in.h
                      ? NULL
                      : r->x[0] + (size_t)((before + top + i) % r->x_ring) * step;
}

/* For each window row the output row that used input row `row` with it, or NULL. */
static void rows_over(const struct op_run *r, int row, const float **dys)
{
    int at = row % r->in.h + conv_pad_before(r->node, r->in.h), stride = r->node->stride;
    const float *picture = r->dy + (size_t)(row / r->in.h) * shape_floats(r->out);
    for (int i = 0; i < r->node->size; i++) {
        int out = at - i;
        dys[i] = out < 0 || out % stride != 0 || out / stride >= r->out.h
                     ? NULL
                     : picture + (size_t)(out / stride) * (size_t)r->out.w * (size_t)r->out.c;
    }
}

/* Output rows [row, row + count) of one picture. */
static void forward_rows(const struct op_run *r, const struct window *w, const struct tail *t,
                         int row, int count)
{
    const float *rows[ROWS_MAX];
    size_t at[WINDOW_ROWS], step = (size_t)r->out.w * (size_t)r->out.c;
    rows_under(r, row, count, rows);
    for (int i = 0; i < count; i++)
        at[i] = (size_t)((row + i) % r->y_ring) * step;
    r->kernels->depthwise(w, rows, count, at, t);
}

/* How many of the rows [row, last) are computed together: of one picture, of `height` rows. */
static int rows_together(const struct op_run *r, int row, int last, int height)
{
    int most = r->node->stride <= WINDOW_STRIDE_MAX ? WINDOW_ROWS : 1, left = height - row % height;
    left = left < last - row ? left : last - row;
    return left < most ? left : most;
}

static void depthwise_forward(const struct op_run *r, int first, int last)
{
    float affine[2];
    struct window w = window_of(r);
    struct tail t = {.y = r->z, .y_row = (size_t)r->out.c};
    if (!r->z)
        t = (struct tail){.y = r->y,
                          .y_row = (size_t)r->out.c,
                          .bias = r->packed,
                          .pre = r->pre,
                          .act = r->node->act,
                          .affine = norm_affine(r, affine)};
    for (int row = first, count; row < last; row += count) {
        count = rows_together(r, row, last, r->out.h);
        forward_rows(r, &w, &t, row, count);
    }
    if (r->z)
        norm_batch_forward(r, NULL);
}

/* dx of input rows [row, row + count) of one picture, stride 1: the outputs under windows turned by
 * half a turn. */
static void dx_turned(const struct op_run *r, const struct tail *t, int row, int count)
{
    struct window w = window_of(r);
    const float *rows[ROWS_MAX];
    size_t at[WINDOW_ROWS], step = (size_t)r->out.w * (size_t)r->out.c;
    const float *picture = r->dy + (size_t)(row / r->in.h) * shape_floats(r->out);
    int top = row % r->in.h - (w.size - 1 - conv_pad_before(r->node, r->in.h));
    w.w += filter_floats(r->node);
    w.pad_left = w.size - 1 - w.pad_left;
    w.in_width = r->out.w;
    w.out_width = r->in.w;
    for (int i = 0; i < count - 1 + w.size; i++)
        rows[i] = top + i < 0 || top + i >= r->out.h ? NULL : picture + (size_t)(top + i) * step;
    for (int i = 0; i < count; i++)
        at[i] = (size_t)(row + i) * (size_t)r->in.w * (size_t)r->in.c;
    r->kernels->depthwise(&w, rows, count, at, t);
}

static void dx_strided(const struct op_run *r, const struct tail *t, int row)
{
    struct window w = window_of(r);
    const float *dys[WINDOW_MAX];
    rows_over(r, row, dys);
    r->kernels->depthwise_dx(&w, dys, (size_t)row * (size_t)r->in.w * (size_t)r->in.c, t);
}

/* dx of input rows [*next, ...) whose output rows are all before `row`; *next moves on. */
static void dx_rows(const struct op_run *r, int row, int *next)
{
    int picture = (row - 1) / r->out.h, done = row - picture * r->out.h, stride = r->node->stride;
    int ready = done * stride - conv_pad_before(r->node, r->in.h); /* rows of this picture */
    struct tail t = {.y = r->dx[0],
                     .y_row = (size_t)r->in.c,
                     .add = r->dx_add[0] ? r->dx[0] : NULL,
                     .mask = r->dx_mask[0] ? r->x_kept[0] : NULL,
                     .mask_act = r->dx_mask[0]};
    ready = picture * r->in.h + (done == r->out.h || ready > r->in.h ? r->in.h : ready);
    for (int count; *next < ready; *next += count) {
        count = stride == 1 ? rows_together(r, *next, ready, r->in.h) : 1;
        if (stride == 1)
            dx_turned(r, &t, *next, count);
        else
            dx_strided(r, &t, *next);
    }
}

/* The gradients of the filters (in scratch) and of the shift from output rows [row, row +
 * count). */
static void dw_rows(const struct op_run *r, const struct window *w, int row, int count)
{
    const float *rows[ROWS_MAX], *dys[WINDOW_ROWS];
    rows_under(r, row, count, rows);
    for (int i = 0; i < count; i++)
        dys[i] = r->dy + (size_t)(row + i) * (size_t)r->out.w * (size_t)r->out.c;
    r->kernels->depthwise_dw(w, rows, count, dys, r->scratch, norm_shift_gradient(r));
}

/* A few rows at a time: what an output row needs of x and dy is still in cache for the input rows
 * above it. */
static void depthwise_backward(const struct op_run *r)
{
    const struct node *n = r->node;
    struct window w = window_of(r);
    int area = n->size * n->size, next = 0, last = r->pictures * r->out.h;
    norm_tail_backward(r);
    memset(r->scratch, 0, filter_floats(n) * sizeof *r->scratch);
    for (int row = 0, count; row < last; row += count) {
        count = rows_together(r, row, last, r->out.h);
        dw_rows(r, &w, row, count);
        if (r->dx[0])
            dx_rows(r, row + count, &next);
    }
    float *dw = r->gradients + r->params->list[n->weight].offset;
    for (int k = 0; k < n->channels; k++)
        for (int i = 0; i < area; i++)
            dw[k * area + i] += r->scratch[(size_t)i * (size_t)n->channels + (size_t)k];
}

static int64_t depthwise_macs(const struct node *n, struct shape in, struct shape out)
{
    (void)in;
    return ((int64_t)n->size * n->size + (n->bias >= 0)) * (int64_t)shape_floats(out);
}

const struct op op_depthwise = {.name = "depthwise convolution",
                                .shape = depthwise_shape,
                                .packed = depthwise_packed,
                                .scratch = depthwise_scratch,
                                .pack = depthwise_pack,
                                .forward = depthwise_forward,
                                .backward = depthwise_backward,
                                .masks = 1,
                                .rows = 1,
                                .macs = depthwise_macs};
