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
#include "tui/screens/panel.h"
#include "tui/screens/review.h"
#include "tui/screens/text.h"
#include "tui/terminal/keys.h"

enum { SETTLED = 300 /* milliseconds a new prediction stands before a key may accept it */ };
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
    if (r->photo != current->photo.id) {
        if (r->drawn != current->photo.id)
            r->drawn = 0;
        r->photo = current->photo.id;
        r->edited = 0;
        r->exchanged = 0;
        r->zoom = 1;
        r->node = app_photo_node(current);
        return;
    }
    if (others)
        r->exchanged = ui_now();
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
    struct panel panel = {.app = ui_app(s->ui), .node = r->node, .edited = r->edited,
                          .said = ui_says(s->ui, r->of_training)};
    panel_draw(&layout.panel, &panel);
    review_draw_keys(s, layout.keys);
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
    else
        return 1;
    return 0;
}

/* For keys that take what is predicted: it must be what the person saw when reaching for the key. */
static int has_settled(struct screen *s)
{
    struct review_screen *r = s->state;
    int settled = !r->exchanged || ui_now() - r->exchanged >= SETTLED;
    if (!settled)
        ui_say(s->ui, STYLE_WARN, "the prediction has just changed; once more, please");
    return settled;
}

/* What took the place of an imported label (node -1: a rejection), in one row: names above the last give way
 * so that how to take it back stays readable. */
static void say_replaced(struct screen *s, int node, int imported, const char *end)
{
    const struct taxonomy *t = app_taxonomy(ui_app(s->ui));
    char new[600], old[600], text[1300];
    for (int shorter = 0; shorter <= 3; shorter++) {
        text_path_name(t, node, shorter < 2, new, sizeof new);
        text_path_name(t, imported, shorter < 1, old, sizeof old);
        snprintf(text, sizeof text, "%s replaces %s%s%s", node < 0 ? "rejection" : new,
                 shorter < 3 ? "imported " : "the import", shorter < 3 ? old : "", end);
        if (terminal_width(text) < terminal_info()->cols)
            break;
    }
    ui_say(s->ui, STYLE_GOOD, "%s", text);
}

/* predicted: the node, or -1. before: what the photo was. */
static void say_decided(struct screen *s, enum event_kind kind, int predicted, int node,
                        const struct review_state *before, int last)
{
    char path[600];
    const char *end = last ? "; that was the last one" : "; u takes it back";
    int imported = before->kind == REVIEW_IMPORTED ? before->node : -1;
    taxonomy_format(app_taxonomy(ui_app(s->ui)), node, " > ", path, sizeof path);
    if (kind == EVENT_SKIP)
        ui_say(s->ui, STYLE_GOOD, "skipped: it comes back last%s", end);
    else if (imported >= 0 && (kind == EVENT_REJECT || imported != node))
        say_replaced(s, kind == EVENT_REJECT ? -1 : node, imported, end);
    else if (kind == EVENT_REJECT)
        ui_say(s->ui, STYLE_GOOD, "rejected: fits no class%s", end);
    else
        ui_say(s->ui, STYLE_GOOD,
               imported >= 0       ? "%s: imported label confirmed%s"
               : predicted < 0     ? "labelled %s%s"
               : predicted == node ? "%s accepted%s"
                                   : "corrected to %s%s",
               path, end);
}

/* 1: it is stored. */
static int decide(struct screen *s, enum event_kind kind, int node)
{
    struct review_screen *r = s->state;
    struct app *a = ui_app(s->ui);
    struct status st = {0};
    if (!may_decide(s))
        return 0;
    const struct app_photo *current = app_current(a);
    int64_t photo = current->photo.id, spent = ui_now() - r->drawn_at;
    int predicted = current->candidates > 0 ? current->candidate[0].node : -1;
    const struct review_state before = current->photo.state;
    if (app_review(a, photo, kind, node, spent > INT_MAX ? INT_MAX : (int)spent, &st)) {
        ui_say(s->ui, STYLE_BAD, "not stored: %s", st.text);
        return 0;
    }
    ui_dirty(s->ui);
    if (kind == EVENT_FLAG || kind == EVENT_UNFLAG)
        ui_say(s->ui, STYLE_GOOD, kind == EVENT_FLAG ? "flagged" : "the flag is off");
    else
        say_decided(s, kind, predicted, node, &before, app_current(a)->photo.id == 0);
    if (kind == EVENT_ACCEPT)
        ui_remember(s->ui, node);
    if (kind != EVENT_FLAG && kind != EVENT_UNFLAG)
        r->photo = 0; /* also when the queue could not move: the path shown is now the label */
    return 1;
}

static int accept(struct screen *s, int node)
{
    if (node >= 0)
        return decide(s, EVENT_ACCEPT, node);
    ui_say(s->ui, STYLE_WARN, "there is no path to accept; Enter picks one");
    return 0;
}

static void accept_shown(struct screen *s)
{
    struct review_screen *r = s->state;
    if (r->edited || has_settled(s))
        accept(s, r->node);
}

static int picked(void *arg, int node)
{
    return accept(arg, node);
}

static void take_candidate(struct screen *s, int i)
{
    int nodes[PANEL_CHOICES], n = panel_choices(ui_app(s->ui), nodes);
    if (!has_settled(s))
        return;
    if (i < n)
        accept(s, nodes[i]);
    else if (n == 0)
        ui_say(s->ui, STYLE_WARN, "there are no candidates; Enter picks a path");
    else
        ui_say(s->ui, STYLE_WARN, "there are %d candidates", n);
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
    const char *tree = store_tree_turned(app_store(a)), *more = undo ? "Ctrl-R brings it back" : "u takes it back";
    if (tree[0])
        ui_say(s->ui, STYLE_GOOD, "%s; %s", tree, more);
    else
        ui_say(s->ui, STYLE_GOOD, "%s; %s", undo ? "taken back" : "brought back", more);
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
    else
        ui_say(s->ui, STYLE_DIM,
               n == 0     ? "there is no candidate"
               : step > 0 ? "this is the last candidate"
                          : "this is the first candidate");
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

static void paste(struct screen *s)
{
    struct review_screen *r = s->state;
    r->copied = taxonomy_now(app_taxonomy(ui_app(s->ui)), r->copied);
    if (r->copied < 0)
        ui_say(s->ui, STYLE_WARN, "nothing is copied yet; y copies the path shown");
    else
        accept(s, r->copied);
}

static void train(struct screen *s, enum depth depth)
{
    struct review_screen *r = s->state;
    struct status st = {0};
    if (app_train_start(ui_app(s->ui), depth, &st))
        ui_say(s->ui, STYLE_BAD, "%s", st.text);
    else
        r->of_training = ui_say(s->ui, STYLE_GOOD,
                                "training (%s) in the background; Ctrl-C cancels it",
                                depth_name(depth));
}

static int is_training(struct screen *s)
{
    return app_train_progress(ui_app(s->ui))->phase != TRAIN_IDLE;
}

static void cancel(struct screen *s)
{
    struct review_screen *r = s->state;
    if (!is_training(s)) {
        ui_say(s->ui, STYLE_WARN, "nothing is training; q quits");
        return;
    }
    app_train_cancel(ui_app(s->ui));
    r->of_training = ui_say(s->ui, STYLE_WARN, "the training is being cancelled");
}

/* What was said while it ran is not so any more; when a key has taken it away, the panel tells. */
static void training_ended(struct screen *s)
{
    struct review_screen *r = s->state;
    const struct train_progress *t = app_train_progress(ui_app(s->ui));
    if (!ui_says(s->ui, r->of_training))
        return;
    r->leaving = 0;
    if (t->model > 0)
        ui_say(s->ui, t->used ? STYLE_GOOD : STYLE_WARN, "the training has ended: model %d %s", t->model,
               !t->used              ? t->score_after < t->score_before ? "is worse: kept, not used; m goes to it"
                                                                        : "is kept, not used; m goes to it"
               : t->score_before < 0 ? "is in use"
                                     : "is in use; m goes back");
    else
        r->of_training = ui_say(s->ui, STYLE_WARN, "%s", t->message[0] ? t->message : "the training has ended");
}

static void leave(struct screen *s, int sure)
{
    struct review_screen *r = s->state;
    if (is_training(s) && !sure) {
        r->leaving = 1;
        r->of_training = ui_say(s->ui, STYLE_WARN,
                                "the training would be lost; once more leaves all the same");
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

/* Also while the photo is still on its way: picked() asks whether it has come. */
static void pick(struct screen *s)
{
    if (app_current(ui_app(s->ui))->photo.id == 0)
        ui_say(s->ui, STYLE_WARN, "there is no photo to decide on");
    else
        ui_push(s->ui, &screen_picker, &(struct picker_request){.picked = picked, .arg = s});
}

static void change_label(struct screen *s)
{
    struct review_screen *r = s->state;
    if (r->node < 0)
        ui_say(s->ui, STYLE_WARN, "there is no label shown that could be changed");
    else
        ui_push(s->ui, &screen_label, &r->node);
}

static void next_open(struct screen *s)
{
    if (!app_queue_next_open(ui_app(s->ui)))
        ui_say(s->ui, STYLE_WARN, "every photo of this queue has been decided on");
    ui_dirty(s->ui);
}

static void flag(struct screen *s)
{
    int flagged = app_current(ui_app(s->ui))->photo.state.flagged;
    decide(s, flagged ? EVENT_UNFLAG : EVENT_FLAG, -1);
}

static void redraw(struct screen *s)
{
    struct review_screen *r = s->state;
    r->again = 1;
    terminal_redraw();
    ui_dirty(s->ui);
}

static void open_screen(struct screen *s, const struct screen_ops *ops)
{
    ui_push(s->ui, ops, NULL);
}

static void key(struct screen *s, int k)
{
    struct review_screen *r = s->state;
    int sure = r->leaving;
    sync(s);
    r->leaving = 0;
    switch (ui_command(s->ui, k)) {
    case KEY_ACCEPT: accept_shown(s); break;
    case KEY_CANDIDATE: take_candidate(s, k - '1'); break;
    case KEY_SHORTEN: shorten(s); break;
    case KEY_LENGTHEN: lengthen(s); break;
    case KEY_CANDIDATE_DOWN: choose(s, 1); break;
    case KEY_CANDIDATE_UP: choose(s, -1); break;
    case KEY_PICK: pick(s); break;
    case KEY_REJECT: decide(s, EVENT_REJECT, -1); break;
    case KEY_SKIP: decide(s, EVENT_SKIP, -1); break;
    case KEY_FLAG: flag(s); break;
    case KEY_UNDO: back_and_forth(s, 1); break;
    case KEY_REDO: back_and_forth(s, 0); break;
    case KEY_COPY: copy(s); break;
    case KEY_PASTE: paste(s); break;
    case KEY_LABEL: change_label(s); break;
    case KEY_NEXT: move(s, 1); break;
    case KEY_PREVIOUS: move(s, -1); break;
    case KEY_NEXT_OPEN: next_open(s); break;
    case KEY_ORDER: open_screen(s, &screen_order); break;
    case KEY_TRAIN: train(s, DEPTH_BLOCKS); break;
    case KEY_TRAIN_FULL: train(s, DEPTH_FULL); break;
    case KEY_CANCEL: cancel(s); break;
    case KEY_MODELS: open_screen(s, &screen_models); break;
    case KEY_REPORT: open_screen(s, &screen_report); break;
    case KEY_ZOOM_IN: zoom(s, r->zoom * zoom_step); break;
    case KEY_ZOOM_OUT: zoom(s, 1); break;
    case KEY_REDRAW: redraw(s); break;
    case KEY_HELP: open_screen(s, &screen_help); break;
    case KEY_BACK: /* Escape ends what is open over the review; once too often must not end that, too */
        if (k == TERMINAL_ESCAPE)
            ui_say(s->ui, STYLE_DIM, "q quits");
        else
            leave(s, sure);
        break;
    case KEY_QUIT: leave(s, sure); break;
    case KEY_NOTHING:
    case KEY_COMMANDS:
        ui_say(s->ui, STYLE_DIM, "this key does nothing here; ? shows the keys");
    }
}

static void changed(struct screen *s, unsigned what)
{
    if (what & (APP_PHOTO | APP_QUEUE | APP_MODEL))
        sync(s);
    if ((what & APP_TRAINING) && !is_training(s))
        training_ended(s);
}

static int open(struct screen *s, const void *argument, struct status *st)
{
    struct review_screen *r = s->state;
    (void)argument;
    (void)st;
    r->node = r->copied = TAXONOMY_ROOT;
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
    .changed = changed,
};
