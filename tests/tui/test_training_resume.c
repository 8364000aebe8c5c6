/* A training that was broken off goes on. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "nn/network.h"
#include "tests/tui/project_fixture.h"

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

int main(int argc, char **argv)
{
    return test_main(argc, argv);
}
