/* Leases: one holder a photo, given back by leaving, by dying, by time. */
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "data/status.h"
#include "labels/store_leases.h"
#include "tests/check.h"

static struct status st;

static struct leases *open_at(const char *who, int time)
{
    struct leases *l = NULL;
    if (!CHECK_INT(leases_open(test_path("leases.db"), who, time, &l, &st), 0))
        printf("%s\n", st.text);
    return l;
}

static int hold_one(struct leases *l, int64_t photo)
{
    return leases_hold(l, &photo, 1, &st);
}

TEST(one_holder)
{
    struct leases *a = open_at("anna", LEASES_TIME), *b = open_at("ben", LEASES_TIME);
    const int64_t page[] = {9, 3, 7, 5};
    size_t n;
    CHECK_INT(leases_hold(a, page, 4, &st), 4);
    CHECK_INT(hold_one(b, 7), 0);
    CHECK(!leases_holds(b, 7));
    CHECK(leases_holds(a, 7));
    const struct lease *others = leases_others(b, &n);
    CHECK_INT(n, 4);
    CHECK_INT(others[0].photo, 3);
    CHECK_INT(others[3].photo, 9);
    CHECK_TEXT(others[0].who, "anna");
    CHECK(leases_find(b, 5) && !leases_find(b, 4));
    CHECK_INT(hold_one(b, 4), 1);
    CHECK_INT(leases_look(a, &st), 0);
    CHECK(leases_find(a, 4) && !leases_find(a, 3)); /* one's own are no others' */
    CHECK_INT(hold_one(a, 3), 1);                   /* gives back 5, 7 and 9 */
    CHECK_INT(leases_hold(b, page, 4, &st), 3);
    CHECK(leases_holds(b, 9) && !leases_holds(b, 3) && !leases_holds(b, 4));
    leases_close(a);
    CHECK_INT(leases_hold(b, page, 4, &st), 4); /* the same again, of which one was missing */
    leases_close(b);
}

TEST(given_back_on_closing)
{
    struct leases *a = open_at("anna", LEASES_TIME), *b = open_at("ben", LEASES_TIME);
    CHECK_INT(hold_one(a, 1), 1);
    CHECK_INT(hold_one(b, 1), 0);
    leases_close(a);
    CHECK_INT(leases_look(b, &st), 0);
    CHECK(!leases_find(b, 1));
    CHECK_INT(hold_one(b, 1), 1);
    leases_close(b);
}

TEST(of_a_dead_process)
{
    struct leases *b = open_at("ben", LEASES_TIME);
    pid_t child = fork();
    if (child == 0) {
        struct leases *a = open_at("anna", LEASES_TIME);
        _exit(a && hold_one(a, 1) == 1 ? 0 : 1); /* as if it were killed */
    }
    int how = 1;
    CHECK(waitpid(child, &how, 0) == child && how == 0);
    CHECK_INT(hold_one(b, 1), 1);
    leases_close(b);
}

/* One that is stopped does not renew, is passed over, and finds that it has lost the photo. */
TEST(out_of_time)
{
    struct leases *a = open_at("anna", 20), *b = open_at("ben", LEASES_TIME);
    CHECK_INT(hold_one(a, 1), 1);
    nanosleep(&(struct timespec){0, 40000000}, NULL);
    CHECK_INT(hold_one(b, 1), 1);
    CHECK_INT(hold_one(a, 1), 0);
    CHECK(!leases_holds(a, 1));
    CHECK_TEXT(leases_find(a, 1)->who, "ben");
    leases_close(a);
    CHECK_INT(leases_look(b, &st), 0);
    CHECK(leases_holds(b, 1));
    leases_close(b);
}

TEST(a_damaged_file_is_made_anew)
{
    FILE *f = fopen(test_path("leases.db"), "w");
    for (int i = 0; i < 4096; i++)
        fputc('x', f);
    fclose(f);
    struct leases *a = open_at("anna", LEASES_TIME);
    CHECK_INT(hold_one(a, 1), 1);
    leases_close(a);
}

TEST(where_nothing_can_be_written)
{
    struct leases *a;
    CHECK_INT(leases_open(test_path("no/such/folder.db"), "anna", LEASES_TIME, &a, &st), -1);
    CHECK(a == NULL);
}

int main(int argc, char **argv)
{
    return test_main(argc, argv);
}
