#include "tui/commands/distill_views.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "data/augment.h"
#include "data/decoder.h"
#include "data/file.h"
#include "data/preprocess.h"
#include "data/rng.h"
#include "data/status.h"
#include "nn/pool.h"

/* ---- photos ---- */

static int load(const struct views *v, int photo, struct image *out, struct status *st)
{
    char *path = file_join(v->folder, v->files.photos[photo].path);
    int result =
        path ? decoders_load(v->decoders, path, v->least, out, st) : status_out_of_memory(st);
    free(path);
    return result;
}

struct reading {
    struct views *views;
    struct read_photo {
        uint64_t hash; /* of the file */
        int readable;
    } * photos;
    atomic_size_t bytes;
    atomic_int *cancel;
};

static void keep(struct reading *job, const struct image *lent, struct image *own)
{
    size_t bytes = 3 * (size_t)lent->width * (size_t)lent->height;
    if (atomic_load(&job->bytes) >> 20 < VIEWS_MEMORY &&
        image_new(lent->width, lent->height, own, NULL) == 0) {
        memcpy(own->rgb, lent->rgb, bytes);
        atomic_fetch_add(&job->bytes, bytes);
    }
}

static void read_photo(void *arg, int photo, int thread)
{
    struct reading *job = arg;
    struct views *v = job->views;
    struct image lent = {0};
    struct read_photo *out = &job->photos[photo];
    char *path = file_join(v->folder, v->files.photos[photo].path);
    (void)thread;
    if (path && !atomic_load(job->cancel) && load(v, photo, &lent, NULL) == 0 &&
        scan_hash_file(path, &out->hash, NULL) == 0) {
        out->readable = 1;
        keep(job, &lent, &v->kept[photo]);
    }
    decoders_release(v->decoders, &lent);
    free(path);
}

/* Only those that can be read; and what they are. VERSION: to be raised when the same photos and
 * numbers give other views. */
static void take_readable(struct views *v, const struct read_photo *photos)
{
    enum { VERSION = 1 };
    const struct augment *a = &augment_from_scratch;
    const float numbers[] = {VERSION, (float)v->least, a->area_min, a->area_max,  a->aspect_max,
                             a->flip, a->brightness,   a->contrast, a->saturation};
    size_t count = 0;
    uint64_t hash = scan_hash_bytes(numbers, sizeof numbers);
    hash = scan_hash_more(hash, &v->seed, sizeof v->seed);
    for (size_t i = 0; i < v->files.count; i++) {
        if (photos[i].readable) {
            hash = scan_hash_more(hash, &photos[i].hash, sizeof photos[i].hash);
            v->files.photos[count] = v->files.photos[i];
            v->kept[count++] = v->kept[i];
        } else {
            free(v->files.photos[i].path);
        }
    }
    v->unreadable = v->files.count - count;
    v->files.count = count;
    v->identity = hash;
}

int views_init(struct views *v, const char *folder, uint64_t seed, const struct preprocess *largest,
               struct pool *pool, atomic_int *cancel, struct status *st)
{
    *v = (struct views){
        .folder = folder, .seed = seed, .least = augment_least(&augment_from_scratch, largest)};
    if (scan_photos(folder, NULL, NULL, &v->files, NULL, st) != 0)
        return -1;
    if (v->files.count > 10000000)
        return status_fail(st, STATUS_INVALID,
                           "%s: has %zu photos; at most 10,000,000 are possible", folder,
                           v->files.count);
    v->decoders = decoders_new(st);
    if (!v->decoders)
        return -1;
    struct reading job = {.views = v, .cancel = cancel};
    v->kept = calloc(v->files.count + 1, sizeof *v->kept);
    job.photos = calloc(v->files.count + 1, sizeof *job.photos);
    if (v->kept && job.photos) {
        pool_run(pool, (int)v->files.count, read_photo, &job);
        take_readable(v, job.photos);
    }
    free(job.photos);
    if (!v->kept || !job.photos)
        return status_out_of_memory(st);
    if (atomic_load(cancel))
        return status_fail(st, STATUS_CANCELLED, "stopped");
    if (v->files.count < 2)
        return status_fail(st, STATUS_INVALID,
                           "%s: has %zu photos that can be read; some are needed", folder,
                           v->files.count);
    return 0;
}

void views_clear(struct views *v)
{
    for (size_t i = 0; v->kept && i < v->files.count; i++)
        image_clear(&v->kept[i]);
    free(v->kept);
    decoders_free(v->decoders);
    scan_clear(&v->files);
    *v = (struct views){0};
}

/* ---- views ---- */

static int view_of(const struct views *v, int photo, const struct preprocess *p, struct rng *r,
                   float *x, struct status *st)
{
    struct image lent = {0};
    if (v->kept[photo].rgb)
        return augment_view(&v->kept[photo], &augment_from_scratch, p, r, x, st);
    int failed = load(v, photo, &lent, st) != 0 ||
                 augment_view(&lent, &augment_from_scratch, p, r, x, st) != 0;
    decoders_release(v->decoders, &lent);
    return failed ? -1 : 0;
}

/* x becomes a mean of x and other, or gets a part of other put in. */
static void mix(const struct preprocess *p, struct rng *r, const float *other, float *x)
{
    int whole = rng_uniform(r) < 0.5f;
    double share = (double)rng_uniform(r), left = (double)rng_uniform(r),
           top = (double)rng_uniform(r), side = whole ? 1 : sqrt(share);
    int columns = (int)lrint(side * p->width), rows = (int)lrint(side * p->height);
    int first_row = (int)((p->height - rows) * top), first = (int)((p->width - columns) * left);
    float own = whole ? (float)share : 0;
    for (int row = first_row; row < first_row + rows; row++) {
        size_t at = 3 * ((size_t)row * (size_t)p->width + (size_t)first);
        for (size_t i = at; i < at + 3 * (size_t)columns; i++)
            x[i] = own * x[i] + (1 - own) * other[i];
    }
}

static void mirror(const struct preprocess *p, float *x)
{
    for (int row = 0; row < p->height; row++) {
        float *left = x + 3 * (size_t)row * (size_t)p->width;
        float *right = left + 3 * ((size_t)p->width - 1);
        for (; left < right; left += 3, right -= 3)
            for (int c = 0; c < 3; c++) {
                float value = left[c];
                left[c] = right[c];
                right[c] = value;
            }
    }
}

int views_make(const struct views *v, int photo, int number, int flipped,
               const struct preprocess *p, float *x, struct status *st)
{
    struct rng r;
    rng_seed(&r, v->seed, (uint64_t)number << 32 | (uint32_t)photo);
    if (view_of(v, photo, p, &r, x, st) != 0)
        return -1;
    if (number % 2) {
        int other = (int)rng_below(&r, (uint32_t)v->files.count);
        float *y = malloc(3 * (size_t)p->width * (size_t)p->height * sizeof *y);
        int result = y ? view_of(v, other, p, &r, y, st) : status_out_of_memory(st);
        if (result == 0)
            mix(p, &r, y, x);
        free(y);
        if (result != 0)
            return -1;
    }
    if (flipped)
        mirror(p, x);
    return 0;
}
