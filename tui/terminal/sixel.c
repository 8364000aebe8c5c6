/* Palette and registers; the bytes are sixel_write.c's.
 *
 * libsixel chooses the palette by median cut. Which register a pixel gets is decided here, by a
 * table over the upper five bits of each channel that is filled as colours occur: libsixel's search
 * is slower, and its cache may give the background to a dark pixel of the photo and the other way
 * round; here the exact background is register 0 and nothing else is. */
#include "tui/terminal/sixel.h"

#include <limits.h>
#include <sixel/sixel.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "data/status.h"

enum { COLORS_MOST = 256, TABLE = 1 << 15 };

struct palette {
    unsigned char rgb[COLORS_MOST * 3];
    int count;
};

static int fail(struct status *st, SIXELSTATUS s)
{
    if (s == SIXEL_BAD_ALLOCATION)
        return status_out_of_memory(st);
    return status_fail(st, STATUS_UNSUPPORTED, "making a sixel picture: %s",
                       sixel_helper_format_error(s));
}

/* The background, then up to colors - 1 colours of the picture. */
static int choose(const unsigned char *rgb, int width, int height, int colors, unsigned background,
                  struct palette *out, struct status *st)
{
    sixel_dither_t *dither = NULL;
    SIXELSTATUS s = sixel_dither_new(&dither, colors - 1, NULL);
    if (SIXEL_SUCCEEDED(s)) /* reads only, though it does not say so */
        s = sixel_dither_initialize(dither, (unsigned char *)(uintptr_t)rgb, width, height,
                                    SIXEL_PIXELFORMAT_RGB888, SIXEL_LARGE_NORM,
                                    SIXEL_REP_AVERAGE_PIXELS, SIXEL_QUALITY_HIGH);
    if (SIXEL_FAILED(s)) {
        if (dither)
            sixel_dither_unref(dither);
        return fail(st, s);
    }
    int n = sixel_dither_get_num_of_palette_colors(dither);
    out->count = 1 + (n < colors - 1 ? n : colors - 1);
    for (int i = 0; i < 3; i++)
        out->rgb[i] = (unsigned char)(background >> (16 - 8 * i));
    memcpy(out->rgb + 3, sixel_dither_get_palette(dither), (size_t)(out->count - 1) * 3);
    sixel_dither_unref(dither);
    return 0;
}

static unsigned char nearest(const struct palette *p, int r, int g, int b)
{
    int best = 0, least = INT_MAX;
    for (int i = p->count > 1; i < p->count; i++) {
        const unsigned char *c = p->rgb + 3 * i;
        int dr = c[0] - r, dg = c[1] - g, db = c[2] - b;
        int d = 2 * dr * dr + 4 * dg * dg + db * db;
        if (d < least) {
            least = d;
            best = i;
        }
    }
    return (unsigned char)best;
}

/* table [TABLE], zero: 1 + register of the colours that have occurred. */
static void map(const unsigned char *rgb, size_t pixels, unsigned background,
                const struct palette *palette, uint16_t *table, unsigned char *out)
{
    for (size_t i = 0; i < pixels; i++, rgb += 3) {
        unsigned color = (unsigned)rgb[0] << 16 | (unsigned)rgb[1] << 8 | rgb[2];
        uint16_t *known = &table[rgb[0] >> 3 << 10 | rgb[1] >> 3 << 5 | rgb[2] >> 3];
        if (color == background) {
            out[i] = 0;
            continue;
        }
        if (!*known)
            *known = (uint16_t)(1 + nearest(palette, (rgb[0] & ~7) + 4, (rgb[1] & ~7) + 4,
                                            (rgb[2] & ~7) + 4));
        out[i] = (unsigned char)(*known - 1);
    }
}

int sixel_registers(const unsigned char *rgb, int width, int height, int colors,
                    unsigned background, unsigned char *registers, unsigned char *palette,
                    int *count, struct status *st)
{
    struct palette p;
    uint16_t *table = calloc(TABLE, sizeof *table);
    int failed = table ? choose(rgb, width, height, colors, background & 0xffffff, &p, st)
                       : status_out_of_memory(st);
    if (!failed) {
        map(rgb, (size_t)width * (size_t)height, background & 0xffffff, &p, table, registers);
        memcpy(palette, p.rgb, (size_t)p.count * 3);
        *count = p.count;
    }
    free(table);
    return failed;
}

int sixel_from_rgb(const unsigned char *rgb, int width, int height, int colors, unsigned background,
                   char **bytes, size_t *size, struct status *st)
{
    unsigned char palette[COLORS_MOST * 3];
    int count;
    if (width < 1 || height < 6 || height % 6 != 0 || colors < 2 || colors > COLORS_MOST)
        return status_fail(st, STATUS_INVALID, "a sixel picture of %d x %d in %d colours", width,
                           height, colors);
    unsigned char *registers = malloc((size_t)width * (size_t)height);
    int failed = registers ? sixel_registers(rgb, width, height, colors, background, registers,
                                             palette, &count, st)
                           : status_out_of_memory(st);
    if (!failed)
        failed = sixel_write(registers, width, height, palette, count, bytes, size, st);
    free(registers);
    return failed;
}
