/* The curses side: beginning, end, and what is written where. */
#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "data/status.h"
#include "tui/terminal/internal.h"
#include "tui/terminal/kitty.h"
#include "tui/terminal/style.h"
#include <term.h>

static SCREEN *screen;
static WINDOW *covered; /* the screen as it was before draw_cover */

/* Text here is UTF-8 whatever the locale says; LANG is often missing over ssh. */
static void want_utf8(void)
{
    setlocale(LC_CTYPE, "");
    if (strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
        setlocale(LC_CTYPE, "C.UTF-8");
}

static void set_modes(void)
{
    struct termios mode;
    if (tcgetattr(STDIN_FILENO, &mode))
        return;
    terminal_modes(&mode);
    tcsetattr(STDIN_FILENO, TCSADRAIN, &mode);
    def_prog_mode();
}

int draw_terminfo(const char *term, int *colors)
{
    int error;
    if (setupterm(term, STDOUT_FILENO, &error) != OK)
        return -1;
    *colors = tigetnum("colors");
    del_curterm(cur_term);
    return 0;
}

int draw_start(const char *term, FILE *in, FILE *out, struct status *st)
{
    want_utf8();
    screen = newterm(term, out, in);
    if (!screen)
        return status_fail(st, STATUS_UNSUPPORTED,
                           "the terminal '%s' is not known on this machine; "
                           "try again with TERM=xterm-256color",
                           term);
    set_term(screen);
    cbreak();
    noecho();
    nonl();
    typeahead(-1); /* updates are never left half done */
    if (!terminal.scripted)
        set_modes();
    curs_set(0);
    style_start();
    return 0;
}

void draw_end(void)
{
    if (covered)
        delwin(covered);
    covered = NULL;
    if (!screen)
        return;
    endwin();
    delscreen(screen);
    screen = NULL;
}

void draw_size(int rows, int cols)
{
    resize_term(rows, cols);
}

void draw_suspend(void)
{
    endwin();
}

/* Curses scrolls regions of the terminal when it finds lines moved (idlok does not keep it from
 * that), and with them it would scroll the pixels of pictures. Every second line at a time, it
 * seldom finds three moved neighbours, the fewest it scrolls; beside pictures see fence(). */
static void update(void)
{
    for (int half = 0; half < 2; half++) {
        for (int row = 0; row < getmaxy(stdscr); row++)
            wtouchln(stdscr, row, 1, row % 2 == half);
        wnoutrefresh(stdscr);
        doupdate();
    }
}

void draw_resume(void)
{
    draw_all_again();
    update(); /* curses comes back with the first refresh */
}

void draw_all_again(void)
{
    clearok(curscr, TRUE);
}

int draw_knows_mouse(void)
{
    const char *begin = tigetstr("kmous");
    return begin && begin != (const char *)-1;
}

const char *draw_restore_bytes(void)
{
    static char bytes[256];
    const char *leave = exit_ca_mode ? exit_ca_mode : "";
    const char *show = cursor_normal ? cursor_normal : "";
    const char *plain = exit_attribute_mode ? exit_attribute_mode : "";
    char gone[KITTY_COMMAND] = "";
    if (terminal.info.graphics == GRAPHICS_KITTY)
        kitty_delete(0, gone);
    snprintf(bytes, sizeof bytes, "\033\\%s\033[?2026l\033[?1006l\033[?1000l%.60s%.40s%.40s\r\n",
             gone, plain, show, leave);
    return bytes;
}

void draw_refresh(void)
{
    int shown = terminal.cursor_row >= 0 && terminal.cursor_row < terminal.info.rows &&
                terminal.cursor_col >= 0 && terminal.cursor_col < terminal.info.cols;
    terminal.at_row = shown ? terminal.cursor_row : terminal.info.rows - 1;
    terminal.at_col = shown ? terminal.cursor_col : 0;
    curs_set(shown);
    wmove(stdscr, terminal.at_row, terminal.at_col);
    update();
}

/* ---- cells and pictures ---- */

enum { BLANKS = 12 };

static cchar_t cell_at(WINDOW *w, int row, int col)
{
    cchar_t cell;
    memset(&cell, 0, sizeof cell);
    mvwin_wch(w, row, col, &cell);
    return cell;
}

/* As terminal_clear leaves it, and as a picture needs it. */
static int is_clear(WINDOW *w, int row, int col)
{
    cchar_t cell = cell_at(w, row, col);
    wchar_t text[CCHARW_MAX + 1] = {0};
    attr_t attributes;
    short pair;
    if (getcchar(&cell, text, &attributes, &pair, NULL) == ERR)
        return 0;
    return pair == 0 && text[0] == L' ' && text[1] == 0 && (attributes & ~(attr_t)A_COLOR) == 0;
}

int draw_has_text(const struct place *p)
{
    for (int r = p->row; r < p->row + p->rows; r++)
        for (int c = p->col; c < p->col + p->cols; c++)
            if (!is_clear(stdscr, r, c))
                return 1;
    return 0;
}

int draw_will_blank(const struct place *p)
{
    for (int r = p->row; r < p->row + p->rows; r++)
        for (int c = p->col; c < p->col + p->cols; c++)
            if (!is_clear(curscr, r, c) && is_clear(stdscr, r, c))
                return 1;
    return 0;
}

int draw_will_touch_rows(const struct place *p)
{
    for (int r = p->row; r < p->row + p->rows; r++)
        for (int c = 0; c < terminal.info.cols; c++) {
            cchar_t is = cell_at(curscr, r, c), shall = cell_at(stdscr, r, c);
            if (memcmp(&is, &shall, sizeof is) != 0)
                return 1;
        }
    return 0;
}

/* A blank that is not the one below pictures, where nothing else stands; one of BLANKS that look
 * alike. */
static void fence(int row, int col, int kind)
{
    static const wchar_t blanks[BLANKS][2] = {L" ",      L"\u00a0", L"\u2000", L"\u2001",
                                              L"\u2002", L"\u2003", L"\u2004", L"\u2005",
                                              L"\u2006", L"\u2007", L"\u2008", L"\u2009"};
    struct look look = style_look(STYLE_NORMAL);
    cchar_t cell;
    setcchar(&cell, blanks[kind], look.attributes, look.pair, NULL);
    if (col >= 0 && col < terminal.info.cols && is_clear(stdscr, row, col))
        mvwadd_wchnstr(stdscr, row, col, &cell, 1);
}

void draw_blank(const struct place *p)
{
    cchar_t cell;
    setcchar(&cell, L" ", A_NORMAL, 0, NULL);
    for (int r = p->row; r < p->row + p->rows && r < terminal.info.rows; r++) {
        if (r < 0)
            continue;
        for (int c = p->col; c < p->col + p->cols && c < terminal.info.cols; c++)
            if (c >= 0)
                mvwadd_wchnstr(stdscr, r, c, &cell, 1);
        /* Curses clears a row up to the first cell that is not like its first one: that must not go
         * through the picture when text right of it becomes blank. And with blanks of another kind
         * in each row it finds no lines moved, which it would scroll, pixels and all. */
        fence(r, p->col - 1, r % BLANKS);
        fence(r, p->col + p->cols, r / BLANKS % BLANKS);
    }
}

void draw_erase(const struct place *p)
{
    struct look look = style_blank(STYLE_NORMAL);
    cchar_t cell;
    setcchar(&cell, L" ", look.attributes, look.pair, NULL);
    for (int r = p->row; r < p->row + p->rows && r < terminal.info.rows; r++)
        for (int c = p->col; c < p->col + p->cols && c < terminal.info.cols; c++)
            if (is_clear(stdscr, r, c))
                mvwadd_wchnstr(stdscr, r, c, &cell, 1);
}

int draw_cover(const struct place *p)
{
    covered = dupwin(stdscr);
    if (!covered)
        return -1;
    draw_blank(p);
    update();
    return 0;
}

void draw_uncover(void)
{
    if (!covered)
        return;
    copywin(covered, stdscr, 0, 0, 0, 0, terminal.info.rows - 1, terminal.info.cols - 1, FALSE);
    delwin(covered);
    covered = NULL;
    draw_refresh();
}

/* ---- dumps ---- */

/* What a picture shows of itself in a dump: its photo and size in the first row, dots elsewhere. */
static wchar_t picture_mark(int row, int col, int *is_picture)
{
    *is_picture = 0;
    for (int i = 0; i < PICTURE_SLOTS; i++) {
        const struct place *p = &terminal.standing[i];
        if (!p->picture || row < p->row || row >= p->row + p->rows || col < p->col ||
            col >= p->col + p->cols)
            continue;
        char label[48];
        *is_picture = 1;
        snprintf(label, sizeof label, "[%lld: %dx%d %s]", p->of, p->cols, p->rows,
                 graphics_name(terminal.info.graphics));
        int at = col - p->col;
        return row == p->row && at < (int)strlen(label) ? (wchar_t)label[at] : L'.';
    }
    return L' ';
}

static int dump_row(FILE *out, int row)
{
    wchar_t line[TERMINAL_MOST_CELLS * CCHARW_MAX + 1];
    size_t n = 0;
    for (int col = 0; col < terminal.info.cols; col++) {
        cchar_t cell = cell_at(stdscr, row, col);
        wchar_t text[CCHARW_MAX + 1] = {0};
        attr_t attributes;
        short pair;
        int is_picture = 0;
        if (getcchar(&cell, text, &attributes, &pair, NULL) == ERR)
            continue;
        if (is_clear(stdscr, row, col)) {
            line[n++] = picture_mark(row, col, &is_picture);
            continue;
        }
        for (int i = 0; text[i]; i++) /* a fence's blank is a blank */
            line[n++] =
                text[i] == 0xA0 || (text[i] >= 0x2000 && text[i] <= 0x200A) ? L' ' : text[i];
        if (wcwidth(text[0]) == 2)
            col++;
    }
    while (n > 0 && line[n - 1] == L' ')
        n--;
    line[n] = L'\0';
    return fprintf(out, "%ls\n", line) < 0 ? -1 : 0;
}

int draw_dump(FILE *out, int number)
{
    if (fprintf(out, "== %d: %dx%d ==\n", number, terminal.info.cols, terminal.info.rows) < 0)
        return -1;
    for (int r = 0; r < terminal.info.rows; r++)
        if (dump_row(out, r))
            return -1;
    return 0;
}
