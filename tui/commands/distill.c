/* Trains a small network from nothing on photos without labels: it learns to say of every random
 * view of a photo what a larger network, the teacher, says of the same view (Hinton et al. 2015;
 * Beyer et al. 2022: the same view, many epochs). The teacher's classes are then dropped: what is
 * kept is what the network sees.
 *
 * After every epoch OUT/checkpoint.safetensors is replaced (weights, momentum, where it was) and so
 * is the model folder OUT/model; started again with the same options, it goes on from there and
 * ends with the same bits as a run that was never stopped. */
#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "data/augment.h"
#include "data/file.h"
#include "data/decoder.h"
#include "data/image.h"
#include "data/preprocess.h"
#include "data/rng.h"
#include "data/scan.h"
#include "data/status.h"
#include "nn/checkpoint.h"
#include "nn/network.h"
#include "nn/pool.h"
#include "nn/train.h"
#include "nn/weights/hub.h"
#include "nn/weights/weights.h"
#include "tui/commands/command.h"
#include "tui/commands/interrupt.h"
#include "tui/commands/options.h"
#include "tui/commands/output.h"
#include "tui/commands/progress.h"

extern const struct command command_distill;

/* Teacher and student see the same view, so a strange one teaches no wrong label. */
static const struct augment views = {.area_min = 0.3f,
                                     .area_max = 1,
                                     .aspect_max = 4.0f / 3,
                                     .flip = 0.5f,
                                     .brightness = 0.3f,
                                     .contrast = 0.3f,
                                     .saturation = 0.3f};

/* What decides the result, kept in the checkpoint so that it is not continued with anything else.
 */
enum { SETTINGS = 9 };

struct distill {
    const char *photos, *teacher_path, *out, *arch, *start;
    long size, teacher_size, use_size, epochs, batch, seed, threads;
    double rate, temperature, decay;
    struct scan_list files;
    struct pool *pool;
    struct decoders *decoders;
    struct network *teacher, *student;
    struct preprocess seen; /* by the teacher */
    struct engine *engine;  /* of the teacher */
    struct trainer *trainer;
    int *which;
    float *x, *teacher_x, *soft;
    struct target *targets;
    char *checkpoint, *model;
    atomic_long unreadable;
};

/* ---- views ---- */

/* One random view, for the student's and the teacher's eyes: the same numbers drawn twice. */
static int make_views(struct distill *d, int photo, int epoch, float *x, float *teacher_x)
{
    struct image image = {0};
    struct rng r, again;
    char *path = file_join(d->photos, d->files.photos[photo].path);
    rng_seed(&r, (uint64_t)d->seed, (uint64_t)epoch << 32 | (uint32_t)photo);
    again = r;
    int own = augment_least(&views, &d->student->input), seen = augment_least(&views, &d->seen);
    int failed = !path ||
                 decoders_load(d->decoders, path, own > seen ? own : seen, &image, NULL) != 0 ||
                 augment_view(&image, &views, &d->student->input, &r, x, NULL) != 0 ||
                 augment_view(&image, &views, &d->seen, &again, teacher_x, NULL) != 0;
    decoders_release(d->decoders, &image);
    free(path);
    return failed ? -1 : 0;
}

static void view_task(void *arg, int task, int thread)
{
    struct distill *d = arg;
    size_t own = 3 * (size_t)(d->size * d->size),
           seen = 3 * (size_t)(d->teacher_size * d->teacher_size);
    float *x = d->x + (size_t)task * own, *teacher_x = d->teacher_x + (size_t)task * seen;
    (void)thread;
    d->targets[task].weight = 1;
    if (make_views(d, d->which[task], trainer_epoch(d->trainer), x, teacher_x) == 0)
        return;
    memset(x, 0, own * sizeof *x);
    memset(teacher_x, 0, seen * sizeof *teacher_x);
    d->targets[task].weight = 0; /* costs nothing, teaches nothing */
    atomic_fetch_add(&d->unreadable, 1);
}

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

static void soften_task(void *arg, int task, int thread)
{
    const struct distill *d = arg;
    float *z = d->soft + (size_t)task * (size_t)d->teacher->classes;
    (void)thread;
    soften(z, d->teacher->classes, d->temperature);
    d->targets[task].soft = z;
    d->targets[task].temperature = (float)d->temperature;
}

/* One step of n views; the loss of its mean. */
static int step(struct distill *d, int n, double *loss, struct status *st)
{
    pool_run(d->pool, n, view_task, d);
    engine_forward(d->engine, d->teacher_x, n, NULL, d->soft);
    pool_run(d->pool, n, soften_task, d);
    return trainer_step(d->trainer, d->x, d->targets, loss, st);
}

/* ---- checkpoints ---- */

static void run_of(const struct distill *d, float run[SETTINGS])
{
    const float list[SETTINGS] = {
        (float)d->epochs,       (float)d->batch,       (float)d->size,
        (float)d->teacher_size, (float)d->files.count, (float)d->rate,
        (float)d->temperature,  (float)d->decay,       (float)(d->seed % 1000003)};
    memcpy(run, list, sizeof list);
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
            "%s is of a run with other photos or options; remove it, or name another folder with --out",
            d->checkpoint);
    return found < 0 ? -1 : 0;
}

static int copy_weights(struct params *p, const struct weights *w)
{
    for (int i = 0; i < p->count; i++) {
        const float *values = weights_values(w, p->list[i].name, p->list[i].count);
        if (!values)
            return -1;
        memcpy(p->values + p->list[i].offset, values, p->list[i].count * sizeof *values);
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
    int result = copy_weights(&d->student->params, &w);
    if (result != 0)
        status_fail(st, STATUS_CONFLICT, "%s: is no checkpoint of a %s with the classes of %s",
                    d->start, d->arch, d->teacher_path);
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
             "distilled from %.60s on %zu photos, epoch %d of %ld, batch %ld, seed %ld",
             d->teacher->architecture, d->files.count, trainer_epoch(d->trainer), d->epochs,
             d->batch, d->seed);
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

static int load_networks(struct distill *d, struct status *st)
{
    if (model_load(d->teacher_path, NULL, &d->teacher, NULL, st) != 0)
        return -1;
    d->student =
        network_from_scratch(d->arch, d->teacher->classes, (int)d->size, (uint64_t)d->seed, st);
    if (!d->student || read_start(d, st) != 0)
        return -1;
    d->student->input = preprocess_at(&d->teacher->input, (int)d->size);
    d->seen = preprocess_at(&d->teacher->input, (int)d->teacher_size);
    d->pool = pool_new((int)d->threads, 0, st);
    d->decoders = decoders_new(st);
    if (!d->pool || !d->decoders)
        return -1;
    d->engine = engine_new(d->teacher, d->pool, (int)d->teacher_size, (int)d->teacher_size,
                           ENGINE_FORWARD, (int)d->batch, st);
    return d->engine ? 0 : -1;
}

static int make_trainer(struct distill *d, struct status *st)
{
    struct train_options o = train_defaults(DEPTH_FULL, (int)d->files.count);
    o.size = (int)d->size;
    o.epochs = (int)d->epochs;
    o.batch = (int)d->batch;
    o.rate = (float)d->rate;
    o.decay = (float)d->decay;
    o.head_rate = 1;
    o.warmup = 0.02f;
    o.clip = 5;
    o.norm = NORM_BATCH;
    o.seed = (uint64_t)d->seed;
    d->trainer = trainer_new(d->student, d->pool, &o, (int)d->files.count, st);
    return d->trainer ? 0 : -1;
}

static int allocate(struct distill *d, struct status *st)
{
    size_t n = (size_t)d->batch, own = 3 * (size_t)(d->size * d->size);
    size_t seen = 3 * (size_t)(d->teacher_size * d->teacher_size);
    d->which = malloc(n * sizeof *d->which);
    d->x = malloc(n * own * sizeof *d->x);
    d->teacher_x = malloc(n * seen * sizeof *d->teacher_x);
    d->soft = malloc(n * (size_t)d->teacher->classes * sizeof *d->soft);
    d->targets = calloc(n, sizeof *d->targets);
    d->checkpoint = file_join(d->out, "checkpoint.safetensors");
    d->model = file_join(d->out, "model");
    if (!d->which || !d->x || !d->teacher_x || !d->soft || !d->targets || !d->checkpoint ||
        !d->model)
        return status_out_of_memory(st);
    return 0;
}

static int distill(struct distill *d, struct status *st)
{
    char photos[OUTPUT_NOUN];
    int resumed = 0;
    if (scan_photos(d->photos, NULL, NULL, &d->files, NULL, st) != 0)
        return -1;
    if (d->files.count == 0 || d->files.count > 10000000)
        return status_fail(st, STATUS_INVALID, "%s: has %zu photos; some are needed", d->photos,
                           d->files.count);
    if (load_networks(d, st) != 0 || allocate(d, st) != 0 || make_trainer(d, st) != 0 ||
        file_make_folder(d->out, st) != 0 || read_checkpoint(d, &resumed, st) != 0)
        return -1;
    printf("%s at %ld learns from %s at %ld, %s, %ld epochs%s\n", d->student->architecture, d->size,
           d->teacher->architecture, d->teacher_size,
           output_noun((int64_t)d->files.count, "photo", "photos", photos), d->epochs,
           resumed ? ", going on from the checkpoint" : "");
    fflush(stdout);
    return run_epochs(d, st);
}

static void clear(struct distill *d)
{
    trainer_free(d->trainer);
    engine_free(d->engine);
    network_free(d->student);
    network_free(d->teacher);
    decoders_free(d->decoders);
    pool_free(d->pool);
    scan_clear(&d->files);
    free(d->which);
    free(d->x);
    free(d->teacher_x);
    free(d->soft);
    free(d->targets);
    free(d->checkpoint);
    free(d->model);
}

static int run(int argc, char **argv)
{
    struct distill d = {.arch = "mobilenetv2_050",
                        .size = 128,
                        .epochs = 30,
                        .batch = 32,
                        .seed = 1,
                        .rate = 0.1,
                        .temperature = 2,
                        .decay = 4e-5};
    const struct option_spec specs[] = {{"teacher", OPTION_TEXT, &d.teacher_path, 0, 0},
                                        {"out", OPTION_TEXT, &d.out, 0, 0},
                                        {"arch", OPTION_TEXT, &d.arch, 0, 0},
                                        {"start", OPTION_TEXT, &d.start, 0, 0},
                                        {"size", OPTION_WHOLE, &d.size, 32, 512},
                                        {"teacher-size", OPTION_WHOLE, &d.teacher_size, 32, 512},
                                        {"use-size", OPTION_WHOLE, &d.use_size, 32, 512},
                                        {"epochs", OPTION_WHOLE, &d.epochs, 1, 10000},
                                        {"batch", OPTION_WHOLE, &d.batch, 8, 1024},
                                        {"rate", OPTION_REAL, &d.rate, 1e-6, 10},
                                        {"temperature", OPTION_REAL, &d.temperature, 0.1, 100},
                                        {"decay", OPTION_REAL, &d.decay, 0, 1},
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
    long unreadable = atomic_load(&d.unreadable);
    if (unreadable > 0)
        output_warn("%ld views could not be made: their photos cannot be read", unreadable);
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
        "  --arch NAME          of the small one (mobilenetv2_050)\n"
        "  --start FILE         checkpoint.safetensors of another run: go on from its weights\n"
        "  --size N             of its views (128); --teacher-size N: of the teacher's (the same)\n"
        "  --use-size N         input size it is to be used at (that of its views; random views\n"
        "                       enlarge things, so a little more fits)\n"
        "  --epochs N           times it sees every photo, each time another part of it (30)\n"
        "  --batch N            photos a step (32)\n"
        "  --rate R             learning rate at its peak (0.1)\n"
        "  --temperature T      of the probabilities compared (2)\n"
        "  --decay D            weight decay (4e-5)\n"
        "  --seed N             (1)\n"
        "  --threads N          (as many as there are cores)\n",
    .run = run,
};
