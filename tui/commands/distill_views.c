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

static int load(const struct views *v, int photo, struct image *out)
{
    char *path = file_join(v->folder, v->files.photos[photo].path);
    int result = path ? decoders_load(v->decoders, path, v->least, out, NULL) : -1;
    free(path);
    return result;
}

struct keeping {
    struct views *views;
    atomic_size_t bytes;
};

static void keep(void *arg, int photo, int thread)
{
    struct keeping *job = arg;
    struct views *v = job->views;
    struct image lent = {0}, *own = &v->kept[photo];
    (void)thread;
    if (atomic_load(&job->bytes) >> 20 >= VIEWS_MEMORY || load(v, photo, &lent) != 0)
        return;
    if (image_new(lent.width, lent.height, own, NULL) == 0) {
        size_t bytes = 3 * (size_t)lent.width * (size_t)lent.height;
        memcpy(own->rgb, lent.rgb, bytes);
        atomic_fetch_add(&job->bytes, bytes);
    }
    decoders_release(v->decoders, &lent);
}

int views_init(struct views *v, const char *folder, uint64_t seed, const struct preprocess *largest,
               struct pool *pool, struct status *st)
{
    *v = (struct views){
        .folder = folder, .seed = seed, .least = augment_least(&augment_from_scratch, largest)};
    if (scan_photos(folder, NULL, NULL, &v->files, NULL, st) != 0)
        return -1;
    if (v->files.count < 2 || v->files.count > 10000000)
        return status_fail(st, STATUS_INVALID, "%s: has %zu photos; some are needed", folder,
                           v->files.count);
    v->decoders = decoders_new(st);
    if (!v->decoders)
        return -1;
    v->kept = calloc(v->files.count, sizeof *v->kept);
    if (!v->kept)
        return status_out_of_memory(st);
    struct keeping job = {.views = v};
    pool_run(pool, (int)v->files.count, keep, &job);
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
                   float *x)
{
    struct image lent = {0};
    if (v->kept[photo].rgb)
        return augment_view(&v->kept[photo], &augment_from_scratch, p, r, x, NULL);
    int failed = load(v, photo, &lent) != 0 ||
                 augment_view(&lent, &augment_from_scratch, p, r, x, NULL) != 0;
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
               const struct preprocess *p, float *x)
{
    struct rng r;
    rng_seed(&r, v->seed, (uint64_t)number << 32 | (uint32_t)photo);
    if (view_of(v, photo, p, &r, x) != 0)
        return -1;
    if (number % 2) {
        int other = (int)rng_below(&r, (uint32_t)v->files.count);
        float *y = malloc(3 * (size_t)p->width * (size_t)p->height * sizeof *y);
        int failed = !y || view_of(v, other, p, &r, y) != 0;
        if (!failed)
            mix(p, &r, y, x);
        free(y);
        if (failed)
            return -1;
    }
    if (flipped)
        mirror(p, x);
    return 0;
}
