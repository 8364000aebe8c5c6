/* What is known of a photo: its state, the paths predicted for it. */
#include <stdlib.h>
#include <string.h>

#include "tui/loop/app_internal.h"
#include "tui/loop/settings.h"

/* ---- blind samples -------------------------------------------------------------------------- */

/* A number from 0 to 1 that belongs to the photo in this project (the mixing of splitmix64), and to
 * nothing that the queue or training chooses by. */
static double blind_place(uint64_t project, int64_t photo)
{
    uint64_t x = (project ^ 0x626C696E64u /* "blind" */) + (uint64_t)photo * 0x9E3779B97F4A7C15u;
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
    x = (x ^ x >> 27) * 0x94D049BB133111EBu;
    x ^= x >> 31;
    return (double)(x >> 11) / 9007199254740992.0;
}

struct blind app_blind(const struct app *a)
{
    return (struct blind){a->project.id, a->model != 0 ? a->blind_share : 0};
}

int app_blind_hides(const struct blind *b, int64_t photo)
{
    return b->share > 0 && blind_place(b->project, photo) < b->share;
}

int app_blind_by_place(const struct app *a, int64_t photo)
{
    struct blind b = app_blind(a);
    return app_blind_hides(&b, photo);
}

static int is_blind(const struct app *a, const struct photo *photo)
{
    return !review_is_decided(photo->state.kind) && app_blind_by_place(a, photo->id);
}

void app_blind_read(struct app *a)
{
    a->blind_share = settings_number(a->project.store, APP_BLIND_SETTING) / 100;
}

/* To the screens it is a photo that nothing is known of. */
static void hide(struct app_photo *c)
{
    c->blind = 1;
    c->hidden_model = c->model;
    c->hidden_node = c->candidates > 0 ? c->candidate[0].node : -1;
    c->model = c->candidates = 0;
    memset(c->candidate, 0, sizeof c->candidate);
    c->photo.state.node = -1;
    if (c->photo.state.kind == REVIEW_IMPORTED)
        c->photo.state.kind = REVIEW_NONE;
}

void app_settings_changed(struct app *a)
{
    app_show(a, NULL);
}

/* ---- what is predicted ---------------------------------------------------------------------- */

void app_photo_clear(struct app_photo *c)
{
    photo_clear(&c->photo);
    *c = (struct app_photo){0};
}

static void offer_candidates(struct app *a, int model, const float *p, struct app_photo *c)
{
    c->model = model;
    c->candidates = decide_candidates(store_taxonomy(a->project.store), &a->terminals, p,
                                      c->candidate, DECIDE_CANDIDATES);
}

/* Probabilities by one model, p [terminals]: 1 when they are there. */
static int load_prediction(struct app *a, int model, float *p, struct app_photo *c,
                           struct status *st)
{
    if (model == 0)
        return 0;
    int found = store_prediction(a->project.store, c->photo.id, model, a->by_node,
                                 a->terminals.nodes, c->problem, sizeof c->problem, st);
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

/* Has the model in use seen the picture as it is now? Features that are still known say nothing of
 * one that has changed since, or cannot be read any more; of that c->problem says why. */
static int seen_by_model(struct app *a, struct app_photo *c, struct status *st)
{
    if (a->model == 0)
        return 1;
    int found = store_prediction(a->project.store, c->photo.id, a->model, a->by_node,
                                 a->terminals.nodes, c->problem, sizeof c->problem, st);
    return found < 0 ? -1 : found == 0;
}

static int load_predicted(struct app *a, int64_t id, float *p, struct app_photo *c,
                          struct status *st)
{
    if (a->terminals.count == 0)
        return 0;
    int there = seen_by_model(a, c, st);
    if (there < 0 || c->problem[0])
        return there < 0 ? -1 : 0;
    if (there && app_learn_predict(a, id, p)) {
        offer_candidates(a, a->model, p, c);
        return 0;
    }
    int found = load_prediction(a, a->model, p, c, st);
    if (found == 0 && a->shown_model != a->model)
        found = load_prediction(a, a->shown_model, p, c, st);
    return found < 0 ? -1 : 0;
}

int app_photo_load(struct app *a, int64_t id, float *p, struct app_photo *c, struct status *st)
{
    if (store_photo(a->project.store, id, &c->photo, st) != 0)
        return -1;
    int result = load_predicted(a, id, p, c, st), kind = c->photo.state.kind;
    c->claimed = -1;
    if (result == 0 && kind != REVIEW_NONE && kind != REVIEW_IMPORTED &&
        (c->claimed = store_find_claim(a->project.store, id, st)) == -2)
        result = -1;
    if (!c->problem[0] && is_blind(a, &c->photo))
        hide(c);
    return result;
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
