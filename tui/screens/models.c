/* The models of the project, newest first. Enter (twice) goes to another one, d (twice) removes
 * one, c compares the one chosen with the one marked by Space, or else with the one in use. */
#include "tui/screens/screen.h"

#include <stdio.h>
#include <stdlib.h>

#include "data/status.h"
#include "labels/score.h"
#include "tui/screens/compare.h"
#include "tui/screens/list.h"
#include "tui/screens/text.h"
#include "tui/terminal/keys.h"

struct model_row {
    struct model_record record;
    int64_t bytes; /* on disk */
};

struct models_screen {
    struct app *app;
    struct model_row *models;
    size_t capacity;
    int failed; /* out of memory while listing */
    struct list list;
    int asked, asked_key; /* the model Enter or d was pressed on once, 0: none */
    int marked;           /* by Space, 0: none */
};

static int visit(void *arg, const struct model_record *m)
{
    struct models_screen *screen = arg;
    size_t n = (size_t)screen->list.count;
    if (m->removed)
        return 0;
    if (n == screen->capacity) {
        size_t capacity = n ? 2 * n : 16;
        struct model_row *more = realloc(screen->models, capacity * sizeof *more);
        if (!more)
            return screen->failed = 1;
        screen->models = more;
        screen->capacity = capacity;
    }
    screen->models[n] = (struct model_row){*m, app_model_bytes(screen->app, m->number)};
    screen->list.count++;
    return 0;
}

static int load(struct screen *s, struct status *st)
{
    struct models_screen *m = s->state;
    m->list.count = 0;
    m->app = ui_app(s->ui);
    if (store_each_model(app_store(ui_app(s->ui)), visit, m, st))
        return -1;
    return m->failed ? status_out_of_memory(st) : 0;
}

static int open(struct screen *s, const void *argument, struct status *st)
{
    struct models_screen *m = s->state;
    (void)argument;
    if (load(s, st)) {
        free(m->models);
        return -1;
    }
    for (int i = 0; i < m->list.count; i++)
        if (m->models[i].record.number == app_model(ui_app(s->ui)))
            m->list.selected = i;
    return 0;
}

static void close(struct screen *s)
{
    struct models_screen *m = s->state;
    free(m->models);
}

/* "0.866 → 0.933"; where nothing was measured before, the first one; a model that was never
 * measured says so. */
static void scores(const struct model_record *m, char *buffer, size_t size)
{
    char before[16];
    snprintf(before, sizeof before, m->score_before >= 0 ? "%.3f" : "first", m->score_before);
    if (m->score_after >= 0)
        snprintf(buffer, size, "%6s → %.3f ", before, m->score_after);
    else
        snprintf(buffer, size, "%-15s", "  not measured");
}

/* "5.2 MB" */
static char *bytes_text(int64_t bytes, char *buffer, size_t size)
{
    snprintf(buffer, size, bytes < 10000000 ? "%.1f MB" : "%.0f MB", 1e-6 * (double)bytes);
    return buffer;
}

/* The columns, narrowest window first: number and scores always, then date, depth, labels, cost,
 * size, note. */
static void draw_model(const struct model_row *row_of, int row, int cols, enum style style,
                       int used, int marked)
{
    const struct model_record *m = &row_of->record;
    char score[40], date[24], count[24], size[24], line[600], held[24] = "";
    scores(m, score, sizeof score);
    if (m->held_out > 0)
        text_count(m->held_out, held, sizeof held);
    int n = snprintf(line, sizeof line, "%c%c%3d  %s %7s", used ? '*' : ' ', marked ? '>' : ' ',
                     m->number, score, held);
    if (cols >= 60)
        n += snprintf(line + n, sizeof line - (size_t)n, "  %-10s %7s", m->depth,
                      text_count(m->reviews, count, sizeof count));
    if (cols >= 76)
        n += snprintf(line + n, sizeof line - (size_t)n, "  %-16s",
                      text_date(m->created, date, sizeof date));
    if (cols >= 84)
        n += snprintf(line + n, sizeof line - (size_t)n, "  %5.2f", m->gmac);
    if (cols >= 98)
        n += snprintf(line + n, sizeof line - (size_t)n, "  %5.1f M", 1e-6 * (double)m->parameters);
    if (cols >= 110)
        n += snprintf(line + n, sizeof line - (size_t)n, "  %8s",
                      bytes_text(row_of->bytes, size, sizeof size));
    if (cols >= 132)
        snprintf(line + n, sizeof line - (size_t)n, "  %s", m->note);
    terminal_text(row, 1, cols - 2, style, line);
}

static void draw_titles(int row, int cols)
{
    char line[200];
    int n = snprintf(line, sizeof line, "  %3s  before → after  %7s", "no.", "photos");
    if (cols >= 60)
        n += snprintf(line + n, sizeof line - (size_t)n, "  %-10s %7s", "trained", "labels");
    if (cols >= 76)
        n += snprintf(line + n, sizeof line - (size_t)n, "  %-16s", "made");
    if (cols >= 84)
        n += snprintf(line + n, sizeof line - (size_t)n, "  %5s", "GMac");
    if (cols >= 98)
        n += snprintf(line + n, sizeof line - (size_t)n, "  %7s", "params");
    if (cols >= 110)
        n += snprintf(line + n, sizeof line - (size_t)n, "  %8s", "on disk");
    if (cols >= 132)
        snprintf(line + n, sizeof line - (size_t)n, "  note");
    terminal_text(row, 1, cols - 2, STYLE_DIM, line);
}

enum { DETAILS = 4 /* rows */ };

static void draw_details(const struct model_row *row, const struct terminal_info *info)
{
    const struct model_record *m = &row->record;
    char text[700], score[160] = "", after[SCORE_SHOWN], size[24];
    if (m->score_after >= 0)
        snprintf(score, sizeof score, "score %s on %d photos, by the labels of that time; ",
                 score_show(m->score_after, m->held_out, after), m->held_out);
    snprintf(text, sizeof text, "Model %d: %s, %.1f million parameters, %.2f GMac, %s; %s%s",
             m->number, m->architecture, 1e-6 * (double)m->parameters, m->gmac,
             bytes_text(row->bytes, size, sizeof size), score, m->note);
    text_wrap(info->rows - 2 - text_wrap_lines(info->cols - 2, DETAILS, text), 1, info->cols - 2,
              DETAILS, STYLE_DIM, text);
}

static void draw(struct screen *s)
{
    static const struct hint hints[] = {
        {"Enter", "use", 0},   {"c", "compare", 0},  {"Space", "mark", 1}, {"d", "remove", 1},
        {"{back}", "back", 0}, {"j k", "choose", 2}, {"?", "help", 2},     {NULL, NULL, 0}};
    static const struct hint in_use[] = {/* neither to be used nor to be removed */
                                         {"c", "compare", 0},   {"Space", "mark", 1},
                                         {"{back}", "back", 0}, {"j k", "choose", 2},
                                         {"?", "help", 2},      {NULL, NULL, 0}};
    static const struct hint none[] = {{"{back}", "back", 0}, {"?", "help", 2}, {NULL, NULL, 0}};
    struct models_screen *m = s->state;
    const struct terminal_info *info = terminal_info();
    terminal_fill(0, 0, 1, info->cols, STYLE_STATUS);
    terminal_text(0, 1, info->cols - 2, STYLE_STATUS,
                  "Models (* in use) and their scores on held-out photos");
    m->list.rows = info->rows - 9;
    list_settle(&m->list);
    if (m->list.count == 0)
        text_wrap(2, 1, info->cols - 2, 4, STYLE_NORMAL,
                  "There is no model yet. Label some photos, then t trains one.");
    else
        draw_titles(2, info->cols);
    for (int i = 0; i < m->list.rows && m->list.top + i < m->list.count; i++) {
        int at = m->list.top + i, number = m->models[at].record.number;
        draw_model(&m->models[at], 3 + i, info->cols,
                   at == m->list.selected ? STYLE_SELECTED : STYLE_NORMAL,
                   number == app_model(m->app), number == m->marked);
    }
    if (m->list.count > 0)
        draw_details(&m->models[m->list.selected], info);
    ui_hints(s->ui, info->rows - 1,
             m->list.count == 0                                               ? none
             : m->models[m->list.selected].record.number == app_model(m->app) ? in_use
                                                                              : hints);
}

/* 1 when this key was pressed on this model just before; else that is asked for. */
static int sure(struct models_screen *m, int number, int k)
{
    int again = m->asked == number && m->asked_key == k;
    m->asked = again ? 0 : number;
    m->asked_key = k;
    return again;
}

static void use(struct screen *s, const struct model_row *row)
{
    struct models_screen *m = s->state;
    struct status st = {0};
    int number = row->record.number;
    if (number == app_model(m->app))
        ui_say(s->ui, STYLE_NORMAL, "model %d is in use already", number);
    else if (!sure(m, number, TERMINAL_ENTER))
        ui_say(s->ui, STYLE_WARN, "use model %d and predict with it? Enter once more", number);
    else if (app_use_model(m->app, number, &st))
        ui_say(s->ui, STYLE_BAD, "%s", st.text);
    else
        ui_say(s->ui, STYLE_GOOD, "model %d is in use%s", number,
               app_predict_progress(m->app)->running ? "; its predictions come in the background"
                                                     : "");
}

static void remove_model(struct screen *s, const struct model_row *row)
{
    struct models_screen *m = s->state;
    struct status st = {0};
    int number = row->record.number;
    char size[24];
    if (number == app_model(m->app)) {
        ui_say(s->ui, STYLE_WARN, "model %d is in use: go to another one first", number);
    } else if (!sure(m, number, 'd')) {
        ui_say(s->ui, STYLE_WARN, "d once more: its weights (%s) are lost; labels and reviews stay",
               bytes_text(row->bytes, size, sizeof size));
    } else if (app_remove_model(m->app, number, &st) || load(s, &st)) {
        ui_say(s->ui, STYLE_BAD, "%s", st.text);
    } else {
        ui_say(s->ui, STYLE_GOOD, "model %d is removed", number);
        if (m->marked == number)
            m->marked = 0;
        list_settle(&m->list);
    }
}

static int is_listed(const struct models_screen *m, int number)
{
    for (int i = 0; i < m->list.count; i++)
        if (m->models[i].record.number == number)
            return 1;
    return 0;
}

/* From the one marked, else from the one in use, to the one chosen; that one itself: from what it
 * was trained from. */
static void compare(struct screen *s, const struct model_row *row)
{
    struct models_screen *m = s->state;
    struct compare_request request = {m->marked ? m->marked : app_model(m->app),
                                      row->record.number};
    if (request.before == request.after)
        request.before = row->record.parent;
    if (request.before > 0 && is_listed(m, request.before))
        ui_push(s->ui, &screen_compare, &request);
    else
        ui_say(s->ui, STYLE_NORMAL, "with which one? Space marks it; then c on the other");
}

static void key(struct screen *s, int k)
{
    struct models_screen *m = s->state;
    const struct model_row *row = m->list.count > 0 ? &m->models[m->list.selected] : NULL;
    ui_dirty(s->ui);
    if (k != m->asked_key)
        m->asked = 0;
    if (row && k == TERMINAL_ENTER)
        use(s, row);
    else if (row && k == 'd')
        remove_model(s, row);
    else if (row && k == 'c')
        compare(s, row);
    else if (row && k == ' ')
        m->marked = m->marked == row->record.number ? 0 : row->record.number;
    else if (!list_key(&m->list, k, 1))
        ui_common_key(s->ui, ui_command(s->ui, k), KEY_MODELS);
}

static void changed(struct screen *s, unsigned what)
{
    struct status st = {0};
    if ((what & APP_MODEL) && load(s, &st))
        ui_say(s->ui, STYLE_BAD, "%s", st.text);
}

const struct screen_ops screen_models = {
    .name = "models",
    .state_size = sizeof(struct models_screen),
    .open = open,
    .draw = draw,
    .key = key,
    .changed = changed,
    .close = close,
};
