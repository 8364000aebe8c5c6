/* Pages of the grid: which photos, what is known of each, where the cursor is.
 *
 * A page is a piece of the queue (app_queue_gather), and the current photo of the app is the one at
 * the cursor, so that all that decides on the current photo does so here. The page after it is
 * gathered while this one is looked at. Pages do not change under the person's eyes but for the
 * paths. */
#include <string.h>

#include "data/clock.h"
#include "tui/screens/acts.h"
#include "tui/screens/grid.h"

static long offset_of(struct screen *s, size_t index)
{
    return (long)index - (long)app_queue_position(ui_app(s->ui));
}

/* GRID_CELLS when the current photo is on another page. */
size_t grid_cursor(struct screen *s)
{
    const struct grid *g = s->state;
    size_t at = app_queue_position(ui_app(s->ui));
    return at >= g->start && at < g->start + g->n ? at - g->start : GRID_CELLS;
}

int grid_cell_is_open(const struct grid_cell *c)
{
    return !review_is_decided(c->state.kind) && c->state.kind != REVIEW_SKIPPED;
}

int grid_cell_is_read(const struct grid_cell *c)
{
    return c->since != 0 && c->read == c->node && clock_milliseconds() - c->since >= ACTS_SETTLED;
}

/* What is known of its photo now; 1 when the path is another one. */
static int look(struct screen *s, struct grid_cell *c)
{
    struct app_photo photo;
    struct app *a = ui_app(s->ui);
    int before = c->node;
    if (app_look(a, c->photo, &photo, NULL))
        return 0;
    c->state = photo.photo.state;
    c->event = photo.photo.event;
    c->node = app_photo_node(&photo);
    c->predicted = photo.candidates > 0 ? photo.candidate[0].node : -1;
    c->model = photo.model;
    c->confidence = -1;
    for (int i = 0; i < photo.candidates; i++)
        if (photo.candidate[i].node == c->node)
            c->confidence = photo.candidate[i].confidence[photo.candidate[i].depth - 1];
    app_photo_clear(&photo);
    return c->node != before;
}

static void load_cells(struct screen *s)
{
    struct grid *g = s->state;
    int64_t photos[GRID_CELLS];
    for (size_t i = 0; i < g->n; i++) {
        g->cells[i] =
            (struct grid_cell){.photo = app_queue_photo(ui_app(s->ui), offset_of(s, g->start + i)),
                               .node = -1,
                               .predicted = -1,
                               .written = GRID_UNWRITTEN};
        photos[i] = g->cells[i].photo;
    }
    app_hold(ui_app(s->ui), photos, g->n);
    for (size_t i = 0; i < g->n; i++)
        look(s, &g->cells[i]);
    g->choices_changed = g->drawn_at = g->panel_stood = 0;
    g->range_from = -1;
    g->touched = 0;
    g->predicting = 0;
}

/* After an answer (own) or background work: what it has taught. */
void grid_refresh(struct screen *s, int own)
{
    struct grid *g = s->state;
    for (size_t i = 0; i < g->n; i++) {
        struct grid_cell *c = &g->cells[i];
        struct review_state before = c->state;
        int another = look(s, c);
        c->exchanged |= another && grid_cell_is_open(c) && !(own && c->state.kind != before.kind);
    }
    if (own) {
        g->drawn_at = clock_milliseconds();
        g->taught = 1;
    }
    ui_dirty(s->ui);
}

void grid_visit(struct screen *s, size_t cell)
{
    struct grid *g = s->state;
    if (cell < g->n && app_queue_goto(ui_app(s->ui), g->cells[cell].photo, NULL) == 0)
        g->cells[cell].visited = 1;
    ui_dirty(s->ui);
}

/* The least sure one that nobody has looked at, decided on or marked: where the cursor is wanted.
 * GRID_CELLS: none. */
size_t grid_doubtful(struct screen *s)
{
    struct grid *g = s->state;
    size_t found = GRID_CELLS;
    for (size_t i = 0; i < g->n; i++) {
        const struct grid_cell *c = &g->cells[i];
        if (c->visited || !grid_cell_is_open(c) || app_is_marked(ui_app(s->ui), c->photo))
            continue;
        if (found == GRID_CELLS || c->confidence < g->cells[found].confidence)
            found = i;
    }
    return found;
}

struct layout grid_layout(void)
{
    struct layout layout;
    layout_make_grid(terminal_info()->rows, terminal_info()->cols, &layout);
    return layout;
}

static size_t room(const struct grid *g)
{
    return (size_t)(g->shape.across * g->shape.down);
}

void grid_gather_next(struct screen *s)
{
    struct grid *g = s->state;
    g->next = app_queue_gather(ui_app(s->ui), offset_of(s, g->start + g->n), room(g));
}

/* The cursor stays on the photo it is on where that is on the page. */
static void place_cursor(struct screen *s, int64_t photo)
{
    const struct grid *g = s->state;
    size_t to = 0;
    while (to < g->n && g->cells[to].photo != photo)
        to++;
    if (to >= g->n)
        to = grid_doubtful(s);
    grid_visit(s, to < g->n ? to : 0);
}

/* The page that begins at an index; n 0: as many as fit and belong together. */
void grid_show_page(struct screen *s, size_t start, size_t n)
{
    struct grid *g = s->state;
    struct app *a = ui_app(s->ui);
    struct layout layout = grid_layout();
    int64_t photo = app_current(a)->photo.id;
    grid_shape(&layout.photo, terminal_info(), g->size, g->longest, &g->shape);
    g->start = start;
    g->made = app_queue_made(a);
    int stands = n > 0 && n <= room(g) && start + n <= app_queue_count(a);
    g->n = stands ? n : app_queue_gather(a, offset_of(s, start), room(g));
    load_cells(s);
    grid_gather_next(s);
    place_cursor(s, photo);
    ui_dirty(s->ui);
}

/* The page that was passed last and that an index of the queue lies on; -1: none. */
static int passed_with(struct screen *s, size_t at)
{
    const struct grid *g = s->state;
    for (int i = g->passed_count; i-- > 0;) {
        const struct grid_page *p = &g->passed[i];
        if (at >= p->start && at < p->start + p->n &&
            app_queue_photo(ui_app(s->ui), offset_of(s, p->start)) == p->first)
            return i;
    }
    return -1;
}

static void show_passed(struct screen *s, int i)
{
    struct grid *g = s->state;
    struct grid_page p = g->passed[i];
    g->passed_count = i;
    grid_show_page(s, p.start, p.n);
}

void grid_sync(struct screen *s)
{
    struct grid *g = s->state;
    struct app *a = ui_app(s->ui);
    int same = grid_cursor(s) < g->n;
    if (g->made != app_queue_made(a))
        g->passed_count = 0;
    g->made = app_queue_made(a);
    for (size_t i = 0; i < g->n && same; i++)
        same = app_queue_photo(a, offset_of(s, g->start + i)) == g->cells[i].photo;
    if (same || (g->n == 0 && app_current(a)->photo.id == 0))
        return;
    int passed = passed_with(s, app_queue_position(a));
    if (passed >= 0)
        show_passed(s, passed);
    else
        grid_show_page(s, app_queue_position(a), 0);
}

static void note_passed(struct grid *g)
{
    if (g->passed_count == GRID_PAGES)
        memmove(g->passed, g->passed + 1, --g->passed_count * sizeof g->passed[0]);
    g->passed[g->passed_count++] = (struct grid_page){g->start, g->n, g->cells[0].photo};
}

static void say_only_marked(struct screen *s)
{
    ui_say(s->ui, STYLE_WARN,
           "only marked photos are left: {apply} and {pick} give them a path, {apply} {apply} "
           "takes the marks off");
}

/* Photos of the page to come that are still to be had: others may have decided on some. */
static size_t next_count(struct screen *s)
{
    struct grid *g = s->state;
    size_t end = g->start + g->n, gathered = app_queue_gathered(ui_app(s->ui));
    size_t left = gathered > end ? gathered - end : 0;
    g->next = g->next < left ? g->next : left;
    for (size_t i = 0; i < g->next; i++)
        if (app_holder(ui_app(s->ui), app_queue_photo(ui_app(s->ui), offset_of(s, end + i))))
            g->next = 0; /* somebody else has it by now */
    if (g->next == 0)
        grid_gather_next(s);
    return g->next;
}

/* What is behind the pages, or was left open on those before. */
static void go_to_open(struct screen *s)
{
    const struct grid *g = s->state;
    struct app *a = ui_app(s->ui);
    size_t count, cursor = grid_cursor(s);
    app_marks(a, &count);
    if (!app_queue_next_open(a) &&
        !(g->n > 0 && grid_cell_is_open(&g->cells[cursor < g->n ? cursor : 0]))) {
        ui_say(s->ui, STYLE_WARN, "every photo of this queue has been decided on");
        return;
    }
    if (count > 0 && app_is_marked(a, app_current(a)->photo.id))
        say_only_marked(s);
    grid_sync(s);
}

void grid_next_page(struct screen *s)
{
    struct grid *g = s->state;
    if (g->n == 0 || next_count(s) == 0) {
        go_to_open(s);
        return;
    }
    note_passed(g);
    grid_show_page(s, g->start + g->n, g->next);
    g->jumped_at = clock_milliseconds();
}

void grid_previous_page(struct screen *s)
{
    struct grid *g = s->state;
    int passed = g->passed_count > 0 ? passed_with(s, g->passed[g->passed_count - 1].start) : -1;
    if (passed >= 0)
        show_passed(s, passed);
    else
        ui_say(s->ui, STYLE_WARN,
               g->passed_count > 0 ? "the queue has changed before this page"
                                   : "this is the first page");
}

void grid_begin_anew(struct screen *s)
{
    struct grid *g = s->state;
    struct app *a = ui_app(s->ui);
    if (g->n > 0)
        app_queue_goto(a, g->cells[0].photo,
                       NULL); /* else those before the cursor were passed over */
    app_queue_ungather(a);
    grid_show_page(s, app_queue_position(a), 0);
    g->jumped_at = clock_milliseconds();
}
