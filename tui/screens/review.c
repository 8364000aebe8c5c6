/* The main screen: a photo, the path predicted for it, and the keys that decide.
 *
 * A key that decides acts only on a photo that has stood on the terminal (or whose problem has, or the text
 * of a terminal without pictures), and not on a prediction that background work exchanged under the
 * person's eyes a moment ago. The state here is about one photo; sync() begins anew when the queue has
 * moved. */
#include "tui/screens/screen.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "data/status.h"
#include "tui/screens/layout.h"
#include "tui/screens/panel.h"
#include "tui/screens/pictures.h"
#include "tui/screens/text.h"
#include "tui/terminal/keys.h"

enum { AHEAD = 3, SETTLED = 300 /* milliseconds a new prediction stands before a key may accept it */ };
static const float zoom_step = 1.5f, zoom_most = 8;

struct review_screen {
    int64_t photo;      /* what the rest is about */
    int node;           /* where the path shown ends; TAXONOMY_ROOT: none */
    int edited;         /* by the person: new predictions leave it alone */
    int64_t pane;       /* the photo whose picture or text was drawn last; 0: it is still being read */
    int64_t drawn;      /* the photo that has stood on the terminal, 0: not yet */
    int64_t drawn_at;
    int64_t exchanged;  /* when background work changed the path shown */
    float zoom;
    int copied;         /* TAXONOMY_ROOT: nothing */
    int again;          /* read the photos again */
    int leaving;        /* q was pressed while something trains */
};

static int first_node(const struct app_photo *current)
{
    const struct review_state *state = &current->photo.state;
    int decided = state->kind == REVIEW_ACCEPTED || state->kind == REVIEW_CORRECTED;
    if (current->candidates == 0 || (decided && state->node >= 0))
        return state->node >= 0 ? state->node : TAXONOMY_ROOT;
    return current->candidate[0].node;
}

static void sync(struct screen *s)
{
    struct review_screen *r = s->state;
    const struct app_photo *current = app_current(ui_app(s->ui));
    if (r->photo != current->photo.id) {
        if (r->drawn != current->photo.id)
            r->drawn = 0;
        r->photo = current->photo.id;
        r->edited = 0;
        r->exchanged = 0;
        r->zoom = 1;
        r->node = first_node(current);
    } else if (!r->edited && r->node != first_node(current)) {
        r->node = first_node(current);
        r->exchanged = ui_now();
    }
}

/* ---- drawing ---- */

static void pane_text(const struct rect *p, enum style style, const char *text)
{
    int width = p->cols - 4 > 56 ? 56 : p->cols - 4, rows = p->rows - 2;
    int lines = text_wrap_lines(width, rows, text);
    text_wrap(p->row + (p->rows - lines) / 2, p->col + (p->cols - width) / 2, width, rows, style,
              text);
}

static const char nothing_left[] =
    "Nothing is left to review in this order and filter. Tab looks for open photos, o changes the "
    "order, u goes back.";

static void want_neighbours(struct screen *s, const struct rect *p)
{
    static const long offsets[] = {1, 2, AHEAD, -1};
    struct app *a = ui_app(s->ui);
    struct pictures *pictures = ui_pictures(s->ui);
    for (size_t i = 0; i < sizeof offsets / sizeof offsets[0]; i++) {
        int64_t id = app_queue_photo(a, offsets[i]);
        struct photo photo = {0};
        if (id == 0 || pictures_want(pictures, id, NULL, p->rows, p->cols, 1, 0, NULL, NULL) ||
            store_photo(app_store(a), id, &photo, NULL))
            continue;
        char *file = app_photo_file(a, photo.path);
        if (file)
            pictures_want(pictures, id, file, p->rows, p->cols, 1, 0, NULL, NULL);
        free(file);
        photo_clear(&photo);
    }
}

static void draw_picture(struct screen *s, const struct rect *p)
{
    struct review_screen *r = s->state;
    struct app *a = ui_app(s->ui);
    const struct app_photo *current = app_current(a);
    const struct picture *picture = NULL;
    const char *problem = NULL;
    char *file = app_photo_file(a, current->photo.path);
    if (r->again)
        pictures_forget(ui_pictures(s->ui));
    r->again = 0;
    pictures_begin(ui_pictures(s->ui), terminal_info());
    enum pictures_state state =
        file ? pictures_want(ui_pictures(s->ui), r->photo, file, p->rows, p->cols, r->zoom, 1,
                             &picture, &problem)
             : PICTURES_UNKNOWN;
    want_neighbours(s, p);
    pictures_end(ui_pictures(s->ui));
    free(file);
    if (state == PICTURES_READY)
        terminal_put_picture(0, p->row, p->col, picture);
    else if (state == PICTURES_PROBLEM)
        pane_text(p, STYLE_WARN, problem);
    else
        pane_text(p, STYLE_DIM, "reading the photo");
    r->pane = state == PICTURES_READY || state == PICTURES_PROBLEM ? r->photo : 0;
}

static void draw_photo(struct screen *s, const struct rect *p)
{
    struct review_screen *r = s->state;
    const struct app_photo *current = app_current(ui_app(s->ui));
    char text[700];
    r->pane = 0;
    if (r->photo == 0) {
        pane_text(p, STYLE_NORMAL, nothing_left);
    } else if (terminal_info()->graphics == GRAPHICS_NONE) {
        snprintf(text, sizeof text, "%s  (photos are not shown here: %s)",
                 current->problem[0] ? current->problem : current->photo.path,
                 terminal_info()->why);
        pane_text(p, current->problem[0] ? STYLE_WARN : STYLE_NORMAL, text);
        r->pane = r->photo;
    } else {
        draw_picture(s, p);
    }
}

static void draw_bar(struct screen *s, int row)
{
    struct app *a = ui_app(s->ui);
    const struct app_photo *current = app_current(a);
    char right[160], at[24], count[24], file[1024];
    int cols = terminal_info()->cols;
    int empty = current->photo.id == 0;
    snprintf(right, sizeof right, "%s of %s   %s   model %d",
             text_count(empty ? 0 : (int64_t)app_queue_position(a) + 1, at, sizeof at),
             text_count((int64_t)app_queue_count(a), count, sizeof count),
             queue_order_name(app_queue_order(a)), app_model(a));
    if (app_model(a) == 0)
        strcpy(strstr(right, "   model"), "   no model");
    int width = terminal_width(right);
    int left = cols - width - 4;
    terminal_fill(row, 0, 1, cols, STYLE_STATUS);
    if (!empty && left > 4)
        terminal_text(row, 1, left, STYLE_STATUS,
                      text_file(current->photo.path, left, file, sizeof file));
    terminal_text(row, cols - width - 1, width, STYLE_STATUS, right);
}

static const char *key_of(enum key_command command)
{
    for (int i = 0; i < KEY_COMMANDS - 1; i++)
        if (key_bindings[i].command == command)
            return key_bindings[i].key;
    return "";
}

static void draw_keys(int row)
{
    char edit[24];
    snprintf(edit, sizeof edit, "%s %s", key_of(KEY_SHORTEN), key_of(KEY_LENGTHEN));
    const struct hint hints[] = {
        {key_of(KEY_ACCEPT), "accept"}, {"1-9", "candidate"},         {edit, "shorten, lengthen"},
        {key_of(KEY_PICK), "pick"},     {key_of(KEY_UNDO), "undo"},   {key_of(KEY_HELP), "help"},
        {key_of(KEY_REJECT), "reject"}, {key_of(KEY_SKIP), "skip"},   {key_of(KEY_TRAIN), "train"},
        {key_of(KEY_FLAG), "flag"},     {key_of(KEY_NEXT), "next"},   {key_of(KEY_PREVIOUS), "previous"},
        {key_of(KEY_MODELS), "models"}, {key_of(KEY_REPORT), "report"}, {key_of(KEY_BACK), "quit"},
        {NULL, NULL}};
    text_hints(row, hints);
}

static void draw(struct screen *s)
{
    struct review_screen *r = s->state;
    struct layout layout;
    sync(s);
    layout_make(terminal_info()->rows, terminal_info()->cols, &layout);
    draw_bar(s, layout.bar);
    draw_photo(s, &layout.photo);
    panel_draw(&layout.panel, &(struct panel){ui_app(s->ui), r->node, r->edited});
    draw_keys(layout.keys);
}

static void shown(struct screen *s)
{
    struct review_screen *r = s->state;
    if (r->pane == 0 || r->pane != app_current(ui_app(s->ui))->photo.id || r->drawn == r->pane)
        return;
    r->drawn = r->pane;
    r->drawn_at = ui_now();
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
    else if (r->exchanged && ui_now() - r->exchanged < SETTLED)
        ui_say(s->ui, STYLE_WARN, "the prediction has just changed; once more, please");
    else
        return 1;
    return 0;
}

static void say_decided(struct screen *s, enum event_kind kind, int as_predicted, int node, int last)
{
    char path[600];
    const char *end = last ? "; that was the last one here" : "; u takes it back";
    if (kind == EVENT_REJECT)
        ui_say(s->ui, STYLE_GOOD, "rejected: fits no class%s", end);
    else if (kind == EVENT_SKIP)
        ui_say(s->ui, STYLE_GOOD, "skipped: it comes back last%s", end);
    else
        ui_say(s->ui, STYLE_GOOD, as_predicted ? "%s accepted%s" : "corrected to %s%s",
               taxonomy_format(app_taxonomy(ui_app(s->ui)), node, " > ", path, sizeof path), end);
}

static void decide(struct screen *s, enum event_kind kind, int node)
{
    struct review_screen *r = s->state;
    struct app *a = ui_app(s->ui);
    struct status st = {0};
    if (!may_decide(s))
        return;
    const struct app_photo *current = app_current(a);
    int64_t photo = current->photo.id, spent = ui_now() - r->drawn_at;
    int as_predicted = current->candidates > 0 && current->candidate[0].node == node;
    if (app_review(a, photo, kind, node, spent > INT_MAX ? INT_MAX : (int)spent, &st)) {
        ui_say(s->ui, STYLE_BAD, "not stored: %s", st.text);
        return;
    }
    ui_dirty(s->ui);
    if (kind == EVENT_FLAG || kind == EVENT_UNFLAG)
        ui_say(s->ui, STYLE_GOOD, kind == EVENT_FLAG ? "flagged" : "the flag is off");
    else
        say_decided(s, kind, as_predicted, node, app_current(a)->photo.id == photo);
    if (kind == EVENT_ACCEPT)
        ui_remember(s->ui, node);
    if (kind != EVENT_FLAG && kind != EVENT_UNFLAG)
        r->photo = 0; /* also when the queue could not move: the path shown is now the label */
}

static void accept(struct screen *s, int node)
{
    if (node < 0)
        ui_say(s->ui, STYLE_WARN, "there is no path to accept; Enter picks one");
    else
        decide(s, EVENT_ACCEPT, node);
}

static void picked(void *arg, int node)
{
    accept(arg, node);
}

static void take_candidate(struct screen *s, int i)
{
    const struct app_photo *current = app_current(ui_app(s->ui));
    if (i < current->candidates)
        accept(s, current->candidate[i].node);
    else if (current->candidates == 0)
        ui_say(s->ui, STYLE_WARN, "there are no candidates; Enter picks a path");
    else
        ui_say(s->ui, STYLE_WARN, "there are %d candidates", current->candidates);
}

static void back_and_forth(struct screen *s, int undo)
{
    struct review_screen *r = s->state;
    struct app *a = ui_app(s->ui);
    struct status st = {0};
    if (undo ? app_undo(a, &st) : app_redo(a, &st)) {
        ui_say(s->ui, STYLE_WARN, "%s", st.text);
        return;
    }
    r->photo = 0;
    ui_say(s->ui, STYLE_GOOD,
           undo ? "taken back; Ctrl-R brings it again" : "brought back; u takes it back");
}

/* ---- editing the path, moving, the network ---- */

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
    int parent = r->node >= 0 ? taxonomy_parent(app_taxonomy(ui_app(s->ui)), r->node) : TAXONOMY_ROOT;
    if (parent == TAXONOMY_ROOT)
        ui_say(s->ui, STYLE_WARN, "a path has one level at least; x rejects the photo");
    else
        show_path(s, parent);
}

static void lengthen(struct screen *s)
{
    struct review_screen *r = s->state;
    int child = app_best_child(ui_app(s->ui), r->node);
    if (child < 0)
        ui_say(s->ui, STYLE_WARN, "there is no level below; Enter can add one");
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
}

static void move(struct screen *s, long offset)
{
    if (!app_queue_move(ui_app(s->ui), offset))
        ui_say(s->ui, STYLE_WARN, offset > 0 ? "this is the last photo" : "this is the first photo");
    ui_dirty(s->ui);
}

static void copy(struct screen *s)
{
    struct review_screen *r = s->state;
    char path[600];
    if (r->node < 0) {
        ui_say(s->ui, STYLE_WARN, "there is no path to copy");
        return;
    }
    r->copied = r->node;
    ui_say(s->ui, STYLE_GOOD, "copied %s; p puts it on a photo",
           taxonomy_format(app_taxonomy(ui_app(s->ui)), r->node, " > ", path, sizeof path));
}

static void train(struct screen *s, enum depth depth)
{
    struct status st = {0};
    if (app_train_start(ui_app(s->ui), depth, &st))
        ui_say(s->ui, STYLE_BAD, "%s", st.text);
    else
        ui_say(s->ui, STYLE_GOOD, "training (%s) goes on in the background; Ctrl-C cancels it",
               depth_name(depth));
}

static int is_training(struct screen *s)
{
    return app_train_progress(ui_app(s->ui))->phase != TRAIN_IDLE;
}

static void cancel(struct screen *s)
{
    int training = is_training(s);
    app_train_cancel(ui_app(s->ui));
    ui_say(s->ui, STYLE_WARN, training ? "the training is being cancelled" : "nothing is training; q quits");
}

static void leave(struct screen *s, int sure)
{
    struct review_screen *r = s->state;
    if (is_training(s) && !sure) {
        r->leaving = 1;
        ui_say(s->ui, STYLE_WARN, "the training would be lost; once more leaves all the same");
        return;
    }
    ui_quit(s->ui);
}

static void zoom(struct screen *s, float factor)
{
    struct review_screen *r = s->state;
    r->zoom = factor > zoom_most ? zoom_most : factor;
    ui_dirty(s->ui);
}

static void pick(struct screen *s)
{
    if (may_decide(s))
        ui_push(s->ui, &screen_picker,
                &(struct picker_request){app_current(ui_app(s->ui))->photo.id, picked, s});
}

static void key(struct screen *s, int k)
{
    struct review_screen *r = s->state;
    struct app *a = ui_app(s->ui);
    int sure = r->leaving;
    sync(s);
    r->leaving = 0;
    switch (key_command_for(k)) {
    case KEY_ACCEPT:         accept(s, r->node); break;
    case KEY_CANDIDATE:      take_candidate(s, k - '1'); break;
    case KEY_SHORTEN:        shorten(s); break;
    case KEY_LENGTHEN:       lengthen(s); break;
    case KEY_CANDIDATE_DOWN: choose(s, 1); break;
    case KEY_CANDIDATE_UP:   choose(s, -1); break;
    case KEY_PICK:           pick(s); break;
    case KEY_REJECT:         decide(s, EVENT_REJECT, -1); break;
    case KEY_SKIP:           decide(s, EVENT_SKIP, -1); break;
    case KEY_FLAG:           decide(s, app_current(a)->photo.state.flagged ? EVENT_UNFLAG : EVENT_FLAG, -1); break;
    case KEY_UNDO:           back_and_forth(s, 1); break;
    case KEY_REDO:           back_and_forth(s, 0); break;
    case KEY_COPY:           copy(s); break;
    case KEY_PASTE:          accept(s, r->copied); break;
    case KEY_NEXT:           move(s, 1); break;
    case KEY_PREVIOUS:       move(s, -1); break;
    case KEY_NEXT_OPEN:
        if (!app_queue_next_open(a))
            ui_say(s->ui, STYLE_WARN, "every photo of this queue has been decided on");
        ui_dirty(s->ui);
        break;
    case KEY_ORDER:          ui_push(s->ui, &screen_order, NULL); break;
    case KEY_TRAIN:          train(s, DEPTH_BLOCKS); break;
    case KEY_TRAIN_FULL:     train(s, DEPTH_FULL); break;
    case KEY_CANCEL:         cancel(s); break;
    case KEY_MODELS:         ui_push(s->ui, &screen_models, NULL); break;
    case KEY_REPORT:         ui_push(s->ui, &screen_report, NULL); break;
    case KEY_ZOOM_IN:        zoom(s, r->zoom * zoom_step); break;
    case KEY_ZOOM_OUT:       zoom(s, 1); break;
    case KEY_REDRAW:
        r->again = 1;
        terminal_redraw();
        ui_dirty(s->ui);
        break;
    case KEY_HELP:           ui_push(s->ui, &screen_help, NULL); break;
    case KEY_BACK:
    case KEY_QUIT:           leave(s, sure); break;
    case KEY_NOTHING:
    case KEY_COMMANDS:
        ui_say(s->ui, STYLE_DIM, "this key does nothing here; ? shows the keys");
        break;
    }
}

static void changed(struct screen *s, unsigned what)
{
    if (what & (APP_PHOTO | APP_QUEUE | APP_MODEL))
        sync(s);
}

static int open(struct screen *s, const void *argument, struct status *st)
{
    struct review_screen *r = s->state;
    (void)argument;
    (void)st;
    r->node = r->copied = TAXONOMY_ROOT;
    r->zoom = 1;
    return 0;
}

const struct screen_ops screen_review = {
    .name = "review",
    .state_size = sizeof(struct review_screen),
    .open = open,
    .draw = draw,
    .shown = shown,
    .key = key,
    .changed = changed,
};
