/* Antialiased resizing as Pillow does it: separable, support scaled with the reduction, 8-bit
 * results after each pass, coefficients in fixed point. Agrees with Pillow within one grey level.
 */
#ifndef DATA_RESAMPLE_H
#define DATA_RESAMPLE_H

struct image;
struct status;

enum resample_filter { RESAMPLE_BOX, RESAMPLE_BILINEAR, RESAMPLE_BICUBIC };

/* Part of a picture, in its pixels; fractions allowed. */
struct resample_box {
    float left, top, right, bottom;
};

/* Resizes box of `in` (NULL: all of it) to width x height into a new picture; the caller clears
 * `out`. Errors: out of memory; sizes below 1 or over the area limit; a box outside the picture. */
int resample_resize(const struct image *in, const struct resample_box *box, int width, int height,
                    enum resample_filter filter, struct image *out, struct status *st);

/* The same, of which only a part is made: window, in pixels of the whole result (NULL: all of it).
 * The area limit holds for the window. */
struct resample_window {
    int left, top, width, height;
};
int resample_resize_window(const struct image *in, const struct resample_box *box, int width,
                           int height, const struct resample_window *window,
                           enum resample_filter filter, struct image *out, struct status *st);

/* "bilinear" -> RESAMPLE_BILINEAR; -1 for a name not known. */
int resample_filter_from_name(const char *name);
const char *resample_filter_name(enum resample_filter filter);

#endif
