/* Every thread has a lane: a workspace and a block of gradients of its own. It takes its fixed
 * share of the pictures in chunks through the whole network - forward, and in training the loss
 * and backward at once - so activations of a chunk are still in a near cache when they are
 * needed, memory does not grow with the batch, and threads meet only at the end, where the
 * blocks are added in a fixed order. Inference computes the first nodes, which have large
 * activations, for one picture at a time, and the tail, which has large weights, for several.
 *
 * Parameters are folded and packed when first needed after a change: folded with the running
 * statistics, or raw where the statistics of the batch are to be used. */
#include "nn/engine.h"

#include <assert.h>
#include <stdatomic.h>
#include <string.h>

#include "nn/engine_parts.h"
#include "nn/ops/norm.h"

static int smaller(int a, int b)
{
    return a < b ? a : b;
}

/* ---- forward
 * ------------------------------------------------------------------------------------- */

struct forward_job {
    struct engine *e;
    int from, to; /* to: at most the features */
    int count, threads;
    int left; /* pictures after the first `count` */
    const float *x;
    engine_load *load; /* instead of x */
    void *arg;
    atomic_int begun, stopped; /* pictures that somebody loads or has loaded; what load returned */
    float *y;                  /* output of node `to` */
    float *logits;
};

/* The classifier, on features kept in the lane, for pictures [first, first + n). */
static void forward_head(const struct forward_job *job, const struct lane *lane, int first, int n)
{
    const struct engine *e = job->e;
    int node = e->network->graph->count - 1;
    size_t classes = (size_t)e->network->classes;
    struct op_run r = chunk_run(e, lane, &e->layouts[LAYOUT_FORWARD], node, n);
    r.x[0] = lane->features;
    r.y = lane->logits;
    r.node->op->forward(&r, 0, n);
    memcpy(job->logits + (size_t)first * classes, lane->logits,
           (size_t)n * classes * sizeof(float));
}

/* Pictures [i, i + n) to node `from`, where they are not in memory yet. */
static int load_pictures(struct forward_job *job, float *x, int i, int n)
{
    size_t in = shape_floats(job->e->shapes[job->from]);
    for (int k = 0; job->load && k < n; k++) {
        int stopped = job->load(job->arg, i + k, x + (size_t)k * in);
        if (stopped)
            atomic_store(&job->stopped, stopped);
    }
    return atomic_load(&job->stopped);
}

/* Pictures [i, i + n) one after another up to the tail of the network, where their activations
 * gather, or to node `to` if that comes first. */
static int forward_front(struct forward_job *job, struct lane *lane, int i, int n)
{
    const struct engine *e = job->e;
    const struct layout *l = &e->layouts[LAYOUT_FORWARD];
    size_t in = shape_floats(e->shapes[job->from]);
    int stopped = 0;
    for (int k = 0; k < n && !stopped; k++) {
        const float *x = job->x ? job->x + (size_t)(i + k) * in : NULL;
        stopped = load_pictures(job, lane->arena + l->y[job->from], i + k, 1);
        lane->tail_at = (size_t)k * shape_floats(e->shapes[e->tail]);
        if (!stopped)
            chunk_forward(e, lane, l, job->from, smaller(job->to, e->tail), x, 1);
    }
    lane->tail_at = 0;
    return stopped;
}

/* Pictures [i, i + n) from the first node to the last one. */
static int forward_chunk(struct forward_job *job, struct lane *lane, int i, int n)
{
    struct engine *e = job->e;
    const struct layout *l = &e->layouts[LAYOUT_FORWARD];
    size_t in = shape_floats(e->shapes[job->from]);
    if (job->from >= e->tail) {
        int stopped = load_pictures(job, lane->arena + l->y[job->from], i, n);
        if (!stopped)
            chunk_forward(e, lane, l, job->from, job->to, job->x ? job->x + (size_t)i * in : NULL,
                          n);
        return stopped;
    }
    if (forward_front(job, lane, i, n) != 0)
        return 1;
    if (job->to > e->tail)
        chunk_forward(e, lane, l, e->tail, job->to, NULL, n);
    return 0;
}

static void forward_pictures(struct forward_job *job, struct lane *lane, int first, int last)
{
    struct engine *e = job->e;
    const struct layout *l = &e->layouts[LAYOUT_FORWARD];
    size_t out = shape_floats(e->shapes[job->to]);
    const float *y = lane->arena + l->y[job->to];
    int waiting = 0; /* for the classifier */
    int most = job->to < e->tail ? 1 : l->pictures;
    for (int i = first, n; i < last; i += n) {
        n = smaller(smaller(most, HEAD_PICTURES - waiting), last - i);
        if (forward_chunk(job, lane, i, n) != 0)
            return;
        if (job->y)
            memcpy(job->y + (size_t)i * out, y, (size_t)n * out * sizeof *y);
        if (!job->logits)
            continue;
        memcpy(lane->features + (size_t)waiting * out, y, (size_t)n * out * sizeof *y);
        waiting += n;
        if (waiting == HEAD_PICTURES || i + n == last) {
            forward_head(job, lane, i + n - waiting, waiting);
            waiting = 0;
        }
    }
}

static void forward_share(void *arg, int task, int thread)
{
    struct forward_job *job = arg;
    int first, last;
    team_part(job->count, job->threads, task, &first, &last);
    forward_pictures(job, &job->e->lanes[thread], first, last);
}

/* Photos differ in what it takes to load them, so every thread takes the next ones when it is
 * done with its last: several while there are many, that the classifier is used for several at
 * once, then one by one, that all end at about the same time. Which thread computes a picture,
 * and beside which, changes no bit of it. */
static void forward_loaded(void *arg, int task, int thread)
{
    struct forward_job *job = arg;
    int first = 0, n;
    (void)task;
    for (;;) {
        do {
            n = (job->count - first) / (2 * job->threads);
            n = n < 1 ? 1 : smaller(n, HEAD_PICTURES);
            if (first >= job->count || atomic_load(&job->stopped))
                return;
        } while (!atomic_compare_exchange_weak(&job->begun, &first, first + n));
        forward_pictures(job, &job->e->lanes[thread], first, first + n);
    }
}

/* The pictures that are left when all threads have had the same number, one after another, each by
 * all threads. */
static void forward_left(void *arg, int task, int thread)
{
    const struct forward_job *job = arg;
    struct engine *e = job->e;
    const struct layout *l = &e->layouts[LAYOUT_TEAM];
    int last = e->network->graph->count - 1;
    size_t in = shape_floats(e->shapes[job->from]), out = shape_floats(e->shapes[job->to]);
    size_t classes = (size_t)e->network->classes;
    (void)task;
    for (int i = job->count; i < job->count + job->left; i++) {
        team_forward(e, thread, job->from, job->logits ? last : job->to, job->x + (size_t)i * in);
        if (thread == 0 && job->y)
            memcpy(job->y + (size_t)i * out, e->lanes[0].arena + l->y[job->to],
                   out * sizeof(float));
        if (thread == 0 && job->logits)
            memcpy(job->logits + (size_t)i * classes, e->lanes[0].arena + l->y[last],
                   classes * sizeof(float));
        pool_meet(e->pool);
    }
}

static void forward(struct forward_job *job)
{
    struct engine *e = job->e;
    assert(job->count >= 0);
    if (job->count == 0)
        return;
    job->threads = e->threads;
    job->left = e->threads > 1 && !job->load ? job->count % e->threads : 0;
    job->count -= job->left;
    engine_pack(e, job->from, job->to, PACKED_FOLDED);
    if (job->logits)
        engine_pack(e, job->to, e->network->graph->count - 1, PACKED_FOLDED);
    if (job->count > 0)
        pool_run(e->pool, e->threads, job->load ? forward_loaded : forward_share, job);
    if (job->left > 0)
        pool_run(e->pool, e->threads, forward_left, job);
}

void engine_forward_from(struct engine *e, int cut, const float *x, int n, float *features,
                         float *logits)
{
    const struct graph *g = e->network->graph;
    assert(cut >= 0 && cut <= g->features);
    forward(&(struct forward_job){.e = e,
                                  .from = cut,
                                  .to = g->features,
                                  .count = n,
                                  .x = x,
                                  .y = features,
                                  .logits = logits});
}

void engine_forward(struct engine *e, const float *x, int n, float *features, float *logits)
{
    engine_forward_from(e, 0, x, n, features, logits);
}

int engine_forward_loaded(struct engine *e, engine_load *load, void *arg, int n, float *features,
                          float *logits)
{
    struct forward_job job = {.e = e,
                              .to = e->network->graph->features,
                              .count = n,
                              .load = load,
                              .arg = arg,
                              .y = features,
                              .logits = logits};
    forward(&job);
    return atomic_load(&job.stopped);
}

void engine_forward_to(struct engine *e, int cut, const float *x, int n, float *y)
{
    assert(cut >= 0 && cut <= e->network->graph->features && e->strips.last[cut] == cut);
    forward(&(struct forward_job){.e = e, .to = cut, .count = n, .x = x, .y = y});
}

/* ---- training
 * ------------------------------------------------------------------------------------ */

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
    team_part(job->count, job->threads, task, &first, &last);
    memset(lane->gradients + job->begin, 0,
           (e->network->params.total - job->begin) * sizeof(float));
    lane->loss = 0;
    lane->chunks = 0;
    for (int i = first, left; (left = last - i) > 0; lane->chunks++) {
        /* Even chunks: none with too few pictures for statistics. */
        int chunks = (left + l->pictures - 1) / l->pictures, n = (left + chunks - 1) / chunks;
        chunk_forward(e, lane, l, job->cut, end, job->x + (size_t)i * floats, n);
        lane->loss += job->loss(job->arg, i, n, lane->arena + l->y[end], lane->arena + l->dy[end]);
        lane->first = i;
        chunk_backward(e, lane, l, job->cut, n, job->dx != NULL);
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

/* What is left to do with the sums of all lanes. */
static void finish_node(void *arg, int task, int thread)
{
    const struct gradient_job *job = arg;
    const struct network *network = job->e->network;
    const struct node *n = &network->graph->nodes[job->cut + 1 + task];
    if (n->op->finish)
        n->op->finish(n, &network->params, job->gradients, job->e->lanes[thread].scratch);
    if (job->layout != &job->e->layouts[LAYOUT_BATCH])
        norm_unfold(n, &network->params, job->gradients);
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
            n->params.values[k] += 0.1f * (job->gradients[k] / (float)chunks - n->params.values[k]);
            job->gradients[k] = 0;
        }
    }
}

/* Parameters are declared in the order of the nodes, so those after the cut are the end of the
 * block. */
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

void engine_tap(struct engine *e, int node, engine_loss *loss, void *arg)
{
    assert(node < e->network->graph->count - 1);
    e->tap = node;
    e->tap_loss = loss;
    e->tap_arg = arg;
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
    engine_pack(e, cut, e->network->graph->count - 1, batch ? PACKED_RAW : PACKED_FOLDED);
    pool_run(e->pool, job.threads, gradient_share, &job);
    memset(gradients, 0, job.begin * sizeof *gradients);
    pool_run(e->pool, (int)((e->network->params.total - job.begin + 65535) / 65536), sum_slice,
             &job);
    pool_run(e->pool, e->network->graph->count - 1 - cut, finish_node, &job);
    if (batch) {
        move_statistics(&job);
        engine_refresh(e);
    }
    double sum = 0;
    for (int t = 0; t < job.threads; t++)
        sum += e->lanes[t].loss;
    return sum;
}
