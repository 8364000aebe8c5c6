#include "tui/loop/loader.h"

#include <string.h>

#include "data/augment.h"
#include "data/image.h"
#include "data/preprocess.h"
#include "data/rng.h"
#include "data/status.h"
#include "nn/pool.h"

struct load {
    char *const *files;
    const struct preprocess *preprocess;
    const struct augment *augment;
    uint64_t seed;
    const uint64_t *streams;
    float *x;
    struct status *problems;
};

static void load_one(void *arg, int task, int thread)
{
    (void)thread;
    const struct load *l = arg;
    const struct preprocess *p = l->preprocess;
    size_t floats = (size_t)p->height * (size_t)p->width * 3;
    float *x = l->x + floats * (size_t)task;
    struct status *st = &l->problems[task];
    struct image image = {0};
    st->code = STATUS_OK;
    int failed = image_load(l->files[task], &image, st);
    if (!failed && l->augment) {
        struct rng rng;
        rng_seed(&rng, l->seed, l->streams[task]);
        failed = augment_view(&image, l->augment, p, &rng, x, st);
    } else if (!failed) {
        failed = preprocess_image(&image, p, x, st);
    }
    image_clear(&image);
    if (failed)
        memset(x, 0, floats * sizeof *x);
}

void loader_load(struct pool *pool, char *const *files, int n, const struct preprocess *p,
                 const struct augment *augment, uint64_t seed, const uint64_t *streams, float *x,
                 struct status *problems)
{
    struct load load = {files, p, augment, seed, streams, x, problems};
    pool_run(pool, n, load_one, &load);
}
