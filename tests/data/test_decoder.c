/* The processes that decode, with a decoder that does what a hostile picture might make it do: the
 * files of this test say so in their first bytes. */
#include "data/decoder.h"
#include "data/decoder_internal.h"
#include "data/image.h"
#include "data/status.h"
#include "tests/check.h"
#include "tests/data/tiny.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* ---- inside the process that decodes -------------------------------------------------------- */

/* Of a picture as large as can be. */
static const char large_head[] = "P6 12000 10000 255\n";

static int eat(struct status *st)
{
    enum { PIECE = 64 << 20 };
    for (;;) {
        char *piece = malloc(PIECE);
        if (!piece)
            return status_fail(st, STATUS_MEMORY, ": out of memory");
        *(volatile char *)piece = 1; /* all of it would take longer than the time allowed */
    }
}

static int lie(struct image *out, struct status *st)
{
    memset(st->text, '\x1b', sizeof st->text - 1);
    st->text[sizeof st->text - 1] = 0;
    st->code = (enum status_code) - 7;
    *out = (struct image){0};
    return -1;
}

static double cpu(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* A picture that takes longer than a small one may, and is on its way all the time. */
static int paint(unsigned char *room, struct image *out)
{
    enum { STEPS = 26, STEP = 10000000 };
    static volatile unsigned sink;
    double start = cpu();
    for (int i = 0; i < STEPS; i++) {
        memset(room + (size_t)i * STEP, i, STEP);
        while (cpu() - start < 0.1 * (i + 1))
            sink++;
    }
    *out = (struct image){12000, 10000, room};
    return 0;
}

static void sleep_on(void)
{
    static uint32_t word;
    for (;;)
        syscall(SYS_futex, &word, FUTEX_WAIT, 0, NULL, NULL, 0);
}

static int be_hostile(const char *what, unsigned char *room, struct image *out, struct status *st)
{
    static volatile unsigned zero, sink;
    if (strcmp(what, "loop") == 0)
        while (!zero)
            sink++;
    if (strcmp(what, "paint") == 0)
        return paint(room, out);
    if (strcmp(what, "sleep") == 0)
        sleep_on();
    if (strcmp(what, "crash") == 0)
        raise(SIGSEGV);
    if (strcmp(what, "abort") == 0)
        abort();
    if (strcmp(what, "exit") == 0)
        _exit(7);
    if (strcmp(what, "killed") == 0)
        raise(SIGKILL);
    if (strcmp(what, "eat") == 0)
        return eat(st);
    if (strcmp(what, "lie") == 0)
        return lie(out, st);
    if (strcmp(what, "open") == 0)
        return status_fail(st, STATUS_FORMAT, ": %s",
                           open("/etc/passwd", O_RDONLY) < 0 ? "refused" : "opened");
    if (strcmp(what, "socket") == 0)
        return status_fail(st, STATUS_FORMAT, ": %s",
                           socket(AF_INET, SOCK_STREAM, 0) < 0 ? "refused" : "opened");
    if (strcmp(what, "fork") == 0 && fork() == 0)
        _exit(0);
    if (strcmp(what, "signal") == 0)
        kill(getppid(), SIGTERM);
    return status_fail(st, STATUS_FORMAT, ": is a test");
}

int decoder_decode(const void *bytes, size_t size, int least, unsigned char *room,
                   struct image *out, struct status *st)
{
    char what[32] = "";
    const size_t head = sizeof large_head - 1;
    if (size > head && memcmp(bytes, large_head, head) == 0) {
        bytes = (const char *)bytes + head;
        size -= head;
    }
    if (size < 6 || size > sizeof what || memcmp(bytes, "TEST ", 5) != 0)
        return image_decode_to(bytes, size, "", least, room, out, st);
    memcpy(what, (const char *)bytes + 5, size - 5);
    return be_hostile(what, room, out, st);
}

/* ---- here ----------------------------------------------------------------------------------- */

static const char *hostile(const char *what)
{
    char name[40], bytes[40];
    snprintf(name, sizeof name, "%s.jpg", what);
    snprintf(bytes, sizeof bytes, "TEST %s", what);
    return test_write(name, bytes, strlen(bytes));
}

static const char *large(const char *what)
{
    char name[40], bytes[80];
    int size = snprintf(bytes, sizeof bytes, "%sTEST %s", large_head, what);
    snprintf(name, sizeof name, "%s.ppm", what);
    return test_write(name, bytes, (size_t)size);
}

static const char *good(void)
{
    return test_write("good.png", tiny[TINY_COUNT - 1].bytes, tiny[TINY_COUNT - 1].size);
}

static int count_entries(const char *folder)
{
    int count = 0;
    DIR *d = opendir(folder);
    while (d && readdir(d))
        count++;
    if (d)
        closedir(d);
    return count;
}

static int descriptors(void)
{
    return count_entries("/proc/self/fd");
}

/* Children of a process, zombies too; the first one's number. */
static int children(pid_t of, pid_t *first)
{
    int count = 0;
    DIR *d = opendir("/proc");
    *first = 0;
    for (struct dirent *e; d && (e = readdir(d));) {
        char path[300];
        int pid, parent;
        snprintf(path, sizeof path, "/proc/%s/stat", e->d_name);
        FILE *f = fopen(path, "r");
        if (f && fscanf(f, "%d (%*[^)]) %*c %d", &pid, &parent) == 2 && parent == of) {
            *first = *first ? *first : pid;
            count++;
        }
        if (f)
            fclose(f);
    }
    if (d)
        closedir(d);
    return count;
}

static int loads(struct decoders *d, const char *path)
{
    struct image image;
    struct status st = {0};
    int ok = CHECK_INT(decoders_load(d, path, 0, &image, &st), 0) &&
             CHECK(image.width > 0 && image.height > 0);
    decoders_release(d, &image);
    CHECK(!image.rgb);
    return ok;
}

/* A photo fails with these words after its name, and the next one is read. */
static void fails(struct decoders *d, const char *path, const char *words, enum status_code code)
{
    struct image image;
    struct status st = {0};
    char whole[600];
    snprintf(whole, sizeof whole, "%s: %s", path, words);
    CHECK_INT(decoders_load(d, path, 0, &image, &st), -1);
    CHECK(!image.rgb);
    CHECK_TEXT(st.text, whole);
    CHECK_INT(st.code, code);
    decoders_release(d, &image);
    loads(d, good());
}

TEST(decoder_gives_the_pixels_of_image_load)
{
    struct status st = {0};
    struct decoders *d = decoders_new(&st);
    for (int i = 0; i < 2 * TINY_COUNT; i++) {
        const struct tiny *t = &tiny[i % TINY_COUNT];
        const char *path = test_write(t->name, t->bytes, t->size);
        int least = i < TINY_COUNT ? 0 : 3, width, height;
        struct image want, got;
        if (!CHECK_INT(image_load(path, least, &want, &st), 0))
            continue;
        if (CHECK_INT(decoders_load(d, path, least, &got, &st), 0) &&
            CHECK_INT(got.width, want.width) && CHECK_INT(got.height, want.height))
            CHECK(memcmp(got.rgb, want.rgb, 3 * (size_t)want.width * (size_t)want.height) == 0);
        decoders_release(d, &got);
        image_clear(&want);
        CHECK_INT(decoders_probe(d, path, &width, &height, &st), 0);
        CHECK(width == t->width && height == t->height);
    }
    decoders_free(d);
}

TEST(decoder_says_what_image_load_says)
{
    static const unsigned char wide[] = "P6 100000 100000 255\n";
    struct decoders *d = decoders_new(NULL);
    const struct tiny *t = &tiny[0];
    const char *large = test_path("large.jpg");
    const char *const paths[] = {
        test_write("empty.jpg", "", 0),
        test_write("text.jpg", "no picture", 10),
        test_write("cut.jpg", t->bytes, t->size / 2),
        test_write("wide.ppm", wide, sizeof wide - 1),
        test_write("h\xc3\xa9, 1.webp", "RIFF1234WEBP", 12),
        test_folder(),
        test_path("none.jpg"),
        large,
        "/dev/null",
    };
    int fd = open(large, O_CREAT | O_WRONLY, 0600);
    CHECK_INT(ftruncate(fd, (off_t)IMAGE_MAX_BYTES + 1), 0);
    close(fd);
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        struct image image;
        struct status want = {0}, got = {0}, probed = {0};
        int width, height;
        CHECK_INT(image_load(paths[i], 0, &image, &want), -1);
        CHECK_INT(decoders_load(d, paths[i], 0, &image, &got), -1);
        CHECK_TEXT(got.text, want.text);
        CHECK_INT(got.code, want.code);
        int failed = decoders_probe(d, paths[i], &width, &height, &probed);
        CHECK_INT(failed, i == 2 ? 0 : -1); /* the header of what is cut short is there */
        if (failed)
            CHECK_TEXT(probed.text, want.text);
    }
    decoders_free(d);
}

TEST(decoder_crashes_and_the_next_photo_is_read)
{
    pid_t pid;
    int before = descriptors(), there = children(getpid(), &pid);
    struct decoders *d = decoders_new(NULL);
    for (int i = 0; i < 3; i++) {
        fails(d, hostile("crash"),
              DECODER_RELAXED ? "the decoder crashed (exit status 1)"
                              : "the decoder crashed (signal 11)",
              STATUS_FORMAT);
        fails(d, hostile("exit"), "the decoder crashed (exit status 7)", STATUS_FORMAT);
        fails(d, hostile("killed"), "the decoder crashed (signal 9)", STATUS_FORMAT);
        CHECK_INT(children(getpid(), &pid), there + 1);
    }
    if (!DECODER_RELAXED)
        fails(d, hostile("abort"), "the decoder crashed (signal 6)", STATUS_FORMAT);
    decoders_free(d);
    CHECK_INT(descriptors(), before);
    CHECK_INT(children(getpid(), &pid), there);
}

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

TEST(decoder_that_loops_is_stopped)
{
    struct decoders *d = decoders_new(NULL);
    loads(d, good());
    double start = seconds();
    fails(d, hostile("loop"), "took more than 2 s to be decoded", STATUS_LIMIT);
    printf("stopped after %.2f s\n", seconds() - start); /* not checked: of time passed */
    decoders_free(d);
}

/* What a header says is worth no time by itself. */
TEST(decoder_that_loops_on_a_large_picture_is_stopped_as_soon)
{
    struct decoders *d = decoders_new(NULL);
    fails(d, large("loop"), "took more than 2 s to be decoded", STATUS_LIMIT);
    decoders_free(d);
}

TEST(decoder_of_a_large_picture_has_time_while_it_comes)
{
    struct decoders *d = decoders_new(NULL);
    struct image image;
    struct status st = {0};
    if (CHECK_INT(decoders_load(d, large("paint"), 0, &image, &st), 0))
        CHECK(image.width == 12000 && image.rgb[259999999] == 25);
    else
        CHECK_TEXT(st.text, "");
    decoders_release(d, &image);
    decoders_free(d);
}

TEST(decoder_that_sleeps_is_stopped)
{
    struct decoders *d = decoders_new(NULL);
    fails(d, hostile("sleep"), "the decoder stood still for 4 s", STATUS_LIMIT);
    fails(d, large("sleep"), "the decoder stood still for 4 s", STATUS_LIMIT);
    decoders_free(d);
}

static void *set_soon(void *flag)
{
    nanosleep(&(struct timespec){0, 200000000}, NULL);
    atomic_store((atomic_int *)flag, 1);
    return NULL;
}

/* Whoever leaves does not wait for a photo; and the next one is read. */
TEST(decoder_is_left_when_cancelled)
{
    struct decoders *d = decoders_new(NULL);
    static const char *const what[] = {"loop", "sleep"};
    loads(d, good());
    for (int i = 0; i < 3; i++) {
        atomic_int cancel = i == 2; /* before it began: a process is not even waited for */
        struct image image;
        struct status st = {0};
        pthread_t thread;
        pthread_create(&thread, NULL, set_soon, &cancel);
        if (i == 2) {
            decoders_free(d);
            d = decoders_new(NULL);
        }
        const char *path = hostile(what[i % 2]);
        CHECK_INT(decoders_load_until(d, path, 0, &cancel, &image, &st), -1);
        CHECK_INT(st.code, STATUS_CANCELLED);
        CHECK(!image.rgb);
        pthread_join(thread, NULL);
        loads(d, good());
    }
    decoders_free(d);
}

TEST(decoder_that_takes_memory_is_stopped)
{
    if (DECODER_RELAXED)
        SKIP("sanitizers take address space without end themselves");
    struct decoders *d = decoders_new(NULL);
    fails(d, hostile("eat"), "needs more memory than 2048 MB to be decoded", STATUS_MEMORY);
    decoders_free(d);
}

TEST(decoder_that_was_taken_over_can_do_nothing)
{
    struct decoders *d = decoders_new(NULL);
    struct status st = {0};
    int filtered = decoders_filtered(d, &st);
    if (!CHECK(filtered >= 0))
        printf("%s\n", st.text);
    fails(d, hostile("open"), "refused", STATUS_FORMAT);
    if (filtered == 1 && !DECODER_RELAXED) {
        fails(d, hostile("socket"), "the decoder crashed (signal 31)", STATUS_FORMAT);
        fails(d, hostile("fork"), "the decoder crashed (signal 31)", STATUS_FORMAT);
        fails(d, hostile("signal"), "the decoder crashed (signal 31)", STATUS_FORMAT);
    } else {
        fails(d, hostile("socket"), "refused", STATUS_FORMAT);
    }
    decoders_free(d);
}

TEST(decoder_that_lies_is_not_believed)
{
    struct decoders *d = decoders_new(NULL);
    struct image image;
    struct status st = {0};
    CHECK_INT(decoders_load(d, hostile("lie"), 0, &image, &st), -1);
    CHECK_CONTAINS(st.text, "lie.jpg: ????");
    CHECK(!strchr(st.text, '\x1b'));
    CHECK_INT(st.code, STATUS_FORMAT);
    decoders_free(d);
}

TEST(decoder_killed_between_photos_is_started_again)
{
    struct decoders *d = decoders_new(NULL);
    pid_t first, second;
    int there = children(getpid(), &first);
    if (!CHECK_INT(there, 0) || !loads(d, good()))
        return;
    CHECK_INT(children(getpid(), &first), 1);
    kill(first, SIGKILL);
    loads(d, good());
    CHECK_INT(children(getpid(), &second), 1);
    CHECK(second != first);
    decoders_free(d);
}

/* A process that loads a photo and is killed; what it leaves behind becomes ours and must end. */
static void die_with(const char *photo, int loaded)
{
    pid_t worker = 0, unused;
    pid_t child = fork();
    if (child == 0) {
        struct decoders *d = decoders_new(NULL);
        struct image image;
        decoders_load(d, photo, 0, &image, NULL);
        for (;;)
            pause();
    }
    double start = seconds();
    while (children(child, &worker) == 0 && seconds() - start < 20)
        usleep(10 * 1000);
    usleep(loaded ? 100 * 1000 : 500 * 1000); /* it is at work, or waits */
    CHECK_INT(children(child, &worker), 1);
    kill(child, SIGKILL);
    CHECK_INT(waitpid(child, NULL, 0), child);
    int status = 0;
    start = seconds();
    while (waitpid(worker, &status, WNOHANG) != worker && seconds() - start < 20)
        usleep(10 * 1000);
    CHECK(WIFSIGNALED(status) || WIFEXITED(status));
    CHECK(kill(worker, 0) != 0);
    CHECK_INT(children(getpid(), &unused), 0);
}

TEST(decoder_ends_with_its_parent)
{
    if (prctl(PR_SET_CHILD_SUBREAPER, 1) != 0)
        SKIP("no subreaper");
    die_with(good(), 1);
    die_with(hostile("loop"), 0);
    prctl(PR_SET_CHILD_SUBREAPER, 0);
}

/* Without descriptors 0 to 2, where the new process wants its own. */
TEST(decoder_starts_without_standard_descriptors)
{
    const char *path = good();
    pid_t child = fork();
    if (child == 0) {
        struct image image;
        close(0);
        close(1);
        close(2);
        struct decoders *d = decoders_new(NULL);
        int failed = decoders_load(d, path, 0, &image, NULL);
        decoders_release(d, &image);
        decoders_free(d);
        _exit(failed ? 1 : 0);
    }
    int status = -1;
    CHECK_INT(waitpid(child, &status, 0), child);
    CHECK_INT(status, 0);
}

/* No descriptor left: an error of one photo, and no other trouble. */
TEST(decoder_says_that_it_cannot_be_started)
{
    struct rlimit old, few;
    struct status st = {0};
    struct image image;
    const char *path = good();
    struct decoders *d = decoders_new(NULL);
    getrlimit(RLIMIT_NOFILE, &old);
    int before = descriptors();
    few = (struct rlimit){3, old.rlim_max}; /* none is free below */
    setrlimit(RLIMIT_NOFILE, &few);
    CHECK_INT(decoders_load(d, path, 0, &image, &st), -1);
    setrlimit(RLIMIT_NOFILE, &old);
    CHECK_CONTAINS(st.text, "cannot prepare the process that decodes photos: Too many open files");
    CHECK_INT(descriptors(), before);
    loads(d, path);
    decoders_free(d);
    CHECK_INT(descriptors(), before);
}

/* ---- threads -------------------------------------------------------------------------------- */

enum { THREADS = 6, ROUNDS = 60 };

struct crowd {
    struct decoders *decoders;
    const char *good, *crash;
    int wrong[THREADS];
};
struct member {
    struct crowd *crowd;
    int number;
};

static void *load_many(void *arg)
{
    const struct member *m = arg;
    struct crowd *c = m->crowd;
    const struct tiny *t = &tiny[TINY_COUNT - 1];
    for (int i = 0; i < ROUNDS; i++) {
        int bad = (i + m->number) % 12 == 0;
        struct image image;
        struct status st = {0};
        int failed = decoders_load(c->decoders, bad ? c->crash : c->good, 0, &image, &st) != 0;
        c->wrong[m->number] += failed != bad || (!failed && image.width != t->width) ||
                               (bad && !strstr(st.text, "crashed"));
        decoders_release(c->decoders, &image);
    }
    return NULL;
}

TEST(decoder_serves_threads_that_come_and_go)
{
    pid_t pid;
    int before = descriptors(), there = children(getpid(), &pid);
    struct crowd crowd = {.decoders = decoders_new(NULL)};
    char path[2][600];
    snprintf(path[0], sizeof path[0], "%s", good());
    snprintf(path[1], sizeof path[1], "%s", hostile("crash"));
    crowd.good = path[0];
    crowd.crash = path[1];
    for (int round = 0; round < 2; round++) {
        pthread_t threads[THREADS];
        struct member members[THREADS];
        for (int i = 0; i < THREADS; i++) {
            members[i] = (struct member){&crowd, i};
            CHECK_INT(pthread_create(&threads[i], NULL, load_many, &members[i]), 0);
        }
        for (int i = 0; i < THREADS; i++)
            pthread_join(threads[i], NULL);
        loads(crowd.decoders, path[0]); /* by a thread that started none of them */
    }
    for (int i = 0; i < THREADS; i++)
        CHECK_INT(crowd.wrong[i], 0);
    CHECK(children(getpid(), &pid) <= there + THREADS);
    decoders_free(crowd.decoders);
    CHECK_INT(descriptors(), before);
    CHECK_INT(children(getpid(), &pid), there);
}

/* A large picture leaves no memory with the set. */
static long shared_kilobytes(void)
{
    long total = -1, resident = -1, shared = -1;
    FILE *f = fopen("/proc/self/statm", "r");
    if (f && fscanf(f, "%ld %ld %ld", &total, &resident, &shared) != 3)
        shared = -1;
    if (f)
        fclose(f);
    return shared * (sysconf(_SC_PAGESIZE) / 1024);
}

TEST(decoder_gives_back_the_memory_of_a_large_picture)
{
    enum { SIDE = 4000, HEADER = 17 }; /* 48 MB of file and of pixels */
    size_t size = HEADER + (size_t)3 * SIDE * SIDE;
    char *bytes = malloc(size + 1);
    struct decoders *d = decoders_new(NULL);
    struct image image;
    struct status st = {0};
    memset(bytes, 'x', size);
    memcpy(bytes, "P6 4000 4000 255\n", HEADER);
    const char *path = test_write("large.ppm", bytes, size);
    loads(d, good());
    long before = shared_kilobytes();
    if (CHECK_INT(decoders_load(d, path, 0, &image, &st), 0)) {
        CHECK_INT(image.rgb[(size_t)3 * SIDE * SIDE - 1], 'x');
        CHECK(shared_kilobytes() > before + 40000);
    }
    decoders_release(d, &image);
    CHECK(shared_kilobytes() < before + 8000);
    loads(d, good());
    decoders_free(d);
    free(bytes);
}

int main(int argc, char **argv)
{
    return test_main(argc, argv);
}
