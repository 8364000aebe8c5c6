/* tend undo, tend redo: the last step of a person, as u and Ctrl-R do in the review. */
#include <stdio.h>
#include <stdlib.h>

#include "data/status.h"
#include "labels/turned.h"
#include "tui/commands/command.h"
#include "tui/commands/options.h"
#include "tui/commands/output.h"
#include "tui/loop/project.h"

extern const struct command command_undo, command_redo;

static void print_turned(struct project *p, int redo, int64_t since)
{
    char text[900], safe[1800];
    printf("%s: %s\n", redo ? "brought back" : "taken back",
           output_safe(turned_text(p->store, since, text, sizeof text), safe, sizeof safe));
}

static int turn(const struct command *c, int argc, char **argv, int redo)
{
    const char *user = NULL;
    struct status st = {0};
    struct arguments args;
    struct project project;
    const struct option_spec specs[] = {
        {"user", OPTION_TEXT, &user, 0, 0},
        {NULL, OPTION_FLAG, NULL, 0, 0},
    };
    if (options_parse(c, argc, argv, specs, 0, &args) != 0)
        return args.status;
    if (project_open(NULL, &project, &st) != 0)
        return output_fail(&st);
    char *who = project_user(user);
    int64_t since = store_last_event(project.store, &st);
    int failed = !who        ? status_out_of_memory(&st)
                 : since < 0 ? -1
                 : redo      ? store_redo(project.store, who, NULL, NULL, &st)
                             : store_undo(project.store, who, NULL, NULL, &st);
    if (!failed)
        print_turned(&project, redo, since);
    size_t left = failed || redo ? 0 : store_undo_left(project.store);
    char photos[OUTPUT_NOUN];
    if (left > 0)
        printf("%s changed since: %s\n",
               output_noun((int64_t)left, "photo of it was", "photos of it were", photos),
               left == 1 ? "it stays as it is" : "they stay as they are");
    free(who);
    project_close(&project);
    return failed ? output_fail(&st) : 0;
}

static int run_undo(int argc, char **argv)
{
    return turn(&command_undo, argc, argv, 0);
}

static int run_redo(int argc, char **argv)
{
    return turn(&command_redo, argc, argv, 1);
}

#define DETAILS                                                                                                   \
    "A step is an answer, a change to the tree (`tend tree`), or an import (of the user `import`). A step that\n" \
    "somebody else has built on stays.\n"                                                                         \
    "  --user NAME    whose step (default: the system's user name)\n"

const struct command command_undo = {
    "undo",
    "undo [--user NAME]",
    "takes back your last step; again and again, to the first one",
    DETAILS,
    run_undo,
};
const struct command command_redo = {
    "redo", "redo [--user NAME]", "brings back the step taken back last", DETAILS, run_redo,
};
