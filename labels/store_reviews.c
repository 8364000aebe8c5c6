/* Reviews, undo and redo.
 *
 * A step is what one call decided; `step` knows whose it is and whether it is undone. Undo takes the newest step of a
 * person that stands, redo the oldest undone one after all that stand (so a new review ends redo); both append
 * events that put the photos' states back, and only if nobody has changed those states meanwhile. */
#include <stdlib.h>

#include "data/status.h"
#include "labels/store_internal.h"

const char *review_kind_name(enum review_kind kind)
{
    static const char *const names[] = {
#define X(name, text) text,
        REVIEW_KINDS(X)
#undef X
    };
    return names[kind];
}

const char *event_kind_name(enum event_kind kind)
{
    static const char *const names[] = {
#define X(name, text) text,
        EVENT_KINDS(X)
#undef X
    };
    return names[kind];
}

/* ---- appending ------------------------------------------------------------------------------ */

int64_t store_new_step(struct store *s, const char *who, int64_t now, struct status *st)
{
    sqlite3_stmt *q = store_statement(s, "INSERT INTO step(who, time, undone) VALUES(?, ?, 0)", st);
    if (!q)
        return -1;
    sqlite3_bind_text(q, 1, who, -1, SQLITE_STATIC);
    sqlite3_bind_int64(q, 2, now);
    return store_run(s, q, st) == 0 ? sqlite3_last_insert_rowid(s->db) : -1;
}

static int insert_event(struct store *s, int64_t step, int64_t now, const char *who,
                        const struct review *review, const struct review_state *before,
                        const struct review_state *after, int64_t undoes, struct status *st)
{
    sqlite3_stmt *q = store_statement(
        s,
        "INSERT INTO event(step, time, kind, who, photo, before_kind, before_node, before_flagged,"
        " after_kind, after_node, after_flagged, model, milliseconds, undoes)"
        " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        st);
    if (!q)
        return -1;
    sqlite3_bind_int64(q, 1, step);
    sqlite3_bind_int64(q, 2, now);
    sqlite3_bind_int(q, 3, (int)review->kind);
    sqlite3_bind_text(q, 4, who, -1, SQLITE_STATIC);
    sqlite3_bind_int64(q, 5, review->photo);
    sqlite3_bind_int(q, 6, (int)before->kind);
    sqlite3_bind_int(q, 7, before->node);
    sqlite3_bind_int(q, 8, before->flagged);
    sqlite3_bind_int(q, 9, (int)after->kind);
    sqlite3_bind_int(q, 10, after->node);
    sqlite3_bind_int(q, 11, after->flagged);
    sqlite3_bind_int(q, 12, review->model);
    sqlite3_bind_int(q, 13, review->milliseconds);
    sqlite3_bind_int64(q, 14, undoes);
    return store_run(s, q, st);
}

int store_append_event(struct store *s, int64_t step, int64_t now, const char *who,
                       const struct review *review, const struct review_state *before,
                       const struct review_state *after, int64_t undoes, struct status *st)
{
    if (insert_event(s, step, now, who, review, before, after, undoes, st) != 0)
        return -1;
    sqlite3_stmt *q = store_statement(
        s, "UPDATE photo SET kind=?, node=?, flagged=?, event=? WHERE id=?", st);
    if (!q)
        return -1;
    sqlite3_bind_int(q, 1, (int)after->kind);
    sqlite3_bind_int(q, 2, after->node);
    sqlite3_bind_int(q, 3, after->flagged);
    sqlite3_bind_int64(q, 4, sqlite3_last_insert_rowid(s->db));
    sqlite3_bind_int64(q, 5, review->photo);
    if (store_run(s, q, st) != 0)
        return -1;
    return after->node == before->node ? 0 : store_mark_terminal(s, after->node, st);
}

static int present_state(struct store *s, int64_t photo, struct review_state *out,
                         struct status *st)
{
    sqlite3_stmt *q = store_statement(s, "SELECT kind, node, flagged FROM photo WHERE id=?", st);
    if (!q)
        return -1;
    sqlite3_bind_int64(q, 1, photo);
    int row = store_step(s, q, st);
    if (row == 0)
        return status_fail(st, STATUS_MISSING, "there is no photo %lld in this project",
                           (long long)photo);
    if (row < 0)
        return -1;
    *out = (struct review_state){(enum review_kind)sqlite3_column_int(q, 0),
                                 sqlite3_column_int(q, 1), sqlite3_column_int(q, 2)};
    sqlite3_reset(q);
    return 0;
}

/* The state after a review, or -1 for a review that makes no sense. */
static int state_after(const struct store *s, const struct review *review,
                       const struct review_state *before, struct review_state *after,
                       struct status *st)
{
    *after = *before;
    switch (review->kind) {
    case EVENT_ACCEPT:
    case EVENT_CORRECT:
        if (review->node < 0 || review->node >= taxonomy_count(s->taxonomy))
            return status_fail(st, STATUS_INVALID, "there is no label %d to give", review->node);
        after->kind = review->kind == EVENT_ACCEPT ? REVIEW_ACCEPTED : REVIEW_CORRECTED;
        after->node = review->node;
        return 0;
    case EVENT_REJECT:
        after->kind = REVIEW_REJECTED;
        after->node = -1;
        return 0;
    case EVENT_SKIP:
        after->kind = REVIEW_SKIPPED;
        return 0;
    case EVENT_FLAG:
    case EVENT_UNFLAG:
        after->flagged = review->kind == EVENT_FLAG;
        return 0;
    default:
        return status_fail(st, STATUS_INVALID, "'%s' is not a review",
                           event_kind_name(review->kind));
    }
}

int store_review(struct store *s, const char *who, const struct review *reviews, size_t count,
                 struct status *st)
{
    int64_t now = store_now();
    if (count == 0)
        return 0;
    if (store_begin(s, st) != 0)
        return -1;
    int64_t step = store_new_step(s, who, now, st);
    int failed = step < 0;
    for (size_t i = 0; !failed && i < count; i++) {
        struct review_state before, after;
        failed = present_state(s, reviews[i].photo, &before, st) != 0 ||
                 state_after(s, &reviews[i], &before, &after, st) != 0 ||
                 store_append_event(s, step, now, who, &reviews[i], &before, &after, 0, st) != 0;
    }
    return store_end(s, failed, st);
}

/* ---- undo and redo -------------------------------------------------------------------------- */

struct undoing {
    int64_t id, photo;
    struct review_state before, after;
};

/* The original events of a step, newest first for undo, oldest first for redo; malloc'd. */
static int read_step(struct store *s, int64_t step, int undo, struct undoing **out, size_t *count,
                     struct status *st)
{
    sqlite3_stmt *q = store_statement(
        s,
        "SELECT id, photo, before_kind, before_node, before_flagged, after_kind, after_node,"
        " after_flagged FROM event WHERE step=?1 AND undoes=0 ORDER BY iif(?2, -id, id)",
        st);
    size_t capacity = 0;
    int row;
    *out = NULL;
    *count = 0;
    if (!q)
        return -1;
    sqlite3_bind_int64(q, 1, step);
    sqlite3_bind_int(q, 2, undo);
    while ((row = store_step(s, q, st)) == 1) {
        if (*count == capacity) {
            capacity = capacity ? capacity * 2 : 16;
            struct undoing *grown = realloc(*out, capacity * sizeof *grown);
            if (!grown) {
                sqlite3_reset(q);
                return status_out_of_memory(st);
            }
            *out = grown;
        }
        (*out)[(*count)++] = (struct undoing){
            sqlite3_column_int64(q, 0),
            sqlite3_column_int64(q, 1),
            {(enum review_kind)sqlite3_column_int(q, 2), sqlite3_column_int(q, 3),
             sqlite3_column_int(q, 4)},
            {(enum review_kind)sqlite3_column_int(q, 5), sqlite3_column_int(q, 6),
             sqlite3_column_int(q, 7)},
        };
    }
    return row;
}

static int same_state(const struct review_state *a, const struct review_state *b)
{
    return a->kind == b->kind && a->node == b->node && a->flagged == b->flagged;
}

static int change_back(struct store *s, const struct undoing *u, int64_t step, int64_t now,
                       const char *who, int undo, struct status *st)
{
    struct review_state present;
    const struct review_state *expected = undo ? &u->after : &u->before;
    const struct review_state *wanted = undo ? &u->before : &u->after;
    struct review review = {.photo = u->photo, .kind = undo ? EVENT_UNDO : EVENT_REDO};
    if (present_state(s, u->photo, &present, st) != 0)
        return -1;
    if (!same_state(&present, expected))
        return status_fail(st, STATUS_CONFLICT,
                           "somebody has changed that photo since; nothing was %s",
                           undo ? "taken back" : "brought back");
    return store_append_event(s, step, now, who, &review, &present, wanted, u->id, st);
}

static int64_t find_step(struct store *s, const char *who, int undo, struct status *st)
{
    sqlite3_stmt *q =
        undo ? store_statement(
                   s, "SELECT max(id) FROM step WHERE who=?1 AND undone=0", st)
             : store_statement(s,
                               "SELECT min(id) FROM step WHERE who=?1 AND undone=1 AND id>"
                               "coalesce((SELECT max(id) FROM step WHERE who=?1 AND undone=0), 0)",
                               st);
    if (!q)
        return -1;
    sqlite3_bind_text(q, 1, who, -1, SQLITE_STATIC);
    if (store_step(s, q, st) != 1)
        return -1;
    int64_t step = sqlite3_column_int64(q, 0); /* NULL reads as 0 */
    sqlite3_reset(q);
    if (step == 0)
        return status_fail(st, STATUS_MISSING, undo ? "nothing of yours is left to undo"
                                                    : "nothing to redo");
    return step;
}

static int mark_step(struct store *s, int64_t step, int undone, struct status *st)
{
    sqlite3_stmt *q = store_statement(s, "UPDATE step SET undone=? WHERE id=?", st);
    if (!q)
        return -1;
    sqlite3_bind_int(q, 1, undone);
    sqlite3_bind_int64(q, 2, step);
    return store_run(s, q, st);
}

static int back_or_forth(struct store *s, const char *who, int undo, int64_t *photo, size_t *count,
                         struct status *st)
{
    struct undoing *events = NULL;
    size_t n = 0;
    int64_t now = store_now();
    if (store_begin(s, st) != 0)
        return -1;
    int64_t step = find_step(s, who, undo, st);
    int failed = step < 0 || read_step(s, step, undo, &events, &n, st) != 0;
    for (size_t i = 0; !failed && i < n; i++)
        failed = change_back(s, &events[i], step, now, who, undo, st);
    failed = failed || mark_step(s, step, undo, st) != 0;
    failed = store_end(s, failed, st);
    if (!failed && photo)
        *photo = n > 0 ? events[0].photo : 0;
    if (!failed && count)
        *count = n;
    free(events);
    return failed;
}

int store_undo(struct store *s, const char *who, int64_t *photo, size_t *count, struct status *st)
{
    return back_or_forth(s, who, 1, photo, count, st);
}

int store_redo(struct store *s, const char *who, int64_t *photo, size_t *count, struct status *st)
{
    return back_or_forth(s, who, 0, photo, count, st);
}

/* ---- reading -------------------------------------------------------------------------------- */

static void read_event(sqlite3_stmt *q, struct event *out)
{
    *out = (struct event){
        .id = sqlite3_column_int64(q, 0),
        .photo = sqlite3_column_int64(q, 1),
        .time = sqlite3_column_int64(q, 2),
        .kind = (enum event_kind)sqlite3_column_int(q, 3),
        .who = (const char *)sqlite3_column_text(q, 4),
        .before = {(enum review_kind)sqlite3_column_int(q, 5), sqlite3_column_int(q, 6),
                   sqlite3_column_int(q, 7)},
        .after = {(enum review_kind)sqlite3_column_int(q, 8), sqlite3_column_int(q, 9),
                  sqlite3_column_int(q, 10)},
        .model = sqlite3_column_int(q, 11),
        .milliseconds = sqlite3_column_int(q, 12),
        .undoes = sqlite3_column_int64(q, 13),
    };
}

#define EVENT_COLUMNS                                                                              \
    "id, photo, time, kind, who, before_kind, before_node, before_flagged, after_kind,"            \
    " after_node, after_flagged, model, milliseconds, undoes"

int store_each_event(struct store *s, int64_t photo,
                     int (*visit)(void *arg, const struct event *event), void *arg,
                     struct status *st)
{
    /* A statement of its own: visit may use the store. */
    sqlite3_stmt *q = NULL;
    const char *sql = photo ? "SELECT " EVENT_COLUMNS " FROM event WHERE photo=? ORDER BY id"
                            : "SELECT " EVENT_COLUMNS " FROM event ORDER BY id";
    if (sqlite3_prepare_v2(s->db, sql, -1, &q, NULL) != SQLITE_OK)
        return store_error(s, st);
    if (photo)
        sqlite3_bind_int64(q, 1, photo);
    int row = 0, stop = 0;
    while (!stop && (row = store_step(s, q, st)) == 1) {
        struct event event;
        read_event(q, &event);
        stop = visit(arg, &event);
    }
    sqlite3_finalize(q);
    return row < 0 ? -1 : 0;
}

int store_work_since(struct store *s, const char *who, int64_t since, int64_t *reviews,
                     int64_t *milliseconds, struct status *st)
{
    sqlite3_stmt *q = store_statement(
        s,
        "SELECT count(*), total(e.milliseconds) FROM event e JOIN step t ON t.id=e.step"
        " WHERE e.time>=?1 AND e.kind IN (1, 2, 3, 4) AND NOT t.undone"
        " AND (?2 IS NULL OR e.who=?2)",
        st);
    _Static_assert(EVENT_ACCEPT == 1 && EVENT_CORRECT == 2 && EVENT_REJECT == 3 && EVENT_SKIP == 4,
                   "numbers in the statement");
    if (!q)
        return -1;
    sqlite3_bind_int64(q, 1, since);
    if (who)
        sqlite3_bind_text(q, 2, who, -1, SQLITE_STATIC);
    if (store_step(s, q, st) != 1)
        return -1;
    *reviews = sqlite3_column_int64(q, 0);
    *milliseconds = sqlite3_column_int64(q, 1);
    sqlite3_reset(q);
    return 0;
}
