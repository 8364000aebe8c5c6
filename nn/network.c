#include "nn/network.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/rng.h"
#include "data/status.h"
#include "nn/families/family.h"
#include "nn/graph.h"
#include "nn/macs.h"
#include "nn/weights/weights.h"

/* Share of all multiply-accumulates that training of the last blocks may cost. */
static const double blocks_share = 0.3;

static const char *const depth_names[] = {"head", "blocks", "full"};

const char *depth_name(enum depth depth)
{
    return depth_names[depth];
}

int depth_from_name(const char *name)
{
    for (int i = 0; i < 3; i++)
        if (strcmp(name, depth_names[i]) == 0)
            return i;
    return -1;
}

/* ---- building
 * ------------------------------------------------------------------------------------ */

/* "timm/mobilenetv2_100.ra_in1k" -> "mobilenetv2_100". */
static void plain_name(const char *architecture, char *name, size_t size)
{
    const char *slash = strrchr(architecture, '/');
    snprintf(name, size, "%s", slash ? slash + 1 : architecture);
    name[strcspn(name, ".")] = 0;
}

static int unknown_family(const char *architecture, struct status *st)
{
    char known[300];
    size_t length = 0;
    known[0] = 0;
    for (int i = 0; families[i] && length < sizeof known; i++)
        length += (size_t)snprintf(known + length, sizeof known - length, "%s%s", i ? "; " : "",
                                   families[i]->known);
    if (!architecture)
        return status_fail(st, STATUS_UNSUPPORTED,
                           "the tensors' names are of no network family that is known (%s)", known);
    return status_fail(st, STATUS_UNSUPPORTED, "network family of '%.60s' not known; known are: %s",
                       architecture, known);
}

/* Which family, and the architecture's plain name. */
static const struct family *find_family(const char *architecture, const struct weights *w,
                                        char *name, size_t size, struct status *st)
{
    if (architecture && *architecture) {
        plain_name(architecture, name, size);
        for (int i = 0; families[i]; i++)
            if (family_knows(families[i], name))
                return families[i];
        unknown_family(architecture, st);
        return NULL;
    }
    for (int i = 0; w && families[i]; i++) {
        const char *guess = family_guess(families[i], w);
        if (guess) {
            snprintf(name, size, "%s", guess);
            return families[i];
        }
    }
    unknown_family(NULL, st);
    return NULL;
}

static void shape_text(char *text, size_t size, int rank, const int64_t *dims)
{
    size_t length = (size_t)snprintf(text, size, "[");
    for (int i = 0; i < rank && length < size; i++)
        length += (size_t)snprintf(text + length, size - length, "%s%lld", i ? ", " : "",
                                   (long long)dims[i]);
    if (length < size)
        snprintf(text + length, size - length, "]");
}

static int check_tensor(const struct network *n, const struct param *p, const struct weights *w,
                        struct status *st)
{
    const struct weights_tensor *t = weights_find(w, p->name);
    int64_t dims[4];
    if (!t)
        return status_fail(st, STATUS_MISSING, "%s: tensor '%s' is missing", n->architecture,
                           p->name);
    int same = t->rank == p->rank && t->count == p->count;
    for (int i = 0; i < p->rank; i++) {
        dims[i] = p->dims[i];
        same = same && t->dims[i] == p->dims[i];
    }
    if (same)
        return 0;
    char expected[100], found[160];
    shape_text(expected, sizeof expected, p->rank, dims);
    shape_text(found, sizeof found, t->rank, t->dims);
    return status_fail(st, STATUS_INVALID, "%s: tensor '%s' has shape %s, expected %s",
                       n->architecture, p->name, found, expected);
}

/* Before anything of the parameters' size is allocated: so a network is never larger than its file,
 * whatever sides the tensors in it have. */
static int check_tensors(const struct network *n, const struct weights *w, struct status *st)
{
    for (int i = 0; w && i < n->params.count; i++)
        if (check_tensor(n, &n->params.list[i], w, st) != 0)
            return -1;
    return 0;
}

static struct network *build(const char *architecture, const struct weights *w, int classes,
                             struct status *st)
{
    struct network *n = calloc(1, sizeof *n);
    if (!n) {
        status_out_of_memory(st);
        return NULL;
    }
    const struct family *family =
        find_family(architecture, w, n->architecture, sizeof n->architecture, st);
    if (!family || !(n->graph = graph_new(3, st)))
        goto fail;
    struct build b = {.architecture = n->architecture,
                      .weights = w,
                      .classes = classes,
                      .graph = n->graph,
                      .params = &n->params,
                      .torchvision = architecture && strncmp(architecture, "torchvision/", 12) == 0,
                      .st = st};
    snprintf(n->family, sizeof n->family, "%s", family->name);
    if (family_build(family, &b) < 0 || check_tensors(n, w, st) != 0 ||
        params_allocate(&n->params, st) != 0)
        goto fail;
    n->guessed = !architecture || !*architecture;
    n->torchvision = b.torchvision;
    n->counted = b.counted;
    n->input = family_input(family, n->architecture, n->torchvision);
    n->classes = n->graph->nodes[n->graph->count - 1].channels;
    n->features = n->graph->nodes[n->graph->features].channels;
    return n;
fail:
    network_free(n);
    return NULL;
}

void network_free(struct network *n)
{
    if (!n)
        return;
    graph_free(n->graph);
    params_clear(&n->params);
    free(n);
}

/* ---- from tensors
 * -------------------------------------------------------------------------------- */

static int copy_tensor(struct network *n, const struct param *p, const struct weights *w,
                       struct status *st)
{
    const struct weights_tensor *t = weights_find(w, p->name);
    for (size_t i = 0; i < t->count; i++)
        if (!isfinite(t->values[i]))
            return status_fail(st, STATUS_INVALID, "%s: tensor '%s' has a value that is not finite",
                               n->architecture, p->name);
    memcpy(n->params.values + p->offset, t->values, t->count * sizeof(float));
    return 0;
}

static int copy_tensors(struct network *n, const struct weights *w, struct status *st)
{
    for (int i = 0; i < n->params.count; i++)
        if (copy_tensor(n, &n->params.list[i], w, st) != 0)
            return -1;
    for (size_t i = 0; w->count > (size_t)n->params.count && i < w->count; i++)
        if (params_find(&n->params, w->tensors[i].name) < 0)
            return status_fail(st, STATUS_INVALID,
                               "%s: tensor '%.100s' is left over: it belongs to another network",
                               n->architecture, w->tensors[i].name);
    return 0;
}

struct network *network_from_weights(const struct weights *w, const char *architecture,
                                     const struct preprocess *input, struct status *st)
{
    struct network *n = build(architecture, w, 0, st);
    if (n && copy_tensors(n, w, st) != 0) {
        network_free(n);
        return NULL;
    }
    if (n && input)
        n->input = *input;
    return n;
}

/* ---- from nothing
 * -------------------------------------------------------------------------------- */

static void fill(struct network *n, const struct param *p, struct rng *r)
{
    float *v = n->params.values + p->offset;
    int linear = p->rank == 2;
    /* A convolution's outputs each input reaches: of depthwise ones only one channel. */
    double fan_out = p->rank == 4 ? (double)p->dims[0] * p->dims[2] * p->dims[3] : p->dims[0];
    if (p->rank == 4 && p->dims[1] == 1)
        fan_out = (double)p->dims[2] * p->dims[3];
    for (size_t i = 0; i < p->count; i++) {
        if (p->kind == PARAM_BN_WEIGHT || p->kind == PARAM_BN_VAR)
            v[i] = 1;
        else if (p->kind != PARAM_WEIGHT)
            v[i] = 0;
        else if (linear)
            v[i] = (2 * rng_uniform(r) - 1) / (float)sqrt(p->dims[0]);
        else
            v[i] = rng_normal(r) * (float)sqrt(2 / fan_out);
    }
}

struct network *network_from_scratch(const char *architecture, int classes, int input_size,
                                     uint64_t seed, struct status *st)
{
    if (classes < 1 || classes > 1 << 20) {
        status_fail(st, STATUS_INVALID, "a network of %d classes cannot be made", classes);
        return NULL;
    }
    struct network *n = build(architecture, NULL, classes, st);
    if (!n)
        return NULL;
    for (int i = 0; i < n->params.count; i++) {
        struct rng r;
        rng_seed(&r, seed, (uint64_t)i);
        fill(n, &n->params.list[i], &r);
    }
    n->input = preprocess_at(&preprocess_default, input_size);
    return n;
}

/* ---- changing
 * ------------------------------------------------------------------------------------ */

struct network *network_copy(const struct network *n, struct status *st)
{
    struct network *copy = malloc(sizeof *copy);
    if (!copy) {
        status_out_of_memory(st);
        return NULL;
    }
    *copy = *n;
    copy->graph = NULL;
    copy->params = (struct params){0};
    if (graph_copy(n->graph, &copy->graph, st) != 0 ||
        params_copy(&n->params, &copy->params, st) != 0) {
        network_free(copy);
        return NULL;
    }
    return copy;
}

/* The classifier's parameters are the last two of the block: all others keep their places. */
static int declare_again(const struct network *n, int classes, struct params *p, struct status *st)
{
    int weight = n->graph->nodes[n->graph->count - 1].weight;
    for (int i = 0; i < n->params.count; i++) {
        struct param q = n->params.list[i];
        if (i >= weight)
            q.dims[0] = classes;
        if (params_add(p, q.name, q.kind, q.rank, q.dims, st) < 0)
            return -1;
    }
    return params_allocate(p, st);
}

int network_set_classes(struct network *n, int classes, const int *from, struct status *st)
{
    struct params p = {0};
    struct node *node = &n->graph->nodes[n->graph->count - 1];
    if (classes < 1)
        return status_fail(st, STATUS_INVALID, "a network needs at least one class");
    if (declare_again(n, classes, &p, st) != 0) {
        params_clear(&p);
        return -1;
    }
    const struct param *old = &n->params.list[node->weight], *bias = &n->params.list[node->bias];
    size_t row = (size_t)node->in_channels;
    memcpy(p.values, n->params.values, old->offset * sizeof(float));
    for (int k = 0; from && k < classes; k++) {
        if (from[k] < 0 || from[k] >= n->classes)
            continue;
        memcpy(p.values + p.list[node->weight].offset + (size_t)k * row,
               n->params.values + old->offset + (size_t)from[k] * row, row * sizeof(float));
        p.values[p.list[node->bias].offset + (size_t)k] =
            n->params.values[bias->offset + (size_t)from[k]];
    }
    params_clear(&n->params);
    n->params = p;
    n->classes = node->channels = classes;
    return 0;
}

/* ---- cuts and cost
 * ------------------------------------------------------------------------------- */

int network_cut(const struct network *n, enum depth depth)
{
    const struct graph *g = n->graph;
    if (depth == DEPTH_FULL)
        return 0;
    int64_t all = macs_aten(g, n->input.height, n->input.width);
    for (int i = 0; depth == DEPTH_BLOCKS && i < g->block_count; i++) {
        int64_t rest = macs_aten_after(g, n->input.height, n->input.width, g->block_ends[i]);
        if ((double)rest <= blocks_share * (double)all)
            return g->block_ends[i];
    }
    return g->features;
}

size_t network_cut_floats(const struct network *n, int cut, int height, int width)
{
    struct shape *shapes = calloc((size_t)n->graph->count, sizeof *shapes);
    size_t floats = 0;
    if (shapes && graph_shapes(n->graph, height, width, shapes, NULL) == 0)
        floats = shape_floats(shapes[cut]);
    free(shapes);
    return floats;
}

void network_trained(const struct network *n, int cut, unsigned char *trained)
{
    memset(trained, 0, (size_t)n->params.count);
    for (int i = cut + 1; i < n->graph->count; i++) {
        const struct node *node = &n->graph->nodes[i];
        const int used[] = {node->weight,    node->bias,         node->norm.weight,
                            node->norm.bias, node->affine_scale, node->affine_bias};
        for (int k = 0; k < 6; k++)
            if (used[k] >= 0)
                trained[used[k]] = 1;
    }
}

int64_t network_macs(const struct network *n, int height, int width)
{
    return macs_aten(n->graph, height, width);
}

int64_t network_macs_pytorch_backend(const struct network *n, int height, int width)
{
    return macs_pytorch(n->graph, height, width, &n->counted);
}

int network_largest_size(const struct network *n)
{
    enum { STEP = 32, LARGEST = 1024 };
    for (int size = LARGEST; size > 0; size -= STEP) {
        int64_t macs = network_macs(n, size, size);
        if (macs >= 0 && macs <= NETWORK_MAX_MACS)
            return size;
    }
    return 0;
}

int network_check_macs(const struct network *n, int height, int width, struct status *st)
{
    int64_t macs = network_macs(n, height, width);
    if (macs <= NETWORK_MAX_MACS)
        return 0;
    int size = network_largest_size(n);
    char instead[80] = "no picture is small enough for it";
    if (size)
        snprintf(instead, sizeof instead, "pictures of %d x %d are the largest it can take", size,
                 size);
    return status_fail(st, STATUS_LIMIT,
                       "%s needs %.2f GMac for a picture of %d x %d, more than the %.0f that are "
                       "allowed: %s",
                       n->architecture, (double)macs * 1e-9, width, height, NETWORK_MAX_MACS * 1e-9,
                       instead);
}
