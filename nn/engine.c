/* Every thread has a lane: a workspace and a block of gradients of its own. It takes its fixed share of
 * the pictures in chunks through the whole network - forward, and in training the loss and backward at once -
 * so activations of a chunk are still in a near cache when they are needed, memory does not grow with the
 * batch, and threads meet only at the end, where the blocks are added in a fixed order.
 *
 * Parameters are folded and packed when first needed after a change: folded with the running statistics,
 * or raw where the statistics of the batch are to be used. */
#include "nn/engine.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "data/status.h"
#include "nn/graph.h"
#include "nn/kernels/kernels.h"
#include "nn/layout.h"
#include "nn/network.h"
#include "nn/ops/norm.h"
#include "nn/ops/ops.h"
#include "nn/pool.h"

/* A chunk has as many pictures as fit this many floats of workspace, which should stay in cache, but at
 * least one: measured on MobileNetV2 (tests/bench). */
static const size_t forward_floats = 1 << 20, train_floats = 4 << 20;
enum { BATCH_NORM_LEAST = 4 }; /* pictures a thread needs for statistics */

enum packing { PACKED_NOT, PACKED_FOLDED, PACKED_RAW };

struct lane {
    float *arena, *scratch, *gradients;
    unsigned char *written; /* [nodes] backward: the gradient has been begun */
    double loss;
    int chunks;
    double *times; /* NULL, or [2 * nodes]: how long each took, forward and backward */
};

struct engine {
    struct network *network;
    struct pool *pool;
    const struct kernels *kernels;
    enum engine_mode mode;
    int threads;
    int blocks; /* node: cuts from here on use LAYOUT_BLOCKS */
    struct shape *shapes;
    int *users;                /* [nodes] how many nodes read its output */
    const struct node **user;  /* [nodes] the only one, or NULL */
    size_t *packed_at;
    float *packed;
    unsigned char *packing; /* [nodes] enum packing: how each is packed now */
    struct layout layouts[LAYOUT_BATCH + 1];
    struct lane *lanes; /* [threads] */
    size_t bytes;
};

const char *engine_kernels(void)
{
    return kernels_choose()->name;
}

/* ---- set-up -------------------------------------------------------------------------------------- */

/* In huge pages where the system has them: a workspace spans far more small ones than a CPU can look up at
 * a time (measured: training 10 % faster). */
static float *allocate(struct engine *e, size_t floats)
{
    const size_t page = 2 * 1024 * 1024;
    if (floats > SIZE_MAX / 2 / sizeof(float))
        return NULL;
    size_t bytes = floats * sizeof(float), unit = bytes < page ? 64 : page;
    bytes = (bytes + unit - 1) / unit * unit;
    float *p = aligned_alloc(unit, bytes);
    if (p && unit == page)
        madvise(p, bytes, MADV_HUGEPAGE);
    e->bytes += bytes;
    return p;
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

static int setup_nodes(struct engine *e, int pictures, size_t *scratch, struct status *st)
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
        struct op_plan plan = plan_of(e, i, pictures);
        const struct op *op = plan.node->op;
        for (int j = 0; j < plan.node->input_count; j++) {
            int input = plan.node->inputs[j];
            e->user[input] = e->users[input]++ ? NULL : plan.node;
        }
        e->packed_at[i] = packed;
        packed += op->packed ? (op->packed(&plan) + 15) / 16 * 16 : 0;
        size_t own = op->scratch ? op->scratch(&plan) : 0;
        *scratch = own > *scratch ? own : *scratch;
    }
    e->packed = allocate(e, packed + KERNEL_PAD);
    return e->packed ? 0 : status_out_of_memory(st);
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
        lane->written = calloc(nodes, 1);
        if (!lane->arena || !lane->scratch || !lane->written)
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

/* As many pictures as fit `floats`, but at least 1 and at most `most`. */
static int setup_layout(struct engine *e, enum layout_kind kind, int first, int most, size_t floats,
                        struct status *st)
{
    const struct graph *g = e->network->graph;
    struct layout *l = &e->layouts[kind];
    if (layout_init(l, g, e->shapes, kind, first, 1, st) != 0)
        return -1;
    size_t fit = floats / (l->floats + 1) + 1;
    layout_clear(l);
    return layout_init(l, g, e->shapes, kind, first, fit < (size_t)most ? (int)fit : most, st);
}

static int setup(struct engine *e, int height, int width, int batch, struct status *st)
{
    const struct graph *g = e->network->graph;
    int share = (batch + e->threads - 1) / e->threads;
    size_t scratch = 0;
    e->shapes = calloc((size_t)g->count, sizeof *e->shapes);
    if (!e->shapes)
        return status_out_of_memory(st);
    if (graph_shapes(g, height, width, e->shapes, st) != 0)
        return -1;
    int64_t macs = network_macs(e->network, height, width);
    if (macs > NETWORK_MAX_MACS)
        return status_fail(st, STATUS_LIMIT,
                           "%s needs %.2f GMac for one picture of %d x %d; at most %.0f are allowed: "
                           "take smaller pictures or a smaller network",
                           e->network->architecture, (double)macs * 1e-9, width, height,
                           NETWORK_MAX_MACS * 1e-9);
    int least = share > BATCH_NORM_LEAST ? share : smaller(batch, BATCH_NORM_LEAST);
    e->blocks = network_cut(e->network, DEPTH_BLOCKS);
    if (setup_layout(e, LAYOUT_FORWARD, 0, share, forward_floats, st) != 0)
        return -1;
    if (e->mode == ENGINE_TRAIN &&
        (setup_layout(e, LAYOUT_FULL, 0, share, train_floats, st) != 0 ||
         setup_layout(e, LAYOUT_BLOCKS, e->blocks, share, train_floats, st) != 0 ||
         setup_layout(e, LAYOUT_BATCH, 0, least, SIZE_MAX, st) != 0))
        return -1;
    int most = 1;
    for (int k = 0; k <= LAYOUT_BATCH; k++)
        most = e->layouts[k].pictures > most ? e->layouts[k].pictures : most;
    if (setup_nodes(e, most, &scratch, st) != 0)
        return -1;
    return setup_lanes(e, scratch, st);
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
        free(e->lanes[i].written);
    }
    for (int k = 0; k <= LAYOUT_BATCH; k++)
        layout_clear(&e->layouts[k]);
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

/* Only the nodes that will be computed, (from, to]: training a head packs one layer a step. */
static void pack(struct engine *e, int from, int to, enum packing packing)
{
    struct pack_job job = {e, packing, from + 1};
    int stale = 0;
    for (int i = from + 1; i <= to; i++)
        stale += e->packing[i] != packing;
    if (stale > 0)
        pool_run(e->pool, to - from, pack_node, &job);
}

/* ---- one chunk ----------------------------------------------------------------------------------- */

static struct op_run run_of(const struct engine *e, const struct lane *lane,
                            const struct layout *l, int node, int pictures)
{
    const struct node *n = &e->network->graph->nodes[node];
    int batch = l == &e->layouts[LAYOUT_BATCH] && n->norm.weight >= 0;
    struct op_run r = {.kernels = e->kernels,
                       .node = n,
                       .params = &e->network->params,
                       .in = e->shapes[n->inputs[0]],
                       .out = e->shapes[node],
                       .pictures = pictures,
                       .packed = e->packed + e->packed_at[node],
                       .scratch = lane->scratch,
                       .y = lane->arena + l->y[node],
                       .z = batch ? lane->arena + l->z[node] : NULL,
                       .stats = batch ? lane->arena + l->stats[node] : NULL,
                       .gradients = lane->gradients};
    for (int j = 0; j < n->input_count; j++)
        r.x[j] = lane->arena + l->y[n->inputs[j]];
    return r;
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* Puts pictures at node `from` and computes up to node `to`. */
static void forward_chunk(const struct engine *e, const struct lane *lane, const struct layout *l,
                          int from, int to, const float *x, int pictures)
{
    memcpy(lane->arena + l->y[from], x,
           (size_t)pictures * shape_floats(e->shapes[from]) * sizeof *x);
    for (int i = from + 1; i <= to; i++) {
        struct op_run r = run_of(e, lane, l, i, pictures);
        double start = lane->times ? now() : 0;
        r.node->op->forward(&r, 0, pictures * r.out.h);
        if (lane->times)
            lane->times[i] = now() - start;
    }
}

/* The node's only user multiplies by the derivative of its activation while it writes the gradient. */
static int masked_by_user(const struct engine *e, int node)
{
    return e->user[node] && e->user[node]->op->masks;
}

static void backward_chunk(const struct engine *e, struct lane *lane, const struct layout *l,
                           int cut, int pictures, int want_dx)
{
    const struct graph *g = e->network->graph;
    memset(lane->written, 0, (size_t)g->count);
    for (int i = g->count - 1; i > cut; i--) {
        struct op_run r = run_of(e, lane, l, i, pictures);
        r.dy = lane->arena + l->dy[i];
        r.masked = i < g->count - 1 && masked_by_user(e, i);
        for (int j = 0; j < r.node->input_count; j++) {
            int input = r.node->inputs[j];
            if (input < cut || (input == cut && !want_dx))
                continue;
            r.dx[j] = lane->arena + l->dy[input];
            r.dx_add[j] = lane->written[input];
            r.dx_mask[j] =
                input > cut && masked_by_user(e, input) ? g->nodes[input].act : ACT_NONE;
            lane->written[input] = 1;
        }
        double start = lane->times ? now() : 0;
        r.node->op->backward(&r);
        if (lane->times)
            lane->times[g->count + i] = now() - start;
    }
}

/* ---- forward ------------------------------------------------------------------------------------- */

struct forward_job {
    struct engine *e;
    int from, to, count, threads;
    const float *x;
    float *features, *logits, *y;
};

static void copy_out(const struct engine *e, const struct lane *lane, int node, int first,
                     int pictures, float *to)
{
    const struct layout *l = &e->layouts[LAYOUT_FORWARD];
    size_t floats = shape_floats(e->shapes[node]);
    if (to)
        memcpy(to + (size_t)first * floats, lane->arena + l->y[node],
               (size_t)pictures * floats * sizeof *to);
}

/* The pictures of one thread: [*first, *last). */
static void share(int count, int threads, int thread, int *first, int *last)
{
    *first = (int)((long long)count * thread / threads);
    *last = (int)((long long)count * (thread + 1) / threads);
}

static void forward_share(void *arg, int task, int thread)
{
    const struct forward_job *job = arg;
    struct engine *e = job->e;
    const struct layout *l = &e->layouts[LAYOUT_FORWARD];
    const struct lane *lane = &e->lanes[thread];
    int first, last, end = e->network->graph->count - 1;
    share(job->count, job->threads, task, &first, &last);
    for (int i = first; i < last; i += l->pictures) {
        int n = smaller(l->pictures, last - i);
        forward_chunk(e, lane, l, job->from, job->to,
                      job->x + (size_t)i * shape_floats(e->shapes[job->from]), n);
        copy_out(e, lane, job->to, i, n, job->y);
        if (job->to == end) {
            copy_out(e, lane, e->network->graph->features, i, n, job->features);
            copy_out(e, lane, end, i, n, job->logits);
        } else if (job->to == e->network->graph->features) {
            copy_out(e, lane, job->to, i, n, job->features);
        }
    }
}

static void forward(struct forward_job *job)
{
    assert(job->count >= 0);
    job->threads = smaller(job->e->threads, job->count);
    if (job->count == 0)
        return;
    pack(job->e, job->from, job->to, PACKED_FOLDED);
    pool_run(job->e->pool, job->threads, forward_share, job);
}

void engine_forward_from(struct engine *e, int cut, const float *x, int n, float *features,
                         float *logits)
{
    const struct graph *g = e->network->graph;
    assert(cut >= 0 && cut <= g->features);
    forward(&(struct forward_job){.e = e,
                                  .from = cut,
                                  .to = logits ? g->count - 1 : g->features,
                                  .count = n,
                                  .x = x,
                                  .features = features,
                                  .logits = logits});
}

void engine_forward(struct engine *e, const float *x, int n, float *features, float *logits)
{
    engine_forward_from(e, 0, x, n, features, logits);
}

void engine_forward_to(struct engine *e, int cut, const float *x, int n, float *y)
{
    assert(cut >= 0 && cut < e->network->graph->count);
    forward(&(struct forward_job){.e = e, .to = cut, .count = n, .x = x, .y = y});
}

/* ---- training ------------------------------------------------------------------------------------ */

struct gradient_job {
    struct engine *e;
    const struct layout *layout;
    int cut, count, threads;
    const float *x;
    engine_loss *loss;
    void *arg;
    float *gradients, *dx;
    size_t begin; /* of the parameters after the cut */
};

static void gradient_share(void *arg, int task, int thread)
{
    struct gradient_job *job = arg;
    struct engine *e = job->e;
    const struct layout *l = job->layout;
    struct lane *lane = &e->lanes[thread];
    int first, last, end = e->network->graph->count - 1;
    size_t floats = shape_floats(e->shapes[job->cut]);
    share(job->count, job->threads, task, &first, &last);
    memset(lane->gradients + job->begin, 0,
           (e->network->params.total - job->begin) * sizeof(float));
    lane->loss = 0;
    lane->chunks = 0;
    for (int i = first, left; (left = last - i) > 0; lane->chunks++) {
        /* Even chunks: none with too few pictures for statistics. */
        int chunks = (left + l->pictures - 1) / l->pictures, n = (left + chunks - 1) / chunks;
        forward_chunk(e, lane, l, job->cut, end, job->x + (size_t)i * floats, n);
        lane->loss += job->loss(job->arg, i, n, lane->arena + l->y[end], lane->arena + l->dy[end]);
        backward_chunk(e, lane, l, job->cut, n, job->dx != NULL);
        if (job->dx)
            memcpy(job->dx + (size_t)i * floats, lane->arena + l->dy[job->cut],
                   (size_t)n * floats * sizeof(float));
        i += n;
    }
}

/* Adds one slice of all threads' blocks, in order. */
static void sum_slice(void *arg, int task, int thread)
{
    const struct gradient_job *job = arg;
    size_t total = job->e->network->params.total, slice = 65536;
    size_t from = job->begin + (size_t)task * slice;
    size_t count = total - from < slice ? total - from : slice;
    (void)thread;
    memcpy(job->gradients + from, job->e->lanes[0].gradients + from, count * sizeof(float));
    for (int t = 1; t < job->threads; t++)
        job->e->kernels->add(job->gradients + from, job->e->lanes[t].gradients + from, ACT_NONE,
                             job->gradients + from, count);
}

static void unfold_node(void *arg, int task, int thread)
{
    const struct gradient_job *job = arg;
    const struct network *n = job->e->network;
    int node = job->cut + 1 + task;
    (void)thread;
    norm_unfold(&n->graph->nodes[node], &n->params, job->gradients);
}

/* Moves the running statistics; the blocks hold the sums over all chunks in their place. */
static void move_statistics(const struct gradient_job *job)
{
    struct network *n = job->e->network;
    int chunks = 0;
    for (int t = 0; t < job->threads; t++)
        chunks += job->e->lanes[t].chunks;
    for (int i = 0; i < n->params.count; i++) {
        const struct param *p = &n->params.list[i];
        if (params_is_trained(p->kind) || p->offset < job->begin)
            continue;
        for (size_t k = p->offset; k < p->offset + p->count; k++) {
            n->params.values[k] +=
                0.1f * (job->gradients[k] / (float)chunks - n->params.values[k]);
            job->gradients[k] = 0;
        }
    }
}

/* Parameters are declared in the order of the nodes, so those after the cut are the end of the block. */
static size_t first_parameter(const struct network *n, int cut)
{
    size_t begin = n->params.total;
    for (int i = cut + 1; i < n->graph->count; i++) {
        int weight = n->graph->nodes[i].weight;
        if (weight >= 0 && n->params.list[weight].offset < begin)
            begin = n->params.list[weight].offset;
    }
    return begin;
}

double engine_gradient(struct engine *e, int cut, enum engine_norm norm, const float *x, int n,
                       engine_loss *loss, void *arg, float *gradients, float *dx)
{
    assert(e->mode == ENGINE_TRAIN && n > 0 && cut >= 0 && cut <= e->network->graph->features);
    int batch = norm == NORM_BATCH;
    struct gradient_job job = {.e = e,
                               .layout = &e->layouts[batch             ? LAYOUT_BATCH
                                                     : cut < e->blocks ? LAYOUT_FULL
                                                                       : LAYOUT_BLOCKS],
                               .cut = cut,
                               .count = n,
                               .threads = smaller(e->threads, n),
                               .x = x,
                               .loss = loss,
                               .arg = arg,
                               .gradients = gradients,
                               .dx = dx,
                               .begin = first_parameter(e->network, cut)};
    if (batch)
        job.threads = smaller(e->threads, n < BATCH_NORM_LEAST ? 1 : n / BATCH_NORM_LEAST);
    pack(e, cut, e->network->graph->count - 1, batch ? PACKED_RAW : PACKED_FOLDED);
    pool_run(e->pool, job.threads, gradient_share, &job);
    memset(gradients, 0, job.begin * sizeof *gradients);
    pool_run(e->pool, (int)((e->network->params.total - job.begin + 65535) / 65536), sum_slice,
             &job);
    if (batch) {
        move_statistics(&job);
        engine_refresh(e);
    } else {
        pool_run(e->pool, e->network->graph->count - 1 - cut, unfold_node, &job);
    }
    double sum = 0;
    for (int t = 0; t < job.threads; t++)
        sum += e->lanes[t].loss;
    return sum;
}

void engine_time_nodes(struct engine *e, const float *x, int rounds, double *forward,
                       double *backward)
{
    size_t nodes = (size_t)e->network->graph->count;
    int training = e->mode == ENGINE_TRAIN, last = (int)nodes - 1;
    const struct layout *l = &e->layouts[training ? LAYOUT_FULL : LAYOUT_FORWARD];
    struct lane *lane = &e->lanes[0];
    lane->times = calloc(2 * nodes, sizeof *lane->times);
    if (!lane->times)
        return;
    pack(e, 0, e->network->graph->count - 1, PACKED_FOLDED);
    for (int i = 0; i < rounds; i++) {
        forward_chunk(e, lane, l, 0, last, x, 1);
        if (training) {
            memcpy(lane->arena + l->dy[last], lane->arena + l->y[last],
                   shape_floats(e->shapes[last]) * sizeof(float));
            backward_chunk(e, lane, l, 0, 1, 0);
        }
        for (size_t k = 0; k < nodes; k++) {
            double f = lane->times[k], b = lane->times[nodes + k];
            forward[k] = i == 0 || f < forward[k] ? f : forward[k];
            if (training)
                backward[k] = i == 0 || b < backward[k] ? b : backward[k];
        }
    }
    free(lane->times);
    lane->times = NULL;
}
