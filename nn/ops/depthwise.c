/* Depthwise convolution: one filter a channel, row by row, all channels of a pixel side by side. */
#include <string.h>

#include "nn/ops/norm.h"
#include "nn/ops/ops.h"

enum { WINDOW_STRIDE_MAX = 2 }; /* rows are computed together up to this stride */

static size_t rounded(size_t n)
{
    return (n + 15) / 16 * 16;
}

static int depthwise_shape(const struct node *n, const struct shape *in, struct shape *out)
{
    *out = (struct shape){conv_out(n, in->h), conv_out(n, in->w), n->channels};
    return in->c == n->channels && n->size <= WINDOW_MAX && out->h > 0 && out->w > 0 ? 0 : -1;
}

/* Packed: shift, then the filters as [size, size, channels]. */
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
    return shift_floats(p->node) + filter_floats(p->node);
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
    for (int k = 0; k < n->channels; k++) {
        double scale = norm_scale(n, params, raw, k);
        for (int i = 0; i < area; i++)
            packed[(size_t)i * (size_t)n->channels + (size_t)k] =
                (float)(scale * w[(size_t)k * (size_t)area + (size_t)i]);
    }
}

static struct window window_of(const struct op_run *r)
{
    int raw = r->z != NULL;
    return (struct window){.channels = r->in.c,
                           .step = (size_t)r->in.c,
                           .size = r->node->size,
                           .stride = r->node->stride,
                           .in_width = r->in.w,
                           .out_width = r->out.w,
                           .pad_left = conv_pad_before(r->node, r->in.w),
                           .w = r->packed + shift_floats(r->node),
                           .bias = raw ? NULL : r->packed,
                           .act = raw ? ACT_NONE : r->node->act};
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
static void forward_rows(const struct op_run *r, const struct window *w, int row, int count)
{
    const float *rows[(WINDOW_ROWS - 1) * WINDOW_STRIDE_MAX + WINDOW_MAX];
    float *ys[WINDOW_ROWS], *pres[WINDOW_ROWS], affine[2];
    size_t step = (size_t)r->out.w * (size_t)r->out.c;
    int keeps = r->pre && !r->z;
    rows_under(r, row, count, rows);
    for (int i = 0; i < count; i++) {
        size_t at = (size_t)((row + i) % r->y_ring) * step;
        ys[i] = (r->z ? r->z : r->y) + at;
        pres[i] = keeps ? r->pre + at : NULL;
    }
    r->kernels->depthwise(w, rows, count, ys, keeps ? pres : NULL);
    for (int i = 0; i < count && !r->z && norm_affine(r, affine); i++)
        r->kernels->activate(ys[i], NULL, ACT_NONE, affine, step);
}

static void depthwise_forward(const struct op_run *r, int first, int last)
{
    struct window w = window_of(r);
    int most = r->node->stride <= WINDOW_STRIDE_MAX ? WINDOW_ROWS : 1;
    for (int row = first, count; row < last; row += count) {
        count = r->out.h - row % r->out.h; /* of this picture */
        count = count < last - row ? count : last - row;
        count = count < most ? count : most;
        forward_rows(r, &w, row, count);
    }
    if (r->z)
        norm_batch_forward(r, NULL);
}

/* dx of input rows [*next, ...) whose output rows are all up to `row`; *next moves on. */
static void dx_rows(const struct op_run *r, const struct window *w, int row, int *next)
{
    const float *dys[WINDOW_MAX];
    size_t step = (size_t)r->in.w * (size_t)r->in.c;
    int picture = row / r->out.h, last = row % r->out.h;
    int before = conv_pad_before(r->node, r->in.h);
    for (; *next < (picture + 1) * r->in.h; ++*next) {
        /* the last output row it is under */
        int reaches = (*next % r->in.h + before) / r->node->stride;
        if (reaches > last && last < r->out.h - 1)
            return;
        rows_over(r, *next, dys);
        float *dx = r->dx[0] + (size_t)*next * step;
        const float *kept = r->dx_mask[0] ? r->x_kept[0] + (size_t)*next * step : NULL;
        int apart = r->dx_mask[0] > ACT_RELU6; /* more than the limits that the kernel knows */
        r->kernels->depthwise_dx(w, dys, dx, apart ? NULL : kept, r->dx_mask[0], r->dx_add[0]);
        if (apart)
            r->kernels->mask(kept, r->dx_mask[0], dx, step);
    }
}

/* Row by row: what an output row needs of x and dy is still in cache for the input rows above
 * it. */
static void depthwise_backward(const struct op_run *r)
{
    const struct node *n = r->node;
    struct window w = window_of(r);
    const float *rows[WINDOW_MAX];
    int area = n->size * n->size, next = 0;
    size_t step = (size_t)r->out.w * (size_t)r->out.c;
    norm_tail_backward(r);
    float *dshift = norm_shift_gradient(r);
    memset(r->scratch, 0, filter_floats(n) * sizeof *r->scratch);
    for (int row = 0; row < r->pictures * r->out.h; row++) {
        const float *dy = r->dy + (size_t)row * step;
        if (dshift)
            r->kernels->column_sums(dy, NULL, r->out.w, n->channels, dshift);
        rows_under(r, row, 1, rows);
        r->kernels->depthwise_dw(&w, rows, dy, r->scratch);
        if (r->dx[0])
            dx_rows(r, &w, row, &next);
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
