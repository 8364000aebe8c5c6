/* Computes a network, forward and backward, on all threads of a pool.
 *
 * The engine keeps the parameters folded and packed for its kernels, and one workspace a thread;
 * nothing is allocated after engine_new. Pictures are split over the threads in a fixed way, and
 * so is a picture that is alone or left over: same input, same number of threads, same bits; in
 * inference a picture's results do not depend on the threads or on its company either. An engine
 * is used by one thread at a time; several engines may share a network that nobody changes. */
#ifndef NN_ENGINE_H
#define NN_ENGINE_H

#include <stddef.h>

struct network;
struct pool;
struct status;

enum engine_mode {
    ENGINE_FORWARD, /* inference only: smallest memory */
    ENGINE_TRAIN    /* forward and backward */
};

/* For pictures of height x width; batch: the most pictures of one call that will be computed
 * together (more are taken in turns). The network and the pool must outlive the engine. Errors:
 * out of memory; a picture size the network cannot take; over NETWORK_MAX_MACS. */
struct engine *engine_new(struct network *n, struct pool *pool, int height, int width,
                          enum engine_mode mode, int batch, struct status *st);
void engine_free(struct engine *e);

/* Folds and packs again: after the network's parameters changed. */
void engine_refresh(struct engine *e);

/* n pictures x [n, height, width, 3] -> features [n, features] and logits [n, classes]; either
 * may be NULL. Batch norm uses its running statistics. */
void engine_forward(struct engine *e, const float *x, int n, float *features, float *logits);

/* The same of pictures that are made when it is their turn, on the thread that computes them: so
 * one picture is read while another is computed, and it is still in a near cache. `load` writes
 * picture i [height, width, 3] to x; it is called once for each, from all threads at once, in no
 * certain order. Not 0: no more pictures are begun, and features and logits hold anything.
 * Returns what load did. */
typedef int engine_load(void *arg, int i, float *x);
int engine_forward_loaded(struct engine *e, engine_load *load, void *arg, int n, float *features,
                          float *logits);

/* From the picture to the activation at a cut (network_cut): y [n, network_cut_floats]. */
void engine_forward_to(struct engine *e, int cut, const float *x, int n, float *y);

/* From the activation at a cut to features and logits (either may be NULL). */
void engine_forward_from(struct engine *e, int cut, const float *x, int n, float *features,
                         float *logits);

/* Loss of some samples: reads logits [n, classes], overwrites dlogits with the gradient of the
 * SUM of their losses divided by whatever the caller divides by, returns that loss. `first` is
 * the number of the first sample in the batch, `n` how many. Called from several threads at
 * once. */
typedef double engine_loss(void *arg, int first, int n, const float *logits, float *dlogits);

/* From now on engine_gradient adds to its loss what `loss` returns for the output of node `node`: y
 * [n, that node's floats]; loss adds its gradient to dlogits, of the same size, instead of
 * overwriting it. node -1: no more. */
void engine_tap(struct engine *e, int node, engine_loss *loss, void *arg);

enum engine_norm {
    NORM_RUNNING, /* batch norm with its running statistics; its weight and bias are trained */
    NORM_BATCH    /* statistics of the pictures that one thread computes together; the running
                     ones are moved by 0.1 after the call: training from nothing. Fewer threads
                     work where there would be less than 4 pictures for each. */
};

/* Forward from the cut, loss, backward to the cut. gradients [params.total] is overwritten: zero
 * for everything before the cut and for running statistics. dx (may be NULL): gradient of x.
 * Returns the summed loss. The order of all sums is fixed: deterministic for a given number of
 * threads. engine_refresh is not needed before it if nothing changed since; mode must be
 * ENGINE_TRAIN. */
double engine_gradient(struct engine *e, int cut, enum engine_norm norm, const float *x, int n,
                       engine_loss *loss, void *arg, float *gradients, float *dx);

/* Bytes of workspace, for messages and benchmarks. */
size_t engine_bytes(const struct engine *e);

/* For benchmarks: seconds that forward and backward of every node take on one thread (for one
 * picture), the best of some rounds on picture x. forward, backward [nodes]; backward only for
 * ENGINE_TRAIN. */
void engine_time_nodes(struct engine *e, const float *x, int rounds, double *forward,
                       double *backward);

/* Which kernels are in use: "avx512", "avx2" or "plain"; TEND_CPU in the environment forces one. */
const char *engine_kernels(void);

#endif
