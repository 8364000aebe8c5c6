/* Nested folders: the label path of a photo is the folders above it. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "data/scan.h"
#include "data/status.h"
#include "labels/formats/format.h"
#include "labels/formats/gather.h"

static int recognise(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

enum { MOST_FOLDERS = 32 };

static int add(struct gather *g, const char *folder, const struct scan_photo *found,
               struct status *st)
{
    char *parts = strdup(found->path);
    const char *labels[MOST_FOLDERS];
    int count = 0;
    struct photo_new photo = {.size = found->size, .modified = found->modified, .node = -1};
    if (!parts)
        return status_out_of_memory(st);
    char *at = parts;
    for (char *slash; count < MOST_FOLDERS && (slash = strchr(at, '/')); at = slash + 1) {
        *slash = 0;
        labels[count++] = at;
    }
    int failed = gather_add(g, found->path, 0, format_photo_name(g->options->root, folder, found->path),
                            &photo, labels, count, st);
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
    for (size_t i = 0; !failed && i < list.count; i++)
        failed = add(&g, path, &list.photos[i], st);
    failed = failed || gather_finish(&g, path, st) != 0;
    scan_clear(&list);
    gather_clear(&g);
    return failed ? -1 : 0;
}

const struct format format_folders = {
    .name = "folders",
    .help = "Fruit/Apple/Granny-Smith/photo.jpg: folders are the label path; in only",
    .recognise = recognise,
    .import = import,
};
