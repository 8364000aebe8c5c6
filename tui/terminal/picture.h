/* A photo made ready for a pane of cells: scaled, letterboxed in the background colour, encoded.
 * Made on any thread; drawn by terminal_put_picture. */
#ifndef TUI_TERMINAL_PICTURE_H
#define TUI_TERMINAL_PICTURE_H

#include <stddef.h>

#include "tui/terminal/terminal.h"

struct image;
struct status;

struct picture {
    enum graphics graphics; /* SIXEL, KITTY or BLOCKS */
    int rows, cols;         /* cells it owns */
    int width, height;      /* pixels (BLOCKS: cols x 2 * rows) */
    char *bytes;            /* SIXEL: the whole sequence, DCS to ST; KITTY: all of its chunks */
    size_t size;
    unsigned char *rgb; /* BLOCKS: [height, width, 3] */
    long long of;       /* the photo, said in dumps of scripts; 0: nobody says */
    unsigned long id;   /* no two pictures of a process have the same */
};

enum { PICTURE_MAX_BYTES = 500 * 1000 };

/* Sides that the photo should have at least (image_load) for a pane of this size. */
int picture_least(int rows, int cols, float zoom, const struct terminal_info *info);

/* zoom 1: the whole photo fits; more: the middle of it, enlarged. Colours are reduced, then the
 * encoding repeated, until it is under max_bytes. `info` is read only. The caller clears. */
int picture_make(const struct image *photo, int rows, int cols, float zoom,
                 const struct terminal_info *info, size_t max_bytes, struct picture *out,
                 struct status *st);
void picture_clear(struct picture *p);

#endif
