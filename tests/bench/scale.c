/* Makes large projects for tests/bench/scale.py: photos on disk, a file of labels for them, and in
 * a project what would take hours to compute: predictions, features and reviews, all drawn from a
 * seed.
 *
 *   scale photos FOLDER N          FOLDER/d000/p0000000.ppm ..., a thousand in a folder, all
 * different scale labels FILE FOLDER N     CSV: a label of three levels for each, one of 250 scale
 * fill PROJECT [WIDTH]     predictions of the model in use for all photos, reviews of one in a
 *                                  hundred, and features of WIDTH numbers where that is given
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "data/status.h"
#include "labels/store.h"
#include "tui/loop/features.h"
#include "tui/loop/project.h"

enum { FOLDER = 1000, KEPT = 8, PART = 500, TOPS = 10, MIDDLES = 5, ENDS = 5 };

static uint64_t mix(uint64_t x)
{
    x += 0x9E3779B97F4A7C15u;
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
    x = (x ^ x >> 27) * 0x94D049BB133111EBu;
    return x ^ x >> 31;
}

static double uniform(uint64_t x)
{
    return (double)(mix(x) >> 11) * 0x1p-53;
}

static int fail(const char *what)
{
    perror(what);
    return 1;
}

/* ---- photos and labels ---------------------------------------------------------------------- */

enum { SIDE = 12 };

static int write_photo(const char *path, uint64_t i)
{
    unsigned char pixels[SIDE * SIDE * 3];
    FILE *f = fopen(path, "wb");
    if (!f)
        return -1;
    for (size_t k = 0; k < sizeof pixels; k++)
        pixels[k] =
            (unsigned char)(mix(i * 3 + k % 3 + (k / 3 % SIDE > SIDE / 2 ? 1u << 30 : 0)) >> 20);
    int failed =
        fprintf(f, "P6\n%d %d\n255\n", SIDE, SIDE) < 0 || fwrite(pixels, sizeof pixels, 1, f) != 1;
    return fclose(f) != 0 || failed ? -1 : 0;
}

static int photos(const char *folder, long n)
{
    char path[4096];
    if (mkdir(folder, 0777) != 0)
        return fail(folder);
    for (long i = 0; i < n; i++) {
        snprintf(path, sizeof path, "%s/d%03ld", folder, i / FOLDER);
        if (i % FOLDER == 0 && mkdir(path, 0777) != 0)
            return fail(path);
        snprintf(path, sizeof path, "%s/d%03ld/p%07ld.ppm", folder, i / FOLDER, i);
        if (write_photo(path, (uint64_t)i) != 0)
            return fail(path);
    }
    return 0;
}

static int labels(const char *file, const char *folder, long n)
{
    FILE *f = fopen(file, "w");
    if (!f)
        return fail(file);
    fprintf(f, "photo,label1,label2,label3\n");
    for (long i = 0; i < n; i++) {
        int top = (int)(mix((uint64_t)i) % TOPS), middle = (int)(mix((uint64_t)i + 7) % MIDDLES);
        int end = (int)(mix((uint64_t)i + 13) % ENDS);
        fprintf(f, "%s/d%03ld/p%07ld.ppm,top%d,middle%d%d,end%d%d%d\n", folder, i / FOLDER, i, top,
                top, middle, top, middle, end);
    }
    return fclose(f) != 0 ? fail(file) : 0;
}

/* ---- what a project has computed ------------------------------------------------------------ */

struct filling {
    struct project project;
    struct features features;
    struct terminals terminals;
    int model, width;
    size_t n; /* of the part */
    struct prediction predictions[PART];
    int nodes[PART][KEPT];
    float kept[PART][KEPT];
    struct review reviews[PART];
    size_t reviewed;
    int64_t photos[FEATURES_BLOCK];
    float *x;
    int rows;
    struct status st;
};

static int write_part(struct filling *f)
{
    int failed = store_put_predictions(f->project.store, f->predictions, f->n, &f->st) != 0;
    if (!failed && f->reviewed > 0)
        failed = store_review(f->project.store, "bench", f->reviews, f->reviewed, &f->st) != 0;
    f->n = f->reviewed = 0;
    return failed;
}

static void predict(struct filling *f, int64_t photo, int sure)
{
    size_t n = f->n++;
    double share = .2 + .79 * uniform((uint64_t)photo + 99), rest = 1 - share;
    for (int k = 0; k < KEPT; k++) {
        f->nodes[n][k] = f->terminals.node[(sure + k * 37) % f->terminals.count];
        f->kept[n][k] = (float)(k == 0 ? share : rest / (KEPT - 1));
    }
    f->predictions[n] = (struct prediction){.photo = photo,
                                            .model = f->model,
                                            .node = f->nodes[n][0],
                                            .expected = (float)share,
                                            .gap = (float)(share - rest / (KEPT - 1)),
                                            .count = KEPT,
                                            .terminal = f->nodes[n],
                                            .probability = f->kept[n]};
    if (photo % 100 == 0)
        f->reviews[f->reviewed++] = (struct review){.photo = photo,
                                                    .kind = EVENT_ACCEPT,
                                                    .node = f->nodes[n][0],
                                                    .model = f->model,
                                                    .milliseconds = 900};
}

static int put_features(struct filling *f)
{
    int n = f->rows;
    f->rows = 0;
    return features_put(&f->features, f->photos, f->x, n, &f->st);
}

static int look(struct filling *f, int64_t photo, int sure)
{
    uint64_t state = mix((uint64_t)photo), of_class = mix((uint64_t)sure);
    float *x = f->x + (size_t)f->rows * (size_t)f->width;
    for (int i = 0; i < f->width; i++) {
        state ^= state << 13, state ^= state >> 7, state ^= state << 17;
        of_class ^= of_class << 13, of_class ^= of_class >> 7, of_class ^= of_class << 17;
        x[i] = (float)(state >> 40) * 0x1p-24f + (float)(of_class >> 40) * 0x1p-25f;
    }
    f->photos[f->rows++] = photo;
    return f->rows == FEATURES_BLOCK ? put_features(f) : 0;
}

static int fill_one(void *arg, const struct photo_name *name)
{
    struct filling *f = arg;
    int64_t photo = name->photo;
    int right = name->label >= 0 ? f->terminals.index[name->label] : 0;
    int sure = photo % 10 == 3 ? (int)(mix((uint64_t)photo) % (uint64_t)f->terminals.count) : right;
    predict(f, photo, sure);
    if (f->width > 0 && look(f, photo, right) != 0)
        return 1;
    return f->n == PART && write_part(f);
}

static int fill(const char *folder, int width)
{
    struct filling *f = calloc(1, sizeof *f);
    struct store *reading = NULL;
    char path[4096];
    if (!f)
        return fail("memory");
    f->width = width;
    f->x = calloc((size_t)width * FEATURES_BLOCK + 1, sizeof *f->x);
    int failed = !f->x || project_open(folder, &f->project, &f->st) != 0;
    snprintf(path, sizeof path, "%s/project.db", failed ? "" : f->project.folder);
    failed = failed || store_open(path, &reading, &f->st) != 0 ||
             terminals_make(store_taxonomy(reading), &f->terminals, &f->st) != 0;
    f->model = failed ? 0 : store_current_model(f->project.store);
    if (!failed && width > 0)
        failed = features_open(&f->features, &f->project, f->model, width, &f->st) != 0;
    if (!failed)
        failed = store_each_name(reading, fill_one, f, &f->st) != 0 || f->st.code != STATUS_OK ||
                 (f->n > 0 && write_part(f) != 0) || (f->rows > 0 && put_features(f) != 0);
    if (failed)
        fprintf(stderr, "scale: %s\n", f->st.text);
    store_close(reading);
    project_close(&f->project);
    free(f->x);
    free(f);
    return failed;
}

int main(int argc, char **argv)
{
    if (argc == 4 && strcmp(argv[1], "photos") == 0)
        return photos(argv[2], atol(argv[3]));
    if (argc == 5 && strcmp(argv[1], "labels") == 0)
        return labels(argv[2], argv[3], atol(argv[4]));
    if ((argc == 3 || argc == 4) && strcmp(argv[1], "fill") == 0)
        return fill(argv[2], argc == 4 ? atoi(argv[3]) : 0);
    fprintf(stderr, "usage: scale photos FOLDER N | labels FILE FOLDER N | fill PROJECT [WIDTH]\n");
    return 2;
}
