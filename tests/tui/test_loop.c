/* The loop without a terminal: a project of generated pictures is reviewed, trained in the
 * background, closed and opened again. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "data/file.h"
#include "data/rng.h"
#include "data/status.h"
#include "nn/pool.h"
#include "tests/check.h"
#include "tests/tui/project_fixture.h"
#include "tui/loop/predictions.h"
#include "tui/loop/app.h"
#include "tui/loop/predictor.h"
#include "tui/loop/project.h"
#include "tui/loop/samples.h"

TEST(a_project_is_found_from_below_and_never_made_twice)
{
    struct status st = {0};
    struct project project;
    char below[300];
    CHECK_INT(project_open(test_folder(), &project, &st), -1);
    CHECK_CONTAINS(st.text, "tend init");
    CHECK_INT(project_create(test_folder(), 3, &project, &st), 0);
    uint64_t id = project.id;
    project_close(&project);
    CHECK_INT(project_create(test_folder(), 3, &project, &st), -1);
    CHECK_INT(st.code, STATUS_CONFLICT);
    snprintf(below, sizeof below, "%s/.tend/models", test_folder());
    CHECK_INT(project_open(below, &project, &st), 0);
    CHECK(project.id == id);
    project_close(&project);
}

TEST(two_that_begin_a_project_at_once_do_not_meet)
{
    struct status st = {0};
    struct project first, second;
    char folder[300];
    snprintf(folder, sizeof folder, "%s/.tend.new/models", test_folder());
    CHECK_INT(project_begin(test_folder(), 3, &first, &st), 0);
    CHECK_INT(project_begin(test_folder(), 3, &second, &st), -1);
    CHECK_INT(st.code, STATUS_BUSY);
    CHECK_INT(access(folder, F_OK), 0); /* the first one's stays */
    CHECK_INT(project_commit(&first, &st), 0);
    CHECK_INT(project_begin(test_folder(), 3, &second, &st), -1);
    CHECK_INT(st.code, STATUS_CONFLICT);
    project_close(&first);
}

static int wait_until(struct app *a, int (*ready)(struct app *a))
{
    for (int i = 0; i < 60000; i++) {
        app_collect(a);
        if (ready(a))
            return 1;
        nanosleep(&(struct timespec){0, 2000000}, NULL);
    }
    return 0;
}

static int is_predicted(struct app *a)
{
    return !app_predict_progress(a)->running && app_current(a)->model == app_model(a);
}

static int is_idle(struct app *a)
{
    return !app_predict_progress(a)->running;
}

static int is_trained(struct app *a)
{
    return app_train_progress(a)->phase == TRAIN_IDLE;
}

TEST(reviews_survive_training_in_the_background_and_closing)
{
    struct status st = {0};
    struct train_progress progress;
    struct app *a = NULL;
    struct app_options options = {
        .folder = test_folder(), .who = "tester", .threads = 1, .background = 1};
    if (make_project(24) != 0 || train(DEPTH_HEAD, &progress) != 0)
        return;
    if (!CHECK_INT(app_open(&options, &a, &st), 0))
        return;
    CHECK(wait_until(a, is_predicted));
    CHECK_INT((long long)app_queue_count(a), PHOTOS);
    CHECK_INT(app_train_start(a, DEPTH_HEAD, &st), 0);
    CHECK_INT(app_train_start(a, DEPTH_HEAD, &st), -1);
    int64_t first = app_current(a)->photo.id;
    for (int i = 0; i < 6; i++) {
        const struct app_photo *c = app_current(a);
        if (!CHECK(c->candidates > 0))
            break;
        CHECK_INT(
            app_review(a, c->photo.id, EVENT_ACCEPT, c->candidate[i == 3 ? 1 : 0].node, 500, &st),
            0);
    }
    CHECK_INT(app_undo(a, &st), 0);
    CHECK_INT(app_redo(a, &st), 0);
    CHECK_INT(app_review(a, first, EVENT_FLAG, -1, 1, &st), 0);
    CHECK(wait_until(a, is_trained));
    CHECK_INT(app_train_progress(a)->model, 2);
    CHECK(wait_until(a, is_predicted));
    CHECK_INT(app_standing(a)->today, 6);
    CHECK_INT(app_use_model(a, 1, &st), 0);
    CHECK(!app_predict_progress(a)->running); /* its predictions are there still */
    CHECK_INT(app_current(a)->model, 1);
    CHECK_INT(app_use_model(a, 2, &st), 0);
    CHECK(!app_predict_progress(a)->running);
    CHECK_INT(app_use_model(a, 1, &st), 0);
    app_close(a);

    if (!CHECK_INT(app_open(&options, &a, &st), 0))
        return;
    CHECK_INT(app_standing(a)->counts.reviewed, 6);
    CHECK_INT(app_standing(a)->counts.corrected, 1);
    CHECK_INT(app_standing(a)->counts.flagged, 1);
    CHECK_INT(app_model(a), 1);
    CHECK_INT((long long)app_queue_count(a), PHOTOS - 6);
    CHECK_INT(app_train_start(a, DEPTH_FULL, &st), 0);
    CHECK_TEXT(app_notice(a), "");
    app_close(a);                 /* in the middle of it: ends at once, keeps everything */
    for (int i = 0; i < 2; i++) { /* said once, and in the log */
        if (!CHECK_INT(app_open(&options, &a, &st), 0))
            return;
        if (i == 0)
            CHECK_CONTAINS(app_notice(a), "training (full) broke off with the review");
        else
            CHECK_TEXT(app_notice(a), "");
        app_close(a);
    }
    char *log = NULL;
    size_t size;
    if (CHECK_INT(file_read(test_path(".tend/tend.log"), 1 << 20, &log, &size, &st), 0))
        CHECK_CONTAINS(log, "training (full) broke off with the review");
    free(log);
}

/* With no predictions at all a queue of a predicted path is empty, and fills by itself. */
TEST(a_queue_of_a_predicted_path_fills_while_predictions_come)
{
    struct status st = {0};
    struct train_progress progress;
    struct app *a = NULL;
    const char *const filters[] = {"all below=warm"};
    struct app_options options = {.folder = test_folder(),
                                  .who = "tester",
                                  .threads = 1,
                                  .background = 1,
                                  .filters = filters,
                                  .filter_count = 1};
    if (make_project(24) != 0 || train(DEPTH_HEAD, &progress) != 0 ||
        !CHECK_INT(app_open(&options, &a, &st), 0))
        return;
    CHECK_INT((long long)app_queue_count(a), 0);
    CHECK(app_predict_progress(a)->running);
    CHECK(wait_until(a, is_idle));
    CHECK(app_queue_count(a) > 0);
    CHECK(app_current(a)->photo.id != 0);
    app_close(a);
}

/* A path picked while no model predicts corrects nothing: it weighs as much as an imported label.
 */
TEST(a_label_without_a_prediction_is_a_plain_label)
{
    struct status st = {0};
    struct app *a = NULL;
    struct samples s;
    struct photo photo = {0};
    struct project project;
    struct app_options options = {
        .folder = test_folder(), .who = "tester", .threads = 1, .order = QUEUE_FILE};
    if (make_project(16) != 0 || !CHECK_INT(app_open(&options, &a, &st), 0))
        return;
    CHECK_INT(app_current(a)->candidates, 0);
    int64_t id = app_current(a)->photo.id;
    CHECK_INT(app_review(a, id, EVENT_ACCEPT, 1, 500, &st), 0);
    CHECK_INT(app_undo(a, &st), 0);
    CHECK_INT(app_redo(a, &st), 0);
    CHECK_INT(store_photo(app_store(a), id, &photo, &st), 0);
    CHECK_INT(photo.state.kind, REVIEW_GIVEN);
    CHECK_INT(app_standing(a)->counts.corrected, 0);
    CHECK_INT(app_standing(a)->counts.given, 1);
    CHECK_INT(app_standing(a)->counts.reviewed, 1);
    photo_clear(&photo);
    app_close(a);
    CHECK_INT(project_open(test_folder(), &project, &st), 0);
    struct review corrected = {.photo = id + 1, .kind = EVENT_CORRECT, .node = 1};
    CHECK_INT(store_review(project.store, "tester", &corrected, 1, &st), 0);
    if (CHECK_INT(samples_collect(&project, &s, &st), 0)) {
        int heavy = 0;
        for (int i = 0; i < s.trained; i++)
            heavy += s.train[i].weight > 1;
        CHECK_INT(heavy, 1);
        samples_clear(&s);
    }
    project_close(&project);
}

static int is_learned(struct app *a)
{
    return !app_is_learning(a) && !app_predict_progress(a)->running;
}

/* Its photos count as decided, and what it said of one kind is known of the others of that kind. */
TEST(what_another_program_says_is_learned_too)
{
    struct status st = {0};
    struct train_progress progress;
    struct app *a = NULL;
    struct project other;
    struct app_options options = {.folder = test_folder(),
                                  .who = "tester",
                                  .threads = 1,
                                  .order = QUEUE_FILE,
                                  .background = 1};
    if (make_project(24) != 0 || train(DEPTH_HEAD, &progress) != 0 ||
        !CHECK_INT(app_open(&options, &a, &st), 0))
        return;
    CHECK(wait_until(a, is_learned));
    int64_t here = app_queue_photo(a, 0);
    if (CHECK_INT(project_open(test_folder(), &other, &st), 0)) {
        struct taxonomy *grown = taxonomy_copy(store_taxonomy(other.store));
        int kiwi = taxonomy_add(grown, TAXONOMY_ROOT, "kiwi", NULL, &st);
        CHECK_INT(store_save_taxonomy(other.store, grown, &st), 0);
        for (int i = 1; i <= 9; i += KINDS) { /* of the next one's kind */
            struct review review = {
                .photo = app_queue_photo(a, i), .kind = EVENT_CORRECT, .node = kiwi};
            CHECK_INT(store_review(other.store, "somebody else", &review, 1, &st), 0);
        }
        int64_t like_them = app_queue_photo(a, 13), open = app_queue_photo(a, 2);
        CHECK_INT(app_queue_move(a, 1), 1); /* past the one that is decided on */
        CHECK_INT(app_current(a)->photo.id, open);
        CHECK_INT(app_queue_goto(a, like_them, &st), 0);
        int offered = 0;
        for (int i = 0; i < app_current(a)->candidates; i++)
            offered |= app_current(a)->candidate[i].node == kiwi;
        CHECK(offered);
        /* One's own is no news, theirs in between is. */
        CHECK_INT(app_queue_goto(a, here, &st), 0);
        struct review review = {.photo = open, .kind = EVENT_CORRECT, .node = kiwi};
        CHECK_INT(store_review(other.store, "somebody else", &review, 1, &st), 0);
        CHECK_INT(app_review(a, here, EVENT_REJECT, -1, 10, &st), 0);
        CHECK_INT(app_queue_next_open(a), 1);
        CHECK(app_current(a)->photo.id != open);
        taxonomy_free(grown);
        project_close(&other);
    }
    app_close(a);
}

TEST(labels_that_another_program_adds_are_known_at_the_next_photo)
{
    struct status st = {0};
    struct app *a = NULL;
    struct project other;
    struct photo photo;
    struct app_options options = {
        .folder = test_folder(), .who = "tester", .threads = 1, .order = QUEUE_FILE};
    if (make_project(4) != 0 || !CHECK_INT(app_open(&options, &a, &st), 0))
        return;
    const struct taxonomy *before = app_taxonomy(a);
    if (CHECK_INT(project_open(test_folder(), &other, &st), 0)) {
        struct taxonomy *grown = taxonomy_copy(store_taxonomy(other.store));
        int kiwi = taxonomy_add(grown, TAXONOMY_ROOT, "kiwi", NULL, &st);
        int64_t id = app_queue_photo(a, 1);
        struct review review = {.photo = id, .kind = EVENT_CORRECT, .node = kiwi};
        CHECK_INT(store_save_taxonomy(other.store, grown, &st), 0);
        CHECK_INT(store_review(other.store, "somebody else", &review, 1, &st), 0);
        taxonomy_free(grown);
        project_close(&other);
        CHECK_INT(app_queue_goto(a, id, &st), 0);
        CHECK_INT(app_current(a)->photo.state.node, kiwi);
        CHECK(taxonomy_is_terminal(app_taxonomy(a), kiwi));
        struct answer answer;
        app_answer(a, kiwi, &answer);
        CHECK_INT(answer.depth, 1);
        CHECK(taxonomy_count(before) <
              taxonomy_count(app_taxonomy(a))); /* and still there to look at */
    }
    if (CHECK_INT(project_open(test_folder(), &other, &st), 0)) { /* at this moment, so to say */
        struct taxonomy *grown = taxonomy_copy(store_taxonomy(other.store));
        taxonomy_add(grown, TAXONOMY_ROOT, "plum", NULL, &st);
        CHECK_INT(store_save_taxonomy(other.store, grown, &st), 0);
        int pear = app_add_path(a, TAXONOMY_ROOT, (const char *[]){"pear"}, 1, &st);
        CHECK_INT(pear, taxonomy_count(grown));
        /* A path is added whole or not at all. */
        const char *whole[] = {"plum", "round", "blue"}, *deep[] = {"a", "b", "c", "d"};
        CHECK_INT(app_add_path(a, TAXONOMY_ROOT, whole, 3, &st), pear + 2);
        CHECK_INT(app_add_path(a, TAXONOMY_ROOT, deep, 4, &st), -1);
        CHECK_INT(taxonomy_find_child(app_taxonomy(a), TAXONOMY_ROOT, "a"), -1);
        CHECK_INT(store_photo(app_store(a), app_current(a)->photo.id, &photo, &st), 0);
        photo_clear(&photo);
        taxonomy_free(grown);
        project_close(&other);
    }
    app_close(a);
}

TEST(paths_given_without_a_model_come_back_with_the_next_sitting)
{
    struct status st = {0};
    struct app *a;
    struct app_options options = {.folder = test_folder(), .who = "tester"};
    int nodes[USUAL_PLACES], given[3];
    if (make_project(2) != 0 || !CHECK_INT(app_open(&options, &a, &st), 0))
        return;
    CHECK_INT(app_usual(a, nodes), 0); /* an imported label is no habit */
    for (int i = 0; i < 3; i++)
        given[i] = taxonomy_find_child(app_taxonomy(a), TAXONOMY_ROOT, labels[i][0]);
    CHECK_INT(app_review(a, app_current(a)->photo.id, EVENT_ACCEPT, given[2], 1, &st), 0);
    CHECK_INT(app_review(a, app_current(a)->photo.id, EVENT_ACCEPT, given[0], 1, &st), 0);
    CHECK_INT(app_review(a, app_current(a)->photo.id, EVENT_REJECT, -1, 1, &st), 0);
    for (int sitting = 0; sitting < 2; sitting++) {
        if (CHECK_INT(app_usual(a, nodes), 2)) {
            CHECK_INT(nodes[0], given[2]);
            CHECK_INT(nodes[1], given[0]);
        }
        app_close(a);
        if (sitting == 0 && !CHECK_INT(app_open(&options, &a, &st), 0))
            return;
    }
}

TEST(predictions_that_went_are_an_error_not_a_wrong_answer)
{
    struct status st = {0};
    struct project project;
    struct predictions r;
    struct answer answer;
    char problem[100];
    if (make_project(4) != 0 || !CHECK_INT(project_open(test_folder(), &project, &st), 0))
        return;
    if (CHECK_INT(predictions_open(&r, &project, 1, &st), 0)) {
        CHECK_INT(predictions_answer(&r, 1, &answer, problem, sizeof problem, &st), -1);
        CHECK_INT(st.code, STATUS_BUSY);
        predictions_close(&r);
    }
    project_close(&project);
}

TEST(an_unreadable_photo_says_why_and_the_queue_goes_on)
{
    struct status st = {0};
    struct train_progress progress;
    struct app *a = NULL;
    struct app_options options = {.folder = test_folder(),
                                  .who = "tester",
                                  .threads = 1,
                                  .background = 1,
                                  .order = QUEUE_FILE};
    if (make_project(24) != 0 || train(DEPTH_HEAD, &progress) != 0)
        return;
    unlink(test_path("photo-24.ppm"));
    test_write("photo-25.ppm", "P6\n40 40\n255\nabc", 15);
    if (!CHECK_INT(app_open(&options, &a, &st), 0))
        return;
    CHECK(wait_until(a, is_idle));
    CHECK_CONTAINS(app_current(a)->problem, "photo-24.ppm");
    CHECK_INT(app_current(a)->model, 0);
    CHECK_INT(app_queue_move(a, 1), 1);
    CHECK_CONTAINS(app_current(a)->problem, "photo-25.ppm");
    CHECK_INT(app_queue_move(a, 1), 1);
    CHECK(app_current(a)->candidates > 0);
    app_close(a);
}

int main(int argc, char **argv)
{
    return test_main(argc, argv);
}
