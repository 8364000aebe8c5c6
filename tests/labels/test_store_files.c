/* Files that are not as they should be: foreign, older, damaged, not to be written. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "data/file.h"
#include "data/rng.h"
#include "labels/queue.h"
#include "tests/labels/durable_fixture.h"

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
    check_refused(test_path("missing.db"), STATUS_MISSING, "is not there");
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

/* Which -1 would look like a failure of which nothing is said. */
TEST(counts_below_zero_are_said_to_be_damaged)
{
    const char *path = test_path("project.db");
    struct store *s;
    make_store(path);
    schema_of(path, "UPDATE tally SET n=-7 WHERE key>=900; "
                    "INSERT OR IGNORE INTO tally VALUES(900, -7), (901, -7)");
    st = (struct status){0};
    CHECK_INT(store_open(path, &s, &st), -1);
    CHECK_CONTAINS(st.text, "damaged");
}

int main(int argc, char **argv)
{
    return test_main(argc, argv);
}
