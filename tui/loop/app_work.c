/* Background work on the network's lane: predicting what has no prediction, training, going to
 * another model. A job opens the project anew, on its own connection; what it finds out comes home
 * as a copied report and in `done`. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/status.h"
#include "nn/pool.h"
#include "tui/loop/app_internal.h"
#include "tui/loop/predictor.h"

enum {
    NICE = 10,  /* the screen's thread comes first */
    AHEAD = 256 /* photos next in the queue are predicted before all others */
};

struct work {
    struct app *app;
    char *folder;
    int model; /* predicting: by this one */
    int64_t ahead[AHEAD];
    int ahead_count;
    struct training_options training;
    atomic_int *cancel;
    struct train_progress trained; /* how the training ended */
    struct status status;
    int failed;
};

static struct work *work_new(struct app *a, struct status *st)
{
    struct work *w = calloc(1, sizeof *w);
    if (w)
        w->folder = strdup(a->project.root);
    if (w && w->folder) {
        w->app = a;
        return w;
    }
    free(w);
    status_out_of_memory(st);
    return NULL;
}

static void work_free(struct work *w)
{
    free(w->folder);
    free(w);
}

/* ---- predicting ----------------------------------------------------------------------------- */

static void report_predicting(void *arg, const struct predict_tally *tally)
{
    struct work *w = arg;
    jobs_report(w->app->jobs, w->cancel, tally, sizeof *tally);
}

static void predict_work(void *arg, atomic_int *cancel)
{
    struct work *w = arg;
    struct project project;
    struct predictor *p = NULL;
    w->cancel = cancel;
    w->failed = -1;
    if (project_open(w->folder, &project, &w->status) != 0)
        return;
    struct pool *pool = pool_new(w->training.threads, NICE, &w->status);
    if (pool && predictor_new(&project, w->model, pool, &p, &w->status) == 0)
        w->failed = predictor_run(p, &project, w->ahead, w->ahead_count, report_predicting, w,
                                  cancel, &w->status);
    if (w->failed == 0)
        w->failed = predictor_tidy(p, &project, &w->status);
    predictor_free(p);
    pool_free(pool);
    project_close(&project);
}

static void predict_progress(void *arg, const void *data)
{
    const struct work *w = arg;
    const struct predict_tally *tally = data;
    struct app *a = w->app;
    if (a->predicting != w)
        return;
    a->predict =
        (struct predict_progress){1, tally->done, tally->total, tally->rate, tally->seconds_left};
    a->changed |= APP_PREDICTING;
    app_learn_follow(a, tally->done);
    if (a->current.photo.id == 0 && filter_asks_predictions(&a->filter) &&
        a->shown_model == a->model) {
        /* A queue of predicted paths is empty until there are predictions. */
        if (app_queue_load(a, 1, NULL) == 0)
            app_show(a, NULL);
    } else if (a->current.photo.id && a->current.model != a->model && !a->current.problem[0]) {
        app_show(a, NULL);
    }
}

/* Files of the project are named from its folder on: there is one line for it. */
static void take_trouble(struct app *a, const char *text)
{
    size_t root = strlen(a->project.root), used = 0;
    while (*text && used + 1 < sizeof a->trouble)
        if (strncmp(text, a->project.root, root) == 0 && text[root] == '/')
            text += root + 1;
        else
            a->trouble[used++] = *text++;
    a->trouble[used] = '\0';
    a->changed |= APP_TROUBLE;
}

static void predict_done(void *arg, int ran)
{
    struct work *w = arg;
    struct app *a = w->app;
    if (a->predicting != w) { /* cancelled: another one has taken its place */
        /* It may have been dropping the other models' predictions when the person went back to one.
         */
        if (a->background && a->train_handle == 0)
            app_start_predicting(a, NULL);
        work_free(w);
        return;
    }
    a->predicting = NULL;
    a->predict = (struct predict_progress){0};
    a->changed |= APP_PREDICTING;
    if (ran && w->failed == 0 && w->model == a->model) {
        a->shown_model = a->model;
        if (app_queue_load(a, 1, NULL) == 0)
            app_show(a, NULL);
        app_learn_open(a, NULL);
    } else if (ran && w->failed && w->status.code != STATUS_CANCELLED) {
        project_log(&a->project, "predicting failed: %s", w->status.text);
        take_trouble(a, w->status.text);
    }
    work_free(w);
}

int app_start_predicting(struct app *a, struct status *st)
{
    static const struct job job = {predict_work, predict_done, predict_progress};
    if (a->model == 0 || a->predicting ||
        (a->features_sought != 1 && store_count_unpredicted(a->project.store, a->model, NULL) == 0))
        return 0;
    if (a->features_sought == 1)
        a->features_sought = 2;
    struct work *w = work_new(a, st);
    if (!w)
        return -1;
    w->model = a->model;
    w->training.threads = a->threads;
    for (size_t i = a->position; i < a->count && w->ahead_count < AHEAD; i++)
        if (a->shown_model != a->model || a->items[i].expected < 0)
            w->ahead[w->ahead_count++] = a->items[i].photo;
    a->predict_handle = jobs_submit(a->jobs, JOBS_NETWORK, &job, w, 0, st);
    if (a->predict_handle > 0) {
        a->predicting = w;
        a->trouble[0] = '\0';
        a->predict = (struct predict_progress){.running = 1, .seconds_left = -1};
        return 0;
    }
    work_free(w);
    return -1;
}

void app_seek_features(struct app *a, size_t known)
{
    struct store_counts counts;
    if (a->features_sought || a->predicting || a->train_handle > 0 || !a->background ||
        store_count(a->project.store, &counts, NULL) != 0 || (int64_t)known >= counts.predicted)
        return;
    a->features_sought = 1;
    app_start_predicting(a, NULL);
}

const char *app_trouble(const struct app *a)
{
    return a->trouble;
}

const struct predict_progress *app_predict_progress(const struct app *a)
{
    return &a->predict;
}

static void stop_predicting(struct app *a)
{
    if (a->predicting)
        jobs_cancel(a->jobs, a->predict_handle);
    a->predicting = NULL;
    a->predict = (struct predict_progress){0};
}

/* From here on this model predicts; until its predictions are there, the old ones stay on the
 * screen. */
static int switch_model(struct app *a, int model, struct status *st)
{
    stop_predicting(a);
    app_learn_forget(a);
    a->model = model;
    a->changed |= APP_MODEL;
    app_learn_open(a, NULL); /* it may have looked at photos before */
    if (a->order == QUEUE_SUSPECT)
        app_learn_look(a, NULL);
    if (store_count_unpredicted(a->project.store, model, st) == 0) {
        a->shown_model = model; /* gone back to: all is there */
        if (app_queue_load(a, 1, st) != 0)
            return -1;
    }
    if (app_show(a, st) != 0)
        return -1;
    return a->background ? app_start_predicting(a, st) : 0;
}

int app_use_model(struct app *a, int number, struct status *st)
{
    struct model_record record;
    if (number == a->model)
        return 0;
    if (store_model(a->project.store, number, &record, st) != 0 ||
        store_use_model(a->project.store, number, st) != 0)
        return -1;
    return switch_model(a, number, st);
}

/* ---- training ------------------------------------------------------------------------------- */

static void report_training(void *arg, const struct train_progress *progress)
{
    struct work *w = arg;
    jobs_report(w->app->jobs, w->cancel, progress, sizeof *progress);
}
_Static_assert(sizeof(struct train_progress) <= JOBS_REPORT, "a report holds it");

static void train_work(void *arg, atomic_int *cancel)
{
    struct work *w = arg;
    w->cancel = cancel;
    w->training.folder = w->folder;
    w->failed = training_run(&w->training, report_training, w, cancel, &w->trained, &w->status);
}

static void train_progress(void *arg, const void *data)
{
    struct work *w = arg;
    memcpy(&w->app->train, data, sizeof w->app->train);
    w->app->changed |= APP_TRAINING;
}

static void train_done(void *arg, int ran)
{
    struct work *w = arg;
    struct app *a = w->app;
    a->train_handle = 0;
    a->changed |= APP_TRAINING;
    if (ran)
        a->train = w->trained;
    else
        strcpy(a->train.message, "training was cancelled before it began");
    a->train.phase = TRAIN_IDLE;
    if (ran && w->failed && w->status.code != STATUS_CANCELLED)
        project_log(&a->project, "training failed: %s", w->status.text);
    if (ran && w->failed == 0 && w->trained.used)
        switch_model(a, w->trained.model, NULL);
    else if (a->background)
        app_start_predicting(a, NULL); /* it gave way to the training */
    work_free(w);
}

int app_train_start(struct app *a, enum depth depth, struct status *st)
{
    static const struct job job = {train_work, train_done, train_progress};
    if (a->train_handle > 0)
        return status_fail(st, STATUS_BUSY, "a training is running; Ctrl-C cancels it");
    struct work *w = work_new(a, st);
    if (!w)
        return -1;
    w->training =
        (struct training_options){.depth = depth, .seed = 1, .threads = a->threads, .nice = NICE};
    stop_predicting(a);
    app_fill_cancel(a);
    a->train_handle = jobs_submit(a->jobs, JOBS_NETWORK, &job, w, 0, st);
    if (a->train_handle <= 0) {
        a->train_handle = 0;
        work_free(w);
        return -1;
    }
    a->train = (struct train_progress){.phase = TRAIN_LOADING,
                                       .depth = depth,
                                       .seconds_left = -1,
                                       .score_before = -1,
                                       .score_after = -1};
    a->changed |= APP_TRAINING;
    return 0;
}

void app_train_cancel(struct app *a)
{
    if (a->train_handle > 0)
        jobs_cancel(a->jobs, a->train_handle);
}

const struct train_progress *app_train_progress(const struct app *a)
{
    return &a->train;
}

static const char broken_off[] = "broken_off"; /* setting */

void app_note_broken_off(struct app *a, const struct train_progress *p)
{
    char at[80] = " at its beginning";
    if (p->done > 0 && p->phase == TRAIN_RUNNING)
        snprintf(at, sizeof at, " at step %ld of %ld", p->done, p->total);
    else if (p->done > 0)
        snprintf(at, sizeof at, ", %s %ld of %ld", train_phase_name(p->phase), p->done, p->total);
    char text[sizeof a->notice];
    snprintf(text, sizeof text, "training (%s) broke off with the review%s; %s",
             depth_name(p->depth), at,
             p->phase == TRAIN_RUNNING && p->depth != DEPTH_HEAD && p->done > 0
                 ? "started again it goes on from there"
                 : "nothing is kept");
    project_log(&a->project, "%s", text);
    store_set_setting(a->project.store, broken_off, text, NULL);
}

void app_read_notice(struct app *a)
{
    store_setting(a->project.store, broken_off, "", a->notice, sizeof a->notice);
    if (a->notice[0])
        store_set_setting(a->project.store, broken_off, "", NULL);
}

const char *app_notice(const struct app *a)
{
    return a->notice;
}
