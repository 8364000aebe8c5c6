/* Files whose labels and photos stand in lists of their own and name each other by ids, in any
 * order: COCO and Datumaro. Gathered, and put together at the end. For the files of formats/ only.
 */
#ifndef LABELS_FORMATS_CATALOGUE_H
#define LABELS_FORMATS_CATALOGUE_H

#include "labels/formats/json_import.h"

struct catalogue_category {
    char *id, *name, *parent; /* parent: the name of another, or "" */
    char *levels;             /* the whole path, each label with its NUL; NULL: by the parents */
    int level_count, line, column;
};
struct catalogue_photo {
    char *id, *name;
    struct photo_new photo;
    int line, column;
};
struct catalogue_mark { /* this photo is of that category */
    char *photo, *category;
    int line, column;
};

struct catalogue {
    int strict_parents; /* a parent that is no category is wrong; else it is a label above all */
    int prefixed;       /* "food/bread" below "food" is bread */
    enum split split;   /* the format's: of photos of which none is said */
    struct catalogue_category *categories;
    struct catalogue_photo *photos;
    struct catalogue_mark *marks;
    size_t category_count, photo_count, mark_count;
    size_t category_room, photo_room, mark_room;
    /* while finishing */
    struct catalogue_category **by_id, **by_name;
};

/* Texts are copied; the place is that of the piece read last. -1: out of memory. */
int catalogue_add_category(struct catalogue *c, const struct json_items *at, const char *id,
                           const char *name, const char *parent, const char *const *levels,
                           int level_count, struct status *st);
int catalogue_add_photo(struct catalogue *c, const struct json_items *at, const char *id,
                        const char *name, const struct photo_new *photo, struct status *st);
int catalogue_add_mark(struct catalogue *c, const struct json_items *at, const char *photo,
                       const char *category, struct status *st);

/* Adds every photo with its label: with several, the one that goes on from all others. As finish of
 * struct json_reading. */
int catalogue_finish(struct catalogue *c, struct json_import *in, struct status *st);
void catalogue_clear(struct catalogue *c);

#endif
