/* RGB to sixel: palette by median cut, no dithering, register 0 the background. */
#ifndef TUI_TERMINAL_SIXEL_H
#define TUI_TERMINAL_SIXEL_H

#include <stddef.h>

struct status;

/* rgb [height, width, 3], height a multiple of 6; colors 2..256. *bytes is malloc'd, DCS to ST,
 * with raster attributes and P2 = 0. Any thread. */
int sixel_from_rgb(const unsigned char *rgb, int width, int height, int colors, unsigned background,
                   char **bytes, size_t *size, struct status *st);

/* The palette alone: registers [height, width] overwritten, palette [colors, 3], its first is the
 * background. */
int sixel_registers(const unsigned char *rgb, int width, int height, int colors,
                    unsigned background, unsigned char *registers, unsigned char *palette,
                    int *count, struct status *st);

/* registers [height, width], each below `count`; palette [count, 3]. The same bytes. */
int sixel_write(const unsigned char *registers, int width, int height, const unsigned char *palette,
                int count, char **bytes, size_t *size, struct status *st);

#endif
