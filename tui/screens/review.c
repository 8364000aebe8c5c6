/* The main screen: a photo, the path predicted for it, and the keys that decide.
 *
 * A key that decides acts only on a photo that has stood on the terminal (or whose problem has, or
 * the text of a terminal without pictures), and not on a prediction that background work exchanged
 * under the person's eyes a moment ago. The state here is about one photo; sync() begins anew when
 * the queue has moved. */
#include "tui/screens/screen.h"

#include <string.h>

#include "data/clock.h"
#include "data/status.h"
#include "tui/screens/acts.h"
#include "tui/screens/acts_marked.h"
#include "tui/screens/panel.h"
#include "tui/screens/review.h"
#include "tui/screens/text.h"
#include "tui/terminal/keys.h"

static const float zoom_step = 1.5f, zoom_most = 8;

/* 1 when the candidates are others than before; remembers them. */
static int note_candidates(struct review_screen *r, const struct app_photo *current)
{
    int now[DECIDE_CANDIDATES + 1] = {current->candidates};
    for (int i = 0; i < current->candidates; i++)
        now[i + 1] = current->candidate[i].node;
    int others = memcmp(now, r->candidates, sizeof now) != 0;
    memcpy(r->candidates, now, sizeof now);
    return others;
}

static void sync(struct screen *s)
{
    struct review_screen *r = s->state;
    const struct app_photo *current = app_current(ui_app(s->ui));
    int others = note_candidates(r, current);
    if (r->photo != current->photo.id || r->event != current->photo.event) {
        if (r->drawn != current->photo.id)
            r->drawn = 0;
        /* The same photo with another label: somebody else's, or taken back. It is to be seen
         * before it is accepted. */
        int relabelled = r->photo == current->photo.id && r->node != app_photo_node(current);
        r->photo = current->photo.id;
        r->event = current->photo.event;
        r->edited = 0;
        r->clicked = -1;
        r->exchanged = relabelled ? clock_milliseconds() : 0;
        r->zoom = 1;
        r->node = app_photo_node(current);
        return;
    }
    if (others)
        r->exchanged = clock_milliseconds();
    if (r->edited && r->node >= 0 && taxonomy_now(app_taxonomy(ui_app(s->ui)), r->node) != r->node)
        r->edited = 0; /* it was merged or removed meanwhile */
    if (!r->edited)
        r->node = app_photo_node(current);
}

/* ---- drawing ---- */

static void draw(struct screen *s)
{
    struct review_screen *r = s->state;
    struct layout layout;
    sync(s);
    layout_make(terminal_info()->rows, terminal_info()->cols, &layout);
    review_draw_bar(s, layout.bar);
    review_draw_photo(s, &layout.photo);
    struct panel panel = {.ui = s->ui,
                          .app = ui_app(s->ui),
                          .node = r->node,
                          .edited = r->edited,
                          .said = ui_says(s->ui, ui_acts(s->ui)->of_training)};
    panel_draw(&layout.panel, &panel);
    r->pane_at = layout.photo;
    r->choices.at = (struct rect){panel.first_row, layout.panel.col, panel.rows, layout.panel.cols};
    r->choices.first = panel.first;
    if (ui_acts(s->ui)->for_marked)
        acts_marked_hints(s->ui, layout.keys);
    else
        review_draw_keys(s, layout.keys);
}

static void shown(struct screen *s)
{
    struct review_screen *r = s->state;
    if (r->pane == 0 || r->pane != app_current(ui_app(s->ui))->photo.id || r->drawn == r->pane)
        return;
    r->drawn = r->pane;
    r->drawn_at = clock_milliseconds();
    if (r->marking &&
        app_mark(ui_app(s->ui), &(struct app_mark){r->drawn, r->node, r->edited, r->event}, NULL) ==
            0)
        ui_dirty(s->ui);
}

/* ---- deciding ---- */

static int may_decide(struct screen *s)
{
    struct review_screen *r = s->state;
    int64_t photo = app_current(ui_app(s->ui))->photo.id;
    if (photo == 0)
        ui_say(s->ui, STYLE_WARN, "there is no photo to decide on");
    else if (r->drawn != photo || r->photo != photo)
        ui_say(s->ui, STYLE_WARN, "the photo was not on the screen yet; once more, please");
    else
        return 1;
    return 0;
}

/* For keys that take what is predicted: it must be what the person saw when reaching for the key.
 */
static int has_settled(struct screen *s)
{
    struct review_screen *r = s->state;
    int settled = !r->exchanged || clock_milliseconds() - r->exchanged >= ACTS_SETTLED;
    if (!settled)
        ui_say(s->ui, STYLE_WARN, "the prediction has just changed; once more, please");
    return settled;
}

static int decide(struct screen *s, enum event_kind kind, int node)
{
    struct review_screen *r = s->state;
    return may_decide(s) && acts_decide(s->ui, kind, node, clock_milliseconds() - r->drawn_at);
}

static int accept(struct screen *s, int node)
{
    if (node >= 0)
        return decide(s, EVENT_ACCEPT, node);
    ui_say(s->ui, STYLE_WARN, "there is no path to accept; {pick} picks one");
    return 0;
}

static void accept_shown(struct screen *s)
{
    struct review_screen *r = s->state;
    int refused = r->edited ? -1 : acts_refused(s->ui);
    if (refused >= 0) /* what is shown is what somebody else has said */
        accept(s, refused);
    else if (r->edited || has_settled(s))
        accept(s, r->node);
}

static int picked(void *arg, int node)
{
    return accept(arg, node);
}

static void take_candidate(struct screen *s, int i)
{
    int node = has_settled(s) ? acts_candidate(s->ui, i) : -1;
    if (node >= 0)
        accept(s, node);
}

/* A path that was chosen before: copied, or the last one given. */
static void accept_known(struct screen *s, int node)
{
    if (node >= 0)
        accept(s, node);
}

static void flag(struct screen *s)
{
    int flagged = app_current(ui_app(s->ui))->photo.state.flagged;
    decide(s, flagged ? EVENT_UNFLAG : EVENT_FLAG, -1);
}

/* With the path shown, where it has stood long enough to be read. */
static void set_mark(struct screen *s)
{
    const struct review_screen *r = s->state;
    int read = r->edited || !r->exchanged || clock_milliseconds() - r->exchanged >= ACTS_SETTLED;
    app_mark(ui_app(s->ui), &(struct app_mark){r->photo, read ? r->node : -1, r->edited, r->event},
             NULL);
}

static void mark(struct screen *s)
{
    struct app *a = ui_app(s->ui);
    int64_t photo = app_current(a)->photo.id;
    if (!may_decide(s))
        return;
    if (app_is_marked(a, photo))
        app_unmark(a, photo);
    else
        set_mark(s);
    app_queue_move(a, 1);
    ui_dirty(s->ui);
}

static void mark_range(struct screen *s)
{
    struct review_screen *r = s->state;
    r->marking = !r->marking;
    if (r->marking && r->drawn == r->photo)
        set_mark(s);
    ui_say(s->ui, STYLE_GOOD,
           r->marking ? "every photo you go past is marked, until {mark-range}"
                      : "marking has ended");
}

/* ---- editing the path, moving ---- */

static void show_path(struct screen *s, int node)
{
    struct review_screen *r = s->state;
    r->node = node;
    r->edited = 1;
    ui_dirty(s->ui);
}

static void shorten(struct screen *s)
{
    struct review_screen *r = s->state;
    int parent =
        r->node >= 0 ? taxonomy_parent(app_taxonomy(ui_app(s->ui)), r->node) : TAXONOMY_ROOT;
    if (parent == TAXONOMY_ROOT)
        ui_say(s->ui, STYLE_WARN, "a path has one level at least; {reject} rejects the photo");
    else
        show_path(s, parent);
}

static void lengthen(struct screen *s)
{
    struct review_screen *r = s->state;
    int child = app_best_child(ui_app(s->ui), r->node);
    if (child < 0)
        ui_say(s->ui, STYLE_WARN, "there is no level below; {pick} can add one");
    else
        show_path(s, child);
}

static void choose(struct screen *s, int step)
{
    struct review_screen *r = s->state;
    int nodes[PANEL_CHOICES], n = panel_choices(ui_app(s->ui), nodes), at = -1;
    for (int i = 0; i < n; i++)
        if (nodes[i] == r->node)
            at = i;
    at = at < 0 ? 0 : at + step; /* from an edited path back to the first */
    if (at >= 0 && at < n)
        show_path(s, nodes[at]);
    else
        ui_say(s->ui, STYLE_DIM,
               n == 0     ? "there is no candidate"
               : step > 0 ? "this is the last candidate"
                          : "this is the first candidate");
}

static void move(struct screen *s, long offset)
{
    if (!app_queue_move(ui_app(s->ui), offset))
        ui_say(s->ui, STYLE_WARN,
               offset > 0 ? "this is the last photo" : "this is the first photo");
    ui_dirty(s->ui);
}

static void zoom(struct screen *s, float factor)
{
    struct review_screen *r = s->state;
    r->zoom = factor > zoom_most ? zoom_most : factor;
    ui_dirty(s->ui);
}

static void next_open(struct screen *s)
{
    if (!app_queue_next_open(ui_app(s->ui)))
        ui_say(s->ui, STYLE_WARN, "every photo of this queue has been decided on");
    ui_dirty(s->ui);
}

static void key(struct screen *s, int k)
{
    struct review_screen *r = s->state;
    sync(s);
    int stands = r->drawn == r->photo && r->photo != 0;
    if (acts_key(s->ui, k, r->node,
                 stands && (!r->exchanged || clock_milliseconds() - r->exchanged >= ACTS_SETTLED)))
        return;
    switch (ui_command(s->ui, k)) {
    case KEY_ACCEPT: accept_shown(s); break;
    case KEY_CANDIDATE: take_candidate(s, k - '1'); break;
    case KEY_SHORTEN: shorten(s); break;
    case KEY_LENGTHEN: lengthen(s); break;
    case KEY_CANDIDATE_DOWN: choose(s, 1); break;
    case KEY_CANDIDATE_UP: choose(s, -1); break;
    case KEY_PICK: acts_pick(s->ui, picked, s); break;
    case KEY_REJECT: decide(s, EVENT_REJECT, -1); break;
    case KEY_SKIP: decide(s, EVENT_SKIP, -1); break;
    case KEY_FLAG: flag(s); break;
    case KEY_PASTE: accept_known(s, acts_copied(s->ui)); break;
    case KEY_REPEAT: accept_known(s, acts_last(s->ui)); break;
    case KEY_MARK: mark(s); break;
    case KEY_RANGE: mark_range(s); break;
    case KEY_GRID: ui_push(s->ui, &screen_grid, NULL); break;
    case KEY_NEXT: move(s, 1); break;
    case KEY_PREVIOUS: move(s, -1); break;
    case KEY_NEXT_OPEN: next_open(s); break;
    case KEY_ZOOM_IN: zoom(s, r->zoom * zoom_step); break;
    case KEY_ZOOM_OUT: zoom(s, 1); break;
    default: ui_say(s->ui, STYLE_DIM, "this key does nothing here; {help} shows the keys");
    }
}

/* ---- the mouse ---- */

static int is_in(const struct rect *r, const struct mouse *m)
{
    return m->row >= r->row && m->row < r->row + r->rows && m->col >= r->col &&
           m->col < r->col + r->cols;
}

/* The first click on a candidate shows its path, whichever was shown: none decides by itself. A
 * second takes it. */
static void click(struct screen *s, int i)
{
    struct review_screen *r = s->state;
    int nodes[PANEL_CHOICES], n = panel_choices(ui_app(s->ui), nodes);
    if (i >= n)
        return;
    if (r->clicked == nodes[i] && r->node == nodes[i]) {
        accept_shown(s);
        return;
    }
    r->clicked = nodes[i];
    show_path(s, nodes[i]);
    ui_say(s->ui, STYLE_DIM, "once more, or {accept}, takes it");
}

static void mouse(struct screen *s, const struct mouse *m)
{
    struct review_screen *r = s->state;
    int up = m->kind == MOUSE_WHEEL_UP;
    sync(s);
    if (m->kind == MOUSE_PRESS && is_in(&r->choices.at, m))
        click(s, r->choices.first + m->row - r->choices.at.row);
    else if (m->kind != MOUSE_PRESS && is_in(&r->pane_at, m))
        zoom(s, up ? r->zoom * zoom_step : r->zoom / zoom_step < 1 ? 1 : r->zoom / zoom_step);
    else if (m->kind != MOUSE_PRESS)
        choose(s, up ? -1 : 1);
}

static void changed(struct screen *s, unsigned what)
{
    if (what & (APP_PHOTO | APP_QUEUE | APP_MODEL))
        sync(s);
    acts_changed(s->ui, what);
}

static int open(struct screen *s, const void *argument, struct status *st)
{
    struct review_screen *r = s->state;
    (void)argument;
    (void)st;
    r->node = TAXONOMY_ROOT;
    r->zoom = 1;
    if (app_notice(ui_app(s->ui))[0])
        ui_say(s->ui, STYLE_WARN, "%s", app_notice(ui_app(s->ui)));
    return 0;
}

const struct screen_ops screen_review = {
    .name = "review",
    .state_size = sizeof(struct review_screen),
    .open = open,
    .draw = draw,
    .shown = shown,
    .key = key,
    .mouse = mouse,
    .changed = changed,
};
