/* Reviews: events, steps, undo and redo.
 *
 * An event says what a photo's state was before and after it. A step is all that one call wrote; its row says
 * whether it stands, has been undone, or has been undone for good (somebody went on reviewing). Undo takes
 * the last standing step of a person and appends, for each of its events from last to first, an event with
 * before and after exchanged; redo appends the same events as at first. So the events tell all that ever
 * happened, and the states of steps and photos follow from them.
 *
 * A step is undone only where the photo is as the step left it and no later step of somebody else stands on
 * it; redone only where the photo is as it was before the step. One that cannot be stays, and those before it
 * can be come to. */
#include <stdlib.h>
#include <string.h>

#include "data/status.h"
#include "labels/store_internal.h"

enum { STANDS, UNDONE, GONE, KEPT }; /* step.state; KEPT: stands, since undo was refused */

const char *event_kind_name(enum event_kind kind)
{
#define X(name, text) text,
    static const char *const names[] = {EVENT_KINDS(X)};
#undef X
    return (unsigned)kind < sizeof names / sizeof *names ? names[kind] : "";
}

/* ---- steps ---------------------------------------------------------------------------------- */

/* The number of a person, 0 when not known (and not to be added), -1 on failure. */
static int find_person(struct store *s, const char *who, int add, struct status *st)
{
    sqlite3_stmt *select = store_sql(s, "SELECT id FROM person WHERE name=?", st);
    if (!select)
        return -1;
    sqlite3_bind_text(select, 1, who, -1, SQLITE_STATIC);
    int got = store_step(s, select, st);
    int person = got == 1 ? sqlite3_column_int(select, 0) : got;
    store_done(select);
    if (person != 0 || !add)
        return person;
    sqlite3_stmt *insert = store_sql(s, "INSERT INTO person(name) VALUES(?)", st);
    if (!insert)
        return -1;
    sqlite3_bind_text(insert, 1, who, -1, SQLITE_STATIC);
    return store_run(s, insert, st) == 0 ? (int)sqlite3_last_insert_rowid(s->db) : -1;
}

static const char *name_or(const char *who)
{
    return who && *who ? who : "somebody";
}

int store_step_begin(struct store *s, const char *who, struct store_step *step, struct status *st)
{
    *step = (struct store_step){.time = store_now()};
    step->person = find_person(s, name_or(who), 1, st);
    if (step->person < 0)
        return -1;
    sqlite3_stmt *gone = store_sql(s, "UPDATE step SET state=2 WHERE who=? AND state=1", st);
    if (!gone)
        return -1;
    sqlite3_bind_int(gone, 1, step->person);
    if (store_run(s, gone, st) != 0)
        return -1;
    sqlite3_stmt *insert = store_sql(
        s, "INSERT INTO step(who, time, state, reviews, milliseconds) VALUES(?, ?, 0, 0, 0)", st);
    if (!insert)
        return -1;
    sqlite3_bind_int(insert, 1, step->person);
    sqlite3_bind_int64(insert, 2, step->time);
    if (store_run(s, insert, st) != 0)
        return -1;
    step->id = sqlite3_last_insert_rowid(s->db);
    return 0;
}

int store_step_end(struct store *s, const struct store_step *step, struct status *st)
{
    if (step->reviews == 0 && step->milliseconds == 0)
        return 0;
    sqlite3_stmt *update =
        store_sql(s, "UPDATE step SET reviews=?, milliseconds=? WHERE id=?", st);
    if (!update)
        return -1;
    sqlite3_bind_int64(update, 1, step->reviews);
    sqlite3_bind_int64(update, 2, step->milliseconds);
    sqlite3_bind_int64(update, 3, step->id);
    return store_run(s, update, st);
}

static int set_step_state(struct store *s, int64_t step, int state, struct status *st)
{
    sqlite3_stmt *update = store_sql(s, "UPDATE step SET state=? WHERE id=?", st);
    if (!update)
        return -1;
    sqlite3_bind_int(update, 1, state);
    sqlite3_bind_int64(update, 2, step);
    return store_run(s, update, st);
}

/* ---- appending ------------------------------------------------------------------------------ */

static void bind_node(sqlite3_stmt *statement, int place, int node)
{
    if (node >= 0)
        sqlite3_bind_int(statement, place, node);
}

static int append_event(struct store *s, const struct store_step *step,
                        const struct store_change *c, struct status *st)
{
    sqlite3_stmt *insert = store_sql(
        s,
        "INSERT INTO event(photo, step, who, time, kind, kind_before, node_before, flagged_before,"
        " kind_after, node_after, flagged_after, model, milliseconds, undoes)"
        " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        st);
    if (!insert)
        return -1;
    sqlite3_bind_int64(insert, 1, c->photo);
    sqlite3_bind_int64(insert, 2, step->id);
    sqlite3_bind_int(insert, 3, step->person);
    sqlite3_bind_int64(insert, 4, step->time);
    sqlite3_bind_int(insert, 5, (int)c->kind);
    sqlite3_bind_int(insert, 6, (int)c->before.kind);
    bind_node(insert, 7, c->before.node);
    sqlite3_bind_int(insert, 8, c->before.flagged);
    sqlite3_bind_int(insert, 9, (int)c->after.kind);
    bind_node(insert, 10, c->after.node);
    sqlite3_bind_int(insert, 11, c->after.flagged);
    sqlite3_bind_int(insert, 12, c->model);
    sqlite3_bind_int(insert, 13, c->milliseconds);
    sqlite3_bind_int64(insert, 14, c->undoes);
    return store_run(s, insert, st);
}

int store_append(struct store *s, const struct store_step *step, const struct store_change *c,
                 struct status *st)
{
    if (append_event(s, step, c, st) != 0)
        return -1;
    int64_t event = sqlite3_last_insert_rowid(s->db);
    sqlite3_stmt *update = store_sql(
        s, "UPDATE photo SET kind=?, node=?, flagged=?, event=? WHERE id=?", st);
    if (!update)
        return -1;
    sqlite3_bind_int(update, 1, (int)c->after.kind);
    bind_node(update, 2, c->after.node);
    sqlite3_bind_int(update, 3, c->after.flagged);
    sqlite3_bind_int64(update, 4, event);
    sqlite3_bind_int64(update, 5, c->photo);
    if (store_run(s, update, st) != 0)
        return -1;
    store_count_cell(s, &c->before, c->split, -1);
    store_count_cell(s, &c->after, c->split, 1);
    return 0;
}

/* State and split of a photo as the file has them now. */
static int read_now(struct store *s, int64_t photo, struct review_state *state, int *split,
                    struct status *st)
{
    sqlite3_stmt *select =
        store_sql(s, "SELECT split, kind, node, flagged FROM photo WHERE id=?", st);
    if (!select)
        return -1;
    sqlite3_bind_int64(select, 1, photo);
    int got = store_step(s, select, st);
    if (got == 0)
        return status_fail(st, STATUS_MISSING, "%s: there is no photo number %lld", s->path,
                           (long long)photo);
    if (got == 1) {
        *split = sqlite3_column_int(select, 0);
        got = store_read_state(s, select, 1, state, st);
        if (got == 0 && (*split < 0 || *split >= STORE_SPLITS))
            got = store_damaged(s, "the split of a photo", st);
    }
    store_done(select);
    return got;
}

/* What the state becomes. */
static int apply(struct store *s, const struct review *review, struct store_change *c,
                 struct status *st)
{
    c->after = c->before;
    switch (review->kind) {
    case EVENT_ACCEPT:
    case EVENT_CORRECT:
    case EVENT_GIVE:
        if (store_check_node(s, review->node, st) != 0 ||
            store_mark_terminal(s, review->node, st) != 0)
            return -1;
        c->after.kind = review->kind == EVENT_ACCEPT    ? REVIEW_ACCEPTED
                        : review->kind == EVENT_CORRECT ? REVIEW_CORRECTED
                                                        : REVIEW_GIVEN;
        c->after.node = review->node;
        return 0;
    case EVENT_REJECT:
        c->after.kind = REVIEW_REJECTED;
        c->after.node = -1;
        return 0;
    case EVENT_SKIP:
        c->after.kind = REVIEW_SKIPPED;
        return 0;
    case EVENT_FLAG:
    case EVENT_UNFLAG:
        c->after.flagged = review->kind == EVENT_FLAG;
        return 0;
    default:
        return status_fail(st, STATUS_INVALID, "%s: '%s' is no review", s->path,
                           event_kind_name(review->kind));
    }
}

static int review_one(struct store *s, struct store_step *step, const struct review *review,
                      struct status *st)
{
    struct store_change c = {.photo = review->photo, .kind = review->kind,
                             .model = review->model, .milliseconds = review->milliseconds};
    if (read_now(s, review->photo, &c.before, &c.split, st) != 0 || apply(s, review, &c, st) != 0 ||
        store_append(s, step, &c, st) != 0)
        return -1;
    if (review->kind != EVENT_FLAG && review->kind != EVENT_UNFLAG && review->kind != EVENT_SKIP) {
        step->reviews++;
        step->milliseconds += review->milliseconds;
    }
    return 0;
}

int store_review(struct store *s, const char *who, const struct review *reviews, size_t count,
                 struct status *st)
{
    struct store_step step;
    if (count == 0)
        return 0;
    if (store_begin(s, st) != 0)
        return -1;
    int result = store_step_begin(s, who, &step, st);
    for (size_t i = 0; i < count && result == 0; i++)
        result = review_one(s, &step, &reviews[i], st);
    if (result == 0)
        result = store_step_end(s, &step, st);
    return store_end(s, result, st);
}

/* ---- undo and redo -------------------------------------------------------------------------- */

struct turning {
    struct store *s;
    struct store_step step;
    int redo, kept;
    int64_t photo; /* the first one changed */
    size_t count;
    struct status *st;
};

/* The last step that stands, before `below`; or the last one undone (they are undone from last to first). 1 when there
 * is one; t->kept: undoing it was refused before. */
static int find_step(struct turning *t, int person, int64_t below)
{
    sqlite3_stmt *select =
        t->redo ? store_sql(t->s, "SELECT coalesce(min(id), 0), 0 FROM step WHERE who=?1 AND state=1 AND id<?2", t->st)
                : store_sql(t->s,
                            "SELECT (SELECT coalesce(max(id), 0) FROM step WHERE who=?1 AND state=0 AND id<?2),"
                            " (SELECT coalesce(max(id), 0) FROM step WHERE who=?1 AND state=3 AND id<?2)", t->st);
    if (!select)
        return -1;
    sqlite3_bind_int(select, 1, person);
    sqlite3_bind_int64(select, 2, below);
    int got = store_step(t->s, select, t->st);
    if (got == 1) {
        int64_t plain = sqlite3_column_int64(select, 0), kept = sqlite3_column_int64(select, 1);
        t->kept = kept > plain;
        t->step.id = t->kept ? kept : plain;
        store_done(select);
    }
    return got < 0 ? -1 : t->step.id != 0;
}

/* Has a later step of somebody else, that stands, to do with the photo? */
static int others_since(struct turning *t, int64_t photo)
{
    sqlite3_stmt *select = store_sql(
        t->s,
        "SELECT 1 FROM event e JOIN step s ON s.id=e.step"
        " WHERE e.photo=? AND e.step>? AND s.state IN (0, 3) AND s.who<>? LIMIT 1",
        t->st);
    if (!select)
        return -1;
    sqlite3_bind_int64(select, 1, photo);
    sqlite3_bind_int64(select, 2, t->step.id);
    sqlite3_bind_int(select, 3, t->step.person);
    int got = store_step(t->s, select, t->st);
    store_done(select);
    return got;
}

static int same_state(const struct review_state *a, const struct review_state *b)
{
    return a->kind == b->kind && a->node == b->node && a->flagged == b->flagged;
}

static int turn_one(struct turning *t, struct store_change *c)
{
    struct review_state now;
    if (!t->redo) {
        struct review_state after = c->after;
        c->after = c->before;
        c->before = after;
    }
    c->kind = t->redo ? EVENT_REDO : EVENT_UNDO;
    c->model = c->milliseconds = 0;
    if (read_now(t->s, c->photo, &now, &c->split, t->st) != 0 ||
        (c->after.node >= 0 && store_check_node(t->s, c->after.node, t->st) != 0))
        return -1;
    int others = others_since(t, c->photo);
    if (others < 0)
        return -1;
    if (others || !same_state(&now, &c->before))
        return status_fail(t->st, STATUS_CONFLICT,
                           "somebody else has changed photo %lld since",
                           (long long)c->photo);
    return store_append(t->s, &t->step, c, t->st);
}

/* Reads the step's own events, one at a time because appending changes the table that is read: from the
 * last to the first for undo, from the first for redo. */
static int next_change(struct turning *t, int64_t from, struct store_change *c)
{
    sqlite3_stmt *select =
        t->redo ? store_sql(t->s,
                            "SELECT id, photo, kind_before, node_before, flagged_before, kind_after,"
                            " node_after, flagged_after FROM event"
                            " WHERE step=? AND id>? AND undoes=0 ORDER BY id LIMIT 1", t->st)
                : store_sql(t->s,
                            "SELECT id, photo, kind_before, node_before, flagged_before, kind_after,"
                            " node_after, flagged_after FROM event"
                            " WHERE step=? AND id<? AND undoes=0 ORDER BY id DESC LIMIT 1", t->st);
    if (!select)
        return -1;
    sqlite3_bind_int64(select, 1, t->step.id);
    sqlite3_bind_int64(select, 2, from);
    int got = store_step(t->s, select, t->st);
    if (got == 1) {
        *c = (struct store_change){.undoes = sqlite3_column_int64(select, 0),
                                   .photo = sqlite3_column_int64(select, 1)};
        if (store_read_state(t->s, select, 2, &c->before, t->st) != 0 ||
            store_read_state(t->s, select, 5, &c->after, t->st) != 0)
            got = -1;
    }
    store_done(select);
    return got;
}

static int turn_step(struct turning *t)
{
    struct store_change c;
    int64_t from = t->redo ? 0 : INT64_MAX;
    int got;
    while ((got = next_change(t, from, &c)) == 1) {
        from = c.undoes;
        if (turn_one(t, &c) != 0)
            return -1;
        if (t->count == 0 || !t->redo)
            t->photo = c.photo; /* undo comes to the first one last */
        t->count++;
    }
    return got;
}

/* Somebody has built on the step: it stays, and what is before (or after) it can be come to. */
static int leave_step(struct turning *t, const struct status *why, struct status *st)
{
    struct store *s = t->s;
    if (store_begin(s, st) != 0 || store_end(s, set_step_state(s, t->step.id, t->redo ? GONE : KEPT, st), st) != 0)
        return -1;
    return status_fail(st, STATUS_CONFLICT, "%.300s: that stays as it is; once more goes %s", why->text,
                       t->redo ? "on after it" : "back before it");
}

/* Tries the last step before `below`. */
static int turn_last(struct turning *t, const char *who, int64_t below, struct status *why)
{
    struct store *s = t->s;
    t->st = why;
    t->photo = 0;
    t->count = 0;
    t->step = (struct store_step){.time = store_now()};
    if (store_begin(s, why) != 0)
        return -1;
    t->step.person = find_person(s, name_or(who), 0, why);
    int found = t->step.person <= 0 ? t->step.person : find_step(t, t->step.person, below), result = -1;
    if (found == 0)
        status_fail(why, STATUS_MISSING, t->redo ? "there is nothing to redo" : "there is nothing to undo");
    else if (found > 0 && turn_step(t) == 0 && store_turn_edits(s, &t->step, t->redo, why) >= 0)
        result = set_step_state(s, t->step.id, t->redo ? STANDS : UNDONE, why);
    return store_end(s, result, why);
}

/* What was refused before is tried again, since the others may have taken back theirs; if it is refused again, the one
 * before it is due. */
static int turn(struct store *s, const char *who, int redo, int64_t *photo, size_t *count,
                struct status *st)
{
    struct turning t = {.s = s, .redo = redo};
    struct status why = {0};
    int64_t below = INT64_MAX;
    s->turned[0] = 0;
    while (turn_last(&t, who, below, &why) != 0) {
        if (why.code != STATUS_CONFLICT)
            return status_fail(st, why.code, "%s", why.text);
        if (!t.kept)
            return leave_step(&t, &why, st);
        below = t.step.id;
    }
    if (photo)
        *photo = t.photo;
    if (count)
        *count = t.count;
    return 0;
}

int store_undo(struct store *s, const char *who, int64_t *photo, size_t *count, struct status *st)
{
    return turn(s, who, 0, photo, count, st);
}

int store_redo(struct store *s, const char *who, int64_t *photo, size_t *count, struct status *st)
{
    return turn(s, who, 1, photo, count, st);
}
