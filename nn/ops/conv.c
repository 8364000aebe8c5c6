/* Dense and grouped convolutions, with bias or batch norm, residual and activation in the same
 * pass.
 *
 * Channels last, a 1 x 1 convolution at stride 1 is one matrix product on the activations as
 * they lie: y [pixels, K] = x [pixels, C] W^T. Others are sums over taps (conv_direct.c).
 *
 * The filters' gradient is kept as the windows lie, [k][size][size][c], until conv_finish brings it
 * into the order of files, [k][c][size][size], once for all pictures. */
#include "nn/ops/conv.h"

#include <string.h>

#include "nn/ops/norm.h"

enum { BACKWARD_PIXELS = 48, BACKWARD_FLOATS = 64 * 1024 };

static size_t rounded(size_t n)
{
    return (n + 15) / 16 * 16;
}

static int is_pointwise(const struct node *n)
{
    return n->size == 1 && n->stride == 1 && n->groups == 1;
}

struct tail tail_from(struct tail t, size_t floats)
{
    t.y += floats;
    t.add = t.add ? t.add + floats : NULL;
    t.pre = t.pre ? t.pre + floats : NULL;
    t.mask = t.mask ? t.mask + floats : NULL;
    return t;
}

static int conv_shape(const struct node *n, const struct shape *in, struct shape *out)
{
    *out = (struct shape){conv_out(n, in->h), conv_out(n, in->w), n->channels};
    if (in->c != n->in_channels || out->h < 1 || out->w < 1)
        return -1;
    return n->input_count < 2 || (in[1].h == out->h && in[1].w == out->w && in[1].c == out->c) ? 0
                                                                                               : -1;
}

/* Packed: shift (as bias), the filters. */
static size_t shift_floats(const struct node *n)
{
    return rounded((size_t)n->channels) + KERNEL_PAD;
}

static size_t pointwise_forward_floats(const struct kernels *k, const struct node *n)
{
    return rounded(product_packed(k, n->channels, n->in_channels));
}

static size_t pointwise_packed(const struct op_plan *p)
{
    size_t floats = pointwise_forward_floats(p->kernels, p->node);
    return floats +
           (p->training ? product_packed(p->kernels, p->node->in_channels, p->node->channels) : 0);
}

static int is_winograd(const struct op_run *r)
{
    return winograd_suits(r->node, r->out, r->training);
}

static size_t conv_packed(const struct op_plan *p)
{
    size_t shift = shift_floats(p->node);
    if (is_pointwise(p->node))
        return shift + pointwise_packed(p);
    return shift +
           (winograd_suits(p->node, p->out, p->training) ? winograd_packed(p) : direct_packed(p));
}

static size_t filter_floats(const struct node *n)
{
    return (size_t)n->channels * (size_t)window_floats(n);
}

static size_t conv_scratch(const struct op_plan *p)
{
    size_t pack = rounded(filter_floats(p->node)) + KERNEL_PAD, run = 0;
    if (!is_pointwise(p->node)) {
        size_t direct = direct_scratch(p), winograd = winograd_scratch(p); /* dw may be either */
        pack += winograd_pack_scratch(p);
        run = direct > winograd ? direct : winograd;
    }
    return (pack > run ? pack : run) + KERNEL_PAD;
}

/* [c][r][s] of files -> [r][s][c] of windows, and back. */
static void filter_to_window(const struct node *n, const float *w, double scale, float *out)
{
    int area = n->size * n->size, channels = n->in_channels / n->groups;
    for (int c = 0; c < channels; c++)
        for (int i = 0; i < area; i++)
            out[i * channels + c] = (float)(scale * w[c * area + i]);
}

static void window_to_filter(const struct node *n, const float *window, float *out)
{
    int area = n->size * n->size, channels = n->in_channels / n->groups;
    for (int c = 0; c < channels; c++)
        for (int i = 0; i < area; i++)
            out[c * area + i] = window[i * channels + c];
}

static void pointwise_pack(const struct op_plan *p, const float *filters, float *packed)
{
    const struct node *n = p->node;
    size_t c = (size_t)n->in_channels;
    p->kernels->pack(filters, 1, c, n->in_channels, n->channels, packed);
    if (p->training)
        p->kernels->pack(filters, c, 1, n->channels, n->in_channels,
                         packed + pointwise_forward_floats(p->kernels, n));
}

static void conv_pack(const struct op_plan *p, const struct params *params, int raw, float *packed,
                      float *scratch)
{
    const struct node *n = p->node;
    const float *w = params->values + params->list[n->weight].offset;
    size_t depth = (size_t)window_floats(n);
    memset(packed, 0, shift_floats(n) * sizeof *packed);
    norm_shift(n, params, raw, packed);
    for (int k = 0; k < n->channels; k++)
        filter_to_window(n, w + (size_t)k * depth, norm_scale(n, params, raw, k),
                         scratch + (size_t)k * depth);
    if (is_pointwise(n))
        pointwise_pack(p, scratch, packed + shift_floats(n));
    else if (winograd_suits(n, p->out, p->training))
        winograd_pack(p, scratch, packed + shift_floats(n),
                      scratch + rounded(filter_floats(n)) + KERNEL_PAD);
    else
        direct_pack(p, scratch, packed + shift_floats(n));
}

static int smallest(int a, int b, int c)
{
    a = a < b ? a : b;
    return a < c ? a : c;
}

/* Output rows [first, last), which lie together in x's and y's ring. t: where the first of the
 * wanted columns goes. */
static void pointwise_forward(const struct op_run *r, int first, int last, struct tail t)
{
    const struct node *n = r->node;
    size_t c = (size_t)n->in_channels, row = (size_t)r->out.w * c;
    r->kernels->product(
        &(struct product){.rows = (last - first) * r->out.w,
                          .columns = r->last_column - r->first_column,
                          .depth = n->in_channels,
                          .a = r->x[0] + (size_t)(first % r->x_ring) * row,
                          .a_row = c,
                          .b = r->packed + shift_floats(n) + (size_t)r->first_column * c,
                          .tail = t});
}

static void conv_forward(const struct op_run *r, int first, int last)
{
    const struct node *n = r->node;
    const float *residual = n->input_count > 1 ? r->x[1] : NULL;
    float affine[2];
    size_t row = (size_t)r->out.w * (size_t)n->channels;
    struct tail t = {.y = r->z, .y_row = (size_t)n->channels};
    if (!r->z)
        t = (struct tail){.y = r->y,
                          .y_row = (size_t)n->channels,
                          .bias = r->packed + r->first_column,
                          .add = residual,
                          .pre = r->pre,
                          .act = n->act,
                          .affine = norm_affine(r, affine)};
    for (int end; first < last; first = end) {
        size_t column = (size_t)r->first_column, y = (size_t)(first % r->y_ring) * row;
        struct tail here = tail_from(t, y + column);
        here.add = t.add ? t.add + (size_t)first * row + column : NULL; /* has no ring */
        end = smallest(last, last, first + r->y_ring - first % r->y_ring);
        if (is_pointwise(n)) {
            end = smallest(end, end, first + r->x_ring - first % r->x_ring);
            pointwise_forward(r, first, end, here);
        } else if (is_winograd(r)) {
            winograd_forward(r, r->packed + shift_floats(n), first, end, here);
        } else {
            direct_forward(r, r->packed + shift_floats(n), first, end, here);
        }
    }
    if (r->z)
        norm_batch_forward(r, residual);
}

/* Where the gradient of the input goes. */
static struct tail gradient_tail(const struct op_run *r)
{
    return (struct tail){.y = r->dx[0],
                         .y_row = (size_t)r->node->in_channels,
                         .add = r->dx_add[0] ? r->dx[0] : NULL,
                         .mask = r->dx_mask[0] ? r->x_kept[0] : NULL,
                         .mask_act = r->dx_mask[0]};
}

/* A few thousand pixels at a time, so that dy and x, each needed two or three times, come from
 * memory once. */
static void pointwise_backward(const struct op_run *r, float *dw)
{
    const struct node *n = r->node;
    size_t k = (size_t)n->channels, c = (size_t)n->in_channels;
    int pixels = r->pictures * r->out.h * r->out.w;
    int block = (int)(BACKWARD_FLOATS / (k + c));
    const float *filters = r->packed + shift_floats(n) + pointwise_forward_floats(r->kernels, n);
    float *dshift = norm_shift_gradient(r);
    struct tail t = gradient_tail(r);
    block = block < BACKWARD_PIXELS ? BACKWARD_PIXELS : block;
    for (int first = 0; first < pixels; first += block) {
        int rows = pixels - first < block ? pixels - first : block;
        const float *dy = r->dy + (size_t)first * k, *x = r->x[0] + (size_t)first * c;
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
        if (r->dx[0])
            r->kernels->product(&(struct product){.rows = rows,
                                                  .columns = n->in_channels,
                                                  .depth = n->channels,
                                                  .a = dy,
                                                  .a_row = k,
                                                  .b = filters,
                                                  .tail = tail_from(t, (size_t)first * c)});
    }
}

static void window_backward(const struct op_run *r, float *dw)
{
    float *dshift = norm_shift_gradient(r);
    if (dshift)
        r->kernels->column_sums(r->dy, NULL, r->pictures * r->out.h * r->out.w, r->node->channels,
                                dshift);
    if (winograd_dw_suits(r))
        winograd_dw(r, dw);
    else
        direct_dw(r, dw);
    const float *packed = r->packed + shift_floats(r->node);
    if (r->dx[0] && is_winograd(r))
        winograd_dx(r, packed, gradient_tail(r));
    else if (r->dx[0])
        direct_dx(r, packed, gradient_tail(r));
}

static void conv_backward(const struct op_run *r)
{
    float *dw = r->gradients + r->params->list[r->node->weight].offset;
    norm_tail_backward(r);
    if (is_pointwise(r->node))
        pointwise_backward(r, dw);
    else
        window_backward(r, dw);
}

static void conv_finish(const struct node *n, const struct params *params, float *gradients,
                        float *scratch)
{
    float *dw = gradients + params->list[n->weight].offset;
    size_t filter = (size_t)window_floats(n);
    if (n->size == 1)
        return;
    for (int k = 0; k < n->channels; k++, dw += filter) {
        memcpy(scratch, dw, filter * sizeof *dw);
        window_to_filter(n, scratch, dw);
    }
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
                           .finish = conv_finish,
                           .masks = 1,
                           .rows = 1,
                           .unit = winograd_unit,
                           .columns = 1,
                           .flat = 1,
                           .macs = conv_macs};
