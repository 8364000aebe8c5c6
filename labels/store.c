/* The SQLite file: opening, errors, statements, transactions, settings, the tree.
 *
 * WAL with synchronous=FULL: a commit is on disk when it returns, and readers never wait for writers. What
 * people decided is in `event`, append-only; `photo` and `step` hold what the events add up to, changed in
 * the same transaction, so that nothing has to be added up again. */
#include "labels/store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "data/status.h"
#include "labels/store_internal.h"

enum { APPLICATION = 0x74656e64 /* "tend" */, BUSY_MILLISECONDS = 5000 };

static const char schema[] =
    "CREATE TABLE setting(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE node(number INTEGER PRIMARY KEY, parent INTEGER NOT NULL, name TEXT NOT NULL,"
    " id TEXT NOT NULL, terminal INTEGER NOT NULL, UNIQUE(parent, name));"
    "CREATE TABLE photo(id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, size INTEGER NOT NULL,"
    " modified INTEGER NOT NULL, hash INTEGER NOT NULL, split INTEGER NOT NULL,"
    " kind INTEGER NOT NULL, node INTEGER NOT NULL, flagged INTEGER NOT NULL,"
    " event INTEGER NOT NULL);"
    "CREATE TABLE step(id INTEGER PRIMARY KEY, who TEXT NOT NULL, time INTEGER NOT NULL,"
    " undone INTEGER NOT NULL);"
    "CREATE INDEX step_who ON step(who, undone, id);"
    "CREATE TABLE event(id INTEGER PRIMARY KEY, step INTEGER NOT NULL, time INTEGER NOT NULL,"
    " kind INTEGER NOT NULL, who TEXT NOT NULL, photo INTEGER NOT NULL,"
    " before_kind INTEGER NOT NULL, before_node INTEGER NOT NULL, before_flagged INTEGER NOT NULL,"
    " after_kind INTEGER NOT NULL, after_node INTEGER NOT NULL, after_flagged INTEGER NOT NULL,"
    " model INTEGER NOT NULL, milliseconds INTEGER NOT NULL, undoes INTEGER NOT NULL);"
    "CREATE INDEX event_photo ON event(photo);"
    "CREATE INDEX event_step ON event(step);"
    "CREATE INDEX event_time ON event(time);"
    "CREATE TABLE model(number INTEGER PRIMARY KEY, created INTEGER NOT NULL,"
    " parent INTEGER NOT NULL, reviews INTEGER NOT NULL, removed INTEGER NOT NULL,"
    " score_before REAL NOT NULL, score_after REAL NOT NULL, held_out INTEGER NOT NULL,"
    " gmac REAL NOT NULL, parameters INTEGER NOT NULL, depth TEXT NOT NULL,"
    " architecture TEXT NOT NULL, note TEXT NOT NULL);"
    "CREATE TABLE prediction(model INTEGER NOT NULL, photo INTEGER NOT NULL, node INTEGER NOT NULL,"
    " expected REAL NOT NULL, gap REAL NOT NULL, terminals BLOB NOT NULL, problem TEXT,"
    " PRIMARY KEY(model, photo)) WITHOUT ROWID;";

int64_t store_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- errors --------------------------------------------------------------------------------- */

int store_error(struct store *s, struct status *st)
{
    int code = s->db ? sqlite3_errcode(s->db) : SQLITE_NOMEM;
    const char *text = s->db ? sqlite3_errmsg(s->db) : "out of memory";
    switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return status_fail(st, STATUS_BUSY,
                           "%s: another program has been writing for five seconds; nothing was "
                           "changed, try again",
                           s->path);
    case SQLITE_FULL:
        return status_fail(st, STATUS_IO, "%s: the disk is full; nothing was changed", s->path);
    case SQLITE_CORRUPT:
        return status_fail(st, STATUS_FORMAT,
                           "%s: the project's database is damaged (%s); `sqlite3 FILE .recover` "
                           "saves what can be read",
                           s->path, text);
    case SQLITE_NOTADB:
        return status_fail(st, STATUS_FORMAT, "%s: this is not a project database", s->path);
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
        return status_fail(st, STATUS_DENIED, "%s: the project cannot be written to (%s)", s->path,
                           text);
    case SQLITE_NOMEM:
        return status_out_of_memory(st);
    case SQLITE_IOERR:
        return status_fail(st, STATUS_IO, "%s: reading or writing failed (%s); nothing was changed",
                           s->path, text);
    default:
        return status_fail(st, STATUS_IO, "%s: %s", s->path, text);
    }
}

/* ---- statements and transactions ------------------------------------------------------------ */

sqlite3_stmt *store_statement(struct store *s, const char *sql, struct status *st)
{
    for (int i = 0; i < s->cached; i++) {
        if (s->cache[i].sql == sql) {
            sqlite3_reset(s->cache[i].statement);
            sqlite3_clear_bindings(s->cache[i].statement);
            return s->cache[i].statement;
        }
    }
    sqlite3_stmt *q = NULL;
    if (s->cached == STORE_STATEMENTS) {
        status_fail(st, STATUS_LIMIT, "%s: too many prepared statements", s->path);
        return NULL;
    }
    if (sqlite3_prepare_v3(s->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &q, NULL) != SQLITE_OK) {
        store_error(s, st);
        return NULL;
    }
    s->cache[s->cached].sql = sql;
    s->cache[s->cached++].statement = q;
    return q;
}

int store_step(struct store *s, sqlite3_stmt *q, struct status *st)
{
    int code = sqlite3_step(q);
    if (code == SQLITE_ROW)
        return 1;
    int result = code == SQLITE_DONE ? 0 : store_error(s, st);
    sqlite3_reset(q);
    return result;
}

int store_run(struct store *s, sqlite3_stmt *q, struct status *st)
{
    return q ? store_step(s, q, st) : -1;
}

static int execute(struct store *s, const char *sql, struct status *st)
{
    return sqlite3_exec(s->db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : store_error(s, st);
}

int store_begin(struct store *s, struct status *st)
{
    return store_run(s, store_statement(s, "BEGIN IMMEDIATE", st), st);
}

int store_end(struct store *s, int failed, struct status *st)
{
    if (!failed && store_run(s, store_statement(s, "COMMIT", st), st) == 0)
        return 0;
    if (!sqlite3_get_autocommit(s->db))
        sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
    return -1;
}

/* ---- opening -------------------------------------------------------------------------------- */

static int pragma_number(struct store *s, const char *sql, int64_t *value, struct status *st)
{
    sqlite3_stmt *q = NULL;
    if (sqlite3_prepare_v2(s->db, sql, -1, &q, NULL) != SQLITE_OK || sqlite3_step(q) != SQLITE_ROW) {
        store_error(s, st);
        sqlite3_finalize(q);
        return -1;
    }
    *value = sqlite3_column_int64(q, 0);
    sqlite3_finalize(q);
    return 0;
}

static int load_taxonomy(struct store *s, struct status *st)
{
    char text[16];
    store_setting(s, "max_depth", "3", text, sizeof text);
    struct taxonomy *t = taxonomy_new(atoi(text));
    sqlite3_stmt *q = store_statement(
        s, "SELECT parent, name, id, terminal FROM node ORDER BY number", st);
    int row = 0;
    if (!t || !q) {
        taxonomy_free(t);
        return t ? -1 : status_out_of_memory(st);
    }
    while ((row = store_step(s, q, st)) == 1) {
        int node = taxonomy_add(t, sqlite3_column_int(q, 0), (const char *)sqlite3_column_text(q, 1),
                                (const char *)sqlite3_column_text(q, 2), st);
        if (node < 0) {
            sqlite3_reset(q);
            taxonomy_free(t);
            return status_prefix(st, "%s: the stored tree is damaged", s->path);
        }
        if (sqlite3_column_int(q, 3))
            taxonomy_mark_terminal(t, node);
    }
    if (row < 0) {
        taxonomy_free(t);
        return -1;
    }
    if (s->taxonomy) {
        if (s->old_count == STORE_TREES) /* nobody holds one from 64 trees ago */
            taxonomy_free(s->old[--s->old_count]);
        memmove(s->old + 1, s->old, (size_t)s->old_count * sizeof s->old[0]);
        s->old[0] = s->taxonomy;
        s->old_count++;
    }
    s->taxonomy = t;
    return 0;
}

static int check_kind(struct store *s, struct status *st)
{
    int64_t application, version;
    if (pragma_number(s, "PRAGMA application_id", &application, st) != 0 ||
        pragma_number(s, "PRAGMA user_version", &version, st) != 0)
        return -1;
    if (application != APPLICATION)
        return status_fail(st, STATUS_FORMAT, "%s: this is a database, but not a project of tend",
                           s->path);
    if (version > STORE_SCHEMA)
        return status_fail(st, STATUS_UNSUPPORTED,
                           "%s: made by a newer tend (format %lld, this one knows %d); install "
                           "the newer tend",
                           s->path, (long long)version, STORE_SCHEMA);
    if (sqlite3_db_readonly(s->db, "main") == 1)
        return status_fail(st, STATUS_DENIED,
                           "%s: no permission to write, so no decision could be kept", s->path);
    return 0;
}

static int open_database(const char *path, int flags, struct store **out, struct status *st)
{
    struct store *s = calloc(1, sizeof *s);
    *out = NULL;
    if (!s || !(s->path = strdup(path))) {
        free(s);
        return status_out_of_memory(st);
    }
    if (sqlite3_open_v2(path, &s->db, flags | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK) {
        if ((sqlite3_errcode(s->db) & 0xff) == SQLITE_CANTOPEN)
            status_fail(st, STATUS_DENIED, "%s: cannot be opened; check the permissions", path);
        else
            store_error(s, st);
        store_close(s);
        return -1;
    }
    sqlite3_extended_result_codes(s->db, 1);
    sqlite3_busy_timeout(s->db, BUSY_MILLISECONDS);
    *out = s;
    return 0;
}

int store_create(const char *path, int max_depth, struct store **out, struct status *st)
{
    struct stat info;
    struct store *s;
    char depth[16], pragmas[128];
    *out = NULL;
    if (max_depth < 1 || max_depth > TAXONOMY_DEPTH)
        return status_fail(st, STATUS_INVALID, "a tree may have 1 to %d levels, not %d",
                           TAXONOMY_DEPTH, max_depth);
    if (lstat(path, &info) == 0)
        return status_fail(st, STATUS_CONFLICT, "%s is there already", path);
    if (open_database(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, &s, st) != 0)
        return -1;
    snprintf(depth, sizeof depth, "%d", max_depth);
    snprintf(pragmas, sizeof pragmas, "PRAGMA application_id=%d; PRAGMA user_version=%d",
             APPLICATION, STORE_SCHEMA);
    if (execute(s, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL", st) == 0 &&
        store_begin(s, st) == 0 &&
        store_end(s, execute(s, schema, st) != 0 || execute(s, pragmas, st) != 0, st) == 0 &&
        store_set_setting(s, "max_depth", depth, st) == 0 && load_taxonomy(s, st) == 0) {
        *out = s;
        return 0;
    }
    store_close(s);
    unlink(path);
    return -1;
}

int store_open(const char *path, struct store **out, struct status *st)
{
    struct stat info;
    struct store *s;
    *out = NULL;
    if (stat(path, &info) != 0)
        return status_fail_errno(st, "%s", path);
    if (!S_ISREG(info.st_mode))
        return status_fail(st, STATUS_FORMAT, "%s: this is not a project database", path);
    if (open_database(path, SQLITE_OPEN_READWRITE, &s, st) != 0)
        return -1;
    if (check_kind(s, st) == 0 &&
        execute(s, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-16000", st) == 0 &&
        load_taxonomy(s, st) == 0) {
        *out = s;
        return 0;
    }
    store_close(s);
    return -1;
}

void store_close(struct store *s)
{
    if (!s)
        return;
    for (int i = 0; i < s->cached; i++)
        sqlite3_finalize(s->cache[i].statement);
    sqlite3_close(s->db);
    taxonomy_free(s->taxonomy);
    for (int i = 0; i < s->old_count; i++)
        taxonomy_free(s->old[i]);
    free(s->path);
    free(s);
}

/* ---- settings ------------------------------------------------------------------------------- */

const char *store_setting(struct store *s, const char *name, const char *fallback, char *buffer,
                          size_t size)
{
    sqlite3_stmt *q = store_statement(s, "SELECT value FROM setting WHERE name=?", NULL);
    snprintf(buffer, size, "%s", fallback);
    if (!q)
        return buffer;
    sqlite3_bind_text(q, 1, name, -1, SQLITE_STATIC);
    if (store_step(s, q, NULL) == 1) {
        snprintf(buffer, size, "%s", (const char *)sqlite3_column_text(q, 0));
        sqlite3_reset(q);
    }
    return buffer;
}

int store_set_setting(struct store *s, const char *name, const char *value, struct status *st)
{
    sqlite3_stmt *q = store_statement(
        s, "INSERT INTO setting VALUES(?1, ?2) ON CONFLICT(name) DO UPDATE SET value=?2", st);
    if (!q)
        return -1;
    sqlite3_bind_text(q, 1, name, -1, SQLITE_STATIC);
    sqlite3_bind_text(q, 2, value, -1, SQLITE_STATIC);
    return store_run(s, q, st);
}

/* ---- the tree ------------------------------------------------------------------------------- */

const struct taxonomy *store_taxonomy(struct store *s)
{
    return s->taxonomy;
}

static int insert_node(struct store *s, const struct taxonomy *t, int node, struct status *st)
{
    sqlite3_stmt *q = store_statement(s, "INSERT INTO node VALUES(?, ?, ?, ?, ?)", st);
    if (!q)
        return -1;
    sqlite3_bind_int(q, 1, node);
    sqlite3_bind_int(q, 2, taxonomy_parent(t, node));
    sqlite3_bind_text(q, 3, taxonomy_name(t, node), -1, SQLITE_STATIC);
    sqlite3_bind_text(q, 4, taxonomy_id(t, node), -1, SQLITE_STATIC);
    sqlite3_bind_int(q, 5, !taxonomy_is_leaf(t, node) && taxonomy_is_terminal(t, node));
    return store_run(s, q, st);
}

/* A label was given: a truth may end there, also when the node gets children one day. */
int store_mark_terminal(struct store *s, int node, struct status *st)
{
    if (node < 0)
        return 0;
    sqlite3_stmt *q =
        store_statement(s, "UPDATE node SET terminal=1 WHERE number=? AND terminal=0", st);
    if (!q)
        return -1;
    sqlite3_bind_int(q, 1, node);
    if (store_run(s, q, st) != 0)
        return -1;
    taxonomy_mark_terminal(s->taxonomy, node);
    return 0;
}

int store_save_taxonomy(struct store *s, const struct taxonomy *t, struct status *st)
{
    int64_t there = 0;
    int failed = store_begin(s, st);
    if (failed)
        return -1;
    failed = pragma_number(s, "SELECT count(*) FROM node", &there, st);
    if (!failed && there != taxonomy_count(s->taxonomy))
        failed = status_fail(st, STATUS_CONFLICT,
                             "somebody else has added labels meanwhile; look and try again");
    for (int node = (int)there; !failed && node < taxonomy_count(t); node++)
        failed = insert_node(s, t, node, st);
    for (int node = 0; !failed && node < (int)there; node++)
        if (!taxonomy_is_leaf(t, node) && taxonomy_is_terminal(t, node) &&
            !(taxonomy_is_terminal(s->taxonomy, node) && !taxonomy_is_leaf(s->taxonomy, node)))
            failed = store_mark_terminal(s, node, st);
    int ended = store_end(s, failed, st);
    if (failed && there != taxonomy_count(s->taxonomy))
        load_taxonomy(s, NULL);
    return ended == 0 ? load_taxonomy(s, st) : -1;
}

int store_refresh_taxonomy(struct store *s, struct status *st)
{
    int64_t there = 0;
    if (pragma_number(s, "SELECT count(*) FROM node", &there, st) != 0)
        return -1;
    if (there == taxonomy_count(s->taxonomy))
        return 0;
    return load_taxonomy(s, st) == 0 ? 1 : -1;
}

int64_t store_version(struct store *s)
{
    int64_t version = 0;
    pragma_number(s, "PRAGMA data_version", &version, NULL);
    return version * 0x100000000 + sqlite3_total_changes(s->db);
}
