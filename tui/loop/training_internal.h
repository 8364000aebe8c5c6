/* What the files of training share; nobody else includes this. */
#ifndef TUI_LOOP_TRAINING_INTERNAL_H
#define TUI_LOOP_TRAINING_INTERNAL_H

#include <stddef.h>

#include "nn/train.h"
#include "tui/loop/project.h"
#include "tui/loop/samples.h"
#include "tui/loop/training.h"

enum {
    TRAINING_CHUNK = 32, /* photos loaded and computed together */
    TRAINING_RUN = 5     /* floats that name a training: a hash, and one more */
};

/* Inputs at the cut of some samples: kept, or made when asked for. */
struct inputs {
    struct sample *samples;
    int count;
    float *kept; /* [count, floats], or NULL */
    /* The same of random views, bfloat16 [views, count, floats], or NULL: augmentation for what is
     * kept. */
    uint16_t *view;
    int views;
};

/* The mean score of each top-level node's photos. */
struct part_scores {
    double *sum; /* [nodes] by top-level node */
    long *photos;
    int nodes;
};

struct training {
    const struct training_options *options;
    void (*report)(void *arg, const struct train_progress *progress);
    void *arg;
    atomic_int *cancel;
    struct train_progress *progress;
    struct project project;
    struct samples samples;
    struct pool *pool;
    struct decoders *decoders;
    struct taxonomy *taxonomy;
    struct terminals terminals;
    struct network *network;
    struct preprocess input, base_input; /* of this training, and of the model started from */
    struct model_card base;              /* of the model started from */
    int base_number;
    float base_temperature;
    unsigned char *known; /* [terminals] the base had a class for it */
    int base_knows;       /* how many of those there are */
    int needs_head;
    struct engine *engine; /* forward, from pictures to the cut and on */
    int cut;
    size_t floats; /* of an activation at the cut */
    struct inputs train, held_out;
    struct train_options steps;       /* of the deepest part */
    struct target *targets;           /* [train.count] */
    struct part_scores before, after; /* of the held-out photos, by top-level node */
    float *base_values; /* parameters before training, NULL: nothing to compare with */
    float share;        /* of the new weights in what is kept: the rest is the model started from */
    int worse_on;       /* top-level node that the gate found worse, -1: none */
    float run[TRAINING_RUN];               /* of its checkpoints */
    double saved_at;                       /* when the last checkpoint was written */
    int save_failed;                       /* one could not be, which has been logged */
    double start, units_done, units_total; /* work in forward passes of a picture */
};

/* training.c: a phase begins; work of it is done, `photos` worth `units` forward passes each. -1
 * when the person cancels. */
void training_phase(struct training *t, enum train_phase name, long total);
int training_advance(struct training *t, long steps, long photos, double units, double since,
                     struct status *st);

/* training_inputs.c */
int training_keep_inputs(struct training *t, struct inputs *in, struct status *st);
/* Random views of what is kept, as many as `bytes` hold and are worth it; none when there is no
 * room. */
int training_views(const struct training *t, int count, size_t bytes);
int training_keep_views(struct training *t, struct inputs *in, int views, struct status *st);
/* x [n, floats] of the n samples from `first` on, n at most TRAINING_CHUNK, as they are: nothing is
 * augmented. Samples that cannot be read get weight 0. */
void training_load_inputs(struct training *t, struct inputs *in, int first, int n, float *scratch,
                          float *x);
/* x [n, floats] of in->samples[which[i]], another view each epoch; scratch [TRAINING_CHUNK,
 * picture] where nothing is kept. */
int training_give_inputs(struct training *t, const struct inputs *in, const int *which, int n,
                         int epoch, uint64_t step, float *scratch, float *x, struct status *st);
/* Features of the inputs trained on, from what is kept at the cut or from the photos; malloc'd
 * [count, features]. Targets of photos that cannot be read get weight 0. */
float *training_features(struct training *t, const struct inputs *in, struct status *st);

/* How many are not left out because they cannot be read. */
int training_readable(const struct inputs *in);

/* training_save.c: to disk and into the store, in use unless it is worse; the sentence is said and
 * logged. */
int training_save(struct training *t, float temperature, struct status *st);

/* training_resume.c: goes on from a checkpoint of this same training, if there is one; writes one,
 * a minute after the last; writes one since the training is cancelled (-1, and *st says how to go
 * on); removes it. */
int training_go_on(struct training *t, struct trainer *trainer, struct status *st);
void training_save_now_and_then(struct training *t, const struct trainer *trainer);
int training_pause(struct training *t, const struct trainer *trainer, struct status *st);
void training_forget_pause(struct training *t);

/* training_gate.c: score of the held-out part before and after; after: the temperature too, and how
 * much of the new weights is kept. */
/* The top-level node that lost most, where it counts; -1: none. */
int training_worse_part(const struct part_scores *before, const struct part_scores *after);
int training_measure_before(struct training *t, struct status *st);
int training_measure_after(struct training *t, float *temperature, struct status *st);

#endif
