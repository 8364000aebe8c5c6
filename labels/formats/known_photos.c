#include "labels/formats/known_photos.h"

#include <stdlib.h>
#include <string.h>

#include "data/file.h"
#include "data/scan.h"
#include "data/status.h"

static int keep(void *arg, const struct photo *photo)
{
    struct known_photos *k = arg;
    if (k->count == k->room) {
        size_t larger = k->room ? k->room * 2 : 1024;
        struct known_photo *grown = realloc(k->photos, larger * sizeof *grown);
        if (!grown)
            return 1;
        k->photos = grown;
        k->room = larger;
    }
    struct known_photo *to = &k->photos[k->count];
    *to =
        (struct known_photo){.path = strdup(photo->path), .size = photo->size, .hash = photo->hash};
    k->count += to->path != NULL;
    return to->path == NULL;
}

int known_photos_read(struct known_photos *k, struct store *s, struct status *st)
{
    struct store_counts counts;
    known_photos_clear(k);
    if (store_count(s, &counts, st) != 0 || store_each_photo(s, keep, k, st) != 0)
        return -1;
    return k->count < (size_t)counts.photos ? status_out_of_memory(st) : 0;
}

void known_photos_clear(struct known_photos *k)
{
    for (size_t i = 0; i < k->count; i++)
        free(k->photos[i].path);
    free(k->photos);
    *k = (struct known_photos){0};
}

/* ---- by name --------------------------------------------------------------------------------- */

static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static int compare_names(const void *left, const void *right)
{
    const struct known_photo *a = left, *b = right;
    int order = strcmp(last_part(a->path), last_part(b->path));
    return order ? order : strcmp(a->path, b->path);
}

void known_photos_by_name(struct known_photos *k)
{
    if (k->count > 0)
        qsort(k->photos, k->count, sizeof *k->photos, compare_names);
}

size_t known_photos_named(const struct known_photos *k, const char *name,
                          struct known_photo **first)
{
    size_t low = 0, high = k->count, end;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(last_part(k->photos[middle].path), name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *first = k->photos + low;
    for (end = low; end < k->count && strcmp(last_part(k->photos[end].path), name) == 0; end++)
        ;
    return end - low;
}

/* ---- by path --------------------------------------------------------------------------------- */

static int compare_paths(const void *left, const void *right)
{
    const struct known_photo *a = left, *b = right;
    return strcmp(a->path, b->path);
}

void known_photos_by_path(struct known_photos *k)
{
    if (k->count > 0)
        qsort(k->photos, k->count, sizeof *k->photos, compare_paths);
}

struct known_photo *known_photos_at(const struct known_photos *k, const char *path)
{
    struct known_photo key = {.path = (char *)(uintptr_t)path};
    return k->count ? bsearch(&key, k->photos, k->count, sizeof key, compare_paths) : NULL;
}

/* ---- by content ------------------------------------------------------------------------------ */

static int compare_sizes(const void *left, const void *right)
{
    const struct known_photo *a = left, *b = right;
    return a->size != b->size ? (a->size > b->size) - (a->size < b->size) : compare_paths(a, b);
}

void known_photos_by_size(struct known_photos *k)
{
    if (k->count > 0)
        qsort(k->photos, k->count, sizeof *k->photos, compare_sizes);
}

static int has_content(struct known_photo *photo, const char *root, uint64_t hash)
{
    if (photo->hash == hash)
        return 1;
    if (!photo->is_read) {
        char *file = file_join(root, photo->path);
        if (!file || scan_hash_file_twice(file, &photo->hash, &photo->ends, NULL) != 0)
            photo->hash = photo->ends = 0;
        photo->is_read = 1;
        free(file);
    }
    return photo->hash == hash || photo->ends == hash;
}

/* How many bytes are the same from the end. */
static size_t same_end(const char *a, const char *b)
{
    size_t one = strlen(a), two = strlen(b), same = 0;
    while (same < one && same < two && a[one - same - 1] == b[two - same - 1])
        same++;
    return same;
}

struct known_photo *known_photos_like(const struct known_photos *k, const char *root,
                                      const char *name, int64_t size, uint64_t hash)
{
    struct known_photo *best = NULL;
    size_t low = 0, high = k->count, most = 0;
    int found = 0;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (k->photos[middle].size < size)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < k->count && k->photos[low].size == size; low++) {
        struct known_photo *photo = &k->photos[low];
        int like = hash ? !photo->used && has_content(photo, root, hash)
                        : !photo->used && strcmp(last_part(photo->path), last_part(name)) == 0;
        size_t same = like ? same_end(photo->path, name) : 0;
        found += like;
        if (like && (!best || same > most)) {
            best = photo;
            most = same;
        }
    }
    return hash || found == 1 ? best : NULL;
}
