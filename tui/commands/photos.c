#include "tui/commands/photos.h"

#include <stdlib.h>
#include <string.h>

#include "data/file.h"
#include "data/scan.h"
#include "data/status.h"
#include "labels/formats/format.h"
#include "tui/commands/output.h"
#include "tui/commands/progress.h"
#include "tui/loop/project.h"

enum { HASHED_TOGETHER = 1000 };

/* ---- photos of the store -------------------------------------------------------------------- */

struct listing {
    struct photo_list *list;
    int split;
    int failed;
};

static int add_entry(void *arg, const struct photo *photo)
{
    struct listing *l = arg;
    struct photo_list *list = l->list;
    if (l->split >= 0 && photo->split != (enum split)l->split)
        return 0;
    if (list->count == list->capacity) {
        size_t larger = list->capacity ? 2 * list->capacity : 1024;
        struct photo_entry *grown = realloc(list->entries, larger * sizeof *grown);
        if (!grown)
            return l->failed = 1;
        list->entries = grown;
        list->capacity = larger;
    }
    struct photo_entry *e = &list->entries[list->count];
    *e =
        (struct photo_entry){.id = photo->id,
                             .path = strdup(photo->path),
                             .size = photo->size,
                             .modified = photo->modified,
                             .hash = photo->hash,
                             .split = photo->split,
                             .node = photo->state.kind == REVIEW_REJECTED ? -1 : photo->state.node};
    if (!e->path)
        return l->failed = 1;
    list->count++;
    return 0;
}

int photos_list(struct store *s, int split, struct photo_list *out, struct status *st)
{
    struct listing l = {.list = out, .split = split};
    *out = (struct photo_list){0};
    int result = store_each_photo(s, add_entry, &l, st);
    if (l.failed)
        result = status_out_of_memory(st);
    if (result != 0)
        photos_clear(out);
    return result;
}

void photos_clear(struct photo_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->entries[i].path);
    free(list->entries);
    *list = (struct photo_list){0};
}

/* ---- photos on disk ------------------------------------------------------------------------- */

struct finding {
    struct progress progress;
    atomic_int *cancel;
};

static int on_scan(void *arg, size_t found)
{
    struct finding *f = arg;
    progress_show(&f->progress, &(struct progress_state){
                                    .phase = "scanning", .done = (long)found, .seconds_left = -1});
    return atomic_load(f->cancel);
}

static int interrupted(struct status *st)
{
    return status_fail(st, STATUS_CANCELLED, "interrupted; nothing was kept");
}

/* One photo for the store; the path is malloc'd. */
static int describe(const char *root, const char *folder, const struct scan_photo *found,
                    struct photo_new *out, struct status *st)
{
    char *file = file_join(folder, found->path);
    char *name = file ? format_photo_name(root, folder, found->path) : NULL;
    *out = (struct photo_new){
        .path = name, .size = found->size, .modified = found->modified, .node = -1};
    if (name)
        scan_hash_file(file, &out->hash, NULL); /* 0 stays when it cannot be read */
    free(file);
    return name ? 0 : status_out_of_memory(st);
}

static int describe_all(const char *root, const char *folder, const struct scan_list *list,
                        struct finding *f, struct photos_found *out, struct status *st)
{
    out->photos = malloc((list->count ? list->count : 1) * sizeof *out->photos);
    if (!out->photos)
        return status_out_of_memory(st);
    for (size_t i = 0; i < list->count; i++) {
        if (describe(root, folder, &list->photos[i], &out->photos[i], st) != 0)
            return -1;
        out->count++;
        progress_show(&f->progress, &(struct progress_state){.phase = "reading",
                                                             .done = (long)out->count,
                                                             .total = (long)list->count,
                                                             .seconds_left = -1});
        if (atomic_load(f->cancel))
            return interrupted(st);
    }
    return 0;
}

int photos_find(const char *root, const char *folder, atomic_int *cancel, struct photos_found *out,
                struct status *st)
{
    struct finding f = {.cancel = cancel};
    struct scan_list list = {0};
    struct status note = {0};
    size_t unreadable = 0;
    *out = (struct photos_found){0};
    progress_start(&f.progress, "photos");
    int result = scan_photos(folder, on_scan, &f, &list, &unreadable, &note);
    if (result != 0)
        result = note.code == STATUS_CANCELLED ? interrupted(st)
                                               : status_fail(st, note.code, "%s", note.text);
    else
        result = describe_all(root, folder, &list, &f, out, st);
    progress_end(&f.progress);
    if (result == 0 && unreadable > 0)
        output_warn("%zu folder(s) could not be read and are left out; the first: %s", unreadable,
                    note.text);
    if (result != 0)
        photos_found_clear(out);
    scan_clear(&list);
    return result;
}

void photos_found_clear(struct photos_found *found)
{
    for (size_t i = 0; i < found->count; i++)
        free((char *)found->photos[i].path);
    free(found->photos);
    *found = (struct photos_found){0};
}

/* ---- hashes that are missing ---------------------------------------------------------------- */

static int flush_hashes(struct project *p, struct photo_new *batch, size_t *count,
                        struct status *st)
{
    int result = *count ? store_add_photos(p->store, batch, *count, "", NULL, st) : 0;
    *count = 0;
    return result;
}

int photos_hash_missing(struct project *p, atomic_int *cancel, struct status *st)
{
    struct photo_list list;
    struct progress progress;
    if (photos_list(p->store, -1, &list, st) != 0)
        return -1;
    struct photo_new *batch = malloc(HASHED_TOGETHER * sizeof *batch);
    size_t filled = 0;
    int result = batch ? 0 : status_out_of_memory(st);
    progress_start(&progress, "photos");
    for (size_t i = 0; result == 0 && i < list.count; i++) {
        const struct photo_entry *e = &list.entries[i];
        if (e->hash)
            continue;
        char *file = project_photo_file(p, e->path);
        uint64_t hash = 0;
        if (file && scan_hash_file(file, &hash, NULL) == 0)
            batch[filled++] = (struct photo_new){.path = e->path,
                                                 .size = e->size,
                                                 .modified = e->modified,
                                                 .hash = hash,
                                                 .node = -1};
        free(file);
        if (filled == HASHED_TOGETHER)
            result = flush_hashes(p, batch, &filled, st);
        progress_show(&progress, &(struct progress_state){.phase = "reading",
                                                          .done = (long)(i + 1),
                                                          .total = (long)list.count,
                                                          .seconds_left = -1});
        if (result == 0 && atomic_load(cancel))
            result = status_fail(st, STATUS_CANCELLED, "interrupted");
    }
    progress_end(&progress);
    if (result == 0)
        result = flush_hashes(p, batch, &filled, st);
    free(batch);
    photos_clear(&list);
    return result;
}
