/* tend set: what a person may set in this project. */
#include <stdio.h>
#include <string.h>

#include "data/status.h"
#include "tui/commands/command.h"
#include "tui/commands/options.h"
#include "tui/commands/output.h"
#include "tui/loop/project.h"
#include "tui/loop/settings.h"

extern const struct command command_set;

static void show(struct store *s, const struct setting *setting)
{
    char value[SETTING_SIZE], allowed[300], safe[4 * SETTING_SIZE];
    settings_get(s, setting, value, sizeof value);
    printf("%-16s %s\n", setting->name, output_safe(value, safe, sizeof safe));
    printf("                 %s (%s; default %s)\n", setting->help,
           settings_allowed(setting, allowed, sizeof allowed), setting->usual);
}

static int set(struct store *s, const struct arguments *args, int usual, struct status *st)
{
    const struct setting *setting = args->count > 0 ? settings_find(args->at[0], st) : NULL;
    char value[SETTING_SIZE];
    if (args->count == 0) {
        for (int i = 0; i < settings_count(); i++)
            show(s, &settings[i]);
        return 0;
    }
    if (!setting)
        return -1;
    if (args->count > 1 || usual)
        return settings_set(s, setting, usual ? NULL : args->at[1], st);
    printf("%s\n", settings_get(s, setting, value, sizeof value));
    return 0;
}

static int run(int argc, char **argv)
{
    int usual = 0;
    struct status st = {0};
    struct arguments args;
    struct project project;
    const struct option_spec specs[] = {
        {"default", OPTION_FLAG, &usual, 0, 0},
        {NULL, OPTION_FLAG, NULL, 0, 0},
    };
    if (options_parse(&command_set, argc, argv, specs, 2, &args) != 0)
        return args.status;
    if (usual && args.count != 1)
        return options_wrong(&command_set, "--default goes with the name of one setting");
    if (project_open(NULL, &project, &st) != 0)
        return output_fail(&st);
    int failed = set(project.store, &args, usual, &st);
    project_close(&project);
    return failed ? output_fail(&st) : 0;
}

const struct command command_set = {
    "set",
    "set [NAME [VALUE | --default]]",
    "lists the settings of this project; shows or changes one",
    "  NAME            shows its value alone\n"
    "  NAME VALUE      sets it, for everybody who works in this project\n"
    "  --default       sets it as it is without being set\n\n"
    "In the review `:set NAME VALUE` does the same, at once.\n",
    run,
};
