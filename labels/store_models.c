/* Models: one row each, never taken away; the one in use is a setting. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/status.h"
#include "labels/store_internal.h"

static int missing(struct store *s, int number, struct status *st)
{
    return status_fail(st, STATUS_MISSING, "%s: there is no model %d", s->path, number);
}

/* Places 1 to 13 of a statement. */
static void bind_model(sqlite3_stmt *statement, const struct model_record *m)
{
    sqlite3_bind_int(statement, 1, m->number);
    sqlite3_bind_int64(statement, 2, m->created);
    sqlite3_bind_int(statement, 3, m->parent);
    sqlite3_bind_int(statement, 4, m->reviews);
    sqlite3_bind_int(statement, 5, m->removed);
    /* NaN would become NULL: "not measured" is what it means. */
    sqlite3_bind_double(statement, 6, m->score_before >= 0 ? m->score_before : -1);
    sqlite3_bind_double(statement, 7, m->score_after >= 0 ? m->score_after : -1);
    sqlite3_bind_int(statement, 8, m->held_out);
    sqlite3_bind_double(statement, 9, m->gmac >= 0 ? m->gmac : 0);
    sqlite3_bind_int64(statement, 10, m->parameters);
    sqlite3_bind_text(statement, 11, m->depth, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 12, m->architecture, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 13, m->note, -1, SQLITE_STATIC);
}

static void copy_text(sqlite3_stmt *row, int column, char *out, size_t size)
{
    const char *text = (const char *)sqlite3_column_text(row, column);
    snprintf(out, size, "%s", text ? text : "");
}

#define MODEL_COLUMNS                                                                              \
    "number, created, parent, reviews, removed, score_before, score_after, held_out, gmac,"        \
    " parameters, depth, architecture, note"

static void read_model(sqlite3_stmt *row, struct model_record *m)
{
    *m = (struct model_record){
        .number = sqlite3_column_int(row, 0),
        .created = sqlite3_column_int64(row, 1),
        .parent = sqlite3_column_int(row, 2),
        .reviews = sqlite3_column_int(row, 3),
        .removed = sqlite3_column_int(row, 4),
        .score_before = sqlite3_column_double(row, 5),
        .score_after = sqlite3_column_double(row, 6),
        .held_out = sqlite3_column_int(row, 7),
        .gmac = sqlite3_column_double(row, 8),
        .parameters = sqlite3_column_int64(row, 9),
    };
    copy_text(row, 10, m->depth, sizeof m->depth);
    copy_text(row, 11, m->architecture, sizeof m->architecture);
    copy_text(row, 12, m->note, sizeof m->note);
}

int store_next_model(struct store *s, struct status *st)
{
    sqlite3_stmt *select = store_sql(s, "SELECT ifnull(max(number), 0) + 1 FROM model", st);
    int got = select ? store_step(s, select, st) : -1;
    int number = got == 1 ? sqlite3_column_int(select, 0) : -1;
    if (got == 1)
        store_done(select);
    return number;
}

static int has_model(struct store *s, int number, int *removed, struct status *st)
{
    sqlite3_stmt *select = store_sql(s, "SELECT removed FROM model WHERE number=?", st);
    if (!select)
        return -1;
    sqlite3_bind_int(select, 1, number);
    int got = store_step(s, select, st);
    *removed = got == 1 && sqlite3_column_int(select, 0);
    store_done(select);
    return got;
}

/* The one in use becomes the one before, unless it is the same. */
static int keep_previous(struct store *s, int number, struct status *st)
{
    sqlite3_stmt *put = store_sql(s,
                                  "INSERT INTO setting SELECT 'model_before', value FROM setting"
                                  " WHERE name='model' AND value<>? ON CONFLICT(name)"
                                  " DO UPDATE SET value=excluded.value",
                                  st);
    char text[16];
    if (!put)
        return -1;
    snprintf(text, sizeof text, "%d", number);
    sqlite3_bind_text(put, 1, text, -1, SQLITE_TRANSIENT);
    return store_run(s, put, st);
}

static int put_current(struct store *s, int number, struct status *st)
{
    if (keep_previous(s, number, st) != 0)
        return -1;
    sqlite3_stmt *put = store_sql(s,
                                  "INSERT INTO setting VALUES('model', ?) ON CONFLICT(name)"
                                  " DO UPDATE SET value=excluded.value",
                                  st);
    char text[16];
    if (!put)
        return -1;
    snprintf(text, sizeof text, "%d", number);
    sqlite3_bind_text(put, 1, text, -1, SQLITE_TRANSIENT);
    return store_run(s, put, st);
}

static int insert_model(struct store *s, struct model_record *m, struct status *st)
{
    int removed;
    if (m->number == 0 && (m->number = store_next_model(s, st)) < 0)
        return -1;
    if (m->number < 0)
        return status_fail(st, STATUS_INVALID, "%s: models are numbered from 1", s->path);
    int there = has_model(s, m->number, &removed, st);
    if (there != 0)
        return there < 0 ? -1
                         : status_fail(st, STATUS_CONFLICT, "%s: there is a model %d already",
                                       s->path, m->number);
    if (m->created == 0)
        m->created = store_now();
    sqlite3_stmt *insert = store_sql(s,
                                     "INSERT INTO model(" MODEL_COLUMNS ")"
                                     " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                                     st);
    if (!insert)
        return -1;
    bind_model(insert, m);
    return store_run(s, insert, st);
}

int store_add_model(struct store *s, struct model_record *model, int use, struct status *st)
{
    struct model_record m = *model;
    if (store_begin(s, st) != 0)
        return -1;
    int result = insert_model(s, &m, st);
    if (result == 0 && use)
        result = put_current(s, m.number, st);
    if (store_end(s, result, st) != 0)
        return -1;
    *model = m;
    return 0;
}

int store_update_model(struct store *s, const struct model_record *model, struct status *st)
{
    if (store_begin(s, st) != 0)
        return -1;
    sqlite3_stmt *update = store_sql(
        s,
        "UPDATE model SET created=?2, parent=?3, reviews=?4, removed=?5, score_before=?6,"
        " score_after=?7, held_out=?8, gmac=?9, parameters=?10, depth=?11, architecture=?12,"
        " note=?13 WHERE number=?1",
        st);
    int result = -1;
    if (update) {
        bind_model(update, model);
        result = store_run(s, update, st);
    }
    if (result == 0 && sqlite3_changes(s->db) == 0)
        result = missing(s, model->number, st);
    return store_end(s, result, st);
}

int store_use_model(struct store *s, int number, struct status *st)
{
    int removed = 0;
    if (store_begin(s, st) != 0)
        return -1;
    int there = number == 0 ? 1 : has_model(s, number, &removed, st), result = -1;
    if (there == 0)
        missing(s, number, st);
    else if (removed)
        status_fail(st, STATUS_MISSING, "%s: model %d has been removed", s->path, number);
    else if (there > 0)
        result = put_current(s, number, st);
    return store_end(s, result, st);
}

int store_current_model(struct store *s)
{
    char text[16];
    int number = atoi(store_setting(s, "model", "0", text, sizeof text));
    return number > 0 ? number : 0;
}

int store_previous_model(struct store *s)
{
    struct model_record m;
    char text[16];
    int number = atoi(store_setting(s, "model_before", "0", text, sizeof text));
    return number > 0 && store_model(s, number, &m, NULL) == 0 && !m.removed ? number : 0;
}

int store_model(struct store *s, int number, struct model_record *out, struct status *st)
{
    *out = (struct model_record){0};
    sqlite3_stmt *select = store_sql(s, "SELECT " MODEL_COLUMNS " FROM model WHERE number=?", st);
    if (!select)
        return -1;
    sqlite3_bind_int(select, 1, number);
    int got = store_step(s, select, st);
    if (got == 0)
        return missing(s, number, st);
    if (got == 1) {
        read_model(select, out);
        store_done(select);
    }
    return got == 1 ? 0 : -1;
}

int store_each_model(struct store *s, int (*visit)(void *arg, const struct model_record *m),
                     void *arg, struct status *st)
{
    /* One at a time, so that visit may change what it is shown. */
    int64_t below = INT64_MAX;
    for (;;) {
        struct model_record m;
        sqlite3_stmt *select = store_sql(
            s, "SELECT " MODEL_COLUMNS " FROM model WHERE number<? ORDER BY number DESC LIMIT 1",
            st);
        if (!select)
            return -1;
        sqlite3_bind_int64(select, 1, below);
        int got = store_step(s, select, st);
        if (got != 1)
            return got;
        read_model(select, &m);
        store_done(select);
        below = m.number;
        if (visit(arg, &m) != 0)
            return 0;
    }
}
