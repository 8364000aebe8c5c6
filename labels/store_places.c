/* Photos that were moved or changed on the disk: rows follow, what people said stays. */
#include <string.h>

#include "data/status.h"
#include "labels/store_internal.h"

/* A path that no file has; each photo's own, so that two may change their places. */
static int leave_place(struct store *s, int64_t photo, struct status *st)
{
    sqlite3_stmt *update =
        store_sql(s, "UPDATE photo SET path=CAST('//' || id AS BLOB) WHERE id=?", st);
    if (!update)
        return -1;
    sqlite3_bind_int64(update, 1, photo);
    return store_run(s, update, st);
}

static int take_place(struct store *s, const struct photo_place *p, struct status *st)
{
    sqlite3_stmt *update = store_sql(s,
                                     "UPDATE photo SET path=coalesce(?1, path), size=?2,"
                                     " modified=?3, hash=?4 WHERE id=?5",
                                     st);
    if (!update)
        return -1;
    if (p->path)
        sqlite3_bind_blob64(update, 1, p->path, strlen(p->path), SQLITE_STATIC);
    sqlite3_bind_int64(update, 2, p->size);
    sqlite3_bind_int64(update, 3, p->modified);
    sqlite3_bind_int64(update, 4, (int64_t)p->hash);
    sqlite3_bind_int64(update, 5, p->photo);
    if (store_run(s, update, st) != 0)
        return -1;
    return sqlite3_changes(s->db) == 1
               ? 0
               : status_fail(st, STATUS_MISSING, "%s: there is no photo number %lld", s->path,
                             (long long)p->photo);
}

/* What models said of the picture that was there. */
static int forget_predictions(struct store *s, int64_t photo, struct status *st)
{
    enum { MOST = 64 };
    int models[MOST], count = 0, got = 0, failed = 0;
    sqlite3_stmt *all = store_sql(s, "SELECT DISTINCT model FROM prediction", st);
    if (!all)
        return -1;
    while (count < MOST && (got = store_step(s, all, st)) == 1)
        models[count++] = sqlite3_column_int(all, 0);
    store_done(all);
    if (got < 0)
        return -1;
    for (int i = 0; i < count && !failed; i++) {
        sqlite3_stmt *rows[] = {
            store_sql(s, "DELETE FROM distribution WHERE model=? AND photo=?", st),
            store_sql(s, "DELETE FROM prediction WHERE model=? AND photo=?", st)};
        for (int k = 0; k < 2 && !failed; k++) {
            if (!rows[k])
                return -1;
            sqlite3_bind_int(rows[k], 1, models[i]);
            sqlite3_bind_int64(rows[k], 2, photo);
            failed = store_run(s, rows[k], st) != 0;
        }
        failed = failed || (sqlite3_changes(s->db) > 0 &&
                            store_tally(s, TALLY_PREDICTED + models[i], -1, st) != 0);
    }
    return failed ? -1 : 0;
}

int store_place_photos(struct store *s, const struct photo_place *places, size_t count,
                       struct status *st)
{
    int failed = 0;
    if (count == 0)
        return 0;
    if (store_begin(s, st) != 0)
        return -1;
    for (size_t i = 0; i < count && !failed; i++)
        failed = places[i].path && leave_place(s, places[i].photo, st) != 0;
    for (size_t i = 0; i < count && !failed; i++)
        failed = take_place(s, &places[i], st) != 0 ||
                 (places[i].changed && forget_predictions(s, places[i].photo, st) != 0);
    return store_end(s, failed ? -1 : 0, st);
}
