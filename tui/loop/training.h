/* Training a new model from the reviews: load, train a copy, gate, save. Blocks; for `tend train`
 * and for the background job of the screens alike. */
#ifndef TUI_LOOP_TRAINING_H
#define TUI_LOOP_TRAINING_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "nn/network.h"

struct status;

enum {
    TRAINING_LEAST = 4,      /* labels: with less there is no training */
    TRAINING_SURE = 8,       /* held-out photos: with less a comparison is said to be unsure */
    TRAINING_CALIBRATES = 20 /* held-out photos: with less confidences are not calibrated */
};

enum train_phase {
    TRAIN_IDLE,
    TRAIN_LOADING, /* decoding photos, computing activations at the cut */
    TRAIN_RUNNING,
    TRAIN_TESTING, /* the gate */
    TRAIN_SAVING,
    TRAIN_PREDICTING /* the new model's predictions for the queue */
};
const char *train_phase_name(enum train_phase phase);

struct train_progress {
    enum train_phase phase;
    enum depth depth;
    long done, total; /* of the phase, in photos or steps */
    long resumed;     /* steps that an earlier training had done, which was broken off */
    int epoch, epochs;
    double loss;         /* moving mean; 0 before the first step */
    double rate;         /* photos a second */
    double seconds_left; /* of the whole training, estimated; negative: not known */
    int photos;          /* labelled photos trained on */
    int unreadable; /* labelled photos left out, since they cannot be read; the log names all */
    char unreadable_first[200];       /* why, of the first */
    int model;                        /* made by this training, 0: none */
    int used;                         /* it passed the gate and is in use */
    double score_before, score_after; /* on the held-out photos; negative: not measured */
    int held_out;                     /* how many those are */
    char message[400];                /* how it ended, in a sentence */
};

struct training_options {
    const char *folder; /* any folder inside the project */
    enum depth depth;
    int from;                /* model to start from, 0: the one in use */
    int epochs, batch, size; /* 0: the default of the depth */
    float rate;              /* 0: the default */
    uint64_t seed;
    int threads;       /* 0: all cores */
    int nice;          /* of the threads, so that a UI stays quick */
    size_t keep_bytes; /* activations up to this are kept in memory, once of the photos trained on,
                          once of those held out; 0: 1 GiB */
    int use_worse;     /* use the model even if it does not pass the gate */
};

/* On success progress->model is the new model; progress->used says whether it passed the gate: its
 * score on the held-out photos is no lower than that of the model started from, or that one knows
 * none of the labels, or there are no held-out photos. Photos that cannot be read are left out and
 * counted. The project's last model stays usable whatever happens. `report` (may be NULL) is called
 * on this thread at least every second of work; *cancel (may be NULL): STATUS_CANCELLED; no model
 * is made, and what was done of blocks and full is kept for when the same is started again. */
int training_run(const struct training_options *options,
                 void (*report)(void *arg, const struct train_progress *progress), void *arg,
                 atomic_int *cancel, struct train_progress *progress, struct status *st);

/* Which photos are held out where no photo of split val has a label: an eighth, by the photo's hash
 * alone, so that no number of labels changes it. Those tested with are at most about 1,000 of
 * `labelled`; the others rest. */
int training_is_held_out(uint64_t hash);
int training_is_tested(uint64_t hash, long labelled);

#endif
