/* Inputs of training: activations at the cut, computed once and kept, or pictures loaded for every
 * step. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/clock.h"
#include "data/augment.h"
#include "data/bfloat16.h"
#include "data/status.h"
#include "tui/loop/loader.h"
#include "tui/loop/training_internal.h"

/* A photo cannot be read: it is counted, named and logged once, however often it is asked for. */
static void leave_out(struct training *t, struct sample *s, const struct status *problem)
{
    struct train_progress *p = t->progress;
    s->weight = 0;
    if (s->unreadable || problem->code == STATUS_CANCELLED)
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
            leave_out(t, &in->samples[i], &problems[i]);
        }
    }
    in->count = kept;
}

/* Activations of n files at the cut (pictures when the cut is the picture). x is scratch [n,
 * picture]. */
static void load_at_cut(struct training *t, char *const *files, int n, float *x, float *out,
                        atomic_int *cancel, struct status *problems)
{
    int full = t->options->depth == DEPTH_FULL;
    loader_load(t->decoders, t->pool, files, n, &t->input, NULL, 0, NULL, cancel, full ? out : x,
                problems);
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
        double since = clock_seconds();
        int n = in->count - first < TRAINING_CHUNK ? in->count - first : TRAINING_CHUNK;
        for (int i = 0; i < n; i++)
            files[i] = in->samples[first + i].file;
        load_at_cut(t, files, n, x, in->kept + (size_t)first * t->floats, t->cancel,
                    problems + first);
        result = training_advance(t, n, n, 1.2, since, st);
    }
    if (result == 0)
        drop_unreadable(t, in, problems);
    free(x);
    free(problems);
    return result;
}

enum { VIEWS_MOST = 7, VIEW_STREAM = 1 << 20 };

int training_views(const struct training *t, int count, size_t bytes)
{
    size_t each = (size_t)count * t->floats * sizeof(uint16_t), plain = 2 * each;
    size_t views = each > 0 && bytes > plain ? (bytes - plain) / each : 0;
    return views < VIEWS_MOST ? (int)views : VIEWS_MOST;
}

/* Views [first, first + n) of one round; x, out: scratch [n, picture], [n, floats]. */
static int keep_round(struct training *t, struct inputs *in, int view, int first, int n, float *x,
                      float *out, struct status *st)
{
    char *files[TRAINING_CHUNK] = {0};
    uint64_t streams[TRAINING_CHUNK];
    struct status problems[TRAINING_CHUNK];
    double since = clock_seconds();
    for (int i = 0; i < n; i++) {
        files[i] = in->samples[first + i].file;
        streams[i] = (uint64_t)(view + 1) * VIEW_STREAM + (uint64_t)(first + i);
    }
    loader_load(t->decoders, t->pool, files, n, &t->input, &augment_fine_tuning, t->options->seed,
                streams, t->cancel, x, problems);
    engine_forward_to(t->engine, t->cut, x, n, out);
    uint16_t *to = in->view + ((size_t)view * (size_t)in->count + (size_t)first) * t->floats;
    for (int i = 0; i < n; i++) {
        /* It was readable a moment ago; the plain view stands in. */
        const float *from = problems[i].code == STATUS_OK
                                ? out + (size_t)i * t->floats
                                : in->kept + (size_t)(first + i) * t->floats;
        for (size_t k = 0; k < t->floats; k++)
            to[(size_t)i * t->floats + k] = bfloat16_from(from[k]);
    }
    return training_advance(t, n, n, 1.2, since, st);
}

int training_keep_views(struct training *t, struct inputs *in, int views, struct status *st)
{
    size_t picture = (size_t)t->input.width * (size_t)t->input.height * 3;
    float *x = malloc(TRAINING_CHUNK * picture * sizeof *x),
          *out = malloc(TRAINING_CHUNK * t->floats * sizeof *out);
    in->view = malloc((size_t)views * (size_t)in->count * t->floats * sizeof *in->view);
    int result = x && out && in->view ? 0 : status_out_of_memory(st);
    for (int view = 0; result == 0 && view < views; view++)
        for (int first = 0; result == 0 && first < in->count; first += TRAINING_CHUNK) {
            int n = in->count - first < TRAINING_CHUNK ? in->count - first : TRAINING_CHUNK;
            result = keep_round(t, in, view, first, n, x, out, st);
        }
    in->views = result == 0 ? views : 0;
    free(x);
    free(out);
    return result;
}

/* One of what is kept: in turns the plain view and the random ones. */
static void give_kept(const struct training *t, const struct inputs *in, int which, int epoch,
                      float *x)
{
    int view = (epoch + which) % (in->views + 1) - 1;
    size_t at = (size_t)which * t->floats;
    if (view < 0) {
        memcpy(x, in->kept + at, t->floats * sizeof *x);
        return;
    }
    bfloat16_expand(in->view + (size_t)view * (size_t)in->count * t->floats + at, t->floats, x);
}

void training_load_inputs(struct training *t, struct inputs *in, int first, int n, float *scratch,
                          float *x)
{
    char *files[TRAINING_CHUNK] = {0};
    struct status problems[TRAINING_CHUNK];
    for (int i = 0; i < n; i++)
        files[i] = in->samples[first + i].file;
    load_at_cut(t, files, n, scratch, x, t->cancel, problems);
    for (int i = 0; i < n; i++)
        if (problems[i].code != STATUS_OK)
            leave_out(t, &in->samples[first + i], &problems[i]);
}

/* x [n, floats] of samples[which[i]]. A step that has begun is gone on with to its end, whole: a
 * training that is broken off after it goes on as if it had not been. */
int training_give_inputs(struct training *t, const struct inputs *in, const int *which, int n,
                         int epoch, uint64_t step, float *scratch, float *x, struct status *st)
{
    if (in->kept) {
        for (int i = 0; i < n; i++)
            give_kept(t, in, which[i], epoch, x + (size_t)i * t->floats);
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
            loader_load(t->decoders, t->pool, files, count, &t->input, &augment_fine_tuning,
                        t->options->seed, streams, NULL, out, problems);
        else
            load_at_cut(t, files, count, scratch, out, NULL, problems);
        for (int i = 0; i < count; i++) {
            if (problems[i].code == STATUS_MEMORY)
                return status_fail(st, STATUS_MEMORY, "%s", problems[i].text);
            if (problems[i].code != STATUS_OK) { /* nothing can be learned from it */
                t->targets[which[first + i]].weight = 0;
                leave_out(t, &in->samples[which[first + i]], &problems[i]);
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
        double since = clock_seconds();
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
        loader_load(t->decoders, t->pool, files, n, &t->input, NULL, 0, NULL, t->cancel, x,
                    problems);
        engine_forward(t->engine, x, n, out, NULL);
        for (int i = 0; i < n; i++)
            if (problems[i].code != STATUS_OK) { /* not a black picture of this label */
                t->targets[first + i].weight = 0;
                leave_out(t, &in->samples[first + i], &problems[i]);
            }
        result = training_advance(t, n, n, 1.2, since, st);
    }
    free(x);
    if (result == 0)
        return features;
    free(features);
    return NULL;
}
