/* Which photos train, which test and which are left out; what a label asks of every level. */
#include <stdio.h>
#include <stdlib.h>

#include "tests/tui/project_fixture.h"
#include "tui/loop/samples.h"
#include "tui/loop/training_internal.h"

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

/* Photos as the store has them, no files: all labelled at first, then most rejected, so that the
 * labels fall from far above to far below the number at which testing with all held-out photos
 * would take too long. */
static int many_photos(struct project *project, int node)
{
    struct status st = {0};
    static char names[MANY][24];
    struct photo_new *photos = calloc(MANY, sizeof *photos);
    for (int i = 0; i < MANY; i++) {
        snprintf(names[i], sizeof names[i], "many-%d.jpg", i);
        photos[i] = (struct photo_new){.path = names[i],
                                       .size = 1,
                                       .modified = 1,
                                       .node = node,
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

/* Split val takes the part of the gate over; when its labels go, the photos it freed for training
 * do not test. */
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

int main(int argc, char **argv)
{
    return test_main(argc, argv);
}
