/* Pages made of the tables: keys (keys.h), commands (command.h), what the command line takes,
 * settings. */
#ifndef TUI_COMMANDS_MANUAL_H
#define TUI_COMMANDS_MANUAL_H

struct manual_page {
    const char *name, *help;
    void (*print)(void); /* on stdout */
};
extern const struct manual_page manual_pages[]; /* ends with one whose name is NULL */

/* -1: there is no page of that name. */
int manual_print(const char *page);

#endif
