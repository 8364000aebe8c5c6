/* Networks from tensors with wrong names, ranks and sides: each is built or refused, and what is
 * built can be computed. The bytes are a list of changes to the tensors of a real network:
 * tensor, what, value. */
#include "tests/fuzz/fuzz.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "data/preprocess.h"
#include "data/status.h"
#include "nn/engine.h"
#include "nn/network.h"
#include "nn/pool.h"
#include "nn/weights/weights.h"

static const char *const names[] = {
    "mobilenetv2_035", "mobilenet_v2", "shufflenet_v2_x0_5",    "regnety_002",
    "hgnetv2_b0",      "resnet10t",    "mobilenetv3_small_050", "mobilenetv4_conv_small_035"};
enum { NAMES = sizeof names / sizeof *names };

struct change {
    unsigned char tensor, what, low, high;
};

static int compare_names(const void *a, const void *b)
{
    return strcmp(((const struct weights_tensor *)a)->name,
                  ((const struct weights_tensor *)b)->name);
}

/* An eighth of all widths, which are multiples of 8: of networks with millions of parameters most
 * of the time would go into copying them. */
static void make_narrow(struct weights_tensor *t)
{
    t->count = 1;
    for (int k = 0; k < t->rank; k++) {
        t->dims[k] /= t->dims[k] % 8 == 0 ? 8 : 1;
        t->count *= (size_t)t->dims[k];
    }
}

static struct weights tensors_of(const struct network *n)
{
    struct weights w = {.count = (size_t)n->params.count};
    w.tensors = calloc(w.count, sizeof *w.tensors);
    for (int i = 0; w.tensors && i < n->params.count; i++) {
        const struct param *p = &n->params.list[i];
        w.tensors[i] = (struct weights_tensor){.name = p->name,
                                               .rank = p->rank,
                                               .count = p->count,
                                               .values = n->params.values + p->offset};
        for (int k = 0; k < p->rank; k++)
            w.tensors[i].dims[k] = p->dims[k];
        make_narrow(&w.tensors[i]);
    }
    return w;
}

/* Shapes may lie about how large they are only as far as `count` tells the truth: that is what
 * readers of files see to. */
static void apply(struct weights *w, const struct change *c)
{
    struct weights_tensor *t = &w->tensors[(size_t)c->tensor * 257 % w->count];
    int64_t value = c->low | c->high << 8;
    int side = c->what >> 4 & 3;
    switch (c->what & 3) {
    case 0:
        if (side < t->rank)
            t->dims[side] = value;
        break;
    case 1:
        if (t->rank > 1 && side < t->rank) { /* move a factor from one side to another */
            t->dims[(side + 1) % t->rank] *= t->dims[side];
            t->dims[side] = 1;
        }
        break;
    case 2: t->rank = c->low % WEIGHTS_MAX_RANK; break;
    default: t->name = w->tensors[(size_t)c->low * 257 % w->count].name;
    }
    size_t count = 1;
    for (int k = 0; k < t->rank; k++)
        count = t->dims[k] >= 0 && count < 1u << 24 ? count * (size_t)t->dims[k] : 0;
    if (count <= t->count)
        t->count = count;
    else
        t->rank = 0;
}

static void compute(struct network *n)
{
    struct status st = {0};
    struct pool *pool = pool_new(1, 0, &st);
    struct engine *e = pool ? engine_new(n, pool, 33, 20, ENGINE_FORWARD, 1, &st) : NULL;
    static float x[33 * 20 * 3];
    float *logits = calloc((size_t)n->classes, sizeof *logits);
    if (e && logits)
        engine_forward(e, x, 1, NULL, logits);
    free(logits);
    engine_free(e);
    pool_free(pool);
}

void fuzz_one(const unsigned char *bytes, size_t size)
{
    struct status st = {0};
    if (size < 1)
        return;
    static struct network *made[NAMES]; /* once: only tensors change */
    int which = (bytes[0] >> 5) % NAMES;
    const char *name = names[which];
    struct network **n_of = &made[which];
    if (!*n_of)
        *n_of = network_from_scratch(name, 3, 32, 1, &st);
    const struct network *n = *n_of;
    struct weights w = n ? tensors_of(n) : (struct weights){0};
    if (w.tensors) {
        struct change c;
        for (size_t i = 1; i + sizeof c <= size && i < 40; i += sizeof c) {
            memcpy(&c, bytes + i, sizeof c);
            apply(&w, &c);
        }
        qsort(w.tensors, w.count, sizeof *w.tensors, compare_names);
        struct network *built =
            network_from_weights(&w, bytes[0] & 2 ? name : NULL, &preprocess_default, &st);
        if (built && (bytes[0] & 28) == 4)
            compute(built);
        network_free(built);
    }
    free(w.tensors);
}

size_t fuzz_seed(int k, unsigned char *bytes, size_t capacity)
{
    static const unsigned char seeds[][9] = {{4},
                                             {38, 3, 1, 9, 0, 80, 0, 40, 0},
                                             {70, 200, 3, 1, 0, 9, 16, 5, 0},
                                             {100, 9, 16, 5, 0},
                                             {198, 7, 0, 24, 0},
                                             {228, 31, 0, 16, 0}};
    static const size_t sizes[] = {1, 9, 9, 5, 5, 5};
    if (k >= (int)(sizeof sizes / sizeof *sizes) || sizes[k] > capacity)
        return 0;
    memcpy(bytes, seeds[k], sizes[k]);
    return sizes[k];
}

/* Two networks are made once; whatever the changed tensors say of their sides, they hold no more.
 */
size_t fuzz_memory(size_t size)
{
    (void)size;
    return 64 << 20;
}
