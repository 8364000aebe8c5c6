/* A learner from the project: the model, its last layer, the labels, and one temperature. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "data/status.h"
#include "nn/graph.h"
#include "nn/network.h"
#include "nn/train.h"
#include "nn/weights/hub.h"
#include "tui/loop/learner_internal.h"
#include "tui/loop/project.h"
#include "tui/loop/samples.h"

enum {
    MEAN_ROWS = 20000, /* enough for a mean */
    CALIBRATE_LEAST = 20,
    CALIBRATE_MOST = 1000 /* labels to fit a temperature to */
};

static int take_classifier(struct learner *l, const struct network *n,
                           const struct model_card *card, struct status *st)
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
        c->node[k] =
            node >= 0 && node < l->terminals.nodes && l->terminals.index[node] >= 0 ? node : -1;
        c->placed += c->node[k] >= 0;
        if (c->node[k] >= 0 && learner_column(l, c->node[k], st) < 0)
            return -1;
    }
    return 0;
}

struct labelling {
    struct learner *l;
    enum learner_labels labels;
    int64_t settled; /* the last event the model was trained on */
    struct known {
        size_t row;
        int node;
    } * val; /* labelled photos of split val, to calibrate with: at most CALIBRATE_MOST */
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

static int note_label(void *arg, const struct photo *photo)
{
    struct labelling *g = arg;
    struct learner *l = g->l;
    long row = features_find(&l->features, photo->id);
    if (g->cancel && atomic_load(g->cancel))
        return status_fail(g->st, STATUS_CANCELLED, "learning was stopped") != 0;
    if (photo->split == SPLIT_VAL && row >= 0 && photo->state.node >= 0 &&
        g->val_count < CALIBRATE_MOST)
        g->val[g->val_count++] = (struct known){(size_t)row, photo->state.node};
    if (photo->split == SPLIT_VAL || photo->split == SPLIT_TEST)
        return leave_untaught(l, photo->id, g->st) != 0;
    if (g->labels == LEARNER_NONE || row < 0 || photo->state.node < 0 ||
        photo->state.kind == REVIEW_REJECTED)
        return 0;
    int column = learner_column(l, photo->state.node, g->st);
    int is_settled = g->labels == LEARNER_SINCE && l->own.placed > 0 && photo->event <= g->settled;
    l->taught[row] = is_settled ? HEAD_SETTLED : column;
    l->settled[row] = is_settled ? column : -1;
    return column < 0;
}

/* Teaches the head all that is in l->taught. */
static int fit(struct learner *l, atomic_int *cancel, struct status *st)
{
    size_t rows[LEARNER_ROWS], n = 0;
    int class[LEARNER_ROWS], result;
    struct rows r;
    if (l->columns == 0)
        return 0;
    if (learner_rows(&r, l, LEARNER_ROWS, st) != 0)
        return -1;
    head_fit_begin(l->head);
    result = 0;
    for (size_t i = 0; result == 0 && i < l->features.count; i++) {
        if (l->taught[i] != HEAD_UNKNOWN) {
            rows[n] = i;
            class[n++] = l->taught[i];
        }
        if (n == 0 || (n < LEARNER_ROWS && i + 1 < l->features.count))
            continue;
        if (cancel && atomic_load(cancel))
            result = status_fail(st, STATUS_CANCELLED, "learning was stopped");
        learner_load(&r, l, rows, n);
        if (result == 0)
            result = head_fit_add(l->head, r.x, class, learner_prior(&r), (int)n, st);
        n = 0;
    }
    if (result == 0)
        result = head_fit_end(l->head, st);
    free(r.x);
    return result;
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
        if (n % 1000 == 999)
            features_give_back(f);
        for (size_t i = 0; i < width; i++)
            square += (double)x[i] * (double)x[i];
        for (size_t i = 0; i < width && square > 0; i++)
            mean[i] += x[i] / (float)sqrt(square);
    }
    for (size_t i = 0; i < width && n > 0; i++)
        mean[i] /= (float)n;
    return 0;
}

static int take_model(struct learner *l, struct project *p, enum learner_labels labels,
                      struct status *st)
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

/* One temperature for what it says: fitted to labels of split val; where those are too few, to its
 * own labels, each left out. */
static int calibrate(struct learner *l, const struct taxonomy *t, struct labelling *g,
                     struct status *st)
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

static int take_labels(struct learner *l, struct project *p, enum learner_labels labels,
                       atomic_int *cancel, struct status *st)
{
    struct status failed = {0};
    struct labelling g = {.l = l,
                          .labels = labels,
                          .settled = project_settled(p, l->model),
                          .cancel = cancel,
                          .st = &failed};
    l->taught = malloc((l->features.count + 1) * sizeof *l->taught);
    l->settled = malloc((l->features.count + 1) * sizeof *l->settled);
    g.val = malloc(CALIBRATE_MOST * sizeof *g.val);
    int result = l->taught && l->settled && g.val ? 0 : status_out_of_memory(st);
    for (size_t i = 0; result == 0 && i < l->features.count; i++)
        l->taught[i] = l->settled[i] = HEAD_UNKNOWN;
    if (result == 0)
        result = store_each_photo(p->store, note_label, &g, st);
    if (result == 0 && failed.code != STATUS_OK)
        result = status_fail(st, failed.code, "%s", failed.text);
    if (result == 0)
        result = fit(l, cancel, st);
    if (result == 0) {
        learner_count(l);
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
    free(l->settled);
    free(l);
}
