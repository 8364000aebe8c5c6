/* What the files of the convolution share. Nobody else includes this. */
#ifndef NN_OPS_CONV_H
#define NN_OPS_CONV_H

#include "nn/ops/ops.h"

/* Of one group: floats under a window, outputs. */
static inline int window_floats(const struct node *n)
{
    return n->size * n->size * (n->in_channels / n->groups);
}

static inline int group_outputs(const struct node *n)
{
    return n->channels / n->groups;
}

/* y, and what is laid out as y, from `floats` further on. */
struct tail tail_from(struct tail t, size_t floats);

/* Any window (conv_direct.c). Filters: [channels][size][size][channels of a group], folded. packed
 * is only its own part here, without the shift. */
size_t direct_packed(const struct op_plan *p);
size_t direct_scratch(const struct op_plan *p);
void direct_pack(const struct op_plan *p, const float *filters, float *packed);
/* Output rows [first, last), which lie together in y's ring. t: where the first of
 * the wanted columns of row `first` goes. */
void direct_forward(const struct op_run *r, const float *packed, int first, int last,
                    struct tail t);
/* All gradients. t: where that of the input goes; that of the weights is added to dw, which is laid
 * out as the filters. */
void direct_dx(const struct op_run *r, const float *packed, struct tail t);
void direct_dw(const struct op_run *r, float *dw);

/* The same by Winograd's method (conv_winograd.c), for nodes and pictures it suits. Filters are
 * packed four times as large, which pays where many pixels share them; training packs after each
 * step. */
int winograd_suits(const struct node *n, struct shape out, int training);
size_t winograd_packed(const struct op_plan *p);
size_t winograd_scratch(const struct op_plan *p);
size_t winograd_pack_scratch(const struct op_plan *p);
void winograd_pack(const struct op_plan *p, const float *filters, float *packed, float *scratch);
void winograd_forward(const struct op_run *r, const float *packed, int first, int last,
                      struct tail t);
void winograd_dx(const struct op_run *r, const float *packed, struct tail t);
/* The gradient of the filters packs nothing: by itself it may suit where the rest does not. */
int winograd_dw_suits(const struct op_run *r);
void winograd_dw(const struct op_run *r, float *dw);
/* Rows that are computed together. */
int winograd_unit(const struct node *n);

#endif
