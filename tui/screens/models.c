/* The models of the project, newest first; Enter (twice) goes to another one. */
#include "tui/screens/screen.h"

#include <stdio.h>
#include <stdlib.h>

#include "data/status.h"
#include "labels/score.h"
#include "tui/screens/list.h"
#include "tui/screens/text.h"
#include "tui/terminal/keys.h"

struct models_screen {
    struct model_record *models;
    size_t capacity;
    int failed; /* out of memory while listing */
    struct list list;
    int asked; /* the model Enter was pressed on once, 0: none */
};

static int visit(void *arg, const struct model_record *m)
{
    struct models_screen *screen = arg;
    size_t n = (size_t)screen->list.count;
    if (m->removed)
        return 0;
    if (n == screen->capacity) {
        size_t capacity = n ? 2 * n : 16;
        struct model_record *more = realloc(screen->models, capacity * sizeof *more);
        if (!more)
            return screen->failed = 1;
        screen->models = more;
        screen->capacity = capacity;
    }
    screen->models[n] = *m;
    screen->list.count++;
    return 0;
}

static int load(struct screen *s, struct status *st)
{
    struct models_screen *m = s->state;
    m->list.count = 0;
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
        if (m->models[i].number == app_model(ui_app(s->ui)))
            m->list.selected = i;
    return 0;
}

static void close(struct screen *s)
{
    struct models_screen *m = s->state;
    free(m->models);
}

static void score(double value, char *buffer, size_t size)
{
    if (value >= 0)
        snprintf(buffer, size, "%.3f", value);
    else
        snprintf(buffer, size, "-");
}

/* The columns, narrowest window first: number and scores always, then date, depth, labels, note. */
static void draw_model(const struct model_record *m, int row, int cols, enum style style, int used)
{
    char before[16], after[16], date[24], count[24], line[500];
    score(m->score_before, before, sizeof before);
    score(m->score_after, after, sizeof after);
    int n = snprintf(line, sizeof line, "%c %3d  %6s → %-6s %7d", used ? '*' : ' ', m->number,
                     before, after, m->held_out);
    if (cols >= 60)
        n += snprintf(line + n, sizeof line - (size_t)n, "  %-10s %7s", m->depth,
                      text_count(m->reviews, count, sizeof count));
    if (cols >= 76)
        n += snprintf(line + n, sizeof line - (size_t)n, "  %-16s",
                      text_date(m->created, date, sizeof date));
    if (cols >= 84)
        n += snprintf(line + n, sizeof line - (size_t)n, "  %5.2f", m->gmac);
    if (cols >= 120)
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
    if (cols >= 120)
        snprintf(line + n, sizeof line - (size_t)n, "  note");
    terminal_text(row, 1, cols - 2, STYLE_DIM, line);
}

static void draw_details(const struct model_record *m, const struct terminal_info *info)
{
    char text[500], score[100] = "", after[SCORE_SHOWN];
    if (m->score_after >= 0)
        snprintf(score, sizeof score, "score %s on %d photos; ",
                 score_show(m->score_after, m->held_out, after), m->held_out);
    snprintf(text, sizeof text, "Model %d: %s, %.1f million parameters; %s%s", m->number,
             m->architecture, 1e-6 * (double)m->parameters, score, m->note);
    text_wrap(info->rows - 2 - text_wrap_lines(info->cols - 2, 3, text), 1, info->cols - 2, 3,
              STYLE_DIM, text);
}

static void draw(struct screen *s)
{
    static const struct hint hints[] = {
        {"Enter", "use this model", 0}, {"j k", "choose", 0}, {"q", "back", 0}, {"?", "help", 1},
        {NULL, NULL, 0}};
    struct models_screen *m = s->state;
    const struct terminal_info *info = terminal_info();
    terminal_fill(0, 0, 1, info->cols, STYLE_STATUS);
    terminal_text(0, 1, info->cols - 2, STYLE_STATUS, "Models (* in use) and their scores on held-out photos");
    m->list.rows = info->rows - 9;
    list_settle(&m->list);
    if (m->list.count == 0)
        text_wrap(2, 1, info->cols - 2, 4, STYLE_NORMAL,
                  "There is no model yet. Label some photos, then t trains one.");
    else
        draw_titles(2, info->cols);
    for (int i = 0; i < m->list.rows && m->list.top + i < m->list.count; i++) {
        int at = m->list.top + i;
        draw_model(&m->models[at], 3 + i, info->cols,
                   at == m->list.selected ? STYLE_SELECTED : STYLE_NORMAL,
                   m->models[at].number == app_model(ui_app(s->ui)));
    }
    if (m->list.count > 0)
        draw_details(&m->models[m->list.selected], info);
    text_hints(info->rows - 1, hints);
}

static void use(struct screen *s)
{
    struct models_screen *m = s->state;
    struct status st = {0};
    if (m->list.count == 0)
        return;
    int number = m->models[m->list.selected].number;
    if (number == app_model(ui_app(s->ui))) {
        ui_say(s->ui, STYLE_NORMAL, "model %d is in use already", number);
    } else if (m->asked != number) {
        ui_say(s->ui, STYLE_WARN, "use model %d and predict with it? Enter once more", number);
        m->asked = number;
        return;
    } else if (app_use_model(ui_app(s->ui), number, &st)) {
        ui_say(s->ui, STYLE_BAD, "%s", st.text);
    } else {
        ui_say(s->ui, STYLE_GOOD, "model %d is in use%s", number,
               app_predict_progress(ui_app(s->ui))->running ? "; its predictions come in the background" : "");
    }
    m->asked = 0;
}

static void key(struct screen *s, int k)
{
    struct models_screen *m = s->state;
    ui_dirty(s->ui);
    if (k == TERMINAL_ENTER) {
        use(s);
        return;
    }
    m->asked = 0;
    if (list_key(&m->list, k, 1))
        return;
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
