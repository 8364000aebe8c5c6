/* What the picker asks: the search over the tree, how many photos have a label, what speaks for it.
 */
#include <math.h>
#include <stdlib.h>
#include <time.h>

#include "labels/search.h"
#include "tui/loop/app_internal.h"

const struct search *app_search(struct app *a)
{
    const struct taxonomy *t = store_taxonomy(a->project.store);
    if (search_is_of(a->search, t))
        return a->search;
    search_free(a->search);
    a->search = NULL;
    search_make(t, &a->search, NULL);
    return a->search;
}

/* Time that this thread has worked: what others do meanwhile says nothing about the store. */
static double worked(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Are the counts those of now, or, where counting can be felt, not old for what it takes? */
static int counts_will_do(const struct app *a, const struct taxonomy *t)
{
    const double felt = 0.02, rest = 300; /* a third of a percent of the time, then */
    if (!a->labels.below || a->labels.nodes != taxonomy_count(t) ||
        a->labels.edition != taxonomy_edition(t))
        return 0;
    return a->labels.event == a->last_event ||
           (a->labels.took > felt && app_seconds() - a->labels.at < rest * a->labels.took);
}

static int count_labels(struct app *a, const struct taxonomy *t)
{
    size_t nodes = (size_t)taxonomy_count(t);
    double began = worked();
    app_labels_close(a);
    a->labels.ending = calloc(nodes + 1, sizeof *a->labels.ending);
    a->labels.below = calloc(nodes + 1, sizeof *a->labels.below);
    int rows = a->labels.ending && a->rows && app_queue_is_large(a); /* as good, and quick */
    if (rows)
        queue_rows_count_labels(a->rows, t, a->labels.ending);
    if (!a->labels.ending || !a->labels.below ||
        (!rows && store_count_labels(a->project.store, a->labels.ending, NULL) != 0)) {
        app_labels_close(a);
        return -1;
    }
    for (int v = 0; v < (int)nodes; v++)
        for (int above = a->labels.ending[v] ? v : -1; above >= 0;
             above = taxonomy_parent(t, above))
            a->labels.below[above] += a->labels.ending[v];
    a->labels.nodes = (int)nodes;
    a->labels.edition = taxonomy_edition(t);
    a->labels.event = a->last_event;
    a->labels.at = app_seconds();
    a->labels.took = worked() - began;
    return 0;
}

const int64_t *app_label_counts(struct app *a)
{
    const struct taxonomy *t = store_taxonomy(a->project.store);
    if (!counts_will_do(a, t) && count_labels(a, t) != 0)
        return NULL;
    return a->labels.below;
}

void app_weigh_labels(struct app *a, float *weight)
{
    const float used = 0.1f; /* less than a probability that is worth a look */
    int nodes = taxonomy_count(store_taxonomy(a->project.store)),
        counted = app_label_counts(a) != NULL;
    int64_t most = 1;
    for (int v = 0; counted && v < nodes; v++)
        if (a->labels.ending[v] > most)
            most = a->labels.ending[v];
    for (int v = 0; v < nodes; v++)
        weight[v] = counted ? used * log1pf((float)a->labels.ending[v]) / log1pf((float)most) : 0;
    for (int k = 0; a->current.model != 0 && k < a->terminals.count; k++)
        if (a->terminals.node[k] < nodes)
            weight[a->terminals.node[k]] += a->p[k];
}

void app_labels_close(struct app *a)
{
    free(a->labels.ending);
    free(a->labels.below);
    a->labels.ending = a->labels.below = NULL;
}
