/* Text as cells: widths, escapes, clusters. */
#include "tests/check.h"

#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "tui/terminal/cluster.h"

/* A text as it is shown, its clusters joined. */
static const char *shown(const char *text, int *width)
{
    static char out[512];
    struct cluster_iterator it = {.at = text};
    struct cluster c;
    size_t n = 0;
    *width = 0;
    while (cluster_next(&it, &c)) {
        for (int i = 0; c.text[i] && n + 5 < sizeof out; i++)
            n += (size_t)utf8_encode((unsigned)c.text[i], out + n);
        *width += c.width;
    }
    out[n] = '\0';
    return out;
}

static void check(const char *text, const char *want, int want_width)
{
    int width;
    CHECK_TEXT(shown(text, &width), want);
    CHECK_INT(width, want_width);
}

TEST(plain_text_is_itself)
{
    check("", "", 0);
    check("coffee > tea", "coffee > tea", 12);
    check("caf\u00e9", "caf\u00e9", 4);
}

TEST(wide_characters_take_two_cells)
{
    check("음식", "음식", 4);
    check("日本語", "日本語", 6);
    check("a한b", "a한b", 4);
    check("\U0001f34e", "\U0001f34e", 2);
}

TEST(control_characters_are_shown_not_sent)
{
    check("\033[31mred", "\\x1b[31mred", 11);
    check("a\nb\tc", "a\\x0ab\\x09c", 11);
    check("\x7f", "\\x7f", 4);
    check("\xc2\x9b", "\\u009b", 6);
    check("\033]0;title\007", "\\x1b]0;title\\x07", 16);
}

TEST(invalid_bytes_are_shown)
{
    check("a\xff", "a\\xff", 5);
    check("\xed\x95", "\\xed\\x95", 8);
    check("\xc0\xaf", "\\xc0\\xaf", 8);
    check("\xf5\x80\x80\x80", "\\xf5\\x80\\x80\\x80", 16);
}

TEST(overrides_of_direction_are_shown)
{
    check("a\u202egpj.exe", "a\\u202egpj.exe", 14);
    check("\u2066x\u2069", "\\u2066x\\u2069", 13);
    check("\u200f", "\\u200f", 6);
}

TEST(unassigned_characters_are_shown_as_codes)
{
    check("\ufffe", "\\ufffe", 6);
    check("\U000e1000", "\\U000e1000", 10);
}

TEST(decomposed_hangul_is_put_together)
{
    check("\u1112\u1161\u11ab\u1100\u1173\u11af", "한글", 4);
    check("\u1100\u1161", "가", 2);
    check("\uac00\u11a8", "각", 2);
    check("\u1112", "\u1112", 2); /* a lone consonant stays one */
}

TEST(marks_stay_with_their_base)
{
    struct cluster_iterator it = {.at = "e\u0301x"};
    struct cluster c;
    CHECK_INT(cluster_next(&it, &c), 1);
    CHECK_INT(c.text[0], 'e');
    CHECK_INT(c.text[1], 0x301);
    CHECK_INT(c.width, 1);
    CHECK_INT(cluster_next(&it, &c), 1);
    CHECK_INT(c.text[0], 'x');
    CHECK_INT(cluster_next(&it, &c), 0);
    check("\u0301x", " \u0301x", 2);
    check("e\u0301\u0302\u0303\u0304\u0305\u0306", "e\u0301\u0302\u0303\u0304",
          1); /* a cell is full */
}

TEST(joiners_are_left_out)
{
    check("\U0001f468\u200d\U0001f469", "\U0001f468\U0001f469", 4);
    check("\u2764\ufe0f", "\u2764", 1);
    check("a\u200bb\u00adc\ufeff", "abc", 3);
    check("\u200b", "", 0);
}

TEST(utf8_both_ways)
{
    static const unsigned codes[] = {1,      0x7f,   0x80,   0x7ff,   0x800,
                                     0xd7ff, 0xe000, 0xffff, 0x10000, 0x10ffff};
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        char bytes[4];
        unsigned code = 0;
        int n = utf8_encode(codes[i], bytes);
        CHECK_INT(utf8_decode((unsigned char *)bytes, (size_t)n, &code), n);
        CHECK_INT(code, codes[i]);
        for (int cut = 0; cut < n; cut++)
            CHECK_INT(utf8_decode((unsigned char *)bytes, (size_t)cut, &code), 0);
    }
}

int main(int argc, char **argv)
{
    setlocale(LC_CTYPE, "C.UTF-8");
    return test_main(argc, argv);
}
