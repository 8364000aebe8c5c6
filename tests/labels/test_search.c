/* Search in the tree: what finds what, and in which order. Hangul and NFD are written in bytes by
 * hand. */
#include "labels/search.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/status.h"
#include "labels/fold.h"
#include "tests/check.h"

static struct taxonomy *tree_of(const char *const *paths)
{
    struct taxonomy *t = taxonomy_new(4);
    struct status st = {0};
    for (; *paths; paths++) {
        char text[200], *rest = text, *name;
        int node = TAXONOMY_ROOT;
        snprintf(text, sizeof text, "%s", *paths);
        while ((name = strtok_r(rest, ">", &rest)))
            if ((node = taxonomy_add(t, node, name, NULL, &st)) < 0)
                CHECK_TEXT(st.text, "");
    }
    return t;
}

/* The last names found, "coffee, tea". */
static void check_weighed(const struct taxonomy *t, const char *query, const float *weight,
                          const char *want)
{
    int nodes[20];
    char got[400] = "";
    size_t used = 0;
    struct search *s;
    if (!CHECK_INT(search_make(t, &s, NULL), 0))
        return;
    int n = search_find(s, query, weight, nodes, 20);
    for (int i = 0; i < n && used < sizeof got; i++)
        used += (size_t)snprintf(got + used, sizeof got - used, "%s%s", i ? ", " : "",
                                 taxonomy_name(t, nodes[i]));
    if (!CHECK_TEXT(got, want))
        printf("  (searching '%s')\n", query);
    search_free(s);
}

static void check(const struct taxonomy *t, const char *query, const char *want)
{
    check_weighed(t, query, NULL, want);
}

static const char *const food[] = {"food>drink>coffee", "food>drink>tea", "food>drink>iced coffee",
                                   "food>offal",        "tool>hammer",    NULL};

TEST(any_part_of_any_level_in_any_order)
{
    struct taxonomy *t = tree_of(food);
    check(t, "",
          "food, drink, coffee, tea, iced coffee, offal, tool, hammer"); /* all, in tree order */
    check(t, "cof dri", "coffee, iced coffee");
    check(t, "dri cof", "coffee, iced coffee");
    check(t, "drink te", "tea");
    check(t, "food > drink > t", "tea");
    check(t, "  TEA ", "tea");
    check(t, "art ham", "");
    check(t, "zebra", "");
    check(t, "zebra coffee", "");                         /* every word */
    check(t, "drink", "drink, coffee, tea, iced coffee"); /* what is below it comes after it */
    taxonomy_free(t);
}

TEST(whole_before_beginning_before_inside)
{
    static const char *const paths[] = {"a>green apple", "a>pineapple", "a>apple",
                                        "a>apple pie",   "a>grapple",   NULL};
    struct taxonomy *t = tree_of(paths);
    check(t, "apple", "apple, apple pie, green apple, pineapple, grapple");
    check(t, "apple pie", "apple pie");
    taxonomy_free(t);
}

TEST(whole_name_of_several_words_comes_first)
{
    static const char *const paths[] = {"a>red wine vinegar", "a>red wine", NULL};
    struct taxonomy *t = tree_of(paths);
    check(t, "red wine", "red wine, red wine vinegar");
    taxonomy_free(t);
}

TEST(ids)
{
    struct taxonomy *t = taxonomy_new(3);
    struct status st = {0};
    int food_node = taxonomy_add(t, TAXONOMY_ROOT, "food", "7", &st);
    taxonomy_add(t, food_node, "coffee", "123", &st);
    taxonomy_add(t, food_node, "tea", "23", &st);
    taxonomy_add(t, food_node, "milk", "K-9", &st);
    check(t, "23", "tea, coffee"); /* whole before inside */
    check(t, "12", "coffee");
    check(t, "k-9", "milk");
    check(t, "7 tea", "tea"); /* the id of a level above */
    taxonomy_free(t);
}

TEST(initials_of_levels_and_of_words)
{
    static const char *const paths[] = {"food>drink>coffee",
                                        "food>drink>tea",
                                        "food>fruit>Granny Smith",
                                        "food>fruit>Golden-Super-Star",
                                        "tool>fdx",
                                        NULL};
    struct taxonomy *t = tree_of(paths);
    check(t, "fdc", "coffee");
    check(t, "dc", "coffee"); /* the last levels */
    check(t, "FDT", "tea");
    check(t, "gs", "Granny Smith, Golden-Super-Star");
    check(t, "gss", "Golden-Super-Star");
    check(t, "ffg", "Granny Smith, Golden-Super-Star"); /* of each level the first */
    check(t, "ffgs", "Granny Smith");                   /* or those of all its words */
    check(t, "fd", "fdx, drink, coffee, tea");          /* a beginning goes before initials */
    check(t, "fc", "");                                 /* no level is left out */
    check(t, "fd te", "tea");
    taxonomy_free(t);
}

TEST(weight_decides_among_equals_only)
{
    struct taxonomy *t = tree_of(food);
    float weight[8] = {0};
    weight[3] = .5f; /* tea */
    weight[4] = .9f; /* iced coffee */
    check_weighed(t, "coffee", weight, "coffee, iced coffee");
    check_weighed(t, "drink", weight, "drink, iced coffee, tea, coffee");
    check_weighed(t, "", weight, "iced coffee, tea, food, drink, coffee, offal, tool, hammer");
    taxonomy_free(t);
}

TEST(accents_and_case_are_folded)
{
    static const char *const paths[] = {"caf\xc3\xa9",
                                        "\xc3\x84pfel",
                                        "\xce\x9a\xce\xb1\xcf\x86\xce\xad\xcf\x82", /* Καφές */
                                        "\xd0\x9a\xd0\x9e\xd0\xa4\xd0\x95",         /* КОФЕ */
                                        "Stra\xc3\x9f"
                                        "e",
                                        "sm\xc3\xb8rrebr\xc3\xb8"
                                        "d",
                                        "\xef\xbc\xb4\xef\xbc\xb6", /* ＴＶ */
                                        NULL};
    struct taxonomy *t = tree_of(paths);
    check(t, "cafe", paths[0]);
    check(t, "CAF\xc3\x89", paths[0]);
    check(t, "cafe\xcc\x81", paths[0]); /* e and an accent of its own */
    check(t, "apfel", paths[1]);
    check(t, "\xc3\xa4pf", paths[1]);
    check(t, "\xce\xba\xce\xb1\xcf\x86\xce\xb5\xcf\x83",
          paths[2]); /* καφεσ: no accent, another sigma */
    check(t, "\xd0\xba\xd0\xbe\xd1\x84\xd0\xb5", paths[3]);
    check(t, "strasse", paths[4]);
    check(t, "smorrebrod", paths[5]);
    check(t, "tv", paths[6]);
    taxonomy_free(t);
}

/* 음식 > 음료 > 커피, 음식 > 음료 > 커피 우유, 음식 > 닭, 도구 > 가구 */
static const char *const korean[] = {"음식>음료>커피", "음식>음료>커피 우유", "음식>닭",
                                     "도구>가구",      "도구>과자",           NULL};

TEST(hangul_by_initial_consonants)
{
    struct taxonomy *t = tree_of(korean);
    check(t, "ㅋㅍ", "커피, 커피 우유");
    check(t, "커ㅍ", "커피, 커피 우유"); /* mixed */
    check(t, "ㅋ피", "커피, 커피 우유");
    check(t, "ㅍ", "커피, 커피 우유");     /* inside */
    check(t, "ㅋㅇ", "커피 우유");         /* initials of its words */
    check(t, "ㅇㅇㅋ", "커피, 커피 우유"); /* of the levels */
    check(t, "ㅋㅇ ㅇㄹ", "커피 우유");    /* the words in any level */
    check(t, "ㄱㄱ", "가구");
    check(t, "ㄱㅈ", "과자");
    check(t, "ㄳ", ""); /* what a keyboard makes of ㄱㅅ: both must be there */
    check(t, "ㅍㅋ", "");
    taxonomy_free(t);
}

TEST(two_consonants_that_a_keyboard_joins)
{
    static const char *const paths[] = {"감사", "각", NULL};
    struct taxonomy *t = tree_of(paths);
    check(t, "ㄳ", "감사");
    taxonomy_free(t);
}

TEST(hangul_while_it_is_typed)
{
    struct taxonomy *t = tree_of(korean);
    check(t, "커", "커피, 커피 우유");
    check(t, "컾", "커피, 커피 우유"); /* ㅍ is not a final for long */
    check(t, "컵", "");                /* another key was pressed */
    check(t, "달", "닭");              /* a double final to be */
    check(t, "각", "가구");
    check(t, "고", "과자"); /* a double vowel to be */
    check(t, "컾우", "");   /* only the last syllable is being typed */
    taxonomy_free(t);
}

TEST(nfc_and_nfd_find_each_other)
{
    /* 커피 as macOS writes it: U+110F U+1165 U+1111 U+1175; 닭: U+1103 U+1161 U+11B0 */
    static const char coffee[] = "\xe1\x84\x8f\xe1\x85\xa5\xe1\x84\x91\xe1\x85\xb5";
    static const char *const paths[] = {coffee, "\xe1\x84\x83\xe1\x85\xa1\xe1\x86\xb0",
                                        "cafe\xcc\x81", "\xe3\x81\x8b\xe3\x82\x99\xe3\x81\x84",
                                        /* がい: か, a mark, い */ NULL};
    struct taxonomy *t = tree_of(paths);
    check(t, "커피", coffee);
    check(t, "ㅋㅍ", coffee);
    check(t, "컾", coffee);
    check(t, "닭", paths[1]);
    check(t, "caf\xc3\xa9", paths[2]);
    check(t, "cafe", paths[2]);
    check(t, "\xe3\x81\x8c", paths[3]); /* が */
    taxonomy_free(t);
    t = tree_of(korean);
    check(t, coffee, "커피, 커피 우유");
    check(t, "\xe1\x84\x8f", "커피, 커피 우유"); /* an initial as NFD has it */
    taxonomy_free(t);
}

TEST(folding_stays_within_its_room)
{
    uint32_t values[3] = {0, 0, 77};
    CHECK_INT(fold("abcdef", values, NULL, 2), 2);
    CHECK_INT(values[2], 77);
    CHECK_INT(fold("\xef\xb7\xba", values, NULL, 2), 2); /* one character that is 18 of others */
    CHECK_INT(values[2], 77);
    uint16_t from[4];
    CHECK_INT(fold("a\xcc\x81\xff"
                   "b",
                   values, from, 3),
              3); /* a with an accent, a byte that is no UTF-8, b */
    CHECK_INT(values[1], 0x1100ff);
    CHECK_INT(from[1], 3);
    CHECK_INT(from[2], 4);
}

/* "[co]ffee" of every level, " > " between. */
static void check_marks(const struct taxonomy *t, const char *query, int node, const char *want)
{
    struct search_marks marks;
    int path[TAXONOMY_DEPTH], depth = taxonomy_path(t, node, path), in = 0;
    char got[400] = "", *out = got;
    search_mark(t, query, node, &marks);
    for (int d = 0; d < depth; d++) {
        const char *name = taxonomy_name(t, path[d]);
        out += sprintf(out, "%s", d ? " > " : "");
        for (size_t i = 0; name[i]; i++) {
            if (marks.at[d][i] != in)
                *out++ = marks.at[d][i] ? '[' : ']';
            in = marks.at[d][i];
            *out++ = name[i];
        }
        if (in)
            *out++ = ']';
        in = 0;
    }
    *out = '\0';
    if (!CHECK_TEXT(got, want))
        printf("  (marking '%s')\n", query);
}

TEST(what_is_marked)
{
    struct taxonomy *t = tree_of(food);
    check_marks(t, "cof dri", 2, "food > [dri]nk > [cof]fee");
    check_marks(t, "fdc", 2, "[f]ood > [d]rink > [c]offee");
    check_marks(t, "fdic", 4, "[f]ood > [d]rink > [i]ced [c]offee");
    check_marks(t, "", 2, "food > drink > coffee");
    check_marks(t, "o", 2, "f[o]od > drink > c[o]ffee");
    taxonomy_free(t);
    t = tree_of(korean);
    check_marks(t, "ㅋㅍ", 2, "음식 > 음료 > [커피]");
    check_marks(t, "ㅇㅇㅋ", 2, "[음]식 > [음]료 > [커]피");
    check_marks(t, "컾", 3, "음식 > 음료 > [커피] 우유");
    taxonomy_free(t);
    static const char *const accents[] = {"cafe\xcc\x81s",
                                          NULL}; /* the accent goes with its letter */
    t = tree_of(accents);
    check_marks(t, "cafe", 0, "[cafe\xcc\x81]s");
    taxonomy_free(t);
}

TEST(follows_the_tree)
{
    struct taxonomy *t = tree_of(food);
    struct search *s;
    struct status st = {0};
    int nodes[4];
    CHECK(!search_is_of(NULL, t));
    CHECK_INT(search_make(t, &s, &st), 0);
    CHECK(search_is_of(s, t));
    CHECK(!search_has_digits(s));
    taxonomy_add(t, TAXONOMY_ROOT, "7up", NULL, &st);
    CHECK(!search_is_of(s, t));
    search_free(s);
    CHECK_INT(search_make(t, &s, &st), 0);
    CHECK(search_has_digits(s));
    search_free(s);
    CHECK_INT(taxonomy_rename(t, 2, "Kaffee", &st),
              0); /* what is left of the old name is found no more */
    CHECK_INT(search_make(t, &s, &st), 0);
    CHECK_INT(search_find(s, "coffee", NULL, nodes, 4), 1); /* iced coffee */
    CHECK_INT(search_find(s, "", NULL, nodes, 4), 4);       /* no more than there is room for */
    search_free(s);
    taxonomy_free(t);
}

/* A word more than are counted, and one longer than any name, do no harm. */
TEST(very_long_queries)
{
    struct taxonomy *t = tree_of(food);
    char query[3000];
    memset(query, 'f', sizeof query - 1);
    query[sizeof query - 1] = '\0';
    check(t, query, "");
    for (size_t i = 1; i < sizeof query - 1; i += 2)
        query[i] = ' ';
    check(t, query, "food, offal, coffee, iced coffee, drink, tea");
    taxonomy_free(t);
}

int main(int argc, char **argv)
{
    return test_main(argc, argv);
}
