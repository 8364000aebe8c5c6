/* Pillow's resize: every pixel of the result is a weighted mean of the pixels under a filter whose
 * width grows with the reduction. First along rows, rounded to 8 bits, then along columns.
 *
 * The weights of one side are made once for all rows (or columns), in double, normalised to a sum
 * of 1, and rounded to 22 bits behind the point: 8 bits of pixel, 22 of weight and 2 to spare for
 * sums that overshoot fill an int32. Only the rows that the second pass reads go through the first;
 * only the window that is asked for is made. */
#include "data/resample.h"

#include "data/image.h"
#include "data/resample_sums.h"
#include "data/status.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* ---- weights ---- */

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

static void weights_clear(struct resample_weights *w)
{
    free(w->start);
    free(w->count);
    free(w->weight);
    free(w->split);
    free(w->split_start);
    free(w->digits);
    *w = (struct resample_weights){0};
}

static int weights_new(struct resample_weights *w, int size, int results, double most,
                       struct status *st)
{
    if (most > size)
        most = size; /* more than there are pixels are never used */
    int groups = ((int)most + RESAMPLE_GROUP - 1) / RESAMPLE_GROUP;
    *w = (struct resample_weights){
        .size = size, .results = results, .taps = groups * RESAMPLE_GROUP, .first = size, .end = 0};
    size_t n = (size_t)results, all = n * (size_t)w->taps;
    w->start = malloc(n * sizeof *w->start);
    w->count = malloc(n * sizeof *w->count);
    w->weight = calloc(all, sizeof *w->weight);
    if (w->taps <= size) {
        w->split = calloc(2 * all, sizeof *w->split);
        w->split_start = malloc(n * sizeof *w->split_start);
    }
    if (w->start && w->count && w->weight && (w->taps > size || (w->split && w->split_start)))
        return 0;
    weights_clear(w);
    return status_out_of_memory(st);
}

/* The weights of result x, whose centre lies at `centre`; k has room for them as doubles. */
static void weigh(struct resample_weights *w, int x, const struct filter *filter, double centre,
                  double scale, double *k)
{
    double support = filter->support * scale, sum = 0;
    int first = (int)(centre - support + 0.5), end = (int)(centre + support + 0.5);
    first = first < 0 ? 0 : first;
    end = end > w->size ? w->size : end;
    for (int i = first; i < end; i++) {
        k[i - first] = filter->at((i - centre + 0.5) * (1.0 / scale));
        sum += k[i - first];
    }
    int32_t *weight = w->weight + (size_t)x * (size_t)w->taps;
    for (int i = 0; i < end - first; i++) {
        double value = sum != 0.0 ? k[i] * (1.0 / sum) : k[i];
        weight[i] = (int32_t)((value < 0 ? -0.5 : 0.5) + value * (1 << RESAMPLE_PRECISION));
    }
    w->start[x] = first;
    w->count[x] = end - first;
    w->first = first < w->first ? first : w->first;
    w->end = end > w->end ? end : w->end;
}

/* See struct resample_weights. */
static void split(struct resample_weights *w, int x)
{
    int start = w->start[x] > w->size - w->taps ? w->size - w->taps : w->start[x];
    int16_t *to = w->split + 2 * (size_t)x * (size_t)w->taps;
    const int32_t *weight = w->weight + (size_t)x * (size_t)w->taps;
    for (int i = 0; i < w->count[x]; i++) {
        int at = w->start[x] - start + i, group = at / RESAMPLE_GROUP, place = at % RESAMPLE_GROUP;
        to[2 * RESAMPLE_GROUP * group + place] = (int16_t)(weight[i] >> 11);
        to[2 * RESAMPLE_GROUP * group + RESAMPLE_GROUP + place] = (int16_t)(weight[i] & 2047);
    }
    w->split_start[x] = start;
}

/* For results [from, from + n) of `full` that box [low, high) of a side of `size` pixels gives. */
static int weights_init(struct resample_weights *w, enum resample_filter which, int size,
                        double low, double high, int full, int from, int n, struct status *st)
{
    const struct filter *filter = &filters[which];
    double step = (high - low) / full, scale = step < 1.0 ? 1.0 : step;
    if (weights_new(w, size, n, ceil(filter->support * scale) * 2 + 1, st) != 0)
        return -1;
    double *k = malloc((size_t)w->taps * sizeof *k);
    if (!k)
        return status_out_of_memory(st);
    for (int x = 0; x < n; x++) {
        weigh(w, x, filter, low + (from + x + 0.5) * step, scale, k);
        if (w->split)
            split(w, x);
    }
    free(k);
    return 0;
}

/* ---- the two passes ---- */

/* The picture's last row, with bytes behind it that may be read. */
static unsigned char *copy_last_row(const struct image *in)
{
    size_t size = (size_t)in->width * 3;
    unsigned char *copy = calloc(size + RESAMPLE_SLACK, 1);
    if (copy)
        memcpy(copy, in->rgb + (size_t)(in->height - 1) * size, size);
    return copy;
}

/* Rows [first, end) of the picture to `to`. */
static void resize_rows(const struct image *in, const unsigned char *last,
                        const struct resample_weights *across, int first, int end,
                        unsigned char *to)
{
    size_t in_stride = (size_t)in->width * 3, stride = (size_t)across->results * 3;
    const struct resample_sums *sums = resample_sums_best();
    if (!across->split || in_stride < RESAMPLE_SLACK)
        sums = &resample_sums_plain; /* a tiny picture */
    for (int y = first; y < end; y += across->digits ? RESAMPLE_ROWS : 1) {
        const unsigned char *from[RESAMPLE_ROWS];
        unsigned char *results[RESAMPLE_ROWS];
        for (int r = 0; r < RESAMPLE_ROWS; r++) {
            int row = y + r < end ? y + r : end - 1;
            from[r] = row == in->height - 1 ? last : in->rgb + (size_t)row * in_stride;
            results[r] = to + (size_t)(row - first) * stride;
        }
        if (across->digits)
            resample_rows_digits(from, across, results);
        else
            sums->row(from[0], across, results[0]);
    }
}

static int resize(const struct image *in, const struct resample_weights *across,
                  const struct resample_weights *down, struct image *out, struct status *st)
{
    const struct resample_sums *sums = resample_sums_best();
    size_t stride = (size_t)out->width * 3;
    unsigned char *middle = malloc(stride * (size_t)(down->end - down->first));
    unsigned char *last = copy_last_row(in);
    int failed = !middle || !last;
    if (failed)
        status_out_of_memory(st);
    else
        resize_rows(in, last, across, down->first, down->end, middle);
    for (int y = 0; !failed && y < out->height; y++)
        sums->column(middle + (size_t)(down->start[y] - down->first) * stride, stride,
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
    struct resample_weights across = {0}, down = {0};
    *out = (struct image){0};
    box = box ? box : &all;
    window = window ? window : &whole;
    int failed = check(in, box, width, height, window, st) != 0 ||
                 image_new(window->width, window->height, out, st) != 0 ||
                 weights_init(&across, filter, in->width, box->left, box->right, width,
                              window->left, window->width, st) != 0 ||
                 (resample_make_digits(&across), 0) ||
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
