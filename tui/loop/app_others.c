/* What others say meanwhile.
 *
 * Another process may review the same project: its answers are learned as one's own are, and its
 * photos count as decided. After very many at once (an import) all is read anew. */
#include <stdlib.h>
#include <string.h>

#include "data/status.h"
#include "tui/loop/app_internal.h"

enum { OTHERS_MOST = 64 };

int app_note_event(void *arg, const struct event *e)
{
    struct noted *n = arg;
    struct photo photo;
    for (size_t i = 0; i < n->count; i++)
        if (n->photos[i] == e->photo)
            return 0; /* the store says how it is after all of them */
    if (n->count == APP_NOTED || store_photo(n->app->project.store, e->photo, &photo, NULL) != 0)
        return 0;
    n->changes[n->count] =
        (struct late_change){.photo = photo.id, .labelled = app_standing_of(&photo.state)};
    n->photos[n->count] = photo.id;
    n->nodes[n->count++] = photo.state.kind == REVIEW_REJECTED ? -1 : photo.state.node;
    photo_clear(&photo);
    return 0;
}

static int is_among(const struct late_change *changes, size_t count, int64_t photo)
{
    for (size_t i = 0; i < count; i++)
        if (changes[i].photo == photo)
            return 1;
    return 0;
}

/* Those that others have decided on leave the queue, where only open ones are in it. */
static void leave_to_others(struct app *a, const struct late_change *changes, size_t count)
{
    size_t kept = a->position + 1;
    if (app_takes_decided(a) || kept >= a->count)
        return;
    for (size_t i = kept; i < a->count; i++) {
        if (a->items[i].labelled == REVIEWED && is_among(changes, count, a->items[i].photo)) {
            a->gathered -= kept < a->gathered;
            app_arrange_removed(a, kept);
            a->changed |= APP_QUEUE;
        } else {
            a->items[kept++] = a->items[i];
        }
    }
    a->count = kept;
}

void app_follow_others(struct app *a)
{
    store_refresh_taxonomy(a->project.store,
                           NULL); /* they may speak of labels that they have added */
    int64_t last = store_last_event(a->project.store, NULL), since = last - a->last_event;
    if (last < 0 || since <= 0)
        return;
    a->standing_stale = 1;
    if (since > OTHERS_MOST) {
        a->last_event = last;
        app_learn_open(a, NULL);
        app_queue_load(a, 1, NULL);
        return;
    }
    struct noted noted = {.app = a};
    int64_t read =
        store_each_event_since(a->project.store, a->last_event, app_note_event, &noted, NULL);
    if (read < 0)
        return; /* with the next ones */
    a->last_event = read;
    app_note_states(a, noted.changes, noted.count);
    leave_to_others(a, noted.changes, noted.count);
    app_learn_labels(a, noted.photos, noted.nodes, noted.count);
}

void app_note_own(struct app *a, int64_t events)
{
    if (store_last_event(a->project.store, NULL) == a->last_event + events)
        a->last_event += events; /* else others said something in between: all are read */
}
