/* The report is made in the background, on a lane and through a connection of its own: it waits for
 * nobody who learns or draws, and they do not wait for it. The report before stands until then. */
#include <stdlib.h>
#include <string.h>

#include "data/status.h"
#include "tui/loop/app_internal.h"

struct report_work {
    struct app *app;
    char *folder;
    struct report report;
    atomic_int *cancel;
    struct jobs *jobs;
    int made;
    struct status status;
};

static void tell(void *arg, float share)
{
    struct report_work *w = arg;
    jobs_report(w->jobs, w->cancel, &share, sizeof share);
}

static void work(void *arg, atomic_int *cancel)
{
    struct report_work *w = arg;
    struct project project;
    w->cancel = cancel;
    if (project_open(w->folder, &project, &w->status) != 0)
        return;
    w->made = report_make(&project, &w->report, cancel, tell, w, &w->status) == 0;
    project_close(&project);
}

static void progress(void *arg, const void *data)
{
    struct report_work *w = arg;
    if (w->app->report_job != w)
        return;
    memcpy(&w->app->report_progress.share, data, sizeof w->app->report_progress.share);
    w->app->changed |= APP_REPORT;
}

static void done(void *arg, int ran)
{
    struct report_work *w = arg;
    struct app *a = w->app;
    if (a->report_job == w) {
        a->report_job = NULL;
        a->report_handle = 0;
        a->report_progress.running = 0;
        a->changed |= APP_REPORT;
        if (ran && w->made) {
            report_clear(&a->report);
            a->report = w->report;
            a->report_made = 1;
            w->report = (struct report){0};
        } else if (ran) {
            a->report_progress.failed = w->status;
        }
    }
    report_clear(&w->report);
    free(w->folder);
    free(w);
}

int app_report_start(struct app *a, struct status *st)
{
    static const struct job job = {work, done, progress};
    if (a->report_job)
        return 0;
    struct report_work *w = calloc(1, sizeof *w);
    if (!w || !(w->folder = strdup(a->project.root))) {
        free(w);
        return status_out_of_memory(st);
    }
    w->app = a;
    w->jobs = a->jobs;
    a->report_progress = (struct report_progress){.running = 1};
    a->report_handle = jobs_submit(a->jobs, JOBS_READING, &job, w, 1, st);
    if (a->report_handle > 0) {
        a->report_job = w;
        return 0;
    }
    a->report_progress.running = 0;
    free(w->folder);
    free(w);
    return -1;
}

void app_report_leave(struct app *a)
{
    if (!a->report_job)
        return;
    a->report_job = NULL; /* its `done` frees it, and nothing else */
    a->report_progress.running = 0;
    jobs_cancel(a->jobs, a->report_handle);
    a->report_handle = 0;
}

const struct report *app_report(const struct app *a)
{
    return a->report_made ? &a->report : NULL;
}

const struct report_progress *app_report_progress(const struct app *a)
{
    return &a->report_progress;
}
