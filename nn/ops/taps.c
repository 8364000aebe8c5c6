#include "nn/ops/taps.h"

#include <string.h>

/* Floats read by one block of sums: half a second-level cache; and pixels for whole tiles. */
enum { BLOCK_FLOATS = 64 * 1024, BLOCK_PIXELS = 48 };

static int larger(int a, int b)
{
    return a > b ? a : b;
}

static int smaller(int a, int b)
{
    return a < b ? a : b;
}

struct taps taps_forward(const struct node *n, struct shape in)
{
    return (struct taps){.rows = n->size,
                         .columns = n->size,
                         .step = n->stride,
                         .top = -conv_pad_before(n, in.h),
                         .left = -conv_pad_before(n, in.w),
                         .spread = 1};
}

/* Along one axis, pixel i * stride + phase was used by the output pixel i + (phase + pad - tap) /
 * stride with every tap that makes this a whole number: first, first + stride, ... */
static void backward_axis(const struct node *n, int phase, int pad, int *taps, int *begin,
                          int *first)
{
    *first = (phase + pad) % n->stride;
    *taps = *first < n->size ? (n->size - *first - 1) / n->stride + 1 : 0;
    *begin = (phase + pad - *first) / n->stride - (*taps - 1);
}

struct taps taps_backward(const struct node *n, struct shape in, int phase)
{
    struct taps t = {
        .step = 1, .spread = n->stride, .row = phase / n->stride, .column = phase % n->stride};
    backward_axis(n, t.row, conv_pad_before(n, in.h), &t.rows, &t.top, &t.row_tap);
    backward_axis(n, t.column, conv_pad_before(n, in.w), &t.columns, &t.left, &t.column_tap);
    return t;
}

int taps_backward_tap(const struct node *n, const struct taps *t, int r, int s)
{
    return ((t->rows - 1 - r) * n->stride + t->row_tap) * n->size +
           (t->columns - 1 - s) * n->stride + t->column_tap;
}

void field_border(struct field *f, const struct taps *t, int count, int out_width)
{
    f->before = f->after = 0;
    for (int i = 0; i < count; i++) {
        int sums = (out_width - t[i].column + t[i].spread - 1) / t[i].spread;
        int end = (sums - 1) * t[i].step + t[i].left + t[i].columns;
        f->before = larger(f->before, -t[i].left);
        f->after = larger(f->after, end - f->shape.w);
    }
}

static size_t row_floats(const struct field *f)
{
    return (size_t)(f->before + f->shape.w + f->after) * (size_t)f->shape.c;
}

static int is_copied(const struct field *f)
{
    return f->before > 0 || f->after > 0;
}

/* Rows from the highest to the lowest tap. */
static int reach(const struct taps *t, int count, int *top)
{
    int bottom = t[0].top + t[0].rows;
    *top = t[0].top;
    for (int i = 1; i < count; i++) {
        *top = smaller(*top, t[i].top);
        bottom = larger(bottom, t[i].top + t[i].rows);
    }
    return bottom - *top;
}

static int parts_of(const struct field *f, const struct taps *t)
{
    return f->groups > 1 ? t->rows * t->columns : t->rows;
}

int field_depth(const struct field *f, const struct taps *t)
{
    if (t->rows == 0 || t->columns == 0)
        return 0;
    return f->groups > 1 ? f->shape.c / f->groups : t->columns * f->shape.c;
}

int field_rows(const struct field *f, const struct taps *t, int count, int sums)
{
    int top, high = reach(t, count, &top), parts = 1;
    int rows = (int)(BLOCK_FLOATS / (row_floats(f) * (size_t)t[0].step));
    rows = larger(rows, (BLOCK_PIXELS + sums - 1) / sums);
    for (int i = 0; i < count; i++)
        parts = larger(parts, parts_of(f, &t[i]));
    rows = smaller(smaller(rows, BLOCK_STRIPS), BLOCK_PARTS / parts);
    return smaller(rows, BLOCK_ROWS / larger(high, t[0].step));
}

size_t field_scratch(const struct field *f, const struct taps *t, int count, int rows)
{
    int top, high = larger(reach(t, count, &top), t[0].step);
    size_t slots = is_copied(f) ? (size_t)rows * (size_t)high : 0;
    return (slots + 1) * row_floats(f) + KERNEL_PAD;
}

static const float *copy_row(const struct field *f, const float *from, float *to)
{
    size_t before = (size_t)f->before * (size_t)f->shape.c;
    size_t width = (size_t)f->shape.w * (size_t)f->shape.c;
    memset(to, 0, before * sizeof *to);
    memcpy(to + before, from, width * sizeof *to);
    memset(to + before + width, 0, (row_floats(f) - before - width) * sizeof *to);
    return to;
}

void field_load(const struct field *f, const struct taps *t, int count, int height, int first,
                int last, struct block *b)
{
    int high = reach(t, count, &b->top), used = 0;
    size_t row = (size_t)f->shape.w * (size_t)f->shape.c;
    float *zeros = f->scratch, *free_slot = zeros + row_floats(f);
    memset(zeros, 0, row_floats(f) * sizeof *zeros);
    b->strips = last - first;
    for (int k = 0; k < b->strips; k++) {
        int picture = (first + k) / height, i = (first + k) % height;
        int from = i * t->step + b->top;                            /* first row under the window */
        int known = k > 0 && i > 0 ? larger(high - t->step, 0) : 0; /* loaded for the strip above */
        b->picture[k] = picture;
        b->i[k] = i;
        b->at[k] = known ? b->at[k - 1] + t->step : used;
        for (int y = from + known; y < from + high; y++) {
            const float *x = zeros;
            if (y >= 0 && y < f->shape.h)
                x = f->x + (size_t)((picture * f->shape.h + y) % f->ring) * row;
            if (x != zeros && is_copied(f)) {
                x = copy_row(f, x, free_slot);
                free_slot += row_floats(f);
            }
            b->rows[used++] = x;
        }
    }
}

void field_parts(const struct field *f, const struct taps *t, struct shape to, struct block *b)
{
    const size_t c = (size_t)f->shape.c, left = (size_t)(t->left + f->before) * c;
    const float **part = b->part;
    int sums = 0;
    const int across = f->groups > 1 ? t->columns : 1, empty = t->rows == 0 || t->columns == 0;
    b->parts = empty ? 1 : parts_of(f, t);
    for (int k = 0; k < b->strips; k++) {
        int row = b->i[k] * t->spread + t->row;
        if (row >= to.h)
            continue;
        const float *const *rows = b->rows + b->at[k] + t->top - b->top;
        for (int r = 0; r < t->rows && !empty; r++)
            for (int s = 0; s < across; s++)
                *part++ = rows[r] + left + (size_t)s * c;
        if (empty)
            *part++ = f->scratch;
        b->y[sums++] = ((size_t)(b->picture[k] * to.h + row) * (size_t)to.w + (size_t)t->column) *
                       (size_t)to.c;
    }
    b->sums = sums;
}
