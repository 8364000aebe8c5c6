/* Text into cells. Curses knows nothing of pictures: the cells below one hold blanks without a
 * colour pair; everything that is written here, blanks too, has a pair (style.h). So the cells tell
 * what is text and what is not. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tui/terminal/cluster.h"
#include "tui/terminal/internal.h"
#include "tui/terminal/style.h"

enum { PRINTED_MOST = 2048 };

static void set_cell(cchar_t *cell, const wchar_t *text, struct look look)
{
    setcchar(cell, text, look.attributes, look.pair, NULL);
}

void terminal_clear(void)
{
    if (!terminal.started)
        return;
    werase(stdscr);
    for (int i = 0; i < PICTURE_SLOTS; i++)
        terminal.wanted[i].picture = NULL;
}

/* ---- a line of cells ---- */

/* What is written from col on, clipped to the screen. */
struct line {
    cchar_t cells[TERMINAL_MOST_CELLS];
    int count;
    int col, next; /* of the first cell kept; where the next one goes (may lie outside) */
    struct look look, blank;
};

static void line_begin(struct line *l, int col, enum style style)
{
    l->count = 0;
    l->col = l->next = col;
    l->look = style_look(style);
    l->blank = style_blank(style);
}

static void line_put(struct line *l, const wchar_t *text, int width)
{
    int from = l->next, to = from + width;
    l->next = to;
    if (to <= 0 || from >= terminal.info.cols)
        return;
    if (from < 0 || to > terminal.info.cols) { /* half of a wide one */
        text = L" ";
        from = from < 0 ? 0 : from;
    }
    if (l->count == 0)
        l->col = from;
    if (l->count < TERMINAL_MOST_CELLS)
        set_cell(&l->cells[l->count++], text, text[0] == L' ' && !text[1] ? l->blank : l->look);
}

static void line_end(struct line *l, int row)
{
    if (row >= 0 && row < terminal.info.rows && l->count > 0)
        mvwadd_wchnstr(stdscr, row, l->col, l->cells, l->count);
}

/* ---- text ---- */

int terminal_width(const char *utf8)
{
    struct cluster_iterator it = {.at = utf8};
    struct cluster c;
    int width = 0;
    while (width < 1 << 20 && cluster_next(&it, &c))
        width += c.width;
    return width;
}

/* How many cells of text can stand in `width`, one kept for an ellipsis if not all can; *cut says
 * so. */
static int fitting(const char *utf8, int width, int *cut)
{
    struct cluster_iterator it = {.at = utf8};
    struct cluster c;
    int used = 0, before_ellipsis = 0;
    *cut = 0;
    while (cluster_next(&it, &c)) {
        if (used + c.width > width) {
            *cut = 1;
            return before_ellipsis;
        }
        used += c.width;
        if (used < width)
            before_ellipsis = used;
    }
    return used;
}

int terminal_text(int row, int col, int width, enum style style, const char *utf8)
{
    if (!terminal.started || width <= 0 || width > 4 * TERMINAL_MOST_CELLS)
        return 0;
    int cut, used = 0, fit = fitting(utf8, width, &cut);
    struct cluster_iterator it = {.at = utf8};
    struct cluster c;
    struct line line;
    line_begin(&line, col, style);
    while (used < fit && cluster_next(&it, &c)) {
        line_put(&line, c.text, c.width);
        used += c.width;
    }
    if (cut) {
        line_put(&line, L"\u2026", 1);
        used++;
    }
    for (int i = used; i < width; i++)
        line_put(&line, L" ", 1);
    line_end(&line, row);
    return used;
}

int terminal_printf(int row, int col, int width, enum style style, const char *format, ...)
{
    char text[PRINTED_MOST];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    return terminal_text(row, col, width, style, text);
}

void terminal_fill(int row, int col, int rows, int cols, enum style style)
{
    for (int r = 0; r < rows && row + r < terminal.info.rows; r++)
        terminal_text(row + r, col, cols, style, "");
}

/* ---- bars and boxes ---- */

static int draws_eighths(void)
{
    const char *term = termname();
    return terminal.info.colors > 0 && strncmp(term, "linux", 5) != 0;
}

void terminal_bar(int row, int col, int width, float share, enum style style)
{
    static const wchar_t *const eighths[] = {L" ",      L"\u258f", L"\u258e", L"\u258d", L"\u258c",
                                             L"\u258b", L"\u258a", L"\u2589", L"\u2588"};
    if (!terminal.started || width <= 0 || width > TERMINAL_MOST_CELLS)
        return;
    if (!(share > 0))
        share = 0;
    int fine = draws_eighths(), unit = fine ? 8 : 1;
    int filled = (int)lrintf((share < 1 ? share : 1) * (float)(width * unit));
    struct line line;
    line_begin(&line, col, style);
    for (int i = 0; i < width; i++) {
        int part = filled - i * unit;
        line.look = part >= unit ? style_look(style)
                    : part > 0   ? style_bar_edge(style)
                                 : style_look(STYLE_BAR_BACK);
        line.blank = style_blank(STYLE_BAR_BACK);
        if (fine)
            line_put(&line, eighths[part >= 8 ? 8 : part > 0 ? part : 0], 1);
        else
            line_put(&line, part > 0 ? L"#" : L".", 1);
    }
    line_end(&line, row);
}

void terminal_cursor(int row, int col)
{
    terminal.cursor_row = row;
    terminal.cursor_col = col;
}

void terminal_flush(void)
{
    if (!terminal.started)
        return;
    place_before_refresh();
    draw_refresh();
}

void terminal_redraw(void)
{
    if (!terminal.started)
        return;
    draw_all_again();
    place_forget_standing();
}
