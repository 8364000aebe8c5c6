/* Two who review one project at once. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/rng.h"
#include "data/status.h"
#include "tests/check.h"
#include "tests/tui/project_fixture.h"
#include "tui/loop/app_internal.h"

static struct status st;

static struct app *open_as(const char *who, const char *filter)
{
    struct app *a = NULL;
    struct app_options options = {.folder = test_folder(),
                                  .who = who,
                                  .threads = 1,
                                  .order = QUEUE_FILE,
                                  .order_given = 1,
                                  .filters = filter ? &filter : NULL,
                                  .filter_count = filter != NULL};
    if (!CHECK_INT(app_open(&options, &a, &st), 0))
        CHECK_TEXT(st.text, "");
    return a;
}

static int64_t shown(const struct app *a)
{
    return app_current(a)->photo.id;
}

static int count_decision(void *arg, const struct event *e)
{
    *(int *)arg += e->kind == EVENT_GIVE;
    return 0;
}

static int decisions_on(struct app *a, int64_t photo)
{
    int n = 0;
    CHECK_INT(store_each_event(app_store(a), photo, count_decision, &n, &st), 0);
    return n;
}

TEST(nobody_gets_what_another_has)
{
    struct rng rng;
    int done = 0;
    rng_seed(&rng, 3, 0);
    if (make_project(0) != 0)
        return;
    struct app *a[3] = {open_as("anna", NULL), open_as("ben", NULL), open_as("cleo", NULL)};
    for (int step = 0; step < 10 * PHOTOS && done < PHOTOS; step++) {
        struct app *at = a[rng_below(&rng, 3)];
        for (int i = 0; i < 3; i++)
            CHECK(a[i] == at || shown(a[i]) == 0 || shown(a[i]) != shown(at));
        if (shown(at) && rng_below(&rng, 10) == 0)
            app_queue_move(at, 1);
        else if (shown(at) && rng_below(&rng, 10) == 0)
            app_queue_next_open(at);
        else if (shown(at)) {
            int before = decisions_on(at, shown(at)) != 0; /* gone back to at the end */
            CHECK(!before || done >= PHOTOS - 3);
            CHECK_INT(app_review(at, shown(at), EVENT_ACCEPT, 1, 10, &st), 0);
            done += !before;
        } else
            app_queue_next_open(at);
    }
    CHECK_INT(done, PHOTOS);
    for (int64_t id = 1; id <= PHOTOS; id++)
        CHECK(decisions_on(a[0], id) >= 1);
    for (int i = 0; i < 3; i++)
        app_close(a[i]);
}

TEST(what_others_said_is_read_once)
{
    if (make_project(0) != 0)
        return;
    struct app *a = open_as("anna", NULL), *b = open_as("ben", NULL);
    for (int i = 0; i < 3; i++) {
        CHECK_INT(app_review(b, shown(b), EVENT_ACCEPT, 1, 10, &st), 0);
        CHECK_INT(app_review(a, shown(a), EVENT_ACCEPT, 1, 10, &st), 0);
        CHECK_INT(a->last_event, store_last_event(app_store(a), &st));
    }
    const int64_t *below = app_label_counts(a);
    if (CHECK(below))
        CHECK_INT(below[1], 6); /* of both: the picker counts all */
    app_close(b);
    app_close(a);
}

TEST(what_is_given_back_is_next)
{
    if (make_project(0) != 0)
        return;
    struct app *a = open_as("anna", NULL), *b = open_as("ben", NULL);
    CHECK_INT(shown(a), 1);
    CHECK_INT(shown(b), 2);
    CHECK_TEXT(app_holder(b, 1), "anna");
    CHECK(app_holder(b, 2) == NULL);
    CHECK_INT(app_review(b, 2, EVENT_ACCEPT, 1, 10, &st), 0);
    CHECK_INT(shown(b), 3); /* 1 is still with her, and stays the next */
    app_close(a);
    CHECK_INT(app_review(b, 3, EVENT_ACCEPT, 1, 10, &st), 0);
    CHECK_INT(shown(b), 1);
    app_close(b);
}

TEST(gone_to_it_is_shown_with_a_name)
{
    if (make_project(0) != 0)
        return;
    struct app *a = open_as("anna", NULL), *b = open_as("ben", NULL);
    CHECK_INT(app_queue_goto(b, 1, &st), 0);
    CHECK_INT(shown(b), 1);
    CHECK_TEXT(app_holder(b, 1), "anna");
    CHECK_INT(app_queue_move(b, 1), 1);
    CHECK(app_holder(b, shown(b)) == NULL);
    app_close(b);
    app_close(a);
}

TEST(a_page_is_held_whole)
{
    if (make_project(0) != 0)
        return;
    struct app *a = open_as("anna", NULL), *b = open_as("ben", NULL);
    int64_t page[8];
    CHECK_INT(app_queue_gather(a, 0, 8), 8);
    for (long i = 0; i < 8; i++)
        page[i] = app_queue_photo(a, i);
    app_hold(a, page, 8);
    CHECK_INT(app_queue_gather(b, 0, 20), 20);
    for (long i = 0; i < 20; i++)
        for (int k = 0; k < 8; k++)
            CHECK(app_queue_photo(b, i) != page[k]);
    for (int k = 1; k < 8; k++) /* the cursor goes about in it, and it stays held */
        CHECK_INT(app_queue_goto(a, page[k], &st), 0);
    CHECK_INT(app_review(b, shown(b), EVENT_SKIP, -1, 10, &st), 0);
    for (int k = 0; k < 8; k++)
        CHECK_TEXT(app_holder(b, page[k]), "anna");
    app_queue_ungather(a); /* she leaves the grid */
    CHECK_INT(app_review(b, shown(b), EVENT_SKIP, -1, 10, &st), 0);
    CHECK_INT(app_with_others(b), 1);
    app_close(b);
    app_close(a);
}

TEST(all_that_is_left_is_with_others)
{
    const char *one = "file=photo-00";
    if (make_project(0) != 0)
        return;
    struct app *a = open_as("anna", one), *b = open_as("ben", one);
    CHECK_INT(shown(a), 1);
    CHECK_INT(shown(b), 0);
    CHECK_INT(app_queue_count(b), 1);
    CHECK(!app_queue_next_open(b));
    app_close(a);
    app_rest(b);
    CHECK_INT(leases_look(b->leases, &st), 0);
    CHECK(app_queue_next_open(b));
    CHECK_INT(shown(b), 1);
    app_close(b);
}

/* What another has said meanwhile is not replaced unseen; said once more, both stand. */
TEST(decided_meanwhile)
{
    if (make_project(0) != 0)
        return;
    struct app *a = open_as("anna", NULL), *b = open_as("ben", NULL);
    CHECK_INT(app_queue_goto(b, 1, &st), 0);
    CHECK_INT(app_review(a, 1, EVENT_ACCEPT, 1, 10, &st), 0);
    CHECK_INT(app_review(b, 1, EVENT_ACCEPT, 3, 10, &st), -1);
    CHECK_INT(st.code, STATUS_CONFLICT);
    CHECK_CONTAINS(st.text, "anna");
    CHECK_INT(shown(b), 1);
    CHECK_INT(app_current(b)->photo.state.node, 1); /* as it is now */
    CHECK_INT(decisions_on(b, 1), 1);
    CHECK_INT(app_review(b, 1, EVENT_FLAG, -1, 10, &st), 0);
    CHECK_INT(app_review(b, 1, EVENT_ACCEPT, 3, 10, &st), 0);
    CHECK_INT(decisions_on(b, 1), 2);
    app_close(b);
    app_close(a);
}

/* What background work reloads behind the photo has not been seen: a picker may cover it. */
TEST(decided_meanwhile_and_reloaded)
{
    if (make_project(0) != 0)
        return;
    struct app *a = open_as("anna", NULL), *b = open_as("ben", NULL);
    CHECK_INT(app_queue_goto(b, 1, &st), 0);
    CHECK_INT(app_review(a, 1, EVENT_ACCEPT, 1, 10, &st), 0);
    app_settings_changed(b);
    CHECK_INT(app_current(b)->photo.state.node, 1);
    CHECK_INT(app_review(b, 1, EVENT_ACCEPT, 3, 10, &st), -1);
    CHECK_INT(st.code, STATUS_CONFLICT);
    CHECK_INT(app_review(b, 1, EVENT_ACCEPT, 3, 10, &st), 0);
    app_close(b);
    app_close(a);
}

/* One's own answers are no others'. */
TEST(once_more_by_the_same_person)
{
    if (make_project(0) != 0)
        return;
    struct app *a = open_as("anna", NULL);
    struct app_decision d = {.photo = 1, .node = 1, .predicted = -1};
    CHECK_INT(app_review_many(a, EVENT_ACCEPT, &d, 1, 10, &st), 0); /* the grid stays at it */
    CHECK_INT(shown(a), 1);
    CHECK_INT(app_review(a, 1, EVENT_ACCEPT, 3, 10, &st), 0);
    CHECK_INT(app_undo(a, &st), 0);
    CHECK_INT(shown(a), 1);
    CHECK_INT(app_redo(a, &st), 0);
    CHECK_INT(app_queue_goto(a, 1, &st), 0);
    CHECK_INT(app_review(a, 1, EVENT_ACCEPT, 1, 10, &st), 0);
    CHECK_INT(app_queue_goto(a, 1, &st), 0);
    CHECK_INT(app_review(a, 1, EVENT_FLAG, -1, 10, &st), 0);
    CHECK_INT(app_review(a, 1, EVENT_REJECT, -1, 10, &st), 0);
    app_close(a);
}

TEST(taken_back_meanwhile)
{
    if (make_project(0) != 0)
        return;
    struct app *a = open_as("anna", NULL), *b = open_as("ben", NULL);
    CHECK_INT(app_queue_goto(b, 1, &st), 0);
    CHECK_INT(app_review(a, 1, EVENT_ACCEPT, 1, 10, &st), 0);
    CHECK_INT(app_undo(a, &st), 0);
    CHECK_INT(app_review(b, 1, EVENT_ACCEPT, 3, 10, &st), 0);
    app_close(b);
    app_close(a);
}

/* Without leases two get the same, and that is all. */
TEST(without_leases)
{
    if (make_project(0) != 0)
        return;
    struct app *a = open_as("anna", NULL), *b = open_as("ben", NULL);
    app_leases_close(b);
    CHECK_INT(app_queue_goto(b, 1, &st), 0);
    CHECK(app_holder(b, 1) == NULL);
    CHECK_INT(app_review(b, 1, EVENT_ACCEPT, 1, 10, &st), 0);
    CHECK_INT(app_queue_goto(b, 2, &st), 0);
    CHECK_INT(app_review(b, 2, EVENT_ACCEPT, 1, 10, &st), 0);
    CHECK_INT(app_queue_gather(b, 0, 8), 8);
    app_close(b);
    app_close(a);
}

int main(int argc, char **argv)
{
    return test_main(argc, argv);
}
