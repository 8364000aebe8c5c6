/* Every op, forward and backward, against the definitions in double precision: small networks
 * are computed by plain loops here, and their gradients by central differences. */
#include <math.h>
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

enum { MAX_FLOATS = 20000, MAX_PICTURES = 8 };

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
    if (act == ACT_RELU || act == ACT_RELU6)
        v = v > 0 ? v : 0;
    return act == ACT_RELU6 && v > 6 ? 6 : v;
}

static double window_sum(const struct reference *r, int node, int i, int row, int column, int k)
{
    const struct node *n = &r->network->graph->nodes[node];
    struct shape in = r->shapes[n->inputs[0]];
    int channels = n->in_channels / n->groups, top = conv_pad_before(n, in.h);
    int left = conv_pad_before(n, in.w), first = n->groups > 1 ? k : 0;
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
    return at(r, n->inputs[0], i, row, column, k); /* a sum: its second part comes below */
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
    for (size_t i = 0; i < (size_t)r->n * shape_floats(s); i++)
        y[i] = activation(y[i] + (n->input_count > 1 ? r->y[n->inputs[1]][i] : 0), n->act);
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

static int convolution(struct fixture *f, int input, int channels, int size, int stride, int groups,
                       enum padding padding, int norm, enum activation act)
{
    static const char *const names[] = {"a", "b", "c", "d", "e", "f", "g", "h"};
    const char *name = names[f->network.graph->count];
    char norm_name[8] = "bn";
    norm_name[2] = name[0];
    struct conv c = {.name = name,
                     .norm = norm ? norm_name : NULL,
                     .eps = 1e-3f,
                     .channels = channels,
                     .size = size,
                     .stride = stride,
                     .groups = groups,
                     .padding = padding,
                     .pad = size / 2,
                     .act = act};
    return graph_conv(f->network.graph, &f->network.params, input, &c, NULL);
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
                v = 1 + 0.5 * rng_uniform(&f->rng);
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

/* Gradients g[CPUS] of an array against central differences of the reference. The largest
 * difference counts, relative to the largest gradient of the array (or to a hundredth of the
 * largest anywhere: before a batch norm some are nothing but rounding). */
static void compare(struct fixture *f, const struct answer *answers, const char *name,
                    double *array, size_t count, const float *const *g)
{
    double worst[CPUS] = {0}, largest = 0.01 * answers[0].largest;
    for (size_t i = 0; i < count; i++)
        largest = fmax(largest, fabs(g[0][i]));
    for (size_t i = 0; i < count; i += 1 + count / 40) {
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

/* ---- the cases
 * ----------------------------------------------------------------------------------- */

static struct fixture f;

TEST(pointwise_with_bias_and_relu)
{
    start(&f, 5, 4, 3, 2);
    int x = convolution(&f, 0, 19, 1, 1, 1, PAD_ZERO, 0, ACT_RELU);
    if (finish(&f, x))
        check_all(&f);
    end(&f);
}

TEST(pointwise_with_norm_and_residual)
{
    start(&f, 3, 4, 5, 4);
    int x = convolution(&f, 0, 7, 1, 1, 1, PAD_ZERO, 1, ACT_RELU6);
    int y = convolution(&f, x, 40, 1, 1, 1, PAD_ZERO, 1, ACT_RELU);
    y = convolution(&f, y, 7, 1, 1, 1, PAD_ZERO, 1, ACT_NONE);
    y = graph_add(f.network.graph, y, x, ACT_RELU, NULL);
    CHECK_INT(f.network.graph->count, 4); /* the sum is part of the convolution */
    if (finish(&f, y))
        check_all(&f);
    end(&f);
}

TEST(sum_of_its_own)
{
    start(&f, 3, 4, 4, 4);
    int a = convolution(&f, 0, 6, 1, 1, 1, PAD_ZERO, 1, ACT_RELU);
    int b = convolution(&f, a, 6, 3, 1, 6, PAD_ZERO, 1, ACT_RELU6);
    int y = graph_add(f.network.graph, b, a, ACT_RELU6, NULL);
    CHECK_INT(y, 3);
    if (finish(&f, y))
        check_all(&f);
    end(&f);
}

TEST(dense_windows)
{
    static const struct {
        int size, stride, height, width;
        enum padding padding;
    } cases[] = {{3, 1, 5, 4, PAD_ZERO}, {3, 2, 7, 6, PAD_ZERO}, {3, 2, 6, 7, PAD_SAME},
                 {2, 1, 4, 5, PAD_SAME}, {1, 2, 5, 4, PAD_ZERO}, {5, 2, 6, 6, PAD_SAME}};
    for (int i = 0; i < 6; i++) {
        start(&f, 3, cases[i].height, cases[i].width, 4);
        int x = convolution(&f, 0, 6, cases[i].size, cases[i].stride, 1, cases[i].padding, i % 2,
                            ACT_RELU6);
        x = convolution(&f, x, 4, cases[i].size, cases[i].stride, 1, cases[i].padding, 1, ACT_NONE);
        if (finish(&f, x))
            check_all(&f);
        end(&f);
    }
}

TEST(depthwise_windows)
{
    static const struct {
        int size, stride, height, width;
        enum padding padding;
    } cases[] = {{3, 1, 6, 9, PAD_ZERO}, {3, 2, 9, 12, PAD_ZERO}, {3, 2, 8, 11, PAD_SAME},
                 {5, 1, 7, 8, PAD_ZERO}, {5, 2, 9, 11, PAD_SAME}, {5, 2, 3, 2, PAD_ZERO},
                 {7, 1, 5, 9, PAD_ZERO}, {3, 3, 7, 8, PAD_ZERO},  {3, 1, 1, 1, PAD_ZERO}};
    for (int i = 0; i < 9; i++) {
        start(&f, 3, cases[i].height, cases[i].width, 4);
        int channels = i % 2 ? 18 : 4;
        int x = convolution(&f, 0, channels, 1, 1, 1, PAD_ZERO, 0, ACT_RELU6);
        x = convolution(&f, x, channels, cases[i].size, cases[i].stride, channels,
                        cases[i].padding, 1, ACT_RELU6);
        if (finish(&f, x))
            check_all(&f);
        end(&f);
    }
}

TEST(network_in_one_piece)
{
    start(&f, 3, 11, 8, 4);
    int x = convolution(&f, 0, 8, 3, 2, 1, PAD_ZERO, 1, ACT_RELU6);
    int y = convolution(&f, x, 34, 1, 1, 1, PAD_ZERO, 1, ACT_RELU6);
    y = convolution(&f, y, 34, 3, 1, 34, PAD_ZERO, 1, ACT_RELU6);
    y = convolution(&f, y, 8, 1, 1, 1, PAD_ZERO, 1, ACT_NONE);
    y = graph_add(f.network.graph, y, x, ACT_NONE, NULL);
    y = convolution(&f, y, 24, 1, 1, 1, PAD_ZERO, 1, ACT_RELU6);
    if (finish(&f, y))
        check_all(&f);
    end(&f);
}

int main(int argc, char **argv)
{
    return test_main(argc, argv);
}
