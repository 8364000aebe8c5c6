/* Background lanes: order, urgency, cancel before and during work, reports, the descriptor, the
 * end. */
#include "tui/loop/jobs.h"

#include <poll.h>
#include <stdlib.h>
#include <time.h>

#include "data/status.h"
#include "tests/check.h"

struct log {
    int ran[64], count;
    int dropped, reports, last_report;
};

struct task {
    struct log *log;
    int number;
    struct jobs *jobs;
    atomic_int *gate;    /* works until it is 1 */
    atomic_int *started; /* set to 1 when work begins */
    int cancelled;
};

static void nap(void)
{
    struct timespec t = {0, 200000};
    nanosleep(&t, NULL);
}

static void work(void *arg, atomic_int *cancel)
{
    struct task *t = arg;
    if (t->started)
        atomic_store(t->started, 1);
    while (t->gate && !atomic_load(t->gate)) {
        if (atomic_load(cancel)) {
            t->cancelled = 1;
            return;
        }
        nap();
    }
    jobs_report(t->jobs, cancel, &t->number, sizeof t->number);
}

static void done(void *arg, int ran)
{
    struct task *t = arg;
    if (ran && !t->cancelled)
        t->log->ran[t->log->count++] = t->number;
    else
        t->log->dropped++;
    free(t);
}

static void progress(void *arg, const void *data)
{
    struct task *t = arg;
    t->log->reports++;
    t->log->last_report = *(const int *)data;
}

static long submit_to(enum jobs_lane lane, struct jobs *j, struct log *log, int number,
                      atomic_int *gate, atomic_int *started, int urgent)
{
    static const struct job job = {work, done, progress};
    struct task *t = calloc(1, sizeof *t);
    *t = (struct task){log, number, j, gate, started, 0};
    return jobs_submit(j, lane, &job, t, urgent, NULL);
}

static long submit(struct jobs *j, struct log *log, int number, atomic_int *gate,
                   atomic_int *started, int urgent)
{
    return submit_to(JOBS_LEARNING, j, log, number, gate, started, urgent);
}

static void wait_for(atomic_int *flag)
{
    while (!atomic_load(flag))
        nap();
}

TEST(jobs_run_in_order_and_urgent_ones_first)
{
    struct log log = {0};
    atomic_int gate = 0, started = 0;
    struct jobs *j = jobs_new(NULL);
    if (!CHECK(j != NULL))
        return;
    submit(j, &log, 1, &gate, &started, 0);
    wait_for(&started);
    submit(j, &log, 2, NULL, NULL, 0);
    submit(j, &log, 3, NULL, NULL, 0);
    submit(j, &log, 4, NULL, NULL, 1);
    CHECK_INT(log.count, 0);
    atomic_store(&gate, 1);
    jobs_wait(j, JOBS_LEARNING);
    struct pollfd p = {jobs_fd(j), POLLIN, 0};
    CHECK_INT(poll(&p, 1, 1000), 1);
    CHECK_INT(jobs_collect(j), 4);
    CHECK_INT(log.ran[0], 1);
    CHECK_INT(log.ran[1], 4);
    CHECK_INT(log.ran[2], 2);
    CHECK_INT(log.ran[3], 3);
    CHECK_INT(poll(&p, 1, 0), 0);
    jobs_free(j);
}

TEST(jobs_run_in_every_lane)
{
    struct log log = {0};
    struct jobs *j = jobs_new(NULL);
    if (!CHECK(j != NULL))
        return;
    for (int lane = 0; lane < JOBS_LANES; lane++)
        submit_to((enum jobs_lane)lane, j, &log, lane, NULL, NULL, 0);
    for (int lane = 0; lane < JOBS_LANES; lane++)
        jobs_wait(j, (enum jobs_lane)lane); /* for ever, if a lane has no thread */
    CHECK_INT(jobs_collect(j), JOBS_LANES);
    jobs_free(j);
}

TEST(jobs_cancel_drops_waiting_ones_and_stops_the_running_one)
{
    struct log log = {0};
    atomic_int never = 0, started = 0;
    struct jobs *j = jobs_new(NULL);
    long running = submit(j, &log, 1, &never, &started, 0);
    long waiting = submit(j, &log, 2, NULL, NULL, 0);
    wait_for(&started);
    jobs_cancel(j, waiting);
    CHECK_INT(jobs_collect(j), 1);
    CHECK_INT(log.dropped, 1);
    jobs_cancel(j, running);
    jobs_wait(j, JOBS_LEARNING);
    CHECK_INT(jobs_collect(j), 1);
    CHECK_INT(log.dropped, 2);
    CHECK_INT(log.count, 0);
    jobs_cancel(j, running); /* gone: nothing happens */
    jobs_free(j);
}

TEST(jobs_reports_arrive_as_copies)
{
    struct log log = {0};
    atomic_int gate = 0, started = 0;
    struct jobs *j = jobs_new(NULL);
    submit(j, &log, 7, NULL, NULL, 0);
    submit(j, &log, 8, &gate, &started, 0);
    wait_for(&started);
    jobs_collect(j); /* 7 has come home: what it reported is of no interest any more */
    CHECK_INT(log.count, 1);
    CHECK_INT(log.reports, 0);
    atomic_store(&gate, 1);
    jobs_wait(j, JOBS_LEARNING);
    jobs_collect(j);
    CHECK_INT(log.count, 2);
    jobs_free(j);
}

TEST(two_urgent_pictures_are_made_at_once_and_each_can_be_cancelled)
{
    struct log log = {0};
    atomic_int gate = 0, never = 0, first = 0, second = 0;
    struct jobs *j = jobs_new(NULL);
    submit_to(JOBS_PICTURES, j, &log, 1, &gate, &first, 0);
    wait_for(&first); /* else an urgent one goes before it, and nobody else may take it */
    long handle = submit_to(JOBS_PICTURES, j, &log, 2, &never, &second, 1);
    wait_for(&second); /* beside the first, which has not ended */
    jobs_cancel(j, handle);
    while (log.dropped == 0) {
        nap();
        jobs_collect(j);
    }
    CHECK_INT(log.count, 0); /* the first goes on */
    atomic_store(&gate, 1);
    jobs_wait(j, JOBS_PICTURES);
    jobs_collect(j);
    CHECK_INT(log.count, 1);
    CHECK_INT(log.ran[0], 1);
    jobs_free(j);
}

TEST(pictures_made_ahead_leave_room_for_urgent_ones)
{
    struct log log = {0};
    atomic_int gate = 0, first = 0, second = 0, urgent = 0;
    struct jobs *j = jobs_new(NULL);
    submit_to(JOBS_PICTURES, j, &log, 1, &gate, &first, 0);
    submit_to(JOBS_PICTURES, j, &log, 2, &gate, &second, 0);
    wait_for(&first);
    submit_to(JOBS_PICTURES, j, &log, 3, &gate, &urgent, 1);
    wait_for(&urgent); /* at once, beside the first and before the second */
    CHECK_INT(atomic_load(&second), 0);
    atomic_store(&gate, 1);
    jobs_wait(j, JOBS_PICTURES);
    jobs_collect(j);
    CHECK_INT(log.count, 3);
    jobs_free(j);
}

/* The urgent one is cancelled at every moment: also after a worker has left the other to it. */
TEST(a_waiting_picture_is_made_when_the_urgent_one_before_it_is_cancelled)
{
    struct log log = {0};
    struct jobs *j = jobs_new(NULL);
    for (int round = 0; round < 20000; round++) {
        log.count = log.dropped = 0;
        submit_to(JOBS_PICTURES, j, &log, 1, NULL, NULL, 0);
        long handle = submit_to(JOBS_PICTURES, j, &log, 2, NULL, NULL, 1);
        for (volatile int k = 0; k < round % 100 * 50; k++)
            ;
        jobs_cancel(j, handle);
        jobs_wait(j, JOBS_PICTURES); /* for ever, if nobody is woken */
        jobs_collect(j);
    }
    jobs_free(j);
}

TEST(jobs_free_ends_what_runs_and_drops_what_waits)
{
    struct log log = {0};
    atomic_int never = 0, started = 0;
    struct jobs *j = jobs_new(NULL);
    submit(j, &log, 1, &never, &started, 0);
    for (int i = 2; i < 10; i++)
        submit(j, &log, i, NULL, NULL, 0);
    wait_for(&started);
    jobs_free(j); /* a leak or a job that never ended shows here */
    CHECK_INT(log.dropped, 9);
}

int main(int argc, char **argv)
{
    return test_main(argc, argv);
}
