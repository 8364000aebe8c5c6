/* Learning at once. The learner (learner.h) lives on the UI thread: a label is learned in
 * milliseconds, before the next photo is shown, and the photos next in the queue are judged anew
 * with it. All others are judged by a snapshot in the background; the queue is sorted again when
 * that comes home. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "data/memory.h"
#include "data/status.h"
#include "tui/loop/answers.h"
#include "tui/loop/app_internal.h"
#include "tui/loop/learner.h"

enum {
    PART = 2048,          /* photos judged between two looks at `cancel` */
    FIRST_LEAST = 32,     /* photos looked at that are worth a first learner, */
    GROWS_LEAST = 200,    /* and so many more, and half as many again, a new one */
    SUSPECTS_MOST = 20000 /* labels looked at: each costs a product with a matrix */
};

enum task { OPEN, JUDGE, SUSPECTS, SIMILAR };

struct learning {
    struct app *app;
    enum task task;
    char *folder;
    int model, untaught;     /* untaught: SUSPECTS: whose features did not learn from labels */
    struct learner *learner; /* OPEN: the new one; else a snapshot */
    struct taxonomy *taxonomy;
    int64_t like; /* SIMILAR: to this photo */
    struct opinion *opinions;
    size_t count;
    struct status status;
    int failed;
};

static void learning_free(struct learning *w)
{
    learner_free(w->learner);
    taxonomy_free(w->taxonomy);
    free(w->opinions);
    free(w->folder);
    free(w);
}

static struct learning *learning_new(struct app *a, enum task task, struct status *st)
{
    struct learning *w = calloc(1, sizeof *w);
    if (w) {
        *w = (struct learning){.app = a,
                               .task = task,
                               .model = a->model,
                               .untaught = project_untaught_model(&a->project, a->model)};
        w->folder = strdup(a->project.root);
        w->taxonomy = taxonomy_copy(store_taxonomy(a->project.store));
        if (w->folder && w->taxonomy)
            return w;
        learning_free(w);
    }
    status_out_of_memory(st);
    return NULL;
}

/* ---- in the background ----------------------------------------------------------------------- */

static int open_learner(struct learning *w, enum learner_labels labels, atomic_int *cancel)
{
    struct project project;
    if (project_open(w->folder, &project, &w->status) != 0)
        return -1;
    int failed = learner_open(&project, labels == LEARNER_ALONE ? w->untaught : w->model, labels,
                              &w->learner, cancel, &w->status);
    taxonomy_free(w->taxonomy);
    w->taxonomy = failed ? NULL : taxonomy_copy(store_taxonomy(project.store));
    project_close(&project);
    return failed ? -1 : w->taxonomy ? 0 : status_out_of_memory(&w->status);
}

static int judge_all(struct learning *w, atomic_int *cancel)
{
    size_t count = learner_features(w->learner)->count, rows[PART];
    w->opinions = memory_large((count + 1) * sizeof *w->opinions);
    int result = w->opinions ? 0 : status_out_of_memory(&w->status);
    for (size_t first = 0; first < count && result == 0; first += PART) {
        size_t n = count - first < PART ? count - first : PART;
        for (size_t i = 0; i < n; i++)
            rows[i] = first + i;
        if (atomic_load(cancel))
            result = -1;
        else
            result =
                answers_judge(w->taxonomy, w->learner, rows, n, w->opinions + first, &w->status);
    }
    w->count = count;
    return result;
}

/* How alike each photo is to one: the cosine of their features, moved to [0, 2]. */
static int find_similar(struct learning *w, atomic_int *cancel)
{
    const struct features *f = learner_features(w->learner);
    size_t width = (size_t)f->width;
    long row = features_find(f, w->like);
    float *x = malloc(2 * width * sizeof *x), *like = x + width;
    w->opinions = calloc(f->count + 1, sizeof *w->opinions);
    if (!x || !w->opinions || row < 0) {
        free(x);
        return row < 0 ? 0 : status_out_of_memory(&w->status);
    }
    features_get(f, (size_t)row, like);
    double own = 0;
    for (size_t i = 0; i < width; i++)
        own += (double)like[i] * (double)like[i];
    for (; w->count < f->count && !atomic_load(cancel); w->count++) {
        double dot = 0, square = 0;
        features_get(f, w->count, x);
        if (w->count % 16384 == 16383)
            features_give_back(f);
        for (size_t i = 0; i < width; i++) {
            dot += (double)x[i] * (double)like[i];
            square += (double)x[i] * (double)x[i];
        }
        w->opinions[w->count] = (struct opinion){.photo = f->rows[w->count].photo, .node = -1};
        if (own > 0 && square > 0)
            w->opinions[w->count].doubt = (float)(1 + dot / sqrt(own * square));
    }
    free(x);
    return 0;
}

static void work(void *arg, atomic_int *cancel)
{
    struct learning *w = arg;
    switch (w->task) {
    case OPEN: w->failed = open_learner(w, LEARNER_SINCE, cancel); break;
    case JUDGE:
        w->failed = learner_ready(w->learner, &w->status) != 0 || judge_all(w, cancel) != 0;
        break;
    case SUSPECTS:
        w->failed = open_learner(w, LEARNER_ALONE, cancel);
        if (!w->failed && learner_features(w->learner)->count == 0 && w->untaught != w->model) {
            learner_free(w->learner); /* nobody has looked at photos with that model */
            w->learner = NULL;
            w->untaught = w->model;
            w->failed = open_learner(w, LEARNER_ALONE, cancel);
        }
        if (!w->failed)
            w->failed = answers_suspects(w->taxonomy, w->learner, SUSPECTS_MOST, &w->opinions,
                                         &w->count, cancel, &w->status);
        break;
    case SIMILAR:
        w->failed = learner_ready(w->learner, &w->status) != 0 || find_similar(w, cancel) != 0;
        break;
    }
}

/* ---- coming home ----------------------------------------------------------------------------- */

static int judge(struct app *a, struct status *st);

/* What the job has found, for the app and for jobs that read it; -1: no memory. */
static int share(struct learning *w, struct opinions **place)
{
    struct opinions *new = malloc(sizeof *new);
    if (!new)
        return -1;
    *new = (struct opinions){.users = 1, .count = w->count, .of = w->opinions};
    w->opinions = NULL;
    app_opinions_leave(*place);
    *place = new;
    return 0;
}

static void take_opinions(struct app *a, struct learning *w)
{
    if (share(w, &a->opinions) == 0)
        app_arrange(a);
}

static void take_interests(struct app *a, struct learning *w)
{
    if (share(w, &a->interests) != 0)
        return;
    a->interests_from = w->task == SUSPECTS ? learner_features(w->learner)->count : 0;
    if (a->order != QUEUE_SUSPECT && a->order != QUEUE_SIMILAR)
        return;
    /* Nobody has done anything with a queue that was sorted by nothing: it begins with what it is
     * for. Else the photo that is shown stays. */
    int untouched = w->count > 0 && a->position == 0 && a->awaited == a->last_event;
    if (w->count > 0)
        a->awaited = -1;
    if (app_queue_load(a, !untouched, NULL) == 0)
        app_show(a, NULL);
}

static int look(struct app *a, struct status *st);

static void take_learner(struct app *a, struct learning *w)
{
    learner_free(a->learner);
    a->learner = w->learner;
    w->learner = NULL;
    for (size_t i = 0; i < a->said_count; i++)
        learner_label(a->learner, store_taxonomy(a->project.store), a->said[i].photo,
                      a->said[i].node, NULL);
    a->said_count = 0;
    learner_follow(a->learner, store_taxonomy(a->project.store), NULL);
    app_opinions_judge_next(a);
    app_show(a, NULL);
    judge(a, NULL);
    /* Photos have been looked at since the suspects were found, all of them perhaps. */
    if (a->order == QUEUE_SUSPECT && !a->looking &&
        learner_features(a->learner)->count > a->interests_from)
        look(a, NULL);
    app_seek_features(a, learner_features(a->learner)->count);
}

static void done(void *arg, int ran)
{
    struct learning *w = arg;
    struct app *a = w->app;
    int good = ran && !w->failed && w->model == a->model;
    if (ran && w->failed && w->status.code != STATUS_OK && w->status.code != STATUS_CANCELLED)
        project_log(&a->project, "learning at once failed: %s", w->status.text);
    if (w == a->opening) {
        a->opening = NULL;
        if (good)
            take_learner(a, w);
        if (a->open_again)
            app_learn_open(a, NULL);
    } else if (w == a->judging) {
        a->judging = NULL;
        if (good)
            take_opinions(a, w);
        if (a->judge_again && a->background)
            judge(a, NULL);
    } else if (w == a->looking) {
        a->looking = NULL;
        if (good)
            take_interests(a, w);
    }
    learning_free(w);
}

static int submit(struct app *a, struct learning *w, const void **place, long *handle,
                  struct status *st)
{
    static const struct job job = {work, done, NULL};
    if ((*handle = jobs_submit(a->jobs, JOBS_LEARNING, &job, w, 0, st)) > 0) {
        *place = w;
        return 0;
    }
    learning_free(w);
    return -1;
}

static int judge(struct app *a, struct status *st)
{
    if (!a->background || !a->learner || !learner_can_predict(a->learner))
        return 0;
    a->judge_again = a->judging != NULL;
    if (a->judging || learner_follow(a->learner, store_taxonomy(a->project.store), st) != 0)
        return 0;
    struct learning *w = learning_new(a, JUDGE, st);
    if (!w)
        return -1;
    w->learner = learner_snapshot(a->learner, st);
    if (w->learner)
        return submit(a, w, &a->judging, &a->judging_handle, st);
    learning_free(w);
    return -1;
}

/* ---- what the rest of the app asks for ------------------------------------------------------- */

int app_learn_open(struct app *a, struct status *st)
{
    if (!a->background || a->model == 0)
        return 0;
    a->open_again = a->opening != NULL;
    if (a->opening)
        return 0;
    struct learning *w = learning_new(a, OPEN, st);
    return w ? submit(a, w, &a->opening, &a->opening_handle, st) : -1;
}

void app_learn_forget(struct app *a)
{
    if (a->opening)
        jobs_cancel(a->jobs, a->opening_handle);
    if (a->judging)
        jobs_cancel(a->jobs, a->judging_handle);
    a->followed = 0;
    a->features_sought = 0;
    learner_free(a->learner);
    app_opinions_leave(a->opinions);
    a->learner = NULL;
    a->opinions = NULL;
    a->opening = a->judging = NULL; /* what comes home of them is dropped */
    a->judge_again = a->open_again = 0;
    a->said_count = 0;
}

void app_learn_close(struct app *a)
{
    a->opening = a->judging = NULL; /* the jobs have ended */
    app_learn_forget(a);
    app_opinions_leave(a->interests);
    free(a->said);
    a->interests = NULL;
    a->said = NULL;
}

/* What was said while a learner is being made may or may not be in it: it is told again. */
static void remember(struct app *a, int64_t photo, int node)
{
    if (a->said_count == a->said_capacity) {
        size_t capacity = 2 * a->said_capacity + 64;
        struct said *grown = realloc(a->said, capacity * sizeof *grown);
        if (!grown)
            return; /* learned when the review is opened again */
        a->said = grown;
        a->said_capacity = capacity;
    }
    a->said[a->said_count++] = (struct said){photo, node};
}

static void learn(struct app *a, const int64_t *photos, const int *nodes, size_t count, int back)
{
    int learned = 0;
    for (size_t i = 0; i < count; i++) {
        if (a->opening)
            remember(a, photos[i], nodes[i]);
        if (a->learner &&
            (back ? learner_take_back : learner_label)(a->learner, store_taxonomy(a->project.store),
                                                       photos[i], nodes[i], NULL) == 0)
            learned = 1;
    }
    if (!learned)
        return;
    app_opinions_judge_next(a);
    judge(a, NULL);
}

void app_learn_labels(struct app *a, const int64_t *photos, const int *nodes, size_t count)
{
    learn(a, photos, nodes, count, 0);
}

void app_learn_back(struct app *a, const int64_t *photos, const int *nodes, size_t count)
{
    learn(a, photos, nodes, count, 1);
}

void app_learn_label(struct app *a, int64_t photo, int node)
{
    app_learn_labels(a, &photo, &node, 1);
}

int app_learn_predict(struct app *a, int64_t photo, float *out)
{
    long row = a->learner ? features_find(learner_features(a->learner), photo) : -1;
    if (row < 0 || !learner_can_predict(a->learner))
        return 0;
    const struct terminals *terminals = learner_terminals(a->learner);
    size_t at = (size_t)row;
    float *p = malloc(((size_t)terminals->count + 1) * sizeof *p);
    if (!p)
        return 0;
    int has_label = learner_label_of(a->learner, at) >= 0; /* what would be said without it */
    int failed = (has_label ? learner_left_out : learner_predict)(a->learner, &at, 1, p, NULL);
    memset(out, 0, (size_t)a->terminals.count * sizeof *out);
    for (int k = 0; k < terminals->count && !failed; k++) {
        int node = terminals->node[k],
            terminal = node < a->terminals.nodes ? a->terminals.index[node] : -1;
        if (terminal >= 0)
            out[terminal] += p[k];
    }
    free(p);
    return !failed;
}

void app_learn_follow(struct app *a, long looked_at)
{
    if (looked_at < a->followed) /* another run */
        a->followed = 0;
    if (looked_at <= a->followed + a->followed / 2 + (a->followed ? GROWS_LEAST : FIRST_LEAST))
        return;
    a->followed = looked_at;
    app_learn_open(a, NULL);
}

int app_is_learning(const struct app *a)
{
    return a->opening || a->judging || a->looking || a->arranging || a->counting;
}

int app_learn_look(struct app *a, struct status *st)
{
    app_opinions_leave(a->interests);
    a->interests = NULL;
    a->interests_from = 0;
    return look(a, st);
}

/* What was found before holds until it comes home. */
static int look(struct app *a, struct status *st)
{
    struct learning *w;
    if (a->looking)
        jobs_cancel(a->jobs, a->looking_handle);
    a->looking = NULL;
    if (a->order != QUEUE_SUSPECT && a->order != QUEUE_SIMILAR)
        return 0;
    if (a->order == QUEUE_SUSPECT) {
        w = learning_new(a, SUSPECTS, st);
        return w ? submit(a, w, &a->looking, &a->looking_handle, st) : -1;
    }
    if (!a->learner || a->current.photo.id == 0)
        return status_fail(st, STATUS_MISSING,
                           "which photos are alike is not known yet: they are still being read");
    if (!(w = learning_new(a, SIMILAR, st)))
        return -1;
    w->like = a->current.photo.id;
    if ((w->learner = learner_snapshot(a->learner, st)))
        return submit(a, w, &a->looking, &a->looking_handle, st);
    learning_free(w);
    return -1;
}
