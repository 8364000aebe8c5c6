/* All keys in force with the names of what they do, by section; then what the command line takes
 * and the mouse does. Everything comes from the tables: keys.h, line_commands.h. */
#include "tui/screens/screen.h"

#include <stdio.h>
#include <string.h>

#include "tui/screens/line_commands.h"
#include "tui/screens/list.h"
#include "tui/screens/text.h"

enum { ENTRIES = KEY_COMMANDS + 64, KEYS_WIDTH = 16, NAME_WIDTH = 13, COLUMN = 58, HELP_ROWS = 4 };

/* A title, a note, a key with its name and help; all empty: a blank row. */
struct entry {
    const char *title, *note;
    const struct key_binding *binding;
    const struct line_command *command;
};

struct help_screen {
    struct entry entries[ENTRIES];
    int count;
    int top; /* the first entry shown */
    int rows;
};

static void add(struct help_screen *h, struct entry entry)
{
    if (h->count < ENTRIES)
        h->entries[h->count++] = entry;
}

static void add_section(struct help_screen *h, const char *title)
{
    if (h->count > 0)
        add(h, (struct entry){0});
    add(h, (struct entry){.title = title});
}

static void add_notes(struct help_screen *h, const char *title, const char *const *notes)
{
    add_section(h, title);
    for (; *notes; notes++)
        add(h, (struct entry){.note = *notes});
}

static void add_commands(struct help_screen *h)
{
    add_section(h, "on the command line, with words after it");
    for (const struct line_command *c = line_commands; c->name; c++)
        add(h, (struct entry){.command = c});
}

static int open(struct screen *s, const void *argument, struct status *st)
{
    static const char *const shown[] = {
        "expected 0.32: so much of the path is likely to be right",
        "candidate 1 has the largest such score (\"best score\"): not always the largest %, the path's own probability",
        "an imported label is the path shown, until you decide",
        "without any model 1 to 9 are paths given before", NULL};
    static const char *const mouse[] = {
        "a click shows a candidate, a second one takes it; the wheel zooms the photo and scrolls lists",
        "Shift and drag selects text as ever (Option in some terminals); :set mouse off leaves the mouse to the terminal",
        NULL};
    struct help_screen *h = s->state;
    const char *section = "";
    (void)argument;
    (void)st;
    for (int i = 0; i < KEY_COMMANDS - 1; i++) {
        if (strcmp(key_bindings[i].section, section) != 0) {
            section = key_bindings[i].section;
            add_section(h, section);
        }
        add(h, (struct entry){.binding = &key_bindings[i]});
    }
    add_notes(h, "what is shown", shown);
    add_commands(h);
    add_notes(h, "mouse", mouse);
    add_notes(h, "other keys",
              (const char *const[]){"bind them in .tend/keys, or for all projects in "
                                    "~/.config/tend/keys; `tend help keys` says how",
                                    NULL});
    return 0;
}

/* ---- drawing ---- */

static const char *text_of(const struct entry *e)
{
    return e->binding ? e->binding->help : e->command ? e->command->help : e->note ? e->note : "";
}

static int indent_of(const struct entry *e)
{
    return e->binding || e->command ? KEYS_WIDTH + NAME_WIDTH : 2;
}

static int height_of(const struct entry *e, int width)
{
    int rows = text_wrap_lines(width - indent_of(e), HELP_ROWS, text_of(e));
    return rows < 1 ? 1 : rows;
}

static void draw_entry(struct screen *s, const struct entry *e, int row, int col, int width)
{
    char left[100];
    if (e->title)
        terminal_printf(row, col, width, STYLE_TITLE, "%c%s", e->title[0] - 'a' + 'A',
                        e->title + 1);
    if (e->binding) {
        keymap_names(ui_keys(s->ui), e->binding->command, left, sizeof left);
        terminal_text(row, col + 2, KEYS_WIDTH - 3, STYLE_KEY, left);
        terminal_printf(row, col + KEYS_WIDTH, NAME_WIDTH - 1, STYLE_DIM, ":%s", e->binding->name);
    }
    if (e->command) {
        snprintf(left, sizeof left, ":%s %s", e->command->name, e->command->usage);
        terminal_text(row, col + 2, KEYS_WIDTH + NAME_WIDTH - 3, STYLE_KEY, left);
    }
    text_wrap(row, col + indent_of(e), width - indent_of(e), HELP_ROWS, STYLE_NORMAL, text_of(e));
}

/* A new column begins with a section where one begins in the second half of the one before, so that
 * sections stay whole. Returns where a column ends that begins with this entry. */
static int column_end(const struct help_screen *h, int first, int rows, int width, int is_last)
{
    int used = 0, title = -1, i = first;
    for (; i < h->count; i++) {
        if (h->entries[i].title && used > rows / 2)
            title = i;
        used += height_of(&h->entries[i], width);
        if (used > rows)
            break;
    }
    return i == h->count || is_last || title < 0 ? i : title;
}

/* Draws from an entry on, unless s is NULL; the first entry that is not shown any more. */
static int fill(const struct help_screen *h, int first, int columns, int width, struct screen *s)
{
    for (int c = 0; c < columns; c++) {
        int end = column_end(h, first, h->rows, width - 2, c == columns - 1), row = 2;
        for (; first < end; first++) {
            const struct entry *e = &h->entries[first];
            int blank = !e->title && !text_of(e)[0];
            if (blank && row == 2)
                continue; /* no column begins with it */
            if (s)
                draw_entry(s, e, row, 1 + c * width, width - 2);
            row += height_of(e, width - 2);
        }
    }
    return first;
}

static void draw(struct screen *s)
{
    struct help_screen *h = s->state;
    const struct terminal_info *info = terminal_info();
    static const struct hint hints[] = {{"{back}", "back", 0},
                                        {"j k", "scroll", 0},
                                        {"{command}", "command line", 0},
                                        {NULL, NULL, 0}};
    h->rows = info->rows - 4;
    int columns = 1, width = info->cols, last = h->count - 1;
    if (fill(h, 0, 1, width, NULL) < h->count && info->cols / COLUMN > 1) {
        columns = info->cols / COLUMN;
        width = info->cols / columns;
    }
    while (last > 0 && fill(h, last - 1, columns, width, NULL) == h->count)
        last--;
    if (h->top > last)
        h->top = last;
    terminal_fill(0, 0, 1, info->cols, STYLE_STATUS);
    terminal_text(0, 1, info->cols - 2, STYLE_STATUS, "Keys");
    int end = fill(h, h->top, columns, width, s);
    if (end < h->count && info->cols > 20)
        terminal_text(0, info->cols - 7, 6, STYLE_STATUS, "more ↓");
    ui_hints(s->ui, info->rows - 1, hints);
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
