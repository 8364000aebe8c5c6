/* What the learner thinks of photos, put into the queue: the numbers that its orders sort by. */
#include <stdlib.h>

#include "tui/loop/answers.h"
#include "tui/loop/app_internal.h"
#include "tui/loop/learner.h"

enum { NEXT = 256 }; /* photos next in the queue that are judged at once */

static int compare_opinions(const void *key, const void *opinion)
{
    int64_t a = *(const int64_t *)key, b = ((const struct opinion *)opinion)->photo;
    return (a > b) - (a < b);
}

static const struct opinion *opinion_of(const struct opinion *opinions, size_t count, int64_t photo)
{
    return count ? bsearch(&photo, opinions, count, sizeof *opinions, compare_opinions) : NULL;
}

static void fill_item(struct queue_item *item, const struct opinion *o)
{
    item->expected = o->expected;
    item->gap = o->gap;
    item->interest = o->doubt;
    item->node = o->node;
    item->confidence = o->confidence;
}

struct opinion_walk app_opinions_walk(const struct opinions *opinions, struct blind blind)
{
    return opinions ? (struct opinion_walk){opinions->of, opinions->of + opinions->count, blind}
                    : (struct opinion_walk){NULL, NULL, blind};
}

int app_opinions_hidden(void *walk, int64_t photo)
{
    const struct opinion_walk *w = walk;
    return app_blind_hides(&w->blind, photo);
}

void app_opinions_better(void *walk, struct queue_item *item)
{
    struct opinion_walk *w = walk;
    while (w->at < w->end && w->at->photo < item->photo)
        w->at++;
    if (w->at < w->end && w->at->photo == item->photo)
        fill_item(item, w->at);
}

void app_opinions_leave(struct opinions *opinions)
{
    if (!opinions || --opinions->users > 0)
        return;
    free(opinions->of);
    free(opinions);
}

size_t app_interests_fill(enum queue_order order, const struct opinions *interests,
                          struct queue_item *items, size_t count)
{
    size_t kept = 0, at = 0;
    if (order != QUEUE_SUSPECT && order != QUEUE_SIMILAR)
        return count;
    for (size_t i = 0; i < count; i++) { /* both rise */
        while (interests && at < interests->count && interests->of[at].photo < items[i].photo)
            at++;
        int known = interests && at < interests->count && interests->of[at].photo == items[i].photo;
        items[i].interest = known ? interests->of[at].doubt : 0;
        if (order != QUEUE_SUSPECT || items[i].labelled > 0)
            items[kept++] = items[i];
    }
    return kept;
}

void app_opinions_fill(struct app *a, struct queue_item *item)
{
    const struct opinion *o =
        a->opinions ? opinion_of(a->opinions->of, a->opinions->count, item->photo) : NULL;
    struct app_photo photo;
    float interest = item->interest;
    if (o) {
        fill_item(item, o);
    } else {
        if (app_look(a, item->photo, &photo, NULL) == 0 && photo.candidates > 0) {
            item->expected = photo.candidate[0].expected;
            item->gap = photo.candidate[0].gap;
            item->node = photo.candidate[0].node;
            item->confidence = photo.candidate[0].confidence[photo.candidate[0].depth - 1];
        }
        app_photo_clear(&photo);
    }
    if (a->order == QUEUE_SUSPECT || a->order == QUEUE_SIMILAR)
        item->interest = interest;
}

/* What has been passed, and what is looked at, stays where it is. */
static void sort_rest(struct app *a, size_t most)
{
    size_t first = app_queue_fixed(a);
    if (a->arranging &&
        first < a->arranged_keep) /* these are not among the photos that are being sorted */
        first = a->arranged_keep;
    if (first >= a->count || (a->order != QUEUE_DOUBT && a->order != QUEUE_SURE))
        return;
    size_t n = a->count - first < most ? a->count - first : most;
    queue_sort(a->items + first, n, a->order, a->project.id);
}

void app_opinions_judge_next(struct app *a)
{
    size_t rows[NEXT], at[NEXT], n = 0;
    struct opinion opinions[NEXT];
    for (size_t i = a->position; i < a->count && i < a->position + NEXT; i++) {
        long row = features_find(learner_features(a->learner), a->items[i].photo);
        if (row < 0)
            continue;
        rows[n] = (size_t)row;
        at[n++] = i;
    }
    if (n == 0 || !learner_can_predict(a->learner) ||
        answers_judge(store_taxonomy(a->project.store), a->learner, rows, n, opinions, NULL) != 0)
        return;
    for (size_t k = 0; k < n; k++) {
        float interest = a->items[at[k]].interest;
        fill_item(&a->items[at[k]], &opinions[k]);
        if (a->order == QUEUE_SUSPECT || a->order == QUEUE_SIMILAR)
            a->items[at[k]].interest = interest;
    }
    sort_rest(a, NEXT);
    a->changed |= APP_QUEUE;
}
