#include "data/exif.h"
#include "data/image.h"
#include "data/status.h"
#include "tests/check.h"
#include "tests/data/tiny.h"

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct tiny *find(const char *name)
{
    for (int i = 0; i < TINY_COUNT; i++)
        if (strcmp(tiny[i].name, name) == 0)
            return &tiny[i];
    abort();
}

/* A copy of exactly this size, so that a sanitizer sees what is read behind its end. */
static unsigned char *copy_of(const void *bytes, size_t size)
{
    unsigned char *copy = malloc(size ? size : 1);
    if (!copy)
        abort();
    memcpy(copy, bytes, size);
    return copy;
}

static int decode(const void *bytes, size_t size, struct image *out, struct status *st)
{
    unsigned char *copy = copy_of(bytes, size);
    int result = image_decode(copy, size, "a.pic", 0, out, st);
    free(copy);
    return result;
}

/* Must fail, with the file's name and this in the message. */
static void check_fails(const void *bytes, size_t size, const char *part)
{
    struct image image;
    struct status st = {0};
    if (CHECK_INT(decode(bytes, size, &image, &st), -1)) {
        CHECK_CONTAINS(st.text, "a.pic: ");
        CHECK_CONTAINS(st.text, part);
        CHECK(image.rgb == NULL);
    }
    image_clear(&image);
}

TEST(image_decodes_every_kind_as_pillow_does)
{
    for (int i = 0; i < TINY_COUNT; i++) {
        const struct tiny *t = &tiny[i];
        struct image image = {0};
        struct status st = {0};
        if (decode(t->bytes, t->size, &image, &st) != 0) {
            test_fail(__FILE__, __LINE__, "%s: %s", t->name, st.text);
            continue;
        }
        if (CHECK_INT(image.width, t->width) && CHECK_INT(image.height, t->height)) {
            int most = 0;
            for (int k = 0; k < 3 * t->width * t->height; k++)
                if (abs(image.rgb[k] - t->rgb[k]) > most)
                    most = abs(image.rgb[k] - t->rgb[k]);
            if (most > t->near)
                test_fail(__FILE__, __LINE__, "%s: a value differs by %d", t->name, most);
        }
        image_clear(&image);
        image_clear(&image);
    }
}

TEST(image_probe_tells_size_and_format)
{
    for (int i = 0; i < TINY_COUNT; i++) {
        const struct tiny *t = &tiny[i];
        struct image_info info = {0};
        struct status st = {0};
        CHECK_INT(image_probe(t->bytes, t->size, t->name, &info, &st), 0);
        CHECK_INT(info.width, t->width);
        CHECK_INT(info.height, t->height);
        CHECK_TEXT(info.format, t->format);
    }
}

/* Half a picture is never a picture, wherever it is cut. What a format has behind its last pixel
 * may be missing: nothing of a JPEG or PNG (the end mark), in a GIF the second frame, in a text the
 * last line's end. */
TEST(image_cut_anywhere_is_an_error)
{
    for (int i = 0; i < TINY_COUNT; i++) {
        const struct tiny *t = &tiny[i];
        int png_or_jpeg = strcmp(t->format, "PNG") == 0 || strcmp(t->format, "JPEG") == 0;
        size_t whole = t->size;
        for (size_t size = 0; size < t->size; size++) {
            struct image image = {0};
            struct status st = {0};
            if (decode(t->bytes, size, &image, &st) == 0) {
                whole = size < whole ? size : whole;
                CHECK(memcmp(image.rgb, t->rgb, (size_t)image.width * 3) == 0 || t->near > 0);
            } else {
                CHECK_CONTAINS(st.text, "a.pic: ");
                CHECK(image.rgb == NULL);
            }
            image_clear(&image);
        }
        if (png_or_jpeg && whole != t->size)
            test_fail(__FILE__, __LINE__, "%s: %zu of its %zu bytes were enough", t->name, whole,
                      t->size);
        if (whole < t->size / 2)
            test_fail(__FILE__, __LINE__, "%s: %zu of its %zu bytes were enough", t->name, whole,
                      t->size);
    }
}

/* Formats without an end mark: the pixels that a shorter file gives must be all there are. */
TEST(image_without_its_last_pixel_is_an_error)
{
    static const char *const names[] = {"bmp", "bmp_palette", "ppm", "pgm", "pgm_16bit", "pbm"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const struct tiny *t = find(names[i]);
        size_t filling = strncmp(names[i], "bmp", 3) == 0; /* rows end at multiples of 4 bytes */
        if (strcmp(names[i], "bmp_palette") == 0)
            filling = 3;
        check_fails(t->bytes, t->size - filling - 1, "is cut short");
    }
}

TEST(image_cut_short_says_so)
{
    static const char *const names[] = {"jpeg", "jpeg_progressive", "png", "gif", "bmp", "ppm"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const struct tiny *t = find(names[i]);
        check_fails(t->bytes, t->size * 3 / 4, "is cut short: the file ends after");
    }
}

/* What cameras and phones put behind the picture is no reason to refuse it. */
TEST(image_with_something_behind_it_is_whole)
{
    for (int i = 0; i < TINY_COUNT; i++) {
        const struct tiny *t = &tiny[i];
        unsigned char *longer = malloc(t->size + 100);
        struct image image = {0};
        struct status st = {0};
        memcpy(longer, t->bytes, t->size);
        memset(longer + t->size, '\n', 100);
        if (image_decode(longer, t->size + 100, "a.pic", 0, &image, &st) != 0)
            test_fail(__FILE__, __LINE__, "%s: %s", t->name, st.text);
        image_clear(&image);
        free(longer);
    }
}

/* Every flipped bit of the pixels of a PNG is found by the check sums. */
TEST(image_png_check_sums)
{
    const struct tiny *t = find("png");
    for (size_t at = 8; at < t->size; at++) {
        unsigned char *damaged = copy_of(t->bytes, t->size);
        struct image image = {0};
        struct status st = {0};
        damaged[at] ^= 0x10;
        CHECK_INT(image_decode(damaged, t->size, "a.pic", 0, &image, &st), -1);
        image_clear(&image);
        free(damaged);
    }
}

static void put32(unsigned char *at, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        at[i] = (unsigned char)(value >> (24 - 8 * i));
}

/* 60,000 x 60,000 in a file of a few bytes: refused by its header, with both numbers, before
 * anything is allocated; also when the header is all there is. */
TEST(image_too_large_by_its_header)
{
    unsigned char header[33];
    struct image_info info;
    struct status st = {0};
    memcpy(header, find("png")->bytes, sizeof header);
    put32(header + 16, 60000);
    put32(header + 20, 60000);
    check_fails(header, sizeof header, "60000 x 60000");
    check_fails(header, sizeof header, "3600 million");
    check_fails(header, sizeof header, "120 million");
    CHECK_INT(image_probe(header, sizeof header, "b.png", &info, &st), -1);
    CHECK_INT(st.code, STATUS_LIMIT);
    put32(header + 16, 0xFFFFFFFF);
    put32(header + 20, 0xFFFFFFFF);
    check_fails(header, sizeof header, "too large");
    put32(header + 16, 0);
    check_fails(header, sizeof header, "no pixels");
}

TEST(image_too_large_in_every_format)
{
    unsigned char gif[13] = "GIF89a\xff\xff\xff\xff\0\0";
    unsigned char bmp[54];
    check_fails(gif, sizeof gif, "65535 x 65535");
    memcpy(bmp, find("bmp")->bytes, sizeof bmp);
    memcpy(bmp + 18, "\xff\xff\xff\x7f\0\0\0\x80", 8); /* the height: -2^31 */
    check_fails(bmp, sizeof bmp, "2147483647 x 2147483648");
    check_fails("P5 2000000000 2000000000 255\n1234", 33, "2000000000 x 2000000000");
    check_fails("P5 99999999999999999999 1 255\n1234", 34, "damaged");
    unsigned char *jpeg = copy_of(find("jpeg")->bytes, find("jpeg")->size);
    size_t at = 0;
    while (memcmp(jpeg + at, "\xff\xc0\0\x11\x08", 5) != 0)
        at++;
    memset(jpeg + at + 5, 0xFF, 4);
    check_fails(jpeg, find("jpeg")->size, "65535 x 65535");
    /* Within the limit, but more pixels than its bytes can say. */
    memcpy(jpeg + at + 5, "\x20\0\x20\0", 4);
    check_fails(jpeg, find("jpeg")->size, "a.pic: ");
    free(jpeg);
}

TEST(image_that_is_none_says_what_it_looks_like)
{
    static const struct {
        const char *bytes;
        size_t size;
        const char *part;
    } cases[] = {
        {"", 0, "is empty (0 bytes)"},
        {"hello, this is text\n", 20, "is text, not a picture"},
        {"\xea\xb0\x80\xeb\x82\x98", 6, "is text"},
        {"<!DOCTYPE html><title>404", 25, "a web page"},
        {"RIFF\x10\0\0\0WEBPVP8 ", 16, "a WebP picture; save it as"},
        {"\0\0\0\x18"
         "ftypheic\0\0\0\0",
         16, "a HEIC picture"},
        {"\0\0\0\x18"
         "ftypavif\0\0\0\0",
         16, "an AVIF picture"},
        {"\0\0\0\x18"
         "ftypisom\0\0\0\0",
         16, "a film, not a picture"},
        {"II*\0\x08\0\0\0", 8, "a TIFF picture"},
        {"%PDF-1.7\n", 9, "a PDF document, not a picture"},
        {"PK\3\4\x14\0\0\0", 8, "a ZIP archive"},
        {"version https://git-lfs.github.com/spec/v1\n", 43, "Git LFS"},
        {"\0\0\0\0\0\0\0\0", 8, "nothing but zeros"},
        {"\x01\x02\x03\x04\x05", 5, "is not a picture that can be read"},
        {"P", 1, "is text"},
        {"\xff\xd8\xff", 3, "is cut short"},
        {"\xff\xd8\xff\xd9", 4, "there is no picture in it"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check_fails(cases[i].bytes, cases[i].size, cases[i].part);
}

/* A JPEG with this APP1 segment behind its first two bytes. */
static unsigned char *with_exif(const struct tiny *t, const void *tiff, size_t size, size_t *total)
{
    size_t length = 2 + 6 + size;
    unsigned char *out = malloc(t->size + 2 + length);
    if (!out)
        abort();
    memcpy(out, t->bytes, 2);
    memcpy(out + 2, "\xff\xe1", 2);
    out[4] = (unsigned char)(length >> 8);
    out[5] = (unsigned char)length;
    memcpy(out + 6, "Exif\0\0", 6);
    memcpy(out + 12, tiff, size);
    memcpy(out + 12 + size, t->bytes + 2, t->size - 2);
    *total = t->size + 2 + length;
    return out;
}

static const char exif_intel[] = "II*\0\x08\0\0\0\2\0"
                                 "\x10\x01\2\0\1\0\0\0\0\0\0\0"
                                 "\x12\x01\3\0\1\0\0\0\6\0\0\0"
                                 "\0\0\0";
static const char exif_motorola[] = "MM\0*\0\0\0\x08\0\1"
                                    "\x01\x12\0\3\0\0\0\1\0\6\0\0"
                                    "\0\0\0";

TEST(image_exif_of_a_jpeg_in_both_byte_orders)
{
    static const struct {
        const char *tiff;
        size_t size;
    } cases[] = {{exif_intel, sizeof exif_intel}, {exif_motorola, sizeof exif_motorola}};
    const struct tiny *t = find("jpeg");
    struct image upright = {0};
    CHECK_INT(decode(t->bytes, t->size, &upright, NULL), 0);
    for (size_t i = 0; i < 2; i++) {
        struct image turned = {0};
        struct image_info info;
        size_t size;
        unsigned char *bytes = with_exif(t, cases[i].tiff, cases[i].size, &size);
        CHECK_INT(image_probe(bytes, size, "a", &info, NULL), 0);
        CHECK_INT(info.width, t->height);
        CHECK_INT(info.height, t->width);
        CHECK_INT(decode(bytes, size, &turned, NULL), 0);
        /* Orientation 6: the stored left column is the top row, from right to left. */
        if (CHECK_INT(turned.width, t->height) && CHECK_INT(turned.height, t->width))
            for (int y = 0; y < turned.height; y++)
                for (int x = 0; x < turned.width; x++)
                    CHECK(memcmp(turned.rgb + 3 * (y * turned.width + x),
                                 upright.rgb + 3 * ((upright.height - 1 - x) * upright.width + y),
                                 3) == 0);
        image_clear(&turned);
        free(bytes);
    }
    image_clear(&upright);
}

TEST(exif_orientation_of_damaged_blocks_is_upright)
{
    char block[sizeof exif_intel];
    const unsigned char *bytes = (const unsigned char *)block;
    memcpy(block, exif_intel, sizeof block);
    CHECK_INT(exif_orientation(bytes, sizeof block), 6);
    for (size_t size = 0; size < 34; size++) {
        unsigned char *copy = copy_of(block, size);
        CHECK_INT(exif_orientation(copy, size), 1);
        free(copy);
    }
    block[30] = 9;
    CHECK_INT(exif_orientation(bytes, sizeof block), 1);
    block[30] = 0;
    CHECK_INT(exif_orientation(bytes, sizeof block), 1);
    memcpy(block + 4, "\xff\xff\xff\xff", 4); /* the list lies far outside */
    CHECK_INT(exif_orientation(bytes, sizeof block), 1);
    memcpy(block, "II+\0", 4);
    CHECK_INT(exif_orientation(bytes, sizeof block), 1);
}

/* A PNG with an eXIf chunk behind its header; the check sum of such a chunk is not looked at. */
static unsigned char *png_turned(int orientation, size_t *total)
{
    enum { HEADER = 33, CHUNK = 12 + (int)sizeof exif_motorola - 1 };
    unsigned char *out = calloc(sizeof tiny_gradient + CHUNK, 1);
    if (!out)
        abort();
    memcpy(out, tiny_gradient, HEADER);
    put32(out + HEADER, CHUNK - 12);
    memcpy(out + HEADER + 4, "eXIf", 4);
    memcpy(out + HEADER + 8, exif_motorola, CHUNK - 12);
    out[HEADER + 8 + 19] = (unsigned char)orientation;
    memcpy(out + HEADER + CHUNK, tiny_gradient + HEADER, sizeof tiny_gradient - HEADER);
    *total = sizeof tiny_gradient + CHUNK;
    return out;
}

/* From the EXIF standard: which side of the scene row 0 and column 0 of the file are. */
TEST(image_turned_by_every_orientation)
{
    enum { W = 70, H = 45 };
    for (int orientation = 1; orientation <= 8; orientation++) {
        size_t size;
        struct image image = {0};
        struct status st = {0};
        unsigned char *bytes = png_turned(orientation, &size);
        int wrong = 0;
        CHECK_INT(image_decode(bytes, size, "a.png", 0, &image, &st), 0);
        CHECK_INT(image.width, orientation < 5 ? W : H);
        CHECK_INT(image.height, orientation < 5 ? H : W);
        for (int y = 0; y < image.height; y++)
            for (int x = 0; x < image.width; x++) {
                const int from[9][2] = {
                    {0, 0},         {x, y}, {W - 1 - x, y}, {W - 1 - x, H - 1 - y},
                    {x, H - 1 - y}, {y, x}, {y, H - 1 - x}, {W - 1 - y, H - 1 - x},
                    {W - 1 - y, x}};
                int u = from[orientation][0], v = from[orientation][1];
                const unsigned char *p = image.rgb + 3 * (y * image.width + x);
                wrong += p[0] != 3 * u || p[1] != 5 * v || p[2] != u + v;
            }
        CHECK_INT(wrong, 0);
        image_clear(&image);
        free(bytes);
    }
}

/* Every picture, whole and damaged, so that stb_image's messages are made too. */
static void *decode_all(void *arg)
{
    int *wrong = arg;
    for (int round = 0; round < 20; round++)
        for (int i = 0; i < TINY_COUNT; i++) {
            struct image image = {0};
            struct status st = {0};
            size_t size = round % 2 ? tiny[i].size : tiny[i].size / 2;
            int failed = decode(tiny[i].bytes, size, &image, &st) != 0;
            *wrong += failed == round % 2;
            image_clear(&image);
        }
    return NULL;
}

TEST(image_from_several_threads)
{
    pthread_t threads[4];
    int wrong[4] = {0};
    for (int i = 0; i < 4; i++)
        CHECK_INT(pthread_create(&threads[i], NULL, decode_all, &wrong[i]), 0);
    for (int i = 0; i < 4; i++) {
        CHECK_INT(pthread_join(threads[i], NULL), 0);
        CHECK_INT(wrong[i], 0);
    }
}

/* Where the segment with this marker begins. */
static size_t find_marker(const unsigned char *bytes, size_t size, int marker)
{
    for (size_t i = 0; i + 1 < size; i++)
        if (bytes[i] == 0xFF && bytes[i + 1] == marker)
            return i;
    abort();
}

TEST(image_takes_a_jpeg_with_harmless_oddities_and_no_other)
{
    const struct tiny *t = find("jpeg");
    struct image image;
    struct status st = {0};
    unsigned char *odd = copy_of(t->bytes, t->size);
    size_t sos = find_marker(odd, t->size, 0xDA);
    odd[sos + 4 + 1 + 2 * 3 + 1] = 0; /* a baseline scan's last coefficient, 63 by the book */
    if (CHECK_INT(decode(odd, t->size, &image, &st), 0))
        for (int k = 0; k < 3 * t->width * t->height; k++)
            CHECK(abs(image.rgb[k] - t->rgb[k]) <= t->near);
    image_clear(&image);
    free(odd);

    /* Bytes that belong to nothing, before the end mark: a few are padding, many are not. */
    for (size_t extra = 8; extra <= 64; extra += 56) {
        unsigned char *longer = calloc(t->size + extra, 1);
        if (!longer)
            abort();
        memcpy(longer, t->bytes, t->size - 2);
        memset(longer + t->size - 2, 0x55, extra);
        memcpy(longer + t->size - 2 + extra, t->bytes + t->size - 2, 2);
        CHECK_INT(decode(longer, t->size + extra, &image, &st), extra < 16 ? 0 : -1);
        image_clear(&image);
        free(longer);
    }
}

TEST(image_halves_a_large_jpeg_as_pillow_does)
{
    struct image image;
    struct status st = {0};
    const struct tiny *t = find("jpeg_420"), *png = find("png_interlaced");
    const char *jpeg = test_write("large.jpg", t->bytes, t->size);
    for (int least = 4; least <= 6; least++) { /* a quarter would be 3 pixels high */
        if (!CHECK_INT(image_load(jpeg, least, &image, &st), 0))
            return;
        if (CHECK_INT(image.width, 10) && CHECK_INT(image.height, 7))
            for (int k = 0; k < 3 * 10 * 7; k++)
                CHECK(abs(image.rgb[k] - tiny_jpeg_half_rgb[k]) <= 1);
        image_clear(&image);
    }
    CHECK_INT(image_load(jpeg, 7, &image, &st), 0); /* 6 rows and a half are fewer */
    CHECK_INT(image.width, t->width);
    CHECK_INT(image.height, t->height);
    image_clear(&image);
    CHECK_INT(image_load(test_write("l.png", png->bytes, png->size), 1, &image, &st), 0);
    CHECK_INT(image.width, png->width);
    image_clear(&image);
}

TEST(image_load_says_what_is_wrong)
{
    struct image image;
    struct status st = {0};
    const struct tiny *t = find("png");
    CHECK_INT(image_load(test_write("ok.png", t->bytes, t->size), 0, &image, &st), 0);
    CHECK_INT(image.width, t->width);
    image_clear(&image);
    CHECK_INT(image_load(test_folder(), 0, &image, &st), -1);
    CHECK_CONTAINS(st.text, "is a folder");
    CHECK(image.rgb == NULL);
    CHECK_INT(image_load(test_path("none.png"), 0, &image, &st), -1);
    CHECK_INT(st.code, STATUS_MISSING);
    CHECK_INT(image_load(test_write("empty.png", "", 0), 0, &image, &st), -1);
    CHECK_CONTAINS(st.text, "empty.png: is empty");
    const char *large = test_write("large.png", t->bytes, t->size);
    CHECK_INT(truncate(large, (off_t)IMAGE_MAX_BYTES + 1), 0);
    CHECK_INT(image_load(large, 0, &image, &st), -1);
    CHECK_INT(st.code, STATUS_LIMIT);
    CHECK_CONTAINS(st.text, "268435457 bytes");
}

TEST(image_load_needs_permission)
{
    struct image image;
    struct status st = {0};
    if (geteuid() == 0)
        SKIP("the superuser may read everything");
    const char *path = test_write("a.png", "x", 1);
    chmod(path, 0);
    CHECK_INT(image_load(path, 0, &image, &st), -1);
    CHECK_INT(st.code, STATUS_DENIED);
    CHECK_CONTAINS(st.text, "a.png");
}

TEST(image_new_within_limits)
{
    struct image image;
    struct status st = {0};
    CHECK_INT(image_new(3, 2, &image, &st), 0);
    memset(image.rgb, 1, 18);
    image_clear(&image);
    CHECK_INT(image_new(0, 2, &image, &st), -1);
    CHECK_INT(image_new(2, -1, &image, &st), -1);
    CHECK_INT(image_new(60000, 60000, &image, &st), -1);
    CHECK_INT(st.code, STATUS_LIMIT);
    CHECK(image.rgb == NULL);
}

TEST(image_names)
{
    static const char *const yes[] = {"a.jpg", "a.JPG", "x/y.z/a.jpeg", "a.b.png", "a.Bmp",
                                      "a.gif", "a.ppm", "a.pgm",        "a.pnm",   "a.jpg.PNG"};
    static const char *const no[] = {"a", "a.txt", "jpg", "a.jpg/b", "a.jpgx", "a.", "", "a.tiff"};
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
        CHECK(image_has_photo_name(yes[i]));
    for (size_t i = 0; i < sizeof no / sizeof *no; i++)
        CHECK(!image_has_photo_name(no[i]));
}

/* A photo of a camera, cut at many lengths: each is an error, and only the whole is a picture. */
TEST(image_real_photo_cut_anywhere_is_an_error)
{
    const char *path =
        test_data("photos/grocery/train/Fruit/Apple/Granny-Smith/Granny-Smith_001.jpg");
    if (!path)
        SKIP("photos/grocery is not there");
    struct image image;
    struct status st = {0};
    CHECK_INT(image_load(path, 0, &image, &st), 0);
    CHECK_INT(image.width, 348);
    image_clear(&image);
    struct stat info;
    CHECK_INT(stat(path, &info), 0);
    size_t total = (size_t)info.st_size;
    char *bytes = malloc(total);
    FILE *f = fopen(path, "rb");
    if (!CHECK(bytes && f && fread(bytes, 1, total, f) == total))
        abort();
    fclose(f);
    for (size_t k = 1; k <= 60; k++)
        check_fails(bytes, total - total * k / 61, "is cut short");
    for (size_t k = 1; k <= 20; k++)
        check_fails(bytes, total - k, "is cut short");
    free(bytes);
}

int main(int argc, char **argv)
{
    return test_main(argc, argv);
}
