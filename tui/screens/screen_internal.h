/* What the files of the screens' stack share; nobody else includes this. */
#ifndef TUI_SCREENS_SCREEN_INTERNAL_H
#define TUI_SCREENS_SCREEN_INTERNAL_H

#include "tui/screens/acts.h"
#include "tui/screens/screen.h"

enum { UI_STACK = 8, UI_REMEMBERED = 12 };

struct ui {
    struct app *app;
    struct pictures *pictures;
    struct acts acts;
    struct screen stack[UI_STACK];
    int depth, pops;
    int dirty;
    int standing; /* all that was drawn is on the terminal, and the screens know */
    int quit;
    enum style style;
    char message[600];
    unsigned lines; /* said so far: the number of the last */
    int remembered[UI_REMEMBERED], remembered_count;
    struct usual picks;
    struct mouse pressed; /* last */
    int sent;             /* a key for the topmost screen (ui_send); 0: none */
    int by_name;          /* the screen is being given one */
    struct keymap keys;
    int key_problems;      /* lines of key files that were left out */
    char key_problem[400]; /* the first */
};

void ui_close_top(struct ui *ui);
/* Closes what ui_pop has asked for. */
void ui_settle(struct ui *ui);

#endif
