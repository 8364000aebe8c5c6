/* How good the features of a network are, and what training makes of them: photos in folders that
 * are their label path (Fruit/Apple/Granny-Smith/x.jpg), in two parts.
 *
 *     grocery TRAIN VAL MODEL [name=value ...]
 *
 * MODEL is a folder, "default" or "random:ARCHITECTURE". Trains the head on kept features of the
 * centre crop, then, when asked, deeper; prints a line after each. Names: size, via (resize to this
 * first), threads, seed; for the head rate, decay, epochs, batch; for full (full.epochs > 0
 * switches it on) full.epochs, full.rate, full.decay, full.batch, full.head_rate, full.clip,
 * full.norm (1: batch statistics); blocks.epochs and so on for the last blocks on kept activations.
 */
#include "data/clock.h"
#include "data/augment.h"
#include "data/file.h"
#include "data/image.h"
#include "data/preprocess.h"
#include "data/rng.h"
#include "data/scan.h"
#include "data/status.h"
#include "nn/network.h"
#include "nn/pool.h"
#include "nn/train.h"
#include "nn/weights/hub.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CLASSES_MAX = 4096, DEPTH_MAX = 8, GROUP = 32 };

struct set {
    const char *root;
    struct scan_list files;
    int *truth; /* class of each */
};

struct setup {
    /* folder parts joined by \1, so that sorting keeps trees together */
    char *classes[CLASSES_MAX];
    int count, depth[CLASSES_MAX];
    int first[CLASSES_MAX][DEPTH_MAX], last[CLASSES_MAX][DEPTH_MAX];
    struct set train, val;
    struct pool *pool;
    struct network *network;
    struct preprocess input;
    int size, via;
    uint64_t seed;
    struct augment augment; /* of deep training */
    float smoothing;
};

static void stop(const struct status *st)
{
    fprintf(stderr, "grocery: %s\n", st->text);
    exit(1);
}

static void *need(void *memory)
{
    if (!memory) {
        fprintf(stderr, "grocery: out of memory\n");
        exit(1);
    }
    return memory;
}

static double option(int argc, char **argv, const char *name, double otherwise)
{
    size_t n = strlen(name);
    for (int i = 4; i < argc; i++)
        if (strncmp(argv[i], name, n) == 0 && argv[i][n] == '=')
            return strtod(argv[i] + n + 1, NULL);
    return otherwise;
}

/* ---- labels ---- */

static int compare_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static char *class_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *name = need(strndup(path, slash ? (size_t)(slash - path) : 0));
    for (char *c = name; *c; c++)
        *c = *c == '/' ? 1 : *c;
    return name;
}

static int find_class(struct setup *s, const char *path)
{
    char *name = class_of(path), **at;
    at = bsearch(&name, s->classes, (size_t)s->count, sizeof *s->classes, compare_text);
    free(name);
    return at ? (int)(at - s->classes) : -1;
}

/* Length of the common leading part, in labels. */
static int common(const char *a, const char *b)
{
    int labels = 0;
    for (; *a && *a == *b; a++, b++)
        labels += *a == 1;
    return labels + ((*a == 0 || *a == 1) && (*b == 0 || *b == 1));
}

static void make_classes(struct setup *s)
{
    for (size_t i = 0; i < s->train.files.count && s->count < CLASSES_MAX; i++) {
        char *name = class_of(s->train.files.photos[i].path);
        if (s->count > 0 && strcmp(s->classes[s->count - 1], name) == 0)
            free(name);
        else
            s->classes[s->count++] = name;
    }
    qsort(s->classes, (size_t)s->count, sizeof *s->classes, compare_text);
    for (int k = 0; k < s->count; k++) {
        s->depth[k] = common(s->classes[k], s->classes[k]);
        for (int l = 0; l < s->depth[k] && l < DEPTH_MAX; l++) {
            s->first[k][l] = s->last[k][l] = k;
            while (s->first[k][l] > 0 && common(s->classes[s->first[k][l] - 1], s->classes[k]) > l)
                s->first[k][l]--;
            while (s->last[k][l] < s->count && common(s->classes[s->last[k][l]], s->classes[k]) > l)
                s->last[k][l]++;
        }
    }
}

static void scan(struct setup *s, struct set *set, const char *root)
{
    struct status st = {0};
    set->root = root;
    if (scan_photos(root, NULL, NULL, &set->files, NULL, &st) != 0)
        stop(&st);
    if (set == &s->train)
        make_classes(s);
    set->truth = need(malloc((set->files.count + 1) * sizeof *set->truth));
    for (size_t i = 0; i < set->files.count; i++)
        set->truth[i] = find_class(s, set->files.photos[i].path);
}

/* ---- pictures ---- */

struct views {
    struct setup *s;
    const struct set *set;
    const int *which;
    int first;
    float *x;
    uint64_t epoch; /* 0: the centre crop; else a random view of that epoch */
};

static void make_view(void *arg, int task, int thread)
{
    const struct views *v = arg;
    struct status st = {0};
    struct image photo = {0}, smaller = {0};
    int i = v->which ? v->which[task] : v->first + task;
    const struct preprocess *p = &v->s->input;
    float *x = v->x + (size_t)task * 3 * (size_t)p->width * (size_t)p->height;
    char *path = need(file_join(v->set->root, v->set->files.photos[i].path));
    (void)thread;
    if (image_load(path, 0, &photo, &st) != 0)
        stop(&st);
    if (v->s->via > 0) {
        struct preprocess at = preprocess_at(p, v->s->via);
        if (preprocess_crop(&photo, &at, &smaller, &st) != 0)
            stop(&st);
        image_clear(&photo);
        photo = smaller;
    }
    if (v->epoch > 0) {
        struct rng r;
        rng_seed(&r, v->s->seed + v->epoch, (uint64_t)i);
        if (augment_view(&photo, &v->s->augment, p, &r, x, &st) != 0)
            stop(&st);
    } else {
        struct preprocess whole = *p;
        whole.crop = v->s->via > 0 ? 1 : p->crop;
        if (preprocess_image(&photo, &whole, x, &st) != 0)
            stop(&st);
    }
    image_clear(&photo);
    free(path);
}

static float *pixels(const struct setup *s, int count)
{
    return need(malloc((size_t)count * 3 * (size_t)s->size * (size_t)s->size * sizeof(float)));
}

/* To the activations at a cut, or (cut -1) to features and logits, either of which may be NULL. */
static void forward(struct setup *s, const struct set *set, int cut, float *features, float *logits)
{
    struct status st = {0};
    struct engine *e =
        engine_new(s->network, s->pool, s->size, s->size, ENGINE_FORWARD, GROUP, &st);
    if (!e)
        stop(&st);
    float *x = pixels(s, GROUP);
    for (int i = 0; i < (int)set->files.count; i += GROUP) {
        int n = (int)set->files.count - i < GROUP ? (int)set->files.count - i : GROUP;
        struct views v = {.s = s, .set = set, .first = i, .x = x};
        pool_run(s->pool, n, make_view, &v);
        if (cut >= 0)
            engine_forward_to(e, cut, x, n,
                              features + (size_t)i *
                                             network_cut_floats(s->network, cut, s->size, s->size));
        else
            engine_forward(e, x, n,
                           features ? features + (size_t)i * (size_t)s->network->features : NULL,
                           logits ? logits + (size_t)i * (size_t)s->network->classes : NULL);
    }
    free(x);
    engine_free(e);
}

/* ---- score ---- */

/* The path of largest expected score, among those of the classes. */
static int decide(const struct setup *s, const float *logits)
{
    double sum[CLASSES_MAX + 1], p[CLASSES_MAX], all = 0, best = -1;
    float most = -INFINITY;
    int answer = 0;
    for (int k = 0; k < s->count; k++)
        most = logits[k] > most ? logits[k] : most;
    for (int k = 0; k < s->count; k++)
        all += p[k] = exp((double)(logits[k] - most));
    sum[0] = 0;
    for (int k = 0; k < s->count; k++)
        sum[k + 1] = sum[k] + p[k] / all / s->depth[k];
    for (int k = 0; k < s->count; k++) {
        double expected = 0;
        for (int l = 0; l < s->depth[k]; l++)
            expected += sum[s->last[k][l]] - sum[s->first[k][l]];
        if (expected > best) {
            best = expected;
            answer = k;
        }
    }
    return answer;
}

static void tell(const struct setup *s, const char *what, const float *logits, double took)
{
    double score = 0, exact = 0, n = (double)s->val.files.count;
    for (size_t i = 0; i < s->val.files.count; i++) {
        int answer = decide(s, logits + i * (size_t)s->count), truth = s->val.truth[i];
        if (truth < 0)
            continue;
        score += (double)common(s->classes[answer], s->classes[truth]) / s->depth[truth];
        exact += answer == truth;
    }
    printf("%-5s score %.4f exact %.4f  %.1f s\n", what, score / n, exact / n, took);
    fflush(stdout);
}

static struct target target_of(const struct setup *s, int k)
{
    struct target t = {.weight = 1, .levels = s->depth[k], .smoothing = s->smoothing};
    for (int l = 0; l < t.levels; l++) {
        t.level[l].first = s->first[k][l];
        t.level[l].last = s->last[k][l];
        t.level[l].weight = 1 / (float)s->depth[k];
    }
    return t;
}

/* ---- training ---- */

/* features NULL: from pictures, a new view an epoch. Returns the loss at the end. */
static double train(struct setup *s, const struct train_options *o, const float *features)
{
    struct status st = {0};
    struct trainer *t = trainer_new(s->network, s->pool, o, (int)s->train.files.count, &st);
    if (!t)
        stop(&st);
    size_t width = network_cut_floats(s->network, trainer_cut(t), s->size, s->size);
    float *x = need(malloc((size_t)o->batch * width * sizeof *x));
    struct target *targets = need(malloc((size_t)o->batch * sizeof *targets));
    int *which = need(malloc((size_t)o->batch * sizeof *which)), n;
    double loss, mean = 0;
    int epoch = 0;
    while ((n = trainer_next(t, which)) > 0) {
        if (!features && trainer_epoch(t) > epoch) {
            epoch = trainer_epoch(t);
            fprintf(stderr, "epoch %d loss %.4f\n", epoch, mean);
        }
        for (int i = 0; i < n; i++) {
            targets[i] = target_of(s, s->train.truth[which[i]]);
            if (features)
                memcpy(x + (size_t)i * width, features + (size_t)which[i] * width,
                       width * sizeof *x);
        }
        struct views v = {.s = s,
                          .set = &s->train,
                          .which = which,
                          .x = x,
                          .epoch = (uint64_t)trainer_epoch(t) + 1};
        if (!features)
            pool_run(s->pool, n, make_view, &v);
        if (trainer_step(t, x, targets, &loss, &st) != 0)
            stop(&st);
        mean = mean == 0 ? loss : 0.95 * mean + 0.05 * loss;
    }
    free(which);
    free(targets);
    free(x);
    trainer_free(t);
    return mean;
}

static void load(struct setup *s, const char *model)
{
    struct status st = {0};
    if (strncmp(model, "random:", 7) == 0)
        s->network = network_from_scratch(model + 7, 1, 224, s->seed, &st);
    else if (strcmp(model, "default") == 0)
        model_load_default(&s->network, NULL, &st);
    else
        model_load(model, NULL, &s->network, NULL, &st);
    if (!s->network || network_set_classes(s->network, s->count, NULL, &st) != 0)
        stop(&st);
}

static void run_head(struct setup *s, int argc, char **argv, float *logits)
{
    struct train_options o = train_defaults(DEPTH_HEAD, (int)s->train.files.count);
    o.size = s->size;
    o.seed = s->seed;
    o.rate = (float)option(argc, argv, "rate", (double)o.rate);
    o.decay = (float)option(argc, argv, "decay", (double)o.decay);
    o.epochs = (int)option(argc, argv, "epochs", o.epochs);
    o.batch = (int)option(argc, argv, "batch", o.batch);
    size_t width = (size_t)s->network->features, count = s->train.files.count;
    float *features = need(malloc(count * width * sizeof *features));
    double start = clock_seconds(), square = 0;
    forward(s, &s->train, -1, features, NULL);
    for (size_t i = 0; i < count * width; i++)
        square += (double)features[i] * (double)features[i];
    printf("features of %zu photos: %.1f s, mean square norm %.1f\n", count,
           clock_seconds() - start, square / (double)count);
    start = clock_seconds();
    double loss = train(s, &o, features), took = clock_seconds() - start;
    forward(s, &s->val, -1, NULL, logits);
    printf("head: %d epochs, rate %g, decay %g, batch %d, loss %.4f\n", o.epochs, (double)o.rate,
           (double)o.decay, o.batch, loss);
    tell(s, "head", logits, took);
    free(features);
}

/* "blocks.rate" of argv; the default when it is not there. */
static double deep_option(int argc, char **argv, enum depth depth, const char *name,
                          double otherwise)
{
    char full[64];
    snprintf(full, sizeof full, "%s.%s", depth_name(depth), name);
    return option(argc, argv, full, otherwise);
}

/* The same weights on larger pictures, and on whole ones: what a network was trained at is not
 * always what it does best at (Touvron et al. 2019, FixRes). */
static void test_sizes(struct setup *s, float *logits)
{
    const struct preprocess trained = s->input;
    const int size = s->size;
    for (int k = 0; k < 6; k++) {
        char what[32];
        s->size = size + k / 2 * 32;
        s->input = preprocess_at(&trained, s->size);
        if (k % 2)
            s->input.crop = 1;
        forward(s, &s->val, -1, NULL, logits);
        snprintf(what, sizeof what, "at %d crop %g", s->size, (double)s->input.crop);
        tell(s, what, logits, 0);
    }
    s->size = size;
    s->input = trained;
}

static void run_deep(struct setup *s, int argc, char **argv, enum depth depth, float *logits)
{
    struct train_options o = train_defaults(depth, (int)s->train.files.count);
    o.size = s->size;
    o.seed = s->seed;
    o.epochs = (int)deep_option(argc, argv, depth, "epochs", 0);
    o.rate = (float)deep_option(argc, argv, depth, "rate", (double)o.rate);
    o.decay = (float)deep_option(argc, argv, depth, "decay", (double)o.decay);
    o.batch = (int)deep_option(argc, argv, depth, "batch", o.batch);
    o.head_rate = (float)deep_option(argc, argv, depth, "head_rate", (double)o.head_rate);
    o.clip = (float)deep_option(argc, argv, depth, "clip", (double)o.clip);
    o.norm = deep_option(argc, argv, depth, "norm", 0) > 0 ? NORM_BATCH : NORM_RUNNING;
    if (o.epochs < 1)
        return;
    double start = clock_seconds();
    float *kept = NULL;
    if (depth == DEPTH_BLOCKS) {
        int cut = network_cut(s->network, depth);
        kept = need(malloc(s->train.files.count * sizeof *kept *
                           network_cut_floats(s->network, cut, s->size, s->size)));
        forward(s, &s->train, cut, kept, NULL);
    }
    double loss = train(s, &o, kept), took = clock_seconds() - start;
    free(kept);
    forward(s, &s->val, -1, NULL, logits);
    printf("%s: %d epochs, rate %g, decay %g, batch %d, head x %g, clip %g, loss %.4f\n",
           depth_name(depth), o.epochs, (double)o.rate, (double)o.decay, o.batch,
           (double)o.head_rate, (double)o.clip, loss);
    tell(s, depth_name(depth), logits, took);
    test_sizes(s, logits);
}

int main(int argc, char **argv)
{
    static struct setup s;
    struct status st = {0};
    if (argc < 4) {
        fprintf(stderr, "usage: grocery TRAIN VAL MODEL [name=value ...]\n");
        return 2;
    }
    s.seed = (uint64_t)option(argc, argv, "seed", 1);
    s.pool = pool_new((int)option(argc, argv, "threads", 0), 0, &st);
    if (!s.pool)
        stop(&st);
    scan(&s, &s.train, argv[1]);
    scan(&s, &s.val, argv[2]);
    load(&s, argv[3]);
    s.size = (int)option(argc, argv, "size", s.network->input.width);
    s.via = (int)option(argc, argv, "via", 0);
    s.input = preprocess_at(&s.network->input, s.size);
    s.augment = augment_fine_tuning;
    s.augment.area_min = (float)option(argc, argv, "area", (double)s.augment.area_min);
    s.augment.aspect_max = (float)option(argc, argv, "aspect", (double)s.augment.aspect_max);
    s.augment.brightness = s.augment.contrast = s.augment.saturation =
        (float)option(argc, argv, "colour", (double)s.augment.contrast);
    float *logits = need(malloc((s.val.files.count + 1) * (size_t)s.count * sizeof *logits));
    run_head(&s, argc, argv, logits);
    s.smoothing = (float)option(argc, argv, "smoothing", 0);
    run_deep(&s, argc, argv, DEPTH_BLOCKS, logits);
    run_deep(&s, argc, argv, DEPTH_FULL, logits);
    free(logits);
    return 0;
}
