/* Learning and answering; opening is in learner_open.c. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "data/status.h"
#include "labels/decide.h"
#include "nn/gemm.h"
#include "tui/loop/learner_internal.h"

/* ---- columns --------------------------------------------------------------------------------- */

static int follow_nodes(struct learner *l, int nodes, struct status *st)
{
    if (nodes <= l->nodes)
        return 0;
    int *column = realloc(l->column, (size_t)nodes * sizeof *column);
    if (!column)
        return status_out_of_memory(st);
    for (int i = l->nodes; i < nodes; i++)
        column[i] = -1;
    l->column = column;
    l->nodes = nodes;
    return 0;
}

/* The column of a node, a new one if it has none; -1: out of memory. */
int learner_column(struct learner *l, int node, struct status *st)
{
    if (follow_nodes(l, node + 1, st) != 0)
        return -1;
    if (l->column[node] >= 0)
        return l->column[node];
    if (l->columns == l->capacity) {
        int capacity = 2 * l->capacity + 64;
        int *grown = realloc(l->column_node, (size_t)capacity * sizeof *grown);
        if (!grown) {
            status_out_of_memory(st);
            return -1;
        }
        l->column_node = grown;
        l->capacity = capacity;
    }
    if (head_grow(l->head, l->columns + 1, st) != 0)
        return -1;
    l->column_node[l->columns] = node;
    return l->column[node] = l->columns++;
}

/* ---- the model's own prediction -------------------------------------------------------------- */

/* prior [n, columns] of x [n, width]; logits is scratch [n, classes]. */
static void own_prediction(const struct learner *l, const float *x, int n, float *logits,
                           float *prior)
{
    const struct classifier *c = &l->own;
    gemm_product(x, c->w, n, l->width, c->classes, c->classes, logits);
    memset(prior, 0, (size_t)n * (size_t)l->columns * sizeof *prior);
    for (int i = 0; i < n; i++) {
        float *row = logits + (size_t)i * (size_t)c->classes;
        for (int k = 0; k < c->classes; k++)
            row[k] = c->node[k] >= 0 ? row[k] + c->bias[k] : -INFINITY;
        decide_softmax(row, c->classes, c->temperature, row);
        for (int k = 0; k < c->classes; k++)
            if (c->node[k] >= 0)
                prior[(size_t)i * (size_t)l->columns + (size_t)l->column[c->node[k]]] += row[k];
    }
}

int learner_rows(struct rows *r, const struct learner *l, size_t n, struct status *st)
{
    size_t columns = (size_t)l->columns + 1, classes = (size_t)l->own.classes + 1;
    r->has_prior = l->own.placed > 0;
    r->x = malloc(n * ((size_t)l->width + 2 * columns + classes) * sizeof *r->x);
    if (!r->x)
        return status_out_of_memory(st);
    r->own = r->x + n * (size_t)l->width;
    r->prior = r->own + n * classes;
    r->logits = r->prior + n * columns;
    return 0;
}

void learner_load(struct rows *r, const struct learner *l, const size_t *rows, size_t n)
{
    features_get_some(&l->features, rows, n, r->x);
    if (r->has_prior)
        own_prediction(l, r->x, (int)n, r->own, r->prior);
}

const float *learner_prior(const struct rows *r)
{
    return r->has_prior ? r->prior : NULL;
}

/* ---- labels ---------------------------------------------------------------------------------- */

void learner_count(struct learner *l)
{
    l->kinds = 0;
    l->learned = 0;
    for (int k = 0; k < l->columns; k++) {
        l->kinds += head_labels(l->head, k) > 0;
        l->learned += head_labels(l->head, k);
    }
}

int learner_follow(struct learner *l, const struct taxonomy *t, struct status *st)
{
    struct terminals terminals;
    if (terminals_are_of(&l->terminals, t))
        return 0;
    if (terminals_make(t, &terminals, st) != 0)
        return -1;
    terminals_clear(&l->terminals);
    l->terminals = terminals;
    return 0;
}

static int compare_ids(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static int teach(struct learner *l, const struct taxonomy *t, int64_t photo, int node, int again,
                 struct status *st)
{
    struct rows r;
    long row = features_find(&l->features, photo);
    if (learner_follow(l, t, st) != 0)
        return -1;
    if (row < 0 || (l->untaught_count > 0 &&
                    bsearch(&photo, l->untaught, l->untaught_count, sizeof photo, compare_ids)))
        return 0;
    int to = node < 0 ? HEAD_UNKNOWN : learner_column(l, node, st);
    if (node >= 0 && to < 0)
        return -1;
    if (learner_rows(&r, l, 1, st) != 0)
        return -1;
    if (again && to >= 0 && to == l->settled[row])
        to = HEAD_SETTLED;
    learner_load(&r, l, &(size_t){(size_t)row}, 1);
    head_change(l->head, r.x, l->taught[row], to, learner_prior(&r));
    l->taught[row] = to;
    learner_count(l);
    free(r.x);
    return 0;
}

int learner_label(struct learner *l, const struct taxonomy *t, int64_t photo, int node,
                  struct status *st)
{
    return teach(l, t, photo, node, 0, st);
}

int learner_take_back(struct learner *l, const struct taxonomy *t, int64_t photo, int node,
                      struct status *st)
{
    return teach(l, t, photo, node, 1, st);
}

static void *copied(const void *from, size_t bytes)
{
    void *to = malloc(bytes ? bytes : 1);
    return to && bytes ? memcpy(to, from, bytes) : to;
}

static int copy_classifier(struct classifier *to, const struct classifier *from, size_t width,
                           struct status *st)
{
    size_t classes = (size_t)from->classes;
    *to = *from;
    to->w = copied(from->w, width * classes * sizeof *to->w);
    to->bias = copied(from->bias, classes * sizeof *to->bias);
    to->node = copied(from->node, classes * sizeof *to->node);
    return to->w && to->bias && to->node ? 0 : status_out_of_memory(st);
}

int learner_ready(struct learner *snapshot, struct status *st)
{
    return features_refresh(&snapshot->features, st);
}

struct learner *learner_snapshot(const struct learner *l, struct status *st)
{
    struct learner *s = calloc(1, sizeof *s);
    if (!s) {
        status_out_of_memory(st);
        return NULL;
    }
    s->features.fd = -1;
    s->width = l->width;
    s->model = l->model;
    s->columns = l->columns;
    s->nodes = l->nodes;
    s->learned = l->learned;
    s->temperature = l->temperature;
    s->kinds = l->kinds;
    s->head = head_snapshot(l->head);
    s->column_node = copied(l->column_node, (size_t)l->columns * sizeof *l->column_node);
    s->column = copied(l->column, (size_t)l->nodes * sizeof *l->column);
    if (!s->head || !s->column_node || !s->column)
        status_out_of_memory(st);
    else if (copy_classifier(&s->own, &l->own, (size_t)l->width, st) == 0 &&
             terminals_copy(&l->terminals, &s->terminals, st) == 0 &&
             features_share(&l->features, &s->features, st) == 0)
        return s;
    learner_free(s);
    return NULL;
}

/* ---- answers --------------------------------------------------------------------------------- */

const struct features *learner_features(const struct learner *l)
{
    return &l->features;
}

const struct terminals *learner_terminals(const struct learner *l)
{
    return &l->terminals;
}

int learner_can_predict(const struct learner *l)
{
    return l->own.placed > 0 || l->kinds >= 2;
}

long learner_learned(const struct learner *l)
{
    return l->learned;
}

int learner_label_of(const struct learner *l, size_t row)
{
    return l->taught[row] >= 0 ? l->column_node[l->taught[row]] : -1;
}

/* Logits [n, columns] in place -> probabilities p [n, terminals]. */
static void spread(const struct learner *l, float *logits, size_t n, float *p)
{
    size_t columns = (size_t)l->columns, terminals = (size_t)l->terminals.count;
    memset(p, 0, n * terminals * sizeof *p);
    for (size_t i = 0; i < n; i++) {
        float *row = logits + i * columns;
        decide_softmax(row, l->columns, l->temperature, row);
        for (size_t k = 0; k < columns; k++) {
            int node = l->column_node[k],
                terminal = node < l->terminals.nodes ? l->terminals.index[node] : -1;
            if (terminal >= 0)
                p[i * terminals + (size_t)terminal] += row[k];
        }
    }
}

int learner_predict(const struct learner *l, const size_t *rows, size_t n, float *p,
                    struct status *st)
{
    struct rows r;
    size_t part = n < LEARNER_ROWS ? n : LEARNER_ROWS;
    if (learner_rows(&r, l, part, st) != 0)
        return -1;
    for (size_t done = 0; done < n; done += part) {
        size_t count = n - done < part ? n - done : part;
        learner_load(&r, l, rows + done, count);
        head_logits(l->head, r.x, learner_prior(&r), (int)count, r.logits);
        spread(l, r.logits, count, p + done * (size_t)l->terminals.count);
    }
    free(r.x);
    return 0;
}

int learner_left_out(const struct learner *l, const size_t *rows, size_t n, float *p,
                     struct status *st)
{
    struct rows r;
    int taught[LEARNER_ROWS];
    size_t part = n < LEARNER_ROWS ? n : LEARNER_ROWS;
    int result = learner_rows(&r, l, part, st);
    if (result != 0)
        return -1;
    for (size_t done = 0; result == 0 && done < n; done += part) {
        size_t count = n - done < part ? n - done : part;
        for (size_t i = 0; i < count; i++)
            taught[i] = l->taught[rows[done + i]];
        learner_load(&r, l, rows + done, count);
        result = head_left_out(l->head, r.x, taught, learner_prior(&r), (int)count, r.logits, st);
        if (result == 0)
            spread(l, r.logits, count, p + done * (size_t)l->terminals.count);
    }
    free(r.x);
    return result;
}

float learner_doubt(const struct learner *l, const float *p)
{
    float most = 0, next = 0;
    int best = 0;
    for (int k = 0; k < l->terminals.count; k++) {
        if (p[k] > most) {
            next = most;
            most = p[k];
            best = k;
        } else if (p[k] > next) {
            next = p[k];
        }
    }
    int node = l->terminals.node[best];
    int column = node < l->nodes ? l->column[node] : -1;
    long labels = column >= 0 ? head_labels(l->head, column) : 0;
    return (1 - (most - next)) / sqrtf(sqrtf(1 + (float)labels));
}
