/* Photos as sixels and half blocks: what was encoded is decoded again by a decoder of the test's
 * own and compared with what was meant. */
#include "tests/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/image.h"
#include "data/status.h"
#include "tui/terminal/blocks.h"
#include "tui/terminal/picture.h"
#include "tui/terminal/sixel.h"

/* ---- a small sixel decoder ---- */

struct sixels {
    int width, height; /* raster attributes */
    int registers;     /* how many were defined */
    int overshoot;     /* something was drawn outside */
    unsigned palette[256];
    unsigned char *at; /* register of each pixel */
};

static int number(const char **p)
{
    int n = 0;
    while (**p >= '0' && **p <= '9')
        n = n * 10 + *(*p)++ - '0';
    return n;
}

static void read_color(const char **p, struct sixels *s, int *color)
{
    int v[5] = {0}, n = 0;
    v[n++] = number(p);
    while (**p == ';' && n < 5) {
        ++*p;
        v[n++] = number(p);
    }
    *color = v[0] & 255;
    if (n == 5 && v[1] == 2) {
        s->palette[*color] = (unsigned)((v[2] * 255 + 50) / 100) << 16 |
                             (unsigned)((v[3] * 255 + 50) / 100) << 8 |
                             (unsigned)((v[4] * 255 + 50) / 100);
        s->registers++;
    }
}

static void draw(struct sixels *s, int x, int y, int bits, int times, int color)
{
    for (; times > 0; times--, x++)
        for (int b = 0; b < 6; b++)
            if (bits >> b & 1) {
                if (x >= s->width || y + b >= s->height)
                    s->overshoot = 1;
                else
                    s->at[(size_t)(y + b) * (size_t)s->width + (size_t)x] = (unsigned char)color;
            }
}

/* 0 when the whole is a well-formed picture from DCS to ST. */
static int decode(const char *bytes, size_t size, struct sixels *s)
{
    char *text = malloc(size + 1);
    const char *p = text;
    int x = 0, y = 0, color = 0;
    memset(s, 0, sizeof *s);
    if (!text)
        return -1;
    memcpy(text, bytes, size);
    text[size] = '\0';
    int head = 0;
    if (sscanf(p, "\033Pq\"1;1;%d;%d%n", &s->width, &s->height, &head) != 2 &&
        sscanf(p, "\033P0;0;0q\"1;1;%d;%d%n", &s->width, &s->height, &head) != 2) {
        free(text);
        return -1;
    }
    s->at = calloc((size_t)s->width, (size_t)s->height);
    for (p += head; s->at && *p && *p != '\033';) {
        int times = 1;
        if (*p == '#') {
            p++;
            read_color(&p, s, &color);
        } else if (*p == '$') {
            x = 0;
            p++;
        } else if (*p == '-') {
            x = 0;
            y += 6;
            p++;
        } else if (*p == '\n' || *p == '\r') {
            p++;
        } else {
            if (*p == '!') {
                p++;
                times = number(&p);
            }
            if (*p < '?' || *p > '~')
                break;
            draw(s, x, y, *p++ - '?', times, color);
            x += times;
        }
    }
    int whole = s->at && p == text + size - 2 && p[0] == '\033' && p[1] == '\\';
    free(text);
    return whole ? 0 : -1;
}

static unsigned pixel(const struct sixels *s, int x, int y)
{
    return s->palette[s->at[(size_t)y * (size_t)s->width + (size_t)x]];
}

static double channel_error(unsigned a, unsigned b)
{
    double sum = 0;
    for (int shift = 0; shift < 24; shift += 8)
        sum += abs((int)(a >> shift & 255) - (int)(b >> shift & 255));
    return sum / 3;
}

/* ---- pictures to encode ---- */

static struct image gradient(int width, int height)
{
    struct image image;
    CHECK_INT(image_new(width, height, &image, NULL), 0);
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++) {
            unsigned char *p = image.rgb + 3 * ((size_t)y * (size_t)width + (size_t)x);
            p[0] = (unsigned char)(x * 255 / (width > 1 ? width - 1 : 1));
            p[1] = (unsigned char)(y * 255 / (height > 1 ? height - 1 : 1));
            p[2] = 128;
        }
    return image;
}

static struct image noise(int width, int height)
{
    struct image image;
    unsigned state = 12345;
    CHECK_INT(image_new(width, height, &image, NULL), 0);
    for (size_t i = 0; i < 3 * (size_t)width * (size_t)height; i++) {
        state = state * 1664525u + 1013904223u;
        image.rgb[i] = (unsigned char)(state >> 24);
    }
    return image;
}

static struct terminal_info usual(enum graphics g)
{
    return (struct terminal_info){.rows = 40,
                                  .cols = 150,
                                  .cell_width = 9,
                                  .cell_height = 19,
                                  .graphics = g,
                                  .registers = 256,
                                  .colors = 256,
                                  .background = 0x203040};
}

/* ---- sixel ---- */

TEST(sixels_decode_to_what_was_encoded)
{
    struct image image = gradient(120, 60);
    char *bytes = NULL;
    size_t size;
    struct sixels s;
    CHECK_INT(sixel_from_rgb(image.rgb, 120, 60, 256, 0x123456, &bytes, &size, NULL), 0);
    if (CHECK_INT(decode(bytes, size, &s), 0)) {
        double sum = 0;
        for (int y = 0; y < 60; y++)
            for (int x = 0; x < 120; x++) {
                const unsigned char *p = image.rgb + 3 * (y * 120 + x);
                sum += channel_error(pixel(&s, x, y),
                                     (unsigned)p[0] << 16 | (unsigned)p[1] << 8 | p[2]);
            }
        CHECK_INT(s.width, 120);
        CHECK_INT(s.height, 60);
        CHECK_INT(s.overshoot, 0);
        CHECK(s.registers <= 256);
        CHECK(sum / (120 * 60) < 6); /* 255 colours over 7,200 of them */
        CHECK(sum / (120 * 60) > 0); /* else nothing was compared */
    }
    free(s.at);
    free(bytes);
    image_clear(&image);
}

TEST(background_is_register_zero)
{
    unsigned char rgb[12 * 6 * 3];
    for (int i = 0; i < 12 * 6; i++) { /* left the background, right one shade lighter */
        int light = i % 12 >= 6;
        rgb[3 * i] = (unsigned char)(0x1e + light);
        rgb[3 * i + 1] = (unsigned char)(0x1e + light);
        rgb[3 * i + 2] = (unsigned char)(0x2e + light);
    }
    char *bytes = NULL;
    size_t size;
    struct sixels s;
    CHECK_INT(sixel_from_rgb(rgb, 12, 6, 16, 0x1e1e2e, &bytes, &size, NULL), 0);
    if (CHECK_INT(decode(bytes, size, &s), 0)) {
        CHECK(channel_error(s.palette[0], 0x1e1e2e) <= 1.5); /* registers are in per cent */
        for (int i = 0; i < 12 * 6; i++)
            CHECK_INT(s.at[i] == 0, i % 12 < 6);
    }
    free(s.at);
    free(bytes);
}

TEST(few_colours_are_few)
{
    struct image image = noise(60, 60);
    for (int colors = 2; colors <= 64; colors *= 2) {
        char *bytes = NULL;
        size_t size;
        struct sixels s;
        CHECK_INT(sixel_from_rgb(image.rgb, 60, 60, colors, 0, &bytes, &size, NULL), 0);
        CHECK_INT(decode(bytes, size, &s), 0);
        CHECK(s.registers <= colors && s.registers > 0);
        free(s.at);
        free(bytes);
    }
    image_clear(&image);
}

TEST(sizes_that_are_no_pictures_are_refused)
{
    unsigned char rgb[6 * 7 * 3] = {0};
    char *bytes;
    size_t size;
    CHECK_INT(sixel_from_rgb(rgb, 6, 7, 16, 0, &bytes, &size, NULL), -1);
    CHECK_INT(sixel_from_rgb(rgb, 0, 6, 16, 0, &bytes, &size, NULL), -1);
    CHECK_INT(sixel_from_rgb(rgb, 6, 6, 1, 0, &bytes, &size, NULL), -1);
    CHECK_INT(sixel_from_rgb(rgb, 6, 6, 257, 0, &bytes, &size, NULL), -1);
}

/* ---- pictures ---- */

TEST(picture_fills_its_pane)
{
    struct image image = gradient(200, 100);
    struct terminal_info info = usual(GRAPHICS_SIXEL);
    struct picture p;
    struct sixels s;
    CHECK_INT(picture_make(&image, 20, 40, 1, &info, PICTURE_MAX_BYTES, &p, NULL), 0);
    CHECK_INT(p.width, 40 * 9);
    CHECK_INT(p.height, 378); /* 20 x 19 = 380, in whole bands of 6 */
    if (CHECK_INT(decode(p.bytes, p.size, &s), 0)) {
        CHECK_INT(s.width, p.width);
        CHECK_INT(s.height, p.height);
        CHECK_INT(s.overshoot, 0);
        CHECK(channel_error(pixel(&s, 0, 0), 0x203040) <= 1.5);     /* letterbox above */
        CHECK(channel_error(pixel(&s, 359, 377), 0x203040) <= 1.5); /* and below */
        CHECK(channel_error(pixel(&s, 0, 98), 0x203040) <= 1.5);    /* 360 x 180 in the middle */
        CHECK(channel_error(pixel(&s, 180, 189), 0x808080) < 8);
        CHECK(channel_error(pixel(&s, 2, 102), 0x000080) < 12);
        CHECK(channel_error(pixel(&s, 357, 276), 0xffff80) < 12);
    }
    free(s.at);
    unsigned long id = p.id;
    picture_clear(&p);
    CHECK_INT(picture_make(&image, 20, 40, 1, &info, PICTURE_MAX_BYTES, &p, NULL), 0);
    CHECK(p.id != id);
    picture_clear(&p);
    image_clear(&image);
}

TEST(a_photo_needs_the_pixels_that_are_shown)
{
    struct terminal_info info = {.graphics = GRAPHICS_SIXEL, .cell_width = 10, .cell_height = 20};
    CHECK_INT(picture_least(30, 40, 1, &info), 400);
    CHECK_INT(picture_least(10, 40, 2.5f, &info), 500);
    info.graphics = GRAPHICS_BLOCKS;
    CHECK_INT(picture_least(30, 40, 1, &info), 40);
    CHECK_INT(picture_least(15, 40, 1, &info), 30);
    CHECK_INT(picture_least(0, 40, 1, &info), 0);
}

TEST(zoom_shows_the_middle)
{
    struct image image = gradient(400, 400);
    struct terminal_info info = usual(GRAPHICS_SIXEL);
    struct picture p;
    struct sixels s;
    info.cell_width = 10, info.cell_height = 12;
    CHECK_INT(picture_make(&image, 10, 12, 4, &info, PICTURE_MAX_BYTES, &p, NULL), 0);
    if (CHECK_INT(decode(p.bytes, p.size, &s), 0)) {
        /* a quarter of each side: 150 to 250 of 400, as the whole 120 x 120 */
        CHECK(channel_error(pixel(&s, 1, 1), 0x606080) < 8);
        CHECK(channel_error(pixel(&s, 118, 118), 0x9f9f80) < 8);
        CHECK(channel_error(pixel(&s, 60, 60), 0x808080) < 8);
    }
    free(s.at);
    picture_clear(&p);
    image_clear(&image);
}

TEST(byte_limit_takes_colours_then_pixels)
{
    struct image image = noise(300, 300);
    struct terminal_info info = usual(GRAPHICS_SIXEL);
    struct picture all, few, small;
    struct sixels s;
    CHECK_INT(picture_make(&image, 16, 34, 1, &info, (size_t)1 << 30, &all, NULL), 0);
    CHECK_INT(picture_make(&image, 16, 34, 1, &info, all.size / 2, &few, NULL), 0);
    CHECK(few.size <= all.size / 2);
    CHECK_INT(decode(few.bytes, few.size, &s), 0);
    CHECK(s.registers <= 128);
    free(s.at);
    CHECK_INT(picture_make(&image, 16, 34, 1, &info, all.size / 12, &small, NULL), 0);
    CHECK(small.size <= all.size / 12);
    CHECK_INT(small.width, all.width); /* the pane is still covered */
    CHECK_INT(small.height, all.height);
    picture_clear(&all);
    picture_clear(&few);
    picture_clear(&small);
    struct status st = {0};
    CHECK_INT(picture_make(&image, 16, 34, 1, &info, 10, &small, &st), -1);
    CHECK_CONTAINS(st.text, "10 bytes");
    image_clear(&image);
}

TEST(terminal_limits_are_kept)
{
    struct image image = gradient(300, 300);
    struct terminal_info info = usual(GRAPHICS_SIXEL);
    struct picture p;
    struct sixels s;
    info.picture_width = 100, info.picture_height = 50, info.registers = 16;
    CHECK_INT(picture_make(&image, 30, 60, 1, &info, PICTURE_MAX_BYTES, &p, NULL), 0);
    CHECK_INT(p.width, 100);
    CHECK_INT(p.height, 48);
    CHECK_INT(decode(p.bytes, p.size, &s), 0);
    CHECK(s.registers <= 16);
    free(s.at);
    picture_clear(&p);
    image_clear(&image);
}

TEST(extreme_shapes)
{
    static const int sizes[][2] = {{1, 1}, {3000, 1}, {1, 3000}};
    struct terminal_info sixel = usual(GRAPHICS_SIXEL), blocks = usual(GRAPHICS_BLOCKS);
    struct status st = {0};
    for (int i = 0; i < 3; i++) {
        struct image image = gradient(sizes[i][0], sizes[i][1]);
        struct picture p;
        CHECK_INT(picture_make(&image, 3, 5, 1, &sixel, PICTURE_MAX_BYTES, &p, &st), 0);
        picture_clear(&p);
        CHECK_INT(picture_make(&image, 1, 1, 50, &blocks, PICTURE_MAX_BYTES, &p, &st), 0);
        picture_clear(&p);
        CHECK_INT(picture_make(&image, 0, 5, 1, &sixel, PICTURE_MAX_BYTES, &p, &st), -1);
        sixel.graphics = GRAPHICS_NONE;
        CHECK_INT(picture_make(&image, 3, 5, 1, &sixel, PICTURE_MAX_BYTES, &p, &st), -1);
        sixel.graphics = GRAPHICS_SIXEL;
        image_clear(&image);
    }
}

TEST(real_photos_under_the_limit)
{
    const char *photo = test_data("photos/grocery/val/Vegetables/Ginger/Ginger_002.jpg");
    struct image image = {0};
    struct picture p;
    struct sixels s;
    struct status st = {0};
    if (!photo || image_load(photo, 0, &image, &st))
        SKIP("no photo: %s", photo ? st.text : "photos/grocery is not there");
    struct terminal_info info = usual(GRAPHICS_SIXEL);
    CHECK_INT(picture_make(&image, 36, 100, 1, &info, PICTURE_MAX_BYTES, &p, &st), 0);
    CHECK(p.size <= PICTURE_MAX_BYTES && p.size > 50000);
    CHECK_INT(decode(p.bytes, p.size, &s), 0);
    CHECK(s.registers >= 64);
    free(s.at);
    picture_clear(&p);
    image_clear(&image);
}

/* ---- half blocks ---- */

TEST(blocks_keep_the_shape_of_the_photo)
{
    struct image image = gradient(100, 100);
    struct terminal_info info = usual(GRAPHICS_BLOCKS);
    struct picture p;
    info.cell_width = 10, info.cell_height = 20; /* a half block is square */
    CHECK_INT(picture_make(&image, 10, 40, 1, &info, PICTURE_MAX_BYTES, &p, NULL), 0);
    CHECK_INT(p.width, 40);
    CHECK_INT(p.height, 20);
    int inside = 0;
    for (int x = 0; x < 40; x++)
        inside += p.rgb[3 * (10 * 40 + x) + 2] == 128; /* the gradient's blue */
    CHECK_INT(inside, 20);
    picture_clear(&p);
    image_clear(&image);
}

TEST(blocks_become_bytes)
{
    static const unsigned char rgb[2 * 3 * 3] = {255, 0, 0,   0, 0, 0, 9, 9, 9,
                                                 0,   0, 255, 0, 0, 0, 9, 9, 9};
    char *bytes = NULL;
    size_t size = 0;
    CHECK_INT(blocks_from_rgb(rgb, 1, 3, 4, 6, 1 << 24, &bytes, &size, NULL), 0);
    char text[200] = "";
    memcpy(text, bytes, size < 199 ? size : 199);
    CHECK_TEXT(text, "\033[5;7H\033[48;2;0;0;255m\033[38;2;255;0;0m\u2580\033[48;2;0;0;0m "
                     "\033[48;2;9;9;9m \033[m");
    free(bytes);
    CHECK_INT(blocks_from_rgb(rgb, 1, 1, 0, 0, 256, &bytes, &size, NULL), 0);
    memset(text, 0, sizeof text);
    memcpy(text, bytes, size < 199 ? size : 199); /* 1 cell: its lower half is the next pixel */
    CHECK_TEXT(text, "\033[1;1H\033[48;5;16m\033[38;5;196m\u2580\033[m");
    free(bytes);
    CHECK_INT(blocks_from_rgb(rgb, 1, 1, 0, 0, 8, &bytes, &size, NULL), 0);
    memset(text, 0, sizeof text);
    memcpy(text, bytes, size < 199 ? size : 199);
    CHECK_TEXT(text, "\033[1;1H\033[40m\033[31m\u2580\033[m");
    free(bytes);
}

TEST(nearest_of_256_colours)
{
    for (unsigned i = 16; i < 256; i++)
        CHECK_INT(blocks_palette(blocks_nearest(blocks_palette(i), 256)), blocks_palette(i));
    CHECK_INT(blocks_nearest(0xff0000, 256), 196);
    CHECK_INT(blocks_nearest(0x818181, 256), 244);
    CHECK_INT(blocks_nearest(0xf8f8f8, 16), 15);
    CHECK_INT(blocks_nearest(0xf00505, 8), 1);
}

int main(int argc, char **argv)
{
    return test_main(argc, argv);
}
