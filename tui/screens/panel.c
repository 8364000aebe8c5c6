/* Three blocks: the path and what is known about the photo from the top, the work of the network
 * and of the person from the bottom, the candidates in whatever is left between. */
#include "tui/screens/panel.h"

#include <stdio.h>
#include <string.h>

#include "labels/score.h"
#include "tui/screens/text.h"
#include "tui/terminal/terminal.h"

enum {
    PERCENT = 5 /* cells of "100 %" */,
    LEAST = 4 /* candidates that are always visible */,
    ROOMY = 18 /* rows */,
    LEAST_BAR = 4,
    LEADING = 4 /* "… > " */,
    WORDS_FROM = 31 /* cells of "label from import; predicted: 1" */
};
static const float unsure = 0.5f; /* levels below this confidence are dimmed */

_Static_assert((int)USUAL_PLACES <= (int)PANEL_CHOICES, "each has a digit");

/* One more, unless it is there; in a full list it takes the last place. */
static int add_choice(int *nodes, int n, int node)
{
    int listed = node < 0 || n == 0;
    for (int i = 0; i < n; i++)
        listed |= nodes[i] == node;
    if (listed)
        return n;
    n = n < PANEL_CHOICES ? n + 1 : n;
    nodes[n - 1] = node;
    return n;
}

int panel_choices(const struct app *a, int *nodes)
{
    const struct app_photo *current = app_current(a);
    int n = 0;
    for (; n < current->candidates; n++)
        nodes[n] = current->candidate[n].node;
    if (n == 0 && current->photo.id != 0)
        n = app_usual(a, nodes);
    n = add_choice(nodes, n, current->photo.state.node);
    return current->photo.id != 0 ? add_choice(nodes, n, current->claimed) : n;
}

/* ---- from the top: the path, the state ---- */

static int indent_of(const struct rect *r, int level)
{
    return 2 * level < r->cols / 3 ? 2 * level : r->cols / 3;
}

/* The bars' length: a third of the panel, less where the names need the room. */
static int bar_cells(const struct rect *r, const struct taxonomy *t, const struct answer *answer)
{
    int bar = r->cols / 3;
    for (int level = 0; level < answer->depth; level++) {
        int name = indent_of(r, level) + terminal_width(taxonomy_name(t, answer->path[level]));
        int left = r->cols - name - PERCENT - 2;
        bar = left < bar ? left : bar;
    }
    return bar < LEAST_BAR ? LEAST_BAR : bar;
}

/* bar: its cells; 0: nothing is predicted. */
static void draw_level(const struct rect *r, int row, const struct taxonomy *t,
                       const struct answer *answer, int level, int bar)
{
    float share = answer->confidence[level];
    enum style style = bar > 0 && share < unsure    ? STYLE_DIM
                       : level == answer->depth - 1 ? STYLE_BOLD
                                                    : STYLE_NORMAL;
    int indent = indent_of(r, level), name = r->cols - indent - (bar > 0 ? bar + PERCENT + 2 : 0);
    char cut[TAXONOMY_MAX_NAME + 8];
    terminal_text(row, r->col + indent, name, style,
                  text_middle(taxonomy_name(t, answer->path[level]), name, cut, sizeof cut));
    if (bar == 0)
        return;
    char percent[16];
    int at = r->col + r->cols - PERCENT;
    text_meter(row, at - bar - 1, bar, share, share < unsure ? STYLE_DIM : STYLE_BAR);
    terminal_printf(row, at, PERCENT, style, "%*s", PERCENT,
                    text_percent(share, percent, sizeof percent));
}

static const char *why_no_prediction(struct app *a)
{
    int nodes[USUAL_PLACES];
    if (app_current(a)->blind)
        return "Blind sample: the prediction is hidden. {pick} picks what you see.";
    if (app_current(a)->problem[0])
        return "The photo cannot be read, so it is not predicted.";
    if (app_model(a) == 0)
        return app_usual(a, nodes) > 0
                   ? "No model can predict yet. 1-9 are paths you gave, {pick} picks any; after some labels {train} "
                     "trains a model."
                   : "No model can predict yet. {pick} picks a path; after some labels {train} trains a model.";
    if (app_predict_progress(a)->running)
        return "Not predicted yet; that is going on. {pick} picks a path now.";
    if (app_trouble(a)[0])
        return "Not predicted: something went wrong, .tend/tend.log says what. {models} goes to another model, {pick} "
               "picks a path.";
    if (app_standing(a)->counts.labelled < TRAINING_LEAST)
        return "Not predicted yet. Label some photos: {pick} picks a path. What you say is learned at once; {train} trains deeper.";
    return "Not predicted. {pick} picks a path; what you say is learned at once.";
}

static void full_answer(const struct panel *p, struct answer *out)
{
    app_answer(p->app, p->node, out);
    /* Without a prediction the path is known all the same. */
    out->node = p->node;
    out->depth = p->node >= 0 ? taxonomy_path(app_taxonomy(p->app), p->node, out->path) : 0;
}

static const char *title(const struct panel *p)
{
    const struct app_photo *current = app_current(p->app);
    if (p->node >= 0 && review_is_decided(current->photo.state.kind) &&
        p->node == current->photo.state.node)
        return "Label";
    if (current->candidates > 0 && p->node == current->candidate[0].node)
        return "Prediction";
    if (p->edited)
        return "Path, changed";
    if (p->node < 0 || p->node != current->photo.state.node)
        return "Path";
    return current->photo.state.kind == REVIEW_IMPORTED ? "Imported label" : "Label";
}

/* Levels of the deepest path that j, k and the mouse can show here: what stands below the path
 * stays where it is while they go from one to the other. */
static int deepest(const struct panel *p)
{
    int nodes[PANEL_CHOICES], n = panel_choices(p->app, nodes), most = 0;
    for (int i = 0; i < n; i++) {
        int depth = taxonomy_depth(app_taxonomy(p->app), nodes[i]);
        most = depth > most ? depth : most;
    }
    return most;
}

/* Each block returns the row after it. */
static int draw_path(const struct rect *r, const struct panel *p)
{
    const struct app_photo *current = app_current(p->app);
    int row = r->row, end = r->row + r->rows, predicted = current->candidates > 0;
    struct answer answer;
    full_answer(p, &answer);
    int width = terminal_text(row, r->col, r->cols, STYLE_TITLE, title(p));
    if (predicted && answer.depth > 0 && width + 14 <= r->cols)
        terminal_printf(row, r->col + r->cols - 13, 13, STYLE_DIM, "expected %.2f",
                        (double)answer.expected);
    row++;
    int bar = predicted ? bar_cells(r, app_taxonomy(p->app), &answer) : 0;
    for (int i = 0; i < answer.depth && row < end; i++)
        draw_level(r, row++, app_taxonomy(p->app), &answer, i, bar);
    for (int i = answer.depth; predicted && i < deepest(p) && row < end; i++)
        row++;
    char why[400];
    if (!predicted)
        row += text_wrap(row, r->col, r->cols, end - row < 4 ? end - row : 4, STYLE_DIM,
                         ui_text(p->ui, why_no_prediction(p->app), why, sizeof why));
    return row;
}

static int draw_state(const struct rect *r, int row, const struct panel *p)
{
    const struct app_photo *current = app_current(p->app);
    const struct review_state *state = &current->photo.state;
    const char *holder = app_holder(p->app, current->photo.id);
    static const struct {
        const char *word;
        enum style style;
    } words[] = {
        [REVIEW_NONE] = {"not reviewed", STYLE_DIM},
        [REVIEW_IMPORTED] = {"label from import", STYLE_DIM},
        [REVIEW_ACCEPTED] = {"accepted", STYLE_GOOD},
        [REVIEW_CORRECTED] = {"corrected", STYLE_GOOD},
        [REVIEW_REJECTED] = {"rejected: fits no class", STYLE_WARN},
        [REVIEW_SKIPPED] = {"skipped", STYLE_WARN},
        [REVIEW_GIVEN] = {"labelled", STYLE_GOOD},
    };
    char shown[TEXT_SHOWN];
    int end = r->row + r->rows;
    int same = state->node >= 0 && state->node == p->node;
    if (row < end) {
        int narrow = state->kind == REVIEW_IMPORTED && r->cols < WORDS_FROM;
        int width = terminal_text(row, r->col, r->cols, words[state->kind].style,
                                  narrow ? "imported" : words[state->kind].word);
        if (holder)
            terminal_printf(row, r->col + width, r->cols - width, STYLE_WARN, "; %s has it now",
                            text_show(holder, shown, sizeof shown));
        else if (state->kind == REVIEW_IMPORTED && current->candidates > 0)
            terminal_text(row, r->col + width, r->cols - width, STYLE_DIM,
                          state->node == current->candidate[0].node ? ", as predicted"
                                                                    : "; predicted: 1");
        if (state->flagged)
            terminal_text(row, r->col + r->cols - 7, 7, STYLE_MARKED, "flagged");
        row++;
    }
    if (same && r->rows >= ROOMY) { /* the row of the label when another path is shown: the rest
                                       stays in its place */
        row++;
    } else if (state->node >= 0 && !same && row < end) {
        int differs = state->kind == REVIEW_IMPORTED && current->candidates > 0;
        text_path(row++, r->col + 2, r->cols - 2, differs ? STYLE_WARN : STYLE_NORMAL,
                  app_taxonomy(p->app), state->node);
    }
    if (current->photo.id != 0 && current->claimed >= 0 && row + 1 < end) {
        terminal_text(row++, r->col, r->cols, STYLE_WARN, "an import says");
        text_path(row++, r->col + 2, r->cols - 2, STYLE_WARN, app_taxonomy(p->app),
                  current->claimed);
    }
    return row;
}

/* ---- from the bottom: training, predicting, the person ---- */

enum { LINES = 8 };
struct lines {
    int count;
    struct line {
        enum style style;
        float bar; /* negative: text */
        char text[420], right[24];
    } line[LINES];
};

static struct line *add(struct lines *l, enum style style)
{
    struct line *line = &l->line[l->count < LINES - 1 ? l->count++ : LINES - 1];
    *line = (struct line){.style = style, .bar = -1};
    return line;
}

static void add_bar(struct lines *l, long done, long total)
{
    add(l, STYLE_BAR)->bar = total > 0 ? (float)done / (float)total : 0;
}

static void say_left(struct line *line, double seconds_left)
{
    char left[20];
    if (seconds_left >= 0)
        snprintf(line->right, sizeof line->right, "%s left",
                 text_duration(seconds_left, left, sizeof left));
}

static void add_training(struct lines *l, const struct train_progress *t)
{
    char rate[24];
    struct line *line = add(l, STYLE_TITLE);
    int used = 0;
    snprintf(line->text, sizeof line->text, "Training %s", depth_name(t->depth));
    say_left(line, t->seconds_left);
    add_bar(l, t->done, t->total);
    line = add(l, STYLE_NORMAL);
    if (t->phase != TRAIN_RUNNING || t->epochs == 0)
        used = snprintf(line->text, sizeof line->text, "%s  ", train_phase_name(t->phase));
    else
        used = snprintf(line->text, sizeof line->text, "epoch %d/%d  ",
                        t->epoch < t->epochs ? t->epoch + 1 : t->epochs, t->epochs);
    if (t->phase == TRAIN_RUNNING && t->loss > 0)
        used +=
            snprintf(line->text + used, sizeof line->text - (size_t)used, "loss %.3f  ", t->loss);
    if (t->rate > 0)
        snprintf(line->text + used, sizeof line->text - (size_t)used, "%s/s",
                 text_rate(t->rate, rate, sizeof rate));
}

static void add_result(struct lines *l, const struct train_progress *t, const struct ui *ui)
{
    char what[100];
    struct line *line;
    char after[SCORE_SHOWN];
    if (t->model > 0 && t->score_before >= 0 && t->score_after >= 0) {
        line = add(l, t->used ? STYLE_GOOD : STYLE_WARN);
        snprintf(line->text, sizeof line->text, "Model %d %s", t->model,
                 ui_text(ui,
                         t->used ? "is in use; {models} goes back"
                         : t->score_after < t->score_before
                             ? "is worse, not used; {models} goes to it"
                             : "is kept, not used; {models} goes to it",
                         what, sizeof what));
        line = add(l, STYLE_NORMAL);
        snprintf(line->text, sizeof line->text, "score %.3f → %s on %d held out%s", t->score_before,
                 score_show(t->score_after, t->held_out, after), t->held_out,
                 t->held_out < TRAINING_SURE ? ", too few to be sure" : "");
        if (t->unreadable > 0)
            snprintf(add(l, STYLE_WARN)->text, sizeof line->text, "%d could not be read: left out",
                     t->unreadable);
    } else if (t->message[0]) {
        line = add(l, t->model > 0 && t->used ? STYLE_GOOD : STYLE_WARN);
        snprintf(line->text, sizeof line->text, "%s", t->message);
    }
}

static void add_predicting(struct lines *l, const struct predict_progress *p)
{
    char done[24], total[24];
    struct line *line = add(l, STYLE_TITLE);
    if (p->total == 0) { /* the network is being read */
        snprintf(line->text, sizeof line->text, "Preparing to predict");
        return;
    }
    snprintf(line->text, sizeof line->text, "Predicting");
    say_left(line, p->seconds_left);
    add_bar(l, p->done, p->total);
    snprintf(add(l, STYLE_NORMAL)->text, sizeof line->text, "%s of %s",
             text_count(p->done, done, sizeof done), text_count(p->total, total, sizeof total));
}

static void add_standing(struct lines *l, const struct app_standing *s, int width)
{
    char today[24], rate[24];
    struct line *line = add(l, STYLE_DIM);
    int used = snprintf(line->text, sizeof line->text, "%s %stoday",
                        text_count(s->today, today, sizeof today), width >= 34 ? "reviewed " : "");
    if (s->per_minute > 0)
        snprintf(line->text + used, sizeof line->text - (size_t)used, ", %s a minute",
                 text_rate(s->per_minute, rate, sizeof rate));
}

static int line_rows(const struct line *line, int width)
{
    return line->bar >= 0 || line->right[0] ? 1 : text_wrap_lines(width, 3, line->text);
}

static int draw_line(const struct rect *r, int row, const struct line *line)
{
    if (line->bar >= 0) {
        text_meter(row, r->col, r->cols, line->bar, line->style);
    } else if (!line->right[0]) {
        text_wrap(row, r->col, r->cols, 3, line->style, line->text);
    } else {
        int right = terminal_width(line->right);
        terminal_text(row, r->col, r->cols - right - 1, line->style, line->text);
        terminal_text(row, r->col + r->cols - right, right, STYLE_DIM, line->right);
    }
    return row + line_rows(line, r->cols);
}

/* As many lines as fit below `top`, the first ones being the most wanted; returns the first row
 * taken. */
static int draw_bottom(const struct rect *r, int top, const struct panel *p)
{
    struct lines l = {0};
    const struct train_progress *training = app_train_progress(p->app);
    if (training->phase != TRAIN_IDLE)
        add_training(&l, training);
    else if (training->model > 0 || !p->said)
        add_result(&l, training, p->ui);
    if (app_predict_progress(p->app)->running)
        add_predicting(&l, app_predict_progress(p->app));
    add_standing(&l, app_standing(p->app), r->cols);
    int start = r->row + r->rows, fit = 0;
    while (fit < l.count && start - line_rows(&l.line[fit], r->cols) >= top)
        start -= line_rows(&l.line[fit++], r->cols);
    for (int i = 0, row = start; i < fit; i++)
        row = draw_line(r, row, &l.line[i]);
    return start;
}

/* ---- between: the candidates ---- */

/* The first candidate has the best expected score. Where its own probability is not the largest,
 * that would look like a mistake: the tag that says so beside its path, in `cells`. NULL: not
 * needed; "": no room beside its name. */
static const char *best_tag(const struct panel *p, int cells)
{
    static const char *const tags[] = {"best score", "best"};
    const struct app_photo *current = app_current(p->app);
    const struct answer *first = &current->candidate[0];
    int larger = 0, name = current->candidates > 0
                               ? terminal_width(taxonomy_name(app_taxonomy(p->app), first->node))
                               : 0;
    for (int i = 1; i < current->candidates; i++) {
        const struct answer *a = &current->candidate[i];
        larger |= a->confidence[a->depth - 1] > first->confidence[first->depth - 1];
    }
    if (!larger)
        return NULL;
    for (int i = 0; i < 2; i++)
        if (LEADING + name + 1 + (int)strlen(tags[i]) <= cells)
            return tags[i];
    return "";
}

static int path_cells(const struct rect *r)
{
    return r->cols - PERCENT - 3;
}

static void draw_choice(const struct rect *r, int row, const struct panel *p, int i, int node)
{
    const struct app_photo *current = app_current(p->app);
    enum style style = node == p->node ? STYLE_SELECTED : STYLE_NORMAL;
    char right[16] = "";
    if (node == current->photo.state.node)
        snprintf(right, sizeof right, "label");
    terminal_fill(row, r->col, 1, r->cols, style);
    if (i < current->candidates && node == current->candidate[i].node) {
        const struct answer *answer = &current->candidate[i];
        text_percent(answer->confidence[answer->depth - 1], right, sizeof right);
    }
    terminal_printf(row, r->col, 1, style == STYLE_SELECTED ? style : STYLE_KEY, "%d", i + 1);
    int path = path_cells(r);
    const char *tag = i == 0 ? best_tag(p, path) : NULL;
    if (tag && tag[0]) {
        int width = (int)strlen(tag);
        terminal_text(row, r->col + 2 + path - width, width,
                      style == STYLE_SELECTED ? style : STYLE_DIM, tag);
        path -= width + 1;
    }
    text_path(row, r->col + 2, path, style, app_taxonomy(p->app), node);
    terminal_printf(row, r->col + r->cols - PERCENT, PERCENT, style, "%*s", PERCENT, right);
}

static void draw_choices(const struct rect *r, int row, int end, struct panel *p)
{
    int nodes[PANEL_CHOICES], n = panel_choices(p->app, nodes), first = 0;
    for (int i = 0; i < n; i++)
        if (nodes[i] == p->node && i >= end - row)
            first = i - (end - row) + 1;
    p->first_row = row;
    p->first = first;
    for (int i = first; i < n && row < end; i++)
        draw_choice(r, row++, p, i, nodes[i]);
    p->rows = row - p->first_row;
    const char *tag = best_tag(p, path_cells(r));
    if (tag && !tag[0] && row + 1 < end)
        terminal_text(row + 1, r->col, r->cols, STYLE_DIM, "1: best expected score");
}

void panel_draw(const struct rect *r, struct panel *p)
{
    p->rows = 0;
    if (app_current(p->app)->photo.id == 0) {
        draw_bottom(r, r->row, p);
        return;
    }
    int nodes[PANEL_CHOICES], choices = panel_choices(p->app, nodes);
    int spare = r->rows >= ROOMY, least = choices < LEAST ? choices : LEAST;
    int row = draw_state(r, draw_path(r, p) + (r->rows >= 22), p);
    int bottom = draw_bottom(r, row + spare + least, p);
    draw_choices(r, row + spare, bottom - spare, p);
}
