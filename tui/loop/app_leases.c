/* Photos that are on somebody else's screen (labels/store_leases.h): the queue passes over them and
 * gives them as soon as they are free. They stay in it, right behind the photo that came in their
 * place: decided on by the other, they leave it (app_others.c); given back, they are the next.
 *
 * Without leases (the project's folder cannot be written) everything is as if nobody else were
 * there. */
#include <stdlib.h>
#include <string.h>

#include "data/file.h"
#include "data/status.h"
#include "tui/loop/app_internal.h"

void app_leases_open(struct app *a)
{
    struct status st = {0};
    char *path = file_join(a->project.folder, "leases.db");
    if (path && leases_open(path, a->who, LEASES_TIME, &a->leases, &st) != 0)
        project_log(&a->project, "other reviews are not seen: %s", st.text);
    free(path);
}

void app_leases_close(struct app *a)
{
    leases_close(a->leases);
    a->leases = NULL;
}

/* The page of the grid and the current photo. Where that fails (somebody holds the file for long),
 * it is tried again with the next photo. */
static void hold(struct app *a, int64_t photo)
{
    int64_t photos[APP_GATHERED + 1];
    size_t count = a->page_count;
    if (!a->leases)
        return;
    memcpy(photos, a->page, count * sizeof *photos);
    for (size_t i = 0; i < count && photo; i++)
        if (photos[i] == photo)
            photo = 0;
    if (photo)
        photos[count++] = photo;
    leases_hold(a->leases, photos, count, NULL);
    a->leased_at = app_seconds();
}

void app_lease_current(struct app *a)
{
    hold(a, a->current.photo.id);
}

const char *app_holder(const struct app *a, int64_t photo)
{
    const struct lease *lease = a->leases ? leases_find(a->leases, photo) : NULL;
    return lease ? lease->who : NULL;
}

size_t app_with_others(const struct app *a)
{
    size_t count = 0;
    if (a->leases)
        leases_others(a->leases, &count);
    return count;
}

void app_hold(struct app *a, const int64_t *photos, size_t count)
{
    a->page_count = count < APP_GATHERED ? count : APP_GATHERED;
    if (a->page_count > 0)
        memcpy(a->page, photos, a->page_count * sizeof *photos);
    hold(a, a->current.photo.id);
}

void app_leases_look(struct app *a)
{
    if (a->leases)
        leases_look(a->leases, NULL);
}

/* The item goes to `to`, those between move up. */
static void bring(struct app *a, size_t from, size_t to)
{
    struct queue_item item = a->items[from];
    if (from == to)
        return;
    memmove(&a->items[to + 1], &a->items[to], (from - to) * sizeof item);
    a->items[to] = item;
    app_arrange_moved(a, to, from >= a->arranged_keep);
    a->changed |= APP_QUEUE;
}

/* Has somebody decided on it, and the queue does not know yet? After very many events (an import)
 * it learns that in the background. */
static int is_news(const struct app *a, const struct queue_item *item)
{
    struct photo photo;
    if (item->labelled == REVIEWED || app_takes_decided(a) ||
        store_photo(a->project.store, item->photo, &photo, NULL) != 0)
        return 0;
    int decided = review_is_decided(photo.state.kind);
    photo_clear(&photo);
    return decided;
}

int app_lease_pass(struct app *a, size_t at)
{
    app_leases_look(a);
    for (size_t i = at; i < a->count;) {
        if (app_holder(a, a->items[i].photo) || is_news(a, &a->items[i])) {
            i++;
            continue;
        }
        hold(a, a->items[i].photo);
        if (!app_holder(a, a->items[i].photo)) {
            bring(a, i, at);
            return 1;
        } /* somebody was faster */
    }
    return 0;
}

void app_rest(struct app *a)
{
    enum { SECONDS = 20 };
    app_arrange_retry(a);
    app_copy_rest(a);
    if (app_seconds() - a->leased_at < SECONDS)
        return;
    a->leased_at = app_seconds();
    if (store_last_event(a->project.store, NULL) > a->last_event)
        app_show(a, NULL); /* others have said something, perhaps of this photo */
    else
        hold(a, a->current.photo.id);
}
