/* The inner loops, compiled once for each kind of CPU (files in nn/kernels/) and chosen at run
 * time.
 *
 * Plain C with GCC's vector types; a kind of CPU differs by compiler flags and by the width of
 * its vectors. Everything here is a pure function of its arguments: no allocation, no threads,
 * no state. Matrices are row-major; "row" and "step" arguments are distances in floats.
 *
 * Reading past the end: where a contract says "padded", up to KERNEL_PAD floats after the last
 * element are read (never used, never written), so the buffer must extend that far. */
#ifndef NN_KERNELS_KERNELS_H
#define NN_KERNELS_KERNELS_H

#include <stddef.h>
#include <stdint.h>

enum { KERNEL_PAD = 64 };

/* What follows a layer. Backward takes the derivative from what was kept: the output where that
 * says enough, the input of the activation for those from ACT_HARD_SWISH on. */
enum activation {
    ACT_NONE,
    ACT_RELU,
    ACT_RELU6,
    ACT_HARD_SIGMOID, /* min(max(x + 3, 0), 6) / 6 */
    ACT_SIGMOID,
    ACT_HARD_SWISH, /* x * hard sigmoid(x) */
    ACT_SILU        /* x * sigmoid(x) */
};

static inline int activation_keeps_input(enum activation act)
{
    return act >= ACT_HARD_SWISH;
}

/* What happens to sums on their way into y, in this order: + bias [columns], + add, kept in `pre`,
 * the activation `act`, x affine[0] + affine[1], x derivative of the activation `mask_act` taken
 * from what it kept, mask. add, pre and mask are laid out as y. Each part may be missing (NULL,
 * ACT_NONE). `add` may be y itself (accumulates). bias, add and mask are padded. */
struct tail {
    float *y;
    size_t y_row; /* from row to row */
    const float *bias;
    const float *add;
    float *pre;
    enum activation act;
    const float *affine;
    const float *mask;
    enum activation mask_act;
};

/* y [rows, columns] = tail(A [rows, depth] x B [depth, columns]); B is packed by pack. A is one
 * matrix at `a`, or (parts > 0) several strips of rows whose columns lie in parts: part p of
 * strip s begins at a_parts[s * parts + p] + a_offset, each is [rows, depth], and B is [parts *
 * depth, columns]. Strip s of y begins at y + y_strips[s]. What one call takes should fit the
 * second-level cache if there are parts; one matrix is taken in blocks that do. */
struct product {
    int rows, columns, depth;
    const float *a;
    size_t a_row;
    int strips, parts;
    const float *const *a_parts;
    size_t a_offset;
    const size_t *y_strips;
    const float *b;
    struct tail tail;
};

/* y [rows, columns] += (or, fresh, =) A^T B: sums over `depth` of a[s * a_step + row] * b[s *
 * b_step + column]. With parts > 0 sums over that many pairs of matrices: part p at a_parts[p] +
 * a_offset and b_parts[p * b_parts_step] + b_offset, instead of a and b. a and b padded. */
struct outer {
    int rows, columns, depth;
    const float *a;
    size_t a_step;
    const float *b;
    size_t b_step;
    int parts, b_parts_step;
    const float *const *a_parts, *const *b_parts;
    size_t a_offset, b_offset;
    float *y;
    size_t y_row;
    int fresh;
};

/* Transformed tiles of Winograd's convolution (nn/kernels/winograd.c): [36
 * points][tiles][channels], with these distances. Channels are rounded up to whole vectors:
 * KERNEL_VECTOR floats. */
enum {
    WINOGRAD_OUT = 4,
    WINOGRAD_IN = 6,
    WINOGRAD_POINTS = WINOGRAD_IN * WINOGRAD_IN,
    KERNEL_VECTOR = 16
};
#define WINOGRAD_OUTSIDE SIZE_MAX
struct winograd {
    size_t point, tile;
};

/* m [36][tiles][columns] = v [36][tiles][depth] x filters [36][depth][columns], packed by pack,
 * those of one point `point` floats after those of the point before. */
struct winograd_product {
    int tiles, columns, depth;
    const float *v, *filters;
    size_t point;
    float *m;
    struct winograd in, out; /* of v, of m */
};

/* A window sliding along one output row. Pixel j of an input row is at row + j * step; in
 * depthwise convolutions and pools step is channels. What belongs to a depthwise convolution
 * comes last. */
struct window {
    int channels, size, stride; /* size x size */
    size_t step;
    int in_width, out_width;
    int pad_left;
    const float *w; /* [size, size, channels], padded */
};

enum {
    WINDOW_MAX = 7, /* largest size of a depthwise window */
    WINDOW_ROWS = 8 /* most output rows at a time */
};

struct kernels {
    const char *name;
    int panel; /* columns of one packed panel */

    void (*product)(const struct product *p);
    /* B(s, j) = b[s * b_step + j * b_column], as panels [ceil(columns / panel)][depth][panel],
     * zero after the last column; the last is half as wide where half is enough. packed
     * [product_packed(columns, depth)] */
    void (*pack)(const float *b, size_t b_step, size_t b_column, int depth, int columns,
                 float *packed);
    void (*outer)(const struct outer *o);

    /* Pixels [tiles][6 x 6], from float `first` on `channels` floats of each (padded) -> v. */
    void (*winograd_input)(const float *const *pixels, int tiles, int first, int channels,
                           const struct winograd *w, float *v);
    /* For narrow matrices; `product` for each point is as good with wide ones. Of several groups,
     * whose filters follow one another, in their order. */
    void (*winograd_product)(const struct winograd_product *p);
    /* Sums m -> tiles of 4 x 4 pixels of y through the tail; at [tiles][4 x 4]: where each begins,
     * from tail.y, or WINOGRAD_OUTSIDE. */
    void (*winograd_output)(const float *m, int tiles, int channels, const struct winograd *w,
                            const size_t *at, const struct tail *tail);
    /* Gradients of pixels [tiles][4 x 4] -> v, for the gradient of the filters. */
    void (*winograd_gradient)(const float *const *pixels, int tiles, int channels,
                              const struct winograd *w, float *v);
    /* count filters, `filter` floats apart, of 3 x 3 taps, `tap` floats apart (padded); the taps in
     * the other order if reverse -> u, in place of a tile a filter. */
    void (*winograd_filter)(const float *filters, size_t filter, size_t tap, int count,
                            int channels, int reverse, const struct winograd *w, float *u);
    /* The gradient of u -> dw [count][3 x 3][channels], added (padded). */
    void (*winograd_filter_back)(const float *u, int count, int channels, const struct winograd *w,
                                 float *dw);

    /* `count` output rows, at most WINDOW_ROWS. rows[(count - 1) * stride + size]: the input
     * rows under the windows, NULL where these hang over. Output row i, [out_width, channels],
     * begins at `at[i]` of t->y; t->y_row is channels. Activations and gradients are padded here
     * and below. */
    void (*depthwise)(const struct window *d, const float *const *rows, int count, const size_t *at,
                      const struct tail *t);
    /* The gradient of the input, one input row, [in_width, channels] at `at` of t->y: dys[size],
     * for each window row the output row that used this input row with it, or NULL. At stride 1
     * it is depthwise with the window turned by half a turn. */
    void (*depthwise_dx)(const struct window *d, const float *const *dys, size_t at,
                         const struct tail *t);
    /* dw [size, size, channels] += gradient from `count` output rows dys, rows as above; db
     * [channels] (may be NULL) += the sum over their columns. */
    void (*depthwise_dw)(const struct window *d, const float *const *rows, int count,
                         const float *const *dys, float *dw, float *db);

    /* The largest value (or the mean, `mean`) under each window of one output row, y [out_width,
     * channels]; rows as above. What hangs over does not count, or (zeros) counts as 0. */
    void (*pool)(const struct window *d, const float *const *rows, int mean, int zeros, float *y);
    /* dxs[size] rows += the gradient from one output row; of equal largest values the first
     * takes it. */
    void (*pool_dx)(const struct window *d, const float *const *rows, int mean, int zeros,
                    const float *y, const float *dy, float *const *dxs);

    /* sums [columns] += the sum of every column of x [rows, columns]; of x * z where z is not
     * NULL. */
    void (*column_sums)(const float *x, const float *z, int rows, int columns, float *sums);
    /* y [rows, columns] = x * gate [columns] (+ y, if `add`). */
    void (*scale)(const float *x, const float *gate, int rows, int columns, int add, float *y);
    /* pre (or NULL) = y; then y = act(y), and where affine is not NULL * affine[0] + affine[1].
     * [n] */
    void (*activate)(float *y, float *pre, enum activation act, const float *affine, size_t n);
    /* y [n] *= derivative of act, which kept `kept` [n]. */
    void (*mask)(const float *kept, enum activation act, float *y, size_t n);
    /* Backward of activate with affine: sums[0] += sum of dy * act(pre), sums[1] += sum of dy;
     * then dy *= scale * derivative. */
    void (*affine_backward)(const float *pre, enum activation act, float scale, float *dy, size_t n,
                            double *sums);
    /* y [n] = act(a + b), or act(a) where b is NULL; y may be a or b. */
    void (*add)(const float *a, const float *b, enum activation act, float *y, size_t n);

    /* Batch norm. z [rows, c]. */
    /* centre [c] given: sums [c] += sum of (z - centre), squares [c] += sum of its square. */
    void (*norm_sums)(const float *z, const float *centre, int rows, int c, float *sums,
                      float *squares);
    /* y = act(z * scale + shift + add); add may be NULL. */
    void (*norm_apply)(const float *z, const float *scale, const float *shift, const float *add,
                       enum activation act, int rows, int c, float *y);
    /* db [c] += sum of dy; dg [c] += sum of dy * (z - mean) * invstd. */
    void (*norm_backward_sums)(const float *dy, const float *z, const float *mean,
                               const float *invstd, int rows, int c, float *dg, float *db);
    /* dz = dy * p + z * q + r, each of p, q, r [c]; dz may be dy. */
    void (*norm_backward_apply)(const float *dy, const float *z, const float *p, const float *q,
                                const float *r, int rows, int c, float *dz);
};

/* Floats of a packed B. */
static inline size_t product_packed(const struct kernels *k, int columns, int depth)
{
    size_t half = (size_t)k->panel / 2;
    return ((size_t)columns + half - 1) / half * half * (size_t)depth;
}

/* The best this machine can do, or the one TEND_CPU in the environment names ("avx512", "avx2",
 * "plain"), if this machine can. */
const struct kernels *kernels_choose(void);

#endif
