/* Pillow's resize: every pixel of the result is a weighted mean of the pixels under a filter whose
 * width grows with the reduction. First along rows, rounded to 8 bits, then along columns.
 *
 * The weights of one side are made once for all rows (or columns), in double, normalised to a sum
 * of 1, and rounded to 22 bits behind the point: 8 bits of pixel, 22 of weight and 2 to spare for
 * sums that overshoot fill an int32. Only the rows that the second pass reads go through the first;
 * only the window that is asked for is made. */
#include "data/resample.h"

#include "data/image.h"
#include "data/status.h"

#include <limits.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { PRECISION = 22, HALF = 1 << (PRECISION - 1), COLUMNS = 256 };

/* Sums of products are what this file spends its time on. Where the CPU has wide registers the
 * compiler's version for them is taken when the program starts. Sanitizers cannot do that. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) &&                             \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define WIDE __attribute__((target_clones("arch=x86-64-v3", "default"), optimize("O3")))
#else
#define WIDE
#endif

/* ---- weights ---- */

struct weights {
    int taps;       /* room for each result; a multiple of nothing */
    int first, end; /* source pixels that are used at all */
    int *start, *count;
    int32_t *weight; /* [results][taps] */
};

static double box_filter(double x)
{
    return x > -0.5 && x <= 0.5 ? 1.0 : 0.0;
}

static double bilinear_filter(double x)
{
    x = fabs(x);
    return x < 1.0 ? 1.0 - x : 0.0;
}

static double bicubic_filter(double x)
{
    const double a = -0.5;
    x = fabs(x);
    if (x < 1.0)
        return ((a + 2.0) * x - (a + 3.0)) * x * x + 1;
    if (x < 2.0)
        return (((x - 5) * x + 8) * x - 4) * a;
    return 0.0;
}

static const struct filter {
    const char *name;
    double (*at)(double x);
    double support;
} filters[] = {
    [RESAMPLE_BOX] = {"box", box_filter, 0.5},
    [RESAMPLE_BILINEAR] = {"bilinear", bilinear_filter, 1.0},
    [RESAMPLE_BICUBIC] = {"bicubic", bicubic_filter, 2.0},
};

static void weights_clear(struct weights *w)
{
    free(w->start);
    free(w->count);
    free(w->weight);
    *w = (struct weights){0};
}

/* The weights of one result, whose centre lies at `centre`; k has room for them as doubles. */
static void weigh(const struct filter *filter, double centre, double scale, int size, double *k,
                  int *start, int *count, int32_t *weight)
{
    double support = filter->support * scale, sum = 0;
    int first = (int)(centre - support + 0.5), end = (int)(centre + support + 0.5);
    first = first < 0 ? 0 : first;
    end = end > size ? size : end;
    for (int i = first; i < end; i++) {
        k[i - first] = filter->at((i - centre + 0.5) * (1.0 / scale));
        sum += k[i - first];
    }
    for (int i = 0; i < end - first; i++) {
        double value = sum != 0.0 ? k[i] * (1.0 / sum) : k[i];
        weight[i] = (int32_t)((value < 0 ? -0.5 : 0.5) + value * (1 << PRECISION));
    }
    *start = first;
    *count = end - first;
}

/* For results [from, from + n) of `full` that box [low, high) of a side of `size` pixels gives. */
static int weights_init(struct weights *w, enum resample_filter which, int size, double low,
                        double high, int full, int from, int n, struct status *st)
{
    const struct filter *filter = &filters[which];
    double step = (high - low) / full, scale = step < 1.0 ? 1.0 : step;
    double taps = ceil(filter->support * scale) * 2 + 1;
    *w = (struct weights){.first = size, .end = 0};
    if (taps > size + 3.0)
        taps = size + 3.0; /* more than there are pixels are never used */
    w->taps = (int)taps;
    w->start = malloc((size_t)n * sizeof *w->start);
    w->count = malloc((size_t)n * sizeof *w->count);
    w->weight = malloc((size_t)n * (size_t)w->taps * sizeof *w->weight);
    double *k = malloc((size_t)w->taps * sizeof *k);
    if (!w->start || !w->count || !w->weight || !k) {
        free(k);
        weights_clear(w);
        return status_out_of_memory(st);
    }
    for (int i = 0; i < n; i++) {
        weigh(filter, low + (from + i + 0.5) * step, scale, size, k, &w->start[i], &w->count[i],
              w->weight + (size_t)i * (size_t)w->taps);
        if (w->start[i] < w->first)
            w->first = w->start[i];
        if (w->start[i] + w->count[i] > w->end)
            w->end = w->start[i] + w->count[i];
    }
    free(k);
    return 0;
}

/* ---- the two passes ---- */

static inline unsigned char clip(int32_t sum)
{
    int32_t value = sum >> PRECISION;
    return (unsigned char)(value < 0 ? 0 : value > 255 ? 255 : value);
}

typedef int32_t four_ints __attribute__((vector_size(16)));
typedef unsigned char four_bytes __attribute__((vector_size(4)));

/* One row. Pixels are read four bytes at a time, the fourth for nothing: only where a byte follows
 * them. */
WIDE static void resize_row(const unsigned char *from, const struct weights *w, int n,
                            unsigned char *to)
{
    for (int x = 0; x < n; x++, to += 3) {
        const unsigned char *p = from + 3 * (size_t)w->start[x];
        const int32_t *k = w->weight + (size_t)x * (size_t)w->taps;
        four_ints sum = {HALF, HALF, HALF, HALF};
        for (int i = 0; i < w->count[x]; i++, p += 3) {
            four_bytes pixel;
            memcpy(&pixel, p, sizeof pixel);
            sum += __builtin_convertvector(pixel, four_ints) * k[i];
        }
        to[0] = clip(sum[0]);
        to[1] = clip(sum[1]);
        to[2] = clip(sum[2]);
    }
}

WIDE static void add_weighted(int32_t *restrict sum, const unsigned char *restrict row, int32_t k)
{
    for (int i = 0; i < COLUMNS; i++)
        sum[i] += row[i] * k;
}

/* One row of the result, from rows that lie `stride` bytes apart; in pieces whose sums stay in the
 * nearest cache. */
static void resize_column(const unsigned char *rows, size_t stride, const int32_t *k, int count,
                          unsigned char *to)
{
    int32_t sum[COLUMNS];
    for (size_t at = 0; at < stride; at += COLUMNS) {
        for (int i = 0; i < COLUMNS; i++)
            sum[i] = HALF;
        for (int j = 0; j < count; j++)
            add_weighted(sum, rows + (size_t)j * stride + at, k[j]);
        size_t n = stride - at < COLUMNS ? stride - at : COLUMNS;
        for (size_t i = 0; i < n; i++)
            to[at + i] = clip(sum[i]);
    }
}

/* The picture's last row, with a byte behind it that may be read. */
static unsigned char *copy_last_row(const struct image *in)
{
    size_t size = (size_t)in->width * 3;
    unsigned char *copy = malloc(size + 1);
    if (copy) {
        memcpy(copy, in->rgb + (size_t)(in->height - 1) * size, size);
        copy[size] = 0;
    }
    return copy;
}

static int resize(const struct image *in, const struct weights *across, const struct weights *down,
                  struct image *out, struct status *st)
{
    size_t stride = (size_t)out->width * 3;
    size_t rows = (size_t)(down->end - down->first);
    unsigned char *middle =
        calloc(stride * rows + COLUMNS, 1); /* the last piece reads past the end */
    unsigned char *last = copy_last_row(in);
    int failed = !middle || !last;
    if (failed)
        status_out_of_memory(st);
    for (int y = down->first; !failed && y < down->end; y++)
        resize_row(y == in->height - 1 ? last : in->rgb + (size_t)y * (size_t)in->width * 3, across,
                   out->width, middle + (size_t)(y - down->first) * stride);
    for (int y = 0; !failed && y < out->height; y++)
        resize_column(middle + (size_t)(down->start[y] - down->first) * stride, stride,
                      down->weight + (size_t)y * (size_t)down->taps, down->count[y],
                      out->rgb + (size_t)y * stride);
    free(middle);
    free(last);
    return failed ? -1 : 0;
}

/* ---- the header's functions ---- */

static int check(const struct image *in, const struct resample_box *box, int width, int height,
                 const struct resample_window *window, struct status *st)
{
    if (!(box->left >= 0 && box->top >= 0 && box->left < box->right && box->top < box->bottom &&
          (double)box->right <= in->width && (double)box->bottom <= in->height))
        return status_fail(st, STATUS_INVALID, "the part to resize lies outside the picture");
    if (width < 1 || height < 1 || window->width < 1 || window->height < 1 || window->left < 0 ||
        window->top < 0 || window->left > width - window->width ||
        window->top > height - window->height)
        return status_fail(st, STATUS_INVALID, "a picture cannot be resized to %d x %d pixels",
                           width, height);
    return 0;
}

int resample_resize_window(const struct image *in, const struct resample_box *box, int width,
                           int height, const struct resample_window *window,
                           enum resample_filter filter, struct image *out, struct status *st)
{
    struct resample_box all = {0, 0, (float)in->width, (float)in->height};
    struct resample_window whole = {0, 0, width, height};
    struct weights across = {0}, down = {0};
    *out = (struct image){0};
    box = box ? box : &all;
    window = window ? window : &whole;
    int failed = check(in, box, width, height, window, st) != 0 ||
                 image_new(window->width, window->height, out, st) != 0 ||
                 weights_init(&across, filter, in->width, box->left, box->right, width,
                              window->left, window->width, st) != 0 ||
                 weights_init(&down, filter, in->height, box->top, box->bottom, height, window->top,
                              window->height, st) != 0 ||
                 resize(in, &across, &down, out, st) != 0;
    weights_clear(&across);
    weights_clear(&down);
    if (failed)
        image_clear(out);
    return failed ? -1 : 0;
}

int resample_resize(const struct image *in, const struct resample_box *box, int width, int height,
                    enum resample_filter filter, struct image *out, struct status *st)
{
    return resample_resize_window(in, box, width, height, NULL, filter, out, st);
}

int resample_filter_from_name(const char *name)
{
    for (size_t i = 0; i < sizeof filters / sizeof *filters; i++)
        if (strcmp(filters[i].name, name) == 0)
            return (int)i;
    return -1;
}

const char *resample_filter_name(enum resample_filter filter)
{
    return filters[filter].name;
}
