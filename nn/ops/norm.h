/* Batch norm, which belongs to the convolution before it.
 *
 * With running statistics it is folded: w' = w * scale, b' = shift, scale = weight / std, shift
 * = bias - mean * scale. The gradients of w, weight and bias then follow from those of w' and b'
 * alone (You et al. 2023, "tune mode"), so nothing before the normalisation is kept:
 *   dw = dw' * scale,  dbias = db',
 *   dweight = sum over k's filter of dw' * w / std - db' * mean / std.
 * With batch statistics the convolution's output z is kept and the usual backward runs. */
#ifndef NN_OPS_NORM_H
#define NN_OPS_NORM_H

#include <stddef.h>

struct node;
struct op_run;
struct params;

/* Scale of channel k of a node's norm, or 1 (none, or raw). In double: folded weights are
 * rounded once. */
double norm_scale(const struct node *n, const struct params *params, int raw, int k);
/* shift [channels]: the norm's (0 if raw), or the bias of a node without norm, or 0. */
void norm_shift(const struct node *n, const struct params *params, int raw, float *shift);

/* In a whole gradient block: gradients of the folded weights, at their places (dw', db' at the
 * norm's bias), become those of the parameters. */
void norm_unfold(const struct node *n, const struct params *params, float *gradients);

/* The values of the affine after the activation, put into values [2]; NULL: there is none. */
const float *norm_affine(const struct op_run *r, float *values);
/* Is what follows the node no more than two limits, which every kernel has in its tail? */
int norm_act_is_limits(const struct op_run *r);
/* The node's activation and affine on y [n]; what it gets goes to pre, unless NULL. */
void norm_activate(const struct op_run *r, float *y, float *pre, size_t n);

size_t norm_stats_floats(int channels);

/* y = act(norm(z) + residual). Adds mean and unbiased variance to the block at the running
 * statistics' places in r->gradients. */
void norm_batch_forward(const struct op_run *r, const float *residual);

/* Backward's common beginning: dy times the derivative of the activation, the residual's
 * gradient, batch statistics. Afterwards dy is the gradient of the convolution itself. */
void norm_tail_backward(const struct op_run *r);
/* Where the column sums of that dy are to be added: the gradient of the bias or of the folded
 * shift. NULL: nowhere. The convolution sums while it has dy in cache. */
float *norm_shift_gradient(const struct op_run *r);

#endif
