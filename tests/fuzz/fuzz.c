/* Drives a fuzz target without a fuzzer: every seed of the target, mutated many times by a seeded
 * generator; and before that, as they are, the files of tests/fuzz/corpus/TARGET below the current
 * folder, where there are any.
 *
 *     build/tests/fuzz/fuzz_x [-n ROUNDS] [-s SEED] [FILE...]
 *
 * ROUNDS mutations of each of the target's inputs (2000, or FUZZ_ROUNDS in the environment); the
 * same SEED, the same mutations. FILEs are run instead (a crash to look at). What a person runs
 * before a release, for weight files and config.json down to the network:
 *
 *     make SAN=address,undefined build/san-address-undefined/tests/fuzz/fuzz_model
 *     build/san-address-undefined/tests/fuzz/fuzz_model -n 10000
 *
 * Targets with fuzz_memory fail when an input makes them hold more than they allow. */
#include "tests/fuzz/fuzz.h"

#include <dirent.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- memory ---- */

/* Of all threads. Other threads' allocations may come in between an addition and the peak: a few
 * bytes too many or too few do not matter. */
static _Atomic size_t held, peak;

static void count(size_t size)
{
    size_t now = held += size;
    if (now > peak)
        peak = now;
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
/* Called by the sanitizer after each allocation and before each release. */
size_t __sanitizer_get_allocated_size(const volatile void *p);
void __sanitizer_malloc_hook(const volatile void *p, size_t size);
void __sanitizer_free_hook(const volatile void *p);

void __sanitizer_malloc_hook(const volatile void *p, size_t size)
{
    (void)p;
    count(size);
}

void __sanitizer_free_hook(const volatile void *p)
{
    if (p)
        held -= __sanitizer_get_allocated_size(p);
}
#else
/* These stand in for the C library's. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *p);

static void *counted(void *p)
{
    if (p)
        count(malloc_usable_size(p));
    return p;
}

void *malloc(size_t size)
{
    return counted(__libc_malloc(size));
}

void *calloc(size_t n, size_t size)
{
    return counted(__libc_calloc(n, size));
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return counted(__libc_memalign(alignment, size));
}

void *realloc(void *p, size_t size)
{
    size_t before = p ? malloc_usable_size(p) : 0;
    void *q = __libc_realloc(p, size);
    if (q || size == 0)
        held -= before;
    return counted(q);
}

void free(void *p)
{
    if (p)
        held -= malloc_usable_size(p);
    __libc_free(p);
}
#endif

__attribute__((weak)) size_t fuzz_memory(size_t size)
{
    (void)size;
    return SIZE_MAX;
}

/* ---- mutations ---- */

static uint64_t state = 0x9E3779B97F4A7C15u;

static uint64_t next64(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static uint32_t next(uint32_t below)
{
    return (uint32_t)((next64() >> 16) % below);
}

__attribute__((weak)) size_t fuzz_place(const unsigned char *bytes, size_t size, uint64_t random)
{
    (void)bytes;
    return (size_t)(random % size);
}

/* A digit for a digit, a letter for a letter: what is text stays text, and says something else. */
static unsigned char like(unsigned char byte)
{
    if (byte >= '0' && byte <= '9')
        return (unsigned char)('0' + next(10));
    if (byte >= 'a' && byte <= 'z')
        return (unsigned char)('a' + next(26));
    return (unsigned char)(byte + next(2) * 2 - 1);
}

static size_t mutate(unsigned char *bytes, size_t size, size_t capacity)
{
    static const unsigned char edges[] = {0,   1,   0x7f, 0x80, 0xff, 0xfe, '"', ',',
                                          '{', '[', '\n', '(',  't',  'R',  'b', 'u',
                                          'q', 'h', '.',  'K',  'J',  0x8a};
    for (unsigned changes = 1 + next(6); changes > 0; changes--) {
        if (size == 0)
            return 0;
        size_t at = fuzz_place(bytes, size, next64());
        switch (next(8)) {
        case 0: bytes[at] ^= (unsigned char)(1u << next(8)); break;
        case 1: bytes[at] = edges[next(sizeof edges)]; break;
        case 2:
            if (next(4) == 0)
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
        case 5: /* a number in a header, larger or smaller */
            for (size_t i = at; i < at + 4 && i < size; i++)
                bytes[i] = (unsigned char)next(256);
            break;
        default: bytes[at] = like(bytes[at]);
        }
    }
    return size;
}

/* ---- running ---- */

__attribute__((weak)) long fuzz_rounds(void)
{
    return 2000;
}

__attribute__((weak)) int fuzz_end(void)
{
    return 0;
}

/* The most memory of all inputs, and that input's size. */
static size_t most, most_size;

static void run(const unsigned char *bytes, size_t size)
{
    unsigned char *exact = malloc(size ? size : 1); /* so that a sanitizer sees the end */
    if (!exact)
        abort();
    memcpy(exact, bytes, size);
    size_t before = held;
    peak = held;
    fuzz_one(exact, size);
    size_t used = peak - before;
    if (used > most) {
        most = used;
        most_size = size;
    }
    if (used > fuzz_memory(size)) {
        printf("an input of %zu bytes took %zu bytes of memory, more than %zu\n", size, used,
               fuzz_memory(size));
        printf("0 passed, 1 failed, 0 skipped\n");
        exit(1);
    }
    free(exact);
}

static int run_file(int in, const char *path)
{
    int fd = openat(in, path, O_RDONLY | O_CLOEXEC);
    FILE *f = fd < 0 ? NULL : fdopen(fd, "rb");
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

static int is_input(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* The folder is held open: a target may go to another one. */
static int run_corpus(const char *program)
{
    const char *slash = strrchr(program, '/'), *base = slash ? slash + 1 : program;
    const char *name = strncmp(base, "fuzz_", 5) == 0 ? base + 5 : NULL;
    char path[256];
    struct dirent **list = NULL;
    snprintf(path, sizeof path, "tests/fuzz/corpus/%s", name ? name : "none");
    int in = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), failed = 0;
    int count = in >= 0 ? scandir(path, &list, is_input, alphasort) : 0;
    for (int i = 0; i < count; i++) {
        failed |= run_file(in, list[i]->d_name);
        free(list[i]);
    }
    free(list);
    if (in >= 0)
        close(in);
    return failed;
}

static int run_seeds(long rounds)
{
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
    printf("most memory: %zu bytes, for an input of %zu\n", most, most_size);
    int failed = fuzz_end() != 0;
    printf("%d passed, %d failed, 0 skipped\n", !failed, failed);
    return failed;
}

int main(int argc, char **argv)
{
    const char *text = getenv("FUZZ_ROUNDS");
    long rounds = text ? strtol(text, NULL, 10) : fuzz_rounds();
    int failed = 0, option;
    while ((option = getopt(argc, argv, "n:s:")) != -1) {
        if (option == 'n')
            rounds = strtol(optarg, NULL, 10);
        else if (option == 's') /* not 0, where the generator would stay */
            state = strtoull(optarg, NULL, 10) * 0x9E3779B97F4A7C15u | 1;
        else
            return 2;
    }
    for (int i = optind; i < argc; i++)
        failed |= run_file(AT_FDCWD, argv[i]);
    if (optind < argc)
        return failed;
    failed = run_corpus(argv[0]);
    return run_seeds(rounds) || failed;
}
