/* A project.db that SQLite finds no fault with, and whose rows say what no tend writes: another
 * program's work, or damage that left the pages whole. The bytes are changes, seven each: column,
 * row, kind of value, value. */
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/project.h"

enum { CHANGE = 7, MOST_CHANGES = 12, COLUMNS = 128 };

static struct {
    unsigned char bytes[1 << 18];
    size_t size;
    int count;
    char *set[COLUMNS], *remove[COLUMNS]; /* statements; ?1 the value, ?2 the row */
} good;

static void free_statements(void)
{
    for (int i = 0; i < good.count; i++) {
        sqlite3_free(good.set[i]);
        sqlite3_free(good.remove[i]);
    }
}

/* Every column of every table, by SQLite's own list; rows by their place in the order of the key.
 */
static void make_statements(sqlite3 *db)
{
    sqlite3_stmt *list = NULL;
    if (sqlite3_prepare_v2(db,
                           "SELECT t.name, c.name, (SELECT group_concat(name) FROM"
                           " pragma_table_info(t.name) WHERE pk>0) FROM sqlite_master t,"
                           " pragma_table_info(t.name) c WHERE t.type='table' ORDER BY 1, c.cid",
                           -1, &list, NULL) != SQLITE_OK)
        abort();
    while (good.count < COLUMNS && sqlite3_step(list) == SQLITE_ROW) {
        const char *table = (const char *)sqlite3_column_text(list, 0);
        const char *column = (const char *)sqlite3_column_text(list, 1);
        const char *key = (const char *)sqlite3_column_text(list, 2);
        const char *row = "(%s)=(SELECT %s FROM %s ORDER BY %s LIMIT 1 OFFSET ?2)";
        char *where = sqlite3_mprintf(row, key, key, table, key);
        good.set[good.count] =
            sqlite3_mprintf("UPDATE OR IGNORE %s SET %s=?1 WHERE %s", table, column, where);
        good.remove[good.count++] = sqlite3_mprintf("DELETE FROM %s WHERE %s", table, where);
        sqlite3_free(where);
    }
    sqlite3_finalize(list);
}

/* Columns may hold anything, events may be changed. */
static void prepare(void)
{
    sqlite3 *db = NULL;
    project_make();
    if (project_sql("DROP TRIGGER event_stays; DROP TRIGGER event_kept; DROP TRIGGER edit_stays;"
                    "DROP TRIGGER edit_kept; PRAGMA writable_schema=ON; UPDATE sqlite_master SET"
                    " sql=replace(sql, ' NOT NULL', '') WHERE type='table'") != SQLITE_OK)
        abort();
    if (sqlite3_open(PROJECT_FILE, &db) != SQLITE_OK)
        abort();
    make_statements(db);
    sqlite3_close(db);
    atexit(free_statements);
    good.size = folder_read(PROJECT_FILE, good.bytes, sizeof good.bytes);
    if (good.size == 0)
        abort();
}

static void bind(sqlite3_stmt *s, const unsigned char *change)
{
    static const char *const texts[] = {"",      "\x1b[31mx", "1",          "-1",
                                        "train", "a/../..",   "\xff\x9b\n", "food"};
    static const double reals[] = {0, -1, 1, 1.005, 1e300, -1e300, 1e-300, 0.5};
    int value = (int16_t)(change[3] | change[4] << 8);
    const void *blob = change + 3;
    switch (change[2] % 6) {
    case 0: sqlite3_bind_int64(s, 1, value); break;
    case 1:
        sqlite3_bind_int64(s, 1, (int64_t)((uint64_t)(int64_t)value << (change[5] & 63)));
        break;
    case 2: sqlite3_bind_null(s, 1); break;
    case 3: sqlite3_bind_text(s, 1, texts[value & 7], -1, SQLITE_STATIC); break;
    case 4: sqlite3_bind_blob(s, 1, blob, change[5] & 4, SQLITE_STATIC); break;
    default: sqlite3_bind_double(s, 1, reals[value & 7]);
    }
}

static void apply(sqlite3 *db, const unsigned char *change)
{
    int column = change[0] % good.count;
    sqlite3_stmt *statement = NULL;
    const char *sql = change[6] % 16 == 15 ? good.remove[column] : good.set[column];
    if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK)
        return;
    bind(statement, change);
    sqlite3_bind_int(statement, 2, change[1] % 24);
    sqlite3_step(statement); /* an error: nothing is changed */
    sqlite3_finalize(statement);
}

static void damage(const unsigned char *bytes, size_t size)
{
    sqlite3 *db = NULL;
    project_put(good.bytes, good.size);
    if (sqlite3_open(PROJECT_FILE, &db) != SQLITE_OK ||
        sqlite3_exec(db, "PRAGMA synchronous=OFF; BEGIN", NULL, NULL, NULL) != SQLITE_OK)
        abort();
    for (size_t at = 0; at + CHANGE <= size && at < (size_t)MOST_CHANGES * CHANGE; at += CHANGE)
        apply(db, bytes + at);
    sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
    sqlite3_close(db);
}

void fuzz_one(const unsigned char *bytes, size_t size)
{
    if (!good.size)
        prepare();
    damage(bytes, size);
    project_look(bytes, size);
}

/* Every column in turn, MOST_CHANGES of them at a time; then no change. */
size_t fuzz_seed(int k, unsigned char *bytes, size_t capacity)
{
    if (!good.size)
        prepare();
    int first = k * MOST_CHANGES, last = first + MOST_CHANGES;
    if (first - MOST_CHANGES >= good.count || capacity < (size_t)MOST_CHANGES * CHANGE)
        return 0;
    for (int i = first; i < last && i < good.count; i++, bytes += CHANGE) {
        const unsigned char change[CHANGE] = {(unsigned char)i, (unsigned char)(i % 5),
                                              (unsigned char)(i % 6), (unsigned char)(i * 37)};
        memcpy(bytes, change, CHANGE);
    }
    last = last < good.count ? last : good.count;
    return first < last ? (size_t)(last - first) * CHANGE : 1;
}

long fuzz_rounds(void)
{
    return 10;
}

/* A number in the file that is too large is no reason to take memory by it. */
size_t fuzz_memory(size_t size)
{
    (void)size;
    return 128 << 20;
}
