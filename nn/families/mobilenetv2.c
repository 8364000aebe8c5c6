/* MobileNetV2 (Sandler et al. 2018) as timm and torchvision name it, and EfficientNet-Lite,
 * which differs in its windows and widths only. An inverted residual block expands channels (1 x
 * 1), filters each (depthwise) and projects (1 x 1, no activation); its input is added where
 * shape allows. The first block has no expansion.
 *   timm:        conv_stem bn1 | blocks.S.B.{conv_pw bn1 conv_dw bn2 conv_pwl bn3}
 *                first stage: blocks.0.B.{conv_dw bn1 conv_pw bn2}
 *                conv_head bn2 | classifier
 *   torchvision: features.0.{0,1} | features.I.conv.{0.0 0.1 1.0 1.1 2 3}
 *                first block: features.1.conv.{0.0 0.1 1 2}
 *                features.18.{0,1} | classifier.1 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/status.h"
#include "nn/families/family.h"
#include "nn/weights/weights.h"

static const struct stage {
    int channels, blocks, stride, expand;
} stages[] = {{16, 1, 1, 1}, {24, 2, 2, 6},  {32, 3, 2, 6}, {64, 4, 2, 6},
              {96, 3, 1, 6}, {160, 3, 2, 6}, {320, 1, 1, 6}};
enum { STAGES = sizeof stages / sizeof *stages, BLOCKS_MAX = 64 };

struct plan {
    struct build *b;
    float width, depth;
    int fixed_ends; /* stem and head do not follow the width: timm's "d" variants, Lite */
    enum padding padding;
    float eps;
};

/* timm's make_divisible: a multiple of 8, not more than 10 % below. */
static int round_channels(float channels)
{
    int rounded = (int)(channels + 4) / 8 * 8;
    rounded = rounded < 8 ? 8 : rounded;
    return (float)rounded < 0.9f * channels ? rounded + 8 : rounded;
}

/* channels and size: what a network that is not read from a file has. */
static int conv(struct plan *p, int input, const char *name, const char *norm, int channels,
                int size, int stride, int depthwise, enum activation act)
{
    struct build *b = p->b;
    if (input < 0)
        return -1;
    struct conv c = {.name = name, .norm = norm, .eps = p->eps, .stride = stride, .act = act};
    c.channels = build_dim(b, name, 0, channels);
    c.size = c.channels < 0 ? -1 : build_dim(b, name, 2, size);
    if (c.size < 0)
        return -1;
    c.groups = depthwise ? b->graph->nodes[input].channels : 1;
    c.padding = p->padding;
    c.pad = (c.size - 1) / 2;
    return graph_conv(b->graph, b->params, input, &c, b->st);
}

/* Names of the tensors of one block, in order: convolution and norm of expand, depthwise,
 * project. */
struct block_names {
    char text[6][WEIGHTS_MAX_NAME];
};

static struct block_names names_of(const char *prefix, int torchvision, int expands)
{
    static const char *const suffixes[4][6] = {
        {"", "", "conv_dw", "bn1", "conv_pw", "bn2"},
        {"conv_pw", "bn1", "conv_dw", "bn2", "conv_pwl", "bn3"},
        {"", "", "conv.0.0", "conv.0.1", "conv.1", "conv.2"},
        {"conv.0.0", "conv.0.1", "conv.1.0", "conv.1.1", "conv.2", "conv.3"}};
    struct block_names names;
    for (int i = 0; i < 6; i++)
        snprintf(names.text[i], sizeof names.text[i], "%s.%s", prefix,
                 suffixes[2 * torchvision + expands][i]);
    return names;
}

static int block(struct plan *p, int input, const char *prefix, const struct stage *stage,
                 int channels, int stride)
{
    if (input < 0)
        return -1;
    struct graph *g = p->b->graph;
    struct block_names names = names_of(prefix, p->b->torchvision, stage->expand > 1);
    int x = input, in = g->nodes[input].channels;
    if (stage->expand > 1)
        x = conv(p, x, names.text[0], names.text[1], in * stage->expand, 1, 1, 0, ACT_RELU6);
    if (x < 0)
        return -1;
    x = conv(p, x, names.text[2], names.text[3], g->nodes[x].channels, 3, stride, 1, ACT_RELU6);
    x = conv(p, x, names.text[4], names.text[5], channels, 1, 1, 0, ACT_NONE);
    if (x >= 0 && stride == 1 && g->nodes[x].channels == in)
        x = graph_add(g, x, input, ACT_NONE, p->b->st);
    return x < 0 || graph_end_block(g, p->b->st) != 0 ? -1 : x;
}

static int timm_blocks(struct plan *p, int x)
{
    for (int s = 0; s < STAGES && x >= 0; s++) {
        const struct stage *stage = &stages[s];
        int scaled = (int)((float)stage->blocks * p->depth + 0.999f);
        /* the first and last stage keep their depth */
        int blocks = s == 0 || s == STAGES - 1 ? stage->blocks : scaled;
        for (int i = 0; i < BLOCKS_MAX && x >= 0; i++) {
            char prefix[64], first[96];
            snprintf(prefix, sizeof prefix, "blocks.%d.%d", s, i);
            snprintf(first, sizeof first, "%s.conv_dw", prefix);
            if (!build_has(p->b, first, i < blocks))
                break;
            x = block(p, x, prefix, stage, round_channels((float)stage->channels * p->width),
                      i == 0 ? stage->stride : 1);
        }
    }
    return x;
}

static int build_timm(struct plan *p)
{
    struct build *b = p->b;
    float ends = p->fixed_ends ? 1 : p->width;
    int head = round_channels(1280 * ends);
    int x = conv(p, 0, "conv_stem", "bn1", round_channels(32 * ends), 3, 2, 0, ACT_RELU6);
    x = timm_blocks(p, x);
    x = conv(p, x, "conv_head", "bn2", head > 1280 ? head : 1280, 1, 1, 0, ACT_RELU6);
    x = graph_mean(b->graph, x, b->st);
    int classes = build_dim(b, "classifier", 0, b->classes);
    return classes < 0 ? -1 : graph_linear(b->graph, b->params, x, "classifier", classes, b->st);
}

static int build_torchvision(struct plan *p)
{
    struct build *b = p->b;
    char prefix[64], norm[64];
    int x = conv(p, 0, "features.0.0", "features.0.1", 32, 3, 2, 0, ACT_RELU6), i = 1;
    for (int s = 0; s < STAGES; s++)
        for (int k = 0; k < stages[s].blocks; k++) {
            snprintf(prefix, sizeof prefix, "features.%d", i++);
            x = block(p, x, prefix, &stages[s], stages[s].channels, k ? 1 : stages[s].stride);
        }
    snprintf(prefix, sizeof prefix, "features.%d.0", i);
    snprintf(norm, sizeof norm, "features.%d.1", i);
    x = conv(p, x, prefix, norm, 1280, 1, 1, 0, ACT_RELU6);
    x = graph_mean(b->graph, x, b->st);
    int classes = build_dim(b, "classifier.1", 0, b->classes);
    return classes < 0 ? -1 : graph_linear(b->graph, b->params, x, "classifier.1", classes, b->st);
}

/* "mobilenetv2_110d" -> width 1.1, depth 1.2. Returns 0 where the name is not of this family. */
static int parse(const char *name, struct plan *p)
{
    int tf = strncmp(name, "tf_", 3) == 0, digits = 0, end = 0;
    p->padding = tf ? PAD_SAME : PAD_ZERO;
    p->eps = tf ? 1e-3f : 1e-5f;
    p->width = p->depth = 1;
    name += tf ? 3 : 0;
    if (strncmp(name, "efficientnet_lite", 17) == 0) {
        p->fixed_ends = 1;
        return name[17] >= '0' && name[17] <= '4' && !name[18];
    }
    if (!tf && strcmp(name, "mobilenet_v2") == 0)
        return 1;
    if (sscanf(name, "mobilenetv2_%3d%n", &digits, &end) != 1 || digits < 10 || digits > 400)
        return 0;
    p->width = (float)digits / 100;
    if (strcmp(name + end, "d") == 0) {
        p->depth = digits == 120 ? 1.4f : 1.2f;
        p->fixed_ends = 1;
        return 1;
    }
    return name[end] == 0;
}

static int knows(const char *architecture)
{
    struct plan p = {0};
    return parse(architecture, &p);
}

static const char *guess(const struct weights *w)
{
    if (weights_find(w, "features.1.conv.0.0.weight") && weights_find(w, "features.18.0.weight"))
        return "mobilenet_v2";
    if (weights_find(w, "blocks.6.0.conv_pwl.weight") && weights_find(w, "conv_head.weight") &&
        weights_find(w, "bn2.weight") && !weights_find(w, "blocks.1.0.se.conv_reduce.weight")) {
        const struct weights_tensor *t = weights_find(w, "blocks.2.0.conv_dw.weight");
        return t && t->rank == 4 && t->dims[2] == 5 ? "tf_efficientnet_lite0" : "mobilenetv2_100";
    }
    return NULL;
}

static int build(struct build *b)
{
    struct plan p = {.b = b};
    parse(b->architecture, &p);
    if (strncmp(b->architecture, "mobilenet_v2", 12) == 0)
        b->torchvision = 1;
    else if (b->weights)
        b->torchvision = build_has(b, "features.0.0", 0);
    if (!b->weights && strstr(b->architecture, "efficientnet_lite"))
        return status_fail(b->st, STATUS_UNSUPPORTED, "%s can only be read from a file",
                           b->architecture);
    return b->torchvision ? build_torchvision(&p) : build_timm(&p);
}

const struct family family_mobilenetv2 = {
    .name = "mobilenetv2",
    .known = "mobilenetv2_100 and other widths, mobilenetv2_110d, mobilenetv2_120d, "
             "tf_mobilenetv2_100, mobilenet_v2 (torchvision), tf_efficientnet_lite0 to 4",
    .knows = knows,
    .guess = guess,
    .build = build};
