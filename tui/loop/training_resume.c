/* A long training that is broken off - cancelled, killed, the machine switched off - goes on from
 * its last checkpoint when it is started again: the same depth and options, from the same model,
 * for the same classes. On the same labels it comes to the same weights as a whole one. People go
 * on labelling meanwhile: with other labels it goes on as well, on these, while they are about as
 * many. Checkpoints lie in the cache, one a depth; they hold weights, nothing of photos. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "data/clock.h"
#include "data/file.h"
#include "data/scan.h"
#include "data/status.h"
#include "nn/checkpoint.h"
#include "tui/loop/training_internal.h"

static const double BETWEEN = 60; /* seconds */

static char *checkpoint_path(const struct training *t)
{
    char name[64];
    snprintf(name, sizeof name, "cache/training-%s.safetensors", depth_name(t->options->depth));
    return file_join(t->project.folder, name);
}

/* Which training this is: a hash, and how many samples. Asked before the first step: samples found
 * to be unreadable lose their weight later. */
static void name_run(const struct training *t, float run[TRAINING_RUN])
{
    const struct train_options *o = &t->steps;
    const double numbers[] =
        {t->base_number,
         o->depth,
         o->size,
         o->batch,
         o->rate,
         o->head_rate,
         o->momentum,
         o->decay,
         o->smoothing,
         o->clip,
         o->norm,
         t->terminals.count,
         t->samples.by_split,
         t->options->epochs /* where they were asked for: the default goes by the samples */};
    uint64_t hash = scan_hash_bytes(numbers, sizeof numbers);
    hash = scan_hash_more(hash, &o->seed, sizeof o->seed);
    for (int k = 0; k < t->terminals.count;
         k++) { /* where each stands is what its targets are made of */
        int path[TAXONOMY_DEPTH], depth = taxonomy_path(t->taxonomy, t->terminals.node[k], path);
        hash = scan_hash_more(hash, path, (size_t)depth * sizeof *path);
    }
    checkpoint_put_hash(hash, run);
    run[CHECKPOINT_HASH] = (float)t->train.count;
}

static int is_this_run(void *arg, const float *run, int count)
{
    const struct training *t = arg;
    const float now = t->run[count - 1], then = run[count - 1];
    return memcmp(run, t->run, (size_t)(count - 1) * sizeof *run) == 0 && now <= 1.25f * then &&
           then <= 1.25f * now;
}

int training_go_on(struct training *t, struct trainer *trainer, struct status *st)
{
    struct status why = {0};
    char *path = checkpoint_path(t);
    if (!path)
        return status_out_of_memory(st);
    name_run(t, t->run);
    int found = checkpoint_read(path, t->network, trainer, TRAINING_RUN, is_this_run, t, &why);
    free(path);
    if (found < 0 && why.code == STATUS_MEMORY)
        return status_out_of_memory(st);
    if (found < 0)
        project_log(&t->project, "a training begins anew: %s", why.text);
    if (found == CHECKPOINT_TAKEN)
        project_log(&t->project, "training (%s) goes on from step %ld of %ld",
                    depth_name(t->options->depth), trainer_done(trainer), trainer_total(trainer));
    t->progress->resumed = found == CHECKPOINT_TAKEN ? trainer_done(trainer) : 0;
    t->saved_at = clock_seconds();
    return 0;
}

static int save(struct training *t, const struct trainer *trainer)
{
    struct status why = {0};
    char *path = checkpoint_path(t);
    int failed =
        !path || checkpoint_write(path, t->network, trainer, t->run, TRAINING_RUN, &why) != 0;
    if (failed && !t->save_failed)
        project_log(&t->project,
                    "this training could not be gone on with if it were broken off: %s",
                    path ? why.text : "out of memory");
    t->save_failed |= failed;
    t->saved_at = clock_seconds();
    free(path);
    return failed ? -1 : 0;
}

void training_save_now_and_then(struct training *t, const struct trainer *trainer)
{
    if (clock_seconds() - t->saved_at > BETWEEN)
        save(t, trainer);
}

int training_pause(struct training *t, const struct trainer *trainer, struct status *st)
{
    if (trainer_done(trainer) == 0 || save(t, trainer) != 0)
        return -1;
    return status_fail(
        st, STATUS_CANCELLED,
        "training was cancelled at step %ld of %ld; started again it goes on from there; model %d is as it "
        "was",
        trainer_done(trainer), trainer_total(trainer), t->base_number);
}

void training_forget_pause(struct training *t)
{
    char *path = checkpoint_path(t);
    if (path)
        unlink(path);
    free(path);
}
