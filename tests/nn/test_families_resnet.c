/* ResNet, RegNet, HGNetV2, ShuffleNetV2: sizes as published, guesses, sizes nobody published, files
 * that are not right. What they compute is compared by tests/nn/parity. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "data/status.h"
#include "nn/graph.h"
#include "nn/network.h"
#include "nn/params.h"
#include "tests/check.h"
#include "tests/nn/tensors.h"

/* timm's results/benchmark-infer-fp32-nchw-pt240-cpu-i7_12700h-dynamo.csv: millions of parameters
 * and GMac at an input size, both to 2 decimals. */
TEST(sizes_that_timm_publishes)
{
    static const struct {
        const char *name;
        int size;
        double params, macs;
    } known[] = {
        {"resnet10t", 176, 5.44, 0.70},        {"resnet14t", 224, 10.08, 1.69},
        {"resnet18", 224, 11.69, 1.82},        {"resnet18d", 224, 11.71, 2.06},
        {"resnet26", 224, 16.0, 2.36},         {"resnet26t", 256, 16.01, 3.35},
        {"resnet26d", 224, 16.01, 2.6},        {"resnet34", 160, 21.8, 1.87},
        {"resnet34d", 224, 21.82, 3.91},       {"resnet50", 160, 25.56, 2.1},
        {"resnet50t", 224, 25.57, 4.32},       {"resnet50d", 160, 25.58, 2.22},
        {"resnet50c", 224, 25.58, 4.35},       {"resnet50s", 224, 25.68, 5.47},
        {"resnet101", 160, 44.55, 4.0},        {"resnext50_32x4d", 160, 25.03, 2.17},
        {"resnext50d_32x4d", 224, 25.05, 4.5}, {"regnetx_002", 224, 2.68, 0.2},
        {"regnetx_004", 224, 5.16, 0.4},       {"regnetx_004_tv", 224, 5.5, 0.42},
        {"regnetx_006", 224, 6.2, 0.61},       {"regnetx_008", 224, 7.26, 0.81},
        {"regnetx_016", 224, 9.19, 1.62},      {"regnetx_032", 224, 15.3, 3.2},
        {"regnetx_040", 224, 22.12, 3.99},     {"regnetx_064", 224, 26.21, 6.49},
        {"regnety_002", 224, 3.16, 0.2},       {"regnety_004", 224, 4.34, 0.41},
        {"regnety_006", 224, 6.06, 0.61},      {"regnety_008", 224, 6.26, 0.81},
        {"regnety_008_tv", 224, 6.43, 0.84},   {"regnety_016", 224, 11.2, 1.63},
        {"regnety_032", 224, 19.44, 3.2},      {"regnety_040", 224, 20.65, 4.0},
        {"regnety_064", 224, 30.58, 6.39},     {"hgnetv2_b0", 224, 6.0, 0.33},
        {"hgnetv2_b1", 288, 6.34, 0.82},       {"hgnetv2_b2", 224, 11.22, 1.15},
        {"hgnetv2_b3", 224, 16.29, 1.78},      {"hgnetv2_b4", 224, 19.8, 2.75},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        struct network *n = declared(known[i].name, 1000);
        if (!n)
            continue;
        double params = (double)params_trained_count(&n->params) * 1e-6;
        double macs = (double)network_macs_pytorch_backend(n, known[i].size, known[i].size) * 1e-9;
        if (fabs(params - known[i].params) > 0.0051 ||
            fabs(macs - known[i].macs) > 0.0051 + 0.02 * known[i].macs)
            test_fail(__FILE__, __LINE__, "%s: %.4f M parameters, %.3f GMac; timm says %g, %g",
                      known[i].name, params, macs, known[i].params, known[i].macs);
        network_free(n);
    }
}

/* num_params of torchvision's weights, exact. Multiply-accumulates at 224 x 224 by ptflops' aten
 * backend where it was run. */
TEST(sizes_that_torchvision_publishes)
{
    static const struct {
        const char *name;
        long long params, macs;
    } known[] = {
        {"resnet18", 11689512, 1814074344},
        {"resnet34", 21797672, 0},
        {"resnet50", 25557032, 4089185256},
        {"resnet101", 44549160, 0},
        {"resnet152", 60192808, 0},
        {"resnext50_32x4d", 25028904, 0},
        {"wide_resnet50_2", 68883240, 0},
        {"wide_resnet101_2", 126886696, 0},
        {"regnet_y_400mf", 4344144, 401849056},
        {"regnet_y_800mf", 6432512, 0},
        {"regnet_y_1_6gf", 11202430, 0},
        {"regnet_y_3_2gf", 19436338, 0},
        {"regnet_y_8gf", 39381472, 0},
        {"regnet_x_400mf", 5495976, 0},
        {"regnet_x_800mf", 7259656, 0},
        {"regnet_x_1_6gf", 9190136, 0},
        {"regnet_x_3_2gf", 15296552, 0},
        {"regnet_x_8gf", 39572648, 0},
        {"shufflenet_v2_x0_5", 1366792, 0},
        {"shufflenet_v2_x1_0", 2278604, 144908992},
        {"shufflenet_v2_x1_5", 3503624, 0},
        {"shufflenet_v2_x2_0", 7393996, 0},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        struct network *n = declared(known[i].name, 1000);
        if (!n)
            continue;
        CHECK_INT((long long)params_trained_count(&n->params), known[i].params);
        if (known[i].macs)
            CHECK_INT(network_macs(n, 224, 224), known[i].macs);
        network_free(n);
    }
}

static struct network *read_back(const char *made, const char *architecture)
{
    struct network *n = zeroed(made, 7), *again = NULL;
    struct status st = {0};
    if (!n)
        return NULL;
    struct weights w = tensors_of(n, 0);
    again = network_from_weights(&w, architecture, &preprocess_default, &st);
    if (!again)
        test_fail(__FILE__, __LINE__, "%s: %s", made, st.text);
    else if (CHECK_INT(again->graph->count, n->graph->count)) {
        CHECK_INT(again->classes, 7);
        CHECK(memcmp(again->graph->nodes, n->graph->nodes,
                     (size_t)n->graph->count * sizeof *n->graph->nodes) == 0);
    }
    free(w.tensors);
    network_free(n);
    return again;
}

TEST(guessed_from_tensors)
{
    static const char *const names[] = {
        "resnet18",           "resnet10t",         "resnet14t",      "resnet18d",
        "resnet26t",          "regnetx_002",       "regnetx_004_tv", "regnetx_008",
        "regnety_002",        "regnety_016",       "regnet_x_400mf", "regnet_y_800mf",
        "hgnetv2_b0",         "hgnetv2_b1",        "hgnetv2_b2",     "shufflenet_v2_x0_5",
        "shufflenet_v2_x1_0", "shufflenet_v2_x1_5"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct network *n = read_back(names[i], NULL);
        if (n)
            CHECK_TEXT(n->architecture, names[i]);
        network_free(n);
    }
}

/* The tensors overrule what a name says: a folder whose config.json names another size of the
 * family. */
TEST(the_tensors_decide_not_the_name)
{
    network_free(read_back("resnet14t", "resnet34"));
    network_free(read_back("resnext50_32x4d", "resnet18"));
    network_free(read_back("regnety_006", "regnetx_002"));
    network_free(read_back("regnet_x_800mf", "regnety_004"));
    network_free(read_back("hgnetv2_b4", "hgnetv2_b0")); /* without lab */
    network_free(read_back("hgnetv2_b0", "hgnetv2_b5"));
    network_free(read_back("shufflenet_v2_x1_5", "shufflenet_v2_x0_5"));
}

/* The last block of a stage taken away: a depth that no table knows. */
TEST(depths_nobody_published)
{
    static const struct {
        const char *name, *block;
        int nodes, tensors; /* fewer */
    } cases[] = {{"resnet18", "layer3.1.", 2, 10},
                 {"resnet26t", "layer4.1.", 3, 15},
                 {"regnety_002", "s4.b7.", 7, 19},
                 {"regnet_y_400mf", "trunk_output.block4.block4-5.", 7, 19},
                 {"hgnetv2_b0", "stages.2.blocks.1.", 10, 0},
                 {"shufflenet_v2_x1_0", "stage3.7.", 6, 15}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct status st = {0};
        struct network *n = zeroed(cases[i].name, 7);
        if (!n)
            continue;
        struct weights w = tensors_of(n, 0);
        int removed = without(&w, cases[i].block);
        struct network *again = network_from_weights(&w, NULL, &preprocess_default, &st);
        if (again) {
            CHECK_INT(n->graph->count - again->graph->count, cases[i].nodes);
            CHECK(removed > 0 && (!cases[i].tensors || removed == cases[i].tensors));
            CHECK(network_macs(again, 64, 64) < network_macs(n, 64, 64));
        } else
            test_fail(__FILE__, __LINE__, "%s: %s", cases[i].name, st.text);
        network_free(again);
        free(w.tensors);
        network_free(n);
    }
}

TEST(names_of_no_network)
{
    static const char *const names[] = {
        "resnet",         "resnet19",       "resnet18x",          "resnet18dd",
        "resnetv2_50",    "resnetblur18",   "resnet018",          "resnext18_32x4d",
        "resnext50",      "resnext50_0x4d", "wide_resnet18_2",    "wide_resnet50_3",
        "resnet50_32x4d", "resnet50_2",     "regnetz_005",        "regnetx_004_t",
        "regnetx_0041",   "regnetx_4",      "regnet_x_450mf",     "regnet_x_400",
        "regnet_y_1_7gf", "regnety_800mf",  "regnet_y_400mf_tv",  "hgnetv2_b7",
        "hgnetv2",        "hgnet_tiny",     "shufflenet_v2_x3_0", "shufflenet_v2"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct status st = {0};
        struct network *n = network_from_scratch(names[i], 10, 64, 1, &st);
        if (n)
            test_fail(__FILE__, __LINE__, "%s is taken for a network", names[i]);
        CHECK_INT(st.code, STATUS_UNSUPPORTED);
        network_free(n);
    }
}

/* Each case breaks one tensor: by another side, or by taking away all that begin so. */
TEST(damaged_files_are_refused_by_name)
{
    static const struct {
        const char *network, *name;
        int side, value; /* side -1: removed */
        const char *message;
    } cases[] = {
        {"resnet10t", "layer2.0.bn1.weight", -1, 0, "'layer2.0.bn1.weight' is missing"},
        {"resnet10t", "layer2.0.conv2.weight", 1, 96, "layer2.0.conv2"},
        {"resnet10t", "layer2.0.downsample.", -1, 0, "64 and 128 channels"},
        {"resnet10t", "conv1.0.weight", -1, 0, "'conv1.weight' is missing"},
        {"regnety_002", "s1.b1.conv2.conv.weight", 1, 7, "s1.b1.conv2"},
        {"regnety_002", "s1.b1.conv2.conv.weight", 1, 48, "s1.b1.conv2"},
        {"regnety_002", "s1.b1.se.fc1.bias", -1, 0, "'s1.b1.se.fc1.bias' is missing"},
        {"regnety_002", "s2.b1.se.fc2.weight", 0, 8, "gate"},
        {"hgnetv2_b0", "stem.stem3.lab.scale", -1, 0, "'stem.stem3.lab.scale' is missing"},
        {"hgnetv2_b0", "stages.1.blocks.0.layers.1.conv.weight", -1, 0, "stages.1.blocks.0"},
        {"hgnetv2_b0", "head.last_conv.2.", -1, 0, "'head.last_conv.2.scale' is missing"},
        {"shufflenet_v2_x0_5", "stage2.1.branch2.5.weight", 0, 20, "channels"},
        {"shufflenet_v2_x0_5", "stage2.1.branch2.3.weight", 2, 9, "9 x 9"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct status st = {0};
        struct network *n = zeroed(cases[i].network, 7);
        if (!n)
            continue;
        struct weights w = tensors_of(n, 0);
        if (cases[i].side < 0)
            CHECK(without(&w, cases[i].name) > 0);
        else if (CHECK(tensor(&w, cases[i].name) != NULL))
            tensor(&w, cases[i].name)->dims[cases[i].side] = cases[i].value;
        struct network *again =
            network_from_weights(&w, cases[i].network, &preprocess_default, &st);
        if (again)
            test_fail(__FILE__, __LINE__, "%s without %s is read", cases[i].network, cases[i].name);
        else
            CHECK_CONTAINS(st.text, cases[i].message);
        network_free(again);
        free(w.tensors);
        network_free(n);
    }
}

/* torchvision's weights' transforms, timm's pretrained_cfg. */
TEST(what_published_weights_want_to_see)
{
    static const struct {
        const char *name;
        int size, resized;
        enum resample_filter filter;
    } known[] = {{"resnet18", 224, 256, RESAMPLE_BILINEAR},
                 {"resnet10t", 176, 201, RESAMPLE_BICUBIC},
                 {"resnet26t", 256, 272, RESAMPLE_BICUBIC},
                 {"resnet18d", 224, 256, RESAMPLE_BICUBIC},
                 {"regnetx_002", 224, 256, RESAMPLE_BICUBIC},
                 {"regnet_x_400mf", 224, 232, RESAMPLE_BILINEAR},
                 {"hgnetv2_b0", 224, 232, RESAMPLE_BICUBIC},
                 {"shufflenet_v2_x0_5", 224, 256, RESAMPLE_BILINEAR}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        struct network *n = zeroed(known[i].name, 3);
        struct status st = {0};
        if (!n)
            continue;
        struct weights w = tensors_of(n, 0);
        struct network *again = network_from_weights(&w, NULL, NULL, &st);
        if (CHECK(again != NULL)) {
            CHECK_INT(again->input.width, known[i].size);
            CHECK_INT(again->input.height, known[i].size);
            CHECK_INT((int)(known[i].size / (double)again->input.crop + 1e-4), known[i].resized);
            CHECK_INT(again->input.filter, known[i].filter);
            CHECK_NEAR(again->input.std[2], 0.225, 1e-6);
        }
        network_free(again);
        free(w.tensors);
        network_free(n);
    }
}

int main(int argc, char **argv)
{
    return test_main(argc, argv);
}
