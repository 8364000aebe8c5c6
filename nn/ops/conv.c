/* Dense convolution, with bias or batch norm, residual and activation in the same pass.
 *
 * Channels last, a 1 x 1 convolution at stride 1 is one matrix product on the activations as
 * they lie: y [pixels, K] = x [pixels, C] W^T. Others gather the windows of a few output rows
 * side by side and multiply those; backward gathers them again, which costs less than keeping
 * them. */
#include <stdlib.h>
#include <string.h>

#include "nn/ops/norm.h"
#include "nn/ops/ops.h"

enum { GATHER_FLOATS = 16 * 1024, GATHER_PIXELS = 48, BACKWARD_FLOATS = 64 * 1024 };

static size_t rounded(size_t n)
{
    return (n + 15) / 16 * 16;
}

static int is_pointwise(const struct node *n)
{
    return n->size == 1 && n->stride == 1 && n->groups == 1;
}

/* Of one group, as the outputs of one group. */
static int window_floats(const struct node *n)
{
    return n->size * n->size * (n->in_channels / n->groups);
}

static int group_outputs(const struct node *n)
{
    return n->channels / n->groups;
}

/* Output rows gathered at a time: enough pixels for whole tiles, few enough to stay in cache. */
static int gather_rows(const struct node *n, struct shape out, int pictures)
{
    int floats = window_floats(n) * out.w, rows = GATHER_FLOATS / floats;
    int least = (GATHER_PIXELS + out.w - 1) / out.w;
    rows = rows > least ? rows : least;
    return rows < pictures * out.h ? rows : pictures * out.h;
}

static int conv_shape(const struct node *n, const struct shape *in, struct shape *out)
{
    *out = (struct shape){conv_out(n, in->h), conv_out(n, in->w), n->channels};
    if (in->c != n->in_channels || out->h < 1 || out->w < 1)
        return -1;
    return n->input_count < 2 ||
                   (in[1].h == out->h && in[1].w == out->w && in[1].c == out->c)
               ? 0
               : -1;
}

/* Packed: shift (as bias), the forward matrix, the backward matrix. */
static size_t shift_floats(const struct node *n)
{
    return rounded((size_t)n->channels) + KERNEL_PAD;
}

/* Of one group. */
static size_t forward_floats(const struct kernels *k, const struct node *n)
{
    return rounded(product_packed(k, group_outputs(n), window_floats(n)));
}

static size_t backward_floats(const struct kernels *k, const struct node *n)
{
    return rounded(product_packed(k, window_floats(n), group_outputs(n)));
}

static const float *forward_matrix(const struct op_run *r, int group)
{
    return r->packed + shift_floats(r->node) +
           (size_t)group * forward_floats(r->kernels, r->node);
}

static const float *backward_matrix(const struct op_run *r, int group)
{
    return forward_matrix(r, r->node->groups) +
           (size_t)group * backward_floats(r->kernels, r->node);
}

static size_t conv_packed(const struct op_plan *p)
{
    size_t floats = forward_floats(p->kernels, p->node);
    if (p->training)
        floats += backward_floats(p->kernels, p->node);
    return shift_floats(p->node) + (size_t)p->node->groups * floats;
}

static size_t conv_scratch(const struct op_plan *p)
{
    const struct node *n = p->node;
    size_t filters = (size_t)n->channels * (size_t)window_floats(n);
    size_t run = 0;
    if (!is_pointwise(n)) {
        run = (size_t)gather_rows(n, p->out, p->pictures) * (size_t)p->out.w *
                  (size_t)window_floats(n) +
              KERNEL_PAD;
        if (p->training)
            run = 2 * run + filters;
    }
    return (filters > run ? filters : run) + KERNEL_PAD; /* filters: for pack */
}

/* [k][c][r][s] of files <-> [k][r][s][c] of windows. */
static void filter_to_window(const struct node *n, const float *w, double scale, float *out)
{
    int area = n->size * n->size;
    int channels = n->in_channels / n->groups;
    for (int c = 0; c < channels; c++)
        for (int i = 0; i < area; i++)
            out[i * channels + c] = (float)(scale * w[c * area + i]);
}

static void window_add_to_filter(const struct node *n, const float *dwindow, float *dw)
{
    int area = n->size * n->size;
    int channels = n->in_channels / n->groups;
    for (int c = 0; c < channels; c++)
        for (int i = 0; i < area; i++)
            dw[c * area + i] += dwindow[i * channels + c];
}

static void conv_pack(const struct op_plan *p, const struct params *params, int raw, float *packed,
                      float *scratch)
{
    const struct node *n = p->node;
    const float *w = params->values + params->list[n->weight].offset;
    size_t depth = (size_t)window_floats(n);
    float *folded = scratch;
    memset(packed, 0, shift_floats(n) * sizeof *packed);
    norm_shift(n, params, raw, packed);
    for (int k = 0; k < n->channels; k++)
        filter_to_window(n, w + (size_t)k * depth, norm_scale(n, params, raw, k),
                         folded + (size_t)k * depth);
    packed += shift_floats(n);
    size_t group = (size_t)group_outputs(n) * depth;
    for (int g = 0; g < n->groups; g++, packed += forward_floats(p->kernels, n))
        p->kernels->pack(folded + (size_t)g * group, 1, depth, (int)depth, group_outputs(n),
                         packed);
    for (int g = 0; p->training && g < n->groups; g++, packed += backward_floats(p->kernels, n))
        p->kernels->pack(folded + (size_t)g * group, depth, 1, group_outputs(n), (int)depth,
                         packed);
}

/* The input rows under the windows of output row `row` (counted over all pictures). */
static void rows_under(const struct op_run *r, int row, const float *base, const float **rows)
{
    int top = row % r->out.h * r->node->stride - conv_pad_before(r->node, r->in.h);
    int before = row / r->out.h * r->in.h; /* rows of the pictures before */
    size_t step = (size_t)r->in.w * (size_t)r->in.c;
    for (int i = 0; i < r->node->size; i++)
        rows[i] = top + i < 0 || top + i >= r->in.h
                      ? NULL
                      : base + (size_t)((before + top + i) % r->x_ring) * step;
}

static struct window window_of(const struct op_run *r)
{
    return (struct window){.channels = r->in.c / r->node->groups,
                           .step = (size_t)r->in.c,
                           .size = r->node->size,
                           .stride = r->node->stride,
                           .in_width = r->in.w,
                           .out_width = r->out.w,
                           .pad_left = conv_pad_before(r->node, r->in.w)};
}

/* Windows of one group of output rows [first, last). */
static void gather(const struct op_run *r, int group, int first, int last, float *columns)
{
    struct window w = window_of(r);
    const float *rows[WINDOW_MAX];
    size_t step = (size_t)r->out.w * (size_t)window_floats(r->node);
    for (int row = first; row < last; row++, columns += step) {
        rows_under(r, row, r->x[0] + (size_t)group * (size_t)w.channels, rows);
        r->kernels->gather(&w, rows, columns);
    }
}

static int smallest(int a, int b, int c)
{
    a = a < b ? a : b;
    return a < c ? a : c;
}

/* Output rows [row, end), which lie together in both rings as far as that matters. */
static void forward_block(const struct op_run *r, struct product *p, int row, int end)
{
    const struct node *n = r->node;
    size_t y = (size_t)(row % r->y_ring) * (size_t)r->out.w * p->y_row;
    size_t pixel = (size_t)row * (size_t)r->out.w;
    p->rows = (end - row) * r->out.w;
    for (int g = 0; g < n->groups; g++) {
        size_t at = (size_t)(g * group_outputs(n) + r->first_column);
        p->b = forward_matrix(r, g) + (size_t)r->first_column * (size_t)p->depth;
        p->bias = r->z ? NULL : r->packed + at;
        p->y = (r->z ? r->z : r->y) + y + at;
        p->pre = r->pre && !r->z ? r->pre + y + at : NULL;
        p->add = n->input_count > 1 && !r->z ? r->x[1] + pixel * p->y_row + at : NULL;
        p->a = r->scratch;
        if (is_pointwise(n))
            p->a = r->x[0] + (size_t)(row % r->x_ring) * (size_t)r->out.w * p->a_row;
        else
            gather(r, g, row, end, r->scratch);
        r->kernels->product(p);
    }
}

static void conv_forward(const struct op_run *r, int first, int last)
{
    const struct node *n = r->node;
    int raw = r->z != NULL, depth = window_floats(n);
    float affine[2];
    struct product p = {.columns = n->groups > 1 ? group_outputs(n)
                                                 : r->last_column - r->first_column,
                        .depth = depth,
                        .a_row = (size_t)depth,
                        .y_row = (size_t)n->channels,
                        .add_row = (size_t)n->channels,
                        .act = raw ? ACT_NONE : n->act,
                        .affine = raw ? NULL : norm_affine(r, affine)};
    int block = is_pointwise(n) ? last - first : gather_rows(n, r->out, r->pictures);
    for (int row = first, end; row < last; row = end) {
        end = smallest(row + block, last, row + r->y_ring - row % r->y_ring);
        if (is_pointwise(n))
            end = smallest(end, end, row + r->x_ring - row % r->x_ring);
        forward_block(r, &p, row, end);
    }
    if (raw)
        norm_batch_forward(r, n->input_count > 1 ? r->x[1] : NULL);
}

/* A few thousand pixels at a time, so that dy and x, each needed two or three times, come from
 * memory once. */
static void pointwise_backward(const struct op_run *r, float *dw)
{
    const struct node *n = r->node;
    size_t k = (size_t)n->channels, c = (size_t)n->in_channels;
    int pixels = r->pictures * r->out.h * r->out.w;
    int block = (int)(BACKWARD_FLOATS / (k + c));
    float *dshift = norm_shift_gradient(r);
    block = block < GATHER_PIXELS ? GATHER_PIXELS : block;
    for (int first = 0; first < pixels; first += block) {
        int rows = pixels - first < block ? pixels - first : block;
        const float *dy = r->dy + (size_t)first * k, *x = r->x[0] + (size_t)first * c;
        float *dx = r->dx[0] ? r->dx[0] + (size_t)first * c : NULL;
        if (dshift)
            r->kernels->column_sums(dy, NULL, rows, n->channels, dshift);
        r->kernels->outer(&(struct outer){.rows = n->channels,
                                          .columns = n->in_channels,
                                          .depth = rows,
                                          .a = dy,
                                          .a_step = k,
                                          .b = x,
                                          .b_step = c,
                                          .y = dw,
                                          .y_row = c});
        if (dx)
            r->kernels->product(&(struct product){
                .rows = rows,
                .columns = n->in_channels,
                .depth = n->channels,
                .a = dy,
                .a_row = k,
                .b = backward_matrix(r, 0),
                .y = dx,
                .y_row = c,
                .add = r->dx_add[0] ? dx : NULL,
                .add_row = c,
                .mask = r->dx_mask[0] ? r->x_kept[0] + (size_t)first * c : NULL,
                .mask_row = c,
                .mask_act = r->dx_mask[0]});
    }
}

/* dx of the windows of one group of output rows [first, last). */
static void scatter(const struct op_run *r, int group, int first, int last, const float *dcolumns)
{
    struct window w = window_of(r);
    const float *rows[WINDOW_MAX];
    float *dxs[WINDOW_MAX];
    size_t step = (size_t)r->out.w * (size_t)window_floats(r->node);
    for (int row = first; row < last; row++, dcolumns += step) {
        rows_under(r, row, r->dx[0] + (size_t)group * (size_t)w.channels, rows);
        for (int i = 0; i < r->node->size; i++)
            dxs[i] = rows[i] ? r->dx[0] + (rows[i] - r->dx[0]) : NULL;
        r->kernels->scatter(&w, dcolumns, dxs);
    }
}

/* One group of output rows [row, end). */
static void backward_block(const struct op_run *r, int group, int row, int end, float *dwindow,
                           float *columns, float *dcolumns)
{
    const struct node *n = r->node;
    size_t depth = (size_t)window_floats(n), k = (size_t)n->channels;
    const float *dy = r->dy + (size_t)row * (size_t)r->out.w * k +
                      (size_t)group * (size_t)group_outputs(n);
    gather(r, group, row, end, columns);
    r->kernels->outer(&(struct outer){.rows = group_outputs(n),
                                      .columns = (int)depth,
                                      .depth = (end - row) * r->out.w,
                                      .a = dy,
                                      .a_step = k,
                                      .b = columns,
                                      .b_step = depth,
                                      .y = dwindow + (size_t)group * (size_t)group_outputs(n) * depth,
                                      .y_row = depth});
    if (!r->dx[0])
        return;
    r->kernels->product(&(struct product){.rows = (end - row) * r->out.w,
                                          .columns = (int)depth,
                                          .depth = group_outputs(n),
                                          .a = dy,
                                          .a_row = k,
                                          .b = backward_matrix(r, group),
                                          .y = dcolumns,
                                          .y_row = depth});
    scatter(r, group, row, end, dcolumns);
}

static void gathered_backward(const struct op_run *r, float *dw)
{
    const struct node *n = r->node;
    int block = gather_rows(n, r->out, r->pictures), depth = window_floats(n);
    size_t filters = (size_t)n->channels * (size_t)depth;
    float *dwindow = r->scratch, *columns = dwindow + filters;
    float *dcolumns = columns + (size_t)block * (size_t)r->out.w * (size_t)depth + KERNEL_PAD;
    float *dshift = norm_shift_gradient(r);
    memset(dwindow, 0, filters * sizeof *dwindow);
    if (r->dx[0] && !r->dx_add[0])
        memset(r->dx[0], 0, (size_t)r->pictures * shape_floats(r->in) * sizeof *r->dx[0]);
    for (int row = 0; row < r->pictures * r->out.h; row += block) {
        int end = row + block < r->pictures * r->out.h ? row + block : r->pictures * r->out.h;
        const float *dy = r->dy + (size_t)row * (size_t)r->out.w * (size_t)n->channels;
        if (dshift)
            r->kernels->column_sums(dy, NULL, (end - row) * r->out.w, n->channels, dshift);
        for (int g = 0; g < n->groups; g++)
            backward_block(r, g, row, end, dwindow, columns, dcolumns);
    }
    for (int k = 0; k < n->channels; k++)
        window_add_to_filter(n, dwindow + (size_t)k * (size_t)depth,
                             dw + (size_t)k * (size_t)depth);
    if (r->dx[0] && r->dx_mask[0])
        r->kernels->mask(r->x_kept[0], r->dx_mask[0], r->dx[0],
                         (size_t)r->pictures * shape_floats(r->in));
}

static void conv_backward(const struct op_run *r)
{
    float *dw = r->gradients + r->params->list[r->node->weight].offset;
    norm_tail_backward(r);
    if (is_pointwise(r->node))
        pointwise_backward(r, dw);
    else
        gathered_backward(r, dw);
}

static int64_t conv_macs(const struct node *n, struct shape in, struct shape out)
{
    (void)in;
    int64_t each = (int64_t)window_floats(n) + (n->bias >= 0);
    return each * (int64_t)shape_floats(out);
}

const struct op op_conv = {.name = "convolution",
                           .shape = conv_shape,
                           .packed = conv_packed,
                           .scratch = conv_scratch,
                           .pack = conv_pack,
                           .forward = conv_forward,
                           .backward = conv_backward,
                           .masks = 1,
                           .rows = 1,
                           .columns = 1,
                           .flat = 1,
                           .macs = conv_macs};
