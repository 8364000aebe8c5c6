/* The keys in force: those of the table, changed by key files.
 *
 * A key file is text, one word after another separated by blanks:
 *
 *     bind Ctrl-A accept     # this key does that from now on, whatever it did before
 *     unbind x               # this key does nothing
 *
 * '#' after a blank or at the beginning of a line begins a comment. Commands are those of KEYS, by
 * name. The digits 1 to 9 take candidates and stay. What is wrong is said with file and line and
 * left out; the rest counts. A struct keymap is a value: it owns nothing. */
#ifndef TUI_TERMINAL_KEYMAP_H
#define TUI_TERMINAL_KEYMAP_H

#include <stddef.h>

#include "tui/terminal/keys.h"

enum { KEYMAP_KEYS = 256, KEYMAP_NAME = 16 };

struct keymap {
    int count;
    struct keymap_key {
        int key;
        enum key_command command;
        char name[KEYMAP_NAME]; /* of the key */
    } keys[KEYMAP_KEYS];        /* those of one command in the order they are shown */
};

/* Is told what is wrong: "FILE:LINE: sentence". */
typedef void keymap_problem(void *arg, const char *text);

void keymap_init(struct keymap *m); /* the table's keys */
/* Takes in the text of a key file; `file` is its name in what is said. */
void keymap_read(struct keymap *m, const char *text, const char *file, keymap_problem *problem,
                 void *arg);
/* The table's keys, then the user's file ($XDG_CONFIG_HOME/tend/keys, else ~/.config/tend/keys),
 * then `keys` in the project's folder .tend (NULL: no project); files that are not there are no
 * problem. Returns how many files were read. */
int keymap_load(struct keymap *m, const char *folder, keymap_problem *problem, void *arg);
/* Where the user's file would be; "" when there is no home. */
const char *keymap_user_file(char *buffer, size_t size);

/* What a key (terminal_key) does: '1' to '9' are KEY_CANDIDATE. */
enum key_command keymap_command(const struct keymap *m, int key);
/* A key that no keyboard has, which means this command: how a command gets to a screen without its
 * key. */
int keymap_key_of(enum key_command command);
/* The key of a command as it is shown, "" when it has none; what to type on the command line
 * (":undo") then; and all of its keys, "u  Backspace". */
const char *keymap_name(const struct keymap *m, enum key_command command);
const char *keymap_hint(const struct keymap *m, enum key_command command);
const char *keymap_names(const struct keymap *m, enum key_command command, char *buffer,
                         size_t size);
/* A sentence with commands by name in it, "{undo} takes it back", with their keys instead; in a
 * format of printf a key's '%' is doubled. Cut when it does not fit; returns buffer. */
const char *keymap_text(const struct keymap *m, const char *text, int is_format, char *buffer,
                        size_t size);

#endif
