/* A state dict as torch.save writes it, for tests that need one of tensors of their own. */
#ifndef TESTS_NN_TORCH_FILE_H
#define TESTS_NN_TORCH_FILE_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nn/weights/weights.h"

struct torch_file {
    unsigned char *bytes, *directory;
    size_t size, directory_size, capacity;
    int entries;
};

static void torch_put(unsigned char *bytes, size_t *size, const void *from, size_t length)
{
    memcpy(bytes + *size, from, length);
    *size += length;
}

static void torch_number(unsigned char *bytes, size_t *size, uint64_t number, size_t length)
{
    torch_put(bytes, size, &number, length);
}

/* A local header and the bytes, and a line for the directory. Both buffers are large enough. */
static void torch_entry(struct torch_file *f, const char *name, const void *bytes, size_t size)
{
    size_t length = strlen(name), at = f->size;
    torch_put(f->bytes, &f->size, "PK\3\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 18);
    torch_number(f->bytes, &f->size, size, 4);
    torch_number(f->bytes, &f->size, size, 4);
    torch_number(f->bytes, &f->size, length, 4);
    torch_put(f->bytes, &f->size, name, length);
    torch_put(f->bytes, &f->size, bytes, size);
    torch_put(f->directory, &f->directory_size, "PK\1\2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20);
    torch_number(f->directory, &f->directory_size, size, 4);
    torch_number(f->directory, &f->directory_size, size, 4);
    torch_number(f->directory, &f->directory_size, length, 4);
    torch_number(f->directory, &f->directory_size, 0, 8);
    torch_number(f->directory, &f->directory_size, 0, 2);
    torch_number(f->directory, &f->directory_size, at, 4);
    torch_put(f->directory, &f->directory_size, name, length);
    f->entries++;
}

static void torch_integers(unsigned char *p, size_t *size, const int64_t *values, int count)
{
    torch_put(p, size, "(", 1);
    for (int i = 0; i < count; i++) {
        torch_put(p, size, "J", 1);
        torch_number(p, size, (uint64_t)values[i], 4);
    }
    torch_put(p, size, "t", 1);
}

static void torch_text(unsigned char *p, size_t *size, const char *text)
{
    torch_put(p, size, "X", 1);
    torch_number(p, size, strlen(text), 4);
    torch_put(p, size, text, strlen(text));
}

static void torch_tensor(unsigned char *p, size_t *size, const struct weights_tensor *t, size_t key)
{
    static const char rebuild[] = "ctorch._utils\n_rebuild_tensor_v2\n((X\7\0\0\0storagectorch\n"
                                  "FloatStorage\n";
    int64_t count = (int64_t)t->count, strides[WEIGHTS_MAX_RANK], stride = 1;
    char number[24];
    for (int k = t->rank - 1; k >= 0; stride *= t->dims[k--])
        strides[k] = stride;
    snprintf(number, sizeof number, "%zu", key);
    torch_text(p, size, t->name);
    torch_put(p, size, rebuild, sizeof rebuild - 1);
    torch_text(p, size, number);
    torch_text(p, size, "cpu");
    torch_put(p, size, "J", 1);
    torch_number(p, size, (uint64_t)count, 4);
    torch_put(p, size, "tQK\0", 4);
    torch_integers(p, size, t->dims, t->rank);
    torch_integers(p, size, strides, t->rank);
    torch_put(p, size, "\x89}tR", 4);
}

/* malloc'd; NULL when out of memory. */
static unsigned char *torch_file_make(const struct weights_tensor *tensors, size_t count,
                                      size_t *size)
{
    size_t pickle_size = 0, capacity = 4096;
    for (size_t i = 0; i < count; i++)
        capacity += 4 * tensors[i].count + 2 * strlen(tensors[i].name) + 500;
    unsigned char *pickle = malloc(capacity);
    struct torch_file f = {.bytes = malloc(2 * capacity), .directory = malloc(capacity)};
    char name[64];
    if (pickle && f.bytes && f.directory) {
        torch_put(pickle, &pickle_size, "\x80\2}(", 4);
        for (size_t i = 0; i < count; i++)
            torch_tensor(pickle, &pickle_size, &tensors[i], i);
        torch_put(pickle, &pickle_size, "u.", 2);
        torch_entry(&f, "made/data.pkl", pickle, pickle_size);
        for (size_t i = 0; i < count; i++) {
            snprintf(name, sizeof name, "made/data/%zu", i);
            torch_entry(&f, name, tensors[i].values, 4 * tensors[i].count);
        }
        size_t at = f.size;
        torch_put(f.bytes, &f.size, f.directory, f.directory_size);
        torch_put(f.bytes, &f.size, "PK\5\6\0\0\0\0", 8);
        torch_number(f.bytes, &f.size, (uint64_t)f.entries, 2);
        torch_number(f.bytes, &f.size, (uint64_t)f.entries, 2);
        torch_number(f.bytes, &f.size, f.directory_size, 4);
        torch_number(f.bytes, &f.size, at, 4);
        torch_number(f.bytes, &f.size, 0, 2);
    }
    free(f.directory);
    free(pickle);
    *size = f.size;
    return f.bytes;
}

#endif
