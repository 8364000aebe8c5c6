#include "tui/loop/learner.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/status.h"
#include "labels/decide.h"
#include "nn/gemm.h"
#include "nn/graph.h"
#include "nn/head.h"
#include "nn/network.h"
#include "nn/weights/hub.h"
#include "nn/train.h"
#include "tui/loop/project.h"
#include "tui/loop/samples.h"

enum {
    ROWS = 128,         /* computed together */
    MEAN_ROWS = 20000,  /* enough for a mean */
    CALIBRATE_LEAST = 20, CALIBRATE_MOST = 1000 /* labels to fit a temperature to */
};

/* The model's own last layer. */
struct classifier {
    int classes;
    float *w;     /* [width, classes] */
    float *bias;  /* [classes] */
    int *node;    /* [classes] of the project, or -1 */
    float temperature;
    int placed;   /* classes that are nodes here; 0: it says nothing */
};

struct learner {
    int width;
    struct features features;
    int model;
    struct terminals terminals;
    struct classifier own;
    struct head *head;
    int columns, capacity;  /* of the head: the nodes that it can predict */
    int *column_node;       /* [columns] */
    int nodes;
    int *column;            /* [nodes] or -1 */
    int64_t *untaught;      /* photos of split val and test, rising */
    size_t untaught_count, untaught_capacity;
    int *taught;            /* [features.count] column, HEAD_UNKNOWN or HEAD_SETTLED */
    float temperature;      /* of what it says; 1: not calibrated */
    long learned;
    int kinds;              /* columns with labels */
};

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
static int column_of(struct learner *l, int node, struct status *st)
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

static int take_classifier(struct learner *l, const struct network *n, const struct model_card *card,
                           struct status *st)
{
    struct classifier *c = &l->own;
    const struct node *last = &n->graph->nodes[n->graph->count - 1];
    const float *w = n->params.values + n->params.list[last->weight].offset;
    size_t width = (size_t)l->width, classes = (size_t)n->classes;
    c->classes = n->classes;
    c->temperature = card->temperature > 0 ? card->temperature : 1;
    c->w = malloc(width * classes * sizeof *c->w);
    c->bias = calloc(classes, sizeof *c->bias);
    c->node = malloc(classes * sizeof *c->node);
    if (!c->w || !c->bias || !c->node)
        return status_out_of_memory(st);
    for (size_t k = 0; k < classes; k++)
        for (size_t i = 0; i < width; i++)
            c->w[i * classes + k] = w[k * width + i];
    if (last->bias >= 0)
        memcpy(c->bias, n->params.values + n->params.list[last->bias].offset,
               classes * sizeof *c->bias);
    for (int k = 0; k < c->classes; k++) {
        int node = k < card->classes ? card->nodes[k] : -1;
        c->node[k] = node >= 0 && node < l->terminals.nodes && l->terminals.index[node] >= 0 ? node : -1;
        c->placed += c->node[k] >= 0;
        if (c->node[k] >= 0 && column_of(l, c->node[k], st) < 0)
            return -1;
    }
    return 0;
}

/* prior [n, columns] of x [n, width]; logits is scratch [n, classes]. */
static void own_prediction(const struct learner *l, const float *x, int n, float *logits, float *prior)
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

/* Scratch for some rows: x, the model's logits, prior, the head's logits. */
struct rows {
    float *x, *own, *prior, *logits;
    int has_prior;
};

static int rows_init(struct rows *r, const struct learner *l, size_t n, struct status *st)
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

static void rows_load(struct rows *r, const struct learner *l, const size_t *rows, size_t n)
{
    for (size_t i = 0; i < n; i++)
        features_get(&l->features, rows[i], r->x + i * (size_t)l->width);
    if (r->has_prior)
        own_prediction(l, r->x, (int)n, r->own, r->prior);
}

static const float *rows_prior(const struct rows *r)
{
    return r->has_prior ? r->prior : NULL;
}

/* ---- labels ---------------------------------------------------------------------------------- */

struct labelling {
    struct learner *l;
    enum learner_labels labels;
    int64_t settled; /* the last event the model was trained on */
    struct known {
        size_t row;
        int node;
    } *val; /* labelled photos of split val, to calibrate with: at most CALIBRATE_MOST */
    int val_count;
    atomic_int *cancel;
    struct status *st;
};

static int leave_untaught(struct learner *l, int64_t photo, struct status *st)
{
    if (l->untaught_count == l->untaught_capacity) {
        size_t capacity = 2 * l->untaught_capacity + 256;
        int64_t *grown = realloc(l->untaught, capacity * sizeof *grown);
        if (!grown)
            return status_out_of_memory(st);
        l->untaught = grown;
        l->untaught_capacity = capacity;
    }
    l->untaught[l->untaught_count++] = photo;
    return 0;
}

static int compare_ids(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static int note_label(void *arg, const struct photo *photo)
{
    struct labelling *g = arg;
    struct learner *l = g->l;
    long row = features_find(&l->features, photo->id);
    if (g->cancel && atomic_load(g->cancel))
        return status_fail(g->st, STATUS_CANCELLED, "learning was stopped") != 0;
    if (photo->split == SPLIT_VAL && row >= 0 && photo->state.node >= 0 && g->val_count < CALIBRATE_MOST)
        g->val[g->val_count++] = (struct known){(size_t)row, photo->state.node};
    if (photo->split == SPLIT_VAL || photo->split == SPLIT_TEST)
        return leave_untaught(l, photo->id, g->st) != 0;
    if (g->labels == LEARNER_NONE || row < 0 || photo->state.node < 0 || photo->state.kind == REVIEW_REJECTED)
        return 0;
    int column = column_of(l, photo->state.node, g->st);
    l->taught[row] = g->labels == LEARNER_SINCE && l->own.placed > 0 && photo->event <= g->settled
                         ? HEAD_SETTLED
                         : column;
    return column < 0;
}

static void count_labels(struct learner *l)
{
    l->kinds = 0;
    l->learned = 0;
    for (int k = 0; k < l->columns; k++) {
        l->kinds += head_labels(l->head, k) > 0;
        l->learned += head_labels(l->head, k);
    }
}

/* Teaches the head all that is in l->taught. */
static int fit(struct learner *l, atomic_int *cancel, struct status *st)
{
    size_t rows[ROWS], n = 0;
    int class[ROWS], result;
    struct rows r;
    if (l->columns == 0)
        return 0;
    if (rows_init(&r, l, ROWS, st) != 0)
        return -1;
    head_fit_begin(l->head);
    result = 0;
    for (size_t i = 0; result == 0 && i < l->features.count; i++) {
        if (l->taught[i] != HEAD_UNKNOWN) {
            rows[n] = i;
            class[n++] = l->taught[i];
        }
        if (n == 0 || (n < ROWS && i + 1 < l->features.count))
            continue;
        if (cancel && atomic_load(cancel))
            result = status_fail(st, STATUS_CANCELLED, "learning was stopped");
        rows_load(&r, l, rows, n);
        if (result == 0)
            result = head_fit_add(l->head, r.x, class, rows_prior(&r), (int)n, st);
        n = 0;
    }
    if (result == 0)
        result = head_fit_end(l->head, st);
    free(r.x);
    return result;
}

int learner_follow(struct learner *l, const struct taxonomy *t, struct status *st)
{
    struct terminals terminals;
    int marked = 0;
    for (int node = 0; node < taxonomy_count(t); node++)
        marked += taxonomy_is_terminal(t, node) != 0;
    if (taxonomy_count(t) == l->terminals.nodes && marked == l->terminals.count)
        return 0;
    if (terminals_make(t, &terminals, st) != 0)
        return -1;
    terminals_clear(&l->terminals);
    l->terminals = terminals;
    return 0;
}

int learner_label(struct learner *l, const struct taxonomy *t, int64_t photo, int node, struct status *st)
{
    struct rows r;
    long row = features_find(&l->features, photo);
    if (learner_follow(l, t, st) != 0)
        return -1;
    if (row < 0 || (l->untaught_count > 0 &&
                    bsearch(&photo, l->untaught, l->untaught_count, sizeof photo, compare_ids)))
        return 0;
    int to = node < 0 ? HEAD_UNKNOWN : column_of(l, node, st);
    if (node >= 0 && to < 0)
        return -1;
    if (rows_init(&r, l, 1, st) != 0)
        return -1;
    rows_load(&r, l, &(size_t){(size_t)row}, 1);
    head_change(l->head, r.x, l->taught[row], to, rows_prior(&r));
    l->taught[row] = to;
    count_labels(l);
    free(r.x);
    return 0;
}

/* ---- opening --------------------------------------------------------------------------------- */

/* Of features brought to length 1, over photos evenly spread. */
static int mean_of(const struct features *f, float **out, struct status *st)
{
    size_t width = (size_t)f->width, step = f->count / MEAN_ROWS + 1, n = 0;
    float *mean = calloc(2 * width, sizeof *mean), *x = mean + width;
    *out = mean;
    if (!mean)
        return status_out_of_memory(st);
    for (size_t row = 0; row < f->count; row += step, n++) {
        double square = 0;
        features_get(f, row, x);
        for (size_t i = 0; i < width; i++)
            square += (double)x[i] * (double)x[i];
        for (size_t i = 0; i < width && square > 0; i++)
            mean[i] += x[i] / (float)sqrt(square);
    }
    for (size_t i = 0; i < width && n > 0; i++)
        mean[i] /= (float)n;
    return 0;
}

static int take_model(struct learner *l, struct project *p, enum learner_labels labels, struct status *st)
{
    struct network *network = NULL;
    struct model_card card = {0};
    float *mean = NULL;
    int result = project_load_model(p, l->model, &network, &card, st);
    if (result == 0) {
        l->width = network->features;
        result = features_open(&l->features, p, l->model, l->width, st);
    }
    if (result == 0)
        result = mean_of(&l->features, &mean, st);
    if (result == 0 && !(l->head = head_new(l->width, mean, st)))
        result = -1;
    if (result == 0 && labels == LEARNER_SINCE)
        result = take_classifier(l, network, &card, st);
    free(mean);
    network_free(network);
    model_card_clear(&card);
    return result;
}

/* One temperature for what it says: fitted to labels of split val; where those are too few, to its own labels, each
 * left out. */
static int calibrate(struct learner *l, const struct taxonomy *t, struct labelling *g, struct status *st)
{
    size_t terminals = (size_t)l->terminals.count, rows[CALIBRATE_MOST], n = 0;
    int own = g->val_count < CALIBRATE_LEAST, result = -1;
    long seen = 0;
    for (size_t i = 0; own && i < l->features.count; i++)
        if (l->taught[i] >= 0 && seen++ * CALIBRATE_MOST / (l->learned + 1) >= (long)n)
            rows[n++] = i;
    for (int i = 0; !own && i < g->val_count; i++)
        rows[n++] = g->val[i].row;
    if (n < CALIBRATE_LEAST || l->kinds < 2)
        return 0;
    float *p = malloc(n * terminals * sizeof *p);
    struct target *targets = malloc(n * sizeof *targets);
    if (!p || !targets)
        status_out_of_memory(st);
    else
        result = own ? learner_left_out(l, rows, n, p, st) : learner_predict(l, rows, n, p, st);
    for (size_t i = 0; result == 0 && i < n; i++) {
        int node = own ? l->column_node[l->taught[rows[i]]] : g->val[i].node;
        samples_target(t, &l->terminals, node, 1, &targets[i]);
        for (size_t k = 0; k < terminals; k++)
            p[i * terminals + k] = logf(p[i * terminals + k] + 1e-9f);
    }
    if (result == 0)
        l->temperature = target_fit_temperature(p, targets, (int)n, (int)terminals);
    free(p);
    free(targets);
    return result;
}

static int take_labels(struct learner *l, struct project *p, enum learner_labels labels, atomic_int *cancel,
                       struct status *st)
{
    struct status failed = {0};
    struct labelling g = {.l = l, .labels = labels, .settled = project_settled(p, l->model), .cancel = cancel,
                          .st = &failed};
    l->taught = malloc((l->features.count + 1) * sizeof *l->taught);
    g.val = malloc(CALIBRATE_MOST * sizeof *g.val);
    int result = l->taught && g.val ? 0 : status_out_of_memory(st);
    for (size_t i = 0; result == 0 && i < l->features.count; i++)
        l->taught[i] = HEAD_UNKNOWN;
    if (result == 0)
        result = store_each_photo(p->store, note_label, &g, st);
    if (result == 0 && failed.code != STATUS_OK)
        result = status_fail(st, failed.code, "%s", failed.text);
    if (result == 0)
        result = fit(l, cancel, st);
    if (result == 0) {
        count_labels(l);
        if (l->learned > 0)
            result = calibrate(l, store_taxonomy(p->store), &g, st);
    }
    free(g.val);
    return result;
}

int learner_open(struct project *p, int model, enum learner_labels labels, struct learner **out,
                 atomic_int *cancel, struct status *st)
{
    struct learner *l = calloc(1, sizeof *l);
    *out = NULL;
    if (!l)
        return status_out_of_memory(st);
    l->features.fd = -1;
    l->model = model;
    l->temperature = 1;
    if (terminals_make(store_taxonomy(p->store), &l->terminals, st) == 0 &&
        take_model(l, p, labels, st) == 0 && take_labels(l, p, labels, cancel, st) == 0) {
        *out = l;
        return 0;
    }
    learner_free(l);
    return -1;
}

void learner_free(struct learner *l)
{
    if (!l)
        return;
    features_close(&l->features);
    terminals_clear(&l->terminals);
    head_free(l->head);
    free(l->own.w);
    free(l->own.bias);
    free(l->own.node);
    free(l->column_node);
    free(l->column);
    free(l->untaught);
    free(l->taught);
    free(l);
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

/* In one block, as terminals_make has them. */
static int copy_terminals(struct terminals *to, const struct terminals *from, struct status *st)
{
    size_t count = (size_t)from->count, nodes = (size_t)from->nodes;
    *to = (struct terminals){.count = from->count, .nodes = from->nodes};
    to->node = malloc((count + 3 * nodes + 1) * sizeof *to->node);
    if (!to->node)
        return status_out_of_memory(st);
    to->index = to->node + count;
    to->first = to->index + nodes;
    to->last = to->first + nodes;
    memcpy(to->node, from->node, count * sizeof *to->node);
    memcpy(to->index, from->index, nodes * sizeof *to->index);
    memcpy(to->first, from->first, nodes * sizeof *to->first);
    memcpy(to->last, from->last, nodes * sizeof *to->last);
    return 0;
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
             copy_terminals(&s->terminals, &l->terminals, st) == 0 &&
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
            int node = l->column_node[k], terminal = node < l->terminals.nodes ? l->terminals.index[node] : -1;
            if (terminal >= 0)
                p[i * terminals + (size_t)terminal] += row[k];
        }
    }
}

int learner_predict(const struct learner *l, const size_t *rows, size_t n, float *p, struct status *st)
{
    struct rows r;
    size_t part = n < ROWS ? n : ROWS;
    if (rows_init(&r, l, part, st) != 0)
        return -1;
    for (size_t done = 0; done < n; done += part) {
        size_t count = n - done < part ? n - done : part;
        rows_load(&r, l, rows + done, count);
        head_logits(l->head, r.x, rows_prior(&r), (int)count, r.logits);
        spread(l, r.logits, count, p + done * (size_t)l->terminals.count);
    }
    free(r.x);
    return 0;
}

int learner_left_out(const struct learner *l, const size_t *rows, size_t n, float *p, struct status *st)
{
    struct rows r;
    int taught[ROWS];
    size_t part = n < ROWS ? n : ROWS;
    int result = rows_init(&r, l, part, st);
    if (result != 0)
        return -1;
    for (size_t done = 0; result == 0 && done < n; done += part) {
        size_t count = n - done < part ? n - done : part;
        for (size_t i = 0; i < count; i++)
            taught[i] = l->taught[rows[done + i]];
        rows_load(&r, l, rows + done, count);
        result = head_left_out(l->head, r.x, taught, rows_prior(&r), (int)count, r.logits, st);
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
