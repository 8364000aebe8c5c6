#include "nn/train.h"

#include "data/rng.h"
#include "data/status.h"
#include "nn/pool.h"
#include "tests/check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A thin MobileNetV2 over pictures of 32 x 32: small enough for a test, every op of the real one.
 */
enum { SIDE = 32, FLOATS = SIDE * SIDE * 3, SAMPLES = 16, CLASSES = 4 };

struct task {
    float x[SAMPLES][FLOATS];
    struct target targets[SAMPLES];
};

/* Class k is a colour over noise: learnt by any network that works. */
static struct task *make_task(void)
{
    struct task *task = calloc(1, sizeof *task);
    struct rng r;
    rng_seed(&r, 7, 0);
    for (int i = 0; i < SAMPLES; i++) {
        int k = i % CLASSES;
        for (int j = 0; j < FLOATS; j++)
            task->x[i][j] = rng_normal(&r) * 0.5f + (j % 3 == k ? 1.0f : -0.3f);
        struct target *t = &task->targets[i];
        *t = (struct target){.weight = 1, .levels = 2};
        t->level[0].first = k / 2 * 2, t->level[0].last = k / 2 * 2 + 2, t->level[0].weight = 0.5f;
        t->level[1].first = k, t->level[1].last = k + 1, t->level[1].weight = 0.5f;
    }
    return task;
}

static struct network *make_network(void)
{
    struct status st = {0};
    struct network *n = network_from_scratch("mobilenetv2_010", CLASSES, SIDE, 3, &st);
    if (!n || network_set_classes(n, CLASSES, NULL, &st) != 0) /* starts from even chances */
        test_fail(__FILE__, __LINE__, "%s", st.text);
    return n;
}

static struct pool *make_pool(int threads)
{
    return pool_new(threads, 0, NULL);
}

static struct train_options options(int epochs)
{
    struct train_options o = train_defaults(DEPTH_FULL, SAMPLES);
    o.size = SIDE;
    o.epochs = epochs;
    o.batch = 8;
    o.rate = 0.05f;
    o.norm = NORM_BATCH;
    o.clip = 5;
    o.rate = 0.02f;
    return o;
}

/* Runs up to `steps` steps; the loss of the last, or -1 after an error. */
static double run(struct trainer *t, const struct task *task, int steps, struct status *st)
{
    static float x[SAMPLES][FLOATS];
    struct target targets[SAMPLES];
    int which[SAMPLES], n;
    double loss = -1;
    while (steps-- > 0 && (n = trainer_next(t, which)) > 0) {
        for (int i = 0; i < n; i++) {
            memcpy(x[i], task->x[which[i]], sizeof x[i]);
            targets[i] = task->targets[which[i]];
        }
        if (trainer_step(t, x[0], targets, &loss, st) != 0)
            return -1;
    }
    return loss;
}

static int right(struct engine *e, const struct task *task)
{
    float logits[SAMPLES][CLASSES];
    int count = 0;
    engine_forward(e, task->x[0], SAMPLES, NULL, logits[0]);
    for (int i = 0; i < SAMPLES; i++) {
        int best = 0;
        for (int k = 1; k < CLASSES; k++)
            best = logits[i][k] > logits[i][best] ? k : best;
        count += best == i % CLASSES;
    }
    return count;
}

TEST(a_network_from_nothing_learns_a_handful_by_heart)
{
    struct task *task = make_task();
    struct network *n = make_network();
    struct pool *pool = make_pool(1);
    struct train_options o = options(80);
    struct status st = {0};
    o.batch =
        SAMPLES; /* statistics of fewer are too noisy for a picture that ends as one position */
    struct trainer *t = trainer_new(n, pool, &o, SAMPLES, &st);
    if (CHECK(t)) {
        double first = run(t, task, 1, &st), last = run(t, task, 1000, &st);
        CHECK(first > 0.5);
        CHECK(last >= 0 && last < 0.1);
        CHECK_INT(trainer_done(t), 80);
        CHECK_INT(trainer_total(t), 80);
        /* With its running statistics, which trail those of the last batches: rounding decides
         * about one. */
        CHECK(right(trainer_engine(t), task) >= SAMPLES - 2);
    }
    trainer_free(t);
    pool_free(pool);
    network_free(n);
    free(task);
}

/* Trains and returns the network. */
static struct network *trained(const struct task *task, uint64_t seed, int threads)
{
    struct network *n = make_network();
    struct pool *pool = make_pool(threads);
    struct train_options o = options(3);
    struct status st = {0};
    o.seed = seed;
    struct trainer *t = trainer_new(n, pool, &o, SAMPLES, &st);
    CHECK(t && run(t, task, 100, &st) >= 0);
    trainer_free(t);
    pool_free(pool);
    return n;
}

static int same_values(const struct network *a, const struct network *b)
{
    return a->params.total == b->params.total &&
           memcmp(a->params.values, b->params.values, a->params.total * sizeof(float)) == 0;
}

TEST(the_same_seed_gives_the_same_bits)
{
    struct task *task = make_task();
    struct network *a = trained(task, 1, 2), *b = trained(task, 1, 2), *c = trained(task, 2, 2);
    CHECK(same_values(a, b));
    CHECK(!same_values(a, c));
    network_free(a);
    network_free(b);
    network_free(c);
    free(task);
}

TEST(stopped_and_resumed_gives_the_same_bits)
{
    struct task *task = make_task();
    struct network *whole = trained(task, 1, 2), *n = make_network();
    struct pool *pool = make_pool(2);
    struct train_options o = options(3);
    struct status st = {0};
    struct trainer *t = trainer_new(n, pool, &o, SAMPLES, &st);
    if (!CHECK(t) || !CHECK(run(t, task, 3, &st) >= 0))
        return;
    CHECK_INT(trainer_epoch(t), 1);
    size_t bytes = n->params.total * sizeof(float);
    float *momentum = malloc(bytes);
    memcpy(momentum, trainer_memory(t), bytes);
    trainer_free(t);

    struct network *later = network_copy(n, &st);
    t = trainer_new(later, pool, &o, SAMPLES, &st);
    CHECK_INT(trainer_resume(t, 3, momentum, &st), 0);
    CHECK(run(t, task, 100, &st) >= 0);
    CHECK(same_values(whole, later));
    CHECK_INT(trainer_resume(t, 7, momentum, &st), -1);
    CHECK_CONTAINS(st.text, "step 7 of 6");
    trainer_free(t);
    free(momentum);
    pool_free(pool);
    network_free(later);
    network_free(n);
    network_free(whole);
    free(task);
}

TEST(an_epoch_shows_every_sample_once)
{
    struct task *task = make_task();
    struct network *n = make_network();
    struct pool *pool = make_pool(1);
    struct train_options o = options(2);
    struct status st = {0};
    o.batch = 6; /* 6, 6, 4 */
    struct trainer *t = trainer_new(n, pool, &o, SAMPLES, &st);
    if (!CHECK(t))
        return;
    CHECK_INT(trainer_total(t), 6);
    int order[2][SAMPLES], seen[SAMPLES] = {0};
    for (int epoch = 0; epoch < 2; epoch++) {
        for (int at = 0; at < SAMPLES;) {
            int again[SAMPLES], count = trainer_next(t, order[epoch] + at);
            CHECK_INT(trainer_epoch(t), epoch);
            CHECK_INT(trainer_next(t, again), count);
            CHECK(memcmp(again, order[epoch] + at, (size_t)count * sizeof *again) == 0);
            if (!CHECK(count > 0) || !CHECK(run(t, task, 1, &st) >= 0))
                return;
            at += count;
        }
        for (int i = 0; i < SAMPLES; i++)
            seen[order[epoch][i]]++;
    }
    for (int i = 0; i < SAMPLES; i++)
        CHECK_INT(seen[i], 2);
    CHECK(memcmp(order[0], order[1], sizeof order[0]) != 0);
    CHECK_INT(trainer_next(t, order[0]), 0);
    trainer_free(t);
    pool_free(pool);
    network_free(n);
    free(task);
}

/* A picture that holds NaN, then weights that leave the range of float: told, and nothing is
 * changed. */
static void check_failure(enum engine_norm norm, float poison, float rate, float decay)
{
    struct task *task = make_task();
    struct network *n = make_network(), *before = network_copy(n, NULL);
    struct pool *pool = make_pool(2);
    struct train_options o = options(2);
    struct status st = {0};
    o.norm = norm;
    o.rate = rate;
    o.decay = decay;
    task->x[0][5] = poison;
    o.batch = SAMPLES;
    struct trainer *t = trainer_new(n, pool, &o, SAMPLES, &st);
    if (CHECK(t)) {
        CHECK(run(t, task, 1, &st) == -1);
        CHECK_INT(st.code, STATUS_INVALID);
        CHECK_CONTAINS(st.text, "step 1");
        CHECK(same_values(n, before));
        CHECK_INT(trainer_done(t), 0);
        float logits[CLASSES];
        engine_forward(trainer_engine(t), task->x[1], 1, NULL, logits);
        CHECK(isfinite(logits[0]));
    }
    trainer_free(t);
    pool_free(pool);
    network_free(before);
    network_free(n);
    free(task);
}

TEST(a_loss_that_is_no_number_leaves_the_weights)
{
    check_failure(NORM_BATCH, NAN, 0.1f, 0);
    check_failure(NORM_RUNNING, NAN, 0.1f, 0);
    check_failure(NORM_BATCH, 0, 1e38f, 1e4f);
}

static int changed(const struct network *a, const struct network *b, int i)
{
    const struct param *p = &a->params.list[i];
    return memcmp(a->params.values + p->offset, b->params.values + p->offset,
                  p->count * sizeof(float)) != 0;
}

/* Kept activations at the cut, as the program uses them. */
static void check_depth(enum depth depth, int least, int most)
{
    struct task *task = make_task();
    struct network *n = make_network(), *before = network_copy(n, NULL);
    struct pool *pool = make_pool(2);
    struct train_options o = options(30);
    struct status st = {0};
    o.depth = depth;
    o.norm = NORM_RUNNING;
    o.rate = 0.02f;
    struct trainer *t = trainer_new(n, pool, &o, SAMPLES, &st);
    if (!CHECK(t))
        return;
    size_t floats = network_cut_floats(n, trainer_cut(t), SIDE, SIDE);
    float *kept = malloc(SAMPLES * floats * sizeof *kept), *x = malloc(8 * floats * sizeof *x);
    engine_forward_to(trainer_engine(t), trainer_cut(t), task->x[0], SAMPLES, kept);
    struct target targets[8];
    int which[8], count;
    double loss = 0, first = -1;
    while ((count = trainer_next(t, which)) > 0) {
        for (int i = 0; i < count; i++) {
            memcpy(x + (size_t)i * floats, kept + (size_t)which[i] * floats, floats * sizeof *x);
            targets[i] = task->targets[which[i]];
        }
        if (!CHECK_INT(trainer_step(t, x, targets, &loss, &st), 0))
            break;
        first = first < 0 ? loss : first;
    }
    CHECK(loss < 0.8 * first);
    int tensors = 0;
    for (int i = 0; i < n->params.count; i++) {
        tensors += changed(n, before, i);
        if (changed(n, before, i))
            CHECK(params_is_trained(n->params.list[i].kind));
    }
    CHECK(tensors >= least);
    CHECK(tensors <= most);
    CHECK(!changed(n, before, 0));
    CHECK(changed(n, before, n->params.count - 1) && changed(n, before, n->params.count - 2));
    free(kept);
    free(x);
    trainer_free(t);
    pool_free(pool);
    network_free(before);
    network_free(n);
    free(task);
}

TEST(only_what_lies_after_the_cut_is_trained)
{
    check_depth(DEPTH_HEAD, 2, 2);
    check_depth(DEPTH_BLOCKS, 4, 120);
}

TEST(a_short_batch_without_statistics_is_dropped)
{
    struct network *n = make_network();
    struct pool *pool = make_pool(2);
    struct train_options o = options(1);
    struct status st = {0};
    o.batch = 10; /* 10, then 6: too few for 4 on each of 2 threads */
    struct trainer *t = trainer_new(n, pool, &o, SAMPLES, &st);
    CHECK(t && trainer_total(t) == 1);
    trainer_free(t);
    o.norm = NORM_RUNNING;
    t = trainer_new(n, pool, &o, SAMPLES, &st);
    CHECK(t && trainer_total(t) == 2);
    trainer_free(t);
    pool_free(pool);
    network_free(n);
}

TEST(options_that_make_no_sense_are_refused)
{
    struct network *n = make_network();
    struct pool *pool = make_pool(2);
    for (int i = 0; i < 6; i++) {
        struct train_options o = options(1);
        struct status st = {0};
        int samples = i == 0 ? 0 : i == 1 ? 5 : SAMPLES;
        o.batch = i == 2 ? 0 : 8;
        o.epochs = i == 3 ? 0 : 1;
        o.rate = i == 4 ? NAN : i == 5 ? -1 : 0.1f;
        CHECK(!trainer_new(n, pool, &o, samples, &st));
        CHECK_INT(st.code, STATUS_INVALID);
    }
    pool_free(pool);
    network_free(n);
}

TEST(defaults_are_valid_for_any_number_of_samples)
{
    for (int depth = DEPTH_HEAD; depth <= DEPTH_FULL; depth++)
        for (int samples = 1; samples < 2000000; samples = samples * 7 + 1) {
            struct train_options o = train_defaults((enum depth)depth, samples);
            CHECK(o.epochs > 0 && o.batch > 0 && o.rate > 0 && o.size > 0 && o.head_rate > 0);
            CHECK(o.momentum < 1 && o.warmup < 1 && o.norm == NORM_RUNNING);
        }
}

int main(int argc, char **argv)
{
    return test_main(argc, argv);
}
