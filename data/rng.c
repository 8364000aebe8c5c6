/* xoshiro128++ by David Blackman and Sebastiano Vigna (public domain), its state filled by
 * splitmix64. The stream is mixed before it meets the seed: neighbouring seeds and streams, which
 * are what callers use, give unrelated states. */
#include "data/rng.h"

#include <math.h>

static uint64_t splitmix64(uint64_t *state)
{
    uint64_t z = *state += 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

static uint32_t rotate(uint32_t x, int by)
{
    return (x << by) | (x >> (32 - by));
}

void rng_seed(struct rng *r, uint64_t seed, uint64_t stream)
{
    uint64_t mixed = stream;
    uint64_t state = seed ^ splitmix64(&mixed);
    for (int i = 0; i < 4; i += 2) {
        uint64_t bits = splitmix64(&state);
        r->state[i] = (uint32_t)bits;
        r->state[i + 1] = (uint32_t)(bits >> 32);
    }
    if (!(r->state[0] | r->state[1] | r->state[2] | r->state[3]))
        r->state[0] = 1; /* all zero would stay zero */
}

uint32_t rng_next(struct rng *r)
{
    uint32_t *s = r->state;
    uint32_t result = rotate(s[0] + s[3], 7) + s[0];
    uint32_t t = s[1] << 9;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 11);
    return result;
}

/* Lemire's method: the high half of a product is uniform once the few products that would make the
 * first values likelier are drawn again. */
uint32_t rng_below(struct rng *r, uint32_t n)
{
    uint64_t product = (uint64_t)rng_next(r) * n;
    if ((uint32_t)product < n) {
        uint32_t bias = (0u - n) % n;
        while ((uint32_t)product < bias)
            product = (uint64_t)rng_next(r) * n;
    }
    return (uint32_t)(product >> 32);
}

float rng_uniform(struct rng *r)
{
    return (float)(rng_next(r) >> 8) * 0x1p-24f;
}

/* Box-Muller; one of its two values is thrown away, so that the state stays four words. */
float rng_normal(struct rng *r)
{
    double u = 1.0 - (double)rng_uniform(r); /* (0, 1] */
    double angle = 6.283185307179586 * (double)rng_uniform(r);
    return (float)(sqrt(-2.0 * log(u)) * cos(angle));
}

void rng_shuffle(struct rng *r, int *values, size_t n)
{
    for (size_t i = n; i > 1; i--) {
        size_t j = rng_below(r, i > UINT32_MAX ? UINT32_MAX : (uint32_t)i);
        int value = values[i - 1];
        values[i - 1] = values[j];
        values[j] = value;
    }
}
