/* Photos in folders, and what identifies a photo. */
#ifndef DATA_SCAN_H
#define DATA_SCAN_H

#include <stddef.h>
#include <stdint.h>

struct status;

struct scan_photo {
    char *path; /* relative to the scanned root, '/' between parts, bytes as the file system has
                   them */
    int64_t size;
    int64_t modified; /* seconds since 1970 */
};

struct scan_list {
    struct scan_photo *photos; /* sorted by path, bytewise */
    size_t count;
};

/* Every file below root with a picture's name; hidden files and folders (".x") are left out,
 * symbolic links to folders are followed once (a loop ends). Folders that cannot be read are
 * counted in *unreadable (may be NULL), the first of them named in the status though the call
 * succeeds. `progress` (may be NULL) is called now and then; non-zero from it cancels
 * (STATUS_CANCELLED). */
int scan_photos(const char *root, int (*progress)(void *arg, size_t found), void *arg,
                struct scan_list *out, size_t *unreadable, struct status *st);
void scan_clear(struct scan_list *list);

/* 64-bit hash of a file's size and contents: to find a moved photo again, and to choose the
 * held-out part. Of compressed pictures over 4 MiB the first and the last 512 KiB count and 16
 * pieces of 64 KiB between them; of all others every byte. Not cryptographic. */
int scan_hash_file(const char *path, uint64_t *hash, struct status *st);
/* And, unless ends is NULL, the one that stores of earlier versions hold: of files over 1 MiB the
 * size and the first and last 512 KiB. Of shorter files both are the same. */
int scan_hash_file_twice(const char *path, uint64_t *hash, uint64_t *ends, struct status *st);

/* FNV-1a, 64 bits. */
uint64_t scan_hash_bytes(const void *bytes, size_t size);
/* Of what has this hash, and these bytes behind it. */
uint64_t scan_hash_more(uint64_t hash, const void *bytes, size_t size);

#endif
