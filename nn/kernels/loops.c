/* Element by element: activations, sums of columns, batch norm. Bound by memory; the vectoriser
 * does the rest where it can, vectors are written out where a comparison must become a maximum. */
#include <string.h>

#include "nn/kernels/vector.h"

/* Copies whole vectors: up to WIDTH - 1 floats beyond n are written too (and read). */
INLINE void copy_over(float *to, const float *from, size_t n)
{
    for (size_t i = 0; i < n; i += WIDTH)
        vec_store(to + i, vec_load(from + i));
}

/* Spans are written in rising order, so what a copy writes too much the next one overwrites. */
void KERNEL(gather)(const struct window *d, const float *const *rows, float *columns)
{
    const size_t n = (size_t)d->channels, span = (size_t)d->size * n;
    for (int j = 0; j < d->out_width; j++) {
        int left = j * d->stride - d->pad_left, from = left < 0 ? -left : 0;
        int to = left + d->size > d->in_width ? d->in_width - left : d->size;
        for (int r = 0; r < d->size; r++, columns += span) {
            if (!rows[r] || from >= to) {
                memset(columns, 0, span * sizeof *columns);
            } else if (from == 0 && to == d->size) {
                copy_over(columns, rows[r] + (size_t)left * n, span);
            } else {
                memset(columns, 0, span * sizeof *columns);
                memcpy(columns + (size_t)from * n, rows[r] + (size_t)(left + from) * n,
                       (size_t)(to - from) * n * sizeof *columns);
            }
        }
    }
}

void KERNEL(scatter)(const struct window *d, const float *dcolumns, float *const *dxs)
{
    const size_t n = (size_t)d->channels, span = (size_t)d->size * n;
    for (int j = 0; j < d->out_width; j++) {
        int left = j * d->stride - d->pad_left, from = left < 0 ? -left : 0;
        int to = left + d->size > d->in_width ? d->in_width - left : d->size;
        for (int r = 0; r < d->size; r++, dcolumns += span) {
            if (!dxs[r] || from >= to)
                continue;
            float *dx = dxs[r] + (size_t)(left + from) * n;
            const float *g = dcolumns + (size_t)from * n;
            for (size_t i = 0; i < (size_t)(to - from) * n; i++)
                dx[i] += g[i];
        }
    }
}

/* Sums over rows are taken a few rows at a time: these stay in cache while the columns pass, and
 * adding sums of blocks loses less than adding everything to one float. */
enum { BLOCK_ROWS = 64 };

void KERNEL(column_sums)(const float *x, int rows, int columns, float *sums)
{
    for (int first = 0; first < rows; first += BLOCK_ROWS) {
        int last = first + BLOCK_ROWS < rows ? first + BLOCK_ROWS : rows;
        for (int c = 0; c < columns; c += WIDTH) {
            vec a = {0}, b = {0};
            int r = first;
            for (; r + 2 <= last; r += 2) {
                a += vec_load(x + (size_t)r * (size_t)columns + c);
                b += vec_load(x + (size_t)(r + 1) * (size_t)columns + c);
            }
            if (r < last)
                a += vec_load(x + (size_t)r * (size_t)columns + c);
            vec_store_part(sums + c, vec_load(sums + c) + a + b, columns - c);
        }
    }
}

void KERNEL(mask)(const float *x, enum activation act, float *y, size_t n)
{
    size_t i = 0;
    if (act == ACT_NONE)
        return;
    for (; i + WIDTH <= n; i += WIDTH)
        vec_store(y + i, vec_slope(vec_load(y + i), vec_load(x + i), act));
    for (; i < n; i++)
        if (!(x[i] > 0) || (act == ACT_RELU6 && !(x[i] < 6)))
            y[i] = 0;
}

INLINE float activate(float v, enum activation act)
{
    if (act == ACT_NONE)
        return v;
    v = v < 0 ? 0 : v;
    return act == ACT_RELU6 && v > 6 ? 6 : v;
}

void KERNEL(add)(const float *a, const float *b, enum activation act, float *y, size_t n)
{
    const struct clamp clamp = vec_clamp(act);
    size_t i = 0;
    for (; i + WIDTH <= n; i += WIDTH) {
        vec v = vec_load(a + i);
        if (b)
            v += vec_load(b + i);
        vec_store(y + i, vec_limit(v, clamp));
    }
    for (; i < n; i++)
        y[i] = activate(b ? a[i] + b[i] : a[i], act);
}

void KERNEL(norm_sums)(const float *z, const float *centre, int rows, int c, float *sums,
                       float *squares)
{
    for (int first = 0; first < rows; first += BLOCK_ROWS) {
        int last = first + BLOCK_ROWS < rows ? first + BLOCK_ROWS : rows;
        for (int k = 0; k < c; k += WIDTH) {
            vec middle = vec_load(centre + k), s = {0}, q = {0};
            for (int r = first; r < last; r++) {
                vec v = vec_load(z + (size_t)r * (size_t)c + k) - middle;
                s += v;
                q += v * v;
            }
            vec_store_part(sums + k, vec_load(sums + k) + s, c - k);
            vec_store_part(squares + k, vec_load(squares + k) + q, c - k);
        }
    }
}

void KERNEL(norm_apply)(const float *z, const float *scale, const float *shift, const float *add,
                        enum activation act, int rows, int c, float *y)
{
    const struct clamp clamp = vec_clamp(act);
    for (int r = 0; r < rows; r++)
        for (int k = 0; k < c; k += WIDTH) {
            size_t at = (size_t)r * (size_t)c + (size_t)k;
            vec v = vec_load(z + at) * vec_load(scale + k) + vec_load(shift + k);
            if (add)
                v += vec_load(add + at);
            vec_store_part(y + at, vec_limit(v, clamp), c - k);
        }
}

void KERNEL(norm_backward_sums)(const float *dy, const float *z, const float *mean,
                                const float *invstd, int rows, int c, float *dg, float *db)
{
    for (int first = 0; first < rows; first += BLOCK_ROWS) {
        int last = first + BLOCK_ROWS < rows ? first + BLOCK_ROWS : rows;
        for (int k = 0; k < c; k += WIDTH) {
            vec m = vec_load(mean + k), s = {0}, q = {0};
            for (int r = first; r < last; r++) {
                size_t at = (size_t)r * (size_t)c + (size_t)k;
                vec g = vec_load(dy + at);
                s += g;
                q += g * (vec_load(z + at) - m);
            }
            vec_store_part(db + k, vec_load(db + k) + s, c - k);
            vec_store_part(dg + k, vec_load(dg + k) + q * vec_load(invstd + k), c - k);
        }
    }
}

void KERNEL(norm_backward_apply)(const float *dy, const float *z, const float *p, const float *q,
                                 const float *r, int rows, int c, float *dz)
{
    for (int i = 0; i < rows; i++)
        for (int k = 0; k < c; k += WIDTH) {
            size_t at = (size_t)i * (size_t)c + (size_t)k;
            vec v = vec_load(dy + at) * vec_load(p + k) + vec_load(z + at) * vec_load(q + k) +
                    vec_load(r + k);
            vec_store_part(dz + at, v, c - k);
        }
}
