/* A training on disk, to be gone on with: weights, what the optimiser remembers, steps done. */
#ifndef NN_CHECKPOINT_H
#define NN_CHECKPOINT_H

#include <stdint.h>

struct network;
struct status;
struct trainer;

/* A hash in floats, each of which holds 16 bits of it exactly: to say which training it is. */
enum { CHECKPOINT_HASH = 4 };
void checkpoint_put_hash(uint64_t hash, float out[CHECKPOINT_HASH]);

/* Between steps. `run` [count] says which training it is: options, samples, seed. Atomic: the last
 * one stays whole until the new one is. */
int checkpoint_write(const char *path, const struct network *n, const struct trainer *t,
                     const float *run, int count, struct status *st);

enum { CHECKPOINT_NONE, CHECKPOINT_TAKEN, CHECKPOINT_OTHER };

/* n, the network that t trains, and t become what was written: CHECKPOINT_TAKEN. There is no file:
 * NONE. It is of another run, or network: OTHER, and nothing has changed. -1: it cannot be read.
 * `same` (arg, run as written, count) says whether it is this training; where that has another
 * number of steps by now, it goes on after the same share of them. */
int checkpoint_read(const char *path, struct network *n, struct trainer *t, int count,
                    int (*same)(void *arg, const float *run, int count), void *arg,
                    struct status *st);

#endif
