/* All parameters of a network in one block of floats, each tensor with the name, shape and
 * layout it has in files (PyTorch's state dict). The optimiser, saving, copying and comparing
 * are loops over the block. Gradients are blocks of the same layout. */
#ifndef NN_PARAMS_H
#define NN_PARAMS_H

#include <stddef.h>

struct status;

enum param_kind {
    PARAM_WEIGHT, /* of a convolution or linear layer: weight decay applies */
    PARAM_BIAS,
    PARAM_BN_WEIGHT,
    PARAM_BN_BIAS,
    PARAM_BN_MEAN, /* running statistics: never trained by gradient */
    PARAM_BN_VAR
};

struct param {
    char name[96];
    enum param_kind kind;
    int rank;
    int dims[4];
    size_t offset, count; /* in the block, in floats; offset is a multiple of 16 */
};

struct params {
    struct param *list;
    int count;
    float *values; /* [total], 64-byte aligned; gaps between tensors are 0 */
    size_t total;
};

/* Declares a tensor; returns its index, or -1. Values exist after params_allocate (zero). */
int params_add(struct params *p, const char *name, enum param_kind kind, int rank, const int *dims,
               struct status *st);
int params_allocate(struct params *p, struct status *st);
int params_find(const struct params *p, const char *name); /* or -1 */
int params_is_trained(enum param_kind kind);               /* all but the running statistics */
size_t params_trained_count(const struct params *p);       /* as PyTorch counts parameters */
int params_copy(const struct params *from, struct params *to, struct status *st);
void params_clear(struct params *p);

#endif
