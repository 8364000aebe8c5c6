/* Label files: one table of formats. A new format is one new file and one line in format.c's table.
 */
#ifndef LABELS_FORMATS_FORMAT_H
#define LABELS_FORMATS_FORMAT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct status;
struct store;

struct import_conflict;

/* What an import did. `problem` is called for every line left out, with a sentence that names file
 * and line; for every column that is not read; and once for what was read in one of two ways (which
 * sign separates, folders that are splits, times). Import goes on with the rest. */
struct import_report {
    size_t photos, added, labelled, left_out;
    size_t skipped, rejected; /* as the file says */
    /* labels not taken, since a person has decided on the photo; not in `labelled` */
    size_t reviewed;
    size_t conflicts; /* labels other than what a person decided; settled by options->conflicts */
    size_t settled;   /* those that took the place of the decision (theirs, newer) */
    size_t put_to_review; /* those that wait for a decision (review) */
    size_t untimed;       /* newer was asked for, and the file does not say when it was */
    size_t known; /* came to split val or test although they had labels when a model was trained */
    void (*problem)(void *arg, const char *text);
    /* Called for every conflict, before anything is written; may be NULL. */
    void (*conflict)(void *arg, const struct import_conflict *conflict);
    void *arg;
};

/* What to do with the label of a photo that a person has decided otherwise on. */
#define CONFLICT_RULES(X)                                                                          \
    X(MINE, "mine")     /* the decision stays */                                                   \
    X(THEIRS, "theirs") /* the import wins */                                                      \
    X(NEWER, "newer")   /* what was said later; where the file has no time, the decision stays */  \
    X(REVIEW, "review") /* both are kept: filter `conflict`, until a person decides again */
enum conflict_rule {
#define X(name, text) CONFLICT_##name,
    CONFLICT_RULES(X)
#undef X
};
const char *conflict_rule_name(enum conflict_rule rule);
int conflict_rule_from_name(const char *name); /* -1 when not known */

/* Valid during the call. */
struct import_conflict {
    const char *photo;  /* as the project names it */
    const char *mine;   /* "food > bread"; "" when the photo was rejected */
    const char *theirs; /* as well */
    int taken;          /* theirs is what holds now */
};

struct import_options {
    const char *root;  /* the project's folder: photo paths are stored relative to it */
    const char *split; /* "" or NULL: as the file says; else for every photo */
    const char *who;
    int strict; /* stop at the first bad line, importing nothing */
    enum conflict_rule conflicts;
    const char *separator; /* between the labels of a path column; NULL: guessed */
    int add_nodes;         /* labels that are not in the taxonomy make new nodes */
    int (*progress)(void *arg, size_t done, size_t total); /* may be NULL; non-zero cancels */
};

struct export_options {
    const char *root;
    int only_reviewed;    /* else imported labels too */
    int relative_to_root; /* photo paths as the store has them */
    const int64_t *only;  /* [only_count] photos, ascending, also those of which nobody has said
                             anything; NULL: all others */
    size_t only_count;
    const char
        *separator; /* CSV: one column `path`, its labels separated so; NULL: a column each */
};

struct format {
    const char *name; /* "csv" */
    const char *help; /* one line */
    /* An example, what is read and what the format cannot hold, for `tend help formats`; NULL where
     * the help of the commands says it. */
    const char *about;
    int beside_photos; /* the tool reads it only from a folder above the photos it names */
    /* Does this path look like the format? NULL: never guessed. */
    int (*recognise)(const char *path);
    int (*import)(struct store *s, const char *path, const struct import_options *options,
                  struct import_report *report, struct status *st);
    int (*export)(struct store *s, FILE *out, const struct export_options *options,
                  struct status *st);
    /* Instead of `export`, for what is no single file: makes or fills the folder, which has to be
     * empty. *written counts photos. */
    int (*export_folder)(struct store *s, const char *folder, const struct export_options *options,
                         size_t *written, struct status *st);
};

/* NULL-terminated. */
extern const struct format *const formats[];
const struct format *format_find(const char *name);
/* By the path's ending, or being a folder; NULL when not known. */
const struct format *format_guess(const char *path);

/* How a project at root (absolute, without symbolic links) names the photo `name` of a file or
 * folder list in `folder` (absolute or relative to the current folder; "" for the current one):
 * relative to root when it lies below root, else absolute; "." and ".." folded. The same photo gets
 * the same name whoever names it: everything that adds or finds photos by path goes through this.
 * malloc'd; NULL when out of memory. */
char *format_photo_name(const char *root, const char *folder, const char *name);

/* The way from root (absolute, folded) to a photo as the store names it: "../photos/a.jpg" where
 * that is absolute. malloc'd; NULL when out of memory. */
char *format_relative_name(const char *root, const char *photo);

/* CSV rows, RFC 4180: quoted fields (also behind blanks), doubled quotes, line ends inside quotes,
 * CRLF or LF, a UTF-8 BOM skipped. Fields point into `text`, which is changed in place and has one
 * byte more than `size` says (a NUL, as file_read leaves it). Used by the formats and the taxonomy.
 */
struct csv {
    char *next, *end;
    int line; /* where the row last read begins, from 1 */
    int next_line;
    char separator;
    char **fields; /* of the row last read */
    int count, capacity;
};
void csv_start(struct csv *c, char *text, size_t size, char separator);
/* Goes on in another text of the same separator, whose first line is `line`. */
void csv_row(struct csv *c, char *text, size_t size, int line);
/* 1: a row; 0: the end; -1: a quote that does not end, a zero byte, or out of memory ("line N:
 * ..."). Empty lines are skipped. */
int csv_next(struct csv *c, struct status *st);
void csv_clear(struct csv *c);
/* Index of a column in the row last read (any case, blanks around ignored), or -1. */
int csv_column(const struct csv *c, const char *name);
/* What stands in a column; "" where the row is too short, and for column -1. */
const char *csv_field(const struct csv *c, int column);
/* The row last read, as text for a message: fields with commas between, cut; returns buffer. */
char *csv_show_row(const struct csv *c, char *buffer, size_t size);
/* ',', ';' or tab: the one that stands most often in the first line. */
char csv_guess_separator(const char *text, size_t size);
/* Writes one field, quoted if it must be. */
void csv_write(FILE *out, const char *field);

#endif
