/* One process that decodes, seen from outside: start, ask, end.
 *
 * It is this program, executed anew: nothing of this process's memory (reviews, other photos,
 * threads, what libraries hold) comes along, as it would with a mere fork, and posix_spawn neither
 * copies page tables nor runs anything of ours between fork and exec, which other threads forbid.
 *
 * It ends with this process by a pipe whose other end only this process has: the kernel sends a
 * signal (O_ASYNC) when it closes. PR_SET_PDEATHSIG would do so when the thread ends that started
 * it, and threads come and go here. */
#include "data/decoder_internal.h"

#include "data/decoder.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { START_SECONDS = 30, TICK = 20 /* ms between looks at time and process */ };

uint32_t decoder_turn(struct decoder_board *board)
{
    return atomic_load_explicit(&board->turn, memory_order_acquire) & ~(uint32_t)DECODER_ASLEEP;
}

void decoder_wait(struct decoder_board *board, uint32_t turn, int ms)
{
    const struct timespec most = {ms / 1000, (long)(ms % 1000) * 1000 * 1000};
    uint32_t seen = atomic_load(&board->turn);
    /* It changes once in between when nothing is wrong with the other side. */
    for (int i = 0; i < 8 && (seen & ~(uint32_t)DECODER_ASLEEP) != turn; i++) {
        uint32_t asleep = seen | DECODER_ASLEEP;
        if (seen != asleep && !atomic_compare_exchange_weak(&board->turn, &seen, asleep))
            continue;
        if (syscall(SYS_futex, &board->turn, FUTEX_WAIT, asleep, ms < 0 ? NULL : &most, NULL, 0) ==
                0 ||
            errno != EAGAIN)
            return;
        seen = atomic_load(&board->turn);
    }
}

void decoder_turn_over(struct decoder_board *board, uint32_t turn)
{
    if (atomic_exchange(&board->turn, turn) & DECODER_ASLEEP)
        syscall(SYS_futex, &board->turn, FUTEX_WAKE, 1, NULL, NULL, 0);
}

static struct decoder_board *board_of(const struct decoder_process *p)
{
    return (void *)(p->shared + DECODER_BOARD_AT);
}

/* ---- start ---------------------------------------------------------------------------------- */

struct ends {
    int memory, life_here, life_there;
};

static void close_all(struct ends *e)
{
    int *const all[] = {&e->memory, &e->life_here, &e->life_there};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (*all[i] >= 0)
            close(*all[i]);
        *all[i] = -1;
    }
}

/* Descriptors 0 to 2 are where the new process gets its own: they would be overwritten before they
 * are copied, when this process was started without them. */
static int above(int *fd)
{
    int moved = *fd > 2 ? *fd : fcntl(*fd, F_DUPFD_CLOEXEC, 3);
    if (moved != *fd)
        close(*fd);
    *fd = moved;
    return moved < 0 ? -1 : 0;
}

/* The size of the memory is sealed: cut short it would be a trap for who reads pixels. */
static int make_ends(struct ends *e)
{
    int life[2];
    if (pipe2(life, O_CLOEXEC) != 0)
        return -1;
    e->life_there = life[0];
    e->life_here = life[1];
    e->memory = memfd_create("photo", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (e->memory < 0 || ftruncate(e->memory, (off_t)DECODER_SHARED) != 0 ||
        fcntl(e->memory, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
        return -1;
    return above(&e->life_here) || above(&e->life_there) || above(&e->memory) ? -1 : 0;
}

/* Pixels stay out of core files and, as far as it costs nothing, out of swap: the first of them
 * are locked as they are touched; a limit of locked memory is no error. */
static unsigned char *map(int memory)
{
    void *shared = mmap(NULL, DECODER_SHARED, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
    if (shared == MAP_FAILED)
        return NULL;
    madvise(shared, DECODER_SHARED, MADV_DONTDUMP);
    mlock2((unsigned char *)shared + DECODER_PIXELS_AT, DECODER_LOCKED, MLOCK_ONFAULT);
    return shared;
}

/* The environment is this process's where the program needs it to start or to report. One thread
 * of BLAS: it is loaded there, too, and would start some. */
static void environment(char *of[], size_t capacity)
{
    static char single[] = "OPENBLAS_NUM_THREADS=1", single_omp[] = "OMP_NUM_THREADS=1";
    static const char *const kept[] = {"LD_", "ASAN_OPTIONS=", "UBSAN_OPTIONS=", "TSAN_OPTIONS="};
    size_t n = 0;
    of[n++] = single;
    of[n++] = single_omp;
    for (char **e = environ; e && *e && n + 1 < capacity; e++)
        for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
            if (strncmp(*e, kept[i], strlen(kept[i])) == 0) {
                of[n++] = *e;
                break;
            }
    of[n] = NULL;
}

/* Its errors are seen in sanitizer builds only: the terminal is no place for them. */
static int set_up(posix_spawn_file_actions_t *actions, const struct ends *e)
{
    int failed = posix_spawn_file_actions_adddup2(actions, e->memory, DECODER_MEMORY_FD);
    failed |= posix_spawn_file_actions_adddup2(actions, e->life_there, DECODER_LIFE);
    failed |= posix_spawn_file_actions_addopen(actions, 1, "/dev/null", O_WRONLY, 0);
    if (!DECODER_RELAXED)
        failed |= posix_spawn_file_actions_addopen(actions, 2, "/dev/null", O_WRONLY, 0);
    return failed;
}

static int spawn(const struct ends *e, pid_t *pid)
{
    static char name[] = "tend: photos", argument[32];
    char *arguments[] = {name, argument, NULL}, *environs[32];
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t how;
    sigset_t none, all;
    if (posix_spawn_file_actions_init(&actions) != 0)
        return ENOMEM;
    if (posix_spawnattr_init(&how) != 0) {
        posix_spawn_file_actions_destroy(&actions);
        return ENOMEM;
    }
    sigemptyset(&none);
    sigfillset(&all);
    memcpy(argument, decoder_argument, strlen(decoder_argument) + 1);
    environment(environs, sizeof environs / sizeof *environs);
    posix_spawnattr_setsigmask(&how, &none);
    posix_spawnattr_setsigdefault(&how, &all);
    posix_spawnattr_setpgroup(&how, 0); /* Ctrl-C and Ctrl-Z are for who sits at the terminal */
    posix_spawnattr_setflags(&how, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
                                       POSIX_SPAWN_SETPGROUP);
    int error = set_up(&actions, e);
    if (!error)
        error = posix_spawn(pid, "/proc/self/exe", &actions, &how, arguments, environs);
    posix_spawnattr_destroy(&how);
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

static double seconds(clockid_t clock)
{
    struct timespec t;
    return clock_gettime(clock, &t) == 0 ? (double)t.tv_sec + 1e-9 * (double)t.tv_nsec : 0;
}

/* Waits a moment for its turn to be over: 1 it is, 0 not yet, -1 the process has ended, and *how is
 * what waitpid tells. */
static int look(struct decoder_process *p, int *how)
{
    decoder_wait(board_of(p), DECODER_HERE, TICK);
    if (decoder_turn(board_of(p)) == DECODER_HERE)
        return 1;
    pid_t ended = waitpid(p->pid, how, WNOHANG);
    if (ended == 0 || (ended < 0 && errno == EINTR))
        return 0;
    if (ended < 0)
        *how = 0;
    p->pid = 0;
    return -1;
}

static int is_cancelled(atomic_int *cancel)
{
    return cancel && atomic_load(cancel);
}

static int meet(struct decoder_process *p, atomic_int *cancel)
{
    double start = seconds(CLOCK_MONOTONIC);
    int how, met;
    while ((met = look(p, &how)) == 0 && seconds(CLOCK_MONOTONIC) - start < START_SECONDS &&
           !is_cancelled(cancel))
        ;
    p->filtered = board_of(p)->reply.width == 1;
    return met == 1 ? 0 : -1;
}

static int begin(struct decoder_process *p, struct ends *e, atomic_int *cancel, struct status *st)
{
    if (make_ends(e) != 0 || !(p->shared = map(e->memory)))
        return status_fail_errno(st, "cannot prepare the process that decodes photos");
    atomic_store(&board_of(p)->turn, DECODER_BUSY);
    errno = spawn(e, &p->pid);
    if (errno) {
        p->pid = 0;
        return status_fail_errno(st, "cannot start the process that decodes photos");
    }
    clock_getcpuclockid(p->pid, &p->clock);
    p->life = e->life_here;
    e->life_here = -1;
    close_all(e);
    if (meet(p, cancel) == 0)
        return 0;
    if (is_cancelled(cancel))
        return status_fail(st, STATUS_CANCELLED, "cancelled");
    return status_fail(st, STATUS_IO, "the process that decodes photos ended as it started");
}

int decoder_start(struct decoder_process *p, atomic_int *cancel, struct status *st)
{
    struct ends e = {-1, -1, -1};
    *p = (struct decoder_process){.life = -1, .cpu = -1};
    int failed = begin(p, &e, cancel, st);
    close_all(&e);
    if (failed)
        decoder_stop(p);
    return failed;
}

/* ---- end ------------------------------------------------------------------------------------ */

/* Killed, not asked: it has nothing to lose, and one that was taken over would not obey. */
void decoder_stop(struct decoder_process *p)
{
    if (!p->shared)
        return; /* there is none */
    if (p->pid > 0) {
        kill(p->pid, SIGKILL);
        while (waitpid(p->pid, NULL, 0) < 0 && errno == EINTR)
            ;
    }
    if (p->life >= 0)
        close(p->life);
    munmap(p->shared, DECODER_SHARED);
    *p = (struct decoder_process){.life = -1};
}

/* ---- ask ------------------------------------------------------------------------------------ */

struct watch {
    double cpu, passed; /* at the first look, one TICK after the start */
    double last;        /* look */
    double asleep;
    double memory; /* at the first look; negative: the system does not tell */
    double limit;
};

/* Bytes of memory that it has, -1 where that is not told. */
static double memory_of(const struct decoder_process *p)
{
    char name[40];
    long pages = -1;
    snprintf(name, sizeof name, "/proc/%ld/statm", (long)p->pid);
    FILE *f = fopen(name, "re");
    if (f && fscanf(f, "%*s %ld", &pages) != 1)
        pages = -1;
    if (f)
        fclose(f);
    return pages < 0 ? -1 : (double)pages * (double)sysconf(_SC_PAGESIZE);
}

/* Neither at work nor waiting for a processor or the disk. */
static int sleeps(const struct decoder_process *p)
{
    char name[40], state = 0;
    snprintf(name, sizeof name, "/proc/%ld/stat", (long)p->pid);
    FILE *f = fopen(name, "re"); /* "1234 (tend-photos) S ..." */
    if (f && fscanf(f, "%*d (%*[^)]) %c", &state) != 1)
        state = 0;
    if (f)
        fclose(f);
    return state == 'S';
}

/* A large picture is worth more time: up to what its header says, for what has come of it. */
static double allowed(const struct decoder_process *p, const struct watch *w)
{
    double claimed = atomic_load_explicit(&board_of(p)->pixels, memory_order_relaxed);
    if (claimed > IMAGE_MAX_PIXELS)
        claimed = IMAGE_MAX_PIXELS;
    double memory = claimed > DECODER_PIXELS ? memory_of(p) : -1;
    if (claimed < DECODER_PIXELS)
        claimed = DECODER_PIXELS;
    double made = memory < 0 || w->memory < 0 ? claimed
                  : memory > w->memory        ? DECODER_PIXELS + (memory - w->memory) / 3
                                              : DECODER_PIXELS;
    return DECODER_SECONDS * (made < claimed ? made : claimed) / DECODER_PIXELS;
}

/* Its CPU time counts: on a busy machine an honest photo may be kept waiting. One that is idle
 * waits for nothing. */
static int took_too_long(const struct decoder_process *p, struct watch *w, struct status *st)
{
    double cpu = seconds(p->clock), passed = seconds(CLOCK_MONOTONIC);
    if (w->passed == 0)
        *w = (struct watch){.cpu = cpu, .passed = passed, .last = passed, .memory = memory_of(p)};
    if (sleeps(p))
        w->asleep += passed - w->last;
    w->last = passed;
    if (w->asleep > DECODER_IDLE)
        return status_fail(st, STATUS_LIMIT, "the decoder stood still for %d s", DECODER_IDLE);
    if (cpu - w->cpu <= DECODER_SECONDS - 2e-3 * TICK &&
        passed - w->passed <= DECODER_SECONDS * DECODER_PATIENCE)
        return 0;
    w->limit = allowed(p, w);
    if (cpu - w->cpu <= w->limit - 2e-3 * TICK && passed - w->passed <= w->limit * DECODER_PATIENCE)
        return 0;
    return status_fail(st, STATUS_LIMIT, "took more than %.0f s to be decoded", w->limit);
}

/* From outside comes SIGKILL: the kernel's, when memory is short. */
static int tell_end(struct decoder_process *p, int how, struct status *st)
{
    int early = decoder_turn(board_of(p)) == DECODER_ASKED;
    decoder_stop(p);
    if (!WIFSIGNALED(how)) {
        status_fail(st, STATUS_FORMAT, "the decoder crashed (exit status %d)", WEXITSTATUS(how));
        return early ? 1 : -1;
    }
    status_fail(st, STATUS_FORMAT, "the decoder crashed (signal %d)", WTERMSIG(how));
    return early || WTERMSIG(how) == SIGKILL ? 1 : -1;
}

/* It works while the thread that asks sleeps: on the same processor, where nothing has to be woken
 * up and the file and the pixels are in the near cache. On another one, an idle one above all, a
 * photo costs ten times as much to hand over. */
static void bring_here(struct decoder_process *p)
{
    cpu_set_t one;
    int cpu = sched_getcpu();
    if (cpu == p->cpu || cpu < 0 || cpu >= CPU_SETSIZE)
        return;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    p->cpu = sched_setaffinity(p->pid, sizeof one, &one) == 0 ? cpu : -1;
}

/* Work that takes long goes where there is time for it. */
static void let_go(struct decoder_process *p)
{
    cpu_set_t all;
    if (p->cpu >= 0 && sched_getaffinity(0, sizeof all, &all) == 0 &&
        sched_setaffinity(p->pid, sizeof all, &all) == 0)
        p->cpu = -1;
}

int decoder_ask(struct decoder_process *p, const struct decoder_request *request,
                atomic_int *cancel, struct decoder_reply *reply, struct status *st)
{
    struct decoder_board *board = board_of(p);
    struct watch watch = {0};
    int how = 0, seen;
    p->asked++;
    board->request = *request;
    atomic_store_explicit(&board->pixels, 0, memory_order_relaxed);
    bring_here(p);
    decoder_turn_over(board, DECODER_ASKED);
    while ((seen = look(p, &how)) == 0) {
        let_go(p);
        if (is_cancelled(cancel) ? status_fail(st, STATUS_CANCELLED, "cancelled")
                                 : took_too_long(p, &watch, st)) {
            decoder_stop(p);
            return -1;
        }
    }
    if (seen < 0)
        return tell_end(p, how, st);
    *reply = board->reply;
    return 0;
}
