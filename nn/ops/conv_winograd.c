/* 3 x 3 convolutions at a stride of 1 by Winograd's method (nn/kernels/winograd.c): a quarter of
 * the multiplications, or a third where the picture is no multiple of a tile.
 *
 * A block of tiles, in the order of their pixels and over all pictures, is transformed; one product
 * for each of the 36 points follows, over all tiles of the block; their sums are transformed back.
 * Grouped convolutions do so group by group, in inference only.
 * Tiles lie at the same place whatever rows are asked for, so results do not depend on that. */
#include <string.h>

#include "nn/ops/conv.h"
#include "nn/ops/taps.h"

enum {
    TILES_MAX = 64,
    BLOCK_FLOATS = 192 * 1024, /* transformed, before and after: most of a second-level cache ... */
    TILES_LEAST = 32,          /* ... but enough tiles for every filter that is read */
    FILTERS = 12,              /* whose gradients are summed together: multiples of it, ... */
    FILTER_FLOATS = 160 * 1024, /* ... this many floats */
    LEAST_CHANNELS = 16,
    LEAST_OF_GROUP = 8,
    TRAINING_TILES = 8 /* that share a transformed filter, or its gradient */
};

static int group_inputs(const struct node *n)
{
    return n->in_channels / n->groups;
}

static int has_transform(const struct node *n)
{
    const int least = n->groups > 1 ? LEAST_OF_GROUP : LEAST_CHANNELS;
    return n->size == 3 && n->stride == 1 && group_inputs(n) >= least && group_outputs(n) >= least;
}

/* Groups that are transformed together: as few as fill whole vectors. */
static int groups_together(const struct node *n)
{
    int count = 1;
    while (count < n->groups && count * group_inputs(n) % KERNEL_VECTOR != 0)
        count++;
    return count;
}

int winograd_unit(const struct node *n)
{
    return has_transform(n) ? WINOGRAD_OUT : 1;
}

static size_t rounded(int channels)
{
    return ((size_t)channels + KERNEL_VECTOR - 1) / KERNEL_VECTOR * KERNEL_VECTOR;
}

/* A vector more from point to point: a distance of whole pages would put all points into the same
 * few places of a cache. */
static struct winograd distances(int tiles, int channels)
{
    return (struct winograd){.point = (size_t)tiles * rounded(channels) + KERNEL_VECTOR,
                             .tile = rounded(channels)};
}

/* Tiles of a block, filters of a block. */
static int block_tiles(const struct node *n)
{
    int together = groups_together(n);
    size_t channels = rounded(together * group_inputs(n)) + rounded(together * group_outputs(n));
    int tiles = BLOCK_FLOATS / (int)(WINOGRAD_POINTS * channels);
    tiles = tiles < TILES_LEAST ? TILES_LEAST : tiles;
    return tiles > TILES_MAX ? TILES_MAX : tiles;
}

static int block_filters(const struct node *n)
{
    int count =
        FILTER_FLOATS / (int)(WINOGRAD_POINTS * rounded(n->in_channels)) / FILTERS * FILTERS;
    count = count < FILTERS ? FILTERS : count;
    return count < n->channels ? count : n->channels;
}

/* Of one point, in each direction; forward of one group. */
static size_t forward_floats(const struct kernels *k, const struct node *n)
{
    return product_packed(k, group_outputs(n), group_inputs(n));
}

static size_t backward_floats(const struct kernels *k, const struct node *n)
{
    return product_packed(k, n->in_channels, n->channels);
}

size_t winograd_packed(const struct op_plan *p)
{
    return WINOGRAD_POINTS * ((size_t)p->node->groups * forward_floats(p->kernels, p->node) +
                              (p->training ? backward_floats(p->kernels, p->node) : 0));
}

/* Scratch: zeros in place of a pixel, tiles before and after the products, gradients of filters. */
struct room {
    int tiles;
    struct winograd in, out, filters; /* in, out: of the forward convolution */
    float *zeros, *v, *m, *u;
};

static size_t room_floats(const struct node *n, int training, float *scratch, struct room *room)
{
    const int most = n->in_channels > n->channels ? n->in_channels : n->channels;
    *room = (struct room){.tiles = block_tiles(n)};
    room->in = distances(room->tiles, groups_together(n) * group_inputs(n));
    room->out = distances(room->tiles, groups_together(n) * group_outputs(n));
    room->filters = distances(block_filters(n), n->in_channels);
    size_t v = rounded(most) + KERNEL_PAD, m = v + WINOGRAD_POINTS * room->in.point + KERNEL_PAD;
    size_t u = m + WINOGRAD_POINTS * room->out.point + KERNEL_PAD;
    room->zeros = scratch;
    room->v = scratch ? scratch + v : NULL;
    room->m = scratch ? scratch + m : NULL;
    room->u = scratch ? scratch + u : NULL;
    if (scratch)
        memset(scratch, 0, v * sizeof *scratch);
    return u + (training ? WINOGRAD_POINTS * room->filters.point + KERNEL_PAD : 0);
}

size_t winograd_scratch(const struct op_plan *p)
{
    struct room room;
    return has_transform(p->node) ? room_floats(p->node, p->training, NULL, &room) : 0;
}

size_t winograd_pack_scratch(const struct op_plan *p)
{
    const struct node *n = p->node;
    int panel = p->kernels->panel;
    if (!has_transform(n))
        return 0;
    size_t forward = WINOGRAD_POINTS * distances(panel, group_inputs(n)).point;
    size_t backward = WINOGRAD_POINTS * distances(n->channels, panel).point;
    return (p->training && backward > forward ? backward : forward) + KERNEL_PAD;
}

/* Of one group, panel by panel. */
static void pack_forward(const struct op_plan *p, const float *filters, float *packed,
                         float *scratch)
{
    const struct node *n = p->node;
    const int c = group_inputs(n), k = group_outputs(n), panel = p->kernels->panel;
    const size_t filter = (size_t)window_floats(n), point = forward_floats(p->kernels, n);
    const struct winograd w = distances(panel, c);
    for (int first = 0; first < k; first += panel) {
        int count = k - first < panel ? k - first : panel;
        p->kernels->winograd_filter(filters + (size_t)first * filter, filter, (size_t)c, count, c,
                                    0, &w, scratch);
        for (int i = 0; i < WINOGRAD_POINTS; i++)
            p->kernels->pack(scratch + (size_t)i * w.point, 1, w.tile, c, count,
                             packed + (size_t)i * point + (size_t)first * (size_t)c);
    }
}

/* Panels of channels, for the gradient. */
static void pack_backward(const struct op_plan *p, const float *filters, float *packed,
                          float *scratch)
{
    const struct node *n = p->node;
    const int c = n->in_channels, k = n->channels, panel = p->kernels->panel;
    const size_t filter = (size_t)window_floats(n), point = backward_floats(p->kernels, n);
    const struct winograd w = distances(k, panel);
    for (int first = 0; first < c; first += panel) {
        int count = c - first < panel ? c - first : panel;
        p->kernels->winograd_filter(filters + first, filter, (size_t)c, k, count, 1, &w, scratch);
        for (int i = 0; i < WINOGRAD_POINTS; i++)
            p->kernels->pack(scratch + (size_t)i * w.point, w.tile, 1, k, count,
                             packed + (size_t)i * point + (size_t)first * (size_t)k);
    }
}

void winograd_pack(const struct op_plan *p, const float *filters, float *packed, float *scratch)
{
    const struct node *n = p->node;
    const size_t group = (size_t)group_outputs(n) * (size_t)window_floats(n);
    for (int g = 0; g < n->groups; g++, filters += group) {
        pack_forward(p, filters, packed, scratch);
        packed += WINOGRAD_POINTS * forward_floats(p->kernels, n);
    }
    if (p->training) /* one group */
        pack_backward(p, filters - group, packed, scratch);
}

/* Tiles cover pictures of some height and width, row by row. */
struct grid {
    int h, w, rows, columns;
};

static struct grid grid_over(struct shape s)
{
    return (struct grid){s.h, s.w, (s.h + WINOGRAD_OUT - 1) / WINOGRAD_OUT,
                         (s.w + WINOGRAD_OUT - 1) / WINOGRAD_OUT};
}

int winograd_suits(const struct node *n, struct shape out, int training)
{
    const struct grid g = grid_over(out);
    return has_transform(n) &&
           (!training || (n->groups == 1 && g.rows * g.columns >= TRAINING_TILES));
}

int winograd_dw_suits(const struct op_run *r)
{
    const struct grid g = grid_over(r->out);
    return has_transform(r->node) && r->node->groups == 1 &&
           r->pictures * g.rows * g.columns >= TRAINING_TILES;
}

/* The first tile of the row of tiles in which row `row`, over all pictures, lies. */
static int tile_of_row(const struct grid *g, int row)
{
    return (row / g->h * g->rows + row % g->h / WINOGRAD_OUT) * g->columns;
}

/* Where a tile's pixels begin: row of its picture, column. */
struct corner {
    int picture, row, column;
};

static struct corner corner_of(const struct grid *g, int tile)
{
    int line = tile / g->columns;
    return (struct corner){line / g->rows, line % g->rows * WINOGRAD_OUT,
                           tile % g->columns * WINOGRAD_OUT};
}

/* The size x size pixels of each tile, its corner moved by top and left. */
static void find_pixels(const struct field *f, const struct grid *g, int first, int tiles, int top,
                        int left, int size, const float *zeros, const float **pixels)
{
    const size_t c = (size_t)f->shape.c;
    for (int t = 0; t < tiles; t++) {
        struct corner at = corner_of(g, first + t);
        for (int i = 0; i < size; i++)
            for (int j = 0; j < size; j++) {
                int y = at.row + top + i, x = at.column + left + j;
                int inside = y >= 0 && y < f->shape.h && x >= 0 && x < f->shape.w;
                int row = inside ? (at.picture * f->shape.h + y) % f->ring : 0;
                *pixels++ = inside ? f->x + (size_t)(row * f->shape.w + x) * c : zeros;
            }
    }
}

/* Where each tile's sums go: rows [first_row, last_row) of all pictures, from the first of them. */
static void find_places(const struct grid *g, int first, int tiles, int first_row, int last_row,
                        size_t pixel, size_t *at)
{
    for (int t = 0; t < tiles; t++) {
        struct corner from = corner_of(g, first + t);
        for (int i = 0; i < WINOGRAD_OUT; i++)
            for (int j = 0; j < WINOGRAD_OUT; j++) {
                int row = from.picture * g->h + from.row + i, x = from.column + j;
                int inside = from.row + i < g->h && x < g->w && row >= first_row && row < last_row;
                *at++ = inside ? (size_t)((row - first_row) * g->w + x) * pixel : WINOGRAD_OUTSIDE;
            }
    }
}

/* A convolution of f by groups, `together` of them transformed together; inputs and columns of one;
 * t.top and t.left of its first tap; filters and their floats a point. Sums are pictures of `out`.
 */
struct sums {
    const struct kernels *kernels;
    struct field f;
    struct taps taps;
    struct shape out;
    int groups, together, inputs, columns;
    const float *filters;
    size_t point;
    struct tail tail; /* where the first wanted row of them goes */
};

static void multiply_group(const struct sums *s, int group, int tiles, const float *v,
                           const struct winograd *in, float *m, const struct winograd *out)
{
    s->kernels->winograd_product(&(struct winograd_product){
        .tiles = tiles,
        .columns = s->columns,
        .depth = s->inputs,
        .v = v,
        .filters = s->filters + (size_t)group * WINOGRAD_POINTS * s->point,
        .point = s->point,
        .m = m,
        .in = *in,
        .out = *out});
}

/* All channels, a product for each point. */
static void multiply(const struct sums *s, int tiles, const float *v, const struct winograd *in,
                     float *m, const struct winograd *out)
{
    for (int i = 0; i < WINOGRAD_POINTS; i++)
        s->kernels->product(
            &(struct product){.rows = tiles,
                              .columns = s->columns,
                              .depth = s->inputs,
                              .a = v + (size_t)i * in->point,
                              .a_row = in->tile,
                              .b = s->filters + (size_t)i * s->point,
                              .tail = {.y = m + (size_t)i * out->point, .y_row = out->tile}});
}

/* Groups [first, first + count) of a block of tiles. */
static void convolve_groups(const struct sums *s, int first, int count, int tiles,
                            const float *const *pixels, const size_t *at, float *v,
                            const struct winograd *in, float *m, const struct winograd *out)
{
    const int k = first * s->columns;
    struct tail to = tail_from(s->tail, (size_t)k);
    to.bias = to.bias ? to.bias + k : NULL;
    s->kernels->winograd_input(pixels, tiles, first * s->inputs, count * s->inputs, in, v);
    if (s->groups == 1)
        multiply(s, tiles, v, in, m, out);
    for (int g = 0; s->groups > 1 && g < count; g++)
        multiply_group(s, first + g, tiles, v + (size_t)(g * s->inputs), in,
                       m + (size_t)(g * s->columns), out);
    s->kernels->winograd_output(m, tiles, count * s->columns, out, at, &to);
}

/* Rows [first_row, last_row). */
static void convolve(const struct sums *s, const struct room *room, const struct winograd *in,
                     const struct winograd *out, int first_row, int last_row)
{
    const float *pixels[TILES_MAX * WINOGRAD_POINTS];
    size_t at[TILES_MAX * WINOGRAD_OUT * WINOGRAD_OUT];
    const struct grid g = grid_over(s->out);
    const int last = tile_of_row(&g, last_row - 1) + g.columns;
    float *v = room->v, *m = v + WINOGRAD_POINTS * in->point + KERNEL_PAD;
    for (int first = tile_of_row(&g, first_row), count; first < last; first += count) {
        count = last - first < room->tiles ? last - first : room->tiles;
        find_pixels(&s->f, &g, first, count, s->taps.top, s->taps.left, WINOGRAD_IN, room->zeros,
                    pixels);
        find_places(&g, first, count, first_row, last_row, s->tail.y_row, at);
        for (int group = 0, n; group < s->groups; group += n) {
            n = s->groups - group < s->together ? s->groups - group : s->together;
            convolve_groups(s, group, n, count, pixels, at, v, in, m, out);
        }
    }
}

void winograd_forward(const struct op_run *r, const float *packed, int first, int last,
                      struct tail t)
{
    const struct node *n = r->node;
    struct room room;
    room_floats(n, 0, r->scratch, &room);
    convolve(&(struct sums){.kernels = r->kernels,
                            .f = {.x = r->x[0], .shape = r->in, .ring = r->x_ring},
                            .taps = taps_forward(n, r->in),
                            .out = r->out,
                            .groups = n->groups,
                            .together = groups_together(n),
                            .inputs = group_inputs(n),
                            .columns = (r->last_column - r->first_column) / n->groups,
                            .filters = packed + (size_t)r->first_column * (size_t)n->in_channels,
                            .point = forward_floats(r->kernels, n),
                            .tail = t},
             &room, &room.in, &room.out, first, last);
}

void winograd_dx(const struct op_run *r, const float *packed, struct tail t)
{
    const struct node *n = r->node;
    struct room room;
    room_floats(n, 1, r->scratch, &room);
    convolve(&(struct sums){.kernels = r->kernels,
                            .f = {.x = r->dy, .shape = r->out, .ring = r->pictures * r->out.h},
                            .taps = taps_backward(n, r->in, 0),
                            .out = r->in,
                            .groups = 1,
                            .together = 1,
                            .inputs = n->channels,
                            .columns = n->in_channels,
                            .filters = packed + WINOGRAD_POINTS * forward_floats(r->kernels, n),
                            .point = backward_floats(r->kernels, n),
                            .tail = t},
             &room, &room.out, &room.in, 0, r->pictures * r->in.h);
}

/* From transformed tiles of x in room->v and of dy in room->m. */
static void add_filters(const struct op_run *r, const struct room *room, int tiles, float *dw)
{
    const struct node *n = r->node;
    const int block = block_filters(n);
    for (int first = 0; first < n->channels; first += block) {
        int count = n->channels - first < block ? n->channels - first : block;
        for (int i = 0; i < WINOGRAD_POINTS; i++)
            r->kernels->outer(&(struct outer){.rows = count,
                                              .columns = n->in_channels,
                                              .depth = tiles,
                                              .a = room->m + (size_t)i * room->out.point + first,
                                              .a_step = room->out.tile,
                                              .b = room->v + (size_t)i * room->in.point,
                                              .b_step = room->in.tile,
                                              .y = room->u + (size_t)i * room->filters.point,
                                              .y_row = room->filters.tile,
                                              .fresh = 1});
        r->kernels->winograd_filter_back(room->u, count, n->in_channels, &room->filters,
                                         dw + (size_t)first * (size_t)window_floats(n));
    }
}

void winograd_dw(const struct op_run *r, float *dw)
{
    const struct node *n = r->node;
    const float *pixels[TILES_MAX * WINOGRAD_POINTS];
    const struct grid g = grid_over(r->out);
    const struct taps t = taps_forward(n, r->in);
    const struct field x = {.x = r->x[0], .shape = r->in, .ring = r->pictures * r->in.h};
    const struct field dy = {.x = r->dy, .shape = r->out, .ring = r->pictures * r->out.h};
    struct room room;
    room_floats(n, 1, r->scratch, &room);
    const int last = r->pictures * g.rows * g.columns;
    for (int first = 0, count; first < last; first += count) {
        count = last - first < room.tiles ? last - first : room.tiles;
        find_pixels(&x, &g, first, count, t.top, t.left, WINOGRAD_IN, room.zeros, pixels);
        r->kernels->winograd_input(pixels, count, 0, n->in_channels, &room.in, room.v);
        find_pixels(&dy, &g, first, count, 0, 0, WINOGRAD_OUT, room.zeros, pixels);
        r->kernels->winograd_gradient(pixels, count, n->channels, &room.out, room.m);
        add_filters(r, &room, count, dw);
    }
}
