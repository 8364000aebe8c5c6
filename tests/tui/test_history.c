/* What was typed is kept: in order, once each, over sittings, whatever the file holds. */
#include "tests/check.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "data/status.h"
#include "tui/loop/history.h"

TEST(lines_are_kept_over_sittings)
{
    struct history h = {0}, again = {0};
    struct status st = {0};
    const char *file = test_path("history");
    history_read(&h, file); /* there is none yet */
    CHECK_INT(h.count, 0);
    CHECK_INT(history_add(&h, "order sure", file, &st), 0);
    CHECK_INT(history_add(&h, "goto 사진", file, &st), 0);
    CHECK_INT(history_add(&h, "order sure", file, &st), 0); /* moves to the end */
    history_read(&again, file);
    CHECK_INT(again.count, 2);
    CHECK_TEXT(again.lines[0], "goto 사진");
    CHECK_TEXT(again.lines[1], "order sure");
    history_clear(&h);
    history_clear(&again);
    CHECK_INT(h.count, 0);
}

TEST(the_oldest_fall_out)
{
    struct history h = {0};
    struct status st = {0};
    char line[40];
    for (int i = 0; i < HISTORY_LINES + 5; i++) {
        snprintf(line, sizeof line, "goto %d", i);
        CHECK_INT(history_add(&h, line, test_path("history"), &st), 0);
    }
    CHECK_INT(h.count, HISTORY_LINES);
    CHECK_TEXT(h.lines[0], "goto 5");
    history_clear(&h);
}

TEST(a_damaged_file_counts_for_nothing)
{
    struct history h = {0};
    char longest[HISTORY_LINE + 20];
    history_read(&h, test_write("binary", "order\0sure\n", 11));
    CHECK_INT(h.count, 0);
    history_read(&h, test_write("blank", "\n\n\norder sure", 13));
    CHECK_INT(h.count, 1);
    history_clear(&h);
    memset(longest, 'x', sizeof longest);
    history_read(&h, test_write("long", longest, sizeof longest));
    CHECK_INT(h.count, 0);
    history_read(&h, test_folder());
    CHECK_INT(h.count, 0);
}

TEST(what_cannot_be_written_is_said)
{
    struct history h = {0};
    struct status st = {0};
    CHECK_INT(history_add(&h, "order sure", test_path("nowhere/history"), &st), -1);
    CHECK_CONTAINS(st.text, "nowhere/history");
    CHECK_INT(h.count, 1); /* it can be gone back to in this sitting */
    CHECK_INT(history_add(&h, "two\nlines", test_path("history"), &st), 0);
    CHECK_INT(h.count, 1);
    history_clear(&h);
}

int main(int argc, char **argv)
{
    return test_main(argc, argv);
}
