/* The store, row by row: all that a project knows, to be written to a file and brought back.
 *
 * Tables come in an order in which rows name only what came before. Values are as people write
 * them: people by name, states and splits as words. Nodes, photos, steps and events keep their
 * numbers. */
#ifndef LABELS_STORE_ROWS_H
#define LABELS_STORE_ROWS_H

#include "labels/store.h"

enum row_kind {
    ROW_INTEGER,
    ROW_REAL,
    ROW_TEXT,   /* UTF-8 */
    ROW_PATH,   /* of a photo: any bytes */
    ROW_HASH,   /* 64 bits; integer */
    ROW_SPLIT,  /* integer: enum split */
    ROW_STATE,  /* integer: enum review_kind */
    ROW_EVENT,  /* integer: enum event_kind */
    ROW_WHO,    /* text */
    ROW_SHARES, /* pairs of node and probability, 32 bits each, low byte first */
    ROW_TIME    /* integer; written for others to read, and not brought back */
};

enum { ROW_COLUMNS = 17 };

struct row_table {
    const char *name; /* "photo" */
    struct row_column {
        const char *name;
        enum row_kind kind;
        int optional;          /* may be missing: NULL */
    } column[ROW_COLUMNS + 1]; /* the last one's name is NULL */
    const char *select, *insert;
};
extern const struct row_table row_tables[]; /* the last one's name is NULL */

struct row_value {
    int is_null;
    int64_t integer;
    double real;
    const char *bytes; /* text, path and shares; the giver's */
    size_t size;
};

/* Every row, at one moment. Non-zero from visit stops. */
int store_each_row(struct store *s,
                   int (*visit)(void *arg, const struct row_table *table,
                                const struct row_value *values),
                   void *arg, struct status *st);

/* Has nobody said anything in this project: are there no labels, reviews or changes to the tree? 1,
 * 0, or -1. */
int store_is_untouched(struct store *s, struct status *st);

/* Puts the rows that `next` gives (1 with table and values [ROW_COLUMNS]; 0: no more; -1: failed,
 * in st) in the place of all that an untouched project has; its photos stay, as far as they are not
 * among the rows. All or, on -1, nothing; errors: a row that names what is not there, a photo that
 * is not as its events say, the same number twice. */
int store_restore(struct store *s,
                  int (*next)(void *arg, const struct row_table **table, struct row_value *values,
                              struct status *st),
                  void *arg, struct status *st);

#endif
