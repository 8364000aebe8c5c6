#include "nn/checkpoint.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "data/status.h"
#include "nn/network.h"
#include "nn/train.h"
#include "nn/weights/weights.h"

static const char momentum_name[] = "tend.momentum", run_name[] = "tend.run", done_name[] = "tend.steps";

/* Two floats hold a number of steps exactly to 2^48. */
enum { DONE = 2, DIGITS = 1 << 24 };

static struct weights_tensor flat(const char *name, const float *values, size_t count)
{
    return (struct weights_tensor){
        .name = name, .rank = 1, .dims = {(int64_t)count}, .count = count, .values = values};
}

int checkpoint_write(const char *path, const struct network *n, const struct trainer *t, const float *run, int count,
                     struct status *st)
{
    const struct params *p = &n->params;
    long steps = trainer_done(t);
    const float done[DONE] = {(float)(steps % DIGITS), (float)(steps / DIGITS)};
    struct weights_tensor *list = calloc((size_t)p->count + 3, sizeof *list);
    if (!list)
        return status_out_of_memory(st);
    for (int i = 0; i < p->count; i++)
        list[i] = flat(p->list[i].name, p->values + p->list[i].offset, p->list[i].count);
    list[p->count] = flat(momentum_name, trainer_momentum(t), p->total);
    list[p->count + 1] = flat(run_name, run, (size_t)count);
    list[p->count + 2] = flat(done_name, done, DONE);
    int result = weights_write_safetensors(path, list, (size_t)p->count + 3, st);
    free(list);
    return result;
}

static const float *tensor(const struct weights *w, const char *name, size_t count)
{
    const struct weights_tensor *t = weights_find(w, name);
    return t && t->count == count ? t->values : NULL;
}

static int has_weights(const struct params *p, const struct weights *w)
{
    for (int i = 0; i < p->count; i++)
        if (!tensor(w, p->list[i].name, p->list[i].count))
            return 0;
    return 1;
}

int checkpoint_read(const char *path, struct network *n, struct trainer *t, const float *run, int count,
                    struct status *st)
{
    struct params *p = &n->params;
    struct weights w;
    if (access(path, F_OK) != 0)
        return CHECKPOINT_NONE;
    if (weights_read(path, &w, st) != 0)
        return -1;
    const float *then = tensor(&w, run_name, (size_t)count), *done = tensor(&w, done_name, DONE);
    const float *momentum = tensor(&w, momentum_name, p->total);
    int result = CHECKPOINT_OTHER;
    if (then && done && momentum && memcmp(then, run, (size_t)count * sizeof *run) == 0 && has_weights(p, &w) &&
        done[0] >= 0 && done[0] < DIGITS && done[1] >= 0 && done[1] < DIGITS) {
        result = trainer_resume(t, (long)done[0] + (long)done[1] * DIGITS, momentum, st) == 0 ? CHECKPOINT_TAKEN : -1;
        for (int i = 0; result == CHECKPOINT_TAKEN && i < p->count; i++)
            memcpy(p->values + p->list[i].offset, tensor(&w, p->list[i].name, p->list[i].count),
                   p->list[i].count * sizeof *p->values);
        if (result == CHECKPOINT_TAKEN)
            engine_refresh(trainer_engine(t));
    }
    weights_clear(&w);
    return result;
}
