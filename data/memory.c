#include "data/memory.h"

#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

void *memory_large(size_t bytes)
{
    const size_t page = (size_t)2 << 20, unit = bytes < page ? 64 : page;
    if (bytes > SIZE_MAX - page)
        return NULL;
    bytes = (bytes + unit - 1) / unit * unit;
    void *p = aligned_alloc(unit, bytes ? bytes : unit);
    if (p && unit == page)
        madvise(p, bytes, MADV_HUGEPAGE);
    return p;
}

void memory_give_back(void)
{
    mallopt(M_MMAP_THRESHOLD, 2 << 20);
    mallopt(M_TRIM_THRESHOLD, 32 << 20); /* which would be 128 kB now, and go with every picture */
}
