/* Convolutions of any window, stride and groups as products over taps (nn/ops/taps.h), a block of
 * output rows at a time that stays in the second-level cache while the filters pass over it. */
#include "nn/ops/conv.h"
#include "nn/ops/taps.h"

enum { PHASES_MAX = WINDOW_MAX * WINDOW_MAX }; /* of the gradient: stride x stride */

/* Floats of the packed filters of one group with some taps. */
static size_t matrix_floats(const struct kernels *k, int columns, int depth)
{
    return (product_packed(k, columns, depth) + 15) / 16 * 16;
}

static size_t forward_floats(const struct kernels *k, const struct node *n)
{
    return matrix_floats(k, group_outputs(n), window_floats(n));
}

static size_t phase_floats(const struct kernels *k, const struct node *n, const struct taps *t)
{
    return matrix_floats(k, n->in_channels / n->groups, t->rows * t->columns * group_outputs(n));
}

static int phases(const struct node *n, struct shape in, struct taps *t)
{
    for (int i = 0; i < n->stride * n->stride; i++)
        t[i] = taps_backward(n, in, i);
    return n->stride * n->stride;
}

size_t direct_packed(const struct op_plan *p)
{
    struct taps t[PHASES_MAX];
    size_t floats = forward_floats(p->kernels, p->node);
    for (int i = 0, count = phases(p->node, p->in, t); p->training && i < count; i++)
        floats += phase_floats(p->kernels, p->node, &t[i]);
    return (size_t)p->node->groups * floats;
}

/* The filters [outputs][size][size][c] of one group as the matrix [taps * outputs, c]. */
static void pack_phase(const struct op_plan *p, const struct taps *t, const float *filters,
                       float *packed)
{
    const struct node *n = p->node;
    const int c = n->in_channels / n->groups, outputs = group_outputs(n), panel = p->kernels->panel;
    for (int first = 0; first < c; first += panel) {
        const int columns = c - first < panel ? c - first : panel;
        const size_t each = product_packed(p->kernels, columns, outputs); /* of one tap */
        for (int r = 0; r < t->rows; r++)
            for (int s = 0; s < t->columns; s++, packed += each)
                p->kernels->pack(filters + (size_t)taps_backward_tap(n, t, r, s) * (size_t)c +
                                     first,
                                 (size_t)window_floats(n), 1, outputs, columns, packed);
    }
}

void direct_pack(const struct op_plan *p, const float *filters, float *packed)
{
    const struct node *n = p->node;
    const size_t depth = (size_t)window_floats(n), group = (size_t)group_outputs(n) * depth;
    struct taps t[PHASES_MAX];
    for (int g = 0; g < n->groups; g++, packed += forward_floats(p->kernels, n))
        p->kernels->pack(filters + (size_t)g * group, 1, depth, (int)depth, group_outputs(n),
                         packed);
    for (int i = 0, count = phases(n, p->in, t); p->training && i < count; i++)
        for (int g = 0; g < n->groups; g++, packed += phase_floats(p->kernels, n, &t[i]))
            pack_phase(p, &t[i], filters + (size_t)g * group, packed);
}

static struct field input_of(const struct node *n, const float *x, struct shape in, int ring,
                             float *scratch, const struct taps *t, int width)
{
    struct field f = {.x = x, .shape = in, .ring = ring, .groups = n->groups, .scratch = scratch};
    field_border(&f, t, 1, width);
    return f;
}

/* dy, for all phases. */
static struct field gradient_of(const struct node *n, const float *dy, struct shape in,
                                struct shape out, int rows, float *scratch, const struct taps *t)
{
    struct field f = {.x = dy, .shape = out, .ring = rows, .groups = n->groups, .scratch = scratch};
    field_border(&f, t, n->stride * n->stride, in.w);
    return f;
}

/* Rows of one kind of pixels of the input. */
static int phase_height(const struct node *n, struct shape in)
{
    return (in.h + n->stride - 1) / n->stride;
}

size_t direct_scratch(const struct op_plan *p)
{
    const struct node *n = p->node;
    struct taps t[PHASES_MAX] = {taps_forward(n, p->in)};
    struct field f = input_of(n, NULL, p->in, 1, NULL, t, p->out.w);
    size_t floats = field_scratch(&f, t, 1, field_rows(&f, t, 1, p->out.w));
    if (!p->training)
        return floats;
    int count = phases(n, p->in, t);
    f = gradient_of(n, NULL, p->in, p->out, 1, NULL, t);
    size_t backward = field_scratch(&f, t, count, field_rows(&f, t, count, p->out.w));
    return backward > floats ? backward : floats;
}

/* As many of the rows [first, last) as one block should take, so that all blocks are about equal.
 */
static int next_rows(int first, int last, int most)
{
    int blocks = (last - first + most - 1) / most;
    return (last - first + blocks - 1) / blocks;
}

/* All groups of one block of sums; matrix: floats of one group's filters. */
static void multiply(const struct kernels *k, const struct node *n, const struct field *f,
                     const struct taps *t, const struct block *b, int width, int columns,
                     const float *filters, size_t matrix, struct tail tail)
{
    struct product p = {.rows = (width - t->column + t->spread - 1) / t->spread,
                        .columns = columns,
                        .depth = field_depth(f, t),
                        .a_row = (size_t)(t->step * f->shape.c),
                        .strips = b->sums,
                        .parts = b->parts,
                        .a_parts = b->part,
                        .y_strips = b->y,
                        .b = filters};
    tail.y_row *= (size_t)t->spread;
    for (int g = 0; g < n->groups; g++, p.b += matrix) {
        p.a_offset = (size_t)g * (size_t)(f->shape.c / n->groups);
        p.tail = tail_from(tail, (size_t)(g * columns));
        p.tail.bias = tail.bias ? tail.bias + (size_t)(g * columns) : NULL;
        k->product(&p);
    }
}

void direct_forward(const struct op_run *r, const float *packed, int first, int last, struct tail t)
{
    const struct node *n = r->node;
    struct taps taps = taps_forward(n, r->in);
    struct field f = input_of(n, r->x[0], r->in, r->x_ring, r->scratch, &taps, r->out.w);
    struct block b;
    const int columns = n->groups > 1 ? group_outputs(n) : r->last_column - r->first_column;
    size_t row = (size_t)r->out.w * (size_t)n->channels;
    packed += (size_t)r->first_column * (size_t)window_floats(n);
    for (int rows = field_rows(&f, &taps, 1, r->out.w), end; first < last; first = end) {
        end = first + next_rows(first, last, rows);
        field_load(&f, &taps, 1, r->out.h, first, end, &b);
        field_parts(&f, &taps, r->out, &b);
        for (int i = b.sums - 1; i >= 0; i--)
            b.y[i] -= b.y[0]; /* from the first row of this block, which may be in a ring */
        multiply(r->kernels, n, &f, &taps, &b, r->out.w, columns, packed,
                 forward_floats(r->kernels, n), t);
        t = tail_from(t, (size_t)(end - first) * row);
    }
}

void direct_dx(const struct op_run *r, const float *packed, struct tail tail)
{
    const struct node *n = r->node;
    struct taps t[PHASES_MAX];
    int count = phases(n, r->in, t), height = phase_height(n, r->in);
    struct field f = gradient_of(n, r->dy, r->in, r->out, r->pictures * r->out.h, r->scratch, t);
    struct block b;
    packed += (size_t)n->groups * forward_floats(r->kernels, n);
    int rows = field_rows(&f, t, count, r->out.w);
    for (int first = 0, end; first < r->pictures * height; first = end) {
        const float *filters = packed;
        end = first + next_rows(first, r->pictures * height, rows);
        field_load(&f, t, count, height, first, end, &b);
        for (int i = 0; i < count; i++) {
            size_t matrix = phase_floats(r->kernels, n, &t[i]);
            field_parts(&f, &t[i], r->in, &b);
            multiply(r->kernels, n, &f, &t[i], &b, r->in.w, n->in_channels / n->groups, filters,
                     matrix, tail);
            filters += (size_t)n->groups * matrix;
        }
    }
}

/* One block of output rows: each part of the windows with the gradient of the outputs. */
static void weight_gradient(const struct op_run *r, const struct field *f, const struct taps *t,
                            const struct block *b, float *dw)
{
    const struct node *n = r->node;
    const float *dys[BLOCK_STRIPS];
    const int depth = field_depth(f, t), c = n->in_channels / n->groups;
    for (int i = 0; i < b->sums; i++)
        dys[i] = r->dy + b->y[i];
    struct outer o = {.rows = group_outputs(n),
                      .columns = depth,
                      .depth = r->out.w,
                      .a_step = (size_t)n->channels,
                      .b_step = (size_t)(n->stride * n->in_channels),
                      .parts = b->sums,
                      .b_parts_step = b->parts,
                      .a_parts = dys,
                      .y_row = (size_t)window_floats(n)};
    for (int g = 0; g < n->groups; g++, dw += (size_t)group_outputs(n) * o.y_row) {
        o.a_offset = (size_t)(g * group_outputs(n));
        o.b_offset = (size_t)(g * c);
        for (int part = 0; part < b->parts; part++) {
            o.b_parts = b->part + part;
            o.y = dw + (size_t)(part * depth);
            r->kernels->outer(&o);
        }
    }
}

void direct_dw(const struct op_run *r, float *dw)
{
    const struct node *n = r->node;
    struct taps t = taps_forward(n, r->in);
    struct field f = input_of(n, r->x[0], r->in, r->pictures * r->in.h, r->scratch, &t, r->out.w);
    struct block b;
    int rows = field_rows(&f, &t, 1, r->out.w);
    for (int first = 0, end; first < r->pictures * r->out.h; first = end) {
        end = first + next_rows(first, r->pictures * r->out.h, rows);
        field_load(&f, &t, 1, r->out.h, first, end, &b);
        field_parts(&f, &t, r->out, &b);
        weight_gradient(r, &f, &t, &b, dw);
    }
}
