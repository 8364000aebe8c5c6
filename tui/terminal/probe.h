/* What the terminal can do: from what it answers, and from what is known without asking. Pure but
 * for probe_send. */
#ifndef TUI_TERMINAL_PROBE_H
#define TUI_TERMINAL_PROBE_H

#include "tui/terminal/input.h"
#include "tui/terminal/terminal.h"

struct answers {
    int device;    /* DA1 was answered */
    int sixel;     /* with parameter 4 */
    int kitty;     /* the question about kitty's pictures was answered with OK */
    int registers; /* XTSMGRAPHICS ?1, 0: not answered */
    /* XTSMGRAPHICS ?2: the window, or the largest picture if that is smaller */
    int area_width, area_height;
    int cell_width, cell_height; /* CSI 16 t */
    int text_width, text_height; /* CSI 14 t */
    int synchronized;
    int has_background;
    unsigned background; /* 0xRRGGBB */
    char name[80];
};

void answers_note(struct answers *a, const struct answer *answer);
/* The window has changed: what depends on it has to be asked again. */
void answers_forget_sizes(struct answers *a);

/* What is known without asking. */
struct probe_environment {
    int rows, cols, xpixel, ypixel;           /* TIOCGWINSZ */
    const char *term, *colorterm, *colorfgbg; /* NULL: not set */
    int no_color;
    int colors; /* terminfo's number */
    enum graphics wanted;
};

/* The conclusion; everything in *out is overwritten. */
void probe_decide(const struct answers *a, const struct probe_environment *e,
                  struct terminal_info *out);

/* The questions. Each ends with one that every terminal answers (CSI c), so that its answer says
 * that the others have been answered or never will be; but for PROBE_KITTY, which goes before
 * PROBE_ALL. */
enum probe_question {
    PROBE_ALL,
    PROBE_CONSOLE,
    PROBE_REGISTERS,
    PROBE_SIZES,
    PROBE_FENCE,
    PROBE_KITTY
};
const char *probe_question(enum probe_question q);

enum { PROBE_COLORS = 256, PROBE_LEAST_COLORS = 16, TERMINAL_MOST_CELLS = 1000 };

#endif
