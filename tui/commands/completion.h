/* Completion of commands, options and values in a shell. The scripts hold one table, made of the
 * program's own: commands, their options (options.h), formats, orders, settings and the like. A row
 * is five fields with tabs between:
 *
 *     command    whose row it is; - for what follows `tend` itself
 *     word       that may stand there: an option, what a command does, a setting
 *     takes      what stands after the word: words (the choices), file, folder, text (anything);
 *                - for nothing. A row whose word is - tells what the command itself takes.
 *     choices    with blanks between; -
 *     help       -
 */
#ifndef TUI_COMMANDS_COMPLETION_H
#define TUI_COMMANDS_COMPLETION_H

struct command;
struct option_spec;

/* The scripts, on stdout. */
void completion_print_bash(void);
void completion_print_zsh(void);

/* Prints the row of one option, for options_parse. */
void completion_print_option(const struct command *c, const struct option_spec *s);

#endif
