/* PNG: a chain of chunks, each with a length and a check sum. The sums of the chunks that make the
 * picture are checked here, because stb_image does not; so is that no unknown chunk is needed,
 * because stb_image's message about one is not safe with several threads. */
#include "data/image_format.h"

#include "data/exif.h"
#include "data/status.h"

#include <string.h>

enum { LARGEST_RATIO = 1032 }; /* deflate packs no tighter than this */

static int matches(const struct image_bytes *in)
{
    return in->size >= 8 && memcmp(in->at, "\x89PNG\r\n\x1a\n", 8) == 0;
}

/* CRC-32 as in zlib and PNG, four bits at a time: the table fits a cache line. */
static uint32_t crc32(const unsigned char *bytes, size_t size)
{
    static const uint32_t table[16] = {0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac,
                                       0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
                                       0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
                                       0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c};
    uint32_t crc = 0xFFFFFFFF;
    for (size_t i = 0; i < size; i++) {
        crc ^= bytes[i];
        crc = crc >> 4 ^ table[crc & 15];
        crc = crc >> 4 ^ table[crc & 15];
    }
    return ~crc;
}

static int is(const struct image_bytes *in, size_t chunk, const char *type)
{
    return memcmp(in->at + chunk + 4, type, 4) == 0;
}

/* A chunk without which the picture is not what it should be. */
static int matters(const struct image_bytes *in, size_t chunk)
{
    return is(in, chunk, "IHDR") || is(in, chunk, "PLTE") || is(in, chunk, "IDAT") ||
           is(in, chunk, "IEND") || is(in, chunk, "tRNS");
}

static int check_chunk(const struct image_bytes *in, size_t at, size_t length, struct status *st)
{
    if (!matters(in, at)) {
        if ((in->at[at + 4] & 0x20) == 0) /* a capital: whoever does not know it must not go on */
            return image_damaged(in, "PNG", "a part of it is of an unknown kind", st);
        return 0;
    }
    if (crc32(in->at + at + 4, length + 4) != image_be32(in, at + 8 + length))
        return image_damaged(in, "PNG", "a check sum is wrong", st);
    return 0;
}

static int read_header(const struct image_bytes *in, size_t *at, struct image_header *out,
                       struct status *st)
{
    *out = (struct image_header){.orientation = 1};
    *at = 8;
    if (image_has(in, 8, 16) && is(in, 8, "CgBI"))
        return image_not_read(in, "a PNG of Apple's own kind (CgBI)", st);
    if (!image_has(in, *at, 8 + 13 + 4))
        return image_cut_short(in, "PNG", st);
    if (!is(in, *at, "IHDR") || image_be32(in, *at) != 13)
        return image_damaged(in, "PNG", "it does not begin with its size", st);
    out->width = image_be32(in, 16);
    out->height = image_be32(in, 20);
    return 0;
}

static int inspect(const struct image_bytes *in, int whole, struct image_header *out,
                   struct status *st)
{
    size_t at, packed = 0;
    if (read_header(in, &at, out, st) != 0)
        return -1;
    for (int ended = 0; !ended;) {
        size_t length = image_has(in, at, 12) ? image_be32(in, at) : 0;
        if (!image_has(in, at, 12) || length > in->size || !image_has(in, at, length + 12)) {
            if (!whole)
                break;
            return image_cut_short(in, "PNG", st);
        }
        if (whole && check_chunk(in, at, length, st) != 0)
            return -1;
        if (is(in, at, "eXIf"))
            out->orientation = exif_orientation(in->at + at + 8, length);
        if (is(in, at, "IDAT"))
            packed += length;
        ended = is(in, at, "IEND");
        at += length + 12;
    }
    out->end = at;
    /* One bit a pixel is the least; fewer bytes than that need cannot be all of it. */
    if (whole && (uint64_t)out->width * out->height / 8 / LARGEST_RATIO > packed)
        return image_damaged(in, "PNG", "it has too few bytes for its size", st);
    return 0;
}

static int decode(const struct image_bytes *in, const struct image_header *header, int least,
                  struct image *out, struct status *st)
{
    (void)least;
    (void)header;
    return image_decode_stb(in, "PNG", out, st);
}

const struct image_format image_format_png = {"PNG", matches, inspect, decode};
