/* Photos: adding, finding, walking, counting. */
#include <stdlib.h>
#include <string.h>

#include "data/status.h"
#include "labels/store_internal.h"

const char *split_name(enum split split)
{
    static const char *const names[] = {"", "train", "val", "test"};
    return names[split];
}

int split_from_name(const char *name)
{
    for (int i = SPLIT_NONE; i <= SPLIT_TEST; i++)
        if (strcmp(name, split_name((enum split)i)) == 0)
            return i;
    return -1;
}

void store_read_photo(sqlite3_stmt *q, struct photo *out)
{
    *out = (struct photo){
        .id = sqlite3_column_int64(q, 0),
        .path = (char *)(uintptr_t)sqlite3_column_text(q, 1),
        .size = sqlite3_column_int64(q, 2),
        .modified = sqlite3_column_int64(q, 3),
        .hash = (uint64_t)sqlite3_column_int64(q, 4),
        .split = (enum split)sqlite3_column_int(q, 5),
        .state = {(enum review_kind)sqlite3_column_int(q, 6), sqlite3_column_int(q, 7),
                  sqlite3_column_int(q, 8)},
        .event = sqlite3_column_int64(q, 9),
    };
}

/* Gives the photo a path of its own and ends the statement. */
static int keep_photo(sqlite3_stmt *q, struct photo *out, struct status *st)
{
    store_read_photo(q, out);
    out->path = out->path ? strdup(out->path) : NULL;
    sqlite3_reset(q);
    return out->path ? 0 : status_out_of_memory(st);
}

int store_photo(struct store *s, int64_t id, struct photo *out, struct status *st)
{
    sqlite3_stmt *q =
        store_statement(s, "SELECT " STORE_PHOTO_COLUMNS " FROM photo WHERE id=?", st);
    *out = (struct photo){0};
    if (!q)
        return -1;
    sqlite3_bind_int64(q, 1, id);
    int row = store_step(s, q, st);
    if (row == 1)
        return keep_photo(q, out, st);
    return row < 0 ? -1
                   : status_fail(st, STATUS_MISSING, "there is no photo %lld in this project",
                                 (long long)id);
}

int store_find_photo(struct store *s, const char *path, struct photo *out, struct status *st)
{
    sqlite3_stmt *q =
        store_statement(s, "SELECT " STORE_PHOTO_COLUMNS " FROM photo WHERE path=?", st);
    *out = (struct photo){0};
    if (!q)
        return -1;
    sqlite3_bind_text(q, 1, path, -1, SQLITE_STATIC);
    int row = store_step(s, q, st);
    if (row == 1)
        return keep_photo(q, out, st);
    return row < 0 ? -1 : status_fail(st, STATUS_MISSING, "%s: not in this project", path);
}

void photo_clear(struct photo *photo)
{
    free(photo->path);
    *photo = (struct photo){0};
}

/* ---- adding --------------------------------------------------------------------------------- */

static int insert(struct store *s, const struct photo_new *photo, int *is_new, struct status *st)
{
    sqlite3_stmt *q = store_statement(
        s,
        "INSERT INTO photo(path, size, modified, hash, split, kind, node, flagged, event)"
        " VALUES(?, ?, ?, ?, ?, 0, -1, 0, 0) ON CONFLICT(path) DO NOTHING",
        st);
    if (!q)
        return -1;
    sqlite3_bind_text(q, 1, photo->path, -1, SQLITE_STATIC);
    sqlite3_bind_int64(q, 2, photo->size);
    sqlite3_bind_int64(q, 3, photo->modified);
    sqlite3_bind_int64(q, 4, (int64_t)photo->hash);
    sqlite3_bind_int(q, 5, (int)photo->split);
    if (store_run(s, q, st) != 0)
        return -1;
    *is_new = sqlite3_changes(s->db) == 1;
    return 0;
}

/* What is given replaces what is there; zeros leave it. */
static int update(struct store *s, const struct photo_new *photo, struct status *st)
{
    sqlite3_stmt *q = store_statement(
        s,
        "UPDATE photo SET size=iif(?2, ?2, size), modified=iif(?3, ?3, modified),"
        " hash=iif(?4, ?4, hash), split=iif(?5, ?5, split) WHERE path=?1",
        st);
    if (!q)
        return -1;
    sqlite3_bind_text(q, 1, photo->path, -1, SQLITE_STATIC);
    sqlite3_bind_int64(q, 2, photo->size);
    sqlite3_bind_int64(q, 3, photo->modified);
    sqlite3_bind_int64(q, 4, (int64_t)photo->hash);
    sqlite3_bind_int(q, 5, (int)photo->split);
    return store_run(s, q, st);
}

struct adding {
    int64_t step, now; /* step 0: none yet */
    const char *who;
};

static int import_label(struct store *s, const struct photo_new *photo, struct adding *a,
                        struct status *st)
{
    struct photo there;
    if (store_find_photo(s, photo->path, &there, st) != 0)
        return -1;
    struct review_state before = there.state, after = before;
    struct review review = {.photo = there.id, .kind = EVENT_IMPORT, .node = photo->node};
    photo_clear(&there);
    if ((before.kind != REVIEW_NONE && before.kind != REVIEW_IMPORTED) ||
        (before.kind == REVIEW_IMPORTED && before.node == photo->node))
        return 0; /* a person's review stands; the same label again says nothing new */
    after.kind = REVIEW_IMPORTED;
    after.node = photo->node;
    if (a->step == 0 && (a->step = store_new_step(s, a->who, a->now, st)) < 0)
        return -1;
    return store_append_event(s, a->step, a->now, a->who, &review, &before, &after, 0, st);
}

static int add_photo(struct store *s, const struct photo_new *photo, struct adding *a, int *is_new,
                     struct status *st)
{
    if (photo->node >= taxonomy_count(s->taxonomy))
        return status_fail(st, STATUS_INVALID, "%s: there is no node %d", photo->path, photo->node);
    if (insert(s, photo, is_new, st) != 0 || (!*is_new && update(s, photo, st) != 0))
        return -1;
    return photo->node < 0 ? 0 : import_label(s, photo, a, st);
}

int store_add_photos(struct store *s, const struct photo_new *photos, size_t count,
                     const char *who, size_t *added, struct status *st)
{
    struct adding a = {.now = store_now(), .who = who};
    size_t new_ones = 0;
    if (store_begin(s, st) != 0)
        return -1;
    int failed = 0;
    for (size_t i = 0; !failed && i < count; i++) {
        int is_new = 0;
        failed = add_photo(s, &photos[i], &a, &is_new, st);
        new_ones += (size_t)is_new;
    }
    failed = store_end(s, failed, st);
    if (added)
        *added = failed ? 0 : new_ones;
    s->cursor_model = 0;
    return failed;
}

int store_set_photo_hash(struct store *s, int64_t photo, uint64_t hash, struct status *st)
{
    sqlite3_stmt *q = store_statement(s, "UPDATE photo SET hash=? WHERE id=?", st);
    if (!q)
        return -1;
    sqlite3_bind_int64(q, 1, (int64_t)hash);
    sqlite3_bind_int64(q, 2, photo);
    return store_run(s, q, st);
}

/* ---- walking and counting ------------------------------------------------------------------- */

/* A page of photos after an id, copied, so that nothing is locked while they are visited. */
static int read_page(struct store *s, int64_t after, struct photo *page, int *count,
                     struct status *st)
{
    sqlite3_stmt *q = store_statement(
        s, "SELECT " STORE_PHOTO_COLUMNS " FROM photo WHERE id>? ORDER BY id LIMIT ?", st);
    int row = 0;
    *count = 0;
    if (!q)
        return -1;
    sqlite3_bind_int64(q, 1, after);
    sqlite3_bind_int(q, 2, STORE_PAGE);
    while ((row = store_step(s, q, st)) == 1) {
        store_read_photo(q, &page[*count]);
        page[*count].path = strdup(page[*count].path ? page[*count].path : "");
        if (!page[(*count)++].path) {
            sqlite3_reset(q);
            return status_out_of_memory(st);
        }
    }
    return row;
}

int store_each_photo(struct store *s, int (*visit)(void *arg, const struct photo *photo), void *arg,
                     struct status *st)
{
    struct photo *page = malloc(STORE_PAGE * sizeof *page);
    int64_t after = 0;
    int result = page ? 0 : status_out_of_memory(st), stop = 0, count = 1;
    while (result == 0 && !stop && count > 0) {
        result = read_page(s, after, page, &count, st);
        for (int i = 0; i < count; i++) {
            after = page[i].id;
            if (result == 0 && !stop)
                stop = visit(arg, &page[i]);
            photo_clear(&page[i]);
        }
    }
    free(page);
    return result;
}

int store_count(struct store *s, struct store_counts *out, struct status *st)
{
    sqlite3_stmt *q = store_statement(
        s,
        "SELECT count(*), total(node>=0 AND kind<>4), total(kind=1), total(kind=2), total(kind=3),"
        " total(kind=4), total(kind=5), total(flagged), total(split=3) FROM photo",
        st);
    _Static_assert(REVIEW_IMPORTED == 1 && REVIEW_ACCEPTED == 2 && REVIEW_CORRECTED == 3 &&
                       REVIEW_REJECTED == 4 && REVIEW_SKIPPED == 5 && SPLIT_TEST == 3,
                   "numbers in the statements");
    *out = (struct store_counts){0};
    if (!q || store_step(s, q, st) != 1)
        return -1;
    int64_t *const places[] = {&out->photos,    &out->labelled, &out->imported,
                               &out->accepted,  &out->corrected, &out->rejected,
                               &out->skipped,   &out->flagged,  &out->test};
    for (int i = 0; i < 9; i++)
        *places[i] = sqlite3_column_int64(q, i);
    out->reviewed = out->accepted + out->corrected + out->rejected;
    sqlite3_reset(q);
    q = store_statement(s, "SELECT count(*) FROM prediction WHERE model=?", st);
    if (!q)
        return -1;
    sqlite3_bind_int(q, 1, store_current_model(s));
    if (store_step(s, q, st) != 1)
        return -1;
    out->predicted = sqlite3_column_int64(q, 0);
    sqlite3_reset(q);
    return 0;
}
