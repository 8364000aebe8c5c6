/* Gradients of a depthwise convolution, row by row, vectorised over channels as forward is. Sizes and
 * strides that occur are compiled with constants and unrolled; others take plain loops (the functions
 * ending in _any). */
#include "nn/kernels/vector.h"

enum { OUTS = 4 };

/* Input columns [first, first + outs), where first + pad_left is a multiple of the stride:
 * output column j (from the one right under `first`) reaches input column j * stride + s with
 * tap s. */
INLINE void dx_columns(const struct window *d, const float *const *dys, float *dx,
                       const float *mask, enum activation act, int add, const int size,
                       const int stride, const int outs, const int checked, int first, int c,
                       int width)
{
    const size_t n = (size_t)d->channels;
    const int reach = (size - 1) / stride;
    vec sums[2 * OUTS];
    UNROLL for (int o = 0; o < outs; o++)
        sums[o] = (vec){0};
    const int under = (first + d->pad_left) / stride; /* exact; may be negative only when checked */
    UNROLL for (int r = 0; r < size; r++) {
        if (!dys[r])
            continue;
        const float *dy = dys[r] + (ptrdiff_t)under * (ptrdiff_t)n + c;
        const float *w = d->w + (size_t)(r * size) * n + (size_t)c;
        UNROLL for (int k = 0; k < reach + outs / stride; k++) {
            const int j = k - reach;
            if (checked && (under + j < 0 || under + j >= d->out_width))
                continue;
            vec v = vec_load(dy + (ptrdiff_t)j * (ptrdiff_t)n);
            UNROLL for (int s = 0; s < size; s++)
                if (j * stride + s >= 0 && j * stride + s < outs)
                    sums[j * stride + s] += v * vec_load(w + (size_t)s * n);
        }
    }
    UNROLL for (int o = 0; o < outs; o++) {
        if (checked && (first + o < 0 || first + o >= d->in_width))
            continue;
        size_t at = (size_t)(first + o) * n + (size_t)c;
        vec v = add ? sums[o] + vec_load(dx + at) : sums[o];
        v = mask ? vec_slope(v, vec_load(mask + at), act) : v;
        vec_store_part(dx + at, v, width);
    }
}

INLINE void dx_row(const struct window *d, const float *const *dys, float *dx,
                   const float *mask, enum activation act, int add, const int size,
                   const int stride)
{
    const int outs = OUTS; /* a multiple of every stride that is compiled with constants */
    const int reach = (size - 1) / stride;
    for (int j = -(d->pad_left % stride); j < d->in_width;) {
        int under = (j + d->pad_left) / stride;
        int inside = j >= 0 && under >= reach && under + outs / stride <= d->out_width &&
                     j + outs <= d->in_width && outs % stride == 0;
        for (int c = 0; c < d->channels; c += WIDTH) {
            int width = d->channels - c;
            if (inside)
                dx_columns(d, dys, dx, mask, act, add, size, stride, outs, 0, j, c, width);
            else
                dx_columns(d, dys, dx, mask, act, add, size, stride, stride, 1, j, c, width);
        }
        j += inside ? outs : stride;
    }
}

/* Sums of `count` window rows from r, for output columns [first, first + outs). */
INLINE void dw_columns(const struct window *d, const float *const *rows, const float *dy,
                       vec *sums, const int size, const int stride, const int count,
                       const int outs, const int checked, int r, int first, int c)
{
    const size_t n = (size_t)d->channels;
    const int left = first * stride - d->pad_left;
    vec g[OUTS];
    UNROLL for (int o = 0; o < outs; o++)
        g[o] = vec_load(dy + (size_t)(first + o) * n + c);
    UNROLL for (int i = 0; i < count; i++) {
        const float *x = rows[r + i] + (ptrdiff_t)left * (ptrdiff_t)n + c;
        UNROLL for (int j = 0; j < (outs - 1) * stride + size; j++) {
            if (checked && (left + j < 0 || left + j >= d->in_width))
                continue;
            vec v = vec_load(x + (ptrdiff_t)j * (ptrdiff_t)n);
            UNROLL for (int o = 0; o < outs; o++)
                if (j - o * stride >= 0 && j - o * stride < size)
                    sums[i * size + j - o * stride] += v * g[o];
        }
    }
}

/* dw of window rows [r, r + count) at channels [c, c + width), all columns. */
INLINE void dw_part(const struct window *d, const float *const *rows, const float *dy, float *dw,
                    const int size, const int stride, const int count, int r, int c, int width)
{
    int inner = 0, end = 0;
    if (d->in_width >= size) {
        inner = (d->pad_left + stride - 1) / stride;
        end = (d->in_width - size + d->pad_left) / stride + 1;
    }
    end = end < d->out_width ? end : d->out_width;
    vec sums[5 * 5];
    UNROLL for (int i = 0; i < count * size; i++)
        sums[i] = (vec){0};
    int j = 0;
    for (; j < d->out_width && j < inner; j++)
        dw_columns(d, rows, dy, sums, size, stride, count, 1, 1, r, j, c);
    for (; j + OUTS <= end; j += OUTS)
        dw_columns(d, rows, dy, sums, size, stride, count, OUTS, 0, r, j, c);
    for (; j < d->out_width; j++)
        dw_columns(d, rows, dy, sums, size, stride, count, 1, 1, r, j, c);
    float *out = dw + (size_t)(r * size) * (size_t)d->channels + c;
    UNROLL for (int i = 0; i < count * size; i++, out += d->channels)
        vec_store_part(out, vec_load(out) + sums[i], width);
}

INLINE void dw_row(const struct window *d, const float *const *rows, const float *dy, float *dw,
                   const int size, const int stride)
{
    int whole = size == 3;
    for (int r = 0; r < size; r++)
        whole = whole && rows[r];
    for (int c = 0; c < d->channels; c += WIDTH) {
        int width = d->channels - c;
        if (whole) {
            dw_part(d, rows, dy, dw, size, stride, size, 0, c, width);
            continue;
        }
        for (int r = 0; r < size; r++)
            if (rows[r])
                dw_part(d, rows, dy, dw, size, stride, 1, r, c, width);
    }
}

static void dx_any(const struct window *d, const float *const *dys, float *dx, const float *mask,
                   enum activation act, int add)
{
    const size_t n = (size_t)d->channels;
    for (int j = 0; j < d->in_width; j++)
        for (int c = 0; c < d->channels; c += WIDTH) {
            size_t at = (size_t)j * n + (size_t)c;
            vec sum = add ? vec_load(dx + at) : (vec){0};
            for (int i = 0; i < d->size * d->size; i++) {
                int r = i / d->size, out = j + d->pad_left - i % d->size;
                if (dys[r] && out >= 0 && out % d->stride == 0 && out / d->stride < d->out_width)
                    sum += vec_load(dys[r] + (size_t)(out / d->stride) * n + c) *
                           vec_load(d->w + (size_t)i * n + c);
            }
            vec_store_part(dx + at, mask ? vec_slope(sum, vec_load(mask + at), act) : sum,
                           d->channels - c);
        }
}

static void dw_any(const struct window *d, const float *const *rows, const float *dy, float *dw)
{
    const size_t n = (size_t)d->channels;
    for (int j = 0; j < d->out_width; j++)
        for (int i = 0; i < d->size * d->size; i++) {
            int r = i / d->size, column = j * d->stride - d->pad_left + i % d->size;
            if (!rows[r] || column < 0 || column >= d->in_width)
                continue;
            for (int c = 0; c < d->channels; c += WIDTH) {
                float *out = dw + (size_t)i * n + c;
                vec_store_part(out,
                               vec_load(out) + vec_load(rows[r] + (size_t)column * n + c) *
                                                   vec_load(dy + (size_t)j * n + c),
                               d->channels - c);
            }
        }
}

/* Calls row(arguments, size, stride) with constants where there is such a version. */
#define CHOOSE(row, any, ...)                                                                      \
    do {                                                                                           \
        if (d->size == 3 && d->stride == 1)                                                        \
            row(__VA_ARGS__, 3, 1);                                                                \
        else if (d->size == 3 && d->stride == 2)                                                   \
            row(__VA_ARGS__, 3, 2);                                                                \
        else if (d->size == 5 && d->stride == 1)                                                   \
            row(__VA_ARGS__, 5, 1);                                                                \
        else if (d->size == 5 && d->stride == 2)                                                   \
            row(__VA_ARGS__, 5, 2);                                                                \
        else                                                                                       \
            any(__VA_ARGS__);                                                                      \
    } while (0)

void KERNEL(depthwise_dx)(const struct window *d, const float *const *dys, float *dx,
                          const float *mask, enum activation mask_act, int add)
{
    CHOOSE(dx_row, dx_any, d, dys, dx, mask, mask_act, add);
}

void KERNEL(depthwise_dw)(const struct window *d, const float *const *rows, const float *dy,
                          float *dw)
{
    CHOOSE(dw_row, dw_any, d, rows, dy, dw);
}
