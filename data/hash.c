#include "data/scan.h"

#include "data/status.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PIECE = 512 * 1024 };

static const uint64_t fnv_start = 0xCBF29CE484222325u, fnv_prime = 0x100000001B3u;

uint64_t scan_hash_bytes(const void *bytes, size_t size)
{
    const unsigned char *p = bytes;
    uint64_t hash = fnv_start;
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ p[i]) * fnv_prime;
    return hash;
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
    for (size_t i = 0; i < size; i += 8) {
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

/* The two pieces of a file; of up to 1 MiB they are all of it. */
static int hash_open(int fd, off_t size, uint64_t *hash)
{
    unsigned char *bytes = malloc(PIECE);
    if (!bytes)
        return -1;
    int result = -1;
    off_t second = size > 2 * PIECE ? size - PIECE : PIECE;
    uint64_t h = mix(fnv_start, (uint64_t)size);
    ssize_t n = read_at(fd, bytes, PIECE, 0);
    if (n >= 0) {
        h = mix_bytes(h, bytes, (size_t)n);
        n = size > PIECE ? read_at(fd, bytes, PIECE, second) : 0;
    }
    if (n >= 0) {
        *hash = mix_bytes(h, bytes, (size_t)n);
        result = 0;
    }
    free(bytes);
    return result;
}

int scan_hash_file(const char *path, uint64_t *hash, struct status *st)
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
    else if ((result = hash_open(fd, info.st_size, hash)) != 0)
        status_fail_errno(st, "%s", path);
    close(fd);
    return result;
}
