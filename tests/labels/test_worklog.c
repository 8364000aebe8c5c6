#include "labels/worklog.h"

#include <stdlib.h>

#include "data/status.h"
#include "tests/check.h"

static struct status st;

static void add(struct worklog *h, struct event e)
{
    if (!e.who)
        e.who = "me";
    CHECK_INT(worklog_add(h, &e, &st), 0);
}

static void decide(struct worklog *h, int64_t id, int64_t photo, enum event_kind kind, int node,
                   int predicted)
{
    add(h, (struct event){.id = id,
                          .photo = photo,
                          .kind = kind,
                          .after = {.node = node},
                          .predicted = predicted,
                          .model = 1,
                          .milliseconds = 1000});
}

static void turn(struct worklog *h, int64_t id, enum event_kind kind, int64_t of)
{
    add(h, (struct event){.id = id, .kind = kind, .undoes = of, .predicted = -1});
}

static int looks(const struct worklog *h, int64_t *events, long *repeated)
{
    const struct decision **list;
    size_t count;
    CHECK_INT(worklog_first_looks(h, &list, &count, repeated, &st), 0);
    for (size_t i = 0; i < count; i++)
        events[i] = list[i]->event;
    free(list);
    return (int)count;
}

TEST(a_clock_that_was_set_back)
{
    static const int64_t times[] = {2000, 3000, 1000, 2000, 4000}, order[] = {3, 1, 4, 2, 5};
    struct worklog h = {0};
    const struct decision **list;
    for (int i = 0; i < 5; i++)
        add(&h, (struct event){.id = i + 1, .photo = 1, .time = times[i], .kind = EVENT_REJECT});
    if (CHECK_INT(worklog_by_time(&h, &list, &st), 0))
        for (int i = 0; i < 5; i++)
            CHECK_INT(list[i]->event, order[i]);
    free(list);
    CHECK_INT(h.decisions[0].event, 1); /* the last answer is still the last */
    CHECK_INT(h.decisions[4].event, 5);
    worklog_clear(&h);
}

TEST(the_first_decision_that_stands_counts)
{
    struct worklog h = {0};
    int64_t events[8];
    long repeated;
    decide(&h, 1, 7, EVENT_ACCEPT, 2, 2);
    decide(&h, 2, 3, EVENT_CORRECT, 4, 2); /* taken back */
    turn(&h, 3, EVENT_UNDO, 2);
    decide(&h, 4, 3, EVENT_ACCEPT, 2, 2);
    decide(&h, 5, 7, EVENT_CORRECT, 5, 2); /* no first look */
    decide(&h, 6, 9, EVENT_REJECT, -1, 2); /* no path: neither right nor wrong */
    decide(&h, 7, 8, EVENT_SKIP, -1, 2);
    decide(&h, 8, 8, EVENT_CORRECT, 1, 2);
    CHECK_INT(looks(&h, events, &repeated), 3);
    CHECK_INT(events[0], 1);
    CHECK_INT(events[1], 4);
    CHECK_INT(events[2], 8);
    CHECK_INT(repeated, 0);
    worklog_clear(&h);
}

TEST(a_blind_answer_made_anew_is_none)
{
    struct worklog h = {0};
    int64_t events[8];
    long repeated;
    decide(&h, 1, 1, EVENT_GIVE, 2, 5);
    turn(&h, 2, EVENT_UNDO, 1);
    decide(&h, 3, 1, EVENT_GIVE, 5, 5); /* knowing what the model says */
    decide(&h, 4, 2, EVENT_GIVE, 2, 5);
    turn(&h, 5, EVENT_UNDO, 4);
    turn(&h, 6, EVENT_REDO, 4); /* the same answer stands again */
    decide(&h, 7, 3, EVENT_GIVE, 2, -1);
    CHECK_INT(looks(&h, events, &repeated), 2);
    CHECK_INT(events[0], 4);
    CHECK_INT(events[1], 7);
    CHECK_INT(repeated, 1);
    CHECK_INT(decision_is_blind(&h.decisions[0]), 1);
    CHECK_INT(decision_is_blind(&h.decisions[3]), 0); /* nothing was predicted */
    worklog_clear(&h);
}

TEST(moving_means)
{
    static const float values[] = {1, 0, 0, 1, 1, 1};
    float out[8];
    CHECK_INT(worklog_moving(values, 6, 2, 8, out), 6); /* no more points than values */
    CHECK_NEAR(out[0], 1, 1e-6);
    CHECK_NEAR(out[1], .5, 1e-6);
    CHECK_NEAR(out[2], 0, 1e-6);
    CHECK_NEAR(out[3], .5, 1e-6);
    CHECK_NEAR(out[5], 1, 1e-6);
    CHECK_INT(worklog_moving(values, 6, 4, 2, out), 2); /* up to the third and the sixth value */
    CHECK_NEAR(out[0], 1. / 3, 1e-6);
    CHECK_NEAR(out[1], 3. / 4, 1e-6);
    CHECK_INT(worklog_moving(values, 0, 4, 2, out), 0);
}

TEST(who_confirms_an_import_corrects_nothing)
{
    struct worklog h = {0};
    struct pace p;
    add(&h, (struct event){.id = 1,
                           .kind = EVENT_CORRECT,
                           .before = {REVIEW_IMPORTED, 4, 0},
                           .after = {.node = 4},
                           .predicted = 2,
                           .milliseconds = 1000});
    add(&h, (struct event){.id = 2,
                           .kind = EVENT_CORRECT,
                           .before = {REVIEW_IMPORTED, 4, 0},
                           .after = {.node = 5},
                           .predicted = 2,
                           .milliseconds = 2000});
    add(&h, (struct event){.id = 3,
                           .kind = EVENT_CORRECT,
                           .before = {REVIEW_ACCEPTED, 4, 0},
                           .after = {.node = 4},
                           .predicted = 2,
                           .milliseconds = 3000});
    CHECK_INT(worklog_pace(&h, WORKLOG_CONFIRMED, -1, 0, &p, &st), 0);
    CHECK_INT(p.count, 1);
    CHECK_NEAR(p.median, 1, 1e-9);
    CHECK_INT(worklog_pace(&h, EVENT_CORRECT, -1, 0, &p, &st), 0);
    CHECK_INT(p.count, 2);
    CHECK_INT(worklog_pace(&h, -1, -1, 0, &p, &st), 0);
    CHECK_INT(p.count, 3);
    worklog_clear(&h);
}

/* 2, 4 and 90 seconds: median 4; the long one counts as a minute: 3 in 66 seconds. */
TEST(pace)
{
    struct worklog h = {0};
    struct pace p;
    add(&h, (struct event){.id = 1, .kind = EVENT_ACCEPT, .milliseconds = 2000, .time = 10});
    add(&h, (struct event){.id = 2, .kind = EVENT_CORRECT, .milliseconds = 90000, .time = 20});
    add(&h, (struct event){
                .id = 3, .kind = EVENT_ACCEPT, .milliseconds = 4000, .time = 30, .who = "you"});
    add(&h, (struct event){.id = 4, .kind = EVENT_SKIP, .milliseconds = 500, .time = 40});
    add(&h, (struct event){.id = 5, .kind = EVENT_ACCEPT, .milliseconds = 100, .time = 50});
    turn(&h, 6, EVENT_UNDO, 5);
    add(&h, (struct event){.id = 7, .kind = EVENT_ACCEPT, .time = 60}); /* its time is not known */
    CHECK_INT(worklog_pace(&h, -1, -1, 0, &p, &st), 0);
    CHECK_INT(p.count, 3);
    CHECK_NEAR(p.median, 4, 1e-9);
    CHECK_NEAR(p.per_minute, 60 * 3 / 66., 1e-9);
    CHECK_INT(worklog_pace(&h, EVENT_ACCEPT, -1, 0, &p, &st), 0);
    CHECK_INT(p.count, 2);
    CHECK_NEAR(p.median, 3, 1e-9);
    CHECK_INT(worklog_pace(&h, -1, 1, 0, &p, &st), 0);
    CHECK_INT(p.count, 1);
    CHECK_TEXT(h.people[1], "you");
    CHECK_INT(worklog_pace(&h, -1, -1, 25, &p, &st), 0);
    CHECK_INT(p.count, 1);
    CHECK_INT(worklog_pace(&h, EVENT_REJECT, -1, 0, &p, &st), 0);
    CHECK_INT(p.count, 0);
    CHECK_NEAR(p.per_minute, 0, 0);
    worklog_clear(&h);
}

int main(int argc, char **argv)
{
    return test_main(argc, argv);
}
