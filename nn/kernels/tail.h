/* What happens to a tile of sums on its way into y (struct tail). Only for files in nn/kernels/
 * that write tiles. */
#ifndef NN_KERNELS_TAIL_H
#define NN_KERNELS_TAIL_H

#include "nn/kernels/vector.h"

/* Not inline: rare, and there are many tiles. */
__attribute__((noinline)) static void store_part(float *y, vec v, int n)
{
    vec_store_part(y, v, n);
}

INLINE void store(float *y, vec v, int n)
{
    if (n >= WIDTH)
        vec_store(y, v);
    else if (HAS_HALF && n == WIDTH / 2)
        vec_store_half(y, v);
    else
        store_part(y, v, n);
}

static int needs_finish(const struct tail *t)
{
    return t->pre || t->affine || t->act > ACT_RELU6 || t->mask_act > ACT_RELU6;
}

/* A tile of sums [rows][vectors] that goes to `at` of y. */
struct sums {
    const vec *values;
    size_t at;
    int rows, vectors, columns; /* columns: at most vectors * WIDTH */
};

/* Inference: whole vectors, and nothing but the activation. */
INLINE void activate_whole(float *y, size_t y_row, const vec *v, int rows, const int vectors,
                           const enum activation act)
{
    for (int i = 0; i < rows; i++, y += y_row, v += vectors)
        UNROLL for (int j = 0; j < vectors; j++) vec_store(y + j * WIDTH, vec_activate(v[j], act));
}

/* The activation of a tile; what it gets goes to pre, unless NULL. */
INLINE void activate_tile(const struct tail *t, const struct sums *s, const enum activation act)
{
    const size_t y_row = t->y_row;
    const vec *v = s->values;
    float *y = t->y + s->at, *pre = t->pre ? t->pre + s->at : NULL;
    if (!pre && s->columns == s->vectors * WIDTH) {
        if (s->vectors == 1)
            activate_whole(y, y_row, v, s->rows, 1, act);
        else
            activate_whole(y, y_row, v, s->rows, TILE_VECTORS, act);
        return;
    }
    for (int i = 0; i < s->rows; i++, y += y_row) {
        for (int j = 0; j < s->vectors; j++, v++) {
            if (pre)
                vec_store_part(pre + j * WIDTH, *v, s->columns - j * WIDTH);
            vec_store_part(y + j * WIDTH, vec_activate(*v, act), s->columns - j * WIDTH);
        }
        pre = pre ? pre + y_row : NULL;
    }
}

/* A tile of a gradient times the derivative of an activation. */
INLINE void mask_tile(const struct tail *t, const struct sums *s, const enum activation act)
{
    const vec *v = s->values;
    const float *mask = t->mask + s->at;
    float *y = t->y + s->at;
    for (int i = 0; i < s->rows; i++, y += t->y_row, mask += t->y_row)
        for (int j = 0; j < s->vectors; j++)
            vec_store_part(y + j * WIDTH, vec_slope_any(*v++, vec_load(mask + j * WIDTH), act),
                           s->columns - j * WIDTH);
}

/* The rest of the tail after `add` where it is more than two limits, not in every tile function. */
__attribute__((noinline)) static void finish_tile(const struct tail *t, const struct sums *s)
{
    if (!t->affine && !t->mask) {
        CHOOSE_ACT(activate_tile, t->act, t, s);
        return;
    }
    if (!t->affine && !t->pre && t->act == ACT_NONE) {
        CHOOSE_ACT(mask_tile, t->mask_act, t, s);
        return;
    }
    const vec *v = s->values;
    for (int i = 0; i < s->rows; i++)
        for (int j = 0; j < s->vectors; j++)
            vec_finish(t, *v++, s->at + (size_t)i * t->y_row + (size_t)(j * WIDTH),
                       s->columns - j * WIDTH);
}

/* Writes the sums of a tile of rows x (vectors x WIDTH) that begins at `at` of y and has `columns`,
 * perhaps fewer than that or (what is beyond does not count) more. Everything that is in *t is read
 * before the first write, which might change it for all the compiler knows. */
INLINE void tail_write(const struct tail *t, const int rows, const int vectors, size_t at,
                       int columns, vec sums[][TILE_VECTORS])
{
    const size_t y_row = t->y_row;
    const enum activation mask_act = t->mask_act;
    const struct clamp clamp = vec_clamp(t->act);
    float *y = t->y + at;
    const float *add = t->add ? t->add + at : NULL;
    const float *mask = t->mask ? t->mask + at : NULL;
    if (needs_finish(t)) {
        vec values[TILE_ROWS * TILE_VECTORS]; /* a copy: of sums nobody else knows the address */
        UNROLL for (int i = 0; i < rows; i++)
        {
            UNROLL for (int j = 0; j < vectors; j++) values[i * vectors + j] =
                add ? sums[i][j] + vec_load(add + j * WIDTH) : sums[i][j];
            add = add ? add + y_row : NULL;
        }
        finish_tile(t, &(struct sums){values, at, rows, vectors,
                                      columns < vectors * WIDTH ? columns : vectors * WIDTH});
        return;
    }
    if (!add && !mask && columns >= vectors * WIDTH) {
        UNROLL for (int i = 0; i < rows; i++, y += y_row)
        {
            FORGET(y);
            UNROLL for (int j = 0; j < vectors; j++)
                vec_store(y + j * WIDTH, vec_limit(sums[i][j], clamp));
        }
        return;
    }
    UNROLL for (int i = 0; i < rows; i++, y += y_row)
    {
        UNROLL for (int j = 0; j < vectors; j++)
        {
            vec v = sums[i][j];
            if (add)
                v += vec_load(add + j * WIDTH);
            v = vec_limit(v, clamp);
            if (mask)
                v = vec_slope(v, vec_load(mask + j * WIDTH), mask_act);
            store(y + j * WIDTH, v, columns - j * WIDTH);
        }
        add = add ? add + y_row : NULL;
        mask = mask ? mask + y_row : NULL;
    }
}

#endif
