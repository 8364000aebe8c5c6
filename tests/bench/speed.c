/* Pictures a second of the engine alone, on random weights and pictures.
 *
 *     build/tests/bench/speed [-n NETWORK] [-s SIZE] [-t THREADS] [-b BATCH] [-r SECONDS]
 *                             [-c] [-l] [-f] [MODE...]
 *
 * MODE: forward1 (one picture at a time), forward (BATCH at a time), train (the gradient of BATCH,
 * full, running statistics), blocks (from the cut), batchnorm (batch statistics), step (train with
 * loss and update: what training costs). Each line: mode, pictures a second (the best of several
 * runs within SECONDS). -c counts the time of the CPU, summed over threads, instead of time passed:
 * for a busy machine, with -t 1. -l prints time, GFLOP/s and the share of the CPU's peak of every
 * layer instead, then sums by kind; -f of forward as inference does it, where memory is used
 * again. */
#include <dlfcn.h>
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
#include "nn/train.h"

struct bench {
    struct network *network;
    struct engine *engine;
    struct trainer *trainer;
    struct target *targets;
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

static void run_step(struct bench *b)
{
    struct status st = {0};
    if (trainer_step(b->trainer, b->x, b->targets, NULL, &st) != 0) {
        fprintf(stderr, "speed: %s\n", st.text);
        exit(1);
    }
}

static const struct mode {
    const char *name;
    void (*run)(struct bench *b);
    enum engine_mode engine;
} modes[] = {{"forward1", run_forward1, ENGINE_FORWARD}, {"forward", run_forward, ENGINE_FORWARD},
             {"train", run_train, ENGINE_TRAIN},         {"blocks", run_blocks, ENGINE_TRAIN},
             {"batchnorm", run_batchnorm, ENGINE_TRAIN}, {"step", run_step, ENGINE_TRAIN}};
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

/* ---- layers ---- */

/* GFLOP/s of one thread of OpenBLAS on large matrices; 0 where it is not installed. Whoever wants
 * the same bits everywhere holds it back to an older CPU's kernels: not here. */
static double sgemm_rate(void)
{
    enum { SIDE = 1152, ROUNDS = 8, ROW_MAJOR = 101, NO_TRANSPOSE = 111 };
    void (*gemm)(int, int, int, int, int, int, float, const float *, int, const float *, int, float,
                 float *, int);
    void (*set_threads)(int);
    unsetenv("OPENBLAS_CORETYPE");
    void *blas = dlopen("libopenblas.so.0", RTLD_NOW);
    float *m = calloc(3 * (size_t)SIDE * SIDE, sizeof *m);
    double best = 0;
    if (blas && m && (*(void **)&gemm = dlsym(blas, "cblas_sgemm")) &&
        (*(void **)&set_threads = dlsym(blas, "openblas_set_num_threads"))) {
        float *a = m, *b = a + SIDE * SIDE, *c = b + SIDE * SIDE;
        struct bench clock = {.clock = CLOCK_THREAD_CPUTIME_ID};
        for (int i = 0; i < 2 * SIDE * SIDE; i++)
            m[i] = (float)(i % 17) - 8;
        set_threads(1);
        for (int i = 0; i < ROUNDS; i++) {
            double start = now(&clock);
            gemm(ROW_MAJOR, NO_TRANSPOSE, NO_TRANSPOSE, SIDE, SIDE, SIDE, 1, a, SIDE, b, SIDE, 0, c,
                 SIDE);
            double rate = 2e-9 * SIDE * SIDE * SIDE / (now(&clock) - start);
            best = rate > best ? rate : best;
        }
    }
    free(m);
    return best; /* the library stays open: it has threads of its own */
}

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>
enum { CHAINS = 12 }; /* multiply-adds under way at a time: more than latency x units */

__attribute__((target("avx512f"))) static float adds_avx512(int rounds)
{
    __m512 sum[CHAINS], x = _mm512_set1_ps(1e-3f);
    for (int i = 0; i < CHAINS; i++)
        sum[i] = _mm512_set1_ps((float)i);
    for (int k = 0; k < rounds; k++)
#pragma GCC unroll 12
        for (int i = 0; i < CHAINS; i++)
            sum[i] = _mm512_fmadd_ps(sum[i], x, x);
    float all = 0;
    for (int i = 0; i < CHAINS; i++)
        all += _mm512_reduce_add_ps(sum[i]);
    return all;
}

__attribute__((target("avx2,fma"))) static float adds_avx2(int rounds)
{
    __m256 sum[CHAINS], x = _mm256_set1_ps(1e-3f);
    for (int i = 0; i < CHAINS; i++)
        sum[i] = _mm256_set1_ps((float)i);
    for (int k = 0; k < rounds; k++)
#pragma GCC unroll 12
        for (int i = 0; i < CHAINS; i++)
            sum[i] = _mm256_fmadd_ps(sum[i], x, x);
    float all = 0;
    for (int i = 0; i < CHAINS; i++)
        all += _mm_cvtss_f32(_mm256_castps256_ps128(sum[i]));
    return all;
}

/* GFLOP/s of one thread that does nothing but multiply and add in registers: no product of
 * matrices can be faster. */
static double peak_rate(void)
{
    enum { ROUNDS = 1 << 20 };
    int wide = __builtin_cpu_supports("avx512f"), lanes = wide ? 16 : 8;
    struct bench clock = {.clock = CLOCK_THREAD_CPUTIME_ID};
    double best = 0;
    volatile float sink;
    for (int i = 0; i < 20 && (wide || __builtin_cpu_supports("fma")); i++) {
        double start = now(&clock);
        sink = wide ? adds_avx512(ROUNDS) : adds_avx2(ROUNDS);
        double rate = 2e-9 * CHAINS * ROUNDS * lanes / (now(&clock) - start);
        best = rate > best ? rate : best;
    }
    (void)sink;
    return best;
}
#else
static double peak_rate(void)
{
    return 0;
}
#endif

enum kind { FIRST, POINTWISE, DEPTHWISE, WINDOW, GATE, CLASSIFIER, REST, KINDS };
static const char *const kind_names[] = {
    "picture's 3x3", "1x1", "depthwise", "3x3 and larger", "SE", "head", "rest"};

/* Gates are found from their product: back from its second input to the mean. */
static void find_kinds(const struct graph *g, const struct shape *shapes, enum kind *kinds)
{
    for (int i = 1; i < g->count; i++) {
        const struct node *n = &g->nodes[i];
        int convolves = n->op == &op_conv, spot = shapes[i].h * shapes[i].w == 1;
        kinds[i] = n->op == &op_linear || (convolves && spot) ? CLASSIFIER
                   : n->op == &op_depthwise                   ? DEPTHWISE
                   : !convolves                               ? REST
                   : n->size == 1                             ? POINTWISE
                   : n->inputs[0] == 0                        ? FIRST
                                                              : WINDOW;
        if (n->op != &op_scale)
            continue;
        kinds[i] = GATE;
        for (int k = n->inputs[1]; k > 0 && kinds[k] != GATE; k = g->nodes[k].inputs[0]) {
            kinds[k] = GATE;
            if (g->nodes[k].op == &op_mean)
                break;
        }
    }
}

struct cost { /* backward is twice the multiplications of forward */
    double macs, forward, backward;
};

static void print_cost(const char *name, const char *shape, struct cost c, double peak, double all)
{
    double rate = c.forward > 0 ? 2e-9 * c.macs / c.forward : 0;
    printf("%-24s %12s %8.2f | %8.1f %7.1f %4.0f%% %5.1f%%", name, shape, c.macs * 1e-6,
           c.forward * 1e6, rate, peak > 0 ? 100 * rate / peak : 0.0,
           all > 0 ? 100 * c.forward / all : 0.0);
    if (c.backward > 0) {
        rate = 4e-9 * c.macs / c.backward;
        printf(" | %8.1f %7.1f %4.0f%%", c.backward * 1e6, rate,
               peak > 0 ? 100 * rate / peak : 0.0);
    }
    putchar('\n');
}

static void print_header(const char *what, int training)
{
    printf("%-24s %12s %8s | %8s %7s %5s %6s", what, "output", "MMac", "fwd us", "GFLOP/s", "peak",
           "time");
    printf(training ? " | %8s %7s %5s\n" : "\n", "bwd us", "GFLOP/s", "peak");
}

static void print_layers(struct bench *b, int size)
{
    const struct graph *g = b->network->graph;
    int training = b->mode == ENGINE_TRAIN;
    double *times = calloc(2 * (size_t)g->count, sizeof *times), sgemm = sgemm_rate();
    double peak = peak_rate();
    struct shape *shapes = calloc((size_t)g->count, sizeof *shapes);
    enum kind *kinds = calloc((size_t)g->count, sizeof *kinds);
    struct cost sums[KINDS] = {{0}}, all = {0};
    graph_shapes(g, size, size, shapes, NULL);
    find_kinds(g, shapes, kinds);
    engine_time_nodes(b->engine, b->x, 50, times, times + g->count);
    for (int i = 1; i < g->count; i++)
        all.forward += times[i];
    print_header("layer", training);
    for (int i = 1; i < g->count; i++) {
        const struct node *n = &g->nodes[i];
        struct cost c = {.forward = times[i], .backward = training ? times[g->count + i] : 0};
        struct cost *sum = &sums[kinds[i]];
        char name[40], shape[40];
        c.macs = n->op->macs ? (double)n->op->macs(n, shapes[n->inputs[0]], shapes[i]) : 0;
        snprintf(name, sizeof name, "%.12s %d/%d%s", n->op->name, n->size, n->stride,
                 kinds[i] == GATE ? " SE" : "");
        snprintf(shape, sizeof shape, "%dx%dx%d", shapes[i].w, shapes[i].h, shapes[i].c);
        print_cost(name, shape, c, peak, all.forward);
        *sum =
            (struct cost){sum->macs + c.macs, sum->forward + c.forward, sum->backward + c.backward};
        all.macs += c.macs;
        all.backward += c.backward;
    }
    print_header("kind, one thread", training);
    for (int k = 0; k < KINDS; k++)
        if (sums[k].forward > 0)
            print_cost(kind_names[k], "", sums[k], peak, all.forward);
    print_cost("all", "", all, peak, all.forward);
    printf(
        "peak (multiply-adds in registers) %.1f GFLOP/s; OpenBLAS sgemm of large matrices %.1f\n",
        peak, sgemm);
    free(times);
    free(shapes);
    free(kinds);
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
    b->engine = b->network ? engine_new(b->network, pool, size, size, b->mode, b->batch, st) : NULL;
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

/* A trainer on the same network: it changes the weights, so it comes last. */
static int set_up_step(struct bench *b, int size, struct pool *pool, struct status *st)
{
    struct train_options o = train_defaults(DEPTH_FULL, 1000000);
    o.size = size;
    o.batch = b->batch;
    b->trainer = trainer_new(b->network, pool, &o, 1000000, st);
    b->targets = calloc((size_t)b->batch, sizeof *b->targets);
    if (b->trainer && !b->targets)
        status_out_of_memory(st);
    if (!b->trainer || !b->targets)
        return -1;
    for (int i = 0; i < b->batch; i++) {
        b->targets[i] = (struct target){.weight = 1, .levels = 1};
        b->targets[i].level[0].first = i * 7 % b->network->classes;
        b->targets[i].level[0].last = b->targets[i].level[0].first + 1;
        b->targets[i].level[0].weight = 1;
    }
    return 0;
}

/* The engine of another mode takes the place of the present one. */
static int change_engine(struct bench *b, enum engine_mode mode, int size, struct pool *pool,
                         struct status *st)
{
    if (b->mode == mode)
        return 0;
    b->mode = mode;
    engine_free(b->engine);
    b->engine = engine_new(b->network, pool, size, size, mode, b->batch, st);
    return b->engine ? 0 : -1;
}

static int run_modes(struct bench *b, int argc, char **argv, int size, double seconds,
                     struct pool *pool, struct status *st)
{
    for (int i = 0; i < MODES; i++) {
        if (!wanted(&modes[i], argc, argv))
            continue;
        if (change_engine(b, modes[i].engine, size, pool, st) != 0)
            return -1;
        if (modes[i].run == run_step && set_up_step(b, size, pool, st) != 0)
            return -1;
        printf("%s %.2f\n", modes[i].name, pictures_a_second(b, &modes[i], seconds));
        fflush(stdout);
    }
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
    int failed = 0;
    if (layers)
        print_layers(&b, size);
    else if ((failed = run_modes(&b, argc, argv, size, seconds, pool, &st)) != 0)
        fprintf(stderr, "speed: %s\n", st.text);
    free(b.x);
    free(b.y);
    free(b.gradients);
    free(b.targets);
    trainer_free(b.trainer);
    engine_free(b.engine);
    network_free(b.network);
    pool_free(pool);
    return failed ? 1 : 0;
}
