/* Folders are walked from a list of those still to visit, so that no depth of nesting can exhaust
 * the stack. Real folders come first: they are a tree and cannot meet twice. Links to folders wait
 * until then, in order of their names, and lead only to folders not seen before: so a photo appears
 * under its real name, loops end, and the result is the same whatever order the file system has. */
#include "data/scan.h"

#include "data/file.h"
#include "data/image.h"
#include "data/status.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct paths {
    char **at;
    size_t count, capacity;
};

struct seen {
    dev_t device;
    ino_t node;
    int used;
};

struct scan {
    const char *root;
    int (*progress)(void *arg, size_t found);
    void *arg;
    struct scan_list *list;
    size_t capacity;
    struct paths folders, links; /* relative to root; "" is the root itself */
    struct seen *seen;           /* a hash table */
    size_t seen_count, seen_places;
    size_t unreadable, entries;
};

/* Room for one more; doubles. */
static int reserve(void **items, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity)
        return 0;
    size_t larger = *capacity ? *capacity * 2 : 64;
    void *moved = larger > SIZE_MAX / size ? NULL : realloc(*items, larger * size);
    if (!moved)
        return -1;
    *items = moved;
    *capacity = larger;
    return 0;
}

/* Takes over path, which may be NULL when memory ran out. */
static int paths_add(struct paths *paths, char *path, struct status *st)
{
    void *items = paths->at;
    if (!path || reserve(&items, paths->count, &paths->capacity, sizeof *paths->at) != 0) {
        free(path);
        return status_out_of_memory(st);
    }
    paths->at = items;
    paths->at[paths->count++] = path;
    return 0;
}

static void paths_clear(struct paths *paths)
{
    for (size_t i = 0; i < paths->count; i++)
        free(paths->at[i]);
    free(paths->at);
}

static int compare_paths(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static int compare_photos(const void *a, const void *b)
{
    return strcmp(((const struct scan_photo *)a)->path, ((const struct scan_photo *)b)->path);
}

/* Where a folder stands in the table, or the free place where it would: a power of two of places,
 * never full. */
static struct seen *find_seen(struct seen *table, size_t places, dev_t device, ino_t node)
{
    uint64_t hash = ((uint64_t)node ^ (uint64_t)device << 40) * 0x9E3779B97F4A7C15u;
    for (size_t i = (size_t)(hash >> 20);; i++) {
        struct seen *s = &table[i & (places - 1)];
        if (!s->used || (s->device == device && s->node == node))
            return s;
    }
}

static int grow_seen(struct scan *s, struct status *st)
{
    size_t places = s->seen_places ? s->seen_places * 2 : 64;
    struct seen *table = calloc(places, sizeof *table);
    if (!table)
        return status_out_of_memory(st);
    for (size_t i = 0; i < s->seen_places; i++)
        if (s->seen[i].used)
            *find_seen(table, places, s->seen[i].device, s->seen[i].node) = s->seen[i];
    free(s->seen);
    s->seen = table;
    s->seen_places = places;
    return 0;
}

/* 1 when the folder was new, 0 when it was there before, -1 when out of memory. */
static int remember(struct scan *s, const struct stat *info, struct status *st)
{
    if (s->seen_count * 2 >= s->seen_places && grow_seen(s, st) != 0)
        return -1;
    struct seen *place = find_seen(s->seen, s->seen_places, info->st_dev, info->st_ino);
    if (place->used)
        return 0;
    *place = (struct seen){info->st_dev, info->st_ino, 1};
    s->seen_count++;
    return 1;
}

static int add_photo(struct scan *s, char *path, const struct stat *info, struct status *st)
{
    void *items = s->list->photos;
    if (!path || reserve(&items, s->list->count, &s->capacity, sizeof *s->list->photos) != 0) {
        free(path);
        return status_out_of_memory(st);
    }
    s->list->photos = items;
    s->list->photos[s->list->count++] =
        (struct scan_photo){path, (int64_t)info->st_size, (int64_t)info->st_mtime};
    return 0;
}

static int report_progress(struct scan *s, struct status *st)
{
    if (s->progress && s->progress(s->arg, s->list->count) != 0)
        return status_fail(st, STATUS_CANCELLED, "%s: looking for photos was cancelled", s->root);
    return 0;
}

/* One name in an open folder. What vanished meanwhile, or cannot be looked at, is no photo. */
static int visit_entry(struct scan *s, int fd, const char *folder, const struct dirent *entry,
                       struct status *st)
{
    const char *name = entry->d_name;
    struct stat info;
    int is_photo = image_has_photo_name(name);
    if (name[0] == '.')
        return 0;
    if (entry->d_type == DT_REG && !is_photo)
        return 0;
    if (entry->d_type == DT_DIR)
        return paths_add(&s->folders, file_join(folder, name), st);
    if (fstatat(fd, name, &info, AT_SYMLINK_NOFOLLOW) != 0)
        return 0;
    int is_link = S_ISLNK(info.st_mode);
    if (is_link && fstatat(fd, name, &info, 0) != 0)
        return 0;
    if (S_ISDIR(info.st_mode))
        return paths_add(is_link ? &s->links : &s->folders, file_join(folder, name), st);
    if (S_ISREG(info.st_mode) && is_photo)
        return add_photo(s, file_join(folder, name), &info, st);
    return 0;
}

static void note_unreadable(struct scan *s, const char *path, struct status *st)
{
    if (s->unreadable++ == 0)
        status_fail_errno(st, "%s", path);
}

/* One folder; -1 only for what ends the whole scan. */
static int visit_folder(struct scan *s, const char *folder, struct status *st)
{
    struct stat info;
    struct dirent *entry;
    int result = 0, fd = -1;
    DIR *dir = NULL;
    char *path = folder[0] ? file_join(s->root, folder) : strdup(s->root);
    if (!path)
        return status_out_of_memory(st);
    fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &info) != 0) {
        note_unreadable(s, path, st);
        goto out;
    }
    result = remember(s, &info, st);
    if (result <= 0)
        goto out;
    result = -1;
    dir = fdopendir(fd);
    if (!dir) {
        status_out_of_memory(st);
        goto out;
    }
    fd = -1; /* the folder's now */
    while (errno = 0, (entry = readdir(dir)))
        if (visit_entry(s, dirfd(dir), folder, entry, st) != 0 ||
            (++s->entries % 256 == 0 && report_progress(s, st) != 0))
            goto out;
    if (errno)
        note_unreadable(s, path, st);
    result = report_progress(s, st);
out:
    if (dir)
        closedir(dir);
    if (fd >= 0)
        close(fd);
    free(path);
    return result;
}

static int visit_folders(struct scan *s, struct status *st)
{
    while (s->folders.count > 0) {
        char *folder = s->folders.at[--s->folders.count];
        int failed = visit_folder(s, folder, st);
        free(folder);
        if (failed)
            return -1;
    }
    return 0;
}

/* The links found so far in order; those that turn up behind them in the next round. */
static int visit_links(struct scan *s, struct status *st)
{
    while (s->links.count > 0) {
        struct paths round = s->links;
        int failed = 0;
        s->links = (struct paths){0};
        qsort(round.at, round.count, sizeof *round.at, compare_paths);
        for (size_t i = 0; i < round.count && !failed; i++)
            failed =
                paths_add(&s->folders, strdup(round.at[i]), st) != 0 || visit_folders(s, st) != 0;
        paths_clear(&round);
        if (failed)
            return -1;
    }
    return 0;
}

int scan_photos(const char *root, int (*progress)(void *arg, size_t found), void *arg,
                struct scan_list *out, size_t *unreadable, struct status *st)
{
    struct scan s = {.root = root, .progress = progress, .arg = arg, .list = out};
    struct status first = {0};
    int result = -1, fd;
    *out = (struct scan_list){0};
    fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return errno == ENOTDIR
                   ? status_fail(st, STATUS_INVALID, "%s: is a file, not a folder of photos", root)
                   : status_fail_errno(st, "%s", root);
    close(fd);
    if (paths_add(&s.folders, strdup(""), &first) == 0 && visit_folders(&s, &first) == 0 &&
        visit_links(&s, &first) == 0)
        result = 0;
    if (result == 0 && out->count > 0)
        qsort(out->photos, out->count, sizeof *out->photos, compare_photos);
    if (result != 0)
        scan_clear(out);
    if (st && first.code != STATUS_OK)
        *st = first;
    if (unreadable)
        *unreadable = s.unreadable;
    paths_clear(&s.folders);
    paths_clear(&s.links);
    free(s.seen);
    return result;
}

void scan_clear(struct scan_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->photos[i].path);
    free(list->photos);
    *list = (struct scan_list){0};
}
