#include "tui/commands/predictions.h"

#include <limits.h>
#include <stdlib.h>

#include "data/status.h"
#include "nn/pool.h"
#include "tui/commands/photos.h"
#include "tui/commands/progress.h"
#include "tui/loop/answers.h"
#include "tui/loop/features.h"
#include "tui/loop/predictor.h"
#include "tui/loop/project.h"

int predictions_model(struct project *p, long number, struct status *st)
{
    struct model_record record;
    if (number == 0)
        number = store_current_model(p->store);
    if (number == 0)
        return status_fail(st, STATUS_MISSING, "the project has no model; `tend models add` makes one");
    if (number < 0 || number > INT_MAX || store_model(p->store, (int)number, &record, NULL) != 0)
        return status_fail(st, STATUS_MISSING, "there is no model %ld; `tend models` lists them",
                           number);
    if (record.removed)
        return status_fail(st, STATUS_MISSING, "model %ld was removed; `tend models` lists the others",
                           number);
    return (int)number;
}

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
        return status_fail(st, STATUS_BUSY,
                           "predictions of model %d were dropped meanwhile, by a review that went over to "
                           "another model: try again", r->model);
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

/* Those of the photos that must be predicted: without a prediction, or without the features that later labels are
 * learned on; malloc'd. */
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
            found = store_prediction(p->store, photos[i], model, r.by_node, r.terminals.nodes, NULL, 0, st);
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

static void report(void *arg, const struct predict_tally *tally)
{
    progress_show(arg, &(struct progress_state){.phase = "predicting",
                                                .done = tally->done,
                                                .total = tally->total,
                                                .rate = tally->rate,
                                                .seconds_left = tally->seconds_left});
}

static int look_at(struct project *p, int model, const int64_t *photos, size_t count, int threads,
                   atomic_int *cancel, int *looked_at, struct status *st)
{
    int result = -1;
    struct pool *pool = NULL;
    struct predictor *predictor = NULL;
    struct progress progress;
    int64_t *list = missing(p, model, photos, count, looked_at, st);
    if (!list)
        return -1;
    progress_start(&progress, "photos");
    if (*looked_at == 0)
        result = 0;
    else if ((pool = pool_new(threads, 0, st)) &&
             predictor_new(p, model, pool, &predictor, st) == 0)
        result = predictor_run_photos(predictor, p, list, *looked_at, report, &progress, cancel, st);
    progress_end(&progress);
    predictor_free(predictor);
    pool_free(pool);
    free(list);
    return result;
}

int predictions_features(struct project *p, int model, const int64_t *photos, size_t count, int threads,
                         atomic_int *cancel, struct status *st)
{
    int looked_at;
    return look_at(p, model, photos, count, threads, cancel, &looked_at, st);
}

int predictions_labelled(struct project *p, int model, int threads, atomic_int *cancel, size_t *labels,
                         struct status *st)
{
    struct photo_list list;
    int result = -1;
    *labels = 0;
    if (photos_list(p->store, -1, &list, st) != 0)
        return -1;
    int64_t *ids = malloc((list.count + 1) * sizeof *ids);
    for (size_t i = 0; ids && i < list.count; i++)
        if (list.entries[i].node >= 0 && list.entries[i].split != SPLIT_TEST)
            ids[(*labels)++] = list.entries[i].id;
    if (!ids)
        status_out_of_memory(st);
    else
        result = predictions_features(p, model, ids, *labels, threads, cancel, st);
    free(ids);
    photos_clear(&list);
    return result;
}

int predictions_make(struct project *p, int model, const int64_t *photos, size_t count, int threads,
                     atomic_int *cancel, long *made, struct status *st)
{
    int looked_at, can = 0;
    size_t labels;
    if (look_at(p, model, photos, count, threads, cancel, &looked_at, st) != 0 ||
        answers_update(p, model, cancel, &can, st) != 0)
        return -1;
    /* What has a label teaches once it has been looked at: after an import nothing has. */
    if (!can && (predictions_labelled(p, model, threads, cancel, &labels, st) != 0 ||
                 (labels > 0 && answers_update(p, model, cancel, &can, st) != 0)))
        return -1;
    if (made)
        *made = looked_at;
    if (can)
        return 0;
    return status_fail(st, STATUS_MISSING,
                       "model %d has not been trained on this project's labels, and nobody has labelled photos of two "
                       "kinds yet: label a few (`tend review`, `tend import`)",
                       model);
}
