/* GIF: only the first frame is looked at. The file is cut behind it before stb_image sees it, and
 * its background colour is taken away: viewers leave what the frame does not cover transparent,
 * stb_image would paint it. */
#include "data/image_format.h"

#include "data/status.h"

#include <stdlib.h>
#include <string.h>

enum { EXTENSION = 0x21, FRAME = 0x2C, TRAILER = 0x3B, BACKGROUND_AT = 11 };

static int matches(const struct image_bytes *in)
{
    return in->size >= 6 && (memcmp(in->at, "GIF87a", 6) == 0 || memcmp(in->at, "GIF89a", 6) == 0);
}

static size_t colours_size(unsigned flags)
{
    return flags & 0x80 ? (size_t)3 << ((flags & 7) + 1) : 0;
}

/* Blocks of up to 255 bytes, each after its length, up to one of length 0. */
static int skip_blocks(const struct image_bytes *in, size_t *at)
{
    while (*at < in->size) {
        size_t length = in->at[*at];
        *at += 1 + length;
        if (length == 0)
            return 1;
    }
    return 0;
}

static int skip_frame(const struct image_bytes *in, size_t *at)
{
    if (!image_has(in, *at, 9))
        return 0;
    *at += 9 + colours_size(in->at[*at + 8]) + 1; /* 1: the code size */
    return skip_blocks(in, at) && *at <= in->size;
}

static int inspect(const struct image_bytes *in, int whole, struct image_header *out,
                   struct status *st)
{
    *out = (struct image_header){.orientation = 1, .end = in->size};
    if (!image_has(in, 0, 13))
        return image_cut_short(in, "GIF", st);
    out->width = image_le16(in, 6);
    out->height = image_le16(in, 8);
    if (!whole)
        return 0;
    size_t at = 13 + colours_size(in->at[10]);
    while (at < in->size) {
        int kind = in->at[at++];
        if (kind == FRAME) {
            out->end = at;
            if (!skip_frame(in, &out->end))
                break;
            return 0;
        }
        if (kind != EXTENSION)
            return image_damaged(in, "GIF", "there is no picture in it", st);
        at++; /* which extension */
        if (!skip_blocks(in, &at))
            break;
    }
    return image_cut_short(in, "GIF", st);
}

static int decode(const struct image_bytes *in, const struct image_header *header, int least,
                  struct image *out, struct status *st)
{
    (void)least;
    unsigned char *copy = malloc(header->end + 1);
    if (!copy)
        return status_out_of_memory(st);
    memcpy(copy, in->at, header->end);
    copy[BACKGROUND_AT] = 0;
    copy[header->end] = TRAILER;
    struct image_bytes first = {copy, header->end + 1, in->name, in->room};
    int result = image_decode_stb(&first, "GIF", out, st);
    free(copy);
    return result;
}

const struct image_format image_format_gif = {"GIF", matches, inspect, decode};
