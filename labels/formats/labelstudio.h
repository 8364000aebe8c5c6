/* Between labelstudio.c and labelstudio_out.c. */
#ifndef LABELS_FORMATS_LABELSTUDIO_H
#define LABELS_FORMATS_LABELSTUDIO_H

#include "labels/formats/format.h"

/* How tasks name files that Label Studio's server reads from its own disk. */
#define LABELSTUDIO_LOCAL "/data/local-files/?d="

int labelstudio_export(struct store *s, FILE *out, const struct export_options *options,
                       struct status *st);

#endif
