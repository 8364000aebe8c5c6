/* The loss of a sample given its logits, and its gradient. Pure; any thread. */
#ifndef NN_LOSS_H
#define NN_LOSS_H

struct target;

/* Loss of one sample as struct target says (nn/train.h), in nats, its logits divided by
 * `temperature` first (targets with `soft` bring their own). dlogits (may be NULL) [classes] is
 * overwritten by the gradient times `scale`. With soft targets value and gradient are multiplied by
 * T * T, so that the step does not depend on T (Hinton et al. 2015). A target with no levels,
 * weight 0 or an empty range costs nothing. */
double loss_of(const struct target *target, const float *logits, int classes, float temperature,
               float scale, float *dlogits);

#endif
