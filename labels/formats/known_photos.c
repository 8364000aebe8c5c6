#include "labels/formats/known_photos.h"

#include <stdlib.h>
#include <string.h>

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
    *to = (struct known_photo){strdup(photo->path), photo->size, photo->hash, 0};
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
