/* The engine as a whole: the same whatever the threads, the batch, the cut. */
#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "data/rng.h"
#include "data/status.h"
#include "nn/engine.h"
#include "nn/graph.h"
#include "nn/network.h"
#include "nn/pool.h"
#include "nn/weights/weights.h"
#include "tests/check.h"

enum { SIZE = 48, PICTURES = 11, CLASSES = 6, FLOATS = SIZE * SIZE * 3 };

struct setting {
    struct network *network;
    struct pool *pool;
    struct engine *engine;
    float *x, *gradients, *more, *y;
};

static int start(struct setting *s, const char *name, int threads, int batch)
{
    struct status st = {0};
    struct rng r;
    *s = (struct setting){0};
    s->network = network_from_scratch(name, CLASSES, SIZE, 5, &st);
    s->pool = pool_new(threads, 0, &st);
    if (s->network && s->pool) {
        /* Running statistics that differ, so that they matter. */
        for (int i = 0; i < s->network->params.count; i++) {
            const struct param *p = &s->network->params.list[i];
            rng_seed(&r, 9, (uint64_t)i);
            for (size_t k = 0; k < p->count && p->kind >= PARAM_BN_WEIGHT; k++)
                s->network->params.values[p->offset + k] += 0.3f * rng_uniform(&r);
        }
        s->engine = engine_new(s->network, s->pool, SIZE, SIZE, ENGINE_TRAIN, batch, &st);
    }
    if (!s->engine) {
        test_fail(__FILE__, __LINE__, "%s", st.text);
        return 0;
    }
    s->x = calloc(PICTURES * FLOATS, sizeof(float));
    s->y = calloc(PICTURES * FLOATS, sizeof(float));
    s->gradients = calloc(s->network->params.total, sizeof(float));
    s->more = calloc(s->network->params.total, sizeof(float));
    rng_seed(&r, 1, 1);
    for (int i = 0; i < PICTURES * FLOATS; i++)
        s->x[i] = 2 * rng_uniform(&r) - 1;
    return CHECK(s->x && s->y && s->gradients && s->more);
}

static void end(struct setting *s)
{
    engine_free(s->engine);
    network_free(s->network);
    pool_free(s->pool);
    free(s->x);
    free(s->y);
    free(s->gradients);
    free(s->more);
}

/* Each sample pulls its logits by an amount of its own, so a mixed-up order shows. */
static double loss(void *arg, int first, int n, const float *logits, float *dlogits)
{
    double sum = 0;
    (void)arg;
    for (int i = 0; i < n * CLASSES; i++) {
        dlogits[i] = 0.1f * (float)(first + i / CLASSES + 1) * (float)(1 + i % CLASSES % 2);
        sum += logits[i] * dlogits[i];
    }
    return sum;
}

static double largest_difference(const float *a, const float *b, size_t n)
{
    double largest = 0, scale = 1e-12;
    for (size_t i = 0; i < n; i++) {
        scale = fmax(scale, fabs(a[i]));
        largest = fmax(largest, fabs((double)a[i] - b[i]));
    }
    return largest / scale;
}

TEST(pictures_do_not_depend_on_their_company)
{
    float all[PICTURES][CLASSES], features[PICTURES][1280], one[CLASSES], feature[1280];
    for (int threads = 1; threads <= 3; threads++) {
        struct setting s;
        if (start(&s, "mobilenetv2_035", threads, 4)) {
            engine_forward(s.engine, s.x, PICTURES, features[0], all[0]);
            for (int i = 0; i < PICTURES; i++) {
                engine_forward(s.engine, s.x + (size_t)i * FLOATS, 1, feature, one);
                CHECK(memcmp(one, all[i], sizeof one) == 0);
                CHECK(memcmp(feature, features[i], sizeof feature) == 0);
            }
            engine_forward(s.engine, s.x, 1, feature, NULL);
            CHECK(memcmp(feature, features[0], sizeof feature) == 0);
            engine_forward(s.engine, s.x, 0, NULL, one);
        }
        end(&s);
    }
}

struct album {
    const float *x;
    atomic_int calls[PICTURES], all;
    int stop_at; /* calls */
};

static int show(void *arg, int i, float *x)
{
    struct album *a = arg;
    atomic_fetch_add(&a->calls[i], 1);
    memcpy(x, a->x + (size_t)i * FLOATS, FLOATS * sizeof *x);
    return atomic_fetch_add(&a->all, 1) + 1 == a->stop_at ? 7 : 0;
}

TEST(pictures_loaded_in_turn_are_the_same_pictures)
{
    for (int threads = 1; threads <= 3; threads++)
        for (int batch = 1; batch <= 8; batch += 7) {
            float plain[PICTURES][CLASSES], loaded[PICTURES][CLASSES];
            float features[PICTURES][1280], same[PICTURES][1280];
            struct setting s;
            if (start(&s, "mobilenetv2_035", threads, batch)) {
                struct album a = {.x = s.x};
                engine_forward(s.engine, s.x, PICTURES, features[0], plain[0]);
                CHECK_INT(engine_forward_loaded(s.engine, show, &a, PICTURES, same[0], loaded[0]),
                          0);
                CHECK(memcmp(plain, loaded, sizeof plain) == 0);
                CHECK(memcmp(features, same, sizeof features) == 0);
                for (int i = 0; i < PICTURES; i++)
                    CHECK_INT(atomic_load(&a.calls[i]), 1);
                CHECK_INT(engine_forward_loaded(s.engine, show, &a, 0, NULL, loaded[0]), 0);
                CHECK_INT(atomic_load(&a.all), PICTURES);
            }
            end(&s);
        }
}

TEST(loading_stops_when_told_to)
{
    struct setting s;
    float logits[PICTURES][CLASSES];
    if (start(&s, "mobilenetv2_035", 2, 1)) {
        struct album a = {.x = s.x, .stop_at = 3};
        CHECK_INT(engine_forward_loaded(s.engine, show, &a, PICTURES, NULL, logits[0]), 7);
        CHECK(atomic_load(&a.all) < PICTURES);
    }
    end(&s);
}

/* Between them they have every op. */
static const char *const all_ops[] = {"mobilenetv2_035", "hgnetv2_b0", "regnety_002",
                                      "shufflenet_v2_x0_5", "mobilenetv3_small_050"};
enum { ALL_OPS = sizeof all_ops / sizeof *all_ops };

static void in_two_parts(const char *name)
{
    struct setting s;
    float whole[PICTURES][CLASSES], parts[PICTURES][CLASSES];
    if (start(&s, name, 2, 4)) {
        engine_forward(s.engine, s.x, PICTURES, NULL, whole[0]);
        for (int d = DEPTH_HEAD; d <= DEPTH_FULL; d++) {
            int cut = network_cut(s.network, (enum depth)d);
            engine_forward_to(s.engine, cut, s.x, PICTURES, s.y);
            engine_forward_from(s.engine, cut, s.y, PICTURES, NULL, parts[0]);
            CHECK(memcmp(whole, parts, sizeof whole) == 0);
        }
    }
    end(&s);
}

TEST(in_two_parts)
{
    for (int i = 0; i < ALL_OPS; i++)
        in_two_parts(all_ops[i]);
}

/* Large enough that only the tail of the network is computed for several pictures at once. */
static void alone_and_together(const char *name, int threads)
{
    enum { LARGE = 160, MANY = 10, EACH = LARGE * LARGE * 3 };
    struct setting s;
    struct status st = {0};
    struct rng r;
    float *x = calloc(MANY * EACH, sizeof *x), all[MANY][CLASSES], part[MANY][CLASSES];
    rng_seed(&r, 1, 1);
    for (int i = 0; x && i < MANY * EACH; i++)
        x[i] = 2 * rng_uniform(&r) - 1;
    if (start(&s, name, threads, 1)) {
        struct engine *e = engine_new(s.network, s.pool, LARGE, LARGE, ENGINE_FORWARD, MANY, &st);
        int cut = network_cut(s.network, DEPTH_BLOCKS);
        size_t floats = network_cut_floats(s.network, cut, LARGE, LARGE);
        float *y = calloc(MANY * floats, sizeof *y);
        if (CHECK(e && x && y)) {
            engine_forward(e, x, MANY, NULL, all[0]);
            for (int i = 0; i < MANY; i++)
                engine_forward(e, x + (size_t)i * EACH, 1, NULL, part[i]);
            CHECK(memcmp(all, part, sizeof all) == 0);
            CHECK(memcmp(all[0], all[1], sizeof all[0]) != 0);
            engine_forward_to(e, cut, x, MANY, y);
            engine_forward_from(e, cut, y, MANY, NULL, part[0]);
            CHECK(memcmp(all, part, sizeof all) == 0);
        }
        free(y);
        engine_free(e);
    }
    end(&s);
    free(x);
}

TEST(large_pictures_do_not_depend_on_their_company)
{
    for (int i = 0; i < ALL_OPS; i++)
        for (int threads = 1; threads <= 2; threads++)
            alone_and_together(all_ops[i], threads);
}

/* Inference computes large activations in strips that training has whole. */
TEST(inference_agrees_with_training)
{
    enum { LARGE = 144 };
    float *x = calloc(LARGE * LARGE * 3, sizeof *x), a[CLASSES], b[CLASSES];
    struct rng r;
    rng_seed(&r, 1, 1);
    for (int i = 0; x && i < LARGE * LARGE * 3; i++)
        x[i] = 2 * rng_uniform(&r) - 1;
    for (int i = 0; i < ALL_OPS; i++) {
        struct setting s;
        struct status st = {0};
        if (start(&s, all_ops[i], 1, 1)) {
            struct engine *train =
                engine_new(s.network, s.pool, LARGE, LARGE, ENGINE_TRAIN, 1, &st);
            struct engine *forward =
                engine_new(s.network, s.pool, LARGE, LARGE, ENGINE_FORWARD, 1, &st);
            if (CHECK(train && forward && x)) {
                engine_forward(train, x, 1, NULL, a);
                engine_forward(forward, x, 1, NULL, b);
                CHECK(largest_difference(a, b, CLASSES) < 1e-5);
            }
            engine_free(train);
            engine_free(forward);
        }
        end(&s);
    }
    free(x);
}

/* An odd size, so that rows and positions do not divide evenly; large enough for strips. */
static void one_picture_by_all(const char *name)
{
    enum { TALL = 131, WIDE = 157, COUNT = 5 };
    struct status st = {0};
    struct network *n = network_from_scratch(name, CLASSES, TALL, 5, &st);
    float *x = calloc(COUNT * TALL * WIDE * 3, sizeof *x), y[4][COUNT][CLASSES];
    struct rng r;
    rng_seed(&r, 1, 1);
    for (int i = 0; x && i < COUNT * TALL * WIDE * 3; i++)
        x[i] = 2 * rng_uniform(&r) - 1;
    for (int threads = 1; threads <= 3 && CHECK(n && x); threads++) {
        struct pool *p = pool_new(threads, 0, &st);
        struct engine *e = engine_new(n, p, TALL, WIDE, ENGINE_FORWARD, COUNT, &st);
        if (CHECK(e != NULL))
            engine_forward(e, x, COUNT, NULL, y[threads][0]);
        CHECK(memcmp(y[threads], y[1], sizeof y[1]) == 0);
        engine_free(e);
        pool_free(p);
    }
    free(x);
    network_free(n);
}

TEST(a_picture_split_over_threads_gives_the_same_bits)
{
    for (int i = 0; i < ALL_OPS; i++)
        one_picture_by_all(all_ops[i]);
    one_picture_by_all("efficientnet_b0");
    one_picture_by_all("regnet_y_400mf");
}

static void gradient_from_cuts(const char *name)
{
    struct setting s;
    if (start(&s, name, 1, PICTURES)) {
        double all = engine_gradient(s.engine, 0, NORM_RUNNING, s.x, PICTURES, loss, NULL,
                                     s.gradients, NULL);
        for (int d = DEPTH_HEAD; d <= DEPTH_BLOCKS; d++) {
            int cut = network_cut(s.network, (enum depth)d);
            unsigned char trained[400];
            network_trained(s.network, cut, trained);
            engine_forward_to(s.engine, cut, s.x, PICTURES, s.y);
            memset(s.more, 1, s.network->params.total * sizeof(float));
            double part = engine_gradient(s.engine, cut, NORM_RUNNING, s.y, PICTURES, loss, NULL,
                                          s.more, NULL);
            CHECK(part == all);
            for (int i = 0; i < s.network->params.count; i++) {
                const struct param *p = &s.network->params.list[i];
                for (size_t k = p->offset; k < p->offset + p->count; k++)
                    if (!CHECK(s.more[k] == (trained[i] ? s.gradients[k] : 0)))
                        goto done;
            }
        }
    }
done:
    end(&s);
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(((const struct weights_tensor *)a)->name,
                  ((const struct weights_tensor *)b)->name);
}

/* mobilenetv2_100 whose first depthwise layer at a stride of 2 has windows of 1 x 1: the last input
 * row is under none. */
static struct network *with_rows_under_no_window(void)
{
    struct status st = {0};
    struct network *n = network_from_scratch("mobilenetv2_100", CLASSES, 224, 1, &st),
                   *changed = NULL;
    struct weights w = {.tensors = calloc(n ? (size_t)n->params.count : 1, sizeof *w.tensors)};
    for (int i = 0; n && w.tensors && i < n->params.count; i++) {
        const struct param *p = &n->params.list[i];
        struct weights_tensor *t = &w.tensors[w.count++];
        *t = (struct weights_tensor){.name = p->name,
                                     .rank = p->rank,
                                     .count = p->count,
                                     .values = n->params.values + p->offset};
        for (int k = 0; k < p->rank; k++)
            t->dims[k] = p->dims[k];
        if (strstr(p->name, "blocks.1.0.conv_dw.weight")) {
            t->dims[2] = t->dims[3] = 1;
            t->count = (size_t)t->dims[0];
        }
    }
    qsort(w.tensors, w.count, sizeof *w.tensors, compare_names);
    if (!(changed = network_from_weights(&w, "mobilenetv2_100", NULL, &st)))
        test_fail(__FILE__, __LINE__, "%s", st.text);
    free(w.tensors);
    network_free(n);
    return changed;
}

/* A strip must not write rows that nothing reads over rows that are still to be read. */
TEST(rows_under_no_window)
{
    enum { LARGE = 224 };
    struct network *n = with_rows_under_no_window();
    float *x = malloc(LARGE * LARGE * 3 * sizeof *x), logits[2][CLASSES];
    struct rng r;
    rng_seed(&r, 1, 1);
    for (int i = 0; n && x && i < LARGE * LARGE * 3; i++)
        x[i] = 2 * rng_uniform(&r) - 1;
    for (int k = 0; n && x && k < 2; k++) {
        struct pool *pool = pool_new(k ? 3 : 1, 0, NULL);
        struct engine *e = engine_new(n, pool, LARGE, LARGE, ENGINE_FORWARD, 1, NULL);
        if (CHECK(e != NULL))
            engine_forward(e, x, 1, NULL, logits[k]);
        engine_free(e);
        pool_free(pool);
    }
    for (int k = 0; n && x && k < CLASSES; k++)
        CHECK(logits[0][k] == logits[1][k]);
    free(x);
    network_free(n);
}

TEST(gradient_from_a_cut_is_the_end_of_the_whole)
{
    for (int i = 0; i < ALL_OPS; i++)
        gradient_from_cuts(all_ops[i]);
}

TEST(threads_change_the_order_of_sums_only)
{
    static float first[2000000];
    double losses[4];
    for (int threads = 1; threads <= 3; threads++) {
        struct setting s;
        if (start(&s, "mobilenetv2_035", threads, PICTURES)) {
            size_t total = s.network->params.total;
            losses[threads] = engine_gradient(s.engine, 0, NORM_RUNNING, s.x, PICTURES, loss, NULL,
                                              s.gradients, s.y);
            if (threads == 1 && CHECK(total <= 2000000))
                memcpy(first, s.gradients, total * sizeof(float));
            CHECK_NEAR(losses[threads], losses[1], 1e-9 * fabs(losses[1]));
            CHECK(largest_difference(first, s.gradients, total) < 1e-5);
            /* and with the same number, the same bits */
            engine_refresh(s.engine);
            double again =
                engine_gradient(s.engine, 0, NORM_RUNNING, s.x, PICTURES, loss, NULL, s.more, NULL);
            CHECK(again == losses[threads]);
            CHECK(memcmp(s.more, s.gradients, total * sizeof(float)) == 0);
        }
        end(&s);
    }
}

TEST(batch_statistics)
{
    for (int threads = 1; threads <= 3; threads++) {
        struct setting s;
        if (start(&s, "mobilenetv2_035", threads, PICTURES)) {
            struct status st = {0};
            struct network *before = network_copy(s.network, &st);
            float logits[2][CLASSES];
            engine_forward(s.engine, s.x, 1, NULL, logits[0]);
            double a = engine_gradient(s.engine, 0, NORM_BATCH, s.x, PICTURES, loss, NULL,
                                       s.gradients, NULL);
            engine_forward(s.engine, s.x, 1, NULL, logits[1]);
            CHECK(memcmp(logits[0], logits[1], sizeof logits[0]) != 0); /* statistics have moved */
            double b =
                engine_gradient(s.engine, 0, NORM_BATCH, s.x, PICTURES, loss, NULL, s.more, NULL);
            CHECK(a == b && isfinite(a)); /* they are not used in training */
            CHECK(memcmp(s.more, s.gradients, s.network->params.total * sizeof(float)) == 0);
            int moved = 0;
            for (int i = 0; i < s.network->params.count; i++) {
                const struct param *p = &s.network->params.list[i];
                int same = memcmp(s.network->params.values + p->offset,
                                  before->params.values + p->offset, p->count * sizeof(float)) == 0;
                moved += !same;
                CHECK(same == params_is_trained(p->kind));
            }
            CHECK(moved > 0);
            network_free(before);
        }
        end(&s);
    }
}

/* ---- a tap ---- */

/* What `loss` is of the logits, told of the features: they are multiplied by the classifier. */
struct at_features {
    const float *weight; /* [CLASSES, width] */
    int width;
};

static double loss_of_features(void *arg, int first, int n, const float *y, float *dy)
{
    const struct at_features *f = arg;
    double sum = 0;
    for (int i = 0; i < n; i++)
        for (int k = 0; k < CLASSES; k++) {
            float by = 0.1f * (float)(first + i + 1) * (float)(1 + k % 2);
            for (int j = 0; j < f->width; j++) {
                float weight = by * f->weight[k * f->width + j];
                dy[i * f->width + j] += weight;
                sum += (double)(weight * y[i * f->width + j]);
            }
        }
    return sum;
}

static double no_loss(void *arg, int first, int n, const float *logits, float *dlogits)
{
    (void)arg, (void)first, (void)logits;
    memset(dlogits, 0, (size_t)n * CLASSES * sizeof *dlogits);
    return 0;
}

static void tapped(const char *name, enum engine_norm norm)
{
    struct setting s;
    if (start(&s, name, 2, PICTURES)) {
        const struct node *last = &s.network->graph->nodes[s.network->graph->count - 1];
        const struct param *weight = &s.network->params.list[last->weight];
        struct at_features f = {s.network->params.values + weight->offset, s.network->features};
        size_t before = weight->offset; /* the classifier's parameters are the last */
        engine_gradient(s.engine, 0, norm, s.x, PICTURES, loss, NULL, s.gradients, NULL);
        engine_tap(s.engine, s.network->graph->features, loss_of_features, &f);
        engine_gradient(s.engine, 0, norm, s.x, PICTURES, no_loss, NULL, s.more, NULL);
        CHECK(largest_difference(s.gradients, s.more, before) < 1e-4);
        for (size_t k = before; k < s.network->params.total; k++)
            CHECK(s.more[k] == 0);
        engine_tap(s.engine, -1, NULL, NULL);
        engine_gradient(s.engine, 0, norm, s.x, PICTURES, loss, NULL, s.more, NULL);
        CHECK(memcmp(s.gradients, s.more, before * sizeof(float)) == 0);
    }
    end(&s);
}

/* Features that are a mean, that come after ReLU and after hard swish with a bias. */
TEST(a_tap_at_the_features_gives_the_gradient_that_comes_from_the_logits)
{
    tapped("mobilenetv2_035", NORM_RUNNING);
    tapped("mobilenetv4_conv_small_035", NORM_BATCH);
    tapped("mobilenetv3_small_050", NORM_RUNNING);
}

TEST(after_parameters_changed)
{
    struct setting s;
    float logits[3][CLASSES];
    if (start(&s, "mobilenetv2_035", 2, 4)) {
        engine_forward(s.engine, s.x, 1, NULL, logits[0]);
        const struct param *p = &s.network->params.list[0];
        for (size_t k = 0; k < p->count; k++)
            s.network->params.values[p->offset + k] *= 1.5f;
        engine_forward(s.engine, s.x, 1, NULL, logits[1]);
        engine_refresh(s.engine);
        engine_forward(s.engine, s.x, 1, NULL, logits[2]);
        CHECK(memcmp(logits[0], logits[1], sizeof logits[0]) == 0);
        CHECK(memcmp(logits[0], logits[2], sizeof logits[0]) != 0);
        CHECK(engine_bytes(s.engine) > s.network->params.total * sizeof(float));
    }
    end(&s);
}

TEST(kinds_of_kernels_agree)
{
    static const char *const cpus[] = {"plain", "avx2", "avx512"};
    float logits[3][PICTURES][CLASSES];
    for (int i = 0; i < 3; i++) {
        struct setting s;
        setenv("TEND_CPU", cpus[i], 1);
        if (start(&s, "mobilenetv2_035", 2, 4)) {
            engine_forward(s.engine, s.x, PICTURES, NULL, logits[i][0]);
            CHECK(largest_difference(logits[0][0], logits[i][0], PICTURES * CLASSES) < 1e-4);
        }
        end(&s);
    }
    unsetenv("TEND_CPU");
}

int main(int argc, char **argv)
{
    return test_main(argc, argv);
}
