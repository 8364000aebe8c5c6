/* What the queue and the predictor ask for: many photos at once, a few columns each. */
#include <stdlib.h>
#include <string.h>

#include "data/status.h"
#include "labels/queue.h"
#include "labels/store_internal.h"

/* ---- photos without a prediction ------------------------------------------------------------ */

int64_t store_count_unpredicted(struct store *s, int model, struct status *st)
{
    sqlite3_stmt *q = store_statement(
        s,
        "SELECT count(*) FROM photo WHERE NOT EXISTS"
        " (SELECT 1 FROM prediction WHERE model=? AND photo=photo.id)",
        st);
    if (!q)
        return -1;
    sqlite3_bind_int(q, 1, model);
    if (store_step(s, q, st) != 1)
        return -1;
    int64_t count = sqlite3_column_int64(q, 0);
    sqlite3_reset(q);
    return count;
}

/* From the cursor of this part on (0: nobody has said anything, 1: the others). */
static int read_unpredicted(struct store *s, int model, int part, int64_t *photos, int max,
                            struct status *st)
{
    sqlite3_stmt *q = store_statement(
        s,
        "SELECT id FROM photo WHERE id>?1 AND (kind<>0)=?2 AND NOT EXISTS"
        " (SELECT 1 FROM prediction WHERE model=?3 AND photo=photo.id) ORDER BY id LIMIT ?4",
        st);
    int row = 0, count = 0;
    if (!q)
        return -1;
    sqlite3_bind_int64(q, 1, s->cursor[part]);
    sqlite3_bind_int(q, 2, part);
    sqlite3_bind_int(q, 3, model);
    sqlite3_bind_int(q, 4, max);
    while (count < max && (row = store_step(s, q, st)) == 1)
        photos[count++] = sqlite3_column_int64(q, 0);
    sqlite3_reset(q);
    if (row < 0)
        return -1;
    if (count > 0)
        s->cursor[part] = photos[count - 1];
    return count;
}

int store_unpredicted(struct store *s, int model, int64_t *photos, int max, struct status *st)
{
    /* The cursors spare a walk over what is done already; whatever they passed and was not predicted after all is
     * found when they start again. */
    if (s->cursor_model != model) {
        s->cursor_model = model;
        s->cursor[0] = s->cursor[1] = 0;
    }
    for (int again = 0; again < 2; again++) {
        int unlabelled = read_unpredicted(s, model, 0, photos, max, st);
        if (unlabelled < 0)
            return -1;
        int others = unlabelled < max
                         ? read_unpredicted(s, model, 1, photos + unlabelled, max - unlabelled, st)
                         : 0;
        if (others < 0)
            return -1;
        if (unlabelled + others > 0)
            return unlabelled + others;
        s->cursor[0] = s->cursor[1] = 0;
    }
    return 0;
}

/* ---- the queue ------------------------------------------------------------------------------ */

static int labelled(enum review_kind kind)
{
    switch (kind) {
    case REVIEW_NONE:
        return 0;
    case REVIEW_IMPORTED:
        return 1;
    case REVIEW_SKIPPED:
        return 3;
    default:
        return 2;
    }
}

static int append(struct queue_item **items, size_t *count, size_t *capacity,
                  struct queue_item item)
{
    if (*count == *capacity) {
        size_t larger = *capacity ? *capacity * 2 : 4096;
        struct queue_item *grown = realloc(*items, larger * sizeof *grown);
        if (!grown)
            return -1;
        *items = grown;
        *capacity = larger;
    }
    (*items)[(*count)++] = item;
    return 0;
}

static int passes(const struct store *s, const struct queue_filter *f, int node, const char *path)
{
    if (f->below >= 0 && (node < 0 || !taxonomy_is_above(s->taxonomy, f->below, node)))
        return 0;
    return !f->path_contains || (path && strstr(path, f->path_contains));
}

int store_queue(struct store *s, int model, const struct queue_filter *filter,
                struct queue_item **items, size_t *count, struct status *st)
{
    sqlite3_stmt *q = store_statement(
        s,
        "SELECT p.id, p.kind, p.event, r.expected, r.gap, r.node, iif(?5, p.path, NULL)"
        " FROM photo p LEFT JOIN prediction r ON r.model=?1 AND r.photo=p.id"
        " WHERE (?2 OR p.kind NOT IN (2, 3, 4)) AND (NOT ?3 OR p.flagged)"
        " AND iif(?4, p.split=?4, p.split<>3)",
        st);
    size_t capacity = 0;
    int row;
    *items = NULL;
    *count = 0;
    if (!q)
        return -1;
    sqlite3_bind_int(q, 1, model);
    sqlite3_bind_int(q, 2, filter->include_reviewed);
    sqlite3_bind_int(q, 3, filter->only_flagged);
    sqlite3_bind_int(q, 4, (int)filter->split);
    sqlite3_bind_int(q, 5, filter->path_contains != NULL);
    while ((row = store_step(s, q, st)) == 1) {
        int predicted = sqlite3_column_type(q, 3) != SQLITE_NULL;
        int node = predicted ? sqlite3_column_int(q, 5) : -1;
        struct queue_item item = {
            .photo = sqlite3_column_int64(q, 0),
            .expected = predicted ? (float)sqlite3_column_double(q, 3) : -1,
            .gap = predicted ? (float)sqlite3_column_double(q, 4) : 0,
            .event = sqlite3_column_int64(q, 2),
            .labelled = labelled((enum review_kind)sqlite3_column_int(q, 1)),
            .node = node,
        };
        if (passes(s, filter, node, (const char *)sqlite3_column_text(q, 6)) &&
            append(items, count, &capacity, item) != 0) {
            sqlite3_reset(q);
            free(*items);
            *items = NULL;
            *count = 0;
            return status_out_of_memory(st);
        }
    }
    if (row < 0) {
        free(*items);
        *items = NULL;
        *count = 0;
    }
    return row;
}
