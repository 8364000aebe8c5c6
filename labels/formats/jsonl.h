/* Between jsonl.c, jsonl_out.c and jsonl_photos.c. */
#ifndef LABELS_FORMATS_JSONL_H
#define LABELS_FORMATS_JSONL_H

#include "labels/formats/format.h"
#include "labels/formats/known_photos.h"

#define JSONL_FIRST_LINE "{\"tend\": 1}\n"

int jsonl_export(struct store *s, FILE *out, const struct export_options *options,
                 struct status *st);

/* Where the photos of a file are that is read into a project elsewhere. */
struct jsonl_photos {
    const char *source, *folder, *root; /* the file, its folder, the project's */
    struct store *store;
    struct known_photos known;
    int is_read, is_sorted;
    size_t moved, gone; /* found by their content; not found (which the caller counts) */
};

/* What the project has before rows come in. Else it is read when the first photo is missed. The
 * caller calls known_photos_clear(&p->known). */
int jsonl_photos_read(struct jsonl_photos *p, struct status *st);

/* The project's name (malloc'd) for what the file calls so: relative to the file where it is there,
 * else to the project. NULL: out of memory. */
char *jsonl_photo_name(const struct jsonl_photos *p, const char *name, int *there);

/* The project's photo of that content, for one that is not where the file has it: none that another
 * line names, and for one line only. NULL: there is none, or st says what failed. */
struct known_photo *jsonl_photo_moved(struct jsonl_photos *p, const char *name, int64_t size,
                                      uint64_t hash, struct status *st);

void jsonl_photos_tell(const struct jsonl_photos *p, const struct import_report *report);

#endif
