/* tend undo, tend redo: the last step of a person, as u and Ctrl-R do in the review. */
#include <stdio.h>
#include <stdlib.h>

#include "data/status.h"
#include "tui/commands/command.h"
#include "tui/commands/options.h"
#include "tui/commands/output.h"
#include "tui/loop/project.h"

extern const struct command command_undo, command_redo;

static void print_turned(struct project *p, int redo, int64_t first, size_t count)
{
    const char *tree = store_tree_turned(p->store), *did = redo ? "brought back" : "taken back";
    char safe[1800], number[OUTPUT_NOUN];
    struct photo photo;
    if (tree[0])
        printf("%s: %s\n", did, output_safe(tree, safe, sizeof safe));
    else if (count > 1)
        printf("%s: what was said of %s\n", did, output_noun((long long)count, "photo", "photos", number));
    else if (store_photo(p->store, first, &photo, NULL) == 0) {
        printf("%s: what was said of %s\n", did, output_safe(photo.path, safe, sizeof safe));
        photo_clear(&photo);
    }
}

static int turn(const struct command *c, int argc, char **argv, int redo)
{
    const char *user = NULL;
    struct status st = {0};
    struct arguments args;
    struct project project;
    int64_t photo = 0;
    size_t count = 0;
    const struct option_spec specs[] = {
        {"user", OPTION_TEXT, &user, 0, 0},
        {NULL, OPTION_FLAG, NULL, 0, 0},
    };
    if (options_parse(c, argc, argv, specs, 0, &args) != 0)
        return args.status;
    if (project_open(NULL, &project, &st) != 0)
        return output_fail(&st);
    char *who = project_user(user);
    int failed = !who                ? status_out_of_memory(&st)
                 : redo ? store_redo(project.store, who, &photo, &count, &st)
                        : store_undo(project.store, who, &photo, &count, &st);
    if (!failed)
        print_turned(&project, redo, photo, count);
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

#define DETAILS                                                                                                    \
    "A step is an answer, a change to the tree (`tend tree`), or an import (of the user `import`). A step that\n" \
    "somebody else has built on stays.\n"                                                                         \
    "  --user NAME    whose step (default: the system's user name)\n"

const struct command command_undo = {
    "undo", "undo [--user NAME]", "takes back your last step; again and again, to the first one", DETAILS, run_undo,
};
const struct command command_redo = {
    "redo", "redo [--user NAME]", "brings back the step taken back last", DETAILS, run_redo,
};
