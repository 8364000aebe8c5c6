/* Pools, row by row, vectorised over channels. */
#include "nn/kernels/vector.h"

/* Does tap (r, s) of output column j lie in the picture? */
INLINE int is_inside(const struct window *d, const float *const *rows, int j, int r, int s)
{
    int column = j * d->stride - d->pad_left + s;
    return rows[r] && column >= 0 && column < d->in_width;
}

INLINE const float *tap(const struct window *d, const float *const *rows, int j, int r, int s)
{
    return rows[r] + (ptrdiff_t)(j * d->stride - d->pad_left + s) * (ptrdiff_t)d->step;
}

/* How many positions under the window of output column j count in a mean. */
static int positions(const struct window *d, const float *const *rows, int j, int zeros)
{
    int count = 0;
    for (int i = 0; i < d->size * d->size; i++)
        count += zeros || is_inside(d, rows, j, i / d->size, i % d->size);
    return count > 0 ? count : 1;
}

void KERNEL(pool)(const struct window *d, const float *const *rows, int mean, int zeros, float *y)
{
    for (int j = 0; j < d->out_width; j++, y += d->channels) {
        const vec start = vec_set(mean ? 0 : -__builtin_inff());
        const vec share = vec_set(1 / (float)positions(d, rows, j, zeros));
        for (int c = 0; c < d->channels; c += WIDTH) {
            vec v = start;
            for (int i = 0; i < d->size * d->size; i++) {
                const int r = i / d->size, s = i % d->size, inside = is_inside(d, rows, j, r, s);
                vec x = inside ? vec_load(tap(d, rows, j, r, s) + c) : (vec){0};
                if (mean)
                    v += x;
                else if (inside || zeros)
                    v = vec_max(v, x);
            }
            vec_store_part(y + c, mean ? v * share : v, d->channels - c);
        }
    }
}

/* The gradient of a largest value goes to the first position that holds it, which may be a zero of
 * the padding. */
static void largest_dx(const struct window *d, const float *const *rows, int zeros, int j,
                       const float *y, const float *dy, float *const *dxs)
{
    for (int c = 0; c < d->channels; c += WIDTH) {
        const vec largest = vec_load(y + c), g = vec_load(dy + c);
        ivec open = largest == largest; /* where no position has taken it yet */
        for (int i = 0; i < d->size * d->size; i++) {
            const int r = i / d->size, s = i % d->size, inside = is_inside(d, rows, j, r, s);
            if (!inside && !zeros)
                continue;
            const vec x = inside ? vec_load(tap(d, rows, j, r, s) + c) : (vec){0};
            const ivec here = open & (x == largest);
            open &= ~here;
            if (!inside)
                continue;
            float *dx = dxs[r] + (tap(d, rows, j, r, s) - rows[r]) + c;
            vec_store_part(dx, vec_load(dx) + (vec)(here & (ivec)g), d->channels - c);
        }
    }
}

static void mean_dx(const struct window *d, const float *const *rows, int zeros, int j,
                    const float *dy, float *const *dxs)
{
    const float share = 1 / (float)positions(d, rows, j, zeros);
    for (int i = 0; i < d->size * d->size; i++) {
        const int r = i / d->size, s = i % d->size;
        if (!is_inside(d, rows, j, r, s))
            continue;
        float *dx = dxs[r] + (ptrdiff_t)(j * d->stride - d->pad_left + s) * (ptrdiff_t)d->step;
        for (int c = 0; c < d->channels; c++)
            dx[c] += share * dy[c];
    }
}

void KERNEL(pool_dx)(const struct window *d, const float *const *rows, int mean, int zeros,
                     const float *y, const float *dy, float *const *dxs)
{
    for (int j = 0; j < d->out_width; j++, y += d->channels, dy += d->channels) {
        if (mean)
            mean_dx(d, rows, zeros, j, dy, dxs);
        else
            largest_dx(d, rows, zeros, j, y, dy, dxs);
    }
}
