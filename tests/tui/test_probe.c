/* Capabilities from recorded answers. xterm's and tmux's were recorded from xterm 379 and
 * tmux 3.3a; the others are put together from what those terminals are documented or were seen to
 * answer. */
#include "tests/check.h"

#include <string.h>

#include "tui/terminal/probe.h"

static const struct probe_environment usual = {.rows = 40,
                                               .cols = 150,
                                               .xpixel = 1354,
                                               .ypixel = 764,
                                               .colors = 256,
                                               .term = "xterm-256color"};

static void take(struct answers *a, const char *bytes)
{
    static struct input in;
    struct input_event e;
    memset(&in, 0, sizeof in);
    CHECK_INT(input_feed(&in, bytes, strlen(bytes)), (long long)strlen(bytes));
    do {
        input_next(&in, 0, &e);
        CHECK(e.kind != INPUT_KEY);
        if (e.kind == INPUT_ANSWER)
            answers_note(a, &e.answer);
    } while (e.kind != INPUT_NOTHING);
    CHECK_INT(in.used, 0);
}

static struct terminal_info decide(const char *bytes, const struct probe_environment *e)
{
    struct answers a = {0};
    struct terminal_info info;
    take(&a, bytes);
    probe_decide(&a, e, &info);
    return info;
}

#define XTERM_NAME "\033P>|XTerm(379)\033\\"

TEST(xterm_with_sixel)
{
    struct terminal_info i =
        decide(XTERM_NAME "\033[?1;0;256S\033[?2;0;1350;760S\033[?2026;0$y"
                          "\033]11;rgb:ffff/ffff/ffff\033\\\033[?63;1;2;4;6;9;15;16;22;28c",
               &usual);
    CHECK_INT(i.graphics, GRAPHICS_SIXEL);
    CHECK_INT(i.registers, 256);
    CHECK_INT(i.cell_width, 9);
    CHECK_INT(i.cell_height, 19);
    CHECK_TEXT(i.cell_source, "XTSMGRAPHICS");
    CHECK_INT(i.background, 0xffffff);
    CHECK_INT(i.synchronized, 0);
    CHECK_INT(i.picture_width, 0);
    CHECK_INT(i.picture_height, 0);
    CHECK_TEXT(i.name, "XTerm(379)");
}

TEST(xterm_border_is_not_part_of_the_cells)
{
    /* 30x10 cells with 10 pixels of border: TIOCGWINSZ / rows would be 21 */
    struct probe_environment e = usual;
    e.rows = 10, e.cols = 30, e.xpixel = 290, e.ypixel = 210;
    struct terminal_info i = decide("\033[?2;0;270;190S\033[?63;4c", &e);
    CHECK_INT(i.cell_height, 19);
    CHECK_INT(i.cell_width, 9);
}

TEST(xterm_small_pictures_only)
{
    struct answers a = {0};
    struct terminal_info i;
    take(&a, XTERM_NAME "\033[?1;0;16S\033[?2;0;500;400S\033[?63;1;2;4;6;9;15;16;22;28c");
    CHECK_INT(a.registers, 16);
    take(&a,
         "\033[?1;0;256S\033[?1;0;256S\033[?63;1;2;4;6;9;15;16;22;28c"); /* after raising them */
    probe_decide(&a, &usual, &i);
    CHECK_INT(i.registers, 256);
    CHECK_INT(i.picture_width, 500);
    CHECK_INT(i.picture_height, 400);
    CHECK_TEXT(i.cell_source, "TIOCGWINSZ");
    CHECK_INT(i.cell_width, 9);
}

TEST(xterm_as_it_comes_has_no_sixel)
{
    struct terminal_info i = decide(XTERM_NAME "\033[?1;3S\033[?2;3S\033[?2026;0$y"
                                               "\033]11;rgb:0000/0000/0000\033\\"
                                               "\033[?64;1;2;6;9;15;16;17;18;21;22;28c",
                                    &usual);
    CHECK_INT(i.graphics, GRAPHICS_BLOCKS);
    CHECK_INT(i.registers, 256);
    CHECK_INT(i.colors, 1 << 24);
    CHECK_CONTAINS(i.why, "XTerm(379) has no sixel");
}

TEST(xterm_window_reports)
{
    struct terminal_info i =
        decide("\033[?2;0;1350;760S\033[6;19;9t\033[4;760;1350t\033[?63;4c", &usual);
    CHECK_TEXT(i.cell_source, "CSI 16 t");
    i = decide("\033[4;760;1350t\033[?63;4c", &usual);
    CHECK_TEXT(i.cell_source, "CSI 14 t");
    CHECK_INT(i.cell_width, 9);
    CHECK_INT(i.cell_height, 19);
}

TEST(tmux_without_sixel)
{
    struct probe_environment e = usual;
    e.xpixel = 150 * 16, e.ypixel = 40 * 32;
    struct terminal_info i = decide("\033P>|tmux 3.3a\033\\\033[?1;2c", &e);
    CHECK_INT(i.graphics, GRAPHICS_BLOCKS);
    CHECK_TEXT(i.name, "tmux 3.3a");
    CHECK_CONTAINS(i.why, "tmux 3.3a has no sixel");
}

TEST(tmux_with_sixel)
{
    struct terminal_info i = decide("\033P>|tmux 3.5a\033\\\033[?1;0;1024S\033[?2;3;0S\033[6;19;9t"
                                    "\033[4;760;1350t\033[?1;2;4c",
                                    &usual);
    CHECK_INT(i.graphics, GRAPHICS_SIXEL);
    CHECK_INT(i.registers, 1024);
}

TEST(kitty)
{
    struct terminal_info i =
        decide("\033_Gi=31;OK\033\\\033P>|kitty(0.26.5)\033\\\033[?62;c", &usual);
    CHECK_INT(i.graphics, GRAPHICS_KITTY);
    CHECK_CONTAINS(i.why, "kitty(0.26.5) says that it has kitty's pictures");
    i = decide("\033_Gi=31;ENOTSUPPORTED:no\033\\\033[?62;c", &usual);
    CHECK_INT(i.graphics, GRAPHICS_BLOCKS);
    i = decide("\033_Gi=31;OK\033\\\033[?62;4c", &usual); /* Konsole has both */
    CHECK_INT(i.graphics, GRAPHICS_SIXEL);
}

TEST(foot)
{
    struct terminal_info i = decide("\033P>|foot(1.13.1)\033\\\033[?1;0;1024S\033[?2;0;1350;760S"
                                    "\033[6;19;9t\033[4;760;1350t\033[?2026;2$y"
                                    "\033]11;rgb:2424/2424/2424\033\\\033[?62;4;22c",
                                    &usual);
    CHECK_INT(i.graphics, GRAPHICS_SIXEL);
    CHECK_INT(i.synchronized, 1);
    CHECK_INT(i.background, 0x242424);
    CHECK_INT(i.registers, 1024);
}

TEST(windows_terminal_over_ssh)
{
    /* its cells are 10x20 pixels whatever the font; ssh makes up a window of 640 x 480 */
    struct probe_environment e = usual;
    e.xpixel = 640, e.ypixel = 480;
    struct terminal_info i = decide("\033[?1;0;256S\033[6;20;10t\033[4;800;1500t\033[?2026;2$y"
                                    "\033]11;rgb:0c0c/0c0c/0c0c\033\\"
                                    "\033[?61;4;6;7;14;21;22;23;24;28;32;42c",
                                    &e);
    CHECK_INT(i.graphics, GRAPHICS_SIXEL);
    CHECK_INT(i.cell_width, 10);
    CHECK_INT(i.cell_height, 20);
    CHECK_INT(i.background, 0x0c0c0c);
}

TEST(konsole)
{
    struct terminal_info i =
        decide("\033P>|Konsole 22.12.3\033\\\033[?1;0;256S\033[?2;0;16384;16384S"
               "\033[6;19;9t\033[?62;1;4c",
               &usual);
    CHECK_INT(i.graphics, GRAPHICS_SIXEL);
    CHECK_INT(i.cell_width, 9);
    CHECK_INT(i.picture_width, 0);
}

TEST(mlterm_number_that_is_none)
{
    struct terminal_info i =
        decide("\033[?1;0;1024S\033[?1;3;0S\033[6;19;9t\033[?63;1;2;3;4;7;29c", &usual);
    CHECK_INT(i.registers, 1024);
    CHECK_INT(i.graphics, GRAPHICS_SIXEL);
}

TEST(parameters_are_compared_whole)
{
    static const char *const without[] = {"\033[?62;22c", "\033[?62;c", "\033[?64;24;44;14c",
                                          "\033[?4c"};
    for (size_t k = 0; k < sizeof without / sizeof without[0]; k++)
        CHECK_INT(decide(without[k], &usual).graphics, GRAPHICS_BLOCKS);
    struct terminal_info i =
        decide("\033P>|ghostty 1.2.0\033\\\033[6;40;18t\033[?2026;2$y\033[?62;22c", &usual);
    CHECK_INT(i.graphics, GRAPHICS_BLOCKS);
    CHECK_INT(i.cell_width, 18);
}

TEST(no_answer_at_all)
{
    struct probe_environment e = usual;
    e.xpixel = e.ypixel = 0;
    struct terminal_info i = decide("", &e);
    CHECK_INT(i.graphics, GRAPHICS_BLOCKS);
    CHECK_INT(i.cell_width, 10);
    CHECK_INT(i.cell_height, 20);
    CHECK_TEXT(i.cell_source, "assumed");
    CHECK_INT(i.colors, 256);
    CHECK_INT(i.background, 0);
}

TEST(sizes_that_cannot_be_are_not_believed)
{
    struct terminal_info i =
        decide("\033[6;0;0t\033[4;1;1t\033[?2;0;99999;99999S\033[?62;4c", &usual);
    CHECK_TEXT(i.cell_source, "TIOCGWINSZ");
    i = decide("\033[6;9999;9999t\033[?62;4c", &usual);
    CHECK_TEXT(i.cell_source, "TIOCGWINSZ");
}

TEST(too_few_registers)
{
    CHECK_INT(decide("\033[?1;0;16S\033[?62;4c", &usual).graphics, GRAPHICS_SIXEL);
    struct terminal_info i = decide("\033[?1;0;4S\033[?62;4c", &usual);
    CHECK_INT(i.graphics, GRAPHICS_BLOCKS);
    CHECK_CONTAINS(i.why, "4 sixel colours");
}

TEST(colours_of_text)
{
    struct probe_environment e = usual;
    CHECK_INT(decide("\033[?62c", &e).colors, 256);
    e.colorterm = "truecolor";
    CHECK_INT(decide("\033[?62c", &e).colors, 1 << 24);
    e.no_color = 1;
    struct terminal_info i = decide("\033[?62c", &e);
    CHECK_INT(i.colors, 0);
    CHECK_INT(i.graphics, GRAPHICS_NONE);
    CHECK_CONTAINS(i.why, "NO_COLOR");
    CHECK_INT(decide("\033[?62;4c", &e).graphics, GRAPHICS_SIXEL);
    e = usual;
    e.colors = 8;
    CHECK_INT(decide("\033[?62c", &e).colors, 8);
    e.colors = -1;
    CHECK_INT(decide("\033[?62c", &e).colors, 0);
}

TEST(backgrounds)
{
    CHECK_INT(decide("\033]11;rgb:1e/1e/2e\033\\", &usual).background, 0x1e1e2e);
    CHECK_INT(decide("\033]11;rgb:f/0/8\007", &usual).background, 0xff0088);
    CHECK_INT(decide("\033]11;rgba:ffff/8000/0000/ffff\007", &usual).background, 0xff8000);
    CHECK_INT(decide("\033]11;#102030\007", &usual).background, 0x102030);
    CHECK_INT(decide("\033]11;rgb:zz/00/00\007", &usual).background, 0);
    CHECK_INT(decide("\033]11;rgb:ff/ff\007", &usual).background, 0);
    CHECK_INT(decide("\033]10;rgb:ff/ff/ff\007", &usual).background, 0);
    struct probe_environment e = usual;
    e.colorfgbg = "0;default;15";
    CHECK_INT(decide("", &e).background, 0xffffff);
    e.colorfgbg = "15;0";
    CHECK_INT(decide("", &e).background, 0);
}

TEST(what_is_asked_for_wins)
{
    struct probe_environment e = usual;
    e.wanted = GRAPHICS_BLOCKS;
    CHECK_INT(decide("\033[?62;4c", &e).graphics, GRAPHICS_BLOCKS);
    e.wanted = GRAPHICS_NONE;
    CHECK_INT(decide("\033[?62;4c", &e).graphics, GRAPHICS_NONE);
    e.wanted = GRAPHICS_SIXEL;
    CHECK_INT(decide("\033[?62c", &e).graphics, GRAPHICS_SIXEL);
    CHECK_INT(graphics_from_name("blocks"), GRAPHICS_BLOCKS);
    CHECK_INT(graphics_from_name("iterm"), -1);
    CHECK_INT(graphics_from_name("kitty"), GRAPHICS_KITTY);
    CHECK_TEXT(graphics_name(GRAPHICS_SIXEL), "sixel");
}

TEST(every_question_ends_with_the_one_all_answer)
{
    for (int q = PROBE_ALL; q <= PROBE_FENCE; q++) {
        const char *text = probe_question((enum probe_question)q);
        CHECK(strlen(text) >= 3 && strcmp(text + strlen(text) - 3, "\033[c") == 0);
    }
}

int main(int argc, char **argv)
{
    return test_main(argc, argv);
}
