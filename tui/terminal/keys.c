/* The table of keys, and their names. */
#include "tui/terminal/keys.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/terminal/cluster.h"
#include "tui/terminal/terminal.h"

const struct key_binding key_bindings[] = {
#define X(command, name, key, second, section, help)                                               \
    {KEY_##command, name, key, second, section, help},
    KEYS(X)
#undef X
};

static const struct {
    const char *name;
    int key;
} names[] = {
    {"Up", TERMINAL_UP},
    {"Down", TERMINAL_DOWN},
    {"Left", TERMINAL_LEFT},
    {"Right", TERMINAL_RIGHT},
    {"Home", TERMINAL_HOME},
    {"End", TERMINAL_END},
    {"PageUp", TERMINAL_PAGE_UP},
    {"PageDown", TERMINAL_PAGE_DOWN},
    {"Delete", TERMINAL_DELETE},
    {"Insert", TERMINAL_INSERT},
    {"Backspace", TERMINAL_BACKSPACE},
    {"Enter", TERMINAL_ENTER},
    {"Tab", TERMINAL_TAB},
    {"Backtab", TERMINAL_BACKTAB},
    {"Escape", TERMINAL_ESCAPE},
    {"Space", ' '},
};

enum { NAMES = sizeof names / sizeof names[0], FUNCTION_KEYS = 24 };

const struct key_binding *key_binding_of(enum key_command command)
{
    assert(command > KEY_NOTHING && command < KEY_COMMANDS);
    return &key_bindings[command - 1];
}

enum key_command key_command_named(const char *name)
{
    for (int i = 0; i < KEY_COMMANDS - 1; i++)
        if (strcmp(key_bindings[i].name, name) == 0)
            return key_bindings[i].command;
    return KEY_NOTHING;
}

int key_from_name(const char *name)
{
    unsigned code;
    size_t length = strlen(name);
    if (length > 0 && (size_t)utf8_decode((const unsigned char *)name, length, &code) == length)
        return code > ' ' && code != 127 ? (int)code : -1;
    for (int i = 0; i < NAMES; i++)
        if (strcmp(name, names[i].name) == 0)
            return names[i].key;
    if (length == 6 && strncmp(name, "Ctrl-", 5) == 0 && name[5] >= 'A' && name[5] <= 'Z')
        return name[5] - 'A' + 1;
    if (name[0] == 'F' && length <= 3 && strspn(name + 1, "0123456789") == length - 1) {
        int number = atoi(name + 1);
        if (number >= 1 && number <= FUNCTION_KEYS)
            return TERMINAL_F1 + number - 1;
    }
    return -1;
}

const char *key_name(int key, char *buffer, int size)
{
    char character[5] = "";
    if (size < 1)
        return buffer;
    buffer[0] = '\0';
    for (int i = 0; i < NAMES; i++)
        if (names[i].key == key) {
            snprintf(buffer, (size_t)size, "%s", names[i].name);
            return buffer;
        }
    if (key >= 1 && key <= 26)
        snprintf(buffer, (size_t)size, "Ctrl-%c", 'A' + key - 1);
    else if (key >= TERMINAL_F1 && key < TERMINAL_F1 + FUNCTION_KEYS)
        snprintf(buffer, (size_t)size, "F%d", key - TERMINAL_F1 + 1);
    else if (key > ' ' && key <= 0x10ffff) {
        character[utf8_encode((unsigned)key, character)] = '\0';
        snprintf(buffer, (size_t)size, "%s", character);
    }
    return buffer;
}
