#include "nn/weights/stored.h"

#include "data/bfloat16.h"
#include "data/status.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "files hold little-endian numbers");

void stored_set_contiguous(struct stored *s)
{
    size_t stride = 1;
    for (int k = s->tensor.rank - 1; k >= 0; k--) {
        s->strides[k] = stride;
        stride *= (size_t)s->tensor.dims[k];
    }
}

int stored_check_name(const char *name, size_t length, const char *file, struct status *st)
{
    if (length == 0 || length > WEIGHTS_MAX_NAME)
        return status_fail(st, STATUS_FORMAT,
                           "%s: a tensor's name is empty or longer than %d bytes", file,
                           WEIGHTS_MAX_NAME);
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)name[i] < ' ' || name[i] == 127)
            return status_fail(st, STATUS_FORMAT, "%s: a tensor's name holds control characters",
                               file);
    return 0;
}

int stored_add_dim(struct stored *s, int64_t dim, const char *file, struct status *st)
{
    struct weights_tensor *t = &s->tensor;
    if (t->rank == WEIGHTS_MAX_RANK)
        return status_fail(st, STATUS_LIMIT, "%s: tensor '%s' has more than %d dimensions", file,
                           t->name, WEIGHTS_MAX_RANK);
    if (dim < 0 || dim > WEIGHTS_MAX_BYTES)
        return status_fail(st, STATUS_FORMAT, "%s: tensor '%s' has a dimension that is no size",
                           file, t->name);
    t->dims[t->rank++] = dim;
    t->count *= (size_t)dim; /* at most 2^30 * 2^30 before the check below */
    if (t->count > WEIGHTS_MAX_BYTES)
        return status_fail(st, STATUS_FORMAT, "%s: tensor '%s' is larger than its file", file,
                           t->name);
    return 0;
}

static int compare_name(const void *a, const void *b)
{
    return strcmp(((const struct stored *)a)->tensor.name, ((const struct stored *)b)->tensor.name);
}

int stored_sort(struct stored *list, size_t count, const char *file, struct status *st)
{
    qsort(list, count, sizeof *list, compare_name);
    for (size_t i = 1; i < count; i++)
        if (strcmp(list[i - 1].tensor.name, list[i].tensor.name) == 0)
            return status_fail(st, STATUS_FORMAT, "%s: tensor '%s' stands there twice", file,
                               list[i].tensor.name);
    return 0;
}

/* ---- the numbers ---- */

static float from_bits(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static float from_half(uint16_t half)
{
    uint32_t sign = (uint32_t)(half & 0x8000) << 16, exponent = (half >> 10) & 31;
    uint32_t fraction = half & 1023;
    if (exponent == 31)
        return from_bits(sign | 0x7F800000u | fraction << 13);
    if (exponent == 0) { /* 0 and subnormals: fraction * 2^-24 */
        float value = (float)fraction * 0x1p-24f;
        return sign ? -value : value;
    }
    return from_bits(sign | (exponent + 112) << 23 | fraction << 13);
}

static float read_value(const unsigned char *bytes, enum stored_kind kind, size_t i)
{
    uint16_t half;
    float single;
    double twice;
    switch (kind) {
    case STORED_F16: memcpy(&half, bytes + 2 * i, 2); return from_half(half);
    case STORED_BF16: memcpy(&half, bytes + 2 * i, 2); return bfloat16_to(half);
    case STORED_F64:
        memcpy(&twice, bytes + 8 * i, 8);
        return fabs(twice) <= 3.4028234e38 ? (float)twice : NAN;
    default: memcpy(&single, bytes + 4 * i, 4); return single;
    }
}

/* Counts through the indices as an odometer does, the last one fastest. */
static int read_values(const struct stored *s, float *values, const char *file, struct status *st)
{
    const struct weights_tensor *t = &s->tensor;
    int64_t index[WEIGHTS_MAX_RANK] = {0};
    size_t at = 0;
    for (size_t i = 0; i < t->count; i++) {
        values[i] = read_value(s->bytes, s->type->kind, at);
        if (!isfinite(values[i]))
            return status_fail(st, STATUS_FORMAT,
                               "%s: tensor '%s' holds a value that is not a finite number", file,
                               t->name);
        for (int k = t->rank - 1; k >= 0; k--) {
            at += s->strides[k];
            if (++index[k] < t->dims[k])
                break;
            at -= s->strides[k] * (size_t)t->dims[k];
            index[k] = 0;
        }
    }
    return 0;
}

/* One block: floats first, then the names. */
int stored_expand(const struct stored *list, size_t count, const char *file, struct weights *out,
                  struct status *st)
{
    size_t floats = 0, letters = 0, kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (list[i].type->kind == STORED_LEFT_OUT)
            continue;
        floats += list[i].tensor.count;
        letters += strlen(list[i].tensor.name) + 1;
        kept++;
    }
    out->tensors = calloc(kept + 1, sizeof *out->tensors);
    out->storage = malloc(floats * sizeof(float) + letters + 1);
    if (!out->tensors || !out->storage)
        return status_fail(st, STATUS_MEMORY, "%s: out of memory for its %zu values", file, floats);
    float *values = out->storage;
    char *names = (char *)(values + floats);
    for (size_t i = 0; i < count; i++) {
        if (list[i].type->kind == STORED_LEFT_OUT)
            continue;
        if (read_values(&list[i], values, file, st) != 0)
            return -1;
        struct weights_tensor *t = &out->tensors[out->count++];
        *t = list[i].tensor;
        t->values = values;
        t->name = strcpy(names, list[i].tensor.name);
        values += t->count;
        names += strlen(names) + 1;
    }
    return 0;
}
