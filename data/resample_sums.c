/* With AVX2, four pixels (or two rows) are multiplied at once by vpmaddwd, which adds products of
 * 16-bit numbers in pairs. Weights have 23 bits, so each is split: w = 2048 * high + low. Sums of
 * both wrap around modulo 2^32 as the plain int32 sum would, which they equal in the end. */
#include "data/resample_sums.h"

enum { HALF = 1 << (RESAMPLE_PRECISION - 1), PIECE = 256 };

static inline unsigned char clip(int32_t sum)
{
    int32_t value = sum >> RESAMPLE_PRECISION;
    return (unsigned char)(value < 0 ? 0 : value > 255 ? 255 : value);
}

static void row_plain(const unsigned char *from, const struct resample_weights *w,
                      unsigned char *to)
{
    for (int x = 0; x < w->results; x++, to += 3) {
        const unsigned char *p = from + 3 * (size_t)w->start[x];
        const int32_t *k = w->weight + (size_t)x * (size_t)w->taps;
        int32_t r = HALF, g = HALF, b = HALF;
        for (int i = 0; i < w->count[x]; i++, p += 3) {
            r += p[0] * k[i];
            g += p[1] * k[i];
            b += p[2] * k[i];
        }
        to[0] = clip(r);
        to[1] = clip(g);
        to[2] = clip(b);
    }
}

/* In pieces whose sums stay in the nearest cache. */
static void column_plain(const unsigned char *rows, size_t stride, const int32_t *k, int count,
                         unsigned char *to)
{
    int32_t sum[PIECE];
    for (size_t at = 0; at < stride; at += PIECE) {
        size_t n = stride - at < PIECE ? stride - at : PIECE;
        for (size_t i = 0; i < n; i++)
            sum[i] = HALF;
        for (int j = 0; j < count; j++) {
            const unsigned char *row = rows + (size_t)j * stride + at;
            for (size_t i = 0; i < n; i++)
                sum[i] += row[i] * k[j];
        }
        for (size_t i = 0; i < n; i++)
            to[at + i] = clip(sum[i]);
    }
}

const struct resample_sums resample_sums_plain = {row_plain, column_plain};

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>

#define AVX2 __attribute__((target("avx2")))

/* 2048 * high + low + a half, as bytes in 16-bit places. */
AVX2 static inline __m256i finish(__m256i high, __m256i low)
{
    __m256i sum = _mm256_add_epi32(_mm256_slli_epi32(high, 11), low);
    return _mm256_srai_epi32(_mm256_add_epi32(sum, _mm256_set1_epi32(HALF)), RESAMPLE_PRECISION);
}

/* Four pixels of three bytes become pairs of 16 bits, [r r g g b b 0 0] of two pixels in each half;
 * four weights become [w0 w1] four times and [w2 w3] four times. */
AVX2 static void row_avx2(const unsigned char *from, const struct resample_weights *w,
                          unsigned char *to)
{
    const __m256i pairs =
        _mm256_setr_epi8(0, -1, 3, -1, 1, -1, 4, -1, 2, -1, 5, -1, -1, -1, -1, -1, 6, -1, 9, -1, 7,
                         -1, 10, -1, 8, -1, 11, -1, -1, -1, -1, -1);
    const __m256i take_high = _mm256_setr_epi32(0, 0, 0, 0, 1, 1, 1, 1);
    const __m256i take_low = _mm256_setr_epi32(2, 2, 2, 2, 3, 3, 3, 3);
    const int groups = w->taps / RESAMPLE_GROUP;
    const __m128i *k = (const __m128i *)(const void *)w->split;
    for (int x = 0; x < w->results; x++, to += 3) {
        const unsigned char *p = from + 3 * (size_t)w->split_start[x];
        __m256i high = _mm256_setzero_si256(), low = high;
        for (int g = 0; g < groups; g++, k++, p += 3 * RESAMPLE_GROUP) {
            __m256i pixels =
                _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)p));
            __m256i weights = _mm256_broadcastsi128_si256(_mm_loadu_si128(k));
            pixels = _mm256_shuffle_epi8(pixels, pairs);
            high = _mm256_add_epi32(
                high, _mm256_madd_epi16(pixels, _mm256_permutevar8x32_epi32(weights, take_high)));
            low = _mm256_add_epi32(
                low, _mm256_madd_epi16(pixels, _mm256_permutevar8x32_epi32(weights, take_low)));
        }
        high = _mm256_add_epi32(high, _mm256_permute2x128_si256(high, high, 1));
        low = _mm256_add_epi32(low, _mm256_permute2x128_si256(low, low, 1));
        __m256i sum = finish(high, low);
        __m256i bytes = _mm256_packus_epi16(_mm256_packs_epi32(sum, sum), sum);
        uint32_t rgb = (uint32_t)_mm256_extract_epi32(bytes, 0);
        to[0] = (unsigned char)rgb;
        to[1] = (unsigned char)(rgb >> 8);
        to[2] = (unsigned char)(rgb >> 16);
    }
}

AVX2 static inline __m256i load_widened(const unsigned char *p)
{
    return _mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)(const void *)p));
}

/* Both halves of two weights, the first in the low 16 bits. */
static inline int pair(int32_t a, int32_t b)
{
    return (int)((uint32_t)(uint16_t)a | (uint32_t)(uint16_t)b << 16);
}

/* Sixteen columns, two rows at a time. */
AVX2 static inline void sixteen_columns(const unsigned char *rows, size_t stride, const int32_t *k,
                                        int count, unsigned char *to)
{
    __m256i high0 = _mm256_setzero_si256(), high1 = high0, low0 = high0, low1 = high0;
    for (int j = 0; j < count; j += 2) {
        const unsigned char *p = rows + (size_t)j * stride;
        int two = j + 1 < count;
        int32_t a = k[j], b = two ? k[j + 1] : 0;
        __m256i upper = load_widened(p), lower = load_widened(two ? p + stride : p);
        __m256i pairs0 = _mm256_unpacklo_epi16(upper, lower);
        __m256i pairs1 = _mm256_unpackhi_epi16(upper, lower);
        __m256i high = _mm256_set1_epi32(pair(a >> 11, b >> 11));
        __m256i low = _mm256_set1_epi32(pair(a & 2047, b & 2047));
        high0 = _mm256_add_epi32(high0, _mm256_madd_epi16(pairs0, high));
        high1 = _mm256_add_epi32(high1, _mm256_madd_epi16(pairs1, high));
        low0 = _mm256_add_epi32(low0, _mm256_madd_epi16(pairs0, low));
        low1 = _mm256_add_epi32(low1, _mm256_madd_epi16(pairs1, low));
    }
    __m256i words = _mm256_packs_epi32(finish(high0, low0), finish(high1, low1));
    __m256i bytes = _mm256_permute4x64_epi64(_mm256_packus_epi16(words, words), 0x08);
    _mm_storeu_si128((__m128i *)(void *)to, _mm256_castsi256_si128(bytes));
}

/* The last sixteen overlap with those before. */
AVX2 static void column_avx2(const unsigned char *rows, size_t stride, const int32_t *k, int count,
                             unsigned char *to)
{
    size_t at = 0;
    if (stride < 16) {
        column_plain(rows, stride, k, count, to);
        return;
    }
    for (; at + 16 <= stride; at += 16)
        sixteen_columns(rows + at, stride, k, count, to + at);
    if (at < stride)
        sixteen_columns(rows + stride - 16, stride, k, count, to + stride - 16);
}

static const struct resample_sums sums_avx2 = {row_avx2, column_avx2};

const struct resample_sums *resample_sums_best(void)
{
    return __builtin_cpu_supports("avx2") ? &sums_avx2 : &resample_sums_plain;
}
#else
const struct resample_sums *resample_sums_best(void)
{
    return &resample_sums_plain;
}
#endif
