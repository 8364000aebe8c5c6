#include "tui/terminal/keymap.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/file.h"
#include "data/status.h"
#include "tui/terminal/terminal.h"

enum { FILE_BYTES = 1 << 16, LINE_BYTES = 400, WORDS = 4, NAMED = 0x200000 };

/* ---- the map ---- */

static int find(const struct keymap *m, int key)
{
    for (int i = 0; i < m->count; i++)
        if (m->keys[i].key == key)
            return i;
    return -1;
}

static void unbind(struct keymap *m, int key)
{
    int at = find(m, key);
    if (at < 0)
        return;
    m->count--;
    memmove(m->keys + at, m->keys + at + 1, (size_t)(m->count - at) * sizeof m->keys[0]);
}

/* first: for a file's keys, which are shown before those that the command has already, and leave
 * two places for keep_way_out. 0, or -1: there is no place. */
static int bind(struct keymap *m, int key, enum key_command command, int first)
{
    unbind(m, key);
    if (m->count >= (first ? KEYMAP_KEYS - 2 : KEYMAP_KEYS))
        return -1;
    int at = first ? 0 : m->count;
    memmove(m->keys + at + 1, m->keys + at, (size_t)(m->count - at) * sizeof m->keys[0]);
    m->keys[at] = (struct keymap_key){.key = key, .command = command};
    key_name(key, m->keys[at].name, KEYMAP_NAME);
    m->count++;
    return 0;
}

static int is_digit(int key)
{
    return key >= '1' && key <= '9';
}

void keymap_init(struct keymap *m)
{
    m->count = 0;
    for (int i = 0; i < KEY_COMMANDS - 1; i++) {
        const struct key_binding *b = &key_bindings[i];
        if (b->command == KEY_CANDIDATE)
            continue;
        if (b->key[0])
            bind(m, key_from_name(b->key), b->command, 0);
        if (b->second[0])
            bind(m, key_from_name(b->second), b->command, 0);
    }
}

enum key_command keymap_command(const struct keymap *m, int key)
{
    if (is_digit(key))
        return KEY_CANDIDATE;
    if (key > NAMED && key < NAMED + KEY_COMMANDS)
        return (enum key_command)(key - NAMED);
    int at = find(m, key);
    return at >= 0 ? m->keys[at].command : KEY_NOTHING;
}

int keymap_key_of(enum key_command command)
{
    return NAMED + (int)command;
}

const char *keymap_name(const struct keymap *m, enum key_command command)
{
    if (command == KEY_CANDIDATE)
        return "1-9";
    for (int i = 0; i < m->count; i++)
        if (m->keys[i].command == command)
            return m->keys[i].name;
    return "";
}

const char *keymap_hint(const struct keymap *m, enum key_command command)
{
    static const char *const typed[] = {"",
#define X(command, name, key, second, section, help) ":" name,
                                        KEYS(X)
#undef X
    };
    const char *name = keymap_name(m, command);
    return name[0] ? name : typed[command];
}

const char *keymap_names(const struct keymap *m, enum key_command command, char *buffer,
                         size_t size)
{
    size_t used = 0;
    snprintf(buffer, size, "%s", command == KEY_CANDIDATE ? "1-9" : "");
    for (int i = 0; i < m->count && used < size; i++)
        if (m->keys[i].command == command)
            used += (size_t)snprintf(buffer + used, size - used, "%s%s", used > 0 ? "  " : "",
                                     m->keys[i].name);
    return buffer;
}

/* The command in braces at the beginning of text; *length: with the braces. */
static enum key_command in_braces(const char *text, size_t *length)
{
    char name[40];
    *length = text[0] == '{' ? strcspn(text, "}") + 1 : 0;
    if (*length < 3 || *length - 2 >= sizeof name || text[*length - 1] != '}')
        return KEY_NOTHING;
    snprintf(name, sizeof name, "%.*s", (int)*length - 2, text + 1);
    return key_command_named(name);
}

const char *keymap_text(const struct keymap *m, const char *text, int is_format, char *buffer,
                        size_t size)
{
    size_t used = 0, length;
    while (*text && used + 1 < size) {
        enum key_command command = in_braces(text, &length);
        if (command == KEY_NOTHING) {
            buffer[used++] = *text++;
            continue;
        }
        for (const char *key = keymap_hint(m, command); *key && used + 2 < size; key++) {
            buffer[used++] = *key;
            if (is_format && *key == '%')
                buffer[used++] = '%';
        }
        text += length;
    }
    buffer[used] = '\0';
    return buffer;
}

/* ---- key files ---- */

/* One file being read. */
struct reader {
    struct keymap *map;
    const char *file;
    int line;
    int lines[KEYMAP_KEYS], keys[KEYMAP_KEYS], count; /* what this file has said, where */
    int taken[KEY_COMMANDS]; /* the line that took a command's last key, 0: none did */
    keymap_problem *problem;
    void *arg;
};

__attribute__((format(printf, 2, 3))) static void complain(const struct reader *r,
                                                           const char *format, ...)
{
    char text[500];
    int used = snprintf(text, sizeof text, "%.200s:%d: ", r->file, r->line);
    va_list list;
    va_start(list, format);
    vsnprintf(text + used, sizeof text - (size_t)used, format, list);
    va_end(list);
    r->problem(r->arg, text);
}

/* Control characters that never arrive as themselves. */
static const char *arrives_as(int key)
{
    switch (key) {
    case 8: return "Backspace";
    case 9: return "Tab";
    case 10:
    case 13: return "Enter";
    default: return NULL;
    }
}

/* The key, or -1 and it was said what is wrong with it. */
static int read_key(struct reader *r, const char *name)
{
    int key = key_from_name(name);
    if (key < 0)
        complain(
            r,
            "'%.40s' is no key; write one character, or Ctrl-A, Enter, Tab, Space, Escape, Up, PageDown, F5",
            name);
    else if (is_digit(key))
        complain(r, "%c takes that candidate, which cannot be changed; choose another key", key);
    else if (arrives_as(key))
        complain(r, "a terminal sends %s for %s; write %s", arrives_as(key), name, arrives_as(key));
    else if (key == 'Z' - 'A' + 1)
        complain(r, "Ctrl-Z suspends the program, as everywhere; choose another key");
    else
        return key;
    return -1;
}

/* 1: this file has not spoken of the key yet. */
static int is_first(struct reader *r, int key, const char *name)
{
    for (int i = 0; i < r->count; i++)
        if (r->keys[i] == key) {
            complain(r, "%s is in line %d already; take one of the two out", name, r->lines[i]);
            return 0;
        }
    if (r->count < KEYMAP_KEYS) {
        r->keys[r->count] = key;
        r->lines[r->count++] = r->line;
    }
    return 1;
}

static void read_bind(struct reader *r, const char *name, const char *what)
{
    enum key_command command = key_command_named(what), before;
    int key = read_key(r, name);
    if (key < 0)
        return;
    if (command == KEY_NOTHING) {
        complain(r, "there is no command '%.40s'; `tend help keys` lists them", what);
    } else if (command == KEY_CANDIDATE) {
        complain(r, "candidates are taken by the digits 1 to 9 alone");
    } else if (is_first(r, key, name)) {
        before = keymap_command(r->map, key);
        if (bind(r->map, key, command, 1) != 0)
            complain(r, "there are more keys than %d", KEYMAP_KEYS - 2);
        if (before != KEY_NOTHING && before != command && !keymap_name(r->map, before)[0])
            r->taken[before] = r->line;
    }
}

static void read_line(struct reader *r, char *line)
{
    char *words[WORDS + 1], *save = NULL;
    int count = 0, key;
    for (char *w = strtok_r(line, " \t\r", &save); w && count <= WORDS;
         w = strtok_r(NULL, " \t\r", &save)) {
        if (w[0] == '#' && (w[1] || count != 1)) /* "bind # mark" is about the key */
            break;
        words[count++] = w;
    }
    if (count == 0)
        return;
    if (count == 3 && strcmp(words[0], "bind") == 0)
        read_bind(r, words[1], words[2]);
    else if (count != 2 || strcmp(words[0], "unbind") != 0)
        complain(r, "a line is `bind KEY COMMAND` or `unbind KEY`, not '%.40s%s'", words[0],
                 count > 1 ? " ..." : "");
    else if ((key = read_key(r, words[1])) >= 0 && is_first(r, key, words[1]))
        unbind(r->map, key);
}

/* Without these nobody finds out again: they keep a key. */
static void keep_way_out(struct reader *r)
{
    static const enum key_command needed[] = {KEY_BACK, KEY_HELP};
    for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++) {
        const struct key_binding *b = key_binding_of(needed[i]);
        if (keymap_name(r->map, needed[i])[0])
            continue;
        complain(r, "%s needs a key; it keeps %s", b->name, b->key);
        bind(r->map, key_from_name(b->key), needed[i], 0);
    }
}

/* A key bound anew may have been the only one of another command: that is said, unless it was meant
 * (unbind). */
static void report_bare(struct reader *r)
{
    for (int c = KEY_NOTHING + 1; c < KEY_COMMANDS; c++) {
        const char *name = key_binding_of((enum key_command)c)->name;
        if (r->taken[c] == 0 || keymap_name(r->map, (enum key_command)c)[0])
            continue;
        r->line = r->taken[c];
        complain(r, "takes the only key of %s; `bind KEY %s` gives it another", name, name);
    }
}

void keymap_read(struct keymap *m, const char *text, const char *file, keymap_problem *problem,
                 void *arg)
{
    struct reader r = {.map = m, .file = file, .problem = problem, .arg = arg};
    char line[LINE_BYTES];
    while (*text) {
        size_t length = strcspn(text, "\n");
        r.line++;
        if (length >= sizeof line) {
            complain(&r, "the line is too long");
        } else {
            memcpy(line, text, length);
            line[length] = '\0';
            read_line(&r, line);
        }
        text += length + (text[length] == '\n');
    }
    keep_way_out(&r);
    report_bare(&r);
}

const char *keymap_user_file(char *buffer, size_t size)
{
    const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    buffer[0] = '\0';
    if (config && config[0] == '/')
        snprintf(buffer, size, "%s/tend/keys", config);
    else if (home && home[0])
        snprintf(buffer, size, "%s/.config/tend/keys", home);
    return buffer;
}

/* 1: the file was read. shown: its name in what is said. */
static int load(struct keymap *m, const char *path, const char *shown, keymap_problem *problem,
                void *arg)
{
    struct status st = {0};
    char *text, line[700];
    size_t size;
    if (file_read(path, FILE_BYTES, &text, &size, &st) != 0) {
        snprintf(line, sizeof line, "%.600s; its keys are left out", st.text);
        if (st.code != STATUS_MISSING)
            problem(arg, line);
        return 0;
    }
    if (memchr(text, '\0', size)) {
        snprintf(line, sizeof line, "%.600s: is not text; its keys are left out", shown);
        problem(arg, line);
    } else {
        keymap_read(m, text, shown, problem, arg);
    }
    free(text);
    return 1;
}

int keymap_load(struct keymap *m, const char *folder, keymap_problem *problem, void *arg)
{
    char user[1024];
    int files = 0;
    keymap_init(m);
    if (keymap_user_file(user, sizeof user)[0])
        files += load(m, user, user, problem, arg);
    char *own = folder ? file_join(folder, "keys") : NULL;
    if (own)
        files += load(m, own, ".tend/keys", problem, arg);
    free(own);
    return files;
}
