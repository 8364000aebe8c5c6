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
#include "tui/screens/text.h"

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

static const struct line_command *find_line_command(const char *name)
{
    for (const struct line_command *c = line_commands; c->name; c++)
        if (strcmp(c->name, name) == 0)
            return c;
    return NULL;
}

static int run_help(struct ui *ui, const char *words, struct status *st)
{
    const struct line_command *c = find_line_command(words);
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

/* Calls visit for every name there is, first those that take words; one that both tables have comes
 * once. */
static void each_name(void (*visit)(void *arg, const char *name, const char *help), void *arg)
{
    for (const struct line_command *c = line_commands; c->name; c++)
        visit(arg, c->name, c->help);
    for (int i = 0; i < KEY_COMMANDS - 1; i++)
        if (key_bindings[i].command != KEY_COMMAND && !find_line_command(key_bindings[i].name))
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

/* The whole name, or NULL and st says why. */
static const char *whole_name(const char *begin, struct status *st)
{
    struct unique u = {.begin = begin};
    each_name(note_name, &u);
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
    const char *whole = whole_name(name, st);
    if (!whole)
        return -1;
    const struct line_command *c = find_line_command(whole);
    enum key_command command = key_command_named(whole);
    if (c && (words[0] || command == KEY_NOTHING))
        return words[0] ? c->run(ui, words, st)
                        : status_fail(st, STATUS_INVALID, "write :%s %s", c->name, c->usage);
    return run_key(ui, command, words, st);
}

/* ---- completing ---- */

struct search {
    struct completions *out;
    const char *begin;
    int more; /* than what is added: something may follow */
};

static void add(void *arg, const char *word, const char *help)
{
    struct search *s = arg;
    char folded[COMPLETION_SIZE], begin[COMPLETION_SIZE];
    text_fold(word, folded, sizeof folded);
    text_fold(s->begin, begin, sizeof begin);
    if (strncmp(folded, begin, strlen(begin)) != 0 || strlen(word) >= COMPLETION_SIZE ||
        s->out->count == COMPLETIONS)
        return;
    snprintf(s->out->words[s->out->count], COMPLETION_SIZE, "%s", word);
    s->out->more[s->out->count] = s->more;
    s->out->help[s->out->count++] = help;
}

static void add_name(void *arg, const char *name, const char *help)
{
    struct search *s = arg;
    s->more = find_line_command(name) != NULL || key_command_named(name) == KEY_CANDIDATE;
    add(s, name, help);
}

static void add_orders(struct search *s)
{
    for (int i = 0; i < QUEUE_ORDER_COUNT; i++)
        add(s, queue_order_name((enum queue_order)i), queue_order_help((enum queue_order)i));
}

static void add_settings(struct search *s)
{
    for (int i = 0; i < settings_count(); i++)
        add(s, settings[i].name, settings[i].help);
}

/* The words of a text, one by one. */
static void add_words(struct search *s, const char *words)
{
    char word[NAME];
    for (const char *c = words; *c; c += strcspn(c, " "), c += strspn(c, " ")) {
        snprintf(word, sizeof word, "%.*s", (int)strcspn(c, " "), c);
        add(s, word, NULL);
    }
}

static void add_values(struct search *s, const char *name)
{
    const struct setting *setting = settings_find(name, NULL);
    if (setting)
        add_words(s, setting->choices[0] ? setting->choices : setting->usual);
}

static int add_model(void *arg, const struct model_record *m)
{
    char number[16];
    snprintf(number, sizeof number, "%d", m->number);
    if (!m->removed)
        add(arg, number, NULL);
    return 0;
}

static void add_paths(struct search *s, const struct taxonomy *t, int quoted)
{
    char path[COMPLETION_SIZE - 4], word[COMPLETION_SIZE];
    for (int node = 0; node < taxonomy_count(t) && s->out->count < COMPLETIONS; node++) {
        if (taxonomy_now(t, node) != node)
            continue;
        taxonomy_format(t, node, " > ", path, sizeof path);
        snprintf(word, sizeof word, quoted && !strchr(path, '\'') ? "'%s'" : "%s", path);
        add(s, word, NULL);
    }
}

/* The last term: a word of the filters' language, or a path where one follows. */
static void complete_filter(struct ui *ui, const char *words, struct search *s)
{
    static const char *const of_paths[] = {"below=", "predicted=", "label="};
    s->begin = words + filter_last_word(words);
    s->begin += *s->begin == '!';
    s->more = 1;
    for (size_t i = 0; i < sizeof of_paths / sizeof of_paths[0]; i++) {
        size_t length = strlen(of_paths[i]);
        if (strncmp(s->begin, of_paths[i], length) == 0) {
            s->begin += length;
            add_paths(s, app_taxonomy(ui_app(ui)), s->begin[0] == '\'');
            return;
        }
    }
    for (const struct filter_word *w = filter_words; w->word; w++) {
        s->more = strcspn(w->word, "=<") == strlen(w->word);
        add(s, w->word, w->help);
    }
}

static void complete_words(struct ui *ui, const char *name, const char *words, struct search *s)
{
    const char *value = strchr(words, ' ');
    if (strcmp(name, "order") == 0)
        add_orders(s);
    else if (strcmp(name, "filter") == 0 || strcmp(name, "mark") == 0)
        complete_filter(ui, words, s);
    else if (strcmp(name, "train") == 0)
        add_words(s, "head blocks full");
    else if (strcmp(name, "model") == 0)
        store_each_model(app_store(ui_app(ui)), add_model, s, NULL);
    else if (strcmp(name, "help") == 0) {
        each_name(add, s);
        add_settings(s);
    } else if (strcmp(name, "set") == 0 && !value) {
        s->more = 1;
        add_settings(s);
    } else if (strcmp(name, "set") == 0) {
        char setting[NAME];
        snprintf(setting, sizeof setting, "%.*s", (int)(value - words), words);
        s->begin = value + strspn(value, " ");
        add_values(s, setting);
    }
}

void line_complete(struct ui *ui, const char *line, struct completions *out)
{
    char name[NAME];
    const char *begin = line + strspn(line, " ");
    size_t length = strcspn(begin, " ");
    struct search s = {.out = out, .begin = begin};
    out->count = 0;
    if (!begin[length]) {
        each_name(add_name, &s);
    } else {
        snprintf(name, sizeof name, "%.*s", (int)length, begin);
        const char *whole = whole_name(name, NULL);
        s.begin = begin + length + strspn(begin + length, " ");
        if (whole)
            complete_words(ui, whole, s.begin, &s);
    }
    out->start = (size_t)(s.begin - line);
}
