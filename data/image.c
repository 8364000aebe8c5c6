/* What is the same for every format: which one is it, may it be so large, pixels to RGB, the right
 * way up, and what to say when it is no picture at all. */
#include "data/image.h"

#include "data/file.h"
#include "data/image_format.h"
#include "data/status.h"
#include "data/stb.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { LONGEST_SIDE = 1 << 24 }; /* stb_image's own limit */

static const struct image_format *const formats[] = {
    &image_format_jpeg, &image_format_png, &image_format_gif, &image_format_bmp, &image_format_pnm,
};

/* ---- errors ---- */

int image_cut_short(const struct image_bytes *in, const char *format, struct status *st)
{
    return status_fail(st, STATUS_FORMAT,
                       "%s: is cut short: the file ends after %zu bytes, before the %s does",
                       in->name, in->size, format);
}

int image_damaged(const struct image_bytes *in, const char *format, const char *why,
                  struct status *st)
{
    return status_fail(st, STATUS_FORMAT, "%s: is a damaged %s: %s", in->name, format, why);
}

int image_not_read(const struct image_bytes *in, const char *what, struct status *st)
{
    return status_fail(st, STATUS_UNSUPPORTED, "%s: is %s; save it as a plain JPEG or PNG",
                       in->name, what);
}

struct look {
    unsigned char offset, size;
    const char *bytes, *what;
};

/* Kinds of files that are taken for photos, by how they begin. */
static const struct look pictures[] = {
    {8, 4, "WEBP", "a WebP picture"},        {0, 4, "II*\0", "a TIFF picture or a raw photo"},
    {0, 4, "MM\0*", "a TIFF picture"},       {4, 8, "ftypavif", "an AVIF picture"},
    {4, 7, "ftyphei", "a HEIC picture"},     {4, 7, "ftyphev", "a HEIC picture"},
    {4, 8, "ftypmif1", "a HEIF picture"},    {0, 4, "8BPS", "a Photoshop file"},
    {4, 8, "jP  \r\n\x87\n", "a JPEG 2000"}, {0, 2, "\xff\x0a", "a JPEG XL"},
    {0, 4, "<svg", "an SVG drawing"},        {4, 4, "JXL ", "a JPEG XL"},
};
static const struct look others[] = {
    {4, 4, "ftyp", "a film"},
    {0, 4, "%PDF", "a PDF document"},
    {0, 4, "PK\3\4", "a ZIP archive"},
    {0, 2, "\x1f\x8b", "a gzip archive"},
    {0, 9, "<!DOCTYPE", "a web page (HTML)"},
    {0, 9, "<!doctype", "a web page (HTML)"},
    {0, 5, "<html", "a web page (HTML)"},
    {0, 5, "<?xml", "an XML text"},
    {0, 23, "version https://git-lfs", "a Git LFS pointer, whose picture was not fetched"},
};

static const char *find_look(const struct image_bytes *in, const struct look *looks, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (image_has(in, looks[i].offset, looks[i].size) &&
            memcmp(in->at + looks[i].offset, looks[i].bytes, looks[i].size) == 0)
            return looks[i].what;
    return NULL;
}

/* Nothing below a space but what text has; and not a NUL in sight. */
static int looks_like_text(const struct image_bytes *in)
{
    size_t n = in->size < 1024 ? in->size : 1024;
    for (size_t i = 0; i < n; i++)
        if (in->at[i] < 32 && !(in->at[i] >= '\t' && in->at[i] <= '\r') && in->at[i] != 27)
            return 0;
    return 1;
}

static int only_zeros(const struct image_bytes *in)
{
    return in->at[0] == 0 && memcmp(in->at, in->at + 1, in->size - 1) == 0;
}

static int not_a_picture(const struct image_bytes *in, struct status *st)
{
    if (in->size == 0)
        return status_fail(st, STATUS_FORMAT, "%s: is empty (0 bytes)", in->name);
    const char *what = find_look(in, pictures, sizeof pictures / sizeof *pictures);
    if (what)
        return image_not_read(in, what, st);
    what = find_look(in, others, sizeof others / sizeof *others);
    if (!what && only_zeros(in))
        what = "nothing but zeros";
    if (!what && looks_like_text(in))
        what = "text";
    if (what)
        return status_fail(st, STATUS_FORMAT, "%s: is %s, not a picture", in->name, what);
    return status_fail(st, STATUS_FORMAT,
                       "%s: is not a picture that can be read (JPEG, PNG, BMP, GIF, PNM)",
                       in->name);
}

/* ---- pixels ---- */

static int check_area(const char *name, uint64_t width, uint64_t height, struct status *st)
{
    if (width == 0 || height == 0)
        return status_fail(st, STATUS_FORMAT, "%s: has no pixels (%llu x %llu)", name,
                           (unsigned long long)width, (unsigned long long)height);
    /* Each side is below 2^32, so the product cannot overflow. */
    if (width * height > IMAGE_MAX_PIXELS || width > LONGEST_SIDE || height > LONGEST_SIDE)
        return status_fail(
            st, STATUS_LIMIT,
            "%s: is too large: %llu x %llu are %llu million pixels, at most %d million "
            "are read",
            name, (unsigned long long)width, (unsigned long long)height,
            (unsigned long long)(width * height / 1000000), IMAGE_MAX_PIXELS / 1000000);
    return 0;
}

int image_new(int width, int height, struct image *out, struct status *st)
{
    *out = (struct image){0};
    if (width < 1 || height < 1 || (int64_t)width * height > IMAGE_MAX_PIXELS)
        return status_fail(st, STATUS_LIMIT, "a picture of %d x %d pixels cannot be made", width,
                           height);
    unsigned char *rgb = malloc((size_t)width * (size_t)height * 3);
    if (!rgb)
        return status_fail(st, STATUS_MEMORY, "out of memory for a picture of %d x %d pixels",
                           width, height);
    *out = (struct image){width, height, rgb};
    return 0;
}

void image_clear(struct image *image)
{
    free(image->rgb);
    *image = (struct image){0};
}

int image_new_for(const struct image_bytes *in, int width, int height, struct image *out,
                  struct status *st)
{
    if (!in->room || width < 1 || height < 1 || (int64_t)width * height > IMAGE_MAX_PIXELS)
        return image_new(width, height, out, st);
    *out = (struct image){width, height, in->room};
    return 0;
}

void image_drop(const struct image_bytes *in, struct image *image)
{
    if (image->rgb && image->rgb == in->room)
        *image = (struct image){0};
    image_clear(image);
}

static unsigned char over_grey(unsigned colour, unsigned alpha)
{
    return (unsigned char)((colour * alpha + 128 * (255 - alpha) + 127) / 255);
}

/* From 1 (grey), 2 (grey, alpha) or 4 (RGB, alpha) values a pixel to RGB. `to` may be `from` when
 * it is not the longer one: then no value is overwritten before it is read. */
static void to_rgb(const unsigned char *from, int values, size_t pixels, unsigned char *to)
{
    for (size_t i = 0; i < pixels; i++, from += values, to += 3) {
        unsigned alpha = values == 1 ? 255 : from[values - 1];
        unsigned r = from[0], g = values == 4 ? from[1] : r, b = values == 4 ? from[2] : r;
        to[0] = over_grey(r, alpha);
        to[1] = over_grey(g, alpha);
        to[2] = over_grey(b, alpha);
    }
}

/* Takes over what stb_image allocated. */
static int adopt(unsigned char *pixels, int width, int height, int values, struct image *out,
                 struct status *st)
{
    size_t count = (size_t)width * (size_t)height;
    if (values == 1 || values == 2) {
        int failed = image_new(width, height, out, st);
        if (!failed)
            to_rgb(pixels, values, count, out->rgb);
        free(pixels);
        return failed;
    }
    if (values == 4) {
        to_rgb(pixels, values, count, pixels);
        unsigned char *smaller = realloc(pixels, count * 3);
        pixels = smaller ? smaller : pixels;
    }
    *out = (struct image){width, height, pixels};
    return 0;
}

int image_decode_stb(const struct image_bytes *in, const char *format, struct image *out,
                     struct status *st)
{
    int width = 0, height = 0, values = 0;
    if (in->size > INT_MAX)
        return image_damaged(in, format, "it is too long", st);
    unsigned char *pixels =
        stbi_load_from_memory(in->at, (int)in->size, &width, &height, &values, 0);
    if (!pixels) {
        const char *why = stbi_failure_reason();
        if (why && strcmp(why, "outofmem") == 0)
            return status_fail(st, STATUS_MEMORY, "%s: out of memory for its pixels", in->name);
        return image_damaged(in, format, why && *why ? why : "it cannot be decoded", st);
    }
    if (width < 1 || height < 1 || (int64_t)width * height > IMAGE_MAX_PIXELS || values < 1 ||
        values > 4) {
        free(pixels);
        return image_damaged(in, format, "its size is not told", st);
    }
    return adopt(pixels, width, height, values, out, st);
}

/* ---- orientation ---- */

/* Where a stored pixel goes: to = first + x * across + y * down, in pixels of the turned picture.
 * 2 and 4 are mirrored, 3 upside down, 5 to 8 lie on their sides. */
struct turn {
    ptrdiff_t first, across, down;
};

static struct turn find_turn(int orientation, ptrdiff_t w, ptrdiff_t h)
{
    switch (orientation) {
    case 2: /* left and right change places */ return (struct turn){w - 1, -1, w};
    case 3: /* half a turn */ return (struct turn){w * h - 1, -1, -w};
    case 4: /* top and bottom change places */ return (struct turn){w * (h - 1), 1, -w};
    case 5: /* rows become columns */ return (struct turn){0, h, 1};
    case 6: /* a quarter to the right */ return (struct turn){h - 1, h, -1};
    case 7: /* rows become columns, then half a turn */ return (struct turn){w * h - 1, -h, -1};
    case 8: /* a quarter to the left */ return (struct turn){h * (w - 1), -h, 1};
    default: return (struct turn){0, 1, w};
    }
}

/* In tiles: a quarter turn writes down columns, and a tile of those stays in the cache. */
static void copy_turned(const struct image *in, struct turn t, unsigned char *to)
{
    enum { TILE = 32 };
    for (int top = 0; top < in->height; top += TILE)
        for (int left = 0; left < in->width; left += TILE)
            for (int y = top; y < in->height && y < top + TILE; y++) {
                const unsigned char *from =
                    in->rgb + ((size_t)y * (size_t)in->width + (size_t)left) * 3;
                unsigned char *p = to + (t.first + left * t.across + y * t.down) * 3;
                for (int x = left; x < in->width && x < left + TILE; x++, from += 3) {
                    p[0] = from[0];
                    p[1] = from[1];
                    p[2] = from[2];
                    p += t.across * 3;
                }
            }
}

static int turn(const struct image_bytes *in, struct image *image, int orientation,
                struct status *st)
{
    struct image turned;
    int lies = orientation >= 5;
    if (image_new_for(in, lies ? image->height : image->width, lies ? image->width : image->height,
                      &turned, st) != 0)
        return -1;
    copy_turned(image, find_turn(orientation, image->width, image->height), turned.rgb);
    image_clear(image);
    *image = turned;
    return 0;
}

/* ---- the header's functions ---- */

/* The format, and the header with its area checked. */
static const struct image_format *identify(const struct image_bytes *in,
                                           struct image_header *header, struct status *st)
{
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        if (!formats[i]->matches(in))
            continue;
        if (formats[i]->inspect(in, 0, header, st) != 0 ||
            check_area(in->name, header->width, header->height, st) != 0)
            return NULL;
        return formats[i];
    }
    not_a_picture(in, st);
    return NULL;
}

int image_probe(const void *bytes, size_t size, const char *name, struct image_info *info,
                struct status *st)
{
    struct image_bytes in = {bytes, size, name, NULL};
    struct image_header header;
    const struct image_format *format = identify(&in, &header, st);
    if (!format)
        return -1;
    int lies = header.orientation >= 5;
    *info = (struct image_info){(int)(lies ? header.height : header.width),
                                (int)(lies ? header.width : header.height), format->name};
    return 0;
}

/* Is it the header's size, or a half, a quarter, ... of it, `most` times smaller at most? */
static int has_size(const struct image *image, const struct image_header *header, uint32_t most)
{
    for (uint32_t by = 1; by <= most; by *= 2)
        if ((uint32_t)image->width == (header->width + by - 1) / by &&
            (uint32_t)image->height == (header->height + by - 1) / by)
            return 1;
    return 0;
}

int image_decode_to(const void *bytes, size_t size, const char *name, int least,
                    unsigned char *room, struct image *out, struct status *st)
{
    struct image_bytes in = {bytes, size, name, NULL};
    struct image_header header;
    *out = (struct image){0};
    const struct image_format *format = identify(&in, &header, st);
    if (!format || format->inspect(&in, 1, &header, st) != 0)
        return -1;
    /* The room is for the picture as it will be: one that is to be turned is decoded elsewhere. */
    int turns = header.orientation > 1;
    in.room = turns ? NULL : room;
    if (format->decode(&in, &header, least, out, st) != 0)
        return -1;
    if (!has_size(out, &header, least > 0 ? 8 : 1)) {
        image_drop(&in, out);
        return image_damaged(&in, format->name, "it says two different sizes", st);
    }
    in.room = room;
    if (turns && turn(&in, out, header.orientation, st) != 0) {
        image_clear(out);
        return -1;
    }
    return 0;
}

int image_decode(const void *bytes, size_t size, const char *name, int least, struct image *out,
                 struct status *st)
{
    return image_decode_to(bytes, size, name, least, NULL, out, st);
}

int image_load(const char *path, int least, struct image *out, struct status *st)
{
    char *bytes;
    size_t size;
    *out = (struct image){0};
    if (file_read(path, IMAGE_MAX_BYTES, &bytes, &size, st) != 0)
        return -1;
    int result = image_decode(bytes, size, path, least, out, st);
    free(bytes);
    return result;
}

const char *image_photo_ending(int i)
{
    static const char *const ends[] = {".jpg", ".jpeg", ".png", ".bmp",
                                       ".gif", ".ppm",  ".pgm", ".pnm"};
    return i >= 0 && i < (int)(sizeof ends / sizeof *ends) ? ends[i] : NULL;
}

int image_has_photo_name(const char *path)
{
    const char *name = strrchr(path, '/'), *ending;
    const char *end = strrchr(name ? name : path, '.');
    for (int i = 0; end && (ending = image_photo_ending(i)); i++)
        if (strcasecmp(end, ending) == 0)
            return 1;
    return 0;
}
