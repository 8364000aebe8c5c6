/* Key files: what they bind, and what they are told off for. */
#include "tests/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tui/terminal/keymap.h"
#include "tui/terminal/terminal.h"

static struct keymap map;
static char said[1 << 16];
static int problems;

static void note(void *arg, const char *text)
{
    (void)arg;
    problems++;
    size_t used = strlen(said);
    snprintf(said + used, sizeof said - used, "%s\n", text);
}

/* How many lines were left out. */
static int read_keys(const char *text)
{
    said[0] = '\0';
    problems = 0;
    keymap_init(&map);
    keymap_read(&map, text, "keys", note, NULL);
    return problems;
}

static enum key_command command_of(const char *key)
{
    return keymap_command(&map, key_from_name(key));
}

TEST(without_a_file_the_table_holds)
{
    char names[64];
    keymap_init(&map);
    for (int i = 0; i < KEY_COMMANDS - 1; i++) {
        const struct key_binding *b = &key_bindings[i];
        if (b->key[0])
            CHECK_INT(command_of(b->key), b->command); /* no key has two commands */
        if (b->second[0])
            CHECK_INT(command_of(b->second), b->command);
        CHECK_INT(keymap_command(&map, keymap_key_of(b->command)), b->command);
        if (b->command != KEY_CANDIDATE)
            CHECK_TEXT(keymap_name(&map, b->command), b->key);
    }
    CHECK_INT(keymap_command(&map, '1'), KEY_CANDIDATE);
    CHECK_INT(keymap_command(&map, '9'), KEY_CANDIDATE);
    CHECK_INT(keymap_command(&map, '0'), KEY_NOTHING);
    CHECK_INT(keymap_command(&map, TERMINAL_NONE), KEY_NOTHING);
    CHECK_INT(keymap_command(&map, TERMINAL_HANGUP), KEY_NOTHING);
    CHECK_INT(keymap_command(&map, TERMINAL_ENTER), KEY_PICK);
    CHECK_TEXT(keymap_names(&map, KEY_UNDO, names, sizeof names), "u  Backspace");
    CHECK_TEXT(keymap_names(&map, KEY_CANDIDATE, names, sizeof names), "1-9");
    CHECK_TEXT(keymap_names(&map, KEY_UNDO, names, 4), "u  ");
}

TEST(keys_are_bound_and_let_go)
{
    CHECK_INT(
        read_keys(
            "# mine\n\nbind Ctrl-A accept # as in another program\n  bind\tF5   reject\r\nunbind x\n"),
        0);
    CHECK_INT(command_of("Ctrl-A"), KEY_ACCEPT);
    CHECK_INT(command_of("a"), KEY_ACCEPT);
    CHECK_INT(command_of("F5"), KEY_REJECT);
    CHECK_INT(command_of("x"), KEY_NOTHING);
    CHECK_TEXT(keymap_name(&map, KEY_ACCEPT), "Ctrl-A"); /* what a person chose is what is shown */
    CHECK_TEXT(keymap_name(&map, KEY_REJECT), "F5");
    CHECK_TEXT(said, "");
}

TEST(the_key_of_a_comment_can_be_bound)
{
    CHECK_INT(read_keys("bind # accept\nbind % reject #bind a skip\n"), 0);
    CHECK_INT(command_of("#"), KEY_ACCEPT);
    CHECK_INT(command_of("%"), KEY_REJECT);
    CHECK_INT(command_of("a"), KEY_ACCEPT);
}

TEST(two_commands_change_their_keys)
{
    CHECK_INT(read_keys("bind a reject\nbind x accept\n"), 0);
    CHECK_INT(command_of("a"), KEY_REJECT);
    CHECK_INT(command_of("x"), KEY_ACCEPT);
}

TEST(mistakes_are_said_with_their_line_and_the_rest_counts)
{
    CHECK_INT(
        read_keys(
            "bind a acept\nbind Crtl-A accept\nbnd a accept\nbind a\nunbind\nbind a b c\nbind F2 skip"),
        6);
    CHECK_CONTAINS(said, "keys:1: there is no command 'acept'; `tend help keys` lists them\n");
    CHECK_CONTAINS(said, "keys:2: 'Crtl-A' is no key; write one character, or Ctrl-A");
    CHECK_CONTAINS(said, "keys:3: a line is `bind KEY COMMAND` or `unbind KEY`, not 'bnd ...'\n");
    CHECK_CONTAINS(said, "keys:4:");
    CHECK_CONTAINS(said, "keys:5:");
    CHECK_CONTAINS(said, "keys:6:");
    CHECK_INT(command_of("F2"), KEY_SKIP);
    CHECK_INT(command_of("a"), KEY_ACCEPT);
}

TEST(a_key_bound_twice_in_a_file_is_a_conflict)
{
    CHECK_INT(read_keys("bind F2 skip\nbind F2 reject\nunbind F2\n"), 2);
    CHECK_CONTAINS(said, "keys:2: F2 is in line 1 already; take one of the two out\n");
    CHECK_CONTAINS(said, "keys:3: F2 is in line 1 already");
    CHECK_INT(command_of("F2"), KEY_SKIP);
}

TEST(a_second_file_goes_over_the_first)
{
    CHECK_INT(read_keys("bind F2 skip\n"), 0);
    keymap_read(&map, "bind F2 reject\n", "other", note, NULL);
    CHECK_INT(problems, 0);
    CHECK_INT(command_of("F2"), KEY_REJECT);
}

TEST(digits_stay)
{
    CHECK_INT(read_keys("bind 5 accept\nunbind 1\nbind F2 candidate\nbind 0 skip\n"), 3);
    CHECK_CONTAINS(said,
                   "keys:1: 5 takes that candidate, which cannot be changed; choose another key\n");
    CHECK_CONTAINS(said, "keys:2: 1 takes that candidate");
    CHECK_CONTAINS(said, "keys:3: candidates are taken by the digits 1 to 9 alone\n");
    CHECK_INT(command_of("5"), KEY_CANDIDATE);
    CHECK_INT(command_of("0"), KEY_SKIP);
}

TEST(keys_that_never_arrive_are_refused)
{
    CHECK_INT(
        read_keys(
            "bind Ctrl-I accept\nbind Ctrl-M accept\nbind Ctrl-H accept\nbind Ctrl-Z accept\n"),
        4);
    CHECK_CONTAINS(said, "keys:1: a terminal sends Tab for Ctrl-I; write Tab\n");
    CHECK_CONTAINS(said, "keys:4: Ctrl-Z suspends the program");
}

TEST(a_command_left_without_a_key_is_said)
{
    CHECK_INT(read_keys("\nbind a reject\n"), 1);
    CHECK_TEXT(said, "keys:2: takes the only key of accept; `bind KEY accept` gives it another\n");
    CHECK_INT(command_of("a"), KEY_REJECT);
    CHECK_TEXT(keymap_name(&map, KEY_ACCEPT), "");
    CHECK_TEXT(keymap_hint(&map, KEY_ACCEPT), ":accept");
    CHECK_INT(read_keys("unbind a\n"), 0); /* that was meant */
}

TEST(sentences_name_the_keys_in_force)
{
    char text[100];
    CHECK_INT(read_keys("bind % undo\nunbind u\nunbind Backspace\nunbind y\n"), 0);
    CHECK_TEXT(keymap_text(&map, "{undo} takes it back; {redo} {no} {} {", 0, text, sizeof text),
               "% takes it back; Ctrl-R {no} {} {");
    CHECK_TEXT(keymap_text(&map, "%s: {undo}", 1, text, sizeof text),
               "%s: %%"); /* it is a format still */
    CHECK_TEXT(keymap_text(&map, "{copy} copies", 0, text, sizeof text), ":copy copies");
    CHECK_TEXT(keymap_text(&map, "ab{redo}", 0, text, 6), "abCt");
}

TEST(a_way_out_and_help_stay)
{
    CHECK_INT(read_keys("unbind q\nunbind Escape\nunbind ?\nunbind F1\n"), 2);
    CHECK_CONTAINS(said, "back needs a key; it keeps q\n");
    CHECK_CONTAINS(said, "help needs a key; it keeps ?\n");
    CHECK_INT(command_of("q"), KEY_BACK);
    CHECK_INT(command_of("?"), KEY_HELP);
}

TEST(anything_may_stand_in_a_file)
{
    char text[2000];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    CHECK_INT(read_keys(text), 1);
    CHECK_TEXT(said, "keys:1: the line is too long\n");
    CHECK_INT(read_keys("bind \xff\xfe accept\nbind \033[31m accept"), 2);
    CHECK_INT(read_keys("bind \xed\x95\x9c accept"), 0);
    CHECK_INT(command_of("\xed\x95\x9c"), KEY_ACCEPT);
}

TEST(more_keys_than_there_is_room_for)
{
    char text[8000] = "unbind q\nunbind Escape\n";
    for (int i = 0; i < 400; i++)
        sprintf(text + strlen(text), "bind %c%c accept\n", 0xc4 + i / 64, 0x80 + i % 64);
    CHECK(read_keys(text) > 0);
    CHECK_CONTAINS(said, "there are more keys than");
    CHECK_INT(command_of("q"), KEY_BACK);
}

TEST(files_of_the_person_and_of_the_project)
{
    char file[1100];
    mkdir(test_path("config"), 0777);
    mkdir(test_path("config/tend"), 0777);
    mkdir(test_path("project"), 0777);
    test_write("config/tend/keys", "bind F2 skip\nbind F3 skip\n", 26);
    test_write("project/keys", "bind F3 reject\nnonsense\n", 24);
    setenv("XDG_CONFIG_HOME", test_path("config"), 1);
    said[0] = '\0';
    problems = 0;
    CHECK_INT(keymap_load(&map, test_path("project"), note, NULL), 2);
    CHECK_INT(command_of("F2"), KEY_SKIP);
    CHECK_INT(command_of("F3"), KEY_REJECT);
    CHECK_INT(problems, 1);
    CHECK_CONTAINS(said, ".tend/keys:2:");
    setenv("XDG_CONFIG_HOME", "", 1);
    setenv("HOME", "/home/somebody", 1);
    CHECK_TEXT(keymap_user_file(file, sizeof file), "/home/somebody/.config/tend/keys");
    setenv("XDG_CONFIG_HOME", test_path("nothing"), 1);
    CHECK_INT(keymap_load(&map, NULL, note, NULL), 0);
    CHECK_INT(problems, 1);
}

int main(int argc, char **argv)
{
    return test_main(argc, argv);
}
