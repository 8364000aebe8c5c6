/* Background work: lanes, each one thread with a queue; results come home to the UI thread.
 *
 * A job is an argument and three functions. `work` runs on the lane's thread and touches nothing
 * but its argument (and what is documented as usable from any thread). `done` runs on the UI
 * thread, from jobs_collect, after work, with `ran` 0 if the job was dropped before it began; it
 * frees the argument. A file descriptor becomes readable when results wait: it stands in the
 * keyboard's poll. */
#ifndef TUI_LOOP_JOBS_H
#define TUI_LOOP_JOBS_H

#include <stdatomic.h>
#include <stddef.h>

struct jobs;
struct status;

enum jobs_lane { JOBS_NETWORK, JOBS_PICTURES, JOBS_LEARNING, JOBS_QUEUE, JOBS_READING, JOBS_LANES };

struct job {
    void (*work)(void *arg,
                 atomic_int *cancel); /* *cancel becomes 1: end soon, keep nothing half done */
    void (*done)(void *arg, int ran);
    /* May be NULL; UI thread, after jobs_report, with a copy of what was reported last. */
    void (*progress)(void *arg, const void *data);
};

struct jobs *jobs_new(struct status *st);
/* Cancels everything, waits for the running jobs, runs every `done`. */
void jobs_free(struct jobs *j);

/* Queues a job; a handle for jobs_cancel (0 never), or -1. `urgent`: before the waiting ones. */
long jobs_submit(struct jobs *j, enum jobs_lane lane, const struct job *job, void *arg, int urgent,
                 struct status *st);
/* Asks a job to stop, or drops it when it has not begun; its `done` still runs. Unknown: nothing.
 */
void jobs_cancel(struct jobs *j, long handle);
/* From inside work (cancel: as work was given it): size bytes, at most JOBS_REPORT, are copied for
 * `progress` on the UI thread; of several reports the last one counts. */
enum { JOBS_REPORT = 1024 };
void jobs_report(struct jobs *j, const atomic_int *cancel, const void *data, size_t size);

int jobs_fd(const struct jobs *j);
/* UI thread: runs what came home; returns how many. Never blocks. */
int jobs_collect(struct jobs *j);
/* Waits until a lane is idle (commands without a screen, tests). */
void jobs_wait(struct jobs *j, enum jobs_lane lane);

#endif
