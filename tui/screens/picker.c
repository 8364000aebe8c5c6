/* Any path by typing, in the panel's place so that the photo stays in view.
 *
 * What is typed filters the paths of the whole tree (every word must occur). A last row offers the text as a
 * new label: below the path written before its last '>', else below a path that is asked for next. Tab
 * completes the selected path level by level. With nothing typed the most probable paths come first,
 * then those picked lately. Rows stay where they are while nobody types, whatever the background predicts:
 * Enter takes what was seen. */
#include "tui/screens/screen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/status.h"
#include "tui/screens/layout.h"
#include "tui/screens/list.h"
#include "tui/screens/text.h"
#include "tui/terminal/keys.h"

enum { MOST = 300, TEXT = 400, CTRL_U = 21, CTRL_W = 23, PERCENT = 5, IDS_FROM = 44, ID = 8 };
enum { NEW_LABEL = -2, TOP_LEVEL = TAXONOMY_ROOT }; /* rows that are no nodes */

struct picker {
    struct picker_request request;
    char text[TEXT];
    int rows[MOST + 2]; /* nodes, or the two above */
    struct list list;
    /* Asking for the parent of a new label: its name, else "". */
    char name[TAXONOMY_MAX_NAME + 1];
    int parent; /* of NEW_LABEL: where the typed text says; NEW_LABEL when it does not say */
};

static const struct taxonomy *tree(const struct screen *s)
{
    return app_taxonomy(ui_app(s->ui));
}

static void add_row(struct picker *p, int node)
{
    for (int i = 0; i < p->list.count; i++)
        if (p->rows[i] == node)
            return;
    if (p->list.count < MOST)
        p->rows[p->list.count++] = node;
}

static const char *skip_blanks(const char *text)
{
    while (*text == ' ')
        text++;
    return text;
}

/* The name of a label that the text would make, without blanks around it; its parent in *parent (NEW_LABEL
 * when the text does not say; its label must exist). 0: the text makes no new label. */
static int new_label(const struct taxonomy *t, const char *text, char *name, int *parent)
{
    const char *last = strrchr(text, '>');
    char above[TEXT];
    snprintf(name, TAXONOMY_MAX_NAME + 1, "%s", skip_blanks(last ? last + 1 : text));
    for (size_t n = strlen(name); n > 0 && name[n - 1] == ' ';)
        name[--n] = '\0';
    *parent = NEW_LABEL;
    if (!name[0])
        return 0;
    if (!last)
        return 1;
    snprintf(above, sizeof above, "%.*s", (int)(last - text), text);
    *parent = *skip_blanks(above) ? taxonomy_resolve_text(t, above, NULL) : TAXONOMY_ROOT;
    if (*parent < 0 && *skip_blanks(above))
        return 0;
    return taxonomy_find_child(t, *parent, name) < 0;
}

/* Words of the typed text for the search: a '>' only parts them. */
static void search_words(const char *text, char *out)
{
    snprintf(out, TEXT, "%s", text);
    for (char *c = out; *c; c++)
        if (*c == '>')
            *c = ' ';
}

static void add_probable(struct picker *p, struct screen *s)
{
    const struct app_photo *current = app_current(ui_app(s->ui));
    int recent[16], n = ui_remembered(s->ui, recent, 16);
    for (int i = 0; i < current->candidates; i++)
        add_row(p, current->candidate[i].node);
    for (int i = 0; i < n; i++)
        add_row(p, recent[i]);
}

static void search(struct screen *s)
{
    struct picker *p = s->state;
    const struct taxonomy *t = tree(s);
    char words[TEXT], name[TAXONOMY_MAX_NAME + 1];
    int found[MOST], asks_parent = p->name[0] != '\0';
    p->list.count = p->list.selected = p->list.top = 0;
    search_words(p->text, words);
    int empty = !*skip_blanks(words);
    if (asks_parent && empty)
        add_row(p, TOP_LEVEL);
    if (empty && !asks_parent)
        add_probable(p, s);
    int n = taxonomy_search(t, words, found, MOST);
    for (int i = 0; i < n; i++)
        if (!asks_parent || taxonomy_depth(t, found[i]) < taxonomy_max_depth(t))
            add_row(p, found[i]);
    if (!asks_parent && new_label(t, p->text, name, &p->parent))
        p->rows[p->list.count++] = NEW_LABEL;
    list_settle(&p->list);
}

/* ---- drawing ---- */

static void draw_row(struct screen *s, const struct rect *r, int row, int i)
{
    struct picker *p = s->state;
    const struct taxonomy *t = tree(s);
    int node = p->rows[i], ids = r->cols >= IDS_FROM;
    enum style style = i == p->list.selected ? STYLE_SELECTED : STYLE_NORMAL;
    char name[TAXONOMY_MAX_NAME + 1], percent[16];
    terminal_fill(row, r->col, 1, r->cols, style);
    if (node == NEW_LABEL) {
        int parent;
        new_label(t, p->text, name, &parent);
        int used = terminal_printf(row, r->col, r->cols, style, "new: %s", name);
        if (parent >= 0 && r->cols - used > 10) {
            terminal_text(row, r->col + used, 7, style, " below ");
            text_path(row, r->col + used + 7, r->cols - used - 7, style, t, parent);
        }
        return;
    }
    int width = r->cols - PERCENT - 1 - (ids ? ID + 1 : 0);
    text_path(row, r->col, width, style, t, node);
    if (node < 0)
        return;
    if (ids)
        terminal_printf(row, r->col + width + 1, ID, style, "%*s", ID, taxonomy_id(t, node));
    struct answer answer;
    app_answer(ui_app(s->ui), node, &answer);
    if (answer.depth > 0 && answer.confidence[answer.depth - 1] > 0)
        terminal_printf(row, r->col + r->cols - PERCENT, PERCENT, style, "%*s", PERCENT,
                        text_percent(answer.confidence[answer.depth - 1], percent, sizeof percent));
}

static void draw_input(struct screen *s, const struct rect *r, int row)
{
    struct picker *p = s->state;
    const char *text = p->text;
    while (*text && terminal_width(text) > r->cols - 3) /* the end is what is being typed */
        do
            text++;
        while (((unsigned char)*text & 0xC0) == 0x80);
    terminal_text(row, r->col, 2, STYLE_KEY, ">");
    terminal_text(row, r->col + 2, r->cols - 2, STYLE_BOLD, text);
    terminal_cursor(row, r->col + 2 + terminal_width(text));
}

static void draw(struct screen *s)
{
    static const struct hint hints[] = {{"Enter", "take"},          {"Escape", "back"},
                                        {"Up Down", "choose"},      {"Tab", "complete a level"},
                                        {"Ctrl-U", "empty the line"}, {NULL, NULL}};
    struct picker *p = s->state;
    struct layout layout;
    layout_make(terminal_info()->rows, terminal_info()->cols, &layout);
    const struct rect *r = &layout.panel;
    terminal_fill(r->row, r->col, r->rows, r->cols, STYLE_NORMAL);
    if (p->name[0])
        terminal_printf(r->row, r->col, r->cols, STYLE_TITLE, "Below which path? (new: %s)", p->name);
    else
        terminal_text(r->row, r->col, r->cols, STYLE_TITLE, "Pick a path");
    draw_input(s, r, r->row + 1);
    p->list.rows = r->rows - 3;
    list_settle(&p->list);
    for (int i = 0; i < p->list.rows && p->list.top + i < p->list.count; i++)
        draw_row(s, r, r->row + 3 + i, p->list.top + i);
    if (p->list.count == 0)
        text_wrap(r->row + 3, r->col, r->cols, 3, STYLE_DIM,
                  strchr(p->text, '>') ? "no path has these words, and what stands before the last > is "
                                         "none to add a label to"
                                       : "no path has these words");
    text_hints(layout.keys, hints);
}

/* ---- keys ---- */

static void take(struct screen *s, int node)
{
    struct picker *p = s->state;
    ui_pop(s->ui);
    p->request.picked(p->request.arg, node);
}

static void create(struct screen *s, int parent, const char *name)
{
    struct status st = {0};
    int node = app_add_node(ui_app(s->ui), parent, name, &st);
    if (node < 0)
        ui_say(s->ui, STYLE_BAD, "%s", st.text);
    else
        take(s, node);
}

static void enter(struct screen *s)
{
    struct picker *p = s->state;
    char name[TAXONOMY_MAX_NAME + 1];
    int parent;
    if (p->list.count == 0)
        return;
    int node = p->rows[p->list.selected];
    if (p->name[0]) {
        create(s, node, p->name);
    } else if (node != NEW_LABEL) {
        take(s, node);
    } else if (new_label(tree(s), p->text, name, &parent) && parent != NEW_LABEL) {
        create(s, parent, name);
    } else {
        strcpy(p->name, name);
        p->text[0] = '\0';
        search(s);
    }
}

/* The text becomes one level more of the selected path than it already spells out. */
static void complete(struct screen *s)
{
    struct picker *p = s->state;
    const struct taxonomy *t = tree(s);
    int path[TAXONOMY_DEPTH];
    char spelled[TEXT] = "";
    if (p->list.count == 0 || p->rows[p->list.selected] < 0)
        return;
    int node = p->rows[p->list.selected], depth = taxonomy_path(t, node, path);
    for (int i = 0; i < depth; i++) {
        size_t used = strlen(spelled);
        snprintf(spelled + used, sizeof spelled - used, "%s%s", taxonomy_name(t, path[i]),
                 taxonomy_is_leaf(t, path[i]) ? "" : " > ");
        if (strncmp(p->text, spelled, strlen(spelled)) != 0)
            break;
    }
    strcpy(p->text, spelled);
    search(s);
}

/* Characters are code points; the text is UTF-8. */
static void type(struct picker *p, int key)
{
    size_t n = strlen(p->text);
    if (n + 5 > sizeof p->text)
        return;
    char *out = p->text + n;
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

static void erase_character(struct picker *p)
{
    size_t n = strlen(p->text);
    while (n > 0 && ((unsigned char)p->text[n - 1] & 0xC0) == 0x80)
        n--;
    p->text[n > 0 ? n - 1 : 0] = '\0';
}

static void erase_word(struct picker *p)
{
    size_t n = strlen(p->text);
    while (n > 0 && p->text[n - 1] == ' ')
        n--;
    while (n > 0 && p->text[n - 1] != ' ')
        n--;
    p->text[n] = '\0';
}

static void escape(struct screen *s)
{
    struct picker *p = s->state;
    if (!p->name[0]) {
        ui_pop(s->ui);
        return;
    }
    strcpy(p->text, p->name); /* back from asking for the parent */
    p->name[0] = '\0';
    search(s);
}

static void key(struct screen *s, int k)
{
    struct picker *p = s->state;
    ui_dirty(s->ui);
    if (list_key(&p->list, k, 0))
        return;
    if (k == TERMINAL_ENTER) {
        enter(s);
        return;
    }
    if (k == TERMINAL_ESCAPE) {
        escape(s);
        return;
    }
    if (k == TERMINAL_TAB) {
        complete(s);
        return;
    }
    if (key_command_for(k) == KEY_REDRAW)
        terminal_redraw();
    else if (k == TERMINAL_BACKSPACE)
        erase_character(p);
    else if (k == CTRL_W)
        erase_word(p);
    else if (k == CTRL_U)
        p->text[0] = '\0';
    else if (k >= ' ' && k != 0x7F && k < TERMINAL_UP)
        type(p, k);
    else
        return;
    search(s);
}

static int open(struct screen *s, const void *argument, struct status *st)
{
    struct picker *p = s->state;
    (void)st;
    p->request = *(const struct picker_request *)argument;
    search(s);
    return 0;
}

const struct screen_ops screen_picker = {
    .name = "picker",
    .popup = 1,
    .state_size = sizeof(struct picker),
    .open = open,
    .draw = draw,
    .key = key,
};
