/* Winograd's transforms for 3 x 3 windows at a stride of 1, F(4 x 4, 3 x 3).
 *
 * A tile of 4 x 4 outputs needs 6 x 6 inputs: 144 multiplications a channel become 36 products of a
 * transformed input and a transformed filter (Lavin & Gray 2016, "Fast Algorithms for Convolutional
 * Neural Networks"; Toom and Cook's interpolation in two dimensions):
 *   y = A^T [(G g G^T) . (B^T d B)] A
 * The gradients are the same with the matrices in the other order: that of the filter is
 * G^T [(A dy A^T) . (B^T d B)] G; that of the input is such a convolution of dy.
 *
 * Points of interpolation are 0, +-3/4, +-3/2 and infinity: symmetric ones need half the sums,
 * these keep the values of one size, and all their coefficients but G's are exact. Measured on 64
 * channels the error is 5e-7 of the result, with the usual +-1, +-2 1.3e-6, without Winograd 2e-7.
 */
#include "nn/kernels/vector.h"

#define P      0.75f /* the points */
#define Q      1.5f
#define PP     (P * P)
#define QQ     (Q * Q)
#define NORM_P (2 * PP * (PP - QQ)) /* what G divides by: products of differences of points */
#define NORM_Q (2 * QQ * (QQ - PP))

enum { IN = WINOGRAD_IN, OUT = WINOGRAD_OUT, TAPS = 3 };

/* One dimension of each, of vectors `step` apart: B^T d. */
INLINE void transform_input(const vec *d, const int step, vec o[IN])
{
    vec even_p = d[4 * step] - QQ * d[2 * step], odd_p = P * d[3 * step] - P * QQ * d[step];
    vec even_q = d[4 * step] - PP * d[2 * step], odd_q = Q * d[3 * step] - Q * PP * d[step];
    o[0] = PP * QQ * d[0] - (PP + QQ) * d[2 * step] + d[4 * step];
    o[1] = even_p + odd_p;
    o[2] = even_p - odd_p;
    o[3] = even_q + odd_q;
    o[4] = even_q - odd_q;
    o[5] = PP * QQ * d[step] - (PP + QQ) * d[3 * step] + d[5 * step];
}

/* A^T m. */
INLINE void transform_sums(const vec *m, const int step, vec o[OUT])
{
    vec even_p = m[step] + m[2 * step], odd_p = m[step] - m[2 * step];
    vec even_q = m[3 * step] + m[4 * step], odd_q = m[3 * step] - m[4 * step];
    o[0] = m[0] + even_p + even_q;
    o[1] = P * odd_p + Q * odd_q;
    o[2] = PP * even_p + QQ * even_q;
    o[3] = P * PP * odd_p + Q * QQ * odd_q + m[5 * step];
}

/* A y. */
INLINE void transform_gradient(const vec *y, const int step, vec o[IN])
{
    vec even_p = y[0] + PP * y[2 * step], odd_p = P * y[step] + P * PP * y[3 * step];
    vec even_q = y[0] + QQ * y[2 * step], odd_q = Q * y[step] + Q * QQ * y[3 * step];
    o[0] = y[0];
    o[1] = even_p + odd_p;
    o[2] = even_p - odd_p;
    o[3] = even_q + odd_q;
    o[4] = even_q - odd_q;
    o[5] = y[3 * step];
}

/* G g. */
INLINE void transform_filter(const vec *g, const int step, vec o[IN])
{
    vec even_p = g[0] + PP * g[2 * step], even_q = g[0] + QQ * g[2 * step];
    o[0] = 1 / (PP * QQ) * g[0];
    o[1] = 1 / NORM_P * (even_p + P * g[step]);
    o[2] = 1 / NORM_P * (even_p - P * g[step]);
    o[3] = 1 / NORM_Q * (even_q + Q * g[step]);
    o[4] = 1 / NORM_Q * (even_q - Q * g[step]);
    o[5] = g[2 * step];
}

/* G^T u. */
INLINE void transform_filter_back(const vec *u, const int step, vec o[TAPS])
{
    vec even_p = 1 / NORM_P * (u[step] + u[2 * step]);
    vec odd_p = P / NORM_P * (u[step] - u[2 * step]);
    vec even_q = 1 / NORM_Q * (u[3 * step] + u[4 * step]);
    vec odd_q = Q / NORM_Q * (u[3 * step] - u[4 * step]);
    o[0] = 1 / (PP * QQ) * u[0] + even_p + even_q;
    o[1] = odd_p + odd_q;
    o[2] = PP * even_p + QQ * even_q + u[5 * step];
}

/* Both dimensions: x [n, n] -> y [m, m]. */
#define BOTH(one, n, m, x, y)                                                                      \
    do {                                                                                           \
        vec columns[(m) * (n)], line[m];                                                           \
        UNROLL for (int j_ = 0; j_ < (n); j_++)                                                    \
        {                                                                                          \
            one((x) + j_, n, line);                                                                \
            UNROLL for (int i_ = 0; i_ < (m); i_++) columns[i_ * (n) + j_] = line[i_];             \
        }                                                                                          \
        UNROLL for (int i_ = 0; i_ < (m); i_++) one(columns + i_ * (n), 1, (y) + i_ * (m));        \
    } while (0)

void KERNEL(winograd_input)(const float *const *pixels, int tiles, int first, int channels,
                            const struct winograd *w, float *v)
{
    for (int t = 0; t < tiles; t++, pixels += IN * IN, v += w->tile)
        for (int c = 0; c < channels; c += WIDTH) {
            vec d[IN * IN], o[IN * IN];
            UNROLL for (int i = 0; i < IN * IN; i++) d[i] = vec_load(pixels[i] + first + c);
            BOTH(transform_input, IN, IN, d, o);
            UNROLL for (int i = 0; i < IN * IN; i++) vec_store(v + (size_t)i * w->point + c, o[i]);
        }
}

void KERNEL(winograd_gradient)(const float *const *pixels, int tiles, int channels,
                               const struct winograd *w, float *v)
{
    for (int t = 0; t < tiles; t++, pixels += OUT * OUT, v += w->tile)
        for (int c = 0; c < channels; c += WIDTH) {
            vec d[OUT * OUT], o[IN * IN];
            UNROLL for (int i = 0; i < OUT * OUT; i++) d[i] = vec_load(pixels[i] + c);
            BOTH(transform_gradient, OUT, IN, d, o);
            UNROLL for (int i = 0; i < IN * IN; i++) vec_store(v + (size_t)i * w->point + c, o[i]);
        }
}

void KERNEL(winograd_output)(const float *m, int tiles, int channels, const struct winograd *w,
                             const size_t *at, const struct tail *tail)
{
    const struct tail to = *tail;
    const struct clamp clamp = vec_clamp(to.act);
    const int limits = !to.add && !to.pre && !to.affine && !to.mask && to.act <= ACT_RELU6;
    for (int t = 0; t < tiles; t++, m += w->tile, at += OUT * OUT)
        for (int c = 0; c < channels; c += WIDTH) {
            const int n = channels - c;
            const vec bias = to.bias ? vec_load(to.bias + c) : (vec){0};
            vec d[IN * IN], o[OUT * OUT];
            UNROLL for (int i = 0; i < IN * IN; i++) d[i] = vec_load(m + (size_t)i * w->point + c);
            BOTH(transform_sums, IN, OUT, d, o);
            if (limits && n >= WIDTH) { /* most of inference */
                UNROLL for (int i = 0; i < OUT * OUT; i++) if (at[i] != WINOGRAD_OUTSIDE)
                    vec_store(to.y + at[i] + c, vec_limit(o[i] + bias, clamp));
                continue;
            }
            for (int i = 0; i < OUT * OUT; i++) {
                if (at[i] == WINOGRAD_OUTSIDE)
                    continue;
                const size_t here = at[i] + (size_t)c;
                vec v = o[i] + bias;
                vec_finish(&to, to.add ? v + vec_load(to.add + here) : v, here, n);
            }
        }
}

void KERNEL(winograd_filter)(const float *filters, size_t filter, size_t tap, int count,
                             int channels, int reverse, const struct winograd *w, float *u)
{
    for (int k = 0; k < count; k++, filters += filter, u += w->tile)
        for (int c = 0; c < channels; c += WIDTH) {
            vec g[TAPS * TAPS], o[IN * IN];
            UNROLL for (int i = 0; i < TAPS * TAPS; i++) g[i] =
                vec_load(filters + (size_t)(reverse ? TAPS * TAPS - 1 - i : i) * tap + c);
            BOTH(transform_filter, TAPS, IN, g, o);
            UNROLL for (int i = 0; i < IN * IN; i++) vec_store(u + (size_t)i * w->point + c, o[i]);
        }
}

void KERNEL(winograd_filter_back)(const float *u, int count, int channels, const struct winograd *w,
                                  float *dw)
{
    const size_t tap = (size_t)channels;
    for (int k = 0; k < count; k++, u += w->tile, dw += TAPS * TAPS * tap)
        for (int c = 0; c < channels; c += WIDTH) {
            vec d[IN * IN], o[TAPS * TAPS];
            UNROLL for (int i = 0; i < IN * IN; i++) d[i] = vec_load(u + (size_t)i * w->point + c);
            BOTH(transform_filter_back, IN, TAPS, d, o);
            UNROLL for (int i = 0; i < TAPS * TAPS; i++)
            {
                float *to = dw + (size_t)i * tap + c;
                vec_store_part(to, vec_load(to) + o[i], channels - c);
            }
        }
}
