#include "data/rng.h"
#include "tests/check.h"

#include <math.h>
#include <string.h>

/* The reference implementation's first numbers for the state 1, 2, 3, 4, by hand from its source.
 */
TEST(rng_is_xoshiro128plusplus)
{
    struct rng r = {{1, 2, 3, 4}};
    CHECK_INT(rng_next(&r), 641);
    CHECK_INT(rng_next(&r), 1573767);
    CHECK_INT(rng_next(&r), 3222811527u);
    CHECK_INT(rng_next(&r), 3517856514u);
}

TEST(rng_repeats_and_streams_differ)
{
    struct rng a, b, c, d;
    rng_seed(&a, 7, 1);
    rng_seed(&b, 7, 1);
    rng_seed(&c, 7, 2);
    rng_seed(&d, 8, 1);
    int same_c = 0, same_d = 0;
    for (int i = 0; i < 1000; i++) {
        uint32_t value = rng_next(&a);
        CHECK_INT(rng_next(&b), value);
        same_c += rng_next(&c) == value;
        same_d += rng_next(&d) == value;
    }
    CHECK_INT(same_c, 0);
    CHECK_INT(same_d, 0);
}

/* Seed and stream must not be exchangeable, or photo 3 of seed 5 would look like photo 5 of seed 3.
 */
TEST(rng_seed_and_stream_are_not_alike)
{
    struct rng a, b;
    rng_seed(&a, 3, 5);
    rng_seed(&b, 5, 3);
    CHECK(memcmp(&a, &b, sizeof a) != 0);
}

TEST(rng_below_is_even)
{
    struct rng r;
    int count[6] = {0};
    rng_seed(&r, 1, 0);
    for (int i = 0; i < 60000; i++)
        count[rng_below(&r, 6)]++;
    double chi = 0;
    for (int i = 0; i < 6; i++)
        chi += (count[i] - 10000.0) * (count[i] - 10000.0) / 10000.0;
    CHECK(chi < 20.5); /* 5 degrees of freedom: 0.1 % */
    for (int i = 0; i < 100; i++)
        CHECK_INT(rng_below(&r, 1), 0);
    uint32_t high = 0;
    for (int i = 0; i < 1000; i++) {
        uint32_t value = rng_below(&r, 3000000000u);
        CHECK(value < 3000000000u);
        high += value >= 1500000000u;
    }
    CHECK(high > 400 && high < 600);
}

TEST(rng_uniform_and_normal_have_their_moments)
{
    struct rng r;
    double sum = 0, normal = 0, square = 0, most = 0;
    enum { N = 100000 };
    rng_seed(&r, 2, 0);
    for (int i = 0; i < N; i++) {
        float u = rng_uniform(&r);
        CHECK(u >= 0.0f && u < 1.0f);
        sum += (double)u;
        double z = (double)rng_normal(&r);
        CHECK(isfinite(z));
        normal += z;
        square += z * z;
        most = fmax(most, fabs(z));
    }
    CHECK_NEAR(sum / N, 0.5, 0.005);
    CHECK_NEAR(normal / N, 0, 0.015);
    CHECK_NEAR(square / N, 1, 0.02);
    CHECK(most > 3.5 && most < 6);
}

TEST(rng_shuffle_keeps_what_is_there)
{
    struct rng r;
    int values[100], seen[100] = {0}, moved = 0;
    for (int i = 0; i < 100; i++)
        values[i] = i;
    rng_seed(&r, 3, 0);
    rng_shuffle(&r, values, 100);
    for (int i = 0; i < 100; i++) {
        CHECK(values[i] >= 0 && values[i] < 100);
        seen[values[i]]++;
        moved += values[i] != i;
    }
    for (int i = 0; i < 100; i++)
        CHECK_INT(seen[i], 1);
    CHECK(moved > 90);
    rng_shuffle(&r, values, 0);
    rng_shuffle(&r, values, 1);
}

/* All 6 orders of 3 come up equally often. */
TEST(rng_shuffle_is_fair)
{
    struct rng r;
    int count[27] = {0};
    rng_seed(&r, 4, 0);
    for (int i = 0; i < 12000; i++) {
        int v[3] = {0, 1, 2};
        rng_shuffle(&r, v, 3);
        count[v[0] * 9 + v[1] * 3 + v[2]]++;
    }
    int orders = 0;
    for (int i = 0; i < 27; i++)
        if (count[i]) {
            orders++;
            CHECK(count[i] > 1800 && count[i] < 2200);
        }
    CHECK_INT(orders, 6);
}

int main(int argc, char **argv)
{
    return test_main(argc, argv);
}
