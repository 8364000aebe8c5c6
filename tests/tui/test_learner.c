/* Features on disk, and what is learned at once on them. */
#include "tui/loop/learner.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "data/rng.h"
#include "data/status.h"
#include "labels/decide.h"
#include "nn/network.h"
#include "tests/check.h"
#include "nn/pool.h"
#include "tui/loop/answers.h"
#include "tui/loop/predictor.h"
#include "tui/loop/project.h"

enum { WIDTH = 1280, KINDS = 4, PHOTOS = 48 };

static void paint(struct rng *r, int kind, float *x)
{
    for (int i = 0; i < WIDTH; i++)
        x[i] = (i % KINDS == kind ? 1.0f : 0.1f) * (0.5f + rng_uniform(r));
}

/* A project of PHOTOS photos: kind i % KINDS, named animal > kind-N or plant > kind-N. Nothing is
 * labelled. */
static int make_project(struct project *p, int with_model)
{
    struct status st = {0};
    struct photo_new photos[PHOTOS];
    static char names[PHOTOS][16];
    if (!CHECK_INT(project_create(test_folder(), 3, p, &st), 0))
        return -1;
    struct taxonomy *t = taxonomy_copy(store_taxonomy(p->store));
    for (int k = 0; k < KINDS; k++) {
        char kind[8];
        snprintf(kind, sizeof kind, "kind-%d", k);
        taxonomy_add(t, taxonomy_add(t, TAXONOMY_ROOT, k < 2 ? "animal" : "plant", NULL, &st), kind,
                     NULL, &st);
    }
    for (int i = 0; i < PHOTOS; i++) {
        snprintf(names[i], sizeof names[i], "%02d.jpg", i);
        photos[i] = (struct photo_new){.path = names[i], .node = -1};
    }
    CHECK_INT(store_import(p->store, t, photos, PHOTOS, "test", NULL, &st), 0);
    taxonomy_free(t);
    if (!with_model)
        return 0;
    struct network *n = network_from_scratch("mobilenetv2_050", KINDS, 64, 1, &st);
    struct model_card card = {0};
    struct model_record record = {.depth = "pretrained", .architecture = "mobilenetv2_050"};
    CHECK_INT(model_card_init(&card, KINDS, &st), 0);
    CHECK_INT(n ? n->features : 0, WIDTH);
    CHECK_INT(project_add_model(p, n, &card, &record, 1, &st), 0);
    model_card_clear(&card);
    network_free(n);
    return 0;
}

static void put_all(struct project *p)
{
    static float x[PHOTOS][WIDTH];
    int64_t ids[PHOTOS];
    struct features f;
    struct rng r;
    rng_seed(&r, 1, 1);
    for (int i = 0; i < PHOTOS; i++) {
        paint(&r, i % KINDS, x[i]);
        ids[i] = i + 1;
    }
    CHECK_INT(features_open(&f, p, 1, WIDTH, NULL), 0);
    CHECK_INT(features_put(&f, ids, x[0], PHOTOS, NULL), 0);
    features_close(&f);
}

static int kind_node(const struct project *p, int kind)
{
    const struct taxonomy *t = store_taxonomy(p->store);
    char name[8];
    snprintf(name, sizeof name, "kind-%d", kind);
    return taxonomy_find_child(
        t, taxonomy_find_child(t, TAXONOMY_ROOT, kind < 2 ? "animal" : "plant"), name);
}

static int answer_for(const struct project *p, const struct learner *l, int photo)
{
    struct opinion o;
    long row = features_find(learner_features(l), photo);
    CHECK_INT(answers_judge(store_taxonomy(p->store), l, &(size_t){(size_t)row}, 1, &o, NULL), 0);
    return o.node;
}

struct two_parts {
    int reports;
    atomic_int cancel;
};

static void stop_after_two(void *arg, const struct predict_tally *tally)
{
    struct two_parts *parts = arg;
    (void)tally;
    atomic_store(&parts->cancel, ++parts->reports == 2);
}

/* Of 348 photos, the last 20 labelled, 40 next on the screen: the second part has the labels. (No
 * file is there: photos are gone through all the same, and quickly.) */
TEST(a_model_without_classes_looks_at_labelled_photos_right_after_the_first)
{
    enum { MORE = 300, LABELLED = 20, NEXT = 40 };
    struct project p;
    struct predictor *predictor = NULL;
    struct two_parts parts = {0};
    struct photo_new photos[MORE];
    static char names[MORE][16];
    int64_t next[NEXT];
    char problem[300];
    if (make_project(&p, 1) != 0)
        return;
    for (int i = 0; i < MORE; i++) {
        snprintf(names[i], sizeof names[i], "more-%03d.jpg", i);
        photos[i] = (struct photo_new){.path = names[i],
                                       .node = i < MORE - LABELLED ? -1 : kind_node(&p, i % KINDS)};
    }
    photos[MORE - 1].split = SPLIT_VAL; /* teaches nothing */
    CHECK_INT(store_add_photos(p.store, photos, MORE, "test", NULL, NULL), 0);
    for (int i = 0; i < NEXT; i++)
        next[i] = PHOTOS + MORE - LABELLED / 2 - i; /* half of the labels are among them */
    struct pool *pool = pool_new(1, 0, NULL);
    if (CHECK_INT(predictor_new(&p, 0, pool, &predictor, NULL), 0))
        CHECK_INT(
            predictor_run(predictor, &p, next, NEXT, stop_after_two, &parts, &parts.cancel, NULL),
            -1);
    CHECK_INT(store_count_unpredicted(p.store, 1, NULL), PHOTOS + MORE - 32 - 17);
    for (int i = 0; i < LABELLED; i++)
        CHECK_INT(
            store_prediction(p.store, PHOTOS + MORE - i, 1, NULL, 0, problem, sizeof problem, NULL),
            i == 0);
    predictor_free(predictor);
    pool_free(pool);
    project_close(&p);
}

TEST(features_come_back_and_the_newest_counts)
{
    struct project p;
    struct features f;
    static float x[2][WIDTH], y[WIDTH];
    if (make_project(&p, 0) != 0)
        return;
    for (int i = 0; i < WIDTH; i++) {
        x[0][i] = (float)i * 0.37f - 100;
        x[1][i] = 1e30f / (float)(i + 1);
    }
    CHECK_INT(features_open(&f, &p, 3, WIDTH, NULL), 0);
    CHECK_INT(features_put(&f, (int64_t[]){7, 5}, x[0], 2, NULL), 0);
    CHECK_INT(features_put(&f, (int64_t[]){7}, x[1], 1, NULL), 0);
    features_close(&f);
    CHECK_INT(features_open(&f, &p, 3, 0, NULL), 0);
    CHECK_INT(f.width, WIDTH);
    CHECK_INT(f.count, 2);
    CHECK_INT(features_find(&f, 6), -1);
    long row = features_find(&f, 7);
    if (CHECK(row >= 0)) {
        features_get(&f, (size_t)row, y);
        for (int i = 0; i < WIDTH; i++)
            CHECK(fabsf(y[i] - x[1][i]) <= fabsf(x[1][i]) / 256); /* half of the last of 8 bits */
    }
    features_close(&f);
    project_close(&p);
}

/* Of a picture that has changed the old vector is gone, for who has it open, too; a new one counts.
 */
TEST(features_are_forgotten)
{
    struct project p;
    struct features f, reader;
    int64_t many[2 * FEATURES_BLOCK + 3];
    static float x[3][WIDTH], y[WIDTH];
    if (make_project(&p, 0) != 0)
        return;
    for (int i = 0; i < WIDTH; i++)
        x[2][i] = 8;
    CHECK_INT(features_open(&f, &p, 1, WIDTH, NULL), 0);
    CHECK_INT(features_put(&f, (int64_t[]){1, 2, 3}, x[0], 3, NULL), 0);
    CHECK_INT(features_open(&reader, &p, 1, 0, NULL), 0);
    CHECK_INT(reader.count, 3);
    CHECK_INT(features_forget(&f, (int64_t[]){3, 2, 900}, 3, NULL), 0);
    CHECK_INT(features_refresh(&reader, NULL), 0);
    CHECK_INT(reader.count, 1);
    CHECK(features_find(&reader, 1) == 0 && features_find(&reader, 2) < 0);
    CHECK_INT(features_put(&f, (int64_t[]){2}, x[2], 1, NULL), 0);
    CHECK_INT(features_refresh(&reader, NULL), 0);
    long row = features_find(&reader, 2);
    if (CHECK(row >= 0)) {
        features_get(&reader, (size_t)row, y);
        CHECK(y[0] == 8);
    }
    CHECK_INT(reader.count, 2);
    for (size_t i = 0; i < sizeof many / sizeof *many; i++)
        many[i] = (int64_t)i;
    CHECK_INT(features_forget(&f, many, sizeof many / sizeof *many, NULL), 0);
    features_close(&f);
    CHECK_INT(features_open(&f, &p, 1, WIDTH, NULL), 0);
    CHECK_INT(f.count, 0);
    features_close(&f);
    features_close(&reader);
    project_close(&p);
}

/* A process dies while it writes: whole blocks stay, and the next one is written over the rest. */
TEST(half_a_block_is_written_over)
{
    struct project p;
    struct features f;
    struct stat info;
    static float x[3][WIDTH];
    char path[4200];
    if (make_project(&p, 0) != 0)
        return;
    snprintf(path, sizeof path, "%s/cache/features-0001", p.folder);
    CHECK_INT(features_open(&f, &p, 1, WIDTH, NULL), 0);
    CHECK_INT(features_put(&f, (int64_t[]){1, 2}, x[0], 2, NULL), 0);
    CHECK_INT(features_put(&f, (int64_t[]){3}, x[0], 1, NULL), 0);
    features_close(&f);
    CHECK_INT(stat(path, &info), 0);
    CHECK_INT(truncate(path, info.st_size - 100), 0);
    CHECK_INT(features_open(&f, &p, 1, WIDTH, NULL), 0);
    CHECK_INT(f.count, 2);
    CHECK_INT(features_put(&f, (int64_t[]){4}, x[0], 1, NULL), 0);
    CHECK_INT(features_refresh(&f, NULL), 0);
    CHECK_INT(f.count, 3);
    CHECK(features_find(&f, 4) >= 0 && features_find(&f, 3) < 0);
    features_close(&f);
    CHECK_INT(features_open(&f, &p, 1, 8, NULL), 0); /* of another network */
    CHECK_INT(f.count, 0);
    features_close(&f);
    project_close(&p);
}

TEST(two_labels_are_enough_to_predict)
{
    struct project p;
    struct learner *l = NULL;
    if (make_project(&p, 1) != 0)
        return;
    put_all(&p);
    if (!CHECK_INT(learner_open(&p, 1, LEARNER_SINCE, &l, NULL, NULL), 0))
        return;
    const struct taxonomy *t = store_taxonomy(p.store);
    CHECK(!learner_can_predict(l));
    CHECK_INT(learner_label(l, t, 1, kind_node(&p, 0), NULL), 0);
    CHECK(!learner_can_predict(l)); /* of one kind alone nothing can be told */
    CHECK_INT(learner_label(l, t, 3, kind_node(&p, 2), NULL), 0);
    CHECK(learner_can_predict(l));
    for (int photo = 5; photo <= PHOTOS; photo += KINDS) {
        CHECK_INT(answer_for(&p, l, photo), kind_node(&p, 0));
        CHECK_INT(answer_for(&p, l, photo + 2), kind_node(&p, 2));
    }
    CHECK_INT(learner_label(l, t, 3, -1, NULL), 0); /* taken back */
    CHECK(!learner_can_predict(l));
    CHECK_INT(learner_learned(l), 1);
    learner_free(l);
    project_close(&p);
}

/* One by one, and all at once from the store: the same. */
TEST(what_is_stored_is_learned_when_it_is_opened)
{
    struct project p;
    struct learner *l = NULL, *again = NULL;
    struct review reviews[8];
    if (make_project(&p, 1) != 0)
        return;
    put_all(&p);
    CHECK_INT(learner_open(&p, 1, LEARNER_SINCE, &l, NULL, NULL), 0);
    for (int i = 0; i < 8; i++) {
        reviews[i] =
            (struct review){.photo = i + 1, .kind = EVENT_GIVE, .node = kind_node(&p, i % KINDS)};
        CHECK_INT(learner_label(l, store_taxonomy(p.store), i + 1, reviews[i].node, NULL), 0);
    }
    CHECK_INT(store_review(p.store, "test", reviews, 8, NULL), 0);
    CHECK_INT(learner_open(&p, 1, LEARNER_SINCE, &again, NULL, NULL), 0);
    CHECK_INT(learner_learned(again), 8);
    float a[KINDS], b[KINDS];
    for (size_t row = 8; row < PHOTOS; row++) {
        CHECK_INT(learner_predict(l, &row, 1, a, NULL), 0);
        CHECK_INT(learner_predict(again, &row, 1, b, NULL), 0);
        for (int k = 0; k < KINDS; k++)
            CHECK_NEAR(a[k], b[k], 1e-4);
        CHECK_INT(answer_for(&p, again, (int)row + 1), kind_node(&p, (int)row % KINDS));
    }
    /* A label that is wrong: the others speak against it, and the most of all against this one. */
    struct opinion *suspects;
    size_t count;
    struct review wrong = {.photo = 1, .kind = EVENT_CORRECT, .node = kind_node(&p, 3)};
    CHECK_INT(store_review(p.store, "test", &wrong, 1, NULL), 0);
    for (int i = 8; i < PHOTOS; i++) {
        struct review more = {.photo = i + 1, .kind = EVENT_GIVE, .node = kind_node(&p, i % KINDS)};
        CHECK_INT(store_review(p.store, "test", &more, 1, NULL), 0);
    }
    learner_free(again);
    CHECK_INT(learner_open(&p, 1, LEARNER_ALONE, &again, NULL, NULL), 0);
    CHECK_INT(
        answers_suspects(store_taxonomy(p.store), again, PHOTOS, &suspects, &count, NULL, NULL), 0);
    CHECK_INT(count, PHOTOS);
    for (size_t i = 1; i < count; i++)
        CHECK(suspects[i].doubt < suspects[0].doubt);
    CHECK_INT(suspects[0].photo, 1);
    CHECK_INT(suspects[0].node, kind_node(&p, 0));
    free(suspects);
    learner_free(l);
    learner_free(again);
    project_close(&p);
}

TEST(a_snapshot_does_not_change)
{
    struct project p;
    struct learner *l = NULL;
    float before[KINDS], after[KINDS];
    if (make_project(&p, 1) != 0)
        return;
    put_all(&p);
    CHECK_INT(learner_open(&p, 1, LEARNER_SINCE, &l, NULL, NULL), 0);
    const struct taxonomy *t = store_taxonomy(p.store);
    learner_label(l, t, 1, kind_node(&p, 0), NULL);
    learner_label(l, t, 2, kind_node(&p, 1), NULL);
    struct learner *s = learner_snapshot(l, NULL);
    size_t row = 10;
    if (!CHECK(s != NULL) || !CHECK_INT(learner_ready(s, NULL), 0) ||
        !CHECK_INT(learner_predict(s, &row, 1, before, NULL), 0))
        return;
    learner_label(l, t, 3, kind_node(&p, 2), NULL);
    CHECK_INT(learner_predict(s, &row, 1, after, NULL), 0);
    CHECK(memcmp(before, after, sizeof before) == 0);
    CHECK_INT(answer_for(&p, l, 11), kind_node(&p, 2)); /* but the learner does */
    learner_free(l);
    CHECK_INT(learner_predict(s, &row, 1, after, NULL), 0); /* and may be gone */
    CHECK(memcmp(before, after, sizeof before) == 0);
    learner_free(s);
    project_close(&p);
}

/* A label that comes while people work: the answers are over the tree of that moment, whatever was
 * labelled. */
TEST(the_tree_grows)
{
    struct project p;
    struct learner *l = NULL;
    if (make_project(&p, 1) != 0)
        return;
    put_all(&p);
    CHECK_INT(learner_open(&p, 1, LEARNER_SINCE, &l, NULL, NULL), 0);
    learner_label(l, store_taxonomy(p.store), 1, kind_node(&p, 0), NULL);
    learner_label(l, store_taxonomy(p.store), 2, kind_node(&p, 1), NULL);
    struct taxonomy *t = taxonomy_copy(store_taxonomy(p.store));
    int node =
        taxonomy_add(t, taxonomy_add(t, TAXONOMY_ROOT, "mineral", NULL, NULL), "salt", NULL, NULL);
    CHECK_INT(store_save_taxonomy(p.store, t, NULL), 0);
    taxonomy_free(t);
    struct opinion o;
    CHECK_INT(answers_judge(store_taxonomy(p.store), l, &(size_t){9}, 1, &o, NULL),
              -1); /* not before it follows */
    CHECK_INT(learner_label(l, store_taxonomy(p.store), 999, node, NULL), 0); /* no such photo */
    CHECK_INT(learner_terminals(l)->nodes, taxonomy_count(store_taxonomy(p.store)));
    CHECK_INT(learner_label(l, store_taxonomy(p.store), 3, node, NULL), 0);
    CHECK_INT(answer_for(&p, l, 7), node);
    learner_free(l);
    project_close(&p);
}

/* Split val tests; what it is labelled must not be learned. */
TEST(photos_of_split_val_teach_nothing)
{
    struct project p;
    struct learner *l = NULL;
    if (make_project(&p, 1) != 0)
        return;
    put_all(&p);
    struct photo_new val = {.path = "00.jpg", .node = kind_node(&p, 0), .split = SPLIT_VAL};
    CHECK_INT(store_add_photos(p.store, &val, 1, "test", NULL, NULL), 0);
    CHECK_INT(learner_open(&p, 1, LEARNER_SINCE, &l, NULL, NULL), 0);
    CHECK_INT(learner_learned(l), 0);
    CHECK_INT(learner_label(l, store_taxonomy(p.store), 1, kind_node(&p, 0), NULL), 0);
    CHECK_INT(learner_learned(l), 0);
    learner_free(l);
    project_close(&p);
}

int main(int argc, char **argv)
{
    return test_main(argc, argv);
}
