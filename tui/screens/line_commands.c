/* A line is a name and words. The names are those of the key table, which go to the screen below as
 * the key would, and those of the table here, which take words. Where both know a name (order,
 * train, help), the words decide. */
#include "tui/screens/line_commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/status.h"
#include "labels/text.h"
#include "tui/loop/history.h"
#include "tui/loop/settings.h"
#include "tui/screens/acts.h"
#include "tui/screens/filter.h"
#include "tui/screens/screen.h"

enum { NAME = 40 };

/* ---- the commands that take words ---- */

static int run_set(struct ui *ui, const char *words, struct status *st)
{
    char name[NAME], value[SETTING_SIZE], allowed[300];
    size_t length = strcspn(words, " ");
    snprintf(name, sizeof name, "%.*s", (int)length, words);
    const struct setting *setting = settings_find(name, st);
    struct store *store = app_store(ui_app(ui));
    const char *wanted = words + length + strspn(words + length, " ");
    if (!setting)
        return -1;
    if (wanted[0] && settings_set(store, setting, wanted, st) != 0)
        return -1;
    if (wanted[0]) {
        app_settings_changed(ui_app(ui)); /* blind samples */
        ui_apply_settings(ui);
    }
    settings_get(store, setting, value, sizeof value);
    if (wanted[0])
        ui_say(ui, STYLE_GOOD, "%s is %s", name, value);
    else
        ui_say(ui, STYLE_NORMAL, "%s is %s (%s): %s", name, value,
               settings_allowed(setting, allowed, sizeof allowed), setting->help);
    return 0;
}

static int run_order(struct ui *ui, const char *words, struct status *st)
{
    int order = queue_order_from_name(words);
    if (order < 0)
        return status_fail(st, STATUS_INVALID, "there is no order '%.60s'; Tab lists them", words);
    if (app_queue_set(ui_app(ui), (enum queue_order)order, NULL, st) != 0 ||
        app_remember_order(ui_app(ui), st) != 0)
        return -1;
    ui_say(ui, STYLE_GOOD, "%s: %s", words, queue_order_help((enum queue_order)order));
    return 0;
}

static int run_mark(struct ui *ui, const char *words, struct status *st)
{
    struct app *a = ui_app(ui);
    struct filter filter = {0};
    size_t count;
    if (filter_read(&filter, words, app_taxonomy(a), st) != 0 ||
        app_mark_those(a, &filter, &count, st) != 0)
        return -1;
    ui_say(ui, count > 0 ? STYLE_GOOD : STYLE_WARN,
           "%zu of the queue marked, seen or not; {apply} is about them", count);
    return 0;
}

static int run_train(struct ui *ui, const char *words, struct status *st)
{
    int depth = depth_from_name(words);
    if (depth < 0)
        return status_fail(st, STATUS_INVALID,
                           "what is trained is head, blocks or full, not '%.60s'", words);
    if (app_train_start(ui_app(ui), (enum depth)depth, st) != 0)
        return -1;
    ui_say(ui, STYLE_GOOD, "a training (%s) has begun in the background; %s cancels it", words,
           ui_key(ui, KEY_CANCEL));
    return 0;
}

static long whole_number(const char *text)
{
    size_t length = strlen(text);
    return length > 0 && length < 10 && strspn(text, "0123456789") == length ? atol(text) : -1;
}

static int run_model(struct ui *ui, const char *words, struct status *st)
{
    long number = whole_number(words);
    struct app *a = ui_app(ui);
    if (number < 0)
        return status_fail(st, STATUS_INVALID, "a model is a number, not '%.60s'; %s lists them",
                           words, ui_key(ui, KEY_MODELS));
    int before = app_model(a);
    if (app_use_model(a, (int)number, st) != 0)
        return -1;
    ui_say(ui, STYLE_GOOD,
           before == number ? "model %ld is in use already" : "model %ld is in use from here on",
           number);
    return 0;
}

/* Photos whose name holds a text. */
struct wanted {
    const char *text;
    size_t length;
    int64_t photo, exact;
    long count;
};

static int look_at(void *arg, const struct photo_name *name)
{
    struct wanted *w = arg;
    size_t length = strlen(name->path);
    if (name->split == SPLIT_TEST || !strstr(name->path, w->text))
        return 0;
    if (length >= w->length && strcmp(name->path + length - w->length, w->text) == 0 &&
        (length == w->length || name->path[length - w->length - 1] == '/'))
        w->exact = w->exact ? -1 : name->photo;
    w->photo = name->photo;
    w->count++;
    return 0;
}

static int go_to_file(struct ui *ui, const char *text, struct status *st)
{
    struct app *a = ui_app(ui);
    struct photo photo;
    if (store_find_photo(app_store(a), text, &photo, NULL) == 0) {
        int64_t id = photo.split == SPLIT_TEST ? 0 : photo.id;
        photo_clear(&photo);
        if (id == 0)
            return status_fail(st, STATUS_INVALID,
                               "'%.100s' is of split test, which is not labelled here", text);
        return app_queue_goto(a, id, st);
    }
    struct wanted w = {.text = text, .length = strlen(text)};
    if (store_each_name(app_store(a), look_at, &w, st) != 0)
        return -1;
    if (w.count == 0)
        return status_fail(st, STATUS_MISSING, "no photo has '%.100s' in its name", text);
    if (w.exact <= 0 && w.count > 1)
        return status_fail(st, STATUS_INVALID,
                           "%ld photos have '%.100s' in their name; write more of it", w.count,
                           text);
    return app_queue_goto(a, w.exact > 0 ? w.exact : w.photo, st);
}

static int run_goto(struct ui *ui, const char *words, struct status *st)
{
    struct app *a = ui_app(ui);
    long number = whole_number(words), count = (long)app_queue_count(a);
    ui_dirty(ui);
    if (number < 0)
        return go_to_file(ui, words, st);
    if (number < 1 || number > count)
        return status_fail(st, STATUS_INVALID, "the queue has photos 1 to %ld%s", count,
                           app_queue_is_part(a) ? " so far; the others are being looked for" : "");
    app_queue_move(a, number - 1 - (long)app_queue_position(a));
    return 0;
}

static int run_search(struct ui *ui, const char *words, struct status *st)
{
    (void)st;
    acts_find(ui, words, 0);
    return 0;
}

const struct line_command *line_find(const char *name)
{
    for (const struct line_command *c = line_commands; c->name; c++)
        if (strcmp(c->name, name) == 0)
            return c;
    return NULL;
}

static int run_help(struct ui *ui, const char *words, struct status *st)
{
    const struct line_command *c = line_find(words);
    enum key_command command = key_command_named(words);
    const struct setting *setting = settings_find(words, NULL);
    char keys[100];
    if (command != KEY_NOTHING)
        ui_say(ui, STYLE_NORMAL, "%s (%s): %s%s%s%s%s", words,
               keymap_names(ui_keys(ui), command, keys, sizeof keys), key_binding_of(command)->help,
               c ? "; :" : "", c ? c->name : "", c ? " " : "", c ? c->usage : "");
    else if (c)
        ui_say(ui, STYLE_NORMAL, ":%s %s: %s", c->name, c->usage, c->help);
    else if (setting)
        ui_say(ui, STYLE_NORMAL, ":set %s: %s (default %s)", words, setting->help, setting->usual);
    else
        return status_fail(st, STATUS_INVALID, "there is no command '%.60s'; :help alone shows all",
                           words);
    return 0;
}

const struct line_command line_commands[] = {
    {"set", "NAME [VALUE]", "shows or changes a setting of this project", run_set},
    {"order", "ORDER", "sorts the queue", run_order},
    {"filter", "TERMS", "the photos for which all terms hold, like flagged or below=food > drink",
     filter_set},
    {"mark", "TERMS", "marks the photos of the queue for which all terms hold", run_mark},
    {"search", "TEXT", "the next photo with it in its name, label or predicted path", run_search},
    {"goto", "FILE or NUMBER", "goes to a photo by its name or its place in the queue", run_goto},
    {"train", "head|blocks|full", "trains that much of the network, in the background", run_train},
    {"model", "NUMBER", "predicts with this model from here on", run_model},
    {"help", "NAME", "says what a command or setting does", run_help},
    {NULL, NULL, NULL, NULL},
};

/* ---- carrying out ---- */

void line_each_name(void (*visit)(void *arg, const char *name, const char *help), void *arg)
{
    for (const struct line_command *c = line_commands; c->name; c++)
        visit(arg, c->name, c->help);
    for (int i = 0; i < KEY_COMMANDS - 1; i++)
        if (key_bindings[i].command != KEY_COMMAND && !line_find(key_bindings[i].name))
            visit(arg, key_bindings[i].name, key_bindings[i].help);
}

struct unique {
    const char *begin, *found, *second;
    int exact;
};

static void note_name(void *arg, const char *name, const char *help)
{
    struct unique *u = arg;
    (void)help;
    if (u->exact || strncmp(name, u->begin, strlen(u->begin)) != 0)
        return;
    u->exact = strcmp(name, u->begin) == 0;
    if (u->found && !u->exact)
        u->second = name;
    else
        u->found = name;
}

const char *line_whole_name(const char *begin, struct status *st)
{
    struct unique u = {.begin = begin};
    line_each_name(note_name, &u);
    if (!u.found)
        status_fail(st, STATUS_INVALID, "there is no command '%.60s'; Tab lists what there is",
                    begin);
    else if (u.second && !u.exact)
        status_fail(st, STATUS_INVALID, "'%.60s' may be %s or %s; write more of it", begin, u.found,
                    u.second);
    else
        return u.found;
    return NULL;
}

static int run_key(struct ui *ui, enum key_command command, const char *words, struct status *st)
{
    const char *name = key_binding_of(command)->name;
    if (command == KEY_CANDIDATE) {
        long number = whole_number(words);
        if (number < 1 || number > 9)
            return status_fail(st, STATUS_INVALID, "which candidate? :candidate 1 to 9");
        ui_send(ui, (int)('0' + number));
    } else if (words[0]) {
        return status_fail(st, STATUS_INVALID, "nothing follows :%s", name);
    } else {
        ui_send(ui, keymap_key_of(command));
    }
    return 0;
}

int line_run(struct ui *ui, const char *line, struct status *st)
{
    char text[HISTORY_LINE], name[NAME];
    size_t size;
    const char *trimmed = text_trim(line, &size);
    snprintf(text, sizeof text, "%.*s", (int)size, trimmed);
    size_t length = strcspn(text, " ");
    const char *words = text + length + strspn(text + length, " ");
    if (whole_number(text) >= 0)
        return run_goto(ui, text, st);
    snprintf(name, sizeof name, "%.*s", (int)length, text);
    const char *whole = line_whole_name(name, st);
    if (!whole)
        return -1;
    const struct line_command *c = line_find(whole);
    enum key_command command = key_command_named(whole);
    if (c && (words[0] || command == KEY_NOTHING))
        return words[0] ? c->run(ui, words, st)
                        : status_fail(st, STATUS_INVALID, "write :%s %s", c->name, c->usage);
    return run_key(ui, command, words, st);
}
