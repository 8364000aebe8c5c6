#include "tui/loop/simulation.h"

#include <stdlib.h>
#include <string.h>

#include "data/clock.h"
#include "data/rng.h"
#include "data/status.h"
#include "labels/score.h"
#include "tui/loop/answers.h"
#include "tui/loop/learner.h"
#include "tui/loop/project.h"

/* As in the review: after every label what comes next is judged anew, all photos every few labels
 * (there: whenever the background is done with them). */
enum { NEXT = 256, ALL_EVERY = 10 };

struct playing {
    const struct simulation *s;
    struct learner *learner;
    const struct taxonomy *taxonomy;
    struct queue_item *items; /* photos that wait for their label, the next one first */
    int *truth;               /* [pool] by place in s->pool, which `event` of an item holds */
    size_t count;
    size_t *rows;             /* scratch */
    struct opinion *opinions; /* scratch */
    size_t *held_rows;
    int *held_truth;
    size_t held;
    double seconds;
};

static int allocate(struct playing *g, struct status *st)
{
    size_t most = g->s->pool_count > g->s->held_out_count ? g->s->pool_count : g->s->held_out_count;
    g->items = calloc(g->s->pool_count + 1, sizeof *g->items);
    g->truth = malloc((g->s->pool_count + 1) * sizeof *g->truth);
    g->rows = malloc((most + 1) * sizeof *g->rows);
    g->opinions = malloc((most + 1) * sizeof *g->opinions);
    g->held_rows = malloc((g->s->held_out_count + 1) * sizeof *g->held_rows);
    g->held_truth = malloc((g->s->held_out_count + 1) * sizeof *g->held_truth);
    return g->items && g->truth && g->rows && g->opinions && g->held_rows && g->held_truth
               ? 0
               : status_out_of_memory(st);
}

static int gather(struct playing *g, struct status *st)
{
    const struct features *f = learner_features(g->learner);
    for (size_t i = 0; i < g->s->pool_count; i++) {
        const struct truth *t = &g->s->pool[i];
        g->truth[i] = t->node;
        if (features_find(f, t->photo) >= 0)
            g->items[g->count++] = (struct queue_item){
                .photo = t->photo, .expected = -1, .node = -1, .event = (int64_t)i};
    }
    for (size_t i = 0; i < g->s->held_out_count; i++) {
        long row = features_find(f, g->s->held_out[i].photo);
        if (row < 0)
            continue;
        g->held_rows[g->held] = (size_t)row;
        g->held_truth[g->held++] = g->s->held_out[i].node;
    }
    if (g->count > 0 && g->held > 0)
        return 0;
    return status_fail(st, STATUS_MISSING, "none of the photos to %s can be read",
                       g->count > 0 ? "score on" : "label");
}

/* Judges the first n waiting photos anew and sorts them. */
static int judge(struct playing *g, size_t n, struct status *st)
{
    const struct features *f = learner_features(g->learner);
    for (size_t i = 0; i < n; i++)
        g->rows[i] = (size_t)features_find(f, g->items[i].photo);
    if (answers_judge(g->taxonomy, g->learner, g->rows, n, g->opinions, st) != 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        g->items[i].expected = g->opinions[i].expected;
        g->items[i].gap = g->opinions[i].gap;
        g->items[i].interest = g->opinions[i].doubt;
        g->items[i].node = g->opinions[i].node;
    }
    queue_sort(g->items, n, g->s->order, g->s->seed);
    return 0;
}

static int choose(struct playing *g, int labelled, struct status *st)
{
    if ((g->s->order != QUEUE_DOUBT && g->s->order != QUEUE_SURE) ||
        !learner_can_predict(g->learner))
        return 0;
    return judge(g, labelled % ALL_EVERY == 0 || g->count < NEXT ? g->count : NEXT, st);
}

static int label_next(struct playing *g, struct status *st)
{
    struct queue_item item = g->items[0];
    memmove(g->items, g->items + 1, --g->count * sizeof *g->items);
    return learner_label(g->learner, g->taxonomy, item.photo, g->truth[item.event], st);
}

static int measure(struct playing *g, int labelled, struct simulation_point *out, struct status *st)
{
    struct score score = {0};
    *out = (struct simulation_point){.labels = labelled, .seconds = g->seconds};
    int can = learner_can_predict(g->learner);
    if (can && answers_judge(g->taxonomy, g->learner, g->held_rows, g->held, g->opinions, st) != 0)
        return -1;
    for (size_t i = 0; i < g->held; i++)
        score_add_nodes(&score, g->taxonomy, g->held_truth[i], can ? g->opinions[i].node : -1);
    out->score = score_mean(&score);
    out->exact = score_exact(&score);
    return 0;
}

static int play(struct playing *g, int (*point)(void *arg, const struct simulation_point *point),
                void *arg, atomic_int *cancel, struct status *st)
{
    int until = g->s->until > 0 && (size_t)g->s->until < g->count ? g->s->until : (int)g->count;
    /* Until something is known, and for the order it is: as they are shuffled. */
    queue_sort(g->items, g->count, g->s->order == QUEUE_FILE ? QUEUE_FILE : QUEUE_RANDOM,
               g->s->seed);
    for (int labelled = 0; labelled < until;) {
        double start = clock_seconds();
        if (choose(g, labelled, st) != 0 || label_next(g, st) != 0)
            return -1;
        g->seconds += clock_seconds() - start;
        labelled++;
        if (cancel && atomic_load(cancel))
            return status_fail(st, STATUS_CANCELLED, "the simulation was stopped");
        if (labelled % g->s->batch != 0 && labelled < until)
            continue;
        struct simulation_point p;
        if (measure(g, labelled, &p, st) != 0)
            return -1;
        if (point(arg, &p) != 0)
            return 0;
    }
    return 0;
}

int simulation_run(struct project *p, const struct simulation *s,
                   int (*point)(void *arg, const struct simulation_point *point), void *arg,
                   atomic_int *cancel, struct status *st)
{
    struct playing g = {.s = s, .taxonomy = s->taxonomy};
    int result = allocate(&g, st);
    if (result == 0)
        result = learner_open(p, s->model, LEARNER_NONE, &g.learner, cancel, st);
    if (result == 0)
        result = learner_follow(g.learner, s->taxonomy, st);
    if (result == 0)
        result = gather(&g, st);
    if (result == 0)
        result = play(&g, point, arg, cancel, st);
    learner_free(g.learner);
    free(g.items);
    free(g.truth);
    free(g.rows);
    free(g.opinions);
    free(g.held_rows);
    free(g.held_truth);
    return result;
}
