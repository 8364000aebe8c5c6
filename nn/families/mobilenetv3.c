/* MobileNetV3 (Howard et al. 2019), and LCNet (Cui et al. 2021), which is V3's parts in V1's shape.
 */
#include <stddef.h>

#include "nn/families/blocks.h"

enum { RELU = ROW_RELU, GATE = ROW_GATE };

/* Columns: stage, kind, repeats, size, stride, expand, channels, flags. */
static const struct row large_rows[] = {{0, BLOCK_SEPARABLE, 1, 3, 1, 1, 16, RELU},
                                        {1, BLOCK_INVERTED, 1, 3, 2, 4, 24, RELU},
                                        {1, BLOCK_INVERTED, 1, 3, 1, 3, 24, RELU},
                                        {2, BLOCK_INVERTED, 3, 5, 2, 3, 40, RELU | GATE},
                                        {3, BLOCK_INVERTED, 1, 3, 2, 6, 80, 0},
                                        {3, BLOCK_INVERTED, 1, 3, 1, 2.5f, 80, 0},
                                        {3, BLOCK_INVERTED, 2, 3, 1, 2.3f, 80, 0},
                                        {4, BLOCK_INVERTED, 2, 3, 1, 6, 112, GATE},
                                        {5, BLOCK_INVERTED, 3, 5, 2, 6, 160, GATE},
                                        {6, BLOCK_CONV, 1, 1, 1, 1, 960, 0},
                                        {0}};
static const struct row small_rows[] = {{0, BLOCK_SEPARABLE, 1, 3, 2, 1, 16, RELU | GATE},
                                        {1, BLOCK_INVERTED, 1, 3, 2, 4.5f, 24, RELU},
                                        {1, BLOCK_INVERTED, 1, 3, 1, 3.67f, 24, RELU},
                                        {2, BLOCK_INVERTED, 1, 5, 2, 4, 40, GATE},
                                        {2, BLOCK_INVERTED, 2, 5, 1, 6, 40, GATE},
                                        {3, BLOCK_INVERTED, 2, 5, 1, 3, 48, GATE},
                                        {4, BLOCK_INVERTED, 3, 5, 2, 6, 96, GATE},
                                        {5, BLOCK_CONV, 1, 1, 1, 1, 576, 0},
                                        {0}};
/* The first of timm's: no residual in the first block, no bias in the head. */
static const struct row rw_rows[] = {{0, BLOCK_SEPARABLE, 1, 3, 1, 1, 16, RELU | ROW_ALONE},
                                     {1, BLOCK_INVERTED, 1, 3, 2, 4, 24, RELU},
                                     {1, BLOCK_INVERTED, 1, 3, 1, 3, 24, RELU},
                                     {2, BLOCK_INVERTED, 3, 5, 2, 3, 40, RELU | GATE},
                                     {3, BLOCK_INVERTED, 1, 3, 2, 6, 80, 0},
                                     {3, BLOCK_INVERTED, 1, 3, 1, 2.5f, 80, 0},
                                     {3, BLOCK_INVERTED, 2, 3, 1, 2.3f, 80, 0},
                                     {4, BLOCK_INVERTED, 2, 3, 1, 6, 112, GATE},
                                     {5, BLOCK_INVERTED, 3, 5, 2, 6, 160, GATE},
                                     {6, BLOCK_CONV, 1, 1, 1, 1, 960, 0},
                                     {0}};

static const struct recipe large = {.rows = large_rows,
                                    .act = ACT_HARD_SWISH,
                                    .stem = 16,
                                    .stem_from = 0.75f,
                                    .round_limit = 0.9,
                                    .head = HEAD_POOLED,
                                    .head_channels = 1280,
                                    .gate_width = GATE_OF_EXPANDED_8,
                                    .gate_act = ACT_RELU,
                                    .gate = ACT_HARD_SIGMOID};
static const struct recipe small = {.rows = small_rows,
                                    .act = ACT_HARD_SWISH,
                                    .stem = 16,
                                    .stem_from = 0.75f,
                                    .round_limit = 0.9,
                                    .head = HEAD_POOLED,
                                    .head_channels = 1024,
                                    .gate_width = GATE_OF_EXPANDED_8,
                                    .gate_act = ACT_RELU,
                                    .gate = ACT_HARD_SIGMOID};
static const struct recipe large_minimal = {.rows = large_rows,
                                            .act = ACT_RELU,
                                            .minimal = 1,
                                            .stem = 16,
                                            .stem_from = 0.75f,
                                            .round_limit = 0.9,
                                            .head = HEAD_POOLED,
                                            .head_channels = 1280};
static const struct recipe small_minimal = {.rows = small_rows,
                                            .act = ACT_RELU,
                                            .minimal = 1,
                                            .stem = 16,
                                            .stem_from = 0.75f,
                                            .round_limit = 0.9,
                                            .head = HEAD_POOLED,
                                            .head_channels = 1024};
static const struct recipe rw = {.rows = rw_rows,
                                 .act = ACT_HARD_SWISH,
                                 .stem = 16,
                                 .round_limit = 0.9,
                                 .head = HEAD_POOLED_PLAIN,
                                 .head_channels = 1280,
                                 .gate_width = GATE_OF_EXPANDED,
                                 .gate = ACT_HARD_SIGMOID};

static const struct variant mobilenetv3_variants[] = {
    {"mobilenetv3_large_100", &large, 1, 1, 224, 0.875f, 0, NAMES_TIMM},
    {"mobilenetv3_large_075", &large, 0.75, 1, 224, 0.875f, BILINEAR, NAMES_TIMM},
    {"mobilenetv3_large_150d", &large, 1.5, 1.2, 256, 0.95f, HALF | BILINEAR, NAMES_TIMM},
    {"mobilenetv3_large_#", &large, 1, 1, 224, 0.875f, 0, NAMES_TIMM},
    {"mobilenetv3_small_100", &small, 1, 1, 224, 0.875f, 0, NAMES_TIMM},
    {"mobilenetv3_small_075", &small, 0.75, 1, 224, 0.875f, 0, NAMES_TIMM},
    {"mobilenetv3_small_050", &small, 0.5, 1, 224, 0.875f, 0, NAMES_TIMM},
    {"mobilenetv3_small_#", &small, 1, 1, 224, 0.875f, 0, NAMES_TIMM},
    {"tf_mobilenetv3_large_minimal_100", &large_minimal, 1, 1, 224, 0.875f, HALF | BILINEAR,
     NAMES_TIMM},
    {"tf_mobilenetv3_small_minimal_100", &small_minimal, 1, 1, 224, 0.875f, HALF | BILINEAR,
     NAMES_TIMM},
    {"mobilenetv3_large_minimal_#", &large_minimal, 1, 1, 224, 0.875f, BILINEAR, NAMES_TIMM},
    {"mobilenetv3_small_minimal_#", &small_minimal, 1, 1, 224, 0.875f, BILINEAR, NAMES_TIMM},
    {"mobilenetv3_rw", &rw, 1, 1, 224, 0.875f, EPS_3, NAMES_TIMM},
    {"mobilenet_v3_large", &large, 1, 1, 224, 0.9655f, BILINEAR | EPS_3, NAMES_V3},
    {"mobilenet_v3_small", &small, 1, 1, 224, 0.875f, BILINEAR | EPS_3, NAMES_V3},
    {NULL}};

const struct family family_mobilenetv3 = {
    .name = "mobilenetv3",
    .known = "mobilenetv3_large_100, mobilenetv3_small_100 and other widths, tf_ and minimal ones, "
             "mobilenet_v3_large, mobilenet_v3_small (torchvision)",
    .variants = mobilenetv3_variants};

static const struct row lcnet_rows[] = {
    {0, BLOCK_SEPARABLE_ACT, 1, 3, 1, 1, 32, 0},     {1, BLOCK_SEPARABLE_ACT, 2, 3, 2, 1, 64, 0},
    {2, BLOCK_SEPARABLE_ACT, 2, 3, 2, 1, 128, 0},    {3, BLOCK_SEPARABLE_ACT, 1, 3, 2, 1, 256, 0},
    {3, BLOCK_SEPARABLE_ACT, 1, 5, 1, 1, 256, 0},    {4, BLOCK_SEPARABLE_ACT, 4, 5, 1, 1, 256, 0},
    {5, BLOCK_SEPARABLE_ACT, 2, 5, 2, 1, 512, GATE}, {0}};
static const struct recipe lcnet = {.rows = lcnet_rows,
                                    .act = ACT_HARD_SWISH,
                                    .stem = 16,
                                    .round_limit = 0.9,
                                    .head = HEAD_POOLED,
                                    .head_channels = 1280,
                                    .gate_width = GATE_OF_EXPANDED,
                                    .gate_act = ACT_RELU,
                                    .gate = ACT_HARD_SIGMOID};

static const struct variant lcnet_variants[] = {
    {"lcnet_100", &lcnet, 1, 1, 224, 0.875f, 0, NAMES_TIMM},
    {"lcnet_035", &lcnet, 0.35, 1, 224, 0.875f, BILINEAR, NAMES_TIMM},
    {"lcnet_050", &lcnet, 0.5, 1, 224, 0.875f, 0, NAMES_TIMM},
    {"lcnet_075", &lcnet, 0.75, 1, 224, 0.875f, 0, NAMES_TIMM},
    {"lcnet_150", &lcnet, 1.5, 1, 224, 0.875f, BILINEAR, NAMES_TIMM},
    {"lcnet_#", &lcnet, 1, 1, 224, 0.875f, 0, NAMES_TIMM},
    {NULL}};

const struct family family_lcnet = {
    .name = "lcnet", .known = "lcnet_100 and other widths", .variants = lcnet_variants};
