/* The open project: opening and closing, the photo that is looked at, where the work stands. What
 * is known of a photo is in app_photo.c, the queue in app_queue.c, decisions in app_review.c,
 * background work in app_work.c. */
#include "tui/loop/app.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "data/clock.h"
#include "data/status.h"
#include "labels/search.h"
#include "tui/loop/app_internal.h"

double app_seconds(void)
{
    return clock_seconds();
}

/* Replays what was given before: with a model nobody asks for it, and without one there are few
 * events. */
static int note_usual(void *arg, const struct event *e)
{
    struct app *a = arg;
    if (e->kind == EVENT_GIVE && e->after.node >= 0)
        usual_note(&a->usual, e->after.node);
    return 0;
}

int app_open(const struct app_options *options, struct app **out, struct status *st)
{
    struct app *a = calloc(1, sizeof *a);
    *out = NULL;
    if (!a)
        return status_out_of_memory(st);
    a->threads = options->threads;
    a->background = options->background;
    a->order =
        options->order == QUEUE_SIMILAR ? QUEUE_DOUBT : options->order; /* similar to what? */
    a->standing_stale = 1;
    a->large = APP_LARGE;
    a->train.seconds_left = -1;
    a->train.score_before = a->train.score_after = -1;
    a->who = project_user(options->who);
    if (!a->who) {
        status_out_of_memory(st);
        goto fail;
    }
    if (project_open(options->folder, &a->project, st) != 0 || !(a->jobs = jobs_new(st)))
        goto fail;
    a->model = a->shown_model = store_current_model(a->project.store);
    app_read_notice(a);
    if (app_recall(a, options, st) != 0)
        goto fail;
    if ((a->last_event = store_last_event(a->project.store, st)) < 0)
        goto fail;
    a->opened_at = a->last_event;
    app_leases_open(a);
    if (app_queue_load(a, 0, st) != 0)
        goto fail;
    if (!app_lease_pass(a, 0))
        a->position = a->count;
    if (app_show(a, st) != 0)
        goto fail;
    if (a->model == 0 && store_each_event(a->project.store, 0, note_usual, a, st) != 0)
        goto fail;
    if (a->background && (app_start_predicting(a, st) != 0 || app_learn_open(a, st) != 0 ||
                          (a->order == QUEUE_SUSPECT && app_learn_look(a, st) != 0)))
        goto fail;
    a->awaited = a->looking ? a->last_event : -1;
    if (a->background)
        app_copy_start(a);
    *out = a;
    return 0;
fail:
    app_close(a);
    return -1;
}

void app_close(struct app *a)
{
    if (!a)
        return;
    int copies = a->background;
    a->background = 0; /* what ends now starts nothing new */
    struct train_progress broken = a->train;
    int training = a->train_handle > 0;
    jobs_free(a->jobs);
    app_learn_close(a);
    app_leases_close(a);
    if (training && a->train.model == 0)
        app_note_broken_off(a, &broken);
    if (copies && a->project.root)
        app_copy_end(a);
    report_clear(&a->report);
    app_photo_clear(&a->current);
    terminals_clear(&a->terminals);
    app_labels_close(a);
    search_free(a->search);
    if (a->project.root)
        project_close(&a->project);
    free(a->items);
    queue_rows_free(a->rows);
    app_arrange_close(a);
    free(a->these);
    free(a->marks);
    free(a->p_other);
    free(a->by_node);
    free(a->p);
    free(a->who);
    free(a);
}

struct store *app_store(struct app *a)
{
    return a->project.store;
}

const struct taxonomy *app_taxonomy(struct app *a)
{
    return store_taxonomy(a->project.store);
}

struct jobs *app_jobs(struct app *a)
{
    return a->jobs;
}

const char *app_root(const struct app *a)
{
    return a->project.root;
}

char *app_photo_file(const struct app *a, const char *photo_path)
{
    return project_photo_file(&a->project, photo_path);
}

/* ---- the current photo ---------------------------------------------------------------------- */

/* Labels are those of other nodes now. */
static void follow_edition(struct app *a, const struct taxonomy *t)
{
    struct usual *u = &a->usual;
    int kept = 0;
    for (int i = 0; i < u->count; i++) {
        int now = taxonomy_now(t, u->node[i]), known = now < 0;
        for (int k = 0; k < kept; k++)
            known |= u->node[k] == now;
        if (known)
            continue;
        u->used[kept] = u->used[i];
        u->node[kept++] = now;
    }
    u->count = kept;
    app_learn_forget(a);
    app_learn_open(a, NULL);
    if (a->order == QUEUE_SUSPECT)
        app_learn_look(a, NULL);
}

/* Arrays that depend on the tree, made again when it has grown. */
static int follow_taxonomy(struct app *a, struct status *st)
{
    const struct taxonomy *t = store_taxonomy(a->project.store);
    if (t == a->terminals_of && terminals_are_of(&a->terminals, t))
        return 0;
    if (a->terminals_of && a->terminals.edition != taxonomy_edition(t))
        follow_edition(a, t);
    struct terminals terminals;
    if (terminals_make(t, &terminals, st) != 0)
        return -1;
    size_t nodes = (size_t)terminals.nodes + 1, count = (size_t)terminals.count + 1;
    float *by_node = malloc(nodes * sizeof *by_node), *p = malloc(count * sizeof *p);
    float *other = malloc(count * sizeof *other);
    if (!by_node || !p || !other) {
        free(by_node);
        free(p);
        free(other);
        terminals_clear(&terminals);
        return status_out_of_memory(st);
    }
    terminals_clear(&a->terminals);
    free(a->by_node);
    free(a->p);
    free(a->p_other);
    a->terminals = terminals;
    a->terminals_of = t;
    a->by_node = by_node;
    a->p = p;
    a->p_other = other;
    return 0;
}

int app_show(struct app *a, struct status *st)
{
    struct app_photo *c = &a->current;
    app_photo_clear(c);
    app_blind_read(a); /* another process may set it, too */
    a->changed |= APP_PHOTO;
    /* Another program may have added labels or changed them: the network's job sees them, so must
     * we. */
    app_follow_others(a);
    if (follow_taxonomy(a, st) != 0)
        return -1;
    if (a->position < a->count && app_photo_load(a, a->items[a->position].photo, a->p, c, st) != 0)
        return -1;
    if (a->seen_photo != c->photo.id) {
        a->seen_photo = c->photo.id;
        a->seen = c->photo.event;
    }
    app_lease_current(a);
    return 0;
}

int app_model(const struct app *a)
{
    return a->model;
}

/* ---- standing ------------------------------------------------------------------------------- */

static int64_t midnight(void)
{
    time_t now = time(NULL);
    struct tm local;
    localtime_r(&now, &local);
    local.tm_hour = local.tm_min = local.tm_sec = 0;
    local.tm_isdst = -1;
    return (int64_t)mktime(&local) * 1000;
}

const struct app_standing *app_standing(struct app *a)
{
    struct app_standing *s = &a->standing;
    int n = a->recent_count < APP_RECENT ? a->recent_count : APP_RECENT;
    s->per_minute = 0;
    if (n >= 3) {
        double newest = a->recent[(a->recent_count - 1) % APP_RECENT];
        double oldest = a->recent[(a->recent_count - n) % APP_RECENT];
        if (newest > oldest)
            s->per_minute = 60.0 * (n - 1) / (newest - oldest);
    }
    if (!a->standing_stale)
        return s;
    int64_t milliseconds;
    if (store_count(a->project.store, &s->counts, NULL) == 0 &&
        store_work_since(a->project.store, a->who, midnight(), &s->today, &milliseconds, NULL) == 0)
        a->standing_stale = 0;
    return s;
}

/* ---- the loop ------------------------------------------------------------------------------- */

int app_fd(const struct app *a)
{
    return jobs_fd(a->jobs);
}

unsigned app_collect(struct app *a)
{
    jobs_collect(a->jobs);
    unsigned changed = a->changed;
    a->changed = 0;
    if (changed & (APP_MODEL | APP_PREDICTING | APP_QUEUE))
        a->standing_stale = 1;
    return changed;
}
