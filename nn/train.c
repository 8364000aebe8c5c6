/* Fine-tuning, a step at a time.
 *
 * A step: forward from the cut, loss, backward to the cut (engine_gradient), one update of the
 * parameters after the cut (optim_step), parameters folded again (engine_refresh). The order of
 * samples is a seeded shuffle an epoch; the last batch of an epoch may be short, and is dropped
 * when it is so short that batch statistics would mean nothing. */
#include "nn/train.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "data/rng.h"
#include "data/status.h"
#include "nn/loss.h"
#include "nn/optim.h"
#include "nn/pool.h"

enum { NORM_BATCH_LEAST = 4 }; /* pictures a thread, see engine_norm */

struct trainer {
    struct network *network;
    struct train_options options;
    struct engine *engine;
    struct optim optim;
    int cut, threads;
    int samples;
    int *order;     /* [samples] of this epoch */
    long per_epoch; /* steps */
    long done;
    long shuffled;           /* the epoch `order` is of, or -1 */
    size_t begin;            /* of the block's part that steps change: what lies after the cut */
    float *gradients, *kept; /* [total]; kept: that part before a step */
};

struct train_options train_defaults(enum depth depth, int samples)
{
    struct train_options o = {
        .depth = depth,
        .size = 224,
        .batch = 32,
        .head_rate = 1,
        .momentum = 0.9f,
        .decay = 1e-4f,
        .warmup = 0.05f,
        .norm = NORM_RUNNING,
        .seed = 1,
    };
    switch (depth) {
    case DEPTH_HEAD: /* convex, and an epoch costs milliseconds: as many as it takes */
        o.batch = 64;
        o.rate = 0.02f;
        o.decay = 3e-4f;
        o.epochs = samples > 0 ? 80000 / samples : 1;
        o.epochs = o.epochs < 30 ? 30 : o.epochs > 300 ? 300 : o.epochs;
        break;
    case DEPTH_BLOCKS: /* rates measured on grocery photos; without the clip 0.005 ruins a network
                        */
        o.rate = 0.015f;
        o.clip = 1;
        o.smoothing = 0.1f;
        o.epochs = 20;
        break;
    case DEPTH_FULL: /* about 110,000 pictures: half an hour on two cores for MobileNetV2 at 320 */
        o.rate = 0.015f;
        o.clip = 1;
        o.smoothing = 0.1f;
        o.epochs = samples > 0 ? 110000 / samples : 1;
        o.epochs = o.epochs < 8 ? 8 : o.epochs > 30 ? 30 : o.epochs;
        break;
    }
    return o;
}

static long steps_of_an_epoch(const struct trainer *t)
{
    long full = t->samples / t->options.batch, rest = t->samples % t->options.batch;
    long least = t->options.norm == NORM_BATCH ? (long)NORM_BATCH_LEAST * t->threads : 1;
    return full + (rest >= least);
}

/* Which tensors are trained, and how fast beside the others. */
static int set_factors(struct trainer *t, struct status *st)
{
    const struct params *p = &t->network->params;
    unsigned char *trained = calloc(2 * (size_t)p->count + 1, 1), *in_head = trained + p->count;
    if (!trained)
        return status_out_of_memory(st);
    network_trained(t->network, t->cut, trained);
    network_trained(t->network, network_cut(t->network, DEPTH_HEAD), in_head);
    t->begin = p->total;
    for (int i = 0; i < p->count; i++) {
        t->optim.factor[i] = !trained[i] ? 0 : in_head[i] ? t->options.head_rate : 1;
        if (trained[i] && p->list[i].offset < t->begin)
            t->begin = p->list[i].offset;
    }
    free(trained);
    return 0;
}

static int allocate(struct trainer *t, struct status *st)
{
    const struct params *p = &t->network->params;
    t->order = malloc((size_t)t->samples * sizeof *t->order);
    t->gradients = calloc(p->total, sizeof *t->gradients);
    t->kept = malloc(p->total * sizeof *t->kept);
    if (!t->order || !t->gradients || !t->kept)
        return status_out_of_memory(st);
    if (optim_init(&t->optim, p, t->options.kind, t->options.momentum, t->options.decay, st) != 0)
        return -1;
    return set_factors(t, st);
}

struct trainer *trainer_new(struct network *n, struct pool *pool, const struct train_options *o,
                            int samples, struct status *st)
{
    if (samples < 1 || o->batch < 1 || o->epochs < 1 || !(o->rate > 0)) {
        status_fail(st, STATUS_INVALID,
                    "cannot train: %d samples, batch %d, %d epochs, rate %g (all must be positive)",
                    samples, o->batch, o->epochs, (double)o->rate);
        return NULL;
    }
    struct trainer *t = calloc(1, sizeof *t);
    if (!t) {
        status_out_of_memory(st);
        return NULL;
    }
    t->network = n;
    t->options = *o;
    t->samples = samples;
    t->shuffled = -1;
    t->threads = pool_threads(pool);
    t->cut = network_cut(n, o->depth);
    t->per_epoch = steps_of_an_epoch(t);
    if (t->per_epoch < 1)
        status_fail(st, STATUS_INVALID,
                    "cannot train: %d samples are too few for batch statistics on %d threads",
                    samples, t->threads);
    else if (allocate(t, st) == 0)
        t->engine = engine_new(n, pool, o->size, o->size, ENGINE_TRAIN, o->batch, st);
    if (t->engine)
        return t;
    trainer_free(t);
    return NULL;
}

void trainer_free(struct trainer *t)
{
    if (!t)
        return;
    engine_free(t->engine);
    optim_clear(&t->optim);
    free(t->order);
    free(t->gradients);
    free(t->kept);
    free(t);
}

int trainer_next(struct trainer *t, int *samples)
{
    if (t->done >= trainer_total(t))
        return 0;
    long epoch = t->done / t->per_epoch, first = t->done % t->per_epoch * t->options.batch;
    if (epoch != t->shuffled) {
        struct rng rng;
        for (int i = 0; i < t->samples; i++)
            t->order[i] = i;
        rng_seed(&rng, t->options.seed, (uint64_t)epoch);
        rng_shuffle(&rng, t->order, (size_t)t->samples);
        t->shuffled = epoch;
    }
    int n = t->samples - first < t->options.batch ? (int)(t->samples - first) : t->options.batch;
    memcpy(samples, t->order + first, (size_t)n * sizeof *samples);
    return n;
}

struct batch {
    const struct target *targets;
    int classes;
    float scale;
};

static double batch_loss(void *arg, int first, int n, const float *logits, float *dlogits)
{
    const struct batch *b = arg;
    double loss = 0;
    for (int i = 0; i < n; i++)
        loss += loss_of(&b->targets[first + i], logits + (size_t)i * (size_t)b->classes, b->classes,
                        1, b->scale, dlogits + (size_t)i * (size_t)b->classes);
    return loss;
}

/* Gradients of the first steps from nothing are hundreds of times those of later ones: unclipped,
 * they blow up weights that batch norm then lets learn no more. */
static void clip(float *gradients, size_t count, float most)
{
    double square = 0;
    for (size_t i = 0; i < count; i++)
        square += (double)gradients[i] * (double)gradients[i];
    if (square <= (double)most * (double)most)
        return;
    float factor = (float)((double)most / sqrt(square));
    for (size_t i = 0; i < count; i++)
        gradients[i] *= factor;
}

static int all_finite(const float *values, size_t count)
{
    float sum = 0; /* NaN and infinity stay in a sum of differences */
    for (size_t i = 0; i < count; i++)
        sum += values[i] - values[i];
    return sum == 0;
}

/* Gradient and update. -1 when something is not finite: then values hold anything. */
static int step(struct trainer *t, const float *x, const struct target *targets, int n,
                double *loss)
{
    struct params *p = &t->network->params;
    struct batch batch = {targets, t->network->classes, 1.0f / (float)n};
    *loss = engine_gradient(t->engine, t->cut, t->options.norm, x, n, batch_loss, &batch,
                            t->gradients, NULL) /
            n;
    if (!isfinite(*loss) || !all_finite(t->gradients + t->begin, p->total - t->begin))
        return -1;
    if (t->options.clip > 0)
        clip(t->gradients + t->begin, p->total - t->begin, t->options.clip);
    float share = optim_schedule(t->done, trainer_total(t), t->options.warmup);
    optim_step(&t->optim, p, t->gradients, t->options.rate * share);
    return all_finite(p->values + t->begin, p->total - t->begin) ? 0 : -1;
}

int trainer_step(struct trainer *t, const float *x, const struct target *targets, double *loss,
                 struct status *st)
{
    struct params *p = &t->network->params;
    size_t changed = (p->total - t->begin) * sizeof *p->values;
    long first = t->done % t->per_epoch * t->options.batch;
    int n = t->samples - first < t->options.batch ? (int)(t->samples - first) : t->options.batch;
    double mean;
    memcpy(t->kept, p->values + t->begin, changed);
    int failed = step(t, x, targets, n, &mean);
    if (failed)
        memcpy(p->values + t->begin, t->kept, changed);
    engine_refresh(t->engine);
    if (failed)
        return status_fail(st, STATUS_INVALID,
                           "training went astray at step %ld (the loss is not a number): a smaller "
                           "learning rate than %g will help",
                           t->done + 1, (double)t->options.rate);
    t->done++;
    if (loss)
        *loss = mean;
    return 0;
}

long trainer_done(const struct trainer *t)
{
    return t->done;
}

long trainer_total(const struct trainer *t)
{
    return t->per_epoch * t->options.epochs;
}

int trainer_epoch(const struct trainer *t)
{
    return (int)(t->done / t->per_epoch);
}

int trainer_cut(const struct trainer *t)
{
    return t->cut;
}

struct engine *trainer_engine(struct trainer *t)
{
    return t->engine;
}

const float *trainer_memory(const struct trainer *t)
{
    return t->optim.velocity;
}

size_t trainer_remembered(const struct trainer *t)
{
    return t->optim.remembered;
}

int trainer_resume(struct trainer *t, long done, const float *momentum, struct status *st)
{
    if (done < 0 || done > trainer_total(t))
        return status_fail(st, STATUS_INVALID, "cannot go on after step %ld of %ld", done,
                           trainer_total(t));
    memcpy(t->optim.velocity, momentum, t->optim.remembered * sizeof *momentum);
    t->optim.steps = t->done = done;
    return 0;
}

double target_loss(const float *logits, const struct target *targets, int n, int classes,
                   float temperature)
{
    double loss = 0;
    for (int i = 0; i < n; i++)
        loss += loss_of(&targets[i], logits + (size_t)i * (size_t)classes, classes, temperature, 1,
                        NULL);
    return loss;
}

float target_fit_temperature(const float *logits, const struct target *targets, int n, int classes)
{
    const double golden = 0.6180339887498949;
    double low = log(0.1), high = log(10.0);
    double a = high - golden * (high - low), b = low + golden * (high - low);
    double at_a = target_loss(logits, targets, n, classes, (float)exp(a));
    double at_b = target_loss(logits, targets, n, classes, (float)exp(b));
    while (high - low > 1e-3) {
        if (at_a < at_b) {
            high = b;
            b = a;
            at_b = at_a;
            a = high - golden * (high - low);
            at_a = target_loss(logits, targets, n, classes, (float)exp(a));
        } else {
            low = a;
            a = b;
            at_a = at_b;
            b = low + golden * (high - low);
            at_b = target_loss(logits, targets, n, classes, (float)exp(b));
        }
    }
    return (float)exp((low + high) / 2);
}
