/* Half blocks. A cell whose halves are the same is a blank on that colour; colours are only named
 * when they change: about half the bytes. With 8 or 16 colours a pattern stands for those between;
 * with 256 it would only be noise. */
#include "tui/terminal/blocks.h"

#include <stdio.h>
#include <stdlib.h>

#include "data/status.h"

enum { CELL_BYTES = 48, ROW_BYTES = 24 }; /* at most, each */

unsigned blocks_palette(unsigned index)
{
    static const unsigned first[16] = {0x000000, 0xcd0000, 0x00cd00, 0xcdcd00, 0x0000ee, 0xcd00cd,
                                       0x00cdcd, 0xe5e5e5, 0x7f7f7f, 0xff0000, 0x00ff00, 0xffff00,
                                       0x5c5cff, 0xff00ff, 0x00ffff, 0xffffff};
    static const unsigned level[6] = {0, 95, 135, 175, 215, 255};
    if (index < 16)
        return first[index];
    if (index < 232) {
        index -= 16;
        return level[index / 36] << 16 | level[index / 6 % 6] << 8 | level[index % 6];
    }
    return (8 + 10 * (index < 256 ? index - 232 : 23)) * 0x010101;
}

static unsigned difference(unsigned a, unsigned b)
{
    int r = (int)(a >> 16 & 255) - (int)(b >> 16 & 255);
    int g = (int)(a >> 8 & 255) - (int)(b >> 8 & 255), blue = (int)(a & 255) - (int)(b & 255);
    return (unsigned)(2 * r * r + 4 * g * g + blue * blue);
}

/* Index 0 to 5 of the nearest level of the colour cube. */
static unsigned cube_level(unsigned v)
{
    return v < 48 ? 0 : v < 115 ? 1 : (v - 35) / 40;
}

unsigned blocks_nearest(unsigned rgb, int colors)
{
    unsigned best = 0;
    if (colors >= 256) {
        unsigned r = rgb >> 16 & 255, g = rgb >> 8 & 255, b = rgb & 255, grey = (r + g + b) / 3;
        unsigned step = grey < 8 ? 0 : grey > 238 ? 23 : (grey - 3) / 10;
        best = 16 + 36 * cube_level(r) + 6 * cube_level(g) + cube_level(b);
        if (difference(rgb, blocks_palette(232 + step)) < difference(rgb, blocks_palette(best)))
            best = 232 + step;
        return best;
    }
    for (unsigned i = 1; i < (unsigned)colors && i < 16; i++)
        if (difference(rgb, blocks_palette(i)) < difference(rgb, blocks_palette(best)))
            best = i;
    return best;
}

/* A channel moved up or down by the place in a pattern of 4 x 4. */
static unsigned moved(int v, int x, int y)
{
    static const int pattern[4][4] = {{0, 8, 2, 10}, {12, 4, 14, 6}, {3, 11, 1, 9}, {15, 7, 13, 5}};
    v += (2 * pattern[y & 3][x & 3] - 15) * 4;
    return (unsigned)(v < 0 ? 0 : v > 255 ? 255 : v);
}

/* What one half is drawn in: 0xRRGGBB or an index. */
static unsigned ink_of(const unsigned char *p, int colors, int x, int y)
{
    unsigned rgb = (unsigned)p[0] << 16 | (unsigned)p[1] << 8 | p[2];
    if (colors <= 16)
        rgb = moved(p[0], x, y) << 16 | moved(p[1], x, y) << 8 | moved(p[2], x, y);
    return colors > 256 ? rgb : blocks_nearest(rgb, colors);
}

static int put_ink(char *out, unsigned ink, int behind, int colors)
{
    if (colors > 256)
        return sprintf(out, "\033[%d;2;%u;%u;%um", behind ? 48 : 38, ink >> 16 & 255,
                       ink >> 8 & 255, ink & 255);
    if (colors == 256)
        return sprintf(out, "\033[%d;5;%um", behind ? 48 : 38, ink);
    return sprintf(out, "\033[%um", ink % 8 + (ink < 8 ? 30 : 90) + (behind ? 10 : 0));
}

static size_t put_row(char *out, const unsigned char *upper, int y, int cols, int colors)
{
    const unsigned unknown = 1u << 31;
    unsigned fg = unknown, bg = unknown; /* no colour is */
    const unsigned char *lower = upper + 3 * (size_t)cols;
    size_t n = 0;
    for (int i = 0; i < cols; i++) {
        unsigned top = ink_of(upper + 3 * (size_t)i, colors, i, y);
        unsigned bottom = ink_of(lower + 3 * (size_t)i, colors, i, y + 1);
        if (bottom != bg)
            n += (size_t)put_ink(out + n, bg = bottom, 1, colors);
        if (top == bottom) {
            out[n++] = ' ';
            continue;
        }
        if (top != fg)
            n += (size_t)put_ink(out + n, fg = top, 0, colors);
        n += (size_t)sprintf(out + n, "\u2580");
    }
    return n;
}

int blocks_from_rgb(const unsigned char *rgb, int rows, int cols, int row, int col, int colors,
                    char **bytes, size_t *size, struct status *st)
{
    char *out = malloc((size_t)rows * ((size_t)cols * CELL_BYTES + ROW_BYTES) + 8);
    if (!out)
        return status_out_of_memory(st);
    size_t n = 0, line = (size_t)cols * 3;
    for (int r = 0; r < rows; r++) {
        n += (size_t)sprintf(out + n, "\033[%d;%dH", row + r + 1, col + 1);
        n += put_row(out + n, rgb + (size_t)(2 * r) * line, 2 * r, cols, colors);
    }
    n += (size_t)sprintf(out + n, "\033[m");
    *bytes = out;
    *size = n;
    return 0;
}
