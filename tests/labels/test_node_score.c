#include "labels/node_score.h"

#include "tests/check.h"

/* food > (drink > (coffee, tea), bread); tools */
enum { FOOD, DRINK, COFFEE, TEA, BREAD, TOOLS, NODES };

static struct taxonomy *tree(void)
{
    struct taxonomy *t = taxonomy_new(3);
    taxonomy_add(t, TAXONOMY_ROOT, "food", NULL, NULL);
    taxonomy_add(t, FOOD, "drink", NULL, NULL);
    taxonomy_add(t, DRINK, "coffee", NULL, NULL);
    taxonomy_add(t, DRINK, "tea", NULL, NULL);
    taxonomy_add(t, FOOD, "bread", NULL, NULL);
    taxonomy_add(t, TAXONOMY_ROOT, "tools", NULL, NULL);
    return t;
}

/* Four photos by hand: coffee as coffee (1), coffee as tea (2/3), bread as tea (1/2), tools without
 * an answer (0). */
TEST(a_photo_counts_for_its_node_and_those_above)
{
    struct taxonomy *t = tree();
    struct node_score s[NODES] = {{0}};
    node_scores_add(s, t, COFFEE, COFFEE);
    node_scores_add(s, t, COFFEE, TEA);
    node_scores_add(s, t, BREAD, TEA);
    node_scores_add(s, t, TOOLS, -1);
    CHECK_INT(s[FOOD].truths, 3);
    CHECK_NEAR(node_score_mean(&s[FOOD]), (1 + 2. / 3 + 1. / 2) / 3, 1e-12);
    CHECK_NEAR(node_score_recall(&s[FOOD]), 1, 0);
    CHECK_NEAR(node_score_precision(&s[FOOD]), 1, 0);
    CHECK_NEAR(node_score_recall(&s[DRINK]), 1, 0);
    CHECK_NEAR(node_score_precision(&s[DRINK]), 2. / 3, 1e-12);
    CHECK_NEAR(node_score_mean(&s[COFFEE]), (1 + 2. / 3) / 2, 1e-12);
    CHECK_NEAR(node_score_recall(&s[COFFEE]), .5, 0);
    CHECK_NEAR(node_score_precision(&s[COFFEE]), 1, 0);
    CHECK_NEAR(node_score_precision(&s[TEA]), 0, 0);
    CHECK_NEAR(node_score_recall(&s[TEA]), -1, 0); /* no photo is tea */
    CHECK_NEAR(node_score_precision(&s[BREAD]), -1, 0);
    CHECK_NEAR(node_score_mean(&s[TOOLS]), 0, 0);
    taxonomy_free(t);
}

TEST(labels_are_counted_upwards)
{
    struct taxonomy *t = tree();
    struct node_score s[NODES] = {{0}};
    node_scores_label(s, t, TEA);
    node_scores_label(s, t, DRINK);
    CHECK_INT(s[FOOD].labelled, 2);
    CHECK_INT(s[DRINK].labelled, 2);
    CHECK_INT(s[TEA].labelled, 1);
    CHECK_INT(s[COFFEE].labelled, 0);
    taxonomy_free(t);
}

int main(int argc, char **argv)
{
    return test_main(argc, argv);
}
