/* What the store promises when things go wrong: kill -9 at any moment, a full disk. */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "data/rng.h"
#include "tests/labels/durable_fixture.h"

/* ---- kill -9 -------------------------------------------------------------------------------- */

struct acknowledged {
    int64_t photo;
    enum event_kind kind;
    int node;
};

/* The child: reviews until it is killed, and says each one that the store has acknowledged. */
static void review_for_ever(const char *path, int pipe, uint64_t seed)
{
    struct store *s;
    struct rng r;
    rng_seed(&r, seed, 0);
    if (store_open(path, &s, &st) != 0)
        _exit(3);
    for (;;) {
        struct acknowledged a = {1 + (int64_t)rng_below(&r, PHOTOS),
                                 (enum event_kind)(EVENT_ACCEPT + rng_below(&r, 6)),
                                 (int)rng_below(&r, NODES)};
        struct review review = {.photo = a.photo, .kind = a.kind, .node = a.node};
        if (rng_below(&r, 4) == 0) { /* unsynchronised writes in between */
            struct prediction p = {.photo = a.photo, .model = 1, .node = a.node};
            if (store_put_predictions(s, &p, 1, &st) != 0)
                _exit(4);
        }
        if (rng_below(&r, 8) == 0) {
            if (store_undo(s, "me", &a.photo, NULL, &st) != 0)
                continue;
            a.kind = EVENT_UNDO;
        } else if (store_review(s, "me", &review, 1, &st) != 0) {
            _exit(5);
        }
        if (write(pipe, &a, sizeof a) != (ssize_t)sizeof a)
            _exit(6);
    }
}

struct journal {
    struct acknowledged *said;
    size_t count, seen;
    struct review_state state[PHOTOS + 1];
};

static int compare_event(void *arg, const struct event *e)
{
    struct journal *j = arg;
    if (j->seen < j->count) { /* what was acknowledged is there, in order */
        const struct acknowledged *a = &j->said[j->seen];
        if (!CHECK_INT(e->photo, a->photo) || !CHECK_INT(e->kind, a->kind))
            return 1;
        if (a->kind == EVENT_ACCEPT || a->kind == EVENT_CORRECT)
            CHECK_INT(e->after.node, a->node);
    } else { /* one more may have been written before it could be said: from now on it counts */
        j->said = realloc(j->said, (j->count + 1) * sizeof *j->said);
        j->said[j->count++] = (struct acknowledged){e->photo, e->kind, e->after.node};
    }
    j->seen++;
    j->state[e->photo] = e->after;
    return 0;
}

static void read_said(int fd, struct journal *j)
{
    struct acknowledged a;
    ssize_t n;
    while ((n = read(fd, &a, sizeof a)) == (ssize_t)sizeof a) {
        j->said = realloc(j->said, (j->count + 1) * sizeof *j->said);
        j->said[j->count++] = a;
    }
    CHECK_INT(n, 0);
}

static void check_after_kill(const char *path, struct journal *j)
{
    struct store *s;
    size_t before = j->count;
    j->seen = 0;
    if (!CHECK_INT(store_open(path, &s, &st), 0)) {
        printf("%s\n", st.text);
        return;
    }
    CHECK_INT(store_each_event(s, 0, compare_event, j, &st), 0);
    CHECK(j->seen >= before && j->seen <= before + 1);
    struct store_counts counts;
    int64_t labelled = 0;
    for (int id = 1; id <= PHOTOS; id++) {
        struct photo p;
        CHECK_INT(store_photo(s, id, &p, &st), 0);
        CHECK_INT(p.state.kind, j->state[id].kind);
        CHECK_INT(p.state.node, j->state[id].node);
        CHECK_INT(p.state.flagged, j->state[id].flagged);
        labelled += p.state.node >= 0;
        photo_clear(&p);
    }
    CHECK_INT(store_count(s, &counts, &st), 0);
    CHECK_INT(counts.labelled, labelled);
    store_close(s);
}

TEST(killed_at_any_moment)
{
    char path[512];
    struct rng r;
    struct journal j = {0};
    snprintf(path, sizeof path, "%s", test_path("project.db"));
    make_store(path);
    for (int id = 0; id <= PHOTOS; id++)
        j.state[id] = (struct review_state){REVIEW_NONE, -1, 0};
    rng_seed(&r, 11, 0);
    for (int round = 0; round < 60; round++) {
        int fds[2], status;
        if (!CHECK_INT(pipe(fds), 0))
            return;
        pid_t child = fork();
        if (child == 0) {
            close(fds[0]);
            review_for_ever(path, fds[1], (uint64_t)round);
        }
        close(fds[1]);
        struct pollfd ready = {.fd = fds[0], .events = POLLIN};
        if (round % 4 != 0) /* else it may be killed while it opens the store */
            CHECK_INT(poll(&ready, 1, 60000), 1);
        struct timespec pause = {0, (long)rng_below(&r, 40000) * 1000};
        nanosleep(&pause, NULL);
        kill(child, SIGKILL);
        read_said(fds[0], &j);
        close(fds[0]);
        waitpid(child, &status, 0);
        CHECK(WIFSIGNALED(status)); /* it was working till then */
        check_after_kill(path, &j);
    }
    check_integrity(path);
    CHECK(j.count >= 45); /* it did work */
    free(j.said);
}

/* A new label with its only photo, again and again. */
static void import_for_ever(const char *path, int pipe)
{
    struct store *s;
    if (store_open(path, &s, &st) != 0)
        _exit(3);
    for (;;) {
        struct taxonomy *t = taxonomy_copy(store_taxonomy(s));
        char name[24], file[32];
        snprintf(name, sizeof name, "label %d", taxonomy_count(t));
        snprintf(file, sizeof file, "%s.jpg", name);
        struct photo_new photo = {.path = file,
                                  .node = taxonomy_add(t, TAXONOMY_ROOT, name, NULL, &st)};
        if (store_import(s, t, &photo, 1, "import", NULL, &st) != 0)
            _exit(5);
        taxonomy_free(t);
        if (write(pipe, "", 1) != 1)
            _exit(6);
    }
}

TEST(an_import_that_is_killed_leaves_no_label_without_its_photo)
{
    const char *path = test_path("project.db");
    struct rng r;
    make_store(path);
    rng_seed(&r, 13, 0);
    for (int round = 0; round < 20; round++) {
        int fds[2], status;
        char said;
        if (!CHECK_INT(pipe(fds), 0))
            return;
        pid_t child = fork();
        if (child == 0)
            import_for_ever(path, fds[1]);
        close(fds[1]);
        CHECK_INT(read(fds[0], &said, 1), 1);
        struct timespec pause = {0, (long)rng_below(&r, 20000) * 1000};
        nanosleep(&pause, NULL);
        kill(child, SIGKILL);
        waitpid(child, &status, 0);
        close(fds[0]);
        CHECK(WIFSIGNALED(status));
        struct store *s;
        struct store_counts counts;
        must(store_open(path, &s, &st));
        must(store_count(s, &counts, &st));
        CHECK(counts.labelled > round);
        CHECK_INT(taxonomy_count(store_taxonomy(s)), NODES + counts.labelled);
        store_close(s);
    }
    check_integrity(path);
}

TEST(an_import_that_fails_takes_its_labels_back)
{
    const char *path = test_path("project.db");
    struct store *s;
    make_store(path);
    must(store_open(path, &s, &st));
    struct taxonomy *t = taxonomy_copy(store_taxonomy(s));
    int node = taxonomy_add(t, 0, "new", NULL, &st);
    struct photo_new photos[] = {{.path = "new.jpg", .node = node}, {.path = "", .node = node}};
    CHECK_INT(store_import(s, t, photos, 2, "import", NULL, &st), -1);
    CHECK_INT(taxonomy_count(store_taxonomy(s)), NODES);
    CHECK_INT(store_refresh_taxonomy(s, &st), 0);
    CHECK_INT(store_import(s, t, photos, 1, "import", NULL, &st), 0); /* with the same number */
    CHECK(taxonomy_is_terminal(store_taxonomy(s), node));
    CHECK_INT(store_refresh_taxonomy(s, &st), 0);
    taxonomy_free(t);
    store_close(s);
    must(store_open(path, &s, &st));
    CHECK_INT(taxonomy_count(store_taxonomy(s)), NODES + 1);
    CHECK(taxonomy_is_terminal(store_taxonomy(s), node));
    store_close(s);
}

/* ---- a full disk ---------------------------------------------------------------------------- */

TEST(full_disk_loses_nothing)
{
    const char *path = test_path("project.db");
    struct store *s;
    struct rlimit before, small;
    struct stat wal;
    int done = 0, failed = 0, events = 0;
    make_store(path);
    must(store_open(path, &s, &st));
    struct review r = {.photo = 1, .kind = EVENT_ACCEPT, .node = 1};
    must(store_review(s, "me", &r, 1, &st));
    done++;
    CHECK_INT(stat(test_path("project.db-wal"), &wal), 0);
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before);
    small = before;
    small.rlim_cur = (rlim_t)wal.st_size + 60000;
    setrlimit(RLIMIT_FSIZE, &small);
    for (int i = 0; i < 200 && failed < 3; i++) {
        r.photo = 1 + i % PHOTOS;
        st = (struct status){0};
        if (store_review(s, "me", &r, 1, &st) == 0) {
            done++;
        } else {
            failed++;
            CHECK_INT(st.code, STATUS_IO);
            CHECK_CONTAINS(st.text, "not saved");
        }
    }
    CHECK_INT(failed, 3);
    struct photo p;
    CHECK_INT(store_photo(s, 1, &p, &st), 0); /* reading goes on */
    photo_clear(&p);
    setrlimit(RLIMIT_FSIZE, &before);
    CHECK_INT(store_review(s, "me", &r, 1, &st), 0); /* there is room again */
    done++;
    store_close(s);
    must(store_open(path, &s, &st));
    CHECK_INT(store_each_event(s, 0, add_one, &events, &st), 0);
    CHECK_INT(events, done);
    store_close(s);
    check_integrity(path);
}

int main(int argc, char **argv)
{
    return test_main(argc, argv);
}
