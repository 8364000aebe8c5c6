/* The products of Winograd's method for one group of a convolution, at all points.
 *
 * A group is a few channels wide: at one point its filters are a matrix of a vector's width and
 * about as deep, with which a block of tiles is done in a hundred cycles, and a call of `product`
 * costs as much as it computes. So a function takes some tiles, as many as fit the registers,
 * through all points.
 *
 * Filters of all groups are more than a second-level cache holds. Those of the next group are
 * asked for where these are used (measured: a third less time of a layer of 20 groups). */
#include "nn/kernels/vector.h"

enum {
    PANEL = TILE_VECTORS * WIDTH,
    ROWS_MAX = WIDE ? 16 : 12 /* tiles at once beside one vector of filters */
};

/* Tiles from p->v and p->m on, one panel of `vectors`. Tiles in groups of three with one pointer
 * each, so that all addresses fit the registers. */
INLINE void product_points(const struct winograd_product *p, const int tiles, const int vectors)
{
    const size_t a_row = p->in.tile, y_row = p->out.tile;
    const size_t next_group = WINOGRAD_POINTS * p->point;
    const int columns = p->columns;
    const float *v = p->v, *filters = p->filters;
    float *m = p->m;
    for (int point = 0; point < WINOGRAD_POINTS; point++) {
        vec sums[ROWS_MAX][TILE_VECTORS];
        const float *a[(ROWS_MAX + 2) / 3], *b = filters;
        float *y = m;
        UNROLL for (int g = 0; g < (tiles + 2) / 3; g++) a[g] = v + (size_t)(3 * g) * a_row;
        UNROLL for (int i = 0; i < tiles; i++) UNROLL for (int j = 0; j < vectors; j++) sums[i][j] =
            (vec){0};
        for (int s = 0; s < p->depth; s++, b += vectors * WIDTH) {
            vec row[TILE_VECTORS];
            UNROLL for (int j = 0; j < vectors; j++)
            {
                row[j] = vec_load(b + j * WIDTH);
                __builtin_prefetch(b + next_group + j * WIDTH);
            }
            UNROLL for (int i = 0; i < tiles; i++)
            {
                float x = a[i / 3][(size_t)(i % 3) * a_row];
                UNROLL for (int j = 0; j < vectors; j++) sums[i][j] += x * row[j];
            }
            UNROLL for (int g = 0; g < (tiles + 2) / 3; g++) a[g]++;
        }
        if (columns < vectors * WIDTH) {
            UNROLL for (int i = 0; i < tiles; i++, y += y_row)
                UNROLL for (int j = 0; j < vectors; j++)
                    vec_store_part(y + j * WIDTH, sums[i][j], columns - j * WIDTH);
        } else {
            UNROLL for (int i = 0; i < tiles; i++, y += y_row)
                UNROLL for (int j = 0; j < vectors; j++) vec_store(y + j * WIDTH, sums[i][j]);
        }
        v += p->in.point;
        filters += p->point;
        m += p->out.point;
    }
}

typedef void points_fn(const struct winograd_product *p);

#define POINTS(vectors, tiles)                                                                     \
    static void points_##vectors##_##tiles(const struct winograd_product *p)                       \
    {                                                                                              \
        product_points(p, tiles, vectors);                                                         \
    }
#define NAME(vectors, tiles) points_##vectors##_##tiles,
#define SIX(X, V)            X(V, 1) X(V, 2) X(V, 3) X(V, 4) X(V, 5) X(V, 6)
#define TWELVE(X, V)         SIX(X, V) X(V, 7) X(V, 8) X(V, 9) X(V, 10) X(V, 11) X(V, 12)
#if WIDE
#define BESIDE_ONE(X) TWELVE(X, 1) X(1, 13) X(1, 14) X(1, 15) X(1, 16)
#define BESIDE_TWO(X) TWELVE(X, 2)
#else
#define BESIDE_ONE(X) TWELVE(X, 1)
#define BESIDE_TWO(X) SIX(X, 2)
#endif
BESIDE_ONE(POINTS)
BESIDE_TWO(POINTS)

void KERNEL(winograd_product)(const struct winograd_product *whole)
{
    static points_fn *const one[] = {BESIDE_ONE(NAME)}, *const two[] = {BESIDE_TWO(NAME)};
    for (int column = 0; column < whole->columns; column += PANEL) {
        struct winograd_product p = *whole;
        p.columns = whole->columns - column < PANEL ? whole->columns - column : PANEL;
        p.filters += (size_t)column * (size_t)p.depth;
        p.m += column;
        const int most = p.columns > WIDTH ? TILE_ROWS : ROWS_MAX;
        const int calls = (p.tiles + most - 1) / most; /* with about as many tiles each */
        for (int i = 0, n; i < calls; i++) {
            n = (whole->tiles * (i + 1)) / calls - (whole->tiles * i) / calls;
            if (p.columns > WIDTH) /* UBSan takes the wrong one of two arrays in one expression */
                two[n - 1](&p);
            else
                one[n - 1](&p);
            p.v += (size_t)n * p.in.tile;
            p.m += (size_t)n * p.out.tile;
        }
    }
}
