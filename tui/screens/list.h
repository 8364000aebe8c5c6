/* A list with a selected row, longer than the screen perhaps. */
#ifndef TUI_SCREENS_LIST_H
#define TUI_SCREENS_LIST_H

struct list {
    int count, selected;
    int top;  /* first row shown */
    int rows; /* that fit */
};

/* After count or rows changed: selected and top are put where they may be. */
void list_settle(struct list *l);
/* Arrows, page keys, Home, End, Ctrl-N, Ctrl-P, and j and k where `letters`. 1: the key was one of
 * these. */
int list_key(struct list *l, int key, int letters);

#endif
