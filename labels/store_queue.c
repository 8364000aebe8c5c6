/* What comes next: photos with what the queue sorts by, and photos that wait for a prediction. */
#include <stdlib.h>
#include <string.h>

#include "data/memory.h"
#include "data/status.h"
#include "labels/filter.h"
#include "labels/queue.h"
#include "labels/store_internal.h"

/* ---- the queue ------------------------------------------------------------------------------
 * Photos and predictions both come in the order of the photos' ids, so they are merged as they are
 * read: two scans, no look-ups; probabilities are a third one where the filter asks about them.
 * Events are looked up for photos that have passed all else. One read transaction keeps them from
 * different moments. Rows that were kept from an earlier reading stand for the first two scans. */

struct cursor {
    sqlite3_stmt *rows; /* by rising photo, which is the first column; NULL: not read */
    int64_t photo;      /* of the row read last; INT64_MAX: no more */
};

struct queue_reading {
    struct store *s;
    const struct queue_request *request;
    const struct filter *filter;
    unsigned needs;
    int decided_too;
    sqlite3_stmt *photos;
    struct cursor predictions, probabilities;
    struct filter_facts facts; /* of the photo being read; `me` and `now` of all */
    int hidden;                /* this photo is */
    struct store_decision decision;
    struct filter_opinion opinions[FILTER_PEOPLE];
    char path[4096];
    struct queue_item *items;
    size_t count, capacity;
    struct queue_rows *kept; /* NULL: none are */
    struct status *st;
};

static int advance(struct queue_reading *r, struct cursor *c, int64_t photo)
{
    while (c->photo < photo) {
        int got = store_step(r->s, c->rows, r->st);
        if (got < 0)
            return -1;
        c->photo = got ? sqlite3_column_int64(c->rows, 0) : INT64_MAX;
    }
    return 0;
}

/* How a photo stands in the queue, -1 when it does not. */
static int standing(struct queue_reading *r, const struct queue_row *row)
{
    static const int labelled[STORE_KINDS] = {
        [REVIEW_NONE] = 0,     [REVIEW_IMPORTED] = 1, [REVIEW_ACCEPTED] = 2, [REVIEW_CORRECTED] = 2,
        [REVIEW_REJECTED] = 2, [REVIEW_SKIPPED] = 3,  [REVIEW_GIVEN] = 2,
    };
    int split = row->split, kind = row->kind;
    if (kind < 0 || kind >= STORE_KINDS || split < 0 || split >= STORE_SPLITS)
        return -1;
    if ((split == SPLIT_TEST && !r->request->test_too) || (labelled[kind] == 2 && !r->decided_too))
        return -1;
    return labelled[kind];
}

static void read_path(struct queue_reading *r)
{
    int size = sqlite3_column_bytes(r->photos, 6);
    const void *bytes = sqlite3_column_blob(r->photos, 6);
    size = !bytes ? 0 : size >= (int)sizeof r->path ? (int)sizeof r->path - 1 : size;
    if (size > 0)
        memcpy(r->path, bytes, (size_t)size);
    r->path[size] = 0;
    r->facts.path = r->path;
}

static int add_item(struct queue_reading *r, const struct queue_item *item)
{
    if (r->count == r->capacity) {
        size_t capacity = r->capacity ? r->capacity + r->capacity / 2 : 1024;
        struct queue_item *items = realloc(r->items, (r->request->room + capacity) * sizeof *items);
        if (!items)
            return status_out_of_memory(r->st);
        r->items = items;
        r->capacity = capacity;
    }
    r->items[r->request->room + r->count++] = *item;
    return 0;
}

static int read_row(struct queue_reading *r, struct queue_row *row)
{
    sqlite3_stmt *rows = r->predictions.rows;
    *row = store_queue_row(r->photos);
    if (advance(r, &r->predictions, row->photo) != 0)
        return -1;
    if (r->predictions.photo == row->photo && sqlite3_column_type(rows, 1) != SQLITE_NULL) {
        row->predicted = sqlite3_column_int(rows, 1);
        row->expected = (float)sqlite3_column_double(rows, 2);
        row->gap = (float)sqlite3_column_double(rows, 3);
    }
    return 0;
}

/* What is known of the photo of this row, and of its prediction. */
static void note_facts(struct queue_reading *r, const struct queue_row *row,
                       struct queue_item *item)
{
    struct filter_facts *facts = &r->facts;
    const struct taxonomy *t = r->s->taxonomy;
    facts->kind = (enum review_kind)row->kind;
    facts->split = (enum split)row->split;
    facts->flagged = row->flagged;
    item->event = row->event;
    item->node = row->predicted < 0 ? -1 : taxonomy_now(t, row->predicted);
    item->expected = row->expected;
    item->gap = row->gap;
    facts->untaught = item->node;
    if (r->request->better)
        r->request->better(r->request->arg, item);
    if (facts->split == SPLIT_VAL)
        facts->untaught = item->node;
    r->hidden = r->request->hidden && !review_is_decided(facts->kind) &&
                r->request->hidden(r->request->arg, item->photo);
    if (r->hidden)
        facts->untaught = -1;
    facts->predicted = r->hidden ? -1 : item->node;
    facts->expected = r->hidden ? -1 : item->expected;
    facts->label = r->hidden || row->label < 0 ? -1 : taxonomy_now(t, row->label);
}

static int may_have_decision(const struct filter_facts *facts)
{
    return review_is_decided(facts->kind) || facts->kind == REVIEW_SKIPPED;
}

/* By rows: 0 where these facts are known and it does not hold. */
static int may_hold(struct queue_reading *r, const struct queue_item *item)
{
    struct filter_facts *facts = &r->facts;
    unsigned known = FILTER_CHEAP;
    if (r->needs & FILTER_PROBABILITIES && (r->hidden || item->confidence >= 0 || item->node < 0)) {
        facts->confidence = r->hidden ? -1 : item->confidence;
        known |= FILTER_PROBABILITIES;
    }
    if (r->needs & FILTER_DECISION && !may_have_decision(facts)) {
        facts->who = "";
        facts->model = 0;
        facts->time = 0;
        known |= FILTER_DECISION;
    }
    if (r->needs & FILTER_OPINIONS && !may_have_decision(facts)) {
        facts->opinion_count = 0;
        known |= FILTER_OPINIONS;
    }
    if (r->needs & FILTER_CLAIM && !may_have_decision(facts)) {
        facts->claimed = -1;
        known |= FILTER_CLAIM;
    }
    return filter_holds(r->filter, r->s->taxonomy, known, facts);
}

/* Of photos that a person has decided on: skipped ones may have been, before. */
static int look_at_opinions(struct queue_reading *r, int64_t photo)
{
    int n = may_have_decision(&r->facts)
                ? store_find_opinions(r->s, photo, r->opinions, FILTER_PEOPLE, r->st)
                : 0;
    r->facts.opinions = r->opinions;
    r->facts.opinion_count = n;
    return n < 0 ? -1 : filter_holds(r->filter, r->s->taxonomy, FILTER_OPINIONS, &r->facts);
}

/* 1: the probabilities and the events let it pass, too; 0: no; -1: failed. */
static int look_closer(struct queue_reading *r, struct queue_item *item)
{
    struct filter_facts *facts = &r->facts;
    const struct taxonomy *t = r->s->taxonomy;
    if (r->needs & FILTER_PROBABILITIES) {
        sqlite3_stmt *rows = r->probabilities.rows;
        if (item->confidence < 0 && item->node >= 0) {
            if (advance(r, &r->probabilities, item->photo) != 0)
                return -1;
            if (r->probabilities.photo == item->photo)
                item->confidence = store_share_below(t, sqlite3_column_blob(rows, 1),
                                                     sqlite3_column_bytes(rows, 1), item->node);
        }
        facts->confidence = r->hidden ? -1 : item->confidence;
        if (!filter_holds(r->filter, t, FILTER_PROBABILITIES, facts))
            return 0;
    }
    if (r->needs & FILTER_OPINIONS) {
        int passes = look_at_opinions(r, item->photo);
        if (passes <= 0)
            return passes;
    }
    facts->claimed = -1;
    if (r->needs & FILTER_CLAIM) {
        if (facts->kind != REVIEW_NONE && facts->kind != REVIEW_IMPORTED &&
            (facts->claimed = store_find_claim(r->s, item->photo, r->st)) == -2)
            return -1;
        if (!filter_holds(r->filter, t, FILTER_CLAIM, facts))
            return 0;
    }
    if (!(r->needs & FILTER_DECISION))
        return 1;
    r->decision = (struct store_decision){0};
    if (may_have_decision(facts) && store_find_decision(r->s, item->photo, &r->decision, r->st) < 0)
        return -1;
    facts->who = r->decision.name;
    facts->model = r->decision.model;
    facts->time = r->decision.time;
    return filter_holds(r->filter, t, FILTER_DECISION, facts);
}

/* 1: it passes; 0: no; -1: failed. */
static int passes(struct queue_reading *r, struct queue_item *item)
{
    if (r->needs == 0)
        return 1;
    if (r->request->rows)
        return may_hold(r, item);
    if (r->needs & FILTER_PATH)
        read_path(r);
    if (!filter_holds(r->filter, r->s->taxonomy, FILTER_CHEAP | FILTER_PATH, &r->facts))
        return 0;
    return r->needs & (FILTER_PROBABILITIES | FILTER_DECISION | FILTER_OPINIONS | FILTER_CLAIM)
               ? look_closer(r, item)
               : 1;
}

static int read_item(struct queue_reading *r, const struct queue_row *row)
{
    struct queue_item item = {.photo = row->photo, .confidence = -1, .labelled = standing(r, row)};
    if (item.labelled < 0)
        return 0;
    note_facts(r, row, &item);
    int passing = passes(r, &item);
    if (passing <= 0)
        return passing;
    if (r->capacity == SIZE_MAX) { /* only counting */
        r->count++;
        return 0;
    }
    return add_item(r, &item);
}

static int is_stopped(struct queue_reading *r, size_t row)
{
    if (row % 1024 != 0 || !r->request->cancel || !atomic_load(r->request->cancel))
        return 0;
    return status_fail(r->st, STATUS_CANCELLED, "reading the queue was stopped");
}

/* Memory for all of them at once, where what is given is too small: that it is grown again and
 * again would take longer than the walk. */
static int reserve(struct queue_reading *r, size_t count)
{
    if (r->capacity >= count)
        return 0;
    free(r->items);
    r->items = memory_large((r->request->room + count) * sizeof *r->items);
    r->capacity = r->items ? count : 0;
    return r->items ? 0 : status_out_of_memory(r->st);
}

static int look_at_rows(struct queue_reading *r)
{
    const struct queue_rows *rows = r->request->rows;
    if (reserve(r, rows->count) != 0)
        return -1;
    for (size_t i = 0; i < rows->count; i++)
        if (is_stopped(r, i) || read_item(r, &rows->row[i]) != 0)
            return -1;
    return 0;
}

static int read_queue(struct queue_reading *r)
{
    int got = 0;
    struct queue_row row;
    r->photos = r->needs & FILTER_PATH
                    ? store_sql(r->s,
                                "SELECT id, split, kind, flagged, event, node, path FROM photo"
                                " ORDER BY id",
                                r->st)
                    : store_sql(r->s,
                                "SELECT id, split, kind, flagged, event, node FROM photo"
                                " ORDER BY id",
                                r->st);
    r->predictions.rows = store_sql(r->s,
                                    "SELECT photo, node, expected, gap FROM prediction"
                                    " WHERE model=? ORDER BY photo",
                                    r->st);
    r->probabilities.rows = store_sql(r->s,
                                      "SELECT photo, kept FROM distribution"
                                      " WHERE model=? ORDER BY photo",
                                      r->st);
    if (!r->photos || !r->predictions.rows || !r->probabilities.rows)
        return -1;
    sqlite3_bind_int(r->predictions.rows, 1, r->request->model);
    sqlite3_bind_int(r->probabilities.rows, 1, r->request->model);
    const size_t most = r->request->most ? r->request->most : SIZE_MAX;
    for (size_t i = 0; i < most && (got = store_step(r->s, r->photos, r->st)) == 1; i++)
        if (is_stopped(r, i) || read_row(r, &row) != 0 ||
            (r->kept && store_add_row(r->kept, &row, r->st) != 0) || read_item(r, &row) != 0)
            return -1;
    return got < 0 ? -1 : 0;
}

/* In one read transaction. */
static int read_tables(struct queue_reading *r)
{
    if (store_exec(r->s, "BEGIN", r->st) != 0)
        return -1;
    int result = read_queue(r);
    sqlite3_stmt *const used[] = {r->photos, r->predictions.rows, r->probabilities.rows};
    for (size_t i = 0; i < 3; i++)
        if (used[i])
            store_done(used[i]);
    sqlite3_exec(r->s->db, "ROLLBACK", NULL, NULL, NULL); /* it only read */
    return result;
}

static void start(struct queue_reading *r, struct store *s, const struct queue_request *request,
                  struct status *st)
{
    static const struct filter everything_open;
    const struct filter *filter = request->filter ? request->filter : &everything_open;
    *r = (struct queue_reading){.s = s,
                                .request = request,
                                .filter = filter,
                                .needs = filter_needs(filter),
                                .decided_too = request->decided_too || filter_takes_decided(filter),
                                .facts = {.me = request->me, .now = store_now()},
                                .st = st};
    r->predictions.photo = r->probabilities.photo = INT64_MIN;
}

int store_queue(struct store *s, const struct queue_request *request, struct queue_item **items,
                size_t *count, struct status *st)
{
    struct queue_reading *r = malloc(sizeof *r);
    struct queue_item *given = items && request->given ? *items : NULL;
    *count = 0;
    if (items)
        *items = NULL;
    if (!r) {
        free(given);
        return status_out_of_memory(st);
    }
    start(r, s, request, st);
    r->items = given;
    r->capacity = given && *request->given > request->room ? *request->given - request->room : 0;
    r->capacity = items ? r->capacity : SIZE_MAX;
    if (request->keep)
        r->kept = *request->keep = store_new_rows(s, st);
    int result = request->keep && !r->kept ? -1 : request->rows ? look_at_rows(r) : read_tables(r);
    if (result != 0 && r->kept) {
        queue_rows_free(r->kept);
        *request->keep = NULL;
    }
    *count = result == 0 ? r->count : 0;
    if (items && request->given)
        *request->given = result == 0 && r->items ? request->room + r->capacity : 0;
    if (result == 0 && items)
        *items = r->items;
    else
        free(r->items);
    free(r);
    return result;
}

/* ---- one photo after rows --------------------------------------------------------------------
 */

int store_queue_checks(const struct queue_request *request)
{
    return request->filter && (filter_needs(request->filter) & ~(unsigned)FILTER_CHEAP);
}

int store_queue_holds(struct store *s, const struct queue_request *request,
                      const struct queue_item *given, struct status *st)
{
    struct queue_reading r;
    struct queue_item item = *given;
    start(&r, s, request, st);
    r.photos = store_sql(
        s, "SELECT id, split, kind, flagged, event, node, path FROM photo WHERE id=?", st);
    r.probabilities.rows =
        store_sql(s, "SELECT photo, kept FROM distribution WHERE photo=?1 AND model=?2", st);
    if (!r.photos || !r.probabilities.rows)
        return -1;
    sqlite3_bind_int64(r.photos, 1, item.photo);
    sqlite3_bind_int64(r.probabilities.rows, 1, item.photo);
    sqlite3_bind_int(r.probabilities.rows, 2, request->model);
    int got = store_step(s, r.photos, st);
    if (got == 1) {
        r.facts.kind = (enum review_kind)sqlite3_column_int(r.photos, 2);
        r.hidden = request->hidden && !review_is_decided(r.facts.kind) &&
                   request->hidden(request->arg, item.photo);
        read_path(&r);
        got =
            filter_holds(r.filter, s->taxonomy, FILTER_PATH, &r.facts) ? look_closer(&r, &item) : 0;
    }
    store_done(r.photos);
    store_done(r.probabilities.rows);
    return got;
}

/* ---- what waits for a prediction ------------------------------------------------------------
 * Asked for again and again while a model goes through the photos, so the search goes on where it
 * ended. When it comes to the end with room left it looks once more from the start, because photos
 * change their kind and other programs take part. */

static const int kind_order[STORE_KINDS] = {REVIEW_NONE,     REVIEW_IMPORTED,  REVIEW_SKIPPED,
                                            REVIEW_ACCEPTED, REVIEW_CORRECTED, REVIEW_GIVEN,
                                            REVIEW_REJECTED};

#define UNPREDICTED                                                                                \
    "SELECT id FROM photo WHERE kind=?1 AND id>?2 AND NOT EXISTS"                                  \
    " (SELECT 1 FROM prediction q WHERE q.model=?3 AND q.photo=photo.id)"
static const char any_split[] = UNPREDICTED " ORDER BY id LIMIT ?4",
                  teaching[] = UNPREDICTED
                  " AND split<2 ORDER BY id*2654435761%4294967296 LIMIT ?4"; /* of all folders */
_Static_assert(SPLIT_VAL == 2 && SPLIT_TEST > 2 && SPLIT_TRAIN < 2, "the 2 in the text above");

static int search_kind(struct store *s, const char *sql, int model, int kind, int64_t after,
                       int64_t *photos, int max, struct status *st)
{
    int count = 0, got = 0;
    sqlite3_stmt *select = store_sql(s, sql, st);
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
        int found = search_kind(s, any_split, model, kind_order[k], k == first ? after : 0,
                                photos + count, max - count, st);
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

int store_unpredicted_teaching(struct store *s, int model, int64_t *photos, int max,
                               struct status *st)
{
    static const int kinds[] = {REVIEW_CORRECTED, REVIEW_ACCEPTED, REVIEW_GIVEN, REVIEW_IMPORTED};
    int count = 0;
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds && count < max; k++) {
        int found = search_kind(s, teaching, model, kinds[k], 0, photos + count, max - count, st);
        if (found < 0)
            return -1;
        count += found;
    }
    return count;
}

int64_t store_count_unpredicted(struct store *s, int model, struct status *st)
{
    struct store_counts counts;
    if (store_count(s, &counts, st) != 0)
        return -1;
    int64_t predicted = store_tally_value(s, TALLY_PREDICTED + model, st);
    return predicted < 0               ? -1
           : predicted > counts.photos ? 0 /* a damaged count */
                                       : counts.photos - predicted;
}
