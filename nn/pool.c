/* Threads wait on a condition for a new round; a round is over when every thread has done its
 * share. Nobody spins there: a round is milliseconds of work, and other programs want the cores
 * too. Within a round threads may meet after far shorter pieces; there they look for a few
 * microseconds whether the others have come before they go to sleep. */
#include "nn/pool.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "data/status.h"

enum { POOL_MAX = 16, LOOKS = 2000 };

struct worker {
    struct pool *pool;
    int number;
    pthread_t thread;
};

struct pool {
    int threads, nice;
    pthread_mutex_t lock;
    pthread_cond_t start, done, met;
    atomic_int arrived, sleeping; /* threads at the present meeting */
    atomic_uint meeting;          /* rises by one for each pool_meet */
    unsigned long round;          /* rises by one for each pool_run */
    int busy;                     /* workers that have not finished this round */
    int stop;
    int count;
    void (*work)(void *arg, int task, int thread);
    void *arg;
    struct worker workers[POOL_MAX]; /* from 1: thread 0 is the caller */
};

static void work_share(struct pool *p, int number)
{
    for (int task = number; task < p->count; task += p->threads)
        p->work(p->arg, task, number);
}

static void *worker_main(void *argument)
{
    struct worker *w = argument;
    struct pool *p = w->pool;
    unsigned long seen = 0;
    if (p->nice > 0) /* a lower priority that cannot be had is no reason to fail */
        setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), p->nice);
    pthread_mutex_lock(&p->lock);
    for (;;) {
        while (p->round == seen && !p->stop)
            pthread_cond_wait(&p->start, &p->lock);
        if (p->stop)
            break;
        seen = p->round;
        pthread_mutex_unlock(&p->lock);
        work_share(p, w->number);
        pthread_mutex_lock(&p->lock);
        if (--p->busy == 0)
            pthread_cond_signal(&p->done);
    }
    pthread_mutex_unlock(&p->lock);
    return NULL;
}

static int cores(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0)
        return CPU_COUNT(&set);
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n > 0 ? (int)n : 1;
}

static void stop_workers(struct pool *p)
{
    pthread_mutex_lock(&p->lock);
    p->stop = 1;
    pthread_cond_broadcast(&p->start);
    pthread_mutex_unlock(&p->lock);
    for (int i = 1; i < p->threads; i++)
        pthread_join(p->workers[i].thread, NULL);
}

struct pool *pool_new(int threads, int nice, struct status *st)
{
    if (threads <= 0)
        threads = cores();
    if (threads > POOL_MAX)
        threads = POOL_MAX;
    struct pool *p = calloc(1, sizeof *p);
    if (!p) {
        status_out_of_memory(st);
        return NULL;
    }
    p->nice = nice;
    p->threads = 1;
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->start, NULL);
    pthread_cond_init(&p->done, NULL);
    pthread_cond_init(&p->met, NULL);
    for (int i = 1; i < threads; i++) {
        struct worker *w = &p->workers[i];
        *w = (struct worker){.pool = p, .number = i};
        if (pthread_create(&w->thread, NULL, worker_main, w) != 0) {
            status_fail(st, STATUS_MEMORY, "cannot start %d threads: the system's limit is reached",
                        threads);
            pool_free(p);
            return NULL;
        }
        p->threads = i + 1;
    }
    return p;
}

void pool_free(struct pool *p)
{
    if (!p)
        return;
    stop_workers(p);
    pthread_cond_destroy(&p->done);
    pthread_cond_destroy(&p->met);
    pthread_cond_destroy(&p->start);
    pthread_mutex_destroy(&p->lock);
    free(p);
}

int pool_threads(const struct pool *p)
{
    return p->threads;
}

void pool_run(struct pool *p, int count, void (*work)(void *arg, int task, int thread), void *arg)
{
    pthread_mutex_lock(&p->lock);
    p->count = count;
    p->work = work;
    p->arg = arg;
    p->busy = count > 1 ? p->threads - 1 : 0;
    if (p->busy) {
        p->round++;
        pthread_cond_broadcast(&p->start);
    }
    pthread_mutex_unlock(&p->lock);
    work_share(p, 0);
    pthread_mutex_lock(&p->lock);
    while (p->busy)
        pthread_cond_wait(&p->done, &p->lock);
    pthread_mutex_unlock(&p->lock);
}

static void wait_a_little(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
}

/* Who sleeps says so before it looks a last time, who wakes moves the meeting on before it looks
 * for sleepers: one of them sees the other. */
static void sleep_until_met(struct pool *p, unsigned meeting)
{
    pthread_mutex_lock(&p->lock);
    atomic_fetch_add(&p->sleeping, 1);
    while (atomic_load(&p->meeting) == meeting)
        pthread_cond_wait(&p->met, &p->lock);
    atomic_fetch_sub(&p->sleeping, 1);
    pthread_mutex_unlock(&p->lock);
}

void pool_meet(struct pool *p)
{
    unsigned meeting = atomic_load(&p->meeting);
    if (atomic_fetch_add(&p->arrived, 1) + 1 == p->threads) {
        atomic_store(&p->arrived, 0);
        atomic_fetch_add(&p->meeting, 1);
        if (atomic_load(&p->sleeping) > 0) {
            pthread_mutex_lock(&p->lock);
            pthread_cond_broadcast(&p->met);
            pthread_mutex_unlock(&p->lock);
        }
        return;
    }
    for (int i = 0; i < LOOKS; i++, wait_a_little())
        if (atomic_load(&p->meeting) != meeting)
            return;
    sleep_until_met(p, meeting);
}
