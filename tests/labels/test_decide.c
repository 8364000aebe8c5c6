/* From probabilities to answers: against brute force over all paths, and by hand. */
#include "labels/decide.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "data/rng.h"
#include "data/status.h"
#include "labels/score.h"
#include "tests/check.h"

enum { MOST = 64 };

static struct status st;

/* Expected score of the path to `node`, from the definition: over all truths, the score times its
 * probability. */
static double expected_score(const struct taxonomy *t, const struct terminals *terms,
                             const float *p, int node)
{
    int answer[TAXONOMY_DEPTH], truth[TAXONOMY_DEPTH];
    int depth = taxonomy_path(t, node, answer);
    double sum = 0;
    for (int k = 0; k < terms->count; k++) {
        int n = taxonomy_path(t, terms->node[k], truth);
        sum += (double)p[k] * score_path(truth, n, answer, depth);
    }
    return sum;
}

static double brute_probability(const struct taxonomy *t, const struct terminals *terms,
                                const float *p, int node)
{
    double sum = 0;
    for (int k = 0; k < terms->count; k++)
        if (taxonomy_is_above(t, node, terms->node[k]))
            sum += (double)p[k];
    return sum;
}

/* The best path that is neither a part nor a longer form of the one to node. */
static double brute_runner_up(const struct taxonomy *t, const struct terminals *terms,
                              const float *p, int node)
{
    double best = 0;
    for (int v = 0; v < taxonomy_count(t); v++) {
        double e = expected_score(t, terms, p, v);
        if (!taxonomy_is_above(t, v, node) && !taxonomy_is_above(t, node, v) && e > best)
            best = e;
    }
    return best;
}

static struct taxonomy *random_tree(struct rng *r)
{
    struct taxonomy *t = taxonomy_new(3);
    int nodes = 1 + (int)rng_below(r, 24);
    for (int i = 0; i < nodes; i++) {
        char name[16];
        int parent = (int)rng_below(r, (uint32_t)i + 1) - 1;
        if (taxonomy_depth(t, parent) == 3)
            parent = TAXONOMY_ROOT;
        snprintf(name, sizeof name, "n%d", i);
        taxonomy_add(t, parent, name, NULL, NULL);
        if (rng_below(r, 5) == 0)
            taxonomy_mark_terminal(t, i);
    }
    return t;
}

static void random_distribution(struct rng *r, float *p, int n)
{
    double sum = 0;
    int sharp = (int)rng_below(r, 3);
    for (int k = 0; k < n; k++) {
        p[k] = sharp == 0   ? rng_uniform(r)
               : sharp == 1 ? powf(rng_uniform(r), 8)
                            : (float)(rng_below(r, 4) == 0);
        sum += (double)p[k];
    }
    for (int k = 0; k < n; k++)
        p[k] = sum > 0 ? (float)((double)p[k] / sum) : 1.0f / (float)n;
}

static int check_answer(const struct taxonomy *t, const struct terminals *terms, const float *p,
                        const struct answer *a)
{
    int path[TAXONOMY_DEPTH], ok = 1;
    ok &= CHECK_INT(a->depth, taxonomy_path(t, a->node, path));
    for (int l = 0; ok && l < a->depth; l++) {
        ok &= CHECK_INT(a->path[l], path[l]);
        ok &= CHECK_NEAR(a->confidence[l], brute_probability(t, terms, p, path[l]), 1e-6);
        ok &= CHECK(a->confidence[l] >= 0 && a->confidence[l] <= 1);
        ok &= CHECK(l == 0 || a->confidence[l] <= a->confidence[l - 1]);
    }
    ok &= CHECK_NEAR(a->expected, expected_score(t, terms, p, a->node), 1e-6);
    ok &= CHECK_NEAR(
        a->gap, expected_score(t, terms, p, a->node) - brute_runner_up(t, terms, p, a->node), 1e-6);
    return ok;
}

static int check_tree(struct rng *r)
{
    struct taxonomy *t = random_tree(r);
    struct terminals terms;
    struct answer a, other, candidates[DECIDE_CANDIDATES];
    float p[MOST];
    CHECK_INT(terminals_make(t, &terms, &st), 0);
    random_distribution(r, p, terms.count);
    decide_answer(t, &terms, p, &a);
    int ok = check_answer(t, &terms, p, &a);
    for (int v = 0; v < taxonomy_count(t); v++) /* no path is better */
        ok &= CHECK(expected_score(t, &terms, p, v) <= (double)a.expected + 1e-6);
    ok &= CHECK(taxonomy_is_terminal(t, a.node));
    int any = (int)rng_below(r, (uint32_t)taxonomy_count(t));
    decide_for_node(t, &terms, p, any, &other);
    ok &= CHECK_INT(other.node, any) && check_answer(t, &terms, p, &other);
    int n = decide_candidates(t, &terms, p, candidates, DECIDE_CANDIDATES);
    ok &= CHECK(n >= 1 && n <= DECIDE_CANDIDATES && n <= terms.count);
    ok &= CHECK_INT(candidates[0].node, a.node);
    for (int i = 1; i < n; i++) {
        ok &= check_answer(t, &terms, p, &candidates[i]);
        ok &= CHECK(candidates[i].node != a.node);
        ok &= CHECK(i == 1 ||
                    p[terms.index[candidates[i].node]] <= p[terms.index[candidates[i - 1].node]]);
    }
    terminals_clear(&terms);
    taxonomy_free(t);
    return ok;
}

TEST(best_path_is_what_brute_force_finds)
{
    struct rng r;
    rng_seed(&r, 2026, 1);
    for (int i = 0; i < 10000; i++)
        if (!check_tree(&r))
            return;
}

/* The candidates are the most probable terminals: none left out is more probable than one given. */
TEST(candidates_are_the_most_probable)
{
    struct rng r;
    rng_seed(&r, 5, 5);
    for (int i = 0; i < 500; i++) {
        struct taxonomy *t = random_tree(&r);
        struct terminals terms;
        struct answer c[4];
        float p[MOST];
        CHECK_INT(terminals_make(t, &terms, &st), 0);
        random_distribution(&r, p, terms.count);
        int n = decide_candidates(t, &terms, p, c, 4), positive = 0;
        float least = n > 1 ? p[terms.index[c[n - 1].node]] : 2;
        for (int k = 0; k < terms.count; k++) {
            int given = 0;
            for (int j = 0; j < n; j++)
                given |= c[j].node == terms.node[k];
            positive += p[k] >= DECIDE_LEAST && terms.node[k] != c[0].node;
            if (!given && n == 4)
                CHECK(p[k] <= least);
        }
        CHECK_INT(n, positive < 3 ? 1 + positive : 4);
        terminals_clear(&terms);
        taxonomy_free(t);
    }
}

/* A > (A1 .3, A2 .3), B > (B1 .4): A is right with .6, B with .4. */
TEST(neither_most_probable_nor_greedy)
{
    struct taxonomy *t = taxonomy_new(2);
    struct terminals terms;
    struct answer a, c[9];
    int A = taxonomy_add(t, -1, "A", NULL, NULL), B = taxonomy_add(t, -1, "B", NULL, NULL);
    int A1 = taxonomy_add(t, A, "A1", NULL, NULL), A2 = taxonomy_add(t, A, "A2", NULL, NULL);
    int B1 = taxonomy_add(t, B, "B1", NULL, NULL);
    float p[3];
    CHECK_INT(terminals_make(t, &terms, &st), 0);
    CHECK_INT(terms.count, 3);
    p[terms.index[A1]] = p[terms.index[A2]] = .3f;
    p[terms.index[B1]] = .4f;
    decide_answer(t, &terms, p, &a);
    CHECK_INT(a.node, A1); /* the first of two equal ones */
    CHECK_NEAR(a.expected, .45, 1e-6);
    CHECK_NEAR(a.confidence[0], .6, 1e-6);
    CHECK_NEAR(a.confidence[1], .3, 1e-6);
    CHECK_NEAR(a.gap, 0, 1e-6);
    decide_for_node(t, &terms, p, B1, &a);
    CHECK_NEAR(a.expected, .40, 1e-6);
    CHECK_NEAR(a.gap, -.05, 1e-6);
    CHECK_INT(decide_candidates(t, &terms, p, c, 9), 3);
    CHECK_INT(c[0].node, A1);
    CHECK_INT(c[1].node, B1);
    CHECK_INT(c[2].node, A2);
    CHECK_INT(decide_best_child(t, &terms, p, TAXONOMY_ROOT), A);
    CHECK_INT(decide_best_child(t, &terms, p, B), B1);
    CHECK_INT(decide_best_child(t, &terms, p, B1), -1);
    CHECK_NEAR(decide_probability(&terms, p, A), .6, 1e-6);
    /* Greedy from the top fails too: .5 over ten leaves of A, .45 on one of B. */
    terminals_clear(&terms);
    float q[11];
    for (int i = 3; i <= 10; i++) {
        char name[16];
        snprintf(name, sizeof name, "A%d", i);
        taxonomy_add(t, A, name, NULL, NULL);
    }
    CHECK_INT(terminals_make(t, &terms, &st), 0);
    for (int k = 0; k < 11; k++)
        q[k] = .055f;
    q[terms.index[B1]] = .45f;
    decide_answer(t, &terms, q, &a);
    CHECK_INT(a.node, B1);
    CHECK_NEAR(a.expected, .45, 1e-6);
    terminals_clear(&terms);
    taxonomy_free(t);
}

/* fruit (a truth by itself, .6) > apple .4 > nothing: going deeper never costs; with nothing below,
 * the short path is the answer. */
TEST(inner_terminals)
{
    struct taxonomy *t = taxonomy_new(3);
    struct terminals terms;
    struct answer a;
    int fruit = taxonomy_add(t, -1, "fruit", NULL, NULL);
    int apple = taxonomy_add(t, fruit, "apple", NULL, NULL);
    taxonomy_mark_terminal(t, fruit);
    CHECK_INT(terminals_make(t, &terms, &st), 0);
    CHECK_INT(terms.count, 2);
    CHECK_INT(terms.node[0], fruit);
    float p[] = {.6f, .4f}, only[] = {1, 0}, none[] = {0, 0};
    decide_answer(t, &terms, p, &a);
    CHECK_INT(a.node, apple);
    CHECK_NEAR(a.expected, .6 + .4, 1e-6);
    CHECK_NEAR(a.confidence[0], 1, 1e-6);
    CHECK_NEAR(a.confidence[1], .4, 1e-6);
    CHECK_NEAR(a.gap, 1, 1e-6);
    decide_answer(t, &terms, only, &a);
    CHECK_INT(a.node, fruit);
    CHECK_INT(a.depth, 1);
    CHECK_NEAR(a.gap, 1, 1e-6);
    decide_answer(t, &terms, none, &a); /* no probabilities at all: some terminal, no crash */
    CHECK_INT(a.node, fruit);
    CHECK_NEAR(a.expected, 0, 0);
    terminals_clear(&terms);
    taxonomy_free(t);
}

TEST(softmax)
{
    float logits[] = {1, 2, 3, -1000}, p[4];
    decide_softmax(logits, 4, 1, p);
    CHECK_NEAR(p[0], 0.09003057, 1e-7);
    CHECK_NEAR(p[1], 0.24472847, 1e-7);
    CHECK_NEAR(p[2], 0.66524096, 1e-7);
    CHECK_NEAR(p[3], 0, 0);
    decide_softmax(logits, 3, 2, logits); /* in place, softer */
    CHECK_NEAR(logits[0], 0.18632372, 1e-7);
    CHECK_NEAR(logits[2], 0.50648039, 1e-7);
    float large[] = {1e30f, -1e30f, 1e30f};
    decide_softmax(large, 3, 1, large);
    CHECK_NEAR(large[0], .5, 1e-7);
    CHECK_NEAR(large[1], 0, 0);
    float odd[] = {NAN, 1, INFINITY, -INFINITY};
    decide_softmax(odd, 4, 1, odd);
    CHECK_NEAR(odd[0], 0, 0);
    CHECK_NEAR(odd[2], 1, 0);
    CHECK_NEAR(odd[3], 0, 0);
    float bad[] = {NAN, NAN};
    decide_softmax(bad, 2, 1, bad);
    CHECK_NEAR(bad[0], .5, 0);
}

int main(int argc, char **argv)
{
    return test_main(argc, argv);
}
