/* Photos as commands go through them. */
#ifndef TUI_COMMANDS_PHOTOS_H
#define TUI_COMMANDS_PHOTOS_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "labels/store.h"

struct project;
struct scan_list;
struct status;

struct photo_entry {
    int64_t id;
    char *path;
    int64_t size, modified;
    uint64_t hash;
    enum split split;
    int node; /* the label, or -1; rejected photos have none */
};
struct photo_list {
    struct photo_entry *entries; /* by rising id */
    size_t count, capacity;
};

/* All photos of a split (by split_from_name's numbers), or of all splits (-1). The caller clears.
 */
int photos_list(struct store *s, int split, struct photo_list *out, struct status *st);
void photos_clear(struct photo_list *list);

/* The photo paths below a folder, hashed, ready for the store: paths as a project at root names
 * them. Progress on stderr. The caller clears. Errors: no such folder; interrupted. Files that
 * cannot be read keep hash 0. */
struct photos_found {
    struct photo_new *photos;
    size_t count;
};
int photos_find(const char *root, const char *folder, atomic_int *cancel, struct photos_found *out,
                struct status *st);
void photos_found_clear(struct photos_found *found);

/* Hashes photos that have no hash yet (they were only named in a file). */
int photos_hash_missing(struct project *p, atomic_int *cancel, struct status *st);

#endif
