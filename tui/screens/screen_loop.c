/* The loop that feeds the screens.
 *
 * One thread, one loop: draw what is dirty, text first; send pictures while no key waits; wait for
 * a key, for background work to come home (app_fd), or for the clock. A picture that was broken off
 * by a key is sent again in the next round, so that keys never wait for pixels. A screen hears
 * through `shown` that all of what it drew stands on the terminal: only then may a key decide about
 * a photo. */
#include "tui/screens/screen_internal.h"

#include <stdio.h>
#include <stdlib.h>

#include "data/file.h"
#include "data/status.h"
#include "tui/screens/pictures.h"
#include "tui/screens/text.h"

enum { MIN_ROWS = 12, MIN_COLS = 32, WHEEL_ROWS = 3 };
enum { WAIT_PICTURES = 10, WAIT_WORK = 1000, WAIT_REST = 30 * 1000 }; /* milliseconds */

/* ---- key files ---- */

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

/* ---- drawing ---- */

/* The lowest screen of which anything is visible. */
static int lowest_visible(const struct ui *ui)
{
    int i = ui->depth - 1;
    while (i > 0 && ui->stack[i].ops->popup)
        i--;
    return i;
}

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

/* ---- background work ---- */

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

/* ---- keys and the mouse ---- */

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
    ui_settle(ui);
}

/* ---- the loop ---- */

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
        ui_settle(&ui);
        give_sent(&ui);
    }
    terminal_set_idle(NULL, NULL);
    while (ui.depth > 0)
        ui_close_top(&ui);
    terminal_clear(); /* it holds a picture of ours */
    pictures_free(ui.pictures);
    return failed;
}
