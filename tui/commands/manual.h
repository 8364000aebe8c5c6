/* Pages made of the tables: keys (keys.h), commands (command.h), what the command line takes,
 * settings. */
#ifndef TUI_COMMANDS_MANUAL_H
#define TUI_COMMANDS_MANUAL_H

/* Prints a page on stdout: "keys": text, with the keys in force here (see keymap.h); "formats":
 * those of label files; "keys.md": the table of the README; "man": the man page, in man(7). -1:
 * there is no page of that name. */
int manual_print(const char *page);

#endif
