/* Review orders. */
#include "labels/queue.h"

#include <stdlib.h>
#include <string.h>

#include "data/rng.h"
#include "tests/check.h"

/* photo, expected, gap, event, labelled, node, interest, confidence */
static const struct queue_item items[] = {
    {1, .9f, .5f, 0, 0, 7, 0, -1},  {2, .3f, .1f, 0, 0, 8, 0, -1}, {3, -1, 0, 5, 0, -1, 0, -1},
    {4, .3f, .05f, 2, 0, 7, 0, -1}, {5, .8f, .2f, 0, 0, 8, 0, -1}, {6, .1f, .1f, 9, 1, 7, 0, -1},
    {7, .2f, .1f, 4, 2, 7, 0, -1},  {8, .1f, .1f, 3, 3, 7, 0, -1}, {9, .3f, .1f, 0, 0, 8, 0, -1},
};
enum { COUNT = sizeof items / sizeof *items };

static void check_order(enum queue_order order, const int *want)
{
    struct queue_item sorted[COUNT];
    memcpy(sorted, items, sizeof items);
    queue_sort(sorted, COUNT, order, 1);
    for (int i = 0; i < COUNT; i++)
        CHECK_INT(sorted[i].photo, want[i]);
}

TEST(orders)
{
    check_order(QUEUE_DOUBT, (int[]){4, 2, 9, 5, 1, 3, 6, 7, 8});
    check_order(QUEUE_SURE, (int[]){1, 5, 2, 9, 4, 3, 6, 7, 8});
    check_order(QUEUE_PATH, (int[]){1, 4, 5, 2, 9, 3, 6, 7, 8});
    check_order(QUEUE_FILE, (int[]){1, 2, 3, 4, 5, 9, 6, 7, 8});
    check_order(QUEUE_OLDEST, (int[]){1, 2, 5, 9, 4, 3, 6, 7, 8});
}

/* An opinion of the learner's comes before the expected loss; a label stays before none, but for
 * suspects. */
TEST(interest_leads)
{
    static const struct queue_item some[] = {{1, .9f, .5f, 0, 0, 7, .8f, -1},
                                             {2, .3f, .1f, 0, 0, 8, .4f, -1},
                                             {3, .5f, .1f, 0, 0, 7, 0, -1},
                                             {4, .2f, .1f, 0, 2, 7, .9f, -1}};
    static const struct {
        enum queue_order order;
        int want[4];
    } cases[] = {
        {QUEUE_DOUBT, {1, 3, 2, 4}}, {QUEUE_SUSPECT, {4, 1, 2, 3}}, {QUEUE_SIMILAR, {4, 1, 2, 3}}};
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        struct queue_item sorted[4];
        memcpy(sorted, some, sizeof some);
        queue_sort(sorted, 4, cases[c].order, 1);
        for (int i = 0; i < 4; i++)
            CHECK_INT(sorted[i].photo, cases[c].want[i]);
    }
}

TEST(random_is_seeded)
{
    enum { N = 1000 };
    static struct queue_item a[N], b[N], c[N];
    struct rng r;
    int moved = 0, differ = 0;
    rng_seed(&r, 1, 1);
    for (int i = 0; i < N; i++)
        a[i] = b[i] = c[i] = (struct queue_item){.photo = i + 1};
    for (int i = N - 1; i > 0; i--) { /* where they came from does not matter */
        int j = (int)rng_below(&r, (uint32_t)i + 1);
        struct queue_item item = b[i];
        b[i] = b[j];
        b[j] = item;
    }
    queue_sort(a, N, QUEUE_RANDOM, 42);
    queue_sort(b, N, QUEUE_RANDOM, 42);
    queue_sort(c, N, QUEUE_RANDOM, 43);
    for (int i = 0; i < N; i++) {
        CHECK_INT(a[i].photo, b[i].photo);
        moved += a[i].photo != i + 1;
        differ += a[i].photo != c[i].photo;
    }
    CHECK(moved > 950);
    CHECK(differ > 950);
}

TEST(names)
{
    for (int i = 0; i < QUEUE_ORDER_COUNT; i++) {
        CHECK_INT(queue_order_from_name(queue_order_name((enum queue_order)i)), i);
        CHECK(strlen(queue_order_help((enum queue_order)i)) > 5);
    }
    CHECK_INT(queue_order_from_name("nonsense"), -1);
    queue_sort(NULL, 0, QUEUE_DOUBT, 0);
}

/* The first ones are those of the whole order, whatever the input looks like; nothing gets lost. */
TEST(first_ones)
{
    enum { N = 5000 };
    static const size_t most[] = {0, 1, 40, 512, 2600, N - 1, N, N + 9};
    static struct queue_item all[N], some[N], sorted[N];
    struct rng rng;
    rng_seed(&rng, 5, 0);
    for (int i = 0; i < N; i++)
        all[i] = (struct queue_item){.photo = i + 1,
                                     .expected = (float)rng_below(&rng, 50) / 50,
                                     .event = rng_below(&rng, 900),
                                     .labelled = (int)rng_below(&rng, 4),
                                     .node = (int)rng_below(&rng, 9),
                                     .interest = (float)rng_below(&rng, 100) / 100};
    for (int order = 0; order < QUEUE_ORDER_COUNT; order++)
        for (size_t m = 0; m < sizeof most / sizeof *most; m++) {
            memcpy(some, order == QUEUE_SURE && m > 2 ? sorted : all, sizeof some);
            memcpy(sorted, all, sizeof all);
            queue_sort(sorted, N, (enum queue_order)order, 3);
            queue_sort_first(some, N, most[m], (enum queue_order)order, 3);
            size_t n = most[m] < N ? most[m] : N;
            int64_t sum = 0;
            for (size_t i = 0; i < n; i++)
                CHECK_INT(some[i].photo, sorted[i].photo);
            for (size_t i = 0; i < N; i++)
                sum += some[i].photo * some[i].photo;
            CHECK_INT(sum, (int64_t)N * (N + 1) * (2 * N + 1) / 6);
        }
}

static int compare_certainty(const void *left, const void *right)
{
    const struct queue_item *a = left, *b = right;
    if (a->expected != b->expected)
        return a->expected > b->expected ? -1 : 1;
    return (a->photo > b->photo) - (a->photo < b->photo);
}

/* More than are sorted by one call of the library: with many that are alike but for the photo. */
TEST(very_many)
{
    enum { N = 20000 };
    struct queue_item *many = calloc(N, sizeof *many), *sorted = calloc(N, sizeof *sorted);
    struct rng rng;
    rng_seed(&rng, 11, 0);
    for (int i = 0; i < N; i++)
        many[i] = (struct queue_item){.photo = i * 7919LL % N + 1,
                                      .expected = (float)rng_below(&rng, 50) / 64};
    memcpy(sorted, many, N * sizeof *many);
    qsort(sorted, N, sizeof *sorted, compare_certainty);
    queue_sort(many, N, QUEUE_SURE, 1);
    CHECK_INT(memcmp(many, sorted, N * sizeof *many), 0);
    queue_sort(many, N, QUEUE_SURE, 1); /* what is in order stays so */
    CHECK_INT(memcmp(many, sorted, N * sizeof *many), 0);
    free(many);
    free(sorted);
}

int main(int argc, char **argv)
{
    return test_main(argc, argv);
}
