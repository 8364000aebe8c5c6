#include "nn/head.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "data/status.h"
#include "nn/gemm.h"

enum { ROWS = 256, CLASSES_STEP = 32 };
/* Measured on ImageNet features of groceries, 50 to 2,600 labels: flat around these. */
static const double LAMBDA = 0.3, CONSTANT = 0.3;
static const float SHARPNESS = 15; /* logits = SHARPNESS * regression */
static const float PRIOR_LEAST = 1e-4f,
                   PRIOR_NOVEL = 1e-2f; /* NOVEL: of a class that the prior does not know */
/* How much a photo counts. What is settled must hold, but give way to what is said now; five photos
 * of a class that the prior knows nothing of are few against thousands. (Groceries, a class left
 * out of 81 and taught by five photos, mean of six: 85 % of its other photos are found.) */
static const double SETTLED = 0.3, NOVEL = 10;

struct head {
    int features, depth; /* depth: features and the constant */
    int classes;
    size_t stride;     /* of rows of w */
    double *mean;      /* [features] */
    double *inverse;   /* [depth, depth] upper triangle */
    double *w;         /* [depth, stride] */
    float *w_single;   /* the same, for many photos at a time */
    long *labels;      /* [stride] */
    double *offset;    /* [stride] what the mean and the constant add to every photo's regression */
    double *z, *u, *t; /* scratch: [depth], [depth], [stride] */
};

static void forget(struct head *h)
{
    size_t depth = (size_t)h->depth;
    memset(h->inverse, 0, depth * depth * sizeof *h->inverse);
    for (size_t i = 0; i < depth; i++)
        h->inverse[i * depth + i] = 1 / LAMBDA;
    memset(h->w, 0, depth * h->stride * sizeof *h->w);
    memset(h->w_single, 0, depth * h->stride * sizeof *h->w_single);
    memset(h->labels, 0, h->stride * sizeof *h->labels);
    memset(h->offset, 0, h->stride * sizeof *h->offset);
}

struct head *head_new(int features, const float *mean, struct status *st)
{
    struct head *h = calloc(1, sizeof *h);
    size_t depth = (size_t)features + 1;
    gemm_prepare();
    if (h) {
        h->features = features;
        h->depth = features + 1;
        h->mean = calloc(depth, sizeof *h->mean);
        h->inverse = malloc(depth * depth * sizeof *h->inverse);
        h->z = malloc(depth * sizeof *h->z);
        h->u = malloc(depth * sizeof *h->u);
    }
    if (!h || !h->mean || !h->inverse || !h->z || !h->u) {
        head_free(h);
        status_out_of_memory(st);
        return NULL;
    }
    for (int i = 0; mean && i < features; i++)
        h->mean[i] = (double)mean[i];
    if (head_grow(h, 1, st) == 0) {
        h->classes = 0;
        forget(h);
        return h;
    }
    head_free(h);
    return NULL;
}

void head_free(struct head *h)
{
    if (!h)
        return;
    free(h->mean);
    free(h->inverse);
    free(h->w);
    free(h->w_single);
    free(h->labels);
    free(h->offset);
    free(h->z);
    free(h->u);
    free(h->t);
    free(h);
}

static void *copied(const void *from, size_t bytes)
{
    void *to = malloc(bytes);
    return to ? memcpy(to, from, bytes) : NULL;
}

struct head *head_snapshot(const struct head *h)
{
    size_t floats = (size_t)h->depth * h->stride;
    struct head *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->features = h->features;
    s->depth = h->depth;
    s->classes = h->classes;
    s->stride = h->stride;
    s->mean = copied(h->mean, (size_t)h->depth * sizeof *h->mean);
    s->w = copied(h->w, floats * sizeof *h->w);
    s->w_single = copied(h->w_single, floats * sizeof *h->w_single);
    s->labels = copied(h->labels, h->stride * sizeof *h->labels);
    s->offset = copied(h->offset, h->stride * sizeof *h->offset);
    s->t = copied(h->t, h->stride * sizeof *h->t);
    if (s->mean && s->w && s->w_single && s->labels && s->offset && s->t)
        return s;
    head_free(s);
    return NULL;
}

int head_grow(struct head *h, int classes, struct status *st)
{
    size_t depth = (size_t)h->depth, old = h->stride;
    if ((size_t)classes <= h->stride) {
        h->classes = classes > h->classes ? classes : h->classes;
        return 0;
    }
    size_t more = old + old / 2 > (size_t)classes ? old + old / 2 : (size_t)classes;
    size_t stride = (more + CLASSES_STEP - 1) / CLASSES_STEP * CLASSES_STEP;
    double *w = calloc(depth * stride, sizeof *w), *t = calloc(stride, sizeof *t);
    double *offset = calloc(stride, sizeof *offset);
    float *single = calloc(depth * stride, sizeof *single);
    long *labels = calloc(stride, sizeof *labels);
    if (!w || !t || !offset || !single || !labels) {
        free(w);
        free(t);
        free(offset);
        free(single);
        free(labels);
        return status_out_of_memory(st);
    }
    for (size_t i = 0; i < depth && old > 0; i++) {
        memcpy(w + i * stride, h->w + i * old, old * sizeof *w);
        memcpy(single + i * stride, h->w_single + i * old, old * sizeof *single);
    }
    if (old > 0) {
        memcpy(labels, h->labels, old * sizeof *labels);
        memcpy(offset, h->offset, old * sizeof *offset);
    }
    free(h->w);
    free(h->t);
    free(h->offset);
    free(h->w_single);
    free(h->labels);
    h->w = w;
    h->t = t;
    h->offset = offset;
    h->w_single = single;
    h->labels = labels;
    h->stride = stride;
    h->classes = classes;
    return 0;
}

long head_labels(const struct head *h, int class)
{
    return class >= 0 && class < h->classes ? h->labels[class] : 0;
}

/* Eight sums, so that each need not wait for the one before. */
static double length(const float *x, int n)
{
    float sums[8] = {0};
    double sum = 0;
    int i = 0;
    for (; i + 8 <= n; i += 8)
        for (int k = 0; k < 8; k++)
            sums[k] += x[i + k] * x[i + k];
    for (; i < n; i++)
        sums[0] += x[i] * x[i];
    for (int k = 0; k < 8; k++)
        sum += (double)sums[k];
    return sqrt(sum);
}

static void normalise(const struct head *h, const float *x, double *z)
{
    double norm = length(x, h->features), by = norm > 0 ? 1 / norm : 0;
    for (int i = 0; i < h->features; i++)
        z[i] = (double)x[i] * by - h->mean[i];
    z[h->features] = CONSTANT;
}

/* t [classes]: the class minus the prior; zero for what is settled. */
static void target(const struct head *h, int class, const float *prior, double *t)
{
    for (int k = 0; k < h->classes; k++)
        t[k] = prior && class >= 0 ? -(double)prior[k] : 0;
    if (class >= 0)
        t[class] += 1;
}

static double weight_of(int class, const float *prior)
{
    return class == HEAD_SETTLED ? SETTLED : class >= 0 && prior && prior[class] == 0 ? NOVEL : 1;
}

/* One row of the regression: z and t, times the square root of its weight. */
static void make_row(const struct head *h, const float *x, int class, const float *prior, double *z,
                     double *t)
{
    double by = sqrt(weight_of(class, prior));
    normalise(h, x, z);
    target(h, class, prior, t);
    for (int i = 0; i < h->depth; i++)
        z[i] *= by;
    for (int k = 0; k < h->classes; k++)
        t[k] *= by;
}

static double dot(const double *a, const double *b, int n)
{
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

static void find_offsets(struct head *h)
{
    const double *constant = h->w + (size_t)h->features * h->stride;
    for (int k = 0; k < h->classes; k++)
        h->offset[k] = CONSTANT * constant[k];
    for (int i = 0; i < h->features; i++)
        for (int k = 0; k < h->classes && h->mean[i] != 0; k++)
            h->offset[k] -= h->mean[i] * h->w[(size_t)i * h->stride + (size_t)k];
}

/* ---- all labels ------------------------------------------------------------------------------ */

/* Z'Z + lambda I and Z'T of all rows into inverse and w. */
static int gather(struct head *h, const float *x, const int *class, const float *prior, int n,
                  struct status *st)
{
    size_t depth = (size_t)h->depth, classes = (size_t)h->classes;
    double *z = malloc(ROWS * depth * sizeof *z), *t = malloc(ROWS * classes * sizeof *t);
    int result = z && t ? 0 : status_out_of_memory(st), rows = 0;
    for (int i = 0; result == 0 && i <= n; i++) {
        if (i < n && class[i] != HEAD_UNKNOWN) {
            double *row = z + (size_t)rows * depth;
            make_row(h, x + (size_t)i * (size_t)h->features, class[i],
                     prior ? prior + (size_t)i * classes : NULL, row, t + (size_t)rows++ * classes);
            if (!isfinite(dot(row, row, h->depth)))
                result = status_fail(st, STATUS_INVALID, "features of a photo are not finite");
            if (class[i] >= 0)
                h->labels[class[i]]++;
        }
        if (rows == ROWS || (i == n && rows > 0)) {
            gemm_gram(z, rows, h->depth, h->inverse);
            gemm_cross(z, t, rows, h->depth, h->classes, h->w, (int)h->stride);
            rows = 0;
        }
    }
    free(z);
    free(t);
    return result;
}

void head_fit_begin(struct head *h)
{
    size_t depth = (size_t)h->depth;
    forget(h);
    for (size_t i = 0; i < depth; i++)
        h->inverse[i * depth + i] = LAMBDA;
}

int head_fit_add(struct head *h, const float *x, const int *class, const float *prior, int n,
                 struct status *st)
{
    return gather(h, x, class, prior, n, st);
}

int head_fit_end(struct head *h, struct status *st)
{
    size_t floats = (size_t)h->depth * h->stride;
    double *w = malloc(floats * sizeof *w);
    int result = w ? gemm_invert(h->inverse, h->depth, st) : status_out_of_memory(st);
    if (result != 0) {
        free(w);
        forget(h);
        return -1;
    }
    memcpy(w, h->w, floats * sizeof *w);
    gemm_symmetric(h->inverse, w, h->depth, h->classes, (int)h->stride, h->w);
    free(w);
    for (size_t i = 0; i < floats; i++)
        h->w_single[i] = (float)h->w[i];
    find_offsets(h);
    return 0;
}

/* ---- one label ------------------------------------------------------------------------------- */

/* w += u t' */
static void move(struct head *h, const double *u, const double *t)
{
    for (int i = 0; i < h->depth; i++) {
        double *w = h->w + (size_t)i * h->stride;
        float *single = h->w_single + (size_t)i * h->stride;
        for (int k = 0; k < h->classes; k++)
            single[k] = (float)(w[k] += u[i] * t[k]);
    }
    find_offsets(h);
}

/* t -= w' z */
static void subtract_regression(const struct head *h, const double *z, double *t)
{
    for (int i = 0; i < h->depth; i++)
        for (int k = 0; k < h->classes; k++)
            t[k] -= z[i] * h->w[(size_t)i * h->stride + (size_t)k];
}

/* With u = P z and h = z' u, a row more (sign 1) or less (-1) makes P - sign u u' / (1 + sign h) of
 * P and w + sign u (t - w' z)' / (1 + sign h) of w. */
static void update(struct head *h, const float *x, int class, const float *prior, int sign)
{
    make_row(h, x, class, prior, h->z, h->t);
    gemm_symmetric_vector(h->inverse, h->z, h->depth, h->u);
    double by = sign / (1 + sign * dot(h->z, h->u, h->depth));
    subtract_regression(h, h->z, h->t);
    for (int k = 0; k < h->classes; k++)
        h->t[k] *= by;
    move(h, h->u, h->t);
    gemm_add_square(h->inverse, h->u, h->depth, -by);
}

/* Z stays where weights are the same, so the inverse does: w += P z (new - old)'. */
static void exchange(struct head *h, const float *x, int from, int to, const float *prior)
{
    double by = weight_of(to, prior);
    normalise(h, x, h->z);
    gemm_symmetric_vector(h->inverse, h->z, h->depth, h->u);
    memset(h->t, 0, (size_t)h->classes * sizeof *h->t);
    h->t[from] -= by;
    h->t[to] += by;
    move(h, h->u, h->t);
}

void head_change(struct head *h, const float *x, int from, int to, const float *prior)
{
    if (from == to)
        return;
    if (from >= 0 && to >= 0 && weight_of(from, prior) == weight_of(to, prior)) {
        exchange(h, x, from, to, prior);
    } else {
        if (from != HEAD_UNKNOWN)
            update(h, x, from, prior, -1);
        if (to != HEAD_UNKNOWN)
            update(h, x, to, prior, 1);
    }
    if (from >= 0)
        h->labels[from]--;
    if (to >= 0)
        h->labels[to]++;
}

/* ---- what it says ---------------------------------------------------------------------------- */

static float logit(const struct head *h, int k, double learned, const float *prior)
{
    if (h->labels[k] == 0 && !(prior && prior[k] > 0))
        return -INFINITY;
    float from = !prior          ? 0
                 : prior[k] == 0 ? logf(PRIOR_NOVEL)
                                 : logf(prior[k] > PRIOR_LEAST ? prior[k] : PRIOR_LEAST);
    return from + SHARPNESS * (float)learned;
}

void head_logits(const struct head *h, const float *x, const float *prior, int n, float *logits)
{
    gemm_product(x, h->w_single, n, h->features, h->classes, (int)h->stride, logits);
    for (int i = 0; i < n; i++) {
        double norm = length(x + (size_t)i * (size_t)h->features, h->features);
        double by = norm > 0 ? 1 / norm : 0;
        float *row = logits + (size_t)i * (size_t)h->classes;
        const float *p = prior ? prior + (size_t)i * (size_t)h->classes : NULL;
        for (int k = 0; k < h->classes; k++)
            row[k] = logit(h, k, (double)row[k] * by + h->offset[k], p);
    }
}

/* One row of head_left_out: z, u = P z. */
static void left_out(const struct head *h, const double *z, const double *u, int class,
                     const float *prior, float *logits)
{
    double leverage = weight_of(class, prior) * dot(z, u, h->depth),
           by = class == HEAD_UNKNOWN ? 0 : leverage / (1 - leverage);
    double *missed = h->t; /* -f */
    for (int k = 0; k < h->classes; k++)
        missed[k] = 0;
    subtract_regression(h, z, missed);
    for (int k = 0; k < h->classes; k++) {
        double f = -missed[k];
        double wanted = class < 0 ? 0 : (k == class) - (prior ? (double)prior[k] : 0);
        int only = k == class && h->labels[k] <= 1 && !(prior && prior[k] > 0);
        logits[k] = only ? -INFINITY /* nothing else is labelled so */
                         : logit(h, k, f - by * (wanted - f), prior);
    }
}

int head_left_out(const struct head *h, const float *x, const int *class, const float *prior, int n,
                  float *logits, struct status *st)
{
    size_t depth = (size_t)h->depth, classes = (size_t)h->classes;
    double *z = malloc(2 * ROWS * depth * sizeof *z), *u = z + ROWS * depth;
    if (!z)
        return status_out_of_memory(st);
    for (int first = 0; first < n; first += ROWS) {
        int rows = n - first < ROWS ? n - first : ROWS;
        for (int i = 0; i < rows; i++)
            normalise(h, x + (size_t)(first + i) * (size_t)h->features, z + (size_t)i * depth);
        gemm_rows_symmetric(z, h->inverse, rows, h->depth, u);
        for (int i = 0; i < rows; i++) {
            size_t at = (size_t)(first + i) * classes;
            left_out(h, z + (size_t)i * depth, u + (size_t)i * depth, class[first + i],
                     prior ? prior + at : NULL, logits + at);
        }
    }
    free(z);
    return 0;
}
