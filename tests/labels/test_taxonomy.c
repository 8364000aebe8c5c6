/* The tree of labels: building, finding, parsing, searching, inspecting, terminals. */
#include "labels/taxonomy.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/status.h"
#include "tests/check.h"

static struct status st;

/* food > (drink > (coffee, tea), bread), "tools/art" > hammer */
enum { FOOD, DRINK, COFFEE, TEA, BREAD, TOOLS, HAMMER };

static struct taxonomy *tree(void)
{
    struct taxonomy *t = taxonomy_new(3);
    CHECK_INT(taxonomy_add(t, TAXONOMY_ROOT, "food", "76", &st), FOOD);
    CHECK_INT(taxonomy_add(t, FOOD, "drink", "22", &st), DRINK);
    CHECK_INT(taxonomy_add(t, DRINK, "coffee", "23", &st), COFFEE);
    CHECK_INT(taxonomy_add(t, DRINK, "tea", NULL, &st), TEA);
    CHECK_INT(taxonomy_add(t, FOOD, "bread", "", &st), BREAD);
    CHECK_INT(taxonomy_add(t, TAXONOMY_ROOT, "tools/art", "5", &st), TOOLS);
    CHECK_INT(taxonomy_add(t, TOOLS, "hammer", NULL, &st), HAMMER);
    return t;
}

TEST(adding_and_asking)
{
    struct taxonomy *t = tree();
    char text[100];
    int path[TAXONOMY_DEPTH];
    CHECK_INT(taxonomy_count(t), 7);
    CHECK_INT(taxonomy_parent(t, FOOD), TAXONOMY_ROOT);
    CHECK_INT(taxonomy_depth(t, TAXONOMY_ROOT), 0);
    CHECK_INT(taxonomy_depth(t, TEA), 3);
    CHECK_TEXT(taxonomy_id(t, TEA), "");
    CHECK_INT(taxonomy_first_child(t, TAXONOMY_ROOT), FOOD);
    CHECK_INT(taxonomy_next_sibling(t, FOOD), TOOLS);
    CHECK_INT(taxonomy_next_sibling(t, TOOLS), -1);
    CHECK_INT(taxonomy_first_child(t, FOOD), DRINK);
    CHECK_INT(taxonomy_next_sibling(t, DRINK), BREAD);
    CHECK_INT(taxonomy_first_child(t, TEA), -1);
    CHECK(taxonomy_is_leaf(t, TEA) && !taxonomy_is_leaf(t, DRINK));
    CHECK_INT(taxonomy_find_child(t, DRINK, "tea"), TEA);
    CHECK_INT(taxonomy_find_child(t, DRINK, " tea\t"), TEA);
    CHECK_INT(taxonomy_find_child(t, FOOD, "tea"), -1);
    CHECK_INT(taxonomy_find_id(t, "22"), DRINK);
    CHECK_INT(taxonomy_find_id(t, ""), -1);
    CHECK_INT(taxonomy_find_label(t, FOOD, "22"), DRINK);
    CHECK_INT(taxonomy_find_label(t, FOOD, "bread"), BREAD);
    CHECK_INT(taxonomy_find_label(t, FOOD, "23"), -1);
    CHECK_INT(taxonomy_path(t, COFFEE, path), 3);
    CHECK_INT(path[0], FOOD);
    CHECK_INT(path[1], DRINK);
    CHECK_INT(path[2], COFFEE);
    CHECK_INT(taxonomy_path(t, TAXONOMY_ROOT, path), 0);
    CHECK(taxonomy_is_above(t, TAXONOMY_ROOT, FOOD));
    CHECK(taxonomy_is_above(t, FOOD, COFFEE));
    CHECK(taxonomy_is_above(t, COFFEE, COFFEE));
    CHECK(!taxonomy_is_above(t, COFFEE, DRINK));
    CHECK(!taxonomy_is_above(t, DRINK, BREAD));
    CHECK_TEXT(taxonomy_format(t, COFFEE, " > ", text, sizeof text), "food > drink > coffee");
    CHECK_TEXT(taxonomy_format(t, COFFEE, " > ", text, 10), "food > dr");
    CHECK_TEXT(taxonomy_format(t, TAXONOMY_ROOT, " > ", text, sizeof text), "");
    int kimchi = taxonomy_add(t, FOOD, "\xea\xb9\x80\xec\xb9\x98", NULL, &st);
    CHECK_TEXT(taxonomy_format(t, kimchi, "/", text, 10),
               "food/\xea\xb9\x80"); /* not half of one */
    taxonomy_free(t);
}

static void check_refused(struct taxonomy *t, int parent, const char *name, const char *id,
                          const char *part)
{
    int count = taxonomy_count(t);
    st = (struct status){0};
    CHECK_INT(taxonomy_add(t, parent, name, id, &st), -1);
    CHECK_CONTAINS(st.text, part);
    CHECK_INT(taxonomy_count(t), count);
}

TEST(what_cannot_be_added)
{
    struct taxonomy *t = tree();
    char longest[TAXONOMY_MAX_NAME + 2];
    memset(longest, 'x', sizeof longest);
    longest[TAXONOMY_MAX_NAME + 1] = 0;
    check_refused(t, COFFEE, "espresso", NULL, "level 4");
    check_refused(t, FOOD, "", NULL, "empty");
    check_refused(t, FOOD, "  ", NULL, "empty");
    check_refused(t, FOOD, longest, NULL, "longer than 200");
    check_refused(t, FOOD, "a\nb", NULL, "control character");
    check_refused(t, FOOD, "a\x1b[2Jb", NULL, "\\x1b[2J");
    check_refused(t, FOOD, "\xc2\x85", NULL, "control character"); /* C1 */
    check_refused(t, FOOD, "caf\xe9", NULL, "not UTF-8");
    check_refused(t, FOOD, "\xed\xa0\x80", NULL, "not UTF-8"); /* a surrogate */
    check_refused(t, FOOD, "\xc0\xaf", NULL, "not UTF-8");     /* overlong */
    check_refused(t, FOOD, "new", "23", "belongs to 'food > drink > coffee'");
    check_refused(t, FOOD, "drink", "24", "has id '22'");
    check_refused(t, FOOD, "new", "a\tb", "control character");
    CHECK_INT(taxonomy_add(t, FOOD, " drink ", NULL, &st), DRINK);
    CHECK_INT(taxonomy_add(t, FOOD, "bread", "9", &st), BREAD); /* gets an id */
    CHECK_INT(taxonomy_find_id(t, "9"), BREAD);
    longest[TAXONOMY_MAX_NAME] = 0;
    CHECK_INT(taxonomy_add(t, FOOD, longest, NULL, &st), 7);
    taxonomy_free(t);
}

TEST(large_trees_and_copies)
{
    struct taxonomy *t = taxonomy_new(8);
    char name[32];
    unsigned changes = taxonomy_changes(t);
    for (int i = 0; i < 20000; i++) { /* each name three times, below itself */
        char id[16];
        snprintf(name, sizeof name, "node %d", i / 3);
        snprintf(id, sizeof id, "%d", i);
        CHECK_INT(taxonomy_add(t, i % 3 == 0 ? -1 : i - 1, name, i % 2 ? NULL : id, &st), i);
    }
    CHECK_INT(taxonomy_count(t), 20000);
    CHECK(taxonomy_changes(t) != changes);
    taxonomy_mark_terminal(t, 0);
    struct taxonomy *copy = taxonomy_copy(t);
    taxonomy_free(t);
    CHECK_INT(taxonomy_count(copy), 20000);
    CHECK(taxonomy_is_terminal(copy, 0) && !taxonomy_is_terminal(copy, 3));
    CHECK_INT(taxonomy_find_child(copy, -1, "node 5000"), 15000);
    CHECK_INT(taxonomy_find_child(copy, 15000, "node 5000"), 15001);
    CHECK_INT(taxonomy_depth(copy, 15002), 3);
    CHECK_INT(taxonomy_find_id(copy, "15002"), 15002);
    CHECK_INT(taxonomy_find_id(copy, "15001"), -1);
    taxonomy_free(copy);
}

/* ---- from labels to nodes ------------------------------------------------------------------- */

static int resolve(struct taxonomy *t, int add, const char *a, const char *b, const char *c)
{
    const char *labels[] = {a, b, c};
    st = (struct status){0};
    return taxonomy_resolve(t, labels, 3, add, &st);
}

TEST(paths_of_labels)
{
    struct taxonomy *t = tree();
    CHECK_INT(resolve(t, 0, "food", "drink", "coffee"), COFFEE);
    CHECK_INT(resolve(t, 0, "76", "22", "23"), COFFEE);
    CHECK_INT(resolve(t, 0, "food", "22", "tea"), TEA);
    CHECK_INT(resolve(t, 0, "food", "bread", ""), BREAD);
    CHECK_INT(resolve(t, 0, "food", " ", ""), FOOD);
    CHECK_INT(resolve(t, 0, "", "", ""), -1);
    CHECK_CONTAINS(st.text, "no label");
    CHECK_INT(resolve(t, 1, "food", "", "tea"), -1);
    CHECK_CONTAINS(st.text, "label 2 is empty but label 3 is 'tea'");
    CHECK_INT(resolve(t, 0, "food", "cake", ""), -1);
    CHECK_CONTAINS(st.text, "'cake' is not a label below 'food'");
    CHECK_INT(st.code, STATUS_MISSING);
    CHECK_INT(resolve(t, 0, "drink", "", ""), -1);
    CHECK_CONTAINS(st.text, "'drink' is not a label at the top");
    /* an id in the wrong place is never a new name */
    CHECK_INT(resolve(t, 1, "5", "22", ""), -1);
    CHECK_CONTAINS(st.text, "is the id of 'food > drink'");
    /* a name may stand at two levels and two places */
    CHECK_INT(resolve(t, 1, "tools/art", "coffee", "food"), 8);
    CHECK_INT(taxonomy_count(t), 9);
    /* what fails halfway adds nothing */
    CHECK_INT(resolve(t, 1, "new", "newer", "bad\x01"), -1);
    CHECK_INT(taxonomy_count(t), 9);
    CHECK_INT(taxonomy_find_child(t, -1, "new"), -1);
    CHECK_INT(resolve(t, 1, "new", "newer", "good"), 11);
    CHECK_INT(taxonomy_next_sibling(t, TOOLS), 9);
    struct taxonomy *flat = taxonomy_new(1);
    CHECK_INT(resolve(flat, 1, "a", "b", ""), -1);
    CHECK_CONTAINS(st.text, "level 2");
    CHECK_INT(taxonomy_count(flat), 0);
    CHECK_INT(resolve(flat, 1, "a", "", ""), 0);
    taxonomy_free(flat);
    taxonomy_free(t);
}

TEST(paths_as_typed)
{
    struct taxonomy *t = tree();
    CHECK_INT(taxonomy_resolve_text(t, "food > drink > coffee", &st), COFFEE);
    CHECK_INT(taxonomy_resolve_text(t, " food/drink >tea ", &st), TEA);
    CHECK_INT(taxonomy_resolve_text(t, "tools/art/hammer", &st), HAMMER);
    CHECK_INT(taxonomy_resolve_text(t, "tools/art", &st), TOOLS);
    CHECK_INT(taxonomy_resolve_text(t, "5 > hammer", &st), HAMMER);
    CHECK_INT(taxonomy_resolve_text(t, "23", &st), COFFEE);
    CHECK_INT(taxonomy_resolve_text(t, "food >", &st), FOOD);
    CHECK_INT(taxonomy_resolve_text(t, "foo", &st), -1);
    CHECK_INT(taxonomy_resolve_text(t, "coffee", &st), -1); /* not from the top */
    CHECK_INT(taxonomy_resolve_text(t, "", &st), -1);
    CHECK_INT(taxonomy_resolve_text(t, "food > \x1b[2J", &st), -1);
    CHECK_CONTAINS(st.text, "\\x1b");
    CHECK_INT(taxonomy_add(t, TAXONOMY_ROOT, "tools", NULL, &st), 7); /* two readings: both work */
    CHECK_INT(taxonomy_add(t, 7, "art", NULL, &st), 8);
    CHECK_INT(taxonomy_add(t, 8, "saw", NULL, &st), 9);
    CHECK_INT(taxonomy_resolve_text(t, "tools/art/saw", &st), 9);
    CHECK_INT(taxonomy_resolve_text(t, "tools/art/hammer", &st), HAMMER);
    taxonomy_free(t);
}

/* ---- taxonomy files ------------------------------------------------------------------------- */

static struct taxonomy *parse(const char *text)
{
    st = (struct status){0};
    return taxonomy_parse(text, strlen(text), "labels.csv", 3, &st);
}

TEST(files_that_parse)
{
    struct taxonomy *t = parse("\xef\xbb\xbf"
                               "id,name,parent\r\n23,coffee,22\r\n22,drink,76\r\n\r\n"
                               "76,\"food, and \"\"more\"\"\",\r\n8,,76\r\n");
    if (!CHECK(t != NULL)) {
        printf("%s\n", st.text);
        return;
    }
    char text[100];
    CHECK_INT(taxonomy_count(t), 4);
    CHECK_TEXT(taxonomy_format(t, taxonomy_find_id(t, "23"), " > ", text, sizeof text),
               "food, and \"more\" > drink > coffee");
    CHECK_TEXT(taxonomy_name(t, taxonomy_find_id(t, "8")), "8");
    taxonomy_free(t);
    t = parse("Parent;Id;Name\n;a;A\na;b;B\n"); /* columns in any order, other separators */
    CHECK(t && taxonomy_count(t) == 2 && taxonomy_parent(t, 1) == 0);
    taxonomy_free(t);
    t = parse("id,name,parent\na,A\nb,B,a"); /* parent may be left out */
    CHECK(t && taxonomy_count(t) == 2);
    taxonomy_free(t);
    t = parse("id,name,parent\n1,x,\n2,y,\n3,x,1\n4,x,2\n5,x,3\n"); /* a name in many places */
    CHECK(t && taxonomy_count(t) == 5);
    taxonomy_free(t);
}

static void check_parse(const char *text, enum status_code code, const char *part,
                        const char *value)
{
    struct taxonomy *t = parse(text);
    CHECK(t == NULL);
    taxonomy_free(t);
    CHECK_TEXT(status_name(st.code), status_name(code));
    CHECK_CONTAINS(st.text, part);
    CHECK_CONTAINS(st.text, value);
}

TEST(files_that_do_not)
{
    check_parse("", STATUS_FORMAT, "labels.csv", "empty");
    check_parse("id,name,parent\n", STATUS_FORMAT, "labels.csv", "no label");
    check_parse("id,title,parent\na,A,\n", STATUS_FORMAT, "labels.csv:1", "no column 'name'");
    check_parse("1,food,\n2,drink,1\n", STATUS_FORMAT, "id,name,parent", "1,food");
    check_parse("id,name,parent\na,A,\nb,B,fruit\n", STATUS_MISSING, "labels.csv:3",
                "parent 'fruit' is not defined");
    check_parse("id,name,parent\na,A,\nb,B,a\na,A,\n", STATUS_CONFLICT, "labels.csv:4",
                "'a' is defined twice (first in line 2)");
    check_parse("id,name,parent\na,A,\nb,B,\nc,C,a\nc,C,b\n", STATUS_CONFLICT, "labels.csv:5",
                "'c' stands below 'b', but in line 4 below 'a'");
    check_parse("id,name,parent\nx,X,\na,A,c\nb,B,a\nc,C,b\n", STATUS_CONFLICT, "labels.csv:3",
                "'a' stands below itself: a < c < b < a");
    check_parse("id,name,parent\na,A,a\n", STATUS_CONFLICT, "labels.csv:2", "a < a");
    check_parse("id,name,parent\nd,D,c\nc,C,b\nb,B,c\n", STATUS_CONFLICT, "stands below itself",
                "b");
    check_parse("id,name,parent\na,A,\nb,B,a\nc,C,b\nd,D,c\n", STATUS_LIMIT, "labels.csv:5",
                "level 4");
    check_parse("id,name,parent\n1,1,\n2,2,1\n3,3,2\n4,4,3\n5,5,4\n6,6,5\n7,7,6\n8,8,7\n9,9,8\n",
                STATUS_LIMIT, "labels.csv:5", "level 4");
    check_parse("id,name,parent\n9,9,8\n8,8,7\n7,7,6\n6,6,5\n5,5,4\n4,4,3\n3,3,2\n2,2,1\n1,1,\n",
                STATUS_LIMIT, "labels.csv:2", "more levels than the 3");
    check_parse("id,name,parent\na,same,\nb,same,\n", STATUS_CONFLICT, "labels.csv:3", "id 'a'");
    check_parse("id,name,parent\n,A,\n", STATUS_INVALID, "labels.csv:2", "id is empty");
    check_parse("id,name,parent\na\n", STATUS_FORMAT, "labels.csv:2", "1 field");
    check_parse("id,name,parent\na,\"A,\n", STATUS_FORMAT, "labels.csv", "line 2");
    check_parse("id,name,parent\na,caf\xe9,\n", STATUS_INVALID, "labels.csv:2", "not UTF-8");
    struct taxonomy *t = taxonomy_parse("id,name,parent\na,\0b,\n", 21, "labels.csv", 3, &st);
    CHECK(t == NULL);
    CHECK_CONTAINS(st.text, "zero byte");
}

/* ---- inspect, terminals ------------------------------------------------------------- */

struct told {
    char text[4000];
};

static void hear(void *arg, const char *text)
{
    struct told *told = arg;
    strncat(told->text, text, sizeof told->text - strlen(told->text) - 2);
    strcat(told->text, "\n");
}

TEST(inspecting)
{
    struct taxonomy *t = taxonomy_new(3);
    struct told told = {""};
    const char *paths[][3] = {
        {"fruit", "apple", "red"},    {"fruit", "apple", "green"},       {"tech", "apple", ""},
        {"tech", "Granny-Smith", ""}, {"fruit", "pear", "granny smith"}, {"fruit", "red", ""}};
    for (size_t i = 0; i < 6; i++)
        CHECK(taxonomy_resolve(t, paths[i], 3, 1, &st) >= 0);
    CHECK_INT(taxonomy_inspect(t, hear, &told), 4);
    CHECK_CONTAINS(told.text, "'apple' stands at 2 places: fruit > apple, tech > apple\n");
    CHECK_CONTAINS(told.text, "'red' stands at 2 places and at more than one level");
    CHECK_CONTAINS(
        told.text,
        "differ only in case, blanks or hyphens: tech > Granny-Smith, fruit > pear > granny smith");
    CHECK_CONTAINS(told.text, "'fruit > pear' has a single label below it, 'granny smith'");
    taxonomy_free(t);
    t = tree();
    taxonomy_add(t, TOOLS, "saw", NULL, NULL);
    CHECK_INT(taxonomy_inspect(t, NULL, NULL), 0);
    taxonomy_free(t);
}

TEST(terminals_in_tree_order)
{
    struct taxonomy *t = tree();
    struct terminals terms;
    taxonomy_mark_terminal(t, DRINK);
    taxonomy_mark_terminal(t, BREAD);
    int late = taxonomy_add(t, COFFEE - 1, "milk", NULL, &st); /* below drink, number 7 */
    CHECK_INT(terminals_make(t, &terms, &st), 0);
    static const int want[] = {DRINK, COFFEE, TEA, 7, BREAD, HAMMER};
    CHECK_INT(late, 7);
    if (CHECK_INT(terms.count, 6))
        for (int k = 0; k < 6; k++) {
            CHECK_INT(terms.node[k], want[k]);
            CHECK_INT(terms.index[want[k]], k);
        }
    CHECK_INT(terms.nodes, 8);
    CHECK_INT(terms.index[FOOD], -1);
    CHECK_INT(terms.first[FOOD], 0);
    CHECK_INT(terms.last[FOOD], 5);
    CHECK_INT(terms.first[DRINK], 0);
    CHECK_INT(terms.last[DRINK], 4);
    CHECK_INT(terms.first[BREAD], 4);
    CHECK_INT(terms.last[TOOLS], 6);
    terminals_clear(&terms);
    taxonomy_free(t);
    t = taxonomy_new(3); /* nothing in it */
    CHECK_INT(terminals_make(t, &terms, &st), 0);
    CHECK_INT(terms.count, 0);
    terminals_clear(&terms);
    taxonomy_free(t);
}

int main(int argc, char **argv)
{
    return test_main(argc, argv);
}
