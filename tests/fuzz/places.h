/* Where weight files have something to be misunderstood: everything but the numbers. */
#ifndef TESTS_FUZZ_PLACES_H
#define TESTS_FUZZ_PLACES_H

#include <stdint.h>
#include <string.h>

/* The place of a text in the bytes, or `otherwise`. */
static inline size_t place_find(const unsigned char *bytes, size_t size, const char *text,
                                size_t length, size_t otherwise)
{
    const unsigned char *found = size ? memmem(bytes, size, text, length) : NULL;
    return found ? (size_t)(found - bytes) : otherwise;
}

/* A ZIP archive: half of the changes in the pickle, a quarter in the directory and the end records,
 * the others anywhere. */
static inline size_t place_in_zip(const unsigned char *bytes, size_t size, uint64_t random)
{
    size_t pickle = place_find(bytes, size, "data.pkl", 8, 0);
    size_t pickle_end =
        pickle + place_find(bytes + pickle, size - pickle, "PK\3\4", 4, size - pickle);
    size_t directory = place_find(bytes, size, "PK\1\2", 4, 0);
    uint64_t which = random % 4, r = random / 4;
    if (which < 2 && pickle_end > pickle)
        return pickle + (size_t)(r % (pickle_end - pickle));
    return which == 2 ? directory + (size_t)(r % (size - directory)) : (size_t)(r % size);
}

/* Safetensors: three quarters of the changes in the length and the header. */
static inline size_t place_in_safetensors(const unsigned char *bytes, size_t size, uint64_t random)
{
    uint64_t length = 0, r = random / 4;
    if (size >= 8)
        memcpy(&length, bytes, 8);
    if (random % 4 == 3 || length >= size - 8 || size < 8)
        return (size_t)(r % size);
    return (size_t)(r % (length + 8));
}

#endif
