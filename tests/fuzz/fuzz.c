/* Drives a fuzz target without a fuzzer: every seed of the target, mutated many times by a seeded
 * generator. `build/tests/fuzz/fuzz_x FILE...` runs files instead (a crash to look at).
 * FUZZ_ROUNDS in the environment sets the number of mutations (2000). */
#include "tests/fuzz/fuzz.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t state = 0x9E3779B97F4A7C15u;

static uint32_t next(uint32_t below)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)((state >> 16) % below);
}

static size_t mutate(unsigned char *bytes, size_t size, size_t capacity)
{
    static const unsigned char edges[] = {0, 1, 0x7f, 0x80, 0xff, 0xfe, '"', ',', '{', '[', '\n'};
    for (unsigned changes = 1 + next(6); changes > 0; changes--) {
        if (size == 0)
            return next((uint32_t)capacity);
        size_t at = next((uint32_t)size);
        switch (next(6)) {
        case 0:
            bytes[at] ^= (unsigned char)(1u << next(8));
            break;
        case 1:
            bytes[at] = edges[next(sizeof edges)];
            break;
        case 2:
            size = at; /* cut */
            break;
        case 3: { /* copy a piece elsewhere */
            size_t to = next((uint32_t)size), n = next(64);
            if (at + n <= size && to + n <= size)
                memmove(bytes + to, bytes + at, n);
            break;
        }
        case 4: /* insert */
            if (size < capacity) {
                memmove(bytes + at + 1, bytes + at, size - at);
                bytes[at] = (unsigned char)next(256);
                size++;
            }
            break;
        default: /* a number in a header, larger or smaller */
            for (size_t i = at; i < at + 4 && i < size; i++)
                bytes[i] = (unsigned char)next(256);
        }
    }
    return size;
}

static void run(const unsigned char *bytes, size_t size)
{
    unsigned char *exact = malloc(size ? size : 1); /* so that a sanitizer sees the end */
    if (!exact)
        abort();
    memcpy(exact, bytes, size);
    fuzz_one(exact, size);
    free(exact);
}

static int run_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    if (!f) {
        perror(path);
        return 1;
    }
    static unsigned char bytes[1 << 22];
    size_t size = fread(bytes, 1, sizeof bytes, f);
    fclose(f);
    run(bytes, size);
    return 0;
}

int main(int argc, char **argv)
{
    int failed = 0;
    for (int i = 1; i < argc; i++)
        failed |= run_file(argv[i]);
    if (argc > 1)
        return failed;
    const char *text = getenv("FUZZ_ROUNDS");
    long rounds = text ? strtol(text, NULL, 10) : 2000;
    enum { CAPACITY = 1 << 20 };
    unsigned char *seed = malloc(CAPACITY), *bytes = malloc(CAPACITY);
    if (!seed || !bytes)
        return 1;
    size_t size;
    for (int k = 0; (size = fuzz_seed(k, seed, CAPACITY)) > 0; k++) {
        run(seed, size);
        for (long r = 0; r < rounds; r++) {
            memcpy(bytes, seed, size);
            run(bytes, mutate(bytes, size, CAPACITY));
        }
    }
    free(seed);
    free(bytes);
    printf("1 passed, 0 failed, 0 skipped\n");
    return 0;
}
