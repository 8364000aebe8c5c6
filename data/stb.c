/* stb_image by Sean Barrett, compiled once. PNM is read by image_pnm.c, because stb_image fills a
 * file that is cut short with whatever was in memory. image.c bounds what gets here; see
 * image_format.h. */
#include <stdlib.h>

/* A few bytes of a PNG can unpack to gigabytes. Nothing that image.c lets through needs more than
 * this in one piece: 120 million pixels of 4 x 16 bits are 960 MB. */
#define LARGEST_PIECE ((size_t)1 << 30)

/* Zeroed: a damaged file may leave pixels that nothing was written to, and they shall not show what
 * was in memory before. */
static void *stb_malloc(size_t size)
{
    return size > LARGEST_PIECE ? NULL : calloc(size, 1);
}

static void *stb_realloc(void *bytes, size_t size)
{
    return size > LARGEST_PIECE ? NULL : realloc(bytes, size);
}

#define STBI_MALLOC(size)         stb_malloc(size)
#define STBI_REALLOC(bytes, size) stb_realloc(bytes, size)
#define STBI_FREE(bytes)          free(bytes)
#define STB_IMAGE_IMPLEMENTATION
#include "data/stb.h"
