/* The queue while people work: read and sorted anew in the background, searched, filtered, and as it was left. */
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "data/rng.h"
#include "data/status.h"
#include "tests/check.h"
#include "tests/tui/project_fixture.h"
#include "tui/loop/app.h"
#include "tui/loop/training.h"

static struct status st;

static struct app *open_app(const char *const *filters, int count, int background)
{
    struct app *a = NULL;
    struct app_options options = {.folder = test_folder(), .who = "tester", .threads = 1, .background = background,
                                  .filters = filters, .filter_count = count};
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

/* What a person does, at random, while the queue is arranged anew behind each answer. */
static void walk(uint64_t seed, const char *const *filters, int count)
{
    struct rng rng;
    struct app *a = open_app(filters, count, 1);
    if (!a)
        return;
    rest(a);
    rng_seed(&rng, seed, 0);
    for (int step = 0; step < 150; step++) {
        int64_t shown = app_current(a)->photo.id;
        unsigned what = rng_below(&rng, 100);
        if (what < 45 && shown)
            CHECK_INT(app_review(a, shown, EVENT_ACCEPT, 1 + (int)rng_below(&rng, 2), 900, &st), 0);
        else if (what < 55 && shown)
            CHECK_INT(app_review(a, shown, EVENT_SKIP, -1, 900, &st), 0);
        else if (what < 65)
            app_queue_move(a, -1 - (long)rng_below(&rng, 3));
        else if (what < 75)
            app_queue_move(a, 1 + (long)rng_below(&rng, 3));
        else if (what < 85)
            app_undo(a, &st); /* there may be nothing to undo */
        else if (what < 90)
            app_queue_next_open(a);
        else if (what < 95)
            rest(a);
        shown = app_current(a)->photo.id;
        app_collect(a);
        if (shown)
            CHECK_INT(app_current(a)->photo.id, shown); /* nothing is exchanged under a person's eyes */
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
        walk(1, NULL, 0);
}

TEST(photos_of_a_predicted_path_come_once_too)
{
    const char *const filters[] = {"below=warm", "conf>0.1"};
    struct train_progress progress;
    if (make_project(16) == 0 && train(DEPTH_HEAD, &progress) == 0)
        walk(2, filters, 2);
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

int main(int argc, char **argv)
{
    setlocale(LC_ALL, "C.UTF-8");
    return test_main(argc, argv);
}
