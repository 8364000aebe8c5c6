/* The filter of the queue, typed in the panel's place. Below the line stands what its last word may
 * become: terms, label paths, people, and the filters used before; Tab takes the selected one. How
 * many photos pass is counted in the background. */
#include "tui/screens/filter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/status.h"
#include "labels/search.h"
#include "tui/screens/layout.h"
#include "tui/screens/line.h"
#include "tui/screens/list.h"
#include "tui/screens/screen.h"
#include "tui/screens/text.h"
#include "tui/terminal/keys.h"

enum { ROWS = 64, PAST_SHOWN = 5 };

/* What a row puts into the line: the whole of it, or its last word, with or without a blank after
 * it. */
enum row_kind { ROW_PAST, ROW_TERM, ROW_VALUE };

struct filter_screen {
    struct line line;
    struct list list;
    int chosen; /* by the arrows: Enter takes the row */
    struct row {
        enum row_kind kind;
        int node;          /* of a label path, else -1 */
        const char *value; /* TERM: what stands after the word */
        const char *help;
        char text[LINE_TEXT];
    } rows[ROWS];
    int past_count;
    char (*past)[FILTER_TEXT]; /* [APP_FILTERS] */
    struct filter filter;      /* of the line, when it is one */
    int good;
    struct status wrong;
};

/* ---- what may be typed ---- */

static struct row *add_row(struct filter_screen *f, enum row_kind kind, const char *help)
{
    struct row *row = &f->rows[f->list.count];
    if (f->list.count == ROWS)
        return NULL;
    *row = (struct row){.kind = kind, .node = -1, .help = help, .value = ""};
    f->list.count++;
    return row;
}

static void add_past(struct filter_screen *f)
{
    for (int i = 0; i < f->past_count && i < PAST_SHOWN; i++) {
        struct row *row =
            strlen(f->past[i]) < LINE_TEXT ? add_row(f, ROW_PAST, "used before") : NULL;
        if (row)
            strcpy(row->text, f->past[i]);
    }
}

static void add_terms(struct filter_screen *f, const char *word)
{
    size_t size = strlen(word);
    for (const struct filter_word *w = filter_words; w->word; w++) {
        struct row *row = strncmp(w->word, word, size) == 0 ? add_row(f, ROW_TERM, w->help) : NULL;
        if (row) {
            snprintf(row->text, sizeof row->text, "%s", w->word);
            row->value = w->value;
        }
    }
}

static void add_value(struct filter_screen *f, const char *value, const char *typed,
                      const char *help)
{
    struct row *row =
        strncmp(value, typed, strlen(typed)) == 0 ? add_row(f, ROW_VALUE, help) : NULL;
    if (row)
        filter_quote(value, row->text, sizeof row->text);
}

static void add_paths(struct screen *s, const char *typed)
{
    struct filter_screen *f = s->state;
    const struct taxonomy *t = app_taxonomy(ui_app(s->ui));
    int nodes[ROWS];
    char words[LINE_TEXT];
    snprintf(words, sizeof words, "%s", typed);
    for (char *c = words; *c; c++)
        if (*c == '\'')
            *c = ' ';
    const struct search *search = app_search(ui_app(s->ui));
    int n = search ? search_find(search, words, NULL, nodes, ROWS) : 0;
    for (int i = 0; i < n; i++) {
        char path[LINE_TEXT];
        struct row *row = add_row(f, ROW_VALUE, "");
        if (!row)
            return;
        taxonomy_format(t, nodes[i], " > ", path, sizeof path / 2);
        filter_quote(path, row->text, sizeof row->text);
        row->node = nodes[i];
    }
}

struct people {
    struct filter_screen *screen;
    const char *typed;
};

static int add_person(void *arg, const char *name)
{
    struct people *p = arg;
    if (strlen(name) < FILTER_VALUE)
        add_value(p->screen, name, p->typed, "");
    return 0;
}

static void add_values(struct screen *s, const char *name, size_t size, const char *typed)
{
    static const char *const paths[] = {"below", "predicted", "label"};
    struct filter_screen *f = s->state;
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        if (strlen(paths[i]) == size && strncmp(paths[i], name, size) == 0)
            add_paths(s, typed);
    if (size == 3 && strncmp(name, "who", 3) == 0) {
        struct people people = {f, typed};
        add_value(f, "me", typed, "you");
        store_each_person(app_store(ui_app(s->ui)), add_person, &people, NULL);
    } else if (size == 5 && strncmp(name, "split", 5) == 0) {
        add_value(f, "train", typed, "");
        add_value(f, "val", typed, "");
        add_value(f, "none", typed, "in no split");
    } else if ((size == 5 && strncmp(name, "since", 5) == 0) ||
               (size == 6 && strncmp(name, "before", 6) == 0)) {
        add_value(f, "today", typed, "");
    }
}

/* The rows that go with the line, and the count of the photos that pass. */
static void follow(struct screen *s)
{
    struct filter_screen *f = s->state;
    const char *word = f->line.text + filter_last_word(f->line.text);
    word += *word == '!';
    size_t size = strcspn(word, "=<>");
    f->list.count = f->list.top = f->list.selected = f->chosen = 0;
    if (!*word) {
        add_past(f);
        f->list.selected = f->line.text[0] ? f->list.count : 0;
    }
    if (word[size])
        add_values(s, word, size, word + size + 1);
    else
        add_terms(f, word);
    list_settle(&f->list);
    struct filter before = f->filter;
    int was_good = f->good;
    f->filter = (struct filter){0};
    f->wrong = (struct status){0};
    f->good = filter_read(&f->filter, f->line.text, app_taxonomy(ui_app(s->ui)), &f->wrong) == 0;
    if (f->good && (!was_good || memcmp(&before, &f->filter, sizeof before) != 0))
        app_count_filter(ui_app(s->ui), &f->filter);
}

/* ---- drawing ---- */

static void draw_count(struct screen *s, const struct rect *r, int row)
{
    struct filter_screen *f = s->state;
    char count[24];
    int64_t photos = app_filter_count(ui_app(s->ui));
    if (!f->good && f->list.count > 0) /* it is being typed, perhaps */
        terminal_text(row, r->col, r->cols, STYLE_DIM, "Tab takes the selected row");
    else if (!f->good) /* where the rows would stand */
        text_wrap(row, r->col, r->cols, r->rows - 2, STYLE_DIM, f->wrong.text);
    else if (photos < 0)
        terminal_text(row, r->col, r->cols, STYLE_DIM, "counting");
    else
        terminal_printf(row, r->col, r->cols, photos > 0 ? STYLE_GOOD : STYLE_WARN, "%s %s%s",
                        text_count(photos, count, sizeof count), photos == 1 ? "photo" : "photos",
                        f->filter.count == 0 ? ", all open" : "");
}

static void draw_row(struct screen *s, const struct rect *r, int row, int i)
{
    enum { WORD = 16 };
    struct filter_screen *f = s->state;
    const struct row *it = &f->rows[i];
    enum style style = i == f->list.selected ? STYLE_SELECTED : STYLE_NORMAL;
    char cut[LINE_TEXT + 8];
    terminal_fill(row, r->col, 1, r->cols, style);
    if (it->node >= 0) {
        text_path(row, r->col, r->cols, style, app_taxonomy(ui_app(s->ui)), it->node);
        return;
    }
    if (it->kind == ROW_PAST) {
        terminal_text(row, r->col, r->cols, style, text_cut(it->text, r->cols, cut, sizeof cut));
        return;
    }
    terminal_printf(row, r->col, r->cols, style, "%s%s", it->text, it->value);
    if (r->cols - WORD - 1 > 14)
        terminal_text(row, r->col + WORD + 1, r->cols - WORD - 1,
                      style == STYLE_SELECTED ? STYLE_SELECTED : STYLE_DIM,
                      terminal_width(it->text) + terminal_width(it->value) > WORD
                          ? ""
                          : text_cut(it->help, r->cols - WORD - 1, cut, sizeof cut));
}

static void draw(struct screen *s)
{
    static const struct hint hints[] = {{"Enter", "take", 0},
                                        {"Escape", "back", 0},
                                        {"Tab", "complete", 0},
                                        {"Up Down", "choose", 1},
                                        {"Ctrl-U", "empty the line: every open photo", 2},
                                        {NULL, NULL, 0}};
    struct filter_screen *f = s->state;
    struct layout layout;
    layout_make(terminal_info()->rows, terminal_info()->cols, &layout);
    const struct rect *r = &layout.panel;
    terminal_fill(r->row, r->col, r->rows, r->cols, STYLE_NORMAL);
    terminal_text(r->row, r->col, r->cols, STYLE_TITLE, "Only these photos");
    line_draw(&f->line, r->row + 1, r->col, r->cols);
    draw_count(s, r, r->row + 2);
    int help = r->rows < 12 ? 0 : r->cols < 34 ? 3 : 2; /* of the selected row, in full */
    f->list.rows = r->rows - 4 - help - (help > 0);
    list_settle(&f->list);
    for (int i = 0; i < f->list.rows && f->list.top + i < f->list.count; i++)
        draw_row(s, r, r->row + 4 + i, f->list.top + i);
    if (help && f->list.count > 0)
        text_wrap(r->row + r->rows - help, r->col, r->cols, help, STYLE_DIM,
                  f->rows[f->list.selected].help);
    text_hints(layout.keys, hints);
}

/* ---- keys ---- */

const char *filter_count(const struct app *a, char *text, size_t size)
{
    char count[24];
    snprintf(text, size, "%s%s", text_count((int64_t)app_queue_count(a), count, sizeof count),
             app_queue_is_part(a) ? "+" : "");
    return text;
}

int filter_set(struct ui *ui, const char *words, struct status *st)
{
    struct app *a = ui_app(ui);
    struct filter filter = {0};
    struct status remembering = {0};
    char count[32], written[FILTER_TEXT];
    if (filter_read(&filter, words, app_taxonomy(a), st) != 0 ||
        app_queue_set(a, app_queue_order(a), &filter, st) != 0)
        return -1;
    size_t photos = app_queue_count(a);
    filter_count(a, count, sizeof count);
    if (app_remember_filter(a, &remembering) != 0)
        ui_say(ui, STYLE_WARN, "it will not be remembered: %s", remembering.text);
    else if (filter.count == 0)
        ui_say(ui, STYLE_GOOD, "every open photo: %s", count);
    else
        ui_say(ui, photos ? STYLE_GOOD : STYLE_WARN, "%s %s: %s", count,
               photos == 1 && !app_queue_is_part(a) ? "photo" : "photos",
               filter_write(&filter, app_taxonomy(a), written, sizeof written));
    return 0;
}

static void take(struct screen *s, const char *text)
{
    struct ui *ui = s->ui;
    struct status st = {0};
    if (filter_set(ui, text, &st) == 0)
        ui_pop(ui);
    else
        ui_say(ui, STYLE_BAD, "%s", st.text);
}

/* The selected row goes into the line. */
static void complete(struct screen *s)
{
    struct filter_screen *f = s->state;
    const struct row *row = &f->rows[f->list.selected];
    char text[2 * LINE_TEXT];
    size_t last = filter_last_word(f->line.text);
    if (f->list.count == 0)
        return;
    const char *word = f->line.text + last;
    int kept = (int)last + (*word == '!');
    if (row->kind == ROW_VALUE)
        kept = (int)(last + strcspn(word, "=<>") + 1);
    if (row->kind == ROW_PAST)
        kept = 0;
    snprintf(text, sizeof text, "%.*s%s%s", kept, f->line.text, row->text,
             row->kind == ROW_TERM && row->value[0] ? "" : " ");
    if (strlen(text) >= LINE_TEXT) {
        ui_say(s->ui, STYLE_WARN, "the line is full");
        return;
    }
    strcpy(f->line.text, text);
    follow(s);
}

static void enter(struct screen *s)
{
    struct filter_screen *f = s->state;
    if (!f->chosen || f->list.count == 0)
        take(s, f->line.text);
    else if (f->rows[f->list.selected].kind == ROW_PAST)
        take(s, f->rows[f->list.selected].text);
    else
        complete(s);
}

static void key(struct screen *s, int k)
{
    struct filter_screen *f = s->state;
    ui_dirty(s->ui);
    if (list_key(&f->list, k, 0))
        f->chosen = 1;
    else if (k == TERMINAL_ENTER)
        enter(s);
    else if (k == TERMINAL_TAB)
        complete(s);
    else if (k == TERMINAL_ESCAPE || ui_typing_command(s->ui, k) == KEY_CANCEL)
        ui_pop(s->ui);
    else if (ui_typing_command(s->ui, k) == KEY_HELP)
        ui_push(s->ui, &screen_help, NULL);
    else if (ui_typing_command(s->ui, k) == KEY_REDRAW)
        terminal_redraw();
    else if (line_key(&f->line, k))
        follow(s);
}

/* The filter in use stands in the line, ready for one more term. */
static int open(struct screen *s, const void *argument, struct status *st)
{
    struct filter_screen *f = s->state;
    struct app *a = ui_app(s->ui);
    char text[FILTER_TEXT];
    (void)argument;
    f->past = malloc(sizeof(char[APP_FILTERS][FILTER_TEXT]));
    if (!f->past)
        return status_out_of_memory(st);
    f->past_count = app_past_filters(a, f->past, APP_FILTERS);
    filter_write(app_queue_filter(a), app_taxonomy(a), text, sizeof text);
    if (text[0] && strlen(text) + 1 < LINE_TEXT)
        snprintf(f->line.text, LINE_TEXT, "%.*s ", LINE_TEXT - 2, text);
    follow(s);
    return 0;
}

static void close(struct screen *s)
{
    struct filter_screen *f = s->state;
    free(f->past);
}

const struct screen_ops screen_filter = {
    .name = "filter",
    .popup = 1,
    .state_size = sizeof(struct filter_screen),
    .open = open,
    .draw = draw,
    .key = key,
    .close = close,
};
