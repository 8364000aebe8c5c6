/* Lanes, each a queue and its workers, under one mutex.
 *
 * A job lives in exactly one place at a time: a lane's queue (not begun), a worker's `running`
 * slot, or the list of those that came home. jobs_collect moves the last on the UI thread, so
 * `done` never runs beside a screen. The mutex is held for list surgery only, never while a job's
 * functions run. */
#include "tui/loop/jobs.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "data/status.h"

struct item {
    struct item *next;
    struct job job;
    void *arg;
    long handle;
    int ran, urgent;
    int reported; /* `report` waits for the UI thread */
    _Alignas(16) unsigned char report[JOBS_REPORT];
    atomic_int cancel;
};

enum { THREADS_MOST = 2, AHEAD_NICE = 10 };

struct lane {
    pthread_cond_t wake;
    struct item *first, *last; /* waiting */
    struct worker {
        struct jobs *jobs;
        struct lane *lane;
        pthread_t thread;
        struct item *running;
    } workers[THREADS_MOST];
    int started; /* workers */
};

struct jobs {
    pthread_mutex_t mutex;
    pthread_cond_t idle; /* a lane finished a job */
    struct lane lane[JOBS_LANES];
    struct item *home, *home_last;
    long next_handle;
    int fd, ending;
};

enum { WORKERS = JOBS_LANES * THREADS_MOST }; /* those not started run nothing */

static struct worker *worker_at(struct jobs *j, int i)
{
    return &j->lane[i / THREADS_MOST].workers[i % THREADS_MOST];
}

static void append(struct item **first, struct item **last, struct item *item)
{
    item->next = NULL;
    if (*last)
        (*last)->next = item;
    else
        *first = item;
    *last = item;
}

static struct item *take(struct item **first, struct item **last)
{
    struct item *item = *first;
    if (item) {
        *first = item->next;
        if (!*first)
            *last = NULL;
    }
    return item;
}

static void ring(struct jobs *j)
{
    uint64_t one = 1;
    /* The only way to fail is a counter that is full: then the descriptor is readable already. */
    ssize_t written = write(j->fd, &one, sizeof one);
    (void)written;
}

static void come_home(struct jobs *j, struct item *item)
{
    append(&j->home, &j->home_last, item);
    ring(j);
}

/* A lane's second worker is for what somebody waits for, and for nothing else: work ahead of time
 * leaves a core, and where it can the priority, to the UI. Mutex held. */
static struct item *take_for(struct worker *worker)
{
    struct lane *lane = worker->lane;
    int urgent = lane->first && lane->first->urgent;
    int second_is_free = lane->started > 1 && !lane->workers[1].running;
    int may = worker == &lane->workers[0] ? !urgent || !second_is_free : urgent;
    return may ? take(&lane->first, &lane->last) : NULL;
}

static void *worker_main(void *arg)
{
    struct worker *worker = arg;
    struct lane *lane = worker->lane;
    struct jobs *j = worker->jobs;
    pthread_mutex_lock(&j->mutex);
    if (worker == &lane->workers[0] && lane->started > 1)
        setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid),
                    AHEAD_NICE); /* else at the usual one */
    while (!j->ending) {
        struct item *item = take_for(worker);
        if (!item) {
            pthread_cond_wait(&lane->wake, &j->mutex);
            continue;
        }
        worker->running = item;
        if (lane->first)
            /* What this one was wanted for, the other may take now. */
            pthread_cond_broadcast(&lane->wake);
        pthread_mutex_unlock(&j->mutex);
        if (!atomic_load(&item->cancel)) {
            item->ran = 1;
            item->job.work(item->arg, &item->cancel);
        }
        pthread_mutex_lock(&j->mutex);
        worker->running = NULL;
        come_home(j, item);
        pthread_cond_broadcast(&j->idle);
    }
    pthread_mutex_unlock(&j->mutex);
    return NULL;
}

static int start(struct jobs *j, struct lane *lane, int threads, struct status *st)
{
    int error = 0;
    pthread_mutex_lock(&j->mutex); /* they begin when all are there */
    while (lane->started < threads && !error) {
        struct worker *worker = &lane->workers[lane->started];
        worker->jobs = j;
        worker->lane = lane;
        error = pthread_create(&worker->thread, NULL, worker_main, worker);
        lane->started += !error;
    }
    pthread_mutex_unlock(&j->mutex);
    errno = error;
    return error ? status_fail_errno(st, "cannot start a background thread") : 0;
}

struct jobs *jobs_new(struct status *st)
{
    struct jobs *j = calloc(1, sizeof *j);
    if (!j) {
        status_out_of_memory(st);
        return NULL;
    }
    j->next_handle = 1;
    j->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (j->fd < 0) {
        status_fail_errno(st, "cannot make an event descriptor");
        free(j);
        return NULL;
    }
    pthread_mutex_init(&j->mutex, NULL);
    pthread_cond_init(&j->idle, NULL);
    for (int i = 0; i < JOBS_LANES; i++)
        pthread_cond_init(&j->lane[i].wake, NULL);
    for (int i = 0; i < JOBS_LANES; i++)
        if (start(j, &j->lane[i], i == JOBS_PICTURES ? THREADS_MOST : 1, st) != 0) {
            jobs_free(j);
            return NULL;
        }
    return j;
}

void jobs_free(struct jobs *j)
{
    if (!j)
        return;
    pthread_mutex_lock(&j->mutex);
    j->ending = 1;
    for (int i = 0; i < JOBS_LANES; i++) {
        struct lane *lane = &j->lane[i];
        for (struct item *item = take(&lane->first, &lane->last); item;
             item = take(&lane->first, &lane->last))
            come_home(j, item);
        for (int w = 0; w < lane->started; w++)
            if (lane->workers[w].running)
                atomic_store(&lane->workers[w].running->cancel, 1);
        pthread_cond_broadcast(&lane->wake);
    }
    pthread_mutex_unlock(&j->mutex);
    for (int i = 0; i < JOBS_LANES; i++)
        for (int w = 0; w < j->lane[i].started; w++)
            pthread_join(j->lane[i].workers[w].thread, NULL);
    jobs_collect(j);
    for (int i = 0; i < JOBS_LANES; i++)
        pthread_cond_destroy(&j->lane[i].wake);
    pthread_cond_destroy(&j->idle);
    pthread_mutex_destroy(&j->mutex);
    close(j->fd);
    free(j);
}

long jobs_submit(struct jobs *j, enum jobs_lane lane_number, const struct job *job, void *arg,
                 int urgent, struct status *st)
{
    struct item *item = calloc(1, sizeof *item);
    if (!item)
        return status_out_of_memory(st);
    item->job = *job;
    item->arg = arg;
    item->urgent = urgent;
    struct lane *lane = &j->lane[lane_number];
    pthread_mutex_lock(&j->mutex);
    long handle = item->handle = j->next_handle++;
    if (urgent) {
        item->next = lane->first;
        lane->first = item;
        if (!lane->last)
            lane->last = item;
    } else {
        append(&lane->first, &lane->last, item);
    }
    pthread_cond_broadcast(&lane->wake); /* not every worker takes every job */
    pthread_mutex_unlock(&j->mutex);
    return handle;
}

/* Takes a waiting job out of its queue; NULL when it is not there. Mutex held. */
static struct item *unqueue(struct lane *lane, long handle)
{
    struct item *before = NULL;
    for (struct item *item = lane->first; item; before = item, item = item->next) {
        if (item->handle != handle)
            continue;
        if (before)
            before->next = item->next;
        else
            lane->first = item->next;
        if (lane->last == item)
            lane->last = before;
        return item;
    }
    return NULL;
}

void jobs_cancel(struct jobs *j, long handle)
{
    pthread_mutex_lock(&j->mutex);
    for (int i = 0; i < JOBS_LANES; i++) {
        struct lane *lane = &j->lane[i];
        for (int w = 0; w < lane->started; w++)
            if (lane->workers[w].running && lane->workers[w].running->handle == handle)
                atomic_store(&lane->workers[w].running->cancel, 1);
        struct item *item = unqueue(lane, handle);
        if (!item)
            continue;
        come_home(j, item);
        pthread_cond_broadcast(&lane->wake); /* what stood behind it may be for another worker */
    }
    pthread_mutex_unlock(&j->mutex);
}

void jobs_report(struct jobs *j, const atomic_int *cancel, const void *data, size_t size)
{
    assert(size <= JOBS_REPORT);
    pthread_mutex_lock(&j->mutex);
    for (int i = 0; i < WORKERS; i++) {
        struct item *item = worker_at(j, i)->running;
        if (item && &item->cancel == cancel) {
            memcpy(item->report, data, size);
            item->reported = 1;
            ring(j);
        }
    }
    pthread_mutex_unlock(&j->mutex);
}

int jobs_fd(const struct jobs *j)
{
    return j->fd;
}

/* Runs `progress` of the running jobs that asked for it. They cannot come home meanwhile: only this
 * thread frees items, and it is here. */
static void collect_reports(struct jobs *j)
{
    for (int i = 0; i < WORKERS; i++) {
        _Alignas(16) unsigned char data[JOBS_REPORT];
        pthread_mutex_lock(&j->mutex);
        struct item *item = worker_at(j, i)->running;
        int reported = item && item->reported;
        if (reported) {
            memcpy(data, item->report, sizeof data);
            item->reported = 0;
        }
        pthread_mutex_unlock(&j->mutex);
        if (reported && item->job.progress)
            item->job.progress(item->arg, data);
    }
}

int jobs_collect(struct jobs *j)
{
    uint64_t count;
    while (read(j->fd, &count, sizeof count) < 0 && errno == EINTR)
        ;
    collect_reports(j);
    pthread_mutex_lock(&j->mutex);
    struct item *item = j->home;
    j->home = j->home_last = NULL;
    pthread_mutex_unlock(&j->mutex);
    int collected = 0;
    while (item) {
        struct item *next = item->next;
        item->job.done(item->arg, item->ran);
        free(item);
        item = next;
        collected++;
    }
    return collected;
}

static int is_running(const struct lane *lane)
{
    for (int w = 0; w < lane->started; w++)
        if (lane->workers[w].running)
            return 1;
    return 0;
}

void jobs_wait(struct jobs *j, enum jobs_lane lane_number)
{
    struct lane *lane = &j->lane[lane_number];
    pthread_mutex_lock(&j->mutex);
    while (lane->first || is_running(lane))
        pthread_cond_wait(&j->idle, &j->mutex);
    pthread_mutex_unlock(&j->mutex);
}
