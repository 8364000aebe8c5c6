#include "nn/families/blocks.h"

#include <math.h>

#include "nn/families/block_names.h"

enum { BLOCKS_MAX = 64, ROWS_MAX = 16 };

struct plan {
    struct build *b;
    const struct variant *v;
    const struct recipe *r;
    double width;
    enum padding padding;
    float eps;
    int stages, blocks; /* blocks: built so far */
};

struct block {
    struct plan *p;
    const struct row *row;
    char prefix[BLOCK_NAME];
    int stride;
    int parts; /* built so far */
};

/* timm's make_divisible: the nearest multiple of 8, at least 8, raised where below limit x
 * channels. */
static int round_channels(double channels, double limit)
{
    int rounded = (int)(channels + 4) / 8 * 8;
    rounded = rounded < 8 ? 8 : rounded;
    return rounded < limit * channels ? rounded + 8 : rounded;
}

static int scaled(const struct plan *p, double channels)
{
    return round_channels(channels * p->width, p->r->round_limit);
}

/* ---- one block
 * ---------------------------------------------------------------------------------------------------
 */

static struct pair names_of(const struct block *k, enum part part)
{
    return block_part(k->p->v->names, k->row->kind, k->prefix, part, k->parts);
}

/* c: channels, size, stride, groups and activation. */
static int conv(struct block *k, int input, enum part part, struct conv c)
{
    struct pair names = names_of(k, part);
    c.name = names.conv;
    c.norm = names.norm;
    c.eps = k->p->eps;
    c.padding = k->p->padding;
    k->parts++;
    return build_conv(k->p->b, input, c);
}

static int depthwise(struct block *k, int input, enum part part, int size, int stride,
                     enum activation act)
{
    if (input < 0)
        return -1;
    int channels = k->p->b->graph->nodes[input].channels;
    return conv(
        k, input, part,
        (struct conv){
            .channels = channels, .groups = channels, .size = size, .stride = stride, .act = act});
}

static int gate_channels(const struct recipe *r, int block_input, int gated)
{
    int of_input = r->gate_width == GATE_OF_INPUT || r->gate_width == GATE_OF_INPUT_8;
    int eights = r->gate_width == GATE_OF_INPUT_8 || r->gate_width == GATE_OF_EXPANDED_8;
    double quarter = (of_input ? block_input : gated) * 0.25;
    return eights ? round_channels(quarter, r->round_limit) : (int)fmax(rint(quarter), 1);
}

static int gate(struct block *k, int x, int block_input, enum activation act)
{
    struct build *b = k->p->b;
    const struct recipe *r = k->p->r;
    struct pair names = names_of(k, PART_GATE);
    if (x < 0 || r->gate == ACT_NONE || !build_has(b, names.conv, k->row->flags & ROW_GATE))
        return x;
    int channels = b->graph->nodes[x].channels;
    struct conv reduce = {.name = names.conv, .size = 1, .stride = 1};
    reduce.channels = gate_channels(r, block_input, channels);
    reduce.act = r->gate_act == ACT_NONE ? act : r->gate_act;
    struct conv expand = {.name = names.norm, .size = 1, .stride = 1};
    expand.channels = channels;
    expand.act = r->gate;
    k->parts++;
    int y = build_conv(b, graph_mean(b->graph, x, b->st), reduce);
    return graph_scale(b->graph, x, build_conv(b, y, expand), b->st);
}

/* The kind says which parts there are; of a universal block the tensors do. */
static int has_part(const struct block *k, enum part part)
{
    switch (k->row->kind) {
    case BLOCK_UNIVERSAL:
        if (part == PART_EXPAND || part == PART_PROJECT)
            return 1;
        return build_has(k->p->b, names_of(k, part).conv,
                         part == PART_START ? k->row->flags >= ROW_START_3 : k->row->size > 0);
    case BLOCK_CONV: return part == PART_EXPAND;
    case BLOCK_FUSED: return part == PART_EXPAND || part == PART_PROJECT;
    case BLOCK_INVERTED: return part != PART_START;
    default: return part == PART_FILTER || part == PART_PROJECT;
    }
}

static int expand(struct block *k, int x, enum activation act)
{
    const struct row *row = k->row;
    int dense = row->kind == BLOCK_FUSED || row->kind == BLOCK_CONV;
    if (x < 0)
        return -1;
    struct conv c = {.act = act, .size = dense ? row->size : 1, .stride = dense ? k->stride : 1};
    double between = (double)k->p->b->graph->nodes[x].channels * row->expand;
    c.channels =
        row->kind == BLOCK_CONV ? scaled(k->p, row->channels) : round_channels(between, 0.9);
    return conv(k, x, PART_EXPAND, c);
}

static int residual(struct block *k, int x, int input)
{
    const struct graph *g = k->p->b->graph;
    int flags = k->row->flags, wanted = !(flags & ROW_ALONE) && k->row->kind != BLOCK_SEPARABLE_ACT;
    if (k->row->kind == BLOCK_CONV)
        wanted = flags & ROW_SKIP;
    if (x < 0 || !wanted || k->stride > 1 || g->nodes[x].channels != g->nodes[input].channels)
        return x;
    return graph_add(k->p->b->graph, x, input, ACT_NONE, k->p->b->st);
}

static int block(struct block *k, int input)
{
    const struct row *row = k->row;
    struct build *b = k->p->b;
    enum activation act = row->flags & ROW_RELU ? ACT_RELU : k->p->r->act;
    int filters = has_part(k, PART_FILTER), x = input;
    if (has_part(k, PART_START))
        x = depthwise(k, x, PART_START, row->flags >> ROW_START, filters ? 1 : k->stride, ACT_NONE);
    if (has_part(k, PART_EXPAND))
        x = expand(k, x, act);
    if (filters)
        x = depthwise(k, x, PART_FILTER, k->p->r->minimal ? 3 : row->size, k->stride, act);
    if (has_part(k, PART_PROJECT)) {
        struct conv c = {.size = 1, .stride = 1, .channels = scaled(k->p, row->channels)};
        c.act = row->kind == BLOCK_SEPARABLE_ACT ? act : ACT_NONE;
        x = gate(k, x, b->graph->nodes[input].channels, act);
        x = conv(k, x, PART_PROJECT, c);
    }
    x = residual(k, x, input);
    k->p->blocks++;
    return x < 0 || graph_end_block(b->graph, b->st) != 0 ? -1 : x;
}

/* ---- stages
 * ------------------------------------------------------------------------------------------------------
 */

/* Blocks of each row of a stage, scaled as timm does: the stage as a whole, then shared out from
 * the last row. Returns how many there are in all. */
static int scale_depth(const struct plan *p, const struct row *rows, int count, int *repeats)
{
    int total = 0, sum = 0;
    for (int i = 0; i < count; i++)
        total += rows[i].repeats;
    int ends = rows->stage == 0 || rows->stage == p->stages - 1;
    int left = p->v->flags & FIXED_ENDS && ends ? total : (int)ceil(total * p->v->depth);
    for (int i = count - 1; i >= 0; i--) {
        repeats[i] = (int)fmax(rint((double)rows[i].repeats / total * left), 1);
        total -= rows[i].repeats;
        left -= repeats[i];
        sum += repeats[i];
    }
    return sum;
}

/* Does a file have this block? Its first tensor tells. */
static int has_block(const struct block *k, int otherwise)
{
    int separable = k->row->kind <= BLOCK_SEPARABLE_ACT;
    return build_has(k->p->b, names_of(k, separable ? PART_FILTER : PART_EXPAND).conv, otherwise);
}

static int stage(struct plan *p, int x, const struct row *rows, int count)
{
    int repeats[ROWS_MAX], row = 0, of_row = 0, total = scale_depth(p, rows, count, repeats);
    for (int i = 0; i < BLOCKS_MAX && x >= 0; i++, of_row++) {
        if (row < count - 1 && of_row == repeats[row]) {
            row++;
            of_row = 0;
        }
        struct block k = {.p = p, .row = &rows[row], .stride = i ? 1 : rows->stride};
        int ask = block_prefix(p->v->names, rows->stage, i, p->blocks, k.prefix);
        if (ask ? !has_block(&k, i < total) : i >= total)
            break;
        x = block(&k, x);
    }
    return x;
}

static int stages(struct plan *p, int x)
{
    for (const struct row *rows = p->r->rows; rows->repeats && x >= 0;) {
        int count = 1;
        while (rows[count].repeats && rows[count].stage == rows->stage)
            count++;
        x = stage(p, x, rows, count);
        rows += count;
    }
    return x;
}

/* ---- stem and head
 * -----------------------------------------------------------------------------------------------
 */

static int named_conv(struct plan *p, int input, struct pair names, int channels, int size,
                      int stride)
{
    struct conv c = {.name = names.conv,
                     .norm = names.norm,
                     .eps = p->eps,
                     .channels = channels,
                     .size = size,
                     .stride = stride,
                     .padding = p->padding,
                     .act = p->r->act};
    return build_conv(p->b, input, c);
}

static int stem(struct plan *p)
{
    int fixed = p->v->flags & FIXED_ENDS || p->width < (double)p->r->stem_from;
    return named_conv(p, 0, block_stem(p->v->names), fixed ? p->r->stem : scaled(p, p->r->stem), 3,
                      2);
}

static int head_channels(const struct plan *p)
{
    int own = p->r->head_channels, wide = scaled(p, own);
    if (p->v->flags & FIXED_ENDS || p->r->head_width == HEAD_FIXED)
        return own;
    return p->r->head_width == HEAD_WIDENED && wide < own ? own : wide;
}

/* A layer between the mean and the classifier. */
static int head_pooled(struct plan *p, int x)
{
    struct conv c = {.name = "conv_head", .size = 1, .stride = 1, .eps = p->eps, .act = p->r->act};
    c.channels = head_channels(p);
    c.norm = p->r->head == HEAD_POOLED_NORM ? "norm_head" : NULL;
    c.no_bias = p->r->head == HEAD_POOLED_PLAIN;
    if (p->v->names == NAMES_V3) {
        c.name = "classifier.0";
        c.linear = 1;
    }
    return build_conv(p->b, x, c);
}

static int head(struct plan *p, int x)
{
    struct build *b = p->b;
    struct pair names = block_head(p->v->names, p->stages, p->blocks);
    if (p->r->head == HEAD_CONV || (p->r->head == HEAD_NONE && build_has(b, names.conv, 0)))
        x = named_conv(p, x, names, head_channels(p), 1, 1);
    x = graph_mean(b->graph, x, b->st);
    if (p->r->head >= HEAD_POOLED)
        x = head_pooled(p, x);
    return build_classifier(b, x, block_classifier(p->v->names));
}

int blocks_build_variant(struct build *b, const struct variant *v, double width, int tf)
{
    struct plan p = {.b = b, .v = v, .r = v->recipe, .width = width};
    p.padding = tf ? PAD_SAME : PAD_ZERO;
    p.eps = tf || v->flags & EPS_3 ? 1e-3f : 1e-5f;
    for (const struct row *row = p.r->rows; row->repeats; row++)
        p.stages = row->stage + 1;
    return head(&p, stages(&p, stem(&p)));
}
