/* Marks: a sorted array of photos. */
#include <stdlib.h>
#include <string.h>

#include "data/status.h"
#include "tui/loop/app_internal.h"

/* Where a photo stands, or would. */
static size_t place_of(const struct app *a, int64_t photo)
{
    size_t low = 0, high = a->mark_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (a->marks[middle].photo < photo)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

int app_is_marked(const struct app *a, int64_t photo)
{
    size_t at = place_of(a, photo);
    return at < a->mark_count && a->marks[at].photo == photo;
}

void app_unmark(struct app *a, int64_t photo)
{
    size_t at = place_of(a, photo);
    if (app_is_marked(a, photo))
        memmove(a->marks + at, a->marks + at + 1, (--a->mark_count - at) * sizeof *a->marks);
}

void app_mark_follow(struct app *a, int64_t photo, int64_t event)
{
    if (app_is_marked(a, photo))
        a->marks[place_of(a, photo)].event = event;
}

int app_mark(struct app *a, const struct app_mark *mark, struct status *st)
{
    size_t at = place_of(a, mark->photo);
    if (mark->photo == 0 || app_is_marked(a, mark->photo))
        return 0;
    if (a->mark_count == a->mark_capacity) {
        size_t capacity = a->mark_capacity ? 2 * a->mark_capacity : 64;
        struct app_mark *grown = realloc(a->marks, capacity * sizeof *grown);
        if (!grown)
            return status_out_of_memory(st);
        a->marks = grown;
        a->mark_capacity = capacity;
    }
    memmove(a->marks + at + 1, a->marks + at, (a->mark_count++ - at) * sizeof *a->marks);
    a->marks[at] = *mark;
    return 0;
}

static int compare_items(const void *key, const void *item)
{
    int64_t a = *(const int64_t *)key, b = ((const struct queue_item *)item)->photo;
    return (a > b) - (a < b);
}

int app_mark_those(struct app *a, const struct filter *filter, size_t *count, struct status *st)
{
    struct queue_item *items = NULL;
    size_t found = 0;
    struct queue_request request;
    struct opinion_walk walk = app_opinions_walk(a->opinions, app_blind(a));
    app_queue_request(a, filter, &request);
    request.decided_too = 1;
    request.arg = &walk;
    if (app_queue_is_large(a) && !store_queue_checks(&request))
        request.rows = a->rows;
    *count = 0;
    if (store_queue(a->project.store, &request, &items, &found, st) != 0)
        return -1;
    int failed = 0;
    for (size_t i = 0; i < a->count && !failed; i++) {
        const struct queue_item *item =
            found > 0 ? bsearch(&a->items[i].photo, items, found, sizeof *items, compare_items)
                      : NULL;
        if (!item)
            continue;
        failed = app_mark(a, &(struct app_mark){item->photo, -1, 0, item->event}, st);
        *count += !failed;
    }
    free(items);
    return failed;
}

const struct app_mark *app_marks(const struct app *a, size_t *count)
{
    *count = a->mark_count;
    return a->marks;
}

void app_unmark_all(struct app *a)
{
    a->mark_count = 0;
}
