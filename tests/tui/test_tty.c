/* The real thing on a pseudo terminal: a child shows a picture and says which keys it gets. */
#include "data/status.h"
#include "tests/tui/tty_fixture.h"
#include "tui/terminal/input.h"
#include "tui/terminal/picture.h"
#include "tui/terminal/terminal.h"

/* ---- the child ---- */

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

/* ---- the tests ---- */

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
