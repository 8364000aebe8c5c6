#include "tui/loop/settings.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/status.h"

const struct setting settings[] = {
#define X(name, kind, usual, least, most, choices, help)                                           \
    {name, SETTING_##kind, usual, least, most, choices, help},
    SETTINGS(X)
#undef X
};

int settings_count(void)
{
    return (int)(sizeof settings / sizeof settings[0]);
}

const struct setting *settings_find(const char *name, struct status *st)
{
    for (int i = 0; i < settings_count(); i++)
        if (strcmp(settings[i].name, name) == 0)
            return &settings[i];
    status_fail(st, STATUS_INVALID, "there is no setting '%.60s'; `tend set` lists them", name);
    return NULL;
}

/* Is `word` (of that length) one of the words in `choices`? */
static int is_choice(const char *choices, const char *word)
{
    size_t length = strlen(word);
    for (const char *c = choices; *c; c += strcspn(c, " "), c += *c == ' ')
        if (strcspn(c, " ") == length && strncmp(c, word, length) == 0)
            return 1;
    return 0;
}

static int is_number(const struct setting *s, const char *text)
{
    char *end;
    if (s->kind == SETTING_COUNT ? strspn(text, "0123456789") != strlen(text)
                                 : strspn(text, "0123456789.") != strlen(text))
        return 0;
    double value = strtod(text, &end);
    return end != text && *end == '\0' && value >= s->least && value <= s->most;
}

static int is_allowed(const struct setting *s, const char *value)
{
    if (strlen(value) >= SETTING_SIZE - 1)
        return 0;
    if (s->kind == SETTING_CHOICE)
        return value[0] && is_choice(s->choices, value);
    if (s->kind == SETTING_TEXT)
        return strpbrk(value, "\n\r") == NULL;
    return is_number(s, value);
}

const char *settings_allowed(const struct setting *s, char *buffer, size_t size)
{
    size_t used = 0;
    if (s->kind == SETTING_COUNT || s->kind == SETTING_SHARE)
        snprintf(buffer, size, "a %snumber from %.10g to %.10g",
                 s->kind == SETTING_COUNT ? "whole " : "", s->least, s->most);
    else
        snprintf(buffer, size, s->kind == SETTING_TEXT ? "text in one line" : "");
    for (const char *c = s->choices; *c && used < size;) {
        size_t length = strcspn(c, " ");
        int last = c[length] == '\0', first = c == s->choices;
        used += (size_t)snprintf(buffer + used, size - used, "%s%.*s",
                                 first  ? ""
                                 : last ? " or "
                                        : ", ",
                                 (int)length, c);
        c += length + !last;
    }
    return buffer;
}

const char *settings_get(struct store *s, const struct setting *setting, char *buffer, size_t size)
{
    char value[SETTING_SIZE];
    store_setting(s, setting->name, setting->usual, value, sizeof value);
    snprintf(buffer, size, "%s", is_allowed(setting, value) ? value : setting->usual);
    return buffer;
}

double settings_number(struct store *s, const char *name)
{
    char value[SETTING_SIZE];
    const struct setting *setting = settings_find(name, NULL);
    assert(setting && (setting->kind == SETTING_COUNT || setting->kind == SETTING_SHARE));
    return strtod(settings_get(s, setting, value, sizeof value), NULL);
}

int settings_set(struct store *s, const struct setting *setting, const char *value,
                 struct status *st)
{
    char allowed[300];
    if (!value)
        value = setting->usual;
    if (!is_allowed(setting, value))
        return status_fail(st, STATUS_INVALID, "%s is %s, not '%.60s'", setting->name,
                           settings_allowed(setting, allowed, sizeof allowed), value);
    return store_set_setting(s, setting->name, value, st);
}
