/* Asks for a text to search the queue for, in the last row. */
#include "tui/screens/screen.h"

#include "tui/screens/acts.h"
#include "tui/screens/line.h"
#include "tui/terminal/keys.h"

struct search_screen {
    struct line line;
};

static void draw(struct screen *s)
{
    static const char label[] = "search", after[] = "Enter goes there, Escape leaves";
    struct search_screen *q = s->state;
    int row = terminal_info()->rows - 1, cols = terminal_info()->cols,
        begin = (int)sizeof label + 1;
    terminal_fill(row, 0, 1, cols, STYLE_NORMAL);
    terminal_text(row, 1, begin, STYLE_TITLE, label);
    int wide = cols - begin - 4 > (int)sizeof after + 20;
    line_draw(&q->line, row, begin, cols - begin - (wide ? (int)sizeof after + 1 : 1));
    if (wide)
        terminal_text(row, cols - (int)sizeof after, (int)sizeof after, STYLE_DIM, after);
}

static void key(struct screen *s, int k)
{
    struct search_screen *q = s->state;
    ui_dirty(s->ui);
    if (k == TERMINAL_ENTER) {
        ui_pop(s->ui);
        acts_find(s->ui, q->line.text[0] ? q->line.text : NULL,
                  0); /* nothing typed: the text before */
    } else if (k == TERMINAL_ESCAPE || ui_typing_command(s->ui, k) == KEY_CANCEL ||
               (k == TERMINAL_BACKSPACE && !q->line.text[0])) {
        ui_pop(s->ui);
    } else {
        line_key(&q->line, k);
    }
}

const struct screen_ops screen_search = {
    .name = "search",
    .popup = 1,
    .state_size = sizeof(struct search_screen),
    .draw = draw,
    .key = key,
};
