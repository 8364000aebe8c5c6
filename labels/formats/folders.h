/* The two halves of the format of folders, and what others take from it. */
#ifndef LABELS_FORMATS_FOLDERS_H
#define LABELS_FORMATS_FOLDERS_H

#include <stddef.h>

#include "labels/formats/format.h"

/* format.h, export_folder. Photos without a label are left out. A label that cannot name a folder
 * is an error; nothing is left behind then. */
int folders_export(struct store *s, const char *folder, const struct export_options *options,
                   size_t *written, struct status *st);

/* The split that the outermost folder of a path names ("validation/a.jpg"), or -1. */
int folders_split(const char *path);

#endif
