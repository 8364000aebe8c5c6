/* Training: what is held out, the gate, what is kept in memory, going on after an interruption. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "data/file.h"
#include "nn/network.h"
#include "nn/pool.h"
#include "tests/tui/project_fixture.h"
#include "tui/loop/predictor.h"
#include "tui/loop/samples.h"
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

/* ---- broken off ------------------------------------------------------------------------------ */

struct breaking {
    atomic_int cancel;
    long after; /* steps */
};

static void break_off(void *arg, const struct train_progress *p)
{
    struct breaking *b = arg;
    if (p->phase == TRAIN_RUNNING && p->done >= b->after)
        atomic_store(&b->cancel, 1);
}

static struct params *weights_of(int model, struct network **network)
{
    struct status st = {0};
    struct project project;
    struct model_card card;
    *network = NULL;
    if (CHECK_INT(project_open(test_folder(), &project, &st), 0)) {
        CHECK_INT(project_load_model(&project, model, network, &card, &st), 0);
        model_card_clear(&card);
        project_close(&project);
    }
    return *network ? &(*network)->params : NULL;
}

static void check_same_weights(int one, int other)
{
    struct network *networks[2];
    struct params *a = weights_of(one, &networks[0]), *b = weights_of(other, &networks[1]);
    if (a && b && CHECK_INT((long long)a->total, (long long)b->total))
        CHECK_INT(memcmp(a->values, b->values, a->total * sizeof *a->values), 0);
    network_free(networks[0]);
    network_free(networks[1]);
}

/* So that the first `labelled` photos have labels. */
static void label_more(int labelled)
{
    struct status st = {0};
    struct project project;
    if (!CHECK_INT(project_open(test_folder(), &project, &st), 0))
        return;
    for (int i = 0; i < labelled; i++) {
        struct photo photo;
        if (!CHECK_INT(store_photo(project.store, i + 1, &photo, &st), 0))
            continue;
        struct review r = {.photo = photo.id,
                           .kind = EVENT_GIVE,
                           .node =
                               taxonomy_resolve_text(store_taxonomy(project.store),
                                                     i % 2 ? "cold > green" : "warm > red", &st)};
        if (photo.state.node < 0)
            CHECK_INT(store_review(project.store, "tester", &r, 1, &st), 0);
        photo_clear(&photo);
    }
    project_close(&project);
}

/* Whole, and in three pieces: the same weights. */
TEST(a_training_that_was_broken_off_goes_on_to_the_same_weights)
{
    struct status st = {0};
    struct train_progress head, p;
    char checkpoint[300];
    snprintf(checkpoint, sizeof checkpoint, "%s/.tend/cache/training-full.safetensors",
             test_folder());
    struct training_options options = {.folder = test_folder(),
                                       .depth = DEPTH_FULL,
                                       .from = 1,
                                       .seed = 3,
                                       .threads = 2,
                                       .epochs = 2,
                                       .batch = 8,
                                       .use_worse = 1};
    if (make_project(32) != 0 || train(DEPTH_HEAD, &head) != 0)
        return;
    struct breaking b = {.after = 2};
    CHECK_INT(training_run(&options, NULL, NULL, NULL, &p, &st), 0);
    CHECK_INT(p.resumed, 0);
    CHECK_INT(training_run(&options, break_off, &b, &b.cancel, &p, &st), -1);
    CHECK_INT(st.code, STATUS_CANCELLED);
    CHECK_CONTAINS(st.text, "cancelled at step 2 of ");
    CHECK(access(checkpoint, F_OK) == 0);
    b.after = 5;
    atomic_store(&b.cancel, 0);
    CHECK_INT(training_run(&options, break_off, &b, &b.cancel, &p, &st), -1);
    CHECK_INT(p.resumed, 2);
    if (!CHECK_INT(training_run(&options, NULL, NULL, NULL, &p, &st), 0))
        return;
    CHECK_INT(p.resumed, 5);
    CHECK_INT(p.model, 3);
    CHECK(access(checkpoint, F_OK) != 0);
    check_same_weights(2, 3);

    /* On other labels, too; with another seed, or many more labels, it is another training. */
    atomic_store(&b.cancel, 0);
    CHECK_INT(training_run(&options, break_off, &b, &b.cancel, &p, &st), -1);
    label_more(34);
    CHECK_INT(training_run(&options, NULL, NULL, NULL, &p, &st), 0);
    CHECK(p.resumed >= 4 && p.resumed <= 6);
    atomic_store(&b.cancel, 0);
    CHECK_INT(training_run(&options, break_off, &b, &b.cancel, &p, &st), -1);
    label_more(PHOTOS);
    CHECK_INT(training_run(&options, NULL, NULL, NULL, &p, &st), 0);
    CHECK_INT(p.resumed, 0);
    atomic_store(&b.cancel, 0);
    CHECK_INT(training_run(&options, break_off, &b, &b.cancel, &p, &st), -1);
    options.seed = 4;
    CHECK_INT(training_run(&options, NULL, NULL, NULL, &p, &st), 0);
    CHECK_INT(p.resumed, 0);
    test_write(".tend/cache/training-full.safetensors", "not tensors", 11);
    CHECK_INT(training_run(&options, NULL, NULL, NULL, &p, &st), 0);
    CHECK_INT(p.resumed, 0);
}

/* ---- parts of the gate, of memory and of size -------------------------------------------------
 */

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
