/* Photos from files: JPEG (baseline, progressive), PNG of every kind, BMP, the first frame of a
 * GIF, PNM. Decoding is libjpeg's and stb_image's; this module bounds it. Any thread. */
#ifndef DATA_IMAGE_H
#define DATA_IMAGE_H

#include <stddef.h>

struct status;

/* 8-bit RGB, row-major from the top left, 3 * width bytes a row, no padding. */
struct image {
    int width, height;
    unsigned char *rgb; /* malloc'd */
};

enum {
    IMAGE_MAX_PIXELS =
        120 * 1000 * 1000,              /* width x height; checked in the header, before decoding */
    IMAGE_MAX_BYTES = 256 * 1024 * 1024 /* of a file */
};

/* Size as it will be shown (EXIF orientation applied), from the header alone. */
struct image_info {
    int width, height;
    const char *format; /* "JPEG", "PNG", ... */
};

/* name stands in error texts only. Nothing is allocated before the area is checked. */
int image_probe(const void *bytes, size_t size, const char *name, struct image_info *info,
                struct status *st);

/* Decodes, puts transparent pictures on mid-grey (128), applies the EXIF orientation. least: where
 * the picture will be made smaller anyway, a large JPEG may come at 1/2, 1/4 or 1/8 of its size,
 * with both sides `least` pixels or more; 0: as it is. Errors name the file and what is wrong with
 * it: empty, not a picture, damaged or cut short, too large. A picture that ends early is an error,
 * never half a picture. */
int image_decode(const void *bytes, size_t size, const char *name, int least, struct image *out,
                 struct status *st);

/* The same; the pixels may come in `room`, which holds 3 * IMAGE_MAX_PIXELS bytes: then out->rgb is
 * room, and is not for image_clear. */
int image_decode_to(const void *bytes, size_t size, const char *name, int least,
                    unsigned char *room, struct image *out, struct status *st);

/* file_read + image_decode. */
int image_load(const char *path, int least, struct image *out, struct status *st);

/* Uninitialised pixels. */
int image_new(int width, int height, struct image *out, struct status *st);

/* Frees the pixels; safe on a zero struct, and twice. */
void image_clear(struct image *image);

/* Does the name end as a picture's does (.jpg .jpeg .png .bmp .gif .ppm .pgm .pnm, any case)? */
int image_has_photo_name(const char *path);
/* The i-th of these endings, NULL behind the last. */
const char *image_photo_ending(int i);

#endif
