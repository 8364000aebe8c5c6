/* The functions and classes that a state dict's pickle may name, and what they make. */
#include "nn/weights/pickle_parts.h"

#include "data/status.h"
#include "nn/weights/stored.h"

#include <stdio.h>
#include <string.h>

static int is_text(const struct value *v, const char *text)
{
    return v->kind == VALUE_TEXT && v->length == strlen(text) &&
           memcmp(v->text, text, v->length) == 0;
}

static const struct value *items_of(const struct machine *m, const struct value *tuple)
{
    const struct value *first = m->items.items; /* NULL while every tuple is empty */
    return first ? first + tuple->index : NULL;
}

static int make_dict(struct machine *m, const struct value *arguments, int count, struct value *out)
{
    (void)arguments;
    struct dict *d = count == 0 ? pickle_add(m, &m->dicts, sizeof *d) : NULL;
    if (count != 0)
        return pickle_damaged(m, "OrderedDict is called with arguments");
    if (!d)
        return -1;
    d->first = d->last = NO_PAIR;
    *out = (struct value){.kind = VALUE_DICT, .index = m->dicts.count - 1};
    return 0;
}

/* (tensor, requires_grad, backward_hooks) */
static int make_parameter(struct machine *m, const struct value *arguments, int count,
                          struct value *out)
{
    if (count != 3 || arguments[0].kind != VALUE_TENSOR)
        return pickle_damaged(m, "_rebuild_parameter is not called with a tensor");
    *out = arguments[0];
    return 0;
}

static int read_integers(const struct machine *m, const struct value *tuple, int64_t *out)
{
    const struct value *items = items_of(m, tuple);
    for (uint32_t i = 0; i < tuple->length; i++) {
        if (items[i].kind != VALUE_INTEGER || items[i].integer < 0)
            return pickle_damaged(m, "a shape or stride is not a number from 0");
        out[i] = items[i].integer;
    }
    return 0;
}

/* (storage, offset, shape, strides, requires_grad, backward_hooks[, metadata]) */
static int make_tensor(struct machine *m, const struct value *arguments, int count,
                       struct value *out)
{
    const struct value *a = arguments;
    if (count < 6 || count > 7 || a[0].kind != VALUE_STORAGE || a[1].kind != VALUE_INTEGER ||
        a[1].integer < 0 || a[2].kind != VALUE_TUPLE || a[3].kind != VALUE_TUPLE ||
        a[2].length != a[3].length || (count == 7 && a[6].kind != VALUE_NONE))
        return pickle_damaged(m, "_rebuild_tensor_v2 is called with unknown arguments");
    if (a[2].length > WEIGHTS_MAX_RANK)
        return status_fail(m->st, STATUS_LIMIT, "%s: a tensor has %u dimensions, more than %d",
                           m->file, a[2].length, WEIGHTS_MAX_RANK);
    struct pickle_tensor *t = pickle_add(m, &m->tensors, sizeof *t);
    if (!t)
        return -1;
    *t = ((const struct pickle_tensor *)m->storages.items)[a[0].index];
    t->offset = a[1].integer;
    t->rank = (int)a[2].length;
    if (read_integers(m, &a[2], t->dims) != 0 || read_integers(m, &a[3], t->strides) != 0)
        return -1;
    *out = (struct value){.kind = VALUE_TENSOR, .index = m->tensors.count - 1};
    return 0;
}

/* Those with a type are classes of storages: named in persistent ids, never called. */
static const struct global {
    const char *module, *name;
    struct stored_type type;
    int (*call)(struct machine *m, const struct value *arguments, int count, struct value *out);
} globals[] = {
    {"collections", "OrderedDict", {0}, make_dict},
    {"torch._utils", "_rebuild_tensor_v2", {0}, make_tensor},
    {"torch._utils", "_rebuild_parameter", {0}, make_parameter},
    {"torch", "FloatStorage", {"F32", 4, STORED_F32}, NULL},
    {"torch", "HalfStorage", {"F16", 2, STORED_F16}, NULL},
    {"torch", "BFloat16Storage", {"BF16", 2, STORED_BF16}, NULL},
    {"torch", "DoubleStorage", {"F64", 8, STORED_F64}, NULL},
    {"torch", "LongStorage", {"I64", 8, STORED_LEFT_OUT}, NULL},
    {"torch", "IntStorage", {"I32", 4, STORED_LEFT_OUT}, NULL},
    {"torch", "ShortStorage", {"I16", 2, STORED_LEFT_OUT}, NULL},
    {"torch", "CharStorage", {"I8", 1, STORED_LEFT_OUT}, NULL},
    {"torch", "ByteStorage", {"U8", 1, STORED_LEFT_OUT}, NULL},
    {"torch", "BoolStorage", {"BOOL", 1, STORED_LEFT_OUT}, NULL},
};
enum { GLOBALS = sizeof globals / sizeof *globals };

/* Names from the file go to the terminal: only what names are made of. */
static void printable(char *out, size_t size, const char *name, size_t length)
{
    size_t i = 0;
    for (; i < length && i + 1 < size; i++)
        out[i] = (char)(name[i] > ' ' && name[i] < 127 ? name[i] : '?');
    out[i] = 0;
}

static int refuse(const struct machine *m, const char *module, size_t module_length,
                  const char *name, size_t name_length)
{
    char in[80], what[80];
    printable(in, sizeof in, module, module_length);
    printable(what, sizeof what, name, name_length);
    if (strcmp(in, "torch") == 0 && strstr(what, "Storage"))
        return status_fail(m->st, STATUS_UNSUPPORTED,
                           "%s: holds a torch.%s; floats and integers are read", m->file, what);
    return status_fail(
        m->st, STATUS_UNSUPPORTED,
        "%s: the pickle calls %s.%s, which a weight file has no business to call; only "
        "state dicts are read (torch.save(model.state_dict(), ...))",
        m->file, in, what);
}

int pickle_global(struct machine *m, const char *module, size_t module_length, const char *name,
                  size_t name_length, struct value *out)
{
    for (size_t i = 0; i < GLOBALS; i++) {
        const struct global *g = &globals[i];
        if (strlen(g->module) == module_length && memcmp(g->module, module, module_length) == 0 &&
            strlen(g->name) == name_length && memcmp(g->name, name, name_length) == 0) {
            *out = (struct value){.kind = VALUE_GLOBAL, .index = i};
            return 0;
        }
    }
    return refuse(m, module, module_length, name, name_length);
}

int pickle_call(struct machine *m, const struct value *function, const struct value *arguments,
                struct value *out)
{
    if (function->kind != VALUE_GLOBAL || arguments->kind != VALUE_TUPLE)
        return pickle_damaged(m, "something is called that is no function");
    const struct global *g = &globals[function->index];
    if (!g->call)
        return pickle_damaged(m, "it calls a class of storages");
    return g->call(m, items_of(m, arguments), (int)arguments->length, out);
}

int pickle_storage(struct machine *m, const struct value *id, struct value *out)
{
    const struct value *a = id->kind == VALUE_TUPLE ? items_of(m, id) : NULL;
    if (!a || id->length != 5 || !is_text(&a[0], "storage") || a[1].kind != VALUE_GLOBAL ||
        globals[a[1].index].call || a[2].kind != VALUE_TEXT || a[3].kind != VALUE_TEXT ||
        a[4].kind != VALUE_INTEGER)
        return pickle_damaged(m, "a storage is not described as torch.save does");
    struct pickle_tensor *t = pickle_add(m, &m->storages, sizeof *t);
    if (!t)
        return -1;
    *t = (struct pickle_tensor){.key = a[2].text,
                                .key_length = a[2].length,
                                .type = &globals[a[1].index].type,
                                .elements = a[4].integer};
    *out = (struct value){.kind = VALUE_STORAGE, .index = m->storages.count - 1};
    return 0;
}
