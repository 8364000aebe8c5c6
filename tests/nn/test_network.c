/* Networks: made, read from tensors, copied, given other classes; cuts and cost. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "data/status.h"
#include "nn/engine.h"
#include "nn/graph.h"
#include "nn/network.h"
#include "nn/pool.h"
#include "nn/weights/weights.h"
#include "tests/check.h"
#include "tests/nn/tensors.h"

static struct network *scratch(const char *name, int classes)
{
    struct status st = {0};
    struct network *n = network_from_scratch(name, classes, 64, 3, &st);
    if (!n)
        test_fail(__FILE__, __LINE__, "%s: %s", name, st.text);
    return n;
}

TEST(published_sizes)
{
    /* Millions of parameters as timm's result tables say; multiply-accumulates by ptflops' aten
     * rules. */
    static const struct {
        const char *name;
        double params;
        long long macs;
    } known[] = {{"mobilenetv2_100", 3.50, 300775272}, {"mobilenet_v2", 3.50, 300775272},
                 {"mobilenetv2_050", 1.97, 0},         {"mobilenetv2_140", 6.11, 0},
                 {"mobilenetv2_110d", 4.52, 0},        {"mobilenetv2_120d", 5.83, 0}};
    for (int i = 0; i < 6; i++) {
        struct network *n = scratch(known[i].name, 1000);
        if (!n)
            continue;
        CHECK_NEAR((double)params_trained_count(&n->params) * 1e-6, known[i].params, 0.005);
        if (known[i].macs)
            CHECK_INT(network_macs(n, 224, 224), known[i].macs);
        network_free(n);
    }
}

TEST(same_from_its_own_tensors)
{
    static const char *const names[] = {"mobilenetv2_050", "mobilenet_v2", "mobilenetv2_110d",
                                        "tf_mobilenetv2_035"};
    for (int i = 0; i < 4; i++) {
        struct status st = {0};
        struct network *n = scratch(names[i], 7);
        if (!n)
            continue;
        struct weights w = tensors_of(n, 0);
        struct network *again = network_from_weights(&w, names[i], &preprocess_default, &st);
        if (CHECK(again != NULL)) {
            CHECK_INT(again->params.count, n->params.count);
            CHECK_INT(again->graph->count, n->graph->count);
            CHECK_INT(again->classes, 7);
            CHECK(memcmp(again->params.values, n->params.values, n->params.total * sizeof(float)) ==
                  0);
        }
        network_free(again);
        free(w.tensors);
        network_free(n);
    }
}

TEST(architecture_from_names_of_tensors)
{
    static const char *const names[] = {"mobilenetv2_100", "mobilenet_v2"};
    for (int i = 0; i < 2; i++) {
        struct status st = {0};
        struct network *n = scratch(names[i], 4);
        if (!n)
            continue;
        struct weights w = tensors_of(n, 0);
        struct network *again = network_from_weights(&w, NULL, &preprocess_default, &st);
        if (CHECK(again != NULL)) {
            CHECK_TEXT(again->architecture, names[i]);
            CHECK_INT(again->torchvision, i);
        }
        network_free(again);
        free(w.tensors);
        network_free(n);
    }
}

TEST(names_with_prefix_and_tag)
{
    struct status st = {0};
    struct network *n = network_from_scratch("timm/mobilenetv2_050.lamb_in1k", 3, 32, 1, &st);
    if (CHECK(n != NULL))
        CHECK_TEXT(n->architecture, "mobilenetv2_050");
    network_free(n);
}

TEST(wrong_tensors_are_named)
{
    struct network *n = scratch("mobilenetv2_050", 7);
    struct status st = {0};
    if (!n)
        return;
    struct weights w = tensors_of(n, 1);
    CHECK(!network_from_weights(&w, "mobilenetv2_050", &preprocess_default, &st));
    CHECK_CONTAINS(st.text, "'zz.weight' is left over");
    w.count--; /* the last by name: zz.weight */
    struct weights_tensor *t = &w.tensors[3], kept = *t;
    t->dims[0]++;
    CHECK(!network_from_weights(&w, "mobilenetv2_050", &preprocess_default, &st));
    CHECK_CONTAINS(st.text, kept.name);
    CHECK_CONTAINS(st.text, "expected [");
    *t = kept;
    t->name = "blocks.0.0.bn0.bias"; /* keeps the order */
    CHECK(!network_from_weights(&w, "mobilenetv2_050", &preprocess_default, &st));
    CHECK_CONTAINS(st.text, "is missing");
    *t = kept;
    n->params.values[n->params.list[9].offset] = NAN;
    CHECK(!network_from_weights(&w, "mobilenetv2_050", &preprocess_default, &st));
    CHECK_CONTAINS(st.text, "not finite");
    struct weights none = {0};
    CHECK(!network_from_weights(&none, "mobilenetv2_050", &preprocess_default, &st));
    CHECK(!network_from_weights(&none, NULL, &preprocess_default, &st));
    CHECK_CONTAINS(st.text, "mobilenetv2_100");
    free(w.tensors);
    network_free(n);
}

TEST(unknown_families_list_the_known)
{
    static const char *const names[] = {"resnet999", "mobilenetv2_", "mobilenetv2_9999",
                                        "mobilenetv2_100x", "efficientnet_lite9"};
    for (int i = 0; i < 5; i++) {
        struct status st = {0};
        CHECK(!network_from_scratch(names[i], 10, 32, 1, &st));
        CHECK_INT(st.code, STATUS_UNSUPPORTED);
        CHECK_CONTAINS(st.text, names[i]);
        CHECK_CONTAINS(st.text, "mobilenetv2_100");
    }
}

TEST(seeds)
{
    struct network *a = scratch("mobilenetv2_035", 3), *b = scratch("mobilenetv2_035", 3);
    struct status st = {0};
    struct network *c = network_from_scratch("mobilenetv2_035", 3, 64, 4, &st);
    if (CHECK(a && b && c)) {
        size_t bytes = a->params.total * sizeof(float);
        CHECK(memcmp(a->params.values, b->params.values, bytes) == 0);
        CHECK(memcmp(a->params.values, c->params.values, bytes) != 0);
    }
    network_free(a);
    network_free(b);
    network_free(c);
}

TEST(other_classes)
{
    struct network *n = scratch("mobilenetv2_035", 5);
    struct status st = {0};
    if (!n)
        return;
    struct network *old = network_copy(n, &st);
    const int from[] = {4, -1, 0};
    CHECK_INT(network_set_classes(n, 3, from, &st), 0);
    const struct node *node = &n->graph->nodes[n->graph->count - 1];
    const float *w = n->params.values + n->params.list[node->weight].offset;
    const float *was = old->params.values + old->params.list[node->weight].offset;
    size_t row = (size_t)n->features;
    CHECK_INT(n->classes, 3);
    CHECK(memcmp(w, was + 4 * row, row * sizeof(float)) == 0);
    for (size_t i = 0; i < row; i++)
        CHECK(w[row + i] == 0);
    CHECK(memcmp(w + 2 * row, was, row * sizeof(float)) == 0);
    CHECK(memcmp(n->params.values, old->params.values,
                 old->params.list[node->weight].offset * sizeof(float)) == 0);
    CHECK_INT(old->classes, 5); /* the copy is its own */
    CHECK_INT(old->graph->nodes[old->graph->count - 1].channels, 5);
    CHECK_INT(network_set_classes(n, 0, NULL, &st), -1);
    network_free(n);
    network_free(old);
}

TEST(cuts)
{
    struct network *n = scratch("mobilenetv2_100", 1000);
    if (!n)
        return;
    n->input = preprocess_at(&preprocess_default, 224);
    int blocks = network_cut(n, DEPTH_BLOCKS), head = network_cut(n, DEPTH_HEAD);
    unsigned char trained[400];
    CHECK_INT(network_cut(n, DEPTH_FULL), 0);
    /* input of the second block of stage 5: 7 x 7 x 160 */
    CHECK_INT((long long)network_cut_floats(n, blocks, 224, 224), 7840);
    CHECK_INT((long long)network_cut_floats(n, head, 224, 224), 1280);
    CHECK_INT((long long)network_cut_floats(n, 0, 224, 224), 224 * 224 * 3);
    network_trained(n, blocks, trained);
    CHECK(!trained[params_find(&n->params, "blocks.5.0.conv_pwl.weight")]);
    CHECK(trained[params_find(&n->params, "blocks.5.1.conv_pw.weight")]);
    CHECK(trained[params_find(&n->params, "blocks.6.0.bn3.weight")]);
    CHECK(!trained[params_find(&n->params, "blocks.6.0.bn3.running_var")]);
    network_trained(n, head, trained);
    CHECK(!trained[params_find(&n->params, "conv_head.weight")]);
    CHECK(trained[params_find(&n->params, "classifier.bias")]);
    network_free(n);
}

TEST(depth_names)
{
    for (int d = DEPTH_HEAD; d <= DEPTH_FULL; d++)
        CHECK_INT(depth_from_name(depth_name((enum depth)d)), d);
    CHECK_INT(depth_from_name("deep"), -1);
}

TEST(too_large_is_refused_with_the_number)
{
    struct network *n = scratch("mobilenetv2_140", 10);
    struct status st = {0};
    struct pool *pool = pool_new(1, 0, &st);
    if (!n || !CHECK(pool != NULL))
        return;
    CHECK(!engine_new(n, pool, 800, 800, ENGINE_FORWARD, 1, &st));
    CHECK_INT(st.code, STATUS_LIMIT);
    CHECK_CONTAINS(st.text, "GMac");
    CHECK(!engine_new(n, pool, 0, 10, ENGINE_FORWARD, 1, &st));
    CHECK(!engine_new(n, pool, 100, 100000, ENGINE_FORWARD, 1, &st));
    pool_free(pool);
    network_free(n);
}

int main(int argc, char **argv)
{
    return test_main(argc, argv);
}
