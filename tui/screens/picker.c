/* Any path by typing, or by walking through the tree, in the panel's place so that the photo stays
 * in view.
 *
 * What is typed filters the paths of the whole tree (labels/search.h). A last row offers what of
 * the text is new: the levels that a path written with '>' has and the tree has not; a name alone
 * goes below a path that is asked for next (to the top of an empty tree). Tab completes the
 * selected path level by level.
 *
 * With nothing typed the most probable paths come first, then those picked lately, each one digit
 * away, then the most used. Tab goes for a walk then: the rows are the labels below one, and
 * letters are commands. The right arrow does so at any time, into the selected row.
 *
 * Rows stay where they are while nobody types, whatever the background predicts: Enter takes what
 * was seen. */
#include "tui/screens/picker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/status.h"
#include "tui/terminal/keys.h"

static const struct taxonomy *tree(const struct screen *s)
{
    return app_taxonomy(ui_app(s->ui));
}

static int selected(const struct picker *p)
{
    return p->list.count > 0 ? p->rows[p->list.selected] : PICKER_NEW;
}

static int take(struct screen *s, int node)
{
    struct picker *p = s->state;
    int taken = p->request.picked(p->request.arg, node);
    if (taken)
        ui_pop(s->ui);
    if (taken && !p->request.title)
        ui_note_pick(s->ui, node);
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
        p->naming = 0;
        taxonomy_format(tree(s), node, " > ", p->line.text, LINE_TEXT);
        picker_search(s);
    }
}

static void enter_offer(struct screen *s)
{
    struct picker *p = s->state;
    const struct taxonomy *t = tree(s);
    struct offer offer;
    picker_offer(p, t, &offer);
    if (offer.count == 0) { /* another program has added it meanwhile */
        picker_search(s);
    } else if (offer.depth > taxonomy_max_depth(t)) {
        ui_say(s->ui, STYLE_WARN, "%d levels are too many: paths have %d at most", offer.depth,
               taxonomy_max_depth(t));
    } else if (offer.parent != OFFER_ASKS) {
        create(s, offer.parent, offer.names, offer.count);
    } else {
        snprintf(p->name, sizeof p->name, "%s", offer.names[0]);
        p->line.text[0] = '\0';
        picker_search(s);
    }
}

static void enter(struct screen *s)
{
    struct picker *p = s->state;
    if (p->list.count == 0)
        return;
    if (picker_has_none(p))
        ui_say(s->ui, STYLE_WARN, "type a part of its name, or go to it with the arrows");
    else if (selected(p) == PICKER_NEW)
        enter_offer(s);
    else if (p->name[0])
        create(s, selected(p), (const char *[]){p->name}, 1);
    else
        take(s, selected(p));
}

/* The text becomes one level more of the selected path than it already spells out. */
static void complete(struct screen *s)
{
    struct picker *p = s->state;
    const struct taxonomy *t = tree(s);
    int path[TAXONOMY_DEPTH], node = selected(p);
    char spelled[LINE_TEXT] = "";
    if (node < 0)
        return;
    int depth = taxonomy_path(t, node, path);
    for (int i = 0; i < depth; i++) {
        size_t used = strlen(spelled);
        snprintf(spelled + used, sizeof spelled - used, "%s%s", taxonomy_name(t, path[i]),
                 taxonomy_is_leaf(t, path[i]) ? "" : " > ");
        if (strncmp(p->line.text, spelled, strlen(spelled)) != 0)
            break;
    }
    strcpy(p->line.text, spelled);
    picker_search(s);
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
    picker_search(s);
}

/* ---- walking ---- */

static void walk_in(struct screen *s)
{
    struct picker *p = s->state;
    int node = selected(p);
    if (node >= 0 && !taxonomy_is_leaf(tree(s), node))
        picker_walk(s, node, app_best_child(ui_app(s->ui), node));
    else if (node >= 0 && !p->walking)
        picker_walk(s, taxonomy_parent(tree(s), node), node);
    else if (!p->walking)
        picker_walk(s, TAXONOMY_ROOT, -1);
}

/* To the row that is selected, among those beside it; with nothing typed yet, to the top. */
static void walk_beside(struct screen *s)
{
    struct picker *p = s->state;
    int node = picker_has_none(p) ? PICKER_NEW : selected(p);
    picker_walk(s, node >= 0 ? taxonomy_parent(tree(s), node) : TAXONOMY_ROOT, node);
}

static void walk_out(struct screen *s)
{
    struct picker *p = s->state;
    if (p->at >= 0)
        picker_walk(s, taxonomy_parent(tree(s), p->at), p->at);
}

/* A new label below this one is to be named. */
static void name_below(struct screen *s, int parent)
{
    struct picker *p = s->state;
    const struct taxonomy *t = tree(s);
    if (p->request.title || p->name[0])
        return;
    if (taxonomy_depth(t, parent) >= taxonomy_max_depth(t)) {
        ui_say(s->ui, STYLE_WARN, "no label goes below it: paths have %d levels at most",
               taxonomy_max_depth(t));
        return;
    }
    p->naming = 1;
    p->below = parent;
    p->new_name.text[0] = '\0';
}

static void naming_key(struct screen *s, int k)
{
    struct picker *p = s->state;
    if (k == TERMINAL_ENTER)
        create(s, p->below, (const char *[]){p->new_name.text}, 1);
    else if (k == TERMINAL_ESCAPE || ui_typing_command(s->ui, k) == KEY_CANCEL)
        p->naming = 0;
    else if (ui_typing_command(s->ui, k) == KEY_REDRAW)
        terminal_redraw();
    else
        line_key(&p->new_name, k);
}

static void walking_key(struct screen *s, int k)
{
    struct picker *p = s->state;
    enum key_command command = ui_command(s->ui, k);
    if (list_key(&p->list, k, 1))
        return;
    if (k == 'l' || k == TERMINAL_RIGHT)
        walk_in(s);
    else if (k == 'h' || k == TERMINAL_LEFT)
        walk_out(s);
    else if (k == TERMINAL_ENTER)
        enter(s);
    else if (k == 'n')
        name_below(s, p->at);
    else if (k == 'N' && (selected(p) >= 0 || selected(p) == PICKER_TOP))
        name_below(s, selected(p));
    else if (k == TERMINAL_TAB || k == '/' || command == KEY_BACK)
        picker_search(s);
    else
        ui_common_key(s->ui, command, KEY_CANCEL);
}

/* ---- typing ---- */

/* 1: the digit took a path picked before. */
static int pick_by_digit(struct screen *s, int k)
{
    int picks[USUAL_PLACES], n = picker_picks(s, picks);
    if (k < '1' || k > '9' || k - '1' >= n || picks[k - '1'] < 0 || !picker_takes_digits(s))
        return 0;
    take(s, picks[k - '1']);
    return 1;
}

static void tab(struct screen *s)
{
    if (picker_is_empty(s->state))
        walk_beside(s);
    else
        complete(s);
}

static void typing_key(struct screen *s, int k)
{
    struct picker *p = s->state;
    if (picker_has_none(p) && (k == TERMINAL_DOWN || k == TERMINAL_UP)) {
        p->chosen = 1; /* the first row */
        return;
    }
    if (list_key(&p->list, k, 0))
        p->chosen = 1;
    else if (k == TERMINAL_ENTER)
        enter(s);
    else if (k == TERMINAL_ESCAPE)
        escape(s);
    else if (ui_typing_command(s->ui, k) == KEY_CANCEL)
        ui_pop(s->ui);
    else if (k == TERMINAL_TAB)
        tab(s);
    else if (k == TERMINAL_RIGHT)
        walk_in(s);
    else if (k == TERMINAL_LEFT)
        walk_beside(s);
    else if (k == TERMINAL_F1) /* '?' is typed */
        ui_push(s->ui, &screen_help, NULL);
    else if (ui_typing_command(s->ui, k) == KEY_REDRAW)
        terminal_redraw();
    else if (line_key(&p->line, k))
        picker_search(s);
}

static void key(struct screen *s, int k)
{
    struct picker *p = s->state;
    ui_dirty(s->ui);
    if (p->naming)
        naming_key(s, k);
    else if (pick_by_digit(s, k))
        return;
    else if (p->walking)
        walking_key(s, k);
    else
        typing_key(s, k);
}

static int open(struct screen *s, const void *argument, struct status *st)
{
    struct picker *p = s->state;
    (void)st;
    p->request = *(const struct picker_request *)argument;
    picker_search(s);
    return 0;
}

static void close(struct screen *s)
{
    struct picker *p = s->state;
    free(p->rows);
}

const struct screen_ops screen_picker = {
    .name = "picker",
    .popup = 1,
    .state_size = sizeof(struct picker),
    .open = open,
    .draw = picker_draw,
    .key = key,
    .close = close,
};
