#include "tui/commands/distill_answers.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "data/file.h"
#include "data/preprocess.h"
#include "data/scan.h"
#include "data/status.h"
#include "nn/engine.h"
#include "nn/network.h"
#include "nn/weights/weights.h"
#include "tui/commands/distill_views.h"
#include "tui/commands/progress.h"

enum { GROUP = 64, PART = 1024, RUN = 4 };
static const char features_name[] = "features", usable_name[] = "usable", run_name[] = "tend.run";

/* Photos, teacher, size and seed in a few numbers that a float holds. */
static void run_of(const struct answers *a, float run[RUN])
{
    uint64_t hash = a->views->seed * 1000003 + (uint64_t)a->seen->width;
    for (size_t i = 0; i < a->views->files.count; i++) {
        const char *path = a->views->files.photos[i].path;
        hash = hash * 1000003 + scan_hash_bytes(path, strlen(path));
    }
    const struct params *p = &a->teacher->params;
    hash = hash * 1000003 + scan_hash_bytes(p->values, p->total * sizeof *p->values);
    for (int i = 0; i < RUN; i++)
        run[i] = (float)(hash >> 16 * i & 0xffff);
}

static char *path_of(const struct answers *a, int number)
{
    char name[40];
    snprintf(name, sizeof name, "view-%03d.safetensors", number);
    return file_join(a->folder, name);
}

struct asking {
    const struct answers *answers;
    int number; /* of the view */
    int first;  /* photo of the call */
    atomic_int *cancel;
    struct progress *bar;
    struct progress_state state;
};

static int load_view(void *arg, int i, float *x)
{
    const struct asking *job = arg;
    const struct answers *a = job->answers;
    int photo = job->first + i;
    a->usable[photo] = views_make(a->views, photo, job->number, 0, a->seen, x) == 0;
    if (!a->usable[photo])
        memset(x, 0, 3 * (size_t)a->seen->width * (size_t)a->seen->height * sizeof *x);
    return atomic_load(job->cancel);
}

static int write_view(const struct answers *a, int number, struct status *st)
{
    float run[RUN];
    int64_t photos = (int64_t)a->views->files.count, width = a->teacher->features;
    const struct weights_tensor list[] = {
        {.name = features_name,
         .rank = 2,
         .dims = {photos, width},
         .count = (size_t)(photos * width),
         .values = a->features},
        {.name = usable_name,
         .rank = 1,
         .dims = {photos},
         .count = (size_t)photos,
         .values = a->usable},
        {.name = run_name, .rank = 1, .dims = {RUN}, .count = RUN, .values = run}};
    char *path = path_of(a, number);
    run_of(a, run);
    int result = path ? weights_write_safetensors(path, list, 3, st) : status_out_of_memory(st);
    free(path);
    return result;
}

static int ask(struct answers *a, struct engine *e, struct asking *job, struct status *st)
{
    int count = (int)a->views->files.count;
    for (job->first = 0; job->first < count; job->first += PART) {
        int n = count - job->first < PART ? count - job->first : PART;
        float *features = a->features + (size_t)job->first * (size_t)a->teacher->features;
        if (engine_forward_loaded(e, load_view, job, n, features, NULL))
            return status_fail(st, STATUS_CANCELLED,
                               "stopped; what the teacher has said of whole views is kept in %s",
                               a->folder);
        job->state.done += n;
        progress_show(job->bar, &job->state);
    }
    return write_view(a, job->number, st);
}

static int exists(const struct answers *a, int number)
{
    char *path = path_of(a, number);
    int result = path && access(path, F_OK) == 0;
    free(path);
    return result;
}

static int ask_all(struct answers *a, atomic_int *cancel, struct status *st)
{
    struct progress bar;
    struct asking job = {.answers = a, .cancel = cancel, .bar = &bar};
    int missing = 0, result = 0;
    for (int k = 0; k < a->count; k++)
        missing += !exists(a, k);
    if (missing == 0)
        return 0;
    struct engine *e =
        engine_new(a->teacher, a->pool, a->seen->height, a->seen->width, ENGINE_FORWARD, GROUP, st);
    if (!e)
        return -1;
    job.state = (struct progress_state){.phase = "asking the teacher",
                                        .seconds_left = -1,
                                        .total = missing * (long)a->views->files.count};
    progress_start(&bar, "views");
    for (int k = 0; k < a->count && result == 0; k++) {
        job.number = k;
        if (!exists(a, k))
            result = ask(a, e, &job, st);
    }
    progress_end(&bar);
    engine_free(e);
    return result;
}

int answers_init(struct answers *a, atomic_int *cancel, struct status *st)
{
    size_t photos = a->views->files.count, width = (size_t)a->teacher->features;
    size_t most = (WEIGHTS_MAX_BYTES - (1 << 20)) / (width + 1) / sizeof(float);
    a->number = -1;
    if (photos > most)
        return status_fail(st, STATUS_UNSUPPORTED,
                           "%zu photos are too many for one file of the teacher's features: at "
                           "most %zu",
                           photos, most);
    a->features = malloc(photos * width * sizeof *a->features);
    a->usable = malloc(photos * sizeof *a->usable);
    if (!a->features || !a->usable)
        return status_out_of_memory(st);
    if (file_make_folder(a->folder, st) != 0)
        return -1;
    return ask_all(a, cancel, st);
}

void answers_clear(struct answers *a)
{
    free(a->features);
    free(a->usable);
    a->features = a->usable = NULL;
}

int answers_read(struct answers *a, int number, struct status *st)
{
    struct weights w;
    float own[RUN];
    size_t photos = a->views->files.count, floats = photos * (size_t)a->teacher->features;
    if (number == a->number)
        return 0;
    char *path = path_of(a, number);
    if (!path)
        return status_out_of_memory(st);
    int result = weights_read(path, &w, st);
    if (result == 0) {
        const float *features = weights_values(&w, features_name, floats);
        const float *usable = weights_values(&w, usable_name, photos);
        const float *run = weights_values(&w, run_name, RUN);
        run_of(a, own);
        if (!features || !usable || !run || memcmp(run, own, sizeof own) != 0)
            result = status_fail(
                st, STATUS_CONFLICT,
                "%s is of other photos, another teacher, size or seed; remove it, or name another folder",
                path);
        else {
            memcpy(a->features, features, floats * sizeof *features);
            memcpy(a->usable, usable, photos * sizeof *usable);
            a->number = number;
        }
        weights_clear(&w);
    }
    free(path);
    return result;
}
