#include "labels/worklog.h"

#include <stdlib.h>
#include <string.h>

#include "data/status.h"

/* ---- gathering ---- */

static int find_person(struct worklog *h, const char *who, struct status *st)
{
    for (size_t i = 0; i < h->person_count; i++)
        if (strcmp(h->people[i], who) == 0)
            return (int)i;
    char **grown = realloc(h->people, (h->person_count + 1) * sizeof *grown);
    if (!grown)
        return status_out_of_memory(st);
    h->people = grown;
    if (!(grown[h->person_count] = strdup(who)))
        return status_out_of_memory(st);
    return (int)h->person_count++;
}

static int compare_events(const void *key, const void *decision)
{
    int64_t a = *(const int64_t *)key, b = ((const struct decision *)decision)->event;
    return (a > b) - (a < b);
}

int worklog_add(struct worklog *h, const struct event *e, struct status *st)
{
    if (e->kind == EVENT_UNDO || e->kind == EVENT_REDO) {
        struct decision *d =
            h->count ? bsearch(&e->undoes, h->decisions, h->count, sizeof *d, compare_events)
                     : NULL;
        if (d)
            d->undone = e->kind == EVENT_UNDO;
        return 0;
    }
    if (!event_is_decision(e->kind))
        return 0;
    if (h->count == h->capacity) {
        size_t capacity = h->capacity ? 2 * h->capacity : 256;
        struct decision *grown = realloc(h->decisions, capacity * sizeof *grown);
        if (!grown)
            return status_out_of_memory(st);
        h->decisions = grown;
        h->capacity = capacity;
    }
    int person = find_person(h, e->who, st);
    if (person < 0)
        return -1;
    int gives = e->kind == EVENT_ACCEPT || e->kind == EVENT_CORRECT || e->kind == EVENT_GIVE;
    h->decisions[h->count++] = (struct decision){.event = e->id,
                                                 .photo = e->photo,
                                                 .time = e->time,
                                                 .kind = e->kind,
                                                 .node = gives ? e->after.node : -1,
                                                 .predicted = e->predicted,
                                                 .model = e->model,
                                                 .milliseconds = e->milliseconds,
                                                 .person = person,
                                                 .confirms = e->kind == EVENT_CORRECT &&
                                                             e->before.kind == REVIEW_IMPORTED &&
                                                             e->before.node == e->after.node};
    return 0;
}

void worklog_clear(struct worklog *h)
{
    for (size_t i = 0; i < h->person_count; i++)
        free(h->people[i]);
    free(h->people);
    free(h->decisions);
    *h = (struct worklog){0};
}

int decision_is_blind(const struct decision *d)
{
    return d->kind == EVENT_GIVE && d->predicted >= 0;
}

static int by_time(const void *left, const void *right)
{
    const struct decision *a = *(const struct decision *const *)left,
                          *b = *(const struct decision *const *)right;
    return a->time != b->time ? (a->time > b->time) - (a->time < b->time)
                              : (a->event > b->event) - (a->event < b->event);
}

int worklog_by_time(const struct worklog *h, const struct decision ***out, struct status *st)
{
    const struct decision **list = malloc((h->count + 1) * sizeof *list);
    *out = list;
    if (!list)
        return status_out_of_memory(st);
    for (size_t i = 0; i < h->count; i++)
        list[i] = &h->decisions[i];
    qsort(list, h->count, sizeof *list, by_time);
    return 0;
}

/* ---- agreement ---- */

static int by_photo(const void *left, const void *right)
{
    const struct decision *a = *(const struct decision *const *)left,
                          *b = *(const struct decision *const *)right;
    return a->photo != b->photo ? (a->photo > b->photo) - (a->photo < b->photo)
                                : (a->event > b->event) - (a->event < b->event);
}

static int by_event(const void *left, const void *right)
{
    const struct decision *a = *(const struct decision *const *)left,
                          *b = *(const struct decision *const *)right;
    return (a->event > b->event) - (a->event < b->event);
}

/* Of the decisions on one photo, oldest first, the one that counts; NULL: none. */
static const struct decision *first_look(const struct decision **list, size_t count, long *repeated)
{
    int seen_since = 0;
    for (size_t i = 0; i < count; i++) {
        const struct decision *d = list[i];
        if (!d->undone && d->node >= 0) {
            *repeated += seen_since;
            return seen_since ? NULL : d;
        }
        seen_since |= d->undone && decision_is_blind(d);
    }
    return NULL;
}

int worklog_first_looks(const struct worklog *h, const struct decision ***out, size_t *count,
                        long *repeated, struct status *st)
{
    const struct decision **list = malloc((h->count + 1) * sizeof *list);
    *out = list;
    *count = 0;
    *repeated = 0;
    if (!list)
        return status_out_of_memory(st);
    for (size_t i = 0; i < h->count; i++)
        list[i] = &h->decisions[i];
    qsort(list, h->count, sizeof *list, by_photo);
    for (size_t i = 0, end; i < h->count; i = end) {
        for (end = i + 1; end < h->count && list[end]->photo == list[i]->photo;)
            end++;
        const struct decision *d = first_look(list + i, end - i, repeated);
        if (d)
            list[(*count)++] = d;
    }
    qsort(list, *count, sizeof *list, by_event);
    return 0;
}

int worklog_moving(const float *values, size_t n, size_t window, int points, float *out)
{
    int count = (size_t)points < n ? points : (int)n;
    size_t at = 0, first = 0;
    double sum = 0;
    for (int i = 0; i < count; i++) {
        size_t end = (size_t)(i + 1) * n / (size_t)count;
        while (at < end)
            sum += (double)values[at++];
        while (at - first > window)
            sum -= (double)values[first++];
        out[i] = (float)(sum / (double)(at - first));
    }
    return count;
}

/* ---- speed ---- */

static int compare_ints(const void *left, const void *right)
{
    int a = *(const int *)left, b = *(const int *)right;
    return (a > b) - (a < b);
}

int worklog_pace(const struct worklog *h, int kind, int person, int64_t since, struct pace *out,
                 struct status *st)
{
    int *spent = malloc((h->count + 1) * sizeof *spent);
    double sum = 0;
    size_t n = 0;
    *out = (struct pace){0};
    if (!spent)
        return status_out_of_memory(st);
    for (size_t i = 0; i < h->count; i++) {
        const struct decision *d = &h->decisions[i];
        int counts = kind == WORKLOG_CONFIRMED ? d->confirms
                     : kind < 0                ? d->kind != EVENT_SKIP
                                               : (int)d->kind == kind && !d->confirms;
        if (!counts || d->undone || d->milliseconds <= 0 || d->time < since ||
            (person >= 0 && d->person != person))
            continue;
        spent[n] = d->milliseconds < WORKLOG_PAUSE ? d->milliseconds : WORKLOG_PAUSE;
        sum += spent[n++];
    }
    qsort(spent, n, sizeof *spent, compare_ints);
    if (n > 0)
        *out = (struct pace){.count = (long)n,
                             .median = (spent[(n - 1) / 2] + spent[n / 2]) / 2000.0,
                             .per_minute = 60000.0 * (double)n / sum};
    free(spent);
    return 0;
}
