/* Pages of the grid: which photos, what is known of each, where the cursor is.
 *
 * A page is a piece of the queue (app_queue_gather), and the current photo of the app is the one at
 * the cursor, so that all that decides on the current photo does so here. The page after it is
 * gathered while this one is looked at. Pages do not change under the person's eyes but for the
 * paths. */
#include <string.h>

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
            (struct grid_cell){.photo = app_queue_photo(ui_app(s->ui), offset_of(s, g->start + i))};
        photos[i] = g->cells[i].photo;
    }
    app_hold(ui_app(s->ui), photos, g->n);
    for (size_t i = 0; i < g->n; i++)
        look(s, &g->cells[i]);
    g->exchanged_at = g->drawn_at = g->panel_stood = g->stood_at = 0;
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
        if (!look(s, c) || !grid_cell_is_open(c) || (own && c->state.kind != before.kind))
            continue;
        c->exchanged = 1;
        g->exchanged_at = ui_now();
    }
    if (own) {
        g->drawn_at = ui_now();
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

void grid_gather_next(struct screen *s)
{
    struct grid *g = s->state;
    g->next = app_queue_gather(ui_app(s->ui), offset_of(s, g->start + g->n),
                               (size_t)(g->shape.across * g->shape.down));
}

/* The page that begins at an index; n 0: as many as fit. */
void grid_show_page(struct screen *s, size_t start, size_t n)
{
    struct grid *g = s->state;
    struct app *a = ui_app(s->ui);
    struct layout layout = grid_layout();
    grid_shape(&layout.photo, terminal_info(), g->size, g->longest, &g->shape);
    size_t room = (size_t)(g->shape.across * g->shape.down);
    g->start = start;
    g->n = n > 0 && n <= room ? n : app_queue_gather(a, offset_of(s, start), room);
    load_cells(s);
    grid_gather_next(s);
    grid_visit(s, grid_doubtful(s) < g->n ? grid_doubtful(s) : 0);
    ui_dirty(s->ui);
}

/* The page is that of the queue as it is now. */
void grid_sync(struct screen *s)
{
    struct grid *g = s->state;
    struct app *a = ui_app(s->ui);
    int same = grid_cursor(s) < g->n;
    for (size_t i = 0; i < g->n && same; i++)
        same = app_queue_photo(a, offset_of(s, g->start + i)) == g->cells[i].photo;
    if (same || (g->n == 0 && app_current(a)->photo.id == 0))
        return;
    size_t at = app_queue_position(a);
    for (int i = g->passed_count; i-- > 0;)
        if (at >= g->passed[i].start && at < g->passed[i].start + g->passed[i].n) {
            g->passed_count = i;
            grid_show_page(s, g->passed[i].start, g->passed[i].n);
            return;
        }
    grid_show_page(s, at, 0);
}

static void note_passed(struct grid *g)
{
    if (g->passed_count == GRID_PAGES)
        memmove(g->passed, g->passed + 1, --g->passed_count * sizeof g->passed[0]);
    g->passed[g->passed_count++] = (struct grid_page){g->start, g->n};
}

static void say_only_marked(struct screen *s)
{
    ui_say(s->ui, STYLE_WARN,
           "only marked photos are left: {apply} and {pick} give them a path, {apply} {apply} "
           "takes the marks off");
}

void grid_next_page(struct screen *s)
{
    struct grid *g = s->state;
    struct app *a = ui_app(s->ui);
    size_t count;
    if (g->n > 0 && g->next > 0) {
        size_t start = g->start + g->n; /* others may have decided on some of those gathered */
        note_passed(g);
        int whole = start + g->next <= app_queue_count(a);
        for (size_t i = 0; i < g->next && whole; i++) /* nobody else has it by now */
            whole = !app_holder(a, app_queue_photo(a, offset_of(s, start + i)));
        grid_show_page(s, start, whole ? g->next : 0);
        g->jumped_at = ui_now();
        return;
    }
    app_marks(a, &count);
    if (!app_queue_next_open(a) &&
        !(g->n > 0 && grid_cell_is_open(&g->cells[grid_cursor(s) < g->n ? grid_cursor(s) : 0]))) {
        ui_say(s->ui, STYLE_WARN, "every photo of this queue has been decided on");
        return;
    }
    if (count > 0 && app_is_marked(a, app_current(a)->photo.id))
        say_only_marked(s);
    if (grid_cursor(s) >= g->n)
        grid_show_page(s, app_queue_position(a), 0);
}

void grid_previous_page(struct screen *s)
{
    struct grid *g = s->state;
    if (g->passed_count == 0) {
        ui_say(s->ui, STYLE_WARN, "this is the first page");
        return;
    }
    struct grid_page p = g->passed[--g->passed_count];
    grid_show_page(s, p.start, p.n);
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
    g->jumped_at = ui_now();
}
