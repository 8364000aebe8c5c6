#include "data/image.h"
#include "data/resample.h"
#include "data/resample_sums.h"
#include "data/rng.h"
#include "data/scan.h"
#include "data/status.h"
#include "tests/check.h"
#include "tests/data/resample_references.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The rule of tests/tools/resample_references.py. */
static struct image picture(int width, int height)
{
    struct image image;
    if (!CHECK_INT(image_new(width, height, &image, NULL), 0))
        return image;
    unsigned char *p = image.rgb;
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
            for (int c = 0; c < 3; c++)
                *p++ = (unsigned char)((x / 5 + y / 4) % 2
                                           ? (x * x * 7 + y * 29 + x * y * (c + 3) + c * 101) % 256
                                       : (x + y + c) % 3 ? 255
                                                         : 0);
    return image;
}

TEST(resample_gives_pillows_bytes)
{
    for (size_t i = 0; i < sizeof resized / sizeof *resized; i++) {
        struct image in = picture(resized[i].width, resized[i].height), out = {0};
        struct status st = {0};
        const struct resample_box *box = resized[i].box.right > 0 ? &resized[i].box : NULL;
        CHECK_INT(resample_resize(&in, box, resized[i].to_width, resized[i].to_height,
                                  resized[i].filter, &out, &st),
                  0);
        size_t size = 3 * (size_t)out.width * (size_t)out.height;
        long sum = 0;
        for (size_t k = 0; k < size; k++)
            sum += out.rgb[k];
        CHECK_INT(sum, resized[i].sum);
        CHECK_INT(out.rgb[0], resized[i].at[0]);
        CHECK_INT(out.rgb[size / 3], resized[i].at[1]);
        CHECK_INT(out.rgb[size / 2], resized[i].at[2]);
        CHECK_INT(out.rgb[size - 1], resized[i].at[3]);
        if (scan_hash_bytes(out.rgb, size) != resized[i].fnv)
            test_fail(__FILE__, __LINE__, "%d x %d to %d x %d by %s differs", in.width, in.height,
                      out.width, out.height, resample_filter_name(resized[i].filter));
        image_clear(&out);
        image_clear(&in);
    }
}

TEST(resample_window_is_a_part_of_the_whole)
{
    struct image in = picture(120, 90), all = {0}, part = {0};
    static const struct resample_window windows[] = {
        {0, 0, 50, 40}, {3, 5, 20, 10}, {49, 39, 1, 1}, {0, 39, 50, 1}};
    for (int f = RESAMPLE_BOX; f <= RESAMPLE_BICUBIC; f++) {
        CHECK_INT(resample_resize(&in, NULL, 50, 40, (enum resample_filter)f, &all, NULL), 0);
        for (size_t i = 0; i < sizeof windows / sizeof *windows; i++) {
            const struct resample_window *w = &windows[i];
            CHECK_INT(
                resample_resize_window(&in, NULL, 50, 40, w, (enum resample_filter)f, &part, NULL),
                0);
            CHECK_INT(part.width, w->width);
            CHECK_INT(part.height, w->height);
            for (int y = 0; y < part.height; y++)
                CHECK(memcmp(part.rgb + 3 * y * part.width,
                             all.rgb + 3 * ((y + w->top) * all.width + w->left),
                             3 * (size_t)part.width) == 0);
            image_clear(&part);
        }
        image_clear(&all);
    }
    image_clear(&in);
}

TEST(resample_keeps_one_colour)
{
    struct image in, out;
    CHECK_INT(image_new(37, 23, &in, NULL), 0);
    memset(in.rgb, 200, 37 * 23 * 3);
    for (int f = RESAMPLE_BOX; f <= RESAMPLE_BICUBIC; f++)
        for (int size = 1; size < 90; size += 11) {
            CHECK_INT(
                resample_resize(&in, NULL, size, 91 - size, (enum resample_filter)f, &out, NULL),
                0);
            for (int i = 0; i < 3 * out.width * out.height; i++)
                if (out.rgb[i] != 200) {
                    test_fail(__FILE__, __LINE__, "%d at size %d", out.rgb[i], size);
                    break;
                }
            image_clear(&out);
        }
    image_clear(&in);
}

enum { SIDE = 61, RESULTS = 9, MOST_TAPS = 60 };

/* Weights as bicubic ones are: also negative, and above 1 when alone; they need not add up to 1. */
static void random_weights(struct rng *r, struct resample_weights *w, int taps)
{
    static int start[RESULTS], count[RESULTS], split_start[RESULTS];
    static int32_t weight[RESULTS * MOST_TAPS];
    static int16_t split[2 * RESULTS * MOST_TAPS];
    memset(weight, 0, sizeof weight);
    memset(split, 0, sizeof split);
    for (int x = 0; x < RESULTS; x++) {
        count[x] = 1 + (int)rng_below(r, (uint32_t)taps);
        start[x] = (int)rng_below(r, (uint32_t)(SIDE - count[x] + 1));
        split_start[x] = start[x] + taps > SIDE ? SIDE - taps : start[x];
        for (int i = 0; i < count[x]; i++) {
            int32_t value = ((int32_t)rng_below(r, 5600000) - 1200000) / count[x];
            int at = start[x] + i - split_start[x];
            weight[x * taps + i] = value;
            split[2 * x * taps + at / 4 * 8 + at % 4] = (int16_t)(value >> 11);
            split[2 * x * taps + at / 4 * 8 + 4 + at % 4] = (int16_t)(value & 2047);
        }
    }
    *w = (struct resample_weights){.size = SIDE,
                                   .results = RESULTS,
                                   .taps = taps,
                                   .start = start,
                                   .count = count,
                                   .weight = weight,
                                   .split = split,
                                   .split_start = split_start};
}

/* Whatever this CPU does gives the bytes of the plain loops. */
TEST(resample_sums_agree)
{
    const struct resample_sums *best = resample_sums_best();
    static unsigned char rows[MOST_TAPS * 3 * SIDE + RESAMPLE_SLACK];
    unsigned char want[3 * SIDE], got[3 * SIDE];
    struct resample_weights w;
    struct rng r;
    rng_seed(&r, 1, 0);
    if (best == &resample_sums_plain)
        SKIP("this CPU has the plain loops only");
    for (int round = 0; round < 300; round++) {
        for (size_t i = 0; i < sizeof rows; i++)
            rows[i] = (unsigned char)(round % 3 ? rng_below(&r, 256) : 255);
        int taps = 4 * (1 + (int)rng_below(&r, 8));
        random_weights(&r, &w, taps);
        resample_sums_plain.row(rows, &w, want);
        best->row(rows, &w, got);
        CHECK(memcmp(want, got, 3 * RESULTS) == 0);
        size_t stride = 1 + rng_below(&r, 3 * SIDE);
        for (int x = 0; x < RESULTS; x++) {
            resample_sums_plain.column(rows, stride, w.weight + x * taps, w.count[x], want);
            best->column(rows, stride, w.weight + x * taps, w.count[x], got);
            CHECK(memcmp(want, got, stride) == 0);
        }
    }
}

static int compare_ints(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

/* As weights are made: starts rise, and the weights lie at their taps. */
TEST(resample_rows_by_digits_agree)
{
    static unsigned char rows[RESAMPLE_ROWS][3 * SIDE + RESAMPLE_SLACK];
    int tried = 0;
    struct rng r;
    rng_seed(&r, 2, 0);
    for (int round = 0; round < 300; round++) {
        struct resample_weights w;
        unsigned char want[3 * SIDE], got[RESAMPLE_ROWS][3 * RESULTS + 1];
        const unsigned char *from[RESAMPLE_ROWS];
        unsigned char *to[RESAMPLE_ROWS];
        int taps = 4 * (1 + (int)rng_below(&r, 4)), first = (int)rng_below(&r, SIDE / 2);
        random_weights(&r, &w, taps);
        w.results = 1 + (int)rng_below(&r, RESULTS);
        for (int x = 0; x < RESULTS; x++) /* near each other, or they would never fit */
            w.start[x] = first + (int)rng_below(&r, 20);
        qsort(w.start, RESULTS, sizeof *w.start, compare_ints);
        for (int x = 0; x < RESULTS; x++) {
            if (w.start[x] + w.count[x] > SIDE)
                w.start[x] = SIDE - w.count[x];
            w.split_start[x] = w.start[x] + taps > SIDE ? SIDE - taps : w.start[x];
        }
        resample_make_digits(&w);
        tried += w.digits != NULL;
        for (int k = 0; k < RESAMPLE_ROWS; k++) {
            for (int i = 0; i < 3 * SIDE; i++)
                rows[k][i] = (unsigned char)(round % 3 ? rng_below(&r, 256) : 255);
            from[k] = rows[k];
            to[k] = got[k];
            got[k][3 * w.results] = 77;
        }
        if (w.digits)
            resample_rows_digits(from, &w, to);
        for (int k = 0; w.digits && k < RESAMPLE_ROWS; k++) {
            resample_sums_plain.row(rows[k], &w, want);
            CHECK(memcmp(want, got[k], 3 * (size_t)w.results) == 0);
            CHECK_INT(got[k][3 * w.results], 77); /* nothing written behind the row */
        }
        free(w.digits);
    }
    if (tried == 0)
        SKIP("this CPU has no products of bytes");
}

TEST(resample_refuses_what_cannot_be)
{
    struct image in = picture(10, 10), out;
    struct status st = {0};
    static const struct resample_box boxes[] = {{-1, 0, 5, 5}, {0, 0, 10.5f, 5}, {5, 0, 5, 5},
                                                {0, 6, 5, 5},  {NAN, 0, 5, 5},   {0, 0, NAN, 5}};
    static const struct resample_window windows[] = {
        {-1, 0, 5, 5}, {0, 0, 6, 5}, {0, 1, 5, 5}, {0, 0, 0, 5}, {2147483647, 0, 1, 1}};
    static const int sizes[][2] = {{0, 5}, {5, 0}, {-1, 5}};
    for (size_t i = 0; i < sizeof boxes / sizeof *boxes; i++) {
        CHECK_INT(resample_resize(&in, &boxes[i], 5, 5, RESAMPLE_BILINEAR, &out, &st), -1);
        CHECK_INT(st.code, STATUS_INVALID);
        CHECK(out.rgb == NULL);
    }
    for (size_t i = 0; i < sizeof windows / sizeof *windows; i++)
        CHECK_INT(resample_resize_window(&in, NULL, 5, 5, &windows[i], RESAMPLE_BOX, &out, &st),
                  -1);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        CHECK_INT(resample_resize(&in, NULL, sizes[i][0], sizes[i][1], RESAMPLE_BOX, &out, &st),
                  -1);
    st.code = STATUS_OK;
    CHECK_INT(resample_resize(&in, NULL, 60000, 60000, RESAMPLE_BOX, &out, &st), -1);
    CHECK_INT(st.code, STATUS_LIMIT);
    image_clear(&in);
}

TEST(resample_filter_names)
{
    for (int f = RESAMPLE_BOX; f <= RESAMPLE_BICUBIC; f++)
        CHECK_INT(resample_filter_from_name(resample_filter_name((enum resample_filter)f)), f);
    CHECK_INT(resample_filter_from_name("bilinear"), RESAMPLE_BILINEAR);
    CHECK_INT(resample_filter_from_name("bicubic"), RESAMPLE_BICUBIC);
    CHECK_INT(resample_filter_from_name("lanczos"), -1);
    CHECK_INT(resample_filter_from_name(""), -1);
}

int main(int argc, char **argv)
{
    return test_main(argc, argv);
}
