/* Subcommands of tend: one table. A new command is one new file and one line in command.c's table.
 */
#ifndef TUI_COMMANDS_COMMAND_H
#define TUI_COMMANDS_COMMAND_H

struct command {
    const char *name;
    const char *usage;   /* "init [DIR] [--labels FILE|folders] ..." */
    const char *help;    /* one line */
    const char *details; /* options, a line each */
    /* argv[0] is the command's name. Returns the exit status: 0, 1 for a failure (said on stderr),
     * 2 for wrong usage. */
    int (*run)(int argc, char **argv);
};

extern const struct command *const commands[]; /* NULL-terminated */
const struct command *command_find(const char *name);
int command_help(const struct command *c); /* prints usage and details; 0 */

#endif
