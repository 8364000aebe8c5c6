/* The tensors that a state dict's pickle describes.
 *
 * A pickle is a program, and Python's reader runs it: it can call anything. This reader can do
 * nothing but build dictionaries, tuples, numbers, text and descriptions of tensors: it knows the
 * opcodes of protocols 2 to 5 that torch.save writes for these, and three functions by name
 * (collections.OrderedDict, torch._utils._rebuild_tensor_v2 and _rebuild_parameter). */
#ifndef NN_WEIGHTS_PICKLE_H
#define NN_WEIGHTS_PICKLE_H

#include <stddef.h>
#include <stdint.h>

#include "nn/weights/weights.h"

struct status;
struct stored_type;

enum {
    PICKLE_MAX_BYTES = 8 * 1024 * 1024,
    PICKLE_MAX_PILE = 32 * 1024 * 1024 /* bytes of memory for each of the seven kinds of values */
};

/* As the pickle says it. Whether such a storage is there, and large enough, is not known here;
 * offset and strides, in elements, are not negative, dims and elements are whatever it says. */
struct pickle_tensor {
    const char *name, *key; /* in the pickle, no NUL behind; key: the storage's file */
    size_t name_length, key_length;
    const struct stored_type *type;
    int64_t elements, offset; /* of the storage; of the tensor in it */
    int rank;
    int64_t dims[WEIGHTS_MAX_RANK], strides[WEIGHTS_MAX_RANK];
};

/* Reads a pickled state dict; or a dictionary with a state dict in "state_dict" or, if there is
 * none, in "model" (a checkpoint: whatever else it holds is passed over, "state_dict_ema" too).
 * *tensors [*count] is malloc'd, points into bytes, and the caller frees it. Memory: at most some
 * 80 bytes for a byte of the pickle, and PICKLE_MAX_PILE. Errors: any other opcode; any other
 * function or class, by its name ("x.pth: the pickle calls os.system, which ..."); a value that is
 * no tensor; over a limit. */
int pickle_read(const unsigned char *bytes, size_t size, const char *file,
                struct pickle_tensor **tensors, size_t *count, struct status *st);

#endif
