/* RGB to half blocks: two pixels a cell, the upper one as the colour of U+2580, the lower one
 * behind it. Pure. */
#ifndef TUI_TERMINAL_BLOCKS_H
#define TUI_TERMINAL_BLOCKS_H

#include <stddef.h>

struct status;

/* 0xRRGGBB of one of the 256 colours, as xterm has them. */
unsigned blocks_palette(unsigned index);
/* The nearest of the first `colors` (8, 16 or 256) to 0xRRGGBB; of 256 only those that nobody
 * changes (16 to 255). */
unsigned blocks_nearest(unsigned rgb, int colors);

/* rgb [2 * rows, cols, 3] as bytes that put it at row, col of the screen; colors: 8, 16, 256 or 1
 * << 24. *bytes is malloc'd. */
int blocks_from_rgb(const unsigned char *rgb, int rows, int cols, int row, int col, int colors,
                    char **bytes, size_t *size, struct status *st);

#endif
