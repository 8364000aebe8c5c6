/* Inputs of training: activations at the cut, computed once and kept, or pictures loaded for every step. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/augment.h"
#include "data/status.h"
#include "tui/loop/loader.h"
#include "tui/loop/training_internal.h"

void training_leave_out(struct training *t, struct sample *s, const struct status *problem)
{
    struct train_progress *p = t->progress;
    s->weight = 0;
    if (s->unreadable)
        return;
    s->unreadable = 1;
    if (p->unreadable++ == 0)
        snprintf(p->unreadable_first, sizeof p->unreadable_first, "%.*s",
                 (int)sizeof p->unreadable_first - 1, problem->text);
    project_log(&t->project, "training leaves out a photo: %s", problem->text);
}

int training_readable(const struct inputs *in)
{
    int count = 0;
    for (int i = 0; i < in->count; i++)
        count += !in->samples[i].unreadable;
    return count;
}

/* Photos that cannot be read are no use here: they are dropped, and the log says why. */
static void drop_unreadable(struct training *t, struct inputs *in, const struct status *problems)
{
    int kept = 0;
    for (int i = 0; i < in->count; i++) {
        if (problems[i].code == STATUS_OK) {
            struct sample moved = in->samples[kept];
            in->samples[kept] = in->samples[i];
            in->samples[i] = moved; /* still owned by the list */
            if (in->kept && kept != i)
                memcpy(in->kept + (size_t)kept * t->floats, in->kept + (size_t)i * t->floats,
                       t->floats * sizeof(float));
            kept++;
        } else {
            training_leave_out(t, &in->samples[i], &problems[i]);
        }
    }
    in->count = kept;
}

/* Activations of n files at the cut (pictures when the cut is the picture). x is scratch [n, picture]. */
static void load_at_cut(struct training *t, char *const *files, int n, float *x, float *out,
                        struct status *problems)
{
    int full = t->options->depth == DEPTH_FULL;
    loader_load(t->pool, files, n, &t->input, NULL, 0, NULL, full ? out : x, problems);
    if (!full)
        engine_forward_to(t->engine, t->cut, x, n, out);
}

int training_keep_inputs(struct training *t, struct inputs *in, struct status *st)
{
    size_t picture = (size_t)t->input.width * (size_t)t->input.height * 3;
    float *x = malloc(TRAINING_CHUNK * picture * sizeof *x);
    struct status *problems = calloc((size_t)in->count + 1, sizeof *problems);
    in->kept = malloc((size_t)(in->count ? in->count : 1) * t->floats * sizeof *in->kept);
    int result = x && problems && in->kept ? 0 : status_out_of_memory(st);
    for (int first = 0; result == 0 && first < in->count; first += TRAINING_CHUNK) {
        char *files[TRAINING_CHUNK] = {0};
        double since = training_seconds();
        int n = in->count - first < TRAINING_CHUNK ? in->count - first : TRAINING_CHUNK;
        for (int i = 0; i < n; i++)
            files[i] = in->samples[first + i].file;
        load_at_cut(t, files, n, x, in->kept + (size_t)first * t->floats, problems + first);
        result = training_advance(t, n, n, 1.2, since, st);
    }
    if (result == 0)
        drop_unreadable(t, in, problems);
    free(x);
    free(problems);
    return result;
}

void training_load_inputs(struct training *t, struct inputs *in, int first, int n, float *scratch, float *x)
{
    char *files[TRAINING_CHUNK] = {0};
    struct status problems[TRAINING_CHUNK];
    for (int i = 0; i < n; i++)
        files[i] = in->samples[first + i].file;
    load_at_cut(t, files, n, scratch, x, problems);
    for (int i = 0; i < n; i++)
        if (problems[i].code != STATUS_OK)
            training_leave_out(t, &in->samples[first + i], &problems[i]);
}

/* x [n, floats] of samples[which[i]]. */
int training_give_inputs(struct training *t, const struct inputs *in, const int *which, int n,
                       uint64_t step, float *scratch, float *x, struct status *st)
{
    if (in->kept) {
        for (int i = 0; i < n; i++)
            memcpy(x + (size_t)i * t->floats, in->kept + (size_t)which[i] * t->floats,
                   t->floats * sizeof *x);
        return 0;
    }
    for (int first = 0; first < n; first += TRAINING_CHUNK) {
        char *files[TRAINING_CHUNK] = {0};
        uint64_t streams[TRAINING_CHUNK];
        struct status problems[TRAINING_CHUNK];
        int count = n - first < TRAINING_CHUNK ? n - first : TRAINING_CHUNK;
        for (int i = 0; i < count; i++) {
            files[i] = in->samples[which[first + i]].file;
            streams[i] = step * 1000003u + (uint64_t)which[first + i];
        }
        float *out = x + (size_t)first * t->floats;
        if (t->options->depth == DEPTH_FULL)
            loader_load(t->pool, files, count, &t->input, &augment_fine_tuning, t->options->seed,
                        streams, out, problems);
        else
            load_at_cut(t, files, count, scratch, out, problems);
        for (int i = 0; i < count; i++) {
            if (problems[i].code == STATUS_MEMORY)
                return status_fail(st, STATUS_MEMORY, "%s", problems[i].text);
            if (problems[i].code != STATUS_OK) { /* nothing can be learned from it */
                t->targets[which[first + i]].weight = 0;
                training_leave_out(t, &in->samples[which[first + i]], &problems[i]);
            }
        }
    }
    return 0;
}

float *training_features(struct training *t, const struct inputs *in, struct status *st)
{
    size_t width = (size_t)t->network->features;
    size_t picture = (size_t)t->input.width * (size_t)t->input.height * 3;
    float *features = malloc((size_t)(in->count ? in->count : 1) * width * sizeof *features);
    float *x = malloc(TRAINING_CHUNK * picture * sizeof *x);
    int result = features && x ? 0 : status_out_of_memory(st);
    for (int first = 0; result == 0 && first < in->count; first += TRAINING_CHUNK) {
        int n = in->count - first < TRAINING_CHUNK ? in->count - first : TRAINING_CHUNK;
        float *out = features + (size_t)first * width;
        double since = training_seconds();
        if (in->kept) {
            engine_forward_from(t->engine, t->cut, in->kept + (size_t)first * t->floats, n, out,
                                NULL);
            result = training_advance(t, 0, n, 0.2, since, st);
            continue;
        }
        char *files[TRAINING_CHUNK] = {0};
        struct status problems[TRAINING_CHUNK];
        for (int i = 0; i < n; i++)
            files[i] = in->samples[first + i].file;
        loader_load(t->pool, files, n, &t->input, NULL, 0, NULL, x, problems);
        engine_forward(t->engine, x, n, out, NULL);
        for (int i = 0; i < n; i++)
            if (problems[i].code != STATUS_OK) { /* not a black picture of this label */
                t->targets[first + i].weight = 0;
                training_leave_out(t, &in->samples[first + i], &problems[i]);
            }
        result = training_advance(t, n, n, 1.2, since, st);
    }
    free(x);
    if (result == 0)
        return features;
    free(features);
    return NULL;
}
