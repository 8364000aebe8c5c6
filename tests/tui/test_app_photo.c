/* What is shown of a photo whose file has become another one. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "data/status.h"
#include "tests/check.h"
#include "tests/tui/project_fixture.h"
#include "tui/loop/app_internal.h"
#include "tui/loop/features.h"
#include "tui/loop/learner.h"

enum { CHANGED = 30 };

static struct status st;

static void rest(struct app *a)
{
    for (int i = 0; i < 30000; i++) {
        app_collect(a);
        if (!app_is_learning(a) && !app_predict_progress(a)->running)
            return;
        nanosleep(&(struct timespec){0, 2000000}, NULL);
    }
    CHECK(!"it never comes to rest");
}

/* With predictions and features of all photos, and a learner that goes by them. */
static struct app *open_predicted(void)
{
    struct train_progress progress;
    struct app *a = NULL;
    struct app_options options = {
        .folder = test_folder(), .who = "tester", .threads = 1, .background = 1};
    if (make_project(PHOTOS - 8) != 0 || train(DEPTH_HEAD, &progress) != 0)
        return NULL;
    if (!CHECK_INT(app_open(&options, &a, &st), 0))
        return NULL;
    rest(a);
    CHECK_INT(app_start_predicting(a, &st), 0);
    rest(a);
    CHECK_INT(app_learn_open(a, &st), 0);
    rest(a);
    return a;
}

static void look(struct app *a, int candidates, const char *problem)
{
    struct app_photo photo;
    CHECK_INT(app_look(a, CHANGED, &photo, &st), 0);
    CHECK_INT(photo.candidates > 0, candidates);
    CHECK_CONTAINS(photo.problem, problem);
    if (!problem[0])
        CHECK_TEXT(photo.problem, "");
    app_photo_clear(&photo);
}

/* As rescan writes it, beside an open review. */
static void change(int forget)
{
    struct project other;
    const int64_t photo = CHANGED;
    const struct photo_place place = {
        .photo = CHANGED, .size = 2, .modified = 2, .hash = 2, .changed = 1};
    if (!CHECK_INT(project_open(test_folder(), &other, &st), 0))
        return;
    if (forget)
        CHECK_INT(features_forget_all(&other, &photo, 1, &st), 0);
    CHECK_INT(store_place_photos(other.store, &place, 1, &st), 0);
    project_close(&other);
}

static int has_features(struct app *a)
{
    return a->learner && features_find(learner_features(a->learner), CHANGED) >= 0;
}

TEST(what_was_predicted_of_another_picture_is_not_shown)
{
    struct app *a = open_predicted();
    if (!a)
        return;
    look(a, 1, "");
    CHECK(has_features(a));
    change(0);
    look(a, 0, ""); /* though the learner has its features */
    char name[32];
    snprintf(name, sizeof name, "photo-%02d.ppm", CHANGED - 1);
    test_write(name, "P6\n40 40\n255\n123", 16);
    CHECK_INT(app_start_predicting(a, &st), 0);
    rest(a);
    look(a, 0, "photo-29.ppm: ");
    CHECK_INT(app_learn_open(a, &st), 0);
    rest(a);
    CHECK(!has_features(a));
    look(a, 0, "photo-29.ppm: ");
    write_photo(CHANGED - 1);
    change(0);
    CHECK_INT(app_start_predicting(a, &st), 0);
    rest(a);
    look(a, 1, "");
    app_close(a);
}

/* A problem that the store tells wins over features that are known. */
TEST(a_problem_wins)
{
    struct app *a = open_predicted();
    if (!a)
        return;
    const struct prediction bad = {.photo = CHANGED,
                                   .model = app_model(a),
                                   .node = -1,
                                   .expected = -1,
                                   .problem = "it is torn"};
    CHECK_INT(store_put_predictions(app_store(a), &bad, 1, &st), 0);
    CHECK(has_features(a));
    look(a, 0, "it is torn");
    app_close(a);
}

TEST(a_changed_photo_has_no_features)
{
    struct app *a = open_predicted();
    if (!a)
        return;
    CHECK(has_features(a));
    change(1);
    CHECK_INT(app_learn_open(a, &st), 0);
    rest(a);
    CHECK(a->learner != NULL);
    CHECK(!has_features(a));
    app_close(a);
}

int main(int argc, char **argv)
{
    return test_main(argc, argv);
}
