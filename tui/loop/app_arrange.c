/* The queue read and sorted anew in the background, and photos counted. With a million photos
 * either takes a second, which nobody shall wait for who has only answered a question.
 *
 * Of the queue, what comes after the fixed items is replaced when the job comes home. Photos that
 * were passed, decided on or inserted since it began are few: they are put right then. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/status.h"
#include "tui/loop/answers.h"
#include "tui/loop/app_internal.h"

enum {
    ROOM = 4096, /* photos that may be passed, or become open again, while the job runs */
    RETRY = 5    /* seconds after it began, where it failed */
};

struct arranging {
    struct app *app;
    char *folder, *me;
    struct filter filter;
    struct queue_request request;
    struct opinions *opinions, *interests;
    struct blind blind;
    int64_t *these; /* NULL: the filter says which */
    size_t these_count;
    enum queue_order order;
    uint64_t seed;
    int counts;     /* only counts */
    int64_t *fixed; /* photos that are left out, ascending */
    size_t fixed_count;
    struct queue_rows *rows;
    struct queue_item *items; /* `first` places, then `count` items */
    size_t first, count;
    struct status status;
    int failed;
};

static void arranging_free(struct arranging *w)
{
    app_opinions_leave(w->opinions);
    app_opinions_leave(w->interests);
    queue_rows_free(w->rows);
    free(w->items);
    free(w->these);
    free(w->fixed);
    free(w->folder);
    free(w->me);
    free(w);
}

static int compare_photos(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

/* ---- in the background ----------------------------------------------------------------------- */

/* Leaves out what is fixed and what is not meant; there is room before the rest for what is fixed,
 * and after it. */
static int leave_room(struct arranging *w)
{
    struct queue_item *all = realloc(w->items, (w->first + w->count + ROOM) * sizeof *all);
    if (!all)
        return status_out_of_memory(&w->status);
    w->items = all;
    struct queue_item *items = all + w->first;
    if (w->these)
        w->count = app_queue_keep_these(w->these, w->these_count, items, w->count);
    w->count = app_interests_fill(w->order, w->interests, items, w->count);
    qsort(w->fixed, w->fixed_count, sizeof *w->fixed, compare_photos);
    size_t kept = 0, f = 0;
    for (size_t i = 0; i < w->count; i++) { /* both rise */
        while (f < w->fixed_count && w->fixed[f] < items[i].photo)
            f++;
        if (f == w->fixed_count || w->fixed[f] != items[i].photo)
            items[kept++] = items[i];
    }
    w->count = kept;
    return 0;
}

static int arrange_in(struct arranging *w, struct project *project, atomic_int *cancel)
{
    struct opinion_walk walk = app_opinions_walk(w->opinions, w->blind);
    w->request.filter = w->these ? NULL : &w->filter;
    w->request.decided_too |= w->these != NULL;
    w->request.me = w->me;
    w->request.arg = &walk;
    w->request.cancel = cancel;
    w->request.keep = w->counts ? NULL : &w->rows;
    w->request.room = w->first = w->fixed_count + ROOM;
    int failed = store_queue(project->store, &w->request, w->counts ? NULL : &w->items, &w->count,
                             &w->status);
    if (failed || w->counts)
        return failed;
    failed = leave_room(w);
    if (!failed)
        queue_sort(w->items + w->first, w->count, w->order, w->seed);
    return failed;
}

static void work(void *arg, atomic_int *cancel)
{
    struct arranging *w = arg;
    struct project project;
    w->failed = -1;
    if (project_open(w->folder, &project, &w->status) != 0)
        return;
    w->failed = arrange_in(w, &project, cancel);
    project_close(&project);
}

/* ---- coming home ----------------------------------------------------------------------------- */

static int compare_late(const void *left, const void *right)
{
    const struct late_change *a = left, *b = right;
    return a->photo != b->photo ? (a->photo > b->photo) - (a->photo < b->photo)
                                : (a->labelled > b->labelled) - (a->labelled < b->labelled);
}

static int compare_noted(const void *left, const void *right)
{
    const struct late_change *a = left, *b = right;
    return (a->photo > b->photo) - (a->photo < b->photo);
}

/* What has become fixed or was decided on since, by rising photo; labelled -1: it is not in the
 * rest. */
static struct late_change *put_right(struct app *a, size_t keep, size_t *count)
{
    size_t since = keep - a->arranged_since, n = 0;
    int decided_stay = app_takes_decided(a);
    struct late_change *all = malloc((since + a->noted_count + 1) * sizeof *all);
    for (size_t i = a->arranged_since; all && i < keep; i++)
        all[n++] = (struct late_change){.photo = a->items[i].photo, .labelled = -1};
    for (size_t i = 0; all && i < a->noted_count; i++) {
        all[n] = a->noted[i];
        if (all[n].labelled == 2 && !decided_stay)
            all[n].labelled = -1;
        n++;
    }
    if (all)
        qsort(all, n, sizeof *all, compare_late);
    size_t kept = 0;
    for (size_t i = 0; all && i < n;
         i++) /* of two about one photo, the first: what is fixed is not in the rest */
        if (i == 0 || all[i].photo != all[i - 1].photo)
            all[kept++] = all[i];
    *count = kept;
    return all;
}

/* Photos that have become open again since the job read them: they stand in the queue as it is,
 * after `keep`. n: items so far; returns how many with them. */
static size_t add_reopened(const struct app *a, struct arranging *w, const struct late_change *late,
                           size_t count, size_t keep, size_t n)
{
    size_t most = n + ROOM, missing = 0;
    for (size_t i = 0; i < count; i++)
        missing += late[i].labelled >= 0 && !late[i].found;
    for (size_t k = keep; missing > 0 && k < a->count && n < most; k++) {
        struct late_change key = {.photo = a->items[k].photo};
        const struct late_change *found = bsearch(&key, late, count, sizeof *late, compare_noted);
        if (found && found->labelled >= 0 && !found->found) {
            w->items[n++] = a->items[k];
            missing--;
        }
    }
    return n;
}

/* 1: the queue is the new one; 0: it could not be put together. */
static int take(struct app *a, struct arranging *w)
{
    size_t fixed = app_queue_fixed(a), keep = fixed > a->arranged_keep ? fixed : a->arranged_keep,
           noted, n = keep;
    if (keep > w->first || keep > a->count)
        return 0;
    struct late_change *all = put_right(a, keep, &noted);
    if (!all)
        return 0;
    for (size_t i = w->first; i < w->first + w->count; i++) {
        struct late_change key = {.photo = w->items[i].photo};
        struct late_change *found =
            noted ? bsearch(&key, all, noted, sizeof *all, compare_noted) : NULL;
        if (found && found->labelled < 0)
            continue;
        w->items[n] = w->items[i];
        if (found) {
            w->items[n].labelled = found->labelled;
            found->found = 1;
        }
        n++;
    }
    n = add_reopened(a, w, all, noted, keep, n);
    free(all);
    if (keep > 0)
        memcpy(w->items, a->items, keep * sizeof *w->items);
    int empty_handed = a->position >= a->count;
    free(a->items);
    a->items = w->items;
    a->count = a->capacity = n;
    a->part = 0;
    w->items = NULL;
    a->changed |= APP_QUEUE;
    if (empty_handed && a->position < n) {
        if (!app_lease_pass(a, a->position))
            a->position = n;
        app_show(a, NULL);
    }
    return 1;
}

/* What has been noted since they were read is read again. */
static void take_rows(struct app *a, struct arranging *w)
{
    app_queue_forget_rows(a);
    a->rows = w->rows;
    w->rows = NULL;
    for (size_t i = 0; i < a->noted_count; i++)
        app_queue_follow_row(a, a->noted[i].photo);
}

static void done(void *arg, int ran)
{
    struct arranging *w = arg;
    struct app *a = w->app;
    int good = ran && !w->failed;
    int failed = ran && w->failed && w->status.code != STATUS_CANCELLED;
    if (failed)
        project_log(&a->project, "reading the queue failed: %s", w->status.text);
    if (w == a->counting) {
        a->counting = NULL;
        a->filter_count = good ? (int64_t)w->count : -1;
        a->changed |= APP_COUNT;
    } else if (w == a->arranging) {
        a->arranging = NULL;
        if (good)
            take_rows(a, w);
        int taken = good && take(a, w), again = a->arrange_again;
        a->arrange_all = a->arrange_all && (again || failed || (good && !taken));
        snprintf(a->arrange_problem, sizeof a->arrange_problem, "%s", failed ? w->status.text : "");
        a->changed |= failed ? APP_QUEUE : 0;
        if ((good && !taken) || again)
            app_arrange(a);
    }
    arranging_free(w);
}

static struct arranging *arranging_new(struct app *a, const struct filter *filter, int counts)
{
    struct arranging *w = calloc(1, sizeof *w);
    if (!w)
        return NULL;
    *w = (struct arranging){.app = a,
                            .folder = strdup(a->project.root),
                            .me = strdup(a->who),
                            .filter = *filter,
                            .order = a->order,
                            .seed = a->project.id,
                            .counts = counts,
                            .opinions = a->opinions,
                            .blind = app_blind(a)};
    app_queue_request(a, NULL, &w->request);
    if (a->opinions)
        a->opinions->users++;
    if (a->interests && !counts) {
        w->interests = a->interests;
        w->interests->users++;
    }
    w->fixed_count = counts ? 0 : app_queue_fixed(a);
    w->fixed = malloc((w->fixed_count + 1) * sizeof *w->fixed);
    if (a->these && !counts && (w->these = malloc((a->these_count + 1) * sizeof *w->these))) {
        memcpy(w->these, a->these, a->these_count * sizeof *w->these);
        w->these_count = a->these_count;
    }
    if (w->folder && w->me && w->fixed && (counts || !a->these || w->these)) {
        for (size_t i = 0; i < w->fixed_count; i++)
            w->fixed[i] = a->items[i].photo;
        return w;
    }
    arranging_free(w);
    return NULL;
}

static void submit(struct app *a, struct arranging *w, const void **place, long *handle)
{
    static const struct job job = {work, done, NULL};
    if ((*handle = jobs_submit(a->jobs, JOBS_QUEUE, &job, w, w->counts, NULL)) > 0)
        *place = w;
    else
        arranging_free(w);
}

/* ---- what the rest of the app asks for ------------------------------------------------------- */

/* Do opinions change anything in this queue? */
static int depends(const struct app *a)
{
    return !a->these &&
           (a->order == QUEUE_DOUBT || a->order == QUEUE_SURE || a->order == QUEUE_PATH ||
            filter_asks_predictions(&a->filter)) &&
           a->order != QUEUE_SUSPECT && a->order != QUEUE_SIMILAR;
}

void app_arrange(struct app *a)
{
    a->arrange_again = a->arranging != NULL;
    if (a->arranging || !a->background || !(a->arrange_all || depends(a)))
        return;
    struct arranging *w = arranging_new(a, &a->filter, 0);
    a->noted_count = 0;
    a->arranged_at = app_seconds();
    if (!w)
        return;
    a->arranged_keep = a->arranged_since = w->fixed_count;
    submit(a, w, &a->arranging, &a->arranging_handle);
}

void app_arrange_all(struct app *a)
{
    a->arrange_all = 1;
    app_arrange(a);
}

void app_arrange_retry(struct app *a)
{
    if (!a->arranging && a->arrange_all && app_seconds() - a->arranged_at > RETRY)
        app_arrange(a);
}

const char *app_queue_problem(const struct app *a)
{
    return a->arrange_problem;
}

void app_arrange_end(struct app *a)
{
    if (a->arranging)
        jobs_cancel(a->jobs, a->arranging_handle);
    a->arranging = NULL;
    a->arrange_again = a->arrange_all = 0;
    a->noted_count = 0;
}

void app_arrange_inserted(struct app *a, size_t at, size_t count)
{
    a->arranged_keep += a->arranged_keep > at ? count : 0;
    if (a->arranged_since > at)
        a->arranged_since = at;
}

void app_arrange_removed(struct app *a, size_t at)
{
    a->arranged_keep -= at < a->arranged_keep;
    a->arranged_since -= at < a->arranged_since;
}

void app_arrange_moved(struct app *a, size_t from, size_t from_behind)
{
    if (from >= a->arranged_keep)
        return;
    a->arranged_keep += from_behind;
    if (a->arranged_since > from)
        a->arranged_since = from;
}

void app_arrange_note(struct app *a, const struct late_change *changes, size_t count)
{
    size_t known = a->noted_count;
    if (!a->arranging)
        return;
    if (a->noted_count + count > a->noted_capacity) {
        size_t capacity = 2 * (a->noted_count + count) + 64;
        struct late_change *grown = realloc(a->noted, capacity * sizeof *grown);
        if (!grown)
            return;
        a->noted = grown;
        a->noted_capacity = capacity;
    }
    for (size_t i = 0; i < count; i++) {
        struct late_change *found =
            known ? bsearch(&changes[i], a->noted, known, sizeof *a->noted, compare_noted) : NULL;
        if (found)
            found->labelled = changes[i].labelled;
        else
            a->noted[a->noted_count++] =
                (struct late_change){changes[i].photo, changes[i].labelled, 0};
    }
    if (a->noted_count > known)
        qsort(a->noted, a->noted_count, sizeof *a->noted, compare_noted);
}

void app_arrange_close(struct app *a)
{
    a->arranging = a->counting = NULL;
    free(a->noted);
    a->noted = NULL;
}

void app_count_filter(struct app *a, const struct filter *filter)
{
    if (a->counting)
        jobs_cancel(a->jobs, a->counting_handle);
    a->counting = NULL;
    a->filter_count = -1;
    a->changed |= APP_COUNT;
    struct arranging *w = arranging_new(a, filter, 1);
    if (w)
        submit(a, w, &a->counting, &a->counting_handle);
}

int64_t app_filter_count(const struct app *a)
{
    return a->filter_count;
}
