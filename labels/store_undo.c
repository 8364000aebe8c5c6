/* Undo and redo.
 *
 * Undo takes the last standing step of a person and appends, for each of its events from last to
 * first, an event with before and after exchanged; redo appends the same events as at first. What a
 * step changed in the tree goes back with it (store_edits.c).
 *
 * A step is undone only where the photo is as the step left it and no later step stands on
 * it; redone only where the photo is as it was before the step. One that cannot be stays, and those
 * before it can be come to. An import is taken back from all photos but those. */
#include "data/status.h"
#include "labels/store_file.h"
#include "labels/store_internal.h"
#include "labels/text.h"

struct turning {
    struct store *s;
    struct store_step step;
    int redo, kept;
    int64_t photo;      /* the first one changed */
    size_t count, left; /* left: photos of an import that stay */
    struct status *st;
};

/* The last step that stands, before `below`; or the last one undone (they are undone from last to
 * first). 1 when there is one; t->kept: undoing it was refused before. */
static int find_step(struct turning *t, int person, int64_t below)
{
    sqlite3_stmt *select =
        t->redo
            ? store_sql(
                  t->s,
                  "SELECT coalesce(min(id), 0), 0 FROM step WHERE who=?1 AND state=1 AND id<?2",
                  t->st)
            : store_sql(
                  t->s,
                  "SELECT (SELECT coalesce(max(id), 0) FROM step WHERE who=?1 AND state=0 AND id<?2),"
                  " (SELECT coalesce(max(id), 0) FROM step WHERE who=?1 AND state=3 AND id<?2)",
                  t->st);
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

/* Has a later step, that stands, to do with the photo? One's own is such a step where undoing it
 * was refused. */
static int built_on(struct turning *t, int64_t photo)
{
    sqlite3_stmt *select = store_sql(t->s,
                                     "SELECT 1 FROM event e JOIN step s ON s.id=e.step"
                                     " WHERE e.photo=? AND e.step>? AND s.state IN (0, 3) LIMIT 1",
                                     t->st);
    if (!select)
        return -1;
    sqlite3_bind_int64(select, 1, photo);
    sqlite3_bind_int64(select, 2, t->step.id);
    int got = store_step(t->s, select, t->st);
    store_done(select);
    return got;
}

static int same_state(const struct review_state *a, const struct review_state *b)
{
    return a->kind == b->kind && a->node == b->node && a->flagged == b->flagged;
}

static int changed_since(struct turning *t, int64_t photo)
{
    char path[200] = "";
    sqlite3_stmt *select = store_sql(t->s, "SELECT path FROM photo WHERE id=?", t->st);
    if (!select)
        return -1;
    sqlite3_bind_int64(select, 1, photo);
    if (store_step(t->s, select, t->st) == 1)
        text_show(store_text(select, 0), path, sizeof path);
    store_done(select);
    return status_fail(t->st, STATUS_CONFLICT, "%s has been changed since", path);
}

/* 1: it stays, and the others of the import are taken back. */
static int turn_one(struct turning *t, struct store_change *c)
{
    struct review_state now;
    const int imported = !t->redo && c->kind == EVENT_IMPORT;
    if (!t->redo) {
        struct review_state after = c->after;
        c->after = c->before;
        c->before = after;
    }
    c->kind = t->redo ? EVENT_REDO : EVENT_UNDO;
    c->model = c->milliseconds = 0;
    if (store_read_now(t->s, c->photo, &now, &c->split, t->st) != 0 ||
        (c->after.node >= 0 && store_check_node(t->s, c->after.node, t->st) != 0))
        return -1;
    int later = built_on(t, c->photo);
    if (later < 0)
        return -1;
    if (later || !same_state(&now, &c->before)) {
        changed_since(t, c->photo);
        return imported ? 1 : -1;
    }
    return store_append(t->s, &t->step, c, t->st);
}

/* Reads the step's own events, one at a time because appending changes the table that is read: from
 * the last to the first for undo, from the first for redo. */
static int next_change(struct turning *t, int64_t from, struct store_change *c)
{
    sqlite3_stmt *select =
        t->redo
            ? store_sql(t->s,
                        "SELECT id, photo, kind_before, node_before, flagged_before, kind_after,"
                        " node_after, flagged_after, kind FROM event"
                        " WHERE step=? AND id>? AND undoes=0 ORDER BY id LIMIT 1",
                        t->st)
            : store_sql(t->s,
                        "SELECT id, photo, kind_before, node_before, flagged_before, kind_after,"
                        " node_after, flagged_after, kind FROM event"
                        " WHERE step=? AND id<? AND undoes=0 ORDER BY id DESC LIMIT 1",
                        t->st);
    if (!select)
        return -1;
    sqlite3_bind_int64(select, 1, t->step.id);
    sqlite3_bind_int64(select, 2, from);
    int got = store_step(t->s, select, t->st);
    if (got == 1) {
        *c = (struct store_change){.undoes = sqlite3_column_int64(select, 0),
                                   .photo = sqlite3_column_int64(select, 1),
                                   .kind = sqlite3_column_int(select, 8)};
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
        int turned = turn_one(t, &c);
        if (turned < 0)
            return -1;
        t->left += turned > 0;
        if (turned > 0)
            continue;
        if (t->count == 0 || !t->redo)
            t->photo = c.photo; /* undo comes to the first one last */
        t->count++;
    }
    if (got == 0 && t->left > 0 && t->count == 0)
        return -1; /* t->st says why */
    if (got == 0 && t->st)
        *t->st = (struct status){0};
    return got;
}

/* Somebody has built on the step: it stays, and what is before (or after) it can be come to. */
static int leave_step(struct turning *t, const struct status *why, struct status *st)
{
    struct store *s = t->s;
    if (store_begin(s, st) != 0 ||
        store_end(s, store_set_step_state(s, t->step.id, t->redo ? STEP_GONE : STEP_KEPT, st),
                  st) != 0)
        return -1;
    return status_fail(st, STATUS_CONFLICT, "%.300s: that stays as it is; once more goes %s",
                       why->text, t->redo ? "on after it" : "back before it");
}

/* Tries the last step before `below`. */
static int turn_last(struct turning *t, const char *who, int64_t below, struct status *why)
{
    struct store *s = t->s;
    t->st = why;
    t->photo = 0;
    t->count = t->left = 0;
    t->step = (struct store_step){.time = store_now()};
    if (store_begin(s, why) != 0)
        return -1;
    t->step.person = store_find_person(s, who, 0, why);
    int found = t->step.person <= 0 ? t->step.person : find_step(t, t->step.person, below),
        result = -1;
    if (found == 0)
        status_fail(why, STATUS_MISSING,
                    t->redo ? "there is nothing to redo" : "there is nothing to undo");
    else if (found > 0 && turn_step(t) == 0 && store_turn_edits(s, &t->step, t->redo, why) >= 0)
        result = store_set_step_state(s, t->step.id, t->redo ? STEP_STANDS : STEP_UNDONE, why);
    result = store_end(s, result, why);
    /* What can no more be, for whatever reason, must not be in the way of what can. */
    if (result != 0 && found > 0 &&
        (why->code == STATUS_LIMIT || why->code == STATUS_INVALID || why->code == STATUS_MISSING))
        why->code = STATUS_CONFLICT;
    return result;
}

/* What was refused before is tried again, since the others may have taken back theirs; if it is
 * refused again, the one before it is due. */
static int turn(struct store *s, const char *who, int redo, int64_t *photo, size_t *count,
                struct status *st)
{
    struct turning t = {.s = s, .redo = redo};
    struct status why = {0};
    int64_t below = INT64_MAX;
    s->turned[0] = 0;
    s->left = 0;
    while (turn_last(&t, who, below, &why) != 0) {
        if (why.code != STATUS_CONFLICT)
            return status_fail(st, why.code, "%s", why.text);
        if (!t.kept)
            return leave_step(&t, &why, st);
        below = t.step.id;
    }
    s->left = t.left;
    if (photo)
        *photo = t.photo;
    if (count)
        *count = t.count;
    return 0;
}

size_t store_undo_left(const struct store *s)
{
    return s->left;
}

int store_undo(struct store *s, const char *who, int64_t *photo, size_t *count, struct status *st)
{
    return turn(s, who, 0, photo, count, st);
}

int store_redo(struct store *s, const char *who, int64_t *photo, size_t *count, struct status *st)
{
    return turn(s, who, 1, photo, count, st);
}
