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

void queue_sort(struct queue_item *items, size_t count, enum queue_order order, uint64_t seed)
{
    struct sorting sorting = {order, mix(seed + 0x9E3779B97F4A7C15u)};
    if (count > 1)
        qsort_r(items, count, sizeof *items, compare, &sorting);
}
