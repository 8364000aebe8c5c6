/* Typing ahead: random keys in bursts of a hundred a second, at the real program in a terminal with
 * sixel, while it predicts and learns in the background. No photo may be decided on that has not
 * stood on the terminal; what was decided stays, though the program is killed; it does not end by
 * itself.
 *
 * Photos are of one colour each, so the palette of a picture tells which photo it is. A picture
 * stands when all its bands have come and the question sent behind it has been answered.
 * TEND_TYPING_RUNS: so many seeds (2). */
#include "tests/check.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "data/clock.h"
#include "data/rng.h"
#include "data/status.h"
#include "labels/store.h"
#include "tui/loop/project.h"

enum { PHOTOS = 240, LABELLED = 24, KEYS = 1000, SIDE = 40, PICTURE = 1 << 20 };

/* ---- the project ---- */

static void colour_of(int photo, int *percent)
{
    percent[0] = 10 * (1 + photo % 10);
    percent[1] = 10 * (1 + photo / 10 % 10);
    percent[2] = 10 * (1 + photo / 100 % 10);
}

/* Palettes are coarse: up to 3 below. */
static int photo_of(const int *percent)
{
    int level[3];
    for (int c = 0; c < 3; c++)
        if ((level[c] = (percent[c] + 4) / 10) < 1)
            return -1;
    int photo = level[0] - 1 + 10 * (level[1] - 1) + 100 * (level[2] - 1);
    return photo < PHOTOS ? photo : -1;
}

static void write_photo(int photo)
{
    unsigned char ppm[SIDE * SIDE * 3 + 32];
    int percent[3], n = sprintf((char *)ppm, "P6 %d %d 255\n", SIDE, SIDE);
    char name[32];
    colour_of(photo, percent);
    for (int i = 0; i < SIDE * SIDE; i++)
        for (int c = 0; c < 3; c++)
            ppm[n++] = (unsigned char)(percent[c] * 255 / 100 + (percent[c] * 255 % 100 >= 50));
    snprintf(name, sizeof name, "%03d.ppm", photo);
    test_write(name, ppm, (size_t)n);
}

static int make_project(void)
{
    static const char *const paths[] = {"food,drink,tea",  "food,drink,coffee", "food,fruit,apple",
                                        "food,fruit,pear", "tool,saw,",         "tool,hammer,"};
    char labels[LABELLED * 64] = "photo,label1,label2,label3\n", command[2 * PATH_MAX];
    for (int i = 0; i < PHOTOS; i++)
        write_photo(i);
    for (int i = 0; i < LABELLED; i++)
        snprintf(labels + strlen(labels), sizeof labels - strlen(labels), "%03d.ppm,%s\n", i * 7,
                 paths[i % 6]);
    test_write("labels.csv", labels, strlen(labels));
    snprintf(command, sizeof command, "cd '%s' && '%s' init . --labels labels.csv >out.txt 2>&1",
             test_folder(), getenv("TEND"));
    return CHECK_INT(system(command), 0) ? 0 : -1;
}

/* ---- the terminal ---- */

struct session {
    pid_t child;
    int fd;
    int64_t stood[PHOTOS];           /* milliseconds since 1970 of the first time, 0: never */
    int order[KEYS + PHOTOS], drawn; /* as they stood one after the other */
    int coming[64], coming_count;    /* whole pictures whose question has not been answered */
    char *picture;
    size_t picture_size;
    int inside, escape;
    int64_t first_event; /* those before are of another session */
};

static int64_t wall(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* The photo of a sixel picture, -1 when it was broken off or is none of ours. */
static int photo_drawn(const char *p)
{
    int height = 0, bands = 0, photo = -1, percent[3], reg, end;
    const char *raster = strchr(p, '"');
    if (!raster || sscanf(raster, "\"%*d;%*d;%*d;%d", &height) != 1)
        return -1;
    for (const char *c = p; *c; c++) {
        bands += *c == '-';
        if (*c == '#' &&
            sscanf(c, "#%d;2;%d;%d;%d%n", &reg, &percent[0], &percent[1], &percent[2], &end) == 4 &&
            reg > 0)
            photo = photo_of(percent);
    }
    return bands >= height / 6 - 1 ? photo : -1;
}

static void note_picture(struct session *s)
{
    s->picture[s->picture_size] = 0;
    int photo = photo_drawn(s->picture);
    if (photo >= 0 && s->coming_count < 64)
        s->coming[s->coming_count++] = photo;
}

static void answer(struct session *s)
{
    static const char text[] = "\033[6;20;10t\033[?62;4;22c";
    if (write(s->fd, text, sizeof text - 1) < 0)
        return;
    for (int i = 0; i < s->coming_count; i++) {
        int photo = s->coming[i];
        if (!s->stood[photo])
            s->stood[photo] = wall();
        if (s->drawn < KEYS + PHOTOS && (s->drawn == 0 || s->order[s->drawn - 1] != photo))
            s->order[s->drawn++] = photo;
    }
    s->coming_count = 0;
}

static void take_byte(struct session *s, char c)
{
    static const char question[] = "\033[c";
    static size_t matched;
    if (s->inside && s->picture_size < PICTURE - 1)
        s->picture[s->picture_size++] = c;
    if (s->escape && c == 'P') {
        s->inside = 1;
        s->picture_size = 0;
    } else if (s->escape && c == '\\' && s->inside) {
        s->inside = 0;
        note_picture(s);
    }
    s->escape = c == '\033';
    matched = c == question[matched] ? matched + 1 : c == question[0];
    if (matched == sizeof question - 1) {
        matched = 0;
        answer(s);
    }
}

/* 0: it has ended. */
static int listen_for(struct session *s, double duration)
{
    static char bytes[1 << 16];
    for (double end = clock_seconds() + duration, left; (left = end - clock_seconds()) > 0;) {
        struct pollfd p = {s->fd, POLLIN, 0};
        if (poll(&p, 1, (int)(left * 1000) + 1) <= 0)
            continue;
        ssize_t n = read(s->fd, bytes, sizeof bytes);
        if (n <= 0) {
            nanosleep(&(struct timespec){0, 5000000}, NULL);
            return n < 0 && errno == EINTR;
        }
        for (ssize_t i = 0; i < n; i++)
            take_byte(s, bytes[i]);
    }
    return 1;
}

static int start(struct session *s)
{
    struct winsize size = {.ws_row = 30, .ws_col = 100, .ws_xpixel = 1000, .ws_ypixel = 600};
    struct project project;
    struct status st = {0};
    *s = (struct session){.picture = malloc(PICTURE)};
    if (!CHECK_INT(project_open(test_folder(), &project, &st), 0))
        return 0;
    s->first_event = store_last_event(project.store, &st);
    project_close(&project);
    s->child = forkpty(&s->fd, NULL, NULL, &size);
    if (s->child == 0) {
        setenv("TERM", "xterm-256color", 1);
        if (chdir(test_folder()) == 0)
            execl(getenv("TEND"), "tend", "review", "--order", "random", (char *)NULL);
        _exit(127);
    }
    return s->child > 0 && listen_for(s, 1.5);
}

static void stop(struct session *s, int signal)
{
    pid_t ended = 0;
    kill(s->child, signal);
    for (double end = clock_seconds() + 60;
         clock_seconds() < end && (ended = waitpid(s->child, NULL, WNOHANG)) == 0;)
        listen_for(s, 0.02); /* it says good-bye to the terminal */
    if (!CHECK(ended == s->child)) {
        kill(s->child, SIGKILL);
        waitpid(s->child, NULL, 0);
    }
    close(s->fd);
    free(s->picture);
}

/* ---- what is in the store afterwards ---- */

struct events {
    const struct session *s;
    struct store *store;
    struct review_state last[PHOTOS];
    int decided[PHOTOS], decisions, unseen;
};

static int note_event(void *arg, const struct event *e)
{
    struct events *all = arg;
    struct photo photo;
    int number;
    if (e->photo == 0 || store_photo(all->store, e->photo, &photo, NULL) != 0)
        return 0;
    number = atoi(photo.path);
    photo_clear(&photo);
    all->last[number] = e->after;
    if (e->kind == EVENT_IMPORT || e->kind == EVENT_UNDO || e->kind == EVENT_REDO)
        return 0;
    all->decisions++;
    all->decided[number] = 1;
    if (!all->s->stood[number] || e->time < all->s->stood[number] - 1) {
        test_fail(__FILE__, __LINE__,
                  "photo %d was decided on (%s) %lld ms before it stood on the terminal", number,
                  event_kind_name(e->kind),
                  (long long)(all->s->stood[number] ? all->s->stood[number] - e->time : -1));
        all->unseen++;
    }
    return 0;
}

/* The store opens, events add up to the photos' states, and none of them is about an unseen photo.
 */
static void check_store(const struct session *s, struct events *all)
{
    struct project project;
    struct status st = {0};
    *all = (struct events){.s = s};
    if (!CHECK_INT(project_open(test_folder(), &project, &st), 0)) {
        CHECK_TEXT(st.text, "");
        return;
    }
    all->store = project.store;
    CHECK(store_each_event_since(project.store, s->first_event, note_event, all, &st) >= 0);
    CHECK_INT(all->unseen, 0);
    for (int i = 0; i < PHOTOS; i++) {
        char name[32];
        struct photo photo;
        snprintf(name, sizeof name, "%03d.ppm", i);
        if (!CHECK_INT(store_find_photo(project.store, name, &photo, &st), 0))
            break;
        if (all->decided[i]) {
            CHECK_INT(photo.state.kind, all->last[i].kind);
            CHECK_INT(photo.state.node, all->last[i].node);
        }
        photo_clear(&photo);
    }
    project_close(&project);
}

/* ---- the tests ---- */

/* Returns how many decisions were made. */
static int press_random(uint64_t seed)
{
    /* Keys that decide come often; q and Ctrl-C, which end the program, never. */
    static const char keys[] =
        "aaaaaaaa12233456789hjklhjklxsf    ;;VVuu\022yp..JJKKggggg+-nN/:\r\r\033\tcoFrmE?taweo\177Td";
    struct session s;
    struct events all;
    struct rng rng;
    int alive = start(&s), pressed = 0;
    rng_seed(&rng, seed, 0);
    for (double next = clock_seconds(); alive && pressed < KEYS; pressed++) {
        char key = keys[rng_below(&rng, sizeof keys - 1)];
        alive = write(s.fd, &key, 1) == 1;
        next += rng_below(&rng, 8)
                    ? 0.01
                    : 0.05 + 0.001 * rng_below(&rng, 200); /* bursts, and rests between */
        alive = alive && listen_for(&s, next - clock_seconds());
    }
    test_check(__FILE__, __LINE__, alive && pressed == KEYS, "the program goes on");
    stop(&s, seed % 2 ? SIGKILL : SIGTERM);
    check_store(&s, &all);
    printf("seed %d: %d decisions, %d pictures\n", (int)seed, all.decisions, s.drawn);
    fflush(stdout);
    return all.decisions;
}

static int runs(void)
{
    const char *text = getenv("TEND_TYPING_RUNS");
    return text ? atoi(text) : 2;
}

TEST(random_keys_decide_on_no_photo_that_was_not_shown)
{
    if (!getenv("TEND"))
        SKIP("TEND does not say where the program is");
    if (make_project())
        return;
    int decisions = 0; /* one seed alone may close itself in with a filter that nothing passes */
    for (int seed = 1; seed <= runs(); seed++)
        decisions += press_random((uint64_t)seed);
    test_check(__FILE__, __LINE__, decisions > 0, "photos are shown and decided on");
}

/* `a` alone, all the time: the next photo comes only by a decision on the one before it. */
TEST(no_decision_is_lost)
{
    if (!getenv("TEND"))
        SKIP("TEND does not say where the program is");
    if (make_project())
        return;
    struct session s;
    struct events all;
    int alive = start(&s), missing = 0;
    for (int i = 0; i < 200 && alive; i++)
        alive = write(s.fd, "a", 1) == 1 && listen_for(&s, i % 4 ? 0.01 : 0.1);
    test_check(__FILE__, __LINE__, alive, "the program goes on");
    stop(&s, SIGKILL);
    check_store(&s, &all);
    for (int i = 0; i + 1 < s.drawn; i++)
        missing += !all.decided[s.order[i]];
    CHECK_INT(missing, 0);
    printf("%d decisions, %d pictures\n", all.decisions, s.drawn);
    test_check(__FILE__, __LINE__, s.drawn > 5, "photos are shown");
}

int main(int argc, char **argv)
{
    return test_main(argc, argv);
}
