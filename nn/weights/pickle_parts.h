/* What pickle.c, pickle_opcodes.c and pickle_calls.c (functions) share; nobody else includes it. */
#ifndef NN_WEIGHTS_PICKLE_PARTS_H
#define NN_WEIGHTS_PICKLE_PARTS_H

#include "nn/weights/pickle.h"

enum value_kind {
    VALUE_MARK, /* where a tuple or a list of items starts on the stack */
    VALUE_NONE,
    VALUE_BOOL,
    VALUE_INTEGER,
    VALUE_FLOAT, /* which one is of no interest */
    VALUE_TEXT,
    VALUE_TUPLE,
    VALUE_LIST, /* its items are of no interest */
    VALUE_DICT,
    VALUE_GLOBAL,
    VALUE_STORAGE,
    VALUE_TENSOR
};

struct value {
    uint32_t kind, length; /* of a text or tuple */
    union {
        int64_t integer;
        const char *text;
        size_t index; /* of its first item, or of itself, in the pile of its kind */
    };
};

/* Keys and values in the order they were set. */
struct dict {
    size_t first, last; /* pairs; NO_PAIR */
};
struct pair {
    struct value key, value;
    size_t next;
};
#define NO_PAIR SIZE_MAX

/* A list that grows. */
struct pile {
    void *items;
    size_t count, capacity;
};

struct machine {
    const unsigned char *bytes;
    size_t size, at;
    struct pile stack, memo, items; /* of struct value */
    struct pile dicts, pairs;
    struct pile storages, tensors; /* of struct pickle_tensor, partly filled in */
    int stopped;
    const char *file;
    struct status *st;
};

/* A new zeroed item at the end, or NULL when out of memory or over the limit. */
void *pickle_add(struct machine *m, struct pile *p, size_t item_size);
/* "FILE: its pickle is damaged at byte N: HOW"; -1. */
int pickle_damaged(const struct machine *m, const char *how);

/* The function or class of this name as a value; any other is refused. */
int pickle_global(struct machine *m, const char *module, size_t module_length, const char *name,
                  size_t name_length, struct value *out);
/* What the function makes of a tuple of arguments. */
int pickle_call(struct machine *m, const struct value *function, const struct value *arguments,
                struct value *out);
/* A storage from its persistent id: ('storage', torch.FloatStorage, key, location, elements). */
int pickle_storage(struct machine *m, const struct value *id, struct value *out);

/* What follows an opcode. */
struct operand {
    int64_t number;
    const char *bytes, *second; /* LINES has two */
    size_t length, second_length;
};

enum operand_kind {
    NOTHING,        /* the number is `size` itself */
    BYTES,          /* so many bytes, an unsigned number */
    SIGNED,         /* four bytes, a signed number */
    SIZE_AND_BYTES, /* a size of so many bytes, then what it counts */
    LINES           /* two, each with a newline behind */
};

struct opcode {
    unsigned char code, kind, size;
    int (*run)(struct machine *m, const struct operand *o);
};
/* The first starts every pickle; the last has no run. */
extern const struct opcode pickle_opcodes[];

#endif
