#include "nn/head.h"

#include "data/rng.h"
#include "data/status.h"
#include "tests/check.h"

#include <math.h>
#include <string.h>

/* The reference solves the normal equations by Gaussian elimination, label by label from the
 * definition. */
enum { FEATURES = 7, DEPTH = FEATURES + 1, CLASSES = 4, PHOTOS = 30 };
static const double LAMBDA = 0.3, CONSTANT = 0.3, SHARPNESS = 15, SETTLED = 0.3, NOVEL = 10;

/* class: HEAD_UNKNOWN, HEAD_SETTLED or a class */
struct photos {
    float x[PHOTOS][FEATURES], prior[PHOTOS][CLASSES], mean[FEATURES];
    int class[PHOTOS];
};

static void make_photos(struct photos *p, int labelled)
{
    struct rng r;
    rng_seed(&r, 7, 1);
    for (int d = 0; d < FEATURES; d++)
        p->mean[d] = 0.1f + 0.3f * rng_uniform(&r);
    for (int i = 0; i < PHOTOS; i++) {
        float sum = 0;
        for (int d = 0; d < FEATURES; d++)
            p->x[i][d] = 3 * rng_uniform(&r);
        for (int k = 0; k < CLASSES - 1; k++) /* the last class is new to the prior */
            sum += p->prior[i][k] = rng_uniform(&r) + 0.01f;
        for (int k = 0; k < CLASSES; k++)
            p->prior[i][k] /= sum;
        p->class[i] = i < labelled ? (int)rng_below(&r, CLASSES) : HEAD_UNKNOWN;
        if (i % 7 == 6 && i < labelled)
            p->class[i] = HEAD_SETTLED;
    }
}

static void row_of(const struct photos *p, int i, double *z)
{
    double norm = 0;
    for (int d = 0; d < FEATURES; d++)
        norm += (double)p->x[i][d] * (double)p->x[i][d];
    for (int d = 0; d < FEATURES; d++)
        z[d] = (double)p->x[i][d] / sqrt(norm) - (double)p->mean[d];
    z[FEATURES] = CONSTANT;
}

static double weight_of(const struct photos *p, int with_prior, int i)
{
    int class = p->class[i];
    return class == HEAD_SETTLED                                 ? SETTLED
           : class >= 0 && with_prior && p->prior[i][class] == 0 ? NOVEL
                                                                 : 1;
}

static double log_prior(const struct photos *p, int i, int k)
{
    return log(p->prior[i][k] > 0 ? (double)p->prior[i][k] : 0.01);
}

/* w = (Z'WZ + lambda I)^-1 Z'T over the labelled photos but `without`. */
static void solve(const struct photos *p, int with_prior, int without, double w[DEPTH][CLASSES])
{
    double a[DEPTH][DEPTH + CLASSES] = {{0}};
    for (int d = 0; d < DEPTH; d++)
        a[d][d] = LAMBDA;
    for (int i = 0; i < PHOTOS; i++) {
        double z[DEPTH], weight = weight_of(p, with_prior, i);
        if (p->class[i] == HEAD_UNKNOWN || i == without)
            continue;
        row_of(p, i, z);
        for (int d = 0; d < DEPTH; d++) {
            for (int e = 0; e < DEPTH; e++)
                a[d][e] += weight * z[d] * z[e];
            for (int k = 0; k < CLASSES; k++)
                a[d][DEPTH + k] +=
                    p->class[i] == HEAD_SETTLED
                        ? 0
                        : weight * z[d] *
                              ((k == p->class[i]) - (with_prior ? (double)p->prior[i][k] : 0));
        }
    }
    for (int d = 0; d < DEPTH; d++) /* positive definite: no pivoting */
        for (int e = 0; e < DEPTH; e++) {
            double by = e == d ? 0 : a[e][d] / a[d][d];
            for (int c = 0; c < DEPTH + CLASSES && e != d; c++)
                a[e][c] -= by * a[d][c];
        }
    for (int d = 0; d < DEPTH; d++)
        for (int k = 0; k < CLASSES; k++)
            w[d][k] = a[d][DEPTH + k] / a[d][d];
}

static double regression(const struct photos *p, double w[DEPTH][CLASSES], int i, int k)
{
    double z[DEPTH], sum = 0;
    row_of(p, i, z);
    for (int d = 0; d < DEPTH; d++)
        sum += z[d] * w[d][k];
    return sum;
}

static void check_logits(const struct head *h, const struct photos *p, int with_prior)
{
    static float logits[PHOTOS][CLASSES];
    double w[DEPTH][CLASSES];
    solve(p, with_prior, -1, w);
    head_logits(h, p->x[0], with_prior ? p->prior[0] : NULL, PHOTOS, logits[0]);
    for (int i = 0; i < PHOTOS; i++)
        for (int k = 0; k < CLASSES; k++) {
            double want = SHARPNESS * regression(p, w, i, k);
            if (with_prior)
                want += log_prior(p, i, k);
            if (!CHECK_NEAR(logits[i][k], want, 2e-4))
                return;
        }
}

static int fit_in_parts(struct head *h, const struct photos *p, int with_prior, struct status *st)
{
    int first = PHOTOS / 3;
    head_fit_begin(h);
    if (head_fit_add(h, p->x[0], p->class, with_prior ? p->prior[0] : NULL, first, st) != 0 ||
        head_fit_add(h, p->x[first], p->class + first, with_prior ? p->prior[first] : NULL,
                     PHOTOS - first, st) != 0)
        return -1;
    return head_fit_end(h, st);
}

static struct head *fitted(const struct photos *p, int with_prior)
{
    struct head *h = head_new(FEATURES, p->mean, NULL);
    if (CHECK(h != NULL) && CHECK_INT(head_grow(h, CLASSES, NULL), 0) &&
        CHECK_INT(fit_in_parts(h, p, with_prior, NULL), 0))
        return h;
    head_free(h);
    return NULL;
}

TEST(a_fit_solves_the_normal_equations)
{
    static struct photos p;
    make_photos(&p, 25);
    for (int with_prior = 0; with_prior < 2; with_prior++) {
        struct head *h = fitted(&p, with_prior);
        if (h)
            check_logits(h, &p, with_prior);
        head_free(h);
    }
}

/* Labels come, go and change in some order: the solution is that of what stands in the end. */
TEST(labels_one_by_one_end_at_the_same_solution)
{
    static struct photos p;
    struct rng r;
    make_photos(&p, 10);
    struct head *h = fitted(&p, 1);
    if (!h)
        return;
    rng_seed(&r, 3, 1);
    for (int step = 0; step < 400; step++) {
        int i = (int)rng_below(&r, PHOTOS), to = (int)rng_below(&r, CLASSES + 2) - 2;
        head_change(h, p.x[i], p.class[i], to, p.prior[i]);
        p.class[i] = to;
    }
    check_logits(h, &p, 1);
    for (int k = 0; k < CLASSES; k++) {
        int labels = 0;
        for (int i = 0; i < PHOTOS; i++)
            labels += p.class[i] == k;
        CHECK_INT(head_labels(h, k), labels);
    }
    head_free(h);
}

TEST(leaving_a_label_out_is_training_without_it)
{
    static struct photos p;
    make_photos(&p, 25);
    for (int with_prior = 0; with_prior < 2; with_prior++) {
        struct head *h = fitted(&p, with_prior);
        static float all[PHOTOS][CLASSES];
        if (!h || !CHECK_INT(head_left_out(h, p.x[0], p.class, with_prior ? p.prior[0] : NULL,
                                           PHOTOS, all[0], NULL),
                             0))
            return;
        for (int i = 0; i < PHOTOS; i++) { /* the last ones have no label to leave out */
            const float *logits = all[i];
            double w[DEPTH][CLASSES];
            solve(&p, with_prior, i, w);
            for (int k = 0; k < CLASSES; k++) {
                double want = SHARPNESS * regression(&p, w, i, k);
                if (with_prior)
                    want += log_prior(&p, i, k);
                CHECK_NEAR(logits[k], want, 2e-4);
            }
        }
        head_free(h);
    }
}

TEST(a_class_without_labels_is_not_predicted)
{
    static const float x[2][FEATURES] = {{1, 0, 0, 0, 0, 0, 0}, {0, 1, 0, 0, 0, 0, 0}};
    float logits[3];
    struct head *h = head_new(FEATURES, NULL, NULL);
    if (!CHECK(h != NULL))
        return;
    CHECK_INT(head_grow(h, 2, NULL), 0);
    head_change(h, x[0], HEAD_UNKNOWN, 0, NULL);
    head_logits(h, x[1], NULL, 1, logits);
    CHECK(isfinite(logits[0]) && logits[1] == -INFINITY);
    CHECK_INT(head_grow(h, 40, NULL), 0); /* more than one step of memory */
    CHECK_INT(head_grow(h, 3, NULL), 0);
    head_free(h);
}

/* What was learned before stays when classes come; a new one is known by its first label. */
TEST(a_new_class_is_learned_from_its_first_label)
{
    static const float x[3][FEATURES] = {
        {1, 0, 0, 0, 0, 0, 0}, {0, 1, 0, 0, 0, 0, 0}, {0, 0, 0, 1, 0, 0, 0}};
    float logits[3 * 40], prior[40] = {0.5f, 0.5f};
    struct head *h = head_new(FEATURES, NULL, NULL);
    if (!CHECK(h != NULL))
        return;
    CHECK_INT(head_grow(h, 2, NULL), 0);
    for (int i = 0; i < 2; i++)
        head_change(h, x[i], HEAD_UNKNOWN, i, prior);
    CHECK_INT(head_grow(h, 40, NULL), 0);
    head_change(h, x[2], HEAD_UNKNOWN, 39, prior);
    head_logits(h, x[0], NULL, 3, logits);
    CHECK(logits[0] > logits[1] && logits[0] > logits[39]);
    CHECK(logits[40 + 1] > logits[40] && logits[40 + 1] > logits[40 + 39]);
    CHECK(logits[80 + 39] > logits[80] && logits[80 + 39] > logits[80 + 1]);
    head_free(h);
}

TEST(features_that_are_no_numbers_are_refused)
{
    struct status st = {0};
    static struct photos p;
    make_photos(&p, 5);
    p.x[3][2] = NAN;
    struct head *h = head_new(FEATURES, p.mean, &st);
    CHECK_INT(head_grow(h, CLASSES, &st), 0);
    CHECK_INT(fit_in_parts(h, &p, 0, &st), -1);
    CHECK_CONTAINS(st.text, "not finite");
    head_free(h);
}

int main(int argc, char **argv)
{
    return test_main(argc, argv);
}
