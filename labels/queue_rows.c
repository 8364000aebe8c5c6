/* Rows of the queue, kept in memory: what it looks at, of all photos. */
#include <stdlib.h>
#include <string.h>

#include "data/memory.h"
#include "data/status.h"
#include "labels/store_internal.h"

enum { MOST_AT_ONCE = 1 << 21 };

struct queue_row store_queue_row(sqlite3_stmt *photo)
{
    int label = sqlite3_column_type(photo, 5) == SQLITE_NULL ? -1 : sqlite3_column_int(photo, 5);
    int split = sqlite3_column_int(photo, 1), kind = sqlite3_column_int(photo, 2);
    return (struct queue_row){
        .photo = sqlite3_column_int64(photo, 0),
        .event = sqlite3_column_int64(photo, 4),
        .label = label,
        .predicted = -1,
        .expected = -1,
        .kind = kind < 0 || kind >= STORE_KINDS ? -1 : (signed char)kind,
        .split = split < 0 || split >= STORE_SPLITS ? -1 : (signed char)split,
        .flagged = sqlite3_column_int(photo, 3) != 0,
    };
}

struct queue_rows *store_new_rows(struct store *s, struct status *st)
{
    struct store_counts counts;
    struct queue_rows *rows = NULL;
    if (store_count(s, &counts, st) != 0)
        return NULL;
    /* Some may be added before it is read. A damaged file may count anything: more grows. */
    size_t capacity = counts.photos < 0              ? 0
                      : counts.photos < MOST_AT_ONCE ? (size_t)counts.photos
                                                     : MOST_AT_ONCE;
    capacity += 1024;
    if ((rows = calloc(1, sizeof *rows)) &&
        (rows->row = memory_large(capacity * sizeof *rows->row)))
        rows->capacity = capacity;
    else
        status_out_of_memory(st);
    if (rows && !rows->row) {
        free(rows);
        rows = NULL;
    }
    return rows;
}

int store_add_row(struct queue_rows *rows, const struct queue_row *row, struct status *st)
{
    if (rows->count == rows->capacity) {
        size_t capacity = rows->capacity + rows->capacity / 2;
        struct queue_row *grown = realloc(rows->row, capacity * sizeof *grown);
        if (!grown)
            return status_out_of_memory(st);
        rows->row = grown;
        rows->capacity = capacity;
    }
    rows->row[rows->count++] = *row;
    return 0;
}

void queue_rows_free(struct queue_rows *rows)
{
    if (rows)
        free(rows->row);
    free(rows);
}

size_t queue_rows_count(const struct queue_rows *rows)
{
    return rows->count;
}

static int compare_photo(const void *key, const void *row)
{
    int64_t a = *(const int64_t *)key, b = ((const struct queue_row *)row)->photo;
    return (a > b) - (a < b);
}

int queue_rows_follow(struct queue_rows *rows, struct store *s, int64_t photo, struct status *st)
{
    struct queue_row *row =
        rows->count ? bsearch(&photo, rows->row, rows->count, sizeof *row, compare_photo) : NULL;
    if (!row)
        return 0;
    sqlite3_stmt *select =
        store_sql(s, "SELECT id, split, kind, flagged, event, node FROM photo WHERE id=?", st);
    if (!select)
        return -1;
    sqlite3_bind_int64(select, 1, photo);
    int got = store_step(s, select, st);
    if (got == 1) {
        struct queue_row now = store_queue_row(select);
        now.predicted = row->predicted;
        now.expected = row->expected;
        now.gap = row->gap;
        *row = now;
    }
    store_done(select);
    return got < 0 ? -1 : 0;
}

void queue_rows_count_labels(const struct queue_rows *rows, const struct taxonomy *t,
                             int64_t *ending)
{
    memset(ending, 0, (size_t)taxonomy_count(t) * sizeof *ending);
    for (size_t i = 0; i < rows->count; i++) {
        const struct queue_row *row = &rows->row[i];
        int node = row->kind == REVIEW_REJECTED ? -1 : taxonomy_now(t, row->label);
        if (node >= 0)
            ending[node]++;
    }
}
