/* Which nodes are computed in strips of rows.
 *
 * An expanded activation is written, read once and forgotten; where it is larger than the cache,
 * that takes longer than computing it. So chains such as expand - depthwise - project are
 * computed together, a few output rows at a time: each node computes just the rows the next one
 * needs. In inference the outputs in between are rings of a few rows that never leave the cache. */
#ifndef NN_STRIPS_H
#define NN_STRIPS_H

struct graph;
struct shape;
struct status;

enum { CHAIN_MAX = 32 };

struct strips {
    int *first, *last; /* [nodes] of a node's chain; both the node itself: alone */
    int *step;         /* [nodes] rows of the chain's last node at a time */
    int *ring;         /* [nodes] rows of the output in memory, row r at r % ring; 0: all */
};

/* threads: over how many the rows of one picture will be split. Each computes the rows that its
 * neighbour's windows share with its own again, so with several only chains of many rows pay. */
int strips_init(struct strips *s, const struct graph *g, const struct shape *shapes, int threads,
                struct status *st);
void strips_clear(struct strips *s);

/* How many rows of a node's input must be there before its first `rows` output rows (of one
 * picture) can be computed; all of them for all. */
int strips_rows_for(const struct graph *g, const struct shape *shapes, int node, int rows);
/* The first input row that output row `row` needs. */
int strips_first_row(const struct graph *g, const struct shape *shapes, int node, int row);

#endif
