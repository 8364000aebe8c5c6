/* Photos from disk to network inputs, on all threads of a pool. */
#ifndef TUI_LOOP_LOADER_H
#define TUI_LOOP_LOADER_H

#include <stdatomic.h>
#include <stdint.h>

struct augment;
struct decoders;
struct pool;
struct preprocess;
struct status;

/* Loads files[i], i < n, decoded by d, as p asks: x [n, height, width, 3] overwritten. problems
 * [n]: problems[i].code is STATUS_OK, or why photo i could not be read (its part of x is then
 * zero). With an augment: random views, seeded by seed and streams[i] (same stream, same view).
 * Blocks until all are done, or *cancel (may be NULL) is set: those that are not done by then have
 * the problem STATUS_CANCELLED. */
void loader_load(struct decoders *d, struct pool *pool, char *const *files, int n,
                 const struct preprocess *p, const struct augment *augment, uint64_t seed,
                 const uint64_t *streams, atomic_int *cancel, float *x, struct status *problems);

/* One photo, the centre crop, on the calling thread. */
void loader_load_one(struct decoders *d, const char *file, const struct preprocess *p,
                     atomic_int *cancel, float *x, struct status *problem);

#endif
