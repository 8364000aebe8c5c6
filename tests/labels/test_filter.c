/* Filters: read, written, and what holds. */
#include <locale.h>
#include <string.h>
#include <time.h>

#include "labels/filter.h"
#include "tests/labels/store_fixture.h"

static struct taxonomy *tree(void)
{
    struct taxonomy *t = taxonomy_new(3);
    taxonomy_add(t, TAXONOMY_ROOT, "food", "f", NULL);
    taxonomy_add(t, FOOD, "drink", NULL, NULL);
    taxonomy_add(t, DRINK, "coffee", NULL, NULL);
    taxonomy_add(t, DRINK, "tea", NULL, NULL);
    taxonomy_add(t, FOOD, "bread", NULL, NULL);
    taxonomy_add(t, TAXONOMY_ROOT, "tools", NULL, NULL);
    taxonomy_add(t, TOOLS, "baker's knife", NULL, NULL);
    taxonomy_add(t, TOOLS, "all open", NULL, NULL);
    return t;
}

enum { KNIFE = TOOLS + 1, OPEN };

/* Written, then read and written once more: the same. */
static void check_written(const char *text, const char *want)
{
    struct taxonomy *t = tree();
    struct filter f = {0}, g = {0};
    char first[FILTER_TEXT], second[FILTER_TEXT];
    st = (struct status){0};
    if (!CHECK_INT(filter_read(&f, text, t, &st), 0)) {
        CHECK_TEXT(st.text, text);
    } else {
        CHECK_TEXT(filter_write(&f, t, first, sizeof first), want);
        CHECK_INT(filter_read(&g, first, t, &st), 0);
        CHECK_TEXT(filter_write(&g, t, second, sizeof second), want);
    }
    taxonomy_free(t);
}

TEST(is_written_as_it_is_read)
{
    check_written("", "");
    check_written("  all  flagged ", "all flagged");
    check_written("below=food/drink", "below='food > drink'");
    check_written("below=f", "below=food");
    check_written("below=food > drink > tea conf<0.5", "below='food > drink > tea' conf<0.5");
    check_written("below='food > drink' !flagged", "below='food > drink' !flagged");
    check_written("label=food >drink file=x", "label='food > drink' file=x");
    check_written("predicted=tools > baker's knife", "predicted='tools > baker''s knife'");
    check_written("predicted='tools > baker''s knife' all",
                  "predicted='tools > baker''s knife' all");
    check_written("below=tools > baker's knife all", "below='tools > baker''s knife' all");
    check_written("below='tools > all open' all", "below='tools > all open' all");
    check_written("not decided", "!decided");
    check_written("not !decided", "decided");
    check_written("corrected,accepted none", "accepted,corrected none");
    check_written("none,imported,skipped", "open");
    check_written("reviewed", "decided");
    check_written("conf>=0.9 expected<=.25", "conf>=0.9 expected<=.25");
    check_written("split=val,train split=none", "split=train,val split=none");
    check_written("who=me who='Anna Lee' model=3", "who=me who='Anna Lee' model=3");
    check_written("today since=today before=2026-11-01 age<7d !age>2w",
                  "today today before=2026-11-01 age<7d !age>2w");
    check_written("file='it''s' disagree", "file='it''s' disagree");
    check_written("file='two\nlines'", "file='two\nlines'");
    check_written("file=a=b<c", "file=a=b<c");
}

static void check_wrong(const char *text, const char *part)
{
    struct taxonomy *t = tree();
    struct filter f = {0};
    st = (struct status){0};
    CHECK_INT(filter_read(&f, "flagged", t, &st), 0);
    CHECK_INT(filter_read(&f, text, t, &st), -1);
    CHECK_CONTAINS(st.text, part);
    CHECK_INT(f.count, 1); /* as it was */
    taxonomy_free(t);
}

TEST(what_is_wrong_is_named)
{
    check_wrong("all flaged", "'flaged' is no term");
    check_wrong("below=food > tea", "'food > tea' is no path");
    check_wrong("below=tea flaged", "'tea flaged' is no path"); /* a path may have blanks */
    check_wrong("below=", "'below='");
    check_wrong("below", "'below'");
    check_wrong("conf", "'conf'");
    check_wrong("conf=0.5", "'conf=0.5'");
    check_wrong("conf<1.5", "'conf<1.5'");
    check_wrong("conf<x", "'conf<x'");
    check_wrong("conf<nan", "'conf<nan'");
    check_wrong("below<food", "'below<food'");
    check_wrong("split=test,all", "'split=test,all'");
    check_wrong("split=", "'split='");
    check_wrong("since=2026-13-01", "'since=2026-13-01'");
    check_wrong("since=2026-02-30", "'since=2026-02-30'");
    check_wrong("age<7y", "'age<7y'");
    check_wrong("age<-1d", "'age<-1d'");
    check_wrong("model=x", "'model=x'");
    check_wrong("file='abc", "quote");
    check_wrong("all not", "'not'");
    check_wrong("all,", "'all,'");
    check_wrong("!", "'!'");
    check_wrong("all all all all all all all all all all all all all all all all", "at most 16");
    char text[300] = "file=";
    memset(text + 5, 'x', 200);
    check_wrong(text, "too long");
}

TEST(without_a_tree_only_words_are_read)
{
    struct filter f = {0};
    CHECK_INT(filter_read(&f, "below=anything > at all flagged", NULL, &st), 0);
    CHECK_INT(filter_read(&f, "nice", NULL, &st), -1);
}

/* Asks in the words of `text` about one photo. */
static int passes(const char *text, const struct filter_facts *photo)
{
    struct taxonomy *t = tree();
    struct filter f = {0};
    if (filter_read(&f, text, t, &st) != 0)
        CHECK_TEXT(st.text, text);
    int holds = filter_holds(&f, t, FILTER_ALL, photo);
    taxonomy_free(t);
    return holds;
}

TEST(opinions)
{
    const struct filter_opinion said[] = {{TEA, "anna"}, {TEA, "ben"}, {-1, "cleo"}};
    struct filter_facts p = {.kind = REVIEW_ACCEPTED,
                             .label = TEA,
                             .predicted = -1,
                             .me = "ben",
                             .who = "",
                             .opinions = said,
                             .opinion_count = 2};
    CHECK(passes("by=anna by=me !by=cleo !disputed", &p));
    p.opinion_count = 3; /* a rejection is an opinion */
    CHECK(passes("disputed by=cleo", &p));
    p.me = "dora";
    CHECK(passes("disputed !by=me", &p));
    p.opinion_count = 0;
    CHECK(passes("decided !by=anna !disputed", &p));
}

TEST(terms_hold)
{
    struct tm noon = {.tm_year = 126, .tm_mon = 10, .tm_mday = 20, .tm_hour = 12, .tm_isdst = -1};
    int64_t now = (int64_t)mktime(&noon) * 1000, hour = 3600000;
    struct filter_facts p = {.kind = REVIEW_CORRECTED,
                             .label = TEA,
                             .split = SPLIT_VAL,
                             .predicted = COFFEE,
                             .untaught = COFFEE,
                             .expected = .75f,
                             .confidence = .5f,
                             .path = "Shop/CUP Élan.jpg",
                             .who = "anna",
                             .me = "anna",
                             .model = 3,
                             .time = now - 13 * hour,
                             .now = now};
    CHECK(passes("", &p));
    CHECK(passes("below=food label='food > drink' !below=tools predicted='food > drink > coffee'",
                 &p));
    CHECK(!passes("predicted='food > drink'", &p));
    CHECK(!passes("label='food > drink > coffee'", &p));
    CHECK(passes("decided corrected,accepted all !open !accepted", &p));
    CHECK(!passes("open", &p));
    CHECK(!passes("flagged", &p));
    CHECK(passes("conf<=0.5 conf>=0.5 !conf<0.5 expected>0.7 !expected>0.75", &p));
    CHECK(passes("file=cup file='cup é' !file=tea", &p));
    CHECK(passes("split=val split=train,val !split=none", &p));
    CHECK(passes("who=me who=anna !who=ann model=3 !model=4", &p));
    CHECK(passes("disagree", &p));
    CHECK(passes("since=2026-11-19 before=2026-11-20 before=today age<14h age>12h age<1d !age>1",
                 &p));
    CHECK(!passes("today", &p));
    CHECK(passes("not today not since=2026-11-20", &p));
    p.time = now - 12 * hour; /* midnight itself */
    CHECK(passes("today since=2026-11-20 !before=today", &p));
    p.untaught = TEA; /* although it is predicted to be coffee by what has learned that it is tea */
    CHECK(!passes("disagree", &p));
    p.untaught = COFFEE;
    p.label = DRINK; /* a deeper answer reaches it */
    CHECK(!passes("disagree", &p));
    p.untaught = FOOD; /* a shorter one does not */
    CHECK(passes("disagree", &p));
}

TEST(what_is_not_known_holds_for_nothing)
{
    struct filter_facts p = {.label = -1,
                             .predicted = -1,
                             .untaught = -1,
                             .expected = -1,
                             .confidence = -1,
                             .path = "",
                             .who = "",
                             .me = "",
                             .now = 1700000000000};
    CHECK(!passes("below=food", &p));
    CHECK(!passes("label=food", &p));
    CHECK(!passes("conf<0.5", &p));
    CHECK(!passes("conf>=0", &p));
    CHECK(!passes("expected<1", &p));
    CHECK(!passes("disagree", &p));
    CHECK(!passes("who=me", &p));
    CHECK(!passes("model=0", &p));
    CHECK(!passes("before=today", &p));
    CHECK(!passes("age>1d", &p));
    CHECK(passes("!conf<0.5 open none split=none", &p));
}

static int takes_decided(const char *text)
{
    struct taxonomy *t = tree();
    struct filter f = {0};
    CHECK_INT(filter_read(&f, text, t, &st), 0);
    taxonomy_free(t);
    return filter_takes_decided(&f);
}

TEST(decided_photos_where_asked_for)
{
    static const char *const yes[] = {"all",        "flagged",  "decided", "none,accepted",
                                      "label=food", "disagree", "who=me",  "model=1",
                                      "by=me",      "disputed", "today",   "before=2026-01-01",
                                      "age<1d"};
    static const char *const no[] = {"",           "open",     "none",   "imported",  "skipped",
                                     "below=food", "conf<0.5", "file=x", "split=val", "!flagged",
                                     "!accepted",  "!who=me",  "!by=me", "!disputed"};
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
        CHECK_INT(takes_decided(yes[i]) ? (int)i : -1, (int)i);
    for (size_t i = 0; i < sizeof no / sizeof *no; i++)
        CHECK_INT(takes_decided(no[i]) ? (int)i : -1, -1);
}

TEST(a_label_that_moves_is_followed)
{
    struct taxonomy *t = tree();
    struct filter f = {0};
    char text[FILTER_TEXT];
    struct filter_facts p = {.label = -1, .predicted = COFFEE};
    CHECK_INT(filter_read(&f, "below='food > drink > tea'", t, &st), 0);
    CHECK(!filter_holds(&f, t, 15, &p));
    CHECK_INT(taxonomy_rename(t, TEA, "thé", &st), 0);
    CHECK_TEXT(filter_write(&f, t, text, sizeof text), "below='food > drink > thé'");
    CHECK_INT(taxonomy_merge(t, TEA, COFFEE, &st), 0);
    CHECK(filter_holds(&f, t, 15, &p));
    CHECK_TEXT(filter_write(&f, t, text, sizeof text), "below='food > drink > coffee'");
    CHECK_INT(taxonomy_remove(t, COFFEE, &st), 0);
    CHECK(!filter_holds(&f, t, 15, &p));
    taxonomy_free(t);
}

TEST(the_last_word)
{
    static const struct {
        const char *text;
        size_t at;
    } cases[] = {{"", 0},
                 {"fla", 0},
                 {"all fla", 4},
                 {"all ", 4},
                 {"all below=food > dr", 4},
                 {"below=food > ", 0},
                 {"below='food > dr", 0},
                 {"below='food > drink' ", 21},
                 {"below='food > drink' co", 21},
                 {"below=food conf<", 11},
                 {"!label=fo", 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (!CHECK_INT(filter_last_word(cases[i].text), cases[i].at))
            CHECK_TEXT(cases[i].text, "");
}

/* Every word of the table is one that is understood, with the example's value. */
TEST(the_table_is_what_is_read)
{
    struct taxonomy *t = tree();
    for (const struct filter_word *w = filter_words; w->word; w++) {
        struct filter f = {0};
        char text[100];
        snprintf(text, sizeof text, "%s%s", w->word,
                 strcmp(w->value, "PATH") == 0 ? "food" : w->value);
        st = (struct status){0};
        if (filter_read(&f, text, t, &st) != 0)
            CHECK_TEXT(st.text, text);
        CHECK_INT(f.count, 1);
    }
    taxonomy_free(t);
}

TEST(written_text_is_cut_where_it_does_not_fit)
{
    struct taxonomy *t = tree();
    struct filter f = {0};
    char text[8];
    CHECK_INT(filter_read(&f, "below='food > drink' all", t, &st), 0);
    CHECK_TEXT(filter_write(&f, t, text, sizeof text), "below='");
    taxonomy_free(t);
}

int main(int argc, char **argv)
{
    setlocale(LC_ALL, "C.UTF-8"); /* lower case of other letters */
    return test_main(argc, argv);
}
