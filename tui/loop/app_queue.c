/* The queue: an array of what is to be looked at, and how far one has come.
 *
 * What lies before the position has been passed and stays as it was, so that going back shows the
 * same photos; what lies after it is sorted again when predictions change. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/status.h"
#include "tui/loop/app_internal.h"

static int compare_photos(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

/* Takes out of items[0..count) what is among the passed ones; returns how many stay. */
static size_t drop_passed(struct queue_item *items, size_t count, const struct app *a,
                          size_t passed, int64_t *ids)
{
    for (size_t i = 0; i < passed; i++)
        ids[i] = a->items[i].photo;
    qsort(ids, passed, sizeof *ids, compare_photos);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (!bsearch(&items[i].photo, ids, passed, sizeof *ids, compare_photos))
            items[kept++] = items[i];
    return kept;
}

size_t app_queue_fixed(const struct app *a)
{
    size_t passed = a->position < a->count ? a->position + 1 : a->count;
    return a->gathered > passed && a->gathered <= a->count ? a->gathered : passed;
}

size_t app_queue_keep_these(const int64_t *these, size_t these_count, struct queue_item *items,
                            size_t count)
{
    size_t kept = 0, at = 0;
    for (size_t i = 0; i < count; i++) { /* both rise */
        while (at < these_count && these[at] < items[i].photo)
            at++;
        if (at < these_count && these[at] == items[i].photo)
            items[kept++] = items[i];
    }
    return kept;
}

/* ---- very many photos: the first ones now, the rest in the background -------------------------
 */

int app_queue_is_large(const struct app *a)
{
    return a->background && (a->begun || (a->rows && queue_rows_count(a->rows) > a->large));
}

void app_queue_follow_row(struct app *a, int64_t photo)
{
    if (a->rows)
        queue_rows_follow(a->rows, a->project.store, photo, NULL);
}

void app_queue_forget_rows(struct app *a)
{
    queue_rows_free(a->rows);
    a->rows = NULL;
    a->begun = 0;
}

/* Of items that may pass, those that do, in their order: the first ones, as far as one comes in a
 * moment. Returns how many. */
static size_t find_first(struct app *a, const struct queue_request *request,
                         struct queue_item *items, size_t count)
{
    const double moment = 0.08;
    double until = app_seconds() + moment;
    size_t found = 0, sorted = 0, part = APP_FIRST;
    for (size_t i = 0; i < count && found < APP_FIRST && app_seconds() < until; i++) {
        if (i == sorted) {
            queue_sort_first(items + i, count - i, part, a->order, a->project.id);
            sorted += part;
            part *= 4;
        }
        if (store_queue_holds(a->project.store, request, &items[i], NULL) == 1)
            items[found++] = items[i];
    }
    return found;
}

static void prepare(const struct app *a, struct opinion_walk *walk, struct queue_request *request)
{
    *walk = app_opinions_walk(a->opinions, app_blind(a));
    app_queue_request(a, a->these ? NULL : &a->filter, request);
    request->decided_too |= a->these != NULL;
    request->arg = walk;
}

static size_t leave_out(const struct app *a, struct queue_item *items, size_t count)
{
    if (a->these)
        count = app_queue_keep_these(a->these, a->these_count, items, count);
    return app_interests_fill(a->order, a->interests, items, count);
}

static int load_first(struct app *a, struct status *st)
{
    struct queue_item *items = NULL;
    size_t count = 0;
    struct queue_request request;
    struct opinion_walk walk;
    prepare(a, &walk, &request);
    request.rows = a->rows;
    request.given = &a->capacity;
    items = a->items; /* the memory of the queue that was */
    a->items = NULL;
    a->count = a->position = a->gathered = 0;
    app_arrange_end(a);
    if (store_queue(a->project.store, &request, &items, &count, st) != 0)
        return -1;
    count = leave_out(a, items, count);
    a->part = store_queue_checks(&request);
    if (a->part)
        count = find_first(a, &request, items, count);
    else if (count > 0)
        queue_sort_first(items, count, APP_FIRST, a->order, a->project.id);
    a->items = items;
    a->count = count;
    a->queue_made++;
    a->changed |= APP_QUEUE;
    app_arrange_all(a);
    return 0;
}

/* ---- all of it ------------------------------------------------------------------------------- */

static int load_all(struct app *a, int keep_passed, struct status *st);

int app_queue_load(struct app *a, int keep_passed, struct status *st)
{
    app_blind_read(a);
    if (!app_queue_is_large(a) || (a->begun && !keep_passed))
        return load_all(a, keep_passed, st);
    if (!keep_passed)
        return load_first(a, st);
    app_arrange_all(a);
    return 0;
}

int app_takes_decided(const struct app *a)
{
    return filter_takes_decided(&a->filter) || a->these || a->order == QUEUE_SUSPECT;
}

/* Its `better` wants a walk over opinions as argument. */
void app_queue_request(const struct app *a, const struct filter *filter, struct queue_request *out)
{
    *out =
        (struct queue_request){.model = a->shown_model,
                               .filter = filter,
                               .me = a->who,
                               .better = app_opinions_better,
                               .hidden = app_opinions_hidden,
                               .decided_too = a->order == QUEUE_SUSPECT /* it is about labels */};
}

/* Reads items and rows. So that the first photo of a million is there in a moment, `begins` reads
 * no more than can be felt, where one of those is in the queue: *part says that there are more. */
static int read_items(struct app *a, int begins, struct queue_item **items, size_t *count,
                      int *part, struct status *st)
{
    struct queue_rows *rows = NULL;
    struct queue_request request;
    struct opinion_walk walk;
    prepare(a, &walk, &request);
    request.keep = a->background ? &rows : NULL;
    request.most = begins && a->background ? a->large + 1 : 0;
    if (store_queue(a->project.store, &request, items, count, st) != 0)
        return -1;
    *count = leave_out(a, *items, *count);
    *part = request.most > 0 && queue_rows_count(rows) == request.most;
    if (*part && *count == 0) {
        free(*items);
        queue_rows_free(rows);
        return read_items(a, 0, items, count, part, st);
    }
    app_queue_forget_rows(a);
    if (*part)
        queue_rows_free(rows);
    else
        a->rows = rows;
    a->begun = *part;
    return 0;
}

/* What has been passed, then the others of items[0..*count), which are freed. NULL: no memory. */
static struct queue_item *join(const struct app *a, size_t passed, struct queue_item *items,
                               size_t *count)
{
    int64_t *ids = malloc(passed * sizeof *ids);
    struct queue_item *joined = malloc((passed + *count) * sizeof *joined);
    if (ids && joined) {
        *count = drop_passed(items, *count, a, passed, ids);
        memcpy(joined, a->items, passed * sizeof *joined);
        if (*count > 0)
            memcpy(joined + passed, items, *count * sizeof *joined);
    } else {
        free(joined);
        joined = NULL;
    }
    free(ids);
    free(items);
    return joined;
}

/* Loads and sorts the queue; keep_passed: up to and with the current photo it stays. */
static int load_all(struct app *a, int keep_passed, struct status *st)
{
    struct queue_item *items = NULL;
    size_t count = 0, passed = keep_passed ? app_queue_fixed(a) : 0;
    int part;
    if (read_items(a, !keep_passed, &items, &count, &part, st) != 0)
        return -1;
    app_arrange_end(a);
    if (passed > 0 && !(items = join(a, passed, items, &count)))
        return status_out_of_memory(st);
    int later = app_queue_is_large(a);
    if (count > 0)
        queue_sort_first(items + passed, count, later ? APP_FIRST : count, a->order, a->project.id);
    free(a->items);
    a->items = items;
    a->count = a->capacity = passed + count;
    a->part = part;
    a->changed |= APP_QUEUE;
    if (!keep_passed) {
        a->position = a->gathered = 0;
        a->queue_made++;
    }
    if (later)
        app_arrange_all(a);
    return 0;
}

size_t app_queue_count(const struct app *a)
{
    return a->count;
}

size_t app_queue_position(const struct app *a)
{
    return a->position;
}

int app_queue_is_part(const struct app *a)
{
    return a->part;
}

unsigned app_queue_made(const struct app *a)
{
    return a->queue_made;
}

int64_t app_queue_photo(const struct app *a, long offset)
{
    long at = (long)a->position + offset;
    return at >= 0 && at < (long)a->count ? a->items[at].photo : 0;
}

static int go(struct app *a, size_t position)
{
    if (position == a->position)
        return 0;
    a->position = position;
    return app_show(a, NULL) == 0;
}

int app_queue_move(struct app *a, long offset)
{
    if (offset > 0 && a->position + 1 < a->count) {
        app_follow_others(a); /* what they have decided on is passed over */
        if (a->position + 1 >= a->count) {
            app_show(a, NULL);
            return 0;
        }
    }
    long at = (long)a->position + offset, last = (long)a->count;
    if (offset > 0 && a->position < a->count && at >= last)
        at = last - 1; /* only a decision goes past the end */
    if (offset > 0 && at > (long)a->position)
        app_lease_pass(a, (size_t)at); /* when others have all of them, it is shown */
    return go(a, (size_t)(at < 0 ? 0 : at > last ? last : at));
}

/* First item from `from` on, then from the start, whose state is (or is not) skipped and open. */
static int find_open(const struct app *a, size_t from, int skipped, size_t *found)
{
    for (size_t i = 0; i < a->count; i++) {
        size_t at = (from + i) % a->count;
        int state = a->items[at].labelled;
        if (at != a->position && (skipped ? state == SKIPPED : state < REVIEWED) &&
            !app_holder(a, a->items[at].photo)) {
            *found = at;
            return 1;
        }
    }
    return 0;
}

int app_queue_next_open(struct app *a)
{
    size_t found;
    if (a->count == 0)
        return 0;
    app_follow_others(a);
    app_leases_look(a);
    if (find_open(a, a->position + 1, 0, &found) || find_open(a, a->position + 1, 1, &found))
        return go(a, found);
    app_show(a, NULL); /* with what others have said */
    return 0;
}

/* What the queue holds of a photo that joins it. */
static struct queue_item item_of(struct app *a, const struct photo *photo)
{
    struct queue_item item = {.photo = photo->id,
                              .expected = -1,
                              .node = -1,
                              .confidence = -1,
                              .event = photo->event,
                              .labelled = app_standing_of(&photo->state)};
    app_opinions_fill(a, &item);
    return item;
}

static int insert(struct app *a, const struct queue_item *items, size_t n, size_t at,
                  struct status *st)
{
    struct queue_item *grown = a->items;
    if (n == 0)
        return 0;
    if (a->count + n > a->capacity) {
        grown = realloc(a->items, (a->count + n) * sizeof *grown);
        if (!grown)
            return status_out_of_memory(st);
        a->items = grown;
        a->capacity = a->count + n;
    }
    memmove(grown + at + n, grown + at, (a->count - at) * sizeof *grown);
    memcpy(grown + at, items, n * sizeof *grown);
    a->count += n;
    a->gathered += a->gathered > at ? n : 0;
    app_arrange_inserted(a, at, n);
    a->changed |= APP_QUEUE;
    return 0;
}

/* Is a photo on which nobody has decided one of this queue? */
static int belongs(const struct app *a, const struct photo *photo, const struct queue_item *item)
{
    int hidden = !review_is_decided(photo->state.kind) && app_blind_by_place(a, photo->id);
    int predicted = hidden ? -1 : item->node;
    const struct filter_facts facts = {.kind = photo->state.kind,
                                       .flagged = photo->state.flagged,
                                       .label = hidden ? -1 : photo->state.node,
                                       .split = photo->split,
                                       .predicted = predicted,
                                       .untaught = predicted,
                                       .claimed = -1,
                                       .expected = hidden ? -1 : item->expected,
                                       .confidence = hidden ? -1 : item->confidence,
                                       .path = photo->path,
                                       .who = "",
                                       .me = a->who};
    if (a->these)
        return bsearch(&photo->id, a->these, a->these_count, sizeof *a->these, compare_photos) !=
               NULL;
    if (item->labelled == REVIEWED || (a->order == QUEUE_SUSPECT && item->labelled == UNLABELLED))
        return 0;
    return filter_holds(&a->filter, store_taxonomy(a->project.store), FILTER_ALL, &facts);
}

int app_queue_join(struct app *a, const struct late_change *changes, size_t count, size_t at,
                   struct status *st)
{
    struct queue_item *items = malloc((count + 1) * sizeof *items);
    size_t n = 0;
    if (!items)
        return status_out_of_memory(st);
    for (size_t i = 0; i < count; i++) {
        struct photo photo;
        if (changes[i].found || store_photo(a->project.store, changes[i].photo, &photo, NULL) != 0)
            continue;
        items[n] = item_of(a, &photo);
        n += belongs(a, &photo, &items[n]) != 0;
        photo_clear(&photo);
    }
    int failed = insert(a, items, n, at < a->count ? at : a->count, st);
    free(items);
    return failed;
}

int app_queue_place(struct app *a, int64_t id, struct status *st)
{
    struct photo photo;
    for (size_t i = 0; i < a->count; i++)
        if (a->items[i].photo == id) {
            a->position = i;
            return 0;
        }
    if (store_photo(a->project.store, id, &photo, st) != 0)
        return -1;
    struct queue_item item = item_of(a, &photo);
    photo_clear(&photo);
    return insert(a, &item, 1, a->position, st);
}

int app_queue_goto(struct app *a, int64_t photo, struct status *st)
{
    return app_queue_place(a, photo, st) == 0 ? app_show(a, st) : -1;
}

void app_queue_by_filter(struct app *a)
{
    free(a->these);
    a->these = NULL;
    a->these_title[0] = '\0';
}

int app_queue_these(struct app *a, const int64_t *photos, size_t count, const char *title,
                    struct status *st)
{
    int64_t *copy = malloc((count + 1) * sizeof *copy);
    if (!copy)
        return status_out_of_memory(st);
    if (count > 0)
        memcpy(copy, photos, count * sizeof *copy);
    qsort(copy, count, sizeof *copy, compare_photos);
    free(a->these);
    a->these = copy;
    a->these_count = count;
    snprintf(a->these_title, sizeof a->these_title, "%s", title);
    if (app_queue_load(a, 0, st) != 0)
        return -1;
    return app_show(a, st);
}

const char *app_queue_title(const struct app *a)
{
    return a->these_title;
}

int app_queue_set(struct app *a, enum queue_order order, const struct filter *filter,
                  struct status *st)
{
    if (filter && filter != &a->filter)
        a->filter = *filter;
    enum queue_order before = a->order;
    if (filter)
        app_queue_by_filter(a);
    a->order = order;
    if (app_learn_look(a, st) != 0) {
        a->order = before;
        return -1;
    }
    if (app_queue_load(a, 0, st) != 0)
        return -1;
    if (!app_lease_pass(a, 0))
        a->position = a->count;
    a->awaited = a->looking ? a->last_event : -1;
    return app_show(a, st);
}

enum queue_order app_queue_order(const struct app *a)
{
    return a->order;
}

const struct filter *app_queue_filter(const struct app *a)
{
    return &a->filter;
}

int app_standing_of(const struct review_state *state)
{
    static const int labelled[] = {
        [REVIEW_NONE] = UNLABELLED,    [REVIEW_IMPORTED] = IMPORTED, [REVIEW_ACCEPTED] = REVIEWED,
        [REVIEW_CORRECTED] = REVIEWED, [REVIEW_REJECTED] = REVIEWED, [REVIEW_SKIPPED] = SKIPPED,
        [REVIEW_GIVEN] = REVIEWED,
    };
    return labelled[state->kind];
}

static int compare_changes(const void *left, const void *right)
{
    const struct late_change *a = left, *b = right;
    return (a->photo > b->photo) - (a->photo < b->photo);
}

void app_note_states(struct app *a, struct late_change *changes, size_t count)
{
    unsigned char may_be[4096] = {
        0}; /* by the last bits of the number: of a million photos few are looked for then */
    qsort(changes, count, sizeof *changes, compare_changes);
    for (size_t i = 0; i < count; i++) {
        changes[i].found = 0;
        may_be[(size_t)changes[i].photo % sizeof may_be] = 1;
        app_queue_follow_row(a, changes[i].photo);
    }
    for (size_t i = 0; i < a->count && count > 0; i++) {
        struct late_change key = {.photo = a->items[i].photo}, *found;
        if (!may_be[(size_t)key.photo % sizeof may_be] ||
            !(found = bsearch(&key, changes, count, sizeof *changes, compare_changes)))
            continue;
        a->items[i].labelled = found->labelled;
        found->found = 1;
    }
    app_arrange_note(a, changes, count);
}

void app_note_flag(struct app *a, int64_t id)
{
    struct photo photo;
    app_queue_follow_row(a, id);
    if (!a->arranging || store_photo(a->project.store, id, &photo, NULL) != 0)
        return;
    app_arrange_note(a, &(struct late_change){id, app_standing_of(&photo.state), 0}, 1);
    photo_clear(&photo);
}
