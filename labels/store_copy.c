/* A copy of what cannot be made again: all tables but predictions. A store of its own, as of one
 * moment; others read and write meanwhile. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "data/file.h"
#include "data/status.h"
#include "labels/store_internal.h"

/* Tables whose rows are left out. */
static const char left_out[] = "'prediction', 'distribution'";

static int is_cancelled(void *arg)
{
    return atomic_load((atomic_int *)arg);
}

static int run_text(struct store *s, char *sql, struct status *st)
{
    int failed = sql ? store_exec(s, sql, st) : status_out_of_memory(st);
    sqlite3_free(sql);
    return failed;
}

/* "CREATE INDEX name ..." becomes "CREATE INDEX copy.name ...": schema and data of one kind. */
static int make_all(struct store *s, const char *kind, struct status *st)
{
    sqlite3_stmt *rows = NULL;
    int failed = 0, got = 0;
    if (sqlite3_prepare_v2(s->db,
                           "SELECT sql FROM main.sqlite_schema WHERE type=? AND sql IS NOT NULL"
                           " AND name NOT LIKE 'sqlite%' ORDER BY rowid",
                           -1, &rows, NULL) != SQLITE_OK)
        return store_fail(s, st);
    sqlite3_bind_text(rows, 1, kind, -1, SQLITE_STATIC);
    while (!failed && (got = store_step(s, rows, st)) == 1) {
        const char *sql = (const char *)sqlite3_column_text(rows, 0);
        size_t verb = strlen("CREATE ") + strlen(kind) + 1;
        failed =
            sql && strlen(sql) > verb
                ? run_text(s, sqlite3_mprintf("%.*s copy.%s", (int)verb - 1, sql, sql + verb), st)
                : store_damaged(s, "its own description", st);
    }
    sqlite3_finalize(rows);
    return failed || got < 0 ? -1 : 0;
}

static int copy_rows(struct store *s, struct status *st)
{
    sqlite3_stmt *rows = NULL;
    int failed = 0, got = 0;
    char *sql = sqlite3_mprintf("SELECT name FROM main.sqlite_schema WHERE type='table'"
                                " AND name NOT LIKE 'sqlite%%' AND name NOT IN (%s) ORDER BY rowid",
                                left_out);
    int code = sql ? sqlite3_prepare_v2(s->db, sql, -1, &rows, NULL) : SQLITE_NOMEM;
    sqlite3_free(sql);
    if (code != SQLITE_OK)
        return store_fail(s, st);
    while (!failed && (got = store_step(s, rows, st)) == 1)
        failed =
            run_text(s,
                     sqlite3_mprintf("INSERT INTO copy.\"%w\" SELECT * FROM main.\"%w\"",
                                     sqlite3_column_text(rows, 0), sqlite3_column_text(rows, 0)),
                     st);
    sqlite3_finalize(rows);
    return failed || got < 0 ? -1 : 0;
}

static int fill(struct store *s, struct status *st)
{
    char ends[200];
    snprintf(ends, sizeof ends,
             "DELETE FROM copy.tally WHERE key>=%d; PRAGMA copy.application_id=%d;"
             "PRAGMA copy.user_version=%d;",
             TALLY_PREDICTED, STORE_APPLICATION, STORE_SCHEMA);
    if (store_exec(s, "PRAGMA copy.journal_mode=MEMORY; PRAGMA copy.synchronous=FULL; BEGIN", st) !=
        0)
        return -1;
    int failed = make_all(s, "table", st) || copy_rows(s, st) || make_all(s, "index", st) ||
                 make_all(s, "trigger", st) || store_exec(s, ends, st) ||
                 store_exec(s, "COMMIT", st);
    if (failed && !sqlite3_get_autocommit(s->db))
        sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
    return failed ? -1 : 0;
}

static int write_copy(struct store *s, const char *path, struct status *st)
{
    sqlite3_stmt *attach = NULL;
    if (sqlite3_prepare_v2(s->db, "ATTACH ? AS copy", -1, &attach, NULL) != SQLITE_OK)
        return store_fail(s, st);
    sqlite3_bind_text(attach, 1, path, -1, SQLITE_STATIC);
    int failed = store_run(s, attach, st);
    sqlite3_finalize(attach);
    if (failed)
        return -1;
    /* Rows come in an order in which some refer to later ones. */
    failed = store_exec(s, "PRAGMA foreign_keys=OFF", st) || fill(s, st);
    sqlite3_exec(s->db, "DETACH copy", NULL, NULL, NULL);
    sqlite3_exec(s->db, "PRAGMA foreign_keys=ON", NULL, NULL, NULL);
    return failed ? -1 : 0;
}

static int take_place(const char *made, const char *path, struct status *st)
{
    char *folder = strdup(path), *slash = folder ? strrchr(folder, '/') : NULL;
    if (!folder)
        return status_out_of_memory(st);
    if (slash)
        slash[slash == folder] = '\0';
    int failed = rename(made, path) != 0 ? status_fail_errno(st, "%s: could not be written", path)
                                         : file_sync_folder(slash ? folder : ".", st);
    free(folder);
    return failed;
}

/* The file that becomes the copy, empty (ATTACH makes none), and locked: of two programs one makes
 * it. -1: st says why; STATUS_BUSY: another one is about it. */
static int begin(const char *making, const char *path, struct status *st)
{
    struct stat here, there;
    int fd = open(making, O_CREAT | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (fd < 0)
        return status_fail_errno(st, "%s: cannot be made", path);
    int locked = flock(fd, LOCK_EX | LOCK_NB) == 0, busy = !locked && errno == EWOULDBLOCK;
    /* Between the two the other one may have ended, and the file be the copy. */
    if (locked && (fstat(fd, &here) != 0 || stat(making, &there) != 0 ||
                   here.st_ino != there.st_ino || here.st_dev != there.st_dev))
        busy = 1;
    if (locked && !busy && ftruncate(fd, 0) == 0)
        return fd;
    if (busy)
        status_fail(st, STATUS_BUSY, "%s: another program is making it", path);
    else
        status_fail_errno(st, "%s: cannot be made", path);
    close(fd);
    return -1;
}

int store_copy(struct store *s, const char *path, atomic_int *cancel, struct status *st)
{
    char *making = sqlite3_mprintf("%s%s.new", path[0] == '/' ? "" : "./", path);
    int fd = making ? begin(making, path, st) : status_out_of_memory(st);
    if (fd < 0) {
        sqlite3_free(making);
        return -1;
    }
    if (cancel)
        sqlite3_progress_handler(s->db, 100000, is_cancelled, cancel);
    int failed = write_copy(s, making, st);
    sqlite3_progress_handler(s->db, 0, NULL, NULL);
    if (failed && cancel && atomic_load(cancel))
        status_fail(st, STATUS_CANCELLED, "the copy was broken off");
    if (!failed) /* its bytes are on the disk by its own COMMIT */
        failed = take_place(making, path, st);
    if (failed)
        unlink(making);
    close(fd);
    sqlite3_free(making);
    return failed ? -1 : 0;
}
