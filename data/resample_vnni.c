/* The row pass with AVX-512's products of bytes (vpdpbusd adds four products of an unsigned and a
 * signed byte at once): four results at a time, each in a quarter of a vector as sums r g b and one
 * that nobody needs. vpermb brings every byte that four taps of four results need to its place,
 * which takes that they lie within one vector. Weights of 23 bits are three signed digits of 8; the
 * three sums wrap around modulo 2^32 as the plain int32 sum would, which they equal in the end.
 * Four rows go together, so that places and weights are brought into vectors once for all of them.
 */
#include "data/resample_sums.h"

#include <stdlib.h>
#include <string.h>

enum {
    RESULTS = 4,
    ROWS = RESAMPLE_ROWS,
    DIGITS = 3,
    STEP = RESULTS * DIGITS * RESAMPLE_GROUP,
    VECTOR = 64
};

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>

#define VNNI __attribute__((target("avx512f,avx512bw,avx512vl,avx512vbmi,avx512vnni")))

/* Bytes from the first source pixel of result x to that of result x + i, or of the row's last. */
static int distance(const struct resample_weights *w, int x, int i)
{
    int to = x + i < w->results ? x + i : w->results - 1;
    return 3 * (w->split_start[to] - w->split_start[x]);
}

static int is_possible(const struct resample_weights *w)
{
    int fits = w->split != NULL && __builtin_cpu_supports("avx512bw") &&
               __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vbmi") &&
               __builtin_cpu_supports("avx512vnni");
    for (int x = 0; fits && x < w->results; x += RESULTS)
        for (int i = 1; fits && i < RESULTS; i++)
            fits = distance(w, x, i) >= distance(w, x, i - 1) &&
                   distance(w, x, i) + 3 * RESAMPLE_GROUP <= VECTOR;
    return fits;
}

void resample_make_digits(struct resample_weights *w)
{
    int groups = w->taps / RESAMPLE_GROUP;
    size_t steps = (size_t)(w->results + RESULTS - 1) / RESULTS * (size_t)groups;
    w->digits = is_possible(w) ? calloc(steps, STEP) : NULL;
    if (!w->digits) /* the other loops do without */
        return;
    for (int x = 0; x < w->results; x++)
        for (int i = 0; i < w->count[x]; i++) {
            int at = w->start[x] - w->split_start[x] + i;
            int step = x / RESULTS * groups + at / RESAMPLE_GROUP;
            int32_t weight = w->weight[(size_t)x * (size_t)w->taps + (size_t)i];
            int8_t *to = w->digits + (size_t)step * STEP + x % RESULTS * RESAMPLE_GROUP +
                         at % RESAMPLE_GROUP;
            for (int d = 0; d < DIGITS; d++) {
                int32_t digit = (weight & 255) - ((weight & 128) << 1);
                to[d * RESULTS * RESAMPLE_GROUP] = (int8_t)digit;
                weight = (weight - digit) / 256;
            }
        }
}

VNNI static inline __m512i spread(const int8_t *digits)
{
    const __m512i quarters = _mm512_setr_epi32(0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3);
    __m128i four = _mm_loadu_si128((const __m128i *)(const void *)digits);
    return _mm512_permutexvar_epi32(quarters, _mm512_castsi128_si512(four));
}

/* Sums to bytes: four times r g b, and four bytes that mean nothing. */
VNNI static inline __m128i finish(__m512i low, __m512i middle, __m512i high)
{
    middle = _mm512_add_epi32(middle, _mm512_slli_epi32(high, 8));
    low = _mm512_add_epi32(low, _mm512_slli_epi32(middle, 8));
    low = _mm512_max_epi32(_mm512_srai_epi32(low, RESAMPLE_PRECISION), _mm512_setzero_si512());
    return _mm_shuffle_epi8(_mm512_cvtusepi32_epi8(low),
                            _mm_setr_epi8(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1));
}

/* Results x to x + 3 of four rows. */
VNNI static inline void four_by_four(const unsigned char *const from[ROWS],
                                     const struct resample_weights *w, int x, const int8_t *digits,
                                     __m128i rgb[ROWS])
{
    /* Byte k of a quarter is colour k / 4 of tap k % 4; the fourth colour is any byte. */
    const __m512i taps =
        _mm512_broadcast_i32x4(_mm_setr_epi8(0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11, 0, 0, 0, 0));
    const int b = distance(w, x, 1), c = distance(w, x, 2), d = distance(w, x, 3);
    const __m512i places = _mm512_add_epi8(
        taps,
        _mm512_inserti64x4(
            _mm512_castsi256_si512(_mm256_set_m128i(_mm_set1_epi8((char)b), _mm_setzero_si128())),
            _mm256_set_m128i(_mm_set1_epi8((char)d), _mm_set1_epi8((char)c)), 1));
    const __mmask64 there = ~(__mmask64)0 >> (VECTOR - d - 3 * RESAMPLE_GROUP);
    size_t at = 3 * (size_t)w->split_start[x];
    __m512i low[ROWS], middle[ROWS], high[ROWS];
    for (int r = 0; r < ROWS; r++) {
        low[r] = _mm512_set1_epi32(1 << (RESAMPLE_PRECISION - 1));
        middle[r] = high[r] = _mm512_setzero_si512();
    }
    for (int g = w->taps / RESAMPLE_GROUP; g > 0; g--, at += 3 * RESAMPLE_GROUP, digits += STEP) {
        __m512i low_digits = spread(digits), middle_digits = spread(digits + 16);
        __m512i high_digits = spread(digits + 32);
#pragma GCC unroll 4
        for (int r = 0; r < ROWS; r++) {
            __m512i pixels =
                _mm512_permutexvar_epi8(places, _mm512_maskz_loadu_epi8(there, from[r] + at));
            low[r] = _mm512_dpbusd_epi32(low[r], pixels, low_digits);
            middle[r] = _mm512_dpbusd_epi32(middle[r], pixels, middle_digits);
            high[r] = _mm512_dpbusd_epi32(high[r], pixels, high_digits);
        }
    }
#pragma GCC unroll 4
    for (int r = 0; r < ROWS; r++)
        rgb[r] = finish(low[r], middle[r], high[r]);
}

VNNI void resample_rows_digits(const unsigned char *const from[ROWS],
                               const struct resample_weights *w, unsigned char *const to[ROWS])
{
    const int8_t *digits = w->digits;
    __m128i rgb[ROWS];
    for (int x = 0; x < w->results; x += RESULTS, digits += STEP * (w->taps / RESAMPLE_GROUP)) {
        int left = w->results - x;
        four_by_four(from, w, x, digits, rgb);
        for (int r = 0; r < ROWS; r++) {
            unsigned char *p = to[r] + 3 * (size_t)x;
            if (left >= 6) /* 16 bytes fit; the next results write over the last 4 */
                _mm_storeu_si128((__m128i *)(void *)p, rgb[r]);
            else
                memcpy(p, &rgb[r], 3 * (size_t)(left < RESULTS ? left : RESULTS));
        }
    }
}
#else
void resample_make_digits(struct resample_weights *w)
{
    w->digits = NULL;
}

void resample_rows_digits(const unsigned char *const from[ROWS], const struct resample_weights *w,
                          unsigned char *const to[ROWS])
{
    for (int r = 0; r < ROWS; r++)
        resample_sums_plain.row(from[r], w, to[r]);
}
#endif
