/* Where the tensors of one workspace lie: each has a time at which it is made and one at which
 * it was last used; tensors whose times do not overlap share memory. Forward of node i is time
 * i, backward of it time 2 * count - 1 - i. Offsets are in floats, for a fixed number of
 * pictures. */
#ifndef NN_LAYOUT_H
#define NN_LAYOUT_H

#include <stddef.h>

struct graph;
struct shape;
struct status;
struct strips;

enum layout_kind {
    LAYOUT_FORWARD, /* an output lives until its last use */
    LAYOUT_TEAM,    /* the same where all threads compute one picture */
    LAYOUT_FULL,    /* training: outputs live until their backward; gradients */
    LAYOUT_BLOCKS,  /* the same from a node on: those before it have no place */
    LAYOUT_BATCH    /* training with batch statistics: convolutions' outputs before the norm as
                       well */
};

struct layout {
    int pictures;
    size_t *y, *pre, *z, *stats, *dy; /* [nodes]; those a kind does not have are 0 */
    size_t floats;
};

/* first: in training the first node that has a place; in inference the first that has room for
 * all `pictures`, while those before it have for one. It keeps what is there while they are
 * computed for the next picture. strips: of inference, whose rings it follows. */
int layout_init(struct layout *l, const struct graph *g, const struct shape *shapes,
                const struct strips *strips, enum layout_kind kind, int first, int pictures,
                struct status *st);
void layout_clear(struct layout *l);

#endif
