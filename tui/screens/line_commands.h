/* What the command line understands: every command of the key table by its name, and a few that
 * take words after it; how a line is carried out. How it could go on: line_complete.h. */
#ifndef TUI_SCREENS_LINE_COMMANDS_H
#define TUI_SCREENS_LINE_COMMANDS_H

struct status;
struct ui;

struct line_command {
    const char *name, *usage, *help; /* usage: what follows the name */
    int (*run)(struct ui *ui, const char *words, struct status *st);
};
extern const struct line_command line_commands[]; /* ends with one whose name is NULL */

/* NULL: there is none that takes words. */
const struct line_command *line_find(const char *name);
/* Calls visit for every name there is, first those that take words; one that both tables have comes
 * once. */
void line_each_name(void (*visit)(void *arg, const char *name, const char *help), void *arg);
/* The name that begins so, or NULL: there is none or more than one, st says which. */
const char *line_whole_name(const char *begin, struct status *st);

/* Carries out a line (a name may be cut short while it is still the only one). 0: done, or on its
 * way to the screen below; what is to be said has been said (ui_say). -1: st says in a sentence why
 * not. */
int line_run(struct ui *ui, const char *line, struct status *st);

#endif
