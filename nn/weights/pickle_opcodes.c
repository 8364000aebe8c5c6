/* The opcodes of a pickle that a state dict needs, and what each does with the stack. */
#include "nn/weights/pickle_parts.h"

#include <string.h>

/* ---- the stack ---- */

static int push(struct machine *m, struct value v)
{
    struct value *top = pickle_add(m, &m->stack, sizeof *top);
    if (!top)
        return -1;
    *top = v;
    return 0;
}

/* The topmost `count` values (1 or more), the deepest first; NULL when there are not so many above
 * the last mark. */
static struct value *top(struct machine *m, size_t count)
{
    struct value *stack = m->stack.items;
    size_t end = m->stack.count, i = 0;
    while (i < count && i < end && stack[end - 1 - i].kind != VALUE_MARK)
        i++;
    if (i == count)
        return stack + (end - count);
    pickle_damaged(m, "its stack is empty");
    return NULL;
}

/* What lies above the last mark: *count values. The mark and these are taken from the stack, but
 * stay valid until something is pushed. */
static struct value *pop_to_mark(struct machine *m, size_t *count)
{
    struct value *stack = m->stack.items;
    for (size_t i = m->stack.count; i > 0; i--)
        if (stack[i - 1].kind == VALUE_MARK) {
            *count = m->stack.count - i;
            m->stack.count = i - 1;
            return stack + i;
        }
    pickle_damaged(m, "a mark is missing");
    return NULL;
}

/* ---- the opcodes ---- */

static int run_protocol(struct machine *m, const struct operand *o)
{
    if (o->number < 2 || o->number > 5)
        return pickle_damaged(m, "protocols 2 to 5 are read, this is another");
    return 0;
}

static int run_frame(struct machine *m, const struct operand *o)
{
    (void)m, (void)o; /* a hint for reading in pieces */
    return 0;
}

static int run_stop(struct machine *m, const struct operand *o)
{
    (void)o;
    m->stopped = 1;
    return 0;
}

/* A value of which only the kind is of interest. */
static int run_plain(struct machine *m, const struct operand *o)
{
    return push(m, (struct value){.kind = (uint32_t)o->number});
}

static int run_float(struct machine *m, const struct operand *o)
{
    (void)o;
    return push(m, (struct value){.kind = VALUE_FLOAT});
}

static int run_integer(struct machine *m, const struct operand *o)
{
    return push(m, (struct value){.kind = VALUE_INTEGER, .integer = o->number});
}

/* Little-endian, two's complement, as short as can be. */
static int run_long(struct machine *m, const struct operand *o)
{
    uint64_t value = 0;
    if (o->length > 8)
        return pickle_damaged(m, "a number has more than 64 bits");
    for (size_t i = 0; i < o->length; i++)
        value |= (uint64_t)(unsigned char)o->bytes[i] << 8 * i;
    if (o->length > 0 && o->length < 8 && o->bytes[o->length - 1] & 0x80)
        value |= UINT64_MAX << 8 * o->length;
    return push(m, (struct value){.kind = VALUE_INTEGER, .integer = (int64_t)value});
}

static int run_text(struct machine *m, const struct operand *o)
{
    return push(
        m, (struct value){.kind = VALUE_TEXT, .length = (uint32_t)o->length, .text = o->bytes});
}

static int run_dict(struct machine *m, const struct operand *o)
{
    struct dict *d = pickle_add(m, &m->dicts, sizeof *d);
    (void)o;
    if (!d)
        return -1;
    d->first = d->last = NO_PAIR;
    return push(m, (struct value){.kind = VALUE_DICT, .index = m->dicts.count - 1});
}

/* Replaces the topmost values by a tuple of them. */
static int make_tuple(struct machine *m, const struct value *values, size_t count)
{
    size_t first = m->items.count;
    for (size_t i = 0; i < count; i++) {
        struct value *item = pickle_add(m, &m->items, sizeof *item);
        if (!item)
            return -1;
        *item = values[i];
    }
    return push(m, (struct value){.kind = VALUE_TUPLE, .length = (uint32_t)count, .index = first});
}

static int run_short_tuple(struct machine *m, const struct operand *o)
{
    size_t count = (size_t)o->number;
    if (count == 0)
        return push(m, (struct value){.kind = VALUE_TUPLE});
    const struct value *values = top(m, count);
    if (!values)
        return -1;
    m->stack.count -= count;
    return make_tuple(m, values, count);
}

static int run_tuple(struct machine *m, const struct operand *o)
{
    size_t count;
    const struct value *values = pop_to_mark(m, &count);
    (void)o;
    return values ? make_tuple(m, values, count) : -1;
}

static int run_append(struct machine *m, const struct operand *o)
{
    const struct value *v = top(m, 2);
    (void)o;
    if (!v || v[0].kind != VALUE_LIST)
        return v ? pickle_damaged(m, "something is appended to what is no list") : -1;
    m->stack.count--;
    return 0;
}

static int run_appends(struct machine *m, const struct operand *o)
{
    size_t count;
    (void)o;
    if (!pop_to_mark(m, &count))
        return -1;
    const struct value *list = top(m, 1);
    if (list && list->kind != VALUE_LIST)
        return pickle_damaged(m, "something is appended to what is no list");
    return list ? 0 : -1;
}

static int set_items(struct machine *m, const struct value *dict, const struct value *values,
                     size_t count)
{
    if (dict->kind != VALUE_DICT || count % 2)
        return pickle_damaged(m, "something is set in what is no dictionary");
    struct dict *d = (struct dict *)m->dicts.items + dict->index;
    for (size_t i = 0; i < count; i += 2) {
        struct pair *p = pickle_add(m, &m->pairs, sizeof *p);
        if (!p)
            return -1;
        *p = (struct pair){values[i], values[i + 1], NO_PAIR};
        if (d->last == NO_PAIR)
            d->first = m->pairs.count - 1;
        else
            ((struct pair *)m->pairs.items)[d->last].next = m->pairs.count - 1;
        d->last = m->pairs.count - 1;
    }
    return 0;
}

static int run_set_item(struct machine *m, const struct operand *o)
{
    const struct value *v = top(m, 3);
    (void)o;
    if (!v)
        return -1;
    m->stack.count -= 2;
    return set_items(m, v, v + 1, 2);
}

static int run_set_items(struct machine *m, const struct operand *o)
{
    size_t count;
    const struct value *values = pop_to_mark(m, &count);
    const struct value *dict = values ? top(m, 1) : NULL;
    (void)o;
    return dict ? set_items(m, dict, values, count) : -1;
}

/* Python's reader takes any numbers; its writer counts, and so the memo has no holes. */
static int put(struct machine *m, int64_t number)
{
    const struct value *v = top(m, 1);
    if (!v)
        return -1;
    if (number < 0 || (uint64_t)number > m->memo.count)
        return pickle_damaged(m, "it remembers values out of order");
    if ((uint64_t)number == m->memo.count && !pickle_add(m, &m->memo, sizeof *v))
        return -1;
    ((struct value *)m->memo.items)[number] = *v;
    return 0;
}

static int run_put(struct machine *m, const struct operand *o)
{
    return put(m, o->number);
}

static int run_memoize(struct machine *m, const struct operand *o)
{
    (void)o;
    return put(m, (int64_t)m->memo.count);
}

static int run_get(struct machine *m, const struct operand *o)
{
    if (o->number < 0 || (uint64_t)o->number >= m->memo.count)
        return pickle_damaged(m, "it uses a value that it has not remembered");
    return push(m, ((const struct value *)m->memo.items)[o->number]);
}

static int run_global(struct machine *m, const struct operand *o)
{
    struct value v;
    if (pickle_global(m, o->bytes, o->length, o->second, o->second_length, &v) != 0)
        return -1;
    return push(m, v);
}

/* Calls by name what the stack holds arguments for: protocol 2 does it with R. */
static int run_instance(struct machine *m, const struct operand *o)
{
    struct value v;
    if (pickle_global(m, o->bytes, o->length, o->second, o->second_length, &v) != 0)
        return -1;
    return pickle_damaged(m, "it makes objects as torch.save does not");
}

static int run_stack_global(struct machine *m, const struct operand *o)
{
    struct value *v = top(m, 2);
    (void)o;
    if (!v || v[0].kind != VALUE_TEXT || v[1].kind != VALUE_TEXT)
        return v ? pickle_damaged(m, "a function has no name") : -1;
    m->stack.count--;
    return pickle_global(m, v[0].text, v[0].length, v[1].text, v[1].length, &v[0]);
}

static int run_reduce(struct machine *m, const struct operand *o)
{
    struct value *v = top(m, 2);
    (void)o;
    if (!v)
        return -1;
    m->stack.count--;
    return pickle_call(m, &v[0], &v[1], &v[0]);
}

/* Attributes of a state dict: _metadata, which says which versions of layers wrote it. */
static int run_build(struct machine *m, const struct operand *o)
{
    const struct value *v = top(m, 2);
    (void)o;
    if (!v || v[0].kind != VALUE_DICT || v[1].kind != VALUE_DICT)
        return v ? pickle_damaged(m, "attributes are set of what is no state dict") : -1;
    m->stack.count--;
    return 0;
}

static int run_persistent(struct machine *m, const struct operand *o)
{
    struct value *v = top(m, 1);
    (void)o;
    return v ? pickle_storage(m, v, v) : -1;
}

const struct opcode pickle_opcodes[] = {
    {0x80, BYTES, 1, run_protocol},
    {0x95, BYTES, 8, run_frame},
    {'.', NOTHING, 0, run_stop},
    {'(', NOTHING, VALUE_MARK, run_plain},
    {'N', NOTHING, VALUE_NONE, run_plain},
    {0x88, NOTHING, VALUE_BOOL, run_plain},
    {0x89, NOTHING, VALUE_BOOL, run_plain},
    {'K', BYTES, 1, run_integer},
    {'M', BYTES, 2, run_integer},
    {'J', SIGNED, 4, run_integer},
    {0x8a, SIZE_AND_BYTES, 1, run_long},
    {'G', BYTES, 8, run_float},
    {'X', SIZE_AND_BYTES, 4, run_text},
    {0x8c, SIZE_AND_BYTES, 1, run_text},
    {0x8d, SIZE_AND_BYTES, 8, run_text},
    {')', NOTHING, 0, run_short_tuple},
    {0x85, NOTHING, 1, run_short_tuple},
    {0x86, NOTHING, 2, run_short_tuple},
    {0x87, NOTHING, 3, run_short_tuple},
    {'t', NOTHING, 0, run_tuple},
    {']', NOTHING, VALUE_LIST, run_plain},
    {'a', NOTHING, 0, run_append},
    {'e', NOTHING, 0, run_appends},
    {'}', NOTHING, 0, run_dict},
    {'s', NOTHING, 0, run_set_item},
    {'u', NOTHING, 0, run_set_items},
    {'q', BYTES, 1, run_put},
    {'r', BYTES, 4, run_put},
    {0x94, NOTHING, 0, run_memoize},
    {'h', BYTES, 1, run_get},
    {'j', BYTES, 4, run_get},
    {'c', LINES, 0, run_global},
    {'i', LINES, 0, run_instance},
    {0x93, NOTHING, 0, run_stack_global},
    {'R', NOTHING, 0, run_reduce},
    {'b', NOTHING, 0, run_build},
    {'Q', NOTHING, 0, run_persistent},
    {0},
};
