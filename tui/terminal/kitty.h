/* RGB to kitty's graphics protocol: a PNG of 256 colours in pieces of base64. Pure, but for the
 * palette as sixel.h. */
#ifndef TUI_TERMINAL_KITTY_H
#define TUI_TERMINAL_KITTY_H

#include <stddef.h>

struct status;

enum { KITTY_COMMAND = 64 };

/* rgb [height, width, 3], stretched by the terminal over rows x cols cells from where the cursor
 * stands, which stays. id (not 0) names the image. *bytes is malloc'd. Any thread. */
int kitty_from_rgb(const unsigned char *rgb, int width, int height, int rows, int cols, unsigned id,
                   unsigned background, char **bytes, size_t *size, struct status *st);
/* Bytes that so many pixels take, at most. */
size_t kitty_size(size_t pixels, int height);

/* Takes an image (0: all) off the screen and out of the terminal's memory; returns text. */
const char *kitty_delete(unsigned id, char text[KITTY_COMMAND]);
/* Ends a transmission that was broken off: it becomes an image without enough data, which the
 * terminal drops. */
extern const char kitty_break[];

#endif
