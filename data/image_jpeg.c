/* JPEG: a chain of segments, each with its length, and between them the coded pixels, which end at
 * the next marker that is neither stuffing (FF 00) nor a restart (FF D0 to FF D7). The picture is
 * whole when the chain reaches the end mark. What cameras put behind it (a second picture, a film)
 * is left alone. The pixels are read in image_jpeg_pixels.c. */
#include "data/image_format.h"

#include "data/exif.h"
#include "data/status.h"

#include <string.h>

enum {
    DHT = 0xC4,
    EOI = 0xD9,
    SOS = 0xDA,
    APP1 = 0xE1,
    MAX_SCANS = 200 /* progressive files have about ten; each costs a pass over the whole picture */
};

static int matches(const struct image_bytes *in)
{
    return in->size >= 3 && memcmp(in->at, "\xff\xd8\xff", 3) == 0;
}

static int is_frame(int marker)
{
    return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
}

/* Markers that stand alone, without a length. */
static int is_bare(int marker)
{
    return (marker >= 0xD0 && marker <= 0xD8) || marker == 0x01 || marker == 0x00;
}

/* Moves *at behind the next marker and returns it; -1 at the end of the file. */
static int next_marker(const struct image_bytes *in, size_t *at)
{
    const unsigned char *ff = *at < in->size ? memchr(in->at + *at, 0xFF, in->size - *at) : NULL;
    if (!ff)
        return -1;
    size_t i = (size_t)(ff - in->at);
    while (i < in->size && in->at[i] == 0xFF)
        i++;
    if (i == in->size)
        return -1;
    *at = i + 1;
    return in->at[i];
}

/* From behind a scan's header to the marker that ends its pixels; 0 when the file ends first. */
static int skip_pixels(const struct image_bytes *in, size_t *at)
{
    for (size_t i = *at;;) {
        int marker = next_marker(in, &i);
        if (marker < 0)
            return 0;
        if (!is_bare(marker)) {
            *at = i - 2;
            return 1;
        }
    }
}

/* What the segments have told so far. */
struct progress {
    int frames, scans, progressive;
    unsigned colours, id[4]; /* of the frame's colour planes */
    unsigned begun;          /* one bit for each plane that a scan begins */
};

static int read_frame(const struct image_bytes *in, size_t at, size_t length, int marker,
                      struct progress *p, struct image_header *out, struct status *st)
{
    if (p->frames++ > 0)
        return image_damaged(in, "JPEG", "its size is told twice", st);
    if (length < 8 || length < 8 + 3 * (size_t)in->at[at + 7])
        return image_damaged(in, "JPEG", "its size is not told", st);
    if (marker > 0xC2)
        return image_not_read(in, "a JPEG with a rare kind of coding (arithmetic or lossless)", st);
    if (in->at[at + 2] != 8)
        return image_not_read(in, "a JPEG with more than 8 bits a colour", st);
    out->height = image_be16(in, at + 3);
    out->width = image_be16(in, at + 5);
    p->progressive = marker == 0xC2;
    p->colours = in->at[at + 7];
    if (p->colours != 1 && p->colours != 3 && p->colours != 4)
        return image_not_read(in, "a JPEG with a rare number of colours", st);
    for (unsigned i = 0; i < p->colours; i++)
        p->id[i] = in->at[at + 8 + 3 * i];
    return 0;
}

/* Which planes this scan begins: in a progressive file the first scan of a plane is the one that
 * has its means (coefficient 0) and refines nothing. */
static int read_scan(const struct image_bytes *in, size_t at, size_t length, struct progress *p,
                     struct status *st)
{
    size_t count = length > 2 ? in->at[at + 2] : 0;
    if (p->frames == 0 || count < 1 || count > 4 || length < 6 + 2 * count)
        return image_damaged(in, "JPEG", "a scan of it is not as it should be", st);
    if (++p->scans > MAX_SCANS)
        return image_damaged(in, "JPEG", "it has too many scans", st);
    size_t end = at + 3 + 2 * count;
    if (p->progressive && (in->at[end] != 0 || in->at[end + 2] >> 4 != 0))
        return 0;
    for (size_t i = 0; i < count; i++)
        for (unsigned k = 0; k < p->colours; k++)
            if (p->id[k] == in->at[at + 3 + 2 * i])
                p->begun |= 1u << k;
    return 0;
}

/* Up to four code tables: 16 counts, then that many values. stb_image, which reads pictures of four
 * colours, writes past its own tables when the counts add up to more than 256, and takes value 255
 * for "none". */
static int check_codes(const struct image_bytes *in, size_t at, size_t length, struct status *st)
{
    for (size_t i = 2; i < length;) {
        size_t values = 0;
        if (length - i < 17)
            return image_damaged(in, "JPEG", "a code table of it is too short", st);
        for (size_t k = 1; k <= 16; k++)
            values += in->at[at + i + k];
        i += 17 + values;
        if (values > 255 || i > length)
            return image_damaged(in, "JPEG", "a code table of it is too long", st);
    }
    return 0;
}

static void read_exif(const struct image_bytes *in, size_t at, size_t length,
                      struct image_header *out)
{
    static const char mark[6] = "Exif\0";
    if (length >= 8 && out->orientation == 0 && memcmp(in->at + at + 2, mark, sizeof mark) == 0)
        out->orientation = exif_orientation(in->at + at + 8, length - 8);
}

static int read_segment(const struct image_bytes *in, size_t at, size_t length, int marker,
                        struct progress *p, struct image_header *out, struct status *st)
{
    if (marker == APP1 && !p->frames)
        read_exif(in, at, length, out);
    if (marker == DHT)
        return check_codes(in, at, length, st);
    if (marker == SOS)
        return read_scan(in, at, length, p, st);
    return is_frame(marker) ? read_frame(in, at, length, marker, p, out, st) : 0;
}

static int check_complete(const struct image_bytes *in, const struct progress *p, int whole,
                          struct status *st)
{
    if (!p->frames || (whole && !p->scans))
        return image_damaged(in, "JPEG", "there is no picture in it", st);
    if (whole && p->begun != (1u << p->colours) - 1)
        return image_damaged(in, "JPEG", "a colour is missing", st);
    return 0;
}

static int inspect(const struct image_bytes *in, int whole, struct image_header *out,
                   struct status *st)
{
    struct progress p = {0};
    size_t at = 2;
    *out = (struct image_header){0};
    while (whole || !p.frames) {
        int marker = next_marker(in, &at);
        if (marker < 0)
            return image_cut_short(in, "JPEG", st);
        if (marker == EOI)
            break;
        if (is_bare(marker))
            continue;
        size_t length = image_has(in, at, 2) ? image_be16(in, at) : 0;
        if (!image_has(in, at, 2) || !image_has(in, at, length))
            return image_cut_short(in, "JPEG", st);
        if (length < 2)
            return image_damaged(in, "JPEG", "a part of it has an impossible length", st);
        if (read_segment(in, at, length, marker, &p, out, st) != 0)
            return -1;
        at += length;
        if (marker == SOS && !skip_pixels(in, &at))
            return image_cut_short(in, "JPEG", st);
    }
    if (out->orientation == 0)
        out->orientation = 1;
    out->end = at;
    return check_complete(in, &p, whole, st);
}

static int decode(const struct image_bytes *in, const struct image_header *header, int least,
                  struct image *out, struct status *st)
{
    /* Every block of 8 x 8 pixels takes at least one bit in the first scan. */
    if ((uint64_t)header->width * header->height / 512 > header->end)
        return image_cut_short(in, "JPEG", st);
    return image_jpeg_pixels(in, header, least, out, st);
}

const struct image_format image_format_jpeg = {"JPEG", matches, inspect, decode};
