/* PNM: PBM, PGM and PPM, as text (P1 to P3) or bytes (P4 to P6), up to 16 bits a value. */
#include "data/image_format.h"

#include "data/status.h"

#include <string.h>

struct reader {
    const struct image_bytes *in;
    size_t at;
};

static int is_space(int c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static int matches(const struct image_bytes *in)
{
    return in->size >= 3 && in->at[0] == 'P' && in->at[1] >= '1' && in->at[1] <= '6' &&
           (is_space(in->at[2]) || in->at[2] == '#');
}

static int is_text(const struct image_bytes *in)
{
    return in->at[1] <= '3';
}

static int is_bits(const struct image_bytes *in)
{
    return in->at[1] == '1' || in->at[1] == '4';
}

static int channels(const struct image_bytes *in)
{
    return in->at[1] == '3' || in->at[1] == '6' ? 3 : 1;
}

/* Spaces, and comments from # to the end of the line. */
static void skip_space(struct reader *r)
{
    for (; r->at < r->in->size; r->at++) {
        if (r->in->at[r->at] == '#')
            while (r->at + 1 < r->in->size && r->in->at[r->at] != '\n')
                r->at++;
        else if (!is_space(r->in->at[r->at]))
            return;
    }
}

/* A decimal number below 2^31; -1 when there is none. digits 1: the numbers of P1 may stand
 * together. */
static int64_t read_number(struct reader *r, int digits)
{
    int64_t value = 0;
    int count = 0;
    skip_space(r);
    for (; r->at < r->in->size && count < digits; r->at++, count++) {
        int c = r->in->at[r->at];
        if (c < '0' || c > '9')
            break;
        value = value * 10 + (c - '0');
        if (value > INT32_MAX)
            return -1;
    }
    return count ? value : -1;
}

/* Leaves *at at the first pixel and *most at the value of white. */
static int read_header(struct reader *r, uint32_t *most, struct image_header *out,
                       struct status *st)
{
    r->at = 2;
    int64_t width = read_number(r, 10), height = read_number(r, 10);
    int64_t white = is_bits(r->in) ? 1 : read_number(r, 10);
    if (r->at >= r->in->size)
        return image_cut_short(r->in, "PNM", st);
    if (width <= 0 || height <= 0 || white <= 0 || white > 65535)
        return image_damaged(r->in, "PNM", "its size is not told", st);
    if (!is_text(r->in))
        r->at++; /* one space, then the bytes */
    *most = (uint32_t)white;
    *out = (struct image_header){(uint32_t)width, (uint32_t)height, 1, r->in->size};
    return 0;
}

static size_t row_size(const struct image_bytes *in, uint32_t width, uint32_t most)
{
    if (is_bits(in))
        return ((size_t)width + 7) / 8;
    return (size_t)width * (size_t)channels(in) * (most > 255 ? 2 : 1);
}

static int inspect(const struct image_bytes *in, int whole, struct image_header *out,
                   struct status *st)
{
    struct reader r = {in, 0};
    uint32_t most;
    if (read_header(&r, &most, out, st) != 0)
        return -1;
    /* As text every value takes at least its one digit; reading finds out the rest. */
    uint64_t least = is_text(in) ? (uint64_t)out->width * (uint64_t)channels(in)
                                 : row_size(in, out->width, most);
    if (whole && (r.at > in->size || least * out->height > in->size - r.at))
        return image_cut_short(in, "PNM", st);
    return 0;
}

static uint32_t byte_value(const struct reader *r, uint32_t most, size_t i)
{
    if (is_bits(r->in))
        return !(r->in->at[r->at + i / 8] >> (7 - i % 8) & 1); /* 1 is black */
    return most > 255 ? image_be16(r->in, r->at + 2 * i) : r->in->at[r->at + i];
}

static int read_value(struct reader *r, uint32_t most, size_t i, uint32_t *value)
{
    if (!is_text(r->in)) {
        *value = byte_value(r, most, i);
    } else {
        int64_t number = read_number(r, is_bits(r->in) ? 1 : 10);
        if (number < 0)
            return -1;
        *value = is_bits(r->in) ? number == 0 : (uint32_t)number;
    }
    if (*value > most)
        *value = most;
    *value = (*value * 255 + most / 2) / most;
    return 0;
}

static int decode(const struct image_bytes *in, const struct image_header *header, int least,
                  struct image *out, struct status *st)
{
    (void)least;
    struct reader r = {in, 0};
    struct image_header again;
    uint32_t most, value;
    if (read_header(&r, &most, &again, st) != 0 ||
        image_new((int)header->width, (int)header->height, out, st) != 0)
        return -1;
    size_t n = header->width * (size_t)channels(in);
    unsigned char *to = out->rgb;
    for (uint32_t y = 0; y < header->height; y++) {
        for (size_t i = 0; i < n; i++) {
            if (read_value(&r, most, i, &value) != 0) {
                image_clear(out);
                return r.at < in->size ? image_damaged(in, "PNM", "a value is not a number", st)
                                       : image_cut_short(in, "PNM", st);
            }
            for (int copies = channels(in) == 3 ? 1 : 3; copies > 0; copies--)
                *to++ = (unsigned char)value;
        }
        if (!is_text(in))
            r.at += row_size(in, header->width, most);
    }
    return 0;
}

const struct image_format image_format_pnm = {"PNM", matches, inspect, decode};
