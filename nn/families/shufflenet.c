/* ShuffleNetV2 (Ma et al. 2018) as torchvision names it. A block leaves one half of its channels as
 * they are, filters the other (1 x 1, depthwise 3 x 3, 1 x 1) and shuffles both into one another;
 * the first block of a stage halves the sides and filters all channels in both branches.
 *   conv1.{0 1} | stageS.B.branch2.{0 1 3 4 5 6} | stageS.0.branch1.{0 1 2 3} | conv5.{0 1} | fc */
#include <stdio.h>
#include <string.h>

#include "data/status.h"
#include "nn/families/family.h"
#include "nn/weights/weights.h"

enum { STAGES = 3, SIZES = 4, BLOCKS_MAX = 64 };
static const int blocks_of_stage[STAGES] = {4, 8, 4};
/* of the stages, and of the last convolution */
static const int widths[SIZES][STAGES + 1] = {
    {48, 96, 192, 1024}, {116, 232, 464, 1024}, {176, 352, 704, 1024}, {244, 488, 976, 2048}};
static const char *const names[] = {"shufflenet_v2_x0_5", "shufflenet_v2_x1_0",
                                    "shufflenet_v2_x1_5", "shufflenet_v2_x2_0", NULL};

static const int *widths_of(const char *architecture)
{
    for (int i = 0; i < SIZES; i++)
        if (strcmp(architecture, names[i]) == 0)
            return widths[i];
    return NULL;
}

/* Depthwise 3 x 3 without activation, then 1 x 1. */
static int filter(struct build *b, int x, const char *prefix, const char *const *name, int channels,
                  int stride)
{
    if (x < 0)
        return -1;
    int in = b->graph->nodes[x].channels;
    struct conv depthwise = {.channels = in, .size = 3, .stride = stride, .groups = in};
    struct conv pointwise = {.channels = channels, .act = ACT_RELU};
    x = build_conv_norm(b, x, prefix, name[0], name[1], depthwise);
    return build_conv_norm(b, x, prefix, name[2], name[3], pointwise);
}

static int block(struct build *b, int x, const char *prefix, int channels, int stride)
{
    static const char *const first[] = {"branch1.0", "branch1.1", "branch1.2", "branch1.3"};
    static const char *const second[] = {"branch2.3", "branch2.4", "branch2.5", "branch2.6"};
    if (x < 0)
        return -1;
    int half = b->graph->nodes[x].channels / 2, sides[2];
    struct conv pointwise = {.channels = channels / 2, .act = ACT_RELU};
    if (stride > 1)
        sides[0] = filter(b, x, prefix, first, channels / 2, stride);
    else {
        sides[0] = graph_slice(b->graph, x, 0, half, b->st);
        x = graph_slice(b->graph, x, half, half, b->st);
    }
    x = build_conv_norm(b, x, prefix, "branch2.0", "branch2.1", pointwise);
    sides[1] = filter(b, x, prefix, second, channels / 2, stride);
    x = graph_concat(b->graph, sides, 2, 1, b->st);
    return x < 0 || graph_end_block(b->graph, b->st) != 0 ? -1 : x;
}

static int build(struct build *b)
{
    const int *width = widths_of(b->architecture);
    const struct pool_window pool = {POOL_MAX, 3, 2, .padding = PAD_ZERO, .pad = 1};
    struct conv c = {.channels = 24, .size = 3, .stride = 2, .act = ACT_RELU};
    char prefix[64], first[96];
    b->torchvision = 1;
    b->counted.pools = 0; /* a plain mean */
    int x = build_conv_norm(b, 0, "conv1", "0", "1", c);
    x = graph_pool(b->graph, x, &pool, b->st);
    for (int s = 0; s < STAGES; s++)
        for (int i = 0; i < BLOCKS_MAX && x >= 0; i++) {
            snprintf(prefix, sizeof prefix, "stage%d.%d", s + 2, i);
            snprintf(first, sizeof first, "%s.branch2.0", prefix);
            if (!build_has(b, first, i < blocks_of_stage[s]))
                break;
            x = block(b, x, prefix, width[s], i == 0 ? 2 : 1);
        }
    c = (struct conv){.channels = width[STAGES], .act = ACT_RELU};
    x = build_conv_norm(b, x, "conv5", "0", "1", c);
    x = graph_mean(b->graph, x, b->st);
    return build_classifier(b, x, "fc");
}

static int knows(const char *architecture)
{
    return widths_of(architecture) != NULL;
}

static struct preprocess input(const char *architecture, int torchvision)
{
    struct preprocess i = preprocess_default;
    (void)architecture, (void)torchvision;
    i.filter = RESAMPLE_BILINEAR;
    return i;
}

static const char *guess(const struct weights *w);

const struct family family_shufflenet = {.name = "shufflenet",
                                         .known = "shufflenet_v2_x0_5 to x2_0",
                                         .knows = knows,
                                         .guess = guess,
                                         .build = build,
                                         .input = input};

static const char *guess(const struct weights *w)
{
    if (!weights_find(w, "stage2.0.branch1.0.weight") || !weights_find(w, "conv5.0.weight"))
        return NULL;
    const char *name = family_match(&family_shufflenet, names, w);
    return name ? name : names[0];
}
