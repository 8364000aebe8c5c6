/* Element by element: activations, sums of columns, batch norm. Bound by memory; the vectoriser
 * does the rest where it can, vectors are written out where a comparison must become a maximum. */
#include "nn/kernels/vector.h"

/* Sums over rows are taken a few rows at a time: these stay in cache while the columns pass, and
 * adding sums of blocks loses less than adding everything to one float. */
enum { BLOCK_ROWS = 64 };

INLINE void sums_of(const float *x, const float *z, int rows, int columns, float *sums)
{
    const size_t n = (size_t)columns;
    for (int first = 0; first < rows; first += BLOCK_ROWS) {
        int last = first + BLOCK_ROWS < rows ? first + BLOCK_ROWS : rows;
        for (int c = 0; c < columns; c += WIDTH) {
            vec a = {0}, b = {0};
            size_t i = (size_t)first * n + (size_t)c;
            int r = first;
            for (; r + 2 <= last; r += 2, i += 2 * n) {
                a += z ? vec_load(x + i) * vec_load(z + i) : vec_load(x + i);
                b += z ? vec_load(x + i + n) * vec_load(z + i + n) : vec_load(x + i + n);
            }
            if (r < last)
                a += z ? vec_load(x + i) * vec_load(z + i) : vec_load(x + i);
            vec_store_part(sums + c, vec_load(sums + c) + a + b, columns - c);
        }
    }
}

void KERNEL(column_sums)(const float *x, const float *z, int rows, int columns, float *sums)
{
    if (z)
        sums_of(x, z, rows, columns, sums);
    else
        sums_of(x, NULL, rows, columns, sums);
}

void KERNEL(scale)(const float *x, const float *gate, int rows, int columns, int add, float *y)
{
    for (int r = 0; r < rows; r++, x += columns, y += columns)
        for (int c = 0; c < columns; c += WIDTH) {
            vec v = vec_load(x + c) * vec_load(gate + c);
            vec_store_part(y + c, add ? v + vec_load(y + c) : v, columns - c);
        }
}

INLINE void activate_loop(float *y, float *pre, const float *affine, size_t n,
                          const enum activation act)
{
    const float scale = affine ? affine[0] : 1, offset = affine ? affine[1] : 0;
    for (size_t i = 0; i < n; i += WIDTH) {
        const int left = n - i < WIDTH ? (int)(n - i) : WIDTH;
        vec v = vec_load_part(y + i, left);
        if (pre)
            vec_store_part(pre + i, v, left);
        v = vec_activate(v, act);
        vec_store_part(y + i, affine ? v * scale + offset : v, left);
    }
}

void KERNEL(activate)(float *y, float *pre, enum activation act, const float *affine, size_t n)
{
    CHOOSE_ACT(activate_loop, act, y, pre, affine, n);
}

INLINE void mask_loop(const float *kept, float *y, size_t n, const enum activation act)
{
    for (size_t i = 0; i < n; i += WIDTH) {
        const int left = n - i < WIDTH ? (int)(n - i) : WIDTH;
        vec_store_part(y + i, vec_slope_any(vec_load(y + i), vec_load(kept + i), act), left);
    }
}

void KERNEL(mask)(const float *kept, enum activation act, float *y, size_t n)
{
    if (act != ACT_NONE)
        CHOOSE_ACT(mask_loop, act, kept, y, n);
}

INLINE float vec_sum(vec v, int n)
{
    float sum = 0;
    for (int i = 0; i < n && i < WIDTH; i++)
        sum += v[i];
    return sum;
}

void KERNEL(affine_backward)(const float *pre, enum activation act, float scale, float *dy,
                             size_t n, double *sums)
{
    for (size_t i = 0; i < n; i += WIDTH) {
        const int left = n - i < WIDTH ? (int)(n - i) : WIDTH;
        vec u = vec_load(pre + i), g = vec_load(dy + i);
        vec y = vec_activate(u, act);
        sums[0] += (double)vec_sum(g * y, left);
        sums[1] += (double)vec_sum(g, left);
        /* What was kept of these is the output. */
        vec kept = activation_keeps_input(act) ? u : y;
        vec_store_part(dy + i, scale * vec_slope_any(g, kept, act), left);
    }
}

INLINE void add_loop(const float *a, const float *b, float *y, size_t n, const enum activation act)
{
    for (size_t i = 0; i < n; i += WIDTH) {
        const int left = n - i < WIDTH ? (int)(n - i) : WIDTH;
        vec v = vec_load(a + i);
        if (b)
            v += vec_load(b + i);
        vec_store_part(y + i, vec_activate(v, act), left);
    }
}

void KERNEL(add)(const float *a, const float *b, enum activation act, float *y, size_t n)
{
    CHOOSE_ACT(add_loop, act, a, b, y, n);
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
