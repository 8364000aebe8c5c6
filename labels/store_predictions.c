/* Predictions: what the queue sorts by in small rows, probabilities in rows of their own.
 *
 * They can be made again, so their transactions are not waited for (synchronous=NORMAL: written,
 * without fsync; a power failure may lose the last ones, never a review, because the next review's
 * fsync covers all that was written to the log before it). Probabilities are kept as pairs of 32
 * bits, node and float, low byte first. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/status.h"
#include "labels/store_internal.h"

enum { PAIR = 8, DELETED_AT_ONCE = 4000 };

/* ---- packing -------------------------------------------------------------------------------- */

static void put32(unsigned char *out, uint32_t v)
{
    for (int i = 0; i < 4; i++, v >>= 8)
        out[i] = (unsigned char)v;
}

static uint32_t get32(const unsigned char *in)
{
    return (uint32_t)in[0] | (uint32_t)in[1] << 8 | (uint32_t)in[2] << 16 | (uint32_t)in[3] << 24;
}

static unsigned char *pack(const struct prediction *p)
{
    unsigned char *bytes = malloc((size_t)p->count * PAIR + 1);
    for (int i = 0; bytes && i < p->count; i++) {
        uint32_t bits;
        memcpy(&bits, &p->probability[i], sizeof bits);
        put32(bytes + i * PAIR, (uint32_t)p->terminal[i]);
        put32(bytes + i * PAIR + 4, bits);
    }
    return bytes;
}

/* What was predicted for a node counts for the one that stands for it today. */
static void unpack(const struct taxonomy *t, const unsigned char *bytes, int size, float *p,
                   int nodes)
{
    for (int at = 0; at + PAIR <= size; at += PAIR) {
        uint32_t node = get32(bytes + at), bits = get32(bytes + at + 4);
        float value;
        memcpy(&value, &bits, sizeof value);
        int now = node < (uint32_t)nodes ? taxonomy_now(t, (int)node) : -1;
        if (now >= 0 && now < nodes && value > 0 && value <= 1.01f) /* also: no NaN */
            p[now] += value;
    }
}

float store_share_below(const struct taxonomy *t, const void *kept, int size, int node)
{
    const unsigned char *bytes = kept;
    float below = 0, all = 0;
    for (int at = 0; bytes && at + PAIR <= size; at += PAIR) {
        uint32_t from = get32(bytes + at), bits = get32(bytes + at + 4);
        float value;
        memcpy(&value, &bits, sizeof value);
        int now = from < TAXONOMY_MAX_NODES ? taxonomy_now(t, (int)from) : -1;
        if (now < 0 || !(value > 0 && value <= 1.01f))
            continue;
        all += value;
        below += taxonomy_is_above(t, node, now) ? value : 0;
    }
    return all > 0 ? below / all : -1;
}

/* ---- writing -------------------------------------------------------------------------------- */

static int begin_lazy(struct store *s, struct status *st)
{
    if (store_exec(s, "PRAGMA synchronous=NORMAL", st) != 0)
        return -1;
    if (store_begin(s, st) == 0)
        return 0;
    sqlite3_exec(s->db, "PRAGMA synchronous=FULL", NULL, NULL, NULL);
    return -1;
}

static int end_lazy(struct store *s, int result, struct status *st)
{
    result = store_end(s, result, st);
    sqlite3_exec(s->db, "PRAGMA synchronous=FULL", NULL, NULL, NULL);
    return result;
}

static void bind_summary(sqlite3_stmt *statement, const struct prediction *p)
{
    sqlite3_bind_int(statement, 1, p->model);
    sqlite3_bind_int64(statement, 2, p->photo);
    if (p->node >= 0)
        sqlite3_bind_int(statement, 3, p->node);
    sqlite3_bind_double(statement, 4, p->node >= 0 && p->expected >= 0 ? (double)p->expected : -1);
    sqlite3_bind_double(statement, 5, p->gap == p->gap ? (double)p->gap : 0);
}

/* Whether it was new is known by what an update changes. */
static int put_summary(struct store *s, const struct prediction *p, struct status *st)
{
    sqlite3_stmt *update = store_sql(
        s, "UPDATE prediction SET node=?3, expected=?4, gap=?5 WHERE model=?1 AND photo=?2", st);
    if (!update)
        return -1;
    bind_summary(update, p);
    if (store_run(s, update, st) != 0)
        return -1;
    if (sqlite3_changes(s->db) > 0)
        return 0;
    sqlite3_stmt *insert = store_sql(s, "INSERT INTO prediction VALUES(?, ?, ?, ?, ?)", st);
    if (!insert)
        return -1;
    bind_summary(insert, p);
    if (store_run(s, insert, st) != 0)
        return -1;
    return store_tally(s, TALLY_PREDICTED + p->model, 1, st);
}

static int put_distribution(struct store *s, const struct prediction *p, struct status *st)
{
    sqlite3_stmt *put = store_sql(s, "REPLACE INTO distribution VALUES(?, ?, ?, ?)", st);
    if (!put)
        return -1;
    unsigned char *bytes = pack(p);
    if (!bytes)
        return status_out_of_memory(st);
    sqlite3_bind_int(put, 1, p->model);
    sqlite3_bind_int64(put, 2, p->photo);
    if (p->problem)
        sqlite3_bind_text(put, 3, p->problem, -1, SQLITE_STATIC);
    sqlite3_bind_blob64(put, 4, bytes, (uint64_t)p->count * PAIR, SQLITE_STATIC);
    int result = store_run(s, put, st);
    free(bytes);
    return result;
}

static int check(struct store *s, const struct prediction *p, struct status *st)
{
    if (p->model < 0 || p->count < 0 || p->count > TAXONOMY_MAX_NODES)
        return status_fail(st, STATUS_INVALID, "%s: a prediction by model %d of %d labels", s->path,
                           p->model, p->count);
    sqlite3_stmt *select = store_sql(s, "SELECT 1 FROM photo WHERE id=?", st);
    if (!select)
        return -1;
    sqlite3_bind_int64(select, 1, p->photo);
    int got = store_step(s, select, st);
    store_done(select);
    if (got == 0)
        return status_fail(st, STATUS_MISSING, "%s: there is no photo number %lld", s->path,
                           (long long)p->photo);
    return got == 1 ? 0 : -1;
}

int store_put_predictions(struct store *s, const struct prediction *predictions, size_t count,
                          struct status *st)
{
    int result = 0;
    if (begin_lazy(s, st) != 0)
        return -1;
    for (size_t i = 0; i < count && result == 0; i++) {
        const struct prediction *p = &predictions[i];
        if (check(s, p, st) != 0 || put_summary(s, p, st) != 0 || put_distribution(s, p, st) != 0)
            result = -1;
    }
    return end_lazy(s, result, st);
}

/* ---- reading -------------------------------------------------------------------------------- */

int store_prediction(struct store *s, int64_t photo, int model, float *p, int nodes, char *problem,
                     size_t problem_size, struct status *st)
{
    if (problem && problem_size > 0)
        problem[0] = 0;
    memset(p, 0, (size_t)nodes * sizeof *p);
    sqlite3_stmt *select =
        store_sql(s, "SELECT kept, problem FROM distribution WHERE model=? AND photo=?", st);
    if (!select)
        return -1;
    sqlite3_bind_int(select, 1, model);
    sqlite3_bind_int64(select, 2, photo);
    int got = store_step(s, select, st);
    if (got != 1)
        return got < 0 ? -1 : 1;
    const unsigned char *bytes = sqlite3_column_blob(select, 0);
    unpack(s->taxonomy, bytes, bytes ? sqlite3_column_bytes(select, 0) : 0, p, nodes);
    const char *text = (const char *)sqlite3_column_text(select, 1);
    if (text && problem && problem_size > 0)
        snprintf(problem, problem_size, "%s", text);
    store_done(select);
    return 0;
}

/* ---- dropping ------------------------------------------------------------------------------- */

/* A model that has predictions and is none of those two, first <= second; -2 for none, -1 on
 * failure. */
static int find_other(struct store *s, int first, int second, struct status *st)
{
    sqlite3_stmt *select =
        store_sql(s,
                  "SELECT coalesce((SELECT min(model) FROM prediction WHERE model<?1),"
                  " (SELECT min(model) FROM prediction WHERE model>?1 AND model<?2),"
                  " (SELECT max(model) FROM prediction WHERE model>?2))",
                  st);
    if (!select)
        return -1;
    sqlite3_bind_int(select, 1, first);
    sqlite3_bind_int(select, 2, second);
    int got = store_step(s, select, st);
    int model = got == 1 && sqlite3_column_type(select, 0) != SQLITE_NULL
                    ? sqlite3_column_int(select, 0)
                    : -2;
    store_done(select);
    return got < 0 ? -1 : model;
}

/* Runs a deletion of a piece; how many rows went, or -1. */
static int drop_rows(struct store *s, sqlite3_stmt *drop, int model, struct status *st)
{
    if (!drop)
        return -1;
    sqlite3_bind_int(drop, 1, model);
    sqlite3_bind_int(drop, 2, DELETED_AT_ONCE);
    return store_run(s, drop, st) == 0 ? sqlite3_changes(s->db) : -1;
}

static int drop_piece(struct store *s, int model, struct status *st)
{
    if (begin_lazy(s, st) != 0)
        return -1;
    int gone = drop_rows(
        s,
        store_sql(s,
                  "DELETE FROM distribution WHERE model=?1 AND photo IN (SELECT photo FROM"
                  " prediction WHERE model=?1 ORDER BY photo LIMIT ?2)",
                  st),
        model, st);
    if (gone >= 0)
        gone = drop_rows(
            s,
            store_sql(s,
                      "DELETE FROM prediction WHERE model=?1 AND photo IN (SELECT photo FROM"
                      " prediction WHERE model=?1 ORDER BY photo LIMIT ?2)",
                      st),
            model, st);
    int result = gone < 0 ? -1 : store_tally(s, TALLY_PREDICTED + model, -gone, st);
    return end_lazy(s, result, st);
}

int store_keep_predictions(struct store *s, int model, int also, struct status *st)
{
    int other, one = also > 0 ? also : model;
    while ((other = find_other(s, model < one ? model : one, model < one ? one : model, st)) >= 0)
        if (drop_piece(s, other, st) != 0)
            return -1;
    return other == -1 ? -1 : 0;
}
