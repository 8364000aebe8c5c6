/* A few threads that work on one thing at a time.
 *
 * pool_run splits tasks 0..count-1 statically: thread k does the tasks i with i % threads == k,
 * in rising order, so that what a thread does never depends on timing. The caller works too, as
 * thread 0, and returns when all is done. */
#ifndef NN_POOL_H
#define NN_POOL_H

struct pool;
struct status;

/* threads 0: as many as there are cores this process may use (at most 16). nice > 0: the pool's
 * own threads run at that niceness (Linux: a property of the thread); the caller's is its own
 * matter. */
struct pool *pool_new(int threads, int nice, struct status *st);
void pool_free(struct pool *p);
int pool_threads(const struct pool *p);

/* Calls work(arg, task, thread). One pool_run at a time a pool. */
void pool_run(struct pool *p, int count, void (*work)(void *arg, int task, int thread), void *arg);

/* From work of a pool_run with as many tasks as threads: returns when every thread has called
 * it, and all of them see what each wrote before. Waits a moment without sleeping: for meetings
 * that are microseconds apart. */
void pool_meet(struct pool *p);

#endif
