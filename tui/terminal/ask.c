/* The terminal's two file descriptors: questions out, keys and answers in.
 *
 * Every question ends with CSI c, so one DA1 comes back for each, in order: counting them tells
 * which have been answered. A terminal that never answered the first one is asked nothing more. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "data/clock.h"
#include "tui/terminal/internal.h"

enum { START_WAIT = 1000, ANSWER_WAIT = 5000, SILENT_MOST = 2 };

int ask_environment(enum graphics wanted, struct probe_environment *e)
{
    struct winsize w = {0};
    int known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_row > 0 && w.ws_col > 0;
    const char *no_color = getenv("NO_COLOR");
    *e = (struct probe_environment){
        .rows = known ? w.ws_row : 24,
        .cols = known ? w.ws_col : 80,
        .xpixel = w.ws_xpixel,
        .ypixel = w.ws_ypixel,
        .term = getenv("TERM"),
        .colorterm = getenv("COLORTERM"),
        .colorfgbg = getenv("COLORFGBG"),
        .no_color = no_color && no_color[0],
        .colors = terminal.terminfo_colors,
        .wanted = wanted,
    };
    return known;
}

static int differs(const struct terminal_info *a, const struct terminal_info *b)
{
    return a->rows != b->rows || a->cols != b->cols || a->cell_width != b->cell_width ||
           a->cell_height != b->cell_height || a->graphics != b->graphics ||
           a->registers != b->registers || a->picture_width != b->picture_width ||
           a->picture_height != b->picture_height || a->colors != b->colors ||
           a->background != b->background;
}

int ask_conclude(void)
{
    struct probe_environment e;
    struct terminal_info info;
    ask_environment(terminal.wanted_graphics, &e);
    probe_decide(&terminal.answers, &e, &info);
    if (terminal.started) { /* the window's own size changes in one place only */
        info.rows = terminal.info.rows;
        info.cols = terminal.info.cols;
        info.picture_bytes = terminal.info.picture_bytes;
    }
    int changed = differs(&info, &terminal.info);
    terminal.info = info;
    return changed;
}

void ask_write(const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t n = write(STDOUT_FILENO, bytes, size);
        if (n < 0 && errno == EAGAIN) {
            struct pollfd p = {STDOUT_FILENO, POLLOUT, 0};
            poll(&p, 1, 1000);
        } else if (n < 0 && errno != EINTR) {
            return;
        }
        if (n > 0) {
            bytes += n;
            size -= (size_t)n;
        }
    }
}

/* ---- coming in ---- */

static void push_key(int key)
{
    int at = (terminal.keys_first + terminal.keys_count) % KEY_QUEUE;
    terminal.keys[at] = key;
    terminal.keys_count++;
}

static void note_answer(const struct answer *answer)
{
    answers_note(&terminal.answers, answer);
    if (answer->kind != ANSWER_DEVICE)
        return;
    terminal.silent = 0;
    if (terminal.answered < terminal.asked)
        terminal.answered++;
    if (terminal.answered == terminal.sizes_asked || terminal.answered == terminal.picture_asked)
        terminal.answered_now = 1;
    if (terminal.started && !ask_under_way(terminal.sizes_asked) && ask_conclude())
        terminal.changed = 1;
}

static void sort_input(void)
{
    int64_t waited = clock_milliseconds() - terminal.last_byte;
    while (terminal.keys_count < KEY_QUEUE) {
        struct input_event event;
        input_next(&terminal.input, waited < 10000 ? (int)waited : 10000, &event);
        if (event.kind == INPUT_NOTHING)
            return;
        if (event.kind == INPUT_KEY)
            push_key(event.key);
        if (event.kind == INPUT_ANSWER)
            note_answer(&event.answer);
    }
}

void ask_pump(void)
{
    for (;;) {
        unsigned char bytes[1024];
        size_t room = INPUT_BYTES - terminal.input.used;
        struct pollfd p = {STDIN_FILENO, POLLIN, 0};
        sort_input();
        if (terminal.ended || room == 0 || terminal.keys_count == KEY_QUEUE || poll(&p, 1, 0) <= 0)
            return;
        ssize_t n = read(STDIN_FILENO, bytes, room < sizeof bytes ? room : sizeof bytes);
        if (n > 0) {
            input_feed(&terminal.input, bytes, (size_t)n);
            terminal.last_byte = clock_milliseconds();
        } else if (n == 0 || (errno != EINTR && errno != EAGAIN)) {
            terminal.ended = 1;
        }
    }
}

int keyboard_take(void)
{
    if (terminal.keys_count == 0)
        return TERMINAL_NONE;
    int key = terminal.keys[terminal.keys_first];
    terminal.keys_first = (terminal.keys_first + 1) % KEY_QUEUE;
    terminal.keys_count--;
    terminal.key_before = terminal.last_key;
    terminal.last_key = clock_milliseconds();
    return key;
}

/* ---- going out ---- */

static void send_question(enum probe_question q)
{
    const char *text = probe_question(q);
    ask_write(text, strlen(text));
    terminal.asked++;
    terminal.asked_at = clock_milliseconds();
}

int ask(enum probe_question q)
{
    if (terminal.scripted || !terminal.answers.device || terminal.silent >= SILENT_MOST)
        return 0;
    send_question(q);
    return 1;
}

int ask_under_way(unsigned long number)
{
    return terminal.answered < number;
}

void ask_settle(int milliseconds)
{
    int64_t end = clock_milliseconds() + milliseconds;
    for (;;) {
        ask_pump();
        int64_t left = end - clock_milliseconds();
        if (terminal.answered >= terminal.asked || terminal.ended || left <= 0 ||
            terminal.keys_count == KEY_QUEUE)
            return;
        int patience = input_patience(&terminal.input);
        struct pollfd p = {STDIN_FILENO, POLLIN, 0};
        poll(&p, 1, patience >= 0 && patience < left ? patience : (int)left);
    }
}

void ask_expire(void)
{
    if (terminal.answered >= terminal.asked ||
        clock_milliseconds() - terminal.asked_at < ANSWER_WAIT)
        return;
    int sizes = ask_under_way(terminal.sizes_asked);
    terminal.answered = terminal.asked;
    terminal.silent++;
    terminal.answered_now = 1;
    if (sizes && ask_conclude())
        terminal.changed = 1;
}

int ask_patience(void)
{
    if (terminal.answered >= terminal.asked)
        return -1;
    int64_t left = terminal.asked_at + ANSWER_WAIT - clock_milliseconds();
    return left > 0 ? (int)left : 0;
}

/* What kitty's pictures are asked for in, tmux and screen take for the title of a window. */
static int takes_strings_for_titles(const char *term)
{
    return getenv("TMUX") || getenv("STY") ||
           (term && (strncmp(term, "tmux", 4) == 0 || strncmp(term, "screen", 6) == 0));
}

void ask_all(void)
{
    const char *term = getenv("TERM");
    int console = term && strncmp(term, "linux", 5) == 0;
    if (!console && !takes_strings_for_titles(term)) {
        const char *kitty = probe_question(PROBE_KITTY);
        ask_write(kitty, strlen(kitty));
    }
    send_question(console ? PROBE_CONSOLE : PROBE_ALL);
    ask_settle(START_WAIT);
    const struct answers *a = &terminal.answers;
    if (a->device && a->sixel && a->registers > 0 && a->registers < PROBE_COLORS) {
        send_question(PROBE_REGISTERS);
        ask_settle(START_WAIT);
    }
    terminal.answered = terminal.asked;
}
