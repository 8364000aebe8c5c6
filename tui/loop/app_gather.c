/* Pages for the grid: photos of one predicted path brought together within the queue. One pass over
 * what is left of it picks the best few, a second one moves them to the front; the others keep
 * their order. */
#include <string.h>

#include "tui/loop/app_internal.h"

/* Where an open photo stands for a page that begins with path `first`: less is better. */
struct rank {
    size_t at; /* in the queue */
    int tier;  /* of its expected score: 0 the surest */
    int steps; /* from `first` in the order of the tree, around its end */
    float expected;
};

/* Blind samples are none of a page: it would say what is predicted for them. */
static int is_open(const struct app *a, const struct queue_item *item)
{
    int decided = item->labelled == 2;
    if ((!decided && app_blind_by_place(a, item->photo)) || app_holder(a, item->photo))
        return 0;
    return a->these || filter_takes_decided(&a->filter) || (!decided && item->labelled != 3);
}

/* In the order of the tree; without a prediction: after all others. */
static int place_of(const struct app *a, int node)
{
    int place = node >= 0 && node < a->terminals.nodes ? a->terminals.index[node] : -1;
    return place >= 0 ? place : a->terminals.count;
}

static int steps_between(const struct app *a, int first, int node)
{
    int places = a->terminals.count, from = place_of(a, first), to = place_of(a, node);
    return to == places ? places : from == places ? to : (to - from + places) % places;
}

/* Doubtful ones come when what is accepted before them has been learned: most need no correction
 * then. */
static int tier_of(float expected)
{
    static const float least[] = {.95f, .85f, .7f, .5f, 0};
    int tier = 0;
    while (tier < (int)(sizeof least / sizeof least[0]) && expected < least[tier])
        tier++;
    return tier;
}

static int is_better(const struct rank *a, const struct rank *b)
{
    if (a->tier != b->tier)
        return a->tier < b->tier;
    if (a->steps != b->steps)
        return a->steps < b->steps;
    if (a->expected != b->expected)
        return a->expected > b->expected;
    return a->at < b->at;
}

/* best [n] is sorted; returns how many there are then. */
static size_t put_in(struct rank *best, size_t n, size_t most, const struct rank *r)
{
    size_t i = n < most ? n : most - 1;
    if (n == most && !is_better(r, &best[i]))
        return n;
    for (; i > 0 && is_better(r, &best[i - 1]); i--)
        best[i] = best[i - 1];
    best[i] = *r;
    return n < most ? n + 1 : n;
}

/* The chosen ones go to `from`, what stood before them moves up. */
static void move_to(struct app *a, size_t from, const struct rank *best, size_t n)
{
    struct queue_item chosen[APP_GATHERED];
    size_t last = from, behind = 0;
    for (size_t i = 0; i < n; i++) {
        behind += best[i].at >= a->arranged_keep;
        chosen[i] = a->items[best[i].at];
        a->items[best[i].at].photo = 0; /* taken */
        last = best[i].at > last ? best[i].at : last;
    }
    size_t to = last + 1;
    for (size_t i = last + 1; i-- > from;)
        if (a->items[i].photo != 0)
            a->items[--to] = a->items[i];
    memcpy(a->items + from, chosen, n * sizeof *chosen);
    app_arrange_moved(a, from, behind);
}

/* Decided ones have been passed: they go before the current photo. */
static void pass_decided(struct app *a, size_t end)
{
    for (size_t i = a->position + 1; i < end; i++) {
        struct queue_item item = a->items[i];
        if (item.labelled != 2)
            continue;
        memmove(&a->items[a->position + 1], &a->items[a->position],
                (i - a->position) * sizeof item);
        a->items[a->position++] = item;
    }
}

void app_queue_ungather(struct app *a)
{
    size_t end = a->gathered < a->count ? a->gathered : a->count;
    a->gathered = 0;
    app_hold(a, NULL, 0);
    if (a->position >= end)
        return;
    for (size_t i = a->position; i < end;
         i++) /* they may have been gathered before anything was predicted */
        app_opinions_fill(a, &a->items[i]);
    pass_decided(a, end);
    int later = app_queue_is_large(a);
    size_t first = a->position + 1, rest = a->count - first;
    queue_sort_first(a->items + first, rest, later && rest > APP_FIRST ? APP_FIRST : rest, a->order,
                     a->project.id);
    a->changed |= APP_QUEUE;
    int arranging = a->arranging != NULL;
    if (arranging) /* it has left out those that were gathered */
        app_arrange_end(a);
    if (later)
        app_arrange_all(a);
    else if (arranging)
        app_arrange(a);
}

/* The photo that the person has gone to, whatever it is, belongs to the page that begins with it or
 * before it; blind samples never do. */
static int is_kept(const struct app *a, size_t from)
{
    if (a->position < from || a->position >= a->count)
        return 0;
    const struct queue_item *item = &a->items[a->position];
    return item->labelled == 2 || !app_blind_by_place(a, item->photo);
}

size_t app_queue_gathered(const struct app *a)
{
    return a->gathered < a->count ? a->gathered : a->count;
}

size_t app_queue_gather(struct app *a, long offset, size_t most)
{
    struct rank best[APP_GATHERED];
    long at = (long)a->position + offset;
    size_t from = at < 0 ? 0 : (size_t)at, first, n = 0;
    int kept = is_kept(a, from);
    most = most < APP_GATHERED ? most : APP_GATHERED;
    app_leases_look(a);
    for (first = from; first < a->count && !is_open(a, &a->items[first]);)
        first++;
    if (kept)
        first = a->position;
    if (first >= a->count || most == 0)
        return 0;
    best[0] = (struct rank){.at = first}; /* stays there when it is kept */
    int by_path = a->order == QUEUE_DOUBT || a->order == QUEUE_SURE || a->order == QUEUE_PATH ||
                  a->order == QUEUE_RANDOM;
    for (size_t i = from; i < a->count && (by_path || n + (size_t)kept < most); i++) {
        struct rank r = {.at = i};
        if (!is_open(a, &a->items[i]) || (kept && i == first))
            continue;
        if (by_path) {
            r.steps = steps_between(a, a->items[first].node, a->items[i].node);
            r.expected = a->items[i].expected;
            r.tier = a->order == QUEUE_PATH ? 0 : tier_of(r.expected);
        }
        if (most > (size_t)kept)
            n = put_in(best + kept, n, most - (size_t)kept, &r);
    }
    n += (size_t)kept;
    move_to(a, from, best, n);
    if (kept)
        a->position = from;
    if (from + n > a->gathered)
        a->gathered = from + n;
    a->changed |= APP_QUEUE;
    if (a->position < a->count && a->items[a->position].photo != a->current.photo.id)
        app_show(a, NULL);
    return n;
}
