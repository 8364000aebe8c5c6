#include "tui/commands/rescan_match.h"

#include <stdlib.h>
#include <string.h>

#include "data/status.h"

/* A photo without a file, or a file without a photo. */
struct item {
    uint64_t hash;
    int64_t size;
    const char *tail; /* what of its path counts */
    size_t index;
};

/* The last parts of a path; of none the empty text. */
static const char *tail(const char *path, int parts)
{
    const char *at = path + strlen(path);
    while (parts > 0 && at > path)
        if (*--at == '/' && --parts == 0)
            return at + 1;
    return at;
}

static int compare_content(const struct item *a, const struct item *b)
{
    if (a->hash != b->hash)
        return a->hash < b->hash ? -1 : 1;
    if (a->size != b->size)
        return a->size < b->size ? -1 : 1;
    return strcmp(a->tail, b->tail);
}

static int compare_items(const void *left, const void *right)
{
    const struct item *a = left, *b = right;
    int order = compare_content(a, b);
    return order ? order : (a->index > b->index) - (a->index < b->index);
}

/* How many from the first on are alike. */
static size_t alike(const struct item *items, size_t count)
{
    size_t n = 1;
    while (n < count && compare_content(items, items + n) == 0)
        n++;
    return n;
}

static size_t list_sought(const struct rescan_sought *sought, size_t count, int parts,
                          struct item *out)
{
    size_t n = 0;
    for (size_t i = 0; i < count; i++)
        if (sought[i].file < 0)
            out[n++] =
                (struct item){sought[i].hash, sought[i].size, tail(sought[i].path, parts), i};
    if (n > 0)
        qsort(out, n, sizeof *out, compare_items);
    return n;
}

/* A file stands here with both of its hashes. */
static size_t list_files(const struct rescan_file *files, size_t count, int parts, struct item *out)
{
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        const struct rescan_file *f = &files[i];
        if (f->taken || f->hash == 0)
            continue;
        out[n++] = (struct item){f->hash, f->size, tail(f->name, parts), i};
        if (f->ends != f->hash)
            out[n++] = (struct item){f->ends, f->size, tail(f->name, parts), i};
    }
    if (n > 0)
        qsort(out, n, sizeof *out, compare_items);
    return n;
}

/* Photos and files that are alike, in their order. */
static void pair(struct rescan_sought *sought, const struct item *photos, size_t photo_count,
                 struct rescan_file *files, const struct item *found, size_t found_count)
{
    size_t p = 0;
    for (size_t k = 0; k < found_count && p < photo_count; k++) {
        if (files[found[k].index].taken)
            continue;
        struct rescan_sought *s = &sought[photos[p++].index];
        files[found[k].index].taken = 1;
        s->file = (long)found[k].index;
        s->unsure = photo_count > 1;
    }
}

static void pair_all(struct rescan_sought *sought, const struct item *photos, size_t photo_count,
                     struct rescan_file *files, const struct item *found, size_t found_count)
{
    for (size_t i = 0, k = 0; i < photo_count && k < found_count;) {
        int order = compare_content(&photos[i], &found[k]);
        size_t n = order <= 0 ? alike(photos + i, photo_count - i) : 0,
               m = order >= 0 ? alike(found + k, found_count - k) : 0;
        if (order == 0)
            pair(sought, photos + i, n, files, found + k, m);
        i += n;
        k += m;
    }
}

int rescan_match(struct rescan_sought *sought, size_t count, struct rescan_file *files,
                 size_t file_count, struct status *st)
{
    struct item *photos = malloc((count + 1) * sizeof *photos),
                *found = malloc((2 * file_count + 1) * sizeof *found);
    int failed = !photos || !found ? status_out_of_memory(st) : 0;
    for (size_t i = 0; i < count; i++)
        sought[i].file = -1;
    for (int parts = 2; parts >= 0 && !failed; parts--) {
        size_t photo_count = list_sought(sought, count, parts, photos),
               found_count = list_files(files, file_count, parts, found);
        pair_all(sought, photos, photo_count, files, found, found_count);
    }
    free(photos);
    free(found);
    return failed;
}
