/* Cost of a network as flops-counter.pytorch (ptflops 0.7.5) counts it, for one picture. -1
 * where a picture of that size does not fit the network, or memory is out. */
#ifndef NN_MACS_H
#define NN_MACS_H

#include <stdint.h>

struct graph;

/* Backend "aten": convolutions weight count x output positions (+ outputs where there is a bias),
 * linear layers in x out (+ out); all else nothing. */
int64_t macs_aten(const struct graph *g, int height, int width);
/* The same of the nodes after a node only. */
int64_t macs_aten_after(const struct graph *g, int height, int width, int node);

/* Backend "pytorch": the same, plus what it knows of the modules that a framework builds a network
 * of. Of some modules it sees the function inside as well and counts twice; what is no module of
 * its table (a subclass, a plain mean) it does not see. */
struct counted {
    int norms;         /* batch norms are seen: 2 x outputs */
    int pools;         /* how often the mean before the classifier is: 0, 1, 2 x inputs */
    int gates;         /* and the means of gates */
    int no_classifier; /* the classifier is a subclass */
};
extern const struct counted counted_plainly; /* made of PyTorch's own modules, all */

/* Within 1 %. */
int64_t macs_pytorch(const struct graph *g, int height, int width, const struct counted *counted);

#endif
