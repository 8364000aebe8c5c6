/* Any path by typing, in the panel's place so that the photo stays in view.
 *
 * What is typed filters the paths of the whole tree (every word must occur). A last row offers what
 * of the text is new: the levels that a path written with '>' has and the tree has not; a name alone
 * goes below a path that is asked for next (to the top of an empty tree). Tab completes the selected
 * path level by level. With nothing typed the most probable paths come first, then those picked
 * lately. Rows stay where they are while nobody types, whatever the background predicts: Enter takes
 * what was seen. */
#include "tui/screens/screen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/status.h"
#include "tui/screens/layout.h"
#include "tui/screens/line.h"
#include "tui/screens/list.h"
#include "tui/screens/offer.h"
#include "tui/screens/text.h"
#include "tui/terminal/keys.h"

enum { MOST = 300, PERCENT = 5, IDS_FROM = 44, ID = 8 };
enum { NEW_LABEL = -2, TOP_LEVEL = TAXONOMY_ROOT }; /* rows that are no nodes */

struct picker {
    struct picker_request request;
    struct line line; /* what is typed */
    int rows[MOST + 2]; /* nodes, or the two above */
    struct list list;
    int chosen; /* the selected row was gone to, not just the first one */
    /* Asking for the parent of a new label: its name, else "". */
    char name[LINE_TEXT];
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

/* The new row's: of what is typed; where a parent is asked for, of that and the name together. */
static void make_offer(const struct picker *p, const struct taxonomy *t, struct offer *o)
{
    char both[OFFER_TEXT];
    if (!p->name[0]) {
        offer_make(t, p->line.text, o);
        return;
    }
    snprintf(both, sizeof both, "%s > %s", p->line.text, p->name);
    offer_make(t, *skip_blanks(p->line.text) ? both : "", o);
}

/* Words of the typed text for the search: a '>' only parts them. */
static void search_words(const char *text, char *out)
{
    snprintf(out, LINE_TEXT, "%s", text);
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
        if (taxonomy_now(tree(s), recent[i]) >= 0)
            add_row(p, taxonomy_now(tree(s), recent[i]));
}

static void search(struct screen *s)
{
    struct picker *p = s->state;
    const struct taxonomy *t = tree(s);
    struct offer offer;
    char words[LINE_TEXT];
    int found[MOST], asks_parent = p->name[0] != '\0';
    p->list.count = p->list.selected = p->list.top = p->chosen = 0;
    search_words(p->line.text, words);
    int empty = !*skip_blanks(words);
    if ((asks_parent || p->request.top) && empty)
        add_row(p, TOP_LEVEL);
    if (empty && !asks_parent && !p->request.title)
        add_probable(p, s);
    int n = taxonomy_search(t, words, found, MOST);
    for (int i = 0; i < n; i++)
        if (!asks_parent || taxonomy_depth(t, found[i]) < taxonomy_max_depth(t))
            add_row(p, found[i]);
    make_offer(p, t, &offer);
    if (offer.count > 0 && !p->request.title && (!asks_parent || p->list.count == 0))
        p->rows[p->list.count++] = NEW_LABEL;
    list_settle(&p->list);
}

/* ---- drawing ---- */

static const char *joined(const struct offer *o, char *buffer, size_t size)
{
    size_t used = 0;
    buffer[0] = '\0';
    for (int i = 0; i < o->count && used < size; i++)
        used += (size_t)snprintf(buffer + used, size - used, "%s%s", i ? " > " : "", o->names[i]);
    return buffer;
}

static void draw_offer(const struct taxonomy *t, const struct offer *o, const struct rect *r,
                       int row, enum style style)
{
    char names[OFFER_TEXT + 3 * TAXONOMY_DEPTH], more[48] = "";
    if (o->depth > taxonomy_max_depth(t)) {
        terminal_printf(row, r->col, r->cols, style, "too deep: %d levels at most",
                        taxonomy_max_depth(t));
        return;
    }
    int used = terminal_printf(row, r->col, r->cols, style, "new: %s",
                               joined(o, names, sizeof names));
    int left = r->cols - used;
    if (o->parent >= 0 && left > 10) {
        terminal_text(row, r->col + used, 7, style, " below ");
        text_path(row, r->col + used + 7, left - 7, style, t, o->parent);
        return;
    }
    if (o->count > 1)
        snprintf(more, sizeof more, left > 14 ? " (%d new labels)" : " (%d new)", o->count);
    else if (taxonomy_max_depth(t) > 1)
        snprintf(more, sizeof more, left > 24 ? " (type > between levels)" : " (> adds a level)");
    if (terminal_width(more) <= left)
        terminal_text(row, r->col + used, left, style, more);
}

static void draw_row(struct screen *s, const struct rect *r, int row, int i)
{
    struct picker *p = s->state;
    const struct taxonomy *t = tree(s);
    int node = p->rows[i], ids = r->cols >= IDS_FROM;
    enum style style = i == p->list.selected && (!p->request.title || p->chosen || *skip_blanks(p->line.text))
                           ? STYLE_SELECTED
                           : STYLE_NORMAL;
    char percent[16];
    terminal_fill(row, r->col, 1, r->cols, style);
    if (node == NEW_LABEL) {
        struct offer offer;
        make_offer(p, t, &offer);
        draw_offer(t, &offer, r, row, style);
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

static const char *why_empty(const struct picker *p, const struct taxonomy *t)
{
    if (taxonomy_count(t) == 0 && !*skip_blanks(p->line.text))
        return taxonomy_max_depth(t) > 1 ? "There are no labels yet. Type the first one, its levels "
                                           "parted by >, as in Fruit > Banana"
                                         : "There are no labels yet. Type the first one";
    if (strchr(p->line.text, '>'))
        return "no path has these words; to make a new one, write a name on either side of each >";
    return "no path has these words";
}

static void draw(struct screen *s)
{
    static const struct hint hints[] = {{"Enter", "take", 0},       {"Escape", "back", 0},
                                        {"Up Down", "choose", 0},   {"Tab", "complete a level", 1},
                                        {"Ctrl-U", "empty the line", 2}, {NULL, NULL, 0}};
    struct picker *p = s->state;
    struct layout layout;
    layout_make(terminal_info()->rows, terminal_info()->cols, &layout);
    const struct rect *r = &layout.panel;
    terminal_fill(r->row, r->col, r->rows, r->cols, STYLE_NORMAL);
    terminal_text(r->row, r->col, r->cols, STYLE_TITLE,
                  p->name[0] ? "Below which path?" : p->request.title ? p->request.title : "Pick or type a path");
    if (p->name[0])
        terminal_printf(r->row + 2, r->col, r->cols, STYLE_DIM, "new: %s", p->name);
    line_draw(&p->line, r->row + 1, r->col, r->cols);
    p->list.rows = r->rows - 3;
    list_settle(&p->list);
    for (int i = 0; i < p->list.rows && p->list.top + i < p->list.count; i++)
        draw_row(s, r, r->row + 3 + i, p->list.top + i);
    if (p->list.count == 0)
        text_wrap(r->row + 3, r->col, r->cols, 4, STYLE_DIM, why_empty(p, tree(s)));
    text_hints(layout.keys, hints);
}

/* ---- keys ---- */

static int take(struct screen *s, int node)
{
    struct picker *p = s->state;
    int taken = p->request.picked(p->request.arg, node);
    if (taken)
        ui_pop(s->ui);
    return taken;
}

static void create(struct screen *s, int parent, const char *const *names, int count)
{
    struct picker *p = s->state;
    struct status st = {0};
    int node = app_add_path(ui_app(s->ui), parent, names, count, &st);
    if (node < 0) {
        ui_say(s->ui, STYLE_BAD, "%s", st.text);
    } else if (!take(s, node)) { /* the label is there now, to be taken by the next Enter */
        p->name[0] = '\0';
        taxonomy_format(tree(s), node, " > ", p->line.text, LINE_TEXT);
        search(s);
    }
}

static void enter_offer(struct screen *s)
{
    struct picker *p = s->state;
    const struct taxonomy *t = tree(s);
    struct offer offer;
    make_offer(p, t, &offer);
    if (offer.count == 0) { /* another program has added it meanwhile */
        search(s);
    } else if (offer.depth > taxonomy_max_depth(t)) {
        ui_say(s->ui, STYLE_WARN, "%d levels are too many: here a path has %d at most",
               offer.depth, taxonomy_max_depth(t));
    } else if (offer.parent != OFFER_ASKS) {
        create(s, offer.parent, offer.names, offer.count);
    } else {
        snprintf(p->name, sizeof p->name, "%s", offer.names[0]);
        p->line.text[0] = '\0';
        search(s);
    }
}

static void enter(struct screen *s)
{
    struct picker *p = s->state;
    if (p->list.count == 0)
        return;
    int node = p->rows[p->list.selected];
    if (p->request.title && !p->chosen && !*skip_blanks(p->line.text))
        ui_say(s->ui, STYLE_WARN, "type a part of its name, or go to it with the arrows");
    else if (node == NEW_LABEL)
        enter_offer(s);
    else if (p->name[0])
        create(s, node, (const char *[]){p->name}, 1);
    else
        take(s, node);
}

/* The text becomes one level more of the selected path than it already spells out. */
static void complete(struct screen *s)
{
    struct picker *p = s->state;
    const struct taxonomy *t = tree(s);
    int path[TAXONOMY_DEPTH];
    char spelled[LINE_TEXT] = "";
    if (p->list.count == 0 || p->rows[p->list.selected] < 0)
        return;
    int node = p->rows[p->list.selected], depth = taxonomy_path(t, node, path);
    for (int i = 0; i < depth; i++) {
        size_t used = strlen(spelled);
        snprintf(spelled + used, sizeof spelled - used, "%s%s", taxonomy_name(t, path[i]),
                 taxonomy_is_leaf(t, path[i]) ? "" : " > ");
        if (strncmp(p->line.text, spelled, strlen(spelled)) != 0)
            break;
    }
    strcpy(p->line.text, spelled);
    search(s);
}

static void escape(struct screen *s)
{
    struct picker *p = s->state;
    if (!p->name[0]) {
        ui_pop(s->ui);
        return;
    }
    strcpy(p->line.text, p->name); /* back from asking for the parent */
    p->name[0] = '\0';
    search(s);
}

static void key(struct screen *s, int k)
{
    struct picker *p = s->state;
    ui_dirty(s->ui);
    int none = p->request.title && !p->chosen && !*skip_blanks(p->line.text); /* is selected yet */
    if (none && (k == TERMINAL_DOWN || k == TERMINAL_UP || k == TERMINAL_TAB)) {
        p->chosen = k != TERMINAL_TAB; /* the first row */
        return;
    }
    if (list_key(&p->list, k, 0)) {
        p->chosen = 1;
        return;
    }
    if (k == TERMINAL_ENTER) {
        enter(s);
        return;
    }
    if (k == TERMINAL_ESCAPE) {
        escape(s);
        return;
    }
    if (ui_typing_command(s->ui, k) == KEY_CANCEL) {
        ui_pop(s->ui);
        return;
    }
    if (k == TERMINAL_TAB) {
        complete(s);
        return;
    }
    if (k == TERMINAL_F1) { /* '?' is typed */
        ui_push(s->ui, &screen_help, NULL);
        return;
    }
    if (ui_typing_command(s->ui, k) == KEY_REDRAW)
        terminal_redraw();
    else if (!line_key(&p->line, k))
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
