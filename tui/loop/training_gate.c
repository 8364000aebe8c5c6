/* The gate: what the network says of the held-out photos, before and after. */
#include <stdlib.h>

#include "data/status.h"
#include "labels/decide.h"
#include "labels/score.h"
#include "tui/loop/training_internal.h"

enum { CALIBRATION_LEAST = 20 }; /* held-out photos needed to fit a temperature */

/* Logits of the held-out part with the network as it is now; malloc'd [held, classes]. */
static float *held_out_logits(struct training *t, struct status *st)
{
    const struct inputs *in = &t->held_out;
    size_t classes = (size_t)t->terminals.count;
    float *logits = malloc((size_t)(in->count ? in->count : 1) * classes * sizeof *logits);
    if (!logits)
        status_out_of_memory(st);
    training_phase(t, TRAIN_TESTING, in->count);
    for (int first = 0; logits && first < in->count; first += TRAINING_CHUNK) {
        int n = in->count - first < TRAINING_CHUNK ? in->count - first : TRAINING_CHUNK;
        double since = training_seconds();
        engine_forward_from(t->engine, t->cut, in->kept + (size_t)first * t->floats, n, NULL,
                            logits + (size_t)first * classes);
        if (training_advance(t, n, n, 1.0, since, st) != 0) {
            free(logits);
            return NULL;
        }
    }
    return logits;
}

/* Mean score of the held-out part; classes that `known` (may be NULL) does not have get no share. */
static double held_out_score(const struct training *t, float *logits, float temperature,
                             const unsigned char *known)
{
    int classes = t->terminals.count;
    struct score score = {0};
    for (int i = 0; i < t->held_out.count; i++) {
        float *row = logits + (size_t)i * (size_t)classes;
        for (int k = 0; known && k < classes; k++)
            if (!known[k])
                row[k] = -1e30f;
        decide_softmax(row, classes, temperature, row);
        struct answer answer;
        decide_answer(t->taxonomy, &t->terminals, row, &answer);
        score_add_nodes(&score, t->taxonomy, t->held_out.samples[i].node, answer.node);
    }
    return score_mean(&score);
}

int training_measure_before(struct training *t, struct status *st)
{
    int known = 0;
    for (int k = 0; k < t->terminals.count; k++)
        known += t->known[k];
    if (known == 0 || t->held_out.count == 0)
        return 0;
    float *logits = held_out_logits(t, st);
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
        samples_target(t->taxonomy, &t->terminals, t->held_out.samples[i].node, 1, &targets[i]);
    if (n >= CALIBRATION_LEAST)
        *temperature = target_fit_temperature(logits, targets, n, t->terminals.count);
    t->progress->score_after = held_out_score(t, logits, *temperature, NULL);
    free(logits);
    free(targets);
    return 0;
}
