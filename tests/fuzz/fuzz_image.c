/* Every format of pictures, and EXIF in a JPEG. Pictures of an honest size only: a header that was
 * changed to say 10,000 x 10,000 is within the limits, and takes its time. */
#include "data/image.h"
#include "tests/data/tiny.h"
#include "tests/fuzz/fuzz.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static const unsigned char exif[] = "\xff\xe1\0\x2a"
                                    "Exif\0\0II*\0\x08\0\0\0\2\0"
                                    "\x10\x01\2\0\1\0\0\0\0\0\0\0"
                                    "\x12\x01\3\0\1\0\0\0\6\0\0";

static uint32_t crc32(const unsigned char *bytes, size_t size)
{
    uint32_t crc = 0xFFFFFFFF;
    for (size_t i = 0; i < size; i++) {
        crc ^= bytes[i];
        for (int k = 0; k < 8; k++)
            crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320 : 0);
    }
    return ~crc;
}

/* Right check sums, without which no change inside a PNG gets any further. */
static void repair_png(unsigned char *bytes, size_t size)
{
    for (size_t at = 8; at + 12 <= size;) {
        size_t length = (size_t)bytes[at] << 24 | (size_t)bytes[at + 1] << 16 |
                        (size_t)bytes[at + 2] << 8 | bytes[at + 3];
        if (length > size - at - 12)
            return;
        uint32_t crc = crc32(bytes + at + 4, length + 4);
        for (size_t i = 0; i < 4; i++)
            bytes[at + 8 + length + i] = (unsigned char)(crc >> (24 - 8 * i));
        at += length + 12;
    }
}

static void decode_least(const unsigned char *bytes, size_t size, const struct image_info *info)
{
    enum { LEAST = 3 };
    struct image image;
    if (image_decode(bytes, size, "fuzz", LEAST, &image, NULL) != 0)
        return;
    int smaller = image.width < image.height ? image.width : image.height;
    if (image.width > info->width || image.height > info->height ||
        (smaller < LEAST && image.width < info->width))
        abort();
    image_clear(&image);
}

static void decode(const unsigned char *bytes, size_t size)
{
    struct image_info info;
    struct image image;
    if (image_probe(bytes, size, "fuzz", &info, NULL) != 0)
        return;
    if ((long long)info.width * info.height > 1000 * 1000)
        return;
    if (image_decode(bytes, size, "fuzz", 0, &image, NULL) == 0) {
        unsigned char *copy = malloc(3 * (size_t)image.width * (size_t)image.height);
        if (!copy || image.width != info.width || image.height != info.height)
            abort();
        memcpy(copy, image.rgb, 3 * (size_t)image.width * (size_t)image.height);
        free(copy);
    }
    image_clear(&image);
    decode_least(bytes, size, &info);
}

void fuzz_one(const unsigned char *bytes, size_t size)
{
    decode(bytes, size);
    if (size < 8 || memcmp(bytes, "\x89PNG", 4) != 0)
        return;
    unsigned char *repaired = malloc(size);
    if (!repaired)
        abort();
    memcpy(repaired, bytes, size);
    repair_png(repaired, size);
    decode(repaired, size);
    free(repaired);
}

size_t fuzz_seed(int k, unsigned char *bytes, size_t capacity)
{
    const struct tiny *t = k < TINY_COUNT ? &tiny[k] : &tiny[0];
    if (k > TINY_COUNT || capacity < t->size + sizeof exif)
        return 0;
    if (k < TINY_COUNT) {
        memcpy(bytes, t->bytes, t->size);
        return t->size;
    }
    memcpy(bytes, t->bytes, 2);
    memcpy(bytes + 2, exif, sizeof exif);
    memcpy(bytes + 2 + sizeof exif, t->bytes + 2, t->size - 2);
    return t->size + sizeof exif;
}
