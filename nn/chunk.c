/* One thread computes a few pictures through the network.
 *
 * Forward goes node by node, or where nodes form a chain (nn/strips.h) strip by strip: for a few
 * more rows of the chain's last node, each node before it computes what is missing of the rows
 * the next needs. The order of the work changes, the results do not. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "nn/engine_parts.h"

struct op_run chunk_run(const struct engine *e, const struct lane *lane, const struct layout *l,
                        int node, int pictures)
{
    const struct node *n = &e->network->graph->nodes[node];
    int batch = l == &e->layouts[LAYOUT_BATCH] && n->norm.weight >= 0;
    int rings = l == &e->layouts[LAYOUT_FORWARD];
    struct op_run r = {.kernels = e->kernels,
                       .node = n,
                       .params = &e->network->params,
                       .in = e->shapes[n->inputs[0]],
                       .out = e->shapes[node],
                       .pictures = pictures,
                       .packed = e->packed + e->packed_at[node],
                       .scratch = lane->scratch,
                       .y = lane->arena + l->y[node],
                       .pre = !rings && node_keeps_input(n) ? lane->arena + l->pre[node] : NULL,
                       .z = batch ? lane->arena + l->z[node] : NULL,
                       .stats = batch ? lane->arena + l->stats[node] : NULL,
                       .gradients = lane->gradients};
    for (int j = 0; j < n->input_count; j++) {
        r.x[j] = lane->arena + l->y[n->inputs[j]];
        r.x_channels[j] = e->shapes[n->inputs[j]].c;
    }
    r.x_ring = rings ? e->strips.ring[n->inputs[0]] : 0;
    r.y_ring = rings ? e->strips.ring[node] : 0;
    r.x_ring = r.x_ring ? r.x_ring : pictures * r.in.h;
    r.y_ring = r.y_ring ? r.y_ring : pictures * r.out.h;
    return r;
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void forward_rows(const struct lane *lane, const struct op_run *r, int node, int first,
                         int last)
{
    double start = lane->times ? now() : 0;
    r->node->op->forward(r, first, last);
    if (lane->times)
        lane->times[node] += now() - start;
}

/* A chain of nodes [first, last], all pictures. */
static void forward_chain(const struct engine *e, const struct lane *lane, const struct layout *l,
                          int first, int last, int pictures)
{
    struct op_run runs[CHAIN_MAX];
    int done[CHAIN_MAX], wanted[CHAIN_MAX]; /* rows, of the present picture */
    int count = last - first + 1;
    int height = e->shapes[last].h, step = e->strips.step[first];
    for (int k = 0; k < count; k++)
        runs[k] = chunk_run(e, lane, l, first + k, pictures);
    for (int picture = 0; picture < pictures; picture++) {
        memset(done, 0, sizeof done);
        for (int rows = 0; rows < height;) {
            rows = rows + step < height ? rows + step : height;
            wanted[count - 1] = rows;
            for (int k = count - 1; k > 0; k--)
                wanted[k - 1] =
                    strips_rows_for(e->network->graph, e->shapes, first + k, wanted[k]);
            for (int k = 0; k < count; k++) {
                int before = picture * runs[k].out.h;
                if (wanted[k] > done[k])
                    forward_rows(lane, &runs[k], first + k, before + done[k], before + wanted[k]);
                done[k] = wanted[k] > done[k] ? wanted[k] : done[k];
            }
        }
    }
}

void chunk_forward(const struct engine *e, const struct lane *lane, const struct layout *l,
                   int from, int to, const float *x, int pictures)
{
    memcpy(lane->arena + l->y[from], x,
           (size_t)pictures * shape_floats(e->shapes[from]) * sizeof *x);
    if (lane->times)
        memset(lane->times, 0, (size_t)e->network->graph->count * sizeof *lane->times);
    for (int i = from + 1; i <= to; i++) {
        int last = e->strips.last[i];
        if (last > i && l != &e->layouts[LAYOUT_BATCH]) {
            forward_chain(e, lane, l, i, last, pictures);
            i = last;
            continue;
        }
        struct op_run r = chunk_run(e, lane, l, i, pictures);
        forward_rows(lane, &r, i, 0, pictures * r.out.h);
    }
}

/* The node's only user multiplies by the derivative of its activation while it writes the
 * gradient. */
static int masked_by_user(const struct engine *e, int node)
{
    const struct node *user = e->user[node];
    if (!user || e->network->graph->nodes[node].affine_scale >= 0)
        return 0;
    for (int j = 0; j < user->op->masks && j < user->input_count; j++)
        if (user->inputs[j] == node)
            return 1;
    return 0;
}

/* What backward takes the derivative of a node's activation from. */
static const float *kept_of(const struct engine *e, const struct lane *lane,
                            const struct layout *l, int node)
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
            r.dx_mask[j] =
                input > cut && masked_by_user(e, input) ? g->nodes[input].act : ACT_NONE;
            r.x_kept[j] = kept_of(e, lane, l, input);
            lane->written[input] = 1;
        }
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
