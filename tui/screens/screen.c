/* The stack of screens and the loop that feeds it.
 *
 * One thread, one loop: draw what is dirty, text first; send pictures while no key waits; wait for
 * a key, for background work to come home (app_fd), or for the clock. A picture that was broken off
 * by a key is sent again in the next round, so that keys never wait for pixels. A screen hears
 * through `shown` that all of what it drew stands on the terminal: only then may a key decide about
 * a photo. */
#include "tui/screens/screen.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "data/file.h"
#include "data/status.h"
#include "tui/screens/acts.h"
#include "tui/loop/settings.h"
#include "tui/screens/pictures.h"
#include "tui/screens/text.h"

enum { STACK = 8, REMEMBERED = 12, MIN_ROWS = 12, MIN_COLS = 32, WHEEL_ROWS = 3, HINTS = 32 };
enum { WAIT_PICTURES = 10, WAIT_WORK = 1000, WAIT_REST = 30 * 1000 }; /* milliseconds */

struct ui {
    struct app *app;
    struct pictures *pictures;
    struct acts acts;
    struct screen stack[STACK];
    int depth, pops;
    int dirty;
    int standing; /* all that was drawn is on the terminal, and the screens know */
    int quit;
    enum style style;
    char message[600];
    unsigned lines; /* said so far: the number of the last */
    int remembered[REMEMBERED], remembered_count;
    struct usual picks;
    struct mouse pressed; /* last */
    int sent;             /* a key for the topmost screen (ui_send); 0: none */
    int by_name;          /* the screen is being given one */
    struct keymap keys;
    int key_problems;      /* lines of key files that were left out */
    char key_problem[400]; /* the first */
};

struct app *ui_app(struct ui *ui)
{
    return ui->app;
}

struct pictures *ui_pictures(struct ui *ui)
{
    return ui->pictures;
}

struct acts *ui_acts(struct ui *ui)
{
    return &ui->acts;
}

void ui_dirty(struct ui *ui)
{
    ui->dirty = 1;
}

void ui_quit(struct ui *ui)
{
    ui->quit = 1;
}

int ui_is_top(const struct screen *s)
{
    return s->ui->depth > 0 && s == &s->ui->stack[s->ui->depth - 1];
}

void ui_pop(struct ui *ui)
{
    ui->pops++;
    ui->dirty = 1;
}

int64_t ui_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

unsigned ui_say(struct ui *ui, enum style style, const char *format, ...)
{
    char with_keys[sizeof ui->message];
    va_list list;
    va_start(list, format);
    vsnprintf(ui->message, sizeof ui->message,
              keymap_text(&ui->keys, format, 1, with_keys, sizeof with_keys), list);
    va_end(list);
    ui->style = style;
    ui->dirty = 1;
    return ++ui->lines;
}

int ui_says(const struct ui *ui, unsigned line)
{
    return ui->message[0] && line == ui->lines;
}

void ui_remember(struct ui *ui, int node)
{
    int at = 0;
    while (at < ui->remembered_count && ui->remembered[at] != node)
        at++;
    if (at == ui->remembered_count) {
        if (ui->remembered_count < REMEMBERED)
            ui->remembered_count++;
        else
            at--;
    }
    memmove(ui->remembered + 1, ui->remembered, (size_t)at * sizeof ui->remembered[0]);
    ui->remembered[0] = node;
}

int ui_remembered(const struct ui *ui, int *nodes, int max)
{
    int n = ui->remembered_count < max ? ui->remembered_count : max;
    memcpy(nodes, ui->remembered, (size_t)n * sizeof nodes[0]);
    return n;
}

void ui_note_pick(struct ui *ui, int node)
{
    usual_note(&ui->picks, node);
}

const struct usual *ui_picks(const struct ui *ui)
{
    return &ui->picks;
}

/* ---- keys ---- */

const struct keymap *ui_keys(const struct ui *ui)
{
    return &ui->keys;
}

enum key_command ui_command(const struct ui *ui, int key)
{
    return keymap_command(&ui->keys, key);
}

enum key_command ui_typing_command(const struct ui *ui, int key)
{
    int is_text = key >= ' ' && key < TERMINAL_UP;
    return is_text ? KEY_NOTHING : keymap_command(&ui->keys, key);
}

const char *ui_key(const struct ui *ui, enum key_command command)
{
    return keymap_hint(&ui->keys, command);
}

const char *ui_text(const struct ui *ui, const char *text, char *buffer, size_t size)
{
    return keymap_text(&ui->keys, text, 0, buffer, size);
}

void ui_hints(const struct ui *ui, int row, const struct hint *hints)
{
    struct hint named[HINTS + 1];
    char keys[HINTS][2 * KEYMAP_NAME + 8];
    int n = 0;
    for (; hints[n].key && n < HINTS; n++) {
        named[n] = hints[n];
        named[n].key = ui_text(ui, hints[n].key, keys[n], sizeof keys[n]);
    }
    named[n] = (struct hint){0};
    text_hints(row, named);
}

static void note_problem(void *arg, const char *text)
{
    struct ui *ui = arg;
    if (ui->key_problems++ == 0)
        snprintf(ui->key_problem, sizeof ui->key_problem, "%s", text);
}

static void load_keys(struct ui *ui)
{
    char *folder = file_join(app_root(ui->app), ".tend");
    keymap_load(&ui->keys, folder, note_problem, ui);
    free(folder);
}

/* Beside what the review had to say. */
static void say_key_problems(struct ui *ui)
{
    char before[sizeof ui->message];
    if (ui->key_problems == 0)
        return;
    snprintf(before, sizeof before, "%s", ui->message);
    if (ui->key_problems == 1)
        ui_say(ui, STYLE_WARN, "%s%s%s", ui->key_problem, before[0] ? "; " : "", before);
    else
        ui_say(ui, STYLE_WARN, "%d lines of key files are left out; `tend doctor` says why%s%s",
               ui->key_problems, before[0] ? "; " : "", before);
}

/* ---- the stack ---- */

int ui_push(struct ui *ui, const struct screen_ops *ops, const void *argument)
{
    struct status st = {0};
    ui->dirty = 1;
    if (ui->depth == STACK) {
        ui_say(ui, STYLE_BAD, "too many screens are open; q closes one");
        return -1;
    }
    struct screen *s = &ui->stack[ui->depth];
    *s = (struct screen){.ops = ops, .ui = ui, .state = calloc(1, ops->state_size + 1)};
    if (!s->state)
        status_out_of_memory(&st);
    if (!s->state || (ops->open && ops->open(s, argument, &st))) {
        ui_say(ui, STYLE_BAD, "%s", st.text);
        free(s->state);
        return -1;
    }
    ui->depth++;
    return 0;
}

static void close_top(struct ui *ui)
{
    struct screen *s = &ui->stack[--ui->depth];
    if (s->ops->close)
        s->ops->close(s);
    free(s->state);
    ui->dirty = 1;
}

static void settle(struct ui *ui)
{
    for (; ui->pops > 0; ui->pops--)
        if (ui->depth > 0)
            close_top(ui);
}

int ui_common_key(struct ui *ui, enum key_command command, enum key_command own)
{
    if (command == own || command == KEY_BACK || command == KEY_CANCEL)
        ui_pop(ui);
    else if (command == KEY_QUIT)
        ui_quit(ui);
    else if (command == KEY_HELP)
        ui_push(ui, &screen_help, NULL);
    else if (command == KEY_COMMAND)
        ui_push(ui, &screen_command_line, NULL);
    else if (command == KEY_REDRAW)
        terminal_redraw();
    else if (ui->by_name && command != KEY_NOTHING)
        ui_say(ui, STYLE_WARN, "%s does nothing on this screen", key_binding_of(command)->name);
    else
        return 0;
    return 1;
}

/* The lowest screen of which anything is visible. */
static int lowest_visible(const struct ui *ui)
{
    int i = ui->depth - 1;
    while (i > 0 && ui->stack[i].ops->popup)
        i--;
    return i;
}

/* ---- the loop ---- */

static int too_small(void)
{
    const struct terminal_info *info = terminal_info();
    return info->rows < MIN_ROWS || info->cols < MIN_COLS;
}

static void draw_too_small(const struct terminal_info *info)
{
    char text[100];
    int used = 0;
    if (info->rows < MIN_ROWS)
        used = snprintf(text, sizeof text, "too low: %d rows, %d needed", info->rows, MIN_ROWS);
    if (info->cols < MIN_COLS)
        snprintf(text + used, sizeof text - (size_t)used, "%stoo narrow: %d columns, %d needed",
                 used > 0 ? "; " : "", info->cols, MIN_COLS);
    text_wrap(0, 0, info->cols, info->rows, STYLE_WARN, text);
}

/* In the last row; a longer one begins in the row above, which every screen can spare. */
static void draw_message(const struct ui *ui, const struct terminal_info *info)
{
    enum { ROWS = 2 };
    int rows = text_wrap_lines(info->cols - 2, ROWS, ui->message);
    int row = info->rows - rows - ui->stack[ui->depth - 1].ops->last_row;
    terminal_fill(row, 0, rows, info->cols, ui->style);
    text_wrap(row, 1, info->cols - 2, ROWS, ui->style, ui->message);
}

static void draw(struct ui *ui)
{
    const struct terminal_info *info = terminal_info();
    terminal_clear();
    terminal_cursor(-1, -1);
    ui->standing = 0;
    if (too_small()) {
        draw_too_small(info);
    } else {
        for (int i = lowest_visible(ui); i < ui->depth; i++)
            ui->stack[i].ops->draw(&ui->stack[i]);
        if (ui->message[0])
            draw_message(ui, info);
    }
    ui->dirty = 0; /* what drawing itself has found to be another is drawn */
    terminal_flush();
}

static void send_pictures(struct ui *ui)
{
    if (ui->standing || ui->dirty || terminal_key_waiting() || !terminal_pictures())
        return;
    ui->standing = 1;
    if (too_small())
        return;
    for (int i = lowest_visible(ui); i < ui->depth; i++)
        if (ui->stack[i].ops->shown)
            ui->stack[i].ops->shown(&ui->stack[i]);
}

static int is_working(const struct ui *ui)
{
    return app_train_progress(ui->app)->phase != TRAIN_IDLE ||
           app_predict_progress(ui->app)->running || app_fill_progress(ui->app)->running;
}

static int wait_time(const struct ui *ui)
{
    return !ui->standing ? WAIT_PICTURES : is_working(ui) ? WAIT_WORK : WAIT_REST;
}

/* For scripts: is anything still on its way to the screen? */
static int is_busy(void *arg)
{
    const struct ui *ui = arg;
    return ui->dirty || !ui->standing || pictures_under_way(ui->pictures) > 0 || is_working(ui) ||
           app_is_learning(ui->app) || app_report_progress(ui->app)->running;
}

static void collect(struct ui *ui)
{
    unsigned what = app_collect(ui->app);
    if (!what)
        return;
    ui->dirty = 1;
    for (int i = 0; i < ui->depth; i++)
        if (ui->stack[i].ops->changed)
            ui->stack[i].ops->changed(&ui->stack[i], what);
}

/* Who drags wants to select text. */
static void take_release(struct ui *ui, const struct mouse *m)
{
    if (m->row != ui->pressed.row || m->col != ui->pressed.col)
        ui_say(ui, STYLE_DIM,
               "Shift and drag selects text; :set mouse off gives the mouse back to the terminal");
}

static void take_mouse(struct ui *ui, const struct mouse *m)
{
    struct screen *top = &ui->stack[ui->depth - 1];
    if (m->kind == MOUSE_PRESS)
        ui->pressed = *m;
    if (top->ops->mouse)
        top->ops->mouse(top, m);
    else if (m->kind == MOUSE_WHEEL_UP || m->kind == MOUSE_WHEEL_DOWN)
        for (int i = 0; i < WHEEL_ROWS && ui->pops == 0; i++)
            top->ops->key(top, m->kind == MOUSE_WHEEL_UP ? TERMINAL_UP : TERMINAL_DOWN);
}

static void take_key(struct ui *ui, int key)
{
    struct mouse mouse;
    int is_mouse = terminal_mouse(key, &mouse);
    if (is_mouse && mouse.kind == MOUSE_RELEASE) {
        take_release(ui, &mouse);
        return;
    }
    if (ui->message[0]) {
        ui->message[0] = '\0';
        ui->dirty = 1;
    }
    enum key_command command = ui_command(ui, key);
    if (too_small() && command != KEY_BACK && command != KEY_QUIT)
        return; /* nothing of a screen is visible: keys would act in the dark */
    struct screen *top = &ui->stack[ui->depth - 1];
    if (is_mouse)
        take_mouse(ui, &mouse);
    else
        top->ops->key(top, key);
}

void ui_send(struct ui *ui, int key)
{
    ui->sent = key;
}

void ui_apply_settings(struct ui *ui)
{
    char value[SETTING_SIZE];
    const struct setting *mouse = settings_find("mouse", NULL);
    settings_get(app_store(ui->app), mouse, value, sizeof value);
    terminal_set_mouse(strcmp(value, "on") == 0);
    terminal_set_picture_bytes((size_t)settings_number(app_store(ui->app), "picture.bytes"));
}

static void give_sent(struct ui *ui)
{
    int key = ui->sent;
    ui->sent = 0;
    if (key == 0 || ui->depth == 0)
        return;
    struct screen *top = &ui->stack[ui->depth - 1];
    ui->by_name = 1;
    top->ops->key(top, key);
    ui->by_name = 0;
    settle(ui);
}

static void ready(void *arg)
{
    struct ui *ui = arg;
    ui->dirty = 1;
}

int ui_run(struct app *a, struct status *st)
{
    struct ui ui = {.app = a, .acts.copied = TAXONOMY_ROOT, .dirty = 1};
    ui.pictures = pictures_new(app_jobs(a), ready, &ui, st);
    if (!ui.pictures)
        return -1;
    int failed = 0;
    load_keys(&ui);
    ui_apply_settings(&ui);
    terminal_set_idle(is_busy, &ui);
    if (ui_push(&ui, &screen_review, NULL))
        failed = status_fail(st, STATUS_INVALID, "%s", ui.message);
    say_key_problems(&ui);
    while (!ui.quit && ui.depth > 0) {
        do { /* what stands now may change what is to be drawn */
            if (ui.dirty)
                draw(&ui);
            send_pictures(&ui);
        } while (ui.dirty && !terminal_key_waiting());
        int key = terminal_key(wait_time(&ui), app_fd(a));
        app_rest(a);
        if (key == TERMINAL_WAKE)
            collect(&ui);
        else if (key == TERMINAL_HANGUP)
            ui.quit = 1;
        else if (key == TERMINAL_NONE || key == TERMINAL_RESIZE)
            ui.dirty |= ui.standing || key == TERMINAL_RESIZE;
        else
            take_key(&ui, key);
        settle(&ui);
        give_sent(&ui);
    }
    terminal_set_idle(NULL, NULL);
    while (ui.depth > 0)
        close_top(&ui);
    terminal_clear(); /* it holds a picture of ours */
    pictures_free(ui.pictures);
    return failed;
}
