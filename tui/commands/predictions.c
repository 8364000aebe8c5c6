#include "tui/commands/predictions.h"

#include <limits.h>

#include "data/status.h"
#include "tui/commands/progress.h"
#include "tui/loop/project.h"

int predictions_model(struct project *p, long number, struct status *st)
{
    struct model_record record;
    if (number == 0)
        number = store_current_model(p->store);
    if (number == 0)
        return status_fail(st, STATUS_MISSING,
                           "the project has no model; `tend models add` makes one");
    if (number < 0 || number > INT_MAX || store_model(p->store, (int)number, &record, NULL) != 0)
        return status_fail(st, STATUS_MISSING, "there is no model %ld; `tend models` lists them",
                           number);
    if (record.removed)
        return status_fail(st, STATUS_MISSING,
                           "model %ld was removed; `tend models` lists the others", number);
    return (int)number;
}

static void report(void *arg, const struct predict_tally *tally)
{
    progress_show(arg, &(struct progress_state){.phase = "predicting",
                                                .done = tally->done,
                                                .total = tally->total,
                                                .rate = tally->rate,
                                                .seconds_left = tally->seconds_left});
}

/* In the foreground, with progress. */
static struct predictions_way way_of(struct progress *progress, int threads, atomic_int *cancel)
{
    progress_start(progress, "photos");
    return (struct predictions_way){
        .threads = threads, .report = report, .arg = progress, .cancel = cancel};
}

int predictions_features(struct project *p, int model, const int64_t *photos, size_t count,
                         int threads, atomic_int *cancel, struct status *st)
{
    struct progress progress;
    struct predictions_way way = way_of(&progress, threads, cancel);
    int result = predictions_look(p, model, photos, count, &way, NULL, st);
    progress_end(&progress);
    return result;
}

int predictions_labelled(struct project *p, int model, int threads, atomic_int *cancel,
                         size_t *labels, struct status *st)
{
    struct progress progress;
    struct predictions_way way = way_of(&progress, threads, cancel);
    int result = predictions_look_labelled(p, model, &way, labels, st);
    progress_end(&progress);
    return result;
}

int predictions_make(struct project *p, int model, const int64_t *photos, size_t count, int threads,
                     atomic_int *cancel, long *made, struct status *st)
{
    struct progress progress;
    struct predictions_way way = way_of(&progress, threads, cancel);
    int result = predictions_fill(p, model, photos, count, &way, made, st);
    progress_end(&progress);
    return result;
}
