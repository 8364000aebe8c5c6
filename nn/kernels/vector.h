/* Vectors of the kind of CPU a kernel file is compiled for. Only for files in nn/kernels/. */
#ifndef NN_KERNELS_VECTOR_H
#define NN_KERNELS_VECTOR_H

#include "nn/kernels/kernels.h"

#if defined(__SSE2__)
#include <immintrin.h>
#endif

#define KERNEL_JOIN_(a, b) a##_##b
#define KERNEL_JOIN(a, b)  KERNEL_JOIN_(a, b)
/* product -> product_avx512 */
#define KERNEL(name) KERNEL_JOIN(name, KERNEL_CPU)

/* WIDE: 32 vector registers, else 16. */
#if defined(__AVX512F__)
#define WIDE 1
enum { WIDTH = 16, TILE_ROWS = 12 };
#elif defined(__AVX__)
#define WIDE 0
enum { WIDTH = 8, TILE_ROWS = 6 };
#else
#define WIDE 0
enum { WIDTH = 4, TILE_ROWS = 6 };
#endif
enum { TILE_VECTORS = 2 };

typedef float vec __attribute__((vector_size(sizeof(float) * WIDTH)));
typedef int ivec __attribute__((vector_size(sizeof(int) * WIDTH)));
typedef float vec_in_memory
    __attribute__((vector_size(sizeof(float) * WIDTH), aligned(4), may_alias));

/* Speed comes from inlining with constants and unrolling; with a sanitizer's checks around every
 * access that would take the compiler minutes, so there the same code is compiled as it stands. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define INLINE static inline
#define UNROLL
#else
#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("GCC unroll 64")
#endif

/* The compiler may not know where p came from. Of pointers that are a step apart it would
 * otherwise keep all in registers, of which there are too few. */
#define FORGET(p) __asm__("" : "+r"(p))

/* v stays in a register: the compiler would rather load it again in each product that takes it. */
#if defined(__AVX512F__)
#define LOADED(v) __asm__("" : "+v"(v))
#elif defined(__AVX__)
#define LOADED(v) __asm__("" : "+x"(v))
#else
#define LOADED(v) (void)(v)
#endif

INLINE vec vec_load(const float *p)
{
    return *(const vec_in_memory *)p;
}

/* One step along a row. */
INLINE const float *vec_next(const float *p, size_t n)
{
    p += n;
    FORGET(p);
    return p;
}

INLINE void vec_store(float *p, vec v)
{
    *(vec_in_memory *)p = v;
}

/* Only the first n floats; n may be larger than a vector. */
INLINE void vec_store_part(float *p, vec v, int n)
{
#if defined(__AVX512F__)
    if (n < WIDTH)
        _mm512_mask_storeu_ps(p, (__mmask16)((1u << n) - 1), v);
    else
        vec_store(p, v);
#else
    float parts[WIDTH];
    if (n >= WIDTH) {
        vec_store(p, v);
        return;
    }
    vec_store(parts, v);
    for (int i = 0; i < n; i++)
        p[i] = parts[i];
#endif
}

/* Nothing beyond the first n floats is read: for what another thread may be writing behind them. */
INLINE vec vec_load_part(const float *p, int n)
{
    if (n >= WIDTH)
        return vec_load(p);
#if defined(__AVX512F__)
    return _mm512_maskz_loadu_ps((__mmask16)((1u << n) - 1), p);
#else
    vec v = {0};
    for (int i = 0; i < n; i++)
        v[i] = p[i];
    return v;
#endif
}

INLINE vec vec_set(float x)
{
    return x - (vec){0};
}

/* sum + x * row, of the first half only where `half` (a constant): half the work. Widths of
 * layers are multiples of 8, and the widest vectors hold 16. */
#if defined(__AVX512F__)
enum { HAS_HALF = 1 };
INLINE vec vec_load_half(const float *p)
{
    return _mm512_castps256_ps512(_mm256_loadu_ps(p));
}

/* The first half twice. */
INLINE vec vec_load_twice(const float *p)
{
    return _mm512_broadcast_f32x8(_mm256_loadu_ps(p));
}

/* The first half all a, the second all b. */
INLINE vec vec_halves(float a, float b)
{
    return _mm512_mask_blend_ps(0xff00, vec_set(a), vec_set(b));
}

/* The second half in place of the first. */
INLINE vec vec_second_half(vec v)
{
    return _mm512_shuffle_f32x4(v, v, 0xee);
}

INLINE void vec_store_half(float *p, vec v)
{
    _mm256_storeu_ps(p, _mm512_castps512_ps256(v));
}

INLINE vec vec_add_product(vec sum, float x, vec row, const int half)
{
    if (!half)
        return sum + x * row;
    return _mm512_castps256_ps512(_mm512_castps512_ps256(sum) + x * _mm512_castps512_ps256(row));
}
#else
enum { HAS_HALF = 0 };
INLINE vec vec_load_half(const float *p)
{
    return vec_load(p);
}

/* Never called. */
INLINE vec vec_load_twice(const float *p)
{
    return vec_load(p);
}

INLINE vec vec_halves(float a, float b)
{
    (void)b;
    return vec_set(a);
}

INLINE vec vec_second_half(vec v)
{
    return v;
}

INLINE void vec_store_half(float *p, vec v)
{
    for (int i = 0; i < WIDTH / 2; i++)
        p[i] = v[i];
}

INLINE vec vec_add_product(vec sum, float x, vec row, const int half)
{
    (void)half;
    return sum + x * row;
}
#endif

/* The compiler does not make these of comparisons without -ffast-math. Where one is not a
 * number: b. */
INLINE vec vec_max(vec a, vec b)
{
#if defined(__AVX512F__)
    return _mm512_max_ps(a, b);
#elif defined(__AVX__)
    return _mm256_max_ps(a, b);
#elif defined(__SSE2__)
    return _mm_max_ps(a, b);
#else
    ivec first = a > b;
    return (vec)((first & (ivec)a) | (~first & (ivec)b));
#endif
}

INLINE vec vec_min(vec a, vec b)
{
#if defined(__AVX512F__)
    return _mm512_min_ps(a, b);
#elif defined(__AVX__)
    return _mm256_min_ps(a, b);
#elif defined(__SSE2__)
    return _mm_min_ps(a, b);
#else
    ivec first = a < b;
    return (vec)((first & (ivec)a) | (~first & (ivec)b));
#endif
}

/* An activation as two limits; what is not a number stays so. */
struct clamp {
    vec low, high;
};

INLINE struct clamp vec_clamp(enum activation act)
{
    return (struct clamp){.low = vec_set(act == ACT_NONE ? -__builtin_inff() : 0),
                          .high = vec_set(act == ACT_RELU6 ? 6 : __builtin_inff())};
}

INLINE vec vec_limit(vec v, struct clamp c)
{
    return vec_min(c.high, vec_max(c.low, v));
}

/* 2^t: t = n + f, a polynomial for 2^f (the best of degree 5: relative error 7.5e-8), n added to
 * the exponent. Below -126 something near 0, above 126 something large. */
INLINE vec vec_exp2(vec t)
{
#if defined(__AVX512DQ__)
    vec f = _mm512_reduce_ps(t, _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC); /* t - floor(t) */
    vec e = f * 1.877576658e-03f + 8.989340131e-03f;
    e = e * f + 5.582631802e-02f;
    e = e * f + 2.401536171e-01f;
    e = e * f + 6.931530732e-01f;
    return _mm512_scalef_ps(e * f + 9.999999251e-01f, t);
#else
    const float magic = 12582912.0f; /* 1.5 x 2^23: adding it rounds to whole numbers */
    t = vec_min(vec_set(126), vec_max(vec_set(-126), t));
    vec n = t + magic, f = t - (n - magic);
    vec e = f * 1.327647187e-03f + 9.675541334e-03f;
    e = e * f + 5.550713274e-02f;
    e = e * f + 2.402211972e-01f;
    e = e * f + 6.931469671e-01f;
    e = e * f + 1.000000072f;
    return (vec)((ivec)e + ((ivec)n << 23));
#endif
}

/* y / (1 + e^-x) */
INLINE vec vec_by_sigmoid(vec y, vec x)
{
    return y / (1 + vec_exp2(x * -1.44269504088896341f));
}

INLINE vec vec_sigmoid(vec x)
{
    return vec_by_sigmoid(vec_set(1), x);
}

INLINE vec vec_hard_sigmoid(vec x)
{
    return vec_min(vec_set(1), vec_max(vec_set(0), x * (1.0f / 6) + 0.5f));
}

INLINE vec vec_activate(vec v, enum activation act)
{
    switch (act) {
    case ACT_NONE:
    case ACT_RELU:
    case ACT_RELU6: return vec_limit(v, vec_clamp(act));
    case ACT_HARD_SIGMOID: return vec_hard_sigmoid(v);
    case ACT_SIGMOID: return vec_sigmoid(v);
    case ACT_HARD_SWISH: return v * vec_hard_sigmoid(v);
    case ACT_SILU: return vec_by_sigmoid(v, v);
    }
    return v;
}

/* g where the activation with output y (of ReLU and ReLU6) has a slope of 1, else 0. */
INLINE vec vec_slope(vec g, vec y, enum activation act)
{
    if (act == ACT_NONE)
        return g;
    ivec inside = y > vec_set(0);
    if (act == ACT_RELU6)
        inside &= y < vec_set(6);
    return (vec)(inside & (ivec)g);
}

/* g times the derivative of any activation, from what it kept. */
INLINE vec vec_slope_any(vec g, vec kept, enum activation act)
{
    vec s;
    switch (act) {
    case ACT_NONE:
    case ACT_RELU:
    case ACT_RELU6: return vec_slope(g, kept, act);
    case ACT_HARD_SIGMOID:
        return (vec)((kept > vec_set(0)) & (kept < vec_set(1)) & (ivec)(g * (1.0f / 6)));
    case ACT_SIGMOID: return g * kept * (1 - kept);
    case ACT_HARD_SWISH:
        s = (vec)((kept > vec_set(-3)) & (ivec)(kept * (1.0f / 3) + 0.5f));
        return g *
               (vec)(((kept > vec_set(3)) & (ivec)vec_set(1)) | (~(kept > vec_set(3)) & (ivec)s));
    case ACT_SILU: s = vec_sigmoid(kept); return g * s * (1 + kept * (1 - s));
    }
    return g;
}

/* The rest of a tail, from `pre` on, for the first n floats of the vector v that belongs at `at` of
 * y. */
INLINE void vec_finish(const struct tail *t, vec v, size_t at, int n)
{
    if (t->pre)
        vec_store_part(t->pre + at, v, n);
    v = vec_activate(v, t->act);
    if (t->affine)
        v = v * t->affine[0] + t->affine[1];
    if (t->mask)
        v = vec_slope_any(v, vec_load(t->mask + at), t->mask_act);
    vec_store_part(t->y + at, v, n);
}

/* Calls loop(arguments, act) with the activation as a constant. */
#define CHOOSE_ACT(loop, act, ...)                                                                 \
    do {                                                                                           \
        switch (act) {                                                                             \
        case ACT_NONE: loop(__VA_ARGS__, ACT_NONE); break;                                         \
        case ACT_RELU: loop(__VA_ARGS__, ACT_RELU); break;                                         \
        case ACT_RELU6: loop(__VA_ARGS__, ACT_RELU6); break;                                       \
        case ACT_HARD_SIGMOID: loop(__VA_ARGS__, ACT_HARD_SIGMOID); break;                         \
        case ACT_SIGMOID: loop(__VA_ARGS__, ACT_SIGMOID); break;                                   \
        case ACT_HARD_SWISH: loop(__VA_ARGS__, ACT_HARD_SWISH); break;                             \
        case ACT_SILU: loop(__VA_ARGS__, ACT_SILU); break;                                         \
        }                                                                                          \
    } while (0)

#endif
