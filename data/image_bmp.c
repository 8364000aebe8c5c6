/* BMP: a header that says where the pixels begin and how many bytes each row has. stb_image reads
 * zeros past the end of the file, so the end is checked here. */
#include "data/image_format.h"

#include "data/status.h"

#include <string.h>

enum { FILE_HEADER = 14, CORE_HEADER = 12 };

struct layout {
    uint32_t header, offset, bits, compression;
};

static int matches(const struct image_bytes *in)
{
    return in->size >= 18 && memcmp(in->at, "BM", 2) == 0 && image_le32(in, FILE_HEADER) >= 12 &&
           image_le32(in, FILE_HEADER) <= 124;
}

static int read_layout(const struct image_bytes *in, struct layout *l, struct image_header *out,
                       struct status *st)
{
    l->offset = image_le32(in, 10);
    l->header = image_le32(in, FILE_HEADER);
    l->compression = 0;
    if (!image_has(in, FILE_HEADER, l->header))
        return image_cut_short(in, "BMP", st);
    if (l->header == CORE_HEADER) {
        out->width = image_le16(in, 18);
        out->height = image_le16(in, 20);
        l->bits = image_le16(in, 24);
        return 0;
    }
    if (l->header < 40)
        return image_not_read(in, "a BMP of a rare kind", st);
    out->width = image_le32(in, 18);
    out->height = image_le32(in, 22);
    if (out->height >> 31)
        out->height = -out->height; /* negative: the first row is the top one */
    l->bits = image_le16(in, 28);
    l->compression = image_le32(in, 30);
    return 0;
}

static int inspect(const struct image_bytes *in, int whole, struct image_header *out,
                   struct status *st)
{
    struct layout l = {0};
    *out = (struct image_header){.orientation = 1, .end = in->size};
    if (read_layout(in, &l, out, st) != 0)
        return -1;
    if (!whole)
        return 0;
    if (l.compression != 0 && l.compression != 3)
        return image_not_read(in, "a BMP with packed pixels (RLE, JPEG or PNG inside)", st);
    if (l.bits != 1 && l.bits != 4 && l.bits != 8 && l.bits != 16 && l.bits != 24 && l.bits != 32)
        return image_not_read(in, "a BMP of a rare kind", st);
    if (l.offset < FILE_HEADER + l.header)
        return image_damaged(in, "BMP", "its pixels begin inside its header", st);
    uint64_t used = ((uint64_t)out->width * l.bits + 7) / 8; /* the last row needs no filling */
    uint64_t row = (used + 3) / 4 * 4;
    if (l.offset + row * (out->height - 1) + used > in->size)
        return image_cut_short(in, "BMP", st);
    return 0;
}

static int decode(const struct image_bytes *in, const struct image_header *header, int least,
                  struct image *out, struct status *st)
{
    (void)least;
    (void)header;
    return image_decode_stb(in, "BMP", out, st);
}

const struct image_format image_format_bmp = {"BMP", matches, inspect, decode};
