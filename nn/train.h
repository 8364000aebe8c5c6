/* Fine-tuning, one resumable step at a time.
 *
 * The caller owns the samples. It asks which samples the next step wants (trainer_next), makes
 * their inputs - pictures, or activations at the cut kept from before - and gives them to
 * trainer_step. So it can show progress, load in the background, and stop between any two steps.
 * SGD with Nesterov momentum (or Adam), cosine schedule with a short linear warm-up, weight decay
 * on the weights of convolutions and linear layers. Same seed, same samples, same threads: same
 * weights.
 */
#ifndef NN_TRAIN_H
#define NN_TRAIN_H

#include <stdint.h>

#include "nn/engine.h"
#include "nn/network.h"
#include "nn/optim.h"

/* What is known of a sample: at each known level, which classes lie at or below the true node (a
 * range: classes are in tree order), and how much that level counts. The loss is weight * sum over
 * levels of level.weight * -log(sum of p over [first, last)). One level with last = first + 1 is
 * plain cross-entropy. With `soft` (distillation) the loss is the cross-entropy against that
 * distribution instead. */
enum { TARGET_LEVELS = 8 };
struct target {
    float weight;
    int levels;
    struct {
        int first, last;
        float weight;
    } level[TARGET_LEVELS];
    float smoothing;   /* this share of the loss is cross-entropy against all classes alike (Szegedy
                          et   al. 2016, label smoothing) */
    const float *soft; /* [classes] summing to 1, or NULL; not owned */
    float temperature; /* of the softmax compared with soft; 0 means 1 */
};

struct train_options {
    enum depth depth;
    int size; /* input height and width */
    int epochs, batch;
    float rate;      /* learning rate at the peak */
    float head_rate; /* factor on the classifier's rate */
    float momentum, decay;
    float warmup;    /* share of all steps */
    float smoothing; /* of labels: for the caller's targets, see struct target */
    float clip;      /* a step's gradient is scaled down to this norm; 0: never */
    enum engine_norm norm;
    enum optim_kind kind;
    uint64_t seed;
};

/* Good values for a depth and a number of samples; the caller may change them. */
struct train_options train_defaults(enum depth depth, int samples);

struct trainer;

/* Trains `n` itself (work on a copy). Engines of other holders of n must not run meanwhile. */
struct trainer *trainer_new(struct network *n, struct pool *pool, const struct train_options *o,
                            int samples, struct status *st);
void trainer_free(struct trainer *t);

/* The samples of the next step (at most o.batch): a seeded shuffle an epoch; 0 when all epochs are
 * done. Asking again before trainer_step gives the same. */
int trainer_next(struct trainer *t, int *samples);

/* One step on those: x [n, network_cut_floats], targets [n]. *loss (may be NULL): mean over the
 * batch. A loss that is not finite is an error (STATUS_INVALID) and leaves the weights as they
 * were. */
int trainer_step(struct trainer *t, const float *x, const struct target *targets, double *loss,
                 struct status *st);

long trainer_done(const struct trainer *t); /* steps */
long trainer_total(const struct trainer *t);
int trainer_epoch(const struct trainer *t); /* from 0 */
/* Activations to give to trainer_step: at this node (network_cut). */
int trainer_cut(const struct trainer *t);
/* The trainer's engine, to compute activations at the cut and predictions with the present weights;
 * between steps only. */
struct engine *trainer_engine(struct trainer *t);

/* For checkpoints: what the optimiser remembers [trainer_remembered], the trainer's own; and going
 * on after `done` steps with what was remembered then. The weights are the caller's to save, and to
 * restore before trainer_new. Errors: more steps than there are. */
const float *trainer_memory(const struct trainer *t);
size_t trainer_remembered(const struct trainer *t);
int trainer_resume(struct trainer *t, long done, const float *momentum, struct status *st);

/* Loss of given logits [n, classes] at a temperature: the sum over samples. For calibration. */
double target_loss(const float *logits, const struct target *targets, int n, int classes,
                   float temperature);
/* The temperature in [0.1, 10] that minimises it (golden section on the logarithm; Guo et al.
 * 2017). */
float target_fit_temperature(const float *logits, const struct target *targets, int n, int classes);

#endif
