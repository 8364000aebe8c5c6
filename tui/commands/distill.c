/* Trains a small network from nothing on photos without labels: it learns to see in random views of
 * them what a larger network, the teacher, sees in the same views (Hinton et al. 2015; Beyer et al.
 * 2022: the same view, mixed ones too, many epochs). Two things are learnt: the teacher's features,
 * each by itself, and what its classifier makes of them; the classifier is the teacher's to begin
 * with (Chen et al. 2022), and is dropped at the end: what is kept is what the network sees.
 *
 * The teacher looks once, at --views views of every photo, at a size of its own; its features are
 * kept in files, and the student sees the same views at its size, one of each photo an epoch, every
 * other time the other way round.
 *
 * After every epoch OUT/checkpoint.safetensors is replaced (weights, what the optimiser remembers,
 * where it was) and so is the model folder OUT/model; started again with the same options, it goes
 * on from there and ends with the same bits as a run that was never stopped. */
#include <math.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/file.h"
#include "data/preprocess.h"
#include "data/rng.h"
#include "data/scan.h"
#include "data/status.h"
#include "nn/checkpoint.h"
#include "nn/graph.h"
#include "nn/match.h"
#include "nn/network.h"
#include "nn/pool.h"
#include "nn/train.h"
#include "nn/weights/hub.h"
#include "nn/weights/weights.h"
#include "tui/commands/command.h"
#include "tui/commands/distill_answers.h"
#include "tui/commands/distill_views.h"
#include "tui/commands/interrupt.h"
#include "tui/commands/options.h"
#include "tui/commands/output.h"
#include "tui/commands/progress.h"

extern const struct command command_distill;

/* What decides the result, kept in the checkpoint so that it is not continued with anything else.
 */
enum { SETTINGS = CHECKPOINT_HASH };
enum { FLIPS = 0x666c6970 }; /* random numbers of its own beside those of views */

struct distill {
    const char *photos, *teacher_path, *out, *arch, *start, *answers_path;
    long size, teacher_size, use_size, per_photo, epochs, batch, seed, threads;
    double rate, decay, temperature, features_weight, classes_weight;
    struct match match;
    struct views views;
    struct answers answers;
    struct pool *pool;
    struct network *teacher, *student;
    struct preprocess seen; /* by the teacher */
    uint64_t beginning;     /* hash of the student's first weights */
    struct engine *engine;  /* of the teacher's classifier */
    struct trainer *trainer;
    int *which;
    float *x, *soft;
    struct target *targets;
    char *checkpoint, *model, *kept_answers;
};

/* ---- steps ---- */

/* softmax(z / temperature), in place. */
static void soften(float *z, int count, double temperature)
{
    double most = -INFINITY, sum = 0;
    for (int k = 0; k < count; k++)
        most = (double)z[k] > most ? (double)z[k] : most;
    for (int k = 0; k < count; k++)
        sum += exp(((double)z[k] - most) / temperature);
    for (int k = 0; k < count; k++)
        z[k] = (float)(exp(((double)z[k] - most) / temperature) / sum);
}

struct samples {
    struct distill *d;
    atomic_int failed; /* one has filled `status` */
    struct status status;
};

/* The student's view, and what the teacher said of it. */
static void sample_task(void *arg, int task, int thread)
{
    struct samples *job = arg;
    struct distill *d = job->d;
    struct rng r;
    struct status st = {0};
    int photo = d->which[task], epoch = trainer_epoch(d->trainer);
    float *x = d->x + (size_t)task * 3 * (size_t)(d->size * d->size);
    float *z = d->soft + (size_t)task * (size_t)d->teacher->classes;
    (void)thread;
    rng_seed(&r, (uint64_t)d->seed + FLIPS, (uint64_t)epoch << 32 | (uint32_t)photo);
    if (views_make(&d->views, photo, d->answers.number, rng_uniform(&r) < 0.5f, &d->student->input,
                   x, &st) != 0 &&
        atomic_exchange(&job->failed, 1) == 0)
        job->status = st;
    soften(z, d->teacher->classes, d->temperature);
    d->targets[task] = (struct target){
        .weight = (float)d->classes_weight, .soft = z, .temperature = (float)d->temperature};
}

/* One step of n photos; the loss of its mean. */
static int step(struct distill *d, int n, double *loss, struct status *st)
{
    size_t width = (size_t)d->teacher->features;
    struct samples job = {.d = d};
    if (answers_read(&d->answers, (int)(trainer_epoch(d->trainer) % d->per_photo), st) != 0)
        return -1;
    for (int i = 0; i < n; i++)
        memcpy(d->match.teacher + (size_t)i * width,
               d->answers.features + (size_t)d->which[i] * width, width * sizeof(float));
    engine_forward_from(d->engine, d->teacher->graph->features, d->match.teacher, n, NULL, d->soft);
    pool_run(d->pool, n, sample_task, &job);
    if (atomic_load(&job.failed)) {
        *st = job.status;
        return -1;
    }
    d->match.share = 1 / (float)n;
    return trainer_step(d->trainer, d->x, d->targets, loss, st);
}

/* ---- checkpoints ---- */

static void run_of(const struct distill *d, float run[SETTINGS])
{
    const double numbers[] = {(double)d->epochs,    (double)d->batch, (double)d->size,
                              (double)d->seed,      d->rate,          d->decay,
                              (double)d->per_photo, d->temperature,   d->features_weight,
                              d->classes_weight};
    uint64_t hash = scan_hash_more(d->beginning, numbers, sizeof numbers);
    hash = scan_hash_more(hash, &d->answers.identity, sizeof d->answers.identity);
    checkpoint_put_hash(hash, run);
}

static int write_checkpoint(const struct distill *d, struct status *st)
{
    float run[SETTINGS];
    run_of(d, run);
    return checkpoint_write(d->checkpoint, d->student, d->trainer, run, SETTINGS, st);
}

static int is_this_run(void *arg, const float *run, int count)
{
    float own[SETTINGS];
    run_of(arg, own);
    return memcmp(run, own, (size_t)count * sizeof *run) == 0;
}

/* *resumed is 0 when there is no checkpoint. */
static int read_checkpoint(struct distill *d, int *resumed, struct status *st)
{
    int found =
        checkpoint_read(d->checkpoint, d->student, d->trainer, SETTINGS, is_this_run, d, st);
    *resumed = found == CHECKPOINT_TAKEN;
    if (found == CHECKPOINT_OTHER)
        return status_fail(
            st, STATUS_CONFLICT,
            "%s is of a run with other photos, teacher, start or options; remove it, or name another folder with --out",
            d->checkpoint);
    return found < 0 ? -1 : 0;
}

/* Those of a model, which has no classes of the teacher's, too: then the classifier stays. */
static int copy_weights(struct network *n, const struct weights *w)
{
    const struct node *classifier = &n->graph->nodes[n->graph->count - 1];
    struct params *p = &n->params;
    for (int i = 0; i < p->count; i++) {
        const float *values = weights_values(w, p->list[i].name, p->list[i].count);
        if (values)
            memcpy(p->values + p->list[i].offset, values, p->list[i].count * sizeof *values);
        else if (i != classifier->weight && i != classifier->bias)
            return -1;
    }
    return 0;
}

/* The weights of another run's end instead of fresh ones. */
static int read_start(struct distill *d, struct status *st)
{
    struct weights w;
    if (!d->start)
        return 0;
    if (weights_read(d->start, &w, st) != 0)
        return -1;
    int result = copy_weights(d->student, &w);
    if (result != 0)
        status_fail(st, STATUS_CONFLICT, "%s: has not all weights of a %s", d->start, d->arch);
    weights_clear(&w);
    return result;
}

/* The student as it is, without the teacher's classes. */
static int write_model(const struct distill *d, struct status *st)
{
    struct model_card card = {.classes = 1};
    int result = -1;
    struct network *n = network_copy(d->student, st);
    if (!n || network_set_classes(n, 1, NULL, st) != 0)
        goto out;
    n->input = preprocess_at(&n->input, (int)d->use_size);
    snprintf(card.trained, sizeof card.trained,
             "distilled from %.60s on %zu photos%s, epoch %d of %ld, batch %ld, seed %ld",
             d->teacher->architecture, d->views.files.count, d->start ? " after another run" : "",
             trainer_epoch(d->trainer), d->epochs, d->batch, d->seed);
    if (file_remove_tree(d->model, st) == 0)
        result = model_save(d->model, n, &card, st);
out:
    network_free(n);
    return result;
}

/* ---- the run ---- */

static int end_epoch(struct distill *d, double loss, struct status *st)
{
    if (write_checkpoint(d, st) != 0 || write_model(d, st) != 0)
        return -1;
    printf("epoch %d of %ld: loss %.4f\n", trainer_epoch(d->trainer), d->epochs, loss);
    fflush(stdout);
    return 0;
}

static int run_epochs(struct distill *d, struct status *st)
{
    struct progress bar;
    struct progress_state state = {.phase = "distilling", .seconds_left = -1};
    atomic_int *cancel = interrupt_catch();
    long begun = trainer_done(d->trainer), steps = 0;
    double sum = 0;
    int n, result = 0;
    char more[80];
    if (begun == trainer_total(d->trainer)) /* it may have ended before its model was written */
        return write_model(d, st);
    progress_start(&bar, "steps");
    while (result == 0 && (n = trainer_next(d->trainer, d->which)) > 0) {
        int epoch = trainer_epoch(d->trainer);
        double loss = 0;
        if (atomic_load(cancel))
            result = status_fail(st, STATUS_CANCELLED,
                                 "stopped; the last whole epoch is kept in %s", d->out);
        else
            result = step(d, n, &loss, st);
        sum += loss;
        steps++;
        snprintf(more, sizeof more, "epoch %d of %ld, loss %.3f", epoch + 1, d->epochs,
                 sum / (double)steps);
        state.done = trainer_done(d->trainer) - begun;
        state.total = trainer_total(d->trainer) - begun;
        state.more = more;
        progress_show(&bar, &state);
        if (result == 0 && trainer_epoch(d->trainer) != epoch) {
            progress_end(&bar);
            result = end_epoch(d, sum / (double)steps, st);
            sum = 0;
            steps = 0;
        }
    }
    progress_end(&bar);
    return result;
}

/* ---- set-up ---- */

/* The teacher's own: it fits the student as well as the features do (Chen et al. 2022). */
static void take_classifier(struct distill *d)
{
    const struct node *from = &d->teacher->graph->nodes[d->teacher->graph->count - 1];
    const struct node *to = &d->student->graph->nodes[d->student->graph->count - 1];
    const int own[] = {to->weight, to->bias}, other[] = {from->weight, from->bias};
    for (int i = 0; i < 2; i++) {
        const struct param *a = &d->student->params.list[own[i]];
        const struct param *b = &d->teacher->params.list[other[i]];
        memcpy(d->student->params.values + a->offset, d->teacher->params.values + b->offset,
               a->count * sizeof(float));
    }
}

static int load_networks(struct distill *d, struct status *st)
{
    if (model_load(d->teacher_path, NULL, &d->teacher, NULL, st) != 0)
        return -1;
    d->student =
        network_from_scratch(d->arch, d->teacher->classes, (int)d->size, (uint64_t)d->seed, st);
    if (!d->student)
        return -1;
    if (d->student->features == d->teacher->features)
        take_classifier(d);
    else if (d->features_weight > 0)
        return status_fail(st, STATUS_INVALID,
                           "%s has %d features, the teacher %d: only --features 0 is possible",
                           d->arch, d->student->features, d->teacher->features);
    if (read_start(d, st) != 0)
        return -1;
    const struct params *first = &d->student->params;
    d->beginning = scan_hash_bytes(first->values, first->total * sizeof *first->values);
    d->student->input = preprocess_at(&d->teacher->input, (int)d->size);
    d->seen = preprocess_at(&d->teacher->input, (int)d->teacher_size);
    d->pool = pool_new((int)d->threads, 0, st);
    if (!d->pool)
        return -1;
    d->engine = engine_new(d->teacher, d->pool, (int)d->teacher_size, (int)d->teacher_size,
                           ENGINE_FORWARD, (int)d->batch, st);
    return d->engine ? 0 : -1;
}

static int make_trainer(struct distill *d, struct status *st)
{
    struct train_options o = train_defaults(DEPTH_FULL, (int)d->views.files.count);
    o.size = (int)d->size;
    o.epochs = (int)d->epochs;
    o.batch = (int)d->batch;
    o.rate = (float)d->rate;
    o.decay = (float)d->decay;
    o.head_rate = 1;
    o.warmup = 0.02f;
    o.clip = 5;
    o.norm = NORM_BATCH;
    o.kind = OPTIM_ADAM;
    o.seed = (uint64_t)d->seed;
    d->trainer = trainer_new(d->student, d->pool, &o, (int)d->views.files.count, st);
    return d->trainer ? 0 : -1;
}

static int allocate(struct distill *d, struct status *st)
{
    size_t n = (size_t)d->batch, floats = 3 * (size_t)(d->size * d->size);
    d->which = malloc(n * sizeof *d->which);
    d->x = malloc(n * floats * sizeof *d->x);
    d->soft = malloc(n * (size_t)d->teacher->classes * sizeof *d->soft);
    d->targets = calloc(n, sizeof *d->targets);
    d->checkpoint = file_join(d->out, "checkpoint.safetensors");
    d->model = file_join(d->out, "model");
    d->kept_answers = d->answers_path ? strdup(d->answers_path) : file_join(d->out, "answers");
    if (!d->which || !d->x || !d->soft || !d->targets || !d->checkpoint || !d->model ||
        !d->kept_answers)
        return status_out_of_memory(st);
    return match_init(&d->match, d->teacher->features, (int)n, st);
}

/* Everything that can be wrong is looked at before the teacher is asked, which takes long. */
static int prepare(struct distill *d, int *resumed, struct status *st)
{
    atomic_int *cancel = interrupt_catch();
    if (load_networks(d, st) != 0 || allocate(d, st) != 0 || file_make_folder(d->out, st) != 0 ||
        views_init(&d->views, d->photos, (uint64_t)d->seed,
                   d->seen.width > d->student->input.width ? &d->seen : &d->student->input, d->pool,
                   cancel, st) != 0)
        return -1;
    if (d->views.unreadable > 0)
        output_warn("%zu photos cannot be read and are left out", d->views.unreadable);
    d->answers = (struct answers){.folder = d->kept_answers,
                                  .views = &d->views,
                                  .teacher = d->teacher,
                                  .seen = &d->seen,
                                  .pool = d->pool,
                                  .count = (int)d->per_photo};
    if (answers_init(&d->answers, st) != 0 || make_trainer(d, st) != 0 ||
        read_checkpoint(d, resumed, st) != 0 || answers_ask(&d->answers, cancel, st) != 0 ||
        answers_read(&d->answers, 0, st) != 0)
        return -1;
    match_measure(&d->match, d->answers.features, d->views.files.count);
    return 0;
}

static int distill(struct distill *d, struct status *st)
{
    char photos[OUTPUT_NOUN];
    int resumed = 0;
    if (prepare(d, &resumed, st) != 0)
        return -1;
    d->match.weight = (float)d->features_weight;
    if (d->features_weight > 0)
        engine_tap(trainer_engine(d->trainer), d->student->graph->features, match_loss, &d->match);
    printf("%s at %ld learns from %s at %ld, %s, %ld epochs%s\n", d->student->architecture, d->size,
           d->teacher->architecture, d->teacher_size,
           output_noun((int64_t)d->views.files.count, "photo", "photos", photos), d->epochs,
           resumed ? ", going on from the checkpoint" : "");
    fflush(stdout);
    if (run_epochs(d, st) != 0)
        return -1;
    printf("next: `tend init PHOTOS --model %s`\n", d->model);
    return 0;
}

static void clear(struct distill *d)
{
    trainer_free(d->trainer);
    engine_free(d->engine);
    network_free(d->student);
    answers_clear(&d->answers);
    network_free(d->teacher);
    views_clear(&d->views);
    match_clear(&d->match);
    pool_free(d->pool);
    free(d->which);
    free(d->x);
    free(d->soft);
    free(d->targets);
    free(d->checkpoint);
    free(d->model);
    free(d->kept_answers);
}

static int run(int argc, char **argv)
{
    struct distill d = {.arch = "mobilenetv4_conv_small_080h",
                        .size = 128,
                        .per_photo = 32,
                        .epochs = 30,
                        .batch = 64,
                        .seed = 1,
                        .rate = 0.003,
                        .decay = 0.02,
                        .temperature = 2,
                        .features_weight = 5,
                        .classes_weight = 1};
    const struct option_spec specs[] = {{"teacher", OPTION_TEXT, &d.teacher_path, 0, 0},
                                        {"out", OPTION_TEXT, &d.out, 0, 0},
                                        {"arch", OPTION_TEXT, &d.arch, 0, 0},
                                        {"start", OPTION_TEXT, &d.start, 0, 0},
                                        {"answers", OPTION_TEXT, &d.answers_path, 0, 0},
                                        {"size", OPTION_WHOLE, &d.size, 32, 512},
                                        {"teacher-size", OPTION_WHOLE, &d.teacher_size, 32, 512},
                                        {"use-size", OPTION_WHOLE, &d.use_size, 32, 512},
                                        {"views", OPTION_WHOLE, &d.per_photo, 1, 999},
                                        {"epochs", OPTION_WHOLE, &d.epochs, 1, 10000},
                                        {"batch", OPTION_WHOLE, &d.batch, 8, 1024},
                                        {"rate", OPTION_REAL, &d.rate, 1e-6, 10},
                                        {"decay", OPTION_REAL, &d.decay, 0, 1},
                                        {"temperature", OPTION_REAL, &d.temperature, 0.1, 100},
                                        {"features", OPTION_REAL, &d.features_weight, 0, 1000},
                                        {"classes", OPTION_REAL, &d.classes_weight, 0, 1000},
                                        {"seed", OPTION_WHOLE, &d.seed, 0, 1000000000},
                                        {"threads", OPTION_WHOLE, &d.threads, 0, 16},
                                        {0}};
    struct arguments args;
    struct status st = {0};
    if (options_parse(&command_distill, argc, argv, specs, 1, &args) != 0)
        return args.status;
    if (args.count != 1 || !d.teacher_path || !d.out)
        return options_wrong(&command_distill,
                             "a folder of photos, --teacher and --out are needed");
    d.photos = args.at[0];
    d.teacher_size = d.teacher_size ? d.teacher_size : d.size;
    d.use_size = d.use_size ? d.use_size : d.size;
    int status = distill(&d, &st) == 0 ? 0 : output_fail(&st);
    clear(&d);
    return status;
}

const struct command command_distill = {
    .name = "distill",
    .usage =
        "distill PHOTOS --teacher MODEL --out DIR [--arch NAME] [--size 128] [--epochs 30] ...",
    .help =
        "trains a small network from nothing to see as a larger one does, on photos without labels",
    .details =
        "PHOTOS is a folder; no project is needed. What comes out is for `tend init --model DIR/model`.\n\n"
        "  --teacher MODEL      the larger network: a model folder\n"
        "  --out DIR            DIR/model is the network, DIR/checkpoint.safetensors what a run\n"
        "                       that was stopped goes on from\n"
        "  --views N            random views of each photo that the teacher is shown (32); the\n"
        "                       network sees one an epoch, again and again\n"
        "  --answers DIR        where the teacher's features of them are kept, about 5 kB a view\n"
        "                       (DIR/answers of --out): other runs on the same views may use them\n"
        "  --arch NAME          of the small one (mobilenetv4_conv_small_080h)\n"
        "  --start FILE         checkpoint.safetensors of another run, or model.safetensors: go on\n"
        "                       from its weights\n"
        "  --size N             of its views (128); --teacher-size N: of the teacher's (the same)\n"
        "  --use-size N         input size it is to be used at (that of its views; random views\n"
        "                       enlarge things, so a little more fits)\n"
        "  --epochs N           times it sees every photo (30)\n"
        "  --batch N            photos a step (64)\n"
        "  --rate R             learning rate at its peak (0.003); --decay D: of weights (0.02)\n"
        "  --features W         how much the teacher's features count (5)\n"
        "  --classes W          how much what its classifier says counts (1); --temperature T: of\n"
        "                       the probabilities compared (2)\n"
        "  --seed N             of views, order and first weights (1)\n"
        "  --threads N          (as many as there are cores)\n",
    .run = run,
};
