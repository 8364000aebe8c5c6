/* How the picker looks: rows of [digit] path [id] [photos that have it] [probability], each in its
 * column. */
#include <stdio.h>
#include <string.h>

#include "labels/search.h"
#include "tui/screens/acts.h"
#include "tui/screens/layout.h"
#include "tui/screens/picker.h"
#include "tui/screens/text.h"
#include "tui/terminal/keys.h"

enum {
    PERCENT = 5,
    IDS_FROM = 44,
    ID = 8,
    DIGIT = 2,
    COUNT = 8,
    PATH_LEAST = 22,
    NAME_LEAST = 14 /* cells that are left beside the counts; else there are none */
};

static const struct taxonomy *tree(const struct screen *s)
{
    return app_taxonomy(ui_app(s->ui));
}

/* ---- the row of a new label ---- */

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
    int used =
        terminal_printf(row, r->col, r->cols, style, "new: %s", joined(o, names, sizeof names));
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

/* ---- rows of nodes ---- */

/* What all rows of one drawing share. */
struct drawing {
    const struct rect *r;
    int digits; /* room for them */
    int picks[USUAL_PLACES], pick_count;
    int ids;               /* room for them */
    int width;             /* of the path */
    const int64_t *counts; /* NULL: not known, or no room for them */
};

static void draw_digit(const struct drawing *d, int row, enum style style, int node)
{
    for (int i = 0; d->digits && i < d->pick_count; i++)
        if (d->picks[i] == node)
            terminal_printf(row, d->r->col, DIGIT, style == STYLE_SELECTED ? style : STYLE_KEY,
                            "%d", i + 1);
}

/* In the column before the probability. */
static void draw_count(const struct drawing *d, int row, enum style style, const char *text)
{
    terminal_printf(row, d->r->col + d->r->cols - PERCENT - 1 - COUNT, COUNT,
                    style == STYLE_SELECTED ? style : STYLE_DIM, "%*s", COUNT, text);
}

/* While walking: the name alone, and whether it leads on. */
static void draw_step(const struct drawing *d, int row, int col, enum style style,
                      const struct taxonomy *t, int node)
{
    int leads = !taxonomy_is_leaf(t, node);
    int used = terminal_text(row, col, d->width - 2 * leads, style, taxonomy_name(t, node));
    if (leads)
        terminal_text(row, col + used, 2, style == STYLE_SELECTED ? style : STYLE_DIM, " >");
}

static void draw_node(struct screen *s, const struct drawing *d, int row, enum style style,
                      int node)
{
    struct picker *p = s->state;
    const struct taxonomy *t = tree(s);
    const struct rect *r = d->r;
    int col = r->col + (d->digits ? DIGIT : 0);
    char percent[16], count[32];
    struct search_marks marks;
    struct answer answer;
    if (node < 0) {
        text_path(row, col, d->width, style, t, node);
        return;
    }
    draw_digit(d, row, style, node);
    if (p->walking) {
        draw_step(d, row, col, style, t, node);
    } else {
        search_mark(t, p->line.text, node, &marks);
        text_path_marked(row, col, d->width, style, t, node, picker_is_empty(p) ? NULL : &marks);
    }
    if (d->counts && d->counts[node] > 0)
        draw_count(d, row, style, text_count(d->counts[node], count, sizeof count));
    if (d->ids)
        terminal_printf(row, col + d->width + 1, ID, style, "%*s", ID, taxonomy_id(t, node));
    app_answer(ui_app(s->ui), node, &answer);
    if (answer.depth > 0 && answer.confidence[answer.depth - 1] > 0)
        terminal_printf(row, r->col + r->cols - PERCENT, PERCENT, style, "%*s", PERCENT,
                        text_percent(answer.confidence[answer.depth - 1], percent, sizeof percent));
}

static void draw_row(struct screen *s, const struct drawing *d, int row, int i)
{
    struct picker *p = s->state;
    enum style style = i == p->list.selected && !picker_has_none(p) ? STYLE_SELECTED : STYLE_NORMAL;
    struct offer offer;
    terminal_fill(row, d->r->col, 1, d->r->cols, style);
    if (p->rows[i] != PICKER_NEW) {
        draw_node(s, d, row, style, p->rows[i]);
        return;
    }
    picker_offer(p, tree(s), &offer);
    draw_offer(tree(s), &offer, d->r, row, style);
}

static int any_id(const struct taxonomy *t, const struct picker *p)
{
    for (int i = 0; i < p->count; i++)
        if (p->rows[i] >= 0 && taxonomy_id(t, p->rows[i])[0])
            return 1;
    return 0;
}

static int any_count(const struct picker *p, const int64_t *counts)
{
    for (int i = 0; counts && i < p->count; i++)
        if (p->rows[i] >= 0 && counts[p->rows[i]] > 0)
            return 1;
    return 0;
}

/* The whole of the selected path at the bottom where its row has no room for it; how many rows that
 * takes, with a blank one. */
static int draw_whole(struct screen *s, const struct drawing *d)
{
    enum { LINES = 4 };
    const struct picker *p = s->state;
    const struct rect *r = d->r;
    int node = p->list.count > 0 && !picker_has_none(p) ? p->rows[p->list.selected] : -1;
    char whole[TAXONOMY_DEPTH * (TAXONOMY_MAX_NAME + 3) + 1];
    if (node < 0 || p->walking || r->rows < 3 + 2 * LINES)
        return 0;
    taxonomy_format(tree(s), node, " > ", whole, sizeof whole);
    if (terminal_width(whole) <= d->width)
        return 0;
    int lines = text_wrap_lines(r->cols, LINES, whole);
    text_wrap(r->row + r->rows - lines, r->col, r->cols, lines, STYLE_DIM, whole);
    return lines + 1;
}

/* What the columns are, and how the rows are sorted. */
static void draw_heading(struct screen *s, const struct drawing *d, int row)
{
    const struct picker *p = s->state;
    int candidates = app_current(ui_app(s->ui))->candidates,
        sorted = !p->walking && !p->request.title && !p->name[0];
    const char *how = !picker_is_empty(p) ? "best match first"
                      : candidates == 0   ? "last picks, then most used"
                      : d->width >= 29    ? "most probable, then most used"
                                          : "probable, then used";
    if (p->count == 0 || p->name[0])
        return;
    if (sorted)
        terminal_text(row, d->r->col, d->width + (d->digits ? DIGIT : 0), STYLE_DIM, how);
    if (d->counts)
        draw_count(d, row, STYLE_DIM, "photos");
    if (candidates > 0)
        terminal_printf(row, d->r->col + d->r->cols - PERCENT, PERCENT, STYLE_DIM, "%*s", PERCENT,
                        "%");
}

static void draw_rows(struct screen *s, const struct rect *r)
{
    struct picker *p = s->state;
    struct drawing d = {.r = r,
                        .ids = r->cols >= IDS_FROM && any_id(tree(s), p),
                        .counts = app_label_counts(ui_app(s->ui))};
    d.pick_count = picker_picks(s, d.picks);
    d.digits = d.pick_count > 0 && picker_takes_digits(s);
    d.width = r->cols - PERCENT - 1 - (d.digits ? DIGIT : 0) - (d.ids ? ID + 1 : 0);
    if (!any_count(p, d.counts) || d.width - COUNT < (p->walking ? NAME_LEAST : PATH_LEAST))
        d.counts = NULL;
    d.width -= d.counts ? COUNT : 0;
    int below = draw_whole(s, &d);
    p->list.rows = r->rows - 3 - below;
    list_settle(&p->list);
    draw_heading(s, &d, r->row + 2);
    for (int i = 0; i < p->list.rows && p->list.top + i < p->list.count; i++)
        draw_row(s, &d, r->row + 3 + i, p->list.top + i);
}

/* ---- what stands around them ---- */

static const char *why_empty(const struct picker *p, const struct taxonomy *t)
{
    if (taxonomy_count(t) == 0 && picker_is_empty(p))
        return taxonomy_max_depth(t) > 1
                   ? "There are no labels yet. Type the first one, its levels "
                     "parted by >, as in Fruit > Banana"
                   : "There are no labels yet. Type the first one";
    if (p->walking)
        return "no labels here";
    if (strchr(p->line.text, '>'))
        return "no path has these words; to make a new one, write a name on either side of each >";
    return "no path has these words";
}

/* "New label below food > drink", and its name as it is typed. */
static void draw_naming(const struct picker *p, const struct taxonomy *t, const struct rect *r)
{
    char whole[TAXONOMY_DEPTH * (TAXONOMY_MAX_NAME + 3) + 1], cut[TAXONOMY_MAX_NAME + 8];
    const char *title = p->below < 0 ? "New label at the top level" : "New label below ";
    int used = (int)strlen(title);
    if (p->below >= 0 &&
        used + terminal_width(taxonomy_format(t, p->below, " > ", whole, sizeof whole)) > r->cols) {
        title = "New below ";
        used = (int)strlen(title);
        snprintf(whole, sizeof whole, "%s",
                 text_middle(taxonomy_name(t, p->below), r->cols - used, cut, sizeof cut));
    }
    terminal_text(r->row, r->col, r->cols, STYLE_TITLE, title);
    if (p->below >= 0)
        terminal_text(r->row, r->col + used, r->cols - used, STYLE_TITLE, whole);
    line_draw(&p->new_name, r->row + 1, r->col, r->cols);
}

static void draw_head(const struct picker *p, const struct taxonomy *t, const struct rect *r,
                      int others_marked)
{
    if (p->naming) {
        draw_naming(p, t, r);
        return;
    }
    char marked[60];
    snprintf(marked, sizeof marked, "A path for the %zu marked", p->request.marked);
    terminal_text(r->row, r->col, r->cols, STYLE_TITLE,
                  p->name[0]              ? "Below which path?"
                  : p->request.title      ? p->request.title
                  : p->request.marked > 0 ? marked
                  : others_marked         ? "A path for this photo alone"
                  : p->walking            ? "Walk through the tree"
                                          : "Pick or type a path");
    if (p->name[0])
        terminal_printf(r->row + 2, r->col, r->cols, STYLE_DIM, "new: %s", p->name);
    if (p->walking)
        text_path(r->row + 1, r->col, r->cols, STYLE_BOLD, t, p->at);
    else
        line_draw(&p->line, r->row + 1, r->col, r->cols);
}

static void draw_hints(struct screen *s, int row)
{
    static const struct hint naming[] = {
        {"Enter", "make and take it", 0}, {"Escape", "back", 0}, {NULL, NULL, 0}};
    static const struct hint typing[] = {{"Enter", "take", 0},
                                         {"Escape", "back", 0},
                                         {"Up Down", "choose", 0},
                                         {"Tab", "complete a level", 1},
                                         {"Right", "what is below", 2},
                                         {"Ctrl-U", "empty the line", 2},
                                         {NULL, NULL, 0}};
    struct hint walking[] = {
        {"h j k l", "walk", 0}, {"Enter", "take", 0},     {"Tab", "type", 0}, {"n", "new here", 1},
        {"N", "new below", 1},  {"1-9", "last picks", 2}, {NULL, NULL, 0}};
    struct hint empty[] = {{"Enter", "take", 0},     {"Escape", "back", 0},
                           {"1-9", "last picks", 0}, {"Tab", "walk the tree", 0},
                           {"Up Down", "choose", 1}, {NULL, NULL, 0}};
    const struct picker *p = s->state;
    int picks[USUAL_PLACES];
    int digits = picker_picks(s, picks) > 0 && picker_takes_digits(s);
    if (!digits)
        memmove(empty + 2, empty + 3, 3 * sizeof *empty);
    if (p->request.title || p->name[0])
        walking[3].key = NULL;
    else if (!digits)
        walking[5].key = NULL;
    text_hints(row, p->naming            ? naming
                    : p->walking         ? walking
                    : picker_is_empty(p) ? empty
                                         : typing);
}

/* In the panel's place; on a page of photos, at the left where it would hide the one at the cursor.
 * The panel is empty then: digits mean last picks here, not its candidates. */
static struct rect beside_photo(struct screen *s, const struct rect *panel)
{
    const struct acts *acts = ui_acts(s->ui);
    struct rect r = *panel;
    if (!acts->paged || acts->at.col + acts->at.cols <= r.col || acts->at.col <= r.cols)
        return r;
    struct layout page;
    layout_make_grid(terminal_info()->rows, terminal_info()->cols, &page);
    terminal_fill(r.row - 1, 0, r.rows + 1, r.cols + 2, STYLE_NORMAL); /* no slivers of photos */
    terminal_fill(page.panel.row, page.panel.col, page.panel.rows, page.panel.cols, STYLE_NORMAL);
    r.col = 1;
    return r;
}

void picker_draw(struct screen *s)
{
    struct picker *p = s->state;
    struct layout layout;
    layout_make(terminal_info()->rows, terminal_info()->cols, &layout);
    const struct rect place = beside_photo(s, &layout.panel), *r = &place;
    size_t marked;
    app_marks(ui_app(s->ui), &marked);
    terminal_fill(r->row, r->col, r->rows, r->cols, STYLE_NORMAL);
    draw_head(p, tree(s), r, marked > 0);
    draw_rows(s, r);
    if (p->list.count == 0)
        text_wrap(r->row + 3, r->col, r->cols, 4, STYLE_DIM, why_empty(p, tree(s)));
    draw_hints(s, layout.keys);
}
