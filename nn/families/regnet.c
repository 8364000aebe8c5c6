/* RegNetX and RegNetY (Radosavovic et al. 2020). A block is 1 x 1, grouped 3 x 3, 1 x 1, in Y with
 * a gate (squeeze and excitation) before the last; its input is added, through a 1 x 1 convolution
 * where the shape changes. Widths follow a rounded exponential line (plan_stages).
 *   timm:        stem.{conv bn} | sS.bB.{conv1 conv2 conv3 [downsample]}.{conv bn}
 *                sS.bB.se.{fc1 fc2} | head.fc                                       B from 1
 *   torchvision: stem.{0 1} | trunk_output.blockS.blockS-B.{f.a f.b f.c [proj]}.{0 1}
 *                ....f.se.{fc1 fc2} | fc                                            B from 0 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "data/status.h"
#include "nn/families/family.h"
#include "nn/weights/weights.h"

/* `number`: hundreds of MMac at 224 x 224, after which a size is called. */
static const struct size {
    char letter;
    int number, depth, first_width;
    double slope, step;
    int group;
} sizes[] = {{'x', 2, 13, 24, 36.44, 2.49, 8},    {'x', 4, 22, 24, 24.48, 2.54, 16},
             {'x', 6, 16, 48, 36.97, 2.24, 24},   {'x', 8, 16, 56, 35.73, 2.28, 16},
             {'x', 16, 18, 80, 34.01, 2.25, 24},  {'x', 32, 25, 88, 26.31, 2.25, 48},
             {'x', 40, 23, 96, 38.65, 2.43, 40},  {'x', 64, 17, 184, 60.83, 2.07, 56},
             {'x', 80, 23, 80, 49.56, 2.88, 120}, {'y', 2, 13, 24, 36.44, 2.49, 8},
             {'y', 4, 16, 48, 27.89, 2.09, 8},    {'y', 6, 15, 48, 32.54, 2.32, 16},
             {'y', 8, 14, 56, 38.84, 2.4, 16},    {'y', 16, 27, 48, 20.71, 2.65, 24},
             {'y', 32, 21, 80, 42.63, 2.66, 24},  {'y', 40, 22, 96, 31.41, 2.24, 64},
             {'y', 64, 25, 112, 33.22, 2.27, 72}, {'y', 80, 17, 192, 76.82, 2.19, 56}};
enum { SIZES = sizeof sizes / sizeof *sizes, STAGES = 4, BLOCKS_MAX = 64 };

static const char *const timm_names[] = {
    "regnetx_002",    "regnetx_004", "regnetx_006", "regnetx_008",    "regnetx_016",
    "regnetx_004_tv", "regnetx_032", "regnety_002", "regnety_004",    "regnety_006",
    "regnety_008",    "regnety_016", "regnety_032", "regnety_008_tv", NULL};
static const char *const torchvision_names[] = {
    "regnet_x_400mf", "regnet_x_800mf", "regnet_x_1_6gf",
    "regnet_x_3_2gf", "regnet_y_400mf", "regnet_y_800mf",
    "regnet_y_1_6gf", "regnet_y_3_2gf", NULL};

/* Convolution and norm of the block's three and of the shortcut. */
enum part { PART_FIRST, PART_GROUPED, PART_LAST, PART_SHORTCUT };
static const char *const parts[2][4][2] = {
    {{"conv1.conv", "conv1.bn"},
     {"conv2.conv", "conv2.bn"},
     {"conv3.conv", "conv3.bn"},
     {"downsample.conv", "downsample.bn"}},
    {{"f.a.0", "f.a.1"}, {"f.b.0", "f.b.1"}, {"f.c.0", "f.c.1"}, {"proj.0", "proj.1"}}};

struct plan {
    const struct size *size;
    int torchvision; /* named so */
    int rounds_up;   /* as torchvision rounds widths to whole groups */
    struct stage {
        int width, group, blocks;
    } stages[STAGES];
};

/* A width that is whole groups: the nearest, or for torchvision the nearest not 10 % narrower. */
static int whole_groups(int width, int group, int rounds_up)
{
    int nearest = (int)rint((double)width / group) * group;
    if (!rounds_up)
        return nearest;
    nearest = (width + group / 2) / group * group;
    return nearest < 0.9 * width ? nearest + group : nearest;
}

/* Block i would be slope * i + first_width wide; it gets the nearest power of `step` times
 * first_width, rounded to 8. Blocks of one width are a stage. */
static void plan_stages(struct plan *p)
{
    const struct size *s = p->size;
    int count = 0, last = 0;
    for (int i = 0; i < s->depth; i++) {
        double line = (s->slope * i + s->first_width) / s->first_width;
        double power = rint(log(line) / log(s->step));
        int width = (int)rint(s->first_width * pow(s->step, power) / 8) * 8;
        if (width != last && count < STAGES)
            p->stages[count++] = (struct stage){.width = width};
        p->stages[count - 1].blocks++;
        last = width;
    }
    for (int i = 0; i < count; i++) {
        struct stage *stage = &p->stages[i];
        stage->group = s->group < stage->width ? s->group : stage->width;
        stage->width = whole_groups(stage->width, stage->group, p->rounds_up);
    }
}

static int has(const struct build *b, const char *prefix, const char *name, int otherwise)
{
    char full[128];
    snprintf(full, sizeof full, "%s.%s", prefix, name);
    return build_has(b, full, otherwise);
}

static int gate(struct build *b, const struct plan *p, int x, const char *prefix, int squeezed)
{
    if (x < 0)
        return -1;
    struct conv c = {.channels = squeezed, .act = ACT_RELU};
    const char *const *name = (const char *const[]){"se.fc1", "se.fc2", "f.se.fc1", "f.se.fc2"};
    name += p->torchvision ? 2 : 0;
    int y = graph_mean(b->graph, x, b->st);
    y = build_conv_norm(b, y, prefix, name[0], NULL, c);
    c.channels = b->graph->nodes[x].channels;
    c.act = ACT_SIGMOID;
    y = build_conv_norm(b, y, prefix, name[1], NULL, c);
    return graph_scale(b->graph, x, y, b->st);
}

static int block(struct build *b, const struct plan *p, int x, const char *prefix,
                 const struct stage *stage, int stride)
{
    if (x < 0)
        return -1;
    const char *const(*part)[2] = parts[p->torchvision];
    int in = b->graph->nodes[x].channels, added = x;
    struct conv c = {.channels = stage->width, .stride = stride};
    if (has(b, prefix, part[PART_SHORTCUT][0], stride > 1 || in != stage->width))
        added = build_conv_norm(b, x, prefix, part[PART_SHORTCUT][0], part[PART_SHORTCUT][1], c);
    c.stride = 1;
    c.act = ACT_RELU;
    x = build_conv_norm(b, x, prefix, part[PART_FIRST][0], part[PART_FIRST][1], c);
    c.stride = stride;
    c.size = 3;
    c.groups = stage->group ? stage->width / stage->group : 1;
    x = build_conv_norm(b, x, prefix, part[PART_GROUPED][0], part[PART_GROUPED][1], c);
    if (has(b, prefix, p->torchvision ? "f.se.fc1" : "se.fc1", p->size->letter == 'y'))
        x = gate(b, p, x, prefix, (int)rint(in * 0.25));
    c = (struct conv){.channels = stage->width};
    x = build_conv_norm(b, x, prefix, part[PART_LAST][0], part[PART_LAST][1], c);
    x = graph_add(b->graph, x, added, ACT_RELU, b->st);
    return x < 0 || graph_end_block(b->graph, b->st) != 0 ? -1 : x;
}

/* "regnety_008_tv", "regnet_y_1_6gf". Returns 0 where the name is not of this family. */
static int parse(const char *name, struct plan *p)
{
    char letter = 0;
    int whole = 0, tenths = 0, end = 0, number = 0;
    *p = (struct plan){0};
    if (sscanf(name, "regnet%c_%3d%n", &letter, &number, &end) == 2 && end == 11)
        p->rounds_up = strcmp(name + end, "_tv") == 0;
    else if (sscanf(name, "regnet_%c_%1d_%1dgf%n", &letter, &whole, &tenths, &end) == 3 && end)
        number = 10 * whole + tenths;
    else if (sscanf(name, "regnet_%c_%1dgf%n", &letter, &whole, &end) == 2 && end)
        number = 10 * whole;
    else if (sscanf(name, "regnet_%c_%3dmf%n", &letter, &number, &end) == 2 && end)
        number = number % 100 ? 0 : number / 100;
    else
        return 0;
    p->torchvision = name[6] == '_';
    p->rounds_up |= p->torchvision;
    for (int i = 0; i < SIZES; i++)
        if (sizes[i].letter == letter && sizes[i].number == number)
            p->size = &sizes[i];
    return p->size && (!name[end] || strcmp(name + end, p->torchvision ? "" : "_tv") == 0);
}

static int knows(const char *architecture)
{
    struct plan p;
    return parse(architecture, &p);
}

static int stages(struct build *b, const struct plan *p, int x)
{
    for (int s = 0; s < STAGES; s++)
        for (int i = 0; i < BLOCKS_MAX && x >= 0; i++) {
            char prefix[64];
            if (p->torchvision)
                snprintf(prefix, sizeof prefix, "trunk_output.block%d.block%d-%d", s + 1, s + 1, i);
            else
                snprintf(prefix, sizeof prefix, "s%d.b%d", s + 1, i + 1);
            if (!has(b, prefix, parts[p->torchvision][PART_FIRST][0], i < p->stages[s].blocks))
                break;
            x = block(b, p, x, prefix, &p->stages[s], i == 0 ? 2 : 1);
        }
    return x;
}

static int build(struct build *b)
{
    struct plan p;
    struct conv c = {.channels = 32, .size = 3, .stride = 2, .act = ACT_RELU};
    parse(b->architecture, &p);
    plan_stages(&p);
    if (b->weights)
        p.torchvision = build_has(b, "stem.0", 0);
    b->torchvision = p.torchvision;
    if (!p.torchvision) /* a norm with activation is a class of timm's own, a gate's mean a plain
                           one */
        b->counted.norms = b->counted.gates = 0;
    int x =
        build_conv_norm(b, 0, "stem", p.torchvision ? "0" : "conv", p.torchvision ? "1" : "bn", c);
    x = stages(b, &p, x);
    x = graph_mean(b->graph, x, b->st);
    return build_classifier(b, x, p.torchvision ? "fc" : "head.fc");
}

/* torchvision's second weights, which are the better ones; timm's first. */
static struct preprocess input(const char *architecture, int torchvision)
{
    struct preprocess i = preprocess_default;
    (void)architecture;
    if (torchvision) {
        i.crop = 0.9655f; /* 224 of 232 */
        i.filter = RESAMPLE_BILINEAR;
    }
    return i;
}

static const char *guess(const struct weights *w);

const struct family family_regnet = {.name = "regnet",
                                     .known =
                                         "regnetx_002, regnety_008, regnet_y_400mf and other sizes",
                                     .knows = knows,
                                     .guess = guess,
                                     .build = build,
                                     .input = input};

static const char *guess(const struct weights *w)
{
    int torchvision = weights_find(w, "trunk_output.block1.block1-0.f.a.0.weight") != NULL;
    if (!torchvision && !weights_find(w, "s1.b1.conv1.conv.weight"))
        return NULL;
    const char *const *names = torchvision ? torchvision_names : timm_names;
    const char *name = family_match(&family_regnet, names, w);
    return name ? name : names[0];
}
