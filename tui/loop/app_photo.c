/* What is known of a photo: its state, the paths predicted for it. */
#include <stdlib.h>
#include <string.h>

#include "tui/loop/app_internal.h"

void app_photo_clear(struct app_photo *c)
{
    photo_clear(&c->photo);
    *c = (struct app_photo){0};
}

static void offer_candidates(struct app *a, int model, const float *p, struct app_photo *c)
{
    c->model = model;
    c->candidates = decide_candidates(store_taxonomy(a->project.store), &a->terminals, p, c->candidate,
                                      DECIDE_CANDIDATES);
}

/* Probabilities by one model, p [terminals]: 1 when they are there. */
static int load_prediction(struct app *a, int model, float *p, struct app_photo *c, struct status *st)
{
    if (model == 0)
        return 0;
    int found = store_prediction(a->project.store, c->photo.id, model, a->by_node, a->terminals.nodes, c->problem,
                                 sizeof c->problem, st);
    if (found != 0)
        return found < 0 ? -1 : 0;
    if (c->problem[0])
        return 1;
    float sum = 0;
    for (int k = 0; k < a->terminals.count; k++)
        sum += p[k] = a->by_node[a->terminals.node[k]];
    for (int k = 0; k < a->terminals.count && sum > 0; k++)
        p[k] /= sum; /* what was too small to be kept is shared out */
    if (sum > 0)
        offer_candidates(a, model, p, c);
    return 1;
}

int app_photo_load(struct app *a, int64_t id, float *p, struct app_photo *c, struct status *st)
{
    if (store_photo(a->project.store, id, &c->photo, st) != 0)
        return -1;
    if (a->terminals.count == 0)
        return 0;
    if (app_learn_predict(a, id, p)) {
        offer_candidates(a, a->model, p, c);
        return 0;
    }
    int found = load_prediction(a, a->model, p, c, st);
    if (found == 0 && a->shown_model != a->model)
        found = load_prediction(a, a->shown_model, p, c, st);
    return found < 0 ? -1 : 0;
}

int app_look(struct app *a, int64_t photo, struct app_photo *out, struct status *st)
{
    *out = (struct app_photo){0};
    return app_photo_load(a, photo, a->p_other, out, st);
}

const struct app_photo *app_current(const struct app *a)
{
    return &a->current;
}

int app_photo_node(const struct app_photo *photo)
{
    if (photo->photo.state.node >= 0)
        return photo->photo.state.node;
    return photo->candidates > 0 ? photo->candidate[0].node : TAXONOMY_ROOT;
}

void app_answer(const struct app *a, int node, struct answer *out)
{
    const struct taxonomy *t = a->terminals_of;
    if (a->current.model != 0) {
        decide_for_node(t, &a->terminals, a->p, node, out);
        return;
    }
    *out = (struct answer){.node = node};
    if (t && node >= 0)
        out->depth = taxonomy_path(t, node, out->path);
}

int app_usual(const struct app *a, int *nodes)
{
    int n = a->model == 0 ? a->usual.count : 0;
    memcpy(nodes, a->usual.node, (size_t)n * sizeof *nodes);
    return n;
}

int app_best_child(const struct app *a, int node)
{
    if (!a->terminals_of)
        return -1;
    if (a->current.model != 0 && node >= 0)
        return decide_best_child(a->terminals_of, &a->terminals, a->p, node);
    return taxonomy_first_child(a->terminals_of, node);
}
