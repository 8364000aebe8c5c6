/* What an import gathers before it writes: photos with their labels, and the tree they need.
 * Everything is written at the end, in one step, or nothing. For the files of formats/ only. */
#ifndef LABELS_FORMATS_GATHER_H
#define LABELS_FORMATS_GATHER_H

#include "labels/formats/format.h"
#include "labels/store.h"

struct gather_place {
    int line, column; /* of its label; 0: nowhere, not said */
    int split_line;   /* of its split */
};

struct gather {
    struct store *store;
    const struct import_options *options;
    struct import_report *report;
    struct taxonomy *taxonomy;   /* a copy that grows by every line's labels */
    struct photo_new *photos;    /* paths owned */
    struct gather_place *places; /* [count] where each stands */
    size_t count, capacity;
    int column; /* of what is read, where lines may hold several things; 0: not said */
    const int *label_columns; /* of the labels of the next photo; NULL: `column` is all of theirs */
};

int gather_start(struct gather *g, struct store *s, const struct import_options *options,
                 struct import_report *report, struct status *st);

/* The folder part of a file's path; malloc'd, NULL when out of memory. */
char *gather_folder(const char *path);

/* The project's name (malloc'd) of the photo that a file in `folder` calls `name`: relative to it,
 * else to the project; size and time are what the disk says. NULL: problem says that there is none,
 * or st that memory is out. */
char *gather_find(struct gather *g, const char *folder, const char *name, struct photo_new *photo,
                  struct status *problem, struct status *st);

/* "train", " val ", "": sets photo->split, or -1 and the problem. */
int gather_split(const char *text, struct photo_new *photo, struct status *problem);

/* "2026-11-30", "2026-11-30T12:34:56.789Z" (or with +02:00, or no zone: UTC), or seconds or
 * milliseconds since 1970, as milliseconds since 1970; "" is 0: not known. */
int gather_time(const char *text, int64_t *time, struct status *problem);

/* One photo; takes path (malloc'd, may be NULL: out of memory). labels [count] may be none. A label
 * that is wrong is told as a problem ("SOURCE:LINE: ..." with line 0 "SOURCE: ...") and the photo
 * left out: that is no error. */
int gather_add(struct gather *g, const char *source, int line, char *path,
               const struct photo_new *photo, const char *const *labels, int count,
               struct status *st);

/* Tells a problem; -1 when strict says that it ends the import. With a column (from 1; 0: none) it
 * begins "SOURCE:LINE:COLUMN: ". */
int gather_problem_at(struct gather *g, const char *source, int line, int column,
                      struct status *problem, struct status *st);
int gather_problem(struct gather *g, const char *source, int line, struct status *problem,
                   struct status *st);

/* Writes it all, or on -1 nothing. The same photo twice with different labels is a problem, unless
 * both have times: then the later one is taken, which is told. Of the
 * labels that were new only those are made nodes that a photo gets by it: not those of lines left
 * out, nor of photos whose review stands. */
int gather_finish(struct gather *g, const char *source, struct status *st);
void gather_clear(struct gather *g);

#endif
