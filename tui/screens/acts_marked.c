#include "tui/screens/acts_marked.h"

#include <stdio.h>
#include <stdlib.h>

#include "data/status.h"
#include "tui/screens/acts.h"
#include "tui/screens/text.h"

/* What is to be stored of a photo that gets this path together with others. */
static struct app_decision decision_on(const struct app_photo *photo, int node)
{
    int predicted = photo->blind            ? photo->hidden_node
                    : photo->candidates > 0 ? photo->candidate[0].node
                                            : -1;
    return (struct app_decision){.photo = photo->photo.id,
                                 .has_seen = 1,
                                 .seen = photo->photo.event,
                                 .node = node,
                                 .predicted = predicted,
                                 .model = photo->blind ? photo->hidden_model : photo->model,
                                 .blind = photo->blind};
}

/* node >= 0: that path for all; else each the one it showed when it was marked. Those that show
 * another one by now, or none, are left out, and those that somebody has decided on since. */
static size_t collect_marked(struct app *a, enum event_kind kind, int node,
                             struct app_decision *out)
{
    size_t count, n = 0;
    const struct app_mark *marks = app_marks(a, &count);
    for (size_t i = 0; i < count; i++) {
        struct app_photo photo;
        if (app_look(a, marks[i].photo, &photo, NULL))
            continue;
        int own = marks[i].own ? taxonomy_now(app_taxonomy(a), marks[i].node) : -1;
        out[n] = decision_on(&photo, node >= 0 ? node : own >= 0 ? own : app_photo_node(&photo));
        int seen = kind != EVENT_ACCEPT || node >= 0 || own >= 0 ||
                   (out[n].node >= 0 && out[n].node == marks[i].node);
        n += seen && (kind == EVENT_FLAG || photo.photo.event == marks[i].event);
        app_photo_clear(&photo);
    }
    return n;
}

static void say_marked(struct ui *ui, enum event_kind kind, int one, const struct app_decision *d,
                       size_t n, size_t left)
{
    char path[600] = "", rest[100] = "";
    if (kind == EVENT_ACCEPT)
        acts_paths(ui, d, n, path, sizeof path);
    if (left > 0)
        snprintf(rest, sizeof rest,
                 left == 1 ? "; 1 stays marked: changed since it was, or its path unseen"
                           : "; %zu stay marked: changed since they were, or their path unseen",
                 left);
    if (n == 0) {
        ui_say(ui, STYLE_WARN, "nothing is stored%s", rest);
        return;
    }
    ui_say(ui, STYLE_GOOD, "%zu %s%s; {undo} takes it back%s", n,
           kind == EVENT_REJECT ? "rejected"
           : kind == EVENT_SKIP ? "skipped"
           : kind == EVENT_FLAG ? "flagged"
           : one                ? "labelled "
                                : "accepted: ",
           path, rest);
}

/* node -1: each its own path. 1: stored. */
static int decide_marked(struct ui *ui, enum event_kind kind, int node)
{
    struct app *a = ui_app(ui);
    struct status st = {0};
    size_t count, left;
    app_marks(a, &count);
    struct app_decision *decisions = calloc(count + 1, sizeof *decisions);
    size_t n = decisions ? collect_marked(a, kind, node, decisions) : 0;
    int failed =
        decisions ? app_review_many(a, kind, decisions, n, -1, &st) : status_out_of_memory(&st);
    for (size_t i = 0; i < n && !failed; i++)
        app_unmark(a, decisions[i].photo);
    app_marks(a, &left);
    ui_acts(ui)->applied = !failed;
    ui_dirty(ui);
    if (failed)
        ui_say(ui, STYLE_BAD, "not stored: %s", st.text);
    else
        say_marked(ui, kind, node >= 0, decisions, n, left);
    free(decisions);
    if (failed)
        return 0;
    if (node >= 0)
        ui_remember(ui, node);
    if (kind != EVENT_FLAG && !ui_acts(ui)->paged &&
        review_is_decided(app_current(a)->photo.state.kind))
        app_queue_next_open(a);
    return 1;
}

static int picked_for_marked(void *arg, int node)
{
    return decide_marked(arg, EVENT_ACCEPT, node);
}

static void pick_for_marked(struct ui *ui)
{
    struct picker_request request = {.picked = picked_for_marked, .arg = ui};
    app_marks(ui_app(ui), &request.marked);
    ui_push(ui, &screen_picker, &request);
}

void acts_marked_begin(struct ui *ui)
{
    size_t count;
    app_marks(ui_app(ui), &count);
    if (count == 0) {
        ui_say(ui, STYLE_WARN,
               "nothing is marked; {mark} marks the photo, {mark-range} all that you go past");
        return;
    }
    ui_acts(ui)->for_marked = 1;
    ui_dirty(ui);
}

void acts_marked_hints(struct ui *ui, int row)
{
    char marked[40], same[3 * KEYMAP_NAME + 40];
    size_t count;
    app_marks(ui_app(ui), &count);
    snprintf(marked, sizeof marked, "%zu marked:", count);
    snprintf(same, sizeof same, "%s 1-9 %s %s", ui_key(ui, KEY_PICK), ui_key(ui, KEY_PASTE),
             ui_key(ui, KEY_REPEAT));
    const struct hint hints[] = {{marked, "", 0},
                                 {same, "one path for all", 1},
                                 {ui_key(ui, KEY_ACCEPT), "each its own", 2},
                                 {ui_key(ui, KEY_REJECT), "reject", 4},
                                 {ui_key(ui, KEY_SKIP), "skip", 5},
                                 {ui_key(ui, KEY_FLAG), "flag", 6},
                                 {ui_key(ui, KEY_APPLY), "unmark", 3},
                                 {NULL, NULL, 0}};
    text_hints(row, hints);
}

static void decide_all(struct ui *ui, int node)
{
    if (node >= 0)
        decide_marked(ui, EVENT_ACCEPT, node);
}

void acts_marked_key(struct ui *ui, int key, int settled)
{
    switch (ui_command(ui, key)) {
    case KEY_ACCEPT: decide_marked(ui, EVENT_ACCEPT, -1); break;
    case KEY_CANDIDATE:
        if (settled)
            decide_all(ui, acts_candidate(ui, key - '1'));
        else
            ui_say(ui, STYLE_WARN, "the candidates were not on the screen yet; the marks stay");
        break;
    case KEY_PASTE: decide_all(ui, acts_copied(ui)); break;
    case KEY_REPEAT: decide_all(ui, acts_last(ui)); break;
    case KEY_PICK: pick_for_marked(ui); break;
    case KEY_REJECT: decide_marked(ui, EVENT_REJECT, -1); break;
    case KEY_SKIP: decide_marked(ui, EVENT_SKIP, -1); break;
    case KEY_FLAG: decide_marked(ui, EVENT_FLAG, -1); break;
    case KEY_APPLY:
    case KEY_MARK:
        app_unmark_all(ui_app(ui));
        ui_say(ui, STYLE_DIM, "nothing is marked any more");
        break;
    default: ui_say(ui, STYLE_DIM, "the marks stay"); break;
    }
}
