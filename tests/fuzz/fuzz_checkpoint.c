/* The file that a training goes on from: taken whole or not at all, at a step that there is. */
#include "nn/checkpoint.h"

#include <stdlib.h>
#include <string.h>

#include "data/status.h"
#include "nn/network.h"
#include "nn/pool.h"
#include "nn/train.h"
#include "tests/fuzz/folder.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/places.h"

enum { CLASSES = 2, RUN = 3, SAMPLES = 40 };

static struct {
    struct network *network;
    struct pool *pool;
    struct trainer *trainer;
    float *weights, *momentum; /* as they were at first */
} t;
static const float run[RUN] = {1, 2, 3};

static void end(void)
{
    trainer_free(t.trainer);
    pool_free(t.pool);
    network_free(t.network);
    free(t.weights);
    free(t.momentum);
}

static float *copy(const float *from, size_t count)
{
    float *to = malloc(count * sizeof *to);
    if (!to)
        abort();
    return memcpy(to, from, count * sizeof *to);
}

static void prepare(void)
{
    struct status st = {0};
    struct train_options o = train_defaults(DEPTH_HEAD, SAMPLES);
    folder_enter();
    o.size = 32;
    o.batch = 4;
    o.epochs = 5;
    t.network = network_from_scratch("mobilenetv2_010", CLASSES, 32, 1, &st);
    t.pool = pool_new(1, 0, &st);
    if (!t.network || !t.pool || !(t.trainer = trainer_new(t.network, t.pool, &o, SAMPLES, &st)))
        abort();
    atexit(end);
    t.weights = copy(t.network->params.values, t.network->params.total);
    t.momentum = copy(trainer_memory(t.trainer), t.network->params.total);
}

static int is_this(void *arg, const float *then, int count)
{
    (void)arg;
    return count == RUN && then[0] == run[0];
}

static int is_unchanged(void)
{
    const struct params *p = &t.network->params;
    return memcmp(p->values, t.weights, p->total * sizeof *p->values) == 0 &&
           trainer_done(t.trainer) == 0;
}

void fuzz_one(const unsigned char *bytes, size_t size)
{
    struct status st = {0};
    int samples[SAMPLES];
    if (!t.trainer)
        prepare();
    folder_write("file", bytes, size);
    int result = checkpoint_read("file", t.network, t.trainer, RUN, is_this, NULL, &st);
    if (result == CHECKPOINT_NONE || (result < 0 && !st.text[0]))
        abort();
    if (result != CHECKPOINT_TAKEN) {
        if (!is_unchanged())
            abort();
        return;
    }
    if (trainer_done(t.trainer) > trainer_total(t.trainer) || trainer_done(t.trainer) < 0)
        abort();
    int n = trainer_next(t.trainer, samples);
    for (int i = 0; i < n; i++)
        if (samples[i] < 0 || samples[i] >= SAMPLES)
            abort();
    struct params *p = &t.network->params;
    memcpy(p->values, t.weights, p->total * sizeof *p->values);
    if (trainer_resume(t.trainer, 0, t.momentum, &st) != 0)
        abort();
}

size_t fuzz_place(const unsigned char *bytes, size_t size, uint64_t random)
{
    return place_in_safetensors(bytes, size, random);
}

size_t fuzz_seed(int k, unsigned char *bytes, size_t capacity)
{
    struct status st = {0};
    if (k > 0)
        return 0;
    if (!t.trainer)
        prepare();
    if (trainer_resume(t.trainer, 7, t.momentum, &st) != 0 ||
        checkpoint_write("file", t.network, t.trainer, run, RUN, &st) != 0 ||
        trainer_resume(t.trainer, 0, t.momentum, &st) != 0)
        abort();
    return folder_read("file", bytes, capacity);
}

long fuzz_rounds(void)
{
    return 150;
}
