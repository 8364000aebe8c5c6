/* Depthwise convolution, vectorised over channels (they lie side by side).
 *
 * A vector of channels at a time: down a few output rows, and along these in blocks of OUTS
 * columns. So the input rows of these channels are read from the second-level cache once for all
 * the windows they are under, an input column is loaded once for all windows of a block, and the
 * weights of a window row stay in registers over the block. With many registers a block is two
 * output rows: more sums that do not wait for each other, and the input rows under both are loaded
 * once. Widths of 224 x 224 networks are multiples of 7; in others the last block overlaps the one
 * before. Sizes and strides that occur are compiled with constants and unrolled; others take a
 * plain loop. */
#include "nn/kernels/tail.h"

enum { OUTS = 7, ROWS = WIDE ? 2 : 1 };

/* Adds to the sums of `count` output rows' columns [first, first + outs) at channels from c.
 * checked: windows may hang over the left or the right border. */
INLINE void window_sums(const struct window *d, const float *const *rows, size_t c, const int size,
                        const int stride, const int count, const int outs, const int checked,
                        int first, vec sums[][TILE_VECTORS])
{
    const size_t n = (size_t)d->channels;
    const int left = first * stride - d->pad_left, in_width = d->in_width;
    UNROLL for (int r = 0; r < (count - 1) * stride + size; r++)
    {
        if (!rows[r])
            continue;
        vec weights[ROWS][WINDOW_MAX];
        UNROLL for (int i = 0; i < count; i++)
        {
            if (r - i * stride < 0 || r - i * stride >= size)
                continue;
            const float *w = d->w + (size_t)((r - i * stride) * size) * n + c;
            UNROLL for (int k = 0; k < size; k++, w = vec_next(w, n)) weights[i][k] = vec_load(w);
        }
        const float *x = rows[r] + (ptrdiff_t)left * (ptrdiff_t)n + (ptrdiff_t)c;
        UNROLL for (int j = 0; j < (outs - 1) * stride + size; j++, x = vec_next(x, n))
        {
            if (checked && (left + j < 0 || left + j >= in_width))
                continue;
            vec v = vec_load(x);
            LOADED(v);
            UNROLL for (int i = 0; i < count; i++)
                UNROLL for (int o = 0; o < outs;
                            o++) if (r - i * stride >= 0 && r - i * stride < size &&
                                     j - o * stride >= 0 && j - o * stride < size)
                    sums[i * OUTS + o][0] += v * weights[i][j - o * stride];
        }
    }
}

/* Columns [first, first + outs) of `count` output rows. */
INLINE void forward_block(const struct window *d, const float *const *rows, const size_t *at,
                          const struct tail *t, size_t c, const int size, const int stride,
                          const int count, const int outs, const int checked, int first)
{
    const vec bias = t->bias ? vec_load(t->bias + c) : (vec){0};
    vec sums[ROWS * OUTS][TILE_VECTORS];
    UNROLL for (int i = 0; i < count * OUTS; i++) sums[i][0] = bias;
    window_sums(d, rows, c, size, stride, count, outs, checked, first, sums);
    UNROLL for (int i = 0; i < count; i++)
        tail_write(t, outs, 1, at[i] + (size_t)first * (size_t)d->channels + c,
                   d->channels - (int)c, sums + i * OUTS);
}

/* `count` output rows at one vector of channels. */
INLINE void forward_columns(const struct window *d, const float *const *rows, const size_t *at,
                            const struct tail *t, size_t c, const int size, const int stride,
                            const int count)
{
    const int width = d->out_width, last = d->in_width + d->pad_left - size;
    int j = 0;
    for (; j + OUTS <= width; j += OUTS) {
        if (j * stride < d->pad_left || (j + OUTS - 1) * stride > last)
            forward_block(d, rows, at, t, c, size, stride, count, OUTS, 1, j);
        else
            forward_block(d, rows, at, t, c, size, stride, count, OUTS, 0, j);
    }
    /* What is written twice must not be added to what is there already. */
    if (j < width && width >= OUTS && !t->add)
        forward_block(d, rows, at, t, c, size, stride, count, OUTS, 1, width - OUTS);
    else
        for (; j < width; j++)
            forward_block(d, rows, at, t, c, size, stride, count, 1, 1, j);
}

INLINE void forward_rows(const struct window *d, const float *const *rows, int count,
                         const size_t *at, const struct tail *t, const int size, const int stride)
{
    for (size_t c = 0; c < (size_t)d->channels; c += WIDTH) {
        int i = 0;
        for (; ROWS > 1 && i + ROWS <= count; i += ROWS)
            forward_columns(d, rows + i * stride, at + i, t, c, size, stride, ROWS);
        for (; i < count; i++)
            forward_columns(d, rows + i * stride, at + i, t, c, size, stride, 1);
    }
}

static void row_any(const struct window *d, const float *const *rows, size_t at,
                    const struct tail *t)
{
    const size_t n = (size_t)d->channels;
    for (int j = 0; j < d->out_width; j++)
        for (int c = 0; c < d->channels; c += WIDTH) {
            vec sum[1][TILE_VECTORS] = {{t->bias ? vec_load(t->bias + c) : (vec){0}}};
            for (int i = 0; i < d->size * d->size; i++) {
                int r = i / d->size, column = j * d->stride - d->pad_left + i % d->size;
                if (rows[r] && column >= 0 && column < d->in_width)
                    sum[0][0] += vec_load(rows[r] + (size_t)column * n + c) *
                                 vec_load(d->w + (size_t)i * n + c);
            }
            tail_write(t, 1, 1, at + (size_t)j * n + (size_t)c, d->channels - c, sum);
        }
}

static void forward_any(const struct window *d, const float *const *rows, int count,
                        const size_t *at, const struct tail *t)
{
    for (int i = 0; i < count; i++)
        row_any(d, rows + i * d->stride, at[i], t);
}

void KERNEL(depthwise)(const struct window *d, const float *const *rows, int count,
                       const size_t *at, const struct tail *t)
{
    if (d->size == 3 && d->stride == 1)
        forward_rows(d, rows, count, at, t, 3, 1);
    else if (d->size == 3 && d->stride == 2)
        forward_rows(d, rows, count, at, t, 3, 2);
    else if (d->size == 5 && d->stride == 1)
        forward_rows(d, rows, count, at, t, 5, 1);
    else if (d->size == 5 && d->stride == 2)
        forward_rows(d, rows, count, at, t, 5, 2);
    else if (d->size == 7 && d->stride == 1)
        forward_rows(d, rows, count, at, t, 7, 1);
    else
        forward_any(d, rows, count, at, t);
}
