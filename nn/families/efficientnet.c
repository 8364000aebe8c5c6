/* EfficientNet (Tan and Le 2019), its Lite variants, which have neither gates nor SiLU, and
 * EfficientNetV2 (Tan and Le 2021). */
#include <stddef.h>

#include "nn/families/blocks.h"

enum { I = BLOCK_INVERTED, S = BLOCK_SEPARABLE, F = BLOCK_FUSED, C = BLOCK_CONV, GATE = ROW_GATE };

/* Columns: stage, kind, repeats, size, stride, expand, channels, flags. */
static const struct row v1_rows[] = {{0, S, 1, 3, 1, 1, 16, GATE},  {1, I, 2, 3, 2, 6, 24, GATE},
                                     {2, I, 2, 5, 2, 6, 40, GATE},  {3, I, 3, 3, 2, 6, 80, GATE},
                                     {4, I, 3, 5, 1, 6, 112, GATE}, {5, I, 4, 5, 2, 6, 192, GATE},
                                     {6, I, 1, 3, 1, 6, 320, GATE}, {0}};
static const struct row lite_rows[] = {{0, S, 1, 3, 1, 1, 16, 0},  {1, I, 2, 3, 2, 6, 24, 0},
                                       {2, I, 2, 5, 2, 6, 40, 0},  {3, I, 3, 3, 2, 6, 80, 0},
                                       {4, I, 3, 5, 1, 6, 112, 0}, {5, I, 4, 5, 2, 6, 192, 0},
                                       {6, I, 1, 3, 1, 6, 320, 0}, {0}};
static const struct row v2_rows[] = {{0, C, 1, 3, 1, 1, 16, ROW_SKIP},
                                     {1, F, 2, 3, 2, 4, 32, 0},
                                     {2, F, 2, 3, 2, 4, 48, 0},
                                     {3, I, 3, 3, 2, 4, 96, GATE},
                                     {4, I, 5, 3, 1, 6, 112, GATE},
                                     {5, I, 8, 3, 2, 6, 192, GATE},
                                     {0}};
static const struct row v2_s_rows[] = {{0, C, 2, 3, 1, 1, 24, ROW_SKIP},
                                       {1, F, 4, 3, 2, 4, 48, 0},
                                       {2, F, 4, 3, 2, 4, 64, 0},
                                       {3, I, 6, 3, 2, 4, 128, GATE},
                                       {4, I, 9, 3, 1, 6, 160, GATE},
                                       {5, I, 15, 3, 2, 6, 256, GATE},
                                       {0}};

static const struct recipe v1 = {.rows = v1_rows,
                                 .act = ACT_SILU,
                                 .stem = 32,
                                 .round_limit = 0.9,
                                 .head = HEAD_CONV,
                                 .head_channels = 1280,
                                 .head_width = HEAD_SCALED,
                                 .gate = ACT_SIGMOID};
static const struct recipe lite = {.rows = lite_rows,
                                   .act = ACT_RELU6,
                                   .stem = 32,
                                   .round_limit = 0.9,
                                   .head = HEAD_CONV,
                                   .head_channels = 1280};
static const struct recipe v2 = {.rows = v2_rows,
                                 .act = ACT_SILU,
                                 .stem = 32,
                                 .round_limit = 0,
                                 .head = HEAD_CONV,
                                 .head_channels = 1280,
                                 .head_width = HEAD_SCALED,
                                 .gate = ACT_SIGMOID};
static const struct recipe v2_s = {.rows = v2_s_rows,
                                   .act = ACT_SILU,
                                   .stem = 24,
                                   .round_limit = 0.9,
                                   .head = HEAD_CONV,
                                   .head_channels = 1280,
                                   .head_width = HEAD_SCALED,
                                   .gate = ACT_SIGMOID};

enum { LITE = FIXED_ENDS, TF_LITE = FIXED_ENDS | HALF };

/* Larger ones than B4 and V2-S are over the limit at any size that is worth while. */
static const struct variant efficientnet_variants[] = {
    {"efficientnet_b0", &v1, 1, 1, 224, 0.875f, 0, NAMES_TIMM},
    {"efficientnet_b1", &v1, 1, 1.1, 240, 0.9f, HALF, NAMES_TIMM},
    {"efficientnet_b2", &v1, 1.1, 1.2, 256, 0.875f, 0, NAMES_TIMM},
    {"efficientnet_b3", &v1, 1.2, 1.4, 288, 0.875f, 0, NAMES_TIMM},
    {"efficientnet_b4", &v1, 1.4, 1.8, 320, 0.875f, 0, NAMES_TIMM},
    {"tf_efficientnet_b0", &v1, 1, 1, 224, 0.875f, 0, NAMES_TIMM},
    {"tf_efficientnet_b1", &v1, 1, 1.1, 240, 0.882f, 0, NAMES_TIMM},
    {"tf_efficientnet_b2", &v1, 1.1, 1.2, 260, 0.89f, 0, NAMES_TIMM},
    {"tf_efficientnet_b3", &v1, 1.2, 1.4, 300, 0.904f, 0, NAMES_TIMM},
    {"tf_efficientnet_b4", &v1, 1.4, 1.8, 380, 0.922f, 0, NAMES_TIMM},
    {"efficientnet_b0", &v1, 1, 1, 224, 0.875f, 0, NAMES_STAGES},
    {"efficientnet_b1", &v1, 1, 1.1, 240, 0.9411f, BILINEAR, NAMES_STAGES},
    {"efficientnet_b2", &v1, 1.1, 1.2, 288, 1, 0, NAMES_STAGES},
    {"efficientnet_b3", &v1, 1.2, 1.4, 300, 0.9375f, 0, NAMES_STAGES},
    {"efficientnet_b4", &v1, 1.4, 1.8, 380, 0.9895f, 0, NAMES_STAGES},
    {"tf_efficientnet_lite0", &lite, 1, 1, 224, 0.875f, TF_LITE, NAMES_TIMM},
    {"tf_efficientnet_lite1", &lite, 1, 1.1, 240, 0.882f, TF_LITE, NAMES_TIMM},
    {"tf_efficientnet_lite2", &lite, 1.1, 1.2, 260, 0.89f, TF_LITE, NAMES_TIMM},
    {"tf_efficientnet_lite3", &lite, 1.2, 1.4, 300, 0.904f, TF_LITE | BILINEAR, NAMES_TIMM},
    {"tf_efficientnet_lite4", &lite, 1.4, 1.8, 380, 0.92f, TF_LITE | BILINEAR, NAMES_TIMM},
    {"efficientnet_lite0", &lite, 1, 1, 224, 0.875f, LITE, NAMES_TIMM},
    {"efficientnet_lite1", &lite, 1, 1.1, 240, 0.882f, LITE, NAMES_TIMM},
    {"efficientnet_lite2", &lite, 1.1, 1.2, 260, 0.89f, LITE, NAMES_TIMM},
    {"efficientnet_lite3", &lite, 1.2, 1.4, 300, 0.904f, LITE, NAMES_TIMM},
    {"efficientnet_lite4", &lite, 1.4, 1.8, 380, 0.922f, LITE, NAMES_TIMM},
    {"tf_efficientnetv2_b0", &v2, 1, 1, 192, 0.875f, 0, NAMES_TIMM},
    {"tf_efficientnetv2_b1", &v2, 1, 1.1, 192, 0.882f, 0, NAMES_TIMM},
    {"tf_efficientnetv2_b2", &v2, 1.1, 1.2, 208, 0.89f, 0, NAMES_TIMM},
    {"tf_efficientnetv2_b3", &v2, 1.2, 1.4, 240, 0.9f, HALF, NAMES_TIMM},
    {"efficientnetv2_rw_t", &v2_s, 0.8, 0.9, 224, 1, 0, NAMES_TIMM},
    {"efficientnetv2_s", &v2_s, 1, 1, 288, 1, 0, NAMES_TIMM},
    {"tf_efficientnetv2_s", &v2_s, 1, 1, 300, 1, HALF, NAMES_TIMM},
    {"efficientnet_v2_s", &v2_s, 1, 1, 384, 1, BILINEAR | EPS_3, NAMES_STAGES},
    {NULL}};

const struct family family_efficientnet = {
    .name = "efficientnet",
    .known = "efficientnet_b0 to b4, tf_efficientnet_b0 to b4, tf_efficientnet_lite0 to 4, "
             "tf_efficientnetv2_b0 to b3, efficientnetv2_rw_t, efficientnet_v2_s (torchvision)",
    .variants = efficientnet_variants};
