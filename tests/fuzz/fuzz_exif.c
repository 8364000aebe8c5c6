/* The TIFF folder of an EXIF segment, of both byte orders: an orientation that there is, whatever
 * it says. */
#include "data/exif.h"

#include <stdlib.h>

#include "tests/fuzz/fuzz.h"

void fuzz_one(const unsigned char *bytes, size_t size)
{
    int orientation = exif_orientation(bytes, size);
    if (orientation < 1 || orientation > 8)
        abort();
}

/* A SHORT at once; a LONG after another entry, in a folder behind others. */
size_t fuzz_seed(int k, unsigned char *bytes, size_t capacity)
{
    static const unsigned char little[] = "II*\0\x08\0\0\0\1\0"
                                          "\x12\x01\3\0\1\0\0\0\6\0\0\0\0\0\0";
    static const unsigned char big[] = "MM\0*\0\0\0\x10padding.\0\2"
                                       "\x01\x10\0\2\0\0\0\4abc\0"
                                       "\x01\x12\0\4\0\0\0\1\0\0\0\x08\0\0\0";
    const unsigned char *const seeds[] = {little, big};
    const size_t sizes[] = {sizeof little - 1, sizeof big - 1};
    if (k >= 2 || sizes[k] > capacity)
        return 0;
    memcpy(bytes, seeds[k], sizes[k]);
    return sizes[k];
}

size_t fuzz_memory(size_t size)
{
    (void)size;
    return 0;
}
