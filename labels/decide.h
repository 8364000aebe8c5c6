/* From probabilities of terminals to an answer.
 *
 * The score of an answer is (leading labels right) / (labels in the truth). Its expectation for a
 * path is the sum of w(v) over the nodes v on the path, with w(v) = sum of p(t) / depth(t) over the
 * terminals t at or below v: the best path is the one of largest total weight, found bottom-up in
 * one pass. All functions are pure; any thread. */
#ifndef LABELS_DECIDE_H
#define LABELS_DECIDE_H

#include "labels/taxonomy.h"

enum { DECIDE_CANDIDATES = 9 };

struct answer {
    int node;  /* where the path ends */
    int depth; /* its length */
    int path[TAXONOMY_DEPTH];
    float confidence[TAXONOMY_DEPTH]; /* P(node of that level): never grows with depth */
    float expected;                   /* expected score of the whole path */
    float gap;                        /* expected minus that of the best path that leaves this one
                                         (is neither a part nor a longer form of it) */
};

/* p [terminals->count], non-negative, summing to 1 (within rounding). At least one terminal. Of
 * paths with the same expected score the shorter one is taken, then the first in tree order. */
void decide_answer(const struct taxonomy *t, const struct terminals *terminals, const float *p,
                   struct answer *out);

/* The answer for a path a person is looking at: confidences and expected score of `node`. */
void decide_for_node(const struct taxonomy *t, const struct terminals *terminals, const float *p,
                     int node, struct answer *out);

/* P(node): the sum over the terminals at or below it. */
float decide_probability(const struct terminals *terminals, const float *p, int node);

/* The best answer first, then other terminals by falling probability (the answer's own not twice,
 * those below DECIDE_LEAST not at all: so small a number tells them from nothing else); returns how
 * many were written (at most max). */
#define DECIDE_LEAST 2e-4f
int decide_candidates(const struct taxonomy *t, const struct terminals *terminals, const float *p,
                      struct answer *out, int max);

/* Child of node with the largest probability; -1 at a leaf. */
int decide_best_child(const struct taxonomy *t, const struct terminals *terminals, const float *p,
                      int node);

/* p = softmax(logits / temperature), n values; in place allowed. A logit that is no number gets 0.
 */
void decide_softmax(const float *logits, int n, float temperature, float *p);

#endif
