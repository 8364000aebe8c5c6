/* The reader of a font's ligatures (data/sample), which belongs to no library. */
#include "data/sample/ligatures.h"
#include "data/sample/ligatures.c"

#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

/* Two lookups: 1 2 -> 9 directly, then 9 3 -> 8 through an extension. */
static const unsigned char table[] = {
    0, 1, 0, 0, 0, 0,  0, 0,  0, 10, /* version, ..., lookup list at 10 */
    0, 2, 0, 6, 0, 38,               /* lookups at 16 and 48 */
    0, 4, 0, 0, 0, 1,  0, 8,         /* ligatures; one subtable at 24 */
    0, 1, 0, 8, 0, 1,  0, 14,        /* coverage at 32, one set at 38 */
    0, 1, 0, 1, 0, 1,                /* covers glyph 1 */
    0, 1, 0, 4, 0, 9,  0, 2,  0, 2,  /* 1 2 -> 9; ends at 48 */
    0, 7, 0, 0, 0, 1,  0, 8,         /* extension; one subtable at 56 */
    0, 1, 0, 4, 0, 0,  0, 8,         /* of a ligature subtable at 64 */
    0, 1, 0, 8, 0, 1,  0, 18,        /* coverage at 72, one set at 82 */
    0, 2, 0, 1, 0, 9,  0, 9,  0, 0,  /* covers the range 9 to 9 */
    0, 1, 0, 4, 0, 8,  0, 2,  0, 3,  /* 9 3 -> 8 */
};

void fuzz_one(const unsigned char *bytes, size_t size)
{
    uint32_t glyphs[6] = {1, 2, 3, 9, 3, 1};
    size_t count = ligatures_apply(bytes, size, glyphs, 6);
    int intact = size == sizeof table && memcmp(bytes, table, size) == 0;
    if (count < 1 || count > 6)
        abort();
    if (intact && (count != 3 || glyphs[0] != 8 || glyphs[1] != 8 || glyphs[2] != 1))
        abort();
}

size_t fuzz_seed(int k, unsigned char *bytes, size_t capacity)
{
    if (k > 0 || capacity < sizeof table)
        return 0;
    memcpy(bytes, table, sizeof table);
    return sizeof table;
}
