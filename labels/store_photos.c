/* Photos, and counting them.
 *
 * Photos are counted in cells: kind x split x labelled x flagged. Whoever changes a photo's state
 * notes what leaves one cell and enters another; store_end adds the differences to the tally table,
 * in the same transaction as the changes. */
#include <stdlib.h>
#include <string.h>

#include "data/status.h"
#include "labels/store_internal.h"

enum { PATH_MOST = 4096 }; /* bytes of a path that a search looks at */

static const char *const split_names[] = {"", "train", "val", "test"};

const char *split_name(enum split split)
{
    return (unsigned)split < STORE_SPLITS ? split_names[split] : "";
}

int split_from_name(const char *name)
{
    for (int i = 0; i < STORE_SPLITS; i++)
        if (strcmp(name, split_names[i]) == 0)
            return i;
    return -1;
}

const char *review_kind_name(enum review_kind kind)
{
#define X(name, text) text,
    static const char *const names[] = {REVIEW_KINDS(X)};
#undef X
    return (unsigned)kind < STORE_KINDS ? names[kind] : "";
}

int review_is_decided(enum review_kind kind)
{
    return kind == REVIEW_ACCEPTED || kind == REVIEW_CORRECTED || kind == REVIEW_GIVEN ||
           kind == REVIEW_REJECTED;
}

/* ---- tallies -------------------------------------------------------------------------------- */

int store_tally(struct store *s, int key, int64_t by, struct status *st)
{
    sqlite3_stmt *add = store_sql(
        s, "INSERT INTO tally VALUES(?, ?) ON CONFLICT(key) DO UPDATE SET n=n+excluded.n", st);
    if (!add)
        return -1;
    sqlite3_bind_int(add, 1, key);
    sqlite3_bind_int64(add, 2, by);
    return store_run(s, add, st);
}

int64_t store_tally_value(struct store *s, int key, struct status *st)
{
    sqlite3_stmt *select = store_sql(s, "SELECT n FROM tally WHERE key=?", st);
    if (!select)
        return -1;
    sqlite3_bind_int(select, 1, key);
    int got = store_step(s, select, st);
    int64_t n = got == 1 ? sqlite3_column_int64(select, 0) : got;
    store_done(select);
    return got == 1 && n < 0 ? store_damaged(s, "a count", st) : n;
}

void store_count_cell(struct store *s, const struct review_state *state, int split, int by)
{
    int cell = ((int)state->kind * STORE_SPLITS + split) * 4 + (state->node >= 0 ? 2 : 0) +
               (state->flagged ? 1 : 0);
    s->cells[cell] += by;
}

int store_write_cells(struct store *s, struct status *st)
{
    for (int cell = 0; cell < STORE_CELLS; cell++)
        if (s->cells[cell] != 0 && store_tally(s, cell, s->cells[cell], st) != 0)
            return -1;
    return 0;
}

static void add_cell(struct store_counts *c, int cell, int64_t n)
{
    int kind = cell / 4 / STORE_SPLITS, split = cell / 4 % STORE_SPLITS;
    c->photos += n;
    c->labelled += cell & 2 ? n : 0;
    c->flagged += cell & 1 ? n : 0;
    c->test += split == SPLIT_TEST ? n : 0;
    c->imported += kind == REVIEW_IMPORTED ? n : 0;
    c->accepted += kind == REVIEW_ACCEPTED ? n : 0;
    c->corrected += kind == REVIEW_CORRECTED ? n : 0;
    c->given += kind == REVIEW_GIVEN ? n : 0;
    c->rejected += kind == REVIEW_REJECTED ? n : 0;
    c->skipped += kind == REVIEW_SKIPPED ? n : 0;
}

int store_count(struct store *s, struct store_counts *out, struct status *st)
{
    int got;
    *out = (struct store_counts){0};
    int current = store_current_model(s);
    sqlite3_stmt *select = store_sql(s, "SELECT key, n FROM tally", st);
    if (!select)
        return -1;
    while ((got = store_step(s, select, st)) == 1) {
        int64_t key = sqlite3_column_int64(select, 0), n = sqlite3_column_int64(select, 1);
        if (key >= 0 && key < STORE_CELLS)
            add_cell(out, (int)key, n);
        else if (key == TALLY_PREDICTED + current)
            out->predicted = n;
    }
    out->reviewed = out->accepted + out->corrected + out->given + out->rejected;
    return got;
}

int store_count_labels(struct store *s, int64_t *ending, struct status *st)
{
    int got, nodes = taxonomy_count(s->taxonomy);
    memset(ending, 0, (size_t)nodes * sizeof *ending);
    sqlite3_stmt *select = store_sql(
        s, "SELECT node, COUNT(*) FROM photo WHERE node IS NOT NULL AND kind<>? GROUP BY node", st);
    if (!select)
        return -1;
    sqlite3_bind_int(select, 1, REVIEW_REJECTED);
    while ((got = store_step(s, select, st)) == 1) {
        int64_t given = sqlite3_column_int64(select, 0);
        int node = given >= 0 && given < nodes ? taxonomy_now(s->taxonomy, (int)given) : -1;
        if (node >= 0)
            ending[node] += sqlite3_column_int64(select, 1);
    }
    return got;
}

/* ---- reading -------------------------------------------------------------------------------- */

static int read_node(sqlite3_stmt *statement, int column)
{
    return sqlite3_column_type(statement, column) == SQLITE_NULL
               ? -1
               : sqlite3_column_int(statement, column);
}

int store_read_state(struct store *s, sqlite3_stmt *statement, int column, struct review_state *out,
                     struct status *st)
{
    int kind = sqlite3_column_int(statement, column), node = read_node(statement, column + 1);
    if (kind < 0 || kind >= STORE_KINDS || node < -1)
        return store_damaged(s, "the state of a photo", st);
    out->kind = (enum review_kind)kind;
    out->node = node;
    out->flagged = sqlite3_column_int(statement, column + 2) != 0;
    return 0;
}

#define PHOTO_COLUMNS "id, kind, node, flagged, split, event, size, modified, hash, path"

/* out->path is the statement's. */
static int read_photo(struct store *s, sqlite3_stmt *row, struct photo *out, struct status *st)
{
    int split = sqlite3_column_int(row, 4);
    *out = (struct photo){
        .id = sqlite3_column_int64(row, 0),
        .split = (enum split)split,
        .event = sqlite3_column_int64(row, 5),
        .size = sqlite3_column_int64(row, 6),
        .modified = sqlite3_column_int64(row, 7),
        .hash = (uint64_t)sqlite3_column_int64(row, 8),
    };
    if (split < 0 || split >= STORE_SPLITS || out->id <= 0)
        return store_damaged(s, "the row of a photo", st);
    if (store_read_state(s, row, 1, &out->state, st) != 0)
        return -1;
    /* A node that another process has just added is not in the tree in memory: no label, until it
     * is. */
    out->state.node = taxonomy_now(s->taxonomy, out->state.node);
    return 0;
}

/* The path as the file system has it: any bytes but NUL. */
static char *copy_path(sqlite3_stmt *row)
{
    const char *bytes = sqlite3_column_blob(row, 9);
    int size = sqlite3_column_bytes(row, 9);
    char *path = malloc((size_t)size + 1);
    if (path && size > 0)
        memcpy(path, bytes, (size_t)size);
    if (path)
        path[size] = 0;
    return path;
}

/* The next row: 1, or 0 at the end. The caller clears out, resets the statement. */
static int next_photo(struct store *s, sqlite3_stmt *select, struct photo *out, struct status *st)
{
    int got = store_step(s, select, st);
    if (got != 1)
        return got;
    if (read_photo(s, select, out, st) != 0)
        return -1;
    out->path = copy_path(select);
    return out->path ? 1 : status_out_of_memory(st);
}

static int only_photo(struct store *s, sqlite3_stmt *select, struct photo *out, struct status *st)
{
    int got = next_photo(s, select, out, st);
    store_done(select);
    return got;
}

int store_photo(struct store *s, int64_t id, struct photo *out, struct status *st)
{
    *out = (struct photo){0};
    sqlite3_stmt *select = store_sql(s, "SELECT " PHOTO_COLUMNS " FROM photo WHERE id=?", st);
    if (!select)
        return -1;
    sqlite3_bind_int64(select, 1, id);
    int got = only_photo(s, select, out, st);
    if (got == 0)
        return status_fail(st, STATUS_MISSING, "%s: there is no photo number %lld", s->path,
                           (long long)id);
    return got == 1 ? 0 : -1;
}

int store_find_photo(struct store *s, const char *path, struct photo *out, struct status *st)
{
    *out = (struct photo){0};
    sqlite3_stmt *select = store_sql(s, "SELECT " PHOTO_COLUMNS " FROM photo WHERE path=?", st);
    if (!select)
        return -1;
    sqlite3_bind_blob64(select, 1, path, strlen(path), SQLITE_STATIC);
    int got = only_photo(s, select, out, st);
    if (got == 0)
        return status_fail(st, STATUS_MISSING, "%s: is not a photo of this project", path);
    return got == 1 ? 0 : -1;
}

void photo_clear(struct photo *photo)
{
    free(photo->path);
    *photo = (struct photo){0};
}

enum { CHUNK = 256 }; /* photos read at once: between chunks no lock is held */

static int read_chunk(struct store *s, int64_t after, struct photo *photos, struct status *st)
{
    int count = 0, got = 0;
    sqlite3_stmt *select =
        store_sql(s, "SELECT " PHOTO_COLUMNS " FROM photo WHERE id>? ORDER BY id LIMIT ?", st);
    if (!select)
        return -1;
    sqlite3_bind_int64(select, 1, after);
    sqlite3_bind_int(select, 2, CHUNK);
    while (count < CHUNK && (got = next_photo(s, select, &photos[count], st)) == 1)
        count++;
    store_done(select);
    for (; got < 0 && count > 0; count--)
        photo_clear(&photos[count - 1]);
    return got < 0 ? -1 : count;
}

int store_each_photo(struct store *s, int (*visit)(void *arg, const struct photo *photo), void *arg,
                     struct status *st)
{
    struct photo *photos = malloc(CHUNK * sizeof *photos);
    int64_t after = 0;
    int count = CHUNK, stop = 0;
    if (!photos)
        return status_out_of_memory(st);
    while (count == CHUNK && !stop) {
        count = read_chunk(s, after, photos, st);
        for (int i = 0; i < count; i++) {
            stop = stop || visit(arg, &photos[i]) != 0;
            after = photos[i].id;
            photo_clear(&photos[i]);
        }
    }
    free(photos);
    return count < 0 ? -1 : 0;
}

int store_each_name(struct store *s, int (*visit)(void *arg, const struct photo_name *name),
                    void *arg, struct status *st)
{
    int got = 0, stop = 0;
    char *path = malloc(PATH_MOST + 1);
    sqlite3_stmt *select =
        path ? store_sql(s, "SELECT id, node, split, path FROM photo ORDER BY id", st) : NULL;
    if (!path)
        status_out_of_memory(st);
    while (select && !stop && (got = store_step(s, select, st)) == 1) {
        const void *bytes = sqlite3_column_blob(select, 3);
        int size = bytes ? sqlite3_column_bytes(select, 3) : 0, node = read_node(select, 1);
        size = size > PATH_MOST ? PATH_MOST : size;
        if (size > 0)
            memcpy(path, bytes, (size_t)size);
        path[size] = '\0';
        stop = visit(arg, &(struct photo_name){.photo = sqlite3_column_int64(select, 0),
                                               .path = path,
                                               .label = taxonomy_now(s->taxonomy, node),
                                               .split = (enum split)sqlite3_column_int(select, 2)});
    }
    if (select)
        store_done(select);
    free(path);
    return !select || got < 0 ? -1 : 0;
}
