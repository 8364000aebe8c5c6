/* Reviews: events and steps.
 *
 * An event says what a photo's state was before and after it. A step is all that one call wrote;
 * its row says whether it stands, has been undone, or has been undone for good (somebody went on
 * reviewing). Undo and redo append events, too (store_undo.c). So the events tell all that ever
 * happened, and the states of steps and photos follow from them. */

#include "data/status.h"
#include "labels/store_internal.h"

const char *event_kind_name(enum event_kind kind)
{
#define X(name, text) text,
    static const char *const names[] = {EVENT_KINDS(X)};
#undef X
    return (unsigned)kind < sizeof names / sizeof *names ? names[kind] : "";
}

int event_is_decision(enum event_kind kind)
{
    return kind == EVENT_ACCEPT || kind == EVENT_CORRECT || kind == EVENT_GIVE ||
           kind == EVENT_REJECT || kind == EVENT_SKIP;
}

/* ---- steps ---------------------------------------------------------------------------------- */

int store_find_person(struct store *s, const char *who, int add, struct status *st)
{
    if (!who || !*who)
        who = "somebody";
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

int store_step_begin(struct store *s, const char *who, struct store_step *step, struct status *st)
{
    *step = (struct store_step){.time = store_now()};
    step->person = store_find_person(s, who, 1, st);
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
    sqlite3_stmt *update = store_sql(s, "UPDATE step SET reviews=?, milliseconds=? WHERE id=?", st);
    if (!update)
        return -1;
    sqlite3_bind_int64(update, 1, step->reviews);
    sqlite3_bind_int64(update, 2, step->milliseconds);
    sqlite3_bind_int64(update, 3, step->id);
    return store_run(s, update, st);
}

int store_set_step_state(struct store *s, int64_t step, int state, struct status *st)
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
        " kind_after, node_after, flagged_after, model, milliseconds, undoes, predicted)"
        " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
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
    bind_node(insert, 15, c->has_predicted ? c->predicted : -1);
    return store_run(s, insert, st);
}

int store_append(struct store *s, const struct store_step *step, const struct store_change *c,
                 struct status *st)
{
    if (append_event(s, step, c, st) != 0)
        return -1;
    int64_t event = sqlite3_last_insert_rowid(s->db);
    sqlite3_stmt *update =
        store_sql(s, "UPDATE photo SET kind=?, node=?, flagged=?, event=? WHERE id=?", st);
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
int store_read_now(struct store *s, int64_t photo, struct review_state *state, int *split,
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
    case EVENT_SKIP: c->after.kind = REVIEW_SKIPPED; return 0;
    case EVENT_FLAG:
    case EVENT_UNFLAG: c->after.flagged = review->kind == EVENT_FLAG; return 0;
    default:
        return status_fail(st, STATUS_INVALID, "%s: '%s' is no review", s->path,
                           event_kind_name(review->kind));
    }
}

/* Has anybody decided on it since the person looked? */
static int check_seen(struct store *s, const struct review *review, const struct store_change *c,
                      int person, struct status *st)
{
    if (!review->has_seen || review->kind == EVENT_FLAG || review->kind == EVENT_UNFLAG ||
        !review_is_decided(c->before.kind))
        return 0;
    sqlite3_stmt *select =
        store_sql(s,
                  "SELECT e.who, p.name FROM event e JOIN person p ON p.id=e.who"
                  " WHERE e.photo=? AND e.id>? AND e.kind IN (1, 2, 3, 8, 9)" /* no skips, flags */
                  " ORDER BY e.id DESC LIMIT 1",
                  st);
    _Static_assert(EVENT_ACCEPT == 1 && EVENT_CORRECT == 2 && EVENT_REJECT == 3 &&
                       EVENT_REDO == 8 && EVENT_GIVE == 9,
                   "the kinds above");
    if (!select)
        return -1;
    sqlite3_bind_int64(select, 1, review->photo);
    sqlite3_bind_int64(select, 2, review->seen);
    int got = store_step(s, select, st);
    if (got == 1 && sqlite3_column_int(select, 0) == person)
        status_fail(st, STATUS_CONFLICT, "you have decided on it meanwhile, in another window");
    else if (got == 1)
        status_fail(st, STATUS_CONFLICT, "%.100s has decided on it meanwhile",
                    (const char *)sqlite3_column_text(select, 1));
    store_done(select);
    return got == 0 ? 0 : -1;
}

static int review_one(struct store *s, struct store_step *step, const struct review *review,
                      struct status *st)
{
    struct store_change c = {.photo = review->photo,
                             .kind = review->kind,
                             .model = review->model,
                             .milliseconds = review->milliseconds,
                             .has_predicted = review->has_predicted,
                             .predicted = review->predicted};
    if (review->kind == EVENT_ACCEPT) { /* the path given is the one that was predicted */
        c.has_predicted = 1;
        c.predicted = review->node;
    }
    if (store_read_now(s, review->photo, &c.before, &c.split, st) != 0 ||
        check_seen(s, review, &c, step->person, st) != 0 || apply(s, review, &c, st) != 0 ||
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
