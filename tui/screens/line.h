/* A line of text being typed: keys into UTF-8. */
#ifndef TUI_SCREENS_LINE_H
#define TUI_SCREENS_LINE_H

enum { LINE_TEXT = 400 };

struct line {
    char text[LINE_TEXT];
};

/* Characters, Backspace, Ctrl-W, Ctrl-U. 1: the key was one of these. */
int line_key(struct line *l, int key);
/* "> text", with the cursor at its end; the end stays in sight. */
void line_draw(const struct line *l, int row, int col, int cols);

#endif
