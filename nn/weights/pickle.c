/* Pickles of state dicts, read.
 *
 * A pickle is a program for a stack machine. Each opcode is one byte, followed by its operand; it
 * pushes a value, or puts together what lies on the stack: `(` marks a place and `t` makes a tuple
 * of all above it. `q` remembers the value on top under a number, `h` pushes it again. `c` names a
 * function, `R` calls it. pickle_opcodes.c has a table of all that are known here.
 *
 * Values are small and copied; dictionaries, which change after they were remembered, are numbers
 * of items in a pile. Nothing is ever taken from a pile but the stack: a pickle's size bounds them
 * all.
 */
#include "nn/weights/pickle.h"

#include "data/status.h"
#include "nn/weights/pickle_parts.h"
#include "nn/weights/stored.h"

#include <stdlib.h>
#include <string.h>

int pickle_damaged(const struct machine *m, const char *how)
{
    return status_fail(m->st, STATUS_FORMAT, "%s: its pickle is damaged at byte %zu: %s", m->file,
                       m->at, how);
}

void *pickle_add(struct machine *m, struct pile *p, size_t item_size)
{
    if (p->count == p->capacity) {
        size_t capacity = p->capacity ? 2 * p->capacity : 32;
        if (capacity * item_size > PICKLE_MAX_PILE) {
            status_fail(m->st, STATUS_LIMIT, "%s: its pickle holds too many values", m->file);
            return NULL;
        }
        void *items = realloc(p->items, capacity * item_size);
        if (!items) {
            status_out_of_memory(m->st);
            return NULL;
        }
        p->items = items;
        p->capacity = capacity;
    }
    return memset((char *)p->items + item_size * p->count++, 0, item_size);
}

/* ---- running ---- */

/* `length` bytes of the pickle, or NULL. */
static const char *take(struct machine *m, uint64_t length)
{
    if (length > m->size - m->at) {
        pickle_damaged(m, "it is cut short");
        return NULL;
    }
    m->at += (size_t)length;
    return (const char *)m->bytes + m->at - length;
}

static const char *take_line(struct machine *m, size_t *length)
{
    const unsigned char *start = m->bytes + m->at, *end = memchr(start, '\n', m->size - m->at);
    if (!end) {
        pickle_damaged(m, "it is cut short");
        return NULL;
    }
    *length = (size_t)(end - start);
    m->at += *length + 1;
    return (const char *)start;
}

static int take_number(struct machine *m, size_t size, uint64_t *value)
{
    const char *bytes = take(m, size);
    *value = 0;
    if (bytes)
        memcpy(value, bytes, size);
    return bytes ? 0 : -1;
}

static int take_operand(struct machine *m, const struct opcode *code, struct operand *o)
{
    uint64_t number = 0;
    *o = (struct operand){.number = code->size};
    if (code->kind == NOTHING)
        return 0;
    if (code->kind == LINES) {
        o->bytes = take_line(m, &o->length);
        o->second = o->bytes ? take_line(m, &o->second_length) : NULL;
        return o->second ? 0 : -1;
    }
    if (take_number(m, code->size, &number) != 0)
        return -1;
    o->number = code->kind == SIGNED ? (int32_t)(uint32_t)number : (int64_t)number;
    if (code->kind != SIZE_AND_BYTES)
        return 0;
    o->bytes = take(m, number);
    o->length = (size_t)number;
    return o->bytes ? 0 : -1;
}

static int unknown_opcode(const struct machine *m, unsigned char code)
{
    return status_fail(m->st, STATUS_UNSUPPORTED,
                       "%s: its pickle holds opcode 0x%02x at byte %zu, which no state dict needs",
                       m->file, code, m->at - 1);
}

static int run(struct machine *m)
{
    if (m->size == 0 || m->bytes[0] != pickle_opcodes[0].code)
        return pickle_damaged(m, "it does not say its protocol");
    while (!m->stopped) {
        const unsigned char *code = (const unsigned char *)take(m, 1);
        if (!code)
            return -1;
        const struct opcode *known = pickle_opcodes;
        while (known->run && known->code != *code)
            known++;
        if (!known->run)
            return unknown_opcode(m, *code);
        struct operand o;
        if (take_operand(m, known, &o) != 0 || known->run(m, &o) != 0)
            return -1;
    }
    return 0;
}

/* ---- the result ---- */

static const struct pair *first_pair(const struct machine *m, const struct value *dict)
{
    size_t first = ((const struct dict *)m->dicts.items)[dict->index].first;
    return first == NO_PAIR ? NULL : (const struct pair *)m->pairs.items + first;
}

static const struct pair *next_pair(const struct machine *m, const struct pair *p)
{
    return p->next == NO_PAIR ? NULL : (const struct pair *)m->pairs.items + p->next;
}

/* The dictionary under that name in another, or NULL. */
static const struct value *find_dict(const struct machine *m, const struct value *dict,
                                     const char *name)
{
    for (const struct pair *p = first_pair(m, dict); p; p = next_pair(m, p))
        if (p->key.kind == VALUE_TEXT && p->key.length == strlen(name) &&
            memcmp(p->key.text, name, p->key.length) == 0 && p->value.kind == VALUE_DICT)
            return &p->value;
    return NULL;
}

static int copy_tensor(const struct machine *m, const struct pair *p, struct pickle_tensor *out)
{
    if (p->key.kind != VALUE_TEXT)
        return status_fail(m->st, STATUS_FORMAT, "%s: a tensor has no name", m->file);
    if (stored_check_name(p->key.text, p->key.length, m->file, m->st) != 0)
        return -1;
    if (p->value.kind != VALUE_TENSOR)
        return status_fail(m->st, STATUS_FORMAT,
                           "%s: '%.*s' is no tensor; a state dict is looked for at the top, in "
                           "'state_dict' and in 'model'",
                           m->file, (int)p->key.length, p->key.text);
    *out = ((const struct pickle_tensor *)m->tensors.items)[p->value.index];
    out->name = p->key.text;
    out->name_length = p->key.length;
    return 0;
}

static int copy_tensors(const struct machine *m, struct pickle_tensor **tensors, size_t *count)
{
    const struct value *root = m->stack.items, *dict = NULL;
    if (m->stack.count != 1 || root->kind != VALUE_DICT)
        return status_fail(m->st, STATUS_FORMAT, "%s: holds no state dict", m->file);
    if (!(dict = find_dict(m, root, "state_dict")) && !(dict = find_dict(m, root, "model")))
        dict = root;
    size_t all = 0;
    for (const struct pair *p = first_pair(m, dict); p; p = next_pair(m, p))
        all++;
    if (all > WEIGHTS_MAX_TENSORS)
        return status_fail(m->st, STATUS_LIMIT, "%s: has %zu tensors, more than %d", m->file, all,
                           WEIGHTS_MAX_TENSORS);
    *tensors = calloc(all + 1, sizeof **tensors);
    if (!*tensors)
        return status_out_of_memory(m->st);
    for (const struct pair *p = first_pair(m, dict); p; p = next_pair(m, p), ++*count)
        if (copy_tensor(m, p, &(*tensors)[*count]) != 0)
            return -1;
    return 0;
}

int pickle_read(const unsigned char *bytes, size_t size, const char *file,
                struct pickle_tensor **tensors, size_t *count, struct status *st)
{
    struct machine m = {.bytes = bytes, .size = size, .file = file, .st = st};
    int result = -1;
    *tensors = NULL;
    *count = 0;
    if (size > PICKLE_MAX_BYTES)
        status_fail(st, STATUS_LIMIT, "%s: its pickle has %zu bytes, more than %d", file, size,
                    PICKLE_MAX_BYTES);
    else if (run(&m) == 0)
        result = copy_tensors(&m, tensors, count);
    if (result != 0) {
        free(*tensors);
        *tensors = NULL;
        *count = 0;
    }
    struct pile *const piles[] = {&m.stack, &m.memo,     &m.items,  &m.dicts,
                                  &m.pairs, &m.storages, &m.tensors};
    for (size_t i = 0; i < sizeof piles / sizeof *piles; i++)
        free(piles[i]->items);
    return result;
}
