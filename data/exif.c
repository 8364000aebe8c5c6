#include "data/exif.h"

#include <stdint.h>
#include <string.h>

enum { TAG_ORIENTATION = 0x0112, TYPE_SHORT = 3, TYPE_LONG = 4, ENTRY_SIZE = 12 };

struct tiff {
    const unsigned char *bytes;
    size_t size;
    int big_endian;
};

/* Reads n bytes at an offset as a number; 0 beyond the end. */
static uint32_t number(const struct tiff *t, size_t at, size_t n)
{
    uint32_t value = 0;
    if (at > t->size || t->size - at < n)
        return 0;
    for (size_t i = 0; i < n; i++)
        value = value << 8 | t->bytes[at + (t->big_endian ? i : n - 1 - i)];
    return value;
}

int exif_orientation(const unsigned char *bytes, size_t size)
{
    struct tiff t = {bytes, size, 0};
    if (size < 8 || (memcmp(bytes, "II", 2) != 0 && memcmp(bytes, "MM", 2) != 0))
        return 1;
    t.big_endian = bytes[0] == 'M';
    if (number(&t, 2, 2) != 42)
        return 1;
    size_t folder = number(&t, 4, 4);
    size_t entries = number(&t, folder, 2);
    for (size_t i = 0; i < entries; i++) {
        size_t entry = folder + 2 + i * ENTRY_SIZE;
        if (entry > size || size - entry < ENTRY_SIZE)
            return 1;
        if (number(&t, entry, 2) != TAG_ORIENTATION)
            continue;
        uint32_t type = number(&t, entry + 2, 2);
        uint32_t value = type == TYPE_SHORT  ? number(&t, entry + 8, 2)
                         : type == TYPE_LONG ? number(&t, entry + 8, 4)
                                             : 1;
        return value >= 1 && value <= 8 ? (int)value : 1;
    }
    return 1;
}
