/* What the files of the store share; nobody else includes this. */
#ifndef LABELS_STORE_INTERNAL_H
#define LABELS_STORE_INTERNAL_H

#include <sqlite3.h>

#include "labels/store.h"

enum { STORE_STATEMENTS = 80, STORE_TREES = 64, STORE_PAGE = 512 };

struct store {
    sqlite3 *db;
    char *path;
    struct {
        const char *sql; /* known by its address */
        sqlite3_stmt *statement;
    } cache[STORE_STATEMENTS];
    int cached;
    struct taxonomy *taxonomy;
    struct taxonomy *old[STORE_TREES]; /* earlier trees: pointers to them may still be held */
    int old_count;
    int64_t cursor[2]; /* where store_unpredicted goes on, see there */
    int cursor_model;
};

/* The sentence for what SQLite last said; returns -1. */
int store_error(struct store *s, struct status *st);

/* A prepared statement, reset and unbound; sql must be a literal. NULL with a status. */
sqlite3_stmt *store_statement(struct store *s, const char *sql, struct status *st);
/* 1: a row, 0: done, -1: error. The statement is reset unless there is a row. */
int store_step(struct store *s, sqlite3_stmt *q, struct status *st);
/* Runs a statement that gives no rows. */
int store_run(struct store *s, sqlite3_stmt *q, struct status *st);

/* One transaction: begin, then end with what came of it (rolls back when failed). Returns failed, or -1 when the
 * commit itself failed. */
int store_begin(struct store *s, struct status *st);
int store_end(struct store *s, int failed, struct status *st);

int64_t store_now(void); /* milliseconds since 1970 */

/* store_photos.c: columns of STORE_PHOTO_COLUMNS into a photo whose path points into the statement. */
#define STORE_PHOTO_COLUMNS "id, path, size, modified, hash, split, kind, node, flagged, event"
void store_read_photo(sqlite3_stmt *q, struct photo *out);

/* store_reviews.c: a new step of `who`; its number, or -1. Then events in it: the photo goes from its present
 * state to `after`. */
int64_t store_new_step(struct store *s, const char *who, int64_t now, struct status *st);
int store_append_event(struct store *s, int64_t step, int64_t now, const char *who,
                       const struct review *review, const struct review_state *before,
                       const struct review_state *after, int64_t undoes, struct status *st);
/* A label was given: a truth may end there. */
int store_mark_terminal(struct store *s, int node, struct status *st);

#endif
