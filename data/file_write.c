/* Writing whole or not at all.
 *
 * The bytes go to a hidden temporary file in the same folder, reach the disk by fsync, and take the
 * place of the old file by rename; fsync of the folder makes the rename itself last. The temporary
 * name does not hold the file's own, which may already be as long as a name can be. The folder is
 * opened before anything is renamed: then nothing but fsync itself can fail after the rename.
 *
 * A name that leads through a symbolic link replaces what the link points to, and a device or pipe
 * (/dev/stdout, /dev/full) is written to directly: renaming over it would put a file in its place.
 */
#include "data/file.h"

#include "data/status.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The folder part of a path, malloc'd: "." when there is none. */
static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        return strdup(".");
    return strndup(path, slash == path ? 1 : (size_t)(slash - path));
}

static int open_folder(const char *path)
{
    return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* Some file systems cannot sync a folder and say EINVAL; there is nothing to be done then. */
static int sync_folder(int fd, const char *path, struct status *st)
{
    if (fsync(fd) == 0 || errno == EINVAL || errno == ENOTSUP || errno == EROFS)
        return 0;
    return status_fail_errno(st, "%s: could not be written to the disk", path);
}

int file_sync_folder(const char *path, struct status *st)
{
    int fd = open_folder(path);
    if (fd < 0)
        return status_fail_errno(st, "%s", path);
    int result = sync_folder(fd, path, st);
    close(fd);
    return result;
}

/* Creates a file that was not there in the folder of path; its mode follows the umask. */
static int open_temporary(const char *path, char **temporary, struct status *st)
{
    char *folder = folder_of(path);
    int fd = -1;
    *temporary = NULL;
    if (!folder)
        return status_out_of_memory(st);
    for (unsigned attempt = 0; attempt < 1000; attempt++) {
        char name[64];
        snprintf(name, sizeof name, ".tend-%ld-%u.tmp", (long)getpid(), attempt);
        free(*temporary);
        *temporary = file_join(folder, name);
        if (!*temporary) {
            status_out_of_memory(st);
            break;
        }
        fd = open(*temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd >= 0 || errno != EEXIST)
            break;
    }
    if (fd < 0 && *temporary)
        status_fail_errno(st, "%s: could not be written", path);
    if (fd < 0) {
        free(*temporary);
        *temporary = NULL;
    }
    free(folder);
    return fd;
}

/* What path means: *target is the name to replace (malloc'd), or *direct says to write into it. */
static int find_target(const char *path, char **target, int *direct, mode_t *mode,
                       struct status *st)
{
    struct stat info;
    *direct = 0;
    *mode = 0;
    *target = NULL;
    if (path[0] == 0)
        return status_fail(st, STATUS_INVALID, "a file to write to needs a name");
    if (stat(path, &info) == 0) {
        if (S_ISDIR(info.st_mode))
            return status_fail(st, STATUS_INVALID, "%s: is a folder, not a file", path);
        *direct = !S_ISREG(info.st_mode);
        *mode = info.st_mode & 07777;
        *target = *direct ? strdup(path) : realpath(path, NULL);
        if (!*target && !*direct)
            return status_fail_errno(st, "%s", path);
    } else {
        *target = strdup(path);
    }
    return *target ? 0 : status_out_of_memory(st);
}

int file_writer_open(struct file_writer *w, const char *path, struct status *st)
{
    *w = (struct file_writer){0};
    if (!path) {
        w->stream = stdout;
        return 0;
    }
    int direct, fd;
    mode_t mode;
    if (find_target(path, &w->path, &direct, &mode, st) != 0)
        return -1;
    if (direct) {
        fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
        if (fd < 0)
            status_fail_errno(st, "%s", path);
    } else {
        fd = open_temporary(w->path, &w->temporary, st);
        if (fd >= 0 && mode)
            (void)fchmod(fd, mode); /* a file of somebody else's keeps ours; no reason to fail */
    }
    if (fd < 0)
        goto fail;
    w->stream = fdopen(fd, "w");
    if (!w->stream) {
        close(fd);
        status_out_of_memory(st);
        goto fail;
    }
    return 0;
fail:
    file_writer_cancel(w);
    return -1;
}

void file_writer_cancel(struct file_writer *w)
{
    if (w->stream && w->stream != stdout)
        fclose(w->stream);
    if (w->temporary) {
        unlink(w->temporary);
        free(w->temporary);
    }
    free(w->path);
    *w = (struct file_writer){0};
}

/* Everything out of stdio's buffer and, where it is ours, onto the disk. */
static int flush(struct file_writer *w, struct status *st)
{
    const char *name = w->path ? w->path : "standard output";
    errno = 0;
    if (fflush(w->stream) != 0 || ferror(w->stream)) {
        if (errno == 0) /* stdio met the error earlier and kept no number */
            return status_fail(st, STATUS_IO,
                               "%s: could not be written: the disk is full, or it failed", name);
        return status_fail_errno(st, "%s: could not be written", name);
    }
    if (w->temporary && fsync(fileno(w->stream)) != 0)
        return status_fail_errno(st, "%s: could not be written to the disk", name);
    return 0;
}

static int replace(struct file_writer *w, struct status *st)
{
    char *folder = folder_of(w->path);
    if (!folder)
        return status_out_of_memory(st);
    int result = 0, fd = open_folder(folder);
    if (rename(w->temporary, w->path) != 0) {
        result = status_fail_errno(st, "%s: could not be written", w->path);
    } else {
        free(w->temporary);
        w->temporary = NULL;
        if (fd >= 0) /* a folder that may be written to but not read cannot be synced */
            result = sync_folder(fd, folder, st);
    }
    if (fd >= 0)
        close(fd);
    free(folder);
    return result;
}

int file_writer_commit(struct file_writer *w, struct status *st)
{
    if (!w->stream)
        return 0;
    int result = flush(w, st);
    if (w->stream != stdout) {
        FILE *stream = w->stream;
        w->stream = NULL;
        if (fclose(stream) != 0 && result == 0)
            result = status_fail_errno(st, "%s: could not be written", w->path);
    }
    if (result == 0 && w->temporary)
        result = replace(w, st);
    file_writer_cancel(w);
    return result;
}

int file_write(const char *path, const void *bytes, size_t size, struct status *st)
{
    struct file_writer w;
    if (file_writer_open(&w, path, st) != 0)
        return -1;
    if (size > 0)
        fwrite(bytes, 1, size, w.stream); /* an error stays in the stream until commit */
    return file_writer_commit(&w, st);
}
