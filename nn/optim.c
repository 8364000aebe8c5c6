#include "nn/optim.h"

#include <math.h>
#include <stdlib.h>

#include "data/status.h"

int optim_init(struct optim *o, const struct params *p, float momentum, float decay,
               struct status *st)
{
    *o = (struct optim){.momentum = momentum, .decay = decay};
    o->velocity = calloc(p->total ? p->total : 1, sizeof *o->velocity);
    o->factor = malloc((size_t)(p->count ? p->count : 1) * sizeof *o->factor);
    if (!o->velocity || !o->factor) {
        optim_clear(o);
        return status_out_of_memory(st);
    }
    for (int i = 0; i < p->count; i++)
        o->factor[i] = 1;
    return 0;
}

void optim_clear(struct optim *o)
{
    free(o->velocity);
    free(o->factor);
    *o = (struct optim){0};
}

static void step_tensor(float *w, float *v, const float *gradients, size_t count, float momentum,
                        float decay, float rate)
{
    for (size_t i = 0; i < count; i++) {
        float g = gradients[i] + decay * w[i];
        v[i] = momentum * v[i] + g;
        w[i] -= rate * (g + momentum * v[i]);
    }
}

void optim_step(struct optim *o, struct params *p, const float *gradients, float rate)
{
    for (int i = 0; i < p->count; i++) {
        const struct param *t = &p->list[i];
        if (o->factor[i] == 0 || !params_is_trained(t->kind))
            continue;
        step_tensor(p->values + t->offset, o->velocity + t->offset, gradients + t->offset, t->count,
                    o->momentum, t->kind == PARAM_WEIGHT ? o->decay : 0, rate * o->factor[i]);
    }
    o->steps++;
}

float optim_schedule(long done, long total, float warmup)
{
    double share = total > 0 ? ((double)done + 0.5) / (double)total : 1;
    if (share < (double)warmup)
        return (float)(share / (double)warmup);
    double rest = (share - (double)warmup) / (1 - (double)warmup);
    return (float)(0.5 * (1 + cos(3.14159265358979323846 * (rest < 1 ? rest : 1))));
}
