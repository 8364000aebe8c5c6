/* The copy takes the place of a damaged store, and says so. */
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "tests/labels/store_fixture.h"

static int exists(const char *name)
{
    return access(test_path(name), F_OK) == 0;
}

static struct store *filled(void)
{
    static const int terminal[] = {TEA};
    static const float probability[] = {1};
    struct store *s = new_store();
    struct model_record m = {.depth = "head"};
    add_photos(s, 3);
    CHECK_INT(review(s, "anna", 1, EVENT_ACCEPT, TEA), 0);
    CHECK_INT(review(s, "ben", 2, EVENT_REJECT, -1), 0);
    CHECK_INT(store_add_model(s, &m, 1, &st), 0);
    struct prediction p = {.photo = 1,
                           .model = 1,
                           .node = TEA,
                           .expected = 1,
                           .count = 1,
                           .terminal = terminal,
                           .probability = probability};
    CHECK_INT(store_put_predictions(s, &p, 1, &st), 0);
    return s;
}

static int same_text(void *arg, const struct event *e)
{
    char line[80];
    snprintf(line, sizeof line, "%lld %lld %s %s\n", (long long)e->id, (long long)e->photo, e->who,
             event_kind_name(e->kind));
    strncat(arg, line, 999 - strlen(arg));
    return 0;
}

TEST(a_copy_is_a_store)
{
    struct store *s = filled(), *c;
    struct store_counts counts;
    char before[1000] = "", after[1000] = "";
    atomic_int cancel = 0;
    if (!CHECK_INT(store_copy(s, test_path("copy.db"), &cancel, &st), 0))
        CHECK_TEXT(st.text, "");
    CHECK_INT(store_copy(s, test_path("copy.db"), NULL, &st), 0); /* in place of the first */
    CHECK(!exists("copy.db.new"));
    CHECK_INT(review(s, "anna", 3, EVENT_ACCEPT, TEA), 0); /* it goes on */
    CHECK_INT(store_undo(s, "anna", NULL, NULL, &st), 0);
    if (!CHECK_INT(store_open(test_path("copy.db"), &c, &st), 0))
        return;
    CHECK_INT(store_check(c, &st), 0);
    check_state(c, 1, REVIEW_ACCEPTED, TEA, 0);
    check_state(c, 2, REVIEW_REJECTED, -1, 0);
    check_state(c, 3, REVIEW_NONE, -1, 0);
    CHECK_INT(store_count(c, &counts, &st), 0);
    CHECK_INT(counts.reviewed, 2);
    CHECK_INT(counts.predicted, 0);
    CHECK_INT(store_count_unpredicted(c, 1, &st), 3);
    CHECK_INT(store_current_model(c), 1);
    CHECK_TEXT(taxonomy_name(store_taxonomy(c), TEA), "tea");
    CHECK_INT(store_each_event(c, 0, same_text, after, &st), 0);
    CHECK_TEXT(after, "1 1 anna accept\n2 2 ben reject\n");
    CHECK_INT(store_each_event(s, 0, same_text, before, &st), 0);
    CHECK_INT(strncmp(before, after, strlen(after)), 0);
    CHECK_INT(review(c, "anna", 3, EVENT_ACCEPT, TEA), 0); /* with all its indices and triggers */
    CHECK_INT(store_undo(c, "anna", NULL, NULL, &st), 0);
    store_close(c);
    store_close(s);
}

TEST(broken_off)
{
    struct store *s = filled();
    atomic_int cancel = 1;
    for (int i = 0; i < 40; i++) { /* enough to be asked */
        struct photo_new photos[500];
        static char names[500][40];
        for (int k = 0; k < 500; k++) {
            snprintf(names[k], sizeof names[k], "more %d %d.jpg", i, k);
            photos[k] = (struct photo_new){.path = names[k], .node = -1};
        }
        CHECK_INT(store_add_photos(s, photos, 500, "me", NULL, &st), 0);
    }
    CHECK_INT(store_copy(s, test_path("copy.db"), &cancel, &st), -1);
    CHECK_INT(st.code, STATUS_CANCELLED);
    CHECK(!exists("copy.db") && !exists("copy.db.new"));
    CHECK_INT(review(s, "anna", 3, EVENT_ACCEPT, TEA), 0); /* nothing hangs */
    CHECK_INT(store_copy(s, test_path("no/such/copy.db"), NULL, &st), -1);
    CHECK_INT(store_copy(s, test_path("copy.db"), NULL, &st), 0);
    store_close(s);
}

static void damage(void)
{
    FILE *f = fopen(test_path("project.db"), "r+");
    fseek(f, 4096, SEEK_SET);
    for (int i = 0; i < 200000; i++)
        fputc(i * 7, f);
    fclose(f);
}

/* Of two programs one makes it; what a killed one left is no hindrance. */
TEST(made_by_one)
{
    struct store *s = filled(), *c;
    CHECK_INT(store_copy(s, test_path("copy.db"), NULL, &st), 0);
    int other = open(test_path("copy.db.new"), O_CREAT | O_RDWR, 0666);
    CHECK_INT(flock(other, LOCK_EX), 0);
    CHECK_INT(write(other, "half of a copy", 14), 14);
    CHECK_INT(review(s, "anna", 3, EVENT_ACCEPT, TEA), 0);
    CHECK_INT(store_copy(s, test_path("copy.db"), NULL, &st), -1);
    CHECK_INT(st.code, STATUS_BUSY);
    CHECK(exists("copy.db.new"));
    if (CHECK_INT(store_open(test_path("copy.db"), &c, &st), 0)) {
        CHECK_INT(store_check(c, &st), 0);
        check_state(c, 3, REVIEW_NONE, -1, 0); /* the one before */
        store_close(c);
    }
    close(other); /* killed */
    CHECK_INT(store_copy(s, test_path("copy.db"), NULL, &st), 0);
    CHECK(!exists("copy.db.new"));
    if (CHECK_INT(store_open(test_path("copy.db"), &c, &st), 0)) {
        check_state(c, 3, REVIEW_ACCEPTED, TEA, 0);
        store_close(c);
    }
    store_close(s);
}

TEST(damaged)
{
    struct store *s = filled();
    store_close(s);
    damage();
    CHECK(store_open(test_path("project.db"), &s, &st) != 0);
    CHECK_CONTAINS(st.text, "is damaged");
    CHECK_CONTAINS(st.text, ".recover");
    unlink(test_path("project.db"));
    s = filled();
    CHECK_INT(store_copy(s, test_path("copy.db"), NULL, &st), 0);
    store_close(s);
    damage();
    CHECK(store_open(test_path("project.db"), &s, &st) != 0);
    CHECK_INT(st.code, STATUS_FORMAT);
    CHECK_CONTAINS(st.text, "cp copy.db project.db");
    CHECK_INT(rename(test_path("copy.db"), test_path("project.db")), 0);
    if (!CHECK_INT(store_open(test_path("project.db"), &s, &st), 0))
        return;
    check_state(s, 1, REVIEW_ACCEPTED, TEA, 0);
    store_close(s);
}

int main(int argc, char **argv)
{
    return test_main(argc, argv);
}
