/* MobileNet V1 to V4, LCNet, MNASNet, FBNet, EfficientNet: sizes as published, tensors as in the
 * fixtures, what files do not say, the limit. What they compute is compared by tests/nn/parity. */
#include <cjson/cJSON.h>
#include <glob.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "data/file.h"
#include "data/status.h"
#include "nn/engine.h"
#include "nn/graph.h"
#include "nn/network.h"
#include "nn/pool.h"
#include "tests/check.h"
#include "tests/nn/tensors.h"

enum { COUNT_ANY = 0 };
#define LENGTH(a) (sizeof(a) / sizeof *(a))

/* timm's results/benchmark-infer-amp-nchw-pt240-cu124-rtx3090.csv: millions of parameters and GMac
 * at an input size, both to 2 decimals; its counter adds batch norm, up to 12 %, to convolutions.
 */
TEST(sizes_that_timm_publishes)
{
    static const struct {
        const char *name;
        int size;
        double params, macs;
    } known[] = {
        {"mobilenetv1_100", 224, 4.23, 0.58},
        {"mobilenetv1_100h", 224, 5.28, 0.63},
        {"mobilenetv1_125", 224, 6.27, 0.89},
        {"mobilenetv2_035", 224, 1.68, 0.07},
        {"mobilenetv2_050", 224, 1.97, 0.1},
        {"mobilenetv2_075", 224, 2.64, 0.22},
        {"mobilenetv2_100", 224, 3.5, 0.31},
        {"mobilenetv2_110d", 224, 4.52, 0.45},
        {"mobilenetv2_120d", 224, 5.83, 0.69},
        {"mobilenetv2_140", 224, 6.11, 0.6},
        {"mobilenetv3_large_075", 224, 3.99, 0.16},
        {"mobilenetv3_large_100", 224, 5.48, 0.23},
        {"mobilenetv3_rw", 224, 5.48, 0.23},
        {"mobilenetv3_small_050", 224, 1.59, 0.03},
        {"mobilenetv3_small_075", 224, 2.04, 0.05},
        {"mobilenetv3_small_100", 224, 2.54, 0.06},
        {"tf_mobilenetv3_large_075", 224, 3.99, 0.16},
        {"tf_mobilenetv3_large_100", 224, 5.48, 0.23},
        {"tf_mobilenetv3_large_minimal_100", 224, 3.92, 0.22},
        {"tf_mobilenetv3_small_075", 224, 2.04, 0.05},
        {"tf_mobilenetv3_small_100", 224, 2.54, 0.06},
        {"tf_mobilenetv3_small_minimal_100", 224, 2.04, 0.06},
        {"lcnet_035", 224, 1.64, 0.03},
        {"lcnet_050", 224, 1.88, 0.05},
        {"lcnet_075", 224, 2.36, 0.1},
        {"lcnet_100", 224, 2.95, 0.16},
        {"lcnet_150", 224, 4.5, 0.34},
        {"mobilenetv4_conv_small", 256, 3.77, 0.25},
        {"mobilenetv4_conv_medium", 320, 9.72, 1.71},
        {"mobilenetv4_conv_large", 256, 32.59, 2.86},
        {"mnasnet_050", 224, 2.22, 0.11},
        {"mnasnet_075", 224, 3.17, 0.23},
        {"mnasnet_100", 224, 4.38, 0.33},
        {"mnasnet_140", 224, 7.12, 0.6},
        {"mnasnet_small", 224, 2.03, 0.07},
        {"semnasnet_050", 224, 2.08, 0.11},
        {"semnasnet_075", 224, 2.91, 0.23},
        {"semnasnet_100", 224, 3.89, 0.32},
        {"semnasnet_140", 224, 6.11, 0.6},
        {"fbnetc_100", 224, 5.57, 0.4},
        {"spnasnet_100", 224, 4.42, 0.35},
        {"fbnetv3_b", 224, 8.6, 0.42},
        {"fbnetv3_d", 224, 10.31, 0.52},
        {"fbnetv3_g", 240, 16.62, 1.28},
        {"efficientnet_b0", 256, 5.29, 0.52},
        {"efficientnet_b1", 240, 7.79, 0.71},
        {"efficientnet_b2", 256, 9.11, 0.89},
        {"tf_efficientnet_b0", 224, 5.29, 0.4},
        {"tf_efficientnet_b1", 240, 7.79, 0.71},
        {"tf_efficientnet_b2", 260, 9.11, 1.02},
        {"efficientnet_lite0", 224, 4.65, 0.4},
        {"efficientnet_lite1", 240, 5.42, 0.62},
        {"efficientnet_lite2", 260, 6.09, 0.89},
        {"efficientnet_lite3", 300, 8.2, 1.65},
        {"tf_efficientnetv2_b0", 192, 7.14, 0.54},
        {"tf_efficientnetv2_b1", 240, 8.14, 1.21},
        {"tf_efficientnetv2_b2", 260, 10.1, 1.72},
        {"tf_efficientnetv2_b3", 240, 14.36, 1.93},
        {"efficientnetv2_rw_t", 224, 13.65, 1.93},
    };
    for (size_t i = 0; i < LENGTH(known); i++) {
        struct network *n = declared(known[i].name, 1000);
        if (!n)
            continue;
        double params = (double)params_trained_count(&n->params) * 1e-6;
        double macs = (double)network_macs(n, known[i].size, known[i].size) * 1e-9;
        if (fabs(params - known[i].params) > 0.0051 || macs > known[i].macs + 0.0051 ||
            macs * 1.12 < known[i].macs - 0.0051)
            test_fail(__FILE__, __LINE__, "%s: %.4f M parameters, %.3f GMac; timm says %g, %g",
                      known[i].name, params, macs, known[i].params, known[i].macs);
        network_free(n);
    }
}

/* num_params of torchvision's weights, exact. Multiply-accumulates at 224 x 224 as ptflops counts
 * them, both backends, where it was run. */
TEST(sizes_that_torchvision_publishes)
{
    static const struct {
        const char *name;
        long long params, aten, pytorch;
    } known[] = {{"torchvision/mobilenet_v2", 3504872, 300775272, 320300008},
                 {"torchvision/mobilenet_v3_large", 5483032, 216597120, 231316416},
                 {"torchvision/mobilenet_v3_small", 2542856, 56515312, 60910032},
                 {"torchvision/mnasnet0_5", 2218512, COUNT_ANY, COUNT_ANY},
                 {"torchvision/mnasnet0_75", 3170208, COUNT_ANY, COUNT_ANY},
                 {"torchvision/mnasnet1_0", 4383312, COUNT_ANY, COUNT_ANY},
                 {"torchvision/mnasnet1_3", 6282256, COUNT_ANY, COUNT_ANY},
                 {"torchvision/efficientnet_b0", 5288548, 385825092, 410196896},
                 {"torchvision/efficientnet_b1", 7794184, COUNT_ANY, COUNT_ANY},
                 {"torchvision/efficientnet_b2", 9109994, COUNT_ANY, COUNT_ANY},
                 {"torchvision/efficientnet_b3", 12233232, COUNT_ANY, COUNT_ANY},
                 {"torchvision/efficientnet_b4", 19341616, COUNT_ANY, COUNT_ANY},
                 {"torchvision/efficientnet_v2_s", 21458488, COUNT_ANY, COUNT_ANY}};
    for (size_t i = 0; i < LENGTH(known); i++) {
        struct network *n = declared(known[i].name, 1000);
        if (!n)
            continue;
        CHECK_INT(n->torchvision, 1);
        CHECK_INT((long long)params_trained_count(&n->params), known[i].params);
        if (known[i].aten) {
            CHECK_INT(network_macs(n, 224, 224), known[i].aten);
            CHECK_INT(network_macs_pytorch_backend(n, 224, 224), known[i].pytorch);
        }
        network_free(n);
    }
}

/* ---- the fixtures ---- */

static void compare_tensors(const char *name, const cJSON *tensors, const struct network *n)
{
    const cJSON *item, *side;
    CHECK_INT(cJSON_GetArraySize(tensors), n->params.count);
    cJSON_ArrayForEach(item, tensors)
    {
        const char *tensor_name = cJSON_GetStringValue(cJSON_GetObjectItem(item, "name"));
        int i = params_find(&n->params, tensor_name), k = 0, same = i >= 0;
        cJSON_ArrayForEach(side, cJSON_GetObjectItem(item, "shape"))
        {
            same =
                same && k < n->params.list[i].rank && side->valueint == n->params.list[i].dims[k];
            k++;
        }
        if (!same || k != n->params.list[i].rank)
            test_fail(__FILE__, __LINE__, "%s: %s is not there or has another shape", name,
                      tensor_name);
    }
}

static double number(const cJSON *list, int i)
{
    return cJSON_GetNumberValue(cJSON_GetArrayItem(list, i));
}

static void compare_input(const cJSON *cfg, const struct preprocess *in)
{
    CHECK_INT((int)number(cJSON_GetObjectItem(cfg, "input_size"), 1), in->height);
    CHECK_NEAR(cJSON_GetNumberValue(cJSON_GetObjectItem(cfg, "crop_pct")), in->crop, 1e-6);
    CHECK_TEXT(resample_filter_name(in->filter),
               cJSON_GetStringValue(cJSON_GetObjectItem(cfg, "interpolation")));
    for (int i = 0; i < 3; i++) {
        CHECK_NEAR(number(cJSON_GetObjectItem(cfg, "mean"), i), in->mean[i], 1e-6);
        CHECK_NEAR(number(cJSON_GetObjectItem(cfg, "std"), i), in->std[i], 1e-6);
    }
}

static int compare_fixture(const char *path)
{
    char *bytes = NULL;
    size_t size = 0;
    if (!CHECK_INT(file_read(path, 64 << 20, &bytes, &size, NULL), 0))
        return 0;
    cJSON *json = cJSON_ParseWithLength(bytes, size);
    const char *model = cJSON_GetStringValue(cJSON_GetObjectItem(json, "model"));
    const cJSON *cfg = cJSON_GetObjectItem(json, "pretrained_cfg");
    struct network *n =
        model ? declared(strncmp(model, "timm/", 5) ? model : model + 5, 1000) : NULL;
    if (CHECK(n != NULL)) {
        compare_tensors(model, cJSON_GetObjectItem(json, "tensors"), n);
        if (cJSON_IsObject(cfg))
            compare_input(cfg, &n->input);
    }
    network_free(n);
    cJSON_Delete(json);
    free(bytes);
    return 1;
}

/* From tables alone: what timm and torchvision build for that name. */
TEST(tensors_and_input_as_in_the_fixtures)
{
    static const char *const patterns[] = {"timm-mobilenet*.json",        "timm-lcnet*.json",
                                           "timm-*efficientnet*.json",    "timm-*mnasnet*.json",
                                           "torchvision-mobilenet*.json", "torchvision-eff*.json"};
    const char *folder = test_data("parity");
    char pattern[1000];
    int compared = 0;
    for (size_t i = 0; folder && i < LENGTH(patterns); i++) {
        glob_t found = {0};
        snprintf(pattern, sizeof pattern, "%s/%s", folder, patterns[i]);
        if (glob(pattern, 0, NULL, &found) == 0)
            for (size_t k = 0; k < found.gl_pathc; k++)
                compared += compare_fixture(found.gl_pathv[k]);
        globfree(&found);
    }
    if (!compared)
        SKIP("no fixtures");
}

/* ---- what files do not say ---- */

TEST(padding_and_eps)
{
    static const struct {
        const char *name;
        enum padding padding;
        double eps;
    } known[] = {{"mobilenetv2_100", PAD_ZERO, 1e-5},
                 {"tf_mobilenetv2_140", PAD_SAME, 1e-3},
                 {"mobilenetv3_small_100", PAD_ZERO, 1e-5},
                 {"mobilenetv3_rw", PAD_ZERO, 1e-3},
                 {"tf_mobilenetv3_small_100", PAD_SAME, 1e-3},
                 {"mobilenet_v3_large", PAD_ZERO, 1e-3},
                 {"mobilenet_v2", PAD_ZERO, 1e-5},
                 {"fbnetc_100", PAD_ZERO, 1e-3},
                 {"mnasnet1_0", PAD_ZERO, 1e-5},
                 {"efficientnet_lite0", PAD_ZERO, 1e-5},
                 {"tf_efficientnet_lite4", PAD_SAME, 1e-3},
                 {"efficientnet_b1", PAD_ZERO, 1e-5},
                 {"torchvision/efficientnet_b2", PAD_ZERO, 1e-5},
                 {"efficientnet_v2_s", PAD_ZERO, 1e-3},
                 {"tf_efficientnetv2_b3", PAD_SAME, 1e-3},
                 {"efficientnetv2_rw_t", PAD_ZERO, 1e-5},
                 {"mobilenetv4_conv_medium", PAD_ZERO, 1e-5},
                 {"lcnet_075", PAD_ZERO, 1e-5}};
    for (size_t i = 0; i < LENGTH(known); i++) {
        struct network *n = declared(known[i].name, 10);
        for (int k = 1; n && k < n->graph->count; k++) {
            const struct node *node = &n->graph->nodes[k];
            if (node->norm.weight >= 0 && (fabs(node->norm.eps / known[i].eps - 1) > 1e-6 ||
                                           (node->size > 1 && node->padding != known[i].padding)))
                test_fail(__FILE__, __LINE__, "%s: node %d: eps %g, padding %d", known[i].name, k,
                          (double)node->norm.eps, node->padding);
        }
        network_free(n);
    }
}

/* timm's pretrained_cfg of the weights it takes by default; torchvision's transforms. */
TEST(what_published_weights_want_to_see)
{
    static const struct {
        const char *name;
        int size, resized, half;
        enum resample_filter filter;
    } known[] = {{"mobilenetv1_125", 224, 248, 1, RESAMPLE_BICUBIC},
                 {"mobilenetv2_050", 224, 256, 0, RESAMPLE_BICUBIC},
                 {"tf_mobilenetv2_100", 224, 256, 1, RESAMPLE_BILINEAR},
                 {"mobilenet_v2", 224, 232, 0, RESAMPLE_BILINEAR},
                 {"mobilenet_v3_small", 224, 256, 0, RESAMPLE_BILINEAR},
                 {"mobilenet_v3_large", 224, 232, 0, RESAMPLE_BILINEAR},
                 {"tf_mobilenetv3_large_100", 224, 256, 1, RESAMPLE_BILINEAR},
                 {"mobilenetv4_conv_medium", 256, 269, 0, RESAMPLE_BICUBIC},
                 {"mobilenetv4_conv_small_050", 224, 256, 1, RESAMPLE_BICUBIC},
                 {"fbnetc_100", 224, 256, 0, RESAMPLE_BILINEAR},
                 {"mnasnet1_3", 224, 232, 0, RESAMPLE_BILINEAR},
                 {"efficientnet_b1", 240, 266, 1, RESAMPLE_BICUBIC},
                 {"efficientnet_b2", 256, 292, 0, RESAMPLE_BICUBIC},
                 {"tf_efficientnet_b2", 260, 292, 0, RESAMPLE_BICUBIC},
                 {"torchvision/efficientnet_b0", 224, 256, 0, RESAMPLE_BICUBIC},
                 {"torchvision/efficientnet_b1", 240, 255, 0, RESAMPLE_BILINEAR},
                 {"torchvision/efficientnet_b2", 288, 288, 0, RESAMPLE_BICUBIC},
                 {"torchvision/efficientnet_b3", 300, 320, 0, RESAMPLE_BICUBIC},
                 {"tf_efficientnet_lite3", 300, 331, 1, RESAMPLE_BILINEAR},
                 {"efficientnet_lite1", 240, 272, 0, RESAMPLE_BICUBIC},
                 {"efficientnetv2_rw_t", 224, 224, 0, RESAMPLE_BICUBIC}};
    for (size_t i = 0; i < LENGTH(known); i++) {
        struct network *n = declared(known[i].name, 3);
        if (!n)
            continue;
        int resized = (int)(n->input.width / (double)n->input.crop + 1e-4);
        int half = n->input.mean[0] == 0.5f && n->input.std[2] == 0.5f;
        if (n->input.width != known[i].size || n->input.height != known[i].size ||
            resized != known[i].resized || n->input.filter != known[i].filter ||
            half != known[i].half)
            test_fail(__FILE__, __LINE__, "%s: %d of %d, filter %d, half %d", known[i].name,
                      n->input.width, resized, n->input.filter, half);
        network_free(n);
    }
}

/* ---- the head before the mean ---- */

static void copy_same(const struct network *from, struct network *to)
{
    for (int i = 0; i < to->params.count; i++)
        for (int k = 0; k < from->params.count; k++) {
            const struct param *a = &from->params.list[k], *b = &to->params.list[i];
            if (strcmp(a->name, b->name) == 0 && a->count == b->count)
                memcpy(to->params.values + b->offset, from->params.values + a->offset,
                       a->count * sizeof(float));
        }
}

static const float *values(const struct network *n, const char *name)
{
    int i = params_find(&n->params, name);
    return CHECK(i >= 0) ? n->params.values + n->params.list[i].offset : NULL;
}

/* The mean over positions of ReLU(batch norm of what conv_head makes of `map`), fresh statistics.
 */
static void check_features(const struct network *n, const float *map, int positions, int channels,
                           const float *features)
{
    const float *weight = values(n, "conv_head.weight");
    double largest = 0;
    for (int k = 0; weight && k < n->features; k++) {
        double mean = 0;
        for (int p = 0; p < positions; p++) {
            double sum = 0;
            for (int c = 0; c < channels; c++)
                sum += (double)(map[p * channels + c] * weight[k * channels + c]);
            sum /= sqrt(1 + 1e-5);
            mean += (sum > 0 ? sum : 0) / positions;
        }
        largest = fmax(largest, fabs(mean - (double)features[k]));
    }
    CHECK(largest < 1e-4);
}

/* Up to its last block the variant of ours is timm's network: the same weights say the same. */
TEST(a_head_before_the_mean)
{
    enum { SIZE = 64, MAP_MAX = 2 * 2 * 128 };
    struct status st = {0};
    struct network *own = network_from_scratch("mobilenetv4_conv_small_050h", 1, SIZE, 3, &st);
    struct network *other = network_from_scratch("mobilenetv4_conv_small_050", 1, SIZE, 4, &st);
    struct pool *pool = pool_new(1, 0, &st);
    static float x[SIZE * SIZE * 3], maps[2][MAP_MAX], features[1280];
    for (int i = 0; i < SIZE * SIZE * 3; i++)
        x[i] = (float)(i * 7919 % 1000) / 500 - 1;
    if (CHECK(own && other && pool) && CHECK_INT(own->features, 1280)) {
        copy_same(own, other);
        int cut = own->graph->block_ends[own->graph->block_count - 1];
        int channels = own->graph->nodes[cut].channels;
        CHECK_INT(network_cut_floats(own, cut, SIZE, SIZE), 4 * (size_t)channels);
        struct engine *a = engine_new(own, pool, SIZE, SIZE, ENGINE_FORWARD, 1, &st);
        struct engine *b = engine_new(other, pool, SIZE, SIZE, ENGINE_FORWARD, 1, &st);
        if (CHECK(a && b && 4 * channels <= MAP_MAX)) {
            engine_forward_to(a, cut, x, 1, maps[0]);
            engine_forward_to(b, cut, x, 1, maps[1]);
            CHECK(memcmp(maps[0], maps[1], 4 * (size_t)channels * sizeof(float)) == 0);
            engine_forward(a, x, 1, features, NULL);
            check_features(own, maps[0], 4, channels, features);
        }
        engine_free(a);
        engine_free(b);
    }
    pool_free(pool);
    network_free(own);
    network_free(other);
}

/* ---- too much ---- */

TEST(over_the_limit_the_largest_size_is_told)
{
    static const struct {
        const char *name;
        int size;
    } known[] = {
        {"mobilenetv4_conv_large", 192}, {"efficientnet_b4", 256}, {"efficientnet_v2_s", 160}};
    for (size_t i = 0; i < LENGTH(known); i++) {
        struct network *n = declared(known[i].name, 1000);
        struct status st = {0};
        char expected[40];
        if (!n)
            continue;
        snprintf(expected, sizeof expected, "%d x %d are the largest", known[i].size,
                 known[i].size);
        CHECK_INT(network_largest_size(n), known[i].size);
        CHECK(network_macs(n, known[i].size, known[i].size) <= NETWORK_MAX_MACS);
        CHECK(network_macs(n, known[i].size + 32, known[i].size + 32) > NETWORK_MAX_MACS);
        CHECK_INT(network_check_macs(n, 384, 384, &st), -1);
        CHECK_INT(st.code, STATUS_LIMIT);
        CHECK_CONTAINS(st.text, expected);
        CHECK_CONTAINS(st.text, "384 x 384");
        CHECK_INT(network_check_macs(n, known[i].size, known[i].size, &st), 0);
        network_free(n);
    }
}

int main(int argc, char **argv)
{
    return test_main(argc, argv);
}
