/* Key names and the table of keys. */
#include "tests/check.h"

#include <string.h>

#include "tui/terminal/keys.h"
#include "tui/terminal/terminal.h"

TEST(names_become_keys)
{
    CHECK_INT(key_from_name("a"), 'a');
    CHECK_INT(key_from_name("?"), '?');
    CHECK_INT(key_from_name("+"), '+');
    CHECK_INT(key_from_name("Ctrl-R"), 18);
    CHECK_INT(key_from_name("Ctrl-C"), 3);
    CHECK_INT(key_from_name("Enter"), TERMINAL_ENTER);
    CHECK_INT(key_from_name("Tab"), TERMINAL_TAB);
    CHECK_INT(key_from_name("Backspace"), TERMINAL_BACKSPACE);
    CHECK_INT(key_from_name("Space"), ' ');
    CHECK_INT(key_from_name("F1"), TERMINAL_F1);
    CHECK_INT(key_from_name("F12"), TERMINAL_F1 + 11);
    CHECK_INT(key_from_name("F"), 'F');
    CHECK_INT(key_from_name("\xed\x95\x9c"), 0xd55c); /* one Korean syllable */
}

TEST(unknown_names_are_refused)
{
    CHECK_INT(key_from_name(""), -1);
    CHECK_INT(key_from_name(" "), -1);
    CHECK_INT(key_from_name("ab"), -1);
    CHECK_INT(key_from_name("enter"), -1);
    CHECK_INT(key_from_name("Ctrl-"), -1);
    CHECK_INT(key_from_name("Ctrl-1"), -1);
    CHECK_INT(key_from_name("F0"), -1);
    CHECK_INT(key_from_name("F99"), -1);
    CHECK_INT(key_from_name("\x7f"), -1);
    CHECK_INT(key_from_name("\xed\x95"), -1);
}

TEST(keys_become_names_and_back)
{
    static const int keys[] = {'a',
                               'Z',
                               '+',
                               ' ',
                               1,
                               12,
                               26,
                               0xd55c,
                               0x1f600,
                               TERMINAL_UP,
                               TERMINAL_BACKTAB,
                               TERMINAL_ESCAPE,
                               TERMINAL_F1,
                               TERMINAL_F1 + 9};
    char name[32];
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        CHECK_INT(key_from_name(key_name(keys[i], name, sizeof name)), keys[i]);
    CHECK_TEXT(key_name(18, name, sizeof name), "Ctrl-R");
    CHECK_TEXT(key_name(TERMINAL_NONE, name, sizeof name), "");
    CHECK_TEXT(key_name('a', name, 1), "");
}

TEST(table_names_keys_that_exist)
{
    for (int i = 0; i < KEY_COMMANDS - 1; i++) {
        const struct key_binding *b = &key_bindings[i];
        CHECK_INT(b->command, i + 1);
        if (!CHECK(key_from_name(b->key) >= 0) ||
            !CHECK(!b->second[0] || key_from_name(b->second) >= 0))
            test_fail(__FILE__, __LINE__, "key '%s' or '%s'", b->key, b->second);
        CHECK(b->help[0] && b->section[0]);
    }
}

TEST(commands_are_found_by_their_names)
{
    for (int i = 0; i < KEY_COMMANDS - 1; i++) {
        const struct key_binding *b = &key_bindings[i];
        CHECK_INT(key_command_named(b->name), b->command); /* no name twice */
        CHECK(key_binding_of(b->command) == b);
        CHECK(strlen(b->name) <= 11); /* the help screen's column */
        CHECK_INT(strspn(b->name, "abcdefghijklmnopqrstuvwxyz-"), strlen(b->name));
    }
    CHECK_INT(key_command_named("ACCEPT"), KEY_NOTHING);
    CHECK_INT(key_command_named(""), KEY_NOTHING);
}

int main(int argc, char **argv)
{
    return test_main(argc, argv);
}
