/* Styles as attributes and colour pairs of curses. */
#ifndef TUI_TERMINAL_STYLE_H
#define TUI_TERMINAL_STYLE_H

#ifndef NCURSES_WIDECHAR
#define NCURSES_WIDECHAR 1
#endif
#include <curses.h>

#include "tui/terminal/terminal.h"

/* After initscr: makes the pairs for the colours and the background of terminal_info. */
void style_start(void);

/* Every style has a pair of its own, STYLE_NORMAL too: a blank that somebody wrote differs from the blanks
 * (pair 0) below a picture, so that curses sends it. */
struct look {
    attr_t attributes;
    short pair;
};
struct look style_look(enum style style);
/* The last cell of a bar's filled part: this style's colour on the colour of the empty part. */
struct look style_bar_edge(enum style style);

#endif
