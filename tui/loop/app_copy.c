/* Once an hour the review puts a copy of what people said beside the store (.tend/copy.db), on a
 * lane and through a connection of its own, and once more at its end where that takes no time: a
 * disk that loses a block takes an hour's work at most. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "data/file.h"
#include "data/status.h"
#include "tui/loop/app_internal.h"

enum { HOUR = 60 * 60 };

struct copying {
    struct app *app;
    char *folder, *path;
    int failed;
    struct status status;
};

static void work(void *arg, atomic_int *cancel)
{
    struct copying *c = arg;
    struct project project;
    c->failed = project_open(c->folder, &project, &c->status) != 0;
    if (c->failed)
        return;
    c->failed = store_copy(project.store, c->path, cancel, &c->status) != 0;
    project_close(&project);
}

static void copying_free(struct copying *c)
{
    free(c->folder);
    free(c->path);
    free(c);
}

static void done(void *arg, int ran)
{
    struct copying *c = arg;
    if (ran && c->failed && c->status.code != STATUS_CANCELLED && c->status.code != STATUS_BUSY)
        project_log(&c->app->project, "no copy was made: %s", c->status.text);
    copying_free(c);
}

/* The clock may have been set back since it was made. */
static int is_fresh(const char *path)
{
    struct stat info;
    if (stat(path, &info) != 0)
        return 0;
    double age = difftime(time(NULL), info.st_mtime);
    return age >= 0 && age < HOUR;
}

void app_copy_start(struct app *a)
{
    static const struct job job = {work, done, NULL};
    struct copying *c = a->last_event > 0 ? calloc(1, sizeof *c) : NULL;
    a->copied_at = app_seconds();
    if (!c)
        return;
    *c = (struct copying){.app = a,
                          .folder = strdup(a->project.root),
                          .path = file_join(a->project.folder, "copy.db")};
    if (c->folder && c->path && !is_fresh(c->path) &&
        jobs_submit(a->jobs, JOBS_READING, &job, c, 0, NULL) > 0) {
        a->copied = a->last_event;
        return;
    }
    copying_free(c);
}

void app_copy_rest(struct app *a)
{
    if (a->background && a->last_event > a->copied && app_seconds() - a->copied_at > HOUR)
        app_copy_start(a);
}

void app_copy_end(struct app *a)
{
    struct store_counts counts;
    char *path = file_join(a->project.folder, "copy.db");
    if (path && a->last_event > a->opened_at && store_count(a->project.store, &counts, NULL) == 0 &&
        counts.photos <= APP_LARGE)
        store_copy(a->project.store, path, NULL, NULL);
    free(path);
}
