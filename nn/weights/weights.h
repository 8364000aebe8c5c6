/* Named tensors as files hold them, expanded to F32. */
#ifndef NN_WEIGHTS_WEIGHTS_H
#define NN_WEIGHTS_WEIGHTS_H

#include <stddef.h>
#include <stdint.h>

struct status;

enum {
    WEIGHTS_MAX_RANK = 6,
    WEIGHTS_MAX_TENSORS = 20000,
    WEIGHTS_MAX_NAME = 200,
    WEIGHTS_MAX_BYTES = 1024 * 1024 * 1024 /* of a file */
};

struct weights_tensor {
    const char *name;
    int rank;
    int64_t dims[WEIGHTS_MAX_RANK]; /* row-major, as PyTorch's state dict: conv [out, in/groups, h,
                                       w] */
    size_t count;                   /* product of dims */
    const float *values;            /* owned by struct weights */
};

/* Sorted by name. */
struct weights {
    struct weights_tensor *tensors;
    size_t count;
    void *storage; /* of the reader */
};

/* A file by its contents: safetensors, or a state dict of torch.save (PyTorch 1.6 and later), by
 * itself or under "state_dict" or "model" of a checkpoint. Every length, offset, shape, stride and
 * name is checked against the file before anything of that size is allocated; what is allocated is
 * at most a few times the file's size. Nothing in a file is run: see pickle.h. Integer tensors
 * (num_batches_tracked) are left out; F16, BF16 and F64 become F32. Errors name file, tensor and
 * what is wrong; older forms of torch.save are told to be such. */
int weights_read(const char *path, struct weights *out, struct status *st);
/* The same from memory; `name` stands in messages; bytes need not stay. */
int weights_read_memory(const void *bytes, size_t size, const char *name, struct weights *out,
                        struct status *st);
/* One format each. */
int weights_read_safetensors(const void *bytes, size_t size, const char *name, struct weights *out,
                             struct status *st);
int weights_read_torch(const void *bytes, size_t size, const char *name, struct weights *out,
                       struct status *st);
void weights_clear(struct weights *w);

/* NULL when there is none. */
const struct weights_tensor *weights_find(const struct weights *w, const char *name);
/* Its values, if there are so many; else NULL. */
const float *weights_values(const struct weights *w, const char *name, size_t count);

/* Writes F32 safetensors atomically; metadata {"format": "pt"} as PyTorch's readers want it. */
int weights_write_safetensors(const char *path, const struct weights_tensor *tensors, size_t count,
                              struct status *st);

#endif
