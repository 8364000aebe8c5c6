/* Names cut to cells: what is left, and nothing in the middle of a character. */
#include "tui/screens/text.h"

#include <locale.h>
#include <string.h>

#include "tests/check.h"

static const char *middle(const char *name, int width)
{
    static char buffer[200];
    return text_middle(name, width, buffer, sizeof buffer);
}

TEST(a_name_is_cut_in_the_middle)
{
    CHECK_TEXT(middle("Orange-Juice", 12), "Orange-Juice");
    CHECK_TEXT(middle("Orange-Juice", 11), "Orang…Juice"); /* 5 + 1 + 5 */
    CHECK_TEXT(middle("Orange-Juice", 6), "Or…ice");
    CHECK_TEXT(middle("", 5), "");
}

TEST(wide_characters_are_not_halved)
{
    CHECK_TEXT(middle("가나다라마", 10), "가나다라마");
    CHECK_TEXT(middle("가나다라마", 9), "가나…라마"); /* 4 + 1 + 4 */
    CHECK_TEXT(middle("가나다라마", 6), "가…마");     /* 3 cells hold one wide character */
}

TEST(a_name_breaks_after_a_hyphen_or_anywhere)
{
    char line[200];
    CHECK_TEXT(text_break("God-Morgon-Orange-Juice", 12, line, sizeof line), "Orange-Juice");
    CHECK_TEXT(line, "God-Morgon-");
    CHECK_TEXT(text_break("Aubergine", 12, line, sizeof line), "");
    CHECK_TEXT(line, "Aubergine");
    CHECK_TEXT(text_break("Passionfruit", 5, line, sizeof line), "onfruit");
    CHECK_TEXT(line, "Passi");
    CHECK_TEXT(text_break("red apple", 9, line, sizeof line), "");
}

int main(int argc, char **argv)
{
    setlocale(LC_ALL, "C.UTF-8");
    return test_main(argc, argv);
}
