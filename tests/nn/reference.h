/* Small networks computed from the definitions of their ops, by plain loops in double precision,
 * and what the engine says held against it: the loss, and every gradient against central
 * differences. */
#ifndef TESTS_NN_REFERENCE_H
#define TESTS_NN_REFERENCE_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/rng.h"
#include "data/status.h"
#include "nn/engine.h"
#include "nn/graph.h"
#include "nn/network.h"
#include "nn/ops/ops.h"
#include "nn/pool.h"
#include "tests/check.h"

enum { MAX_FLOATS = 20000, SAMPLES = 20 /* of an array that are compared */ };

/* ---- the definitions
 * ----------------------------------------------------------------------------- */

struct reference {
    const struct network *network;
    const double *values;
    struct shape *shapes;
    double **y; /* of each node, [n, h, w, c] */
    int n, batch;
};

static double at(const struct reference *r, int node, int i, int row, int column, int c)
{
    struct shape s = r->shapes[node];
    if (row < 0 || row >= s.h || column < 0 || column >= s.w)
        return 0;
    return r->y[node][((i * s.h + row) * s.w + column) * s.c + c];
}

static double parameter(const struct reference *r, int index, size_t i)
{
    return r->values[r->network->params.list[index].offset + i];
}

static double activation(double v, enum activation act)
{
    double hard = v < -3 ? 0 : v > 3 ? 1 : (v + 3) / 6, soft = 1 / (1 + exp(-v));
    switch (act) {
    case ACT_RELU: return v > 0 ? v : 0;
    case ACT_RELU6: return v < 0 ? 0 : v > 6 ? 6 : v;
    case ACT_HARD_SIGMOID: return hard;
    case ACT_SIGMOID: return soft;
    case ACT_HARD_SWISH: return v * hard;
    case ACT_SILU: return v * soft;
    default: return v;
    }
}

static double window_sum(const struct reference *r, int node, int i, int row, int column, int k)
{
    const struct node *n = &r->network->graph->nodes[node];
    struct shape in = r->shapes[n->inputs[0]];
    int channels = n->in_channels / n->groups, top = conv_pad_before(n, in.h);
    int left = conv_pad_before(n, in.w), first = k / (n->channels / n->groups) * channels;
    double sum = n->bias >= 0 ? parameter(r, n->bias, (size_t)k) : 0;
    for (int c = 0; c < channels; c++)
        for (int a = 0; a < n->size; a++)
            for (int b = 0; b < n->size; b++)
                sum += at(r, n->inputs[0], i, row * n->stride - top + a,
                          column * n->stride - left + b, first + c) *
                       parameter(r, n->weight,
                                 (size_t)(((k * channels + c) * n->size + a) * n->size + b));
    return sum;
}

static void normalise(const struct reference *r, int node)
{
    const struct node *n = &r->network->graph->nodes[node];
    struct shape s = r->shapes[node];
    int rows = r->n * s.h * s.w;
    for (int k = 0; k < s.c; k++) {
        double *y = r->y[node] + k, mean = 0, var = 0;
        for (int i = 0; i < rows; i++)
            mean += y[i * s.c] / rows;
        for (int i = 0; i < rows; i++)
            var += (y[i * s.c] - mean) * (y[i * s.c] - mean) / rows;
        if (!r->batch) {
            mean = parameter(r, n->norm.mean, (size_t)k);
            var = parameter(r, n->norm.var, (size_t)k);
        }
        for (int i = 0; i < rows; i++)
            y[i * s.c] = (y[i * s.c] - mean) / sqrt(var + (double)n->norm.eps) *
                             parameter(r, n->norm.weight, (size_t)k) +
                         parameter(r, n->norm.bias, (size_t)k);
    }
}

/* Padding never counts, but the zeros of PAD_AFTER. */
static double pooled(const struct reference *r, int node, int i, int row, int column, int k)
{
    const struct node *n = &r->network->graph->nodes[node];
    struct shape in = r->shapes[n->inputs[0]];
    int top = row * n->stride - conv_pad_before(n, in.h), count = 0;
    int left = column * n->stride - conv_pad_before(n, in.w);
    double sum = 0, largest = -INFINITY;
    for (int a = top; a < top + n->size; a++)
        for (int b = left; b < left + n->size; b++) {
            int inside = a >= 0 && a < in.h && b >= 0 && b < in.w;
            if (!inside && n->padding != PAD_AFTER)
                continue;
            double v = at(r, n->inputs[0], i, a, b, k);
            largest = fmax(largest, v);
            sum += v;
            count++;
        }
    return n->pooling == POOL_MAX ? largest : sum / count;
}

static double concatenated(const struct reference *r, int node, int i, int row, int column, int k)
{
    const struct node *n = &r->network->graph->nodes[node];
    int j = 0;
    if (n->shuffled)
        return at(r, n->inputs[k % n->input_count], i, row, column, k / n->input_count);
    while (k >= r->shapes[n->inputs[j]].c)
        k -= r->shapes[n->inputs[j++]].c;
    return at(r, n->inputs[j], i, row, column, k);
}

static double position(const struct reference *r, int node, int i, int row, int column, int k)
{
    const struct node *n = &r->network->graph->nodes[node];
    struct shape in = r->shapes[n->inputs[0]];
    if (n->op == &op_conv || n->op == &op_depthwise || n->op == &op_linear)
        return window_sum(r, node, i, row, column, k);
    double sum = 0;
    if (n->op == &op_mean) {
        for (int a = 0; a < in.h; a++)
            for (int b = 0; b < in.w; b++)
                sum += at(r, n->inputs[0], i, a, b, k) / (in.h * in.w);
        return sum;
    }
    if (n->op == &op_pool)
        return pooled(r, node, i, row, column, k);
    if (n->op == &op_concat)
        return concatenated(r, node, i, row, column, k);
    double x = at(r, n->inputs[0], i, row, column, n->first + k);
    if (n->op == &op_scale)
        return x * at(r, n->inputs[1], i, 0, 0, k);
    return x; /* a slice, or a sum, whose second part comes below */
}

static void compute(const struct reference *r, int node)
{
    const struct node *n = &r->network->graph->nodes[node];
    struct shape s = r->shapes[node];
    double *y = r->y[node];
    for (int i = 0; i < r->n; i++)
        for (int row = 0; row < s.h; row++)
            for (int column = 0; column < s.w; column++)
                for (int k = 0; k < s.c; k++)
                    *y++ = position(r, node, i, row, column, k);
    if (n->norm.weight >= 0)
        normalise(r, node);
    y = r->y[node];
    int adds = n->input_count > 1 && n->op != &op_scale && n->op != &op_concat;
    int affine = n->affine_scale >= 0;
    for (size_t i = 0; i < (size_t)r->n * shape_floats(s); i++) {
        y[i] = activation(y[i] + (adds ? r->y[n->inputs[1]][i] : 0), n->act);
        if (affine)
            y[i] = y[i] * parameter(r, n->affine_scale, 0) + parameter(r, n->affine_bias, 0);
    }
}

/* ---- small networks
 * ------------------------------------------------------------------------------ */

struct fixture {
    struct network network;
    struct reference reference;
    double *values, x[MAX_FLOATS], pull[MAX_FLOATS]; /* loss = sum of outputs x pull */
    float input[MAX_FLOATS];
    int height, width, n;
    struct rng rng;
};

static double normal(struct fixture *f)
{
    return rng_normal(&f->rng);
}

/* Starts a network; the test adds nodes to f->network.graph and calls finish. */
static void start(struct fixture *f, int channels, int height, int width, int n)
{
    memset(f, 0, sizeof *f);
    rng_seed(&f->rng, 7, (uint64_t)(channels * 100 + height));
    f->network.graph = graph_new(channels, NULL);
    f->height = height;
    f->width = width;
    f->n = n;
}

enum { NORM = 1, AFFINE = 2, NO_BIAS = 4, LINEAR = 8 };

/* c without names; what it leaves at 0: size, stride, groups 1. */
static int layer(struct fixture *f, int input, struct conv c, int with)
{
    char name[16], norm[16], affine[16];
    int number = f->network.params.count; /* no two layers have the same */
    snprintf(name, sizeof name, "conv%d", number);
    snprintf(norm, sizeof norm, "bn%d", number);
    snprintf(affine, sizeof affine, "lab%d", number);
    c.name = name;
    c.norm = with & NORM ? norm : NULL;
    c.affine = with & AFFINE ? affine : NULL;
    c.no_bias = with & NO_BIAS;
    c.linear = with & LINEAR;
    c.eps = 1e-3f;
    c.size = c.size ? c.size : 1;
    c.stride = c.stride ? c.stride : 1;
    c.groups = c.groups ? c.groups : 1;
    return graph_conv(f->network.graph, &f->network.params, input, &c, NULL);
}

static int convolution(struct fixture *f, int input, int channels, int size, int stride, int groups,
                       enum padding padding, int norm, enum activation act)
{
    struct conv c = {.channels = channels,
                     .size = size,
                     .stride = stride,
                     .groups = groups,
                     .padding = padding,
                     .pad = size / 2,
                     .act = act};
    return layer(f, input, c, norm ? NORM : 0);
}

/* Mean and linear layer, random parameters and pictures, the reference's room. */
static int finish(struct fixture *f, int x)
{
    struct network *n = &f->network;
    struct status st = {0};
    x = graph_mean(n->graph, x, &st);
    x = graph_linear(n->graph, &n->params, x, "fc", 5, &st);
    if (!CHECK(x > 0) || !CHECK(params_allocate(&n->params, &st) == 0))
        return 0;
    n->classes = 5;
    n->features = n->graph->nodes[n->graph->features].channels;
    for (int i = 0; i < n->params.count; i++) {
        const struct param *p = &n->params.list[i];
        for (size_t k = 0; k < p->count; k++) {
            double spread = p->rank == 4 ? 1.5 / sqrt((double)p->count / p->dims[0]) : 0.5;
            double v = spread * normal(f);
            if (p->kind == PARAM_BN_WEIGHT || p->kind == PARAM_BN_VAR)
                v = (1 + 0.5 * rng_uniform(&f->rng)) * (p->count == 1 ? -1 : 1); /* an affine's */
            n->params.values[p->offset + k] = (float)v;
        }
    }
    f->values = calloc(n->params.total, sizeof(double));
    for (size_t i = 0; i < n->params.total; i++)
        f->values[i] = n->params.values[i];
    struct reference *r = &f->reference;
    *r = (struct reference){.network = n, .values = f->values, .n = f->n};
    r->shapes = calloc((size_t)n->graph->count, sizeof *r->shapes);
    r->y = calloc((size_t)n->graph->count, sizeof(double *));
    if (!CHECK(graph_shapes(n->graph, f->height, f->width, r->shapes, &st) == 0)) {
        test_fail(__FILE__, __LINE__, "%s", st.text);
        return 0;
    }
    for (int i = 1; i < n->graph->count; i++)
        r->y[i] = calloc((size_t)f->n * shape_floats(r->shapes[i]), sizeof(double));
    r->y[0] = f->x;
    size_t floats = (size_t)f->n * shape_floats(r->shapes[0]);
    for (size_t i = 0; i < floats; i++)
        f->x[i] = f->input[i] = (float)(1.5 * normal(f));
    for (int i = 0; i < f->n * 5; i++)
        f->pull[i] = normal(f);
    return CHECK(floats <= MAX_FLOATS);
}

static void end(struct fixture *f)
{
    for (int i = 1; f->reference.y && i < f->network.graph->count; i++)
        free(f->reference.y[i]);
    free(f->reference.y);
    free(f->reference.shapes);
    free(f->values);
    graph_free(f->network.graph);
    params_clear(&f->network.params);
}

static double reference_loss(struct fixture *f)
{
    int last = f->network.graph->count - 1;
    double sum = 0;
    for (int i = 1; i <= last; i++)
        compute(&f->reference, i);
    for (int i = 0; i < f->n * 5; i++)
        sum += f->reference.y[last][i] * f->pull[i];
    return sum;
}

static double pull_loss(void *arg, int first, int n, const float *logits, float *dlogits)
{
    const struct fixture *f = arg;
    double sum = 0;
    for (int i = 0; i < n * 5; i++) {
        dlogits[i] = (float)f->pull[first * 5 + i];
        sum += logits[i] * f->pull[first * 5 + i];
    }
    return sum;
}

enum { CPUS = 3 };
static const char *const cpus[CPUS] = {"avx512", "avx2", "plain"};

/* What the engine says with one kind of kernels. */
struct answer {
    float *gradients, dx[MAX_FLOATS];
    double largest; /* gradient of any parameter */
};

static void ask(struct fixture *f, enum engine_norm norm, const char *cpu, struct answer *a)
{
    struct status st = {0};
    struct network *n = &f->network;
    setenv("TEND_CPU", cpu, 1);
    struct pool *pool = pool_new(1, 0, &st);
    struct engine *e = engine_new(n, pool, f->height, f->width, ENGINE_TRAIN, f->n, &st);
    float *before = calloc(n->params.total, sizeof *before);
    a->gradients = calloc(n->params.total, sizeof *a->gradients);
    if (CHECK(e && before && a->gradients)) {
        memcpy(before, n->params.values, n->params.total * sizeof *before);
        double loss =
            engine_gradient(e, 0, norm, f->input, f->n, pull_loss, f, a->gradients, a->dx);
        double want = reference_loss(f);
        CHECK_NEAR(loss, want, 2e-5 * (1 + fabs(want)));
        memcpy(n->params.values, before, n->params.total * sizeof *before); /* statistics moved */
        a->largest = 1e-3;
        for (size_t i = 0; i < n->params.total; i++)
            a->largest = fmax(a->largest, fabs(a->gradients[i]));
    }
    free(before);
    engine_free(e);
    pool_free(pool);
    unsetenv("TEND_CPU");
}

/* Inference, which has workspaces of its own. */
static void check_inference(struct fixture *f, const char *cpu)
{
    struct status st = {0};
    int last = f->network.graph->count - 1;
    float *logits = calloc((size_t)f->n * 5, sizeof *logits);
    setenv("TEND_CPU", cpu, 1);
    struct pool *pool = pool_new(1, 0, &st);
    struct engine *e =
        engine_new(&f->network, pool, f->height, f->width, ENGINE_FORWARD, f->n, &st);
    if (CHECK(e && logits)) {
        reference_loss(f);
        engine_forward(e, f->input, f->n, NULL, logits);
        for (int i = 0; i < f->n * 5; i++)
            CHECK_NEAR(logits[i], f->reference.y[last][i],
                       2e-5 * (1 + fabs(f->reference.y[last][i])));
    }
    free(logits);
    engine_free(e);
    pool_free(pool);
    unsetenv("TEND_CPU");
}

/* Gradients g[CPUS] of an array against central differences of the reference. The largest
 * difference counts, relative to the largest gradient of the array (or to a hundredth of the
 * largest anywhere: before a batch norm some are nothing but rounding; of single values, which are
 * sums over whole activations, to a tenth). */
static void compare(struct fixture *f, const struct answer *answers, const char *name,
                    double *array, size_t count, const float *const *g)
{
    double worst[CPUS] = {0}, largest = (count == 1 ? 0.1 : 0.01) * answers[0].largest;
    for (size_t i = 0; i < count; i++)
        largest = fmax(largest, fabs(g[0][i]));
    for (size_t i = 0; i < count; i += 1 + count / SAMPLES) {
        double kept = array[i], h = 1e-6;
        array[i] = kept + h;
        double up = reference_loss(f);
        array[i] = kept - h;
        double down = reference_loss(f);
        array[i] = kept;
        for (int k = 0; k < CPUS; k++)
            worst[k] = fmax(worst[k], fabs((up - down) / (2 * h) - g[k][i]));
    }
    for (int k = 0; k < CPUS; k++)
        if (!(worst[k] < 2e-4 * largest))
            test_fail(__FILE__, __LINE__, "%s: gradient of %s is off by %g of %g", cpus[k], name,
                      worst[k], largest);
}

static void check(struct fixture *f, enum engine_norm norm)
{
    static struct answer answers[CPUS];
    const float *g[CPUS];
    f->reference.batch = norm == NORM_BATCH;
    for (int k = 0; k < CPUS; k++)
        ask(f, norm, cpus[k], &answers[k]);
    for (int k = 0; k < CPUS && norm == NORM_RUNNING; k++)
        check_inference(f, cpus[k]);
    for (int i = 0; i < f->network.params.count; i++) {
        const struct param *p = &f->network.params.list[i];
        for (int k = 0; k < CPUS; k++)
            g[k] = answers[k].gradients + p->offset;
        if (params_is_trained(p->kind))
            compare(f, answers, p->name, f->values + p->offset, p->count, g);
        for (size_t j = 0; j < p->count && !params_is_trained(p->kind); j++)
            CHECK(g[0][j] == 0);
    }
    for (int k = 0; k < CPUS; k++)
        g[k] = answers[k].dx;
    compare(f, answers, "the input", f->x, (size_t)f->n * shape_floats(f->reference.shapes[0]), g);
    for (int k = 0; k < CPUS; k++)
        free(answers[k].gradients);
}

static void check_all(struct fixture *f)
{
    check(f, NORM_RUNNING);
    check(f, NORM_BATCH);
}

#endif
