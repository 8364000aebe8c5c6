/* ResNet (He et al. 2015) as torchvision and timm name it, ResNeXt and wide ResNets: the tensors'
 * shapes tell them apart. A block is two 3 x 3 convolutions or a bottleneck of 1 x 1, 3 x 3, 1 x 1;
 * its input is added, through a 1 x 1 convolution where the shape changes.
 *   conv1 bn1 | layerS.B.{conv1 bn1 conv2 bn2 [conv3 bn3] [downsample.0 .1]} | fc
 * Variants of the stem (a letter behind the number) have three 3 x 3 convolutions for the one of
 * 7 x 7; "d" and "t" average 2 x 2 before the shortcut's convolution:
 *   conv1.0 .1 .3 .4 .6 bn1 | downsample.1 .2 */
#include <stdio.h>
#include <string.h>

#include "data/status.h"
#include "nn/families/family.h"
#include "nn/weights/weights.h"

static const struct size {
    int number, bottleneck, blocks[4];
} sizes[] = {{10, 0, {1, 1, 1, 1}},   {14, 1, {1, 1, 1, 1}},  {18, 0, {2, 2, 2, 2}},
             {26, 1, {2, 2, 2, 2}},   {34, 0, {3, 4, 6, 3}},  {50, 1, {3, 4, 6, 3}},
             {101, 1, {3, 4, 23, 3}}, {152, 1, {3, 8, 36, 3}}};
enum { SIZES = sizeof sizes / sizeof *sizes, BLOCKS_MAX = 64 };

/* For guesses: those published for which 2 GMac are enough for pictures of 100 x 100 and more. */
static const char *const names[] = {
    "resnet18",  "resnet34",  "resnet50",  "resnet26",        "resnet10t",       "resnet14t",
    "resnet18d", "resnet26d", "resnet26t", "resnet34d",       "resnet50d",       "resnet50t",
    "resnet50c", "resnet50s", "resnet101", "resnext50_32x4d", "wide_resnet50_2", NULL};

struct plan {
    const struct size *size;
    char variant;            /* of the stem: c, d, s, t or 0 */
    int groups, group_width; /* of the 3 x 3 convolutions of bottlenecks, per 64 channels */
};

static int shortcut(struct build *b, const struct plan *p, int x, const char *prefix, int channels,
                    int stride)
{
    char plain[96], averaged[96];
    int changes = x >= 0 && (stride > 1 || b->graph->nodes[x].channels != channels);
    int averages = p->variant == 'd' || p->variant == 't';
    snprintf(plain, sizeof plain, "%s.downsample.0", prefix);
    snprintf(averaged, sizeof averaged, "%s.downsample.1", prefix);
    struct conv c = {.channels = channels};
    if (build_has(b, plain, changes && !averages)) {
        c.stride = stride;
        return build_conv_norm(b, x, prefix, "downsample.0", "downsample.1", c);
    }
    if (!build_has(b, averaged, changes))
        return x;
    if (stride > 1)
        x = graph_pool(b->graph, x,
                       &(struct pool_window){POOL_MEAN, 2, stride, .padding = PAD_SAME}, b->st);
    return build_conv_norm(b, x, prefix, "downsample.1", "downsample.2", c);
}

static int block(struct build *b, const struct plan *p, int x, const char *prefix, int channels,
                 int stride)
{
    char last[96];
    snprintf(last, sizeof last, "%s.conv3", prefix);
    int bottleneck = build_has(b, last, p->size->bottleneck);
    int width = bottleneck ? channels * p->group_width / 64 * p->groups : channels;
    struct conv first = {.channels = width, .size = 3, .stride = stride, .act = ACT_RELU};
    struct conv second = {.channels = width, .size = 3};
    if (bottleneck) {
        first.size = first.stride = 1;
        second.stride = stride;
        second.groups = p->groups;
        second.act = ACT_RELU;
        channels *= 4;
    }
    int added = shortcut(b, p, x, prefix, channels, stride);
    x = build_conv_norm(b, x, prefix, "conv1", "bn1", first);
    x = build_conv_norm(b, x, prefix, "conv2", "bn2", second);
    if (bottleneck)
        x = build_conv_norm(b, x, prefix, "conv3", "bn3", (struct conv){.channels = channels});
    x = graph_add(b->graph, x, added, ACT_RELU, b->st);
    return x < 0 || graph_end_block(b->graph, b->st) != 0 ? -1 : x;
}

static int stem(struct build *b, const struct plan *p)
{
    const struct pool_window pool = {POOL_MAX, 3, 2, .padding = PAD_ZERO, .pad = 1};
    int x, width = p->variant == 's' ? 64 : 32;
    if (build_has(b, "conv1.0", p->variant != 0)) {
        struct conv c = {.channels = p->variant == 't' ? 24 : width, .size = 3, .act = ACT_RELU};
        c.stride = 2;
        x = build_conv_norm(b, 0, "conv1", "0", "1", c);
        c.stride = 1;
        c.channels = width;
        x = build_conv_norm(b, x, "conv1", "3", "4", c);
        c.channels = 2 * width;
        c.name = "conv1.6";
        c.norm = "bn1";
        x = build_conv(b, x, c);
    } else
        x = build_conv(b, 0,
                       (struct conv){.name = "conv1",
                                     .norm = "bn1",
                                     .channels = 64,
                                     .size = 7,
                                     .stride = 2,
                                     .act = ACT_RELU});
    return graph_pool(b->graph, x, &pool, b->st);
}

static const struct size *size_of(int number)
{
    for (int i = 0; i < SIZES; i++)
        if (sizes[i].number == number)
            return &sizes[i];
    return NULL;
}

/* "resnet26t", "wide_resnet50_2", "resnext50d_32x4d". Returns 0 where the name is not of this
 * family. */
static int parse(const char *name, struct plan *p)
{
    int number = 0, end = 0, wide = strncmp(name, "wide_", 5) == 0;
    int grouped = !wide && strncmp(name, "resnext", 7) == 0;
    *p = (struct plan){.groups = 1, .group_width = 64};
    name += wide ? 5 : 0;
    if (strncmp(name, grouped ? "resnext" : "resnet", grouped ? 7 : 6) != 0)
        return 0;
    name += grouped ? 7 : 6;
    if (*name < '1' || *name > '9' || sscanf(name, "%3d%n", &number, &end) != 1)
        return 0;
    name += end;
    if (*name && strchr("cdst", *name))
        p->variant = *name++;
    p->size = size_of(number);
    if (grouped && sscanf(name, "_%3dx%3dd%n", &p->groups, &p->group_width, &end) == 2)
        name += end;
    else if (wide && strcmp(name, "_2") == 0) {
        p->group_width = 128;
        name += 2;
    }
    return p->size && !*name && p->groups > 0 && p->group_width > 0 &&
           (p->size->bottleneck || (!wide && !grouped)) && (p->groups > 1) == grouped &&
           (p->group_width == 128) >= wide;
}

static int knows(const char *architecture)
{
    struct plan p;
    return parse(architecture, &p);
}

static int build(struct build *b)
{
    struct plan p;
    char prefix[64], first[96];
    parse(b->architecture, &p);
    b->torchvision = 1; /* timm's names and modules are the same */
    int x = stem(b, &p);
    for (int s = 0; s < 4; s++)
        for (int i = 0; i < BLOCKS_MAX && x >= 0; i++) {
            snprintf(prefix, sizeof prefix, "layer%d.%d", s + 1, i);
            snprintf(first, sizeof first, "%s.conv1", prefix);
            if (!build_has(b, first, i < p.size->blocks[s]))
                break;
            x = block(b, &p, x, prefix, 64 << s, i == 0 && s > 0 ? 2 : 1);
        }
    x = graph_mean(b->graph, x, b->st);
    return build_classifier(b, x, "fc");
}

/* torchvision's first weights; timm's of the sizes that only timm has. */
static struct preprocess input(const char *architecture, int torchvision)
{
    struct plan p;
    struct preprocess i = preprocess_default;
    (void)torchvision;
    if (!parse(architecture, &p))
        return i;
    if (p.size->number < 18)
        i = preprocess_at(&i, 176);
    else if (p.size->number == 26 && p.variant == 't') {
        i = preprocess_at(&i, 256);
        i.crop = 0.94f;
    } else if (p.size->number != 26 && !p.variant)
        i.filter = RESAMPLE_BILINEAR;
    return i;
}

static const char *guess(const struct weights *w);

const struct family family_resnet = {
    .name = "resnet",
    .known = "resnet18 and other depths, resnet26t and other stems, resnext50_32x4d",
    .knows = knows,
    .guess = guess,
    .build = build,
    .input = input};

static const char *guess(const struct weights *w)
{
    if (!weights_find(w, "layer1.0.conv1.weight") || !weights_find(w, "fc.weight"))
        return NULL;
    const char *name = family_match(&family_resnet, names, w);
    return name ? name : names[0];
}
