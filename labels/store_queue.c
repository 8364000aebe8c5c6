/* What comes next: photos with what the queue sorts by, and photos that wait for a prediction. */
#include <stdlib.h>
#include <string.h>

#include "data/status.h"
#include "labels/queue.h"
#include "labels/store_internal.h"

/* ---- the queue ------------------------------------------------------------------------------
 * Photos and predictions both come in the order of the photos' ids, so they are merged as they are read:
 * two scans, no look-ups. One read transaction keeps them from different moments. */

struct queue_reading {
    struct store *s;
    const struct queue_filter *filter;
    sqlite3_stmt *photos, *predictions;
    int64_t predicted; /* photo of the prediction read last; INT64_MAX: no more */
    struct queue_item *items;
    size_t count, capacity;
    struct status *st;
};

static int next_prediction(struct queue_reading *r)
{
    int got = store_step(r->s, r->predictions, r->st);
    if (got < 0)
        return -1;
    r->predicted = got ? sqlite3_column_int64(r->predictions, 0) : INT64_MAX;
    return 0;
}

/* How a photo stands in the queue, -1 when it does not. Columns: id, split, kind, flagged, event, path. */
static int standing(const struct queue_reading *r)
{
    static const int labelled[STORE_KINDS] = {
        [REVIEW_NONE] = 0,     [REVIEW_IMPORTED] = 1, [REVIEW_ACCEPTED] = 2,
        [REVIEW_CORRECTED] = 2, [REVIEW_REJECTED] = 2, [REVIEW_SKIPPED] = 3, [REVIEW_GIVEN] = 2,
    };
    const struct queue_filter *f = r->filter;
    int split = sqlite3_column_int(r->photos, 1), kind = sqlite3_column_int(r->photos, 2);
    if (split == SPLIT_TEST || (f->split != SPLIT_NONE && split != (int)f->split))
        return -1;
    if (kind < 0 || kind >= STORE_KINDS)
        return -1;
    if (labelled[kind] == 2 && !f->include_reviewed)
        return -1;
    if (f->only_flagged && !sqlite3_column_int(r->photos, 3))
        return -1;
    return labelled[kind];
}

static int path_contains(sqlite3_stmt *photos, const char *text)
{
    char path[4096];
    int size = sqlite3_column_bytes(photos, 5);
    const void *bytes = sqlite3_column_blob(photos, 5);
    if (!bytes || size <= 0)
        return !*text;
    if (size >= (int)sizeof path)
        size = sizeof path - 1;
    memcpy(path, bytes, (size_t)size);
    path[size] = 0;
    return strcasestr(path, text) != NULL;
}

static int add_item(struct queue_reading *r, const struct queue_item *item)
{
    if (r->count == r->capacity) {
        size_t capacity = r->capacity ? r->capacity * 2 : 1024;
        struct queue_item *items = realloc(r->items, capacity * sizeof *items);
        if (!items)
            return status_out_of_memory(r->st);
        r->items = items;
        r->capacity = capacity;
    }
    r->items[r->count++] = *item;
    return 0;
}

static int read_item(struct queue_reading *r)
{
    const struct queue_filter *f = r->filter;
    struct queue_item item = {.photo = sqlite3_column_int64(r->photos, 0),
                              .expected = -1, .node = -1, .labelled = standing(r)};
    while (r->predicted < item.photo)
        if (next_prediction(r) != 0)
            return -1;
    if (item.labelled < 0 || (f->path_contains && !path_contains(r->photos, f->path_contains)))
        return 0;
    item.event = sqlite3_column_int64(r->photos, 4);
    if (r->predicted == item.photo && sqlite3_column_type(r->predictions, 1) != SQLITE_NULL) {
        item.node = taxonomy_now(r->s->taxonomy, sqlite3_column_int(r->predictions, 1));
        item.expected = (float)sqlite3_column_double(r->predictions, 2);
        item.gap = (float)sqlite3_column_double(r->predictions, 3);
    }
    int below = taxonomy_now(r->s->taxonomy, f->below); /* nothing is below a label that was removed */
    if (f->below >= 0 && (item.node < 0 || below < 0 || !taxonomy_is_above(r->s->taxonomy, below, item.node)))
        return 0;
    return add_item(r, &item);
}

static int read_queue(struct queue_reading *r, int model)
{
    int got;
    r->photos = r->filter->path_contains
                    ? store_sql(r->s, "SELECT id, split, kind, flagged, event, path FROM photo"
                                      " ORDER BY id", r->st)
                    : store_sql(r->s, "SELECT id, split, kind, flagged, event FROM photo"
                                      " ORDER BY id", r->st);
    r->predictions = store_sql(r->s, "SELECT photo, node, expected, gap FROM prediction"
                                     " WHERE model=? ORDER BY photo", r->st);
    if (!r->photos || !r->predictions)
        return -1;
    sqlite3_bind_int(r->predictions, 1, model);
    if (next_prediction(r) != 0)
        return -1;
    while ((got = store_step(r->s, r->photos, r->st)) == 1)
        if (read_item(r) != 0)
            return -1;
    return got;
}

int store_queue(struct store *s, int model, const struct queue_filter *filter,
                struct queue_item **items, size_t *count, struct status *st)
{
    static const struct queue_filter everything = {.below = -1};
    struct queue_reading r = {.s = s, .filter = filter ? filter : &everything, .st = st};
    *items = NULL;
    *count = 0;
    if (store_exec(s, "BEGIN", st) != 0)
        return -1;
    int result = read_queue(&r, model);
    if (r.photos)
        store_done(r.photos);
    if (r.predictions)
        store_done(r.predictions);
    sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL); /* it only read */
    if (result != 0) {
        free(r.items);
        return -1;
    }
    *items = r.items;
    *count = r.count;
    return 0;
}

/* ---- what waits for a prediction ------------------------------------------------------------
 * Asked for again and again while a model goes through the photos, so the search goes on where it ended.
 * When it comes to the end with room left it looks once more from the start, because photos change
 * their kind and other programs take part. */

static const int kind_order[STORE_KINDS] = {REVIEW_NONE,      REVIEW_IMPORTED, REVIEW_SKIPPED, REVIEW_ACCEPTED,
                                            REVIEW_CORRECTED, REVIEW_GIVEN,    REVIEW_REJECTED};

static int search_kind(struct store *s, int model, int kind, int64_t after, int64_t *photos,
                       int max, struct status *st)
{
    int count = 0, got = 0;
    sqlite3_stmt *select = store_sql(
        s,
        "SELECT id FROM photo WHERE kind=?1 AND id>?2 AND NOT EXISTS"
        " (SELECT 1 FROM prediction q WHERE q.model=?3 AND q.photo=photo.id) ORDER BY id LIMIT ?4",
        st);
    if (!select)
        return -1;
    sqlite3_bind_int(select, 1, kind);
    sqlite3_bind_int64(select, 2, after);
    sqlite3_bind_int(select, 3, model);
    sqlite3_bind_int(select, 4, max);
    while (count < max && (got = store_step(s, select, st)) == 1)
        photos[count++] = sqlite3_column_int64(select, 0);
    store_done(select);
    return got < 0 ? -1 : count;
}

/* From a photo of a kind on through the kinds after it; *where: the kind of the first one found. */
static int search(struct store *s, int model, int first, int64_t after, int64_t *photos, int max,
                  int *where, struct status *st)
{
    int count = 0;
    for (int k = first; k < STORE_KINDS && count < max; k++) {
        int found = search_kind(s, model, kind_order[k], k == first ? after : 0, photos + count,
                                max - count, st);
        if (found < 0)
            return -1;
        if (count == 0)
            *where = k;
        count += found;
    }
    return count;
}

int store_unpredicted(struct store *s, int model, int64_t *photos, int max, struct status *st)
{
    int where = 0;
    if (s->hint_model != model) {
        s->hint_model = model;
        s->hint_kind = 0;
        s->hint_photo = 0;
    }
    int count = search(s, model, s->hint_kind, s->hint_photo, photos, max, &where, st);
    if (count >= 0 && count < max && (s->hint_kind > 0 || s->hint_photo > 0))
        count = search(s, model, 0, 0, photos, max, &where, st);
    if (count > 0) { /* before the first one given: it may be asked for again unpredicted */
        s->hint_kind = where;
        s->hint_photo = photos[0] - 1;
    }
    return count;
}

int64_t store_count_unpredicted(struct store *s, int model, struct status *st)
{
    struct store_counts counts;
    if (store_count(s, &counts, st) != 0)
        return -1;
    int64_t predicted = store_tally_value(s, TALLY_PREDICTED + model, st);
    return predicted < 0 ? -1 : counts.photos - predicted;
}
