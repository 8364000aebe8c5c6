/* What people say, learned at once: the closed-form head (nn/head.h) over the features of a model.
 *
 * Labels that the model was trained on are taken as settled: it is right about them, and stays as
 * it is where they are. What was said since is learned on top of the model's own prediction; a
 * model that was not trained for this project says nothing, so then all labels are learned from
 * nothing. Photos of split val and test teach nothing. One temperature is fitted when it is opened,
 * where there are labels enough.
 *
 * A learner belongs to one thread. A snapshot of it answers on another while it goes on learning.
 */
#ifndef TUI_LOOP_LEARNER_H
#define TUI_LOOP_LEARNER_H

#include <stdatomic.h>
#include <stdint.h>

#include "labels/taxonomy.h"
#include "tui/loop/features.h"

struct answer;
struct learner;
struct project;
struct status;

enum learner_labels {
    LEARNER_NONE,  /* none: simulations */
    LEARNER_SINCE, /* all; those the model was trained on are settled */
    LEARNER_ALONE  /* all, and what the model says is not looked at: what can be known of a label
                      without it */
};

/* For a model and today's tree and labels, of the photos whose features are there. Errors: as
 * project_load_model, as features_open; out of memory; STATUS_CANCELLED when *cancel (may be NULL)
 * is set. */
int learner_open(struct project *p, int model, enum learner_labels labels, struct learner **out,
                 atomic_int *cancel, struct status *st);
void learner_free(struct learner *l);
/* NULL when out of memory. Its features are there after learner_ready, which may take a moment with
 * very many. */
struct learner *learner_snapshot(const struct learner *l, struct status *st);
int learner_ready(struct learner *snapshot, struct status *st);

/* The tree has grown or has a terminal more: from now on answers are over its terminals. Cheap when
 * it has not. Before anything is asked together with this tree. Error: out of memory. */
int learner_follow(struct learner *l, const struct taxonomy *t, struct status *st);

const struct features *learner_features(const struct learner *l);
const struct terminals *learner_terminals(const struct learner *l);

/* Can it predict? 0 as long as there are neither a trained model nor labels of two kinds. */
int learner_can_predict(const struct learner *l);
/* How many labels it has learned, settled ones not counted: with 0 it says what the model says. */
long learner_learned(const struct learner *l);

/* The label of a photo is now this one (-1: none). Exact, some milliseconds. A photo without
 * features, or of split val or test, is passed over. Error: out of memory; then nothing has
 * changed. */
int learner_label(struct learner *l, const struct taxonomy *t, int64_t photo, int node,
                  struct status *st);

/* The same where what was said of it is taken back: a label that was settled is settled again. */
int learner_take_back(struct learner *l, const struct taxonomy *t, int64_t photo, int node,
                      struct status *st);

/* Probabilities p [n, terminals] of some rows of its features. */
int learner_predict(const struct learner *l, const size_t *rows, size_t n, float *p,
                    struct status *st);
/* The same where each row's own label is left out. O(n D^2). Not for snapshots. */
int learner_left_out(const struct learner *l, const size_t *rows, size_t n, float *p,
                     struct status *st);
/* The label that a row has taught, -1 for none. */
int learner_label_of(const struct learner *l, size_t row);

/* How much a label of this photo would teach, for the order of the queue: one minus the margin
 * between the two most probable terminals, less for terminals that have many labels already. p
 * [terminals]. */
float learner_doubt(const struct learner *l, const float *p);

#endif
