/* What the command line understands: every command of the key table by its name, and a few that
 * take words after it; how a line is carried out, and how it could go on. */
#ifndef TUI_SCREENS_LINE_COMMANDS_H
#define TUI_SCREENS_LINE_COMMANDS_H

#include <stddef.h>

struct status;
struct ui;

struct line_command {
    const char *name, *usage, *help; /* usage: what follows the name */
    int (*run)(struct ui *ui, const char *words, struct status *st);
};
extern const struct line_command line_commands[]; /* ends with one whose name is NULL */

/* Carries out a line (a name may be cut short while it is still the only one). 0: done, or on its
 * way to the screen below; what is to be said has been said (ui_say). -1: st says in a sentence why
 * not. */
int line_run(struct ui *ui, const char *line, struct status *st);

enum { COMPLETIONS = 64, COMPLETION_SIZE = 300 };

struct completions {
    size_t start; /* where in the line the word begins that is completed */
    int count;    /* of `words`; there may be more than fit */
    char words[COMPLETIONS][COMPLETION_SIZE];
    const char *help[COMPLETIONS]; /* may be NULL */
    int more[COMPLETIONS];         /* something may follow it */
};
void line_complete(struct ui *ui, const char *line, struct completions *out);

#endif
