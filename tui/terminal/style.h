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

struct look {
    attr_t attributes;
    short pair;
};
struct look style_look(enum style style);
/* The same for blanks. Those on the terminal's own background get a colour that nobody sees: curses
 * takes them for different from the blanks below pictures (pair 0), and sends them. */
struct look style_blank(enum style style);
/* The last cell of a bar's filled part: this style's colour on the colour of the empty part. */
struct look style_bar_edge(enum style style);

#endif
