/* The frame of an import from JSON: the pieces of a file, each to a photo. For formats/ only. */
#ifndef LABELS_FORMATS_JSON_IMPORT_H
#define LABELS_FORMATS_JSON_IMPORT_H

#include "labels/formats/gather.h"
#include "labels/formats/json_items.h"

enum { JSON_FOLDERS = 4, JSON_TOLD = 32 };

struct json_import {
    struct gather g;
    struct json_items items;
    const char *source;
    char *folder; /* of the file */
    /* Where photos are looked for, below the file's folder, after that itself and the project's. */
    const char *folders[JSON_FOLDERS];
    int other_endings; /* a name without a picture's ending may be of any: "a" is a.jpg */
    void *arg;         /* the format's */
    int told_slash;    /* that labels were taken apart at '/' */
    char told[JSON_TOLD][JSON_ITEM_KEY]; /* what json_import_unread has told */
    int told_count;
};

struct json_reading {
    int lines; /* JSON Lines */
    /* One piece: 0, or -1 with what is wrong with it in `problem` or what ends the import in st. */
    int (*take)(struct json_import *in, const struct cJSON *item, struct status *problem,
                struct status *st);
    int (*finish)(struct json_import *in, struct status *st); /* after the last; may be NULL */
};

int json_import(struct store *s, const char *path, const struct json_reading *reading,
                struct json_import *in, const struct import_options *options,
                struct import_report *report, struct status *st);

/* Adds the photo that the file calls `name`, with the labels [count] given. Line and column are
 * those of the piece. Return as take. */
int json_import_photo(struct json_import *in, const char *name, struct photo_new *photo,
                      const char *const *labels, int count, struct status *problem,
                      struct status *st);

/* Tells what is not wrong but should be known: "SOURCE:LINE:COLUMN: TEXT" with the place of the
 * piece. With strict it ends the import: -1. */
int json_import_note(struct json_import *in, const char *text, struct status *st);

/* Tells once for every name, and where it stood first, that such things are not read: "SOURCE:LINE:
 * COLUMN: column 'category' is not read". */
void json_import_unread(struct json_import *in, const char *what, const char *name);

/* The split that a member of the piece (or of an object of it; NULL: none) says, if it is there. */
int json_import_split(const struct cJSON *object, struct photo_new *photo, struct status *problem);

/* A path; its texts are others'. */
struct json_label {
    const char *at[TAXONOMY_DEPTH];
    int count;
};
/* Does b go on from a, or end where a does? */
int json_label_begins(const struct json_label *a, const struct json_label *b);
/* Paths of one photo become one, where each goes on from the others; else -1 with the problem. */
int json_label_join(struct json_label *label, const struct json_label *next,
                    struct status *problem);

/* A path written as one text ("food/drink/coffee", "food > drink"): labels of the tree where it is
 * one of its paths or ids, else split at " > " or, where there is none, at "/" (told once); at
 * options->separator alone where that is given. `buffer` has room for the text and its NUL, and
 * owns the labels that are not the tree's. Their number, or -1. */
int json_import_path(struct json_import *in, const char *text, char *buffer, const char **labels,
                     struct status *problem);

/* Does the beginning of a file hold this text? For recognise. */
int json_begins_with(const char *path, const char *const *texts, int count);
/* Is its first sign '['? */
int json_begins_as_list(const char *path);

#endif
