/* Keys and answers out of bytes. */
#include "tests/check.h"

#include <stdio.h>
#include <string.h>

#include "tui/terminal/input.h"
#include "tui/terminal/terminal.h"

static struct input in;

/* All keys of some bytes, with `waited` milliseconds since the last; answers count as -100. */
static int keys_of(const char *bytes, size_t size, int waited, int *keys, int most)
{
    struct input_event e;
    int n = 0;
    memset(&in, 0, sizeof in);
    input_feed(&in, bytes, size);
    for (input_next(&in, waited, &e); e.kind != INPUT_NOTHING; input_next(&in, waited, &e))
        if (e.kind != INPUT_IGNORED && n < most)
            keys[n++] = e.kind == INPUT_KEY ? e.key : -100;
    return n;
}

/* The only key of some bytes; -2: none or several. */
static int key_of(const char *bytes)
{
    int keys[4];
    return keys_of(bytes, strlen(bytes), 0, keys, 4) == 1 && in.used == 0 ? keys[0] : -2;
}

TEST(characters)
{
    CHECK_INT(key_of("a"), 'a');
    CHECK_INT(key_of("~"), '~');
    CHECK_INT(key_of("\xc3\xa9"), 0xe9);
    CHECK_INT(key_of("\xed\x95\x9c"), 0xd55c);
    CHECK_INT(key_of("\xf0\x9f\x98\x80"), 0x1f600);
    CHECK_INT(key_of("\x03"), 3);
    CHECK_INT(key_of("\x12"), 18);
    CHECK_INT(key_of("\r"), TERMINAL_ENTER);
    CHECK_INT(key_of("\n"), TERMINAL_ENTER);
    CHECK_INT(key_of("\t"), TERMINAL_TAB);
    CHECK_INT(key_of("\x7f"), TERMINAL_BACKSPACE);
    CHECK_INT(key_of("\b"), TERMINAL_BACKSPACE);
}

TEST(damaged_characters_are_dropped)
{
    int keys[8];
    CHECK_INT(keys_of("\377\376a", 3, 0, keys, 8), 1);
    CHECK_INT(keys[0], 'a');
    CHECK_INT(keys_of("\300\257a", 3, 0, keys, 8), 1);     /* overlong '/' */
    CHECK_INT(keys_of("\355\240\200a", 4, 0, keys, 8), 1); /* surrogate */
    CHECK_INT(keys_of("\302\233a", 3, 0, keys, 8), 1);     /* C1 control */
    CHECK_INT(keys_of("\0a", 2, 0, keys, 8), 1);
    CHECK_INT(keys_of("\xed\x95", 2, 0, keys, 8), 0); /* the rest may come */
    CHECK_INT(in.used, 2);
    CHECK_INT(keys_of("\xed\x95", 2, INPUT_ESCAPE_WAIT, keys, 8), 0);
    CHECK_INT(in.used, 0);
}

TEST(cursor_keys_of_all_kinds)
{
    static const struct {
        const char *bytes;
        int key;
    } table[] = {
        {"\033[A", TERMINAL_UP},
        {"\033[B", TERMINAL_DOWN},
        {"\033[C", TERMINAL_RIGHT},
        {"\033[D", TERMINAL_LEFT},
        {"\033OA", TERMINAL_UP},
        {"\033OD", TERMINAL_LEFT},
        {"\033[H", TERMINAL_HOME},
        {"\033[F", TERMINAL_END},
        {"\033OH", TERMINAL_HOME},
        {"\033OF", TERMINAL_END},
        {"\033[1~", TERMINAL_HOME},
        {"\033[4~", TERMINAL_END},
        {"\033[7~", TERMINAL_HOME},
        {"\033[8~", TERMINAL_END}, /* rxvt */
        {"\033[2~", TERMINAL_INSERT},
        {"\033[3~", TERMINAL_DELETE},
        {"\033[5~", TERMINAL_PAGE_UP},
        {"\033[6~", TERMINAL_PAGE_DOWN},
        {"\033[Z", TERMINAL_BACKTAB},
        {"\033[1;5C", TERMINAL_RIGHT},
        {"\033[1;2A", TERMINAL_UP},
        {"\033[3;5~", TERMINAL_DELETE},
        {"\033[c", TERMINAL_RIGHT},
        {"\033Oa", TERMINAL_UP},
        {"\033[3$", TERMINAL_DELETE},
        {"\033[7^", TERMINAL_HOME},
        {"\033OM", TERMINAL_ENTER},
        {"\033Op", '0'},
        {"\033Ok", '+'},
        {"\033OP", TERMINAL_F1},
        {"\033OS", TERMINAL_F1 + 3},
        {"\033[11~", TERMINAL_F1},
        {"\033[15~", TERMINAL_F1 + 4},
        {"\033[17~", TERMINAL_F1 + 5},
        {"\033[24~", TERMINAL_F1 + 11},
        {"\033[1;2R", TERMINAL_F1 + 2},
        {"\033[[A", TERMINAL_F1},
        {"\033[[E", TERMINAL_F1 + 4},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (!CHECK_INT(key_of(table[i].bytes), table[i].key))
            test_fail(__FILE__, __LINE__, "bytes ESC %s", table[i].bytes + 1);
}

TEST(sequences_come_in_pieces)
{
    static const char sequence[] = "\033[1;5C";
    struct input_event e;
    memset(&in, 0, sizeof in);
    for (size_t i = 0; i + 1 < sizeof sequence; i++) {
        input_feed(&in, sequence + i, 1);
        input_next(&in, 10, &e);
        CHECK_INT(e.kind, i + 2 < sizeof sequence ? INPUT_NOTHING : INPUT_KEY);
        CHECK(i + 2 == sizeof sequence || input_patience(&in) > 0);
    }
    CHECK_INT(e.key, TERMINAL_RIGHT);
    CHECK_INT(input_patience(&in), -1);
}

TEST(escape_is_a_key_after_a_moment)
{
    int keys[4];
    CHECK_INT(keys_of("\033", 1, 0, keys, 4), 0);
    CHECK_INT(input_patience(&in), INPUT_ESCAPE_WAIT);
    CHECK_INT(keys_of("\033", 1, INPUT_ESCAPE_WAIT, keys, 4), 1);
    CHECK_INT(keys[0], TERMINAL_ESCAPE);
    CHECK_INT(keys_of("\033\033", 2, INPUT_ESCAPE_WAIT, keys, 4), 2);
}

TEST(escape_and_a_character_are_two_keys)
{
    int keys[4];
    CHECK_INT(keys_of("\033j", 2, 0, keys, 4), 2);
    CHECK_INT(keys[0], TERMINAL_ESCAPE);
    CHECK_INT(keys[1], 'j');
    CHECK_INT(keys_of("\033P", 2, 0, keys, 4), 0); /* could be an answer */
    CHECK_INT(keys_of("\033P", 2, INPUT_ESCAPE_WAIT, keys, 4), 2);
    CHECK_INT(keys[1], 'P');
    CHECK_INT(keys_of("\033Pjk", 4, 0, keys, 4), 4); /* no answer begins so */
    CHECK_INT(keys_of("\033[", 2, INPUT_ESCAPE_WAIT, keys, 4), 2);
    CHECK_INT(keys[1], '[');
    CHECK_INT(keys_of("\033Ox", 3, 0, keys, 4), 1); /* 8 on the keypad */
    CHECK_INT(keys_of("\033Oz", 3, 0, keys, 4), 3);
}

TEST(what_means_nothing_is_dropped)
{
    int keys[4];
    static const char *const nothing[] = {"\033[24;80R",
                                          "\033[0n",
                                          "\033[I",
                                          "\033[O",
                                          "\033[200~",
                                          "\033[<1;1;1M",
                                          "\033[>19;379;0c",
                                          "\033[27;5;13~",
                                          "\033[97;5u",
                                          "\033[?1u",
                                          "\033P1$r0m\033\\",
                                          "\033]52;c;aGk=\007",
                                          "\033_Gi=1;OK\033\\",
                                          "\033[99999999999999;1~"};
    for (size_t i = 0; i < sizeof nothing / sizeof nothing[0]; i++) {
        char bytes[64];
        snprintf(bytes, sizeof bytes, "%sa", nothing[i]);
        int n = keys_of(bytes, strlen(bytes), 0, keys, 4);
        if (!CHECK(n >= 1 && keys[n - 1] == 'a' && (n == 1 || keys[0] == -100)))
            test_fail(__FILE__, __LINE__, "bytes ESC %s gave %d keys", nothing[i] + 1, n);
    }
    CHECK_INT(keys_of("\033[1;2\001a", 7, 0, keys, 4), 2); /* broken off by Ctrl-A */
}

/* What the mouse did, as "kind row column"; "" when it is no mouse. */
static const char *mouse_of(const char *bytes, size_t size)
{
    static char text[40];
    struct mouse m;
    int keys[4], n = keys_of(bytes, size, 0, keys, 4);
    text[0] = '\0';
    if (n == 1 && terminal_mouse(keys[0], &m) && in.used == 0)
        snprintf(text, sizeof text, "%d %d %d", (int)m.kind, m.row, m.col);
    return text;
}

TEST(the_mouse_presses_and_turns)
{
    static const struct {
        const char *bytes, *mouse;
    } table[] = {
        {"\033[<0;5;7M", "0 6 4"},
        {"\033[<0;5;7m", "1 6 4"},
        {"\033[<64;1;1M", "2 0 0"},
        {"\033[<65;300;200M", "3 199 299"},
        {"\033[<68;2;3M", "2 2 1"}, /* with Shift */
        {"\033[<16;2;3M", "0 2 1"},
        {"\033[M !!", "0 0 0"},
        {"\033[M#%'", "1 6 4"}, /* the old way */
        {"\033[M`!!", "2 0 0"},
        {"\033[32;5;7M", "0 6 4"}, /* rxvt's */
        {"\033[<0;99999999;99999999M", "0 4095 4095"},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        CHECK_TEXT(mouse_of(table[i].bytes, strlen(table[i].bytes)), table[i].mouse);
    CHECK_TEXT(mouse_of("\033[M \377\360", 6), "0 207 222"); /* bytes that are no UTF-8 */
}

TEST(what_else_the_mouse_does_is_dropped)
{
    static const char *const nothing[] = {"\033[<2;5;7M",   "\033[<35;5;7M", "\033[<66;5;7M",
                                          "\033[<128;1;1M", "\033[<0;0;7M",  "\033[<0;5M",
                                          "\033[<0;5;7;9M", "\033[M\"!!",    "\033[MC!!",
                                          "\033[M   ",      "\033[<M"};
    int keys[4];
    for (size_t i = 0; i < sizeof nothing / sizeof nothing[0]; i++) {
        char bytes[64];
        snprintf(bytes, sizeof bytes, "%sa", nothing[i]);
        if (keys_of(bytes, strlen(bytes), 0, keys, 4) != 1 || keys[0] != 'a')
            test_fail(__FILE__, __LINE__, "bytes ESC %s leak", nothing[i] + 1);
    }
    CHECK_INT(keys_of("\033[M !", 5, 0, keys, 4), 0); /* the rest may come */
    CHECK_INT(in.used, 5);
    CHECK_INT(keys_of("\033[M !", 5, INPUT_SEQUENCE_WAIT, keys, 4), 0);
    CHECK_INT(in.used, 0);
    CHECK_INT(keys_of("\033[<0;5;", 8, INPUT_SEQUENCE_WAIT, keys, 4), 0);
    struct mouse m;
    CHECK_INT(terminal_mouse('a', &m), 0);
    CHECK_INT(terminal_mouse(TERMINAL_F1, &m), 0);
    CHECK_INT(terminal_mouse(TERMINAL_HANGUP, &m), 0);
}

TEST(answers_are_no_keys)
{
    struct input_event e;
    memset(&in, 0, sizeof in);
    static const char bytes[] = "\033[?62;4;22c";
    input_feed(&in, bytes, sizeof bytes - 1);
    input_next(&in, 0, &e);
    CHECK_INT(e.kind, INPUT_ANSWER);
    CHECK_INT(e.answer.kind, ANSWER_DEVICE);
    CHECK_INT(e.answer.count, 3);
    CHECK_INT(e.answer.parameter[1], 4);
}

TEST(late_answers_between_keys)
{
    static const char bytes[] = "j\033[6;19;9tk\033[?62;c\033P>|foo\033\\l\033]11;rgb:0/0/0\007m";
    static const int want[] = {'j', -100, 'k', -100, -100, 'l', -100, 'm'};
    int keys[10];
    CHECK_INT(keys_of(bytes, sizeof bytes - 1, 0, keys, 10), 8);
    for (int i = 0; i < 8; i++)
        CHECK_INT(keys[i], want[i]);
}

TEST(endless_strings_do_not_swallow_keys_for_ever)
{
    struct input_event e;
    memset(&in, 0, sizeof in);
    input_feed(&in, "\033]11;", 5);
    for (int i = 0; i < 3 * INPUT_BYTES; i++) {
        CHECK_INT(input_feed(&in, "x", 1), 1);
        input_next(&in, 0, &e);
        CHECK(e.kind != INPUT_KEY);
    }
    input_feed(&in, "\033\\a", 3);
    do
        input_next(&in, 0, &e);
    while (e.kind == INPUT_IGNORED);
    CHECK_INT(e.kind, INPUT_KEY);
    CHECK_INT(e.key, 'a');
    memset(&in, 0, sizeof in);
    input_feed(&in, "\033]11;rgb", 8); /* never ended */
    input_next(&in, INPUT_SEQUENCE_WAIT, &e);
    CHECK_INT(e.kind, INPUT_IGNORED);
    CHECK_INT(in.used, 0);
}

int main(int argc, char **argv)
{
    return test_main(argc, argv);
}
