/* The store's file: its schema, how it is made, opened, brought up to date and closed. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "data/status.h"
#include "labels/store_file.h"
#include "labels/store_internal.h"

/* Since schema 3. */
#define EDIT_TABLE                                                                                                   \
    "CREATE TABLE edit(id INTEGER PRIMARY KEY, step INTEGER NOT NULL REFERENCES step(id),"                           \
    " who INTEGER NOT NULL REFERENCES person(id), time INTEGER NOT NULL, node INTEGER NOT NULL REFERENCES node(id)," \
    " parent_before INTEGER NOT NULL, name_before TEXT NOT NULL, merged_before INTEGER NOT NULL,"                    \
    " terminal_before INTEGER NOT NULL, parent_after INTEGER NOT NULL, name_after TEXT NOT NULL,"                    \
    " merged_after INTEGER NOT NULL, terminal_after INTEGER NOT NULL, undoes INTEGER NOT NULL);"                     \
    "CREATE INDEX edit_step ON edit(step);"                                                                          \
    "CREATE TRIGGER edit_stays BEFORE UPDATE ON edit BEGIN"                                                          \
    " SELECT RAISE(ABORT, 'edits are only appended'); END;"                                                          \
    "CREATE TRIGGER edit_kept BEFORE DELETE ON edit BEGIN"                                                           \
    " SELECT RAISE(ABORT, 'edits are only appended'); END;"

/* Since schema 4. */
#define PREDICTED_COLUMN "predicted INTEGER"

static const char schema[] =
    "CREATE TABLE setting(name TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE tally(key INTEGER PRIMARY KEY, n INTEGER NOT NULL);"
    "CREATE TABLE node(id INTEGER PRIMARY KEY, parent INTEGER REFERENCES node(id),"
    " name TEXT NOT NULL, outside TEXT NOT NULL, terminal INTEGER NOT NULL,"
    " merged INTEGER NOT NULL DEFAULT -1);"
    /* Short columns first: the queue reads these of every photo and never comes to the path. */
    "CREATE TABLE photo(id INTEGER PRIMARY KEY, split INTEGER NOT NULL, kind INTEGER NOT NULL,"
    " node INTEGER REFERENCES node(id), flagged INTEGER NOT NULL, event INTEGER NOT NULL,"
    " size INTEGER NOT NULL, modified INTEGER NOT NULL, hash INTEGER NOT NULL,"
    " path BLOB NOT NULL UNIQUE);"
    "CREATE INDEX photo_kind ON photo(kind);"
    "CREATE TABLE person(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);"
    /* state: 0 stands, 1 undone and may be redone, 2 undone for good, 3 stands and was refused to
       be undone */
    "CREATE TABLE step(id INTEGER PRIMARY KEY, who INTEGER NOT NULL REFERENCES person(id),"
    " time INTEGER NOT NULL, state INTEGER NOT NULL, reviews INTEGER NOT NULL,"
    " milliseconds INTEGER NOT NULL);"
    "CREATE INDEX step_who ON step(who, state);"
    "CREATE INDEX step_time ON step(time);"
    "CREATE TABLE event(id INTEGER PRIMARY KEY, photo INTEGER NOT NULL REFERENCES photo(id),"
    " step INTEGER NOT NULL REFERENCES step(id), who INTEGER NOT NULL REFERENCES person(id),"
    " time INTEGER NOT NULL, kind INTEGER NOT NULL,"
    " kind_before INTEGER NOT NULL, node_before INTEGER, flagged_before INTEGER NOT NULL,"
    " kind_after INTEGER NOT NULL, node_after INTEGER, flagged_after INTEGER NOT NULL,"
    " model INTEGER NOT NULL, milliseconds INTEGER NOT NULL, undoes INTEGER NOT NULL, " PREDICTED_COLUMN
    ");"
    "CREATE INDEX event_photo ON event(photo);"
    "CREATE INDEX event_step ON event(step);"
    "CREATE TRIGGER event_stays BEFORE UPDATE ON event BEGIN"
    " SELECT RAISE(ABORT, 'events are only appended'); END;"
    "CREATE TRIGGER event_kept BEFORE DELETE ON event BEGIN"
    " SELECT RAISE(ABORT, 'events are only appended'); END;"
    "CREATE TABLE model(number INTEGER PRIMARY KEY, created INTEGER NOT NULL,"
    " parent INTEGER NOT NULL, reviews INTEGER NOT NULL, removed INTEGER NOT NULL,"
    " score_before REAL NOT NULL, score_after REAL NOT NULL, held_out INTEGER NOT NULL,"
    " gmac REAL NOT NULL, parameters INTEGER NOT NULL, depth TEXT NOT NULL,"
    " architecture TEXT NOT NULL, note TEXT NOT NULL);"
    "CREATE TABLE prediction(model INTEGER NOT NULL, photo INTEGER NOT NULL, node INTEGER,"
    " expected REAL NOT NULL, gap REAL NOT NULL, PRIMARY KEY(model, photo)) WITHOUT ROWID;"
    "CREATE TABLE distribution(model INTEGER NOT NULL, photo INTEGER NOT NULL, problem TEXT,"
    " kept BLOB NOT NULL, PRIMARY KEY(model, photo)) WITHOUT ROWID;" EDIT_TABLE;

static int read_number(struct store *s, const char *sql, int64_t *out, struct status *st)
{
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(s->db, sql, -1, &statement, NULL) != SQLITE_OK)
        return store_fail(s, st);
    int result = store_step(s, statement, st);
    if (result == 1)
        *out = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return result == 1 ? 0 : result == 0 ? store_damaged(s, "an answer is missing", st) : -1;
}

static int connect(const char *path, int flags, struct store **out, struct status *st)
{
    struct store *s = calloc(1, sizeof *s);
    *out = s;
    if (!s || !(s->path = strdup(path)))
        return status_out_of_memory(st);
    int code = store_file_open(path, flags, &s->db);
    if (!s->db)
        return status_out_of_memory(st);
    if (code != SQLITE_OK)
        return store_fail(s, st);
    sqlite3_extended_result_codes(s->db, 1);
    sqlite3_busy_timeout(s->db, 5000);
    return 0;
}

static int configure(struct store *s, struct status *st)
{
    return store_exec(s,
                      "PRAGMA foreign_keys=ON; PRAGMA synchronous=FULL;"
                      "PRAGMA cell_size_check=ON; PRAGMA journal_size_limit=67108864;"
                      "PRAGMA cache_size=-32768; PRAGMA temp_store=MEMORY;",
                      st);
}

/* PRAGMA journal_mode answers with the mode it could set. */
static int use_wal(struct store *s, struct status *st)
{
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(s->db, "PRAGMA journal_mode=WAL", -1, &statement, NULL) != SQLITE_OK)
        return store_fail(s, st);
    int result = store_step(s, statement, st);
    const char *mode = result == 1 ? (const char *)sqlite3_column_text(statement, 0) : NULL;
    if (result == 1 && (!mode || strcmp(mode, "wal") != 0))
        result =
            status_fail(st, STATUS_UNSUPPORTED,
                        "%s: this file system has no shared memory files; keep the project on a "
                        "local disk",
                        s->path);
    sqlite3_finalize(statement);
    return result == 1 ? 0 : -1;
}

static int write_schema(struct store *s, int max_depth, struct status *st)
{
    char numbers[200], depth[16];
    if (max_depth < 1 || max_depth > TAXONOMY_DEPTH)
        return status_fail(st, STATUS_INVALID, "a tree has 1 to %d levels, not %d", TAXONOMY_DEPTH,
                           max_depth);
    snprintf(numbers, sizeof numbers, "PRAGMA application_id=%d; PRAGMA user_version=%d;",
             STORE_APPLICATION, STORE_SCHEMA);
    snprintf(depth, sizeof depth, "%d", max_depth);
    if (use_wal(s, st) != 0 || configure(s, st) != 0 || store_exec(s, "BEGIN IMMEDIATE", st) != 0)
        return -1;
    int result = store_exec(s, schema, st);
    if (result == 0)
        result = store_exec(s, numbers, st);
    if (result == 0) {
        sqlite3_stmt *insert = store_sql(s, "INSERT INTO setting VALUES('max_depth', ?)", st);
        if (insert)
            sqlite3_bind_text(insert, 1, depth, -1, SQLITE_TRANSIENT);
        result = insert ? store_run(s, insert, st) : -1;
    }
    return store_end(s, result, st);
}

int store_create(const char *path, int max_depth, struct store **out, struct status *st)
{
    *out = NULL;
    int fd = open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0666);
    if (fd < 0 && errno == EEXIST)
        return status_fail(st, STATUS_CONFLICT, "%s: is there already", path);
    if (fd < 0)
        return status_fail_errno(st, "%s: cannot be made", path);
    close(fd);
    struct store *s;
    if (connect(path, SQLITE_OPEN_READWRITE, &s, st) == 0 && write_schema(s, max_depth, st) == 0 &&
        store_load_taxonomy(s, st) == 0) {
        *out = s;
        return 0;
    }
    store_close(s);
    store_file_remove(path);
    return -1;
}

static int check_identity(struct store *s, struct status *st)
{
    int64_t application = 0, version = 0;
    if (read_number(s, "PRAGMA application_id", &application, st) != 0 ||
        read_number(s, "PRAGMA user_version", &version, st) != 0)
        return -1;
    if (application != STORE_APPLICATION)
        return status_fail(st, STATUS_FORMAT, "%s: is not a project file of tend", s->path);
    if (version > STORE_SCHEMA)
        return status_fail(
            st, STATUS_UNSUPPORTED,
            "%s: was made by a newer tend (schema %lld, this one knows %d): use that "
            "version",
            s->path, (long long)version, STORE_SCHEMA);
    if (version < 1)
        return store_damaged(s, "it says no schema", st);
    if (sqlite3_db_readonly(s->db, "main"))
        return status_fail(st, STATUS_DENIED,
                           "%s: is read only: check the permissions of the file and its folder, or "
                           "work on a copy of the project's folder",
                           s->path);
    return 0;
}

/* Schema 2 differs in the kinds that rows may have; tables and columns are added, no row is
 * changed. An older program that comes to the file later says that it is too old, and not that the
 * file is damaged. */
static int upgrade(struct store *s, struct status *st)
{
    int64_t version = 0;
    char number[40];
    if (read_number(s, "PRAGMA user_version", &version, st) != 0)
        return -1;
    if (version >= STORE_SCHEMA)
        return 0;
    snprintf(number, sizeof number, "PRAGMA user_version=%d", STORE_SCHEMA);
    if (store_begin(s, st) != 0)
        return -1;
    int result = read_number(s, "PRAGMA user_version", &version,
                             st); /* another may have done it meanwhile */
    if (result == 0 && version < 3)
        result = store_exec(
            s, "ALTER TABLE node ADD COLUMN merged INTEGER NOT NULL DEFAULT -1;" EDIT_TABLE, st);
    if (result == 0 && version < 4)
        result = store_exec(s, "ALTER TABLE event ADD COLUMN " PREDICTED_COLUMN, st);
    if (result == 0)
        result = store_exec(s, number, st);
    return store_end(s, result, st);
}

int store_open(const char *path, struct store **out, struct status *st)
{
    struct stat info;
    struct store *s;
    *out = NULL;
    if (stat(path, &info) != 0 && errno == ENOENT)
        return store_lost(path, "is not there", STATUS_MISSING, st);
    if (stat(path, &info) != 0)
        return status_fail_errno(st, "%s", path);
    if (S_ISREG(info.st_mode) && info.st_size == 0)
        return store_lost(path, "is empty: not a project file", STATUS_FORMAT, st);
    if (!S_ISREG(info.st_mode))
        return status_fail(st, STATUS_INVALID, "%s: is a folder or a device, not a project file",
                           path);
    if (connect(path, SQLITE_OPEN_READWRITE, &s, st) == 0 && check_identity(s, st) == 0 &&
        use_wal(s, st) == 0 && configure(s, st) == 0 && upgrade(s, st) == 0 &&
        store_load_taxonomy(s, st) == 0) {
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
    for (int i = 0; i < s->statement_count; i++)
        sqlite3_finalize(s->statements[i].statement);
    sqlite3_close(s->db);
    taxonomy_free(s->taxonomy);
    for (size_t i = 0; i < s->retired_count; i++)
        taxonomy_free(s->retired[i]);
    free(s->retired);
    free(s->marked);
    free(s->path);
    free(s);
}
