/* Rows out and in. What can be counted again (tallies) is no row. */
#include "labels/store_rows.h"

#include <stdio.h>
#include <string.h>

#include "data/status.h"
#include "labels/store_internal.h"

#define WHO "(SELECT name FROM person WHERE id=who)"

const struct row_table row_tables[] = {
    {"setting",
     {{"name", ROW_TEXT, 0}, {"value", ROW_TEXT, 0}},
     "SELECT name, value FROM setting ORDER BY name",
     "INSERT OR REPLACE INTO setting(name, value) VALUES(?, ?)"},
    {"changes", /* of the tree */
     {{"key", ROW_INTEGER, 0}, {"n", ROW_INTEGER, 0}},
     "SELECT key, n FROM tally WHERE key IN (900, 901) ORDER BY key",
     "INSERT OR REPLACE INTO tally(key, n) VALUES(?, ?)"},
    {"node",
     {{"node", ROW_INTEGER, 0},
      {"parent", ROW_INTEGER, 1},
      {"name", ROW_TEXT, 0},
      {"id", ROW_TEXT, 0},
      {"terminal", ROW_INTEGER, 0},
      {"merged", ROW_INTEGER, 0}},
     "SELECT id, parent, name, outside, terminal, merged FROM node ORDER BY id",
     "INSERT INTO node(id, parent, name, outside, terminal, merged) VALUES(?, ?, ?, ?, ?, ?)"},
    {"photo",
     {{"photo", ROW_INTEGER, 0},
      {"path", ROW_PATH, 0},
      {"split", ROW_SPLIT, 0},
      {"state", ROW_STATE, 0},
      {"node", ROW_INTEGER, 1},
      {"flagged", ROW_INTEGER, 0},
      {"event", ROW_INTEGER, 0},
      {"size", ROW_INTEGER, 0},
      {"modified", ROW_INTEGER, 0},
      {"hash", ROW_HASH, 0},
      {"time", ROW_TIME, 1}},
     "SELECT id, path, split, kind, node, flagged, event, size, modified, hash,"
     " (SELECT time FROM event WHERE id=photo.event) FROM photo ORDER BY id",
     "INSERT INTO photo(id, path, split, kind, node, flagged, event, size, modified, hash)"
     " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"},
    {"step",
     {{"step", ROW_INTEGER, 0},
      {"who", ROW_WHO, 0},
      {"time", ROW_INTEGER, 0},
      {"standing", ROW_INTEGER, 0},
      {"reviews", ROW_INTEGER, 0},
      {"ms", ROW_INTEGER, 0}},
     "SELECT id, " WHO ", time, state, reviews, milliseconds FROM step ORDER BY id",
     "INSERT INTO step(id, who, time, state, reviews, milliseconds) VALUES(?, ?, ?, ?, ?, ?)"},
    {"event",
     {{"event", ROW_INTEGER, 0},
      {"photo", ROW_INTEGER, 0},
      {"step", ROW_INTEGER, 0},
      {"who", ROW_WHO, 0},
      {"time", ROW_INTEGER, 0},
      {"kind", ROW_EVENT, 0},
      {"from_state", ROW_STATE, 0},
      {"from", ROW_INTEGER, 1},
      {"from_flagged", ROW_INTEGER, 0},
      {"to_state", ROW_STATE, 0},
      {"to", ROW_INTEGER, 1},
      {"to_flagged", ROW_INTEGER, 0},
      {"model", ROW_INTEGER, 0},
      {"ms", ROW_INTEGER, 0},
      {"undoes", ROW_INTEGER, 0},
      {"predicted", ROW_INTEGER, 1}},
     "SELECT id, photo, step, " WHO ", time, kind, kind_before, node_before, flagged_before,"
     " kind_after, node_after, flagged_after, model, milliseconds, undoes, predicted"
     " FROM event ORDER BY id",
     "INSERT INTO event(id, photo, step, who, time, kind, kind_before, node_before, flagged_before,"
     " kind_after, node_after, flagged_after, model, milliseconds, undoes, predicted)"
     " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"},
    {"edit",
     {{"edit", ROW_INTEGER, 0},
      {"step", ROW_INTEGER, 0},
      {"who", ROW_WHO, 0},
      {"time", ROW_INTEGER, 0},
      {"node", ROW_INTEGER, 0},
      {"from_parent", ROW_INTEGER, 0},
      {"from_name", ROW_TEXT, 0},
      {"from_merged", ROW_INTEGER, 0},
      {"from_terminal", ROW_INTEGER, 0},
      {"to_parent", ROW_INTEGER, 0},
      {"to_name", ROW_TEXT, 0},
      {"to_merged", ROW_INTEGER, 0},
      {"to_terminal", ROW_INTEGER, 0},
      {"undoes", ROW_INTEGER, 0}},
     "SELECT id, step, " WHO ", time, node, parent_before, name_before, merged_before,"
     " terminal_before, parent_after, name_after, merged_after, terminal_after, undoes"
     " FROM edit ORDER BY id",
     "INSERT INTO edit(id, step, who, time, node, parent_before, name_before, merged_before,"
     " terminal_before, parent_after, name_after, merged_after, terminal_after, undoes)"
     " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"},
    {"model",
     {{"model", ROW_INTEGER, 0},
      {"created", ROW_INTEGER, 0},
      {"parent", ROW_INTEGER, 0},
      {"reviews", ROW_INTEGER, 0},
      {"removed", ROW_INTEGER, 0},
      {"score_before", ROW_REAL, 0},
      {"score_after", ROW_REAL, 0},
      {"held_out", ROW_INTEGER, 0},
      {"gmac", ROW_REAL, 0},
      {"parameters", ROW_INTEGER, 0},
      {"depth", ROW_TEXT, 0},
      {"architecture", ROW_TEXT, 0},
      {"note", ROW_TEXT, 0}},
     "SELECT number, created, parent, reviews, removed, score_before, score_after, held_out, gmac,"
     " parameters, depth, architecture, note FROM model ORDER BY number",
     "INSERT OR REPLACE INTO model(number, created, parent, reviews, removed, score_before,"
     " score_after, held_out, gmac, parameters, depth, architecture, note)"
     " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"},
    {"prediction",
     {{"model", ROW_INTEGER, 0},
      {"photo", ROW_INTEGER, 0},
      {"node", ROW_INTEGER, 1},
      {"expected", ROW_REAL, 0},
      {"gap", ROW_REAL, 0}},
     "SELECT model, photo, node, expected, gap FROM prediction ORDER BY model, photo",
     "INSERT INTO prediction(model, photo, node, expected, gap) VALUES(?, ?, ?, ?, ?)"},
    {"distribution",
     {{"model", ROW_INTEGER, 0},
      {"photo", ROW_INTEGER, 0},
      {"problem", ROW_TEXT, 1},
      {"shares", ROW_SHARES, 0}},
     "SELECT model, photo, problem, kept FROM distribution ORDER BY model, photo",
     "INSERT INTO distribution(model, photo, problem, kept) VALUES(?, ?, ?, ?)"},
    {0}};

/* ---- out ------------------------------------------------------------------------------------ */

static int is_bytes(enum row_kind kind)
{
    return kind == ROW_TEXT || kind == ROW_PATH || kind == ROW_WHO || kind == ROW_SHARES;
}

static void read_value(sqlite3_stmt *row, int column, enum row_kind kind, struct row_value *out)
{
    *out = (struct row_value){.is_null = sqlite3_column_type(row, column) == SQLITE_NULL};
    if (is_bytes(kind)) {
        const void *bytes = kind == ROW_TEXT || kind == ROW_WHO
                                ? (const void *)sqlite3_column_text(row, column)
                                : sqlite3_column_blob(row, column);
        out->bytes = bytes ? bytes : "";
        out->size = bytes ? (size_t)sqlite3_column_bytes(row, column) : 0;
    } else if (kind == ROW_REAL) {
        out->real = sqlite3_column_double(row, column);
    } else {
        out->integer = sqlite3_column_int64(row, column);
    }
}

static int each_row_of(struct store *s, const struct row_table *t,
                       int (*visit)(void *arg, const struct row_table *table,
                                    const struct row_value *values),
                       void *arg, int *stop, struct status *st)
{
    struct row_value values[ROW_COLUMNS];
    sqlite3_stmt *select = store_sql(s, t->select, st);
    int got = -1;
    while (select && !*stop && (got = store_step(s, select, st)) == 1) {
        for (int i = 0; t->column[i].name; i++)
            read_value(select, i, t->column[i].kind, &values[i]);
        *stop = visit(arg, t, values);
    }
    if (select)
        store_done(select);
    return got < 0 ? -1 : 0;
}

int store_each_row(struct store *s,
                   int (*visit)(void *arg, const struct row_table *table,
                                const struct row_value *values),
                   void *arg, struct status *st)
{
    int stop = 0, failed = store_exec(s, "BEGIN", st);
    if (failed)
        return -1;
    for (const struct row_table *t = row_tables; t->name && !failed && !stop; t++)
        failed = each_row_of(s, t, visit, arg, &stop, st);
    sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL); /* it only read */
    return failed;
}

/* ---- in ------------------------------------------------------------------------------------- */

/* The first number that a query gives; 0: none; -1: failed. */
static int64_t ask(struct store *s, const char *sql, struct status *st)
{
    sqlite3_stmt *select = store_sql(s, sql, st);
    int got = select ? store_step(s, select, st) : -1;
    int64_t n = got == 1 ? sqlite3_column_int64(select, 0) : got;
    if (select)
        store_done(select);
    return n;
}

int store_is_untouched(struct store *s, struct status *st)
{
    int64_t n = ask(s,
                    "SELECT (SELECT count(*) FROM (SELECT 1 FROM event LIMIT 1))"
                    " + (SELECT count(*) FROM (SELECT 1 FROM edit LIMIT 1))"
                    " + (SELECT count(*) FROM (SELECT 1 FROM step LIMIT 1))",
                    st);
    return n < 0 ? -1 : n == 0;
}

static int bind_value(struct store *s, sqlite3_stmt *put, int place, enum row_kind kind,
                      const struct row_value *v, struct status *st)
{
    if (v->is_null)
        return 0;
    if (kind == ROW_WHO) {
        int person = store_find_person(s, v->bytes, 1, st);
        return person < 0 ? -1 : (sqlite3_bind_int(put, place, person), 0);
    }
    if (kind == ROW_TEXT)
        sqlite3_bind_text64(put, place, v->bytes, v->size, SQLITE_STATIC, SQLITE_UTF8);
    else if (is_bytes(kind))
        sqlite3_bind_blob64(put, place, v->bytes, v->size, SQLITE_STATIC);
    else if (kind == ROW_REAL)
        sqlite3_bind_double(put, place, v->real);
    else
        sqlite3_bind_int64(put, place, v->integer);
    return 0;
}

static int put_row(struct store *s, const struct row_table *t, const struct row_value *values,
                   struct status *st)
{
    sqlite3_stmt *put = store_sql(s, t->insert, st);
    int failed = !put;
    for (int i = 0; !failed && t->column[i].name; i++)
        if (t->column[i].kind != ROW_TIME)
            failed = bind_value(s, put, i + 1, t->column[i].kind, &values[i], st);
    if (failed)
        return -1;
    if (sqlite3_step(put) == SQLITE_DONE) {
        sqlite3_reset(put);
        return 0;
    }
    int twice = (sqlite3_extended_errcode(s->db) & 0xFF) == SQLITE_CONSTRAINT;
    if (twice)
        status_fail(st, STATUS_CONFLICT, "this %s is there already", t->name);
    else
        store_fail(s, st);
    sqlite3_reset(put);
    return -1;
}

static int put_rows(struct store *s,
                    int (*next)(void *arg, const struct row_table **table, struct row_value *values,
                                struct status *st),
                    void *arg, struct status *st)
{
    struct row_value values[ROW_COLUMNS];
    const struct row_table *table;
    int got;
    while ((got = next(arg, &table, values, st)) == 1)
        if (put_row(s, table, values, st) != 0)
            return -1;
    return got;
}

/* Do all rows belong together? */
static int check_rows(struct store *s, struct status *st)
{
    static const struct {
        const char *sql, *what;
    } checks[] = {
        {"SELECT count(*) FROM pragma_foreign_key_check",
         "rows that name a photo, label or step that is not in the file"},
        {"SELECT count(*) FROM photo p LEFT JOIN event e ON e.id=p.event WHERE iif(p.event=0,"
         " p.kind<>0 OR p.node IS NOT NULL OR p.flagged<>0, e.photo IS NOT p.id OR"
         " e.kind_after<>p.kind OR e.node_after IS NOT p.node OR e.flagged_after<>p.flagged)",
         "photos that are not as their events say"},
        {"SELECT count(*) FROM prediction WHERE photo NOT IN (SELECT id FROM photo)",
         "predictions of photos that are not in the file"},
        {"SELECT count(*) FROM distribution d LEFT JOIN prediction p ON p.model=d.model AND"
         " p.photo=d.photo WHERE p.photo IS NULL OR length(d.kept) % 8 <> 0",
         "probabilities without their prediction"},
    };
    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++) {
        int64_t n = ask(s, checks[i].sql, st);
        if (n != 0)
            return n < 0 ? -1
                         : status_fail(st, STATUS_FORMAT, "%s (%lld): nothing was imported",
                                       checks[i].what, (long long)n);
    }
    return 0;
}

static const char clear_all[] =
    "PRAGMA defer_foreign_keys=ON;"
    "CREATE TEMP TABLE kept AS SELECT path, size, modified, hash, split FROM photo;"
    "DELETE FROM distribution; DELETE FROM prediction; DELETE FROM photo; DELETE FROM node;"
    "DELETE FROM tally;";

/* Tallies: cells of photos, predictions of models; and the photos that were there before. */
static const char settle_all[] =
    "INSERT INTO photo(split, kind, node, flagged, event, size, modified, hash, path)"
    " SELECT split, 0, NULL, 0, 0, size, modified, hash, path FROM kept"
    " WHERE path NOT IN (SELECT path FROM photo);"
    "DROP TABLE kept;"
    "DELETE FROM tally WHERE key NOT IN (900, 901);"
    "INSERT INTO tally SELECT (kind*4 + split)*4 + (node IS NOT NULL)*2 + (flagged<>0), count(*)"
    " FROM photo GROUP BY 1;"
    "INSERT INTO tally SELECT 1000 + model, count(*) FROM prediction GROUP BY model;";

_Static_assert(STORE_SPLITS == 4 && (int)TALLY_TAXONOMY == 900 && (int)TALLY_EDITION == 901 &&
                   (int)TALLY_PREDICTED == 1000,
               "as the SQL above has them");

/* Whoever has the old tree in memory must see by the number of changes that it is another one. */
static int mark_tree(struct store *s, struct status *st)
{
    char sql[100];
    snprintf(sql, sizeof sql, "UPDATE tally SET n=n+1 WHERE key=900 AND n=%lld",
             (long long)s->taxonomy_changes);
    return store_exec(s, sql, st);
}

/* The tree must be one that can be read. */
static int check_tree(struct store *s, struct status *st)
{
    int64_t changes;
    struct status why = {0};
    struct taxonomy *t = store_read_tree(s, &changes, &why);
    taxonomy_free(t);
    if (t)
        return 0;
    return why.code == STATUS_MEMORY
               ? status_out_of_memory(st)
               : status_fail(st, STATUS_FORMAT,
                             "the labels make no tree (or one too deep for this project): nothing "
                             "was imported");
}

int store_restore(struct store *s,
                  int (*next)(void *arg, const struct row_table **table, struct row_value *values,
                              struct status *st),
                  void *arg, struct status *st)
{
    if (store_begin(s, st) != 0)
        return -1;
    int untouched = store_is_untouched(s, st), result = -1;
    if (untouched == 0)
        status_fail(st, STATUS_CONFLICT, "%s: somebody has said something here meanwhile", s->path);
    if (untouched == 1 && store_exec(s, clear_all, st) == 0 && put_rows(s, next, arg, st) == 0 &&
        check_rows(s, st) == 0 && store_exec(s, settle_all, st) == 0 && mark_tree(s, st) == 0 &&
        check_tree(s, st) == 0)
        result = 0;
    if (store_end(s, result, st) != 0)
        return -1;
    s->hint_model = s->hint_kind = 0;
    s->hint_photo = 0;
    return store_refresh_taxonomy(s, st) < 0 ? -1 : 0;
}
