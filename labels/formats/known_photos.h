/* The project's photos, to be found where a file names them by a path that is not here. For the
 * files of formats/ only. */
#ifndef LABELS_FORMATS_KNOWN_PHOTOS_H
#define LABELS_FORMATS_KNOWN_PHOTOS_H

#include "labels/store.h"

struct known_photo {
    char *path; /* as the store has it */
    int64_t size;
    uint64_t hash; /* 0: not known */
    uint64_t ends; /* as earlier versions have it; see data/scan.h */
    int is_read;   /* both are of the file */
    int used;      /* the caller's: not to be found by content */
};

struct known_photos {
    struct known_photo *photos;
    size_t count, room;
};

/* Reads them all. known_photos_clear is safe on a zero struct. */
int known_photos_read(struct known_photos *k, struct store *s, struct status *st);
void known_photos_clear(struct known_photos *k);

/* After known_photos_by_name: how many have that last part of the path; *first is the first. */
void known_photos_by_name(struct known_photos *k);
size_t known_photos_named(const struct known_photos *k, const char *name,
                          struct known_photo **first);

/* After known_photos_by_path: the one of that path, or NULL. */
void known_photos_by_path(struct known_photos *k);
struct known_photo *known_photos_at(const struct known_photos *k, const char *path);

/* After known_photos_by_size: the one not used of that content, whatever its name; of several the
 * one whose path ends most like `name`. Files of the same size are read for it. With hash 0 (not
 * known) of that size and last part of the name, if it is the only one. NULL: there is none. */
void known_photos_by_size(struct known_photos *k);
struct known_photo *known_photos_like(const struct known_photos *k, const char *root,
                                      const char *name, int64_t size, uint64_t hash);

#endif
