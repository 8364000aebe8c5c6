/* A project of generated pictures to train and review. */
#ifndef TESTS_TUI_PROJECT_FIXTURE_H
#define TESTS_TUI_PROJECT_FIXTURE_H

#include <stdio.h>
#include <string.h>

#include "data/rng.h"
#include "data/status.h"
#include "nn/network.h"
#include "tests/check.h"
#include "tui/loop/project.h"
#include "tui/loop/training.h"

enum { KINDS = 4, EACH = 12, PHOTOS = KINDS * EACH, SIDE = 40 };

/* Four kinds that any network can tell apart: plain colours with seeded noise. */
static const unsigned char colours[KINDS][3] = {
    {220, 40, 40}, {40, 200, 60}, {50, 60, 220}, {235, 225, 60}};
static const char *const labels[KINDS][2] = {
    {"warm", "red"}, {"cold", "green"}, {"cold", "blue"}, {"warm", "yellow"}};

static inline void write_photo(int i)
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
static inline int make_project(int labelled)
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
        photos[i] = (struct photo_new){.path = names[i],
                                       .size = 1,
                                       .modified = 1,
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

static inline int train(enum depth depth, struct train_progress *progress)
{
    struct status st = {0};
    struct training_options options = {.folder = test_folder(),
                                       .depth = depth,
                                       .seed = 1,
                                       .threads = 2,
                                       .epochs = depth == DEPTH_HEAD ? 0 : 2};
    if (training_run(&options, NULL, NULL, NULL, progress, &st) == 0)
        return 0;
    test_fail(__FILE__, __LINE__, "training failed: %s", st.text);
    return -1;
}

/* Those of a model of it; the caller frees *network. NULL: a check has failed. */
static inline struct params *weights_of(int model, struct network **network)
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

#endif
