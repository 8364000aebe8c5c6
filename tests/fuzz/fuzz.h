/* A fuzz target is one file tests/fuzz/fuzz_NAME.c with the first two of these functions. */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Feeds the bytes to what is tested; must not crash, hang, leak or allocate beyond reason. */
void fuzz_one(const unsigned char *bytes, size_t size);

/* The k-th valid input to start from; its size, or 0 when there are no more. */
size_t fuzz_seed(int k, unsigned char *bytes, size_t capacity);

/* fuzz_seed where they are texts; the zero bytes at their ends are not part of them. */
#define FUZZ_SEED_TEXTS(...)                                                                       \
    size_t fuzz_seed(int k, unsigned char *bytes, size_t capacity)                                 \
    {                                                                                              \
        static const char *const seeds[] = {__VA_ARGS__};                                          \
        if (k >= (int)(sizeof seeds / sizeof *seeds) || strlen(seeds[k]) > capacity)               \
            return 0;                                                                              \
        memcpy(bytes, seeds[k], strlen(seeds[k]));                                                 \
        return strlen(seeds[k]);                                                                   \
    }

/* A target may have this: the most bytes of memory that fuzz_one may hold at once, beyond what was
 * held before it, for an input of this size; more fails the program. Without it nothing is counted.
 */
size_t fuzz_memory(size_t size);

/* A target may have this: where the next change of an input goes (below size, which is not 0).
 * Without it every byte is as likely; where most bytes are plain numbers, a target can point to the
 * others. random: as uniform as 64 bits can be. */
size_t fuzz_place(const unsigned char *bytes, size_t size, uint64_t random);

/* A target may have these: how many mutations of each input, where 2000 take too long; and what is
 * to be said and checked when all have run: 0, or not, which fails the program. */
long fuzz_rounds(void);
int fuzz_end(void);

#endif
