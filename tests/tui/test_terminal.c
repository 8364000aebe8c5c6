/* Scripts: keys in, screens out, without a terminal. */
#include "tests/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "data/file.h"
#include "data/status.h"
#include "tui/terminal/picture.h"
#include "tui/terminal/terminal.h"

static char script_path[512], dump_path[512];

static int start(const char *script, int rows, int cols, enum graphics g)
{
    struct status st = {0};
    snprintf(script_path, sizeof script_path, "%s", test_write("script", script, strlen(script)));
    snprintf(dump_path, sizeof dump_path, "%s", test_path("dump"));
    struct terminal_options o = {
        .script = script_path, .dump = dump_path, .rows = rows, .cols = cols, .graphics = g};
    if (!CHECK_INT(terminal_start(&o, &st), 0)) {
        test_fail(__FILE__, __LINE__, "%s", st.text);
        return 0;
    }
    return 1;
}

/* Ends the terminal; what was dumped. */
static const char *finish(void)
{
    static char *text;
    size_t size;
    terminal_end();
    free(text);
    text = NULL;
    CHECK_INT(file_read(dump_path, 1 << 20, &text, &size, NULL), 0);
    return text ? text : "";
}

TEST(keys_of_a_script)
{
    if (!start("a Enter F1 # comment dump\nCtrl-R text:x_\xed\x95\x9c + Space\n", 5, 20,
               GRAPHICS_NONE))
        return;
    static const int want[] = {'a', TERMINAL_ENTER,  TERMINAL_F1,    18, 'x', ' ', 0xd55c, '+',
                               ' ', TERMINAL_HANGUP, TERMINAL_HANGUP};
    for (size_t i = 0; i < sizeof want / sizeof want[0]; i++)
        CHECK_INT(terminal_key(-1, -1), want[i]);
    finish();
}

TEST(text_is_cut_padded_and_placed)
{
    if (!start("dump", 6, 20, GRAPHICS_NONE))
        return;
    CHECK_INT(terminal_text(0, 0, 20, STYLE_NORMAL, "left"), 4);
    CHECK_INT(terminal_text(1, 16, 10, STYLE_NORMAL, "abcdefghij"), 10); /* over the right side */
    CHECK_INT(terminal_text(2, -3, 10, STYLE_NORMAL, "abcdefghij"), 10); /* over the left side */
    CHECK_INT(terminal_text(3, 0, 6, STYLE_NORMAL, "abcdefghij"), 6);    /* ellipsis */
    terminal_text(4, 0, 20, STYLE_NORMAL, "xxxxxxxxxxxxxxxxxxxx");
    CHECK_INT(terminal_text(4, 2, 4, STYLE_NORMAL, "a"), 1); /* padded */
    CHECK_INT(terminal_text(-1, 0, 5, STYLE_NORMAL, "no"), 2);
    CHECK_INT(terminal_text(6, 0, 5, STYLE_NORMAL, "no"), 2);
    CHECK_INT(terminal_text(0, 0, 0, STYLE_NORMAL, "no"), 0);
    CHECK_INT(terminal_text(0, 0, -5, STYLE_NORMAL, "no"), 0);
    terminal_flush();
    CHECK_INT(terminal_key(-1, -1), TERMINAL_HANGUP);
    CHECK_TEXT(finish(), "== 1: 20x6 ==\n"
                         "left\n"
                         "                abcd\n"
                         "defghij\n"
                         "abcde\u2026\n"
                         "xxa   xxxxxxxxxxxxxx\n"
                         "\n");
}

TEST(wide_text_is_never_halved)
{
    if (!start("dump", 5, 10, GRAPHICS_NONE))
        return;
    CHECK_INT(terminal_text(0, 0, 10, STYLE_NORMAL, "음식음료커피"), 9); /* 4 + ellipsis */
    CHECK_INT(terminal_text(1, 0, 4, STYLE_NORMAL, "음식"), 4);
    CHECK_INT(terminal_text(2, 9, 4, STYLE_NORMAL, "음식"), 4); /* half of the first would show */
    CHECK_INT(terminal_text(3, -1, 4, STYLE_NORMAL, "음식"), 4);
    terminal_text(4, 0, 10, STYLE_NORMAL, "가나다라마");
    terminal_text(4, 3, 1, STYLE_NORMAL, "x"); /* on the second half */
    CHECK_INT(terminal_width("음식 a"), 6);
    CHECK_INT(terminal_key(-1, -1), TERMINAL_HANGUP);
    CHECK_TEXT(finish(), "== 1: 10x5 ==\n"
                         "음식음료\u2026\n"
                         "음식\n"
                         "\n"
                         " 식\n"
                         "가 x다라마\n");
}

TEST(outside_text_is_made_harmless)
{
    if (!start("dump", 2, 40, GRAPHICS_NONE))
        return;
    terminal_text(0, 0, 40, STYLE_NORMAL, "\033[2J\u202e\xff\n");
    terminal_printf(1, 0, 40, STYLE_GOOD, "%d of %s", 3, "\u1112\u1161\u11ab");
    CHECK_INT(terminal_key(-1, -1), TERMINAL_HANGUP);
    CHECK_TEXT(finish(), "== 1: 40x2 ==\n\\x1b[2J\\u202e\\xff\\x0a\n3 of 한\n");
}

TEST(bars)
{
    if (!start("dump", 5, 16, GRAPHICS_NONE))
        return;
    terminal_fill(0, 0, 5, 16, STYLE_STATUS);
    terminal_text(1, 0, 16, STYLE_NORMAL, "................");
    terminal_fill(0, 1, 3, 12, STYLE_NORMAL);
    terminal_bar(3, 0, 4, 0.5f, STYLE_BAR);
    terminal_bar(3, 5, 4, 0.15625f, STYLE_GOOD); /* five eighths of a cell */
    terminal_bar(3, 10, 4, 7.0f, STYLE_BAR);
    terminal_bar(4, 0, 4, 0, STYLE_BAR);
    terminal_bar(4, 5, 4, 0.0f / (float)terminal_width(""), STYLE_BAR); /* not a number */
    terminal_bar(4, 14, 9, 1, STYLE_BAR);
    CHECK_INT(terminal_key(-1, -1), TERMINAL_HANGUP);
    CHECK_TEXT(finish(), "== 1: 16x5 ==\n"
                         "\n.            ...\n\n"
                         "\u2588\u2588   \u258b    \u2588\u2588\u2588\u2588\n"
                         "              \u2588\u2588\n");
}

TEST(resize_is_told_and_shown)
{
    if (!start("size:30x4 dump size:8x2 dump", 5, 20, GRAPHICS_NONE))
        return;
    for (int i = 0; i < 2; i++) {
        CHECK_INT(terminal_key(-1, -1), TERMINAL_RESIZE);
        CHECK_INT(terminal_info()->cols, i ? 8 : 30);
        CHECK_INT(terminal_info()->rows, i ? 2 : 4);
        terminal_clear();
        terminal_text(terminal_info()->rows - 1, 0, 30, STYLE_NORMAL, "as wide as the screen");
        terminal_flush();
    }
    CHECK_INT(terminal_key(-1, -1), TERMINAL_HANGUP);
    CHECK_TEXT(finish(), "== 1: 30x4 ==\n\n\n\nas wide as the screen\n== 2: 8x2 ==\n\nas wide\n");
}

static struct picture blocks_picture(int rows, int cols)
{
    struct picture p = {.graphics = GRAPHICS_BLOCKS,
                        .rows = rows,
                        .cols = cols,
                        .width = cols,
                        .height = 2 * rows,
                        .id = 1};
    p.rgb = calloc((size_t)rows * (size_t)cols * 2, 3);
    CHECK(p.rgb != NULL);
    return p;
}

TEST(pictures_are_marked)
{
    if (!start("dump dump dump", 5, 30, GRAPHICS_BLOCKS))
        return;
    struct picture p = blocks_picture(3, 24);
    terminal_put_picture(0, 1, 2, &p);
    terminal_text(2, 20, 10, STYLE_NORMAL, "over it");
    terminal_flush();
    CHECK_INT(terminal_pictures(), 1);
    CHECK_INT(terminal_key(-1, -1), TERMINAL_HANGUP);
    CHECK_CONTAINS(finish(), "== 1: 30x5 ==\n"
                             "\n"
                             "  [0: 24x3 blocks]........\n"
                             "  ..................over it\n"
                             "  ........................\n"
                             "\n");
    picture_clear(&p);
}

TEST(pictures_come_and_go)
{
    if (!start("dump a dump b dump c", 3, 30, GRAPHICS_BLOCKS))
        return;
    struct picture p = blocks_picture(2, 24);
    terminal_put_picture(0, 0, 0, &p);
    terminal_flush(); /* not sent yet */
    CHECK_INT(terminal_key(-1, -1), 'a');
    CHECK_INT(terminal_pictures(), 1);
    CHECK_INT(terminal_key(-1, -1), 'b');
    terminal_clear();
    terminal_flush();
    CHECK_INT(terminal_pictures(), 1);
    CHECK_INT(terminal_key(-1, -1), 'c');
    CHECK_TEXT(finish(), "== 1: 30x3 ==\n\n\n\n"
                         "== 2: 30x3 ==\n[0: 24x2 blocks]........\n........................\n\n"
                         "== 3: 30x3 ==\n\n\n\n");
    picture_clear(&p);
}

TEST(pictures_that_do_not_fit_do_not_stand)
{
    if (!start("dump", 4, 10, GRAPHICS_BLOCKS))
        return;
    struct picture p = blocks_picture(3, 10);
    terminal_put_picture(0, 2, 0, &p);
    CHECK_INT(terminal_pictures(), 0);
    terminal_put_picture(0, 0, 1, &p);
    CHECK_INT(terminal_pictures(), 0);
    terminal_put_picture(0, -1, 0, &p);
    CHECK_INT(terminal_pictures(), 0);
    terminal_put_picture(0, 1, 0, &p);
    CHECK_INT(terminal_pictures(), 1);
    finish();
    picture_clear(&p);
}

static int countdown(void *arg)
{
    int *left = arg;
    return (*left)-- > 0;
}

TEST(idle_waits_for_background_work)
{
    int left = 3, fds[2];
    CHECK_INT(pipe(fds), 0);
    terminal_set_idle(countdown, &left);
    if (start("idle a wait:1 b", 3, 10, GRAPHICS_NONE)) {
        CHECK_INT(write(fds[1], "", 1), 1);
        CHECK_INT(terminal_key(-1, fds[0]), TERMINAL_WAKE);
        char byte;
        CHECK_INT(read(fds[0], &byte, 1), 1);
        CHECK_INT(terminal_key(0, fds[0]), TERMINAL_NONE); /* still busy */
        CHECK_INT(terminal_key(-1, fds[0]), 'a');
        CHECK_INT(left, -1);
        CHECK_INT(terminal_key(-1, fds[0]), 'b');
        finish();
    }
    terminal_set_idle(NULL, NULL);
    close(fds[0]);
    close(fds[1]);
}

TEST(dumps_go_where_they_are_asked_for)
{
    char script[600], other[512];
    snprintf(other, sizeof other, "%s", test_path("other"));
    snprintf(script, sizeof script, "dump:%s", other);
    if (!start(script, 1, 10, GRAPHICS_NONE))
        return;
    terminal_text(0, 0, 10, STYLE_NORMAL, "here");
    CHECK_INT(terminal_key(-1, -1), TERMINAL_HANGUP);
    CHECK_TEXT(finish(), "");
    char *text = NULL;
    size_t size;
    CHECK_INT(file_read(other, 1000, &text, &size, NULL), 0);
    CHECK_TEXT(text ? text : "", "== 1: 10x1 ==\nhere\n");
    free(text);
}

static void refused(const char *script, const char *why)
{
    struct status st = {0};
    struct terminal_options o = {.script = test_write("bad", script, strlen(script))};
    CHECK_INT(terminal_start(&o, &st), -1);
    CHECK_CONTAINS(st.text, why);
}

TEST(scripts_with_errors_are_refused)
{
    refused("a\nb nonsense c\n", "bad:2: 'nonsense'");
    refused("size:0x10", "size:0x10");
    refused("size:99999x10", "size:99999x10");
    refused("size:10", "size:10");
    refused("wait:-1", "wait:-1");
    refused("wait:", "wait:");
    struct status st = {0};
    struct terminal_options o = {.script = test_path("missing")};
    CHECK_INT(terminal_start(&o, &st), -1);
    CHECK_CONTAINS(st.text, "missing");
}

TEST(without_a_terminal_there_is_a_sentence)
{
    struct status st = {0};
    struct terminal_options o = {0};
    setenv("TERM", "xterm-256color", 1);
    if (isatty(0) && isatty(1))
        SKIP("runs on a terminal");
    CHECK_INT(terminal_start(&o, &st), -1);
    CHECK_CONTAINS(st.text, "is not a terminal");
    struct terminal_info info;
    CHECK_INT(terminal_probe(GRAPHICS_AUTO, &info, &st), -1);
    CHECK_INT(terminal_key(0, -1), TERMINAL_HANGUP);
    terminal_end();
    terminal_end();
}

int main(int argc, char **argv)
{
    return test_main(argc, argv);
}
