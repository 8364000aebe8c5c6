/* Nested folders: the label path of a photo is the folders above it. Where the outermost ones are
 * the usual names of splits and nothing else, they are splits: train/Fruit/Apple/photo.jpg. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "data/file.h"
#include "data/scan.h"
#include "data/status.h"
#include "labels/formats/folders.h"
#include "labels/formats/format.h"
#include "labels/formats/gather.h"

static int recognise(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

enum { MOST_FOLDERS = 32 };

int folders_split(const char *path)
{
    static const struct {
        const char *name;
        enum split split;
    } names[] = {{"train", SPLIT_TRAIN}, {"training", SPLIT_TRAIN}, {"val", SPLIT_VAL},
                 {"valid", SPLIT_VAL},   {"validation", SPLIT_VAL}, {"test", SPLIT_TEST},
                 {"testing", SPLIT_TEST}};
    size_t size = strcspn(path, "/");
    for (size_t i = 0; path[size] && i < sizeof names / sizeof *names; i++)
        if (strlen(names[i].name) == size && strncasecmp(path, names[i].name, size) == 0)
            return (int)names[i].split;
    return -1;
}

/* One of them alone may well be a label: there are photos of trains. Photos that lie in no folder
 * say nothing. */
static int are_splits(const struct scan_list *list)
{
    int first = -1, several = 0;
    for (size_t i = 0; i < list->count; i++) {
        int split = folders_split(list->photos[i].path);
        if (split < 0 && strchr(list->photos[i].path, '/'))
            return 0;
        several |= first >= 0 && split >= 0 && split != first;
        first = split >= 0 ? split : first;
    }
    return several;
}

/* "DIR: test, train are read as splits, not as labels" */
static void tell_splits(const char *folder, const struct scan_list *list,
                        const struct import_report *report)
{
    char names[120] = "", text[600];
    const char *last = "";
    size_t used = 0;
    for (size_t i = 0; i < list->count; i++) {
        const char *path = list->photos[i].path;
        size_t size = strcspn(path, "/");
        if (!path[size] || strncmp(path, last, size + 1) == 0 || used + size + 3 > sizeof names)
            continue;
        used += (size_t)snprintf(names + used, sizeof names - used, "%s%.*s", used ? ", " : "",
                                 (int)size, path);
        last = path;
    }
    snprintf(text, sizeof text, "%.400s: %s are read as splits, not as labels", folder, names);
    if (report->problem)
        report->problem(report->arg, text);
}

/* The photo of the project that is called so: its name, malloc'd, or NULL. *lost: memory is out. */
static char *known(struct gather *g, const char *folder, const char *name, int *lost)
{
    struct photo photo;
    char *path = format_photo_name(g->options->root, folder, name);
    *lost |= !path;
    if (path && store_find_photo(g->store, path, &photo, NULL) == 0) {
        photo_clear(&photo);
        return path;
    }
    free(path);
    return NULL;
}

/* The photo of the project that a link leads to: at its next step, since photos may be links
 * themselves, or at its end. */
static char *follow_link(struct gather *g, const char *file, int *lost)
{
    char next[PATH_MAX];
    ssize_t size = readlink(file, next, sizeof next - 1);
    if (size <= 0)
        return NULL; /* no link */
    next[size] = '\0';
    char *folder = gather_folder(file), *real = realpath(file, NULL);
    char *path = folder ? known(g, folder, next, lost) : NULL;
    if (!path && real)
        path = known(g, "", real, lost);
    *lost |= !folder;
    free(folder);
    free(real);
    return path;
}

/* A link to a photo that the project has stands for that photo, as an export of folders makes them;
 * any other link is a photo by its own name. malloc'd, NULL: out of memory. */
static char *name_photo(struct gather *g, const char *folder, const char *found)
{
    int lost = 0;
    char *file = file_join(folder, found);
    char *path = file ? follow_link(g, file, &lost) : NULL;
    if (file && !path && !lost)
        path = format_photo_name(g->options->root, folder, found);
    free(file);
    return path;
}

static int add(struct gather *g, const char *folder, const struct scan_photo *found, int splits,
               struct status *st)
{
    char *parts = strdup(found->path);
    const char *labels[MOST_FOLDERS];
    int count = 0;
    struct photo_new photo = {.size = found->size, .modified = found->modified, .node = -1};
    if (!parts)
        return status_out_of_memory(st);
    char *at = parts;
    if (splits && strchr(at, '/')) {
        photo.split = (enum split)folders_split(found->path);
        at = strchr(at, '/') + 1;
    }
    for (char *slash; count < MOST_FOLDERS && (slash = strchr(at, '/')); at = slash + 1) {
        *slash = 0;
        labels[count++] = at;
    }
    int failed = gather_add(g, found->path, 0, name_photo(g, folder, found->path), &photo, labels,
                            count, st);
    free(parts);
    return failed;
}

static int import(struct store *s, const char *path, const struct import_options *options,
                  struct import_report *report, struct status *st)
{
    struct scan_list list = {0};
    struct gather g;
    if (gather_start(&g, s, options, report, st) != 0)
        return -1;
    int failed = scan_photos(path, NULL, NULL, &list, NULL, st);
    int splits = !failed && are_splits(&list);
    if (splits)
        tell_splits(path, &list, report);
    for (size_t i = 0; !failed && i < list.count; i++)
        failed = add(&g, path, &list.photos[i], splits, st);
    failed = failed || gather_finish(&g, path, st) != 0;
    scan_clear(&list);
    gather_clear(&g);
    return failed ? -1 : 0;
}

const struct format format_folders = {
    .name = "folders",
    .help = "Fruit/Apple/Granny-Smith/photo.jpg: folders are the label path; in, and out as links",
    .recognise = recognise,
    .import = import,
    .export_folder = folders_export,
};
