/* A network: an architecture, its parameters, and what it wants to see.
 *
 * The last layer is always a linear classifier; its inputs are "the features" (one vector a
 * picture). Pictures are [H, W, 3] floats, channels last; activations inside are channels last
 * as well. */
#ifndef NN_NETWORK_H
#define NN_NETWORK_H

#include <stddef.h>
#include <stdint.h>

#include "data/preprocess.h"
#include "nn/macs.h"
#include "nn/params.h"

struct graph;
struct status;
struct weights;

struct network {
    char architecture[64]; /* "tf_mobilenetv2_100", "mobilenetv2_050", ... as timm says */
    char family[32];
    int guessed;            /* the architecture: nothing but the tensors told it */
    int torchvision;        /* tensors are named as torchvision names them */
    struct counted counted; /* how a counter of modules sees it */
    struct graph *graph;    /* nodes and how they use params: nn/graph.h */
    struct params params;
    struct preprocess input;
    int features, classes;
};

/* How much of the network is trained. */
enum depth { DEPTH_HEAD, DEPTH_BLOCKS, DEPTH_FULL };
const char *depth_name(enum depth depth); /* "head", "blocks", "full" */
int depth_from_name(const char *name);    /* or -1 */

/* Builds the network from tensors: family, widths and depths from the architecture's name and
 * from the tensors' own names and shapes; parameters copied. `architecture` may be NULL (guessed
 * from the tensor names). `input` NULL: what the published weights of the architecture want to
 * see. Errors: unknown family (lists the known ones), a tensor missing, of a
 * wrong shape (expected and found) or left over. */
struct network *network_from_weights(const struct weights *w, const char *architecture,
                                     const struct preprocess *input, struct status *st);

/* A network of a known architecture with fresh weights: convolutions normal with
 * sqrt(2 / fan_out), batch norm 1 and 0, classifier small uniform (as timm initialises). */
struct network *network_from_scratch(const char *architecture, int classes, int input_size,
                                     uint64_t seed, struct status *st);

struct network *network_copy(const struct network *n, struct status *st);
void network_free(struct network *n);

/* Replaces the classifier by one for other classes. Row k of the new classifier is row from[k]
 * of the old one, or fresh (zero) where from is NULL or from[k] is -1. Engines of the network
 * are void after it. */
int network_set_classes(struct network *n, int classes, const int *from, struct status *st);

/* The node whose output is the input of what is trained at this depth: an activation [h, w, c] for
 * BLOCKS, the features for HEAD, the picture for FULL. Parameters of later nodes are trained. */
int network_cut(const struct network *n, enum depth depth);
/* Floats of that activation for one picture of the given size. */
size_t network_cut_floats(const struct network *n, int cut, int height, int width);
/* trained[i] for each of n->params.list: 1 if parameter i lies after the cut and is trained at
 * all. */
void network_trained(const struct network *n, int cut, unsigned char *trained);

/* Multiply-accumulates for one picture as flops-counter.pytorch counts them: its "aten" rules
 * and its "pytorch" rules (see nn/macs.h). */
int64_t network_macs(const struct network *n, int height, int width);
int64_t network_macs_pytorch_backend(const struct network *n, int height, int width);
#define NETWORK_MAX_MACS 2000000000LL
/* 0, or an error that says how much it is and the largest square picture that is allowed. */
int network_check_macs(const struct network *n, int height, int width, struct status *st);
/* The side of that picture, a multiple of 32; 0: none is small enough. */
int network_largest_size(const struct network *n);

#endif
