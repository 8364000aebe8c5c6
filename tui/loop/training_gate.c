/* The gate: what the network says of the held-out photos, before and after. */
#include <stdlib.h>
#include <string.h>

#include "data/clock.h"
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
        double since = clock_seconds();
        if (!in->kept)
            training_load_inputs(t, in, first, n, scratch, x);
        engine_forward_from(t->engine, t->cut, in->kept ? in->kept + (size_t)first * t->floats : x,
                            n, NULL, logits + (size_t)first * classes);
        result = training_advance(t, n, n, 1.0, since, st);
    }
    free(scratch);
    free(x);
    if (result == 0)
        return logits;
    free(logits);
    return NULL;
}

static int parts_init(struct part_scores *s, int nodes, struct status *st)
{
    free(s->sum);
    free(s->photos);
    *s = (struct part_scores){calloc((size_t)nodes + 1, sizeof *s->sum),
                              calloc((size_t)nodes + 1, sizeof *s->photos), nodes};
    return s->sum && s->photos ? 0 : status_out_of_memory(st);
}

static void add_part(struct part_scores *s, const struct taxonomy *t, int truth, int answer)
{
    int path[TAXONOMY_DEPTH], answered[TAXONOMY_DEPTH];
    int depth = taxonomy_path(t, truth, path), count = taxonomy_path(t, answer, answered);
    s->sum[path[0]] += score_path(path, depth, answered, count);
    s->photos[path[0]]++;
}

/* Mean score of the held-out part, -1 when nothing of it can be read; classes that `known` (may be
 * NULL) does not have get no share. */
static double held_out_score(const struct training *t, float *logits, float temperature,
                             const unsigned char *known, struct part_scores *parts)
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
        add_part(parts, t->taxonomy, t->held_out.samples[i].node, answer.node);
    }
    t->progress->held_out = (int)score.photos;
    return score.photos > 0 ? score_mean(&score) : -1;
}

/* The same for the model started from, at its own size of input: a model must not be called better
 * because the other was tested on pictures it was not made for. */
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
        double since = clock_seconds();
        for (int i = 0; i < n; i++)
            files[i] = t->held_out.samples[first + i].file;
        loader_load(t->decoders, t->pool, files, n, p, NULL, 0, NULL, t->cancel, x, problems);
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
    int same_size =
        t->base_input.width == t->input.width && t->base_input.height == t->input.height;
    if (t->base_knows == 0 || t->held_out.count == 0)
        return 0;
    float *logits = same_size ? held_out_logits(t, st) : base_logits(t, st);
    if (!logits)
        return -1;
    int result = parts_init(&t->before, taxonomy_count(t->taxonomy), st);
    if (result == 0)
        t->progress->score_before =
            held_out_score(t, logits, t->base_temperature, t->known, &t->before);
    free(logits);
    return result;
}

/* Fits the temperature, then scores. */
static int measure(struct training *t, float *temperature, double *score, struct part_scores *parts,
                   struct status *st)
{
    int n = t->held_out.count;
    float *logits = held_out_logits(t, st);
    struct target *targets = malloc((size_t)n * sizeof *targets);
    int result = !logits   ? -1
                 : targets ? parts_init(parts, taxonomy_count(t->taxonomy), st)
                           : status_out_of_memory(st);
    for (int i = 0; i < n && result == 0; i++)
        samples_target(t->taxonomy, &t->terminals, t->held_out.samples[i].node,
                       t->held_out.samples[i].weight > 0 ? 1 : 0, &targets[i]);
    if (result == 0 && n >= TRAINING_CALIBRATES)
        *temperature = target_fit_temperature(logits, targets, n, t->terminals.count);
    if (result == 0)
        *score = held_out_score(t, logits, *temperature, NULL, parts);
    free(logits);
    free(targets);
    return result;
}

/* ---- the verdict ------------------------------------------------------------------------------
 *
 * A model is worse when its score has fallen, or when that of one top-level node has: what it
 * learned of one must not cost another. A node counts where more than a point of its score is lost,
 * and at least one whole photo. */

enum { PART_LEAST = 20 }; /* held-out photos of a node: with less it says nothing */

int training_worse_part(const struct part_scores *before, const struct part_scores *after)
{
    int worst = -1;
    double most = 0;
    for (int v = 0; v < before->nodes && v < after->nodes; v++) {
        if (before->photos[v] < PART_LEAST || after->photos[v] != before->photos[v])
            continue;
        double lost = before->sum[v] - after->sum[v], share = lost / (double)before->photos[v];
        if (lost >= 0.999 && share > 0.01 && share > most) {
            most = share;
            worst = v;
        }
    }
    return worst;
}

static int passes(const struct training *t, double score, const struct part_scores *parts)
{
    return score >= t->progress->score_before && training_worse_part(&t->before, parts) < 0;
}

/* share * new + (1 - share) * old */
static void set_share(struct training *t, const float *trained, float share)
{
    struct params *p = &t->network->params;
    for (size_t i = 0; i < p->total; i++)
        p->values[i] = share * trained[i] + (1 - share) * t->base_values[i];
    engine_refresh(t->engine);
}

/* Weights between those of the model started from and the new ones often lose less of the old and
 * keep most of what was learned (Wortsman et al. 2022, WiSE-FT): where the new ones do not pass the
 * gate, the largest share that does. */
static int mix_with_old(struct training *t, float *temperature, struct status *st)
{
    static const float shares[] = {0.75f, 0.5f, 0.25f};
    size_t bytes = t->network->params.total * sizeof(float);
    float *trained = malloc(bytes);
    int result = trained ? 0 : status_out_of_memory(st), found = 0;
    if (result == 0)
        memcpy(trained, t->network->params.values, bytes);
    for (int i = 0; i < 3 && result == 0 && !found; i++) {
        struct part_scores parts = {0};
        float mixed = t->base_temperature;
        double score;
        set_share(t, trained, shares[i]);
        result = measure(t, &mixed, &score, &parts, st);
        found = result == 0 && passes(t, score, &parts) && score > t->progress->score_before;
        if (found) {
            t->share = shares[i];
            *temperature = mixed;
            t->progress->score_after = score;
            free(t->after.sum);
            free(t->after.photos);
            t->after = parts;
        } else {
            free(parts.sum);
            free(parts.photos);
        }
    }
    if (result == 0 && !found)
        set_share(t, trained, 1);
    free(trained);
    return result;
}

int training_measure_after(struct training *t, float *temperature, struct status *st)
{
    double score = -1;
    *temperature = t->base_temperature;
    t->share = 1;
    t->worse_on = -1;
    if (t->held_out.count == 0)
        return 0;
    if (measure(t, temperature, &score, &t->after, st) != 0)
        return -1;
    t->progress->score_after = score;
    if (t->progress->score_before < 0 || score < 0)
        return 0;
    if (t->base_values && !passes(t, score, &t->after) && mix_with_old(t, temperature, st) != 0)
        return -1;
    t->worse_on = training_worse_part(&t->before, &t->after);
    return 0;
}
