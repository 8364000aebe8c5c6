#include "data/bfloat16.h"

void bfloat16_expand(const void *from, size_t n, float *x)
{
    const unsigned char *bytes = from;
    for (size_t i = 0; i < n; i++) {
        uint16_t upper;
        memcpy(&upper, bytes + 2 * i, sizeof upper);
        x[i] = bfloat16_to(upper);
    }
}
