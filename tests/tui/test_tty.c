/* The real thing on a pseudo terminal: a child shows a picture and says which keys it gets; the
 * test is the terminal, answers what it is asked (or not), types, resizes, and looks at what was
 * written. */
#include "tests/check.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>
#include <utmp.h>

#include "data/image.h"
#include "data/status.h"
#include "tui/terminal/input.h"
#include "tui/terminal/picture.h"
#include "tui/terminal/terminal.h"

enum { PATIENCE = 20, SEEN = 8 << 20, LOG = 1 << 16 };

static const char sixel_answers[] =
    "\033P>|XTerm(379)\033\\\033[?1;0;256S\033[6;20;10t\033[?63;1;4;22c";

struct fake {
    int master, log;
    pid_t pid;
    const char *answers; /* to CSI c; NULL: silent */
    int answers_left;
    char *seen;              /* what the child wrote, ended by NUL; NULs are left out */
    size_t seen_size, asked; /* questions before `asked` were answered */
    char said[LOG];          /* what it told */
    size_t said_size;
    struct termios before;
};

/* ---- the child ---- */

static int log_fd;

static void tell(const char *format, ...)
{
    char line[200];
    va_list list;
    va_start(list, format);
    int n = vsnprintf(line, sizeof line, format, list);
    va_end(list);
    if (write(log_fd, line, (size_t)n) != n)
        _exit(3);
}

static void noise(struct image *image)
{
    unsigned state = 1;
    if (image_new(400, 400, image, NULL))
        _exit(3);
    for (int i = 0; i < 3 * 400 * 400; i++) {
        state = state * 1664525u + 1013904223u;
        image->rgb[i] = (unsigned char)(state >> 24);
    }
}

static void show(struct picture *p, const struct image *image)
{
    const struct terminal_info *i = terminal_info();
    terminal_clear();
    picture_clear(p);
    if (!picture_make(image, i->rows - 3, i->cols - 2, 1, i, PICTURE_MAX_BYTES, p, NULL))
        terminal_put_picture(0, 1, 0, p);
    terminal_text(0, 0, i->cols, STYLE_TITLE, "hello");
    terminal_flush();
    tell("size %dx%d cell %dx%d %s\n", i->cols, i->rows, i->cell_width, i->cell_height,
         graphics_name(i->graphics));
}

static void child(void)
{
    struct terminal_options o = {0};
    struct status st = {0};
    struct picture p = {0};
    struct image image;
    int standing = 0;
    noise(&image);
    if (terminal_start(&o, &st)) {
        tell("error %s\n", st.text);
        exit(1);
    }
    show(&p, &image);
    for (;;) {
        if (!standing && (standing = terminal_pictures()))
            tell("stands\n");
        int key = terminal_key(standing ? 500 : 30, -1);
        if (key == TERMINAL_NONE)
            continue;
        if (key == TERMINAL_RESIZE) {
            show(&p, &image);
            standing = 0;
            continue;
        }
        tell("key %d\n", key);
        if (key == 'q' || key == TERMINAL_HANGUP)
            break;
        if (key == '!')
            raise(SIGSEGV);
        if (key == 'm' || key == 'M')
            terminal_set_mouse(key == 'm');
        if (key == 'r') { /* covers a part of the picture, and lets it go again */
            for (int row = 3; row < 7; row++)
                terminal_text(row, 3, 10, STYLE_NORMAL, "##########");
            terminal_flush();
            show(&p, &image);
            standing = 0;
        }
    }
    terminal_end();
    picture_clear(&p);
    image_clear(&image);
    exit(0);
}

/* A photo on the left, lines on the right (`from` 0: all of the width) that every key moves. */
static void draw_lines(const struct picture *p, int from, int first)
{
    const struct terminal_info *i = terminal_info();
    terminal_clear();
    if (from > 0)
        terminal_put_picture(0, 1, 0, p);
    for (int row = 0; row < i->rows; row++)
        terminal_printf(row, from, i->cols - from, STYLE_NORMAL, "%d: line %d of them all",
                        (first + row) * 7919 % 10007, first + row);
    terminal_flush();
}

/* As the review's panel: a path of three levels or of one, and what is below it higher up by two
 * rows. */
static void draw_panel(const struct picture *p, int levels)
{
    const struct terminal_info *i = terminal_info();
    int row = 1;
    terminal_clear();
    terminal_put_picture(0, 1, 1, p);
    terminal_text(row, 30, 20, STYLE_TITLE, "Prediction");
    for (int l = 0; l < levels; l++)
        terminal_printf(++row, 30, 20, STYLE_NORMAL, "%*slevel %d", 2 * l, "", l);
    terminal_text(row += 2, 30, 20, STYLE_NORMAL, levels > 1 ? "label from import" : "another one");
    row++;
    for (int c = 0; c < 8; c++)
        terminal_printf(++row, 30, i->cols - 31, STYLE_NORMAL, "%d food > drink > %s", c,
                        c + 3 * levels == 4 ? "tea" : "coffee");
    terminal_text(row += 2, 30, 20, STYLE_NORMAL, "1: the best");
    terminal_flush();
}

static void moving_child(void)
{
    struct terminal_options o = {0};
    struct picture p = {0};
    struct image image;
    int from = 25, first = 100, key = TERMINAL_NONE;
    noise(&image);
    if (terminal_start(&o, NULL) ||
        picture_make(&image, 17, 24, 1, terminal_info(), PICTURE_MAX_BYTES, &p, NULL))
        exit(1);
    while (key != 'q') {
        if (from > 25)
            draw_panel(&p, from == 26 ? 3 : 1);
        else
            draw_lines(&p, from, first);
        while (!terminal_pictures())
            terminal_key(30, -1);
        tell("drawn\n");
        key = terminal_key(-1, -1);
        first += key == 'j' ? 1 : key == 'k' ? -1 : key == 'd' ? 5 : key == 'e' ? 2 : 0;
        from = key == 'w' ? 0 : key == 'p' ? 26 + (from == 26) : from;
    }
    terminal_end();
    picture_clear(&p);
    image_clear(&image);
    exit(0);
}

/* Like a shell: the child is a job of its own, and goes on when it has stopped. */
static void shell(void)
{
    signal(SIGTTOU, SIG_IGN);
    pid_t job = fork();
    if (job == 0) {
        setpgid(0, 0);
        tcsetpgrp(0, getpid());
        signal(SIGTTOU, SIG_DFL);
        child();
    }
    setpgid(job, job);
    tcsetpgrp(0, job);
    int status;
    while (waitpid(job, &status, WUNTRACED) == job && WIFSTOPPED(status)) {
        struct termios mode;
        tcsetpgrp(0, getpgrp());
        tcgetattr(0, &mode);
        tell("stopped %s\n", mode.c_lflag & ICANON ? "cooked" : "raw");
        tcsetpgrp(0, job);
        kill(-job, SIGCONT);
    }
    _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 99);
}

/* ---- the terminal ---- */

static int begin(struct fake *f, const char *answers, void (*run)(void))
{
    struct winsize w = {.ws_row = 20, .ws_col = 60, .ws_xpixel = 600, .ws_ypixel = 400};
    int fds[2], slave;
    memset(f, 0, sizeof *f);
    f->answers = answers;
    f->answers_left = 1000;
    f->seen = calloc(1, SEEN + 1);
    if (!CHECK(f->seen != NULL) || !CHECK_INT(pipe(fds), 0))
        return 0;
    if (openpty(&f->master, &slave, NULL, NULL, &w) != 0)
        return test_skip("no pseudo terminals here (/dev/pts): %s", strerror(errno));
    tcgetattr(slave, &f->before);
    f->pid = fork();
    if (f->pid == 0) {
        close(f->master);
        close(fds[0]);
        log_fd = fds[1];
        login_tty(slave);
        setenv("TERM", "xterm-256color", 1);
        unsetenv("NO_COLOR");
        run();
    }
    close(fds[1]);
    close(slave);
    f->log = fds[0];
    fcntl(f->master, F_SETFL, O_NONBLOCK);
    fcntl(f->log, F_SETFL, O_NONBLOCK);
    return CHECK(f->pid > 0);
}

static void type(struct fake *f, const char *bytes)
{
    CHECK_INT(write(f->master, bytes, strlen(bytes)), (long long)strlen(bytes));
}

static void answer(struct fake *f)
{
    char *at;
    while (f->answers && f->answers_left > 0 && (at = strstr(f->seen + f->asked, "\033[c"))) {
        f->asked = (size_t)(at - f->seen) + 3;
        f->answers_left--;
        type(f, f->answers);
    }
}

/* Reads what there is for a while. 0: both ends have closed. */
static int listen_to(struct fake *f, int milliseconds, int screen)
{
    char bytes[4096];
    struct pollfd p[] = {{f->log, POLLIN, 0}, {screen ? f->master : -1, POLLIN, 0}};
    poll(p, 2, milliseconds);
    ssize_t n = read(f->log, f->said + f->said_size, LOG - 1 - f->said_size);
    int ended = n == 0;
    if (n > 0)
        f->said_size += (size_t)n;
    n = screen ? read(f->master, bytes, sizeof bytes) : -1;
    for (ssize_t i = 0; i < n && f->seen_size < SEEN; i++)
        if (bytes[i])
            f->seen[f->seen_size++] = bytes[i];
    if (n > 0)
        answer(f);
    return !ended || n > 0;
}

static int within(time_t start)
{
    return time(NULL) - start < PATIENCE;
}

/* Until it has told this, after `from`; and all that it wrote before. */
static int told(struct fake *f, size_t from, const char *line)
{
    time_t start = time(NULL);
    while (!strstr(f->said + from, line))
        if (!within(start) || !listen_to(f, 100, 1)) {
            test_fail(__FILE__, __LINE__, "waited for '%s', was told: %s", line, f->said + from);
            return 0;
        }
    size_t before;
    do {
        before = f->seen_size;
        listen_to(f, 0, 1);
    } while (f->seen_size > before);
    return 1;
}

static int written(struct fake *f, size_t from, const char *bytes)
{
    time_t start = time(NULL);
    while (!strstr(f->seen + from, bytes))
        if (!within(start) || !listen_to(f, 100, 1)) {
            test_fail(__FILE__, __LINE__, "waited for ESC %s", bytes + (bytes[0] == '\033'));
            return 0;
        }
    return 1;
}

/* The child's exit status, and the terminal as it was. */
static int end(struct fake *f)
{
    int status = -1;
    time_t start = time(NULL);
    while (within(start) && listen_to(f, 100, 1))
        ;
    if (!within(start))
        kill(f->pid, SIGKILL);
    struct termios after;
    int known = tcgetattr(f->master, &after) == 0;
    CHECK_INT(waitpid(f->pid, &status, 0), f->pid);
    if (known) {
        CHECK_INT(after.c_lflag, f->before.c_lflag);
        CHECK_INT(after.c_iflag, f->before.c_iflag);
        CHECK_INT(after.c_cc[VINTR], f->before.c_cc[VINTR]);
    }
    CHECK(strstr(f->seen, "\033[?1049l") != NULL);
    close(f->master);
    close(f->log);
    free(f->seen);
    return status;
}

static int count(const char *text, const char *part)
{
    int n = 0;
    for (; (text = strstr(text, part)); text += strlen(part))
        n++;
    return n;
}

TEST(asks_shows_and_leaves)
{
    struct fake f;
    if (!begin(&f, sixel_answers, child))
        return;
    told(&f, 0, "size 60x20 cell 10x20 sixel\n");
    told(&f, 0, "stands\n");
    CHECK_CONTAINS(f.seen, "\033[>0q");
    CHECK_CONTAINS(f.seen, "\033[16t");
    CHECK_CONTAINS(f.seen, "\0337\033[r\033[m\033[2;1H\033P");
    CHECK_CONTAINS(f.seen, "\033\\\0338");
    CHECK_CONTAINS(f.seen, "hello");
    type(&f, "q");
    told(&f, 0, "key 113\n");
    CHECK_INT(end(&f), 0);
}

TEST(picture_is_sent_once)
{
    struct fake f;
    if (!begin(&f, sixel_answers, child))
        return;
    told(&f, 0, "stands\n");
    type(&f, "jjj");
    told(&f, 0, "key 106\nkey 106\nkey 106\n");
    CHECK_INT(count(f.seen, "\033Pq") + count(f.seen, "\033P0;0;0q"), 1);
    type(&f, "r");
    told(&f, 0, "key 114\n");
    told(&f, f.said_size - 1, "stands\n");
    CHECK_INT(count(f.seen, "\033Pq") + count(f.seen, "\033P0;0;0q"), 2);
    type(&f, "q");
    CHECK_INT(end(&f), 0);
}

/* Cells that are written over do nothing to kitty's pictures: they are named, and taken away by
 * name. */
TEST(kitty_pictures_are_taken_away_while_text_is_over_them)
{
    struct fake f;
    if (!begin(&f, "\033_Gi=31;OK\033\\\033[6;20;10t\033[?62;c", child))
        return;
    told(&f, 0, "size 60x20 cell 10x20 kitty\n");
    told(&f, 0, "stands\n");
    CHECK_INT(count(f.seen, "\033_Ga=T,"), 1);
    CHECK_CONTAINS(f.seen, "\033[2;1H\033_Ga=T,q=2,f=100,C=1,i=1,c=58,r=17,m=1;");
    size_t before = f.seen_size;
    type(&f, "r");
    told(&f, f.said_size - 1, "stands\n");
    CHECK_INT(count(f.seen + before, "\033_Ga=d,d=I,i=1,q=2;\033\\"), 1);
    CHECK_INT(count(f.seen + before, "\033_Ga=T,q=2,f=100,C=1,i=2,"), 1);
    before = f.seen_size;
    type(&f, "q");
    told(&f, 0, "key 113\n");
    while (listen_to(&f, 100, 1) && !strstr(f.seen + before, "\033[?1049l"))
        ;
    const char *gone = strstr(f.seen + before, "\033_Ga=d,d=A,q=2;\033\\"),
               *left = strstr(f.seen + before, "\033[?1049l");
    CHECK(gone && left && gone < left);
    CHECK_INT(end(&f), 0);
}

/* What would move rows of a terminal of so many rows, and with them pixels, in what was written to
 * it; NULL: nothing. Scrolling by a newline at the bottom is found by following the cursor's row.
 */
static const char *find_scroll(const char *seen, int rows)
{
    int row = 0, saved = 0;
    while (*seen) {
        const char *at = seen;
        if (strncmp(at, "\033P", 2) == 0) { /* a picture */
            seen = strstr(at, "\033\\");
            if (!seen)
                return NULL;
            seen += 2;
        } else if (strncmp(at, "\033[", 2) == 0) {
            const char *end = at + 2 + strspn(at + 2, "0123456789;?>");
            int number = atoi(at + 2) > 0 ? atoi(at + 2) : 1;
            seen = end + (*end != '\0');
            if (*end && (strchr("LMST", *end) || (*end == 'r' && end > at + 2)))
                return at;
            row = *end == 'H' || *end == 'd' ? number - 1
                  : *end == 'A'              ? row - number
                  : *end == 'B'              ? row + number
                                             : row;
        } else if (*at == '\033') {
            if (at[1] && strchr("DEM", at[1]))
                return at;
            saved = at[1] == '7' ? row : saved;
            row = at[1] == '8' ? saved : row;
            seen += at[1] ? 2 : 1;
        } else {
            if (*at == '\n' && ++row >= rows)
                return at;
            seen++;
        }
    }
    return NULL;
}

/* Curses likes to scroll when lines have moved: a picture would be torn into shifted bands. */
TEST(moved_lines_scroll_no_picture)
{
    static const char moves[] = "jjkkdeejppppwjjkkd"; /* from w on all of the screen moves */
    struct fake f;
    CHECK(find_scroll("\033[2;5r", 20) && find_scroll("a\033[Lb", 20));
    CHECK(find_scroll("\033[20d\n", 20) && find_scroll("\033M", 20));
    CHECK(!find_scroll("\033[r\0337\033[20H\0338\n\033Pq\n\033\\\033[1;31m", 20));
    if (!begin(&f, sixel_answers, moving_child))
        return;
    told(&f, 0, "drawn\n");
    CHECK_CONTAINS(f.seen, "\033P");
    size_t seen = f.seen_size;
    for (const char *move = moves; *move; move++) {
        size_t said = f.said_size;
        type(&f, (const char[]){*move, '\0'});
        if (!told(&f, said, "drawn\n"))
            break;
    }
    const char *scroll = find_scroll(f.seen + seen, 20);
    if (scroll)
        test_fail(__FILE__, __LINE__, "rows are moved at byte %ld: %.12s", (long)(scroll - f.seen),
                  scroll + 1);
    CHECK(f.seen_size - seen > 13 * 17 * 2); /* every move did write all lines */
    type(&f, "q");
    CHECK_INT(end(&f), 0);
}

TEST(keys_typed_while_asking_are_kept)
{
    struct fake f;
    if (!begin(&f, NULL, child))
        return;
    written(&f, 0, "\033[c");
    type(&f, "j\033[6;20;10tk\033[?62;4c");
    f.answers = sixel_answers;
    f.asked = f.seen_size;
    told(&f, 0, "size 60x20 cell 10x20 sixel\n");
    told(&f, 0, "key 106\n");
    told(&f, 0, "key 107\n");
    type(&f, "q");
    CHECK_INT(end(&f), 0);
}

TEST(silent_terminal_gets_blocks)
{
    struct fake f;
    if (!begin(&f, NULL, child))
        return;
    told(&f, 0, "blocks\n");
    told(&f, 0, "stands\n");
    CHECK(strstr(f.seen, "\033P") == NULL);
    CHECK_CONTAINS(f.seen, "\033[48;5;");
    CHECK_INT(count(f.seen, "\033[c"), 1); /* it is asked nothing more */
    size_t from = f.said_size;
    type(&f, sixel_answers); /* and when it answers at last, it is believed */
    told(&f, from, "sixel\n");
    f.answers = sixel_answers;
    f.asked = 0;
    answer(&f);
    told(&f, from, "stands\n");
    CHECK(strstr(f.said, "key") == NULL);
    type(&f, "q");
    CHECK_INT(end(&f), 0);
}

TEST(key_breaks_a_picture_off)
{
    struct fake f;
    if (!begin(&f, sixel_answers, child))
        return;
    while (!strstr(f.seen, "\033[2;1H\033P") && listen_to(&f, 100, 1))
        ; /* the picture has begun; from here on the line is stuck */
    type(&f, "j");
    struct timespec moment = {0, 200 * 1000 * 1000};
    nanosleep(&moment, NULL);
    size_t from = f.seen_size;
    written(&f, from, "\033\\");
    told(&f, 0, "key 106\n");
    const char *terminator = strstr(f.seen + from, "\033\\");
    const char *whole = strstr(f.seen, "\033P");
    CHECK(terminator && strncmp(terminator, "\033\\\033[m\0338", 7) == 0);
    CHECK(terminator && terminator - whole < 100 * 1000);
    told(&f, 0, "stands\n"); /* again, and whole */
    CHECK(strstr(f.said, "stands\n") > strstr(f.said, "key 106\n"));
    type(&f, "q");
    CHECK_INT(end(&f), 0);
}

TEST(resize_asks_for_the_cells_again)
{
    struct fake f;
    if (!begin(&f, sixel_answers, child))
        return;
    told(&f, 0, "stands\n");
    size_t said = f.said_size, seen = f.seen_size;
    f.answers = NULL;
    struct winsize w = {.ws_row = 30, .ws_col = 90, .ws_xpixel = 1350, .ws_ypixel = 900};
    CHECK_INT(ioctl(f.master, TIOCSWINSZ, &w), 0);
    told(&f, said, "size 90x30 cell 10x20 sixel\n"); /* text at once */
    written(&f, seen, "\033[16t\033[14t\033[c");
    listen_to(&f, 300, 1);
    CHECK(strstr(f.seen + seen, "\033P") == NULL); /* but no picture before the answer */
    f.asked = f.seen_size;
    type(&f, "\033[6;30;15t\033[?63;1;4;22c");
    f.answers = sixel_answers; /* later ones only say that the picture is there */
    told(&f, said, "size 90x30 cell 15x30 sixel\n");
    told(&f, said, "stands\n");
    type(&f, "q");
    CHECK_INT(end(&f), 0);
}

TEST(answers_never_reach_the_shell)
{
    struct fake f;
    if (!begin(&f, sixel_answers, child))
        return;
    f.answers_left = 1; /* the first question's */
    told(&f, 0, "size ");
    written(&f, 0,
            "\033\\\0338\033[20;1H\033[c"); /* the picture has gone out, its question hangs */
    type(&f, "q");
    told(&f, 0, "key 113\n");
    listen_to(&f, 100, 1);
    CHECK(strstr(f.seen, "\033[?1049l") == NULL); /* it waits for the answer */
    type(&f, sixel_answers);
    CHECK_INT(end(&f), 0);
}

TEST(suspends_and_comes_back)
{
    struct fake f;
    if (!begin(&f, sixel_answers, shell))
        return;
    told(&f, 0, "stands\n");
    size_t said = f.said_size, seen = f.seen_size;
    type(&f, "\032");
    told(&f, said, "stopped cooked\n");
    told(&f, said, "size 60x20 cell 10x20 sixel\n");
    told(&f, said, "stands\n");
    CHECK_CONTAINS(f.seen + seen, "\033[?1049l");
    CHECK_CONTAINS(f.seen + seen, "\033[?1049h");
    CHECK_CONTAINS(f.seen + seen, "hello");
    CHECK_CONTAINS(f.seen + seen, "\033[2;1H\033P");
    CHECK(strstr(f.said, "key") == NULL);
    type(&f, "\003q"); /* Ctrl-C is a key */
    told(&f, said, "key 3\nkey 113\n");
    CHECK_INT(end(&f), 0);
}

TEST(the_mouse_is_told_of_while_it_is_asked_for)
{
    struct fake f;
    char line[40];
    if (!begin(&f, sixel_answers, shell))
        return;
    told(&f, 0, "stands\n");
    CHECK(strstr(f.seen, "\033[?1000h") == NULL);
    type(&f, "m");
    written(&f, 0, "\033[?1000h\033[?1006h");
    type(&f, "\033[<0;5;7M");
    snprintf(line, sizeof line, "key 109\nkey %d\n", input_mouse_key(MOUSE_PRESS, 6, 4));
    told(&f, 0, line);
    size_t said = f.said_size, seen = f.seen_size;
    type(&f, "\032"); /* off while it is suspended, on again after it */
    told(&f, said, "stopped cooked\n");
    told(&f, said, "stands\n");
    written(&f, seen, "\033[?1006l\033[?1000l");
    const char *left = strstr(f.seen + seen, "\033[?1049l"),
               *off = strstr(f.seen + seen, "\033[?1000l");
    CHECK(left && off && off < left);
    CHECK(left && strstr(left, "\033[?1000h") != NULL);
    type(&f, "q");
    CHECK_INT(end(&f), 0);
}

TEST(the_mouse_is_given_back_at_the_end)
{
    static const char *const ends[] = {"q", "M", "!"};
    for (int i = 0; i < 3; i++) {
        struct fake f;
        if (!begin(&f, sixel_answers, child))
            return;
        told(&f, 0, "stands\n");
        type(&f, "m");
        written(&f, 0, "\033[?1000h");
        size_t seen = f.seen_size;
        type(&f, ends[i]);
        written(&f, seen, "\033[?1006l\033[?1000l");
        if (i == 1)
            type(&f, "q");
        end(&f);
    }
}

TEST(signals_ask_it_to_leave)
{
    static const int numbers[] = {SIGTERM, SIGHUP};
    for (int i = 0; i < 2; i++) {
        struct fake f;
        if (!begin(&f, sixel_answers, child))
            return;
        told(&f, 0, "stands\n");
        CHECK_INT(kill(f.pid, numbers[i]), 0);
        char line[32];
        snprintf(line, sizeof line, "key %d\n", TERMINAL_HANGUP);
        told(&f, 0, line);
        CHECK_INT(end(&f), 0);
    }
}

TEST(terminal_that_goes_away)
{
    struct fake f;
    if (!begin(&f, sixel_answers, child))
        return;
    told(&f, 0, "stands\n");
    close(f.master);
    f.master = -1;
    char line[32];
    snprintf(line, sizeof line, "key %d\n", TERMINAL_HANGUP);
    time_t start = time(NULL);
    while (!strstr(f.said, line) && within(start) && listen_to(&f, 100, 0))
        ;
    CHECK_CONTAINS(f.said, line);
    int status;
    CHECK_INT(waitpid(f.pid, &status, 0), f.pid);
    CHECK_INT(status, 0);
    close(f.log);
    free(f.seen);
}

TEST(crash_puts_the_terminal_back)
{
    struct fake f;
    if (!begin(&f, sixel_answers, child))
        return;
    told(&f, 0, "stands\n");
    type(&f, "!");
    int status = end(&f);
    CHECK(status != 0); /* and it is still a crash */
}

int main(int argc, char **argv)
{
    return test_main(argc, argv);
}
