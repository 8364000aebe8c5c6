/* Files, read whole under a cap and written whole or not at all. */
#ifndef DATA_FILE_H
#define DATA_FILE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct status;

/* Reads a regular file whole. *bytes is malloc'd with a NUL after the last byte; the caller frees.
 * Errors: missing, no permission, a folder or device, larger than limit bytes (nothing is allocated
 * then), read error, out of memory; the text starts with the path. EINTR is retried. */
int file_read(const char *path, size_t limit, char **bytes, size_t *size, struct status *st);

/* The same into memory of the caller's, which has room for limit + 1 bytes; no NUL is added. */
int file_read_to(const char *path, size_t limit, void *bytes, size_t *size, struct status *st);

/* Replaces path by the bytes, atomically: a temporary file beside it, fsync, rename, fsync of the
 * folder. On any error path is as it was and no temporary file is left. */
int file_write(const char *path, const void *bytes, size_t size, struct status *st);

/* The same in pieces. file_writer_open starts a temporary file beside path; print to `stream`, then
 * either commit (atomic as file_write) or cancel. Both end the writer and are safe on a writer that
 * is zero. A write error that stdio held back is found at commit. path NULL: standard output. */
struct file_writer {
    FILE *stream;
    char *path, *temporary;
};
int file_writer_open(struct file_writer *w, const char *path, struct status *st);
int file_writer_commit(struct file_writer *w, struct status *st);
void file_writer_cancel(struct file_writer *w);

/* Makes one folder; one that is there already is no error. */
int file_make_folder(const char *path, struct status *st);

/* Removes a file, or a folder with all it holds (never following symbolic links out of it). Missing
 * is no error. */
int file_remove_tree(const char *path, struct status *st);

/* fsync of a folder, after renames in it. */
int file_sync_folder(const char *path, struct status *st);

/* "a/b" from "a" and "b" (b alone when it is absolute or a is "" or "."); malloc'd; NULL when out
 * of memory. */
char *file_join(const char *folder, const char *name);

#endif
