/* Batch norm in both modes against PyTorch 1.13: Conv2d(3, 4, 3, stride=2, padding=1,
 * bias=False), BatchNorm2d(4, eps=1e-3), ReLU, mean over positions, Linear(4, 2), on four
 * pictures of 5 x 6. Weights and pictures are sines (see values), the loss is the sum of logits
 * x pull. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "data/status.h"
#include "nn/engine.h"
#include "nn/graph.h"
#include "nn/network.h"
#include "nn/pool.h"
#include "tests/check.h"

enum { PICTURES = 4, HEIGHT = 5, WIDTH = 6, CLASSES = 2 };

/* What PyTorch computes. */
struct expected {
    double loss, conv_norm;
    float logits[PICTURES * CLASSES], bn_weight[4], bn_bias[4], conv_first[4], fc_weight[8];
    float mean[4], var[4]; /* running statistics afterwards */
};

static const struct expected eval = {.loss = -1.0311412,
                                     .conv_norm = 0.4659850001335144,
                                     .logits = {0.5632183f, 2.003212f, 0.5616031f, 1.974419f,
                                                0.5742009f, 1.950252f, 0.5873356f, 1.943951f},
                                     .bn_weight = {-0.1003617f, -0.1981605f, -0.1498479f, 0},
                                     .bn_bias = {-0.1210642f, -0.1498919f, -0.1259464f, 0},
                                     .conv_first = {-0.1759183f, -0.008961388f, 0, 0},
                                     .fc_weight = {-0.9399939f, -0.4588729f, -0.02267849f, 0,
                                                   -0.727837f, -0.328505f, -0.01361737f, 0},
                                     .mean = {-0.7568025f, -0.9999232f, -0.7727645f, -0.1821625f},
                                     .var = {0.5410757f, 0.9493145f, 1.616549f, 2.228969f}};

static const struct expected train = {
    .loss = -0.71855676,
    .conv_norm = 0.29892170429229736,
    .logits = {0.6393935f, 1.250503f, 0.6124927f, 1.284058f, 0.6028384f, 1.305446f, 0.5900437f,
               1.334547f},
    .bn_weight = {0.009106909f, -0.04917573f, -0.01272553f, 0.1579049f},
    .bn_bias = {-0.1441392f, -0.05263075f, -0.02359792f, 0.09526035f},
    .conv_first = {-0.09127267f, 0.0105585f, 0.002088571f, -0.01630884f},
    .fc_weight = {-0.300543f, -0.0809726f, -0.02876697f, 0.002226328f, -0.1556971f, -0.0130847f,
                  -0.05316574f, -0.002960671f},
    .mean = {-0.681744f, -0.8997318f, -0.6944686f, -0.162109f},
    .var = {0.561458f, 0.9323238f, 1.536614f, 2.091859f}};

static void values(float *out, int n, double scale, double offset, int phase)
{
    for (int i = 0; i < n; i++)
        out[i] = (float)offset + (float)scale * (float)sin(0.7 * i + phase);
}

static float *tensor(struct network *n, const char *name)
{
    int i = params_find(&n->params, name);
    return n->params.values + n->params.list[i].offset;
}

static struct network *make(struct status *st)
{
    struct network *n = calloc(1, sizeof *n);
    struct conv c = {.name = "conv",
                     .norm = "bn",
                     .eps = 1e-3f,
                     .channels = 4,
                     .size = 3,
                     .stride = 2,
                     .groups = 1,
                     .pad = 1,
                     .act = ACT_RELU};
    if (!n || !(n->graph = graph_new(3, st)))
        return n;
    int x = graph_mean(n->graph, graph_conv(n->graph, &n->params, 0, &c, st), st);
    if (graph_linear(n->graph, &n->params, x, "fc", CLASSES, st) < 0 ||
        params_allocate(&n->params, st) != 0)
        return n;
    n->classes = CLASSES;
    n->features = 4;
    values(tensor(n, "conv.weight"), 108, 1, 0, 1);
    values(tensor(n, "bn.weight"), 4, 0.5, 1, 2);
    values(tensor(n, "bn.bias"), 4, 1, 0, 3);
    values(tensor(n, "bn.running_mean"), 4, 1, 0, 4);
    values(tensor(n, "bn.running_var"), 4, 1, 1.5, 5);
    values(tensor(n, "fc.weight"), 8, 1, 0, 6);
    values(tensor(n, "fc.bias"), 2, 1, 0, 7);
    return n;
}

static double pull_logits(void *arg, int first, int n, const float *logits, float *dlogits)
{
    float pull[PICTURES * CLASSES];
    double sum = 0;
    values(pull, PICTURES * CLASSES, 1, 0, 9);
    memcpy((float *)arg + first * CLASSES, logits, (size_t)(n * CLASSES) * sizeof *logits);
    for (int i = 0; i < n * CLASSES; i++) {
        dlogits[i] = pull[first * CLASSES + i];
        sum += (double)logits[i] * dlogits[i];
    }
    return sum;
}

static void same(const float *got, const float *want, int n, int step, const char *what)
{
    for (int i = 0; i < n; i++)
        if (!(fabs((double)got[i * step] - want[i]) <= 2e-6 + 5e-6 * fabs(want[i])))
            test_fail(__FILE__, __LINE__, "%s[%d] is %.8g, not %.8g", what, i, got[i * step],
                      want[i]);
}

static void compare(enum engine_norm norm, const struct expected *want, const char *cpu)
{
    struct status st = {0};
    setenv("TEND_CPU", cpu, 1);
    struct network *n = make(&st);
    struct pool *pool = pool_new(1, 0, &st); /* one thread: all pictures share their statistics */
    struct engine *e =
        n && pool ? engine_new(n, pool, HEIGHT, WIDTH, ENGINE_TRAIN, PICTURES, &st) : NULL;
    unsetenv("TEND_CPU");
    if (!CHECK(e != NULL))
        return;
    float x[PICTURES * HEIGHT * WIDTH * 3], logits[PICTURES * CLASSES];
    float *g = calloc(n->params.total, sizeof *g);
    const struct param *conv = &n->params.list[0];
    values(x, PICTURES * HEIGHT * WIDTH * 3, 1, 0, 8);
    double loss = engine_gradient(e, 0, norm, x, PICTURES, pull_logits, logits, g, NULL);
    CHECK_NEAR(loss, want->loss, 2e-6);
    same(logits, want->logits, PICTURES * CLASSES, 1, "logits");
    double sum = 0;
    for (size_t i = 0; i < conv->count; i++)
        sum += (double)g[conv->offset + i] * g[conv->offset + i];
    CHECK_NEAR(sqrt(sum), want->conv_norm, 2e-6);
    same(g + conv->offset, want->conv_first, 4, 27, "conv.weight");
    same(g + n->params.list[params_find(&n->params, "bn.weight")].offset, want->bn_weight, 4, 1,
         "bn.weight");
    same(g + n->params.list[params_find(&n->params, "bn.bias")].offset, want->bn_bias, 4, 1,
         "bn.bias");
    same(g + n->params.list[params_find(&n->params, "fc.weight")].offset, want->fc_weight, 8, 1,
         "fc.weight");
    same(tensor(n, "bn.running_mean"), want->mean, 4, 1, "bn.running_mean");
    same(tensor(n, "bn.running_var"), want->var, 4, 1, "bn.running_var");
    free(g);
    engine_free(e);
    pool_free(pool);
    network_free(n);
}

TEST(running_statistics)
{
    compare(NORM_RUNNING, &eval, "avx512");
    compare(NORM_RUNNING, &eval, "avx2");
    compare(NORM_RUNNING, &eval, "plain");
}

TEST(statistics_of_the_batch)
{
    compare(NORM_BATCH, &train, "avx512");
    compare(NORM_BATCH, &train, "avx2");
    compare(NORM_BATCH, &train, "plain");
}

int main(int argc, char **argv)
{
    return test_main(argc, argv);
}
