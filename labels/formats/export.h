/* What an export writes, photo by photo. For the files of formats/ only. */
#ifndef LABELS_FORMATS_EXPORT_H
#define LABELS_FORMATS_EXPORT_H

#include "labels/formats/format.h"
#include "labels/store.h"

struct exported {
    const struct photo *photo;
    const char *name;                   /* of the photo, as it stands in the file */
    const char *labels[TAXONOMY_DEPTH]; /* names from the top */
    int count;                          /* of labels; 0: it has none */
};

/* Calls write for every photo that the options want, by rising id; non-zero from it ends the
 * export. Errors: those of the store, out of memory, and of out (looked at in the end; may be
 * NULL). */
int export_each(struct store *s, FILE *out, const struct export_options *options,
                int (*write)(void *arg, const struct exported *e), void *arg, struct status *st);

/* The decision that a photo's state comes from: when, by whom and how long it took. */
struct export_decision {
    int64_t time; /* milliseconds since 1970; 0: nobody has decided anything */
    int milliseconds, model;
    char who[200];
};
int export_decision(struct store *s, const struct photo *photo, struct export_decision *out,
                    struct status *st);

#endif
