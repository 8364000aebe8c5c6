/* Matrix products for convolutions.
 *
 * A tile of TILE_ROWS x (TILE_VECTORS x WIDTH) sums lives in registers while one column of A (a
 * float each, spread over a vector) meets one row of B. B is packed once, as panels a tile wide,
 * so that it is read in order; A is read as it lies. A product takes a block of rows that stays
 * in the second-level cache, then for each panel of B all tiles of the block, so that a panel
 * comes from a near cache; each tile asks for the panel that follows (in a grouped convolution,
 * the next group's), or the first tile there would wait for memory. The tail (bias, residual,
 * activation) is applied while a tile is still in registers. Rows are dealt out evenly over the
 * tiles: 49 rows are 10 + 10 + 10 + 10 + 9, not 4 x 12 + 1.
 *
 * The outer product (gradient of the weights) sums over pixels: both sides are read in order,
 * and the depth is taken in blocks that stay in cache while all tiles pass over them. */
#include "nn/kernels/tail.h"

_Static_assert(TILE_VECTORS == 2, "a narrow panel is half a panel");
enum {
    PANEL = TILE_VECTORS * WIDTH,
    GROUPS = (TILE_ROWS + 2) / 3,
    BLOCK_FLOATS = 64 * 1024, /* of A: a quarter of a second-level cache */
    AHEAD_FLOATS = 32 * 1024, /* a panel to ask for ahead; a larger one drives out A */
    SECOND_LEVEL = 2          /* of caches, to __builtin_prefetch */
};

struct tile {
    int depth, parts;
    int columns;           /* of y: at most a panel */
    const float *const *a; /* [parts], from which a_offset is the first row of sums */
    size_t a_offset;
    size_t a_row;          /* from one row of sums to the next */
    size_t a_step;         /* along depth */
    const float *const *b; /* [parts * b_parts_step]; only the first is used of a packed B */
    size_t b_offset, b_step;
    int b_parts_step;
    const float *bias;
    size_t at, next_at; /* of the first sum in y; in the next strip, of tiles over two of them */
    float *y;           /* outer products: of the first sum, and its rows */
    size_t y_row;
    int fresh; /* y counts as 0 */
};

/* sums = bias + A x B (bias may be NULL). Rows in groups of three with one pointer each, so that
 * all addresses fit the registers. outer: A's rows lie side by side and B is not packed. strips: 2
 * where the same rows of the next strip, whose parts follow, are summed as well. */
INLINE void tile_sum(const struct tile *t, const int rows, const int vectors, const int half,
                     const int outer, const int strips, vec sums[][TILE_VECTORS])
{
    const float *a[2][GROUPS], *b = t->b[0] + t->b_offset;
    const size_t a_row = outer ? 1 : t->a_row;
    const size_t a_step = outer ? t->a_step : 1;
    const size_t b_step = outer ? t->b_step : (size_t)(vectors * WIDTH);
    const size_t panel = (size_t)t->parts * (size_t)t->depth * b_step;
    const size_t ahead = panel <= AHEAD_FLOATS ? panel : 0;
    UNROLL for (int i = 0; i < strips * rows; i++) UNROLL for (int j = 0; j < vectors; j++)
        sums[i][j] = !outer && t->bias ? vec_load(t->bias + j * WIDTH) : (vec){0};
    for (int part = 0; part < t->parts; part++) {
        UNROLL for (int u = 0; u < strips; u++) UNROLL for (int g = 0; g < GROUPS; g++) a[u][g] =
            t->a[part + u * t->parts] + t->a_offset + (size_t)(3 * g < rows ? 3 * g : 0) * a_row;
        if (outer)
            b = t->b[part * t->b_parts_step] + t->b_offset;
        for (int s = t->depth; s > 0; s--) {
            vec row[TILE_VECTORS];
            UNROLL for (int j = 0; j < vectors; j++) row[j] =
                half && j == vectors - 1 ? vec_load_half(b + j * WIDTH) : vec_load(b + j * WIDTH);
            if (!outer)
                UNROLL for (int j = 0; j < vectors; j++)
                    __builtin_prefetch(b + ahead + j * WIDTH, 0, SECOND_LEVEL);
            UNROLL for (int i = 0; i < strips * rows; i++)
            {
                float x = a[i / rows][i % rows / 3][(size_t)(i % rows % 3) * a_row];
                UNROLL for (int j = 0; j < vectors; j++) sums[i][j] =
                    vec_add_product(sums[i][j], x, row[j], half && j == vectors - 1);
            }
            UNROLL for (int u = 0; u < strips; u++) UNROLL for (int g = 0; g < (rows + 2) / 3; g++)
                a[u][g] += a_step;
            b += b_step;
        }
    }
}

INLINE void outer_tail(const struct tile *t, const int rows, const int vectors,
                       vec sums[][TILE_VECTORS])
{
    float *y = t->y;
    const size_t y_row = t->y_row;
    const int columns = t->columns, fresh = t->fresh;
    UNROLL for (int i = 0; i < rows; i++, y += y_row) UNROLL for (int j = 0; j < vectors; j++)
    {
        vec before = fresh ? (vec){0} : vec_load(y + j * WIDTH);
        store(y + j * WIDTH, before + sums[i][j], columns - j * WIDTH);
    }
}

/* The same of one matrix and one and a half vectors: the halves of two rows share a vector, so two
 * rows take three products a step instead of four. */
INLINE void shared_sum(const struct tile *t, const int rows, vec sums[][TILE_VECTORS])
{
    const float *a[GROUPS], *b = t->b[0];
    vec pairs[(TILE_ROWS + 1) / 2];
    UNROLL for (int i = 0; i < rows; i++)
    {
        sums[i][0] = t->bias ? vec_load(t->bias) : (vec){0};
        pairs[i / 2] = t->bias ? vec_load_twice(t->bias + WIDTH) : (vec){0};
    }
    for (int part = 0; part < t->parts; part++) {
        UNROLL for (int g = 0; g < GROUPS; g++) a[g] =
            t->a[part] + t->a_offset + (size_t)(3 * g < rows ? 3 * g : 0) * t->a_row;
        for (int s = t->depth; s > 0; s--, b += PANEL) {
            const vec row = vec_load(b), rest = vec_load_twice(b + WIDTH);
            float before = 0;
            UNROLL for (int i = 0; i < rows; i++)
            {
                float x = a[i / 3][(size_t)(i % 3) * t->a_row];
                sums[i][0] += x * row;
                if (i % 2 == 1 || i == rows - 1)
                    pairs[i / 2] += vec_halves(i % 2 == 1 ? before : x, x) * rest;
                before = x;
            }
            UNROLL for (int g = 0; g < (rows + 2) / 3; g++) a[g]++;
        }
    }
    UNROLL for (int i = 0; i < rows; i++) sums[i][1] =
        i % 2 == 1 ? vec_second_half(pairs[i / 2]) : pairs[i / 2];
}

/* One function for each number of rows and vectors (and half a last vector), of products and of
 * outer products. */
typedef void tile_fn(const struct tile *t, const struct tail *tail);

INLINE void product_tile(const struct tile *t, const struct tail *tail, const int rows,
                         const int vectors, const int half)
{
    vec sums[TILE_ROWS][TILE_VECTORS];
    if (half && vectors == 2)
        shared_sum(t, rows, sums);
    else
        tile_sum(t, rows, vectors, half, 0, 1, sums);
    tail_write(tail, rows, vectors, t->at, t->columns, sums);
}

/* One vector is too few: with the rows of two strips every vector of B serves twice as many. */
INLINE void pair_tile(const struct tile *t, const struct tail *tail, const int rows, const int half)
{
    vec sums[2 * TILE_ROWS][TILE_VECTORS];
    tile_sum(t, rows, 1, half, 0, 2, sums);
    tail_write(tail, rows, 1, t->at, t->columns, sums);
    tail_write(tail, rows, 1, t->next_at, t->columns, sums + rows);
}

INLINE void outer_tile(const struct tile *t, const int rows, const int vectors, const int half)
{
    vec sums[TILE_ROWS][TILE_VECTORS];
    tile_sum(t, rows, vectors, half, 1, 1, sums);
    outer_tail(t, rows, vectors, sums);
}

#define TILE(rows, vectors, half)                                                                  \
    static void product_##rows##_##vectors##_##half(const struct tile *t, const struct tail *tail) \
    {                                                                                              \
        product_tile(t, tail, rows, vectors, half);                                                \
    }                                                                                              \
    static void outer_##rows##_##vectors##_##half(const struct tile *t, const struct tail *tail)   \
    {                                                                                              \
        (void)tail;                                                                                \
        outer_tile(t, rows, vectors, half);                                                        \
    }
#define PAIR(rows, vectors, half)                                                                  \
    static void pair_##rows##_##vectors##_##half(const struct tile *t, const struct tail *tail)    \
    {                                                                                              \
        pair_tile(t, tail, rows, half);                                                            \
    }
#define NAME(rows, kind, vectors, half) kind##_##rows##_##vectors##_##half,

#define SIX(X, ...)                                                                                \
    X(1, __VA_ARGS__)                                                                              \
    X(2, __VA_ARGS__) X(3, __VA_ARGS__) X(4, __VA_ARGS__) X(5, __VA_ARGS__) X(6, __VA_ARGS__)
#if WIDE
#define ALL_ROWS(X, ...)                                                                           \
    SIX(X, __VA_ARGS__)                                                                            \
    X(7, __VA_ARGS__)                                                                              \
    X(8, __VA_ARGS__) X(9, __VA_ARGS__) X(10, __VA_ARGS__) X(11, __VA_ARGS__) X(12, __VA_ARGS__)
ALL_ROWS(TILE, 1, 1)
ALL_ROWS(TILE, 2, 1)
ALL_ROWS(PAIR, 1, 1)
#else
#define ALL_ROWS(X, ...) SIX(X, __VA_ARGS__)
#endif
ALL_ROWS(TILE, 1, 0)
ALL_ROWS(TILE, 2, 0)
ALL_ROWS(PAIR, 1, 0)

/* The functions for a panel of `columns`: [rows - 1]. */
static tile_fn *const *tiles_for(int columns, int outer)
{
    static tile_fn *const whole[2][2][TILE_ROWS] = {
        {{ALL_ROWS(NAME, product, 1, 0)}, {ALL_ROWS(NAME, product, 2, 0)}},
        {{ALL_ROWS(NAME, outer, 1, 0)}, {ALL_ROWS(NAME, outer, 2, 0)}}};
    const int two = columns > WIDTH;
#if WIDE
    static tile_fn *const half[2][2][TILE_ROWS] = {
        {{ALL_ROWS(NAME, product, 1, 1)}, {ALL_ROWS(NAME, product, 2, 1)}},
        {{ALL_ROWS(NAME, outer, 1, 1)}, {ALL_ROWS(NAME, outer, 2, 1)}}};
    if (columns - two * WIDTH <= WIDTH / 2)
        return half[outer][two];
#endif
    return whole[outer][two];
}

/* The functions for two strips of a panel of one vector. */
static tile_fn *const *pairs_for(int columns)
{
    static tile_fn *const whole[TILE_ROWS] = {ALL_ROWS(NAME, pair, 1, 0)};
#if WIDE
    static tile_fn *const half[TILE_ROWS] = {ALL_ROWS(NAME, pair, 1, 1)};
    if (columns <= WIDTH / 2)
        return half;
#endif
    (void)columns;
    return whole;
}

/* All tiles of rows [first, first + rows) of a strip, or of two, in one panel. */
static void product_rows(const struct product *p, struct tile *t, tile_fn *const *functions,
                         int first, int rows)
{
    const size_t at = t->at, next_at = t->next_at, a_offset = t->a_offset;
    int tiles = (rows + TILE_ROWS - 1) / TILE_ROWS;
    int least = rows / tiles, more = rows % tiles; /* the first `more` tiles have one row more */
    for (int i = 0, n; i < tiles; i++, first += n) {
        n = least + (i < more);
        t->a_offset = a_offset + (size_t)first * p->a_row;
        t->at = at + (size_t)first * p->tail.y_row;
        t->next_at = next_at + (size_t)first * p->tail.y_row;
        functions[n - 1](t, &p->tail);
    }
    t->a_offset = a_offset;
}

/* Rows [first, first + rows) of all strips, panel by panel. */
static void product_block(const struct product *p, int first, int rows)
{
    const float *b = p->b;
    const int strips = p->parts ? p->strips : 1;
    struct tile t = {.depth = p->depth,
                     .parts = p->parts ? p->parts : 1,
                     .a_offset = p->a_offset,
                     .a_row = p->a_row,
                     .b = &b};
    for (int column = 0; column < p->columns; column += PANEL) {
        t.columns = p->columns - column < PANEL ? p->columns - column : PANEL;
        t.bias = p->tail.bias ? p->tail.bias + column : NULL;
        for (int s = 0, pair; s < strips; s += 1 + pair) {
            pair = t.columns <= WIDTH && s + 1 < strips;
            t.a = p->parts ? p->a_parts + (size_t)s * (size_t)p->parts : &p->a;
            t.at = (p->parts ? p->y_strips[s] : 0) + (size_t)column;
            t.next_at = pair ? p->y_strips[s + 1] + (size_t)column : 0;
            product_rows(p, &t, pair ? pairs_for(t.columns) : tiles_for(t.columns, 0), first, rows);
        }
        b += (size_t)t.parts * (size_t)p->depth * PANEL; /* a narrower one is the last */
    }
}

void KERNEL(product)(const struct product *p)
{
    int block = BLOCK_FLOATS / (p->depth > 0 ? p->depth : 1) / TILE_ROWS * TILE_ROWS;
    if (block < 4 * TILE_ROWS)
        block = 4 * TILE_ROWS;
    if (p->parts)
        block = p->rows;
    for (int first = 0; first < p->rows; first += block)
        product_block(p, first, p->rows - first < block ? p->rows - first : block);
}

/* Sums over steps [from, from + depth) of every part. */
static void outer_block(const struct outer *o, int from, int depth)
{
    struct tile t = {.depth = depth,
                     .parts = o->parts ? o->parts : 1,
                     .a = o->parts ? o->a_parts : &o->a,
                     .a_step = o->a_step,
                     .b = o->parts ? o->b_parts : &o->b,
                     .b_parts_step = o->b_parts_step,
                     .b_step = o->b_step,
                     .y_row = o->y_row,
                     .fresh = o->fresh && from == 0};
    int tiles = (o->rows + TILE_ROWS - 1) / TILE_ROWS;
    int least = o->rows / tiles, more = o->rows % tiles;
    for (int column = 0; column < o->columns; column += PANEL) {
        t.columns = o->columns - column < PANEL ? o->columns - column : PANEL;
        tile_fn *const *functions = tiles_for(t.columns, 1);
        t.b_offset = o->b_offset + (size_t)from * o->b_step + (size_t)column;
        int row = 0;
        for (int i = 0, n; i < tiles; i++, row += n) {
            n = least + (i < more);
            t.a_offset = o->a_offset + (size_t)from * o->a_step + (size_t)row;
            t.y = o->y + (size_t)row * o->y_row + column;
            functions[n - 1](&t, NULL);
        }
    }
}

void KERNEL(outer)(const struct outer *o)
{
    int block = BLOCK_FLOATS / (o->rows + o->columns);
    if (block < 32)
        block = 32;
    for (int from = 0; from < o->depth; from += block)
        outer_block(o, from, o->depth - from < block ? o->depth - from : block);
}

void KERNEL(pack)(const float *b, size_t b_step, size_t b_column, int depth, int columns,
                  float *packed)
{
    for (int column = 0; column < columns; column += PANEL) {
        const int n = columns - column < PANEL ? columns - column : PANEL;
        const int width = n > WIDTH ? PANEL : WIDTH;
        for (int s = 0; s < depth; s++) {
            const float *from = b + (size_t)s * b_step + (size_t)column * b_column;
            for (int j = 0; j < n; j++)
                packed[j] = from[(size_t)j * b_column];
            for (int j = n; j < width; j++)
                packed[j] = 0;
            packed += width;
        }
    }
}
