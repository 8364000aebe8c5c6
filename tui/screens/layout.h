/* Where things stand on the review screen; popups that must not hide the photo use the panel's
 * place. */
#ifndef TUI_SCREENS_LAYOUT_H
#define TUI_SCREENS_LAYOUT_H

struct rect {
    int row, col, rows, cols;
};

struct layout {
    struct rect photo, panel;
    int bar;  /* row of the status bar */
    int keys; /* row of the keys: the last one */
};

/* Beside each other where the window is wide enough, else the panel below the photo. A blank column
 * stays right of the photo and a blank row below it: some terminals draw a picture a cell too
 * large. */
void layout_make(int rows, int cols, struct layout *out);
/* For the grid: more room for photos; panel.rows is 0 where there is none for the panel. */
void layout_make_grid(int rows, int cols, struct layout *out);

#endif
