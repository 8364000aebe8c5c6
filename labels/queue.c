#include "labels/queue.h"

#include <stdlib.h>
#include <string.h>

#define X(name, text, help) text,
static const char *const names[] = {QUEUE_ORDERS(X)};
#undef X
#define X(name, text, help) help,
static const char *const helps[] = {QUEUE_ORDERS(X)};
#undef X

const char *queue_order_name(enum queue_order order)
{
    return order < QUEUE_ORDER_COUNT ? names[order] : "";
}

const char *queue_order_help(enum queue_order order)
{
    return order < QUEUE_ORDER_COUNT ? helps[order] : "";
}

int queue_order_from_name(const char *name)
{
    for (int i = 0; i < QUEUE_ORDER_COUNT; i++)
        if (strcmp(names[i], name) == 0)
            return i;
    return -1;
}

struct sorting {
    enum queue_order order;
    uint64_t seed;
};

static uint64_t mix(uint64_t x)
{
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
    x = (x ^ x >> 27) * 0x94D049BB133111EBu;
    return x ^ x >> 31;
}

static int order_of(double a, double b)
{
    return (a > b) - (a < b);
}

/* Under DOUBT, without the learner's opinion: the expected loss. */
static double interest(const struct queue_item *item)
{
    return item->interest > 0   ? (double)item->interest
           : item->expected < 0 ? -1
                                : 1 - (double)item->expected;
}

static int compare_interest(const struct queue_item *a, const struct queue_item *b)
{
    int by = order_of(interest(b), interest(a));
    return by ? by : order_of((double)a->gap, (double)b->gap);
}

static int compare_predictions(const struct queue_item *a, const struct queue_item *b,
                               enum queue_order order)
{
    if ((a->expected < 0) != (b->expected < 0))
        return a->expected < 0 ? 1 : -1;
    if (a->expected < 0)
        return 0;
    if (order == QUEUE_PATH && a->node != b->node)
        return a->node < b->node ? -1 : 1;
    int by = order_of((double)a->expected, (double)b->expected);
    if (by == 0)
        by = order_of((double)a->gap, (double)b->gap);
    return -by;
}

static int compare(const void *left, const void *right, void *arg)
{
    const struct queue_item *a = left, *b = right;
    const struct sorting *s = arg;
    int by = a->labelled - b->labelled;
    if (by != 0 && s->order != QUEUE_SUSPECT && s->order != QUEUE_SIMILAR)
        return by;
    switch (s->order) {
    case QUEUE_SUSPECT:
    case QUEUE_SIMILAR: by = order_of((double)b->interest, (double)a->interest); break;
    case QUEUE_DOUBT: by = compare_interest(a, b); break;
    case QUEUE_SURE:
    case QUEUE_PATH: by = compare_predictions(a, b, s->order); break;
    case QUEUE_RANDOM: {
        uint64_t x = mix((uint64_t)a->photo ^ s->seed), y = mix((uint64_t)b->photo ^ s->seed);
        by = (x > y) - (x < y);
        break;
    }
    case QUEUE_OLDEST: by = (a->event > b->event) - (a->event < b->event); break;
    case QUEUE_FILE:
    case QUEUE_ORDER_COUNT: break;
    }
    return by ? by : (a->photo > b->photo) - (a->photo < b->photo);
}

static struct sorting sorting_by(enum queue_order order, uint64_t seed)
{
    return (struct sorting){order, mix(seed + 0x9E3779B97F4A7C15u)};
}

static void swap(struct queue_item *a, struct queue_item *b)
{
    struct queue_item kept = *a;
    *a = *b;
    *b = kept;
}

/* By the item at a place (drawn, so that no order of the input is a bad one): those before
 * items[at] come before it in the order, those after it after it; returns at. */
static size_t divide(struct queue_item *items, size_t count, size_t place, struct sorting *s)
{
    size_t i = 0, j = count - 1;
    swap(&items[0], &items[place]);
    struct queue_item by = items[0];
    for (;;) {
        while (i < j && compare(&items[j], &by, s) > 0)
            j--;
        if (i >= j)
            break;
        items[i++] = items[j];
        while (i < j && compare(&items[i], &by, s) < 0)
            i++;
        if (i >= j)
            break;
        items[j--] = items[i];
    }
    items[i] = by;
    return i;
}

/* In place: qsort would take as much memory again where there are very many, and longer. */
static void sort(struct queue_item *items, size_t count, uint64_t draw, struct sorting *s)
{
    enum { FEW = 1000 };
    while (count > FEW) {
        size_t at = divide(items, count, mix(++draw) % count, s), after = count - at - 1;
        if (at < after) {
            sort(items, at, draw, s);
            items += at + 1;
            count = after;
        } else {
            sort(items + at + 1, after, draw, s);
            count = at;
        }
    }
    if (count > 1)
        qsort_r(items, count, sizeof *items, compare, s);
}

void queue_sort(struct queue_item *items, size_t count, enum queue_order order, uint64_t seed)
{
    struct sorting sorting = sorting_by(order, seed);
    sort(items, count, 0, &sorting);
}

/* Of a few items drawn, one that has probably a little more than `most` of all before it: the first
 * pass then leaves a small part. Gives its place. */
static size_t draw_near(const struct queue_item *items, size_t count, size_t most,
                        struct sorting *s)
{
    enum { DRAWN = 200 };
    size_t rank = 3 + 2 * most * DRAWN / count, best = 0;
    struct queue_item drawn[DRAWN];
    if (count < 2 * DRAWN || rank >= DRAWN / 2)
        return count / 2;
    for (size_t i = 0; i < DRAWN; i++)
        drawn[i] = items[mix(i + 1) % count];
    qsort_r(drawn, DRAWN, sizeof *drawn, compare, s);
    for (size_t i = 0; i < DRAWN; i++)
        if (items[mix(i + 1) % count].photo == drawn[rank].photo)
            best = mix(i + 1) % count;
    return best;
}

void queue_sort_first(struct queue_item *items, size_t count, size_t most, enum queue_order order,
                      uint64_t seed)
{
    struct sorting sorting = sorting_by(order, seed);
    size_t from = 0, to = count; /* the border lies in here */
    for (uint64_t draw = 1; most < count && to - from > 1; draw++) {
        size_t by = draw == 1 ? draw_near(items, count, most, &sorting) : mix(draw) % (to - from);
        size_t at = from + divide(items + from, to - from, by, &sorting);
        if (at == most)
            break;
        if (at < most)
            from = at + 1;
        else
            to = at;
    }
    sort(items, most < count ? most : count, 0, &sorting);
}
