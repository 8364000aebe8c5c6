/* Photos added and labels imported, with the nodes they need: one transaction, one step of undo. */
#include <string.h>

#include "data/status.h"
#include "labels/store_internal.h"

struct adding {
    struct store *s;
    const char *who;
    struct store_step step; /* begun with the first label */
    size_t added;
    struct status *st;
};

/* What the store has at this path: 1, or 0. */
static int find(struct adding *a, const char *path, struct store_change *change)
{
    sqlite3_stmt *select =
        store_sql(a->s, "SELECT id, split, kind, node, flagged FROM photo WHERE path=?", a->st);
    if (!select)
        return -1;
    sqlite3_bind_blob64(select, 1, path, strlen(path), SQLITE_STATIC);
    int got = store_step(a->s, select, a->st);
    if (got == 1) {
        change->photo = sqlite3_column_int64(select, 0);
        change->split = sqlite3_column_int(select, 1);
        if (change->split < 0 || change->split >= STORE_SPLITS)
            got = store_damaged(a->s, "the split of a photo", a->st);
        else if (store_read_state(a->s, select, 2, &change->before, a->st) != 0)
            got = -1;
    }
    store_done(select);
    return got;
}

static int insert(struct adding *a, const struct photo_new *p, struct store_change *change)
{
    sqlite3_stmt *put =
        store_sql(a->s,
                  "INSERT INTO photo(split, kind, node, flagged, event, size, modified, hash, path)"
                  " VALUES(?, 0, NULL, 0, 0, ?, ?, ?, ?)",
                  a->st);
    if (!put)
        return -1;
    sqlite3_bind_int(put, 1, (int)p->split);
    sqlite3_bind_int64(put, 2, p->size);
    sqlite3_bind_int64(put, 3, p->modified);
    sqlite3_bind_int64(put, 4, (int64_t)p->hash);
    sqlite3_bind_blob64(put, 5, p->path, strlen(p->path), SQLITE_STATIC);
    if (store_run(a->s, put, a->st) != 0)
        return -1;
    a->added++;
    change->photo = sqlite3_last_insert_rowid(a->s->db);
    change->split = (int)p->split;
    change->before = (struct review_state){REVIEW_NONE, -1, 0};
    store_count_cell(a->s, &change->before, change->split, 1);
    return 0;
}

/* Size, time, hash and split of a photo that was there, where they are given. */
static int update(struct adding *a, const struct photo_new *p, struct store_change *change)
{
    sqlite3_stmt *put =
        store_sql(a->s,
                  "UPDATE photo SET size=iif(?1, ?1, size), modified=iif(?2, ?2, modified),"
                  " hash=iif(?3, ?3, hash), split=iif(?4, ?4, split) WHERE id=?5",
                  a->st);
    if (!put)
        return -1;
    sqlite3_bind_int64(put, 1, p->size);
    sqlite3_bind_int64(put, 2, p->modified);
    sqlite3_bind_int64(put, 3, (int64_t)p->hash);
    sqlite3_bind_int(put, 4, (int)p->split);
    sqlite3_bind_int64(put, 5, change->photo);
    if (store_run(a->s, put, a->st) != 0)
        return -1;
    if (p->split != SPLIT_NONE && (int)p->split != change->split) {
        store_count_cell(a->s, &change->before, change->split, -1);
        change->split = (int)p->split;
        store_count_cell(a->s, &change->before, change->split, 1);
    }
    return 0;
}

static int append(struct adding *a, struct store_change *change)
{
    if (a->step.id == 0 && store_step_begin(a->s, a->who, &a->step, a->st) != 0)
        return -1;
    return store_append(a->s, &a->step, change, a->st);
}

/* The decision stays, and beside it stands what the import says; once. */
static int claim(struct adding *a, int node, struct store_change *change)
{
    int claimed = store_find_claim(a->s, change->photo, a->st);
    if (claimed == -2)
        return -1;
    if (change->before.node == node || claimed == node)
        return 0;
    change->kind = EVENT_CLAIM;
    change->after = change->before;
    change->has_predicted = 1;
    change->predicted = node;
    return append(a, change);
}

/* What the photo is after it: its state, where that stays as it is. */
static struct review_state state_after(const struct photo_new *p, const struct review_state *before)
{
    struct review_state after = *before;
    if (p->says == PHOTO_REJECTED) {
        after.kind = REVIEW_REJECTED;
        after.node = -1;
        return after;
    }
    if (p->node >= 0 && p->node != before->node) {
        after.node = p->node;
        if (before->kind != REVIEW_SKIPPED) /* which still comes back last */
            after.kind = REVIEW_IMPORTED;
    }
    if (p->says == PHOTO_SKIPPED)
        after.kind = REVIEW_SKIPPED;
    return after;
}

static int give_label(struct adding *a, const struct photo_new *p, struct store_change *change)
{
    int node = p->says == PHOTO_REJECTED ? -1 : p->node;
    if (node >= 0 && store_check_node(a->s, node, a->st) != 0)
        return -1;
    if (review_is_decided(change->before.kind) && p->decided != PHOTO_TAKES)
        return p->decided == PHOTO_CLAIMS && node >= 0 ? claim(a, node, change) : 0;
    if (node >= 0 && store_mark_terminal(a->s, node, a->st) != 0)
        return -1;
    change->kind = EVENT_IMPORT;
    change->after = state_after(p, &change->before);
    if (change->after.kind == change->before.kind && change->after.node == change->before.node)
        return 0;
    return append(a, change);
}

static int add_one(struct adding *a, const struct photo_new *p)
{
    struct store_change change = {0};
    if (!p->path[0] || (unsigned)p->split >= STORE_SPLITS)
        return status_fail(a->st, STATUS_INVALID, "%s: a photo needs a path and a known split",
                           a->s->path);
    int there = find(a, p->path, &change);
    if (there < 0 || (there ? update(a, p, &change) : insert(a, p, &change)) != 0)
        return -1;
    return p->node < 0 && p->says == PHOTO_LABEL ? 0 : give_label(a, p, &change);
}

int store_import(struct store *s, const struct taxonomy *t, const struct photo_new *photos,
                 size_t count, const char *who, size_t *added, struct status *st)
{
    struct adding a = {.s = s, .who = who, .st = st};
    if ((t && store_check_grown(s, t, st) != 0) || store_begin(s, st) != 0)
        return -1;
    int result = t ? store_write_tree(s, t, st) : 0;
    for (size_t i = 0; i < count && result == 0; i++)
        result = add_one(&a, &photos[i]);
    if (result == 0 && a.step.id != 0)
        result = store_step_end(s, &a.step, st);
    if (store_end(s, result, st) != 0)
        return -1;
    if (added)
        *added = a.added;
    return 0;
}

int store_add_photos(struct store *s, const struct photo_new *photos, size_t count, const char *who,
                     size_t *added, struct status *st)
{
    return store_import(s, NULL, photos, count, who, added, st);
}
