/* Stochastic gradient descent, and Adam, over a block of parameters. */
#ifndef NN_OPTIM_H
#define NN_OPTIM_H

#include "nn/params.h"

struct status;

enum optim_kind { OPTIM_SGD, OPTIM_ADAM };

struct optim {
    enum optim_kind kind;
    float momentum, decay;
    size_t remembered; /* floats of velocity */
    float *velocity;   /* [params.total]; Adam: behind it as many means of squared gradients */
    float *factor;     /* [params.count] on the rate of each tensor: 0 is not trained */
    long steps;
};

/* All factors 1. The caller clears. momentum of SGD only: Adam's means fade by 0.9 and 0.99. */
int optim_init(struct optim *o, const struct params *p, enum optim_kind kind, float momentum,
               float decay, struct status *st);
void optim_clear(struct optim *o);

/* One step as PyTorch's SGD(nesterov=True): g += decay * w (PARAM_WEIGHT only); v = momentum * v +
 * g; w -= rate * (g + momentum * v); or as its AdamW(betas=(0.9, 0.99)) (Loshchilov and Hutter
 * 2019). Running statistics are never touched. */
void optim_step(struct optim *o, struct params *p, const float *gradients, float rate);

/* Share of the peak rate at step `done` of `total`: linear warm-up over the first `warmup` (share),
 * then a cosine to zero (Loshchilov and Hutter 2017, without restarts). */
float optim_schedule(long done, long total, float warmup);

#endif
