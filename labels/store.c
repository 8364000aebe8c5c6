/* The store: errors, statements, transactions, settings.
 *
 * SQLite in WAL mode with synchronous=FULL: a transaction is on disk when COMMIT returns, readers
 * never wait for writers, and a process killed at any moment leaves a file that the next one opens
 * as it is. Every change runs in BEGIN IMMEDIATE, so that two writers wait for each other at the
 * start and never meet in the middle. Nothing is written outside store_begin and store_end. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "data/status.h"
#include "labels/store_file.h"
#include "labels/store_internal.h"

/* ---- errors --------------------------------------------------------------------------------- */

/* When the last event of the copy beside a store was, in words; "": there is none, or no event. */
static void read_copy(const char *path, char *date, size_t size)
{
    char copy[4096];
    const char *slash = strrchr(path, '/');
    int folder = slash ? (int)(slash - path) : 1;
    struct tm local;
    sqlite3 *db = NULL;
    sqlite3_stmt *select = NULL;
    time_t at = 0;
    date[0] = '\0';
    if ((size_t)snprintf(copy, sizeof copy, "%.*s/copy.db", folder, slash ? path : ".") >=
        sizeof copy)
        return;
    if (store_file_open(copy, SQLITE_OPEN_READONLY, &db) == SQLITE_OK &&
        sqlite3_prepare_v2(db, "SELECT coalesce(max(time), 0) FROM event", -1, &select, NULL) ==
            SQLITE_OK &&
        sqlite3_step(select) == SQLITE_ROW)
        at = (time_t)(sqlite3_column_int64(select, 0) / 1000);
    sqlite3_finalize(select);
    sqlite3_close(db);
    if (at > 0 && localtime_r(&at, &local))
        strftime(date, size, "%Y-%m-%d %H:%M", &local);
}

/* The way back: the copy that the review makes beside it, or what SQLite's own program can read. */
int store_damaged(struct store *s, const char *what, struct status *st)
{
    char date[40];
    read_copy(s->path, date, sizeof date);
    if (date[0])
        return status_fail(st, STATUS_FORMAT,
                           "%s: is damaged (%s). The answers up to %s are in copy.db beside it: "
                           "move project.db* away, then `cp copy.db project.db`",
                           s->path, what, date);
    return status_fail(st, STATUS_FORMAT,
                       "%s: is damaged (%s). Move project.db* away and put back a copy, or save "
                       "what can be read: `sqlite3 project.db .recover | sqlite3 new.db`",
                       s->path, what);
}

int store_lost(const char *path, const char *what, enum status_code code, struct status *st)
{
    char date[40];
    read_copy(path, date, sizeof date);
    if (date[0])
        return status_fail(st, STATUS_FORMAT,
                           "%s: %s. The answers up to %s are in copy.db beside it: "
                           "move project.db* away, then `cp copy.db project.db`",
                           path, what, date);
    return status_fail(st, code, "%s: %s", path, what);
}

/* SQLite tries again and says what the last try met: of a read-only folder that a file is not
 * there. */
static int why_unwritable(const char *path, int error)
{
    const char *slash = strrchr(path, '/');
    char *folder = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
    if (folder && access(folder, W_OK) != 0)
        error = errno;
    free(folder);
    return error;
}

int store_fail(struct store *s, struct status *st)
{
    int code = sqlite3_extended_errcode(s->db), error = sqlite3_system_errno(s->db);
    const char *text = sqlite3_errmsg(s->db);
    switch (code & 0xFF) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return status_fail(st, STATUS_BUSY,
                           "%s: another program has been writing for long: try again", s->path);
    case SQLITE_NOMEM: return status_out_of_memory(st);
    case SQLITE_FULL:
        return status_fail(st, STATUS_IO,
                           "%s: the disk is full; this was not saved: make room and "
                           "try again",
                           s->path);
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
        return status_fail(
            st, STATUS_DENIED,
            "%s: cannot be written, and reviews must be: check the permissions of the file and "
            "its folder, or work on a copy of the project's folder",
            s->path);
    case SQLITE_CORRUPT: return store_damaged(s, text, st);
    case SQLITE_NOTADB: return store_damaged(s, "it is no database", st);
    case SQLITE_CANTOPEN:
        errno = why_unwritable(s->path, error ? error : EACCES);
        return status_fail_errno(st, "%s: cannot be opened, or files cannot be made beside it",
                                 s->path);
    case SQLITE_IOERR:
        if (error)
            return status_fail(st, STATUS_IO,
                               "%s: reading or writing failed (%s); this was not saved", s->path,
                               strerror(error));
        return status_fail(st, STATUS_IO, "%s: reading or writing failed (%s); this was not saved",
                           s->path, text);
    case SQLITE_ERROR: /* a table or column that is not there */ return store_damaged(s, text, st);
    default: return status_fail(st, STATUS_INVALID, "%s: %s", s->path, text);
    }
}

/* ---- statements ----------------------------------------------------------------------------- */

sqlite3_stmt *store_sql(struct store *s, const char *sql, struct status *st)
{
    for (int i = 0; i < s->statement_count; i++) {
        if (s->statements[i].sql != sql)
            continue;
        sqlite3_reset(s->statements[i].statement);
        sqlite3_clear_bindings(s->statements[i].statement);
        return s->statements[i].statement;
    }
    sqlite3_stmt *statement = NULL;
    if (s->statement_count == STORE_STATEMENTS) {
        status_fail(st, STATUS_LIMIT, "%s: too many kinds of statements", s->path);
        return NULL;
    }
    if (sqlite3_prepare_v3(s->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL) !=
        SQLITE_OK) {
        store_fail(s, st);
        return NULL;
    }
    s->statements[s->statement_count].sql = sql;
    s->statements[s->statement_count++].statement = statement;
    return statement;
}

int store_step(struct store *s, sqlite3_stmt *statement, struct status *st)
{
    int code = sqlite3_step(statement);
    if (code == SQLITE_ROW)
        return 1;
    int failed = code != SQLITE_DONE;
    if (failed)
        store_fail(s, st);
    sqlite3_reset(statement);
    return failed ? -1 : 0;
}

void store_done(sqlite3_stmt *statement)
{
    sqlite3_reset(statement);
}

int store_run(struct store *s, sqlite3_stmt *statement, struct status *st)
{
    int result = store_step(s, statement, st);
    if (result == 1)
        sqlite3_reset(statement);
    return result < 0 ? -1 : 0;
}

int store_exec(struct store *s, const char *sql, struct status *st)
{
    return sqlite3_exec(s->db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : store_fail(s, st);
}

void store_wait(struct store *s, int milliseconds)
{
    sqlite3_busy_timeout(s->db, milliseconds);
}

int store_begin(struct store *s, struct status *st)
{
    sqlite3_stmt *begin = store_sql(s, "BEGIN IMMEDIATE", st);
    memset(s->cells, 0, sizeof s->cells);
    s->own_changes = 0;
    s->own_nodes = s->taxonomy ? taxonomy_count(s->taxonomy) : 0;
    return begin ? store_run(s, begin, st) : -1;
}

int store_end(struct store *s, int result, struct status *st)
{
    if (result == 0)
        result = store_write_cells(s, st);
    if (result == 0) {
        sqlite3_stmt *commit = store_sql(s, "COMMIT", st);
        result = commit ? store_run(s, commit, st) : -1;
    }
    if (result != 0 && !sqlite3_get_autocommit(s->db))
        sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
    store_end_tree(s, result == 0);
    return result;
}

int64_t store_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int store_check(struct store *s, struct status *st)
{
    sqlite3_stmt *check = NULL;
    char found[300] = "ok";
    if (sqlite3_prepare_v2(s->db, "PRAGMA main.integrity_check(1)", -1, &check, NULL) != SQLITE_OK)
        return store_fail(s, st);
    int got = store_step(s, check, st);
    if (got == 1)
        snprintf(found, sizeof found, "%s", (const char *)sqlite3_column_text(check, 0));
    sqlite3_finalize(check);
    return got < 0 ? -1 : strcmp(found, "ok") == 0 ? 0 : store_damaged(s, found, st);
}

/* ---- settings ------------------------------------------------------------------------------- */

const char *store_setting(struct store *s, const char *name, const char *fallback, char *buffer,
                          size_t size)
{
    const char *value = NULL;
    sqlite3_stmt *select = store_sql(s, "SELECT value FROM setting WHERE name=?", NULL);
    if (select) {
        sqlite3_bind_text(select, 1, name, -1, SQLITE_STATIC);
        if (store_step(s, select, NULL) == 1)
            value = (const char *)sqlite3_column_text(select, 0);
    }
    snprintf(buffer, size, "%s", value ? value : fallback ? fallback : "");
    if (select)
        store_done(select);
    return buffer;
}

int store_set_setting(struct store *s, const char *name, const char *value, struct status *st)
{
    if (store_begin(s, st) != 0)
        return -1;
    sqlite3_stmt *put = store_sql(
        s, "INSERT INTO setting VALUES(?, ?) ON CONFLICT(name) DO UPDATE SET value=excluded.value",
        st);
    if (put) {
        sqlite3_bind_text(put, 1, name, -1, SQLITE_STATIC);
        sqlite3_bind_text(put, 2, value, -1, SQLITE_STATIC);
    }
    return store_end(s, put ? store_run(s, put, st) : -1, st);
}
