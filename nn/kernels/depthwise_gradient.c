/* Gradients of a depthwise convolution, vectorised over channels and in blocks of columns as
 * forward is (nn/kernels/depthwise.c). Of the input only for strides above 1: at stride 1 it is
 * a depthwise convolution itself. Sizes and strides that occur are compiled with constants and
 * unrolled; others take plain loops (the functions ending in _any). */
#include "nn/kernels/tail.h"

enum { DX_OUTS = 8, DW_OUTS = 4, SUMS_MAX = WIDE ? 25 : 9 };

/* Input columns [first, first + outs), where first + pad_left is a multiple of the stride:
 * output column j (from the one right under `first`) reaches input column j * stride + s with
 * tap s. checked: there may be no such output or input column. */
INLINE void dx_block(const struct window *d, const float *const *dys, size_t at,
                     const struct tail *t, size_t c, const int size, const int stride,
                     const int outs, const int checked, int first)
{
    const size_t n = (size_t)d->channels;
    const int reach = (size - 1) / stride;
    const int under = (first + d->pad_left) / stride; /* exact */
    vec sums[DX_OUTS][TILE_VECTORS];
    UNROLL for (int o = 0; o < outs; o++) sums[o][0] = (vec){0};
    UNROLL for (int r = 0; r < size; r++)
    {
        if (!dys[r])
            continue;
        const float *dy = dys[r] + (ptrdiff_t)(under - reach) * (ptrdiff_t)n + (ptrdiff_t)c;
        const float *w = d->w + (size_t)(r * size) * n + c;
        vec weights[WINDOW_MAX];
        UNROLL for (int s = 0; s < size; s++, w = vec_next(w, n)) weights[s] = vec_load(w);
        UNROLL for (int k = 0; k < reach + outs / stride; k++, dy = vec_next(dy, n))
        {
            const int j = k - reach;
            if (checked && (under + j < 0 || under + j >= d->out_width))
                continue;
            vec v = vec_load(dy);
            UNROLL for (int s = 0; s < size; s++) if (j * stride + s >= 0 && j * stride + s < outs)
                sums[j * stride + s][0] += v * weights[s];
        }
    }
    at += c;
    if (!checked)
        tail_write(t, outs, 1, at + (size_t)first * n, d->channels - (int)c, sums);
    for (int o = 0; checked && o < outs; o++)
        if (first + o >= 0 && first + o < d->in_width)
            tail_write(t, 1, 1, at + (size_t)(first + o) * n, d->channels - (int)c, sums + o);
}

INLINE void dx_row(const struct window *d, const float *const *dys, size_t at, const struct tail *t,
                   const int size, const int stride)
{
    const int reach = (size - 1) / stride;
    for (size_t c = 0; c < (size_t)d->channels; c += WIDTH)
        for (int j = -(d->pad_left % stride); j < d->in_width;) {
            int under = (j + d->pad_left) / stride;
            int inside = j >= 0 && under >= reach && under + DX_OUTS / stride <= d->out_width &&
                         j + DX_OUTS <= d->in_width;
            if (inside)
                dx_block(d, dys, at, t, c, size, stride, DX_OUTS, 0, j);
            else
                dx_block(d, dys, at, t, c, size, stride, stride, 1, j);
            j += inside ? DX_OUTS : stride;
        }
}

static void dx_any(const struct window *d, const float *const *dys, size_t at, const struct tail *t)
{
    const size_t n = (size_t)d->channels;
    for (int j = 0; j < d->in_width; j++)
        for (int c = 0; c < d->channels; c += WIDTH) {
            vec sum[1][TILE_VECTORS] = {{{0}}};
            for (int i = 0; i < d->size * d->size; i++) {
                int r = i / d->size, out = j + d->pad_left - i % d->size;
                if (dys[r] && out >= 0 && out % d->stride == 0 && out / d->stride < d->out_width)
                    sum[0][0] += vec_load(dys[r] + (size_t)(out / d->stride) * n + c) *
                                 vec_load(d->w + (size_t)i * n + c);
            }
            tail_write(t, 1, 1, at + (size_t)j * n + (size_t)c, d->channels - c, sum);
        }
}

void KERNEL(depthwise_dx)(const struct window *d, const float *const *dys, size_t at,
                          const struct tail *t)
{
    if (d->size == 3 && d->stride == 2)
        dx_row(d, dys, at, t, 3, 2);
    else if (d->size == 5 && d->stride == 2)
        dx_row(d, dys, at, t, 5, 2);
    else
        dx_any(d, dys, at, t);
}

/* Adds to the sums of `taps` window rows the products of output columns [first, first + outs);
 * to db (unless NULL) the columns. rows and dy begin at the vector of channels. */
INLINE void dw_block(const struct window *d, const float *const *rows, size_t c, const float *dy,
                     vec *sums, vec *db, const int size, const int stride, const int taps,
                     const int outs, const int checked, int first)
{
    const size_t n = (size_t)d->channels;
    const int left = first * stride - d->pad_left, in_width = d->in_width;
    vec g[DW_OUTS];
    dy += (size_t)first * n;
    UNROLL for (int o = 0; o < outs; o++, dy = vec_next(dy, n))
    {
        g[o] = vec_load(dy);
        if (db)
            *db += g[o];
    }
    UNROLL for (int r = 0; r < taps; r++)
    {
        if (!rows[r])
            continue;
        const float *x = rows[r] + (ptrdiff_t)left * (ptrdiff_t)n + (ptrdiff_t)c;
        UNROLL for (int j = 0; j < (outs - 1) * stride + size; j++, x = vec_next(x, n))
        {
            if (checked && (left + j < 0 || left + j >= in_width))
                continue;
            vec v = vec_load(x);
            UNROLL for (int o = 0; o < outs; o++) if (j - o * stride >= 0 && j - o * stride < size)
                sums[r * size + j - o * stride] += v * g[o];
        }
    }
}

/* All columns of one output row. */
INLINE void dw_columns(const struct window *d, const float *const *rows, size_t c, const float *dy,
                       vec *sums, vec *db, const int size, const int stride, const int taps)
{
    const int width = d->out_width, last = d->in_width + d->pad_left - size;
    int j = 0;
    for (; j < width && j * stride < d->pad_left; j++)
        dw_block(d, rows, c, dy, sums, db, size, stride, taps, 1, 1, j);
    for (; j + DW_OUTS <= width && (j + DW_OUTS - 1) * stride <= last; j += DW_OUTS)
        dw_block(d, rows, c, dy, sums, db, size, stride, taps, DW_OUTS, 0, j);
    for (; j < width; j++)
        dw_block(d, rows, c, dy, sums, db, size, stride, taps, 1, 1, j);
}

/* Window rows [from, from + taps) at one vector of channels, all output rows: as many sums as
 * there are registers for. */
INLINE void dw_part(const struct window *d, const float *const *rows, int count,
                    const float *const *dys, float *dw, float *db, size_t c, const int size,
                    const int stride, const int taps, int from)
{
    const int width = d->channels - (int)c;
    vec sums[SUMS_MAX], columns = {0};
    UNROLL for (int i = 0; i < taps * size; i++) sums[i] = (vec){0};
    for (int i = 0; i < count; i++)
        dw_columns(d, rows + i * stride + from, c, dys[i] + c, sums, &columns, size, stride, taps);
    float *out = dw + (size_t)(from * size) * (size_t)d->channels + c;
    UNROLL for (int i = 0; i < taps * size; i++, out += d->channels)
        vec_store_part(out, vec_load(out) + sums[i], width);
    if (db && from == 0)
        vec_store_part(db + c, vec_load(db + c) + columns, width);
}

INLINE void dw_rows(const struct window *d, const float *const *rows, int count,
                    const float *const *dys, float *dw, float *db, const int size, const int stride)
{
    const int taps = size * size <= SUMS_MAX ? size : 1;
    for (size_t c = 0; c < (size_t)d->channels; c += WIDTH)
        for (int from = 0; from < size; from += taps)
            dw_part(d, rows, count, dys, dw, db, c, size, stride, taps, from);
}

static void dw_any(const struct window *d, const float *const *rows, const float *dy, float *dw,
                   float *db)
{
    const size_t n = (size_t)d->channels;
    for (int j = 0; j < d->out_width; j++)
        for (int c = 0; c < d->channels; c += WIDTH) {
            vec g = vec_load(dy + (size_t)j * n + c);
            if (db)
                vec_store_part(db + c, vec_load(db + c) + g, d->channels - c);
            for (int i = 0; i < d->size * d->size; i++) {
                int r = i / d->size, column = j * d->stride - d->pad_left + i % d->size;
                float *out = dw + (size_t)i * n + c;
                if (rows[r] && column >= 0 && column < d->in_width)
                    vec_store_part(out,
                                   vec_load(out) + vec_load(rows[r] + (size_t)column * n + c) * g,
                                   d->channels - c);
            }
        }
}

void KERNEL(depthwise_dw)(const struct window *d, const float *const *rows, int count,
                          const float *const *dys, float *dw, float *db)
{
    if (d->size == 3 && d->stride == 1)
        dw_rows(d, rows, count, dys, dw, db, 3, 1);
    else if (d->size == 3 && d->stride == 2)
        dw_rows(d, rows, count, dys, dw, db, 3, 2);
    else if (d->size == 5 && d->stride == 1)
        dw_rows(d, rows, count, dys, dw, db, 5, 1);
    else if (d->size == 5 && d->stride == 2)
        dw_rows(d, rows, count, dys, dw, db, 5, 2);
    else if (d->size == 7 && d->stride == 1)
        dw_rows(d, rows, count, dys, dw, db, 7, 1);
    else
        for (int i = 0; i < count; i++)
            dw_any(d, rows + i * d->stride, dys[i], dw, db);
}
