#include "tui/screens/line_complete.h"

#include <stdio.h>
#include <string.h>

#include "labels/text.h"
#include "tui/loop/settings.h"
#include "tui/screens/line_commands.h"
#include "tui/screens/screen.h"

enum { NAME = 40 };

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
    s->more = line_find(name) != NULL || key_command_named(name) == KEY_CANDIDATE;
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
        line_each_name(add, s);
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
        line_each_name(add_name, &s);
    } else {
        snprintf(name, sizeof name, "%.*s", (int)length, begin);
        const char *whole = line_whole_name(name, NULL);
        s.begin = begin + length + strspn(begin + length, " ");
        if (whole)
            complete_words(ui, whole, s.begin, &s);
    }
    out->start = (size_t)(s.begin - line);
}
