/* Tensors as a file stores them, before they become floats: what the readers of weight files share.
 */
#ifndef NN_WEIGHTS_STORED_H
#define NN_WEIGHTS_STORED_H

#include <stddef.h>
#include <stdint.h>

#include "nn/weights/weights.h"

struct status;

enum stored_kind { STORED_LEFT_OUT, STORED_F32, STORED_F16, STORED_BF16, STORED_F64 };

/* An element's size in bytes and how it is read. */
struct stored_type {
    const char *name; /* as the file format calls it */
    int bytes;
    enum stored_kind kind; /* LEFT_OUT: integers, which no network of ours has */
};

/* The reader of the file has made sure that every element lies in the file: bytes + type->bytes *
 * (sum of index[k] * strides[k]) for every index below dims. */
struct stored {
    struct weights_tensor tensor; /* without values */
    const struct stored_type *type;
    const unsigned char *bytes;       /* of the first element, in the file */
    size_t strides[WEIGHTS_MAX_RANK]; /* in elements */
};

/* Row after row, without gaps: safetensors, and most of what PyTorch saves. */
void stored_set_contiguous(struct stored *s);

/* What a tensor may be called: 1 to WEIGHTS_MAX_NAME bytes, no control characters (names go to the
 * terminal in messages). */
int stored_check_name(const char *name, size_t length, const char *file, struct status *st);

/* Appends a dimension; refuses more than WEIGHTS_MAX_RANK of them and products over
 * WEIGHTS_MAX_BYTES. tensor.count must be 1 before the first. */
int stored_add_dim(struct stored *s, int64_t dim, const char *file, struct status *st);

/* Sorts by name; an error when one stands there twice. */
int stored_sort(struct stored *list, size_t count, const char *file, struct status *st);

/* Fills `out` with what sorted entries describe, those that are LEFT_OUT aside; allocates 4 bytes
 * an element. A value that is not finite is an error that names its tensor: a single one would make
 * every prediction NaN. On errors the caller clears `out`. */
int stored_expand(const struct stored *list, size_t count, const char *file, struct weights *out,
                  struct status *st);

#endif
