/* The loop without a terminal: a project of generated pictures is made, labelled, trained, predicted, reviewed,
 * closed and opened again. */
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
#include "tui/commands/predictions.h"
#include "tui/loop/app.h"
#include "tui/loop/predictor.h"
#include "tui/loop/project.h"
#include "tui/loop/samples.h"

enum { KINDS = 4, EACH = 12, PHOTOS = KINDS * EACH, SIDE = 40 };

/* Four kinds that any network can tell apart: plain colours with seeded noise. */
static const unsigned char colours[KINDS][3] = {{220, 40, 40}, {40, 200, 60}, {50, 60, 220}, {235, 225, 60}};
static const char *const labels[KINDS][2] = {
    {"warm", "red"}, {"cold", "green"}, {"cold", "blue"}, {"warm", "yellow"}};

static void write_photo(int i)
{
    static unsigned char bytes[32 + SIDE * SIDE * 3];
    char name[64];
    struct rng rng;
    int head = sprintf((char *)bytes, "P6\n%d %d\n255\n", SIDE, SIDE);
    rng_seed(&rng, 5, (uint64_t)i);
    for (int p = 0; p < SIDE * SIDE * 3; p++) {
        int v = colours[i % KINDS][p % 3] + (int)rng_below(&rng, 41) - 20;
        bytes[head + p] = (unsigned char)(v < 0 ? 0 : v > 255 ? 255 : v);
    }
    snprintf(name, sizeof name, "photo-%02d.ppm", i);
    test_write(name, bytes, (size_t)head + SIDE * SIDE * 3);
}

/* A project in the test's folder; the first `labelled` photos have imported labels. */
static int make_project(int labelled)
{
    struct status st = {0};
    struct project project;
    if (project_create(test_folder(), TAXONOMY_DEFAULT_DEPTH, &project, &st) != 0) {
        test_fail(__FILE__, __LINE__, "%s", st.text);
        return -1;
    }
    struct taxonomy *t = taxonomy_copy(store_taxonomy(project.store));
    struct photo_new photos[PHOTOS];
    static char names[PHOTOS][32];
    int node[KINDS];
    for (int k = 0; k < KINDS; k++)
        node[k] = taxonomy_resolve(t, labels[k], 2, 1, &st);
    for (int i = 0; i < PHOTOS; i++) {
        write_photo(i);
        snprintf(names[i], sizeof names[i], "photo-%02d.ppm", i);
        photos[i] = (struct photo_new){.path = names[i], .size = 1, .modified = 1,
                                       .hash = 1000 + (uint64_t)i * 7919,
                                       .node = i < labelled ? node[i % KINDS] : -1};
    }
    size_t added = 0;
    int failed = store_save_taxonomy(project.store, t, &st) != 0 ||
                 store_add_photos(project.store, photos, PHOTOS, "tester", &added, &st) != 0;
    if (failed)
        test_fail(__FILE__, __LINE__, "%s", st.text);
    CHECK_INT((long long)added, PHOTOS);
    taxonomy_free(t);
    project_close(&project);
    return failed ? -1 : 0;
}

static int train(enum depth depth, struct train_progress *progress)
{
    struct status st = {0};
    struct training_options options = {.folder = test_folder(), .depth = depth, .seed = 1,
                                       .threads = 2, .epochs = depth == DEPTH_HEAD ? 0 : 2};
    if (training_run(&options, NULL, NULL, NULL, progress, &st) == 0)
        return 0;
    test_fail(__FILE__, __LINE__, "training failed: %s", st.text);
    return -1;
}

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

TEST(too_few_labels_are_said_so)
{
    struct status st = {0};
    struct train_progress progress;
    struct training_options options = {.folder = test_folder(), .depth = DEPTH_HEAD, .threads = 1};
    if (make_project(2) != 0)
        return;
    CHECK_INT(training_run(&options, NULL, NULL, NULL, &progress, &st), -1);
    CHECK_CONTAINS(st.text, "too few labels");
}

/* The other holds the lock of the number that both would take. */
TEST(a_training_that_ends_while_another_saves_its_model_takes_the_next_number)
{
    struct train_progress progress;
    char folder[300];
    if (make_project(PHOTOS) != 0)
        return;
    snprintf(folder, sizeof folder, "%s/.tend/models/.0001.tmp", test_folder());
    CHECK_INT(mkdir(folder, 0777), 0);
    int lock = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CHECK_INT(flock(lock, LOCK_EX), 0);
    if (train(DEPTH_HEAD, &progress) == 0) {
        CHECK_INT(progress.model, 2);
        CHECK_INT(progress.used, 1);
    }
    close(lock);
}

TEST(an_eighth_is_held_out_and_at_most_a_thousand_of_it_tested_with)
{
    int held = 0, tested[2] = {0};
    for (uint64_t h = 1; h <= 20000; h++) {
        uint64_t hash = h * 0x9E3779B97F4A7C15u;
        held += training_is_held_out(hash);
        tested[0] += training_is_tested(hash, 1000);
        tested[1] += training_is_tested(hash, 20000);
        CHECK(training_is_held_out(hash) || !training_is_tested(hash, 1));
    }
    CHECK(held > 20000 / 8 - 300 && held < 20000 / 8 + 300);
    CHECK_INT(tested[0], held);
    CHECK(tested[1] > 800 && tested[1] < 1200);
}

enum { MANY = 16000, FEW = 500 }; /* above 8,000 some of the held-out photos rest */

/* Photos as the store has them, no files: all labelled at first, then most rejected, so that the labels fall from
 * far above to far below the number at which testing with all held-out photos would take too long. */
static int many_photos(struct project *project, int node)
{
    struct status st = {0};
    static char names[MANY][24];
    struct photo_new *photos = calloc(MANY, sizeof *photos);
    for (int i = 0; i < MANY; i++) {
        snprintf(names[i], sizeof names[i], "many-%d.jpg", i);
        photos[i] = (struct photo_new){.path = names[i], .size = 1, .modified = 1, .node = node,
                                       .hash = (uint64_t)(i + 1) * 0xD1B54A32D192ED03u};
    }
    int failed = store_add_photos(project->store, photos, MANY, "tester", NULL, &st);
    free(photos);
    return CHECK_INT(failed, 0) ? 0 : -1;
}

static void mark(const struct sample *list, int count, unsigned char *seen)
{
    for (int i = 0; i < count; i++)
        seen[list[i].photo] = 1;
}

static void check_apart(struct project *project, unsigned char *trained, unsigned char *tested)
{
    struct status st = {0};
    struct samples s;
    if (!CHECK_INT(samples_collect(project, &s, &st), 0))
        return;
    mark(s.train, s.trained, trained);
    mark(s.held_out, s.held, tested);
    int both = 0;
    for (int i = 0; i <= MANY + PHOTOS; i++)
        both += trained[i] && tested[i];
    CHECK_INT(both, 0);
    samples_clear(&s);
}

TEST(a_photo_that_was_trained_on_never_tests_when_labels_become_fewer)
{
    struct status st = {0};
    struct project project;
    static unsigned char trained[MANY + PHOTOS + 1], tested[MANY + PHOTOS + 1];
    if (!CHECK_INT(project_create(test_folder(), 3, &project, &st), 0))
        return;
    struct taxonomy *t = taxonomy_copy(store_taxonomy(project.store));
    int node = taxonomy_add(t, TAXONOMY_ROOT, "thing", NULL, &st);
    CHECK_INT(store_save_taxonomy(project.store, t, &st), 0);
    taxonomy_free(t);
    if (many_photos(&project, node) == 0) {
        check_apart(&project, trained, tested);
        struct review *none = calloc(MANY, sizeof *none);
        for (int i = FEW; i < MANY; i++)
            none[i - FEW] = (struct review){.photo = i + 1, .kind = EVENT_REJECT, .node = -1};
        CHECK_INT(store_review(project.store, "tester", none, MANY - FEW, &st), 0);
        check_apart(&project, trained, tested);
        free(none);
    }
    project_close(&project);
}

/* Split val takes the part of the gate over; when its labels go, the photos it freed for training do not test. */
TEST(a_photo_trained_on_by_splits_never_tests_when_split_val_is_empty_again)
{
    struct status st = {0};
    struct project project;
    struct train_progress progress;
    struct photo_new val = {.path = "photo-00.ppm", .split = SPLIT_VAL, .node = -1};
    struct samples s;
    struct photo photo = {0};
    if (make_project(PHOTOS) != 0 || !CHECK_INT(project_open(test_folder(), &project, &st), 0))
        return;
    CHECK_INT(store_add_photos(project.store, &val, 1, "tester", NULL, &st), 0);
    if (CHECK_INT(train(DEPTH_HEAD, &progress), 0)) {
        CHECK_INT(progress.held_out, 1);
        CHECK_INT(store_find_photo(project.store, val.path, &photo, &st), 0);
        struct review review = {.photo = photo.id, .kind = EVENT_REJECT, .node = -1};
        CHECK_INT(store_review(project.store, "tester", &review, 1, &st), 0);
        CHECK_INT(samples_collect(&project, &s, &st), 0);
        CHECK_INT(s.held, 0);
        CHECK_INT(s.trained, PHOTOS - 1);
        samples_clear(&s);
    }
    photo_clear(&photo);
    project_close(&project);
}

TEST(targets_are_ranges_of_terminals)
{
    struct status st = {0};
    struct taxonomy *t = taxonomy_new(3);
    int food = taxonomy_add(t, TAXONOMY_ROOT, "food", NULL, &st);
    int drink = taxonomy_add(t, food, "drink", NULL, &st);
    int coffee = taxonomy_add(t, drink, "coffee", NULL, &st);
    taxonomy_add(t, drink, "tea", NULL, &st);
    taxonomy_add(t, TAXONOMY_ROOT, "tool", NULL, &st);
    taxonomy_mark_terminal(t, drink);
    struct terminals terminals;
    struct target target;
    CHECK_INT(terminals_make(t, &terminals, &st), 0);
    /* tree order: drink 0, coffee 1, tea 2, tool 3 */
    samples_target(t, &terminals, coffee, 2, &target);
    CHECK_INT(target.levels, 3);
    CHECK_INT(target.level[0].first, 0);
    CHECK_INT(target.level[0].last, 3);
    CHECK_INT(target.level[2].first, 1);
    CHECK_INT(target.level[2].last, 2);
    CHECK_NEAR(target.level[1].weight, 1.0 / 3, 1e-6);
    CHECK_NEAR(target.weight, 2, 0);
    samples_target(t, &terminals, drink, 1, &target);
    CHECK_INT(target.levels, 3); /* food, drink and below, drink itself */
    CHECK_INT(target.level[1].last, 3);
    CHECK_INT(target.level[2].first, 0);
    CHECK_INT(target.level[2].last, 1);
    terminals_clear(&terminals);
    taxonomy_free(t);
}

TEST(head_then_blocks_learn_plain_colours)
{
    struct train_progress progress;
    struct status st = {0};
    if (make_project(32) != 0 || train(DEPTH_HEAD, &progress) != 0)
        return;
    CHECK_INT(progress.model, 1);
    CHECK_INT(progress.used, 1);
    CHECK(progress.held_out > 0);
    CHECK(progress.score_before < 0);
    CHECK(progress.score_after >= 0.9);
    if (train(DEPTH_BLOCKS, &progress) != 0)
        return;
    CHECK_INT(progress.model, 2);
    CHECK(progress.score_before >= 0.9);

    struct project project;
    struct predictor *p = NULL;
    struct pool *pool = pool_new(2, 0, &st);
    CHECK_INT(project_open(test_folder(), &project, &st), 0);
    if (CHECK_INT(predictor_new(&project, 0, pool, &p, &st), 0)) {
        CHECK_INT(predictor_run(p, &project, NULL, 0, NULL, NULL, NULL, &st), 0);
        struct store_counts counts;
        CHECK_INT(store_count(project.store, &counts, &st), 0);
        CHECK_INT(counts.predicted, PHOTOS);
    }
    predictor_free(p);
    pool_free(pool);
    project_close(&project);
}

/* Two programs on one project, the first still with the model that the second has replaced. */
TEST(a_model_that_was_replaced_leaves_the_predictions_of_the_one_in_use)
{
    struct status st = {0};
    struct train_progress progress;
    struct project project;
    struct pool *pool = pool_new(2, 0, &st);
    if (make_project(32) == 0 && train(DEPTH_HEAD, &progress) == 0 && train(DEPTH_HEAD, &progress) == 0 &&
        CHECK_INT(project_open(test_folder(), &project, &st), 0)) {
        CHECK_INT(store_use_model(project.store, 2, &st), 0);
        struct predictor *p[3] = {NULL};
        for (int model = 2; model >= 1; model--)
            if (CHECK_INT(predictor_new(&project, model, pool, &p[model], &st), 0))
                CHECK_INT(predictor_run(p[model], &project, NULL, 0, NULL, NULL, NULL, &st), 0);
        CHECK_INT(predictor_tidy(p[1], &project, &st), 0);
        CHECK_INT(store_count_unpredicted(project.store, 2, &st), 0);
        CHECK_INT(predictor_tidy(p[2], &project, &st), 0);
        CHECK_INT(store_count_unpredicted(project.store, 2, &st), 0);
        CHECK_INT(store_count_unpredicted(project.store, 1, &st), 0); /* to go back to at once */
        struct model_record gone;
        CHECK_INT(store_model(project.store, 1, &gone, &st), 0);
        gone.removed = 1;
        CHECK_INT(store_update_model(project.store, &gone, &st), 0);
        CHECK_INT(predictor_tidy(p[2], &project, &st), 0);
        CHECK_INT(store_count_unpredicted(project.store, 1, &st), PHOTOS);
        CHECK_INT(store_count_unpredicted(project.store, 2, &st), 0);
        predictor_free(p[1]);
        predictor_free(p[2]);
        project_close(&project);
    }
    pool_free(pool);
}

TEST(a_model_replaces_only_the_one_it_was_compared_with)
{
    struct train_progress progress;
    struct status st = {0};
    struct training_options options = {.folder = test_folder(), .depth = DEPTH_HEAD, .seed = 2,
                                       .threads = 1, .from = 1};
    if (make_project(32) != 0 || train(DEPTH_HEAD, &progress) != 0 ||
        train(DEPTH_HEAD, &progress) != 0)
        return;
    CHECK_INT(training_run(&options, NULL, NULL, NULL, &progress, &st), 0);
    CHECK_INT(progress.model, 3);
    CHECK_INT(progress.used, 0);
    CHECK_CONTAINS(progress.message, "model 2 is in use by now");
    options.use_worse = 1;
    CHECK_INT(training_run(&options, NULL, NULL, NULL, &progress, &st), 0);
    CHECK_INT(progress.used, 1);
}

/* Every photo that trains gets the label of the next kind; those held out stay as they are. */
static int mislead(void)
{
    struct status st = {0};
    struct project project;
    struct samples s;
    if (!CHECK_INT(project_open(test_folder(), &project, &st), 0))
        return -1;
    int node[KINDS], failed = !CHECK_INT(samples_collect(&project, &s, &st), 0);
    for (int k = 0; k < KINDS; k++)
        node[k] = taxonomy_find_child(store_taxonomy(project.store),
                                      taxonomy_find_child(store_taxonomy(project.store), TAXONOMY_ROOT,
                                                          labels[k][0]), labels[k][1]);
    for (int i = 0; !failed && i < s.trained; i++) {
        struct review wrong = {.photo = s.train[i].photo, .kind = EVENT_CORRECT,
                               .node = node[s.train[i].photo % KINDS]}; /* photos count from 1, kinds from 0 */
        failed = !CHECK_INT(store_review(project.store, "tester", &wrong, 1, &st), 0);
    }
    samples_clear(&s);
    project_close(&project);
    return failed ? -1 : 0;
}

TEST(a_model_whose_score_fell_is_not_used_however_few_photos_say_so)
{
    struct status st = {0};
    struct train_progress progress;
    struct project project;
    struct model_record record;
    struct training_options options = {.folder = test_folder(), .depth = DEPTH_HEAD, .seed = 1, .threads = 2};
    if (make_project(PHOTOS) != 0 || train(DEPTH_HEAD, &progress) != 0)
        return;
    CHECK(progress.held_out > 0 && progress.held_out < TRAINING_SURE);
    CHECK_CONTAINS(progress.message, "too few to be sure");
    if (train(DEPTH_HEAD, &progress) != 0)
        return;
    CHECK_INT(progress.used, 1); /* no worse */
    if (mislead() != 0 || train(DEPTH_HEAD, &progress) != 0)
        return;
    CHECK(progress.score_after < progress.score_before);
    CHECK_INT(progress.model, 3);
    CHECK_INT(progress.used, 0);
    CHECK_CONTAINS(progress.message, "model 3 is worse: kept, but not used");
    CHECK_CONTAINS(progress.message, "too few to be sure");
    if (CHECK_INT(project_open(test_folder(), &project, &st), 0)) {
        CHECK_INT(store_current_model(project.store), 2);
        CHECK_INT(store_model(project.store, 3, &record, &st), 0);
        CHECK_TEXT(record.note, "worse: kept, not used (too few held-out photos to be sure)");
        project_close(&project);
    }
    options.use_worse = 1;
    if (CHECK_INT(training_run(&options, NULL, NULL, NULL, &progress, &st), 0)) {
        CHECK_INT(progress.used, 1);
        CHECK_CONTAINS(progress.message, "is worse, but in use on request");
    }
}

TEST(the_gate_tests_the_old_model_at_its_own_size)
{
    struct train_progress own, other;
    struct status st = {0};
    struct training_options options = {.folder = test_folder(), .depth = DEPTH_HEAD, .seed = 1,
                                       .threads = 1, .size = 32};
    if (make_project(32) != 0 || train(DEPTH_HEAD, &own) != 0)
        return;
    CHECK_INT(training_run(&options, NULL, NULL, NULL, &other, &st), 0);
    CHECK_NEAR(other.score_before, own.score_after, 1e-9);
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
    struct app_options options = {.folder = test_folder(), .who = "tester", .threads = 1,
                                  .filter = {.below = -1}, .background = 1};
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
        CHECK_INT(app_review(a, c->photo.id, EVENT_ACCEPT, c->candidate[i == 3 ? 1 : 0].node, 500, &st), 0);
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
    app_close(a); /* in the middle of it: ends at once, keeps everything */
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
    struct app_options options = {.folder = test_folder(), .who = "tester", .threads = 1, .background = 1,
                                  .filter = {.below = 0, .include_reviewed = 1}};
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

/* A path picked while no model predicts corrects nothing: it weighs as much as an imported label. */
TEST(a_label_without_a_prediction_is_a_plain_label)
{
    struct status st = {0};
    struct app *a = NULL;
    struct samples s;
    struct photo photo = {0};
    struct project project;
    struct app_options options = {.folder = test_folder(), .who = "tester", .threads = 1,
                                  .filter = {.below = -1}, .order = QUEUE_FILE};
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

TEST(labels_that_another_program_adds_are_known_at_the_next_photo)
{
    struct status st = {0};
    struct app *a = NULL;
    struct project other;
    struct photo photo;
    struct app_options options = {.folder = test_folder(), .who = "tester", .threads = 1,
                                  .filter = {.below = -1}, .order = QUEUE_FILE};
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
        CHECK_INT(app_queue_move(a, 1), 1);
        CHECK_INT(app_current(a)->photo.state.node, kiwi);
        CHECK(taxonomy_is_terminal(app_taxonomy(a), kiwi));
        struct answer answer;
        app_answer(a, kiwi, &answer);
        CHECK_INT(answer.depth, 1);
        CHECK(taxonomy_count(before) < taxonomy_count(app_taxonomy(a))); /* and still there to look at */
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

/* What is not kept in memory is loaded when it is asked for; photos that cannot be read count nowhere. */
TEST(held_out_photos_count_the_same_with_and_without_memory_for_activations)
{
    struct status st = {0};
    struct train_progress first, runs[2];
    if (make_project(PHOTOS) != 0 || train(DEPTH_HEAD, &first) != 0)
        return;
    for (int i = 0; i < PHOTOS; i += 3) {
        char name[32];
        snprintf(name, sizeof name, "photo-%02d.ppm", i);
        unlink(test_path(name));
    }
    for (int k = 0; k < 2; k++) {
        struct training_options options = {.folder = test_folder(), .depth = DEPTH_HEAD, .from = 1,
                                           .seed = 1, .threads = 2, .epochs = 4,
                                           .keep_bytes = k ? 1 : 0};
        if (!CHECK_INT(training_run(&options, NULL, NULL, NULL, &runs[k], &st), 0))
            return;
    }
    CHECK(runs[0].held_out > 0 && runs[0].held_out <= first.held_out);
    CHECK_INT(runs[1].held_out, runs[0].held_out);
    for (int k = 0; k < 2; k++) { /* each once, however often it was asked for */
        CHECK_INT(runs[k].unreadable, PHOTOS / 3);
        CHECK_INT(runs[k].photos + runs[k].held_out, PHOTOS - PHOTOS / 3);
        CHECK_CONTAINS(runs[k].unreadable_first, "photo-");
        CHECK_CONTAINS(runs[k].message, "16 labelled photos could not be read");
    }
    CHECK_NEAR(runs[1].score_before, runs[0].score_before, 1e-9);
    CHECK(runs[1].score_after >= 0 && runs[0].score_after >= 0);
}

TEST(paths_given_without_a_model_come_back_with_the_next_sitting)
{
    struct status st = {0};
    struct app *a;
    struct app_options options = {.folder = test_folder(), .who = "tester", .filter = {.below = -1}};
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

TEST(too_few_readable_labels_are_said_so)
{
    struct status st = {0};
    struct train_progress progress;
    struct training_options options = {.folder = test_folder(), .depth = DEPTH_HEAD, .threads = 1};
    if (make_project(8) != 0)
        return;
    for (int i = 0; i < 6; i++) {
        char name[32];
        snprintf(name, sizeof name, "photo-%02d.ppm", i);
        unlink(test_path(name));
    }
    CHECK_INT(training_run(&options, NULL, NULL, NULL, &progress, &st), -1);
    CHECK_CONTAINS(st.text, "too few labels");
    CHECK_CONTAINS(st.text, "6 labelled photos cannot be read, the first: ");
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
    struct app_options options = {.folder = test_folder(), .who = "tester", .threads = 1,
                                  .filter = {.below = -1}, .background = 1,
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
