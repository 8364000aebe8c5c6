/* A fuzz target is one file tests/fuzz/fuzz_NAME.c with these two functions. */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stddef.h>

/* Feeds the bytes to what is tested; must not crash, hang, leak or allocate beyond reason. */
void fuzz_one(const unsigned char *bytes, size_t size);

/* The k-th valid input to start from; its size, or 0 when there are no more. */
size_t fuzz_seed(int k, unsigned char *bytes, size_t capacity);

#endif
