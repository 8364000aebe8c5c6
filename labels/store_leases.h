/* Leases: which photos are on somebody's screen now, so that nobody else is given them.
 *
 * They are kept in a file of their own beside the store. A lease is worth nothing after a power cut
 * and must never make a key wait: the file is written without fsync (a write is a few pages of WAL
 * in memory), no import or training that writes the store holds it up, and where it is damaged or
 * cannot be written the work goes on without leases. Answers do not depend on them: what keeps one
 * from replacing another's is `seen` of struct review.
 *
 * A session (a running `tend`) holds what it shows. It loses all of it when its process is gone, or
 * when it has not renewed it in time (it was stopped). Times are of the monotonic clock, of one run
 * of the machine: the date may be set backwards or forwards meanwhile, and leases of before a
 * restart count for nothing.
 *
 * A struct leases belongs to one thread. */
#ifndef LABELS_STORE_LEASES_H
#define LABELS_STORE_LEASES_H

#include <stddef.h>
#include <stdint.h>

struct status;
struct leases;

enum { LEASES_TIME = 120000 /* milliseconds without a renewal */, LEASES_NAME = 64 };

struct lease {
    int64_t photo;
    char who[LEASES_NAME]; /* cut */
};

/* Opens the file, made where it is missing or damaged. time: LEASES_TIME. Errors: it can be neither
 * written nor made, it is of another version. */
int leases_open(const char *path, const char *who, int time, struct leases **out,
                struct status *st);
/* Gives back what it holds. */
void leases_close(struct leases *l);

/* This session holds those of photos[0..count) that no other holds, and nothing else; until `time`
 * from now. The same photos again are written only when a quarter of the time has passed. Returns
 * how many of them it holds, or -1: then it holds what it held. Waits for other writers for a few
 * milliseconds. */
int leases_hold(struct leases *l, const int64_t *photos, size_t count, struct status *st);
int leases_holds(const struct leases *l, int64_t photo);

/* What others hold, by rising photo, as it was at the last leases_hold or leases_look; the
 * session's until the next one. */
const struct lease *leases_others(const struct leases *l, size_t *count);
const struct lease *leases_find(const struct leases *l, int64_t photo); /* NULL: nobody else */
/* Reads it anew. */
int leases_look(struct leases *l, struct status *st);

#endif
