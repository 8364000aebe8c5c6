/* Photos of a project that is restored elsewhere: another folder, other names, the same pictures.
 */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "data/file.h"
#include "data/status.h"
#include "labels/formats/json_items.h"
#include "labels/formats/jsonl.h"

int jsonl_photos_read(struct jsonl_photos *p, struct status *st)
{
    p->is_sorted = 0;
    p->moved = p->gone = 0;
    p->is_read = known_photos_read(&p->known, p->store, st) == 0;
    return p->is_read ? 0 : -1;
}

static int is_there(const char *folder, const char *name, int *lost)
{
    struct stat info;
    char *file = file_join(folder, name);
    int there = file && stat(file, &info) == 0;
    *lost |= !file;
    free(file);
    return there;
}

char *jsonl_photo_name(const struct jsonl_photos *p, const char *name, int *there)
{
    const char *root = p->root;
    int lost = 0, here = is_there(p->folder, name, &lost);
    *there = here || is_there(root, name, &lost);
    return lost ? NULL : format_photo_name(root, here ? p->folder : root, name);
}

/* Photos of the project that lines of the file name are nobody else's. */
static int mark_named(struct jsonl_photos *p, const struct cJSON *item, struct status *st)
{
    const struct cJSON *is = cJSON_GetObjectItemCaseSensitive(item, "is");
    const struct cJSON *path = cJSON_GetObjectItemCaseSensitive(item, "path");
    int there;
    if (!cJSON_IsString(is) || !cJSON_IsString(path) || strcmp(is->valuestring, "photo") != 0)
        return 0;
    char *name = jsonl_photo_name(p, path->valuestring, &there);
    struct known_photo *known = name && there ? known_photos_at(&p->known, name) : NULL;
    if (known)
        known->used = 1;
    free(name);
    return name ? 0 : status_out_of_memory(st);
}

/* Once, when the first photo is missed. */
static int look_for_named(struct jsonl_photos *p, struct status *st)
{
    struct json_items items;
    struct status unread = {0};
    cJSON *item;
    int got, failed = 0;
    if (p->is_sorted)
        return 0;
    if (!p->is_read && known_photos_read(&p->known, p->store, st) != 0)
        return -1;
    p->is_read = p->is_sorted = 1;
    known_photos_by_path(&p->known);
    if (p->known.count == 0)
        return 0;
    if (json_items_open(&items, p->source, st) != 0)
        return -1;
    while (!failed && (got = json_items_next_line(&items, &item, &unread, st)) > 0) {
        failed = item && mark_named(p, item, st) != 0;
        cJSON_Delete(item);
        unread = (struct status){0};
    }
    json_items_close(&items);
    known_photos_by_size(&p->known);
    return failed || got < 0 ? -1 : 0;
}

struct known_photo *jsonl_photo_moved(struct jsonl_photos *p, const char *name, int64_t size,
                                      uint64_t hash, struct status *st)
{
    if (look_for_named(p, st) != 0)
        return NULL;
    struct known_photo *like = known_photos_like(&p->known, p->root, name, size, hash);
    if (like) {
        like->used = 1;
        p->moved++;
    }
    return like;
}

void jsonl_photos_tell(const struct jsonl_photos *p, const struct import_report *report)
{
    char text[600];
    if (p->moved > 0 && report->problem) {
        snprintf(text, sizeof text,
                 "%.400s: %zu of its photos are called otherwise here: found by size and content",
                 p->source, p->moved);
        report->problem(report->arg, text);
    }
    if (p->gone > 0 && report->problem) {
        snprintf(text, sizeof text,
                 "%.400s: %zu of its photos are not there; what is known of them is kept",
                 p->source, p->gone);
        report->problem(report->arg, text);
    }
}
