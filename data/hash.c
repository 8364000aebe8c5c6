#include "data/scan.h"

#include "data/image.h"
#include "data/status.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* Files of up to ALL bytes are read whole, and uncompressed pictures of any size. In a compressed
 * one a change moves all that comes after it, so that pieces see it: reading all of a million
 * photos through a network takes a day, and these pieces take a few hours. */
enum { PIECE = 512 * 1024, ALL = 4 << 20, SAMPLE = 64 * 1024, SAMPLES = 16 };

static const uint64_t fnv_start = 0xCBF29CE484222325u, fnv_prime = 0x100000001B3u;

uint64_t scan_hash_more(uint64_t hash, const void *bytes, size_t size)
{
    const unsigned char *p = bytes;
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ p[i]) * fnv_prime;
    return hash;
}

uint64_t scan_hash_bytes(const void *bytes, size_t size)
{
    return scan_hash_more(fnv_start, bytes, size);
}

static uint64_t mix(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * 0x9E3779B97F4A7C15u;
    return hash ^ hash >> 32;
}

/* Eight bytes at a time, as little-endian numbers on every machine; the last ones filled up with
 * zeros, which the size tells apart. */
static uint64_t mix_bytes(uint64_t hash, const unsigned char *p, size_t size)
{
    size_t i = 0;
    for (; i + 8 <= size; i += 8)
        hash = mix(hash, (uint64_t)p[i] | (uint64_t)p[i + 1] << 8 | (uint64_t)p[i + 2] << 16 |
                             (uint64_t)p[i + 3] << 24 | (uint64_t)p[i + 4] << 32 |
                             (uint64_t)p[i + 5] << 40 | (uint64_t)p[i + 6] << 48 |
                             (uint64_t)p[i + 7] << 56);
    for (; i < size; i += 8) {
        uint64_t word = 0;
        for (size_t k = 0; k < 8 && i + k < size; k++)
            word |= (uint64_t)p[i + k] << (8 * k);
        hash = mix(hash, word);
    }
    return hash;
}

/* Up to `size` bytes at an offset: how many, or -1. */
static ssize_t read_at(int fd, unsigned char *bytes, size_t size, off_t offset)
{
    size_t done = 0;
    while (done < size) {
        ssize_t n = pread(fd, bytes + done, size - done, offset + (off_t)done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        if (n == 0)
            break;
        done += (size_t)n;
    }
    return (ssize_t)done;
}

/* Mixes in a stretch of a file, through bytes [PIECE]. */
static int mix_file(int fd, unsigned char *bytes, off_t from, off_t to, uint64_t *hash)
{
    while (from < to) {
        size_t want = to - from < PIECE ? (size_t)(to - from) : PIECE;
        ssize_t n = read_at(fd, bytes, want, from);
        if (n < 0)
            return -1;
        *hash = mix_bytes(*hash, bytes, (size_t)n);
        if ((size_t)n < want)
            break; /* cut short meanwhile */
        from += n;
    }
    return 0;
}

/* PNM and BMP: pixels as they are, where a picture may differ from another in a few bytes. */
static int is_plain(const unsigned char *bytes)
{
    return (bytes[0] == 'P' && bytes[1] >= '1' && bytes[1] <= '7') ||
           (bytes[0] == 'B' && bytes[1] == 'M');
}

/* What lies between the first and the last piece of a file of more than two. */
static int mix_middle(int fd, unsigned char *bytes, off_t size, int plain, uint64_t *hash)
{
    const off_t between = size - 2 * PIECE;
    if (size <= ALL || (plain && size <= IMAGE_MAX_BYTES))
        return mix_file(fd, bytes, PIECE, size - PIECE, hash);
    for (int i = 0; i < SAMPLES; i++) {
        off_t at = PIECE + (between - SAMPLE) / (SAMPLES - 1) * i;
        if (mix_file(fd, bytes, at, at + SAMPLE, hash) != 0)
            return -1;
    }
    return 0;
}

static int hash_open(int fd, off_t size, uint64_t *hash, uint64_t *ends)
{
    unsigned char *bytes = malloc(PIECE);
    if (!bytes)
        return -1;
    const off_t first = size < PIECE ? size : PIECE, last = size > 2 * PIECE ? size - PIECE : first;
    uint64_t h = mix(fnv_start, (uint64_t)size), e;
    bytes[0] = bytes[1] = 0;
    int failed = mix_file(fd, bytes, 0, first, &h), plain = is_plain(bytes);
    e = h;
    failed = failed || (last > first && mix_middle(fd, bytes, size, plain, &h) != 0) ||
             mix_file(fd, bytes, last, size, &h) != 0;
    if (!failed && ends) {
        if (size <= 2 * PIECE)
            e = h;
        else
            failed = mix_file(fd, bytes, last, size, &e);
    }
    free(bytes);
    if (!failed) {
        *hash = h;
        if (ends)
            *ends = e;
    }
    return failed ? -1 : 0;
}

int scan_hash_file(const char *path, uint64_t *hash, struct status *st)
{
    return scan_hash_file_twice(path, hash, NULL, st);
}

int scan_hash_file_twice(const char *path, uint64_t *hash, uint64_t *ends, struct status *st)
{
    struct stat info;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return status_fail_errno(st, "%s", path);
    int result;
    if (fstat(fd, &info) != 0)
        result = status_fail_errno(st, "%s", path);
    else if (!S_ISREG(info.st_mode))
        result = status_fail(st, STATUS_INVALID, "%s: is a folder or a device, not a file", path);
    else if ((result = hash_open(fd, info.st_size, hash, ends)) != 0)
        status_fail_errno(st, "%s", path);
    close(fd);
    return result;
}
