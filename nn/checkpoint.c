#include "nn/checkpoint.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "data/status.h"
#include "nn/network.h"
#include "nn/train.h"
#include "nn/weights/weights.h"

static const char momentum_name[] = "tend.momentum", run_name[] = "tend.run",
                  steps_name[] = "tend.steps";

/* Steps done and in all, each in two floats: exact to 2^48. */
enum { STEPS = 4, DIGITS = 1 << 24 };

void checkpoint_put_hash(uint64_t hash, float out[CHECKPOINT_HASH])
{
    for (int i = 0; i < CHECKPOINT_HASH; i++)
        out[i] = (float)(hash >> 16 * i & 0xFFFF);
}

static long number(const float *digits)
{
    return digits[0] >= 0 && digits[0] < DIGITS && digits[1] >= 0 && digits[1] < DIGITS
               ? (long)digits[0] + (long)digits[1] * DIGITS
               : -1;
}

static struct weights_tensor flat(const char *name, const float *values, size_t count)
{
    return (struct weights_tensor){
        .name = name, .rank = 1, .dims = {(int64_t)count}, .count = count, .values = values};
}

int checkpoint_write(const char *path, const struct network *n, const struct trainer *t,
                     const float *run, int count, struct status *st)
{
    const struct params *p = &n->params;
    long done = trainer_done(t), total = trainer_total(t);
    const float steps[STEPS] = {(float)(done % DIGITS), (float)(done / DIGITS),
                                (float)(total % DIGITS), (float)(total / DIGITS)};
    struct weights_tensor *list = calloc((size_t)p->count + 3, sizeof *list);
    if (!list)
        return status_out_of_memory(st);
    for (int i = 0; i < p->count; i++)
        list[i] = flat(p->list[i].name, p->values + p->list[i].offset, p->list[i].count);
    list[p->count] = flat(momentum_name, trainer_memory(t), trainer_remembered(t));
    list[p->count + 1] = flat(run_name, run, (size_t)count);
    list[p->count + 2] = flat(steps_name, steps, STEPS);
    int result = weights_write_safetensors(path, list, (size_t)p->count + 3, st);
    free(list);
    return result;
}

static int has_weights(const struct params *p, const struct weights *w)
{
    for (int i = 0; i < p->count; i++)
        if (!weights_values(w, p->list[i].name, p->list[i].count))
            return 0;
    return 1;
}

/* How many steps of t's those done then are; -1: this makes no sense. */
static long steps_now(const struct trainer *t, const float *steps)
{
    long done = number(steps), total = number(steps + 2);
    if (done < 0 || total < 1 || done > total)
        return -1;
    return total == trainer_total(t)
               ? done
               : (long)((double)done / (double)total * (double)trainer_total(t));
}

int checkpoint_read(const char *path, struct network *n, struct trainer *t, int count,
                    int (*same)(void *arg, const float *run, int count), void *arg,
                    struct status *st)
{
    struct params *p = &n->params;
    struct weights w;
    if (access(path, F_OK) != 0)
        return CHECKPOINT_NONE;
    if (weights_read(path, &w, st) != 0)
        return -1;
    const float *run = weights_values(&w, run_name, (size_t)count),
                *steps = weights_values(&w, steps_name, STEPS);
    const float *momentum = weights_values(&w, momentum_name, trainer_remembered(t));
    long done = steps ? steps_now(t, steps) : -1;
    int result = CHECKPOINT_OTHER;
    if (run && momentum && done >= 0 && has_weights(p, &w) && same(arg, run, count)) {
        result = trainer_resume(t, done, momentum, st) == 0 ? CHECKPOINT_TAKEN : -1;
        for (int i = 0; result == CHECKPOINT_TAKEN && i < p->count; i++)
            memcpy(p->values + p->list[i].offset,
                   weights_values(&w, p->list[i].name, p->list[i].count),
                   p->list[i].count * sizeof *p->values);
        if (result == CHECKPOINT_TAKEN)
            engine_refresh(trainer_engine(t));
    }
    weights_clear(&w);
    return result;
}
