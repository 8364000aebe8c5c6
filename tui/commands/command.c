#include "tui/commands/command.h"

#include <stdio.h>
#include <string.h>

/* The order is that of `tend help`. */
#define COMMANDS(X)                                                                                \
    X(init)                                                                                        \
    X(tree)                                                                                        \
    X(import)                                                                                      \
    X(export)                                                                                      \
    X(review)                                                                                      \
    X(undo)                                                                                        \
    X(redo)                                                                                        \
    X(predict)                                                                                     \
    X(train)                                                                                       \
    X(score)                                                                                       \
    X(models)                                                                                      \
    X(rescan)                                                                                      \
    X(submit)                                                                                      \
    X(suspects)                                                                                    \
    X(report)                                                                                      \
    X(simulate)                                                                                    \
    X(set)                                                                                         \
    X(doctor)                                                                                      \
    X(distill)

#define X(name) extern const struct command command_##name;
COMMANDS(X)
#undef X

const struct command *const commands[] = {
#define X(name) &command_##name,
    COMMANDS(X)
#undef X
        NULL,
};

const struct command *command_find(const char *name)
{
    for (const struct command *const *c = commands; *c; c++)
        if (strcmp((*c)->name, name) == 0)
            return *c;
    return NULL;
}

int command_help(const struct command *c)
{
    printf("usage: tend %s\n\n%s.\n", c->usage, c->help);
    if (c->details && *c->details)
        printf("\n%s", c->details);
    return 0;
}
