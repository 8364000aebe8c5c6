/* Linear layer: y [n, K] = x [n, C] W^T + b. */
#include <string.h>

#include "nn/ops/ops.h"

static size_t rounded(size_t n)
{
    return (n + 15) / 16 * 16;
}

static int linear_shape(const struct node *n, const struct shape *in, struct shape *out)
{
    *out = (struct shape){1, 1, n->channels};
    return in->h == 1 && in->w == 1 && in->c == n->in_channels ? 0 : -1;
}

/* Packed: bias, forward matrix, backward matrix. */
static size_t bias_floats(const struct node *n)
{
    return rounded((size_t)n->channels) + KERNEL_PAD;
}

static size_t forward_floats(const struct kernels *k, const struct node *n)
{
    return rounded(product_packed(k, n->channels, n->in_channels));
}

static size_t linear_packed(const struct op_plan *p)
{
    const struct node *n = p->node;
    return bias_floats(n) + forward_floats(p->kernels, n) +
           (p->training ? rounded(product_packed(p->kernels, n->in_channels, n->channels)) : 0);
}

static void linear_pack(const struct op_plan *p, const struct params *params, int raw,
                        float *packed, float *scratch)
{
    const struct node *n = p->node;
    const float *w = params->values + params->list[n->weight].offset;
    (void)raw;
    (void)scratch;
    memset(packed, 0, bias_floats(n) * sizeof *packed);
    memcpy(packed, params->values + params->list[n->bias].offset,
           (size_t)n->channels * sizeof *packed);
    packed += bias_floats(n);
    p->kernels->pack(w, 1, (size_t)n->in_channels, n->in_channels, n->channels, packed);
    packed += forward_floats(p->kernels, n);
    if (p->training)
        p->kernels->pack(w, (size_t)n->in_channels, 1, n->channels, n->in_channels, packed);
}

static void linear_forward(const struct op_run *r, int first, int last)
{
    const struct node *n = r->node;
    size_t at = (size_t)r->first_column;
    struct product p = {.rows = last - first,
                        .columns = r->last_column - r->first_column,
                        .depth = n->in_channels,
                        .a = r->x[0] + (size_t)first * (size_t)n->in_channels,
                        .a_row = (size_t)n->in_channels,
                        .b = r->packed + bias_floats(n) + at * (size_t)n->in_channels,
                        .tail = {.y = r->y + (size_t)first * (size_t)n->channels + at,
                                 .y_row = (size_t)n->channels,
                                 .bias = r->packed + at}};
    r->kernels->product(&p);
}

static void linear_backward(const struct op_run *r)
{
    const struct node *n = r->node;
    struct outer o = {.rows = n->channels,
                      .columns = n->in_channels,
                      .depth = r->pictures,
                      .a = r->dy,
                      .a_step = (size_t)n->channels,
                      .b = r->x[0],
                      .b_step = (size_t)n->in_channels,
                      .y = r->gradients + r->params->list[n->weight].offset,
                      .y_row = (size_t)n->in_channels};
    r->kernels->outer(&o);
    r->kernels->column_sums(r->dy, NULL, r->pictures, n->channels,
                            r->gradients + r->params->list[n->bias].offset);
    if (!r->dx[0])
        return;
    struct product p = {.rows = r->pictures,
                        .columns = n->in_channels,
                        .depth = n->channels,
                        .a = r->dy,
                        .a_row = (size_t)n->channels,
                        .b = r->packed + bias_floats(n) + forward_floats(r->kernels, n),
                        .tail = {.y = r->dx[0],
                                 .y_row = (size_t)n->in_channels,
                                 .add = r->dx_add[0] ? r->dx[0] : NULL,
                                 .mask = r->dx_mask[0] ? r->x_kept[0] : NULL,
                                 .mask_act = r->dx_mask[0]}};
    r->kernels->product(&p);
}

static int64_t linear_macs(const struct node *n, struct shape in, struct shape out)
{
    (void)in;
    (void)out;
    return ((int64_t)n->in_channels + 1) * n->channels;
}

const struct op op_linear = {.name = "linear layer",
                             .shape = linear_shape,
                             .packed = linear_packed,
                             .pack = linear_pack,
                             .forward = linear_forward,
                             .backward = linear_backward,
                             .masks = 1,
                             .columns = 1,
                             .macs = linear_macs};
