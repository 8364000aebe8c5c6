/* Stochastic gradient descent over a block of parameters. */
#ifndef NN_OPTIM_H
#define NN_OPTIM_H

#include "nn/params.h"

struct status;

struct optim {
    float momentum, decay;
    float *velocity; /* [params.total] */
    float *factor;   /* [params.count] on the rate of each tensor: 0 is not trained */
    long steps;
};

/* All factors 1. The caller clears. */
int optim_init(struct optim *o, const struct params *p, float momentum, float decay,
               struct status *st);
void optim_clear(struct optim *o);

/* One step as PyTorch's SGD(nesterov=True): g += decay * w (PARAM_WEIGHT only); v = momentum * v +
 * g; w -= rate * (g + momentum * v). Running statistics are never touched. */
void optim_step(struct optim *o, struct params *p, const float *gradients, float rate);

/* Share of the peak rate at step `done` of `total`: linear warm-up over the first `warmup` (share),
 * then a cosine to zero (Loshchilov and Hutter 2017, without restarts). */
float optim_schedule(long done, long total, float warmup);

#endif
