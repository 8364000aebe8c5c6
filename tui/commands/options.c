#include "tui/commands/options.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/commands/command.h"
#include "tui/commands/completion.h"
#include "tui/commands/output.h"

int options_wrong(const struct command *c, const char *format, ...)
{
    char text[400];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    output_warn("%s", text);
    fprintf(stderr, "usage: tend %s\n", c->usage);
    return 2;
}

static const struct option_spec *find(const struct option_spec *specs, const char *name,
                                      size_t length)
{
    for (; specs->name; specs++)
        if (strlen(specs->name) == length && memcmp(specs->name, name, length) == 0)
            return specs;
    return NULL;
}

static int wrong_number(const struct command *c, const struct option_spec *s, const char *text)
{
    return options_wrong(c, "--%s wants a %snumber from %g to %g, not '%s'", s->name,
                         s->kind == OPTION_WHOLE ? "whole " : "", s->least, s->most, text);
}

int options_number(const char *text, long least, long most, long *value)
{
    char *end;
    errno = 0;
    long number = strtol(text, &end, 10);
    if (errno || end == text || *end || number < least || number > most)
        return -1;
    *value = number;
    return 0;
}

static int set_whole(const struct command *c, const struct option_spec *s, const char *text)
{
    return options_number(text, (long)s->least, (long)s->most, s->value) == 0
               ? 0
               : wrong_number(c, s, text);
}

static int set_real(const struct command *c, const struct option_spec *s, const char *text)
{
    char *end;
    double value = strtod(text, &end);
    if (end == text || *end || !isfinite(value) || value < s->least || value > s->most)
        return wrong_number(c, s, text);
    *(double *)s->value = value;
    return 0;
}

static int set_listed(const struct command *c, const struct option_spec *s, const char *text)
{
    struct option_list *list = s->value;
    if (list->count == OPTION_LIST_MOST)
        return options_wrong(c, "--%s is given more than %d times", s->name, OPTION_LIST_MOST);
    list->items[list->count++] = text;
    return 0;
}

/* 0, or the exit status 2. */
static int set(const struct command *c, const struct option_spec *s, const char *text)
{
    switch (s->kind) {
    case OPTION_FLAG: *(int *)s->value = 1; return 0;
    case OPTION_TEXT:
        if (!*text)
            return options_wrong(c, "--%s wants a value", s->name);
        *(const char **)s->value = text;
        return 0;
    case OPTION_LIST: return set_listed(c, s, text);
    case OPTION_WHOLE: return set_whole(c, s, text);
    case OPTION_REAL: return set_real(c, s, text);
    }
    return 2;
}

/* One option at argv[*i]; steps over its value. 0, or the exit status 2. */
static int read_option(const struct command *c, int argc, char **argv, int *i,
                       const struct option_spec *specs)
{
    const char *text = argv[*i];
    const char *name = text + 2, *equals = strchr(name, '=');
    size_t length = equals ? (size_t)(equals - name) : strlen(name);
    const struct option_spec *s = text[1] == '-' ? find(specs, name, length) : NULL;
    if (!s)
        return options_wrong(c, "there is no option '%s'; `tend help %s` lists them", text,
                             c->name);
    if (s->kind == OPTION_FLAG) {
        if (equals)
            return options_wrong(c, "--%s takes no value", s->name);
        return set(c, s, "");
    }
    if (equals)
        return set(c, s, equals + 1);
    if (*i + 1 >= argc)
        return options_wrong(c, "--%s wants a value", s->name);
    return set(c, s, argv[++*i]);
}

int options_parse(const struct command *c, int argc, char **argv, const struct option_spec *specs,
                  int most, struct arguments *args)
{
    int ended = 0;
    *args = (struct arguments){0};
    if (argc == 2 && strcmp(argv[1], OPTIONS_LIST) == 0) {
        for (; specs->name; specs++)
            completion_print_option(c, specs);
        return -1;
    }
    for (int i = 1; i < argc; i++) {
        const char *text = argv[i];
        if (!ended && strcmp(text, "--") == 0) {
            ended = 1;
        } else if (!ended && (strcmp(text, "--help") == 0 || strcmp(text, "-h") == 0)) {
            args->status = command_help(c);
            return -1;
        } else if (!ended && text[0] == '-' && text[1]) {
            args->status = read_option(c, argc, argv, &i, specs);
            if (args->status)
                return -1;
        } else if (args->count == most || args->count == ARGUMENTS_MOST) {
            args->status = options_wrong(c, "'%s' is one argument too many", text);
            return -1;
        } else {
            args->at[args->count++] = text;
        }
    }
    return 0;
}
