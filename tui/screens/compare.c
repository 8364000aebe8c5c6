/* Two models compared: scores on held-out photos, and on which photos the path differs. Enter on
 * any row makes the photos behind it the queue.
 *
 * What the store has is shown at once; what the models lack of the held-out photos comes in the
 * background, and p has them look at all others. */
#include "tui/screens/compare.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/status.h"
#include "tui/screens/list.h"
#include "tui/screens/screen.h"
#include "tui/screens/text.h"

enum { COUNT = 7, GAIN = 13, SCORES = 16 }; /* cells */

struct compare_row {
    enum {
        ROW_BLANK,
        ROW_SCORES,
        ROW_WAYS,
        ROW_PART,
        ROW_DIFFERS,
        ROW_BETTER,
        ROW_WORSE,
        ROW_WAY
    } kind;
    size_t at; /* the part, or the group */
};

struct compare_screen {
    struct compare_request request;
    struct comparison c;
    struct compare_row *rows;
    struct list list;
};

static int is_heading(const struct compare_row *row)
{
    return row->kind == ROW_BLANK || row->kind == ROW_SCORES || row->kind == ROW_WAYS;
}

static void add_row(struct compare_screen *m, int kind, size_t at)
{
    m->rows[m->list.count++] = (struct compare_row){kind, at};
}

static int make_rows(struct compare_screen *m, struct status *st)
{
    const struct comparison *c = &m->c;
    free(m->rows);
    m->list.count = 0;
    m->rows = malloc((c->part_count + c->group_count + 8) * sizeof *m->rows);
    if (!m->rows)
        return status_out_of_memory(st);
    add_row(m, ROW_SCORES, 0);
    for (size_t i = 0; c->held_both > 0 && i < c->part_count; i++)
        add_row(m, ROW_PART, i);
    add_row(m, ROW_BLANK, 0);
    add_row(m, ROW_WAYS, 0);
    if (c->photo_count > 0)
        add_row(m, ROW_DIFFERS, 0);
    if (c->better > 0)
        add_row(m, ROW_BETTER, 0);
    if (c->worse > 0)
        add_row(m, ROW_WORSE, 0);
    for (size_t i = 0; i < c->group_count; i++)
        add_row(m, ROW_WAY, i);
    return 0;
}

static int load(struct screen *s, struct status *st)
{
    struct compare_screen *m = s->state;
    comparison_clear(&m->c);
    if (app_compare(ui_app(s->ui), m->request.before, m->request.after, &m->c, st) != 0 ||
        make_rows(m, st) != 0)
        return -1;
    return 0;
}

static void close(struct screen *s)
{
    struct compare_screen *m = s->state;
    comparison_clear(&m->c);
    free(m->rows);
}

static int open(struct screen *s, const void *argument, struct status *st)
{
    struct compare_screen *m = s->state;
    struct status busy = {0};
    m->request = *(const struct compare_request *)argument;
    if (load(s, st) != 0) {
        close(s);
        return -1;
    }
    m->list.selected = 1;
    if (!app_fill_progress(ui_app(s->ui))->running &&
        app_fill_start(ui_app(s->ui), m->request.before, m->request.after, 0, &busy) != 0)
        ui_say(s->ui, STYLE_WARN, "%s", busy.text);
    return 0;
}

/* ---- drawing ---- */

static void draw_gain(int row, int col, enum style style, long better, long worse)
{
    char text[40] = "";
    int n = 0;
    if (better > 0)
        n = snprintf(text, sizeof text, "+%ld", better);
    if (worse > 0)
        snprintf(text + n, sizeof text - (size_t)n, "%s-%ld", n ? " " : "", worse);
    if (style != STYLE_SELECTED)
        style = better > worse ? STYLE_GOOD : better < worse ? STYLE_BAD : STYLE_NORMAL;
    terminal_printf(row, col, GAIN, style, "%*s", GAIN - 1, text);
}

static void draw_part(const struct taxonomy *t, const struct comparison_part *part, int row,
                      int cols, enum style style)
{
    double before = score_mean(&part->before), after = score_mean(&part->after);
    char count[24];
    int width = cols - 2 - COUNT - SCORES - GAIN;
    terminal_printf(row, 1, COUNT, style, "%*s ", COUNT - 1,
                    text_count(part->before.photos, count, sizeof count));
    if (part->node == TAXONOMY_ROOT)
        terminal_text(row, 1 + COUNT, width, style, "all held-out photos");
    else
        text_path(row, 1 + COUNT, width, style, t, part->node);
    terminal_printf(row, 1 + COUNT + width, SCORES, style, "%*.3f → %.3f", SCORES - 8, before,
                    after);
    if (style != STYLE_SELECTED)
        style = after > before + 5e-4   ? STYLE_GOOD
                : after < before - 5e-4 ? STYLE_BAD
                                        : STYLE_NORMAL;
    terminal_printf(row, 1 + COUNT + width + SCORES, GAIN, style, "%*s%+.3f", GAIN - 7, "",
                    after - before);
}

static void draw_way(const struct taxonomy *t, const struct comparison_group *g, int row, int cols,
                     enum style style)
{
    char count[24];
    int width = (cols - 2 - COUNT - 3 - GAIN) / 2, rest = cols - 2 - COUNT - 3 - GAIN - width;
    terminal_printf(row, 1, COUNT, style, "%*s ", COUNT - 1,
                    text_count((int64_t)g->count, count, sizeof count));
    text_path(row, 1 + COUNT, width, style, t, g->from);
    terminal_text(row, 1 + COUNT + width, 3, style, " → ");
    text_path(row, 4 + COUNT + width, rest, style, t, g->to);
    draw_gain(row, 4 + COUNT + width + rest, style, g->better, g->worse);
}

static void draw_sum(int row, int cols, enum style style, int64_t n, const char *text, long better,
                     long worse)
{
    char count[24];
    terminal_printf(row, 1, cols - 2 - GAIN, style, "%*s %s", COUNT - 1,
                    text_count(n, count, sizeof count), text);
    draw_gain(row, cols - 1 - GAIN, style, better, worse);
}

static void draw_heading(const struct compare_screen *m, int kind, int row, int cols)
{
    static const char gain_title[] = "+ nearer, - farther"; /* than before, to the label */
    const struct comparison *c = &m->c;
    if (kind == ROW_SCORES && c->held_both == 0)
        terminal_text(row, 1, cols - 2, STYLE_DIM,
                      c->held ? "No held-out photo is predicted by both yet"
                              : "There are no held-out photos to score on");
    else if (kind == ROW_SCORES)
        terminal_text(row, 1, cols - 2, STYLE_TITLE, "Scores on held-out photos, by their label");
    else if (kind == ROW_WAYS && c->photo_count == 0)
        terminal_text(row, 1, cols - 2, STYLE_DIM,
                      c->both ? "No photo is predicted otherwise"
                              : "No photo is predicted by both yet");
    else if (kind == ROW_WAYS) {
        int width = (int)strlen(gain_title);
        terminal_text(row, 1, cols - 2, STYLE_TITLE, "What is predicted otherwise");
        if (c->better + c->worse > 0)
            terminal_text(row, cols - 2 - width, width, STYLE_DIM, gain_title);
    }
}

static void draw_row(const struct compare_screen *m, const struct taxonomy *t, int at, int row,
                     int cols)
{
    const struct compare_row *r = &m->rows[at];
    const struct comparison *c = &m->c;
    enum style style = at == m->list.selected ? STYLE_SELECTED : STYLE_NORMAL;
    if (is_heading(r))
        draw_heading(m, r->kind, row, cols);
    else if (r->kind == ROW_PART)
        draw_part(t, &c->parts[r->at], row, cols, style);
    else if (r->kind == ROW_DIFFERS)
        draw_sum(row, cols, style, (int64_t)c->photo_count, "all of them", c->better, c->worse);
    else if (r->kind == ROW_BETTER)
        draw_sum(row, cols, style, c->better, "nearer to their label", c->better, 0);
    else if (r->kind == ROW_WORSE)
        draw_sum(row, cols, style, c->worse, "farther from their label", 0, c->worse);
    else
        draw_way(t, &c->groups[r->at], row, cols, style);
}

/* How many both know, and what is under way. */
static void draw_state(struct screen *s, int row, int cols)
{
    const struct compare_screen *m = s->state;
    const struct fill_progress *f = app_fill_progress(ui_app(s->ui));
    const struct comparison *c = &m->c;
    char both[24], all[24], text[500];
    int n =
        snprintf(text, sizeof text, "Over %s of %s photos: those that both models have predicted.",
                 text_count((int64_t)c->both, both, sizeof both),
                 text_count((int64_t)c->all, all, sizeof all));
    if (f->running && f->model)
        snprintf(text + n, sizeof text - (size_t)n,
                 " Model %d looks at %ld of %ld more; Ctrl-C stops it.", f->model,
                 f->predicted.done, f->predicted.total);
    else if (f->running)
        snprintf(text + n, sizeof text - (size_t)n, " More are looked for; Ctrl-C stops that.");
    else if (f->problem[0])
        snprintf(text + n, sizeof text - (size_t)n, " %s", f->problem);
    else if (c->both < c->all)
        snprintf(text + n, sizeof text - (size_t)n, " p looks at the others.");
    text_wrap(row, 1, cols - 2, 2, f->problem[0] ? STYLE_WARN : STYLE_DIM, text);
}

/* Of the selected way: which path is right where that is known. */
static void draw_details(const struct compare_screen *m, const struct taxonomy *t, int row,
                         int cols)
{
    const struct compare_row *r = &m->rows[m->list.selected];
    char text[700];
    if (r->kind != ROW_WAY)
        return;
    const struct comparison_group *g = &m->c.groups[r->at];
    if (g->labelled == 0)
        snprintf(text, sizeof text, "None of the %zu has a label: Enter, and decide.", g->count);
    else
        snprintf(text, sizeof text,
                 "%ld of %zu have a label: %s is nearer to it for %ld, %s for %ld.", g->labelled,
                 g->count, taxonomy_name(t, g->from), g->worse, taxonomy_name(t, g->to), g->better);
    text_wrap(row, 1, cols - 2, 2, STYLE_DIM, text);
}

static void draw(struct screen *s)
{
    static const struct hint hints[] = {{"Enter", "review these photos", 0},
                                        {"p", "look at all photos", 1},
                                        {"{back}", "back", 0},
                                        {"j k", "choose", 2},
                                        {"?", "help", 2},
                                        {NULL, NULL, 0}};
    struct compare_screen *m = s->state;
    const struct terminal_info *info = terminal_info();
    const struct taxonomy *t = app_taxonomy(ui_app(s->ui));
    terminal_fill(0, 0, 1, info->cols, STYLE_STATUS);
    terminal_printf(0, 1, info->cols - 2, STYLE_STATUS, "From model %d to model %d: what changes",
                    m->request.before, m->request.after);
    draw_state(s, 2, info->cols);
    m->list.rows = info->rows - 9;
    list_settle(&m->list);
    if (m->list.selected == 1)
        m->list.top = 0;
    for (int i = 0; i < m->list.rows && m->list.top + i < m->list.count; i++)
        draw_row(m, t, m->list.top + i, 5 + i, info->cols);
    draw_details(m, t, info->rows - 3, info->cols);
    ui_hints(s->ui, info->rows - 1, hints);
}

/* ---- keys ---- */

/* Is the photo among those a row stands for? */
static int is_of(const struct taxonomy *t, const struct comparison *c, const struct compare_row *r,
                 size_t at)
{
    const struct comparison_photo *p = &c->photos[at];
    switch (r->kind) {
    case ROW_PART: return p->label >= 0 && taxonomy_is_above(t, c->parts[r->at].node, p->label);
    case ROW_DIFFERS: return 1;
    case ROW_BETTER: return p->gain > 0;
    case ROW_WORSE: return p->gain < 0;
    case ROW_WAY:
        return at >= c->groups[r->at].first && at - c->groups[r->at].first < c->groups[r->at].count;
    default: return 0;
    }
}

static const char *title_of(const struct compare_screen *m, const struct taxonomy *t,
                            const struct compare_row *r, char *title, size_t size)
{
    char from[200], to[200];
    const char *what = r->kind == ROW_BETTER  ? ", nearer to the label"
                       : r->kind == ROW_WORSE ? ", farther from the label"
                                              : "";
    if (r->kind == ROW_WAY)
        snprintf(title, size, "models %d, %d: %s, %s", m->request.before, m->request.after,
                 text_path_name(t, m->c.groups[r->at].from, 0, from, sizeof from),
                 text_path_name(t, m->c.groups[r->at].to, 0, to, sizeof to));
    else if (r->kind == ROW_PART && m->c.parts[r->at].node != TAXONOMY_ROOT)
        snprintf(title, size, "models %d, %d differ: %s", m->request.before, m->request.after,
                 taxonomy_name(t, m->c.parts[r->at].node));
    else
        snprintf(title, size, "models %d, %d differ%s", m->request.before, m->request.after, what);
    return title;
}

static void review_these(struct screen *s)
{
    struct compare_screen *m = s->state;
    const struct taxonomy *t = app_taxonomy(ui_app(s->ui));
    const struct compare_row *r = &m->rows[m->list.selected];
    struct status st = {0};
    char title[300];
    size_t n = 0;
    int64_t *photos = malloc((m->c.photo_count + 1) * sizeof *photos);
    for (size_t i = 0; photos && i < m->c.photo_count; i++)
        if (is_of(t, &m->c, r, i))
            photos[n++] = m->c.photos[i].photo;
    if (!photos)
        ui_say(s->ui, STYLE_BAD, "out of memory");
    else if (n == 0)
        ui_say(s->ui, STYLE_NORMAL, "both models predict the same for all of these");
    else if (app_queue_these(ui_app(s->ui), photos, n, title_of(m, t, r, title, sizeof title),
                             &st) != 0)
        ui_say(s->ui, STYLE_BAD, "%s", st.text);
    else {
        ui_pop(s->ui); /* this, and the models below: back to the review */
        ui_pop(s->ui);
    }
    free(photos);
}

static void look_at_all(struct screen *s)
{
    struct compare_screen *m = s->state;
    struct status st = {0};
    if (app_fill_start(ui_app(s->ui), m->request.before, m->request.after, 1, &st) != 0)
        ui_say(s->ui, STYLE_WARN, "%s", st.text);
}

/* Headings are stepped over. */
static void leave_heading(struct compare_screen *m, int downwards)
{
    int step = downwards ? 1 : -1;
    while (m->list.selected > 0 && m->list.selected < m->list.count &&
           is_heading(&m->rows[m->list.selected]))
        m->list.selected += step;
    if (m->list.selected <= 0)
        for (m->list.selected = 1;
             m->list.selected < m->list.count - 1 && is_heading(&m->rows[m->list.selected]);)
            m->list.selected++;
    list_settle(&m->list);
}

static void key(struct screen *s, int k)
{
    struct compare_screen *m = s->state;
    int before = m->list.selected;
    enum key_command command = ui_command(s->ui, k);
    ui_dirty(s->ui);
    if (k == TERMINAL_ENTER)
        review_these(s);
    else if (k == 'p')
        look_at_all(s);
    else if (list_key(&m->list, k, 1))
        leave_heading(m, m->list.selected >= before);
    else if (command == KEY_CANCEL && app_fill_progress(ui_app(s->ui))->running)
        app_fill_cancel(ui_app(s->ui));
    else
        ui_common_key(s->ui, command, KEY_NOTHING);
}

/* The same row stays selected where it is still there. */
static void changed(struct screen *s, unsigned what)
{
    struct compare_screen *m = s->state;
    struct status st = {0};
    if (!(what & APP_FILLING) || app_fill_progress(ui_app(s->ui))->running)
        return;
    if (load(s, &st) != 0) {
        ui_say(s->ui, STYLE_BAD, "%s", st.text);
        ui_pop(s->ui);
    }
    list_settle(&m->list);
    leave_heading(m, 1);
}

const struct screen_ops screen_compare = {
    .name = "compare",
    .state_size = sizeof(struct compare_screen),
    .open = open,
    .draw = draw,
    .key = key,
    .changed = changed,
    .close = close,
};
