/* Leases in an SQLite file of their own.
 *
 *   session   a running program: who, which process of which run of the machine, until when
 *   lease     photo, session
 *
 * Both have as many rows as photos are shown anywhere: they are read whole. */
#include "labels/store_leases.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "data/clock.h"
#include "data/status.h"
#include "labels/process.h"
#include "labels/store_file.h"

enum { VERSION = 1, BUSY = 20 /* milliseconds */ };

static const char schema[] =
    "CREATE TABLE session(id INTEGER PRIMARY KEY, until INTEGER NOT NULL, pid INTEGER NOT NULL,"
    " start INTEGER NOT NULL, boot TEXT NOT NULL, space TEXT NOT NULL, who TEXT NOT NULL);"
    "CREATE TABLE lease(photo INTEGER PRIMARY KEY, session INTEGER NOT NULL);"
    "CREATE INDEX lease_session ON lease(session);"
    "PRAGMA user_version=1;";

enum sql { BEGIN, COMMIT, SESSIONS, FORGET, FREE, JOIN, TAKE, OTHERS, MINE, SQL_COUNT };
static const char *const texts[SQL_COUNT] = {
    [BEGIN] = "BEGIN IMMEDIATE",
    [COMMIT] = "COMMIT",
    [SESSIONS] = "SELECT id, until, pid, start, boot, space FROM session WHERE id<>?",
    [FORGET] = "DELETE FROM session WHERE id=?",
    [FREE] = "DELETE FROM lease WHERE session=?",
    [JOIN] = "INSERT OR REPLACE INTO session VALUES(?, ?, ?, ?, ?, ?, ?)",
    [TAKE] = "INSERT OR IGNORE INTO lease VALUES(?, ?)",
    [OTHERS] = ("SELECT l.photo, s.who FROM lease l JOIN session s ON s.id=l.session"
                " WHERE l.session<>? ORDER BY l.photo"),
    [MINE] = "SELECT photo FROM lease WHERE session=? ORDER BY photo",
};

struct leases {
    sqlite3 *db;
    sqlite3_stmt *sql[SQL_COUNT];
    int64_t id, written; /* written: when */
    int time;
    struct process self;
    char who[LEASES_NAME];
    struct lease *others;
    size_t other_count;
    int64_t *held, *wanted; /* ascending; held: those of `wanted` that it got */
    size_t held_count, wanted_count;
};

/* ---- statements ----------------------------------------------------------------------------- */

static int fail(struct leases *l, struct status *st)
{
    return status_fail(st, STATUS_IO, "leases: %s", sqlite3_errmsg(l->db));
}

static sqlite3_stmt *ready(struct leases *l, enum sql which)
{
    sqlite3_reset(l->sql[which]);
    return l->sql[which];
}

/* With one number bound. */
static int run(struct leases *l, enum sql which, int64_t number, struct status *st)
{
    sqlite3_stmt *statement = ready(l, which);
    if (sqlite3_bind_parameter_count(statement) > 0)
        sqlite3_bind_int64(statement, 1, number);
    int code = sqlite3_step(statement);
    if (code != SQLITE_DONE)
        fail(l, st);
    sqlite3_reset(statement);
    return code == SQLITE_DONE ? 0 : -1;
}

/* ---- sessions ------------------------------------------------------------------------------- */

/* columns: id, until, pid, start, boot, space */
static int has_ended(const struct leases *l, sqlite3_stmt *row)
{
    int64_t until = sqlite3_column_int64(row, 1);
    return until < clock_milliseconds() ||
           process_is_gone(&l->self, sqlite3_column_int64(row, 2), sqlite3_column_int64(row, 3),
                           store_text(row, 4), store_text(row, 5));
}

static int forget_ended(struct leases *l, struct status *st)
{
    enum { MOST = 64 }; /* the others another time */
    int64_t ended[MOST];
    int n = 0, code;
    sqlite3_stmt *sessions = ready(l, SESSIONS);
    sqlite3_bind_int64(sessions, 1, l->id);
    while ((code = sqlite3_step(sessions)) == SQLITE_ROW)
        if (n < MOST && has_ended(l, sessions))
            ended[n++] = sqlite3_column_int64(sessions, 0);
    if (code != SQLITE_DONE)
        fail(l, st);
    sqlite3_reset(sessions);
    int failed = code != SQLITE_DONE;
    for (int i = 0; i < n && !failed; i++)
        failed = run(l, FREE, ended[i], st) || run(l, FORGET, ended[i], st);
    return failed ? -1 : 0;
}

static int any_ended(struct leases *l)
{
    int ended = 0;
    sqlite3_stmt *sessions = ready(l, SESSIONS);
    sqlite3_bind_int64(sessions, 1, l->id);
    while (!ended && sqlite3_step(sessions) == SQLITE_ROW)
        ended = has_ended(l, sessions);
    sqlite3_reset(sessions);
    return ended;
}

static int join(struct leases *l, struct status *st)
{
    sqlite3_stmt *insert = ready(l, JOIN);
    sqlite3_bind_int64(insert, 1, l->id);
    sqlite3_bind_int64(insert, 2, clock_milliseconds() + l->time);
    sqlite3_bind_int64(insert, 3, l->self.pid);
    sqlite3_bind_int64(insert, 4, l->self.start);
    sqlite3_bind_text(insert, 5, l->self.boot, -1, SQLITE_STATIC);
    sqlite3_bind_text(insert, 6, l->self.space, -1, SQLITE_STATIC);
    sqlite3_bind_text(insert, 7, l->who, -1, SQLITE_STATIC);
    int code = sqlite3_step(insert);
    if (code != SQLITE_DONE)
        fail(l, st);
    sqlite3_reset(insert);
    return code == SQLITE_DONE ? 0 : -1;
}

/* ---- what is held --------------------------------------------------------------------------- */

static int read_others(struct leases *l, struct status *st)
{
    size_t count = 0, capacity = l->other_count + 16;
    struct lease *others = malloc(capacity * sizeof *others);
    int code = SQLITE_NOMEM;
    sqlite3_stmt *rows = ready(l, OTHERS);
    sqlite3_bind_int64(rows, 1, l->id);
    while (others && (code = sqlite3_step(rows)) == SQLITE_ROW) {
        if (count == capacity) {
            struct lease *grown = realloc(others, 2 * capacity * sizeof *grown);
            if (!grown)
                break;
            others = grown;
            capacity *= 2;
        }
        others[count].photo = sqlite3_column_int64(rows, 0);
        snprintf(others[count++].who, LEASES_NAME, "%s", store_text(rows, 1));
    }
    sqlite3_reset(rows);
    if (code != SQLITE_DONE) {
        free(others);
        return fail(l, st);
    }
    free(l->others);
    l->others = others;
    l->other_count = count;
    return 0;
}

static int compare(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

static int read_mine(struct leases *l, int64_t *held, size_t most, size_t *count, struct status *st)
{
    int code;
    sqlite3_stmt *rows = ready(l, MINE);
    *count = 0;
    sqlite3_bind_int64(rows, 1, l->id);
    while ((code = sqlite3_step(rows)) == SQLITE_ROW && *count < most)
        held[(*count)++] = sqlite3_column_int64(rows, 0);
    if (code != SQLITE_DONE)
        fail(l, st);
    sqlite3_reset(rows);
    return code == SQLITE_DONE ? 0 : -1;
}

/* In a transaction: exactly these, as far as they are free. */
static int take(struct leases *l, const int64_t *photos, size_t count, int64_t *held,
                size_t *held_count, struct status *st)
{
    int failed = forget_ended(l, st) || join(l, st) || run(l, FREE, l->id, st);
    sqlite3_stmt *insert = l->sql[TAKE];
    for (size_t i = 0; i < count && !failed; i++) {
        sqlite3_reset(insert);
        sqlite3_bind_int64(insert, 1, photos[i]);
        sqlite3_bind_int64(insert, 2, l->id);
        failed = sqlite3_step(insert) != SQLITE_DONE;
        if (failed)
            fail(l, st);
    }
    sqlite3_reset(insert);
    return failed || read_mine(l, held, count, held_count, st) || read_others(l, st) ? -1 : 0;
}

static int is_wanted_already(const struct leases *l, const int64_t *sorted, size_t count)
{
    return l->wanted_count == count && l->held_count == count &&
           clock_milliseconds() - l->written < l->time / 4 &&
           (count == 0 || memcmp(l->wanted, sorted, count * sizeof *sorted) == 0);
}

int leases_hold(struct leases *l, const int64_t *photos, size_t count, struct status *st)
{
    int64_t *wanted = malloc((count + 1) * sizeof *wanted),
            *held = malloc((count + 1) * sizeof *held);
    size_t held_count = 0;
    int result = -1;
    if (!wanted || !held) {
        status_out_of_memory(st);
        goto out;
    }
    if (count > 0)
        memcpy(wanted, photos, count * sizeof *wanted);
    qsort(wanted, count, sizeof *wanted, compare);
    if (is_wanted_already(l, wanted, count)) {
        result = leases_look(l, st);
        goto out;
    }
    if (run(l, BEGIN, 0, st) != 0)
        goto out;
    if (take(l, wanted, count, held, &held_count, st) != 0 || run(l, COMMIT, 0, st) != 0) {
        sqlite3_exec(l->db, "ROLLBACK", NULL, NULL, NULL);
        goto out;
    }
    int64_t *old_held = l->held, *old_wanted = l->wanted;
    l->held = held;
    l->held_count = held_count;
    l->wanted = wanted;
    l->wanted_count = count;
    l->written = clock_milliseconds();
    held = old_held;
    wanted = old_wanted;
    result = 0;
out:
    free(wanted);
    free(held);
    return result == 0 ? (int)l->held_count : -1;
}

int leases_holds(const struct leases *l, int64_t photo)
{
    return l->held_count > 0 &&
           bsearch(&photo, l->held, l->held_count, sizeof *l->held, compare) != NULL;
}

const struct lease *leases_others(const struct leases *l, size_t *count)
{
    *count = l->other_count;
    return l->others;
}

const struct lease *leases_find(const struct leases *l, int64_t photo)
{
    return l->other_count > 0
               ? bsearch(&photo, l->others, l->other_count, sizeof *l->others, compare)
               : NULL; /* the photo is the first member */
}

int leases_look(struct leases *l, struct status *st)
{
    if (!any_ended(l))
        return read_others(l, st);
    if (run(l, BEGIN, 0, st) != 0)
        return -1;
    if (forget_ended(l, st) == 0 && read_others(l, st) == 0 && run(l, COMMIT, 0, st) == 0)
        return 0;
    sqlite3_exec(l->db, "ROLLBACK", NULL, NULL, NULL);
    return -1;
}

/* ---- opening -------------------------------------------------------------------------------- */

static int64_t version_of(sqlite3 *db)
{
    int64_t version = -1;
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &statement, NULL) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW)
        version = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return version;
}

/* The tables, by whoever comes first. */
static int make_tables(sqlite3 *db)
{
    if (version_of(db) != 0)
        return 0;
    if (sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK)
        return -1;
    if ((version_of(db) != 0 || sqlite3_exec(db, schema, NULL, NULL, NULL) == SQLITE_OK) &&
        sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) == SQLITE_OK)
        return 0;
    sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    return -1;
}

static int connect(struct leases *l, const char *path, struct status *st)
{
    int code = store_file_open(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, &l->db);
    if (!l->db)
        return status_out_of_memory(st);
    if (code != SQLITE_OK)
        return fail(l, st);
    sqlite3_busy_timeout(l->db, 2000); /* while others make the file, too */
    if (sqlite3_exec(l->db, "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;", NULL, NULL, NULL) !=
            SQLITE_OK ||
        make_tables(l->db) != 0)
        return fail(l, st);
    if (version_of(l->db) != VERSION)
        return status_fail(st, STATUS_UNSUPPORTED, "%s: is of another version of tend", path);
    for (int i = 0; i < SQL_COUNT; i++)
        if (sqlite3_prepare_v3(l->db, texts[i], -1, SQLITE_PREPARE_PERSISTENT, &l->sql[i], NULL) !=
            SQLITE_OK)
            return fail(l, st);
    sqlite3_busy_timeout(l->db, BUSY);
    return 0;
}

static void disconnect(struct leases *l)
{
    for (int i = 0; i < SQL_COUNT; i++) {
        sqlite3_finalize(l->sql[i]);
        l->sql[i] = NULL;
    }
    sqlite3_close(l->db);
    l->db = NULL;
}

static int is_damaged(struct leases *l)
{
    int code = l->db ? sqlite3_errcode(l->db) & 0xFF : SQLITE_OK;
    return code == SQLITE_CORRUPT || code == SQLITE_NOTADB || code == SQLITE_ERROR;
}

int leases_open(const char *path, const char *who, int time, struct leases **out, struct status *st)
{
    struct leases *l = calloc(1, sizeof *l);
    *out = NULL;
    if (!l)
        return status_out_of_memory(st);
    l->time = time;
    process_self(&l->self);
    snprintf(l->who, sizeof l->who, "%s", who);
    if (getrandom(&l->id, sizeof l->id, 0) != (ssize_t)sizeof l->id)
        l->id = clock_milliseconds() ^ l->self.pid << 32;
    l->id &= INT64_MAX;
    int failed = connect(l, path, st);
    if (failed && is_damaged(l)) { /* nothing in it is worth saving */
        disconnect(l);
        store_file_remove(path);
        failed = connect(l, path, st);
    }
    failed = failed || leases_look(l, st);
    if (!failed)
        *out = l;
    else
        leases_close(l);
    return failed ? -1 : 0;
}

void leases_close(struct leases *l)
{
    if (!l)
        return;
    if (l->db && l->sql[SQL_COUNT - 1] && l->written && run(l, BEGIN, 0, NULL) == 0) {
        int failed = run(l, FREE, l->id, NULL) || run(l, FORGET, l->id, NULL);
        sqlite3_exec(l->db, failed ? "ROLLBACK" : "COMMIT", NULL, NULL, NULL);
    }
    disconnect(l);
    free(l->others);
    free(l->held);
    free(l->wanted);
    free(l);
}
