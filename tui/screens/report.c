/* The report: sections of lines that scroll, made anew in the background whenever the screen opens.
 *
 * Lines come from tui/loop/report_lines.h and point into the report they were made from, so they
 * are made again as soon as the app has another one. In the sections Labels and Confused a line is
 * selected, in the others all scroll. */
#include "tui/screens/screen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/status.h"
#include "tui/loop/report_lines.h"
#include "tui/screens/list.h"
#include "tui/screens/text.h"

enum {
    HEAD = 3,
    PLOT_LEAST = 4,
    PLOT_MOST = 10,
    PAIRS = 200,
    OPEN_DEPTH = 1 /* levels that are open at first */
};

struct report_screen {
    enum report_section section;
    struct report_lines lines;
    unsigned char *closed; /* [nodes] */
    int nodes;
    /* selected: a line; where nothing is to select, the top one */
    struct list list[REPORT_SECTION_COUNT];
    int width, height; /* that the lines were made for; 0: they are not made */
};

static int selects(enum report_section section)
{
    return section == REPORT_LABELS || section == REPORT_CONFUSED;
}

static int can_select(const struct report_line *line)
{
    return line->node >= 0 || line->mistakes;
}

/* ---- lines ---- */

/* New nodes may have come; below the top level all is closed at first. */
static int follow_tree(struct report_screen *r, const struct report *report,
                       const struct taxonomy *t)
{
    unsigned char *grown = realloc(r->closed, (size_t)report->node_count + 1);
    if (!grown)
        return -1;
    r->closed = grown;
    for (; r->nodes < report->node_count; r->nodes++)
        grown[r->nodes] =
            taxonomy_now(t, r->nodes) == r->nodes && taxonomy_depth(t, r->nodes) > OPEN_DEPTH;
    return 0;
}

/* The nearest line that can be selected, from `at` on in the direction of `step`, then in the other
 * one. */
static int nearest(const struct report_lines *l, int at, int step)
{
    for (int i = at; i >= 0 && i < l->count; i += step)
        if (can_select(&l->lines[i]))
            return i;
    for (int i = at - step; i >= 0 && i < l->count; i -= step)
        if (can_select(&l->lines[i]))
            return i;
    return 0;
}

static void make_lines(struct screen *s)
{
    struct report_screen *r = s->state;
    struct app *a = ui_app(s->ui);
    const struct terminal_info *info = terminal_info();
    struct list *list = &r->list[r->section];
    int height = (info->rows - HEAD - 1) / 2;
    report_lines_clear(&r->lines);
    r->width = info->cols;
    r->height = info->rows;
    if (!app_report(a) || follow_tree(r, app_report(a), app_taxonomy(a)) != 0)
        return;
    const struct report_view view = {.report = app_report(a),
                                     .tree = app_taxonomy(a),
                                     .width = info->cols - 2,
                                     .closed = r->closed,
                                     .most = PAIRS,
                                     .height = height > PLOT_MOST    ? PLOT_MOST
                                               : height < PLOT_LEAST ? PLOT_LEAST
                                                                     : height,
                                     .still = text_clock_stopped()};
    struct status st = {0};
    if (report_lines_make(&view, r->section, &r->lines, &st))
        ui_say(s->ui, STYLE_BAD, "%s", st.text);
    list->count = r->lines.count;
    list->rows = info->rows - HEAD - 1;
    list_settle(list);
    if (selects(r->section))
        list->selected = nearest(&r->lines, list->selected, 1);
}

/* ---- drawing ---- */

/* Cells of the row of sections with all their names. */
static int sections_width(void)
{
    int whole = 0;
    for (int i = 0; i < REPORT_SECTION_COUNT; i++)
        whole += (int)strlen(report_section_name((enum report_section)i)) + 4;
    return whole;
}

static void draw_sections(const struct report_screen *r, int cols)
{
    int whole = sections_width(), at = 1;
    for (int i = 0; i < REPORT_SECTION_COUNT; i++) {
        int current = i == (int)r->section;
        const char *name =
            whole < cols || current ? report_section_name((enum report_section)i) : "";
        int width = (int)strlen(name) + (name[0] ? 4 : 3);
        terminal_printf(1, at, width, current ? STYLE_SELECTED : STYLE_NORMAL, " %d %s", i + 1,
                        name);
        at += width;
    }
}

static void draw_line(int row, int cols, const struct report_line *line, int selected)
{
    enum style style = selected                     ? STYLE_SELECTED
                       : line->look == REPORT_TITLE ? STYLE_TITLE
                       : line->look == REPORT_DIM   ? STYLE_DIM
                                                    : STYLE_NORMAL;
    int at = 1, before = (int)strlen(line->before);
    if (selected)
        terminal_fill(row, 0, 1, cols, style);
    terminal_text(row, at, before < cols - at ? before : cols - at, style, line->before);
    at += before;
    if (line->plot)
        terminal_text(row, at, line->cells, STYLE_BAR, line->plot);
    else if (line->share >= 0 && at < cols)
        text_meter(row, at, line->cells < cols - at ? line->cells : cols - at, line->share,
                   STYLE_BAR);
    at += line->plot || line->share >= 0 ? line->cells : 0;
    char cut[1400]; /* a path in it ends in what tells it apart */
    if (line->after && at < cols)
        terminal_text(row, at, cols - at, style,
                      text_middle(line->after, cols - at, cut, sizeof cut));
}

static void draw_hints(struct ui *ui, const struct report_screen *r, int row)
{
    static const struct hint scroll[] = {{"{back}", "back", 0},
                                         {"Tab 1-7", "section", 0},
                                         {"j k", "scroll", 1},
                                         {"{help}", "help", 2},
                                         {NULL, NULL, 0}};
    static const struct hint tree[] = {{"{back}", "back", 0}, {"Tab 1-7", "section", 0},
                                       {"j k", "choose", 1},  {"h l", "close, open", 1},
                                       {"{help}", "help", 2}, {NULL, NULL, 0}};
    static const struct hint pairs[] = {{"{back}", "back", 0}, {"Tab 1-7", "section", 0},
                                        {"j k", "choose", 1},  {"Enter", "review these photos", 0},
                                        {"{help}", "help", 2}, {NULL, NULL, 0}};
    ui_hints(ui, row,
             r->section == REPORT_LABELS     ? tree
             : r->section == REPORT_CONFUSED ? pairs
                                             : scroll);
}

static void draw_making(const struct report_progress *p, int cols)
{
    if (p->failed.code != STATUS_OK) {
        text_wrap(HEAD, 1, cols - 2, 4, STYLE_BAD, p->failed.text);
        return;
    }
    terminal_text(HEAD, 1, cols - 2, STYLE_DIM, "reading what was decided and predicted");
    text_meter(HEAD + 1, 1, cols - 2 > 40 ? 40 : cols - 2, p->share, STYLE_BAR);
}

static void draw(struct screen *s)
{
    struct report_screen *r = s->state;
    struct app *a = ui_app(s->ui);
    const struct terminal_info *info = terminal_info();
    if (r->width != info->cols || r->height != info->rows)
        make_lines(s);
    struct list *list = &r->list[r->section];
    int chosen = selects(r->section) && list->selected < r->lines.count ? list->selected : -1;
    terminal_fill(0, 0, 1, info->cols, STYLE_STATUS);
    int narrow = sections_width() >= info->cols;
    terminal_printf(0, 1, info->cols - 2, STYLE_STATUS, "Report%s%s%s", narrow ? ": " : "",
                    narrow ? report_section_name(r->section) : "",
                    app_report(a) && app_report_progress(a)->running ? " (being made anew)" : "");
    draw_sections(r, info->cols);
    if (!app_report(a))
        draw_making(app_report_progress(a), info->cols);
    for (int i = 0; i < list->rows && list->top + i < r->lines.count; i++) {
        const struct report_line *line = &r->lines.lines[list->top + i];
        draw_line(HEAD + i, info->cols, line, list->top + i == chosen && can_select(line));
    }
    draw_hints(s->ui, r, info->rows - 1);
}

/* ---- keys ---- */

static void go_to(struct screen *s, int section)
{
    struct report_screen *r = s->state;
    r->section = (enum report_section)((section + REPORT_SECTION_COUNT) % REPORT_SECTION_COUNT);
    make_lines(s);
}

static void choose(struct report_screen *r, int k)
{
    struct list *list = &r->list[r->section];
    int before = list->selected;
    if (!selects(r->section)) { /* all scrolls: the selected line is the top one */
        struct list scroll = {
            .count = list->count - list->rows + 1, .selected = list->top, .rows = list->rows};
        if (scroll.count < 1)
            scroll.count = 1;
        list_key(&scroll, k, 1);
        list->top = list->selected = scroll.selected;
        return;
    }
    list_key(list, k, 1);
    list->selected = nearest(&r->lines, list->selected, list->selected >= before ? 1 : -1);
    int at = list->selected;
    if (at == nearest(&r->lines, 0, 1))
        list->selected = 0; /* what stands above the first one shows again */
    list_settle(list);
    list->selected = at;
    list_settle(list);
}

static int chosen_node(const struct report_screen *r)
{
    int at = r->list[r->section].selected;
    return at < r->lines.count ? r->lines.lines[at].node : -1;
}

static void select_node(struct report_screen *r, int node)
{
    for (int i = 0; i < r->lines.count; i++)
        if (r->lines.lines[i].node == node)
            r->list[r->section].selected = i;
    list_settle(&r->list[r->section]);
}

static void set_closed(struct screen *s, int node, int closed)
{
    struct report_screen *r = s->state;
    r->closed[node] = (unsigned char)closed;
    make_lines(s);
    select_node(r, node);
}

static void close_node(struct screen *s)
{
    struct report_screen *r = s->state;
    const struct taxonomy *t = app_taxonomy(ui_app(s->ui));
    int node = chosen_node(r);
    if (node < 0)
        return;
    if (!taxonomy_is_leaf(t, node) && !r->closed[node])
        set_closed(s, node, 1);
    else if (taxonomy_parent(t, node) >= 0)
        select_node(r, taxonomy_parent(t, node));
}

static void open_node(struct screen *s)
{
    struct report_screen *r = s->state;
    const struct taxonomy *t = app_taxonomy(ui_app(s->ui));
    int node = chosen_node(r);
    if (node < 0 || taxonomy_is_leaf(t, node))
        return;
    if (r->closed[node])
        set_closed(s, node, 0);
    else
        select_node(r, taxonomy_first_child(t, node));
}

static void show_photos(struct screen *s)
{
    struct report_screen *r = s->state;
    struct app *a = ui_app(s->ui);
    int at = r->list[r->section].selected;
    const struct report_line *line = at < r->lines.count ? &r->lines.lines[at] : NULL;
    char title[700];
    struct status st = {0};
    size_t count;
    if (!line || !line->mistakes) {
        ui_say(s->ui, STYLE_DIM, "nothing is confused here");
        return;
    }
    const struct confusion_pair *pair = &line->mistakes->pairs.pairs[line->pair];
    snprintf(title, sizeof title, "%s, predicted as %s",
             taxonomy_name(app_taxonomy(a), pair->truth),
             taxonomy_name(app_taxonomy(a), pair->answer));
    int64_t *photos = report_photos(line->mistakes, pair, &count);
    if (!photos || app_queue_these(a, photos, count, title, &st) != 0)
        ui_say(s->ui, STYLE_BAD, "%s", photos ? st.text : "out of memory");
    else
        ui_pop(s->ui);
    free(photos);
}

static void toggle(struct screen *s)
{
    struct report_screen *r = s->state;
    int node = chosen_node(r);
    if (node >= 0 && !taxonomy_is_leaf(app_taxonomy(ui_app(s->ui)), node))
        set_closed(s, node, !r->closed[node]);
}

static void key(struct screen *s, int k)
{
    struct report_screen *r = s->state;
    int tree = r->section == REPORT_LABELS;
    ui_dirty(s->ui);
    if (k >= '1' && k < '1' + REPORT_SECTION_COUNT)
        go_to(s, k - '1');
    else if (k == TERMINAL_TAB || (!tree && (k == 'l' || k == TERMINAL_RIGHT)))
        go_to(s, (int)r->section + 1);
    else if (k == TERMINAL_BACKTAB || (!tree && (k == 'h' || k == TERMINAL_LEFT)))
        go_to(s, (int)r->section - 1);
    else if (tree && (k == 'l' || k == TERMINAL_RIGHT))
        open_node(s);
    else if (tree && (k == 'h' || k == TERMINAL_LEFT))
        close_node(s);
    else if (k == TERMINAL_ENTER && tree)
        toggle(s);
    else if (k == TERMINAL_ENTER && r->section == REPORT_CONFUSED)
        show_photos(s);
    else if (list_key(&(struct list){.count = 1, .rows = 1}, k, 1))
        choose(r, k);
    else
        ui_common_key(s->ui, ui_command(s->ui, k), KEY_REPORT);
}

/* ---- the screen ---- */

static void changed(struct screen *s, unsigned what)
{
    if (what & APP_REPORT)
        make_lines(s);
}

static int open(struct screen *s, const void *argument, struct status *st)
{
    (void)argument;
    return app_report_start(ui_app(s->ui), st);
}

static void close(struct screen *s)
{
    struct report_screen *r = s->state;
    app_report_leave(ui_app(s->ui));
    report_lines_clear(&r->lines);
    free(r->closed);
}

const struct screen_ops screen_report = {
    .name = "report",
    .state_size = sizeof(struct report_screen),
    .open = open,
    .draw = draw,
    .key = key,
    .changed = changed,
    .close = close,
};
