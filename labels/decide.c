/* Best path by expected score, in one walk over the tree.
 *
 * walk(v) returns the weight of v (its own share p/depth plus the weights of its children) and the
 * largest total weight of a path that starts at v and goes down; the child it came from is the way
 * to go. The tree is at most TAXONOMY_DEPTH deep, so recursion needs no care, and no memory is
 * allocated.
 *
 * A path is made longer only where that adds weight: where nothing below has any probability the
 * shorter path scores the same and claims less. */
#include "labels/decide.h"

#include <assert.h>
#include <math.h>

struct view {
    const struct taxonomy *t;
    const struct terminals *terminals;
    const float *p;
};

struct best {
    double weight; /* w(v) */
    double value;  /* the largest sum of weights from v down */
    int end;       /* where that path ends */
};

static struct best walk(const struct view *view, int v)
{
    struct best best = {0, 0, v};
    double below = 0;
    int k = view->terminals->index[v];
    if (k >= 0)
        best.weight = (double)view->p[k] / taxonomy_depth(view->t, v);
    for (int c = taxonomy_first_child(view->t, v); c >= 0; c = taxonomy_next_sibling(view->t, c)) {
        struct best child = walk(view, c);
        best.weight += child.weight;
        if (child.value > below) {
            below = child.value;
            best.end = child.end;
        }
    }
    best.value = best.weight + below;
    return best;
}

static double sum(const struct terminals *terminals, const float *p, int node)
{
    double total = 0;
    for (int k = terminals->first[node]; k < terminals->last[node]; k++)
        total += (double)p[k];
    return total;
}

float decide_probability(const struct terminals *terminals, const float *p, int node)
{
    double total = sum(terminals, p, node);
    return total < 1 ? (float)total : 1.0f;
}

void decide_for_node(const struct taxonomy *t, const struct terminals *terminals, const float *p,
                     int node, struct answer *out)
{
    struct view view = {t, terminals, p};
    double expected = 0, other = 0; /* other: the best path that leaves this one somewhere */
    float above = 1;
    *out = (struct answer){.node = node};
    out->depth = taxonomy_path(t, node, out->path);
    for (int l = 0; l < out->depth; l++) {
        int v = out->path[l];
        for (int c = taxonomy_first_child(t, l ? out->path[l - 1] : TAXONOMY_ROOT); c >= 0;
             c = taxonomy_next_sibling(t, c)) {
            double value = c == v ? 0 : expected + walk(&view, c).value;
            if (value > other)
                other = value;
        }
        expected += walk(&view, v).weight;
        /* Sums of parts are rounded apart from the sum of the whole: a level is never surer than
         * the one above it. */
        out->confidence[l] = fminf(decide_probability(terminals, p, v), above);
        above = out->confidence[l];
    }
    out->expected = (float)fmin(expected, 1);
    out->gap = (float)(expected - other);
}

void decide_answer(const struct taxonomy *t, const struct terminals *terminals, const float *p,
                   struct answer *out)
{
    struct view view = {t, terminals, p};
    assert(terminals->count > 0);
    struct best best = {0, 0, terminals->node[0]};
    for (int v = taxonomy_first_child(t, TAXONOMY_ROOT); v >= 0; v = taxonomy_next_sibling(t, v)) {
        struct best top = walk(&view, v);
        if (top.value > best.value)
            best = top;
    }
    decide_for_node(t, terminals, p, best.end, out);
}

/* The most probable terminals but `without`, by falling probability, ties in tree order; their
 * numbers go into out[i].node. */
static int most_probable(const struct terminals *terminals, const float *p, int without,
                         struct answer *out, int max)
{
    int count = 0;
    for (int k = 0; k < terminals->count; k++) {
        if (terminals->node[k] == without || !(p[k] >= DECIDE_LEAST))
            continue;
        int at = count < max ? count++ : max;
        while (at > 0 && p[k] > p[out[at - 1].node]) {
            if (at < max)
                out[at].node = out[at - 1].node;
            at--;
        }
        if (at < max)
            out[at].node = k;
    }
    return count;
}

int decide_candidates(const struct taxonomy *t, const struct terminals *terminals, const float *p,
                      struct answer *out, int max)
{
    if (max <= 0)
        return 0;
    decide_answer(t, terminals, p, &out[0]);
    int others = most_probable(terminals, p, out[0].node, out + 1, max - 1);
    for (int i = 1; i <= others; i++)
        decide_for_node(t, terminals, p, terminals->node[out[i].node], &out[i]);
    return 1 + others;
}

int decide_best_child(const struct taxonomy *t, const struct terminals *terminals, const float *p,
                      int node)
{
    int best = -1;
    double most = -1;
    for (int c = taxonomy_first_child(t, node); c >= 0; c = taxonomy_next_sibling(t, c)) {
        double probability = sum(terminals, p, c);
        if (probability > most) {
            most = probability;
            best = c;
        }
    }
    return best;
}

void decide_softmax(const float *logits, int n, float temperature, float *p)
{
    float largest = -INFINITY;
    double total = 0;
    for (int k = 0; k < n; k++)
        if (logits[k] > largest)
            largest = logits[k];
    for (int k = 0; k < n; k++) {
        /* Infinite minus infinite is no number; nor is a logit that is none already. */
        double e = logits[k] == largest
                       ? 1
                       : exp(((double)logits[k] - (double)largest) / (double)temperature);
        p[k] = (float)(e >= 0 ? e : 0);
        total += (double)p[k];
    }
    for (int k = 0; k < n; k++)
        p[k] = total > 0 ? (float)((double)p[k] / total) : 1.0f / (float)n;
}
