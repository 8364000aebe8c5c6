/* HGNetV2 (PaddlePaddle 2023) as timm names it. A block keeps the outputs of all its layers side
 * by side and aggregates them with two 1 x 1 convolutions; its input is added but in the first
 * block of a stage. Layers of the later stages are light: 1 x 1 without activation, then depthwise.
 * In B0 to B3 every ReLU is followed by a learned scale and bias, one each ("lab"). stem.{stem1
 * stem2a stem2b stem3 stem4}.{conv bn [lab]} stages.S.downsample.{conv bn} |
 * stages.S.blocks.B.layers.L.{conv bn [lab]}, light: .conv1.{conv bn} .conv2.{conv bn [lab]} |
 * stages.S.blocks.B.aggregation.{0 1}.{conv bn [lab]} head.last_conv.{0 [2]} | head.fc */
#include <stdio.h>
#include <string.h>

#include "data/status.h"
#include "nn/families/family.h"
#include "nn/weights/weights.h"

enum { STAGES = 4, BLOCKS_MAX = 64, LAYERS_MAX = GRAPH_MAX_INPUTS - 1 };

static const struct size {
    int stem[2], layers;
    struct stage {
        int middle, out, blocks;
    } stages[STAGES];
} sizes[] = {{{16, 16}, 3, {{16, 64, 1}, {32, 256, 1}, {64, 512, 2}, {128, 1024, 1}}},
             {{24, 32}, 3, {{32, 64, 1}, {48, 256, 1}, {96, 512, 2}, {192, 1024, 1}}},
             {{24, 32}, 4, {{32, 96, 1}, {64, 384, 1}, {128, 768, 3}, {256, 1536, 1}}},
             {{24, 32}, 5, {{32, 128, 1}, {64, 512, 1}, {128, 1024, 3}, {256, 2048, 1}}},
             {{32, 48}, 6, {{48, 128, 1}, {96, 512, 1}, {192, 1024, 3}, {384, 2048, 1}}},
             {{32, 64}, 6, {{64, 128, 1}, {128, 512, 2}, {256, 1024, 5}, {512, 2048, 2}}},
             {{48, 96}, 6, {{96, 192, 2}, {192, 512, 3}, {384, 1024, 6}, {768, 2048, 3}}}};
enum { SIZES = sizeof sizes / sizeof *sizes };

static const char *const names[] = {"hgnetv2_b0", "hgnetv2_b1", "hgnetv2_b2", "hgnetv2_b3",
                                    "hgnetv2_b4", "hgnetv2_b5", "hgnetv2_b6", NULL};

struct plan {
    struct build *b;
    const struct size *size;
    int lab; /* activations are followed by scale and bias */
};

/* PREFIX.conv, PREFIX.bn and, after an activation, PREFIX.lab. */
static int conv(struct plan *p, int x, const char *prefix, struct conv c)
{
    char lab[160];
    snprintf(lab, sizeof lab, "%s.lab", prefix);
    if (p->lab && c.act != ACT_NONE)
        c.affine = lab;
    return build_conv_norm(p->b, x, prefix, "conv", "bn", c);
}

/* The 2 x 2 windows reach one row and column of zeros past the end, the pool's as well. */
static int stem(struct plan *p)
{
    const struct pool_window window = {POOL_MAX, 2, 1, .padding = PAD_AFTER, .pad = 1};
    struct conv c = {.channels = p->size->stem[0], .size = 3, .stride = 2, .act = ACT_RELU};
    struct conv small = {
        .channels = c.channels / 2, .size = 2, .padding = PAD_AFTER, .pad = 1, .act = ACT_RELU};
    int x = conv(p, 0, "stem.stem1", c);
    int pooled = graph_pool(p->b->graph, x, &window, p->b->st);
    x = conv(p, x, "stem.stem2a", small);
    small.channels = c.channels;
    x = conv(p, x, "stem.stem2b", small);
    x = graph_concat(p->b->graph, (const int[]){pooled, x}, 2, 0, p->b->st);
    x = conv(p, x, "stem.stem3", c);
    c = (struct conv){.channels = p->size->stem[1], .act = ACT_RELU};
    return conv(p, x, "stem.stem4", c);
}

static int has(const struct build *b, const char *prefix, const char *name, int otherwise)
{
    char full[160];
    snprintf(full, sizeof full, "%s.%s", prefix, name);
    return build_has(b, full, otherwise);
}

static int layer(struct plan *p, int x, const char *prefix, int channels, int light)
{
    char first[128], second[128];
    snprintf(first, sizeof first, "%s.conv1", prefix);
    snprintf(second, sizeof second, "%s.conv2", prefix);
    if (!light)
        return conv(p, x, prefix, (struct conv){.channels = channels, .size = 3, .act = ACT_RELU});
    x = conv(p, x, first, (struct conv){.channels = channels});
    return conv(
        p, x, second,
        (struct conv){.channels = channels, .size = 5, .groups = channels, .act = ACT_RELU});
}

static int aggregate(struct plan *p, int x, const char *prefix, int channels)
{
    char first[128], second[128];
    snprintf(first, sizeof first, "%s.aggregation.0", prefix);
    snprintf(second, sizeof second, "%s.aggregation.1", prefix);
    x = conv(p, x, first, (struct conv){.channels = channels / 2, .act = ACT_RELU});
    return conv(p, x, second, (struct conv){.channels = channels, .act = ACT_RELU});
}

static int block(struct plan *p, int x, const char *prefix, const struct stage *stage, int light,
                 int residual)
{
    struct build *b = p->b;
    int sides[GRAPH_MAX_INPUTS] = {x}, count = 1;
    while (count <= LAYERS_MAX && sides[count - 1] >= 0) {
        char name[96];
        snprintf(name, sizeof name, "%s.layers.%d", prefix, count - 1);
        int planned = count <= p->size->layers;
        int is_light = has(b, name, "conv1.conv", planned && light);
        if (!is_light && !has(b, name, "conv", planned && !light))
            break;
        sides[count] = layer(p, sides[count - 1], name, stage->middle, is_light);
        count++;
    }
    int y = graph_concat(b->graph, sides, count, 0, b->st);
    y = aggregate(p, y, prefix, stage->out);
    if (residual)
        y = graph_add(b->graph, y, x, ACT_NONE, b->st);
    return y < 0 || graph_end_block(b->graph, b->st) != 0 ? -1 : y;
}

static int stages(struct plan *p, int x)
{
    for (int s = 0; s < STAGES && x >= 0; s++) {
        struct build *b = p->b;
        char prefix[64], down[80];
        const struct stage *stage = &p->size->stages[s];
        int in = b->graph->nodes[x].channels;
        snprintf(down, sizeof down, "stages.%d.downsample", s);
        if (has(b, down, "conv", s > 0)) {
            x = conv(p, x, down,
                     (struct conv){.channels = in, .size = 3, .stride = 2, .groups = in});
            if (x < 0 || graph_end_block(b->graph, b->st) != 0)
                return -1;
        }
        for (int i = 0; i < BLOCKS_MAX && x >= 0; i++) {
            snprintf(prefix, sizeof prefix, "stages.%d.blocks.%d", s, i);
            if (!has(b, prefix, "aggregation.0.conv", i < stage->blocks))
                break;
            x = block(p, x, prefix, stage, s >= 2, i > 0);
        }
    }
    return x;
}

/* The features are what the last convolution makes of the means. */
static int head(struct plan *p, int x)
{
    struct conv c = {.name = "head.last_conv.0",
                     .channels = 2048,
                     .no_bias = 1,
                     .act = ACT_RELU,
                     .affine = p->lab ? "head.last_conv.2" : NULL};
    x = graph_mean(p->b->graph, x, p->b->st);
    x = build_conv(p->b, x, c);
    return build_classifier(p->b, x, "head.fc");
}

static const struct size *size_of(const char *architecture)
{
    for (int i = 0; i < SIZES; i++)
        if (strcmp(architecture, names[i]) == 0)
            return &sizes[i];
    return NULL;
}

static int knows(const char *architecture)
{
    return size_of(architecture) != NULL;
}

static int build(struct build *b)
{
    struct plan p = {.b = b, .size = size_of(b->architecture)};
    p.lab =
        b->weights ? weights_find(b->weights, "stem.stem1.lab.scale") != NULL : p.size - sizes < 4;
    return head(&p, stages(&p, stem(&p)));
}

static struct preprocess input(const char *architecture, int torchvision)
{
    struct preprocess i = preprocess_default;
    (void)architecture, (void)torchvision;
    i.crop = 0.965f;
    return i;
}

static const char *guess(const struct weights *w);

const struct family family_hgnet = {.name = "hgnet",
                                    .known = "hgnetv2_b0 to b6",
                                    .knows = knows,
                                    .guess = guess,
                                    .build = build,
                                    .input = input};

static const char *guess(const struct weights *w)
{
    if (!weights_find(w, "stem.stem2a.conv.weight") || !weights_find(w, "head.last_conv.0.weight"))
        return NULL;
    const char *name = family_match(&family_hgnet, names, w);
    return name ? name : names[0];
}
