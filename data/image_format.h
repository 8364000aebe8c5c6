/* One format of picture files: a file image_NAME.c with one table entry, listed in image.c.
 *
 * Decoders are lenient where a person is not: they fill a JPEG that ends early with grey, take a
 * PNG with wrong check sums, and read zeros past the end of a BMP. So every format first looks at
 * the file's structure itself, cheaply and without allocating: how large is the picture, which way
 * up, and does the file hold all of it? Only what passes is decoded. */
#ifndef DATA_IMAGE_FORMAT_H
#define DATA_IMAGE_FORMAT_H

#include "data/image.h"

#include <stdint.h>

struct status;

struct image_bytes {
    const unsigned char *at;
    size_t size;
    const char *name;    /* for messages */
    unsigned char *room; /* as image_decode_to, or NULL */
};

struct image_header {
    uint32_t width, height; /* as stored; nothing is promised about them yet */
    int orientation;        /* EXIF, 1 to 8 */
    size_t end;             /* what lies behind is not the picture */
};

struct image_format {
    const char *name;
    int (*matches)(const struct image_bytes *in);
    /* Fills `out`. whole 0: size and orientation, from the header. whole 1: also that the picture
     * is there to its end. */
    int (*inspect)(const struct image_bytes *in, int whole, struct image_header *out,
                   struct status *st);
    /* Pixels as stored, not yet turned; at a size that `least` allows (image_decode). */
    int (*decode)(const struct image_bytes *in, const struct image_header *header, int least,
                  struct image *out, struct status *st);
};

extern const struct image_format image_format_jpeg, image_format_png, image_format_gif,
    image_format_bmp, image_format_pnm;

/* decode of what is stb_image's. */
int image_decode_stb(const struct image_bytes *in, const char *format, struct image *out,
                     struct status *st);

/* decode of JPEG: of what libjpeg cannot turn into RGB by stb_image. */
int image_jpeg_pixels(const struct image_bytes *in, const struct image_header *header, int least,
                      struct image *out, struct status *st);

/* image_new, in in->room where there is one; and what undoes either. */
int image_new_for(const struct image_bytes *in, int width, int height, struct image *out,
                  struct status *st);
void image_drop(const struct image_bytes *in, struct image *image);

/* The three things that are wrong with files, in the same words for every format; -1. */
int image_cut_short(const struct image_bytes *in, const char *format, struct status *st);
int image_damaged(const struct image_bytes *in, const char *format, const char *why,
                  struct status *st);
int image_not_read(const struct image_bytes *in, const char *what, struct status *st);

/* Are n bytes left from an offset on? */
static inline int image_has(const struct image_bytes *in, size_t at, size_t n)
{
    return at <= in->size && in->size - at >= n;
}

/* Numbers at an offset that was checked. */
static inline uint32_t image_be16(const struct image_bytes *in, size_t at)
{
    return (uint32_t)in->at[at] << 8 | in->at[at + 1];
}

static inline uint32_t image_be32(const struct image_bytes *in, size_t at)
{
    return image_be16(in, at) << 16 | image_be16(in, at + 2);
}

static inline uint32_t image_le16(const struct image_bytes *in, size_t at)
{
    return (uint32_t)in->at[at + 1] << 8 | in->at[at];
}

static inline uint32_t image_le32(const struct image_bytes *in, size_t at)
{
    return image_le16(in, at + 2) << 16 | image_le16(in, at);
}

#endif
