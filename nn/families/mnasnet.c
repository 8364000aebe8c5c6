/* Networks found by search: MNASNet B1, A1 with gates, small (Tan et al. 2018), FBNet-C (Wu et al.
 * 2018), Single-Path NAS (Stamoulis et al. 2019), FBNetV3 (Dai et al. 2020). */
#include <stddef.h>

#include "nn/families/blocks.h"

enum { I = BLOCK_INVERTED, S = BLOCK_SEPARABLE, GATE = ROW_GATE, ALONE = ROW_ALONE };

/* Columns: stage, kind, repeats, size, stride, expand, channels, flags. */
static const struct row b1_rows[] = {{0, S, 1, 3, 1, 1, 16, ALONE},  {1, I, 3, 3, 2, 3, 24, 0},
                                     {2, I, 3, 5, 2, 3, 40, 0},      {3, I, 3, 5, 2, 6, 80, 0},
                                     {4, I, 2, 3, 1, 6, 96, 0},      {5, I, 4, 5, 2, 6, 192, 0},
                                     {6, I, 1, 3, 1, 6, 320, ALONE}, {0}};
static const struct row a1_rows[] = {{0, S, 1, 3, 1, 1, 16, ALONE}, {1, I, 2, 3, 2, 6, 24, 0},
                                     {2, I, 3, 5, 2, 3, 40, GATE},  {3, I, 4, 3, 2, 6, 80, 0},
                                     {4, I, 2, 3, 1, 6, 112, GATE}, {5, I, 3, 5, 2, 6, 160, GATE},
                                     {6, I, 1, 3, 1, 6, 320, 0},    {0}};
static const struct row small_rows[] = {{0, S, 1, 3, 1, 1, 8, 0},     {1, I, 1, 3, 2, 3, 16, 0},
                                        {2, I, 2, 3, 2, 6, 16, 0},    {3, I, 4, 5, 2, 6, 32, GATE},
                                        {4, I, 3, 3, 1, 6, 32, GATE}, {5, I, 3, 5, 2, 6, 88, GATE},
                                        {6, I, 1, 3, 1, 6, 144, 0},   {0}};
static const struct row fbnetc_rows[] = {
    {0, I, 1, 3, 1, 1, 16, 0},  {1, I, 1, 3, 2, 6, 24, 0},  {1, I, 2, 3, 1, 1, 24, 0},
    {2, I, 1, 5, 2, 6, 32, 0},  {2, I, 1, 5, 1, 3, 32, 0},  {2, I, 1, 5, 1, 6, 32, 0},
    {2, I, 1, 3, 1, 6, 32, 0},  {3, I, 1, 5, 2, 6, 64, 0},  {3, I, 1, 5, 1, 3, 64, 0},
    {3, I, 2, 5, 1, 6, 64, 0},  {4, I, 3, 5, 1, 6, 112, 0}, {4, I, 1, 5, 1, 3, 112, 0},
    {5, I, 4, 5, 2, 6, 184, 0}, {6, I, 1, 3, 1, 6, 352, 0}, {0}};
static const struct row spnasnet_rows[] = {{0, S, 1, 3, 1, 1, 16, ALONE},
                                           {1, I, 3, 3, 2, 3, 24, 0},
                                           {2, I, 1, 5, 2, 6, 40, 0},
                                           {2, I, 3, 3, 1, 3, 40, 0},
                                           {3, I, 1, 5, 2, 6, 80, 0},
                                           {3, I, 3, 3, 1, 3, 80, 0},
                                           {4, I, 1, 5, 1, 6, 96, 0},
                                           {4, I, 3, 5, 1, 3, 96, 0},
                                           {5, I, 4, 5, 2, 6, 192, 0},
                                           {6, I, 1, 3, 1, 6, 320, ALONE},
                                           {0}};

static const struct recipe b1 = {.rows = b1_rows,
                                 .act = ACT_RELU,
                                 .stem = 32,
                                 .round_limit = 0.9,
                                 .head = HEAD_CONV,
                                 .head_channels = 1280};
static const struct recipe a1 = {.rows = a1_rows,
                                 .act = ACT_RELU,
                                 .stem = 32,
                                 .round_limit = 0.9,
                                 .head = HEAD_CONV,
                                 .head_channels = 1280,
                                 .gate = ACT_SIGMOID};
static const struct recipe small = {.rows = small_rows,
                                    .act = ACT_RELU,
                                    .stem = 8,
                                    .round_limit = 0.9,
                                    .head = HEAD_CONV,
                                    .head_channels = 1280,
                                    .gate = ACT_SIGMOID};
static const struct recipe fbnetc = {.rows = fbnetc_rows,
                                     .act = ACT_RELU,
                                     .stem = 16,
                                     .round_limit = 0.9,
                                     .head = HEAD_CONV,
                                     .head_channels = 1984};
static const struct recipe spnasnet = {.rows = spnasnet_rows,
                                       .act = ACT_RELU,
                                       .stem = 32,
                                       .round_limit = 0.9,
                                       .head = HEAD_CONV,
                                       .head_channels = 1280};

static const struct variant mnasnet_variants[] = {
    {"mnasnet_100", &b1, 1, 1, 224, 0.875f, 0, NAMES_TIMM},
    {"mnasnet_050", &b1, 0.5, 1, 224, 0.875f, 0, NAMES_TIMM},
    {"mnasnet_075", &b1, 0.75, 1, 224, 0.875f, 0, NAMES_TIMM},
    {"mnasnet_140", &b1, 1.4, 1, 224, 0.875f, 0, NAMES_TIMM},
    {"mnasnet_#", &b1, 1, 1, 224, 0.875f, 0, NAMES_TIMM},
    {"semnasnet_100", &a1, 1, 1, 224, 0.875f, 0, NAMES_TIMM},
    {"semnasnet_050", &a1, 0.5, 1, 224, 0.875f, 0, NAMES_TIMM},
    {"semnasnet_075", &a1, 0.75, 1, 224, 0.875f, 0, NAMES_TIMM},
    {"semnasnet_140", &a1, 1.4, 1, 224, 0.875f, 0, NAMES_TIMM},
    {"semnasnet_#", &a1, 1, 1, 224, 0.875f, 0, NAMES_TIMM},
    {"mnasnet_small", &small, 1, 1, 224, 0.875f, 0, NAMES_TIMM},
    {"fbnetc_100", &fbnetc, 1, 1, 224, 0.875f, BILINEAR | EPS_3, NAMES_TIMM},
    {"spnasnet_100", &spnasnet, 1, 1, 224, 0.875f, BILINEAR, NAMES_TIMM},
    {"mnasnet0_5", &b1, 0.5, 1, 224, 0.875f, BILINEAR, NAMES_MNASNET},
    {"mnasnet0_75", &b1, 0.75, 1, 224, 0.9655f, BILINEAR, NAMES_MNASNET},
    {"mnasnet1_0", &b1, 1, 1, 224, 0.875f, BILINEAR, NAMES_MNASNET},
    {"mnasnet1_3", &b1, 1.3, 1, 224, 0.9655f, BILINEAR, NAMES_MNASNET},
    {NULL}};

const struct family family_mnasnet = {
    .name = "mnasnet",
    .known =
        "mnasnet_100, semnasnet_100 and other widths, mnasnet_small, fbnetc_100, spnasnet_100, "
        "mnasnet0_5, 0_75, 1_0, 1_3 (torchvision)",
    .variants = mnasnet_variants};

static const struct row fbnetv3_b_rows[] = {{0, S, 2, 3, 1, 1, 16, 0},
                                            {1, I, 1, 5, 2, 4, 24, 0},
                                            {1, I, 3, 5, 1, 2, 24, 0},
                                            {2, I, 1, 5, 2, 5, 40, GATE},
                                            {2, I, 4, 5, 1, 3, 40, GATE},
                                            {3, I, 1, 5, 2, 5, 72, 0},
                                            {3, I, 4, 3, 1, 3, 72, 0},
                                            {4, I, 1, 3, 1, 5, 120, GATE},
                                            {4, I, 5, 5, 1, 3, 120, GATE},
                                            {5, I, 1, 3, 2, 6, 184, GATE},
                                            {5, I, 5, 5, 1, 4, 184, GATE},
                                            {5, I, 1, 5, 1, 6, 224, GATE},
                                            {6, BLOCK_CONV, 1, 1, 1, 1, 1344, 0},
                                            {0}};
static const struct row fbnetv3_d_rows[] = {{0, S, 2, 3, 1, 1, 16, 0},
                                            {1, I, 1, 3, 2, 5, 24, 0},
                                            {1, I, 5, 3, 1, 2, 24, 0},
                                            {2, I, 1, 5, 2, 4, 40, GATE},
                                            {2, I, 4, 3, 1, 3, 40, GATE},
                                            {3, I, 1, 3, 2, 5, 72, 0},
                                            {3, I, 4, 3, 1, 3, 72, 0},
                                            {4, I, 1, 3, 1, 5, 128, GATE},
                                            {4, I, 6, 5, 1, 3, 128, GATE},
                                            {5, I, 1, 3, 2, 6, 208, GATE},
                                            {5, I, 5, 5, 1, 5, 208, GATE},
                                            {5, I, 1, 5, 1, 6, 240, GATE},
                                            {6, BLOCK_CONV, 1, 1, 1, 1, 1440, 0},
                                            {0}};
static const struct row fbnetv3_g_rows[] = {{0, S, 3, 3, 1, 1, 24, 0},
                                            {1, I, 1, 5, 2, 4, 40, 0},
                                            {1, I, 4, 5, 1, 2, 40, 0},
                                            {2, I, 1, 5, 2, 4, 56, GATE},
                                            {2, I, 4, 5, 1, 3, 56, GATE},
                                            {3, I, 1, 5, 2, 5, 104, 0},
                                            {3, I, 4, 3, 1, 3, 104, 0},
                                            {4, I, 1, 3, 1, 5, 160, GATE},
                                            {4, I, 8, 5, 1, 3, 160, GATE},
                                            {5, I, 1, 3, 2, 6, 264, GATE},
                                            {5, I, 6, 5, 1, 5, 264, GATE},
                                            {5, I, 2, 5, 1, 6, 288, GATE},
                                            {6, BLOCK_CONV, 1, 1, 1, 1, 1728, 0},
                                            {0}};

#define FBNETV3(ROWS, STEM)                                                                        \
    {                                                                                              \
        .rows = ROWS, .act = ACT_HARD_SWISH, .stem = STEM, .round_limit = 0.95,                    \
        .head = HEAD_POOLED_PLAIN, .head_channels = 1984, .gate_width = GATE_OF_INPUT_8,           \
        .gate = ACT_HARD_SIGMOID                                                                   \
    }

static const struct recipe fbnetv3_b = FBNETV3(fbnetv3_b_rows, 16);
static const struct recipe fbnetv3_d = FBNETV3(fbnetv3_d_rows, 24);
static const struct recipe fbnetv3_g = FBNETV3(fbnetv3_g_rows, 32);

static const struct variant fbnetv3_variants[] = {
    {"fbnetv3_b", &fbnetv3_b, 1, 1, 224, 0.95f, BILINEAR, NAMES_TIMM},
    {"fbnetv3_d", &fbnetv3_d, 1, 1, 224, 0.95f, BILINEAR, NAMES_TIMM},
    {"fbnetv3_g", &fbnetv3_g, 1, 1, 240, 0.95f, BILINEAR, NAMES_TIMM},
    {NULL}};

const struct family family_fbnetv3 = {
    .name = "fbnetv3", .known = "fbnetv3_b, _d, _g", .variants = fbnetv3_variants};
