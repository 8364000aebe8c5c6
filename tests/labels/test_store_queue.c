/* The store: models, predictions, the queue. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "labels/queue.h"
#include "tests/labels/store_fixture.h"

/* ---- models and predictions ----------------------------------------------------------------- */

static int count_models(void *arg, const struct model_record *m)
{
    int *last = arg;
    CHECK(m->number < *last || *last == 0);
    *last = m->number;
    return 0;
}

TEST(models)
{
    struct store *s = new_store();
    struct model_record m = {.score_before = -1, .score_after = NAN, .parameters = 1234567890123,
                             .gmac = 0.3, .depth = "head", .architecture = "net", .note = "new"}, out;
    int last = 0;
    CHECK_INT(store_current_model(s), 0);
    CHECK_INT(store_next_model(s, &st), 1);
    CHECK_INT(store_add_model(s, &m, 1, &st), 0);
    CHECK_INT(m.number, 1);
    m.number = 5;
    CHECK_INT(store_add_model(s, &m, 0, &st), 0);
    CHECK_INT(store_add_model(s, &m, 0, &st), -1);
    CHECK_INT(st.code, STATUS_CONFLICT);
    CHECK_INT(store_next_model(s, &st), 6);
    CHECK_INT(store_current_model(s), 1);
    CHECK_INT(store_previous_model(s), 0);
    CHECK_INT(store_use_model(s, 5, &st), 0);
    CHECK_INT(store_use_model(s, 5, &st), 0); /* once more: the one before stays */
    CHECK_INT(store_previous_model(s), 1);
    CHECK_INT(store_use_model(s, 4, &st), -1);
    CHECK_INT(st.code, STATUS_MISSING);
    s = again(s);
    CHECK_INT(store_current_model(s), 5);
    CHECK_INT(store_model(s, 1, &out, &st), 0);
    CHECK_INT(out.parameters, 1234567890123);
    CHECK_NEAR(out.gmac, 0.3, 0);
    CHECK_NEAR(out.score_after, -1, 0);
    CHECK_TEXT(out.architecture, "net");
    CHECK(out.created > 1600000000000);
    snprintf(out.note, sizeof out.note, "worse");
    out.removed = 1;
    CHECK_INT(store_update_model(s, &out, &st), 0);
    CHECK_INT(store_model(s, 1, &out, &st), 0);
    CHECK_TEXT(out.note, "worse");
    CHECK_INT(store_use_model(s, 1, &st), -1);
    CHECK_INT(store_use_model(s, 0, &st), 0);
    CHECK_INT(store_current_model(s), 0);
    CHECK_INT(store_model(s, 9, &out, &st), -1);
    CHECK_INT(st.code, STATUS_MISSING);
    CHECK_INT(store_each_model(s, count_models, &last, &st), 0);
    CHECK_INT(last, 1);
    store_close(s);
}

TEST(predictions)
{
    struct store *s = new_store();
    float p[6];
    char problem[20];
    struct store_counts counts;
    int terminal[] = {TEA, COFFEE};
    float probability[] = {0.75f, 0.25f};
    add_photos(s, 3);
    struct prediction predictions[] = {
        {.photo = 1, .model = 1, .node = TEA, .expected = .9f, .gap = .1f, .count = 2,
         .terminal = terminal, .probability = probability},
        {.photo = 2, .model = 1, .node = -1, .problem = "cannot be read: truncated"},
        {.photo = 2, .model = 2, .node = TEA, .expected = .5f, .count = 1, .terminal = terminal,
         .probability = probability},
    };
    struct model_record m = {.depth = "head"};
    CHECK_INT(store_add_model(s, &m, 1, &st), 0);
    CHECK_INT(store_count_unpredicted(s, 1, &st), 3);
    CHECK_INT(store_put_predictions(s, predictions, 3, &st), 0);
    CHECK_INT(store_put_predictions(s, predictions, 1, &st), 0); /* replaces */
    CHECK_INT(store_count_unpredicted(s, 1, &st), 1);
    CHECK_INT(store_count_unpredicted(s, 2, &st), 2);
    CHECK_INT(store_count(s, &counts, &st), 0);
    CHECK_INT(counts.predicted, 2);
    s = again(s);
    CHECK_INT(store_prediction(s, 1, 1, p, 6, problem, sizeof problem, &st), 0);
    CHECK_NEAR(p[TEA], .75, 0);
    CHECK_NEAR(p[COFFEE], .25, 0);
    CHECK_NEAR(p[BREAD], 0, 0);
    CHECK_TEXT(problem, "");
    p[2] = 7;
    CHECK_INT(store_prediction(s, 1, 1, p, 3, NULL, 0, &st), 0); /* fewer nodes than there are */
    CHECK_NEAR(p[COFFEE], .25, 0);
    CHECK_INT(store_prediction(s, 2, 1, p, 6, problem, sizeof problem, &st), 0);
    CHECK_TEXT(problem, "cannot be read: tru");
    CHECK_NEAR(p[TEA], 0, 0);
    CHECK_INT(store_prediction(s, 3, 1, p, 6, problem, sizeof problem, &st), 1);
    predictions[0].photo = 99;
    CHECK_INT(store_put_predictions(s, predictions, 1, &st), -1);
    CHECK_INT(st.code, STATUS_MISSING);
    CHECK_INT(store_keep_predictions(s, 2, 0, &st), 0);
    CHECK_INT(store_prediction(s, 1, 1, p, 6, problem, sizeof problem, &st), 1);
    CHECK_INT(store_prediction(s, 2, 2, p, 6, problem, sizeof problem, &st), 0);
    CHECK_INT(store_count_unpredicted(s, 1, &st), 3);
    CHECK_INT(store_count_unpredicted(s, 2, &st), 2);
    store_close(s);
}

TEST(many_predictions_dropped)
{
    enum { N = 9000 };
    struct store *s = new_store();
    static struct photo_new photos[N];
    static struct prediction predictions[N];
    static char names[N][16];
    for (int i = 0; i < N; i++) {
        snprintf(names[i], sizeof names[i], "%d.jpg", i);
        photos[i] = (struct photo_new){.path = names[i], .node = -1};
        predictions[i] = (struct prediction){.photo = i + 1, .model = 1 + i % 3, .node = TEA};
    }
    CHECK_INT(store_add_photos(s, photos, N, "me", NULL, &st), 0);
    CHECK_INT(store_put_predictions(s, predictions, N, &st), 0);
    CHECK_INT(store_keep_predictions(s, 3, 1, &st), 0);
    CHECK_INT(store_count_unpredicted(s, 1, &st), N - N / 3);
    CHECK_INT(store_count_unpredicted(s, 2, &st), N);
    CHECK_INT(store_count_unpredicted(s, 3, &st), N - N / 3);
    CHECK_INT(store_put_predictions(s, predictions, N, &st), 0);
    CHECK_INT(store_keep_predictions(s, 2, 0, &st), 0);
    CHECK_INT(store_count_unpredicted(s, 1, &st), N);
    CHECK_INT(store_count_unpredicted(s, 3, &st), N);
    CHECK_INT(store_count_unpredicted(s, 2, &st), N - N / 3);
    store_close(s);
}

TEST(unpredicted_photos)
{
    struct store *s = new_store();
    int64_t ids[10];
    add_photos(s, 6);
    CHECK_INT(review(s, "me", 1, EVENT_ACCEPT, TEA), 0);
    CHECK_INT(review(s, "me", 3, EVENT_SKIP, -1), 0);
    CHECK_INT(store_unpredicted(s, 1, ids, 10, &st), 6);
    static const int64_t want[] = {2, 4, 5, 6, 3, 1}; /* unlabelled first, reviewed last */
    for (int i = 0; i < 6; i++)
        CHECK_INT(ids[i], want[i]);
    CHECK_INT(store_unpredicted(s, 1, ids, 2, &st), 2);
    CHECK_INT(ids[1], 4);
    CHECK_INT(store_unpredicted(s, 1, ids, 2, &st), 2); /* nobody predicted them: the same again */
    CHECK_INT(ids[0], 2);
    for (int i = 0; i < 6; i++) {
        if (want[i] == 4)
            continue;
        struct prediction p = {.photo = want[i], .model = 1, .node = TEA};
        CHECK_INT(store_put_predictions(s, &p, 1, &st), 0);
    }
    CHECK_INT(store_unpredicted(s, 1, ids, 2, &st), 1); /* left behind: found by going round */
    CHECK_INT(ids[0], 4);
    CHECK_INT(store_unpredicted(s, 2, ids, 10, &st), 6);
    store_close(s);
}

/* ---- the queue ------------------------------------------------------------------------------ */

TEST(queue_has_what_passes)
{
    struct store *s = new_store();
    struct queue_item *items;
    size_t count;
    struct queue_filter f = {.below = -1};
    add_photos(s, 5);
    struct photo_new more[] = {{.path = "Test.jpg", .split = SPLIT_TEST, .node = -1},
                               {.path = "Val.jpg", .split = SPLIT_VAL, .node = TEA}};
    CHECK_INT(store_add_photos(s, more, 2, "me", NULL, &st), 0);
    CHECK_INT(review(s, "me", 1, EVENT_ACCEPT, TEA), 0);
    CHECK_INT(review(s, "me", 2, EVENT_SKIP, -1), 0);
    CHECK_INT(review(s, "me", 3, EVENT_FLAG, -1), 0);
    struct prediction p[] = {{.photo = 3, .model = 1, .node = TEA, .expected = .5f, .gap = .25f},
                             {.photo = 4, .model = 1, .node = -1, .problem = "broken"},
                             {.photo = 5, .model = 1, .node = BREAD, .expected = .75f},
                             {.photo = 7, .model = 2, .node = BREAD, .expected = .75f}};
    CHECK_INT(store_put_predictions(s, p, 4, &st), 0);
    CHECK_INT(store_queue(s, 1, &f, &items, &count, &st), 0);
    if (CHECK_INT(count, 5)) {
        CHECK_INT(items[0].photo, 2);
        CHECK_INT(items[0].labelled, 3);
        CHECK(items[0].event > 0);
        CHECK_INT(items[1].photo, 3);
        CHECK_NEAR(items[1].expected, .5, 0);
        CHECK_NEAR(items[1].gap, .25, 0);
        CHECK_INT(items[1].node, TEA);
        CHECK_INT(items[1].labelled, 0);
        CHECK_INT(items[2].photo, 4);
        CHECK_INT(items[2].node, -1);
        CHECK(items[2].expected < 0);
        CHECK_INT(items[3].photo, 5);
        CHECK_INT(items[4].photo, 7);
        CHECK_INT(items[4].labelled, 1);
        CHECK(items[4].expected < 0);
    }
    free(items);
    f.include_reviewed = 1;
    CHECK_INT(store_queue(s, 1, &f, &items, &count, &st), 0);
    CHECK_INT(count, 6);
    free(items);
    f.only_flagged = 1;
    CHECK_INT(store_queue(s, 1, &f, &items, &count, &st), 0);
    CHECK_INT(count, 1);
    free(items);
    f = (struct queue_filter){.below = FOOD};
    CHECK_INT(store_queue(s, 1, &f, &items, &count, &st), 0);
    CHECK_INT(count, 2);
    free(items);
    f = (struct queue_filter){.below = DRINK};
    CHECK_INT(store_queue(s, 1, &f, &items, &count, &st), 0);
    CHECK_INT(count, 1);
    free(items);
    f = (struct queue_filter){.below = -1, .path_contains = "VAL"};
    CHECK_INT(store_queue(s, 1, &f, &items, &count, &st), 0);
    CHECK_INT(count, 1);
    free(items);
    f = (struct queue_filter){.below = -1, .split = SPLIT_VAL};
    CHECK_INT(store_queue(s, 1, &f, &items, &count, &st), 0);
    CHECK_INT(count, 1);
    free(items);
    CHECK_INT(store_queue(s, 1, NULL, &items, &count, &st), 0);
    CHECK_INT(count, 5);
    free(items);
    store_close(s);
}

static int remember(void *arg, const struct photo *p)
{
    int64_t *last = arg;
    CHECK_INT(p->id, *last + 1);
    *last = p->id;
    return p->id == 500;
}

TEST(each_photo_in_order)
{
    struct store *s = new_store();
    static char names[600][16];
    static struct photo_new photos[600];
    int64_t last = 0;
    for (int i = 0; i < 600; i++) {
        snprintf(names[i], sizeof names[i], "%d", i);
        photos[i] = (struct photo_new){.path = names[i], .node = -1};
    }
    CHECK_INT(store_add_photos(s, photos, 300, "me", NULL, &st), 0);
    CHECK_INT(store_each_photo(s, remember, &last, &st), 0);
    CHECK_INT(last, 300);
    CHECK_INT(store_add_photos(s, photos, 600, "me", NULL, &st), 0);
    last = 0;
    CHECK_INT(store_each_photo(s, remember, &last, &st), 0);
    CHECK_INT(last, 500); /* visit stopped it */
    store_close(s);
}

int main(int argc, char **argv)
{
    return test_main(argc, argv);
}
