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

/* Backend "pytorch": the same, plus batch norm 2 x outputs, activations and pools by its table.
 * plain_modules: built of PyTorch's own modules, the only ones it counts. Within 1 %: it depends on
 * how a framework wraps its modules. */
int64_t macs_pytorch(const struct graph *g, int height, int width, int plain_modules);

#endif
