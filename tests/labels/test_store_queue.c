/* The store: models, predictions, the queue. */
#include <math.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "labels/filter.h"
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
    struct model_record m = {.score_before = -1,
                             .score_after = NAN,
                             .parameters = 1234567890123,
                             .gmac = 0.3,
                             .depth = "head",
                             .architecture = "net",
                             .note = "new"},
                        out;
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
        {.photo = 1,
         .model = 1,
         .node = TEA,
         .expected = .9f,
         .gap = .1f,
         .count = 2,
         .terminal = terminal,
         .probability = probability},
        {.photo = 2, .model = 1, .node = -1, .problem = "cannot be read: truncated"},
        {.photo = 2,
         .model = 2,
         .node = TEA,
         .expected = .5f,
         .count = 1,
         .terminal = terminal,
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

/* The same by rows that were kept, each photo asked about where rows do not tell. */
static void check_rows(struct store *s, struct queue_request request, const struct queue_item *want,
                       size_t count)
{
    struct queue_rows *rows = NULL;
    struct queue_item *items = NULL;
    size_t n = 0, kept = 0, given = 0;
    request.keep = &rows;
    CHECK_INT(store_queue(s, &request, NULL, &n, &st), 0);
    request.keep = NULL;
    request.rows = rows;
    request.given = &given;
    for (int again = 0; again < 2; again++) { /* the second time into memory that is there */
        CHECK_INT(store_queue(s, &request, &items, &n, &st), 0);
        CHECK(n >= count && given >= n);
    }
    for (size_t i = 0; i < n; i++) {
        int holds =
            store_queue_checks(&request) ? store_queue_holds(s, &request, &items[i], &st) : 1;
        if (holds == 0)
            continue;
        if (!CHECK_INT(holds, 1) || !CHECK(kept < count))
            break;
        CHECK_INT(items[i].photo, want[kept].photo);
        CHECK_INT(items[i].event, want[kept].event);
        CHECK_INT(items[i].labelled, want[kept].labelled);
        CHECK_INT(items[i].node, want[kept].node);
        CHECK_NEAR(items[i].expected, want[kept].expected, 0);
        kept++;
    }
    CHECK_INT(kept, count);
    free(items);
    queue_rows_free(rows);
}

/* How many photos pass a filter, and the ids of the first ones. */
static size_t passing(struct store *s, const char *text, int64_t *ids, size_t max)
{
    struct filter f = {0};
    struct queue_request request = {.model = 1, .filter = &f, .me = "me"};
    struct queue_item *items = NULL;
    size_t count = 0, counted = 0;
    if (filter_read(&f, text, store_taxonomy(s), &st) != 0)
        CHECK_TEXT(st.text, text);
    CHECK_INT(store_queue(s, &request, &items, &count, &st), 0);
    for (size_t i = 0; i < count && i < max; i++)
        ids[i] = items[i].photo;
    CHECK_INT(store_queue(s, &request, NULL, &counted, &st), 0);
    CHECK_INT(counted, count);
    check_rows(s, request, items, count);
    free(items);
    return count;
}

static void check_passing(struct store *s, const char *text, size_t count, int64_t first)
{
    int64_t ids[10] = {0};
    if (!CHECK_INT(passing(s, text, ids, 10), count) || !CHECK_INT(ids[0], first))
        CHECK_TEXT(text, "");
}

TEST(queue_has_what_passes)
{
    struct store *s = new_store();
    struct queue_item *items;
    size_t count;
    struct queue_request request = {.model = 1};
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
    CHECK_INT(store_queue(s, &request, &items, &count, &st), 0);
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
    check_passing(s, "", 5, 2);
    check_passing(s, "all", 6, 1);
    check_passing(s, "flagged", 1, 3);
    check_passing(s, "below=food", 2, 3);
    check_passing(s, "below='food > drink'", 1, 3);
    check_passing(s, "file=VAL", 1, 7);
    check_passing(s, "split=val", 1, 7);
    check_passing(s, "split=test", 0, 0);
    check_passing(s, "expected>0.6", 1, 5);
    check_passing(s, "all !below=food", 4, 1);
    check_passing(s, "imported", 1, 7);
    check_passing(s, "label=food", 2, 1);
    request.decided_too = request.test_too = 1;
    CHECK_INT(store_queue(s, &request, NULL, &count, &st), 0);
    CHECK_INT(count, 7);
    atomic_int cancel = 1;
    request.cancel = &cancel;
    CHECK_INT(store_queue(s, &request, &items, &count, &st), -1);
    CHECK_INT(st.code, STATUS_CANCELLED);
    CHECK(items == NULL);
    store_close(s);
}

TEST(rows_follow_what_is_said)
{
    struct store *s = new_store();
    struct queue_rows *rows = NULL;
    struct queue_item *items = NULL;
    int64_t ending[6], want[6];
    size_t n;
    add_photos(s, 3);
    CHECK_INT(store_queue(s, &(struct queue_request){.model = 1, .keep = &rows}, NULL, &n, &st), 0);
    CHECK_INT(queue_rows_count(rows), 3);
    CHECK_INT(review(s, "me", 2, EVENT_ACCEPT, TEA), 0);
    CHECK_INT(review(s, "me", 3, EVENT_SKIP, -1), 0);
    CHECK_INT(queue_rows_follow(rows, s, 2, &st), 0);
    CHECK_INT(queue_rows_follow(rows, s, 3, &st), 0);
    CHECK_INT(queue_rows_follow(rows, s, 99, &st), 0); /* added since: not in the rows */
    const struct queue_request by_rows = {.model = 1, .rows = rows, .room = 2};
    CHECK_INT(store_queue(s, &by_rows, &items, &n, &st), 0);
    if (CHECK_INT(n, 2)) {
        CHECK_INT(items[2].photo, 1);
        CHECK_INT(items[3].photo, 3);
        CHECK_INT(items[3].labelled, 3);
    }
    queue_rows_count_labels(rows, store_taxonomy(s), ending);
    CHECK_INT(store_count_labels(s, want, &st), 0);
    for (int i = 0; i < 6; i++)
        CHECK_INT(ending[i], want[i]);
    free(items);
    queue_rows_free(rows);
    store_close(s);
}

TEST(queue_by_confidence)
{
    struct store *s = new_store();
    static const int terminal[] = {COFFEE, TEA, BREAD};
    static const float probability[4][3] = {
        {.5f, .3f, .2f}, {.9f, .05f, .05f}, {.2f, .2f, .4f}, {.3f, .3f, .4f}};
    static const int node[] = {DRINK, COFFEE, BREAD, FOOD};
    add_photos(s, 5);
    for (int i = 0; i < 4; i++) {
        struct prediction p = {.photo = i + 1,
                               .model = 1,
                               .node = node[i],
                               .expected = .5f,
                               .count = 3,
                               .terminal = terminal,
                               .probability = probability[i]};
        CHECK_INT(store_put_predictions(s, &p, 1, &st), 0);
    }
    check_passing(s, "conf>0.79 conf<0.81", 1, 1); /* of DRINK: coffee and tea */
    check_passing(s, "conf>0.85", 2, 2);
    check_passing(s, "conf<0.6", 1,
                  3); /* .4 of .8: what was left out of the probabilities is shared out */
    check_passing(s, "conf>0.45 conf<0.55", 1, 3);
    check_passing(s, "conf>=0.999", 1, 4);
    check_passing(s, "!conf>=0", 1, 5);
    store_close(s);
}

TEST(queue_by_who_decided)
{
    struct store *s = new_store();
    add_photos(s, 7);
    CHECK_INT(review(s, "anna", 1, EVENT_ACCEPT, TEA), 0);
    CHECK_INT(review(s, "anna", 2, EVENT_ACCEPT, TEA), 0);
    CHECK_INT(review(s, "me", 2, EVENT_CORRECT, BREAD), 0);
    CHECK_INT(review(s, "me", 1, EVENT_FLAG, -1), 0); /* decides nothing */
    check_passing(s, "who=anna", 1, 1);
    check_passing(s, "who=me", 1, 2);
    CHECK_INT(store_undo(s, "me", NULL, NULL, &st), 0); /* the flag */
    CHECK_INT(store_undo(s, "me", NULL, NULL, &st), 0);
    check_passing(s, "who=anna", 2, 1); /* anna's answer stands again */
    check_passing(s, "who=me", 0, 0);
    CHECK_INT(store_redo(s, "me", NULL, NULL, &st), 0);
    check_passing(s, "who=me", 1, 2);
    check_passing(s, "decided !who=me", 1, 1);
    CHECK_INT(store_undo(s, "anna", NULL, NULL, &st),
              -1); /* in between: my answer is built on it */
    CHECK_INT(review(s, "me", 3, EVENT_SKIP, -1), 0);
    CHECK_INT(store_undo(s, "me", NULL, NULL, &st), 0);
    check_passing(s, "who=me", 1, 2); /* nobody has decided on 3 any more */
    struct review r[] = {{.photo = 4, .kind = EVENT_ACCEPT, .node = TEA, .model = 3},
                         {.photo = 5, .kind = EVENT_REJECT, .node = -1, .model = 4}};
    CHECK_INT(store_review(s, "Eve", r, 2, &st), 0);
    check_passing(s, "model=3", 1, 4);
    check_passing(s, "who=Eve", 2, 4);
    check_passing(s, "who=Eve rejected", 1, 5);
    check_passing(s, "today", 4, 1);
    check_passing(s, "age<1h", 4, 1);
    check_passing(s, "age>1h", 0, 0);
    check_passing(s, "since=2020-01-01", 4, 1);
    check_passing(s, "before=2020-01-01", 0, 0);
    struct photo_new imported = {.path = "photo 6.jpg", .node = TEA};
    CHECK_INT(store_add_photos(s, &imported, 1, "me", NULL, &st), 0);
    check_passing(s, "who=me", 1, 2); /* an import is no decision */
    store_close(s);
}

TEST(queue_by_what_people_said)
{
    struct store *s = new_store();
    add_photos(s, 6);
    CHECK_INT(review(s, "anna", 1, EVENT_ACCEPT, TEA), 0);
    CHECK_INT(review(s, "ben", 1, EVENT_CORRECT, BREAD), 0);
    CHECK_INT(review(s, "anna", 2, EVENT_ACCEPT, TEA), 0);
    CHECK_INT(review(s, "me", 2, EVENT_ACCEPT, TEA), 0);
    CHECK_INT(review(s, "anna", 3, EVENT_ACCEPT, TEA), 0);
    CHECK_INT(review(s, "me", 4, EVENT_REJECT, -1), 0);
    check_passing(s, "disputed", 1, 1);
    check_passing(s, "by=anna", 3, 1);
    check_passing(s, "by=me", 2, 2);
    check_passing(s, "decided !by=me", 2, 1); /* what is left to be decided on twice */
    check_passing(s, "by=anna !disputed !by=me", 1, 3);
    CHECK_INT(store_undo(s, "ben", NULL, NULL, &st), 0);
    check_passing(s, "disputed", 0, 0);
    CHECK_INT(store_redo(s, "ben", NULL, NULL, &st), 0);
    check_passing(s, "disputed", 1, 1);
    CHECK_INT(review(s, "ben", 1, EVENT_ACCEPT, TEA), 0); /* thought better of it */
    check_passing(s, "disputed", 0, 0);
    CHECK_INT(review(s, "anna", 4, EVENT_ACCEPT, TEA), 0); /* fits no label, one said */
    check_passing(s, "disputed", 1, 4);
    CHECK_INT(review(s, "ben", 4, EVENT_SKIP, -1), 0); /* says nothing, and takes nothing away */
    check_passing(s, "disputed", 1, 4);
    store_close(s);
}

TEST(queue_where_label_and_prediction_differ)
{
    struct store *s = new_store();
    add_photos(s, 4);
    struct photo_new imported[] = {{.path = "photo 1.jpg", .node = TEA},
                                   {.path = "photo 2.jpg", .node = TEA}};
    CHECK_INT(store_add_photos(s, imported, 2, "me", NULL, &st), 0);
    CHECK_INT(review(s, "me", 3, EVENT_CORRECT, BREAD), 0);
    struct prediction p[] = {{.photo = 1, .model = 1, .node = TEA, .expected = 1},
                             {.photo = 2, .model = 1, .node = COFFEE, .expected = .5f},
                             {.photo = 3, .model = 1, .node = COFFEE, .expected = .5f},
                             {.photo = 4, .model = 1, .node = COFFEE, .expected = .5f}};
    CHECK_INT(store_put_predictions(s, p, 4, &st), 0);
    check_passing(s, "disagree", 2, 2);
    check_passing(s, "disagree imported", 1, 2);
    check_passing(s, "disagree decided", 1, 3);
    store_close(s);
}

/* Says of photo 2 what is not in the store. */
static void better(void *arg, struct queue_item *item)
{
    int64_t *last = arg;
    CHECK(item->photo > *last); /* by rising number */
    *last = item->photo;
    if (item->photo == 2) {
        item->node = BREAD;
        item->expected = item->confidence = .25f;
    }
}

TEST(queue_by_what_is_known_better)
{
    struct store *s = new_store();
    struct filter f = {0};
    int64_t last = 0;
    struct queue_request request = {.model = 1, .filter = &f, .better = better, .arg = &last};
    struct queue_item *items;
    size_t count;
    add_photos(s, 3);
    CHECK_INT(review(s, "me", 2, EVENT_ACCEPT, TEA), 0);
    CHECK_INT(review(s, "me", 3, EVENT_ACCEPT, TEA), 0);
    struct prediction p[] = {{.photo = 2, .model = 1, .node = TEA, .expected = 1},
                             {.photo = 3, .model = 1, .node = COFFEE, .expected = 1}};
    CHECK_INT(store_put_predictions(s, p, 2, &st), 0);
    CHECK_INT(filter_read(&f, "all predicted='food > bread' conf<0.3 expected<0.3",
                          store_taxonomy(s), &st),
              0);
    CHECK_INT(store_queue(s, &request, &items, &count, &st), 0);
    if (CHECK_INT(count, 1))
        CHECK_INT(items[0].photo, 2);
    free(items);
    f = (struct filter){0};
    last = 0;
    CHECK_INT(filter_read(&f, "disagree", store_taxonomy(s), &st), 0);
    CHECK_INT(store_queue(s, &request, &items, &count, &st), 0);
    if (CHECK_INT(count, 1)) /* of 2 it has learned the label */
        CHECK_INT(items[0].photo, 3);
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

/* Rows are reserved by the count of photos, which a damaged file may hold anything in. */
TEST(counts_that_are_damaged_reserve_nothing)
{
    static const char *const damage[] = {"UPDATE tally SET n=-1027 WHERE key<900",
                                         /* 40 bytes each: together little more than 2^64 */
                                         "UPDATE tally SET n=461168601842738791 WHERE key<900"};
    for (size_t i = 0; i < sizeof damage / sizeof *damage; i++) {
        struct store *s = new_store();
        struct queue_rows *rows = NULL;
        sqlite3 *db = NULL;
        size_t n = 0;
        add_photos(s, 3);
        CHECK_INT(sqlite3_open(test_path("project.db"), &db), SQLITE_OK);
        CHECK_INT(sqlite3_exec(db, damage[i], NULL, NULL, NULL), SQLITE_OK);
        CHECK_INT(sqlite3_changes(db), 1);
        sqlite3_close(db);
        struct queue_request request = {.model = 1, .keep = &rows};
        if (CHECK_INT(store_queue(s, &request, NULL, &n, &st), 0))
            CHECK_INT((long long)queue_rows_count(rows), 3);
        queue_rows_free(rows);
        store_close(s);
        remove(test_path("project.db"));
    }
}
