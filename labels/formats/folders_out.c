/* Nested folders of symbolic links to the photos: Fruit/Apple/photo.jpg. Nothing is copied. Where
 * every photo has a split and there are several of these, the outermost folders are the splits, as
 * the import of folders reads them. What was begun is taken away when it cannot be ended. */
#include "labels/formats/folders.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "data/file.h"
#include "data/status.h"
#include "labels/formats/export.h"
#include "labels/text.h"

struct linking {
    const char *folder;
    unsigned splits; /* a bit each, of the photos that have a label */
    int by_split;
    size_t written;
    struct status why;
};

static int note_split(void *arg, const struct exported *e)
{
    struct linking *l = arg;
    if (e->count > 0)
        l->splits |= 1u << e->photo->split;
    return 0;
}

/* 0, or -1: it would be hidden, or be several folders. */
static int check_name(struct linking *l, const char *label)
{
    char shown[TEXT_SHOWN];
    if (label[0] != '.' && !strchr(label, '/'))
        return 0;
    return status_fail(
        &l->why, STATUS_UNSUPPORTED,
        "the label '%s' cannot be the name of a folder: rename it, or export another "
        "format",
        text_show(label, shown, sizeof shown));
}

/* The folder of a photo's label, made where it is not there; malloc'd. */
static char *make_folders(struct linking *l, const struct exported *e)
{
    char *path = strdup(l->folder);
    for (int i = l->by_split ? -1 : 0; path && i < e->count; i++) {
        const char *name = i < 0 ? split_name(e->photo->split) : e->labels[i];
        char *next = check_name(l, name) == 0 ? file_join(path, name) : NULL;
        free(path);
        path = next;
        if (path && file_make_folder(path, &l->why) != 0) {
            free(path);
            return NULL;
        }
    }
    if (!path && l->why.code == STATUS_OK)
        status_out_of_memory(&l->why);
    return path;
}

/* Two photos of one name and label: the later ones have their numbers in the project in theirs. */
static char *other_name(const char *name, int64_t id, int again)
{
    char number[48], *out;
    const char *dot = strrchr(name, '.');
    size_t stem = dot && dot > name ? (size_t)(dot - name) : strlen(name);
    int used = snprintf(number, sizeof number, "-%lld", (long long)id);
    if (again > 1)
        snprintf(number + used, sizeof number - (size_t)used, "-%d", again);
    if ((out = malloc(strlen(name) + strlen(number) + 1)))
        sprintf(out, "%.*s%s%s", (int)stem, name, number, name + stem);
    return out;
}

static int link_photo(struct linking *l, const struct exported *e, const char *folder)
{
    const char *slash = strrchr(e->name, '/'), *name = slash ? slash + 1 : e->name;
    for (int again = 0;; again++) {
        char *file = again ? other_name(name, e->photo->id, again) : strdup(name);
        char *path = file ? file_join(folder, file) : NULL;
        int failed = path ? symlink(e->name, path) : status_out_of_memory(&l->why);
        int error = errno;
        if (failed && path && error != EEXIST)
            status_fail_errno(&l->why, "%s", path);
        free(path);
        free(file);
        if (!failed)
            return 0;
        if (l->why.code != STATUS_OK)
            return -1;
    }
}

static int write_photo(void *arg, const struct exported *e)
{
    struct linking *l = arg;
    if (e->count == 0)
        return 0;
    char *folder = make_folders(l, e);
    int failed = !folder || link_photo(l, e, folder) != 0;
    free(folder);
    l->written += !failed;
    return failed;
}

/* 1: it is empty; 0: there is something; -1: it cannot be read. */
static int is_empty(const char *folder, struct status *st)
{
    DIR *dir = opendir(folder);
    int empty = 1;
    if (!dir)
        return status_fail_errno(st, "%s", folder);
    for (const struct dirent *d; empty && (d = readdir(dir));)
        empty = strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0;
    closedir(dir);
    return empty;
}

static int clear_folder(const char *folder)
{
    struct status st = {0};
    DIR *dir = opendir(folder);
    for (const struct dirent *d; dir && st.code == STATUS_OK && (d = readdir(dir));) {
        if (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0)
            continue;
        char *path = file_join(folder, d->d_name);
        if (!path || file_remove_tree(path, &st) != 0)
            st.code = STATUS_IO;
        free(path);
    }
    if (dir)
        closedir(dir);
    return dir && st.code == STATUS_OK ? 0 : -1;
}

/* As it was before: gone, or empty. */
static void take_back(const char *folder, int made, struct status *st)
{
    if (clear_folder(folder) != 0)
        status_prefix(st, "%s: a part of it was written and could not be removed", folder);
    else if (made)
        rmdir(folder);
}

int folders_export(struct store *s, const char *folder, const struct export_options *options,
                   size_t *written, struct status *st)
{
    struct export_options absolute = *options;
    struct linking l = {.folder = folder};
    int made = mkdir(folder, 0777) == 0;
    if (!made && errno != EEXIST)
        return status_fail_errno(st, "%s", folder);
    int empty = is_empty(folder, st);
    if (empty == 0)
        return status_fail(st, STATUS_CONFLICT,
                           "%s: is not empty: name a new folder, so that nothing is mixed up",
                           folder);
    absolute.relative_to_root = 0;
    int failed = empty < 0 || export_each(s, NULL, &absolute, note_split, &l, st) != 0;
    l.by_split = !(l.splits & 1u << SPLIT_NONE) && (l.splits & (l.splits - 1)) != 0;
    failed = failed || export_each(s, NULL, &absolute, write_photo, &l, st) != 0;
    if (!failed && l.why.code != STATUS_OK)
        failed = status_fail(st, l.why.code, "%s", l.why.text);
    if (failed)
        take_back(folder, made, st);
    *written = l.written;
    return failed ? -1 : 0;
}
