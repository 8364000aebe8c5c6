/* kitty's pictures: put together again as the terminal would, and read by the reader of PNG files.
 */
#include "tests/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/image.h"
#include "data/rng.h"
#include "data/status.h"
#include "tui/terminal/kitty.h"
#include "tui/terminal/picture.h"

enum { WIDTH = 301, HEIGHT = 257, CHUNK = 4096 };

static int digit(char c)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c ? strchr(digits, c) : NULL;
    return at ? (int)(at - digits) : -1;
}

/* base64 as RFC 4648 has it: returns how many bytes. */
static size_t decode(const char *text, size_t size, unsigned char *out)
{
    size_t n = 0;
    CHECK_INT((int)(size % 4), 0);
    for (size_t i = 0; i + 3 < size; i += 4) {
        unsigned v = 0;
        int pad = (text[i + 2] == '=') + (text[i + 3] == '=');
        for (int k = 0; k < 4; k++)
            v = v << 6 | (unsigned)(text[i + (size_t)k] == '=' ? 0 : digit(text[i + (size_t)k]));
        for (int k = 0; k < 3 - pad; k++)
            out[n++] = (unsigned char)(v >> (16 - 8 * k));
    }
    return n;
}

/* The chunks' PNG. Every one but the last says that more come, and is of a size that the protocol
 * allows. */
static size_t join(const char *bytes, size_t size, unsigned char *png)
{
    size_t n = 0;
    int more = 1;
    for (const char *at = bytes; at < bytes + size;) {
        const char *data = strchr(at, ';'), *end = strstr(at, "\033\\");
        if (!CHECK(strncmp(at, "\033_G", 3) == 0 && data && end && data < end) || !CHECK(more))
            return 0;
        more = data[-1] == '1';
        CHECK(end - data - 1 <= CHUNK && (!more || (end - data - 1) % 4 == 0));
        n += decode(data + 1, (size_t)(end - data - 1), png + n);
        at = end + 2;
    }
    CHECK_INT(more, 0);
    return n;
}

/* Few colours, so that the palette has them all. */
static void paint(unsigned char *rgb)
{
    struct rng rng;
    rng_seed(&rng, 7, 1);
    for (int i = 0; i < WIDTH * HEIGHT; i++)
        for (int c = 0; c < 3; c++)
            rgb[3 * i + c] = (unsigned char)(8 * rng_below(&rng, 3) + 100);
}

TEST(what_is_sent_is_the_picture)
{
    static unsigned char rgb[WIDTH * HEIGHT * 3], png[WIDTH * HEIGHT * 2];
    struct status st = {0};
    struct image image = {0};
    char *bytes;
    size_t size;
    paint(rgb);
    CHECK_INT(kitty_from_rgb(rgb, WIDTH, HEIGHT, 12, 30, 77, 0, &bytes, &size, &st), 0);
    CHECK(size <= kitty_size(WIDTH * HEIGHT, HEIGHT) && size > (size_t)WIDTH * HEIGHT);
    CHECK(strncmp(bytes, "\033_Ga=T,q=2,f=100,C=1,i=77,c=30,r=12,m=1;", 40) == 0);
    size_t n = join(bytes, size, png);
    CHECK_INT(image_decode(png, n, "sent", 0, &image, &st),
              0); /* stb_image takes no part of a broken one */
    CHECK_TEXT(st.text, "");
    if (CHECK(image.width == WIDTH && image.height == HEIGHT)) {
        int most = 0;
        for (int i = 0; i < WIDTH * HEIGHT * 3; i++)
            most = abs(image.rgb[i] - rgb[i]) > most ? abs(image.rgb[i] - rgb[i]) : most;
        CHECK(most <= 8);
    }
    image_clear(&image);
    free(bytes);
}

/* PNG readers that check sums are kitty's; these are zlib's and PNG's own examples. */
TEST(sums_are_right)
{
    static const unsigned char black[3] = {0, 0, 0};
    unsigned char png[512];
    char *bytes;
    size_t size;
    CHECK_INT(kitty_from_rgb(black, 1, 1, 1, 1, 1, 0, &bytes, &size, NULL), 0);
    size_t n = join(bytes, size, png);
    CHECK(n > 12 && memcmp(png + n - 12, "\0\0\0\0IEND\xae\x42\x60\x82", 12) == 0);
    /* one row: filter 0, register 0: adler32 of two zero bytes is 0x00020001 */
    const unsigned char *data = memmem(png, n, "IDAT", 4);
    CHECK(data && memcmp(data + 4, "\x78\x01\x01\x02\0\xfd\xff\0\0\0\x02\0\x01", 13) == 0);
    free(bytes);
}

TEST(fewer_bytes_are_fewer_pixels_over_the_same_cells)
{
    struct terminal_info info = {
        .graphics = GRAPHICS_KITTY, .cell_width = 10, .cell_height = 20, .registers = 256};
    struct image image;
    struct picture whole, small;
    CHECK_INT(image_new(640, 480, &image, NULL), 0);
    memset(image.rgb, 90, 640 * 480 * 3);
    CHECK_INT(picture_make(&image, 20, 40, 1, &info, PICTURE_MAX_BYTES, &whole, NULL), 0);
    CHECK_INT(whole.width, 400);
    CHECK_INT(whole.height, 400);
    CHECK_INT(picture_make(&image, 20, 40, 1, &info, 50000, &small, NULL), 0);
    CHECK(small.size <= 50000 && small.size > 40000);
    CHECK(small.width < 200 && small.width == small.height);
    CHECK_CONTAINS(small.bytes, ",c=40,r=20,");
    picture_clear(&whole);
    picture_clear(&small);
    image_clear(&image);
}

int main(int argc, char **argv)
{
    return test_main(argc, argv);
}
