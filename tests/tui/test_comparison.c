/* Two models compared, from predictions put into the store by hand: what counts, and what the sums
 * are. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/tui/project_fixture.h"
#include "tui/loop/comparison.h"

enum { RED, GREEN, BLUE, YELLOW, SEEN = 8 };

struct seen {
    enum split split;
    int label, before, after; /* -1: none */
};

/* Photo by photo. */
static const struct seen plan[SEEN] = {
    {SPLIT_VAL, RED, YELLOW, RED},   /* 1/2 -> 1 */
    {SPLIT_VAL, RED, RED, YELLOW},   /* 1 -> 1/2 */
    {SPLIT_VAL, GREEN, RED, GREEN},  /* 0 -> 1 */
    {SPLIT_VAL, BLUE, BLUE, -1},     /* the second model has not seen it */
    {SPLIT_TRAIN, RED, YELLOW, RED}, /* labelled, but scores nothing */
    {SPLIT_NONE, -1, YELLOW, RED},   /* no label: neither nearer nor farther */
    {SPLIT_NONE, -1, BLUE, BLUE},    /* the same */
    {SPLIT_TEST, GREEN, RED, GREEN}, /* never looked at */
};

static int put(struct store *s, int64_t photo, int model, int node, struct status *st)
{
    const float one = 1;
    struct prediction p = {.photo = photo,
                           .model = model,
                           .node = node,
                           .expected = 1,
                           .gap = 1,
                           .count = 1,
                           .terminal = &node,
                           .probability = &one};
    return node < 0 ? 0 : store_put_predictions(s, &p, 1, st);
}

static int make(struct project *project, int node[KINDS])
{
    struct status st = {0};
    if (!CHECK_INT(project_create(test_folder(), TAXONOMY_DEFAULT_DEPTH, project, &st), 0))
        return -1;
    struct taxonomy *t = taxonomy_copy(store_taxonomy(project->store));
    struct model_record first = {.depth = "head"}, second = {.depth = "blocks", .parent = 1};
    for (int k = 0; k < KINDS; k++)
        node[k] = taxonomy_resolve(t, labels[k], 2, 1, &st);
    int failed = store_save_taxonomy(project->store, t, &st) ||
                 store_add_model(project->store, &first, 0, &st) ||
                 store_add_model(project->store, &second, 1, &st);
    taxonomy_free(t);
    for (int i = 0; i < SEEN && !failed; i++) {
        char name[32];
        snprintf(name, sizeof name, "photo-%d.jpg", i);
        struct photo_new photo = {.path = name,
                                  .hash = (uint64_t)i + 1,
                                  .split = plan[i].split,
                                  .node = plan[i].label < 0 ? -1 : node[plan[i].label]};
        failed =
            store_add_photos(project->store, &photo, 1, "tester", NULL, &st) ||
            put(project->store, i + 1, 1, plan[i].before < 0 ? -1 : node[plan[i].before], &st) ||
            put(project->store, i + 1, 2, plan[i].after < 0 ? -1 : node[plan[i].after], &st);
    }
    return CHECK_INT(failed, 0) ? 0 : -1;
}

TEST(only_what_both_have_predicted_counts_and_nothing_of_split_test)
{
    struct status st = {0};
    struct project project;
    struct comparison c;
    int node[KINDS];
    if (make(&project, node) != 0)
        return;
    CHECK_INT(comparison_make(&project, 1, 2, &c, &st), 0);
    CHECK_INT((int)c.all, 7);
    CHECK_INT((int)c.both, 6);
    CHECK_INT((int)c.lacking[0], 0);
    CHECK_INT((int)c.lacking[1], 1);
    CHECK_INT((int)c.held, 4);
    CHECK_INT((int)c.held_both, 3);
    CHECK_INT((int)c.part_count, 3); /* all, warm, cold */
    CHECK_NEAR(score_mean(&c.parts[0].before), (0.5 + 1 + 0) / 3, 1e-12);
    CHECK_NEAR(score_mean(&c.parts[0].after), (1 + 0.5 + 1) / 3, 1e-12);
    CHECK_INT((int)c.parts[1].before.photos, 2);
    CHECK_NEAR(score_mean(&c.parts[1].after), 0.75, 1e-12);
    CHECK_INT((int)c.parts[2].before.photos, 1);
    CHECK_NEAR(score_mean(&c.parts[2].before), 0, 1e-12);
    comparison_clear(&c);
    project_close(&project);
}

TEST(photos_that_went_the_same_way_are_one_group_the_largest_first)
{
    struct status st = {0};
    struct project project;
    struct comparison c;
    int node[KINDS];
    if (make(&project, node) != 0)
        return;
    CHECK_INT(comparison_make(&project, 1, 2, &c, &st), 0);
    CHECK_INT((int)c.photo_count, 5);
    CHECK_INT((int)c.group_count, 3);
    CHECK_INT(c.groups[0].from, node[YELLOW]);
    CHECK_INT(c.groups[0].to, node[RED]);
    CHECK_INT((int)c.groups[0].count, 3);
    CHECK_INT((int)c.groups[0].labelled, 2);
    CHECK_INT((int)c.groups[0].better, 2);
    CHECK_INT((int)c.groups[0].worse, 0);
    for (size_t i = 0; i < 3; i++)
        CHECK_INT(c.photos[c.groups[0].first + i].photo, i == 0 ? 1 : (long long)i + 4);
    CHECK_INT((int)c.better, 3);
    CHECK_INT((int)c.worse, 1);
    comparison_clear(&c);
    /* The other way round it is the reverse. */
    CHECK_INT(comparison_make(&project, 2, 1, &c, &st), 0);
    CHECK_INT((int)c.better, 1);
    CHECK_INT((int)c.worse, 3);
    comparison_clear(&c);
    project_close(&project);
}

TEST(predictions_of_labels_that_were_merged_are_the_same)
{
    struct status st = {0};
    struct project project;
    struct comparison c;
    int node[KINDS];
    if (make(&project, node) != 0)
        return;
    struct tree_edit merge = {.kind = TREE_MERGE, .node = node[YELLOW], .to = node[RED]};
    CHECK_INT(store_edit_taxonomy(project.store, "tester", &merge, &st), 0);
    CHECK_INT(comparison_make(&project, 1, 2, &c, &st), 0);
    CHECK_INT((int)c.photo_count, 1);
    CHECK_INT(c.photos[0].to, node[GREEN]);
    comparison_clear(&c);
    project_close(&project);
}

TEST(held_out_photos_are_looked_at_first)
{
    struct status st = {0};
    struct project project;
    int node[KINDS];
    size_t count = 0, held = 0;
    if (make(&project, node) != 0)
        return;
    int64_t *photos = comparison_photos(&project, &count, &held, &st);
    CHECK(photos);
    CHECK_INT((int)count, 7);
    CHECK_INT((int)held, 4);
    for (int i = 0; photos && i < 7; i++)
        CHECK_INT(photos[i], i + 1);
    free(photos);
    project_close(&project);
}

TEST(a_removed_model_leaves_its_record_and_no_files)
{
    struct status st = {0};
    struct project project;
    struct model_record m;
    int node[KINDS];
    char path[400];
    if (make(&project, node) != 0)
        return;
    for (int i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/.tend/%s", test_folder(), i ? "models/0001" : "cache");
        mkdir(path, 0777);
    }
    test_write(".tend/cache/features-0001", "x", 1);
    test_write(".tend/models/0001/config.json", "{}", 2);
    test_write(".tend/models/0001/model.safetensors", "12345", 5);
    CHECK_INT(project_model_bytes(&project, 1), 7);
    CHECK_INT(project_remove_model(&project, 2, &st), -1); /* in use */
    CHECK_CONTAINS(st.text, "in use");
    CHECK_INT(project_remove_model(&project, 1, &st), 0);
    CHECK_INT(project_model_bytes(&project, 1), 0);
    CHECK_INT(store_model(project.store, 1, &m, &st), 0);
    CHECK_INT(m.removed, 1);
    snprintf(path, sizeof path, "%s/.tend/cache/features-0001", test_folder());
    CHECK_INT(access(path, F_OK), -1);
    CHECK_INT(project_remove_model(&project, 1, &st), -1);
    CHECK_CONTAINS(st.text, "removed already");
    project_close(&project);
}

int main(int argc, char **argv)
{
    return test_main(argc, argv);
}
