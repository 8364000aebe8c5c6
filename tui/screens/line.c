#include "tui/screens/line.h"

#include <string.h>

#include "tui/terminal/terminal.h"

enum { CTRL_U = 21, CTRL_W = 23, DELETE = 0x7F };

/* Characters are code points; the text is UTF-8. */
static void type(struct line *l, int key)
{
    size_t n = strlen(l->text);
    if (n + 5 > sizeof l->text)
        return;
    char *out = l->text + n;
    if (key < 0x80) {
        *out++ = (char)key;
    } else if (key < 0x800) {
        *out++ = (char)(0xC0 | key >> 6);
        *out++ = (char)(0x80 | (key & 0x3F));
    } else if (key < 0x10000) {
        *out++ = (char)(0xE0 | key >> 12);
        *out++ = (char)(0x80 | (key >> 6 & 0x3F));
        *out++ = (char)(0x80 | (key & 0x3F));
    } else {
        *out++ = (char)(0xF0 | key >> 18);
        *out++ = (char)(0x80 | (key >> 12 & 0x3F));
        *out++ = (char)(0x80 | (key >> 6 & 0x3F));
        *out++ = (char)(0x80 | (key & 0x3F));
    }
    *out = '\0';
}

static void erase_character(struct line *l)
{
    size_t n = strlen(l->text);
    while (n > 0 && ((unsigned char)l->text[n - 1] & 0xC0) == 0x80)
        n--;
    l->text[n > 0 ? n - 1 : 0] = '\0';
}

static void erase_word(struct line *l)
{
    size_t n = strlen(l->text);
    while (n > 0 && l->text[n - 1] == ' ')
        n--;
    while (n > 0 && l->text[n - 1] != ' ')
        n--;
    l->text[n] = '\0';
}

int line_key(struct line *l, int key)
{
    if (key == TERMINAL_BACKSPACE)
        erase_character(l);
    else if (key == CTRL_W)
        erase_word(l);
    else if (key == CTRL_U)
        l->text[0] = '\0';
    else if (key >= ' ' && key != DELETE && key < TERMINAL_UP)
        type(l, key);
    else
        return 0;
    return 1;
}

void line_draw(const struct line *l, int row, int col, int cols)
{
    const char *text = l->text;
    while (*text && terminal_width(text) > cols - 3) /* the end is what is being typed */
        do
            text++;
        while (((unsigned char)*text & 0xC0) == 0x80);
    terminal_text(row, col, 2, STYLE_KEY, ">");
    terminal_text(row, col + 2, cols - 2, STYLE_BOLD, text);
    terminal_cursor(row, col + 2 + terminal_width(text));
}
