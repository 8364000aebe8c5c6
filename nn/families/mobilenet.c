/* MobileNet V1 (Howard et al. 2017) and V2 (Sandler et al. 2018). */
#include <stddef.h>

#include "nn/families/blocks.h"

/* Columns: stage, kind, repeats, size, stride, expand, channels, flags. */
static const struct row v1_rows[] = {
    {0, BLOCK_SEPARABLE_ACT, 1, 3, 1, 1, 64, 0},   {1, BLOCK_SEPARABLE_ACT, 2, 3, 2, 1, 128, 0},
    {2, BLOCK_SEPARABLE_ACT, 2, 3, 2, 1, 256, 0},  {3, BLOCK_SEPARABLE_ACT, 6, 3, 2, 1, 512, 0},
    {4, BLOCK_SEPARABLE_ACT, 2, 3, 2, 1, 1024, 0}, {0}};
static const struct recipe v1 = {
    .rows = v1_rows, .act = ACT_RELU6, .stem = 32, .round_limit = 0.9, .head = HEAD_NONE};
static const struct recipe v1_head = {.rows = v1_rows,
                                      .act = ACT_RELU6,
                                      .stem = 32,
                                      .round_limit = 0.9,
                                      .head = HEAD_CONV,
                                      .head_channels = 1024,
                                      .head_width = HEAD_WIDENED};

static const struct row v2_rows[] = {
    {0, BLOCK_SEPARABLE, 1, 3, 1, 1, 16, 0}, {1, BLOCK_INVERTED, 2, 3, 2, 6, 24, 0},
    {2, BLOCK_INVERTED, 3, 3, 2, 6, 32, 0},  {3, BLOCK_INVERTED, 4, 3, 2, 6, 64, 0},
    {4, BLOCK_INVERTED, 3, 3, 1, 6, 96, 0},  {5, BLOCK_INVERTED, 3, 3, 2, 6, 160, 0},
    {6, BLOCK_INVERTED, 1, 3, 1, 6, 320, 0}, {0}};
static const struct recipe v2 = {.rows = v2_rows,
                                 .act = ACT_RELU6,
                                 .stem = 32,
                                 .round_limit = 0.9,
                                 .head = HEAD_CONV,
                                 .head_channels = 1280,
                                 .head_width = HEAD_WIDENED};

static const struct variant mobilenet_variants[] = {
    {"mobilenetv1_100", &v1, 1, 1, 224, 0.875f, HALF, NAMES_TIMM},
    {"mobilenetv1_100h", &v1_head, 1, 1, 224, 0.875f, HALF, NAMES_TIMM},
    {"mobilenetv1_125", &v1, 1.25, 1, 224, 0.9f, HALF, NAMES_TIMM},
    {"mobilenetv1_#", &v1, 1, 1, 224, 0.875f, HALF, NAMES_TIMM},
    {"mobilenetv1_#h", &v1_head, 1, 1, 224, 0.875f, HALF, NAMES_TIMM},
    {"mobilenetv2_100", &v2, 1, 1, 224, 0.875f, 0, NAMES_TIMM},
    {"mobilenetv2_035", &v2, 0.35, 1, 224, 0.875f, 0, NAMES_TIMM},
    {"mobilenetv2_050", &v2, 0.5, 1, 224, 0.875f, 0, NAMES_TIMM},
    {"mobilenetv2_075", &v2, 0.75, 1, 224, 0.875f, 0, NAMES_TIMM},
    {"mobilenetv2_140", &v2, 1.4, 1, 224, 0.875f, 0, NAMES_TIMM},
    {"mobilenetv2_110d", &v2, 1.1, 1.2, 224, 0.875f, FIXED_ENDS, NAMES_TIMM},
    {"mobilenetv2_120d", &v2, 1.2, 1.4, 224, 0.875f, FIXED_ENDS, NAMES_TIMM},
    {"mobilenetv2_#", &v2, 1, 1, 224, 0.875f, 0, NAMES_TIMM},
    {"mobilenet_v2", &v2, 1, 1, 224, 0.9655f, BILINEAR, NAMES_V2},
    {NULL}};

const struct family family_mobilenet = {
    .name = "mobilenet",
    .known = "mobilenetv1_100, mobilenetv2_100 and other widths, mobilenetv2_110d, "
             "mobilenetv2_120d, mobilenet_v2 (torchvision)",
    .variants = mobilenet_variants};
