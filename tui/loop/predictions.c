/* Predictions by any model of a project: made where they are missing, then read. */
#include "tui/loop/predictions.h"

#include <limits.h>
#include <stdlib.h>

#include "data/status.h"
#include "nn/pool.h"
#include "tui/loop/answers.h"
#include "tui/loop/features.h"
#include "tui/loop/project.h"

int predictions_open(struct predictions *r, struct project *p, int model, struct status *st)
{
    *r = (struct predictions){.project = p, .model = model};
    if (terminals_make(store_taxonomy(p->store), &r->terminals, st) != 0)
        return -1;
    r->by_node = malloc(((size_t)r->terminals.nodes + 1) * sizeof *r->by_node);
    r->p = malloc(((size_t)r->terminals.count + 1) * sizeof *r->p);
    if (r->by_node && r->p)
        return 0;
    predictions_close(r);
    return status_out_of_memory(st);
}

void predictions_close(struct predictions *r)
{
    terminals_clear(&r->terminals);
    free(r->by_node);
    free(r->p);
    *r = (struct predictions){0};
}

int predictions_answer(struct predictions *r, int64_t photo, struct answer *out, char *problem,
                       size_t problem_size, struct status *st)
{
    int found = store_prediction(r->project->store, photo, r->model, r->by_node, r->terminals.nodes,
                                 problem, problem_size, st);
    if (found < 0)
        return -1;
    if (found > 0) /* all were there a moment ago: not to be counted as answers that are wrong */
        return status_fail(
            st, STATUS_BUSY,
            "predictions of model %d were dropped meanwhile, by a review that went over to "
            "another model: try again",
            r->model);
    float sum = 0;
    for (int k = 0; k < r->terminals.count; k++)
        sum += r->p[k] = r->by_node[r->terminals.node[k]];
    if (!(sum > 0))
        return 1;
    for (int k = 0; k < r->terminals.count; k++)
        r->p[k] /= sum; /* what was too small to be kept is shared out */
    decide_answer(store_taxonomy(r->project->store), &r->terminals, r->p, out);
    return 0;
}

/* Those of the photos that must be predicted: without a prediction, or without the features that
 * later labels are learned on; malloc'd. */
static int64_t *missing(struct project *p, int model, const int64_t *photos, size_t count, int *n,
                        struct status *st)
{
    struct predictions r;
    struct features features;
    if (predictions_open(&r, p, model, st) != 0)
        return NULL;
    int64_t *out = malloc((count ? count : 1) * sizeof *out);
    int found = out ? features_open(&features, p, model, 0, st) : status_out_of_memory(st);
    *n = 0;
    for (size_t i = 0; i < count && found >= 0 && *n < INT_MAX; i++) {
        int known = features_find(&features, photos[i]) >= 0;
        if (known)
            found = store_prediction(p->store, photos[i], model, r.by_node, r.terminals.nodes, NULL,
                                     0, st);
        if (!known || found == 1)
            out[(*n)++] = photos[i];
    }
    predictions_close(&r);
    if (out)
        features_close(&features);
    if (found >= 0)
        return out;
    free(out);
    return NULL;
}

int predictions_look(struct project *p, int model, const int64_t *photos, size_t count,
                     const struct predictions_way *way, long *looked_at, struct status *st)
{
    int result = -1, n;
    struct pool *pool = NULL;
    struct predictor *predictor = NULL;
    int64_t *list = missing(p, model, photos, count, &n, st);
    if (!list)
        return -1;
    if (n == 0)
        result = 0;
    else if ((pool = pool_new(way->threads, way->nice, st)) &&
             predictor_new(p, model, pool, &predictor, st) == 0)
        result =
            predictor_run_photos(predictor, p, list, n, way->report, way->arg, way->cancel, st);
    predictor_free(predictor);
    pool_free(pool);
    free(list);
    if (looked_at)
        *looked_at = n;
    return result;
}

/* Labelled photos but those of split test. */
struct labelled {
    int64_t *photos;
    size_t count, capacity;
    int failed;
};

static int note_labelled(void *arg, const struct photo *photo)
{
    struct labelled *l = arg;
    if (photo->state.node < 0 || photo->split == SPLIT_TEST)
        return 0;
    if (l->count == l->capacity) {
        size_t capacity = 2 * l->capacity + 256;
        int64_t *grown = realloc(l->photos, capacity * sizeof *grown);
        if (!grown)
            return l->failed = 1;
        l->photos = grown;
        l->capacity = capacity;
    }
    l->photos[l->count++] = photo->id;
    return 0;
}

int predictions_look_labelled(struct project *p, int model, const struct predictions_way *way,
                              size_t *labels, struct status *st)
{
    struct labelled l = {0};
    int result = store_each_photo(p->store, note_labelled, &l, st);
    if (result == 0 && l.failed)
        result = status_out_of_memory(st);
    if (result == 0)
        result = predictions_look(p, model, l.photos, l.count, way, NULL, st);
    *labels = l.count;
    free(l.photos);
    return result;
}

int predictions_fill(struct project *p, int model, const int64_t *photos, size_t count,
                     const struct predictions_way *way, long *made, struct status *st)
{
    int can = 0;
    size_t labels = 0;
    struct model_record record;
    if (store_model(p->store, model, &record, st) != 0 ||
        predictions_look(p, model, photos, count, way, made, st) != 0)
        return -1;
    if (record.reviews > 0 && answers_update(p, model, way->cancel, &can, st) != 0)
        return -1;
    /* What has a label teaches once it has been looked at: after an import nothing has, or only
     * what is asked for here. A model that was trained on labels says enough by itself. */
    if (!can && (predictions_look_labelled(p, model, way, &labels, st) != 0 ||
                 (labels > 0 && answers_update(p, model, way->cancel, &can, st) != 0)))
        return -1;
    if (can)
        return 0;
    return status_fail(
        st, STATUS_MISSING,
        "model %d has not been trained on this project's labels, and nobody has labelled photos of two "
        "kinds yet: label a few (`tend review`, `tend import`)",
        model);
}
