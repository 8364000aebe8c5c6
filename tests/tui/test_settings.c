/* Settings: what they may be, and what a damaged one counts for. */
#include "tests/check.h"

#include <string.h>

#include "data/status.h"
#include "tui/loop/settings.h"

static const struct setting count = {"a.count", SETTING_COUNT, "5", 0, 50, "", "help"};
static const struct setting share = {"a.share", SETTING_SHARE, "0.5", 0, 1, "", "help"};
static const struct setting choice = {"a.choice", SETTING_CHOICE, "on",  0,
                                      0,          "on off auto",  "help"};
static const struct setting text = {"a.text", SETTING_TEXT, "", 0, 0, "", "help"};

static struct store *make(void)
{
    struct store *s = NULL;
    struct status st = {0};
    if (store_create(test_path("project.db"), 3, &s, &st) != 0)
        test_fail(__FILE__, __LINE__, "%s", st.text);
    return s;
}

static const char *set(struct store *s, const struct setting *setting, const char *value)
{
    static struct status st;
    st = (struct status){0};
    return settings_set(s, setting, value, &st) == 0 ? "" : st.text;
}

TEST(values_are_kept_within_their_limits)
{
    struct store *s = make();
    char value[SETTING_SIZE];
    CHECK_TEXT(settings_get(s, &count, value, sizeof value), "5");
    CHECK_TEXT(set(s, &count, "50"), "");
    CHECK_TEXT(settings_get(s, &count, value, sizeof value), "50");
    CHECK_TEXT(set(s, &count, "51"), "a.count is a whole number from 0 to 50, not '51'");
    CHECK_TEXT(set(s, &count, "-1"), "a.count is a whole number from 0 to 50, not '-1'");
    CHECK_TEXT(set(s, &count, "1.5"), "a.count is a whole number from 0 to 50, not '1.5'");
    CHECK_TEXT(set(s, &count, ""), "a.count is a whole number from 0 to 50, not ''");
    CHECK_TEXT(set(s, &count, "0x10"), "a.count is a whole number from 0 to 50, not '0x10'");
    CHECK_TEXT(set(s, &share, "0.25"), "");
    CHECK_TEXT(set(s, &share, "1.01"), "a.share is a number from 0 to 1, not '1.01'");
    CHECK_TEXT(set(s, &share, "nan"), "a.share is a number from 0 to 1, not 'nan'");
    CHECK_TEXT(set(s, &choice, "auto"), "");
    CHECK_TEXT(set(s, &choice, "of"), "a.choice is on, off or auto, not 'of'");
    CHECK_TEXT(set(s, &choice, "on off"), "a.choice is on, off or auto, not 'on off'");
    CHECK_TEXT(set(s, &choice, ""), "a.choice is on, off or auto, not ''");
    CHECK_TEXT(set(s, &text, "a b"), "");
    CHECK(set(s, &text, "a\nb")[0]);
    CHECK_TEXT(settings_get(s, &count, value, sizeof value),
               "50"); /* what was refused changed nothing */
    CHECK_TEXT(set(s, &count, NULL), "");
    CHECK_TEXT(settings_get(s, &count, value, sizeof value), "5");
    store_close(s);
}

TEST(a_damaged_value_counts_for_the_default)
{
    struct store *s = make();
    char value[SETTING_SIZE];
    CHECK_INT(store_set_setting(s, "a.count", "many", NULL), 0);
    CHECK_TEXT(settings_get(s, &count, value, sizeof value), "5");
    CHECK_INT(store_set_setting(s, "picture.bytes", "7", NULL), 0);
    CHECK_NEAR(settings_number(s, "picture.bytes"), 500000, 0);
    store_close(s);
}

TEST(the_table_holds_what_it_allows)
{
    struct store *s = make();
    struct status st = {0};
    for (int i = 0; i < settings_count(); i++) {
        CHECK_TEXT(set(s, &settings[i], NULL), "");
        CHECK(settings_find(settings[i].name, &st) == &settings[i]);
        CHECK(settings[i].help[0]);
    }
    CHECK(settings_find("colour", &st) == NULL);
    CHECK_TEXT(st.text, "there is no setting 'colour'; `tend set` lists them");
    store_close(s);
}

int main(int argc, char **argv)
{
    return test_main(argc, argv);
}
