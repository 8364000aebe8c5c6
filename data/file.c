/* Reading whole, mapping, folders. What writes is in file_write.c.
 *
 * Files are opened with O_NONBLOCK so that a pipe with nobody at its other end cannot hold the
 * program up before fstat has said that it is no regular file; on those the flag does nothing. */
#include "data/file.h"

#include "data/status.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int open_regular(const char *path, struct stat *info, struct status *st)
{
    int fd;
    do
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    while (fd < 0 && errno == EINTR);
    if (fd < 0)
        return status_fail_errno(st, "%s", path);
    if (fstat(fd, info) != 0) {
        status_fail_errno(st, "%s", path);
    } else if (S_ISDIR(info->st_mode)) {
        status_fail(st, STATUS_INVALID, "%s: is a folder, not a file", path);
    } else if (!S_ISREG(info->st_mode)) {
        status_fail(st, STATUS_INVALID, "%s: is a device or a pipe, not a file", path);
    } else {
        return fd;
    }
    close(fd);
    return -1;
}

static int too_large(const char *path, uint64_t size, size_t limit, struct status *st)
{
    return status_fail(st, STATUS_LIMIT, "%s: has %llu bytes, more than the %zu allowed here", path,
                       (unsigned long long)size, limit);
}

/* Reads to the end: the size that fstat told is only where to start, because a file may grow
 * meanwhile and those of /proc say 0. */
static int read_all(int fd, const char *path, size_t limit, size_t expected, char **bytes,
                    size_t *size, struct status *st)
{
    size_t capacity = expected + 1, used = 0;
    char *buffer = malloc(capacity + 1);
    if (!buffer)
        goto no_memory;
    for (;;) {
        if (used == capacity) {
            capacity = capacity > limit / 2 ? limit + 1 : capacity * 2 + 4096;
            char *larger = realloc(buffer, capacity + 1);
            if (!larger)
                goto no_memory;
            buffer = larger;
        }
        ssize_t n = read(fd, buffer + used, capacity - used);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            status_fail_errno(st, "%s", path);
            goto fail;
        }
        if (n == 0)
            break;
        used += (size_t)n;
        if (used > limit) {
            too_large(path, used, limit, st);
            goto fail;
        }
    }
    buffer[used] = 0;
    *bytes = buffer;
    *size = used;
    return 0;
no_memory:
    status_fail(st, STATUS_MEMORY, "%s: out of memory for its %zu bytes", path, capacity);
fail:
    free(buffer);
    return -1;
}

int file_read(const char *path, size_t limit, char **bytes, size_t *size, struct status *st)
{
    struct stat info;
    if (limit > SIZE_MAX / 2 - 4096)
        limit = SIZE_MAX / 2 - 4096; /* capacities above stay in range */
    int fd = open_regular(path, &info, st);
    if (fd < 0)
        return -1;
    int result;
    if ((uint64_t)info.st_size > limit)
        result = too_large(path, (uint64_t)info.st_size, limit, st);
    else
        result = read_all(fd, path, limit, (size_t)info.st_size, bytes, size, st);
    close(fd);
    return result;
}

int file_read_to(const char *path, size_t limit, void *bytes, size_t *size, struct status *st)
{
    struct stat info;
    size_t used = 0;
    ssize_t n = -1;
    int fd = open_regular(path, &info, st);
    if (fd < 0)
        return -1;
    while (used <= limit && (n = read(fd, (char *)bytes + used, limit + 1 - used)) != 0)
        if (n > 0)
            used += (size_t)n;
        else if (errno != EINTR)
            break;
    int result = 0;
    if (n < 0)
        result = status_fail_errno(st, "%s", path);
    else if (used > limit)
        result = too_large(path, (uint64_t)info.st_size > used ? (uint64_t)info.st_size : used,
                           limit, st);
    close(fd);
    *size = used;
    return result;
}

int file_make_folder(const char *path, struct status *st)
{
    struct stat info;
    if (mkdir(path, 0777) == 0)
        return 0;
    int error = errno;
    if (error == EEXIST && stat(path, &info) == 0) {
        if (S_ISDIR(info.st_mode))
            return 0;
        return status_fail(st, STATUS_CONFLICT,
                           "%s: a folder is to stand here, but a file has this name", path);
    }
    errno = error;
    return status_fail_errno(st, "%s: could not make the folder", path);
}

/* nftw passes no argument of ours, so the error travels as its return value. */
static int remove_entry(const char *path, const struct stat *info, int type, struct FTW *where)
{
    (void)info;
    (void)type;
    (void)where;
    return remove(path) == 0 || errno == ENOENT ? 0 : errno;
}

int file_remove_tree(const char *path, struct status *st)
{
    int result = nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    if (result == 0 || (result < 0 && errno == ENOENT))
        return 0;
    if (result > 0)
        errno = result;
    return status_fail_errno(st, "%s: could not be removed", path);
}

char *file_join(const char *folder, const char *name)
{
    if (name[0] == '/' || folder[0] == 0 || strcmp(folder, ".") == 0)
        return strdup(name);
    size_t a = strlen(folder), b = strlen(name);
    while (a > 0 && folder[a - 1] == '/')
        a--; /* also "/" itself: the slash comes back below */
    char *path = malloc(a + b + 2);
    if (!path)
        return NULL;
    memcpy(path, folder, a);
    path[a] = '/';
    memcpy(path + a + 1, name, b + 1);
    return path;
}
