/* The two inner loops of resampling, inside of data/: plain C for every machine, AVX2 where the CPU
 * has it, and for rows AVX-512 with its products of bytes. All give the same bytes. */
#ifndef DATA_RESAMPLE_SUMS_H
#define DATA_RESAMPLE_SUMS_H

#include <stddef.h>
#include <stdint.h>

enum {
    RESAMPLE_PRECISION = 22, /* bits of a weight behind the point */
    RESAMPLE_GROUP = 4,      /* weights that AVX2 takes at once */
    RESAMPLE_ROWS = 4,       /* rows that AVX-512 takes at once */
    RESAMPLE_SLACK = 16      /* bytes that AVX2 may read behind a row's last pixel */
};

/* For every result of one side: which source pixels, and how much of each. */
struct resample_weights {
    int size; /* source pixels on this side */
    int results;
    int taps;       /* room for the weights of each result, a multiple of RESAMPLE_GROUP */
    int first, end; /* source pixels that are used at all */
    int *start, *count;
    int32_t *weight; /* [results][taps], 0 behind the count */
    /* The same for AVX2, NULL when the side has fewer pixels than taps: split into 11 low bits and
     * the rest, [results][taps / 4][4 high, 4 low], and shifted so that taps pixels follow each
     * start. */
    int16_t *split;
    int *split_start;
    /* And once more for AVX-512's products of bytes, NULL when this CPU has none or four results in
     * a row take pixels too far apart: signed digits, low middle high, [results / 4][taps / 4][3
     * digits] [4 results][4 taps], shifted alike. */
    int8_t *digits;
};

struct resample_sums {
    /* One row of 3-byte pixels; `from` is followed by RESAMPLE_SLACK bytes that may be read. */
    void (*row)(const unsigned char *from, const struct resample_weights *w, unsigned char *to);
    /* One row of bytes: to[i] = sum of rows[j * stride + i] * k[j] for i < stride, j < count. */
    void (*column)(const unsigned char *rows, size_t stride, const int32_t *k, int count,
                   unsigned char *to);
};

extern const struct resample_sums resample_sums_plain;

/* The fastest of this CPU. `row` needs split weights unless it is the plain one. */
const struct resample_sums *resample_sums_best(void);

/* Makes w->digits (or NULL) of weights that are complete; free'd with them. And the row loop for
 * them, of RESAMPLE_ROWS rows (the same one may be there several times), which needs no slack. */
void resample_make_digits(struct resample_weights *w);
void resample_rows_digits(const unsigned char *const from[RESAMPLE_ROWS],
                          const struct resample_weights *w, unsigned char *const to[RESAMPLE_ROWS]);

#endif
