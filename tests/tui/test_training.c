/* Training: what it learns, what is kept in memory, what is said. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "nn/network.h"
#include "nn/pool.h"
#include "tests/tui/project_fixture.h"
#include "tui/loop/predictor.h"
#include "tui/loop/training_internal.h"

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
    if (make_project(32) == 0 && train(DEPTH_HEAD, &progress) == 0 &&
        train(DEPTH_HEAD, &progress) == 0 &&
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

/* What is not kept in memory is loaded when it is asked for; photos that cannot be read count
 * nowhere. */
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
        struct training_options options = {.folder = test_folder(),
                                           .depth = DEPTH_HEAD,
                                           .from = 1,
                                           .seed = 1,
                                           .threads = 2,
                                           .epochs = 4,
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

TEST(views_are_as_many_as_fit_beside_the_plain_ones)
{
    struct training t = {.floats = 100};
    size_t plain = 10 * 100 * sizeof(float), view = plain / 2;
    CHECK_INT(training_views(&t, 10, plain - 1), 0);
    CHECK_INT(training_views(&t, 10, plain + view - 1), 0);
    CHECK_INT(training_views(&t, 10, plain + view), 1);
    CHECK_INT(training_views(&t, 10, plain + 3 * view + 1), 3);
    CHECK_INT(training_views(&t, 10, 100 * plain), 7);
    CHECK_INT(training_views(&t, 0, 100 * plain), 0);
}

static void write_large_photos(int side)
{
    for (int i = 0; i < PHOTOS; i++) {
        char name[64];
        size_t size = (size_t)side * (size_t)side * 3;
        unsigned char *bytes = malloc(size + 40);
        int used = sprintf((char *)bytes, "P6\n%d %d\n255\n", side, side);
        memset(bytes + used, 40 + 50 * (i % KINDS), size);
        snprintf(name, sizeof name, "photo-%02d.ppm", i);
        test_write(name, bytes, (size_t)used + size);
        free(bytes);
    }
}

/* 10/7 of the network's own side in steps of 32, where the photos have it; for the whole network
 * only. */
TEST(the_whole_network_sees_larger_pictures_where_the_photos_have_them)
{
    struct status st = {0};
    struct train_progress p;
    struct network *n;
    struct training_options options = {.folder = test_folder(),
                                       .depth = DEPTH_FULL,
                                       .from = 1,
                                       .seed = 3,
                                       .threads = 2,
                                       .epochs = 1,
                                       .use_worse = 1};
    if (make_project(16) != 0 || train(DEPTH_HEAD, &p) != 0 || !weights_of(1, &n))
        return;
    int own = n->input.width, wanted = own * 10 / 7 / 32 * 32;
    network_free(n);
    CHECK(wanted > own);
    const int sides[] = {40, wanted - 1, wanted, 1000},
              sizes[] = {own, (wanted - 1) / 32 * 32, wanted, wanted};
    for (int i = 0; i < 4; i++) {
        write_large_photos(sides[i]);
        if (!CHECK_INT(training_run(&options, NULL, NULL, NULL, &p, &st), 0) ||
            !weights_of(p.model, &n))
            return;
        CHECK_INT(n->input.width, sizes[i] > own ? sizes[i] : own);
        network_free(n);
    }
}

int main(int argc, char **argv)
{
    return test_main(argc, argv);
}
