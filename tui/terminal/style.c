/* Styles: one table for dark backgrounds, one for light ones; 256 colours, else the 8 or 16 that
 * the person has chosen, else attributes alone. 24-bit terminals get the same colours out of the
 * 256. */
#include "tui/terminal/style.h"

#include "tui/terminal/blocks.h"
#include "tui/terminal/internal.h"

struct ink {
    short fg, bg;   /* of 256; -1: the terminal's own */
    short fg8, bg8; /* of 8 */
    attr_t attributes;
    attr_t plain; /* without colours */
};

enum { OWN = -1, BLANK_PAIR = 1 + 2 * STYLES };

#define BLACK COLOR_BLACK
#define WHITE COLOR_WHITE

static const struct ink dark[STYLES] = {
    [STYLE_NORMAL] = {OWN, OWN, OWN, OWN, A_NORMAL, A_NORMAL},
    [STYLE_DIM] = {245, OWN, OWN, OWN, A_NORMAL, A_DIM},
    [STYLE_BOLD] = {OWN, OWN, OWN, OWN, A_BOLD, A_BOLD},
    [STYLE_TITLE] = {117, OWN, COLOR_CYAN, OWN, A_BOLD, A_BOLD},
    [STYLE_KEY] = {222, OWN, COLOR_YELLOW, OWN, A_NORMAL, A_BOLD},
    [STYLE_GOOD] = {114, OWN, COLOR_GREEN, OWN, A_NORMAL, A_NORMAL},
    [STYLE_WARN] = {215, OWN, COLOR_YELLOW, OWN, A_NORMAL, A_BOLD},
    [STYLE_BAD] = {210, OWN, COLOR_RED, OWN, A_BOLD, A_BOLD},
    [STYLE_SELECTED] = {231, 25, WHITE, COLOR_BLUE, A_NORMAL, A_REVERSE},
    [STYLE_BAR] = {75, OWN, COLOR_CYAN, OWN, A_NORMAL, A_NORMAL},
    [STYLE_BAR_BACK] = {245, 238, BLACK, WHITE, A_NORMAL, A_DIM},
    [STYLE_STATUS] = {252, 238, BLACK, WHITE, A_NORMAL, A_REVERSE},
    [STYLE_MARKED] = {16, 179, BLACK, COLOR_YELLOW, A_NORMAL, A_UNDERLINE},
    [STYLE_MATCH] = {222, OWN, COLOR_YELLOW, OWN, A_BOLD, A_BOLD | A_UNDERLINE},
    [STYLE_SELECTED_MATCH] = {222, 25, COLOR_YELLOW, COLOR_BLUE, A_BOLD, A_REVERSE | A_UNDERLINE},
};

static const struct ink light[STYLES] = {
    [STYLE_NORMAL] = {OWN, OWN, OWN, OWN, A_NORMAL, A_NORMAL},
    [STYLE_DIM] = {242, OWN, OWN, OWN, A_NORMAL, A_DIM},
    [STYLE_BOLD] = {OWN, OWN, OWN, OWN, A_BOLD, A_BOLD},
    [STYLE_TITLE] = {25, OWN, COLOR_BLUE, OWN, A_BOLD, A_BOLD},
    [STYLE_KEY] = {130, OWN, COLOR_MAGENTA, OWN, A_NORMAL, A_BOLD},
    [STYLE_GOOD] = {28, OWN, COLOR_GREEN, OWN, A_NORMAL, A_NORMAL},
    [STYLE_WARN] = {130, OWN, COLOR_RED, OWN, A_NORMAL, A_BOLD},
    [STYLE_BAD] = {160, OWN, COLOR_RED, OWN, A_BOLD, A_BOLD},
    [STYLE_SELECTED] = {16, 153, WHITE, COLOR_BLUE, A_NORMAL, A_REVERSE},
    [STYLE_BAR] = {32, OWN, COLOR_BLUE, OWN, A_NORMAL, A_NORMAL},
    [STYLE_BAR_BACK] = {244, 252, BLACK, WHITE, A_NORMAL, A_DIM},
    [STYLE_STATUS] = {236, 252, BLACK, WHITE, A_NORMAL, A_REVERSE},
    [STYLE_MARKED] = {16, 222, BLACK, COLOR_YELLOW, A_NORMAL, A_UNDERLINE},
    [STYLE_MATCH] = {130, OWN, COLOR_MAGENTA, OWN, A_BOLD, A_BOLD | A_UNDERLINE},
    [STYLE_SELECTED_MATCH] = {130, 153, COLOR_YELLOW, COLOR_BLUE, A_BOLD, A_REVERSE | A_UNDERLINE},
};

static const struct ink *table(void)
{
    unsigned c = terminal.info.background;
    unsigned brightness = 2 * (c >> 16 & 0xff) + 5 * (c >> 8 & 0xff) + (c & 0xff);
    return brightness > 8 * 128 ? light : dark;
}

/* A terminfo with direct colours takes 0xRRGGBB, but for the first eight. */
static int colour(short of256, short of8)
{
    if (COLORS >= 256 && COLORS <= 1 << 15)
        return of256;
    if (COLORS > 1 << 15)
        return of256 < 0 ? -1 : (int)blocks_palette((unsigned)of256);
    return of8;
}

void style_start(void)
{
    if (!has_colors())
        return;
    start_color();
    use_default_colors();
    const struct ink *inks = table();
    const struct ink *back = &inks[STYLE_BAR_BACK];
    int colours = terminal.info.colors > 0;
    for (int s = 0; s < STYLES; s++) {
        int fg = colours ? colour(inks[s].fg, inks[s].fg8) : -1;
        int bg = colours ? colour(inks[s].bg, inks[s].bg8) : -1;
        init_extended_pair(1 + s, fg, bg);
        init_extended_pair(1 + STYLES + s, fg, colours ? colour(back->bg, back->bg8) : -1);
    }
    init_extended_pair(BLANK_PAIR, WHITE, -1);
}

static struct look look(enum style style, int pair)
{
    const struct ink *i = &table()[style];
    int few = terminal.info.colors > 0 && COLORS < 256;
    attr_t a = terminal.info.colors > 0 ? i->attributes : i->plain;
    return (struct look){few && style == STYLE_DIM ? A_DIM : a, (short)pair};
}

struct look style_look(enum style style)
{
    return look(style, 1 + (int)style);
}

struct look style_blank(enum style style)
{
    struct look l = style_look(style);
    if (terminal.info.colors == 0 || table()[style].bg == OWN)
        l.pair = BLANK_PAIR;
    return l;
}

struct look style_bar_edge(enum style style)
{
    return look(style, 1 + STYLES + (int)style);
}
