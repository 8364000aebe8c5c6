/* What a screen can ask of the ui: open and close screens, say a line, know the keys in force. */
#include "tui/screens/screen_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/status.h"
#include "tui/loop/settings.h"
#include "tui/screens/text.h"

enum { HINTS = 32 };

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
        if (ui->remembered_count < UI_REMEMBERED)
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

/* ---- the stack ---- */

int ui_push(struct ui *ui, const struct screen_ops *ops, const void *argument)
{
    struct status st = {0};
    ui->dirty = 1;
    if (ui->depth == UI_STACK) {
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

void ui_close_top(struct ui *ui)
{
    struct screen *s = &ui->stack[--ui->depth];
    if (s->ops->close)
        s->ops->close(s);
    free(s->state);
    ui->dirty = 1;
}

void ui_settle(struct ui *ui)
{
    for (; ui->pops > 0; ui->pops--)
        if (ui->depth > 0)
            ui_close_top(ui);
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
