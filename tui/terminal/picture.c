/* From a photo to a pane.
 *
 * The picture is always as large as its pane, with the photo in the middle: so it covers whatever
 * stood there before. Sixels come in bands of six rows; the height is rounded down to whole bands,
 * since a band that hangs over the pane would, on the last lines, scroll the whole screen. */
#include "tui/terminal/picture.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "data/image.h"
#include "data/resample.h"
#include "data/status.h"
#include "tui/terminal/kitty.h"
#include "tui/terminal/sixel.h"

enum { BAND = 6, COLORS_MOST = 256, COLORS_LEAST = 16, TRIES_MOST = 12, SIDE_MOST = 8192 };

/* How large the picture is and where the photo stands in it, in pixels of the picture. */
struct frame {
    int width, height;
    int photo_width, photo_height;
    struct resample_box box; /* of the photo, in its pixels */
};

static int clamp(double v, int least, int most)
{
    long n = lround(v);
    return n < least ? least : n > most ? most : (int)n;
}

/* pixel_width, pixel_height: of one pixel of the picture, in the terminal's (half blocks are not
 * square); share: of the pane, at most 1. */
static void lay_out(const struct image *photo, float zoom, double pixel_width, double pixel_height,
                    double share, struct frame *f)
{
    double width = f->width * pixel_width * share, height = f->height * pixel_height * share;
    double scale = fmin(width / photo->width, height / photo->height);
    scale *= zoom > 1 ? fminf(zoom, 64) : 1;
    double seen_width = fmin(photo->width, width / scale);
    double seen_height = fmin(photo->height, height / scale);
    f->photo_width = clamp(seen_width * scale / pixel_width, 1, f->width);
    f->photo_height = clamp(seen_height * scale / pixel_height, 1, f->height);
    float left = (float)((photo->width - seen_width) / 2);
    float top = (float)((photo->height - seen_height) / 2);
    f->box = (struct resample_box){left, top, fminf((float)photo->width, left + (float)seen_width),
                                   fminf((float)photo->height, top + (float)seen_height)};
}

/* The photo scaled, on the background; *rgb is malloc'd. */
static int paint(const struct image *photo, const struct frame *f, unsigned background,
                 unsigned char **rgb, struct status *st)
{
    struct image scaled = {0};
    int enlarges = f->box.right - f->box.left < (float)f->photo_width;
    if (resample_resize(photo, &f->box, f->photo_width, f->photo_height,
                        enlarges ? RESAMPLE_BICUBIC : RESAMPLE_BILINEAR, &scaled, st))
        return -1;
    size_t line = (size_t)f->width * 3, pixels = (size_t)f->width * (size_t)f->height;
    unsigned char *out = malloc(pixels * 3);
    if (!out) {
        image_clear(&scaled);
        return status_out_of_memory(st);
    }
    for (size_t i = 0; i < pixels; i++)
        for (int c = 0; c < 3; c++)
            out[3 * i + (size_t)c] = (unsigned char)(background >> (16 - 8 * c));
    size_t left = (size_t)(f->width - f->photo_width) / 2;
    size_t top = (size_t)(f->height - f->photo_height) / 2;
    size_t inner = (size_t)f->photo_width * 3;
    for (size_t y = 0; y < (size_t)f->photo_height; y++)
        memcpy(out + (top + y) * line + left * 3, scaled.rgb + y * inner, inner);
    image_clear(&scaled);
    *rgb = out;
    return 0;
}

static int make_blocks(const struct image *photo, float zoom, const struct terminal_info *info,
                       struct picture *out, struct status *st)
{
    struct frame f = {.width = out->cols, .height = 2 * out->rows};
    lay_out(photo, zoom, info->cell_width, info->cell_height / 2.0, 1, &f);
    out->width = f.width;
    out->height = f.height;
    return paint(photo, &f, info->background, &out->rgb, st);
}

static int encode(const struct image *photo, float zoom, double share, int colors,
                  const struct terminal_info *info, struct frame *f, struct picture *out,
                  struct status *st)
{
    unsigned char *rgb;
    lay_out(photo, zoom, 1, 1, share, f);
    if (paint(photo, f, info->background, &rgb, st))
        return -1;
    int failed = sixel_from_rgb(rgb, f->width, f->height, colors, info->background, &out->bytes,
                                &out->size, st);
    free(rgb);
    return failed;
}

/* Too many bytes: first fewer colours, then fewer pixels. */
static void reduce(double over, int *colors, double *share)
{
    if (*colors / 2 >= COLORS_LEAST)
        *colors = *colors > 64 ? 64 : *colors / 2;
    else
        *share *= fmin(0.9, 0.95 / sqrt(over));
}

static int make_sixel(const struct image *photo, float zoom, const struct terminal_info *info,
                      size_t max_bytes, struct picture *out, struct status *st)
{
    struct frame f = {.width = out->cols * info->cell_width,
                      .height = out->rows * info->cell_height};
    if (info->picture_width > 0 && f.width > info->picture_width)
        f.width = info->picture_width;
    if (info->picture_height > 0 && f.height > info->picture_height)
        f.height = info->picture_height;
    f.width = f.width < SIDE_MOST ? f.width : SIDE_MOST;
    f.height = f.height < SIDE_MOST ? f.height : SIDE_MOST;
    f.height -= f.height % BAND;
    if (f.height == 0)
        return status_fail(st, STATUS_INVALID, "no room for a picture in %d rows", out->rows);
    out->width = f.width;
    out->height = f.height;
    int colors = info->registers < COLORS_MOST ? info->registers : COLORS_MOST;
    double share = 1;
    for (int tries = 0; tries < TRIES_MOST; tries++) {
        if (encode(photo, zoom, share, colors > 2 ? colors : 2, info, &f, out, st))
            return -1;
        if (out->size <= max_bytes)
            return 0;
        reduce((double)out->size / (double)(max_bytes + 1), &colors, &share);
        free(out->bytes);
        out->bytes = NULL;
    }
    return status_fail(st, STATUS_LIMIT, "the picture does not fit into %zu bytes", max_bytes);
}

/* The terminal stretches it over the cells: too many bytes are fewer pixels. */
static int make_kitty(const struct image *photo, float zoom, const struct terminal_info *info,
                      size_t max_bytes, struct picture *out, struct status *st)
{
    unsigned char *rgb;
    struct frame f = {.width = out->cols * info->cell_width,
                      .height = out->rows * info->cell_height};
    double share = fmin(1, (double)SIDE_MOST / fmax(f.width, f.height));
    int width = f.width, height = f.height;
    for (;; share *= 0.97) {
        f.width = clamp(width * share, 1, width);
        f.height = clamp(height * share, 1, height);
        if (kitty_size((size_t)f.width * (size_t)f.height, f.height) <= max_bytes)
            break;
        if (f.width == 1 || f.height == 1)
            return status_fail(st, STATUS_LIMIT, "the picture does not fit into %zu bytes",
                               max_bytes);
    }
    out->width = f.width;
    out->height = f.height;
    lay_out(photo, zoom, 1, 1, 1, &f);
    if (paint(photo, &f, info->background, &rgb, st))
        return -1;
    int failed = kitty_from_rgb(rgb, f.width, f.height, out->rows, out->cols, (unsigned)out->id,
                                info->background, &out->bytes, &out->size, st);
    free(rgb);
    return failed;
}

int picture_least(int rows, int cols, float zoom, const struct terminal_info *info)
{
    int sixel = info->graphics != GRAPHICS_BLOCKS;
    double width = (double)cols * (sixel ? info->cell_width : 1);
    double height = (double)rows * (sixel ? info->cell_height : 2);
    double side = fmin(fmin(width, height), SIDE_MOST) * (zoom > 1 ? (double)zoom : 1);
    /* Seen with fewer colours than it has it gains nothing by more pixels than are shown. */
    return side >= 1 && side < IMAGE_MAX_PIXELS ? (int)ceil(side) : 0;
}

int picture_make(const struct image *photo, int rows, int cols, float zoom,
                 const struct terminal_info *info, size_t max_bytes, struct picture *out,
                 struct status *st)
{
    static atomic_ulong last_id;
    *out = (struct picture){.graphics = info->graphics, .rows = rows, .cols = cols};
    if (rows < 1 || cols < 1 || rows > 1000 || cols > 1000)
        return status_fail(st, STATUS_INVALID, "no room for a picture in %d x %d cells", cols,
                           rows);
    if (info->graphics == GRAPHICS_NONE || info->graphics == GRAPHICS_AUTO)
        return status_fail(st, STATUS_UNSUPPORTED, "no pictures here: %s", info->why);
    out->id = atomic_fetch_add(&last_id, 1) + 1;
    int failed =
        info->graphics == GRAPHICS_SIXEL   ? make_sixel(photo, zoom, info, max_bytes, out, st)
        : info->graphics == GRAPHICS_KITTY ? make_kitty(photo, zoom, info, max_bytes, out, st)
                                           : make_blocks(photo, zoom, info, out, st);
    if (failed)
        picture_clear(out);
    return failed;
}

void picture_clear(struct picture *p)
{
    free(p->bytes);
    free(p->rgb);
    *p = (struct picture){0};
}
