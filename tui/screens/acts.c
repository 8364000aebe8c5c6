/* Keys of the review and the grid about the current photo, and those that are about none. */
#include "tui/screens/acts.h"

#include <limits.h>
#include <stdio.h>

#include "data/status.h"
#include "labels/turned.h"
#include "tui/screens/acts_marked.h"
#include "tui/screens/panel.h"
#include "tui/screens/pictures.h"
#include "tui/screens/text.h"

/* ---- what was decided, in words ---- */

/* What took the place of an imported label (node -1: a rejection), in one row: names above the last
 * give way so that how to take it back stays readable. */
static void say_replaced(struct ui *ui, int node, int imported, const char *end)
{
    const struct taxonomy *t = app_taxonomy(ui_app(ui));
    char new[600], old[600], text[1300];
    for (int shorter = 0; shorter <= 3; shorter++) {
        text_path_name(t, node, shorter < 2, new, sizeof new);
        text_path_name(t, imported, shorter < 1, old, sizeof old);
        snprintf(text, sizeof text, "%s replaces %s%s%s", node < 0 ? "rejection" : new,
                 shorter < 3 ? "imported " : "the import", shorter < 3 ? old : "", end);
        if (terminal_width(text) < terminal_info()->cols)
            break;
    }
    ui_say(ui, STYLE_GOOD, "%s", text);
}

/* After a blind decision (node -1: a rejection): what had been predicted, names above the last give
 * way. */
static void say_blind(struct ui *ui, int node, int predicted, const char *end)
{
    const struct taxonomy *t = app_taxonomy(ui_app(ui));
    char given[600], model[600], text[1300];
    for (int whole = 2; whole >= 0; whole--) {
        text_path_name(t, node, whole > 0, given, sizeof given);
        text_path_name(t, predicted, whole > 1, model, sizeof model);
        snprintf(text, sizeof text, "%s%s; the model had said %s%s",
                 node < 0 ? "rejected" : "labelled ", node < 0 ? "" : given,
                 predicted == node ? "the same" : model, end);
        if (terminal_width(text) < terminal_info()->cols)
            break;
    }
    ui_say(ui, predicted == node ? STYLE_GOOD : STYLE_WARN, "%s", text);
}

static const char takes_back[] = "; {undo} takes it back", last_one[] = "; that was the last one";

/* predicted: the node, or -1. before: what the photo was. */
static void say_decided(struct ui *ui, enum event_kind kind, int predicted, int node,
                        const struct review_state *before, int last)
{
    char path[600];
    char end[60];
    ui_text(ui, last ? last_one : takes_back, end, sizeof end);
    int imported = before->kind == REVIEW_IMPORTED ? before->node : -1;
    taxonomy_format(app_taxonomy(ui_app(ui)), node, " > ", path, sizeof path);
    if (kind == EVENT_SKIP)
        ui_say(ui, STYLE_GOOD, "skipped: it comes back last%s", end);
    else if (imported >= 0 && (kind == EVENT_REJECT || imported != node))
        say_replaced(ui, kind == EVENT_REJECT ? -1 : node, imported, end);
    else if (kind == EVENT_REJECT)
        ui_say(ui, STYLE_GOOD, "rejected: fits no class%s", end);
    else
        ui_say(ui, STYLE_GOOD,
               imported >= 0       ? "%s: imported label confirmed%s"
               : predicted < 0     ? "labelled %s%s"
               : predicted == node ? "%s accepted%s"
                                   : "corrected to %s%s",
               path, end);
}

/* Somebody was faster; what they said is shown now. */
static void say_decided_meanwhile(struct ui *ui, const struct status *st, int mine)
{
    char theirs[600], own[600], end[700];
    const struct taxonomy *t = app_taxonomy(ui_app(ui));
    int node = app_current(ui_app(ui))->photo.state.node;
    snprintf(end, sizeof end, "once more gives yours");
    if (mine >= 0)
        snprintf(end, sizeof end, "%s gives yours, %s", ui_key(ui, KEY_ACCEPT),
                 text_path_name(t, mine, 1, own, sizeof own));
    ui_say(ui, STYLE_WARN, "%s: %s; %s", st->text,
           node < 0 ? "rejected" : text_path_name(t, node, 1, theirs, sizeof theirs), end);
}

int acts_refused(struct ui *ui)
{
    const struct acts *acts = ui_acts(ui);
    int64_t photo = app_current(ui_app(ui))->photo.id;
    return photo && acts->refused == photo ? acts->refused_node : -1;
}

const char *acts_paths(struct ui *ui, const struct app_decision *d, size_t n, char *buffer,
                       size_t size)
{
    for (size_t i = 1; i < n; i++)
        if (d[i].node != d[0].node) {
            snprintf(buffer, size, "the paths shown");
            return buffer;
        }
    return taxonomy_format(app_taxonomy(ui_app(ui)), n > 0 ? d[0].node : -1, " > ", buffer, size);
}

/* ---- one photo ---- */

int acts_decide(struct ui *ui, enum event_kind kind, int node, int64_t spent)
{
    struct app *a = ui_app(ui);
    struct status st = {0};
    const struct app_photo *current = app_current(a);
    int64_t photo = current->photo.id;
    char end[60];
    int predicted = current->candidates > 0 ? current->candidate[0].node : -1;
    int hidden = current->blind ? current->hidden_node : -1;
    const struct review_state before = current->photo.state;
    int failed = app_review(a, photo, kind, node, spent > INT_MAX ? INT_MAX : (int)spent, &st);
    ui_dirty(ui);
    if (failed && st.code == STATUS_CONFLICT) {
        ui_acts(ui)->refused = photo;
        ui_acts(ui)->refused_node = kind == EVENT_ACCEPT ? node : -1;
        say_decided_meanwhile(ui, &st, ui_acts(ui)->refused_node);
        return 0;
    }
    ui_acts(ui)->refused = 0;
    if (failed) {
        ui_say(ui, STYLE_BAD, "not stored: %s", st.text);
        return 0;
    }
    ui_dirty(ui);
    if (kind != EVENT_FLAG && kind != EVENT_UNFLAG)
        app_unmark(a, photo);
    else
        app_mark_follow(a, photo, app_current(a)->photo.event);
    if (kind == EVENT_FLAG || kind == EVENT_UNFLAG)
        ui_say(ui, STYLE_GOOD, kind == EVENT_FLAG ? "flagged" : "the flag is off");
    else if (hidden >= 0 && kind != EVENT_SKIP)
        say_blind(
            ui, kind == EVENT_REJECT ? -1 : node, hidden,
            ui_text(ui, app_current(a)->photo.id == 0 ? last_one : takes_back, end, sizeof end));
    else
        say_decided(ui, kind, predicted, node, &before, app_current(a)->photo.id == 0);
    if (kind == EVENT_ACCEPT)
        ui_remember(ui, node);
    return 1;
}

int acts_candidate(struct ui *ui, int i)
{
    int nodes[PANEL_CHOICES], n = panel_choices(ui_app(ui), nodes);
    if (i < n)
        return nodes[i];
    if (app_current(ui_app(ui))->blind)
        ui_say(ui, STYLE_WARN, "a blind sample offers no candidates; {pick} picks a path");
    else if (n == 0)
        ui_say(ui, STYLE_WARN, "there are no candidates; {pick} picks a path");
    else
        ui_say(ui, STYLE_WARN, "there are %d candidates", n);
    return -1;
}

int acts_last(struct ui *ui)
{
    int node;
    if (ui_remembered(ui, &node, 1) == 1 &&
        (node = taxonomy_now(app_taxonomy(ui_app(ui)), node)) >= 0)
        return node;
    ui_say(ui, STYLE_WARN, "no path was given yet that could be given again");
    return -1;
}

int acts_copied(struct ui *ui)
{
    struct acts *acts = ui_acts(ui);
    acts->copied = taxonomy_now(app_taxonomy(ui_app(ui)), acts->copied);
    if (acts->copied < 0)
        ui_say(ui, STYLE_WARN, "nothing is copied yet; {copy} copies the path shown");
    return acts->copied < 0 ? -1 : acts->copied;
}

/* Also while the photo is still on its way: picked() asks whether it has come. */
void acts_pick(struct ui *ui, int (*picked)(void *arg, int node), void *arg)
{
    if (app_current(ui_app(ui))->photo.id == 0)
        ui_say(ui, STYLE_WARN, "there is no photo to decide on");
    else
        ui_push(ui, &screen_picker, &(struct picker_request){.picked = picked, .arg = arg});
}

static void copy(struct ui *ui, int node)
{
    char path[600];
    if (node < 0) {
        ui_say(ui, STYLE_WARN, "there is no path to copy");
        return;
    }
    ui_acts(ui)->copied = node;
    ui_say(ui, STYLE_GOOD, "copied %s; {paste} puts it on a photo",
           taxonomy_format(app_taxonomy(ui_app(ui)), node, " > ", path, sizeof path));
}

static void change_label(struct ui *ui, int node)
{
    if (node < 0)
        ui_say(ui, STYLE_WARN, "there is no label shown that could be changed");
    else
        ui_push(ui, &screen_label, &node);
}

/* ---- undo, training, leaving ---- */

static void back_and_forth(struct ui *ui, int undo)
{
    struct app *a = ui_app(ui);
    struct status st = {0};
    char what[400];
    int64_t since = store_last_event(app_store(a), &st);
    if (since < 0 || (undo ? app_undo(a, &st) : app_redo(a, &st))) {
        ui_say(ui, STYLE_WARN, "%s", st.text);
        return;
    }
    ui_dirty(ui);
    turned_text(app_store(a), since, what, sizeof what);
    if (store_tree_turned(app_store(a))[0]) /* a sentence of its own */
        ui_say(ui, STYLE_GOOD, undo ? "%s; {redo} brings it back" : "%s; {undo} takes it back",
               what);
    else
        ui_say(ui, STYLE_GOOD,
               undo ? "taken back: %s; {redo} brings it back"
                    : "brought back: %s; {undo} takes it back",
               what);
}

static void train(struct ui *ui, enum depth depth)
{
    struct status st = {0};
    if (app_train_start(ui_app(ui), depth, &st))
        ui_say(ui, STYLE_BAD, "%s", st.text);
    else
        ui_acts(ui)->of_training =
            ui_say(ui, STYLE_GOOD, "training (%s) in the background; {cancel} cancels it",
                   depth_name(depth));
}

static int is_training(struct ui *ui)
{
    return app_train_progress(ui_app(ui))->phase != TRAIN_IDLE;
}

static void cancel(struct ui *ui)
{
    if (!is_training(ui)) {
        ui_say(ui, STYLE_WARN, "nothing is training; {back} quits");
        return;
    }
    app_train_cancel(ui_app(ui));
    ui_acts(ui)->of_training = ui_say(ui, STYLE_WARN, "the training is being cancelled");
}

/* What was said while it ran is not so any more; when a key has taken it away, the panel tells. */
static void training_ended(struct ui *ui)
{
    struct acts *acts = ui_acts(ui);
    const struct train_progress *t = app_train_progress(ui_app(ui));
    if (!ui_says(ui, acts->of_training))
        return;
    acts->leaving = 0;
    if (t->model > 0)
        ui_say(
            ui, t->used ? STYLE_GOOD : STYLE_WARN,
            !t->used
                ? t->score_after < t->score_before
                      ? "the training has ended: model %d is worse: kept, not used; {models} goes to it"
                      : "the training has ended: model %d is kept, not used; {models} goes to it"
            : t->score_before < 0
                ? "the training has ended: model %d is in use"
                : "the training has ended: model %d is in use; {models} goes back",
            t->model);
    else
        acts->of_training =
            ui_say(ui, STYLE_WARN, "%s", t->message[0] ? t->message : "the training has ended");
}

static void leave(struct ui *ui, int sure)
{
    struct acts *acts = ui_acts(ui);
    if (is_training(ui) && !sure) {
        acts->leaving = 1;
        acts->of_training = ui_say(
            ui, STYLE_WARN, "the training would be broken off; once more leaves all the same");
        return;
    }
    size_t marked;
    app_marks(ui_app(ui), &marked);
    if (marked > 0 && !sure) {
        acts->leaving = 1;
        ui_say(ui, STYLE_WARN, "%zu marked: {apply} is about them; once more leaves without",
               marked);
        return;
    }
    ui_quit(ui);
}

static void redraw(struct ui *ui)
{
    /* The photos are read again, too; the next draw comes before any sending. */
    pictures_forget(ui_pictures(ui));
    terminal_redraw();
    ui_dirty(ui);
}

void acts_find(struct ui *ui, const char *text, int back)
{
    struct app *a = ui_app(ui);
    struct status st = {0};
    ui_dirty(ui);
    switch (app_queue_find(a, text, back, &st)) {
    case APP_FIND_FAILED: ui_say(ui, STYLE_BAD, "%s", st.text); break;
    case APP_NOT_FOUND:
        if (app_queue_sought(a)[0])
            ui_say(ui, STYLE_WARN,
                   "'%s' is in no file name, label or predicted path of this queue%s",
                   app_queue_sought(a),
                   app_queue_is_part(a) ? " so far; the rest is still looked for" : "");
        else
            ui_say(ui, STYLE_WARN, "nothing is sought yet; %s searches", ui_key(ui, KEY_SEARCH));
        break;
    case APP_FOUND: break;
    case APP_FOUND_AROUND:
        ui_say(ui, STYLE_NORMAL, back ? "'%s': on from the end" : "'%s': on from the beginning",
               app_queue_sought(a));
        break;
    case APP_FOUND_HERE:
        ui_say(ui, STYLE_NORMAL, "'%s' is here and nowhere else", app_queue_sought(a));
        break;
    }
}

int acts_key(struct ui *ui, int key, int node, int settled)
{
    struct acts *acts = ui_acts(ui);
    int sure = acts->leaving, for_marked = acts->for_marked;
    acts->for_marked = 0;
    acts->leaving =
        sure && ui_command(ui, key) == KEY_COMMAND; /* :quit may come once more as well */
    if (for_marked) {
        acts_marked_key(ui, key, settled);
        return 1;
    }
    switch (ui_command(ui, key)) {
    case KEY_APPLY: acts_marked_begin(ui); return 1;
    case KEY_UNDO: back_and_forth(ui, 1); return 1;
    case KEY_REDO: back_and_forth(ui, 0); return 1;
    case KEY_COPY: copy(ui, node); return 1;
    case KEY_LABEL: change_label(ui, node); return 1;
    case KEY_ORDER: ui_push(ui, &screen_order, NULL); return 1;
    case KEY_FILTER: ui_push(ui, &screen_filter, NULL); return 1;
    case KEY_SEARCH: ui_push(ui, &screen_search, NULL); return 1;
    case KEY_SEARCH_NEXT: acts_find(ui, NULL, 0); return 1;
    case KEY_SEARCH_BACK: acts_find(ui, NULL, 1); return 1;
    case KEY_TRAIN: train(ui, DEPTH_BLOCKS); return 1;
    case KEY_TRAIN_FULL: train(ui, DEPTH_FULL); return 1;
    case KEY_CANCEL: cancel(ui); return 1;
    case KEY_MODELS: ui_push(ui, &screen_models, NULL); return 1;
    case KEY_REPORT: ui_push(ui, &screen_report, NULL); return 1;
    case KEY_REDRAW: redraw(ui); return 1;
    case KEY_HELP: ui_push(ui, &screen_help, NULL); return 1;
    case KEY_COMMAND: ui_push(ui, &screen_command_line, NULL); return 1;
    case KEY_QUIT: leave(ui, sure); return 1;
    case KEY_BACK:                  /* the grid has its own: it goes back to the review */
        if (key == TERMINAL_ESCAPE) /* ends what is open over the review; once too often must not
                                       end that, too */
            ui_say(ui, STYLE_DIM,
                   app_queue_title(ui_app(ui))[0]
                       ? "F and Enter go back to the whole queue; q quits"
                       : "{back} quits");
        else
            leave(ui, sure);
        return 1;
    default: return 0;
    }
}

void acts_changed(struct ui *ui, unsigned what)
{
    if ((what & APP_TRAINING) && !is_training(ui))
        training_ended(ui);
    if (what & APP_TROUBLE)
        ui_say(
            ui, STYLE_WARN,
            "photos are not predicted; {models} goes to another model, opening the review again tries "
            "again: %s",
            app_trouble(ui_app(ui)));
}
