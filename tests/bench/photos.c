/* What it costs to get photos into a network: milliseconds of CPU time a photo, on one thread.
 *
 *     build/tests/bench/photos FOLDER [NETWORK [MOST]]
 *
 * Prints reading, decoding, resizing (with the crop), normalising and the network itself (16 at a
 * time, random weights), of at most MOST photos (600), the sum of what comes before the network,
 * and what share of the network's own pictures a second is left when the same cores do both. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "data/file.h"
#include "data/image.h"
#include "data/preprocess.h"
#include "data/scan.h"
#include "data/status.h"
#include "nn/engine.h"
#include "nn/network.h"
#include "nn/pool.h"

enum { GROUP = 16 };
enum part { READ, DECODE, RESIZE, NORMALISE, NETWORK, PARTS };
static const char *const names[] = {"read", "decode", "resize", "normalise", "network"};

struct bench {
    struct preprocess input;
    struct engine *engine;
    float *x, *y;
    double spent[PARTS], last;
    long photos, pixels, bytes;
};

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* The time since the last call belongs to this part. */
static void add(struct bench *b, enum part part)
{
    double time = now();
    b->spent[part] += time - b->last;
    b->last = time;
}

static int photo(struct bench *b, const char *path, struct status *st)
{
    struct image image = {0}, crop = {0};
    char *bytes = NULL;
    size_t size;
    float *x =
        b->x + (size_t)(b->photos % GROUP) * (size_t)b->input.width * (size_t)b->input.height * 3;
    b->last = now();
    int failed = file_read(path, IMAGE_MAX_BYTES, &bytes, &size, st);
    add(b, READ);
    failed =
        failed || image_decode(bytes, size, path, preprocess_least(&b->input), &image, st) != 0;
    add(b, DECODE);
    failed = failed || preprocess_crop(&image, &b->input, &crop, st) != 0;
    add(b, RESIZE);
    if (!failed) {
        preprocess_normalise(&crop, &b->input, x);
        b->photos++;
        b->bytes += (long)size;
        b->pixels += (long)image.width * image.height;
    }
    free(bytes);
    image_clear(&image);
    image_clear(&crop);
    add(b, NORMALISE);
    return failed ? -1 : 0;
}

static int photos(struct bench *b, const char *folder, long most, struct status *st)
{
    struct scan_list list = {0};
    if (scan_photos(folder, NULL, NULL, &list, NULL, st) != 0)
        return -1;
    size_t step = list.count > (size_t)most ? list.count / (size_t)most : 1;
    for (size_t i = 0; i < list.count && b->photos < most; i += step) {
        char *path = file_join(folder, list.photos[i].path);
        if (!path || photo(b, path, st) != 0)
            fprintf(stderr, "photos: %s\n", st->text);
        free(path);
        if (b->photos > 0 && b->photos % GROUP == 0) {
            engine_forward(b->engine, b->x, GROUP, NULL, b->y);
            add(b, NETWORK);
        }
    }
    b->photos -= b->photos % GROUP;
    scan_clear(&list);
    return b->photos > 0 ? 0 : status_fail(st, STATUS_MISSING, "%s: too few photos", folder);
}

static void report(const struct bench *b)
{
    double n = (double)b->photos, before = 0;
    printf("%ld photos of %.0f kB and %.0f thousand pixels; ms of CPU a photo:\n", b->photos,
           (double)b->bytes / n / 1e3, (double)b->pixels / n / 1e3);
    for (int i = 0; i < PARTS; i++) {
        printf("  %-10s %7.3f\n", names[i], 1e3 * b->spent[i] / n);
        before += i < NETWORK ? b->spent[i] / n : 0;
    }
    double network = b->spent[NETWORK] / n;
    printf(
        "  before     %7.3f\nnetwork alone %.1f a second a core; with its photos at most %.1f: %.1f %%\n",
        1e3 * before, 1 / network, 1 / (network + before), 100 * network / (network + before));
}

int main(int argc, char **argv)
{
    struct status st = {0};
    struct bench b = {0};
    if (argc < 2)
        return 2;
    struct pool *pool = pool_new(1, 0, &st);
    struct network *n =
        pool ? network_from_scratch(argc > 2 ? argv[2] : "tf_mobilenetv2_100", 1000, 224, 1, &st)
             : NULL;
    if (n) {
        b.input = n->input;
        b.engine = engine_new(n, pool, b.input.height, b.input.width, ENGINE_FORWARD, GROUP, &st);
        b.x =
            calloc((size_t)GROUP * 3 * (size_t)b.input.width * (size_t)b.input.height, sizeof *b.x);
        b.y = calloc((size_t)GROUP * (size_t)n->classes, sizeof *b.y);
    }
    int failed =
        !b.engine || !b.x || !b.y || photos(&b, argv[1], argc > 3 ? atol(argv[3]) : 600, &st) != 0;
    if (failed)
        fprintf(stderr, "photos: %s\n", st.text);
    else
        report(&b);
    engine_free(b.engine);
    network_free(n);
    pool_free(pool);
    free(b.x);
    free(b.y);
    return failed;
}
