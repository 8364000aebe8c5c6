/* Scripts: keys from a file, screens into one. No terminal is needed: curses writes to /dev/null.
 */
#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "data/clock.h"
#include "data/file.h"
#include "data/status.h"
#include "tui/terminal/cluster.h"
#include "tui/terminal/internal.h"
#include "tui/terminal/keys.h"

enum { SCRIPT_BYTES = 1 << 20, IDLE_LOOK = 20 };

enum kind { WORD_KEY, WORD_TEXT, WORD_WAIT, WORD_SIZE, WORD_IDLE, WORD_DUMP };

struct word {
    enum kind kind;
    int number, second; /* key; milliseconds; columns and rows */
    const char *text;   /* what is left to be typed; file of a dump or NULL */
};

static struct {
    char *bytes;
    struct word *words;
    size_t count, at;
    char *dump; /* file, or NULL */
    FILE *out;
    int dumps;
    FILE *live; /* a pipe: lines are read as they are played, by somebody who looks at the dumps
                   between */
    size_t live_size;
    int line;
    int64_t waiting; /* until when, 0: not yet */
} script;

/* "123" up to a limit; -1 for anything else. */
static long whole(const char *text, const char *end, long most)
{
    long value = 0;
    if (text == end)
        return -1;
    for (; text < end; text++) {
        if (!isdigit((unsigned char)*text) || value > most)
            return -1;
        value = value * 10 + (*text - '0');
    }
    return value <= most ? value : -1;
}

/* "COLxROW", counted from 1. */
static int read_place(const char *text, enum mouse_kind kind, struct word *out)
{
    const char *x = strchr(text, 'x');
    long col = x ? whole(text, x, TERMINAL_MOST_CELLS) : -1;
    long row = x ? whole(x + 1, x + strlen(x), TERMINAL_MOST_CELLS) : -1;
    if (col < 1 || row < 1)
        return -1;
    out->number = input_mouse_key(kind, (int)row - 1, (int)col - 1);
    return 0;
}

static int read_word(char *text, struct word *out)
{
    char *end = text + strlen(text), *x;
    *out = (struct word){.kind = WORD_KEY};
    if (strcmp(text, "idle") == 0) {
        out->kind = WORD_IDLE;
    } else if (strcmp(text, "dump") == 0) {
        out->kind = WORD_DUMP;
    } else if (strncmp(text, "dump:", 5) == 0 && text[5]) {
        out->kind = WORD_DUMP;
        out->text = text + 5;
    } else if (strncmp(text, "text:", 5) == 0) {
        out->kind = WORD_TEXT;
        out->text = text + 5;
        for (char *c = text + 5; *c; c++)
            if (*c == '_')
                *c = ' ';
    } else if (strncmp(text, "wait:", 5) == 0) {
        out->kind = WORD_WAIT;
        out->number = (int)whole(text + 5, end, 3600 * 1000);
        return out->number < 0 ? -1 : 0;
    } else if (strncmp(text, "click:", 6) == 0) {
        return read_place(text + 6, MOUSE_PRESS, out);
    } else if (strncmp(text, "wheel-up:", 9) == 0) {
        return read_place(text + 9, MOUSE_WHEEL_UP, out);
    } else if (strncmp(text, "wheel-down:", 11) == 0) {
        return read_place(text + 11, MOUSE_WHEEL_DOWN, out);
    } else if (strncmp(text, "size:", 5) == 0 && (x = strchr(text, 'x'))) {
        out->kind = WORD_SIZE;
        out->number = (int)whole(text + 5, x, TERMINAL_MOST_CELLS);
        out->second = (int)whole(x + 1, end, TERMINAL_MOST_CELLS);
        return out->number < 1 || out->second < 1 ? -1 : 0;
    } else {
        out->number = key_from_name(text);
        return out->number < 0 ? -1 : 0;
    }
    return 0;
}

static int read_line(char *line, int number, const char *path, struct status *st)
{
    char *save = NULL;
    for (char *t = strtok_r(line, " \t\r", &save); t; t = strtok_r(NULL, " \t\r", &save)) {
        if (t[0] == '#')
            return 0;
        if (read_word(t, &script.words[script.count++]))
            return status_fail(st, STATUS_FORMAT, "%s:%d: '%.60s' is no key and no word of scripts",
                               path, number, t);
    }
    return 0;
}

static int open_live(const char *path, const char *dump, struct status *st)
{
    script.live = fopen(path, "r");
    script.dump = dump ? strdup(dump) : NULL;
    script.out = dump ? fopen(dump, "w") : stdout;
    return script.live && script.out ? 0 : status_fail_errno(st, "%s", script.live ? dump : path);
}

/* The next line of a pipe; 0 at its end, or at a line that is none. */
static int read_live(void)
{
    struct status st = {0};
    ssize_t length = script.live ? getline(&script.bytes, &script.live_size, script.live) : -1;
    if (length < 0)
        return 0;
    free(script.words);
    script.at = script.count = 0;
    script.words = calloc((size_t)length / 2 + 2, sizeof script.words[0]);
    script.bytes[strcspn(script.bytes, "\n")] = '\0';
    return script.words && read_line(script.bytes, ++script.line, "the pipe", &st) == 0;
}

int script_open(const char *path, const char *dump, struct status *st)
{
    size_t size;
    struct stat found;
    memset(&script, 0, sizeof script);
    if (stat(path, &found) == 0 && S_ISFIFO(found.st_mode))
        return open_live(path, dump, st);
    if (file_read(path, SCRIPT_BYTES, &script.bytes, &size, st))
        return -1;
    script.words = calloc(size / 2 + 2, sizeof script.words[0]);
    script.dump = dump ? strdup(dump) : NULL;
    if (!script.words || (dump && !script.dump))
        return status_out_of_memory(st);
    if (memchr(script.bytes, '\0', size))
        return status_fail(st, STATUS_FORMAT, "%s: is not text", path);
    int number = 1;
    for (char *line = script.bytes, *next; line; line = next, number++) {
        next = strchr(line, '\n');
        if (next)
            *next++ = '\0';
        if (read_line(line, number, path, st))
            return -1;
    }
    script.out = dump ? fopen(dump, "w") : stdout;
    return script.out ? 0 : status_fail_errno(st, "%s", dump);
}

void script_close(void)
{
    if (script.out == stdout)
        fflush(stdout);
    else if (script.out)
        fclose(script.out);
    if (script.live)
        fclose(script.live);
    free(script.bytes);
    free(script.words);
    free(script.dump);
    memset(&script, 0, sizeof script);
}

static void dump(const struct word *w)
{
    FILE *out = w->text ? fopen(w->text, "w") : script.out;
    if (!out)
        return;
    draw_dump(out, ++script.dumps);
    if (w->text)
        fclose(out);
    else
        fflush(out);
}

/* Waits at most so long; WAKE, NONE when the caller's time is up, 0 otherwise. */
static int pass_time(int most, int64_t end, int fd)
{
    int64_t left = end < 0 ? most : end - clock_milliseconds();
    struct pollfd p = {fd, POLLIN, 0};
    if (left <= 0)
        return TERMINAL_NONE;
    if (poll(&p, 1, left < most ? (int)left : most) > 0)
        return TERMINAL_WAKE;
    return end >= 0 && clock_milliseconds() >= end ? TERMINAL_NONE : 0;
}

/* 0: this word is done. */
static int play_word(struct word *w, int64_t end, int fd)
{
    unsigned code;
    int length, key;
    switch (w->kind) {
    case WORD_KEY: script.at++; return w->number;
    case WORD_TEXT:
        length = utf8_decode((const unsigned char *)w->text, strlen(w->text), &code);
        if (length < 1 || code == 0)
            break;
        w->text += length;
        return (int)code;
    case WORD_SIZE: script.at++; return terminal_resized(w->second, w->number);
    case WORD_DUMP: dump(w); break;
    case WORD_IDLE:
        while (terminal.busy && terminal.busy(terminal.busy_arg))
            if ((key = pass_time(IDLE_LOOK, end, fd)))
                return key;
        break;
    case WORD_WAIT:
        if (!script.waiting)
            script.waiting = clock_milliseconds() + w->number;
        while (clock_milliseconds() < script.waiting)
            if ((key = pass_time((int)(script.waiting - clock_milliseconds()), end, fd)))
                return key;
        script.waiting = 0;
        break;
    }
    script.at++;
    return 0;
}

int script_key(int milliseconds, int fd)
{
    int64_t end = milliseconds < 0 ? -1 : clock_milliseconds() + milliseconds;
    while (script.at < script.count || read_live()) {
        if (script.at == script.count)
            continue; /* an empty line */
        int key = play_word(&script.words[script.at], end, fd);
        if (key)
            return key;
    }
    return TERMINAL_HANGUP;
}
