/* All keys, by section, from the list they are bound by. */
#include "tui/screens/screen.h"

#include <stdio.h>
#include <string.h>

#include "tui/screens/list.h"
#include "tui/screens/text.h"
#include "tui/terminal/keys.h"

enum { LINES = 2 * KEY_COMMANDS, KEYS_WIDTH = 16, COLUMN = 64 };

struct help_line {
    const struct key_binding *binding; /* NULL: a title, a note or a blank line */
    const char *title, *note;
};

struct help_screen {
    struct help_line lines[LINES];
    int count;
    int top, columns, rows;
};

static void add(struct help_screen *h, const struct key_binding *binding, const char *title)
{
    if (h->count < LINES)
        h->lines[h->count++] = (struct help_line){binding, title, NULL};
}

/* What the numbers mean, and what stands first. At most 60 cells a line. */
static void add_notes(struct help_screen *h)
{
    static const char *const notes[] = {
        "expected 0.32: so much of the path is likely to be right",
        "candidate 1 has the largest such score: not always the",
        "largest %, which is the path's own probability",
        "an imported label is the path shown, until you decide",
        "without any model 1 to 9 are paths given before"};
    add(h, NULL, NULL);
    add(h, NULL, "what is shown");
    for (size_t i = 0; i < sizeof notes / sizeof notes[0] && h->count < LINES; i++)
        h->lines[h->count++] = (struct help_line){NULL, NULL, notes[i]};
}

static int open(struct screen *s, const void *argument, struct status *st)
{
    struct help_screen *h = s->state;
    const char *section = "";
    (void)argument;
    (void)st;
    for (int i = 0; i < KEY_COMMANDS - 1; i++) {
        if (strcmp(key_bindings[i].section, section) != 0) {
            if (strcmp(section, "decide") == 0)
                add_notes(h);
            if (h->count > 0)
                add(h, NULL, NULL);
            section = key_bindings[i].section;
            add(h, NULL, section);
        }
        add(h, &key_bindings[i], NULL);
    }
    return 0;
}

static void draw_line(const struct help_line *line, int row, int col, int width)
{
    char keys[40];
    if (line->title)
        terminal_printf(row, col, width, STYLE_TITLE, "%c%s", line->title[0] - 'a' + 'A',
                        line->title + 1);
    if (line->note)
        terminal_text(row, col + 2, width - 2, STYLE_NORMAL, line->note);
    if (!line->binding)
        return;
    snprintf(keys, sizeof keys, "%s%s%s%s", line->binding->key,
             line->binding->command == KEY_CANDIDATE ? "-9" : "", line->binding->second[0] ? "  " : "",
             line->binding->second);
    terminal_text(row, col + 2, KEYS_WIDTH - 3, STYLE_KEY, keys);
    terminal_text(row, col + KEYS_WIDTH, width - KEYS_WIDTH, STYLE_NORMAL, line->binding->help);
}

/* A new column begins with a section where one begins in its first half, so that sections stay whole. */
static int column_end(const struct help_screen *h, int first, int rows, int columns_left)
{
    int end = first + rows;
    if (end >= h->count || columns_left == 0)
        return end < h->count ? end : h->count;
    for (int i = end; i > first + rows / 2; i--)
        if (h->lines[i].title)
            return i;
    return end;
}

static void draw(struct screen *s)
{
    static const struct hint hints[] = {{"q", "back", 0}, {"j k", "scroll", 0}, {NULL, NULL, 0}};
    struct help_screen *h = s->state;
    const struct terminal_info *info = terminal_info();
    h->rows = info->rows - 4;
    h->columns = h->count <= h->rows ? 1 : info->cols / COLUMN < 1 ? 1 : info->cols / COLUMN;
    if (h->top > h->count - h->rows * h->columns)
        h->top = h->count - h->rows * h->columns;
    if (h->top < 0)
        h->top = 0;
    terminal_fill(0, 0, 1, info->cols, STYLE_STATUS);
    terminal_text(0, 1, info->cols - 2, STYLE_STATUS, "Keys");
    int line = h->top, width = info->cols / h->columns;
    for (int c = 0; c < h->columns; c++) {
        int end = column_end(h, line, h->rows, h->columns - 1 - c);
        for (int row = 2; line < end; line++, row++)
            if (row > 2 || h->lines[line].title || h->lines[line].note || h->lines[line].binding)
                draw_line(&h->lines[line], row, 1 + c * width, width - 2);
    }
    text_hints(info->rows - 1, hints);
}

static void key(struct screen *s, int k)
{
    struct help_screen *h = s->state;
    struct list scroll = {.count = h->count, .selected = h->top, .rows = h->rows};
    ui_dirty(s->ui);
    if (list_key(&scroll, k, 1))
        h->top = scroll.selected; /* draw() keeps it within what there is to scroll */
    else
        ui_common_key(s->ui, ui_command(s->ui, k), KEY_HELP);
}

const struct screen_ops screen_help = {
    .name = "help",
    .state_size = sizeof(struct help_screen),
    .open = open,
    .draw = draw,
    .key = key,
};
