/* bfloat16: the upper half of a float. Its range, and 8 bits of its precision, in half the memory.
 */
#ifndef DATA_BFLOAT16_H
#define DATA_BFLOAT16_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* To the nearest, halves to even; what is no number stays so. */
static inline uint16_t bfloat16_from(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    if (x != x)
        return (uint16_t)(bits >> 16 | 0x40);
    return (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

static inline float bfloat16_to(uint16_t upper)
{
    uint32_t bits = (uint32_t)upper << 16;
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* n of them, at any address. */
void bfloat16_expand(const void *from, size_t n, float *x);

#endif
