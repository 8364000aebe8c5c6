/* What an engine is made of: shared by engine.c (what callers ask for), engine_new.c (set-up,
 * packing), chunk.c (one thread's work on a few pictures) and team.c (all threads' work on one).
 * Nobody else includes this. */
#ifndef NN_ENGINE_PARTS_H
#define NN_ENGINE_PARTS_H

#include "nn/engine.h"
#include "nn/graph.h"
#include "nn/kernels/kernels.h"
#include "nn/layout.h"
#include "nn/network.h"
#include "nn/ops/ops.h"
#include "nn/pool.h"
#include "nn/strips.h"

enum {
    BATCH_NORM_LEAST = 4, /* pictures a thread needs for statistics */
    HEAD_PICTURES = 16    /* go through the classifier together: its weights are read once */
};

enum packing { PACKED_NOT, PACKED_FOLDED, PACKED_RAW };

/* What belongs to one thread. */
struct lane {
    float *arena, *scratch, *gradients;
    float *features, *logits; /* [HEAD_PICTURES, ...], padded */
    size_t tail_at; /* floats before the next picture's place in the output of node `tail` */
    unsigned char *written; /* [nodes] backward: the gradient has been begun */
    double loss;
    int first; /* the number of the chunk's first picture in the batch */
    int chunks;
    double *times; /* NULL, or [2 * nodes]: how long each took, forward and backward */
};

struct engine {
    struct network *network;
    struct pool *pool;
    const struct kernels *kernels;
    enum engine_mode mode;
    int threads;
    int blocks; /* node: cuts from here on use LAYOUT_BLOCKS */
    struct shape *shapes;
    struct strips strips, team_strips;
    int tap; /* node with a loss of its own, or -1 */
    engine_loss *tap_loss;
    void *tap_arg;
    int tail;   /* node: those after it are computed for several pictures at once in inference */
    int *users; /* [nodes] how many nodes read its output */
    const struct node **user; /* [nodes] the only one, or NULL */
    size_t *packed_at, packed_floats;
    float *packed;
    unsigned char *packing; /* [nodes] enum packing: how each is packed now */
    struct layout layouts[LAYOUT_BATCH + 1];
    struct lane *lanes; /* [threads] */
    size_t bytes;
};

/* Packs the nodes that will be computed, (from, to], where they are not packed that way already. */
void engine_pack(struct engine *e, int from, int to, enum packing packing);

/* Everything an op needs to know to compute a node. */
struct op_run chunk_run(const struct engine *e, const struct lane *lane, const struct layout *l,
                        int node, int pictures);

/* Computes output rows [first, last) of a node, or of a chain of nodes [node, end] for one
 * picture. */
void chunk_rows(const struct lane *lane, const struct op_run *r, int node, int first, int last);
void chunk_chain(const struct engine *e, const struct lane *lane, const struct layout *l, int node,
                 int end, int picture, int first, int last);

/* Puts pictures (or activations) x at node `from` (NULL: they are there) and computes up to node
 * `to`. */
void chunk_forward(const struct engine *e, const struct lane *lane, const struct layout *l,
                   int from, int to, const float *x, int pictures);

/* The same for one picture (LAYOUT_TEAM), called by all threads of the pool at once. What is
 * whole lies in the first lane's arena, complete when this returns; rings are in each thread's
 * own. */
void team_forward(struct engine *e, int thread, int from, int to, const float *x);
/* Thread `thread`'s part [*first, *last) of `count` things, as even as can be. */
void team_part(int count, int threads, int thread, int *first, int *last);

/* From the gradient of the last node, which the caller has put there, down to the cut. */
void chunk_backward(const struct engine *e, struct lane *lane, const struct layout *l, int cut,
                    int pictures, int want_dx);

#endif
