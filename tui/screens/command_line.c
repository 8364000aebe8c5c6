/* The command line: what is typed in the last row, how it could go on in the row above. The review
 * stays in sight.
 *
 * Tab writes what all words that could follow have in common, then goes through them. Up and Down
 * go through what was typed before and begins like what is there. A line that could not be run
 * stays, to be mended; ':' empties it. */
#include "tui/screens/screen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/file.h"
#include "data/status.h"
#include "tui/loop/history.h"
#include "tui/screens/line.h"
#include "tui/screens/line_commands.h"
#include "tui/screens/line_complete.h"

enum { CTRL_N = 14, CTRL_P = 16, GAP = 2 };

_Static_assert((int)LINE_TEXT == (int)HISTORY_LINE, "what is typed can be kept");

struct command_line {
    struct line line;
    struct completions words;
    int selected; /* of words: stands in the line; -1: none */
    struct history history;
    int failed;            /* it was run, could not be, and stands there to be mended */
    int at;                /* in the history; history.count: what is being typed */
    char typed[LINE_TEXT]; /* before going through the history */
    char *file;            /* of the history */
};

static void refresh(struct screen *s)
{
    struct command_line *c = s->state;
    c->selected = -1;
    line_complete(s->ui, c->line.text, &c->words);
}

/* ---- drawing ---- */

/* The first word shown, so that the selected one is in sight. */
static int first_shown(const struct command_line *c, int cols)
{
    int first = c->selected < 0 ? 0 : c->selected, used = 0;
    if (first == 0)
        return 0;
    while (first >= 0 && (used += terminal_width(c->words.words[first]) + GAP) < cols)
        first--;
    return first + 1 < c->selected ? first + 1 : c->selected;
}

static void draw_words(const struct command_line *c, int row, int cols)
{
    terminal_fill(row, 0, 1, cols, STYLE_NORMAL);
    int col = 1, i = first_shown(c, cols - 4);
    for (; i < c->words.count && col < cols - 2; i++) {
        const char *word = c->words.words[i];
        int width = terminal_width(word), room = cols - 2 - col;
        if (width > room && i > 0 && i != c->selected)
            break;
        terminal_text(row, col, width < room ? width : room,
                      i == c->selected ? STYLE_SELECTED : STYLE_NORMAL, word);
        col += width + GAP;
    }
    if (i < c->words.count)
        terminal_text(row, cols - 2, 1, STYLE_DIM, "…");
}

/* What the word that stands in the line, or the only one that could, does. */
static const char *help_shown(const struct command_line *c)
{
    int i = c->selected >= 0 ? c->selected : c->words.count == 1 ? 0 : -1;
    if (i < 0 && c->words.count > 0 &&
        strcmp(c->line.text + c->words.start, c->words.words[0]) == 0)
        i = 0;
    return i >= 0 && c->words.help[i] ? c->words.help[i] : "";
}

static void draw(struct screen *s)
{
    const struct command_line *c = s->state;
    const struct terminal_info *info = terminal_info();
    int row = info->rows - 1;
    const char *text = c->line.text, *help = help_shown(c);
    while (*text && terminal_width(text) > info->cols - 3) /* the end is what is being typed */
        do
            text++;
        while (((unsigned char)*text & 0xC0) == 0x80);
    int used = terminal_width(text) + 1, width = terminal_width(help);
    terminal_text(row, 0, 1, STYLE_KEY, ":");
    terminal_text(row, 1, info->cols - 1, STYLE_BOLD, text);
    if (width > 0 && used + 4 < info->cols / 2)
        terminal_text(row, used + 3, info->cols - used - 3, STYLE_DIM, help);
    terminal_cursor(row, used);
    if (c->words.count > 0)
        draw_words(c, row - 1, info->cols);
}

/* ---- keys ---- */

static void write_word(struct command_line *c, const char *word, size_t length)
{
    if (c->words.start + length >= sizeof c->line.text)
        return;
    memcpy(c->line.text + c->words.start, word, length);
    c->line.text[c->words.start + length] = '\0';
}

/* Bytes that all words have in common, whole characters. */
static size_t common_length(const struct completions *w)
{
    size_t length = strlen(w->words[0]);
    for (int i = 1; i < w->count; i++) {
        size_t n = 0;
        while (n < length && w->words[i][n] == w->words[0][n])
            n++;
        length = n;
    }
    while (length > 0 && ((unsigned char)w->words[0][length] & 0xC0) == 0x80)
        length--;
    return length;
}

static void complete(struct screen *s, int step)
{
    struct command_line *c = s->state;
    const struct completions *w = &c->words;
    if (w->count == 0)
        return;
    size_t common = common_length(w), typed = strlen(c->line.text + w->start);
    if (c->selected < 0 && step > 0 && (w->count == 1 || common > typed)) {
        write_word(c, w->words[0], common);
        if (w->count == 1 && w->more[0] && strlen(c->line.text) + 2 < sizeof c->line.text)
            strcat(c->line.text, " "); /* what follows */
        refresh(s);
        return;
    }
    c->selected = c->selected < 0 ? (step > 0 ? 0 : w->count - 1)
                                  : (c->selected + step + w->count) % w->count;
    write_word(c, w->words[c->selected], strlen(w->words[c->selected]));
}

static void go_through_history(struct screen *s, int step)
{
    struct command_line *c = s->state;
    const struct history *h = &c->history;
    if (c->at == h->count)
        strcpy(c->typed, c->line.text);
    int at = c->at + step;
    while (at >= 0 && at < h->count && strncmp(h->lines[at], c->typed, strlen(c->typed)) != 0)
        at += step;
    if (at < 0 || at > h->count)
        return;
    c->at = at;
    strcpy(c->line.text, at == h->count ? c->typed : h->lines[at]);
    refresh(s);
}

static void enter(struct screen *s)
{
    struct command_line *c = s->state;
    struct status st = {0}, kept = {0};
    if (c->line.text[strspn(c->line.text, " ")] == '\0') {
        ui_pop(s->ui);
        return;
    }
    if (line_run(s->ui, c->line.text, &st) != 0) {
        ui_say(s->ui, STYLE_BAD, "%s", st.text);
        c->failed = 1;
        return;
    }
    ui_pop(s->ui);
    if (c->file && history_add(&c->history, c->line.text, c->file, &kept) != 0)
        ui_say(s->ui, STYLE_WARN, "done, but not kept for another time: %s", kept.text);
}

static void key(struct screen *s, int k)
{
    struct command_line *c = s->state;
    int failed = c->failed;
    ui_dirty(s->ui);
    c->failed = 0;
    if (failed && k == ':') { /* who takes the line for left begins the next one */
        c->line.text[0] = '\0';
        c->at = c->history.count;
        refresh(s);
    } else if (k == TERMINAL_ENTER)
        enter(s);
    else if (k == TERMINAL_ESCAPE || ui_typing_command(s->ui, k) == KEY_CANCEL ||
             (k == TERMINAL_BACKSPACE && !c->line.text[0]))
        ui_pop(s->ui);
    else if (k == TERMINAL_TAB || k == TERMINAL_BACKTAB)
        complete(s, k == TERMINAL_TAB ? 1 : -1);
    else if (k == TERMINAL_UP || k == CTRL_P || k == TERMINAL_DOWN || k == CTRL_N)
        go_through_history(s, k == TERMINAL_UP || k == CTRL_P ? -1 : 1);
    else if (ui_typing_command(s->ui, k) == KEY_REDRAW)
        terminal_redraw();
    else if (line_key(&c->line, k)) {
        c->at = c->history.count;
        refresh(s);
    }
}

static int open(struct screen *s, const void *argument, struct status *st)
{
    struct command_line *c = s->state;
    (void)argument;
    c->file = file_join(app_root(ui_app(s->ui)), ".tend/history");
    if (!c->file)
        return status_out_of_memory(st);
    history_read(&c->history, c->file);
    c->at = c->history.count;
    refresh(s);
    return 0;
}

static void close(struct screen *s)
{
    struct command_line *c = s->state;
    history_clear(&c->history);
    free(c->file);
}

const struct screen_ops screen_command_line = {
    .name = "command line",
    .popup = 1,
    .last_row = 1,
    .state_size = sizeof(struct command_line),
    .open = open,
    .draw = draw,
    .key = key,
    .close = close,
};
