/* Seeded random numbers (xoshiro128++ seeded by splitmix64): the same sequence on every machine.
 * A generator belongs to one thread. */
#ifndef DATA_RNG_H
#define DATA_RNG_H

#include <stddef.h>
#include <stdint.h>

struct rng {
    uint32_t state[4];
};

/* Different streams of one seed are independent: one for each photo, worker or purpose. */
void rng_seed(struct rng *r, uint64_t seed, uint64_t stream);
uint32_t rng_next(struct rng *r);
/* Uniform in [0, n), without bias; n > 0. */
uint32_t rng_below(struct rng *r, uint32_t n);
/* Uniform in [0, 1), 24 bits. */
float rng_uniform(struct rng *r);
/* Standard normal. */
float rng_normal(struct rng *r);
/* Fisher-Yates over n ints. */
void rng_shuffle(struct rng *r, int *values, size_t n);

#endif
