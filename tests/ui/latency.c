/* How long a key waits: runs a program in a terminal of its own (a pty that answers as one with or
 * without sixel), presses keys at seeded random moments and measures, for each, the time until the
 * first byte of the answer, or with --pictures until the last byte of the last picture that came
 * before the next key. Not a test: times are for people to read.
 *
 *   build/tests/ui/latency [--sixel] [--pictures] [--every S] [--seconds S] [--first KEYS] [--keys
 * KEYS | --jump N]
 *       -- COMMAND ARGS...
 *
 * KEYS are pressed literally; --first once, after two seconds; --keys in turn, all along, --every
 * so many seconds (else 0.05 to 0.3). --jump types ":K" and Enter instead, K from 1 to N at random.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const double SLOW = 30; /* milliseconds; such waits are listed */

struct options {
    int sixel, pictures, jump;
    double seconds, every;
    const char *first, *keys;
    char **command;
};

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int usage(void)
{
    fprintf(stderr,
            "usage: latency [--sixel] [--pictures] [--every S] [--seconds S] [--first KEYS] "
            "[--keys KEYS | --jump N] -- COMMAND\n");
    return 2;
}

static int parse(int argc, char **argv, struct options *o)
{
    *o = (struct options){.seconds = 20, .first = "", .keys = "jkjk"};
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--") == 0) {
            o->command = argv + i + 1;
            return *o->command != NULL;
        }
        if (strcmp(argv[i], "--sixel") == 0)
            o->sixel = 1;
        else if (strcmp(argv[i], "--pictures") == 0)
            o->pictures = 1;
        else if (i + 1 >= argc)
            return 0;
        else if (strcmp(argv[i], "--seconds") == 0)
            o->seconds = strtod(argv[++i], NULL);
        else if (strcmp(argv[i], "--every") == 0)
            o->every = strtod(argv[++i], NULL);
        else if (strcmp(argv[i], "--jump") == 0)
            o->jump = atoi(argv[++i]);
        else if (strcmp(argv[i], "--first") == 0)
            o->first = argv[++i];
        else if (strcmp(argv[i], "--keys") == 0)
            o->keys = argv[++i];
        else
            return 0;
    }
    return 0;
}

/* Sixel pictures in the output: how many have ended, when the last one did. */
static struct {
    int inside, escape, ended;
    double at;
} pictures;

static void watch(const char *bytes, ssize_t n)
{
    for (ssize_t i = 0; i < n; i++) {
        if (pictures.escape && bytes[i] == 'P')
            pictures.inside = 1;
        if (pictures.escape && bytes[i] == '\\' && pictures.inside) {
            pictures.inside = 0;
            pictures.ended++;
            pictures.at = now();
        }
        pictures.escape = bytes[i] == '\033';
    }
}

/* Reads what there is within `wait` seconds; answers DA1 so that the program does not wait for it.
 */
static ssize_t take(int fd, double wait, const struct options *o)
{
    static char buffer[1 << 16];
    struct pollfd p = {fd, POLLIN, 0};
    if (poll(&p, 1, wait > 0 ? (int)(wait * 1000) + 1 : 0) <= 0)
        return 0;
    ssize_t n = read(fd, buffer, sizeof buffer - 1);
    if (n > 0) {
        buffer[n] = 0;
        watch(buffer, n);
        if (memmem(buffer, (size_t)n, "\033[c", 3)) {
            const char *answer = o->sixel ? "\033[6;20;10t\033[?62;4;22c" : "\033[?62;22c";
            if (write(fd, answer, strlen(answer)) < 0)
                return -1;
        }
    }
    return n < 0 && errno == EINTR ? 0 : n <= 0 ? -1 : n;
}

static int drain(int fd, double seconds, const struct options *o)
{
    for (double end = now() + seconds; now() < end;)
        if (take(fd, end - now(), o) < 0)
            return -1;
    return 0;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* 0, or -1 when the program has gone. */
static int press(int fd, const struct options *o, size_t k)
{
    char line[32];
    int n = o->jump > 0 ? snprintf(line, sizeof line, ":%d\r", 1 + rand() % o->jump)
                        : snprintf(line, sizeof line, "%c", o->keys[k % strlen(o->keys)]);
    return write(fd, line, (size_t)n) == n ? 0 : -1;
}

/* The time until the answer, seconds; -1: none came; -2: the program has gone. */
static double answer(int fd, const struct options *o, double pressed)
{
    int before = pictures.ended;
    if (!o->pictures) {
        ssize_t n = take(fd, 2, o);
        return n < 0 ? -2 : n == 0 ? -1 : now() - pressed;
    }
    if (drain(fd, o->every > 0 ? o->every : 1, o) < 0)
        return -2;
    return pictures.ended > before ? pictures.at - pressed : -1;
}

int main(int argc, char **argv)
{
    static double waits[100000];
    struct options o;
    if (!parse(argc, argv, &o) || !*o.keys)
        return usage();
    struct winsize size = {.ws_row = 40, .ws_col = 120, .ws_xpixel = 1200, .ws_ypixel = 800};
    int fd;
    pid_t child = forkpty(&fd, NULL, NULL, &size);
    if (child < 0) {
        perror("forkpty");
        return 1;
    }
    if (child == 0) {
        setenv("TERM", "xterm-256color", 1);
        execvp(o.command[0], o.command);
        perror(o.command[0]);
        _exit(127);
    }
    int count = 0, unanswered = 0;
    srand(1);
    int alive = drain(fd, 2, &o) == 0;
    if (alive && *o.first && write(fd, o.first, strlen(o.first)) < 0)
        alive = 0;
    alive = alive && (!*o.first || drain(fd, 1.5, &o) == 0);
    double end = now() + o.seconds;
    for (size_t k = 0; alive && now() < end && count < 100000; k++) {
        /* Let earlier output end, then press. */
        if (!o.pictures &&
            drain(fd, o.every > 0 ? o.every : 0.05 + 0.25 * rand() / RAND_MAX, &o) < 0)
            break;
        double pressed = now();
        if (press(fd, &o, k) < 0)
            break;
        double took = answer(fd, &o, pressed);
        if (took < -1)
            break;
        if (took < 0)
            unanswered++;
        else
            waits[count++] = took * 1000;
        if (took * 1000 > SLOW)
            printf("%.1f ms after '%c', %.1f s before the end\n", took * 1000,
                   o.jump > 0 ? ':' : o.keys[k % strlen(o.keys)], end - pressed);
    }
    kill(child, SIGTERM);
    drain(fd, 1, &o);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    if (count == 0) {
        fprintf(stderr, "latency: no key was answered\n");
        return 1;
    }
    qsort(waits, (size_t)count, sizeof *waits, compare);
    printf(
        "%d keys: median %.1f ms, 95 %% %.1f ms, 99 %% %.1f ms, longest %.1f ms; %d without an answer\n",
        count, waits[count / 2], waits[count * 95 / 100], waits[count * 99 / 100], waits[count - 1],
        unanswered);
    return 0;
}
