/* Options of a command: a table of what it takes, and a strict reader of it. */
#ifndef TUI_COMMANDS_OPTIONS_H
#define TUI_COMMANDS_OPTIONS_H

struct command;

enum option_kind {
    OPTION_FLAG,  /* value: int *, becomes 1 */
    OPTION_TEXT,  /* value: const char ** */
    OPTION_LIST,  /* value: struct option_list *; may be given several times */
    OPTION_WHOLE, /* value: long *, in [least, most] */
    OPTION_REAL   /* value: double *, in [least, most] */
};

enum { OPTION_LIST_MOST = 16, ARGUMENTS_MOST = 4 };

struct option_list {
    const char *items[OPTION_LIST_MOST];
    int count;
};

/* A table ends with one whose name is NULL. */
struct option_spec {
    const char *name; /* without the dashes */
    enum option_kind kind;
    void *value;
    double least, most;
};

struct arguments {
    const char *at[ARGUMENTS_MOST]; /* what is no option; point into argv */
    int count;
    int status; /* what the command returns when options_parse says to stop */
};

/* As the only argument it makes options_parse print the table, for the shells' completion
 * (completion.h); the command ends then. */
#define OPTIONS_LIST "--list-options"

/* Reads `--name value`, `--name=value` and flags; `--` ends the options; at most `most` arguments
 * besides. 0: go on; -1: the command ends with args->status: 0 after --help, 2 after wrong usage,
 * which has been said on stderr. */
int options_parse(const struct command *c, int argc, char **argv, const struct option_spec *specs,
                  int most, struct arguments *args);

/* "tend: SENTENCE" and the usage line on stderr; returns 2. */
int options_wrong(const struct command *c, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* A whole number in [least, most] and nothing else: 0, or -1. */
int options_number(const char *text, long least, long most, long *value);

#endif
