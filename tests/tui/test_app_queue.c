/* The queue while people work: read and sorted anew in the background, searched, filtered, and as
 * it was left. */
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "data/rng.h"
#include "data/status.h"
#include "tests/check.h"
#include "tests/tui/project_fixture.h"
#include "tui/loop/app_internal.h"
#include "tui/loop/training.h"

static struct status st;

static struct app *open_app(const char *const *filters, int count, int background)
{
    struct app *a = NULL;
    struct app_options options = {.folder = test_folder(),
                                  .who = "tester",
                                  .threads = 1,
                                  .background = background,
                                  .filters = filters,
                                  .filter_count = count};
    if (!CHECK_INT(app_open(&options, &a, &st), 0))
        CHECK_TEXT(st.text, "");
    return a;
}

static int is_at_rest(struct app *a)
{
    return !app_is_learning(a) && !app_predict_progress(a)->running;
}

static void rest(struct app *a)
{
    for (int i = 0; i < 30000; i++) {
        app_collect(a);
        if (is_at_rest(a))
            return;
        nanosleep(&(struct timespec){0, 2000000}, NULL);
    }
    CHECK(!"it never comes to rest");
}

/* Each photo once; and every one that is open, as long as no filter says otherwise. */
static void check_whole(struct app *a, const struct filter *filter)
{
    int seen[PHOTOS + 1] = {0};
    long at = (long)app_queue_position(a), count = (long)app_queue_count(a);
    for (long i = 0; i < count; i++) {
        int64_t photo = app_queue_photo(a, i - at);
        if (CHECK(photo >= 1 && photo <= PHOTOS))
            CHECK_INT(++seen[photo], 1);
    }
    for (int id = 1; id <= PHOTOS && !filter; id++) {
        struct photo photo;
        if (!CHECK_INT(store_photo(app_store(a), id, &photo, &st), 0))
            continue;
        if (photo.split != SPLIT_TEST && !review_is_decided(photo.state.kind))
            CHECK_INT(seen[id], 1);
        photo_clear(&photo);
    }
}

/* Another process decides on one of the next photos. */
static void others_decide(struct app *a, struct project *other, struct rng *rng)
{
    int64_t id = app_queue_photo(a, 1 + (long)rng_below(rng, 8));
    struct review given = {.photo = id, .kind = EVENT_GIVE, .node = 1, .milliseconds = 5};
    struct photo photo;
    if (id == 0 || !CHECK_INT(store_photo(app_store(a), id, &photo, &st), 0))
        return;
    if (!review_is_decided(photo.state.kind))
        CHECK_INT(store_review(other->store, "other", &given, 1, &st), 0);
    photo_clear(&photo);
}

/* Some of the next photos are decided on in one step. */
static void decide_on_many(struct app *a, struct rng *rng)
{
    struct app_decision d[5] = {0};
    size_t n = 0;
    for (long i = 0; i < 5; i++) {
        int64_t id = app_queue_photo(a, i);
        struct photo photo;
        if (id == 0 || !CHECK_INT(store_photo(app_store(a), id, &photo, &st), 0))
            continue;
        if (!review_is_decided(photo.state.kind) && rng_below(rng, 3) > 0)
            d[n++] = (struct app_decision){.photo = id, .node = 1, .predicted = -1};
        photo_clear(&photo);
    }
    CHECK_INT(app_review_many(a, EVENT_ACCEPT, d, n, 100, &st), 0);
}

/* What a person does, at random, while the queue is arranged anew behind each answer. pages: as the
 * grid does, too; other (may be NULL): somebody else reviews meanwhile. */
static void walk(uint64_t seed, const char *const *filters, int count, int pages,
                 struct project *other, int large)
{
    struct rng rng;
    struct app *a = open_app(filters, count, 1);
    if (!a)
        return;
    if (large)
        a->large = 0;
    rest(a);
    rng_seed(&rng, seed, 0);
    for (int step = 0; step < 150; step++) {
        int64_t shown = app_current(a)->photo.id;
        unsigned what = rng_below(&rng, 100);
        if (pages && rng_below(&rng, 3) == 0) {
            app_queue_gather(a, (long)app_queue_gather(a, 0, 6), 6);
            shown = app_current(a)->photo.id;
        }
        if (pages && rng_below(&rng, 8) == 0)
            app_queue_ungather(a);
        if (pages && rng_below(&rng, 6) == 0)
            decide_on_many(a, &rng);
        if (pages && rng_below(&rng, 12) == 0)
            CHECK_INT(app_queue_set(a, rng_below(&rng, 2) ? QUEUE_FILE : QUEUE_DOUBT, NULL, &st),
                      0);
        shown = app_current(a)->photo.id;
        if (other && rng_below(&rng, 3) == 0)
            others_decide(a, other, &rng);
        if (what < 45 && shown)
            CHECK_INT(app_review(a, shown, EVENT_ACCEPT, 1 + (int)rng_below(&rng, 2), 900, &st), 0);
        else if (what < 55 && shown)
            CHECK_INT(app_review(a, shown, EVENT_SKIP, -1, 900, &st), 0);
        else if (what < 65)
            app_queue_move(a, -1 - (long)rng_below(&rng, 3));
        else if (what < 75)
            app_queue_move(a, 1 + (long)rng_below(&rng, 3));
        else if (what < (pages ? 87 : 85))
            app_undo(a, &st); /* there may be nothing to undo */
        else if (what < 90)
            app_queue_next_open(a);
        else if (what < 95)
            rest(a);
        shown = app_current(a)->photo.id;
        app_collect(a);
        if (shown)
            CHECK_INT(app_current(a)->photo.id,
                      shown); /* nothing is exchanged under a person's eyes */
        if (app_current(a)->photo.id)
            CHECK_INT(app_queue_photo(a, 0), app_current(a)->photo.id);
        check_whole(a, count ? app_queue_filter(a) : NULL);
    }
    rest(a);
    check_whole(a, count ? app_queue_filter(a) : NULL);
    app_close(a);
}

TEST(photos_come_once_whatever_is_done_meanwhile)
{
    struct train_progress progress;
    if (make_project(16) == 0 && train(DEPTH_HEAD, &progress) == 0)
        walk(1, NULL, 0, 0, NULL, 0);
}

static void walk_with(uint64_t seed, int pages, int others, int large)
{
    struct train_progress progress;
    struct project other;
    if (make_project(16) != 0 || train(DEPTH_HEAD, &progress) != 0 ||
        project_open(test_folder(), &other, &st) != 0)
        return;
    walk(seed, NULL, 0, pages, others ? &other : NULL, large);
    project_close(&other);
}

TEST(photos_come_once_while_others_review)
{
    walk_with(1, 0, 1, 0);
}

TEST(photos_come_once_in_pages)
{
    walk_with(2, 1, 0, 0);
}

TEST(photos_come_once_in_pages_while_others_review)
{
    walk_with(3, 1, 1, 0);
}

TEST(photos_come_once_where_there_are_very_many)
{
    walk_with(4, 1, 1, 1);
}

/* A queue of which the first photos are found at once: they are those that come first in the whole
 * queue, and that is what it is when the background has done its work. */
static void check_first(struct app *a, enum queue_order order, const char *text)
{
    enum { LOOKED_AT = 12 };
    struct filter f = {0};
    int64_t first[LOOKED_AT], all[PHOTOS];
    CHECK_INT(filter_read(&f, text, app_taxonomy(a), &st), 0);
    a->large = APP_LARGE;
    CHECK_INT(app_queue_set(a, order, &f, &st), 0);
    rest(a);
    size_t count = app_queue_count(a);
    for (size_t i = 0; i < count; i++)
        all[i] = app_queue_photo(a, (long)i);
    a->large = 0;
    CHECK_INT(app_queue_set(a, order, &f, &st), 0);
    for (size_t i = 0; i < LOOKED_AT; i++)
        first[i] = app_queue_photo(a, (long)i);
    for (size_t i = 0; order != QUEUE_SUSPECT && i < LOOKED_AT && i < count; i++)
        if (!CHECK_INT(first[i], all[i]))
            CHECK_TEXT(text, queue_order_name(order));
    rest(a);
    CHECK_INT(app_queue_count(a), count);
    for (size_t i = 0; i < count; i++)
        if (!CHECK_INT(app_queue_photo(a, (long)i), all[i]))
            CHECK_TEXT(text, queue_order_name(order));
}

TEST(first_photos_are_found_at_once)
{
    static const char *const filters[] = {"",           "below=warm", "conf>0.1",  "file=1",
                                          "who=tester", "all",        "!conf<0.9", "disagree"};
    struct train_progress progress;
    if (make_project(16) != 0 || train(DEPTH_HEAD, &progress) != 0)
        return;
    struct app *a = open_app(NULL, 0, 1);
    if (!a)
        return;
    rest(a);
    for (int i = 0; i < 6; i++)
        CHECK_INT(
            app_review(a, app_queue_photo(a, 0), i % 2 ? EVENT_SKIP : EVENT_ACCEPT, 1, 9, &st), 0);
    rest(a);
    for (int order = 0; order < QUEUE_ORDER_COUNT; order++)
        for (size_t i = 0; order != QUEUE_SIMILAR && i < sizeof filters / sizeof *filters; i++)
            check_first(a, (enum queue_order)order, filters[i]);
    app_close(a);
}

TEST(photos_of_a_predicted_path_come_once_too)
{
    const char *const filters[] = {"below=warm", "conf>0.1"};
    struct train_progress progress;
    if (make_project(16) == 0 && train(DEPTH_HEAD, &progress) == 0)
        walk(2, filters, 2, 0, NULL, 0);
}

static int is_sorted_as(struct app *a, const int64_t *all, size_t count, int64_t first)
{
    size_t k = 0;
    int same = app_queue_count(a) == count && app_queue_photo(a, 0) == first;
    for (size_t i = 0; i < count && same; i++)
        if (all[i] != first)
            same = app_queue_photo(a, (long)++k) == all[i];
    return same;
}

/* Of very many photos the first ones are shown before the others are read: one of those that were
 * read is first, and stays; then come all others as they would have. Where none of the first is in
 * the queue, it is read whole. */
TEST(first_photo_comes_before_the_others_are_read)
{
    enum { READ = 6 };
    struct filter f = {0};
    int64_t all[PHOTOS];
    struct train_progress progress;
    if (make_project(16) != 0 || train(DEPTH_HEAD, &progress) != 0)
        return;
    struct app *a = open_app(NULL, 0, 1);
    if (!a)
        return;
    CHECK_INT(app_queue_set(a, QUEUE_RANDOM, NULL, &st), 0);
    rest(a);
    size_t count = app_queue_count(a);
    for (size_t i = 0; i < count; i++)
        all[i] = app_queue_photo(a, (long)i);
    a->large = READ - 1;
    app_queue_forget_rows(a);
    CHECK_INT(app_queue_load(a, 0, &st), 0);
    CHECK_INT(app_show(a, &st), 0);
    CHECK(app_queue_is_part(a));
    CHECK(app_queue_count(a) > 0 && app_queue_count(a) <= READ);
    int64_t first = app_current(a)->photo.id;
    CHECK(first >= 1 && first <= READ);
    CHECK_INT(app_queue_load(a, 1, &st), 0); /* as when predictions come meanwhile */
    CHECK(app_queue_count(a) <= READ);
    rest(a);
    CHECK_INT(app_queue_is_part(a), 0);
    CHECK_INT(app_current(a)->photo.id, first);
    CHECK(is_sorted_as(a, all, count, first));

    app_queue_forget_rows(a); /* the last photo alone is in it */
    char only[40], *path = NULL;
    struct photo last;
    if (CHECK_INT(store_photo(app_store(a), PHOTOS, &last, &st), 0)) {
        path = strrchr(last.path, '/');
        snprintf(only, sizeof only, "file=%s", path ? path + 1 : last.path);
        CHECK_INT(filter_read(&f, only, app_taxonomy(a), &st), 0);
        CHECK_INT(app_queue_set(a, QUEUE_FILE, &f, &st), 0);
        CHECK_INT(app_current(a)->photo.id, PHOTOS);
        CHECK_INT(app_queue_is_part(a), 0);
        photo_clear(&last);
    }
    rest(a);
    CHECK_INT(app_queue_count(a), 1);
    app_close(a);
}

/* More than is followed one by one: the queue learns of it in the background, a person at once. */
TEST(what_others_decided_by_the_hundred_is_passed_over)
{
    struct project other;
    if (make_project(0) != 0 || project_open(test_folder(), &other, &st) != 0)
        return;
    struct app *a = open_app(NULL, 0, 1);
    rest(a);
    a->large = 0;
    for (int i = 0; i < 80; i++) {
        struct review given = {
            .photo = app_queue_photo(a, 1 + i % 20), .kind = EVENT_GIVE, .node = 1};
        CHECK_INT(store_review(other.store, "other", &given, 1, &st), 0);
    }
    CHECK_INT(app_review(a, app_current(a)->photo.id, EVENT_ACCEPT, 1, 10, &st), 0);
    CHECK(app_current(a)->photo.id > 0);
    CHECK(!review_is_decided(app_current(a)->photo.state.kind));
    rest(a);
    check_whole(a, NULL);
    app_close(a);
    project_close(&other);
}

static void begin_anew(struct app *a, size_t large)
{
    a->large = large;
    app_queue_forget_rows(a);
    CHECK_INT(app_queue_load(a, 0, &st), 0);
    CHECK_INT(app_show(a, &st), 0);
    CHECK(app_queue_is_part(a));
}

TEST(flag_set_while_the_queue_is_read)
{
    struct filter f = {0};
    if (make_project(0) != 0)
        return;
    struct app *a = open_app(NULL, 0, 1);
    rest(a);
    begin_anew(a, 5);
    int64_t photo = app_current(a)->photo.id;
    CHECK_INT(app_review(a, photo, EVENT_FLAG, -1, 10, &st), 0);
    rest(a);
    check_whole(a, NULL);
    CHECK_INT(filter_read(&f, "flagged", app_taxonomy(a), &st), 0);
    CHECK_INT(app_queue_set(a, QUEUE_FILE, &f, &st), 0);
    CHECK_INT(app_queue_count(a), 1);
    CHECK_INT(app_queue_photo(a, 0), photo);
    app_close(a);
}

/* The rest cannot be read for a while: that is said, and tried again. */
TEST(queue_that_cannot_be_read_is_read_later)
{
    char away[4096];
    if (make_project(0) != 0)
        return;
    struct app *a = open_app(NULL, 0, 1);
    rest(a);
    snprintf(away, sizeof away, "%s.away", a->project.folder);
    CHECK_INT(rename(a->project.folder, away), 0);
    begin_anew(a, 5);
    rest(a);
    CHECK(app_queue_is_part(a));
    CHECK(app_queue_problem(a)[0] != '\0');
    CHECK_INT(rename(away, a->project.folder), 0);
    a->arranged_at -= 60;
    app_rest(a);
    rest(a);
    CHECK_TEXT(app_queue_problem(a), "");
    CHECK(!app_queue_is_part(a));
    check_whole(a, NULL);
    app_close(a);
}

/* Many are decided on in one step, the queue is read anew without them, and the step is taken back.
 */
TEST(undo_brings_back_every_photo)
{
    struct app_decision d[10] = {0};
    struct train_progress progress;
    if (make_project(16) != 0 || train(DEPTH_HEAD, &progress) != 0)
        return;
    struct app *a = open_app(NULL, 0, 1);
    rest(a);
    size_t all = app_queue_count(a);
    for (int k = 0; k < 4; k++) {
        for (int i = 0; i < 10; i++)
            d[i] =
                (struct app_decision){.photo = app_queue_photo(a, i), .node = 1, .predicted = -1};
        CHECK_INT(app_review_many(a, EVENT_ACCEPT, d, 10, 100, &st), 0);
        if (k % 2 == 0)
            CHECK_INT(app_queue_set(a, k == 0 ? QUEUE_FILE : QUEUE_DOUBT, NULL, &st), 0);
        else
            rest(a); /* the job has read them as decided */
        CHECK_INT(app_undo(a, &st), 0);
        CHECK_INT(app_current(a)->photo.id, d[0].photo);
        check_whole(a, NULL);
        rest(a);
        check_whole(a, NULL);
        CHECK_INT((long long)app_queue_count(a), (long long)all);
        CHECK_INT(app_queue_set(a, QUEUE_DOUBT, NULL, &st), 0);
    }
    app_close(a);
}

/* Only those that the queue is about come back. */
TEST(undo_keeps_to_the_filter)
{
    struct app_decision d[3] = {{.photo = 20, .node = 1, .predicted = -1},
                                {.photo = 21, .node = 1, .predicted = -1},
                                {.photo = 31, .node = 1, .predicted = -1}};
    struct filter f = {0};
    if (make_project(16) != 0)
        return;
    struct app *a = open_app(NULL, 0, 0);
    CHECK_INT(app_review_many(a, EVENT_GIVE, d, 3, 100, &st), 0);
    CHECK_INT(filter_read(&f, "file=photo-3", app_taxonomy(a), &st), 0);
    CHECK_INT(app_queue_set(a, QUEUE_FILE, &f, &st), 0);
    size_t without = app_queue_count(a);
    CHECK_INT(app_undo(a, &st), 0);
    CHECK_INT(app_current(a)->photo.id, 20); /* what is undone is shown */
    CHECK_INT((long long)app_queue_count(a), (long long)without + 2);
    app_close(a);
}

static float confidence_of(struct app *a, int64_t photo)
{
    struct app_photo p;
    CHECK_INT(app_look(a, photo, &p, &st), 0);
    float confidence = p.candidate[0].confidence[0];
    app_photo_clear(&p);
    return confidence;
}

/* What is predicted, of this photo and of others, does not depend on what was said and taken back.
 */
TEST(undo_is_exact)
{
    struct train_progress progress;
    struct answer before, after;
    struct training_options little = {.folder = test_folder(),
                                      .depth = DEPTH_HEAD,
                                      .epochs = 1,
                                      .rate = 1e-4f,
                                      .seed = 1,
                                      .threads = 1,
                                      .use_worse = 1}; /* it is sure of nothing */
    if (make_project(24) != 0 ||
        !CHECK_INT(training_run(&little, NULL, NULL, NULL, &progress, &st), 0))
        return;
    struct app *a = open_app(NULL, 0, 1);
    rest(a);
    for (int i = 0; i < 2; i++) { /* one with an imported label, one without */
        int64_t photo = 0;
        for (long k = 0; k < (long)app_queue_count(a) && !photo; k++) {
            struct photo p;
            CHECK_INT(store_photo(app_store(a), app_queue_photo(a, k - (long)app_queue_position(a)),
                                  &p, &st),
                      0);
            if ((p.state.kind == REVIEW_IMPORTED) == (i == 0) && p.split != SPLIT_VAL)
                photo = p.id;
            photo_clear(&p);
        }
        if (!CHECK(photo != 0) || !CHECK_INT(app_queue_goto(a, photo, &st), 0))
            break;
        rest(a);
        int node = app_current(a)->candidate[0].node;
        app_answer(a, node, &before);
        float of_another = confidence_of(a, photo + KINDS);
        CHECK_INT(app_review(a, photo, EVENT_CORRECT, node == 1 ? 2 : 1, 900, &st), 0);
        rest(a);
        CHECK_INT(app_undo(a, &st), 0);
        CHECK_INT(app_current(a)->photo.id, photo);
        app_answer(a, node, &after);
        CHECK(before.confidence[0] < .97f);
        CHECK_NEAR(after.confidence[0], before.confidence[0], 1e-6);
        CHECK_NEAR(confidence_of(a, photo + KINDS), of_another, 1e-6);
        CHECK_NEAR(after.expected, before.expected, 1e-6);
    }
    app_close(a);
}

TEST(order_and_filter_are_as_they_were_left)
{
    struct filter f = {0};
    char text[FILTER_TEXT], past[APP_FILTERS][FILTER_TEXT];
    if (make_project(16) != 0)
        return;
    struct app *a = open_app(NULL, 0, 0);
    size_t all = app_queue_count(a);
    CHECK_TEXT(app_notice(a), "");
    for (int i = 0; i < APP_FILTERS + 2; i++) {
        snprintf(text, sizeof text, "file=%d", i);
        f = (struct filter){0};
        CHECK_INT(filter_read(&f, text, app_taxonomy(a), &st), 0);
        CHECK_INT(app_queue_set(a, QUEUE_RANDOM, &f, &st), 0);
        CHECK_INT(app_remember_filter(a, &st), 0);
    }
    f = (struct filter){0};
    CHECK_INT(filter_read(&f, "file=photo-0 imported", app_taxonomy(a), &st), 0);
    CHECK_INT(app_queue_set(a, QUEUE_RANDOM, &f, &st), 0);
    CHECK_INT(app_remember_filter(a, &st), 0);
    CHECK_INT(app_remember_filter(a, &st), 0); /* once in the list */
    CHECK_INT(app_remember_order(a, &st), 0);
    CHECK_INT((long long)app_queue_count(a), 10);
    CHECK_INT(app_past_filters(a, past, APP_FILTERS), APP_FILTERS);
    CHECK_TEXT(past[0], "file=photo-0 imported");
    CHECK_TEXT(past[1], "file=9");
    CHECK_TEXT(past[APP_FILTERS - 1], "file=3");
    CHECK_INT(app_queue_set(a, QUEUE_SIMILAR, NULL, &st), -1); /* nothing to compare with yet */
    app_close(a);
    a = open_app(NULL, 0, 0);
    CHECK_INT(app_queue_order(a), QUEUE_RANDOM);
    CHECK_INT((long long)app_queue_count(a), 10);
    CHECK_CONTAINS(app_notice(a), "file=photo-0 imported");
    app_close(a);
    const char *const given[] = {"open"};
    a = open_app(given, 1, 0);
    CHECK_INT((long long)app_queue_count(a), (long long)all);
    CHECK_TEXT(app_notice(a), "");
    CHECK_INT(app_queue_set(a, QUEUE_FILE, &(struct filter){0}, &st), 0);
    CHECK_INT(app_remember_filter(a, &st), 0);
    app_close(a);
    a = open_app(NULL, 0, 0);
    CHECK_INT((long long)app_queue_count(a), (long long)all);
    CHECK_TEXT(app_notice(a), "");
    CHECK_INT(app_past_filters(a, past, 1), 1); /* none is no filter to come back to */
    CHECK_TEXT(past[0], "file=photo-0 imported");
    app_close(a);
}

TEST(photos_are_counted_in_the_background)
{
    struct filter f = {0};
    if (make_project(16) != 0)
        return;
    struct app *a = open_app(NULL, 0, 1);
    CHECK_INT(filter_read(&f, "imported", app_taxonomy(a), &st), 0);
    app_count_filter(a, &(struct filter){0});
    app_count_filter(a, &f); /* the last question counts */
    CHECK_INT(app_filter_count(a), -1);
    rest(a);
    CHECK_INT(app_filter_count(a), 16);
    app_count_filter(a, &f);
    app_close(a); /* while it runs */
}

TEST(search_goes_round)
{
    const char *const filters[] = {"all"};
    if (make_project(16) != 0)
        return;
    struct app *a = open_app(filters, 1, 0);
    CHECK_INT(app_queue_set(a, QUEUE_FILE, NULL, &st), 0);
    CHECK_INT(app_queue_find(a, NULL, 0, &st), APP_NOT_FOUND); /* nothing is sought yet */
    CHECK_INT(app_queue_find(a, "PHOTO-1", 0, &st), APP_FOUND);
    CHECK_CONTAINS(app_current(a)->photo.path, "photo-1");
    int64_t first = app_current(a)->photo.id;
    CHECK_INT(app_queue_find(a, NULL, 0, &st), APP_FOUND);
    CHECK_INT(app_current(a)->photo.id, first + 1);
    CHECK_INT(app_queue_find(a, NULL, 1, &st), APP_FOUND);
    CHECK_INT(app_current(a)->photo.id, first);
    CHECK_INT(app_queue_find(a, NULL, 1, &st), APP_FOUND); /* the first of the queue */
    CHECK_INT((long long)app_queue_position(a), 0);
    CHECK_INT(app_queue_find(a, NULL, 1, &st), APP_FOUND_AROUND);
    CHECK(app_queue_position(a) > 2);
    CHECK_INT(app_queue_find(a, NULL, 0, &st), APP_FOUND_AROUND);
    CHECK_INT((long long)app_queue_position(a), 0);
    CHECK_INT(app_queue_find(a, "cold > gr", 0, &st), APP_FOUND);
    CHECK_INT(app_current(a)->photo.state.node >= 0, 1); /* by its label */
    CHECK_INT(app_queue_find(a, "photo-03", 0, &st) > 0, 1);
    CHECK_INT(app_queue_find(a, NULL, 0, &st), APP_FOUND_HERE);
    CHECK_INT(app_queue_find(a, "nowhere", 0, &st), APP_NOT_FOUND);
    CHECK_CONTAINS(app_current(a)->photo.path, "photo-03");
    CHECK_TEXT(app_queue_sought(a), "nowhere");
    app_queue_move(a, 1000);
    const struct app_photo *last = app_current(a);
    CHECK_INT(app_review(a, last->photo.id, EVENT_SKIP, -1, 900, &st), 0);
    CHECK_INT(app_queue_find(a, "photo-00", 1, &st) > 0, 1);
    CHECK_INT(app_current(a)->photo.id, 1);
    app_close(a);
}

static int count_blind(struct app *a)
{
    int blind = 0;
    for (long i = 0; i < (long)app_queue_count(a); i++) {
        struct app_photo photo;
        long place = i - (long)app_queue_position(a);
        if (CHECK_INT(app_look(a, app_queue_photo(a, place), &photo, &st), 0))
            blind += photo.blind;
        app_photo_clear(&photo);
    }
    return blind;
}

/* What is hidden on the screen is not to be found out by asking for it. */
TEST(blind_samples_are_found_by_their_name_alone)
{
    static const char *const telling[] = {"below=warm", "predicted='warm > red'",
                                          "conf>0.1",   "expected>0.1",
                                          "label=cold", "disagree"};
    struct train_progress progress;
    if (make_project(16) != 0 || train(DEPTH_HEAD, &progress) != 0)
        return;
    struct app *a = open_app(NULL, 0, 1);
    CHECK_INT(store_set_setting(app_store(a), APP_BLIND_SETTING, "50", &st), 0);
    app_settings_changed(a);
    rest(a);
    int blind = count_blind(a);
    CHECK(blind > 5);
    for (size_t i = 0; i < sizeof telling / sizeof telling[0]; i++) {
        struct filter f = {0};
        CHECK_INT(filter_read(&f, telling[i], app_taxonomy(a), &st), 0);
        CHECK_INT(app_queue_set(a, QUEUE_DOUBT, &f, &st), 0);
        CHECK(i == 5 || app_queue_count(a) > 0);
        CHECK_INT(count_blind(a), 0);
        rest(a);
        CHECK_INT(count_blind(a), 0); /* by the job in the background, too */
        app_count_filter(a, &f);
        rest(a);
        CHECK_INT(app_filter_count(a), (long long)app_queue_count(a));
    }
    CHECK_INT(app_queue_set(a, QUEUE_DOUBT, &(struct filter){0}, &st), 0);
    CHECK_INT(count_blind(a), blind);
    for (int i = 0; i < PHOTOS; i++)
        if (CHECK(app_queue_find(a, i % 2 ? "warm" : "cold", 0, &st) > 0))
            CHECK(!app_current(a)->blind);
    for (int i = 0, found = 0; i < PHOTOS; i++) {
        found += app_queue_find(a, "photo-", 0, &st) > 0 && app_current(a)->blind;
        if (i + 1 == PHOTOS)
            CHECK(found >= blind);
    }
    app_close(a);
}

/* A label that is wrong, asked for before anything has been looked at. */
static struct app *open_suspects(int *wrong)
{
    struct train_progress progress;
    struct project other;
    if (make_project(PHOTOS) != 0 || train(DEPTH_HEAD, &progress) != 0 ||
        project_open(test_folder(), &other, &st) != 0)
        return NULL;
    struct photo photo;
    *wrong = 31; /* of the third kind; with the label of the first */
    CHECK_INT(store_photo(other.store, 1, &photo, &st), 0);
    struct review review = {
        .photo = *wrong, .kind = EVENT_GIVE, .node = photo.state.node, .milliseconds = 5};
    photo_clear(&photo);
    CHECK_INT(store_review(other.store, "other", &review, 1, &st), 0);
    project_close(&other);
    remove(test_path(".tend/cache/features-0001")); /* what training has looked at */
    remove(test_path(".tend/cache/features-0002"));
    struct app *a = open_app(NULL, 0, 0);
    CHECK_INT(app_queue_set(a, QUEUE_SUSPECT, NULL, &st), 0);
    rest(a); /* there was nothing to find them by */
    CHECK(app_current(a)->photo.id != *wrong);
    a->background = 1;
    CHECK_INT(app_start_predicting(a, &st), 0);
    CHECK_INT(app_learn_open(a, &st), 0);
    return a;
}

TEST(suspects_are_sorted_when_they_are_known)
{
    int wrong;
    struct app *a = open_suspects(&wrong);
    if (!a)
        return;
    rest(a);
    CHECK_INT(app_current(a)->photo.id, wrong);
    CHECK_INT((long long)app_queue_position(a), 0);
    CHECK_INT((long long)app_queue_count(a), PHOTOS);
    app_close(a);
}

/* But not under the eyes of who has begun. */
TEST(suspects_leave_the_photo_that_is_looked_at)
{
    int wrong;
    struct app *a = open_suspects(&wrong);
    if (!a)
        return;
    app_queue_move(a, 1);
    int64_t shown = app_current(a)->photo.id;
    rest(a);
    CHECK_INT(app_current(a)->photo.id, shown);
    CHECK_INT(app_queue_photo(a, 1), wrong);
    app_close(a);
}

int main(int argc, char **argv)
{
    setlocale(LC_ALL, "C.UTF-8");
    return test_main(argc, argv);
}
