/* The terminal: the only module that starts, ends and draws with curses.
 *
 * Screens draw text into cells with the functions below and never see curses; pictures own
 * rectangles of cells (picture.h). Only the UI thread calls anything here. There is one terminal a
 * process, so this module (alone) keeps its state in file-level variables. Text is UTF-8 of any
 * width; control characters, invalid bytes and bidirectional overrides are shown escaped (\x1b,
 * \u202e), never sent. */
#ifndef TUI_TERMINAL_TERMINAL_H
#define TUI_TERMINAL_TERMINAL_H

#include <stddef.h>

struct picture;
struct status;

enum graphics { GRAPHICS_AUTO, GRAPHICS_SIXEL, GRAPHICS_KITTY, GRAPHICS_BLOCKS, GRAPHICS_NONE };
int graphics_from_name(const char *name); /* auto sixel kitty blocks none; -1 */
const char *graphics_name(enum graphics g);

struct terminal_options {
    enum graphics graphics; /* AUTO: what the terminal answers */
    const char *script;   /* NULL, or a file of keys to play (see below); needs no real terminal */
    const char *dump;     /* with script: where screens are written, NULL: stdout */
    int rows, cols;       /* with script: the size (0: 30 x 100) */
    size_t picture_bytes; /* most bytes of a picture, whatever terminal_set_picture_bytes says; 0:
                             that says */
};

struct terminal_info {
    int rows, cols;
    int cell_width, cell_height;       /* pixels */
    const char *cell_source;           /* "CSI 16 t", "TIOCGWINSZ", "assumed", ... */
    enum graphics graphics;            /* never AUTO */
    int registers;                     /* sixel colours */
    int picture_width, picture_height; /* the largest sixel picture in pixels, 0: no limit known */
    int colors;                        /* of text: 0, 8, 16, 256, 1 << 24 */
    unsigned background;               /* 0xRRGGBB, black when the terminal does not say */
    char name[80];                     /* what the terminal calls itself, or "" */
    char why[160];                     /* why these graphics, for a person */
    int synchronized;                  /* has mode 2026 */
    size_t picture_bytes;              /* a picture shall take at most so many */
};

/* Asks the terminal what it can do (at most a second), starts curses, installs handlers for
 * SIGWINCH, SIGCONT, SIGTSTP, SIGHUP and SIGTERM. On error the terminal is as it was. */
int terminal_start(const struct terminal_options *o, struct status *st);
/* Puts everything back; safe to call twice and from an exit path. */
void terminal_end(void);
const struct terminal_info *terminal_info(void);
/* Asks only, without starting curses: for `tend doctor`. 0, or -1 when there is no terminal. */
int terminal_probe(enum graphics wanted, struct terminal_info *out, struct status *st);

/* Most bytes of a picture from the next one on (0: PICTURE_MAX_BYTES), unless terminal_start was
 * given a number. */
void terminal_set_picture_bytes(size_t bytes);

/* ---- keys ---- */
enum terminal_key {
    TERMINAL_NONE = -1,   /* the time is up, or there is news about pictures */
    TERMINAL_WAKE = -2,   /* the other file descriptor is readable */
    TERMINAL_RESIZE = -3, /* size or cell size changed, or back from suspension: draw all again */
    TERMINAL_HANGUP = -4, /* SIGHUP, SIGTERM, or the input ended: leave, keep everything */
    /* characters are their Unicode code points; Ctrl-X is 1..26; others from here on */
    TERMINAL_UP = 0x110000,
    TERMINAL_DOWN,
    TERMINAL_LEFT,
    TERMINAL_RIGHT,
    TERMINAL_HOME,
    TERMINAL_END,
    TERMINAL_PAGE_UP,
    TERMINAL_PAGE_DOWN,
    TERMINAL_DELETE,
    TERMINAL_INSERT,
    TERMINAL_BACKSPACE,
    TERMINAL_ENTER,
    TERMINAL_TAB,
    TERMINAL_BACKTAB,
    TERMINAL_ESCAPE,
    TERMINAL_F1
};
/* Waits for a key, at most so many milliseconds (negative: without end), or for fd (-1: none).
 * Partial UTF-8 and escape sequences are put together; late answers of the terminal are swallowed.
 */
int terminal_key(int milliseconds, int fd);
/* What the mouse did comes as a key, too: 1, and what it was, when this key is one; row and col
 * from 0. It is told only while that is asked for (off at the start; put back at the end, on
 * Ctrl-Z, after a crash). With it on, terminals select text by Shift and drag instead of drag. */
enum mouse_kind {
    MOUSE_PRESS,
    MOUSE_RELEASE,
    MOUSE_WHEEL_UP,
    MOUSE_WHEEL_DOWN
}; /* PRESS: of the first button */
struct mouse {
    enum mouse_kind kind;
    int row, col;
};
int terminal_mouse(int key, struct mouse *out);
void terminal_set_mouse(int on);
/* Is a key waiting? */
int terminal_key_waiting(void);

/* A script is text: one word a line or blank-separated; a word is a character (a), a name (Enter,
 * Tab, Escape, Up, F1, Space, Backspace, Ctrl-R), text:WORDS_WITH_UNDERSCORES for typed text,
 * wait:MS, size:COLSxROWS, click:COLxROW, wheel-up:COLxROW, wheel-down:COLxROW (the first cell is
 * 1x1), idle (waits until nothing runs in the background), dump (writes the screen) or dump:FILE.
 * '#' begins a comment. After the last word comes TERMINAL_HANGUP. Of a pipe (mkfifo) each line is
 * read when those before it have been played, so that another program can look at the dumps and
 * answer. */

/* What `idle` of a script asks: does anything still run in the background? UI thread. NULL: nothing
 * does. */
void terminal_set_idle(int (*busy)(void *arg), void *arg);

/* ---- drawing ---- */
enum style {
    STYLE_NORMAL,
    STYLE_DIM,
    STYLE_BOLD,
    STYLE_TITLE,
    STYLE_KEY,
    STYLE_GOOD,
    STYLE_WARN,
    STYLE_BAD,
    STYLE_SELECTED,
    STYLE_BAR,
    STYLE_BAR_BACK,
    STYLE_STATUS,
    STYLE_MARKED,
    STYLE_MATCH,
    STYLE_SELECTED_MATCH, /* what of a row was searched for */
    STYLES
};
void terminal_clear(void); /* all cells blank; pictures are forgotten */
/* Writes text in exactly `width` cells from row, col: cut with an ellipsis, padded with blanks.
 * Anything outside the screen is cut. Returns the cells that text really took. */
int terminal_text(int row, int col, int width, enum style style, const char *utf8);
int terminal_printf(int row, int col, int width, enum style style, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
void terminal_fill(int row, int col, int rows, int cols, enum style style);
/* A horizontal bar of `width` cells filled to `share` (0 to 1), in eighths of a cell where the
 * terminal can, '#' and '.' where it cannot. */
void terminal_bar(int row, int col, int width, float share, enum style style);
void terminal_cursor(int row, int col); /* shown there; row negative: hidden */
/* Sends the text to the screen. Pictures are sent by terminal_pictures. */
void terminal_flush(void);
/* Cells a text takes, as terminal_text would draw it. */
int terminal_width(const char *utf8);

/* ---- pictures ---- */
/* A picture (picture.h) shall stand at row, col from now on; the caller keeps it alive until it is
 * replaced, terminal_clear, or terminal_end. NULL takes it away. `slot` 0..63 tells pictures apart.
 * Nothing is sent if the same picture stands there already. Its cells become blank: what shall
 * stand over it (a popup) is drawn after this call. */
void terminal_put_picture(int slot, int row, int col, const struct picture *picture);
/* Sends what is not on the screen yet; stops as soon as a key waits. 1: everything stands, and the
 * terminal has said that it arrived; 0: not yet: call again when terminal_key has returned (it does
 * as soon as there is news). A picture that does not fit on the screen, or reaches the last row
 * (sixel), never stands. */
int terminal_pictures(void);
/* Everything is sent again at the next flush (Ctrl-L). */
void terminal_redraw(void);

#endif
