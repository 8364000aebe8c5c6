/* What it costs to decode photos in processes of their own: photos a second from disk to network
 * inputs, through the processes and in this one, in turn, on the same threads.
 *
 *     build/tests/bench/decoder FOLDER [THREADS [MOST [ROUNDS]]]
 *
 * The network's own time is not in it: the ratio of a whole `tend predict` is nearer to 1.
 * Prints the medians over ROUNDS (15) of at most MOST (256) photos, and of the ratio; and the ratio
 * of CPU time, all processes together, which other programs on the machine disturb less. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#include "data/decoder.h"
#include "data/file.h"
#include "data/image.h"
#include "data/preprocess.h"
#include "data/scan.h"
#include "data/status.h"
#include "nn/network.h"
#include "nn/pool.h"

enum { ROUNDS_MOST = 200 };

struct bench {
    struct decoders *decoders; /* NULL: in this process */
    struct preprocess input;
    char **files;
    float *x; /* of each thread */
    int count;
    double cpu_here, cpu_there; /* of this process, while it does one or the other */
};

static void load(void *arg, int task, int thread)
{
    const struct bench *b = arg;
    const struct preprocess *p = &b->input;
    struct image image = {0};
    struct status st = {0};
    const char *file = b->files[task];
    int least = preprocess_least(p);
    float *x = b->x + (size_t)thread * 3 * (size_t)p->width * (size_t)p->height;
    if (b->decoders ? decoders_load(b->decoders, file, least, &image, &st)
                    : image_load(file, least, &image, &st))
        fprintf(stderr, "decoder: %s\n", st.text);
    else if (preprocess_image(&image, p, x, &st) != 0)
        fprintf(stderr, "decoder: %s\n", st.text);
    if (b->decoders)
        decoders_release(b->decoders, &image);
    else
        image_clear(&image);
}

static double seconds(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double run(struct bench *b, struct pool *pool, struct decoders *decoders)
{
    double from = seconds(CLOCK_MONOTONIC), cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
    b->decoders = decoders;
    pool_run(pool, b->count, load, b);
    *(decoders ? &b->cpu_there : &b->cpu_here) += seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    return seconds(CLOCK_MONOTONIC) - from;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values, int count)
{
    qsort(values, (size_t)count, sizeof *values, compare);
    return values[count / 2];
}

static void measure(struct bench *b, struct pool *pool, struct decoders *decoders, int rounds)
{
    double ratio[ROUNDS_MOST], here[ROUNDS_MOST], there[ROUNDS_MOST];
    run(b, pool, NULL);
    run(b, pool, decoders);
    for (int i = 0; i < rounds; i++) { /* who goes first changes */
        double first = run(b, pool, i % 2 ? decoders : NULL);
        double second = run(b, pool, i % 2 ? NULL : decoders);
        here[i] = i % 2 ? second : first;
        there[i] = i % 2 ? first : second;
        ratio[i] = here[i] / there[i];
    }
    printf("%d photos, %d threads: %.0f photos/s in this process, %.0f in others; ratio %.3f\n",
           b->count, pool_threads(pool), b->count / median(here, rounds),
           b->count / median(there, rounds), median(ratio, rounds));
}

/* When the other processes have ended. */
static void report_cpu(const struct bench *b, long photos)
{
    struct rusage others;
    getrusage(RUSAGE_CHILDREN, &others);
    double there = b->cpu_there + (double)(others.ru_utime.tv_sec + others.ru_stime.tv_sec) +
                   1e-6 * (double)(others.ru_utime.tv_usec + others.ru_stime.tv_usec);
    printf(
        "CPU time a photo: %.3f ms in this process, %.3f ms with others (%.3f ms here); ratio %.3f\n",
        1e3 * b->cpu_here / (double)photos, 1e3 * there / (double)photos,
        1e3 * b->cpu_there / (double)photos, b->cpu_here / there);
}

static int prepare(struct bench *b, const char *folder, int threads, int most, struct status *st)
{
    struct scan_list list = {0};
    struct network *n = network_from_scratch("tf_mobilenetv2_100", 10, 224, 1, st);
    if (!n || scan_photos(folder, NULL, NULL, &list, NULL, st) != 0)
        return -1;
    b->input = n->input;
    network_free(n);
    b->files = calloc((size_t)most, sizeof *b->files);
    b->x = calloc((size_t)threads * 3 * (size_t)b->input.width * (size_t)b->input.height,
                  sizeof *b->x);
    if (!b->files || !b->x)
        return status_out_of_memory(st);
    size_t step = list.count > (size_t)most ? list.count / (size_t)most : 1;
    for (size_t i = 0; i < list.count && b->count < most; i += step)
        b->files[b->count++] = file_join(folder, list.photos[i].path);
    scan_clear(&list);
    return b->count ? 0 : status_fail(st, STATUS_MISSING, "%s: no photos", folder);
}

int main(int argc, char **argv)
{
    struct status st = {0};
    struct bench b = {0};
    if (argc < 2)
        return 2;
    int most = argc > 3 ? atoi(argv[3]) : 256, rounds = argc > 4 ? atoi(argv[4]) : 15;
    struct pool *pool = pool_new(argc > 2 ? atoi(argv[2]) : 0, 0, &st);
    struct decoders *decoders = decoders_new(&st);
    int failed = !pool || !decoders || rounds < 1 || rounds > ROUNDS_MOST ||
                 prepare(&b, argv[1], pool_threads(pool), most, &st) != 0;
    if (failed)
        fprintf(stderr, "decoder: %s\n", st.text);
    else
        measure(&b, pool, decoders, rounds);
    for (int i = 0; i < b.count; i++)
        free(b.files[i]);
    free(b.files);
    free(b.x);
    decoders_free(decoders);
    pool_free(pool);
    if (!failed)
        report_cpu(&b, (long)b.count * (rounds + 1));
    return failed;
}
