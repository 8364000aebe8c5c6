/* MobileNetV4 without attention (Qin et al. 2024). Its blocks are universal inverted bottlenecks:
 * which of their two depthwise convolutions there are, tensors and tables say. */
#include <stddef.h>

#include "nn/families/blocks.h"

enum { U = BLOCK_UNIVERSAL, S3 = ROW_START_3, S5 = ROW_START_5 };

/* Columns: stage, kind, repeats, size of FILTER, stride, expand, channels, flags. */
#define SMALL_BODY                                                                                 \
    {0, BLOCK_CONV, 1, 3, 2, 1, 32, 0}, {0, BLOCK_CONV, 1, 1, 1, 1, 32, 0},                        \
        {1, BLOCK_CONV, 1, 3, 2, 1, 96, 0}, {1, BLOCK_CONV, 1, 1, 1, 1, 64, 0},                    \
        {2, U, 1, 5, 2, 3, 96, S5}, {2, U, 4, 3, 1, 2, 96, 0}, {2, U, 1, 0, 1, 4, 96, S3},         \
        {3, U, 1, 3, 2, 6, 128, S3}, {3, U, 1, 5, 1, 4, 128, S5}, {3, U, 1, 5, 1, 4, 128, 0},      \
        {3, U, 1, 5, 1, 3, 128, 0},                                                                \
    {                                                                                              \
        3, U, 2, 3, 1, 4, 128, 0                                                                   \
    }
static const struct row small_rows[] = {SMALL_BODY, {4, BLOCK_CONV, 1, 1, 1, 1, 960, 0}, {0}};
/* Ours: the 1 x 1 convolution of the head before the mean, as in V2: less parameters, and what it
 * says of every position counts. */
static const struct row small_h_rows[] = {SMALL_BODY, {0}};
static const struct row medium_rows[] = {{0, BLOCK_FUSED, 1, 3, 2, 4, 48, 0},
                                         {1, U, 1, 5, 2, 4, 80, S3},
                                         {1, U, 1, 3, 1, 2, 80, S3},
                                         {2, U, 1, 5, 2, 6, 160, S3},
                                         {2, U, 2, 3, 1, 4, 160, S3},
                                         {2, U, 1, 5, 1, 4, 160, S3},
                                         {2, U, 1, 3, 1, 4, 160, S3},
                                         {2, U, 1, 0, 1, 4, 160, S3},
                                         {2, U, 1, 0, 1, 2, 160, 0},
                                         {2, U, 1, 0, 1, 4, 160, S3},
                                         {3, U, 1, 5, 2, 6, 256, S5},
                                         {3, U, 1, 5, 1, 4, 256, S5},
                                         {3, U, 2, 5, 1, 4, 256, S3},
                                         {3, U, 1, 0, 1, 4, 256, 0},
                                         {3, U, 1, 0, 1, 4, 256, S3},
                                         {3, U, 1, 5, 1, 2, 256, S3},
                                         {3, U, 1, 5, 1, 4, 256, S5},
                                         {3, U, 2, 0, 1, 4, 256, 0},
                                         {3, U, 1, 0, 1, 2, 256, S5},
                                         {4, BLOCK_CONV, 1, 1, 1, 1, 960, 0},
                                         {0}};
static const struct row large_rows[] = {{0, BLOCK_FUSED, 1, 3, 2, 4, 48, 0},
                                        {1, U, 1, 5, 2, 4, 96, S3},
                                        {1, U, 1, 3, 1, 4, 96, S3},
                                        {2, U, 1, 5, 2, 4, 192, S3},
                                        {2, U, 3, 3, 1, 4, 192, S3},
                                        {2, U, 1, 5, 1, 4, 192, S3},
                                        {2, U, 5, 3, 1, 4, 192, S5},
                                        {2, U, 1, 0, 1, 4, 192, S3},
                                        {3, U, 4, 5, 2, 4, 512, S5},
                                        {3, U, 1, 0, 1, 4, 512, S5},
                                        {3, U, 1, 3, 1, 4, 512, S5},
                                        {3, U, 2, 0, 1, 4, 512, S5},
                                        {3, U, 1, 3, 1, 4, 512, S5},
                                        {3, U, 1, 5, 1, 4, 512, S5},
                                        {3, U, 3, 0, 1, 4, 512, S5},
                                        {4, BLOCK_CONV, 1, 1, 1, 1, 960, 0},
                                        {0}};

static const struct recipe small = {.rows = small_rows,
                                    .act = ACT_RELU,
                                    .stem = 32,
                                    .stem_from = 1,
                                    .round_limit = 0.9,
                                    .head = HEAD_POOLED_NORM,
                                    .head_channels = 1280};
static const struct recipe small_h = {.rows = small_h_rows,
                                      .act = ACT_RELU,
                                      .stem = 32,
                                      .stem_from = 1,
                                      .round_limit = 0.9,
                                      .head = HEAD_CONV,
                                      .head_channels = 1280,
                                      .head_width = HEAD_WIDENED};
static const struct recipe medium = {.rows = medium_rows,
                                     .act = ACT_RELU,
                                     .stem = 32,
                                     .stem_from = 1,
                                     .round_limit = 0.9,
                                     .head = HEAD_POOLED_NORM,
                                     .head_channels = 1280};
static const struct recipe large = {.rows = large_rows,
                                    .act = ACT_RELU,
                                    .stem = 24,
                                    .stem_from = 1,
                                    .round_limit = 0.9,
                                    .head = HEAD_POOLED_NORM,
                                    .head_channels = 1280};

static const struct variant mobilenetv4_variants[] = {
    {"mobilenetv4_conv_small", &small, 1, 1, 224, 0.875f, 0, NAMES_TIMM},
    {"mobilenetv4_conv_small_035", &small, 0.35, 1, 224, 0.875f, HALF, NAMES_TIMM},
    {"mobilenetv4_conv_small_050", &small, 0.5, 1, 224, 0.875f, HALF, NAMES_TIMM},
    {"mobilenetv4_conv_small_#h", &small_h, 1, 1, 224, 0.875f, 0, NAMES_TIMM},
    {"mobilenetv4_conv_small_#", &small, 1, 1, 224, 0.875f, 0, NAMES_TIMM},
    {"mobilenetv4_conv_medium", &medium, 1, 1, 256, 0.95f, 0, NAMES_TIMM},
    {"mobilenetv4_conv_medium_#", &medium, 1, 1, 256, 0.95f, 0, NAMES_TIMM},
    {"mobilenetv4_conv_large", &large, 1, 1, 384, 0.95f, 0, NAMES_TIMM},
    {"mobilenetv4_conv_large_#", &large, 1, 1, 384, 0.95f, 0, NAMES_TIMM},
    {NULL}};

const struct family family_mobilenetv4 = {
    .name = "mobilenetv4",
    .known = "mobilenetv4_conv_small, _medium, _large and other widths",
    .variants = mobilenetv4_variants};
