#include "nn/params.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/status.h"

enum { ALIGN = 16, PARAMS_MAX = 20000 };
/* A network of 2 GMac has far fewer; the bound keeps sizes from outside from overflowing. */
static const size_t total_max = (size_t)1 << 28;

int params_add(struct params *p, const char *name, enum param_kind kind, int rank, const int *dims,
               struct status *st)
{
    struct param q = {.kind = kind, .rank = rank, .count = 1, .offset = p->total};
    if (strlen(name) >= sizeof q.name || rank < 0 || rank > 4 || p->count == PARAMS_MAX)
        return status_fail(st, STATUS_LIMIT, "too many parameters, or too long a name: %s", name);
    strcpy(q.name, name);
    for (int i = 0; i < rank; i++) {
        if (dims[i] < 1 || q.count > total_max / (size_t)dims[i])
            return status_fail(st, STATUS_LIMIT, "parameter %s is too large", name);
        q.dims[i] = dims[i];
        q.count *= (size_t)dims[i];
    }
    size_t end = p->total + (q.count + ALIGN - 1) / ALIGN * ALIGN;
    if (end > total_max)
        return status_fail(st, STATUS_LIMIT, "the network has too many parameters (at %s)", name);
    if ((p->count & (p->count - 1)) == 0) { /* a power of two: double */
        size_t capacity = p->count ? 2 * (size_t)p->count : 16;
        if (p->count == 0 || p->count >= 16) {
            struct param *list = realloc(p->list, capacity * sizeof *list);
            if (!list)
                return status_out_of_memory(st);
            p->list = list;
        }
    }
    p->list[p->count] = q;
    p->total = end;
    return p->count++;
}

int params_allocate(struct params *p, struct status *st)
{
    size_t bytes = (p->total + ALIGN) * sizeof *p->values;
    p->values = aligned_alloc(64, (bytes + 63) / 64 * 64);
    if (!p->values)
        return status_out_of_memory(st);
    memset(p->values, 0, bytes);
    return 0;
}

int params_find(const struct params *p, const char *name)
{
    for (int i = 0; i < p->count; i++)
        if (strcmp(p->list[i].name, name) == 0)
            return i;
    return -1;
}

int params_is_trained(enum param_kind kind)
{
    return kind != PARAM_BN_MEAN && kind != PARAM_BN_VAR;
}

size_t params_trained_count(const struct params *p)
{
    size_t count = 0;
    for (int i = 0; i < p->count; i++)
        if (params_is_trained(p->list[i].kind))
            count += p->list[i].count;
    return count;
}

int params_copy(const struct params *from, struct params *to, struct status *st)
{
    *to = (struct params){.count = from->count, .total = from->total};
    to->list = malloc((size_t)(from->count ? from->count : 1) * sizeof *to->list);
    if (!to->list)
        return status_out_of_memory(st);
    memcpy(to->list, from->list, (size_t)from->count * sizeof *to->list);
    if (!from->values)
        return 0;
    if (params_allocate(to, st) != 0) {
        params_clear(to);
        return -1;
    }
    memcpy(to->values, from->values, from->total * sizeof *to->values);
    return 0;
}

void params_clear(struct params *p)
{
    free(p->list);
    free(p->values);
    *p = (struct params){0};
}
