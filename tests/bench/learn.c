/* What it takes to learn a label at once, and to judge all photos anew with it.
 *
 *     build/tests/bench/learn [PHOTOS [LABELS]]
 *
 * Makes a project of PHOTOS (10,000) photos that are not there, with features of 1,280 numbers in
 * 107 clusters and LABELS (2,000) labels, in a folder of its own. Prints milliseconds of one thread
 * of the CPU, medians of 20, and their ratio. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "data/file.h"
#include "data/rng.h"
#include "data/status.h"
#include "nn/network.h"
#include "tui/loop/answers.h"
#include "tui/loop/learner.h"
#include "tui/loop/project.h"

enum { WIDTH = 1280, CLASSES = 107, TIMES = 20 };

static void need(int ok, const struct status *st)
{
    if (ok)
        return;
    fprintf(stderr, "learn: %s\n", st->text);
    exit(1);
}

static double milliseconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return 1e3 * (double)t.tv_sec + 1e-6 * (double)t.tv_nsec;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values)
{
    qsort(values, TIMES, sizeof *values, compare);
    return values[TIMES / 2];
}

static void add_photos(struct project *p, int photos, int labels, struct status *st)
{
    struct taxonomy *t = taxonomy_copy(store_taxonomy(p->store));
    struct photo_new *rows = calloc((size_t)photos, sizeof *rows);
    need(t && rows, st);
    for (int k = 0; k < CLASSES; k++) {
        char top[20], leaf[20];
        snprintf(top, sizeof top, "group %d", k / 10);
        snprintf(leaf, sizeof leaf, "kind %d", k);
        need(taxonomy_add(t, taxonomy_add(t, TAXONOMY_ROOT, top, NULL, st), leaf, NULL, st) >= 0,
             st);
    }
    for (int i = 0; i < photos; i++) {
        char *name = malloc(24), leaf[20];
        need(name != NULL, st);
        snprintf(name, 24, "%08d.jpg", i);
        snprintf(leaf, sizeof leaf, "kind %d", i % CLASSES);
        char top[20];
        snprintf(top, sizeof top, "group %d", i % CLASSES / 10);
        int node = taxonomy_find_child(t, taxonomy_find_child(t, TAXONOMY_ROOT, top), leaf);
        rows[i] = (struct photo_new){.path = name, .node = i < labels ? node : -1};
    }
    need(store_import(p->store, t, rows, (size_t)photos, "bench", NULL, st) == 0, st);
    for (int i = 0; i < photos; i++)
        free((void *)(size_t)rows[i].path);
    free(rows);
    taxonomy_free(t);
}

/* As a pooled ReLU gives them: not negative, most of them small; a photo is its cluster's centre
 * and as much of its own. */
static void add_features(struct project *p, int photos, struct status *st)
{
    static float x[FEATURES_BLOCK][WIDTH], centre[CLASSES][WIDTH];
    int64_t ids[FEATURES_BLOCK];
    struct features f;
    struct rng r;
    rng_seed(&r, 1, 1);
    for (int k = 0; k < CLASSES; k++)
        for (int i = 0; i < WIDTH; i++) {
            float v = rng_normal(&r);
            centre[k][i] = v > 0 ? v : 0;
        }
    need(features_open(&f, p, 1, WIDTH, st) == 0, st);
    for (int first = 0; first < photos; first += FEATURES_BLOCK) {
        int n = photos - first < FEATURES_BLOCK ? photos - first : FEATURES_BLOCK;
        for (int i = 0; i < n; i++) {
            ids[i] = first + i + 1;
            for (int k = 0; k < WIDTH; k++) {
                float v = centre[(first + i) % CLASSES][k] + rng_normal(&r);
                x[i][k] = v > 0 ? v : 0;
            }
        }
        need(features_put(&f, ids, x[0], n, st) == 0, st);
    }
    features_close(&f);
}

/* A model of 1,280 features, for the learner to ask how wide they are. */
static void add_model(struct project *p, struct status *st)
{
    struct network *n = network_from_scratch("mobilenetv2_100", CLASSES, 224, 1, st);
    struct model_card card = {0};
    struct model_record record = {.depth = "pretrained", .architecture = "mobilenetv2_100"};
    need(n && model_card_init(&card, CLASSES, st) == 0, st);
    need(project_add_model(p, n, &card, &record, 1, st) == 0, st);
    model_card_clear(&card);
    network_free(n);
}

int main(int argc, char **argv)
{
    int photos = argc > 1 ? atoi(argv[1]) : 10000, labels = argc > 2 ? atoi(argv[2]) : 2000;
    char folder[] = "/tmp/tend-learn-XXXXXX";
    struct status st = {0};
    struct project p;
    struct learner *l;
    double one[TIMES], all[TIMES], start = 0;
    need(photos > TIMES && labels < photos && mkdtemp(folder) != NULL, &st);
    need(project_create(folder, 3, &p, &st) == 0, &st);
    add_photos(&p, photos, labels, &st);
    add_model(&p, &st);
    add_features(&p, photos, &st);
    start = milliseconds();
    need(learner_open(&p, 1, LEARNER_SINCE, &l, NULL, &st) == 0, &st);
    printf("%d photos, %d labels, %d paths, %d features: opened in %.0f ms\n", photos, labels,
           CLASSES, WIDTH, milliseconds() - start);
    size_t *rows = malloc((size_t)photos * sizeof *rows);
    struct opinion *opinions = malloc((size_t)photos * sizeof *opinions);
    need(rows && opinions, &st);
    for (int i = 0; i < photos; i++)
        rows[i] = (size_t)i;
    for (int i = 0; i < TIMES; i++) {
        int photo = photos - i;
        const struct terminals *terminals = learner_terminals(l);
        start = milliseconds();
        need(learner_label(l, store_taxonomy(p.store), photo, terminals->node[i % terminals->count],
                           &st) == 0,
             &st);
        one[i] = milliseconds() - start;
        start = milliseconds();
        need(answers_judge(store_taxonomy(p.store), l, rows, (size_t)photos, opinions, &st) == 0,
             &st);
        all[i] = milliseconds() - start;
    }
    double learn = median(one), judge = median(all);
    printf("one label learned: %.1f ms; all photos judged with it: %.1f ms, %.1f x\n", learn, judge,
           judge / learn);
    learner_free(l);
    free(rows);
    free(opinions);
    project_close(&p);
    return file_remove_tree(folder, &st) == 0 ? 0 : 1;
}
