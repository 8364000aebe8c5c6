/* Convolutions as sums over taps, read where the pixels lie.
 *
 * Channels last, the pixels under one row of a window lie side by side, so a window is a few
 * parts in memory and a product takes them as they are: nothing is gathered. Only rows that a
 * window hangs over to the left or right are copied, with zeros on both sides, a few at a time.
 *
 * The gradient of the input is the same kind of sum over the gradient of the output, with the
 * taps in reverse order; at a stride of 2 one sum for each of the four kinds of pixels (even and
 * odd rows and columns), each with the taps that reach it. */
#ifndef NN_OPS_TAPS_H
#define NN_OPS_TAPS_H

#include <stddef.h>

#include "nn/graph.h"
#include "nn/kernels/kernels.h"

/* Sum (i, j) goes over the pixels (i * step + top + r, j * step + left + s) of what is read, r <
 * rows, s < columns, and belongs at row i * spread + row, column j * spread + column of what is
 * written. */
struct taps {
    int rows, columns;
    int step, top, left;
    int spread, row, column;
    int row_tap, column_tap; /* of the gradient: the window's tap that is the last of these */
};

struct taps taps_forward(const struct node *n, struct shape in);
/* phase: [0, stride * stride). rows or columns may be 0: no tap reaches these pixels. */
struct taps taps_backward(const struct node *n, struct shape in, int phase);
/* The window's tap that is tap (r, s) of those. */
int taps_backward_tap(const struct node *n, const struct taps *t, int r, int s);

/* Activations that are read: row r (over all pictures) lies at r % ring. */
struct field {
    const float *x;
    struct shape shape;
    int ring;
    int groups;
    int before, after; /* zeros beside a row; both 0: rows are read where they lie */
    float *scratch;    /* [field_scratch] */
};

/* Zeros enough for all of the taps. */
void field_border(struct field *f, const struct taps *t, int count, int out_width);

/* Some rows of sums, of one picture or several. A block is filled by field_load. */
enum { BLOCK_STRIPS = 64, BLOCK_ROWS = 512, BLOCK_PARTS = 2048 };
struct block {
    int strips, top;
    int picture[BLOCK_STRIPS], i[BLOCK_STRIPS]; /* whose row of sums */
    int at[BLOCK_STRIPS];                       /* in rows: where its window begins */
    const float *rows[BLOCK_ROWS];
    int sums, parts;                /* rows of sums that are pixels of what is written */
    const float *part[BLOCK_PARTS]; /* [sums, parts] */
    size_t y[BLOCK_STRIPS];         /* [sums] where they go, from the first row of all pictures */
};

/* How many rows of sums should be taken together, each `sums` pixels wide. */
int field_rows(const struct field *f, const struct taps *t, int count, int sums);
size_t field_scratch(const struct field *f, const struct taps *t, int count, int rows);
/* Rows of sums [first, last), `height` a picture, as far as any of the taps needs them. */
void field_load(const struct field *f, const struct taps *t, int count, int height, int first,
                int last, struct block *b);
/* Parts and places of the sums of one of those taps, which are written to pictures of shape `to`.
 */
void field_parts(const struct field *f, const struct taps *t, struct shape to, struct block *b);
/* Depth of one part. */
int field_depth(const struct field *f, const struct taps *t);

#endif
