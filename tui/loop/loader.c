#include "tui/loop/loader.h"

#include <string.h>

#include "data/augment.h"
#include "data/decoder.h"
#include "data/image.h"
#include "data/preprocess.h"
#include "data/rng.h"
#include "data/status.h"
#include "nn/pool.h"

struct load {
    struct decoders *decoders;
    char *const *files;
    const struct preprocess *preprocess;
    const struct augment *augment;
    uint64_t seed;
    const uint64_t *streams;
    atomic_int *cancel;
    float *x;
    struct status *problems;
};

static void load_view(struct decoders *d, const char *file, const struct preprocess *p,
                      const struct augment *augment, uint64_t seed, uint64_t stream,
                      atomic_int *cancel, float *x, struct status *st)
{
    struct image image = {0};
    st->code = STATUS_OK;
    int least = augment ? augment_least(augment, p) : preprocess_least(p);
    int failed = decoders_load_until(d, file, least, cancel, &image, st);
    if (!failed && augment) {
        struct rng rng;
        rng_seed(&rng, seed, stream);
        failed = augment_view(&image, augment, p, &rng, x, st);
    } else if (!failed) {
        failed = preprocess_image(&image, p, x, st);
    }
    decoders_release(d, &image);
    if (failed)
        memset(x, 0, (size_t)p->height * (size_t)p->width * 3 * sizeof *x);
}

static void load_task(void *arg, int task, int thread)
{
    const struct load *l = arg;
    const struct preprocess *p = l->preprocess;
    (void)thread;
    load_view(l->decoders, l->files[task], p, l->augment, l->seed,
              l->augment ? l->streams[task] : 0, l->cancel,
              l->x + (size_t)p->height * (size_t)p->width * 3 * (size_t)task, &l->problems[task]);
}

void loader_load(struct decoders *d, struct pool *pool, char *const *files, int n,
                 const struct preprocess *p, const struct augment *augment, uint64_t seed,
                 const uint64_t *streams, atomic_int *cancel, float *x, struct status *problems)
{
    struct load load = {d, files, p, augment, seed, streams, cancel, x, problems};
    pool_run(pool, n, load_task, &load);
}

void loader_load_one(struct decoders *d, const char *file, const struct preprocess *p,
                     atomic_int *cancel, float *x, struct status *problem)
{
    load_view(d, file, p, NULL, 0, 0, cancel, x, problem);
}
