/* One thread computes a few pictures through the network.
 *
 * Forward goes node by node, or where nodes form a chain (nn/strips.h) strip by strip: for a few
 * more rows of the chain's last node, each node before it computes what is missing of the rows
 * the next needs. The order of the work changes, the results do not. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "nn/engine_parts.h"

/* Where the output of a node lies. */
static float *place_of(const struct engine *e, const struct lane *lane, const struct layout *l,
                       int node)
{
    int shared = l == &e->layouts[LAYOUT_TEAM] && !e->team_strips.ring[node];
    size_t before = l == &e->layouts[LAYOUT_FORWARD] && node == e->tail ? lane->tail_at : 0;
    return (shared ? e->lanes[0].arena : lane->arena) + l->y[node] + before;
}

static int ring_of(const struct engine *e, const struct layout *l, int node)
{
    if (l == &e->layouts[LAYOUT_FORWARD])
        return e->strips.ring[node];
    return l == &e->layouts[LAYOUT_TEAM] ? e->team_strips.ring[node] : 0;
}

struct op_run chunk_run(const struct engine *e, const struct lane *lane, const struct layout *l,
                        int node, int pictures)
{
    const struct node *n = &e->network->graph->nodes[node];
    int batch = l == &e->layouts[LAYOUT_BATCH] && n->norm.weight >= 0;
    int forward = l == &e->layouts[LAYOUT_FORWARD] || l == &e->layouts[LAYOUT_TEAM];
    struct op_run r = {.kernels = e->kernels,
                       .node = n,
                       .params = &e->network->params,
                       .in = e->shapes[n->inputs[0]],
                       .out = e->shapes[node],
                       .pictures = pictures,
                       .training = e->mode == ENGINE_TRAIN,
                       .packed = e->packed + e->packed_at[node],
                       .scratch = lane->scratch,
                       .y = place_of(e, lane, l, node),
                       .last_column = n->channels,
                       .pre = !forward && node_keeps_input(n) ? lane->arena + l->pre[node] : NULL,
                       .z = batch ? lane->arena + l->z[node] : NULL,
                       .stats = batch ? lane->arena + l->stats[node] : NULL,
                       .gradients = lane->gradients};
    for (int j = 0; j < n->input_count; j++) {
        r.x[j] = place_of(e, lane, l, n->inputs[j]);
        r.x_channels[j] = e->shapes[n->inputs[j]].c;
    }
    int x_ring = ring_of(e, l, n->inputs[0]), y_ring = ring_of(e, l, node);
    r.x_ring = x_ring ? x_ring : pictures * r.in.h;
    r.y_ring = y_ring ? y_ring : pictures * r.out.h;
    return r;
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

void chunk_rows(const struct lane *lane, const struct op_run *r, int node, int first, int last)
{
    double start = lane->times ? now() : 0;
    r->node->op->forward(r, first, last);
    if (lane->times)
        lane->times[node] += now() - start;
}

void chunk_chain(const struct engine *e, const struct lane *lane, const struct layout *l, int node,
                 int end, int picture, int first, int last)
{
    const struct graph *g = e->network->graph;
    const struct strips *s = l == &e->layouts[LAYOUT_TEAM] ? &e->team_strips : &e->strips;
    struct op_run runs[CHAIN_MAX];
    int done[CHAIN_MAX], wanted[CHAIN_MAX]; /* rows, of this picture */
    int count = end - node + 1, step = s->step[node];
    done[count - 1] = first;
    for (int k = count - 1; k > 0; k--)
        done[k - 1] = strips_first_row(g, e->shapes, node + k, done[k]);
    for (int k = 0; k < count; k++)
        runs[k] = chunk_run(e, lane, l, node + k, l->pictures);
    for (int rows = first; rows < last;) {
        rows = rows + step < last ? rows + step : last;
        wanted[count - 1] = rows;
        for (int k = count - 1; k > 0; k--)
            wanted[k - 1] = strips_rows_for(g, e->shapes, node + k, wanted[k]);
        for (int k = 0; k < count; k++) {
            int before = picture * runs[k].out.h;
            if (wanted[k] > done[k])
                chunk_rows(lane, &runs[k], node + k, before + done[k], before + wanted[k]);
            done[k] = wanted[k] > done[k] ? wanted[k] : done[k];
        }
    }
}

void chunk_forward(const struct engine *e, const struct lane *lane, const struct layout *l,
                   int from, int to, const float *x, int pictures)
{
    if (x)
        memcpy(lane->arena + l->y[from], x,
               (size_t)pictures * shape_floats(e->shapes[from]) * sizeof *x);
    if (lane->times)
        memset(lane->times, 0, (size_t)e->network->graph->count * sizeof *lane->times);
    for (int i = from + 1; i <= to; i++) {
        int last = e->strips.last[i];
        if (last > i && l != &e->layouts[LAYOUT_BATCH]) {
            for (int k = 0; k < pictures; k++)
                chunk_chain(e, lane, l, i, last, k, 0, e->shapes[last].h);
            i = last;
            continue;
        }
        struct op_run r = chunk_run(e, lane, l, i, pictures);
        chunk_rows(lane, &r, i, 0, pictures * r.out.h);
    }
}

/* The node's only user multiplies by the derivative of its activation while it writes the
 * gradient. */
static int masked_by_user(const struct engine *e, int node)
{
    const struct node *user = e->user[node];
    if (!user || node == e->tap || e->network->graph->nodes[node].affine_scale >= 0)
        return 0;
    for (int j = 0; j < user->op->masks && j < user->input_count; j++)
        if (user->inputs[j] == node)
            return 1;
    return 0;
}

/* What backward takes the derivative of a node's activation from. */
static const float *kept_of(const struct engine *e, const struct lane *lane, const struct layout *l,
                            int node)
{
    int input = node_keeps_input(&e->network->graph->nodes[node]);
    return lane->arena + (input ? l->pre : l->y)[node];
}

void chunk_backward(const struct engine *e, struct lane *lane, const struct layout *l, int cut,
                    int pictures, int want_dx)
{
    const struct graph *g = e->network->graph;
    memset(lane->written, 0, (size_t)g->count);
    for (int i = g->count - 1; i > cut; i--) {
        struct op_run r = chunk_run(e, lane, l, i, pictures);
        r.dy = lane->arena + l->dy[i];
        r.kept = kept_of(e, lane, l, i);
        r.masked = i < g->count - 1 && masked_by_user(e, i);
        for (int j = 0; j < r.node->input_count; j++) {
            int input = r.node->inputs[j];
            if (input < cut || (input == cut && !want_dx))
                continue;
            r.dx[j] = lane->arena + l->dy[input];
            r.dx_add[j] = lane->written[input];
            r.dx_mask[j] = input > cut && masked_by_user(e, input) ? g->nodes[input].act : ACT_NONE;
            r.x_kept[j] = kept_of(e, lane, l, input);
            lane->written[input] = 1;
        }
        if (i == e->tap)
            lane->loss += e->tap_loss(e->tap_arg, lane->first, pictures, r.y, r.dy);
        double start = lane->times ? now() : 0;
        r.node->op->backward(&r);
        if (lane->times)
            lane->times[g->count + i] = now() - start;
    }
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
    engine_pack(e, 0, last, PACKED_FOLDED);
    for (int i = 0; i < rounds; i++) {
        chunk_forward(e, lane, l, 0, last, x, 1);
        if (training) {
            memcpy(lane->arena + l->dy[last], lane->arena + l->y[last],
                   shape_floats(e->shapes[last]) * sizeof(float));
            chunk_backward(e, lane, l, 0, 1, 0);
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
