/* Models beside each other, and models that go: what the screens of models ask of the app. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/status.h"
#include "tui/loop/app_internal.h"
#include "tui/loop/predictions.h"

enum { NICE = 10 };

/* A job on the network's lane that makes the predictions two models lack. */
struct filling {
    struct app *app;
    char *folder;
    int models[2], at; /* at: which of them is looking */
    int everything;    /* all photos; else the held-out ones */
    int threads;
    atomic_int *cancel;
    struct status status;
    int failed;
};

static void report_filling(void *arg, const struct predict_tally *tally)
{
    struct filling *f = arg;
    struct fill_progress progress = {
        .running = 1,
        .model = f->models[f->at],
        .predicted = {1, tally->done, tally->total, tally->rate, tally->seconds_left}};
    jobs_report(f->app->jobs, f->cancel, &progress, sizeof progress);
}

static int fill_one(struct filling *f, struct project *project, const int64_t *photos, size_t count)
{
    const struct predictions_way way = {f->threads, NICE, report_filling, f, f->cancel};
    int model = f->models[f->at];
    if (project_model_bytes(project, model) == 0)
        return status_fail(&f->status, STATUS_MISSING,
                           "The files of model %d are gone: it can look at no more.", model);
    return predictions_fill(project, model, photos, count, &way, NULL, &f->status);
}

static void fill_work(void *arg, atomic_int *cancel)
{
    struct filling *f = arg;
    struct project project;
    size_t count, held;
    f->cancel = cancel;
    f->failed = -1;
    if (project_open(f->folder, &project, &f->status) != 0)
        return;
    int64_t *photos = comparison_photos(&project, &count, &held, &f->status);
    if (photos)
        f->failed = 0;
    for (f->at = 0; f->failed == 0 && f->at < 2; f->at++)
        f->failed = fill_one(f, &project, photos, f->everything ? count : held);
    free(photos);
    project_close(&project);
}

static void fill_progress(void *arg, const void *data)
{
    const struct filling *f = arg;
    struct app *a = f->app;
    if (a->fill_job == f) {
        memcpy(&a->fill, data, sizeof a->fill);
        a->changed |= APP_FILLING;
    }
}

static void fill_done(void *arg, int ran)
{
    struct filling *f = arg;
    struct app *a = f->app;
    if (a->fill_job == f) {
        a->fill_job = NULL;
        a->fill = (struct fill_progress){0};
        if (ran && f->failed && f->status.code != STATUS_CANCELLED)
            snprintf(a->fill.problem, sizeof a->fill.problem, "%.299s", f->status.text);
        a->changed |= APP_FILLING;
    }
    free(f->folder);
    free(f);
}

int app_fill_start(struct app *a, int before, int after, int everything, struct status *st)
{
    static const struct job job = {fill_work, fill_done, fill_progress};
    if (a->train_handle > 0)
        return status_fail(st, STATUS_BUSY,
                           "a training is running: missing predictions come after it");
    app_fill_cancel(a);
    struct filling *f = calloc(1, sizeof *f);
    if (f)
        f->folder = strdup(a->project.root);
    if (!f || !f->folder) {
        free(f);
        return status_out_of_memory(st);
    }
    f->app = a;
    f->models[0] = before;
    f->models[1] = after;
    f->everything = everything;
    f->threads = a->threads;
    a->fill_handle = jobs_submit(a->jobs, JOBS_NETWORK, &job, f, 0, st);
    if (a->fill_handle <= 0) {
        free(f->folder);
        free(f);
        return -1;
    }
    a->fill_job = f;
    a->fill = (struct fill_progress){.running = 1};
    return 0;
}

void app_fill_cancel(struct app *a)
{
    if (a->fill_job)
        jobs_cancel(a->jobs, a->fill_handle);
    if (a->fill_job)
        a->changed |= APP_FILLING;
    a->fill_job = NULL;
    a->fill = (struct fill_progress){0};
}

const struct fill_progress *app_fill_progress(const struct app *a)
{
    return &a->fill;
}

int app_compare(struct app *a, int before, int after, struct comparison *out, struct status *st)
{
    return comparison_make(&a->project, before, after, out, st);
}

int app_remove_model(struct app *a, int number, struct status *st)
{
    if (a->fill_job)
        return status_fail(st, STATUS_BUSY, "models are being compared; remove it afterwards");
    if (a->train_handle > 0)
        return status_fail(st, STATUS_BUSY, "a training is running; remove it afterwards");
    return project_remove_model(&a->project, number, st);
}

int64_t app_model_bytes(const struct app *a, int number)
{
    return project_model_bytes(&a->project, number);
}
