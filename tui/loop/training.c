/* One training, from the reviews to a new model:
 *
 *   1. the labelled photos; a fixed part is held out and never trained on
 *   2. the model to start from, its classifier rearranged for the terminals of today's tree
 *   3. activations at the cut, computed once and kept (head, blocks), or pictures loaded and
 * augmented anew for every step (full)
 *   4. a classifier for classes that have none yet, on the features: deeper training from a random
 * head would spoil the backbone (LP-FT, Kumar et al. 2022)
 *   5. the training itself, a step at a time; what is broken off here is gone on with
 * (training_resume.c)
 *   6. temperature and gate on the held-out part
 *   7. the new model on disk, then in the store (training_save.c)
 *
 * Nothing before 7 changes the project, only its cache, so it may be killed or cancelled at any
 * moment. */
#include "tui/loop/training.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/clock.h"
#include "data/decoder.h"
#include "data/status.h"
#include "nn/pool.h"
#include "tui/loop/training_internal.h"

static const size_t KEEP_BYTES = (size_t)1 << 30; /* of activations, kept in memory */

const char *train_phase_name(enum train_phase phase)
{
    static const char *const names[] = {"idle",    "loading", "training",
                                        "testing", "saving",  "predicting"};
    return names[phase];
}

/* ---- progress and cancel -------------------------------------------------------------------- */

void training_phase(struct training *t, enum train_phase name, long total)
{
    t->progress->phase = name;
    t->progress->done = 0;
    t->progress->total = total;
    t->progress->rate = 0;
}

/* `photos` more are done, worth `units` forward passes each. */
int training_advance(struct training *t, long steps, long photos, double units, double since,
                     struct status *st)
{
    struct train_progress *p = t->progress;
    double now = clock_seconds();
    p->done += steps;
    t->units_done += units * (double)photos;
    double last = (double)photos / (now - since > 1e-9 ? now - since : 1e-9);
    p->rate = p->rate > 0 ? 0.9 * p->rate + 0.1 * last : last;
    if (t->units_done > 0 && now > t->start)
        p->seconds_left = (t->units_total - t->units_done) * (now - t->start) / t->units_done;
    if (p->seconds_left < 0)
        p->seconds_left = 0;
    if (t->report)
        t->report(t->arg, p);
    if (t->cancel && atomic_load(t->cancel))
        return status_fail(st, STATUS_CANCELLED,
                           "training was cancelled; nothing was kept, model %d is as it was",
                           t->base_number);
    return 0;
}

/* ---- the model to start from ---------------------------------------------------------------- */

static int prepare_classes(struct training *t, struct status *st)
{
    int classes = t->terminals.count;
    int *from = malloc((size_t)classes * sizeof *from);
    t->known = calloc((size_t)classes, 1);
    if (!from || !t->known) {
        free(from);
        return status_out_of_memory(st);
    }
    for (int k = 0; k < classes; k++)
        from[k] = -1;
    for (int k = 0; k < t->base.classes && k < t->network->classes; k++) {
        int node = t->base.nodes[k];
        int terminal = node >= 0 && node < t->terminals.nodes ? t->terminals.index[node] : -1;
        if (terminal >= 0) {
            from[terminal] = k;
            t->base_knows += !t->known[terminal];
            t->known[terminal] = 1;
        }
    }
    for (int i = 0; i < t->samples.trained; i++) {
        int terminal = t->terminals.index[t->samples.train[i].node];
        t->needs_head |= terminal >= 0 && !t->known[terminal];
    }
    int failed = network_set_classes(t->network, classes, from, st);
    free(from);
    return failed;
}

static int compare_sides(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

/* The shorter side of a photo; 0 when it cannot be read. */
static int short_side(struct decoders *d, const char *file)
{
    int width, height;
    if (decoders_probe(d, file, &width, &height, NULL) != 0)
        return 0;
    return width < height ? width : height;
}

/* The whole network may be trained for larger pictures than it was made for, where the photos have
 * them (with more augmentation 320 in place of 224 made 0.926 of 0.901 on groceries). As far as the
 * budget goes; once is enough. */
static int fitting_size(const struct training *t)
{
    enum { PROBED = 51, STEP = 32, SMALL = 256 };
    static const double larger = 320.0 / 224;
    int own = t->network->input.width, sides[PROBED], n = 0,
        most = network_largest_size(t->network);
    for (int i = 0; i < PROBED && i < t->samples.trained; i++) {
        int side = short_side(
            t->decoders, t->samples.train[(size_t)i * (size_t)t->samples.trained / PROBED].file);
        if (side > 0)
            sides[n++] = side;
    }
    if (own > SMALL || n == 0)
        return own;
    qsort(sides, (size_t)n, sizeof *sides, compare_sides);
    int size = (int)(own * larger) / STEP * STEP, side = sides[n / 2] / STEP * STEP;
    size = size < side ? size : side;
    size = size < most ? size : most;
    return size > own ? size : own;
}

static int prepare_model(struct training *t, struct status *st)
{
    const struct training_options *o = t->options;
    t->base_number = o->from ? o->from : store_current_model(t->project.store);
    t->taxonomy = taxonomy_copy(store_taxonomy(t->project.store));
    if (!t->taxonomy)
        return status_out_of_memory(st);
    if (terminals_make(t->taxonomy, &t->terminals, st) != 0 ||
        project_load_model(&t->project, t->base_number, &t->network, &t->base, st) != 0 ||
        prepare_classes(t, st) != 0)
        return -1;
    t->base_temperature = t->base.temperature > 0 ? t->base.temperature : 1.0f;
    t->steps = train_defaults(o->depth, t->samples.trained);
    t->steps.size = o->size                  ? o->size
                    : o->depth == DEPTH_FULL ? fitting_size(t)
                                             : t->network->input.width;
    t->steps.seed = o->seed;
    if (o->epochs)
        t->steps.epochs = o->epochs;
    if (o->batch)
        t->steps.batch = o->batch;
    if (o->rate > 0)
        t->steps.rate = o->rate;
    t->base_input = t->network->input;
    t->input = preprocess_at(&t->network->input, t->steps.size);
    t->network->input = t->input;
    t->cut = network_cut(t->network, o->depth);
    t->floats = network_cut_floats(t->network, t->cut, t->steps.size, t->steps.size);
    t->engine = engine_new(t->network, t->pool, t->steps.size, t->steps.size, ENGINE_FORWARD,
                           TRAINING_CHUNK, st);
    return t->engine ? 0 : -1;
}

/* ---- training ------------------------------------------------------------------------------- */

static int run_steps(struct training *t, struct trainer *trainer, const struct train_options *o,
                     const struct inputs *in, size_t floats, const float *features, double units,
                     struct status *st)
{
    int *which = malloc((size_t)o->batch * sizeof *which);
    float *x = malloc((size_t)o->batch * floats * sizeof *x);
    struct target *targets = malloc((size_t)o->batch * sizeof *targets);
    size_t picture = (size_t)t->input.width * (size_t)t->input.height * 3;
    float *scratch =
        in->kept || features ? NULL : malloc(TRAINING_CHUNK * picture * sizeof *scratch);
    int result = 0, n = 0;
    if (!which || !x || !targets || (!in->kept && !features && !scratch))
        result = status_out_of_memory(st);
    training_phase(t, TRAIN_RUNNING, trainer_total(trainer));
    t->progress->done = trainer_done(trainer);
    while (result == 0 && (n = trainer_next(trainer, which)) > 0) {
        double since = clock_seconds(), loss = 0;
        if (features)
            for (int i = 0; i < n; i++)
                memcpy(x + (size_t)i * floats, features + (size_t)which[i] * floats,
                       floats * sizeof *x);
        else
            result = training_give_inputs(t, in, which, n, trainer_epoch(trainer),
                                          (uint64_t)trainer_done(trainer), scratch, x, st);
        for (int i = 0; i < n; i++) {
            targets[i] = t->targets[which[i]];
            targets[i].smoothing = o->smoothing;
        }
        if (result != 0 || trainer_step(trainer, x, targets, &loss, st) != 0) {
            result = -1;
            break;
        }
        struct train_progress *p = t->progress;
        p->loss = p->loss > 0 ? 0.95 * p->loss + 0.05 * loss : loss;
        p->epoch = trainer_epoch(trainer);
        p->epochs = o->epochs;
        result = training_advance(t, 1, n, units, since, st);
        if (result != 0 && !features)
            training_pause(t, trainer, st);
        else if (!features)
            training_save_now_and_then(t, trainer);
    }
    free(which);
    free(x);
    free(targets);
    free(scratch);
    return result;
}

/* The head's default rate is for features of a mean square norm of 640 (MobileNetV2's); the
 * curvature of the loss grows with that norm, so the rate that fits falls with it. */
static float fitting_rate(const float *features, size_t count, size_t width)
{
    double sum = 0;
    for (size_t i = 0; i < count * width; i++)
        sum += (double)features[i] * (double)features[i];
    double norm = count > 0 ? sum / (double)count : 0;
    double factor = norm > 0 ? 640 / norm : 1;
    return (float)(factor < 0.05 ? 0.05 : factor > 100 ? 100 : factor);
}

static int train_head(struct training *t, struct status *st)
{
    struct train_options o = train_defaults(DEPTH_HEAD, t->train.count);
    int asked = t->options->depth == DEPTH_HEAD;
    if (asked)
        o = t->steps;
    o.size = t->steps.size;
    o.seed = t->options->seed;
    if (!t->train.kept)
        training_phase(t, TRAIN_LOADING, t->train.count);
    float *features = training_features(t, &t->train, st);
    if (features && !(asked && t->options->rate > 0))
        o.rate *= fitting_rate(features, (size_t)t->train.count, (size_t)t->network->features);
    struct trainer *trainer =
        features ? trainer_new(t->network, t->pool, &o, t->train.count, st) : NULL;
    int result = trainer ? run_steps(t, trainer, &o, &t->train, (size_t)t->network->features,
                                     features, 0.002, st)
                         : -1;
    trainer_free(trainer);
    free(features);
    engine_refresh(t->engine);
    return result;
}

static int train_deep(struct training *t, struct status *st)
{
    struct trainer *trainer = trainer_new(t->network, t->pool, &t->steps, t->train.count, st);
    if (!trainer)
        return -1;
    t->progress->loss = 0;
    double units = t->options->depth == DEPTH_FULL ? 3.8 : t->train.kept ? 0.8 : 2.0;
    int result = training_go_on(t, trainer, st);
    t->units_total -= units * (double)trainer_done(trainer) * t->steps.batch;
    if (result == 0)
        result = run_steps(t, trainer, &t->steps, &t->train, t->floats, NULL, units, st);
    trainer_free(trainer);
    engine_refresh(t->engine);
    return result;
}

static int make_targets(struct training *t, struct status *st)
{
    t->targets = malloc((size_t)(t->train.count ? t->train.count : 1) * sizeof *t->targets);
    if (!t->targets)
        return status_out_of_memory(st);
    for (int i = 0; i < t->train.count; i++)
        samples_target(t->taxonomy, &t->terminals, t->train.samples[i].node,
                       t->train.samples[i].weight, &t->targets[i]);
    return 0;
}

/* ---- the whole ------------------------------------------------------------------------------ */

static void plan_work(struct training *t)
{
    double n = t->samples.trained, held = t->samples.held;
    double deep = t->options->depth == DEPTH_FULL     ? 3.8 * n * t->steps.epochs
                  : t->options->depth == DEPTH_BLOCKS ? 0.8 * n * t->steps.epochs
                                                      : 0;
    size_t bytes = t->options->keep_bytes ? t->options->keep_bytes : KEEP_BYTES;
    int loads = t->options->depth == DEPTH_BLOCKS
                    ? 1 + training_views(t, t->samples.trained, bytes)
                    : t->options->depth != DEPTH_FULL || t->needs_head;
    t->units_total = 1.2 * n * loads + deep + 1.2 * held + 2 * held;
    t->start = clock_seconds();
}

static int load_inputs(struct training *t, struct status *st)
{
    t->train = (struct inputs){.samples = t->samples.train, .count = t->samples.trained};
    t->held_out = (struct inputs){.samples = t->samples.held_out, .count = t->samples.held};
    size_t bytes = t->options->keep_bytes ? t->options->keep_bytes : KEEP_BYTES;
    size_t most = bytes / (t->floats * sizeof(float));
    int keep = t->options->depth != DEPTH_FULL && (size_t)t->train.count <= most;
    /* Photos of split val may be as many as one likes: those are loaded when they are asked for. */
    int keep_held = (size_t)t->held_out.count <= most;
    int views =
        keep && t->options->depth == DEPTH_BLOCKS ? training_views(t, t->train.count, bytes) : 0;
    training_phase(t, TRAIN_LOADING,
                   (keep_held ? t->held_out.count : 0) +
                       (keep ? (1 + views) * (long)t->train.count : 0));
    if ((keep_held && training_keep_inputs(t, &t->held_out, st) != 0) ||
        (keep && training_keep_inputs(t, &t->train, st) != 0) ||
        (views > 0 && training_keep_views(t, &t->train, views, st) != 0))
        return -1;
    t->progress->held_out = t->held_out.count;
    t->progress->photos = t->train.count;
    if (t->train.count >= TRAINING_LEAST)
        return make_targets(t, st);
    return status_fail(
        st, STATUS_MISSING,
        "too few labels: %d to train on, %d are needed; %d labelled %s cannot be read, the first: %.250s",
        t->train.count, TRAINING_LEAST, t->progress->unreadable,
        t->progress->unreadable == 1 ? "photo" : "photos", t->progress->unreadable_first);
}

static int run(struct training *t, struct status *st)
{
    float temperature;
    t->pool = pool_new(t->options->threads, t->options->nice, st);
    t->decoders = decoders_new(st);
    if (!t->pool || !t->decoders || samples_collect(&t->project, &t->samples, st) != 0 ||
        samples_enough(&t->samples, st) != 0 || prepare_model(t, st) != 0)
        return -1;
    plan_work(t);
    /* At another size of input the old weights see other pictures: nothing lies between them and
     * the new ones. */
    if (t->base_knows > 0 && t->base_input.width == t->input.width) {
        size_t bytes = t->network->params.total * sizeof(float);
        if (!(t->base_values = malloc(bytes)))
            return status_out_of_memory(st);
        memcpy(t->base_values, t->network->params.values, bytes);
    }
    if (load_inputs(t, st) != 0 || training_measure_before(t, st) != 0)
        return -1;
    if ((t->needs_head || t->options->depth == DEPTH_HEAD) && train_head(t, st) != 0)
        return -1;
    if (t->options->depth != DEPTH_HEAD && train_deep(t, st) != 0)
        return -1;
    if (training_measure_after(t, &temperature, st) != 0)
        return -1;
    return training_save(t, temperature, st);
}

int training_run(const struct training_options *options,
                 void (*report)(void *arg, const struct train_progress *progress), void *arg,
                 atomic_int *cancel, struct train_progress *progress, struct status *st)
{
    struct training t = {
        .options = options, .report = report, .arg = arg, .cancel = cancel, .progress = progress};
    *progress = (struct train_progress){
        .depth = options->depth, .seconds_left = -1, .score_before = -1, .score_after = -1};
    int result = project_open(options->folder, &t.project, st);
    if (result == 0)
        result = run(&t, st);
    if (result != 0 && st)
        snprintf(progress->message, sizeof progress->message, "%.*s",
                 (int)sizeof progress->message - 1, st->text);
    progress->phase = TRAIN_IDLE;
    engine_free(t.engine);
    network_free(t.network);
    model_card_clear(&t.base);
    free(t.train.kept);
    free(t.train.view);
    free(t.held_out.kept);
    free(t.targets);
    free(t.base_values);
    free(t.before.sum);
    free(t.before.photos);
    free(t.after.sum);
    free(t.after.photos);
    free(t.known);
    terminals_clear(&t.terminals);
    taxonomy_free(t.taxonomy);
    samples_clear(&t.samples);
    decoders_free(t.decoders);
    pool_free(t.pool);
    if (t.project.root)
        project_close(&t.project);
    return result;
}
