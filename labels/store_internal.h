/* What the files of the store share; nobody else includes this.
 *
 * Tables (store_open.c makes them):
 *
 * - photo: one row a photo, with the state its events add up to.
 * - event, step: what people decided. Events are only ever appended (triggers see to it). A step is
 *   what one call wrote, the unit of undo; its row says whether it stands.
 * - node: the tree; numbers are those of struct taxonomy. merged: the node it was merged into, -1:
 *   it stands, -2: removed.
 * - edit: what was changed in a node, before and after, as events are for photos.
 * - prediction: what the queue sorts by, small rows; distribution: probabilities, kept apart.
 * - model, setting, person.
 * - tally: counts kept up to date in the same transaction, so that counting a million photos is
 *   reading a few rows; and the number of changes to the tree.
 *
 * Statements are prepared once and kept, found by the address of their text: write the SQL as a
 * literal where it is used. A statement that has given its last row is reset by store_step; one
 * that is left before that must be reset with store_done, or it would hold its read lock. */
#ifndef LABELS_STORE_INTERNAL_H
#define LABELS_STORE_INTERNAL_H

#include <sqlite3.h>

#include "labels/store.h"
#include "labels/taxonomy_internal.h"

enum {
    STORE_APPLICATION = 0x74656E64, /* "tend" */
    STORE_STATEMENTS = 144,
    STORE_KINDS = REVIEW_GIVEN + 1,
    STORE_SPLITS = SPLIT_TEST + 1,
    STORE_CELLS = STORE_KINDS * STORE_SPLITS * 4 /* kind, split, labelled, flagged */
};

/* Keys of tally: cells of photos from 0; then these. TAXONOMY: changes to the tree of any kind;
 * EDITION: those that changed nodes that were there. */
enum { TALLY_TAXONOMY = 900, TALLY_EDITION = 901, TALLY_PREDICTED = 1000 /* + model */ };

struct store {
    sqlite3 *db;
    char *path;
    struct taxonomy *taxonomy;
    int64_t taxonomy_changes;  /* TALLY_TAXONOMY when it was read */
    struct taxonomy **retired; /* trees replaced by a refresh: callers may still look */
    size_t retired_count;
    struct taxonomy *edited; /* takes taxonomy's place when the transaction is committed */
    int64_t edited_changes;  /* taxonomy_changes of what it was made from */
    char turned[900];        /* what the last undo or redo did to the tree */
    size_t left;             /* photos that the last undo of an import left as they are */
    struct {
        const char *sql;
        sqlite3_stmt *statement;
    } statements[STORE_STATEMENTS];
    int statement_count;
    int64_t cells[STORE_CELLS]; /* changes to photo tallies in the running transaction */
    /* In the running transaction: nodes before it, changes to the tree, nodes marked terminal (a
     * flag for each). */
    int own_nodes;
    int64_t own_changes;
    unsigned char *marked;
    int marked_size, marked_any;
    /* Where store_unpredicted goes on looking. */
    int hint_model, hint_kind;
    int64_t hint_photo;
};

/* Ready to bind: reset, without bindings. NULL with a status. */
sqlite3_stmt *store_sql(struct store *s, const char *sql, struct status *st);
/* 1: a row; 0: no (more) row, reset; -1: failed, reset. */
int store_step(struct store *s, sqlite3_stmt *statement, struct status *st);
void store_done(sqlite3_stmt *statement);
/* Steps a statement that gives no rows. */
int store_run(struct store *s, sqlite3_stmt *statement, struct status *st);
/* Runs SQL that is not worth keeping prepared. */
int store_exec(struct store *s, const char *sql, struct status *st);
/* The status of the last SQLite error; -1. */
int store_fail(struct store *s, struct status *st);
int store_damaged(struct store *s, const char *what, struct status *st);
/* Of a file that is not there or empty: with this code where there is no copy of it either. */
int store_lost(const char *path, const char *what, enum status_code code, struct status *st);

/* Every change is between these. store_end commits when result is 0, else takes everything back;
 * gives the result. */
int store_begin(struct store *s, struct status *st);
int store_end(struct store *s, int result, struct status *st);

int64_t store_now(void); /* milliseconds since 1970 */

/* store_taxonomy.c, within a transaction */
int store_load_taxonomy(struct store *s, struct status *st);
struct taxonomy *store_read_tree(struct store *s, int64_t *changes,
                                 struct status *st); /* the caller's */
int store_note_tree_change(struct store *s, struct status *st);
/* Room for one more tree that callers may still look at, before another takes its place. */
int store_reserve_retired(struct store *s, struct status *st);
/* Is there such a node, and not removed (by another process, perhaps)? */
int store_check_node(struct store *s, int node, struct status *st);
/* A truth ends at node: an explicit mark, which also holds when the leaf gets children later. */
int store_mark_terminal(struct store *s, int node, struct status *st);
/* The nodes of t that are not there yet; t is store_taxonomy grown (store_check_grown, before
 * store_begin). */
int store_check_grown(struct store *s, const struct taxonomy *t, struct status *st);
int store_write_tree(struct store *s, const struct taxonomy *t, struct status *st);
int store_insert_node(struct store *s, const struct taxonomy *t, int node, struct status *st);
void store_end_tree(struct store *s, int committed); /* called by store_end */

/* store_photos.c */
int store_read_state(struct store *s, sqlite3_stmt *statement, int column, struct review_state *out,
                     struct status *st); /* kind, node, flagged in three columns */
void store_count_cell(struct store *s, const struct review_state *state, int split, int by);
int store_write_cells(struct store *s, struct status *st);
int store_tally(struct store *s, int key, int64_t by, struct status *st);
int64_t store_tally_value(struct store *s, int key, struct status *st); /* -1: failed */

/* store_reviews.c, within a transaction */
enum {
    STEP_STANDS,
    STEP_UNDONE,
    STEP_GONE,
    STEP_KEPT
}; /* step.state; KEPT: stands, since undo was refused */
int store_set_step_state(struct store *s, int64_t step, int state, struct status *st);
/* The number of a person (NULL, "": somebody), 0 when not known and not to be added, -1 on failure.
 */
int store_find_person(struct store *s, const char *who, int add, struct status *st);
/* State and split of a photo as the file has them now; nodes as they were given. */
int store_read_now(struct store *s, int64_t photo, struct review_state *state, int *split,
                   struct status *st);
struct store_step {
    int64_t id;
    int person;
    int64_t time;
    int64_t reviews, milliseconds;
};
int store_step_begin(struct store *s, const char *who, struct store_step *step, struct status *st);
int store_step_end(struct store *s, const struct store_step *step, struct status *st);
struct store_change {
    int64_t photo;
    int split;
    enum event_kind kind;
    struct review_state before, after;
    int model, milliseconds;
    int64_t undoes;
    int has_predicted, predicted;
};
/* Appends the event and changes the photo's row. */
int store_append(struct store *s, const struct store_step *step, const struct store_change *change,
                 struct status *st);

/* store_predictions.c: the sum over the terminals of a row of probabilities at or below a node, as
 * a share of all. */
float store_share_below(const struct taxonomy *t, const void *kept, int size, int node);
/* store_events.c: who gave a photo its present state, when and seeing which model; an undone
 * decision counts as not made. 1: found; 0: nobody has; -1: failed. name: NUL-terminated, cut. */
struct store_decision {
    char name[128];
    int model;
    int64_t time;
};
int store_find_decision(struct store *s, int64_t photo, struct store_decision *out,
                        struct status *st);

/* store_opinions.c: what each person has said of a photo last (at most `most` people); how many, or
 * -1. */
struct filter_opinion;
int store_find_opinions(struct store *s, int64_t photo, struct filter_opinion *out, int most,
                        struct status *st);

/* store_queue.c, queue_rows.c: what the queue looks at; nodes as they were given. */
struct queue_row {
    int64_t photo, event;
    int label, predicted; /* -1: none */
    float expected, gap;  /* -1, 0: not known */
    signed char kind, split, flagged;
};
struct queue_rows {
    struct queue_row *row; /* by rising photo */
    size_t count, capacity;
};
/* Columns id, split, kind, flagged, event, node of a statement; nothing predicted. */
struct queue_row store_queue_row(sqlite3_stmt *photo);
/* Rows of all photos, in one piece: a walk over it is quick. NULL: st says why. */
struct queue_rows *store_new_rows(struct store *s, struct status *st);
int store_add_row(struct queue_rows *rows, const struct queue_row *row, struct status *st);

/* store_edits.c, within a transaction: takes back or brings again the changes of a step to the
 * tree. How many, or -1. */
int store_turn_edits(struct store *s, const struct store_step *step, int redo, struct status *st);

#endif
