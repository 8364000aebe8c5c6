/* The gate: which new model is used. */
#include "tests/tui/project_fixture.h"
#include "tui/loop/samples.h"
#include "tui/loop/training_internal.h"

TEST(a_model_replaces_only_the_one_it_was_compared_with)
{
    struct train_progress progress;
    struct status st = {0};
    struct training_options options = {
        .folder = test_folder(), .depth = DEPTH_HEAD, .seed = 2, .threads = 1, .from = 1};
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
        node[k] = taxonomy_find_child(
            store_taxonomy(project.store),
            taxonomy_find_child(store_taxonomy(project.store), TAXONOMY_ROOT, labels[k][0]),
            labels[k][1]);
    for (int i = 0; !failed && i < s.trained; i++) {
        struct review wrong = {
            .photo = s.train[i].photo,
            .kind = EVENT_CORRECT,
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
    struct training_options options = {
        .folder = test_folder(), .depth = DEPTH_HEAD, .seed = 1, .threads = 2};
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
    struct training_options options = {
        .folder = test_folder(), .depth = DEPTH_HEAD, .seed = 1, .threads = 1, .size = 32};
    if (make_project(32) != 0 || train(DEPTH_HEAD, &own) != 0)
        return;
    CHECK_INT(training_run(&options, NULL, NULL, NULL, &other, &st), 0);
    CHECK_NEAR(other.score_before, own.score_after, 1e-9);
}

TEST(a_part_is_worse_by_more_than_a_point_and_a_photo)
{
    double before[] = {90, 19, 18, 50}, after[] = {89.2, 17, 17.5, 49};
    long photos[] = {100, 19, 20, 100}, other[] = {100, 19, 20, 99};
    struct part_scores old = {before, photos, 4}, new = {after, photos, 4};
    CHECK_INT(training_worse_part(&old, &new),
              -1); /* less than a photo; too few; half a photo; a point exactly */
    after[0] = 88.9;
    CHECK_INT(training_worse_part(&old, &new), 0);
    after[2] = 16;
    CHECK_INT(training_worse_part(&old, &new), 2); /* the one that lost the larger share */
    after[3] = 10;
    new.photos = other;
    CHECK_INT(training_worse_part(&old, &new), 2); /* not the same photos: no comparison */
    after[0] = after[2] = after[3] = 100;
    CHECK_INT(training_worse_part(&old, &new), -1);
}

int main(int argc, char **argv)
{
    return test_main(argc, argv);
}
