#include "data/augment.h"
#include "data/image.h"
#include "data/preprocess.h"
#include "data/rng.h"
#include "data/status.h"
#include "tests/check.h"

#include <math.h>
#include <string.h>

enum { SIZE = 32, VALUES = 3 * SIZE * SIZE };

/* Left to right red grows, top to bottom green: a view tells where it was taken. */
static struct image ramps(int width, int height)
{
    struct image image;
    if (!CHECK_INT(image_new(width, height, &image, NULL), 0))
        return image;
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++) {
            unsigned char *p = image.rgb + 3 * (y * width + x);
            p[0] = (unsigned char)(x * 255 / (width > 1 ? width - 1 : 1));
            p[1] = (unsigned char)(y * 255 / (height > 1 ? height - 1 : 1));
            p[2] = 50;
        }
    return image;
}

/* Values as they are: 0 to 255. */
static struct preprocess plain(void)
{
    struct preprocess p = preprocess_at(&preprocess_default, SIZE);
    for (int c = 0; c < 3; c++) {
        p.mean[c] = 0;
        p.std[c] = 1 / 255.0f;
    }
    return p;
}

static const struct augment nothing = {1, 1, 1, 0, 0, 0, 0};

TEST(augment_same_state_same_view)
{
    struct image in = ramps(80, 60);
    struct preprocess p = preprocess_at(&preprocess_default, SIZE);
    static float a[VALUES], b[VALUES], c[VALUES];
    struct rng r;
    rng_seed(&r, 1, 2);
    CHECK_INT(augment_view(&in, &augment_from_scratch, &p, &r, a, NULL), 0);
    CHECK_INT(augment_view(&in, &augment_from_scratch, &p, &r, c, NULL), 0);
    rng_seed(&r, 1, 2);
    CHECK_INT(augment_view(&in, &augment_from_scratch, &p, &r, b, NULL), 0);
    CHECK(memcmp(a, b, sizeof a) == 0);
    CHECK(memcmp(a, c, sizeof a) != 0);
    image_clear(&in);
}

TEST(augment_nothing_is_the_resized_picture)
{
    struct image in = ramps(64, 64), want;
    struct preprocess p = preprocess_at(&preprocess_default, SIZE);
    static float x[VALUES], y[VALUES];
    struct rng r;
    rng_seed(&r, 1, 1);
    CHECK_INT(augment_view(&in, &nothing, &p, &r, x, NULL), 0);
    CHECK_INT(resample_resize(&in, NULL, SIZE, SIZE, RESAMPLE_BILINEAR, &want, NULL), 0);
    preprocess_normalise(&want, &p, y);
    for (int i = 0; i < VALUES; i++)
        CHECK_NEAR((double)x[i], (double)y[i], 1e-5);
    image_clear(&want);
    image_clear(&in);
}

TEST(augment_crops_have_their_areas_and_shapes)
{
    struct image in = ramps(200, 200);
    struct preprocess p = plain();
    struct augment a = nothing;
    static float x[VALUES];
    struct rng r;
    double least = 2, most = 0, tallest = 1, widest = 1, left = 0;
    a.area_min = 0.25f;
    a.aspect_max = 1.5f;
    rng_seed(&r, 5, 0);
    for (int i = 0; i < 500; i++) {
        CHECK_INT(augment_view(&in, &a, &p, &r, x, NULL), 0);
        double w = (double)(x[3 * (SIZE - 1)] - x[0]) / 255 * SIZE / (SIZE - 1);
        double h = (double)(x[3 * SIZE * (SIZE - 1) + 1] - x[1]) / 255 * SIZE / (SIZE - 1);
        least = fmin(least, w * h);
        most = fmax(most, w * h);
        widest = fmax(widest, w / h);
        tallest = fmax(tallest, h / w);
        left += (double)x[0] / 255 / 500;
    }
    CHECK(least > 0.2 && least < 0.3);
    CHECK(most > 0.8 && most <= 1.1);
    CHECK(widest > 1.3 && widest < 1.65);
    CHECK(tallest > 1.3 && tallest < 1.65);
    CHECK(left > 0.05 && left < 0.25);
    image_clear(&in);
}

TEST(augment_least_is_twice_the_network_in_the_smallest_crop)
{
    struct augment a = nothing;
    const struct preprocess p = {.width = 100, .height = 224, .crop = 0.5f};
    a.area_min = 0.5f;
    a.aspect_max = 2; /* a crop half as wide and as high as the photo */
    CHECK_INT(augment_least(&a, &p), 896);
    CHECK_INT(augment_least(&nothing, &p), 448);
}

TEST(augment_flips_half)
{
    struct image in = ramps(64, 64);
    struct preprocess p = plain();
    struct augment a = nothing;
    static float x[VALUES];
    struct rng r;
    int flipped = 0;
    a.flip = 0.5f;
    rng_seed(&r, 6, 0);
    for (int i = 0; i < 400; i++) {
        CHECK_INT(augment_view(&in, &a, &p, &r, x, NULL), 0);
        flipped += x[0] > x[3 * (SIZE - 1)];
        CHECK(x[1] < x[3 * SIZE * (SIZE - 1) + 1]); /* never upside down */
        CHECK_NEAR((double)(x[0] + x[3 * (SIZE - 1)]), 255, 3);
    }
    CHECK(flipped > 150 && flipped < 250);
    image_clear(&in);
}

/* One colour at a time; expected values by torchvision's definitions: brightness x f; contrast
 * x f + (1 - f) mean grey; saturation x f + (1 - f) own grey; grey = .299 R + .587 G + .114 B. */
TEST(augment_colours_by_their_definitions)
{
    struct image in;
    struct preprocess p = plain();
    static float x[VALUES];
    struct rng r;
    CHECK_INT(image_new(SIZE, SIZE, &in, NULL), 0);
    for (int i = 0; i < SIZE * SIZE; i++)
        memcpy(in.rgb + 3 * i, i < SIZE * SIZE / 2 ? "\x20\x40\x60" : "\x60\x40\x20", 3);
    double dark = 0.299 * 32 + 0.587 * 64 + 0.114 * 96;
    double light = 0.299 * 96 + 0.587 * 64 + 0.114 * 32;
    double low = 2, high = 0;
    rng_seed(&r, 7, 0);
    for (int i = 0; i < 200; i++) {
        struct augment a = nothing;
        a.brightness = i % 3 == 0 ? 0.4f : 0;
        a.contrast = i % 3 == 1 ? 0.4f : 0;
        a.saturation = i % 3 == 2 ? 0.4f : 0;
        CHECK_INT(augment_view(&in, &a, &p, &r, x, NULL), 0);
        double offset = i % 3 == 0 ? 0 : i % 3 == 1 ? (dark + light) / 2 : dark;
        double f = ((double)x[0] - offset) / (32 - offset);
        CHECK(f > 0.6 - 1e-3 && f < 1.4 + 1e-3);
        CHECK_NEAR((double)x[1], 64 * f + (1 - f) * offset, 1e-2);
        CHECK_NEAR((double)x[2], 96 * f + (1 - f) * offset, 1e-2);
        low = fmin(low, f);
        high = fmax(high, f);
    }
    CHECK(low < 0.7 && high > 1.3);
    image_clear(&in);
}

TEST(augment_values_stay_in_range)
{
    struct image in = ramps(50, 40);
    struct preprocess p = plain();
    static float x[VALUES];
    struct rng r;
    struct augment a = augment_from_scratch;
    a.brightness = a.contrast = a.saturation = 1;
    rng_seed(&r, 8, 0);
    for (int i = 0; i < 100; i++) {
        CHECK_INT(augment_view(&in, &a, &p, &r, x, NULL), 0);
        for (int k = 0; k < VALUES; k++)
            if (!(x[k] >= -0.01f && x[k] <= 255.01f)) {
                test_fail(__FILE__, __LINE__, "value %g", (double)x[k]);
                break;
            }
    }
    image_clear(&in);
}

/* No crop of the asked shape fits into these: the centre is taken, and every size works. */
TEST(augment_of_thin_and_tiny_pictures)
{
    static const int sizes[][2] = {{1, 1}, {2, 1}, {1, 500}, {500, 1}, {3, 300}, {300, 3}};
    struct preprocess p = plain();
    static float x[VALUES];
    struct rng r;
    rng_seed(&r, 9, 0);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct image in = ramps(sizes[i][0], sizes[i][1]);
        struct status st = {0};
        for (int k = 0; k < 50; k++)
            if (augment_view(&in, &augment_from_scratch, &p, &r, x, &st) != 0)
                test_fail(__FILE__, __LINE__, "%d x %d: %s", in.width, in.height, st.text);
        image_clear(&in);
    }
}

int main(int argc, char **argv)
{
    return test_main(argc, argv);
}
