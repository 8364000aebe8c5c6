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
#include "nn/checkpoint.h"
#include "nn/engine.h"
#include "nn/network.h"
#include "nn/weights/weights.h"
#include "tui/commands/distill_views.h"
#include "tui/commands/progress.h"

enum { GROUP = 64, PART = 1024 };
static const char features_name[] = "features", identity_name[] = "tend.identity";

static void identify(struct answers *a)
{
    const struct params *p = &a->teacher->params;
    const struct preprocess *seen = a->seen;
    const float numbers[] = {(float)seen->width, (float)seen->height, (float)seen->filter,
                             seen->mean[0],      seen->mean[1],       seen->mean[2],
                             seen->std[0],       seen->std[1],        seen->std[2]};
    a->identity = scan_hash_more(a->views->identity, numbers, sizeof numbers);
    a->identity = scan_hash_more(a->identity, p->values, p->total * sizeof *p->values);
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
    atomic_int failed; /* one has filled `status` */
    struct status status;
    struct progress *bar;
    struct progress_state state;
};

static int load_view(void *arg, int i, float *x)
{
    struct asking *job = arg;
    const struct answers *a = job->answers;
    struct status st = {0};
    if (views_make(a->views, job->first + i, job->number, 0, a->seen, x, &st) == 0)
        return atomic_load(job->cancel);
    if (atomic_exchange(&job->failed, 1) == 0)
        job->status = st;
    return 1;
}

static int write_view(const struct answers *a, int number, struct status *st)
{
    int64_t photos = (int64_t)a->views->files.count, width = a->teacher->features;
    float identity[CHECKPOINT_HASH];
    const struct weights_tensor list[] = {{.name = features_name,
                                           .rank = 2,
                                           .dims = {photos, width},
                                           .count = (size_t)(photos * width),
                                           .values = a->features},
                                          {.name = identity_name,
                                           .rank = 1,
                                           .dims = {CHECKPOINT_HASH},
                                           .count = CHECKPOINT_HASH,
                                           .values = identity}};
    checkpoint_put_hash(a->identity, identity);
    char *path = path_of(a, number);
    int result = path ? weights_write_safetensors(path, list, 2, st) : status_out_of_memory(st);
    free(path);
    return result;
}

static int ask(struct answers *a, struct engine *e, struct asking *job, struct status *st)
{
    int count = (int)a->views->files.count;
    for (job->first = 0; job->first < count; job->first += PART) {
        int n = count - job->first < PART ? count - job->first : PART;
        float *features = a->features + (size_t)job->first * (size_t)a->teacher->features;
        int stopped = engine_forward_loaded(e, load_view, job, n, features, NULL);
        if (stopped && atomic_load(&job->failed)) {
            *st = job->status;
            return -1;
        }
        if (stopped)
            return status_fail(st, STATUS_CANCELLED,
                               "stopped; what the teacher has said of whole views is kept in %s",
                               a->folder);
        job->state.done += n;
        progress_show(job->bar, &job->state);
    }
    a->number = -1; /* part of another one was there */
    return write_view(a, job->number, st);
}

static int exists(const struct answers *a, int number)
{
    char *path = path_of(a, number);
    int result = path && access(path, F_OK) == 0;
    free(path);
    return result;
}

int answers_ask(struct answers *a, atomic_int *cancel, struct status *st)
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

int answers_init(struct answers *a, struct status *st)
{
    size_t photos = a->views->files.count, width = (size_t)a->teacher->features;
    size_t most = (WEIGHTS_MAX_BYTES - (1 << 20)) / width / sizeof(float);
    a->number = -1;
    if (photos > most)
        return status_fail(st, STATUS_UNSUPPORTED,
                           "%zu photos are too many for one file of the teacher's features: at "
                           "most %zu",
                           photos, most);
    identify(a);
    a->features = malloc(photos * width * sizeof *a->features);
    if (!a->features)
        return status_out_of_memory(st);
    if (file_make_folder(a->folder, st) != 0)
        return -1;
    for (int k = 0; k < a->count; k++)
        if (exists(a, k) && answers_read(a, k, st) != 0)
            return -1;
    return 0;
}

void answers_clear(struct answers *a)
{
    free(a->features);
    a->features = NULL;
}

int answers_read(struct answers *a, int number, struct status *st)
{
    struct weights w;
    float own[CHECKPOINT_HASH];
    size_t floats = a->views->files.count * (size_t)a->teacher->features;
    if (number == a->number)
        return 0;
    char *path = path_of(a, number);
    if (!path)
        return status_out_of_memory(st);
    int result = weights_read(path, &w, st);
    if (result == 0) {
        const float *features = weights_values(&w, features_name, floats);
        const float *identity = weights_values(&w, identity_name, CHECKPOINT_HASH);
        checkpoint_put_hash(a->identity, own);
        if (!features || !identity || memcmp(identity, own, sizeof own) != 0)
            result = status_fail(
                st, STATUS_CONFLICT,
                "%s is of other photos, another teacher, size or seed; remove it, or name another folder",
                path);
        else {
            memcpy(a->features, features, floats * sizeof *features);
            a->number = number;
        }
        weights_clear(&w);
    }
    free(path);
    return result;
}
