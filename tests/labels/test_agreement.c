/* Agreement, against what was reckoned by hand. */
#include "labels/agreement.h"

#include <math.h>
#include <stdlib.h>

#include "data/status.h"
#include "labels/taxonomy.h"
#include "tests/check.h"

static struct status st;

/* food > (drink > (coffee, tea), bread); tools */
enum { FOOD, DRINK, COFFEE, TEA, BREAD, TOOLS };

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

static int64_t events;

static void say(struct worklog *h, const char *who, int64_t photo, int node)
{
    struct event e = {.id = ++events,
                      .photo = photo,
                      .kind = node < 0 ? EVENT_REJECT : EVENT_GIVE,
                      .who = who,
                      .after = {.node = node},
                      .predicted = -1};
    CHECK_INT(worklog_add(h, &e, &st), 0);
}

static void turn(struct worklog *h, enum event_kind kind, int64_t of)
{
    CHECK_INT(worklog_add(h, &(struct event){.id = ++events, .kind = kind, .undoes = of}, &st), 0);
}

static void make(struct worklog *h, struct agreement *out)
{
    struct taxonomy *t = tree();
    CHECK_INT(agreement_make(h, t, out, &st), 0);
    taxonomy_free(t);
    worklog_clear(h);
}

/* The textbook table of Cohen's kappa: both yes 20, only one 5, only the other 10, both no 15 of 50
 * photos: same .7, chance .5 * .6 + .5 * .4 = .5, kappa .4. */
TEST(textbook)
{
    struct worklog h = {0};
    struct agreement a;
    static const int said[4][3] = {
        {FOOD, FOOD, 20}, {FOOD, TOOLS, 5}, {TOOLS, FOOD, 10}, {TOOLS, TOOLS, 15}};
    for (int row = 0, photo = 0; row < 4; row++)
        for (int i = 0; i < said[row][2]; i++) {
            say(&h, "anna", ++photo, said[row][0]);
            say(&h, "ben", photo, said[row][1]);
        }
    make(&h, &a);
    CHECK_INT(a.photos, 50);
    CHECK_INT(a.same, 35);
    CHECK_INT(a.pair_count, 1);
    CHECK_NEAR(a.pairs[0].path.kappa, .4, 1e-12);
    CHECK_NEAR(a.level[0].kappa, .4, 1e-12);
    CHECK_INT(a.depth, 1);
    CHECK(isnan(a.level[1].kappa));
    agreement_clear(&a);
}

/* anna:  coffee  tea  tea   bread  drink  rejected
 * ben:   coffee  tea  bread drink  tea    tools
 * level 1: food five times for both, then none against tools: same 5/6, chance 25/36
 * level 2: drink drink drink bread drink against drink drink bread drink drink: same 3/5,
 *          chance (4 * 4 + 1 * 1) / 25
 * level 3: coffee tea tea none (not counted: both none) none against coffee tea none tea: same 2/4,
 *          anna 1 coffee 2 tea 1 none, ben 1 coffee 2 tea 1 none: chance (1 + 4 + 1) / 16 */
TEST(levels)
{
    static const int said[6][2] = {{COFFEE, COFFEE}, {TEA, TEA},   {TEA, BREAD},
                                   {BREAD, DRINK},   {DRINK, TEA}, {-1, TOOLS}};
    struct worklog h = {0};
    struct agreement a;
    for (int i = 0; i < 6; i++) {
        say(&h, "ben", i + 1, said[i][1]);
        say(&h, "anna", i + 1, said[i][0]);
    }
    make(&h, &a);
    CHECK_INT(a.photos, 6);
    CHECK_INT(a.same, 2);
    CHECK_INT(a.depth, 3);
    CHECK_INT(a.level[0].photos, 6);
    CHECK_INT(a.level[0].same, 5);
    CHECK_NEAR(a.level[0].kappa, (5 / 6. - 25 / 36.) / (1 - 25 / 36.), 1e-12);
    CHECK_INT(a.level[1].photos, 5);
    CHECK_INT(a.level[1].same, 3);
    CHECK_NEAR(a.level[1].kappa, (3 / 5. - 17 / 25.) / (1 - 17 / 25.), 1e-12);
    CHECK_INT(a.level[2].photos, 4);
    CHECK_INT(a.level[2].same, 2);
    CHECK_NEAR(a.level[2].kappa, (2 / 4. - 6 / 16.) / (1 - 6 / 16.), 1e-12);
    agreement_clear(&a);
}

TEST(the_last_that_stands)
{
    struct worklog h = {0};
    struct agreement a;
    say(&h, "anna", 1, TEA);
    say(&h, "ben", 1, COFFEE);
    say(&h, "anna", 1, COFFEE); /* the same by now */
    say(&h, "anna", 2, TEA);
    say(&h, "ben", 2, TEA);
    say(&h, "ben", 2, BREAD);
    turn(&h, EVENT_UNDO, events); /* tea again */
    say(&h, "anna", 3, TEA);
    say(&h, "ben", 3, TEA);
    turn(&h, EVENT_UNDO, events); /* nothing any more */
    say(&h, "anna", 4, TEA);      /* alone, twice */
    say(&h, "anna", 4, BREAD);
    make(&h, &a);
    CHECK_INT(a.photos, 2);
    CHECK_INT(a.same, 2);
    CHECK_NEAR(a.path.kappa, 1, 1e-12);
    CHECK(isnan(a.level[0].kappa)); /* both said food of both: nothing could have differed */
    agreement_clear(&a);
}

/* Three people on one photo are three pairs; photos of all pairs are added up. */
TEST(more_than_two)
{
    struct worklog h = {0};
    struct agreement a;
    const char *const who[] = {"anna", "ben", "cleo"};
    for (int i = 0; i < 3; i++) {
        say(&h, who[i], 1, TEA);
        say(&h, who[i], 2, i == 2 ? TEA : BREAD);
    }
    say(&h, "anna", 3, TEA);
    say(&h, "cleo", 3, TEA);
    make(&h, &a);
    CHECK_INT(a.photos, 3);
    CHECK_INT(a.same, 2);
    CHECK_INT(a.pair_count, 3);
    CHECK_INT(a.path.photos, 7);
    CHECK_INT(a.path.same, 5);
    CHECK_INT(a.pairs[0].one, 0); /* anna and cleo, with three photos */
    CHECK_INT(a.pairs[0].other, 2);
    CHECK_NEAR(a.pairs[1].path.kappa, 1, 1e-12); /* anna and ben */
    /* anna tea bread tea, cleo tea tea tea: same 2/3, chance 2/3; ben and cleo: 1/2, 1/2 */
    CHECK_NEAR(a.pairs[0].path.kappa, 0, 1e-12);
    CHECK_NEAR(a.pairs[2].path.kappa, 0, 1e-12);
    CHECK_NEAR(a.path.kappa, 2 / 7., 1e-12);
    agreement_clear(&a);
}

TEST(nobody)
{
    struct worklog h = {0};
    struct agreement a;
    make(&h, &a);
    CHECK_INT(a.photos, 0);
    CHECK_INT(a.pair_count, 0);
    CHECK(isnan(a.path.kappa));
    agreement_clear(&a);
}

int main(int argc, char **argv)
{
    return test_main(argc, argv);
}
