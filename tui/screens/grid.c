/* The grid: a page of photos of one predicted path, or of paths beside it. Space marks the wrong
 * ones, one key accepts the others, digits correct the one at the cursor.
 *
 * What an answer teaches is seen at once on the whole page, marked as new, and not accepted before
 * it has stood for a moment. Which photos make a page: grid_page.c; how it looks: grid_draw.c. */
#include "tui/screens/grid.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "data/clock.h"
#include "data/status.h"
#include "tui/screens/acts.h"

enum {
    SIZE_FIRST = 1,
    JUMP = 100 /* milliseconds before a key means the photo the cursor has gone to by itself */
};

/* ---- deciding ---- */

/* The candidates are those of this cell, and the cursor has not gone there by itself a moment ago.
 */
static int stands_at_cursor(const struct grid *g, size_t cell)
{
    return g->cells[cell].drawn && g->panel_stood == g->cells[cell].photo &&
           (!g->jumped_at || clock_milliseconds() - g->jumped_at >= JUMP);
}

static int has_stood(struct screen *s, size_t cell)
{
    const struct grid *g = s->state;
    if (cell >= g->n)
        ui_say(s->ui, STYLE_WARN, "there is no photo to decide on");
    else if (!g->cells[cell].drawn)
        ui_say(s->ui, STYLE_WARN, "the photo was not on the screen yet; once more, please");
    else if (!stands_at_cursor(g, cell))
        ui_say(s->ui, STYLE_WARN, "its candidates were not on the screen yet; once more, please");
    else
        return 1;
    return 0;
}

static int has_settled(struct screen *s)
{
    const struct grid *g = s->state;
    int settled = !g->choices_changed || clock_milliseconds() - g->choices_changed >= ACTS_SETTLED;
    if (!settled)
        ui_say(s->ui, STYLE_WARN, "predictions have just changed; once more, please");
    return settled;
}

/* After a decision on one: the next doubtful one; when nothing is left to accept, the next page. */
static void go_on(struct screen *s)
{
    struct grid *g = s->state;
    size_t next = grid_doubtful(s);
    int open = 0;
    for (size_t i = 0; i < g->n; i++)
        open |= grid_cell_is_open(&g->cells[i]);
    if (!open)
        grid_next_page(s);
    else if (next < g->n) {
        grid_visit(s, next);
        g->jumped_at = clock_milliseconds();
    }
}

static int decide(struct screen *s, enum event_kind kind, int node)
{
    struct grid *g = s->state;
    size_t cell = grid_cursor(s);
    g->touched = 1;
    if (!has_stood(s, cell) ||
        !acts_decide(s->ui, kind, node, g->drawn_at ? clock_milliseconds() - g->drawn_at : 0))
        return 0;
    grid_visit(s, cell); /* the queue has moved on */
    grid_refresh(s, 1);
    if (kind != EVENT_FLAG && kind != EVENT_UNFLAG)
        go_on(s);
    return 1;
}

static int picked(void *arg, int node)
{
    return decide(arg, EVENT_ACCEPT, node);
}

static void give(struct screen *s, int node)
{
    if (node >= 0)
        decide(s, EVENT_ACCEPT, node);
}

static void flag(struct screen *s)
{
    int flagged = app_current(ui_app(s->ui))->photo.state.flagged;
    decide(s, flagged ? EVENT_UNFLAG : EVENT_FLAG, -1);
}

static void say_accepted(struct screen *s, const struct app_decision *d, size_t n, size_t marked)
{
    char path[600], left[60] = "";
    if (marked > 0)
        snprintf(left, sizeof left, "; %zu marked: {apply} relabels", marked);
    ui_say(s->ui, STYLE_GOOD, "%zu accepted: %s; {undo} takes it back%s", n,
           acts_paths(s->ui, d, n, path, sizeof path), left);
}

/* Marked photos were decided on; that may have been all that was left of the page. */
static void take_applied(struct screen *s)
{
    size_t cell = grid_cursor(s);
    const struct grid *g = s->state;
    if (!ui_acts(s->ui)->applied)
        return;
    ui_acts(s->ui)->applied = 0;
    grid_refresh(s, 1);
    if (cell < g->n && !grid_cell_is_open(&g->cells[cell]))
        go_on(s);
}

/* Open, readable, not marked, with a path: what `a` is about. */
static int is_acceptable(struct screen *s, const struct grid_cell *c)
{
    return grid_cell_is_open(c) && c->node >= 0 && !c->problem &&
           !app_holder(ui_app(s->ui), c->photo) && !app_is_marked(ui_app(s->ui), c->photo);
}

static void accept_page(struct screen *s)
{
    struct grid *g = s->state;
    struct app *a = ui_app(s->ui);
    struct app_decision decisions[GRID_CELLS];
    struct status st = {0};
    size_t n = 0, marked, open = 0;
    grid_refresh(s, 0); /* others may have said something meanwhile */
    for (size_t i = 0; i < g->n; i++) {
        const struct grid_cell *c = &g->cells[i];
        if (!c->drawn) {
            ui_say(s->ui, STYLE_WARN,
                   "not all photos of the page were on the screen yet; once more, please");
            return;
        }
        open += grid_cell_is_open(c) && !app_is_marked(a, c->photo);
        if (!is_acceptable(s, c))
            continue;
        if (!grid_cell_is_read(c)) {
            ui_say(s->ui, STYLE_WARN,
                   c->exchanged ? "predictions have just changed; once more, please"
                                : "the page has only just come; once more, please");
            return;
        }
        decisions[n++] = (struct app_decision){.photo = c->photo,
                                               .node = c->node,
                                               .predicted = c->predicted,
                                               .model = c->model,
                                               .has_seen = 1,
                                               .seen = c->event};
    }
    int64_t spent = g->drawn_at ? clock_milliseconds() - g->drawn_at : 0;
    if (app_review_many(a, EVENT_ACCEPT, decisions, n, spent > INT_MAX ? INT_MAX : (int)spent,
                        &st)) {
        ui_say(s->ui, STYLE_BAD, "not stored: %s", st.text);
        return;
    }
    app_marks(a, &marked);
    grid_refresh(s, 1);
    if (n > 0)
        say_accepted(s, decisions, n, marked);
    else if (open > 0)
        ui_say(s->ui, STYLE_WARN,
               "nothing of that page has a path to accept; {previous} goes back to it");
    grid_next_page(s);
}

/* ---- moving, marking ---- */

static void step(struct screen *s, int across, int down)
{
    struct grid *g = s->state;
    size_t cell = grid_cursor(s);
    long to = (long)cell + across + (long)down * g->shape.across;
    g->touched = 1;
    if (cell < g->n && to >= 0 && to < (long)g->n)
        grid_visit(s, (size_t)to);
}

static void next_doubtful(struct screen *s)
{
    struct grid *g = s->state;
    g->touched = 1;
    if (grid_doubtful(s) >= g->n)
        for (size_t i = 0; i < g->n; i++)
            g->cells[i].visited = i == grid_cursor(s);
    if (grid_doubtful(s) < g->n)
        grid_visit(s, grid_doubtful(s));
}

static int was_drawn(struct screen *s, size_t cell)
{
    const struct grid *g = s->state;
    if (cell < g->n && g->cells[cell].drawn)
        return 1;
    ui_say(s->ui, STYLE_WARN, "the photo was not on the screen yet; once more, please");
    return 0;
}

/* With the path shown, where it has stood long enough to be read. */
static int set_mark(struct screen *s, size_t cell)
{
    const struct grid *g = s->state;
    const struct grid_cell *c = &g->cells[cell];
    return app_mark(ui_app(s->ui),
                    &(struct app_mark){c->photo, grid_cell_is_read(c) ? c->node : -1, 0, c->event},
                    NULL);
}

static void mark(struct screen *s)
{
    struct grid *g = s->state;
    struct app *a = ui_app(s->ui);
    size_t cell = grid_cursor(s);
    if (!was_drawn(s, cell))
        return;
    g->touched = 1;
    if (app_is_marked(a, g->cells[cell].photo))
        app_unmark(a, g->cells[cell].photo);
    else
        set_mark(s, cell);
    grid_visit(s, cell + 1 < g->n ? cell + 1 : cell);
}

static void mark_range(struct screen *s)
{
    struct grid *g = s->state;
    size_t cell = grid_cursor(s), marked = 0;
    if (!was_drawn(s, cell))
        return;
    g->touched = 1;
    if (g->range_from < 0) {
        g->range_from = (int)cell;
        ui_say(s->ui, STYLE_GOOD, "{mark-range} again marks from here to there");
        return;
    }
    size_t from = (size_t)g->range_from < cell ? (size_t)g->range_from : cell;
    size_t to = (size_t)g->range_from < cell ? cell : (size_t)g->range_from;
    for (size_t i = from; i <= to && i < g->n; i++)
        if (g->cells[i].drawn && !app_is_marked(ui_app(s->ui), g->cells[i].photo) &&
            set_mark(s, i) == 0)
            marked++;
    g->range_from = -1;
    ui_say(s->ui, STYLE_GOOD, "%zu marked", marked);
}

static void resize(struct screen *s, int by)
{
    struct grid *g = s->state;
    int size = g->size + by;
    if (size < 0 || size >= GRID_SIZES)
        return;
    g->size = size;
    grid_show_page(s, g->start, 0);
}

/* ---- the screen ---- */

static void draw(struct screen *s)
{
    struct grid *g = s->state;
    struct layout layout = grid_layout();
    struct grid_shape shape;
    grid_sync(s);
    take_applied(s);
    grid_shape(&layout.photo, terminal_info(), g->size, g->longest, &shape);
    if (memcmp(&shape, &g->shape, sizeof shape) != 0)
        grid_show_page(s, g->start, 0);
    grid_draw(s, grid_cursor(s));
}

/* What has been written stands now. */
static void note_path(struct grid_cell *c, int64_t now)
{
    if (c->written == GRID_UNWRITTEN || (c->since && c->read == c->written))
        return;
    c->read = c->written;
    c->since = now;
}

static void shown(struct screen *s)
{
    struct grid *g = s->state;
    int all = 1, before = 1;
    int64_t now = clock_milliseconds();
    if (!ui_is_top(s))
        return; /* what is open over it may hide photos */
    for (size_t i = 0; i < g->n; i++) {
        before &= g->cells[i].drawn;
        g->cells[i].drawn |= g->cells[i].pane;
        all &= g->cells[i].drawn;
        note_path(&g->cells[i], now);
    }
    g->panel_stood = g->panel;
    if (all && !before)
        ui_dirty(s->ui); /* now the paths, see draw_text */
    if (all && g->drawn_at == 0)
        g->drawn_at = now;
}

/* Arrows are cells here, not photos of the queue. */
static int arrow(struct screen *s, int k)
{
    switch (k) {
    case TERMINAL_LEFT: step(s, -1, 0); return 1;
    case TERMINAL_RIGHT: step(s, 1, 0); return 1;
    case TERMINAL_UP: step(s, 0, -1); return 1;
    case TERMINAL_DOWN: step(s, 0, 1); return 1;
    case TERMINAL_PAGE_DOWN: grid_next_page(s); return 1;
    case TERMINAL_PAGE_UP: grid_previous_page(s); return 1;
    default: return 0;
    }
}

static void key(struct screen *s, int k)
{
    struct grid *g = s->state;
    grid_sync(s);
    ui_dirty(s->ui);
    size_t cell = grid_cursor(s);
    enum key_command command = ui_command(s->ui, k);
    if (!ui_acts(s->ui)->for_marked && (command == KEY_BACK || command == KEY_GRID)) {
        ui_pop(s->ui);
        return;
    }
    if (!ui_acts(s->ui)->for_marked && arrow(s, k))
        return;
    int settled =
        cell < g->n && stands_at_cursor(g, cell) &&
        (!g->choices_changed || clock_milliseconds() - g->choices_changed >= ACTS_SETTLED);
    if (acts_key(s->ui, k, cell < g->n ? g->cells[cell].node : -1, settled)) {
        grid_sync(s);
        take_applied(s);
        if (command == KEY_UNDO || command == KEY_REDO)
            grid_refresh(s, 1);
        return;
    }
    switch (command) {
    case KEY_ACCEPT: accept_page(s); break;
    case KEY_CANDIDATE:
        if (has_settled(s))
            give(s, acts_candidate(s->ui, k - '1'));
        break;
    case KEY_SHORTEN: step(s, -1, 0); break;
    case KEY_LENGTHEN: step(s, 1, 0); break;
    case KEY_CANDIDATE_DOWN: step(s, 0, 1); break;
    case KEY_CANDIDATE_UP: step(s, 0, -1); break;
    case KEY_NEXT: grid_next_page(s); break;
    case KEY_PREVIOUS: grid_previous_page(s); break;
    case KEY_NEXT_OPEN: next_doubtful(s); break;
    case KEY_PICK: acts_pick(s->ui, picked, s); break;
    case KEY_REJECT: decide(s, EVENT_REJECT, -1); break;
    case KEY_SKIP: decide(s, EVENT_SKIP, -1); break;
    case KEY_FLAG: flag(s); break;
    case KEY_PASTE: give(s, acts_copied(s->ui)); break;
    case KEY_REPEAT: give(s, acts_last(s->ui)); break;
    case KEY_MARK: mark(s); break;
    case KEY_RANGE: mark_range(s); break;
    case KEY_ZOOM_IN: resize(s, 1); break;
    case KEY_ZOOM_OUT: resize(s, -1); break;
    default: ui_say(s->ui, STYLE_DIM, "this key does nothing here; {help} shows the keys");
    }
}

static void changed(struct screen *s, unsigned what)
{
    struct grid *g = s->state;
    acts_changed(s->ui, what);
    int busy = app_predict_progress(ui_app(s->ui))->running || app_is_learning(ui_app(s->ui));
    if (g->predicting && !busy &&
        !g->touched) { /* made of what was predicted by then: begun anew */
        grid_begin_anew(s);
        return;
    }
    if (what & (APP_PHOTO | APP_QUEUE | APP_MODEL)) {
        grid_sync(s);
        grid_refresh(s, 0);
    }
    if (g->taught &&
        !busy) { /* the page to come is chosen anew by what was learned; nobody has seen it yet */
        g->taught = 0;
        grid_gather_next(s);
    }
}

static int longest_name(const struct taxonomy *t)
{
    int longest = 0;
    for (int node = 0; node < taxonomy_count(t); node++) {
        int width = terminal_width(taxonomy_name(t, node));
        longest = width > longest ? width : longest;
    }
    return longest;
}

static int open(struct screen *s, const void *argument, struct status *st)
{
    struct grid *g = s->state;
    (void)argument;
    if (terminal_info()->graphics == GRAPHICS_NONE)
        return status_fail(st, STATUS_UNSUPPORTED, "the grid needs pictures: %s",
                           terminal_info()->why);
    ui_acts(s->ui)->paged = 1;
    ui_acts(s->ui)->applied = 0;
    g->size = SIZE_FIRST;
    g->longest = longest_name(app_taxonomy(ui_app(s->ui)));
    grid_show_page(s, app_queue_position(ui_app(s->ui)), 0);
    g->predicting = app_predict_progress(ui_app(s->ui))->running || app_is_learning(ui_app(s->ui));
    return 0;
}

static void close(struct screen *s)
{
    ui_acts(s->ui)->paged = 0;
    app_queue_ungather(ui_app(s->ui));
}

const struct screen_ops screen_grid = {
    .name = "grid",
    .state_size = sizeof(struct grid),
    .open = open,
    .draw = draw,
    .shown = shown,
    .key = key,
    .changed = changed,
    .close = close,
};
