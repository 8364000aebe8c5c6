/* Screens: a stack; the topmost gets the keys. A new screen is one new file with one table. */
#ifndef TUI_SCREENS_SCREEN_H
#define TUI_SCREENS_SCREEN_H

#include "tui/loop/app.h"
#include "tui/terminal/keymap.h"
#include "tui/terminal/terminal.h"

struct acts;
struct pictures;
struct screen;
struct ui;

struct screen_ops {
    const char *name;
    int popup;         /* drawn over the screen below, which stays visible; else covers it */
    int last_row;      /* text is typed in its last row: what is said stands in the row above */
    size_t state_size; /* of the screen's own state, zeroed before open */
    /* May be NULL. On an error the message is shown and the screen is not opened (close is not
     * called). */
    int (*open)(struct screen *s, const void *argument, struct status *st);
    /* All of its cells, after anything changed; a message is drawn over the last row (see
     * last_row). */
    void (*draw)(struct screen *s);
    /* What draw drew stands on the terminal, pictures too. May be NULL. */
    void (*shown)(struct screen *s);
    /* A key that is not NONE, WAKE or RESIZE. */
    void (*key)(struct screen *s, int key);
    /* A press of the first button, or the wheel. NULL: the wheel is Up and Down, a press is
     * nothing. */
    void (*mouse)(struct screen *s, const struct mouse *m);
    /* app_collect said these (APP_...) changed; may be NULL. */
    void (*changed)(struct screen *s, unsigned what);
    void (*close)(struct screen *s); /* may be NULL */
};

struct screen {
    const struct screen_ops *ops;
    struct ui *ui;
    void *state;
};

extern const struct screen_ops screen_review, screen_picker, screen_models, screen_report,
    screen_help, screen_order, screen_filter, screen_search, screen_label, screen_grid,
    screen_command_line, screen_compare;

/* Runs the UI on an open project until the person leaves. 0, or -1 with a message. The terminal has
 * been started and is ended by the caller. */
int ui_run(struct app *a, struct status *st);

struct app *ui_app(struct ui *ui);
struct pictures *ui_pictures(struct ui *ui);
struct acts *ui_acts(struct ui *ui); /* acts.h */
/* The argument is read during the call only. -1: could not be opened, which has been said. */
int ui_push(struct ui *ui, const struct screen_ops *ops, const void *argument);
int ui_is_top(const struct screen *s); /* nothing is open over it */
void ui_pop(struct ui *ui);            /* after the current call returns */
void ui_quit(struct ui *ui);
void ui_dirty(struct ui *ui); /* draw again before the next key */
/* The keys in force, and what a key does by them. Where text is typed, characters are text:
 * ui_typing_command knows only the keys that are none. */
const struct keymap *ui_keys(const struct ui *ui);
enum key_command ui_command(const struct ui *ui, int key);
enum key_command ui_typing_command(const struct ui *ui, int key);
/* The key that does this, for hints and sentences ("u takes it back"); by name (":undo") when it
 * has none. */
const char *ui_key(const struct ui *ui, enum key_command command);
/* A sentence with keys by the names of their commands, "{undo} takes it back": see keymap_text. */
const char *ui_text(const struct ui *ui, const char *text, char *buffer, size_t size);
/* As text_hints; keys may be named so, too: {"{back}", "back", 0}. */
struct hint;
void ui_hints(const struct ui *ui, int row, const struct hint *hints);
/* Gives a key to the screen that is on top when the current call has returned and what was popped
 * is gone. */
void ui_send(struct ui *ui, int key);
/* After a setting of the project was changed (tui/loop/settings.h): what can follow at once does.
 */
void ui_apply_settings(struct ui *ui);
/* What a key does in every screen over the review: back (also by `own`, the key that opens the
 * screen), quit, help, redraw, the command line. 1: it was one of these. */
int ui_common_key(struct ui *ui, enum key_command command, enum key_command own);
/* One line at the bottom until the next key (style GOOD, WARN, BAD or NORMAL); the format may name
 * keys as ui_text's text does. Returns its number. */
unsigned ui_say(struct ui *ui, enum style style, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Is that line still to be read? For lines that cease to be true. */
int ui_says(const struct ui *ui, unsigned line);

/* Argument of screen_picker. Enter calls picked; the picker stays open when that returns 0 (and has
 * said why). */
struct picker_request {
    int (*picked)(void *arg, int node);
    void *arg;
    /* Stays the caller's; where it stands, no new label is offered, and none is preselected. NULL:
     * a path for the photo. */
    const char *title;
    size_t marked; /* the path is for so many marked photos; 0: for the current one */
    int other;     /* a node, plus 1: neither it nor what is below it is offered; 0: all are */
    int top;       /* offers the top of the tree too (TAXONOMY_ROOT) */
};
/* Nodes that were picked in this sitting, the last one first; at most max. */
void ui_remember(struct ui *ui, int node);
int ui_remembered(const struct ui *ui, int *nodes, int max);
/* What was picked in the picker in this sitting, each in the place of its digit. */
void ui_note_pick(struct ui *ui, int node);
const struct usual *ui_picks(const struct ui *ui);

#endif
