#include "nn/optim.h"

#include <math.h>
#include <stdlib.h>

#include "data/status.h"

static const float adam_first = 0.9f, adam_second = 0.99f;

int optim_init(struct optim *o, const struct params *p, enum optim_kind kind, float momentum,
               float decay, struct status *st)
{
    *o = (struct optim){.kind = kind, .momentum = momentum, .decay = decay};
    o->remembered = kind == OPTIM_ADAM ? 2 * p->total : p->total;
    o->velocity = calloc(o->remembered ? o->remembered : 1, sizeof *o->velocity);
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

/* rate: of this step, with the correction of both means for their beginning at zero. */
struct adam {
    float rate, decay, unit;
};

static void adam_tensor(float *w, float *v, float *squares, const float *gradients, size_t count,
                        const struct adam *a)
{
    for (size_t i = 0; i < count; i++) {
        float g = gradients[i];
        v[i] += (1 - adam_first) * (g - v[i]);
        squares[i] += (1 - adam_second) * (g * g - squares[i]);
        w[i] -= a->decay * w[i] + a->rate * v[i] / (sqrtf(squares[i]) * a->unit + 1e-8f);
    }
}

void optim_step(struct optim *o, struct params *p, const float *gradients, float rate)
{
    double steps = (double)o->steps + 1;
    float first = (float)(1 / (1 - pow((double)adam_first, steps)));
    float second = (float)(1 / sqrt(1 - pow((double)adam_second, steps)));
    for (int i = 0; i < p->count; i++) {
        const struct param *t = &p->list[i];
        if (o->factor[i] == 0 || !params_is_trained(t->kind))
            continue;
        float own = rate * o->factor[i], decay = t->kind == PARAM_WEIGHT ? o->decay : 0;
        float *w = p->values + t->offset, *v = o->velocity + t->offset;
        const struct adam adam = {own * first, own * decay, second};
        if (o->kind == OPTIM_ADAM)
            adam_tensor(w, v, v + p->total, gradients + t->offset, t->count, &adam);
        else
            step_tensor(w, v, gradients + t->offset, t->count, o->momentum, decay, own);
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
