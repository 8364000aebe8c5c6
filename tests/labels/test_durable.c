/* What the store promises when things go wrong: kill -9 at any moment, several writers at once,
 * damaged and foreign files, files that cannot be written, a full disk. */
#include "labels/store.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "data/file.h"
#include "data/rng.h"
#include "data/status.h"
#include "labels/queue.h"
#include "tests/check.h"

static struct status st;

enum { PHOTOS = 20, NODES = 5 };

static void must(int result)
{
    if (result != 0) {
        printf("%s\n", st.text);
        abort();
    }
}

static void make_store(const char *path)
{
    struct store *s;
    must(store_create(path, 3, &s, &st));
    struct taxonomy *t = taxonomy_copy(store_taxonomy(s));
    for (int i = 0; i < NODES; i++) {
        char name[16];
        snprintf(name, sizeof name, "n%d", i);
        taxonomy_add(t, TAXONOMY_ROOT, name, NULL, NULL);
    }
    must(store_save_taxonomy(s, t, &st));
    taxonomy_free(t);
    char names[PHOTOS][16];
    struct photo_new photos[PHOTOS];
    for (int i = 0; i < PHOTOS; i++) {
        snprintf(names[i], sizeof names[i], "%d.jpg", i);
        photos[i] = (struct photo_new){.path = names[i], .node = -1};
    }
    must(store_add_photos(s, photos, PHOTOS, "me", NULL, &st));
    store_close(s);
}

static void check_integrity(const char *path)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *q = NULL;
    if (CHECK_INT(sqlite3_open(path, &db), SQLITE_OK) &&
        CHECK_INT(sqlite3_prepare_v2(db, "PRAGMA integrity_check", -1, &q, NULL), SQLITE_OK) &&
        CHECK_INT(sqlite3_step(q), SQLITE_ROW))
        CHECK_TEXT((const char *)sqlite3_column_text(q, 0), "ok");
    sqlite3_finalize(q);
    sqlite3_prepare_v2(db, "PRAGMA foreign_key_check", -1, &q, NULL);
    CHECK_INT(sqlite3_step(q), SQLITE_DONE);
    sqlite3_finalize(q);
    sqlite3_close(db);
}

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

/* ---- several writers ------------------------------------------------------------------------ */

static int add_one(void *arg, const struct event *e)
{
    (void)e;
    ++*(int *)arg;
    return 0;
}

TEST(writers_at_once)
{
    enum { WRITERS = 3, EACH = 40 };
    const char *path = test_path("project.db");
    make_store(path);
    for (int k = 0; k < WRITERS; k++) {
        if (fork() > 0)
            continue;
        struct store *s;
        char who[16];
        snprintf(who, sizeof who, "p%d", k);
        if (store_open(path, &s, &st) != 0)
            _exit(1);
        for (int i = 0; i < EACH; i++) {
            struct review r = {.photo = 1 + (i + k) % PHOTOS, .kind = EVENT_ACCEPT, .node = k};
            struct prediction p = {.photo = r.photo, .model = k + 1, .node = k};
            struct queue_item *items;
            size_t count;
            if (store_review(s, who, &r, 1, &st) != 0 ||
                store_put_predictions(s, &p, 1, &st) != 0 ||
                store_queue(s, &(struct queue_request){.model = 1}, &items, &count, &st) != 0)
                _exit(2);
            free(items);
        }
        store_close(s);
        _exit(0);
    }
    for (int k = 0; k < WRITERS; k++) {
        int status = 0;
        CHECK(wait(&status) > 0);
        CHECK_INT(status, 0);
    }
    struct store *s;
    int events = 0;
    must(store_open(path, &s, &st));
    CHECK_INT(store_each_event(s, 0, add_one, &events, &st), 0);
    CHECK_INT(events, WRITERS * EACH);
    CHECK_INT(store_count_unpredicted(s, 2, &st), 0);
    store_close(s);
    check_integrity(path);
}

TEST(a_writer_waits_for_another_as_long_as_was_said)
{
    const char *path = test_path("project.db");
    struct store *s;
    sqlite3 *other;
    struct review r = {.photo = 1, .kind = EVENT_ACCEPT, .node = 1};
    make_store(path);
    must(store_open(path, &s, &st));
    CHECK_INT(sqlite3_open(path, &other), SQLITE_OK);
    CHECK_INT(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    store_wait(s, 20);
    CHECK_INT(store_review(s, "me", &r, 1, &st), -1);
    CHECK_INT(st.code, STATUS_BUSY);
    CHECK_INT(sqlite3_exec(other, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
    CHECK_INT(store_review(s, "me", &r, 1, &st), 0);
    sqlite3_close(other);
    store_close(s);
}

TEST(two_connections_see_each_other)
{
    const char *path = test_path("project.db");
    struct store *a, *b;
    make_store(path);
    must(store_open(path, &a, &st));
    must(store_open(path, &b, &st));
    struct taxonomy *t = taxonomy_copy(store_taxonomy(a));
    int node = taxonomy_add(t, 0, "new", NULL, &st);
    CHECK_INT(store_save_taxonomy(a, t, &st), 0);
    struct review r = {.photo = 1, .kind = EVENT_CORRECT, .node = node};
    CHECK_INT(store_review(a, "ann", &r, 1, &st), 0);
    /* b has not looked at the tree yet: it neither crashes nor loses the label. */
    struct photo p;
    CHECK_INT(store_photo(b, 1, &p, &st), 0);
    CHECK_INT(p.state.kind, REVIEW_CORRECTED);
    CHECK_INT(p.state.node, -1);
    photo_clear(&p);
    struct review skip = {.photo = 1, .kind = EVENT_SKIP};
    CHECK_INT(store_review(b, "bob", &skip, 1, &st), 0);
    taxonomy_free(t);
    t = taxonomy_copy(store_taxonomy(b));
    taxonomy_add(t, 1, "other", NULL, NULL);
    CHECK_INT(store_save_taxonomy(b, t, &st), -1); /* numbers would collide */
    CHECK_INT(st.code, STATUS_CONFLICT);
    const struct taxonomy *old = store_taxonomy(b);
    CHECK_INT(store_refresh_taxonomy(b, &st), 1);
    CHECK_INT(store_refresh_taxonomy(b, &st), 0);
    CHECK_INT(taxonomy_count(old), NODES); /* still there for those who hold it */
    CHECK_INT(taxonomy_count(store_taxonomy(b)), NODES + 1);
    CHECK_INT(store_photo(b, 1, &p, &st), 0);
    CHECK_INT(p.state.node, node);
    photo_clear(&p);
    taxonomy_free(t);
    t = taxonomy_copy(store_taxonomy(b));
    CHECK_INT(taxonomy_add(t, 1, "other", "17", NULL), NODES + 1);
    CHECK_INT(store_save_taxonomy(b, t, &st), 0);
    taxonomy_free(t);
    /* A mark alone is noticed as well. */
    CHECK_INT(store_refresh_taxonomy(a, &st), 1);
    r.node = 1;
    CHECK_INT(store_review(b, "bob", &r, 1, &st), 0);
    CHECK(!taxonomy_is_terminal(store_taxonomy(a), 1));
    CHECK_INT(store_refresh_taxonomy(a, &st), 1);
    CHECK(taxonomy_is_terminal(store_taxonomy(a), 1));
    CHECK_TEXT(taxonomy_id(store_taxonomy(a), NODES + 1), "17");
    CHECK_INT(store_refresh_taxonomy(b, &st), 0);
    store_close(a);
    store_close(b);
}

/* ---- files that are not as they should be --------------------------------------------------- */

static void check_refused(const char *path, enum status_code code, const char *part)
{
    struct store *s = (struct store *)1;
    st = (struct status){0};
    CHECK_INT(store_open(path, &s, &st), -1);
    CHECK(s == NULL);
    CHECK_TEXT(status_name(st.code), status_name(code));
    CHECK_CONTAINS(st.text, part);
    CHECK_CONTAINS(st.text, path);
}

TEST(what_cannot_be_opened)
{
    struct store *s;
    char text[4096];
    memset(text, 'x', sizeof text);
    check_refused(test_path("missing.db"), STATUS_MISSING, "No such file");
    check_refused(test_folder(), STATUS_INVALID, "folder");
    check_refused(test_write("text.db", text, sizeof text), STATUS_FORMAT, "it is no database");
    check_refused(test_write("empty.db", "", 0), STATUS_FORMAT, "not a project file");
    check_refused(test_write("short.db", "SQLite format 3", 16), STATUS_FORMAT,
                  "it is no database");
    const char *foreign = test_path("foreign.db");
    sqlite3 *db;
    CHECK_INT(sqlite3_open(foreign, &db), SQLITE_OK);
    CHECK_INT(sqlite3_exec(db, "CREATE TABLE photo(id)", NULL, NULL, NULL), SQLITE_OK);
    check_refused(foreign, STATUS_FORMAT, "not a project file");
    CHECK_INT(sqlite3_exec(db, "PRAGMA application_id=0x74656E64; PRAGMA user_version=999", NULL,
                           NULL, NULL),
              SQLITE_OK);
    check_refused(foreign, STATUS_UNSUPPORTED, "newer tend");
    CHECK_INT(sqlite3_exec(db, "PRAGMA user_version=1", NULL, NULL, NULL), SQLITE_OK);
    check_refused(foreign, STATUS_FORMAT, "damaged");
    sqlite3_close(db);
    CHECK_INT(store_create(foreign, 3, &s, &st), -1);
    CHECK_INT(st.code, STATUS_CONFLICT);
    CHECK_INT(store_create(test_path("no/such/folder.db"), 3, &s, &st), -1);
    CHECK_INT(st.code, STATUS_MISSING);
    CHECK_INT(store_create(test_path("deep.db"), 99, &s, &st), -1);
    CHECK_INT(st.code, STATUS_INVALID);
    CHECK(access(test_path("deep.db"), F_OK) != 0); /* nothing is left behind */
}

static int64_t schema_of(const char *path, const char *change)
{
    sqlite3 *db;
    sqlite3_stmt *q;
    CHECK_INT(sqlite3_open(path, &db), SQLITE_OK);
    CHECK_INT(sqlite3_exec(db, change, NULL, NULL, NULL), SQLITE_OK);
    CHECK_INT(sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &q, NULL), SQLITE_OK);
    CHECK_INT(sqlite3_step(q), SQLITE_ROW);
    int64_t version = sqlite3_column_int64(q, 0);
    sqlite3_finalize(q);
    sqlite3_close(db);
    return version;
}

/* Programs of schema 1 know no reviews of kind GIVEN: once such a review may be there, the number
 * keeps them off. */
TEST(an_older_file_keeps_its_reviews_and_gets_the_new_number)
{
    const char *path = test_path("project.db");
    struct store *s;
    struct photo p;
    struct review review = {.photo = 1, .kind = EVENT_CORRECT, .node = 2};
    make_store(path);
    must(store_open(path, &s, &st));
    must(store_review(s, "me", &review, 1, &st));
    store_close(s);
    CHECK_INT(schema_of(path, "DROP TABLE edit; ALTER TABLE node DROP COLUMN merged;"
                              "ALTER TABLE event DROP COLUMN predicted; PRAGMA user_version=1"),
              1);
    must(store_open(path, &s, &st));
    CHECK_INT(store_photo(s, 1, &p, &st), 0);
    CHECK_INT(p.state.kind, REVIEW_CORRECTED);
    CHECK_INT(p.state.node, 2);
    photo_clear(&p);
    review.kind = EVENT_GIVE;
    CHECK_INT(store_review(s, "me", &review, 1, &st), 0);
    CHECK_INT(store_undo(s, "me", NULL, NULL, &st), 0);
    CHECK_INT(store_photo(s, 1, &p, &st), 0);
    CHECK_INT(p.state.kind, REVIEW_CORRECTED);
    photo_clear(&p);
    store_close(s);
    CHECK_INT(schema_of(path, ""), STORE_SCHEMA);
    CHECK(STORE_SCHEMA > 1);
}

static int note_predicted(void *arg, const struct event *e)
{
    int **at = arg;
    *(*at)++ = e->predicted;
    return 0;
}

TEST(events_of_an_older_file_say_what_they_know_of_the_prediction)
{
    const char *path = test_path("project.db");
    struct store *s;
    struct review old[] = {{.photo = 1, .kind = EVENT_ACCEPT, .node = 2, .model = 1},
                           {.photo = 1, .kind = EVENT_CORRECT, .node = 1, .model = 1}};
    struct review blind = {
        .photo = 1, .kind = EVENT_GIVE, .node = 1, .model = 1, .has_predicted = 1, .predicted = 2};
    int predicted[8] = {-9, -9, -9, -9}, *at = predicted;
    make_store(path);
    must(store_open(path, &s, &st));
    must(store_review(s, "me", old, 2, &st));
    store_close(s);
    CHECK_INT(schema_of(path, "ALTER TABLE event DROP COLUMN predicted; PRAGMA user_version=3"), 3);
    must(store_open(path, &s, &st));
    must(store_review(s, "me", &blind, 1, &st));
    must(store_each_event(s, 1, note_predicted, &at, &st));
    CHECK_INT(at - predicted, 3);
    CHECK_INT(predicted[0], 2);  /* accepted: it was the one given */
    CHECK_INT(predicted[1], -1); /* corrected: nobody knows any more */
    CHECK_INT(predicted[2], 2);
    store_close(s);
    CHECK_INT(schema_of(path, ""), STORE_SCHEMA);
}

/* Needs a user who is not root: one is borrowed in a child. */
TEST(what_cannot_be_written)
{
    const char *path = test_path("project.db");
    int status;
    make_store(path);
    chmod(test_folder(), 0755);
    chmod(path, 0444);
    pid_t child = fork();
    if (child == 0) {
        struct store *s;
        if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0))
            _exit(77);
        if (access(path, R_OK) != 0) /* the folder above is closed to others */
            _exit(77);
        if (store_open(path, &s, &st) == 0)
            _exit(1);
        _exit(st.code == STATUS_DENIED ? 0 : 2);
    }
    waitpid(child, &status, 0);
    chmod(path, 0644);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
        SKIP("no other user can be borrowed here");
    CHECK_INT(status, 0);
}

static int ignore_photo(void *arg, const struct photo *p)
{
    *(size_t *)arg += strlen(p->path);
    return 0;
}

/* Everything that reads and writes; whatever is wrong, it must say so and go on. Counts what
 * failed. */
static int use_everything(const char *path)
{
    struct store *s;
    struct queue_item *items = NULL;
    struct store_counts counts;
    size_t count = 0, sum = 0;
    float p[NODES];
    char problem[50];
    int events = 0, failed = 0;
    int64_t ids[8];
    if (store_open(path, &s, &st) != 0) {
        CHECK(strlen(st.text) > 10);
        return 1;
    }
    struct review r = {.photo = 3, .kind = EVENT_CORRECT, .node = 2};
    struct prediction put = {.photo = 4, .model = 1, .node = 1};
    struct model_record m = {.depth = "head"};
    failed += store_each_photo(s, ignore_photo, &sum, &st) != 0;
    failed += store_each_event(s, 0, add_one, &events, &st) != 0;
    failed += store_queue(s, &(struct queue_request){.model = 1}, &items, &count, &st) != 0;
    free(items);
    failed += store_count(s, &counts, &st) != 0;
    failed += store_prediction(s, 2, 1, p, NODES, problem, sizeof problem, &st) < 0;
    failed += store_unpredicted(s, 1, ids, 8, &st) < 0;
    failed += store_model(s, 1, &m, &st) != 0;
    failed += store_refresh_taxonomy(s, &st) < 0;
    failed += store_review(s, "me", &r, 1, &st) != 0;
    failed += store_undo(s, "me", NULL, NULL, &st) != 0;
    failed += store_put_predictions(s, &put, 1, &st) != 0;
    store_close(s);
    if (failed)
        CHECK(strlen(st.text) > 10);
    return failed;
}

TEST(damaged_files)
{
    const char *path = test_path("project.db"), *hurt = test_path("hurt.db");
    char *bytes;
    size_t size;
    struct store *s;
    struct rng r;
    int failures = 0;
    make_store(path);
    must(store_open(path, &s, &st));
    for (int i = 1; i <= PHOTOS; i++) {
        struct review review = {.photo = i, .kind = EVENT_CORRECT, .node = i % NODES};
        struct prediction p = {.photo = i, .model = 1, .node = i % NODES, .problem = "x"};
        must(store_review(s, "me", &review, 1, &st));
        must(store_put_predictions(s, &p, 1, &st));
    }
    struct model_record m = {.depth = "head"};
    must(store_add_model(s, &m, 1, &st));
    store_close(s);
    must(file_read(path, 1 << 24, &bytes, &size, &st));
    CHECK_INT(use_everything(path), 0);
    char *copy = malloc(size);
    rng_seed(&r, 3, 3);
    for (int round = 0; round < 150; round++) {
        size_t length = round % 10 == 0 ? size * (size_t)(round + 1) / 151 : size;
        memcpy(copy, bytes, size);
        for (int k = 0; k < 1 + round % 40; k++)
            copy[rng_below(&r, (uint32_t)size)] = (char)rng_next(&r);
        unlink(test_path("hurt.db-wal"));
        unlink(test_path("hurt.db-shm"));
        FILE *f = fopen(hurt, "wb");
        fwrite(copy, 1, length, f);
        fclose(f);
        failures += use_everything(hurt) > 0;
    }
    CHECK(failures > 30); /* the damage was seen */
    free(copy);
    free(bytes);
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
