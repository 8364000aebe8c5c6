/* The terminal's life: what it can do is asked before curses starts; then text is curses' and
 * pictures are written beside it (place.c); keys are read here, never by curses, since answers to
 * questions come in between them (input.c). Everything is put back at the end, on Ctrl-Z and after
 * a crash. */
#include "tui/terminal/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "data/clock.h"
#include "data/status.h"
#include "tui/terminal/internal.h"
#include "tui/terminal/picture.h"

enum { SCRIPT_ROWS = 30, SCRIPT_COLS = 100, LEAVE_WAIT = 1000, SCRIPT_COLORS = 256 };

struct terminal terminal = {.picture_fd = -1};

const struct terminal_info *terminal_info(void)
{
    return &terminal.info;
}

void terminal_set_idle(int (*busy)(void *arg), void *arg)
{
    terminal.busy = busy;
    terminal.busy_arg = arg;
}

/* ---- beginning ---- */

/* Keys come one by one and as they are; Ctrl-Z still suspends, Ctrl-C is a key. */
void terminal_modes(struct termios *mode)
{
    mode->c_iflag &= ~(tcflag_t)(ICRNL | INLCR | IGNCR | IXON | IXOFF | ISTRIP);
    mode->c_lflag &= ~(tcflag_t)(ICANON | ECHO | ECHONL | IEXTEN);
    mode->c_lflag |= ISIG;
    mode->c_cc[VINTR] = mode->c_cc[VQUIT] = _POSIX_VDISABLE;
    mode->c_cc[VMIN] = 1;
    mode->c_cc[VTIME] = 0;
}

static int take_tty(struct status *st)
{
    struct termios mode;
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
        return status_fail(st, STATUS_UNSUPPORTED,
                           "standard %s is not a terminal: run this in a terminal window, or play "
                           "keys from a file with --script FILE",
                           isatty(STDIN_FILENO) ? "output" : "input");
    if (tcgetattr(STDIN_FILENO, &terminal.before))
        return status_fail_errno(st, "asking for the terminal's modes");
    terminal.has_before = 1;
    mode = terminal.before;
    terminal_modes(&mode);
    if (tcsetattr(STDIN_FILENO, TCSADRAIN, &mode))
        return status_fail_errno(st, "setting the terminal's modes");
    return 0;
}

static void give_tty_back(void)
{
    if (terminal.has_before)
        tcsetattr(STDIN_FILENO, TCSADRAIN, &terminal.before);
    terminal.has_before = 0;
}

/* The name by which curses shall know the terminal. Newer ones are often missing from a machine's
 * terminfo; those that answer at all are xterm's relatives. */
static const char *find_terminfo(struct status *st)
{
    const char *term = getenv("TERM");
    if (!term || !term[0] || strcmp(term, "dumb") == 0) {
        status_fail(st, STATUS_UNSUPPORTED,
                    "TERM is %s: this needs a terminal with a cursor; set TERM, for example to "
                    "xterm-256color",
                    term && term[0] ? "'dumb'" : "not set");
        return NULL;
    }
    if (!draw_terminfo(term, &terminal.terminfo_colors))
        return term;
    if (!draw_terminfo("xterm-256color", &terminal.terminfo_colors))
        return "xterm-256color";
    status_fail(
        st, STATUS_UNSUPPORTED,
        "the terminal '%.60s' is not known on this machine; install ncurses-base, or try again "
        "with TERM=vt100",
        term);
    return NULL;
}

static int start_real(struct status *st)
{
    const char *term = find_terminfo(st);
    if (!term || take_tty(st) || signals_install(st))
        return -1;
    ask_all();
    ask_conclude();
    if (draw_start(term, stdin, stdout, st))
        return -1;
    draw_size(terminal.info.rows, terminal.info.cols);
    signals_set_restore(draw_restore_bytes());
    const char *name = ttyname(STDOUT_FILENO);
    terminal.picture_fd = name ? open(name, O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC) : -1;
    return 0;
}

static int start_script(const struct terminal_options *o, struct status *st)
{
    terminal.scripted = 1;
    if (script_open(o->script, o->dump, st))
        return -1;
    terminal.script_in = fopen("/dev/null", "r");
    terminal.script_out = fopen("/dev/null", "w");
    if (!terminal.script_in || !terminal.script_out)
        return status_fail_errno(st, "/dev/null");
    struct probe_environment e = {
        .rows = o->rows > 0 ? o->rows : SCRIPT_ROWS,
        .cols = o->cols > 0 ? o->cols : SCRIPT_COLS,
        .colors = SCRIPT_COLORS,
        .wanted = o->graphics == GRAPHICS_AUTO ? GRAPHICS_NONE : o->graphics,
    };
    probe_decide(&terminal.answers, &e, &terminal.info);
    if (o->graphics == GRAPHICS_AUTO)
        snprintf(terminal.info.why, sizeof terminal.info.why,
                 "a script has no terminal that could be asked");
    if (draw_start("xterm-256color", terminal.script_in, terminal.script_out, st))
        return -1;
    draw_size(terminal.info.rows, terminal.info.cols);
    return 0;
}

/* Clicks and the wheel, in numbers (1006): the older way does not reach beyond column 223. */
static void send_mouse(int on)
{
    const char *bytes = on ? "\033[?1000h\033[?1006h" : "\033[?1006l\033[?1000l";
    if (terminal.started && !terminal.scripted && terminal.mouse)
        ask_write(bytes, strlen(bytes));
}

void terminal_set_mouse(int on)
{
    if (!terminal.started || terminal.scripted || on == terminal.mouse || !draw_knows_mouse())
        return;
    terminal.mouse = 1;
    send_mouse(on);
    terminal.mouse = on;
}

void terminal_set_picture_bytes(size_t bytes)
{
    terminal.info.picture_bytes = terminal.wanted_bytes ? terminal.wanted_bytes
                                  : bytes               ? bytes
                                                        : PICTURE_MAX_BYTES;
}

static void end_at_exit(void)
{
    terminal_end();
}

int terminal_start(const struct terminal_options *o, struct status *st)
{
    static int registered;
    if (terminal.started)
        return status_fail(st, STATUS_BUSY, "the terminal has been started already");
    terminal = (struct terminal){.picture_fd = -1,
                                 .wake = {-1, -1},
                                 .cursor_row = -1,
                                 .wanted_graphics = o->graphics,
                                 .wanted_bytes = o->picture_bytes,
                                 .busy = terminal.busy,
                                 .busy_arg = terminal.busy_arg};
    if (!registered)
        registered = atexit(end_at_exit) == 0;
    int failed = o->script ? start_script(o, st) : start_real(st);
    terminal.started = 1;
    terminal_set_picture_bytes(0);
    if (failed)
        terminal_end();
    return failed;
}

void terminal_end(void)
{
    if (!terminal.started)
        return;
    send_mouse(0);
    terminal.started = 0;
    place_forget_standing();
    if (!terminal.scripted && terminal.has_before)
        ask_settle(LEAVE_WAIT); /* an answer that comes later would be typed into the shell */
    draw_end();
    give_tty_back();
    signals_remove();
    if (terminal.picture_fd >= 0)
        close(terminal.picture_fd);
    terminal.picture_fd = -1;
    if (terminal.script_in)
        fclose(terminal.script_in);
    if (terminal.script_out)
        fclose(terminal.script_out);
    terminal.script_in = terminal.script_out = NULL;
    script_close();
}

int terminal_probe(enum graphics wanted, struct terminal_info *out, struct status *st)
{
    if (!terminal.started) {
        terminal = (struct terminal){.picture_fd = -1, .wanted_graphics = wanted};
        const char *term = find_terminfo(st);
        int failed = !term || take_tty(st);
        if (!failed) {
            ask_all();
            ask_conclude();
        }
        give_tty_back();
        if (failed)
            return -1;
    }
    *out = terminal.info;
    return 0;
}

/* ---- changes from outside ---- */

int terminal_resized(int rows, int cols)
{
    terminal.info.rows = rows < 1 ? 1 : rows < TERMINAL_MOST_CELLS ? rows : TERMINAL_MOST_CELLS;
    terminal.info.cols = cols < 1 ? 1 : cols < TERMINAL_MOST_CELLS ? cols : TERMINAL_MOST_CELLS;
    draw_size(terminal.info.rows, terminal.info.cols);
    terminal_redraw();
    return TERMINAL_RESIZE;
}

/* The font may have changed with the window: no picture is sent until its cells' size is known
 * again. */
static int look_again(void)
{
    struct probe_environment e;
    ask_environment(terminal.wanted_graphics, &e);
    answers_forget_sizes(&terminal.answers);
    terminal_resized(e.rows, e.cols);
    if (ask(PROBE_SIZES))
        terminal.sizes_asked = terminal.asked;
    else
        ask_conclude();
    terminal.changed = 0;
    return TERMINAL_RESIZE;
}

static int suspend(void)
{
    send_mouse(0);
    place_forget_standing();
    ask_settle(LEAVE_WAIT);
    draw_suspend();
    tcsetattr(STDIN_FILENO, TCSADRAIN, &terminal.before);
    signals_stop();
    signals_take();
    draw_resume();
    send_mouse(1);
    return look_again();
}

static int take_signals(void)
{
    unsigned what = signals_take();
    if (what & SIGNALLED_HANGUP)
        terminal.ended = 1;
    if (what & SIGNALLED_SUSPEND)
        return suspend();
    if (what & SIGNALLED_CONTINUE) { /* stopped by somebody else; the shell has been in between */
        draw_suspend();
        draw_resume();
        send_mouse(1);
    }
    return what & (SIGNALLED_CONTINUE | SIGNALLED_RESIZE) ? look_again() : TERMINAL_NONE;
}

/* ---- keys ---- */

static int sooner(int64_t a, int64_t b)
{
    int64_t t = a < 0 ? b : b < 0 || a < b ? a : b;
    return t < 0 ? -1 : t < 3600 * 1000 ? (int)t : 3600 * 1000;
}

static int wait_time(int64_t end)
{
    int64_t now = clock_milliseconds();
    int patience = input_patience(&terminal.input);
    int64_t left = end < 0 ? -1 : end > now ? end - now : 0;
    if (patience >= 0) {
        int64_t rest = terminal.last_byte + patience - now;
        patience = rest > 0 ? (int)rest : 0;
    }
    return sooner(sooner(left, patience), ask_patience());
}

/* What there is to return without waiting; 0: nothing. */
static int something(void)
{
    int key = take_signals();
    if (key != TERMINAL_NONE)
        return key;
    ask_pump();
    ask_expire();
    key = keyboard_take();
    if (key != TERMINAL_NONE)
        return key;
    if (terminal.ended)
        return TERMINAL_HANGUP;
    if (terminal.changed) {
        terminal.changed = 0;
        terminal_redraw();
        return TERMINAL_RESIZE;
    }
    return 0;
}

int terminal_key(int milliseconds, int fd)
{
    if (!terminal.started)
        return TERMINAL_HANGUP;
    if (terminal.scripted)
        return script_key(milliseconds, fd);
    int64_t end = milliseconds < 0 ? -1 : clock_milliseconds() + milliseconds;
    for (;;) {
        int key = something();
        if (key)
            return key;
        if (terminal.answered_now) { /* a picture may be sent now, or has arrived */
            terminal.answered_now = 0;
            return TERMINAL_NONE;
        }
        struct pollfd p[] = {
            {STDIN_FILENO, POLLIN, 0}, {terminal.wake[0], POLLIN, 0}, {fd, POLLIN, 0}};
        int ready = poll(p, 3, wait_time(end));
        if (ready < 0 && errno != EINTR)
            return TERMINAL_HANGUP;
        key = ready > 0 && (p[0].revents || p[1].revents) ? something() : 0;
        if (key)
            return key;
        if (ready > 0 && p[2].revents)
            return TERMINAL_WAKE;
        if (end >= 0 && clock_milliseconds() >= end && !(ready > 0))
            return TERMINAL_NONE;
    }
}

int terminal_key_waiting(void)
{
    if (!terminal.started || terminal.scripted)
        return 0;
    ask_pump();
    return terminal.keys_count > 0 || terminal.input.used > 0 || terminal.ended ||
           terminal.changed || signals_waiting();
}
