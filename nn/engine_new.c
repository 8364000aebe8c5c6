#include <stdlib.h>
#include <string.h>

#include "data/memory.h"
#include "data/status.h"
#include "nn/engine_parts.h"

/* In training a chunk has as many pictures as fit this many floats of workspace, which should stay
 * in cache, or this part of the packed parameters', which every chunk reads once; but at least one.
 * In inference so many go through the tail together. Measured on MobileNetV2 and ResNet-18
 * (tests/bench). */
static const size_t train_floats = 4 << 20;
enum { PACKED_PART = 8, TAIL_PICTURES = 8 };

const char *engine_kernels(void)
{
    return kernels_choose()->name;
}

/* In huge pages where the system has them: a workspace spans far more small ones than a CPU can
 * look up at a time (measured: 7 % faster). */
static float *allocate(struct engine *e, size_t floats)
{
    if (floats > SIZE_MAX / 2 / sizeof(float))
        return NULL;
    e->bytes += floats * sizeof(float);
    return memory_large(floats * sizeof(float));
}

static struct op_plan plan_of(const struct engine *e, int node, int pictures)
{
    const struct node *n = &e->network->graph->nodes[node];
    return (struct op_plan){.kernels = e->kernels,
                            .node = n,
                            .in = e->shapes[n->inputs[0]],
                            .out = e->shapes[node],
                            .pictures = pictures,
                            .training = e->mode == ENGINE_TRAIN};
}

/* Who uses a node, where its packed parameters lie. */
static int setup_nodes(struct engine *e, struct status *st)
{
    const struct graph *g = e->network->graph;
    size_t n = (size_t)g->count, packed = 0;
    e->users = calloc(n, sizeof *e->users);
    e->packing = calloc(n, sizeof *e->packing);
    e->user = calloc(n, sizeof(struct node *));
    e->packed_at = calloc(n, sizeof *e->packed_at);
    if (!e->users || !e->packing || !e->user || !e->packed_at)
        return status_out_of_memory(st);
    for (int i = 0; i < g->count; i++) {
        struct op_plan plan = plan_of(e, i, 1);
        const struct op *op = plan.node->op;
        for (int j = 0; j < plan.node->input_count; j++) {
            int input = plan.node->inputs[j];
            e->user[input] = e->users[input]++ ? NULL : plan.node;
        }
        e->packed_at[i] = packed;
        packed += op->packed ? (op->packed(&plan) + 15) / 16 * 16 : 0;
    }
    e->packed_floats = packed;
    e->packed = allocate(e, packed + KERNEL_PAD);
    return e->packed ? 0 : status_out_of_memory(st);
}

/* Floats of the largest scratch that any node needs. */
static size_t most_scratch(const struct engine *e, int pictures)
{
    size_t most = 0;
    for (int i = 0; i < e->network->graph->count; i++) {
        struct op_plan plan = plan_of(e, i, pictures);
        size_t own = plan.node->op->scratch ? plan.node->op->scratch(&plan) : 0;
        most = own > most ? own : most;
    }
    return most;
}

static int setup_lanes(struct engine *e, size_t scratch, struct status *st)
{
    size_t arena = 0, nodes = (size_t)e->network->graph->count;
    for (int k = 0; k <= LAYOUT_BATCH; k++)
        arena = e->layouts[k].floats > arena ? e->layouts[k].floats : arena;
    e->lanes = calloc((size_t)e->threads, sizeof *e->lanes);
    if (!e->lanes)
        return status_out_of_memory(st);
    for (int i = 0; i < e->threads; i++) {
        struct lane *lane = &e->lanes[i];
        lane->arena = allocate(e, arena + KERNEL_PAD);
        lane->scratch = allocate(e, scratch + KERNEL_PAD);
        lane->features = allocate(e, HEAD_PICTURES * (size_t)e->network->features + KERNEL_PAD);
        lane->logits = allocate(e, HEAD_PICTURES * (size_t)e->network->classes + KERNEL_PAD);
        lane->written = calloc(nodes, 1);
        if (!lane->arena || !lane->scratch || !lane->features || !lane->logits || !lane->written)
            return status_out_of_memory(st);
        if (e->mode != ENGINE_TRAIN)
            continue;
        lane->gradients = allocate(e, e->network->params.total + KERNEL_PAD);
        if (!lane->gradients)
            return status_out_of_memory(st);
        memset(lane->gradients, 0, (e->network->params.total + KERNEL_PAD) * sizeof(float));
    }
    return 0;
}

static int smaller(int a, int b)
{
    return a < b ? a : b;
}

/* Of training: as many pictures as fit `floats` or a part of what the packed parameters take, but
 * at least 1 and at most `most`. */
static int setup_layout(struct engine *e, enum layout_kind kind, int first, int most, size_t floats,
                        struct status *st)
{
    size_t weights = e->packed_floats / PACKED_PART;
    floats = floats > weights ? floats : weights;
    const struct graph *g = e->network->graph;
    struct layout *l = &e->layouts[kind];
    if (layout_init(l, g, e->shapes, NULL, kind, first, 1, st) != 0)
        return -1;
    size_t fit = floats / (l->floats + 1) + 1;
    layout_clear(l);
    return layout_init(l, g, e->shapes, NULL, kind, first, fit < (size_t)most ? (int)fit : most,
                       st);
}

/* What a picture saves between two nodes if the weights are read once for several pictures, and
 * the activations of all these are written and read instead: in floats. A chain computes its
 * pictures one by one and reads its weights for each. */
static double saved_between(const struct engine *e, int from, int to)
{
    double saved = 0;
    for (int i = from + 1; i <= to; i++) {
        size_t end = i + 1 < e->network->graph->count ? e->packed_at[i + 1] : e->packed_floats;
        if (e->strips.first[i] == e->strips.last[i])
            saved += (double)(end - e->packed_at[i]);
        if (!e->strips.ring[i])
            saved -= (double)shape_floats(e->shapes[i]);
    }
    return saved;
}

/* Where the tail of the network begins: at the end of a block, so that nothing else is needed of
 * the nodes before it, and where that saves most. */
static int find_tail(const struct engine *e)
{
    const struct graph *g = e->network->graph;
    int tail = g->features;
    double most = 0;
    for (int i = -1; i < g->block_count; i++) {
        int begin = i < 0 ? 0 : g->block_ends[i];
        double saved = begin < g->features ? saved_between(e, begin, g->features) : 0;
        tail = saved > most ? begin : tail;
        most = saved > most ? saved : most;
    }
    return tail;
}

static int setup(struct engine *e, int height, int width, int batch, struct status *st)
{
    const struct graph *g = e->network->graph;
    int share = (batch + e->threads - 1) / e->threads;
    e->shapes = calloc((size_t)g->count, sizeof *e->shapes);
    if (!e->shapes)
        return status_out_of_memory(st);
    if (graph_shapes(g, height, width, e->shapes, st) != 0)
        return -1;
    if (strips_init(&e->strips, g, e->shapes, 1, st) != 0 ||
        strips_init(&e->team_strips, g, e->shapes, e->threads, st) != 0)
        return -1;
    if (network_check_macs(e->network, height, width, st) != 0)
        return -1;
    if (setup_nodes(e, st) != 0)
        return -1;
    int least = share > BATCH_NORM_LEAST ? share : smaller(batch, BATCH_NORM_LEAST);
    e->blocks = network_cut(e->network, DEPTH_BLOCKS);
    e->tail = find_tail(e);
    if (layout_init(&e->layouts[LAYOUT_FORWARD], g, e->shapes, &e->strips, LAYOUT_FORWARD, e->tail,
                    smaller(share, TAIL_PICTURES), st) != 0 ||
        layout_init(&e->layouts[LAYOUT_TEAM], g, e->shapes, &e->team_strips, LAYOUT_TEAM, 0, 1,
                    st) != 0)
        return -1;
    if (e->mode == ENGINE_TRAIN &&
        (setup_layout(e, LAYOUT_FULL, 0, share, train_floats, st) != 0 ||
         setup_layout(e, LAYOUT_BLOCKS, e->blocks, share, train_floats, st) != 0 ||
         setup_layout(e, LAYOUT_BATCH, 0, least, SIZE_MAX, st) != 0))
        return -1;
    int most = 1;
    for (int k = 0; k <= LAYOUT_BATCH; k++)
        most = e->layouts[k].pictures > most ? e->layouts[k].pictures : most;
    return setup_lanes(e, most_scratch(e, most), st);
}

struct engine *engine_new(struct network *n, struct pool *pool, int height, int width,
                          enum engine_mode mode, int batch, struct status *st)
{
    struct engine *e = calloc(1, sizeof *e);
    if (!e) {
        status_out_of_memory(st);
        return NULL;
    }
    e->network = n;
    e->pool = pool;
    e->kernels = kernels_choose();
    e->mode = mode;
    e->tap = -1;
    e->threads = pool_threads(pool);
    if (setup(e, height, width, batch < 1 ? 1 : batch, st) != 0) {
        engine_free(e);
        return NULL;
    }
    return e;
}

void engine_free(struct engine *e)
{
    if (!e)
        return;
    for (int i = 0; e->lanes && i < e->threads; i++) {
        free(e->lanes[i].arena);
        free(e->lanes[i].scratch);
        free(e->lanes[i].gradients);
        free(e->lanes[i].features);
        free(e->lanes[i].logits);
        free(e->lanes[i].written);
    }
    for (int k = 0; k <= LAYOUT_BATCH; k++)
        layout_clear(&e->layouts[k]);
    strips_clear(&e->strips);
    strips_clear(&e->team_strips);
    free(e->lanes);
    free(e->shapes);
    free(e->users);
    free(e->packing);
    free(e->user);
    free(e->packed_at);
    free(e->packed);
    free(e);
}

size_t engine_bytes(const struct engine *e)
{
    return e->bytes;
}

void engine_refresh(struct engine *e)
{
    memset(e->packing, PACKED_NOT, (size_t)e->network->graph->count);
}

struct pack_job {
    struct engine *e;
    enum packing packing;
    int first;
};

static void pack_node(void *arg, int task, int thread)
{
    const struct pack_job *job = arg;
    struct engine *e = job->e;
    int node = job->first + task;
    struct op_plan plan = plan_of(e, node, 1);
    if (e->packing[node] == job->packing)
        return;
    e->packing[node] = (unsigned char)job->packing;
    if (plan.node->op->pack)
        plan.node->op->pack(&plan, &e->network->params, job->packing == PACKED_RAW,
                            e->packed + e->packed_at[node], e->lanes[thread].scratch);
}

/* Only those nodes: training a head packs one layer a step. */
void engine_pack(struct engine *e, int from, int to, enum packing packing)
{
    struct pack_job job = {e, packing, from + 1};
    int stale = 0;
    for (int i = from + 1; i <= to; i++)
        stale += e->packing[i] != packing;
    if (stale > 0)
        pool_run(e->pool, to - from, pack_node, &job);
}
