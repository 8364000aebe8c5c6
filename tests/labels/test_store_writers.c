/* Several processes on one store: nobody loses anything, and each sees what the others said. */
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "labels/queue.h"
#include "tests/labels/durable_fixture.h"

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

int main(int argc, char **argv)
{
    return test_main(argc, argv);
}
