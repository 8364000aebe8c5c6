/* What a typed text would add to the tree. */
#include "tests/check.h"

#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "tui/screens/offer.h"

static struct taxonomy *make_tree(void)
{
    static const char *const paths[][3] = {{"Fruit", "Apple", "Red"},
                                           {"Fruit", "Pear", NULL},
                                           {"a > b", "c", NULL},
                                           {"Äpfel", NULL, NULL}};
    struct taxonomy *t = taxonomy_new(3);
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        int node = TAXONOMY_ROOT;
        for (int level = 0; level < 3 && paths[i][level]; level++)
            node = taxonomy_add(t, node, paths[i][level], NULL, NULL);
    }
    return t;
}

/* "parent: name, name" */
static const char *offered(const struct taxonomy *t, const char *text)
{
    static char out[400];
    struct offer o;
    offer_make(t, text, &o);
    if (o.count == 0)
        return "nothing";
    if (o.parent == OFFER_ASKS)
        strcpy(out, "?");
    else
        taxonomy_format(t, o.parent, "/", out, sizeof out);
    strcat(out, ":");
    for (int i = 0; i < o.count; i++)
        snprintf(out + strlen(out), sizeof out - strlen(out), "%s%s", i ? "," : " ", o.names[i]);
    return out;
}

TEST(all_missing_levels_are_offered)
{
    struct taxonomy *t = make_tree();
    CHECK_TEXT(offered(t, "Fruit > Banana"), "Fruit: Banana");
    CHECK_TEXT(offered(t, "Fruit>Apple>Green"), "Fruit/Apple: Green");
    CHECK_TEXT(offered(t, "Tool > Saw"), ": Tool,Saw");
    CHECK_TEXT(offered(t, " Tool  >  Hand saw > Small "), ": Tool,Hand saw,Small");
    CHECK_TEXT(offered(t, "> Tool"), ": Tool");
    CHECK_TEXT(offered(t, "Tool"), "?: Tool");
    CHECK_TEXT(offered(t, "Pear"), "?: Pear"); /* may be meant below another parent */
    taxonomy_free(t);
}

TEST(what_is_there_is_not_offered_again)
{
    struct taxonomy *t = make_tree();
    CHECK_TEXT(offered(t, "Fruit > Pear"), "nothing");
    CHECK_TEXT(offered(t, "fruit > PEAR"), "nothing");
    CHECK_TEXT(offered(t, "fruit > Banana"), "Fruit: Banana");
    CHECK_TEXT(offered(t, "fruit > apple > green"), "Fruit/Apple: green");
    CHECK_TEXT(offered(t, "äpfel > Boskop"), "Äpfel: Boskop");
    CHECK_TEXT(offered(t, "a > b > c"), "nothing"); /* a name that holds the sign */
    CHECK_TEXT(offered(t, "a > b > d"), "a > b: d");
    taxonomy_free(t);
}

TEST(unfinished_paths_offer_nothing)
{
    static const char *const texts[] = {"",       "  ",           ">",      " > ",
                                        "Tool >", "Tool > > Saw", ">> Saw", "Fruit > "};
    struct taxonomy *t = make_tree();
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        CHECK_TEXT(offered(t, texts[i]), "nothing");
    taxonomy_free(t);
}

TEST(depth_counts_every_level)
{
    struct taxonomy *t = make_tree();
    struct offer o;
    char long_path[OFFER_TEXT] = "x";
    offer_make(t, "Fruit > Apple > Red > Dark", &o);
    CHECK_INT(o.depth, 4);
    CHECK_INT(o.count, 1);
    offer_make(t, "a > b > c > d > e", &o); /* "a > b" is one level */
    CHECK_INT(o.depth, 4);
    while (strlen(long_path) < 900)
        strcat(long_path, ">x");
    offer_make(t, long_path, &o); /* more than there are places for */
    CHECK_INT(o.count, TAXONOMY_DEPTH + 1);
    CHECK_INT(o.depth, ((int)strlen(long_path) + 1) / 2);
    taxonomy_free(t);
}

TEST(an_empty_tree_has_one_place_for_a_name)
{
    struct taxonomy *t = taxonomy_new(3);
    CHECK_TEXT(offered(t, "Fruit"), ": Fruit");
    CHECK_TEXT(offered(t, "Fruit > Banana"), ": Fruit,Banana");
    taxonomy_free(t);
}

int main(int argc, char **argv)
{
    setlocale(LC_CTYPE, "C.UTF-8");
    return test_main(argc, argv);
}
