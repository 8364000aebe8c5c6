#include <stdlib.h>

#include "data/status.h"
#include "nn/pool.h"
#include "tests/check.h"

enum { TASKS = 1000 };

struct record {
    int thread[TASKS], order[TASKS], next[16];
};

static void note(void *arg, int task, int thread)
{
    struct record *r = arg;
    r->thread[task] = thread;
    r->order[task] = r->next[thread]++; /* its own thread's: no race */
}

TEST(tasks_are_dealt_out_in_a_fixed_way)
{
    struct status st = {0};
    for (int threads = 1; threads <= 5; threads++) {
        struct pool *p = pool_new(threads, 5, &st);
        if (!CHECK(p != NULL))
            return;
        CHECK_INT(pool_threads(p), threads);
        for (int count = 0; count <= TASKS; count = count * 3 + 1) {
            struct record r = {{0}, {0}, {0}};
            pool_run(p, count, note, &r);
            for (int i = 0; i < count; i++) {
                CHECK_INT(r.thread[i], i % threads);
                CHECK_INT(r.order[i], i / threads);
            }
        }
        pool_free(p);
    }
}

static void add(void *arg, int task, int thread)
{
    long *sums = arg;
    (void)thread;
    sums[task] += task;
}

TEST(many_rounds)
{
    struct status st = {0};
    struct pool *p = pool_new(0, 0, &st);
    long sums[7] = {0};
    if (!CHECK(p != NULL))
        return;
    CHECK(pool_threads(p) >= 1 && pool_threads(p) <= 16);
    for (int i = 0; i < 20000; i++)
        pool_run(p, i % 8, add, sums);
    for (int k = 0; k < 7; k++)
        CHECK_INT(sums[k], (long)k * 2500 * (7 - k));
    pool_free(p);
}

TEST(no_more_than_sixteen)
{
    struct status st = {0};
    struct pool *p = pool_new(1000, 0, &st);
    if (CHECK(p != NULL))
        CHECK_INT(pool_threads(p), 16);
    pool_free(p);
    pool_free(NULL);
}

enum { MEETINGS = 3000 };

struct relay {
    struct pool *pool;
    int at[16], late; /* at: whole ints of each thread's own, read by the others after a meeting */
};

/* One thread now and then takes so long that the others go to sleep. */
static void walk(void *arg, int task, int thread)
{
    struct relay *r = arg;
    volatile int busy = 0;
    (void)task;
    for (int i = 1; i <= MEETINGS; i++) {
        for (int k = 0; thread == i % 7 && i % 500 == 0 && k < 1000000; k++)
            busy++;
        r->at[thread] = i;
        pool_meet(r->pool);
        for (int t = 0; t < pool_threads(r->pool) && thread == 0; t++)
            r->late += r->at[t] != i;
        pool_meet(r->pool);
    }
}

TEST(nobody_leaves_a_meeting_before_all_have_come)
{
    struct status st = {0};
    for (int threads = 1; threads <= 3; threads++) {
        struct relay r = {.pool = pool_new(threads, 0, &st)};
        if (!CHECK(r.pool != NULL))
            return;
        pool_run(r.pool, threads, walk, &r);
        CHECK_INT(r.late, 0);
        pool_free(r.pool);
    }
}

int main(int argc, char **argv)
{
    return test_main(argc, argv);
}
