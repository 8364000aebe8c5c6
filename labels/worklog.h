/* What the events say of the work: decisions that stand, in the order of time, what the model had
 * said about each, and how long they took. Pure: events in, numbers out.
 *
 * Agreement with the prediction is counted once a photo, at the first decision on it that stands: a
 * later one is no fresh look. A photo whose blind decision was taken back and made anew counts for
 * nothing: by then the person had been told what the model had said. */
#ifndef LABELS_WORKLOG_H
#define LABELS_WORKLOG_H

#include "labels/score.h"
#include "labels/store.h"

struct decision {
    int64_t event, photo, time;
    enum event_kind kind; /* ACCEPT, CORRECT, GIVE, REJECT, SKIP */
    int node, predicted;  /* -1: none, or not known */
    int model, milliseconds;
    int person; /* into worklog.people */
    int undone;
    int confirms; /* a CORRECT that gives the label which the photo had from an import */
};
/* Zero-initialise; worklog_add from store_each_event, from the first event on. */
struct worklog {
    struct decision *decisions; /* in the order of the events */
    size_t count, capacity;
    char **people;
    size_t person_count;
};
int worklog_add(struct worklog *h, const struct event *e, struct status *st);
void worklog_clear(struct worklog *h);
/* A blind sample: decided on without seeing what was predicted. */
int decision_is_blind(const struct decision *d);

/* All decisions by their times, which are not those of the events where the clock was set back:
 * pointers into h [h->count], malloc'd. */
int worklog_by_time(const struct worklog *h, const struct decision ***out, struct status *st);

/* The decisions that agreement is counted on, oldest first: pointers into h, malloc'd. *repeated:
 * photos left out because a blind decision was taken back. */
int worklog_first_looks(const struct worklog *h, const struct decision ***out, size_t *count,
                        long *repeated, struct status *st);

/* Means over the last `window` values (fewer at the beginning), at `points` places evenly spread up
 * to the last; out [points]. points <= n: a place each otherwise. Returns how many were written. */
int worklog_moving(const float *values, size_t n, size_t window, int points, float *out);

/* Of decisions that stand and whose time is known; what takes longer than a minute is a pause and
 * counts as one. */
enum { WORKLOG_PAUSE = 60000, WORKLOG_CONFIRMED = -2 };
struct pace {
    long count;
    double median;     /* seconds */
    double per_minute; /* 60 / mean seconds; 0: no decision */
};
/* kind -1: all but skips; WORKLOG_CONFIRMED: those that confirm an import, which do not count as
 * CORRECT; person -1: everybody. Errors: out of memory. */
int worklog_pace(const struct worklog *h, int kind, int person, int64_t since, struct pace *out,
                 struct status *st);

#endif
