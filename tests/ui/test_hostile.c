/* Names from outside that would write to the terminal if they were sent: the real program on a
 * pseudo terminal, through all screens, with every byte that it writes kept. None of the hostile
 * sequences may be among them, all that is written is UTF-8, and the terminal's modes are put back.
 */
#include "tests/check.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>
#include <utmp.h>

#include "data/file.h"
#include "data/status.h"
#include "labels/store.h"
#include "tui/loop/project.h"

enum { SEEN = 4 << 20, QUIET = 250, PATIENCE = 20, MODES = 3000 };

/* Each would do something to a terminal, or to how a line reads. */
#define TITLE  "\033]0;OWNED\007"
#define COLOUR "\033[41mOWNED"
#define DEVICE "\033P1;2;3qOWNED\033\\"
#define MODE   "\033[?1049lOWNED\033[?25h"
#define C1                                                                                         \
    "\302\233"                                                                                     \
    "41mOWNED\302\235"                                                                             \
    "0;OWNED\302\234"
#define RAW_C1                                                                                     \
    "\233"                                                                                         \
    "41mOWNED"
#define BIDI   "\342\200\256OWNED\342\201\246\342\201\251\342\200\217"
#define BROKEN "\377\376\300\257OWNED\355\240\200"

static const char *const hostile_files[] = {TITLE ".ppm", COLOUR ".ppm", DEVICE ".ppm",
                                            MODE ".ppm",  C1 ".ppm",     RAW_C1 ".ppm",
                                            BIDI ".ppm",  BROKEN ".ppm", "a\r\n\b\f\177.ppm"};
/* A label holds no control characters, but all else. */
static const char *const hostile_labels[][2] = {
    {BIDI " fruit", "apple " BIDI},
    {"\342\200\213zero \314\201\314\201\314\201", "\355\225\234\352\265\255"},
    {"tool", "a\314\210 e\314\201 \360\237\215\216\342\200\215\360\237\215\217"}};

enum {
    FILES = sizeof hostile_files / sizeof hostile_files[0],
    LABELS = sizeof hostile_labels / sizeof hostile_labels[0]
};

/* ---- the project ---- */

static int add_photo(struct store *store, const char *name, int node, struct status *st)
{
    static const char picture[] = "P6 4 4 255\n"
                                  "abcabcabcabcabcabcabcabcabcabcabcabcabcabcabcabc";
    struct photo_new photo = {.path = name, .node = node, .size = 1, .modified = 1};
    struct photo found;
    const float one = 1;
    if (!strstr(name, "/"))
        test_write(name, picture, sizeof picture - 1);
    if (store_add_photos(store, &photo, 1, TITLE BIDI, NULL, st) ||
        store_find_photo(store, name, &found, st))
        return -1;
    struct prediction p = {.photo = found.id,
                           .model = 1,
                           .node = node,
                           .expected = 1,
                           .gap = 1,
                           .count = 1,
                           .terminal = &node,
                           .probability = &one};
    photo_clear(&found);
    return node < 0 ? 0 : store_put_predictions(store, &p, 1, st);
}

static int make_project(void)
{
    struct project project;
    struct status st = {0};
    struct model_record first = {
        .depth = "head", .architecture = COLOUR, .note = TITLE BIDI BROKEN};
    struct model_record second = {
        .depth = COLOUR, .architecture = BROKEN, .note = C1 RAW_C1, .parent = 1};
    int node[LABELS + 1];
    char name[200], long_path[700] = "";
    if (!CHECK_INT(project_create(test_folder(), 3, &project, &st), 0))
        return -1;
    struct taxonomy *t = taxonomy_copy(store_taxonomy(project.store));
    for (size_t k = 0; k < LABELS; k++)
        node[k] = taxonomy_resolve(t, hostile_labels[k], 2, 1, &st);
    memset(name, 'L', sizeof name);
    name[190] = 0;
    node[LABELS] = taxonomy_add(t, TAXONOMY_ROOT, name, NULL, &st);
    int failed = store_save_taxonomy(project.store, t, &st) ||
                 store_add_model(project.store, &first, 1, &st) ||
                 store_add_model(project.store, &second, 0, &st);
    taxonomy_free(t);
    for (size_t i = 0; i < FILES && !failed; i++)
        failed = add_photo(project.store, hostile_files[i], node[i % (LABELS + 1)], &st);
    for (int i = 0; i < 10; i++)
        snprintf(long_path + strlen(long_path), sizeof long_path - strlen(long_path),
                 "%.*s\033[7m/", 45, name);
    strcat(long_path, "x.ppm"); /* some 500 bytes, and not there */
    failed = failed || add_photo(project.store, long_path, node[0], &st);
    project_close(&project);
    return CHECK_TEXT(st.text, "") && !failed ? 0 : -1;
}

/* ---- the terminal ---- */

struct recording {
    int master;
    pid_t pid;
    char *bytes;
    size_t size, asked;
    struct termios before, after;
};

static int start(struct recording *r, const char *term)
{
    struct winsize w = {.ws_row = 30, .ws_col = 100, .ws_xpixel = 1000, .ws_ypixel = 600};
    const char *tend = getenv("TEND");
    int slave;
    *r = (struct recording){.bytes = calloc(1, SEEN + 1)};
    if (!r->bytes || !tend)
        return test_skip("TEND does not say where the program is");
    if (openpty(&r->master, &slave, NULL, NULL, &w) != 0)
        return test_skip("no pseudo terminals here: %s", strerror(errno));
    tcgetattr(slave, &r->before);
    r->pid = fork();
    if (r->pid == 0) {
        login_tty(slave);
        setenv("TERM", term, 1);
        setenv("HOME", test_folder(), 1);
        unsetenv("NO_COLOR");
        if (chdir(test_folder()) == 0)
            execl(tend, "tend", "review", (char *)NULL);
        _exit(127);
    }
    close(slave);
    fcntl(r->master, F_SETFL, O_NONBLOCK);
    return r->pid > 0;
}

static void reply(struct recording *r)
{
    static const char answers[] =
        "\033P>|XTerm(379)\033\\\033[?1;0;256S\033[6;20;10t\033[?63;1;4;22c";
    char *at;
    while ((at = memmem(r->bytes + r->asked, r->size - r->asked, "\033[c", 3))) {
        r->asked = (size_t)(at - r->bytes) + 3;
        if (write(r->master, answers, sizeof answers - 1) < 0)
            return;
    }
}

/* Until it has been quiet for a while. 0: it has ended. */
static int listen_to(struct recording *r, int quiet)
{
    time_t start = time(NULL);
    struct pollfd p = {r->master, POLLIN, 0};
    while (time(NULL) - start < PATIENCE && poll(&p, 1, quiet) > 0) {
        ssize_t n = read(r->master, r->bytes + r->size, SEEN - r->size);
        if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
            return 0;
        r->size += n > 0 ? (size_t)n : 0;
        reply(r);
    }
    return 1;
}

static void type(struct recording *r, const char *keys)
{
    CHECK_INT(write(r->master, keys, strlen(keys)), (long long)strlen(keys));
    listen_to(r, QUIET);
}

static int finish(struct recording *r)
{
    int status = -1;
    time_t start = time(NULL);
    while (listen_to(r, QUIET) && time(NULL) - start < PATIENCE)
        if (waitpid(r->pid, &status, WNOHANG) == r->pid)
            break;
    tcgetattr(r->master, &r->after);
    if (status == -1) {
        kill(r->pid, SIGKILL);
        waitpid(r->pid, &status, 0);
    }
    close(r->master);
    return status;
}

/* ---- what was written ---- */

static void lacks(const struct recording *r, const char *what, const char *bytes)
{
    char *at = memmem(r->bytes, r->size, bytes, strlen(bytes));
    if (at)
        test_fail(__FILE__, __LINE__, "%s was sent, after %zu bytes", what,
                  (size_t)(at - r->bytes));
}

static void check_text(const struct recording *r)
{
    lacks(r, "a title", "\033]0;");
    lacks(r, "a bell or the end of a title", "\007");
    lacks(r, "a sequence of a name", "\033[41mOWNED");
    lacks(r, "a device string of a name", "\033P1;2;3q");
    lacks(r, "a mode of a name", "\033[?1049lOWNED");
    lacks(r, "a reversed text of a path", "\033[7m/");
    lacks(r, "CSI as one character", "\302\233");
    lacks(r, "OSC as one character", "\302\235");
    lacks(r, "an override of direction", "\342\200\256");
    lacks(r, "an isolate of direction", "\342\201\246");
    lacks(r, "a mark of direction", "\342\200\217");
    lacks(r, "bytes that are not UTF-8", "\377");
    lacks(r, "half a surrogate pair", "\355\240\200");
    CHECK(memmem(r->bytes, r->size, "OWNED", 5) != NULL); /* the names were shown at all */
}

/* One character's bytes; 0: not UTF-8. */
static size_t character(const unsigned char *b, size_t left)
{
    size_t n = b[0] < 0x80   ? 1
               : b[0] < 0xC2 ? 0
               : b[0] < 0xE0 ? 2
               : b[0] < 0xF0 ? 3
               : b[0] < 0xF5 ? 4
                             : 0;
    for (size_t i = 1; i < n; i++)
        if (i >= left || (b[i] & 0xC0) != 0x80)
            return 0;
    return n;
}

static void check_utf8(const struct recording *r)
{
    const unsigned char *b = (const unsigned char *)r->bytes;
    for (size_t i = 0; i < r->size;) {
        size_t n = character(b + i, r->size - i);
        if (n == 0) {
            test_fail(__FILE__, __LINE__, "byte %02x at %zu is no UTF-8", b[i], i);
            return;
        }
        i += n;
    }
}

/* Private modes that are left otherwise than they were: all but the cursor (25) and wrapping (7)
 * were off. */
static void check_modes(const struct recording *r)
{
    static char set[MODES];
    memset(set, 0, sizeof set);
    set[25] = set[7] = 1;
    for (const char *at = r->bytes; (at = strstr(at, "\033[?")); at++) {
        char *end = (char *)(uintptr_t)(at + 3);
        do {
            long mode = strtol(end + (*end == ';'), &end, 10);
            const char *last = end + strspn(end, "0123456789;");
            if (mode > 0 && mode < MODES && (*last == 'h' || *last == 'l'))
                set[mode] = *last == 'h';
        } while (*end == ';');
    }
    for (int m = 0; m < MODES; m++)
        if (set[m] != (m == 25 || m == 7) && m != 12)
            test_fail(__FILE__, __LINE__, "mode %d is left %s", m, set[m] ? "set" : "reset");
    CHECK_INT(r->after.c_lflag, r->before.c_lflag);
    CHECK_INT(r->after.c_iflag, r->before.c_iflag);
    CHECK_INT(r->after.c_oflag, r->before.c_oflag);
}

static void clear(struct recording *r)
{
    free(r->bytes);
}

/* ---- the tests ---- */

/* Every photo looked at, decided on, and every screen; what is typed is hostile too. */
static void through_all(const char *term)
{
    struct recording r;
    if (make_project() != 0 || !start(&r, term))
        return;
    listen_to(&r, 3 * QUIET);
    for (size_t i = 0; i < FILES; i++)
        type(&r, i % 3 == 2 ? "J" : "a");
    type(&r, "K");
    type(&r, "y");
    type(&r, "p");
    type(&r, "x");
    type(&r, "u");
    static const char *const screens[] = {"m", "r", "g", "o", "?", "\r", "E", ":", "F", "/"};
    for (size_t i = 0; i < sizeof screens / sizeof screens[0]; i++) {
        type(&r, screens[i]);
        type(&r, "\033[B"); /* down */
        type(&r, "\033[B");
        type(&r, "\033[A");
        if (screens[i][0] == 'm') {
            type(&r, "jc");
            type(&r, "jjjj");
            type(&r, "q");
        }
        if (screens[i][0] == '\r' || screens[i][0] == ':' || screens[i][0] == '/')
            type(&r, "ap\342\200\256\302\233");
        type(&r, "\033");
        type(&r, "\033");
    }
    type(&r, "\014"); /* drawn again */
    type(&r, "Q");
    int status = finish(&r);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    check_text(&r);
    check_utf8(&r);
    check_modes(&r);
    clear(&r);
}

TEST(hostile_names_on_every_screen)
{
    through_all("xterm-256color");
}

TEST(hostile_names_without_colours)
{
    through_all("vt220");
}

TEST(a_crash_leaves_no_mode_behind)
{
    struct recording r;
    if (make_project() != 0 || !start(&r, "xterm-256color"))
        return;
    listen_to(&r, 3 * QUIET);
    type(&r, "m");
    kill(r.pid, SIGSEGV);
    int status = finish(&r);
    CHECK(WIFSIGNALED(status) || (WIFEXITED(status) && WEXITSTATUS(status) != 0));
    check_modes(&r);
    clear(&r);
}

int main(int argc, char **argv)
{
    return test_main(argc, argv);
}
