#include "tui/screens/list.h"

#include "tui/terminal/terminal.h"

enum { CTRL_N = 14, CTRL_P = 16 };

void list_settle(struct list *l)
{
    if (l->selected >= l->count)
        l->selected = l->count - 1;
    if (l->selected < 0)
        l->selected = 0;
    if (l->rows < 1)
        l->rows = 1;
    if (l->top > l->selected)
        l->top = l->selected;
    if (l->top < l->selected - l->rows + 1)
        l->top = l->selected - l->rows + 1;
    if (l->top > l->count - l->rows)
        l->top = l->count - l->rows;
    if (l->top < 0)
        l->top = 0;
}

int list_key(struct list *l, int key, int letters)
{
    if (letters && (key == 'j' || key == 'k'))
        key = key == 'j' ? TERMINAL_DOWN : TERMINAL_UP;
    switch (key) {
    case TERMINAL_DOWN:
    case CTRL_N: l->selected++; break;
    case TERMINAL_UP:
    case CTRL_P: l->selected--; break;
    case TERMINAL_PAGE_DOWN: l->selected += l->rows; break;
    case TERMINAL_PAGE_UP: l->selected -= l->rows; break;
    case TERMINAL_HOME: l->selected = 0; break;
    case TERMINAL_END: l->selected = l->count - 1; break;
    default: return 0;
    }
    list_settle(l);
    return 1;
}
