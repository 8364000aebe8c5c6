#include "data/image.h"
#include "data/preprocess.h"
#include "data/scan.h"
#include "data/status.h"
#include "tests/check.h"
#include "tests/data/resample_references.h"

#include <math.h>
#include <stdio.h>
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

static struct preprocess square(int size, float crop, enum resample_filter filter)
{
    struct preprocess p = preprocess_at(&preprocess_default, size);
    p.crop = crop;
    p.filter = filter;
    return p;
}

/* Resize and CenterCrop of torchvision, byte for byte; also where the resized picture is smaller
 * than the crop (30 to 40) and the difference is odd (37 to 32). */
TEST(preprocess_least_is_twice_the_resized_picture)
{
    struct preprocess p = preprocess_default;
    CHECK_INT(preprocess_least(&p), 512); /* 2 * 224 / 0.875 */
    p.crop = 0;
    CHECK_INT(preprocess_least(&p), 0);
}

TEST(preprocess_crops_as_torchvision_does)
{
    for (size_t i = 0; i < sizeof cropped / sizeof *cropped; i++) {
        struct image in = picture(cropped[i].width, cropped[i].height), out = {0};
        struct status st = {0};
        struct preprocess p =
            square(cropped[i].input, (float)cropped[i].input / (float)cropped[i].resize,
                   cropped[i].filter);
        CHECK_INT(preprocess_crop(&in, &p, &out, &st), 0);
        CHECK_INT(out.width, cropped[i].input);
        CHECK_INT(out.height, cropped[i].input);
        size_t size = 3 * (size_t)out.width * (size_t)out.height;
        long sum = 0;
        for (size_t k = 0; k < size; k++)
            sum += out.rgb[k];
        CHECK_INT(sum, cropped[i].sum);
        CHECK_INT(out.rgb[size / 3], cropped[i].at[1]);
        CHECK_INT(out.rgb[size / 2], cropped[i].at[2]);
        if (scan_hash_bytes(out.rgb, size) != cropped[i].fnv)
            test_fail(__FILE__, __LINE__, "%d x %d resized to %d, cropped to %d by %s differs",
                      in.width, in.height, cropped[i].resize, cropped[i].input,
                      resample_filter_name(p.filter));
        image_clear(&out);
        image_clear(&in);
    }
}

/* 224 / 0.8f is a hair below 280 in double; what is meant is 280. Of a picture of one grey ramp the
 * first column of the crop tells where it began. */
TEST(preprocess_crop_of_short_decimals)
{
    static const struct {
        float crop;
        int size, side; /* floor(size / crop) in decimal */
    } cases[] = {{0.8f, 224, 280},   {0.875f, 224, 256}, {0.9f, 288, 320}, {0.95f, 224, 235},
                 {0.96f, 240, 250},  {0.965f, 224, 232}, {0.7f, 224, 320}, {0.904f, 380, 420},
                 {0.882f, 240, 272}, {1.0f, 224, 224},   {0.6f, 96, 160}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct image in, out, whole;
        struct preprocess p = square(cases[i].size, cases[i].crop, RESAMPLE_BILINEAR);
        CHECK_INT(image_new(400, 400, &in, NULL), 0);
        for (int k = 0; k < 400 * 400 * 3; k++)
            in.rgb[k] = (unsigned char)((k / 3 % 400) * 255 / 399);
        CHECK_INT(preprocess_crop(&in, &p, &out, NULL), 0);
        int side = cases[i].side, left = (int)nearbyint((side - cases[i].size) / 2.0);
        CHECK_INT(resample_resize(&in, NULL, side, side, RESAMPLE_BILINEAR, &whole, NULL), 0);
        CHECK(memcmp(out.rgb, whole.rgb + 3 * (left * side + left), 3 * (size_t)out.width) == 0);
        image_clear(&in);
        image_clear(&out);
        image_clear(&whole);
    }
}

TEST(preprocess_input_that_is_not_square)
{
    struct image in = picture(100, 60), out, whole;
    struct preprocess p = square(32, 1.0f, RESAMPLE_BICUBIC);
    p.height = 16; /* 100 x 60 covers 32 x 16 at 32 x 19.2 */
    CHECK_INT(preprocess_crop(&in, &p, &out, NULL), 0);
    CHECK_INT(out.width, 32);
    CHECK_INT(out.height, 16);
    CHECK_INT(resample_resize(&in, NULL, 32, 19, RESAMPLE_BICUBIC, &whole, NULL), 0);
    CHECK(memcmp(out.rgb, whole.rgb + 3 * 2 * 32, 3 * 32 * 16) == 0); /* 1.5 rounds to 2 */
    image_clear(&in);
    image_clear(&out);
    image_clear(&whole);
}

TEST(preprocess_long_and_thin)
{
    struct image in, out;
    struct status st = {0};
    struct preprocess p = square(224, 0.875f, RESAMPLE_BICUBIC);
    CHECK_INT(image_new(1000000, 1, &in, NULL), 0);
    memset(in.rgb, 99, 3000000);
    CHECK_INT(preprocess_crop(&in, &p, &out, &st), 0); /* the whole would have 2^36 pixels */
    CHECK_INT(out.rgb[0], 99);
    image_clear(&out);
    image_clear(&in);
    CHECK_INT(image_new(16000000, 1, &in, NULL), 0);
    CHECK_INT(preprocess_crop(&in, &p, &out, &st), -1);
    CHECK_INT(st.code, STATUS_LIMIT);
    CHECK_CONTAINS(st.text, "16000000 x 1");
    image_clear(&in);
}

TEST(preprocess_refuses_impossible_inputs)
{
    struct image in = picture(10, 10), out;
    struct status st = {0};
    static const float crops[] = {0.0f, -1.0f, NAN};
    for (size_t i = 0; i < 3; i++) {
        struct preprocess p = square(32, crops[i], RESAMPLE_BICUBIC);
        CHECK_INT(preprocess_crop(&in, &p, &out, &st), -1);
        CHECK_INT(st.code, STATUS_INVALID);
    }
    struct preprocess p = square(0, 1, RESAMPLE_BICUBIC);
    CHECK_INT(preprocess_crop(&in, &p, &out, &st), -1);
    image_clear(&in);
}

TEST(preprocess_normalises)
{
    struct image in;
    struct preprocess p = square(2, 1.0f, RESAMPLE_BILINEAR);
    float x[12];
    CHECK_INT(image_new(2, 2, &in, NULL), 0);
    for (int i = 0; i < 12; i++)
        in.rgb[i] = (unsigned char)(i * 23);
    CHECK_INT(preprocess_image(&in, &p, x, NULL), 0);
    for (int i = 0; i < 12; i++)
        CHECK_NEAR((double)x[i], (i * 23 / 255.0 - (double)p.mean[i % 3]) / (double)p.std[i % 3],
                   1e-6);
    CHECK_NEAR((double)x[0], -0.485 / 0.229, 1e-6); /* ImageNet's */
    image_clear(&in);
}

/* From parity/photos.json: photos as PNG, resized to 256, cropped to 224 by Pillow. */
struct photo {
    const char *name;
    enum resample_filter filter;
    long sum[3];
    int at[6][5]; /* row, column, red, green, blue */
};

static const struct photo photos[] = {
#include "tests/data/photo_references.h"
};

TEST(preprocess_real_photos_within_one_level)
{
    if (!test_data("parity/photos"))
        SKIP("parity/photos is not there");
    for (size_t i = 0; i < sizeof photos / sizeof *photos; i++) {
        struct image in, out;
        struct status st = {0};
        char path[200];
        snprintf(path, sizeof path, "parity/photos/%s", photos[i].name);
        const char *file = test_data(path);
        struct preprocess p = square(224, 0.875f, photos[i].filter);
        if (!CHECK(file && image_load(file, 0, &in, &st) == 0))
            continue;
        CHECK_INT(preprocess_crop(&in, &p, &out, &st), 0);
        long sum[3] = {0};
        for (int k = 0; k < 3 * 224 * 224; k++)
            sum[k % 3] += out.rgb[k];
        for (int c = 0; c < 3; c++)
            CHECK_NEAR((double)sum[c], (double)photos[i].sum[c], 100); /* of 50,176 pixels */
        for (int k = 0; k < 6; k++)
            for (int c = 0; c < 3; c++)
                CHECK_NEAR(out.rgb[3 * (photos[i].at[k][0] * 224 + photos[i].at[k][1]) + c],
                           photos[i].at[k][2 + c], 1);
        image_clear(&in);
        image_clear(&out);
    }
}

int main(int argc, char **argv)
{
    return test_main(argc, argv);
}
