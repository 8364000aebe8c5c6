/* Changes a label itself, everywhere: renames, moves, merges, removes it. In the panel's place;
 * what it is moved below or merged into is picked as paths are. */
#include "tui/screens/screen.h"

#include <stdio.h>
#include <string.h>

#include "data/status.h"
#include "tui/screens/layout.h"
#include "tui/screens/line.h"
#include "tui/screens/list.h"
#include "tui/screens/text.h"
#include "tui/terminal/keys.h"

static const struct choice {
    int kind; /* of struct tree_edit */
    const char *name, *help;
} choices[] = {
    {TREE_RENAME, "rename", "another name in the same place"},
    {TREE_MOVE, "move", "below another label, with all that is below it"},
    {TREE_MERGE, "merge",
     "it is another label from now on: photos that have it, and what is below it, go there"},
    {TREE_REMOVE, "remove", "only a label that no photo has"},
};
enum { CHOICES = (int)(sizeof choices / sizeof *choices) };

struct label_screen {
    int node;
    struct list list;
    int renaming;
    int whole; /* the old name is selected: what is typed first replaces it */
    struct line name;
    char title[300]; /* of the picker */
};

/* Over the line, whose cursor stays. */
static void draw_selected(const struct label_screen *l, const struct rect *r)
{
    int width = terminal_width(l->name.text);
    if (width <= r->cols - 3)
        terminal_text(r->row + 3, r->col + 2, width, STYLE_SELECTED, l->name.text);
}

static void draw(struct screen *s)
{
    static const struct hint choosing[] = {
        {"Enter", "take", 0}, {"j k", "choose", 0}, {"{back}", "back", 0}, {NULL, NULL, 0}};
    static const struct hint typing[] = {{"Enter", "rename", 0},
                                         {"Escape", "back", 0},
                                         {"Ctrl-U", "empty the line", 1},
                                         {NULL, NULL, 0}};
    static const struct hint whole[] = {{"Enter", "rename", 0},
                                        {"Escape", "back", 0},
                                        {"Right", "keep the old name", 1},
                                        {"Ctrl-U", "empty the line", 2},
                                        {NULL, NULL, 0}};
    struct label_screen *l = s->state;
    struct layout layout;
    layout_make(terminal_info()->rows, terminal_info()->cols, &layout);
    const struct rect *r = &layout.panel;
    terminal_fill(r->row, r->col, r->rows, r->cols, STYLE_NORMAL);
    terminal_text(r->row, r->col, r->cols, STYLE_TITLE, "This label, everywhere");
    text_path(r->row + 1, r->col, r->cols, STYLE_BOLD, app_taxonomy(ui_app(s->ui)), l->node);
    if (l->renaming) {
        line_draw(&l->name, r->row + 3, r->col, r->cols);
        if (l->whole)
            draw_selected(l, r);
        ui_hints(s->ui, layout.keys, l->whole ? whole : typing);
        return;
    }
    l->list.rows = CHOICES;
    list_settle(&l->list);
    for (int i = 0; i < CHOICES; i++)
        terminal_text(r->row + 3 + i, r->col, r->cols,
                      i == l->list.selected ? STYLE_SELECTED : STYLE_NORMAL, choices[i].name);
    text_wrap(r->row + 4 + CHOICES, r->col, r->cols, 3, STYLE_DIM, choices[l->list.selected].help);
    ui_hints(s->ui, layout.keys, choosing);
}

/* 1: it is done, and this screen goes. */
static int change(struct screen *s, int to, const char *name)
{
    struct label_screen *l = s->state;
    struct app *a = ui_app(s->ui);
    struct status st = {0};
    struct tree_edit edit = {.node = l->node, .to = to, .name = name};
    enum { SHOWN = 24 }; /* cells of a name: a message has two rows of 58 at least */
    char was[TAXONOMY_MAX_NAME + 8], is[TAXONOMY_MAX_NAME + 8];
    edit.kind = choices[l->list.selected].kind;
    text_middle(taxonomy_name(app_taxonomy(a), l->node), SHOWN, was, sizeof was);
    if (app_edit_tree(a, &edit, &st) != 0) {
        ui_say(s->ui, STYLE_WARN, "%s", st.text);
        return 0;
    }
    int now = taxonomy_now(app_taxonomy(a), l->node);
    if (now < 0)
        ui_say(s->ui, STYLE_GOOD, "%s is removed; {undo} takes it back", was);
    else if (edit.kind == TREE_MOVE)
        ui_say(s->ui, STYLE_GOOD, "%s is now below %s; {undo} takes it back", was,
               to < 0 ? "the top"
                      : text_middle(taxonomy_name(app_taxonomy(a), to), SHOWN, is, sizeof is));
    else
        ui_say(s->ui, STYLE_GOOD,
               edit.kind == TREE_MERGE ? "%s is merged into %s; {undo} takes it back"
                                       : "%s is now %s; {undo} takes it back",
               was, text_middle(taxonomy_name(app_taxonomy(a), now), SHOWN, is, sizeof is));
    ui_pop(s->ui);
    return 1;
}

static int picked(void *arg, int node)
{
    return change(arg, node, NULL);
}

/* The picker's title, in the width of the panel: of a long name both ends. */
static void ask(struct label_screen *l, const char *before, const char *name, const char *after)
{
    struct layout layout;
    char cut[TAXONOMY_MAX_NAME + 8];
    layout_make(terminal_info()->rows, terminal_info()->cols, &layout);
    int room = layout.panel.cols - (int)strlen(before) - (int)strlen(after);
    snprintf(l->title, sizeof l->title, "%s%s%s", before, text_middle(name, room, cut, sizeof cut),
             after);
}

static void take(struct screen *s)
{
    struct label_screen *l = s->state;
    const char *name = taxonomy_name(app_taxonomy(ui_app(s->ui)), l->node);
    switch (choices[l->list.selected].kind) {
    case TREE_RENAME:
        l->renaming = l->whole = 1;
        snprintf(l->name.text, sizeof l->name.text, "%s", name);
        break;
    case TREE_MOVE:
        ask(l, "Move ", name, " below:");
        ui_push(s->ui, &screen_picker,
                &(struct picker_request){
                    .picked = picked, .arg = s, .title = l->title, .other = l->node + 1, .top = 1});
        break;
    case TREE_MERGE:
        ask(l, "Merge ", name, " into:");
        ui_push(s->ui, &screen_picker,
                &(struct picker_request){
                    .picked = picked, .arg = s, .title = l->title, .other = l->node + 1});
        break;
    default: change(s, TAXONOMY_ROOT, NULL);
    }
}

/* The first key where the old name is selected: a character takes its place, all else keeps it. */
static void replace_name(struct label_screen *l, int k)
{
    struct line typed = {0};
    if (line_key(&typed, k))
        l->name = typed;
}

static void type_name(struct screen *s, int k)
{
    struct label_screen *l = s->state;
    int whole = l->whole;
    l->whole = 0;
    if (k == TERMINAL_ENTER)
        change(s, TAXONOMY_ROOT, l->name.text);
    else if (k == TERMINAL_ESCAPE || ui_typing_command(s->ui, k) == KEY_CANCEL)
        l->renaming = 0;
    else if (ui_typing_command(s->ui, k) == KEY_REDRAW)
        terminal_redraw();
    else if (whole && k != TERMINAL_BACKSPACE)
        replace_name(l, k);
    else
        line_key(&l->name, k);
}

static void key(struct screen *s, int k)
{
    struct label_screen *l = s->state;
    ui_dirty(s->ui);
    if (l->renaming)
        type_name(s, k);
    else if (k == TERMINAL_ENTER)
        take(s);
    else if (!list_key(&l->list, k, 1))
        ui_common_key(s->ui, ui_command(s->ui, k), KEY_LABEL);
}

/* Argument: the node. */
static int open(struct screen *s, const void *argument, struct status *st)
{
    struct label_screen *l = s->state;
    (void)st;
    l->node = *(const int *)argument;
    l->list.count = CHOICES;
    return 0;
}

const struct screen_ops screen_label = {
    .name = "label",
    .popup = 1,
    .state_size = sizeof(struct label_screen),
    .open = open,
    .draw = draw,
    .key = key,
};
