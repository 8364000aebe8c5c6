/* The gate: what the network says of the held-out photos, before and after. */
#include <stdlib.h>

#include "data/status.h"
#include "labels/decide.h"
#include "labels/score.h"
#include "tui/loop/loader.h"
#include "tui/loop/training_internal.h"

/* Logits of the held-out part with the network as it is now; malloc'd [held, classes]. */
static float *held_out_logits(struct training *t, struct status *st)
{
    struct inputs *in = &t->held_out;
    size_t classes = (size_t)t->terminals.count;
    size_t picture = (size_t)t->input.width * (size_t)t->input.height * 3;
    float *logits = malloc((size_t)(in->count ? in->count : 1) * classes * sizeof *logits);
    float *scratch = in->kept ? NULL : malloc(TRAINING_CHUNK * picture * sizeof *scratch);
    float *x = in->kept ? NULL : malloc(TRAINING_CHUNK * t->floats * sizeof *x);
    int result = logits && (in->kept || (scratch && x)) ? 0 : status_out_of_memory(st);
    training_phase(t, TRAIN_TESTING, in->count);
    for (int first = 0; result == 0 && first < in->count; first += TRAINING_CHUNK) {
        int n = in->count - first < TRAINING_CHUNK ? in->count - first : TRAINING_CHUNK;
        double since = training_seconds();
        if (!in->kept)
            training_load_inputs(t, in, first, n, scratch, x);
        engine_forward_from(t->engine, t->cut, in->kept ? in->kept + (size_t)first * t->floats : x, n,
                            NULL, logits + (size_t)first * classes);
        result = training_advance(t, n, n, 1.0, since, st);
    }
    free(scratch);
    free(x);
    if (result == 0)
        return logits;
    free(logits);
    return NULL;
}

/* Mean score of the held-out part, -1 when nothing of it can be read; classes that `known` (may be NULL) does
 * not have get no share. */
static double held_out_score(const struct training *t, float *logits, float temperature,
                             const unsigned char *known)
{
    int classes = t->terminals.count;
    struct score score = {0};
    for (int i = 0; i < t->held_out.count; i++) {
        if (t->held_out.samples[i].weight <= 0) /* could not be read */
            continue;
        float *row = logits + (size_t)i * (size_t)classes;
        for (int k = 0; known && k < classes; k++)
            if (!known[k])
                row[k] = -1e30f;
        decide_softmax(row, classes, temperature, row);
        struct answer answer;
        decide_answer(t->taxonomy, &t->terminals, row, &answer);
        score_add_nodes(&score, t->taxonomy, t->held_out.samples[i].node, answer.node);
    }
    t->progress->held_out = (int)score.photos;
    return score.photos > 0 ? score_mean(&score) : -1;
}

/* The same for the model started from, at its own size of input: a model must not be called better because the
 * other was tested on pictures it was not made for. */
static float *base_logits(struct training *t, struct status *st)
{
    const struct preprocess *p = &t->base_input;
    size_t picture = (size_t)p->width * (size_t)p->height * 3;
    size_t classes = (size_t)t->terminals.count;
    struct status problems[TRAINING_CHUNK];
    int count = t->held_out.count, result = -1;
    float *logits = malloc((size_t)count * classes * sizeof *logits);
    float *x = malloc(TRAINING_CHUNK * picture * sizeof *x);
    struct engine *engine = NULL;
    if (!logits || !x)
        status_out_of_memory(st);
    else
        engine = engine_new(t->network, t->pool, p->height, p->width, ENGINE_FORWARD,
                            TRAINING_CHUNK, st);
    if (engine)
        result = 0;
    training_phase(t, TRAIN_TESTING, count);
    for (int first = 0; result == 0 && first < count; first += TRAINING_CHUNK) {
        char *files[TRAINING_CHUNK] = {0};
        int n = count - first < TRAINING_CHUNK ? count - first : TRAINING_CHUNK;
        double since = training_seconds();
        for (int i = 0; i < n; i++)
            files[i] = t->held_out.samples[first + i].file;
        loader_load(t->pool, files, n, p, NULL, 0, NULL, x, problems);
        engine_forward(engine, x, n, NULL, logits + (size_t)first * classes);
        result = training_advance(t, n, n, 1.0, since, st);
    }
    engine_free(engine);
    free(x);
    if (result == 0)
        return logits;
    free(logits);
    return NULL;
}

int training_measure_before(struct training *t, struct status *st)
{
    int same_size = t->base_input.width == t->input.width &&
                    t->base_input.height == t->input.height;
    if (t->base_knows == 0 || t->held_out.count == 0)
        return 0;
    float *logits = same_size ? held_out_logits(t, st) : base_logits(t, st);
    if (!logits)
        return -1;
    t->progress->score_before = held_out_score(t, logits, t->base_temperature, t->known);
    free(logits);
    return 0;
}

/* Fits the temperature, then scores. */
int training_measure_after(struct training *t, float *temperature, struct status *st)
{
    int n = t->held_out.count;
    *temperature = t->base_temperature;
    if (n == 0)
        return 0;
    float *logits = held_out_logits(t, st);
    struct target *targets = malloc((size_t)n * sizeof *targets);
    if (!logits || !targets) {
        free(logits);
        free(targets);
        return logits ? status_out_of_memory(st) : -1;
    }
    for (int i = 0; i < n; i++)
        samples_target(t->taxonomy, &t->terminals, t->held_out.samples[i].node,
                       t->held_out.samples[i].weight > 0 ? 1 : 0, &targets[i]);
    if (n >= TRAINING_CALIBRATES)
        *temperature = target_fit_temperature(logits, targets, n, t->terminals.count);
    t->progress->score_after = held_out_score(t, logits, *temperature, NULL);
    free(logits);
    free(targets);
    return 0;
}
