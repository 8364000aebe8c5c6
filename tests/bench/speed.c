/* Pictures a second of the engine alone, on random weights and pictures.
 *
 *     build/tests/bench/speed [-n NETWORK] [-s SIZE] [-t THREADS] [-b BATCH] [-r SECONDS]
 *                             [-c] [-l] [-f] [MODE...]
 *
 * MODE: forward1 (one picture at a time), forward (BATCH at a time), train (a full gradient step
 * of BATCH, running statistics), blocks (from the cut), batchnorm (batch statistics). Each line:
 * mode, pictures a second (the best of several runs within SECONDS). -c counts the time of the
 * CPU, summed over threads, instead of time passed: for a busy machine, with -t 1. -l prints
 * time and GFLOP/s of every layer instead; -f of forward as inference does it, where memory is
 * used again. */
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "data/rng.h"
#include "data/status.h"
#include "nn/engine.h"
#include "nn/graph.h"
#include "nn/network.h"
#include "nn/ops/ops.h"
#include "nn/pool.h"

struct bench {
    struct network *network;
    struct engine *engine;
    int cut, batch;
    clockid_t clock;
    enum engine_mode mode;
    float *x, *y, *gradients;
};

static double now(const struct bench *b)
{
    struct timespec t;
    clock_gettime(b->clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static double loss(void *arg, int first, int n, const float *logits, float *dlogits)
{
    const struct bench *b = arg;
    double sum = 0;
    (void)first;
    for (int i = 0; i < n * b->network->classes; i++) {
        dlogits[i] = logits[i] * 1e-3f;
        sum += dlogits[i];
    }
    return sum;
}

static void run_forward1(struct bench *b)
{
    for (int i = 0; i < b->batch; i++)
        engine_forward(b->engine, b->x, 1, NULL, b->y);
}

static void run_forward(struct bench *b)
{
    engine_forward(b->engine, b->x, b->batch, NULL, b->y);
}

static void run_train(struct bench *b)
{
    engine_refresh(b->engine); /* as after every step of an optimiser */
    engine_gradient(b->engine, 0, NORM_RUNNING, b->x, b->batch, loss, b, b->gradients, NULL);
}

static void run_blocks(struct bench *b)
{
    engine_refresh(b->engine);
    engine_gradient(b->engine, b->cut, NORM_RUNNING, b->x, b->batch, loss, b, b->gradients, NULL);
}

static void run_batchnorm(struct bench *b)
{
    engine_gradient(b->engine, 0, NORM_BATCH, b->x, b->batch, loss, b, b->gradients, NULL);
}

static const struct mode {
    const char *name;
    void (*run)(struct bench *b);
} modes[] = {{"forward1", run_forward1},
             {"forward", run_forward},
             {"train", run_train},
             {"blocks", run_blocks},
             {"batchnorm", run_batchnorm}};
enum { MODES = sizeof modes / sizeof *modes };

static double pictures_a_second(struct bench *b, const struct mode *m, double seconds)
{
    double best = 0, end = now(b) + seconds;
    m->run(b);
    do {
        double start = now(b);
        m->run(b);
        double rate = b->batch / (now(b) - start);
        best = rate > best ? rate : best;
    } while (now(b) < end);
    return best;
}

static void print_layers(struct bench *b, int size)
{
    const struct graph *g = b->network->graph;
    double *times = calloc(2 * (size_t)g->count, sizeof *times), sums[3] = {0};
    struct shape *shapes = calloc((size_t)g->count, sizeof *shapes);
    graph_shapes(g, size, size, shapes, NULL);
    engine_time_nodes(b->engine, b->x, 20, times, times + g->count);
    printf("%-22s %12s %8s | %8s %8s | %8s %8s\n", "layer", "output", "MMac", "fwd us", "GFLOP/s",
           "bwd us", "GFLOP/s");
    for (int i = 1; i < g->count; i++) {
        const struct node *n = &g->nodes[i];
        double macs = n->op->macs ? (double)n->op->macs(n, shapes[n->inputs[0]], shapes[i]) : 0;
        double forward = times[i], backward = times[g->count + i];
        char kind[40], shape[40];
        snprintf(kind, sizeof kind, "%.12s %d/%d", n->op->name, n->size, n->stride);
        snprintf(shape, sizeof shape, "%dx%dx%d", shapes[i].w, shapes[i].h, shapes[i].c);
        printf("%-22s %12s %8.2f | %8.1f %8.1f | %8.1f %8.1f\n", kind, shape, macs * 1e-6,
               forward * 1e6, 2e-9 * macs / forward, backward * 1e6, 4e-9 * macs / backward);
        sums[0] += macs;
        sums[1] += forward;
        sums[2] += b->mode == ENGINE_TRAIN ? backward : 0;
    }
    printf("%-22s %12s %8.2f | %8.1f %8.1f | %8.1f %8.1f\n", "all, one thread", "", sums[0] * 1e-6,
           sums[1] * 1e6, 2e-9 * sums[0] / sums[1], sums[2] * 1e6, 4e-9 * sums[0] / sums[2]);
    free(times);
    free(shapes);
}

static int wanted(const struct mode *m, int argc, char **argv)
{
    for (int i = optind; i < argc; i++)
        if (strcmp(argv[i], m->name) == 0)
            return 1;
    return optind >= argc;
}

static int set_up(struct bench *b, const char *name, int size, struct pool *pool, struct status *st)
{
    struct rng r;
    size_t floats = (size_t)b->batch * (size_t)size * (size_t)size * 3;
    b->network = network_from_scratch(name, 1000, size, 1, st);
    b->engine =
        b->network ? engine_new(b->network, pool, size, size, b->mode, b->batch, st) : NULL;
    if (!b->engine)
        return -1;
    b->cut = network_cut(b->network, DEPTH_BLOCKS);
    b->x = calloc(floats, sizeof *b->x);
    b->y = calloc((size_t)b->batch * (size_t)b->network->classes, sizeof *b->y);
    b->gradients = calloc(b->network->params.total, sizeof *b->gradients);
    if (!b->x || !b->y || !b->gradients)
        return status_out_of_memory(st);
    rng_seed(&r, 1, 0);
    for (size_t i = 0; i < floats; i++)
        b->x[i] = 2 * rng_uniform(&r) - 1;
    return 0;
}

int main(int argc, char **argv)
{
    struct status st = {0};
    struct bench b = {.batch = 16, .clock = CLOCK_MONOTONIC, .mode = ENGINE_TRAIN};
    const char *name = "mobilenetv2_100";
    int size = 224, threads = 2, layers = 0, option;
    double seconds = 2;
    while ((option = getopt(argc, argv, "n:s:t:b:r:lfc")) != -1) {
        if (option == 'n')
            name = optarg;
        else if (option == 's')
            size = atoi(optarg);
        else if (option == 't')
            threads = atoi(optarg);
        else if (option == 'b')
            b.batch = atoi(optarg);
        else if (option == 'r')
            seconds = atof(optarg);
        else if (option == 'l')
            layers = 1;
        else if (option == 'f')
            b.mode = ENGINE_FORWARD;
        else if (option == 'c')
            b.clock = CLOCK_PROCESS_CPUTIME_ID;
        else
            return 2;
    }
    struct pool *pool = b.batch > 0 ? pool_new(threads, 0, &st) : NULL;
    if (!pool || set_up(&b, name, size, pool, &st) != 0) {
        fprintf(stderr, "speed: %s\n", st.text);
        return 1;
    }
    layers |= b.mode == ENGINE_FORWARD;
    if (layers)
        print_layers(&b, size);
    for (int i = 0; i < MODES && !layers; i++)
        if (wanted(&modes[i], argc, argv))
            printf("%s %.2f\n", modes[i].name, pictures_a_second(&b, &modes[i], seconds));
    free(b.x);
    free(b.y);
    free(b.gradients);
    engine_free(b.engine);
    network_free(b.network);
    pool_free(pool);
    return 0;
}
