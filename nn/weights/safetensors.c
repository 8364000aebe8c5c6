/* Safetensors, read and written.
 *
 * A file is an 8-byte little-endian length, a JSON header of that length and the tensors' bytes:
 *     {"__metadata__": {"format": "pt"}, "NAME": {"dtype": "F32", "shape": [2, 3],
 *      "data_offsets": [0, 24]}, ...}
 * The header is trusted for nothing. Each tensor's shape must agree with its bytes, and the tensors
 * must fill the data without a gap or an overlap: so what is allocated (floats for those bytes, at most
 * twice the file, for F16) is bounded by the size of the file, whatever the header says.
 */
#include "nn/weights/weights.h"

#include "data/file.h"
#include "data/status.h"
#include "nn/weights/json.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "files hold little-endian numbers");

enum {
    HEADER_LIMIT = 8 * 1024 * 1024,
    VALUES_PER_TENSOR = 24, /* an entry has 7 and a dimension each; metadata comes on top */
    METADATA_VALUES = 10000
};

enum kind { KIND_LEFT_OUT, KIND_F32, KIND_F16, KIND_BF16, KIND_F64 };

static const struct dtype {
    const char *name;
    int bytes;
    enum kind kind;
} dtypes[] = {
    {"F32", 4, KIND_F32},      {"F16", 2, KIND_F16},      {"BF16", 2, KIND_BF16},
    {"F64", 8, KIND_F64},      {"I64", 8, KIND_LEFT_OUT}, {"I32", 4, KIND_LEFT_OUT},
    {"I16", 2, KIND_LEFT_OUT}, {"I8", 1, KIND_LEFT_OUT},  {"U64", 8, KIND_LEFT_OUT},
    {"U32", 4, KIND_LEFT_OUT}, {"U16", 2, KIND_LEFT_OUT}, {"U8", 1, KIND_LEFT_OUT},
    {"BOOL", 1, KIND_LEFT_OUT}};

/* One tensor as the header describes it. */
struct entry {
    struct weights_tensor tensor;
    const struct dtype *dtype;
    size_t begin, end; /* in the data */
};

/* ---- the header ---- */

static const struct dtype *find_dtype(const char *name)
{
    for (size_t i = 0; i < sizeof dtypes / sizeof *dtypes; i++)
        if (strcmp(dtypes[i].name, name) == 0)
            return &dtypes[i];
    return NULL;
}

static int read_shape(const cJSON *shape, struct entry *e, const char *file, struct status *st)
{
    const char *name = e->tensor.name;
    if (!cJSON_IsArray(shape))
        return status_fail(st, STATUS_FORMAT, "%s: tensor '%s' has no shape", file, name);
    e->tensor.count = 1;
    const cJSON *item;
    cJSON_ArrayForEach(item, shape)
    {
        double dim;
        if (e->tensor.rank == WEIGHTS_MAX_RANK)
            return status_fail(st, STATUS_LIMIT, "%s: tensor '%s' has more than %d dimensions", file,
                               name, WEIGHTS_MAX_RANK);
        if (!json_integer(item, 0, WEIGHTS_MAX_BYTES, &dim))
            return status_fail(st, STATUS_FORMAT,
                               "%s: tensor '%s' has a dimension that is no size", file, name);
        e->tensor.dims[e->tensor.rank++] = (int64_t)dim;
        e->tensor.count *= (size_t)dim; /* at most 2^30 * 2^30 before the check below */
        if (e->tensor.count > WEIGHTS_MAX_BYTES)
            return status_fail(st, STATUS_FORMAT, "%s: tensor '%s' is larger than its file", file,
                               name);
    }
    return 0;
}

static int read_entry(const cJSON *item, size_t data_size, const char *file, struct entry *e,
                      struct status *st)
{
    const char *name = item->string;
    *e = (struct entry){.tensor.name = name};
    if (name[0] == 0 || strlen(name) > WEIGHTS_MAX_NAME)
        return status_fail(st, STATUS_FORMAT,
                           "%s: a tensor's name is empty or longer than %d bytes", file,
                           WEIGHTS_MAX_NAME);
    const cJSON *dtype = cJSON_GetObjectItemCaseSensitive(item, "dtype");
    if (!cJSON_IsString(dtype))
        return status_fail(st, STATUS_FORMAT, "%s: tensor '%s' has no dtype", file, name);
    e->dtype = find_dtype(dtype->valuestring);
    if (!e->dtype)
        return status_fail(st, STATUS_UNSUPPORTED,
                           "%s: tensor '%s' is of type %.20s; F32, F16, BF16 and F64 are read", file,
                           name, dtype->valuestring);
    if (read_shape(cJSON_GetObjectItemCaseSensitive(item, "shape"), e, file, st) != 0)
        return -1;
    const cJSON *offsets = cJSON_GetObjectItemCaseSensitive(item, "data_offsets");
    double begin, end;
    if (!cJSON_IsArray(offsets) || cJSON_GetArraySize(offsets) != 2 ||
        !json_integer(offsets->child, 0, (double)data_size, &begin) ||
        !json_integer(offsets->child->next, begin, (double)data_size, &end))
        return status_fail(st, STATUS_FORMAT,
                           "%s: tensor '%s' lies outside the file (%zu bytes of data)", file, name,
                           data_size);
    e->begin = (size_t)begin;
    e->end = (size_t)end;
    if (e->end - e->begin != e->tensor.count * (size_t)e->dtype->bytes)
        return status_fail(st, STATUS_FORMAT,
                           "%s: tensor '%s' has %zu bytes, its shape and type ask for %zu", file,
                           name, e->end - e->begin, e->tensor.count * (size_t)e->dtype->bytes);
    return 0;
}

static int compare_begin(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    if (x->begin != y->begin)
        return x->begin < y->begin ? -1 : 1;
    return x->end < y->end ? -1 : x->end > y->end;
}

static int compare_name(const void *a, const void *b)
{
    return strcmp(((const struct entry *)a)->tensor.name, ((const struct entry *)b)->tensor.name);
}

/* No gap, no overlap, no name twice. Leaves the entries sorted by name. */
static int check_entries(struct entry *entries, size_t count, size_t data_size, const char *file,
                         struct status *st)
{
    size_t at = 0;
    qsort(entries, count, sizeof *entries, compare_begin);
    for (size_t i = 0; i < count; at = entries[i].end, i++)
        if (entries[i].begin != at)
            return status_fail(st, STATUS_FORMAT,
                               "%s: tensor '%s' starts at byte %zu of the data, not at %zu where the "
                               "one before it ends",
                               file, entries[i].tensor.name, entries[i].begin, at);
    if (at != data_size)
        return status_fail(st, STATUS_FORMAT, "%s: %zu bytes at its end belong to no tensor", file,
                           data_size - at);
    qsort(entries, count, sizeof *entries, compare_name);
    for (size_t i = 1; i < count; i++)
        if (strcmp(entries[i - 1].tensor.name, entries[i].tensor.name) == 0)
            return status_fail(st, STATUS_FORMAT, "%s: tensor '%s' stands there twice", file,
                               entries[i].tensor.name);
    return 0;
}

static int read_header(const cJSON *root, size_t data_size, const char *file,
                       struct entry **entries, size_t *count, struct status *st)
{
    if (!cJSON_IsObject(root))
        return status_fail(st, STATUS_FORMAT, "%s: its header is not a JSON object", file);
    size_t items = (size_t)cJSON_GetArraySize(root);
    if (items > WEIGHTS_MAX_TENSORS)
        return status_fail(st, STATUS_LIMIT, "%s: has %zu tensors, more than %d", file, items,
                           WEIGHTS_MAX_TENSORS);
    *count = 0;
    *entries = calloc(items + 1, sizeof **entries);
    if (!*entries)
        return status_out_of_memory(st);
    const cJSON *item;
    cJSON_ArrayForEach(item, root)
    {
        if (strcmp(item->string, "__metadata__") == 0)
            continue;
        if (read_entry(item, data_size, file, &(*entries)[*count], st) != 0)
            return -1;
        ++*count;
    }
    return check_entries(*entries, *count, data_size, file, st);
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

static float read_value(const unsigned char *bytes, enum kind kind, size_t i)
{
    uint16_t half;
    float single;
    double twice;
    switch (kind) {
    case KIND_F16:
        memcpy(&half, bytes + 2 * i, 2);
        return from_half(half);
    case KIND_BF16:
        memcpy(&half, bytes + 2 * i, 2);
        return from_bits((uint32_t)half << 16);
    case KIND_F64:
        memcpy(&twice, bytes + 8 * i, 8);
        return fabs(twice) <= 3.4028234e38 ? (float)twice : NAN;
    default:
        memcpy(&single, bytes + 4 * i, 4);
        return single;
    }
}

/* A single NaN would make every prediction NaN: found here, it can be named. */
static int read_values(const struct entry *e, const unsigned char *data, float *values,
                       const char *file, struct status *st)
{
    for (size_t i = 0; i < e->tensor.count; i++) {
        values[i] = read_value(data + e->begin, e->dtype->kind, i);
        if (!isfinite(values[i]))
            return status_fail(st, STATUS_FORMAT,
                               "%s: tensor '%s' holds a value that is not a finite number", file,
                               e->tensor.name);
    }
    return 0;
}

/* Copies what entries describe into memory of `out`: one block, floats first, then the names. */
static int expand(const struct entry *entries, size_t count, const unsigned char *data,
                  const char *file, struct weights *out, struct status *st)
{
    size_t floats = 0, letters = 0, kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (entries[i].dtype->kind == KIND_LEFT_OUT)
            continue;
        floats += entries[i].tensor.count;
        letters += strlen(entries[i].tensor.name) + 1;
        kept++;
    }
    out->tensors = calloc(kept + 1, sizeof *out->tensors);
    out->storage = malloc(floats * sizeof(float) + letters + 1);
    if (!out->tensors || !out->storage)
        return status_fail(st, STATUS_MEMORY, "%s: out of memory for its %zu values", file, floats);
    float *values = out->storage;
    char *names = (char *)(values + floats);
    for (size_t i = 0; i < count; i++) {
        const struct entry *e = &entries[i];
        if (e->dtype->kind == KIND_LEFT_OUT)
            continue;
        if (read_values(e, data, values, file, st) != 0)
            return -1;
        struct weights_tensor *t = &out->tensors[out->count++];
        *t = e->tensor;
        t->values = values;
        t->name = strcpy(names, e->tensor.name);
        values += t->count;
        names += strlen(names) + 1;
    }
    return 0;
}

int weights_read_safetensors(const void *bytes, size_t size, const char *name, struct weights *out,
                             struct status *st)
{
    const unsigned char *file = bytes;
    uint64_t length = 0;
    *out = (struct weights){0};
    if (size >= 8)
        memcpy(&length, file, 8);
    if (size < 10 || file[8] != '{')
        return status_fail(st, STATUS_FORMAT, "%s: is not a safetensors file", name);
    if (length > size - 8)
        return status_fail(st, STATUS_FORMAT,
                           "%s: is cut short: its header says %llu bytes, the file has %zu", name,
                           (unsigned long long)length, size - 8);
    if (length > HEADER_LIMIT)
        return status_fail(st, STATUS_LIMIT, "%s: its header has %llu bytes, more than %d", name,
                           (unsigned long long)length, HEADER_LIMIT);
    size_t data_size = size - 8 - (size_t)length;
    struct entry *entries = NULL;
    size_t count = 0;
    int result = -1;
    cJSON *root = json_parse((const char *)file + 8, (size_t)length, name,
                             VALUES_PER_TENSOR * WEIGHTS_MAX_TENSORS + METADATA_VALUES, st);
    if (root && read_header(root, data_size, name, &entries, &count, st) == 0)
        result = expand(entries, count, file + 8 + length, name, out, st);
    if (result != 0)
        weights_clear(out);
    free(entries);
    cJSON_Delete(root);
    return result;
}

/* ---- writing ---- */

/* cJSON prints whole numbers up to 15 digits exactly; offsets stay below that by far. */
static int add_tensor(cJSON *root, const struct weights_tensor *t, size_t at)
{
    cJSON *entry = cJSON_AddObjectToObject(root, t->name);
    if (!entry || !cJSON_AddStringToObject(entry, "dtype", "F32"))
        return -1;
    cJSON *shape = cJSON_AddArrayToObject(entry, "shape");
    cJSON *offsets = cJSON_AddArrayToObject(entry, "data_offsets");
    if (!shape || !offsets)
        return -1;
    for (int i = 0; i < t->rank; i++)
        if (!cJSON_AddItemToArray(shape, cJSON_CreateNumber((double)t->dims[i])))
            return -1;
    return cJSON_AddItemToArray(offsets, cJSON_CreateNumber((double)at)) &&
                   cJSON_AddItemToArray(offsets, cJSON_CreateNumber((double)(at + 4 * t->count)))
               ? 0
               : -1;
}

static char *make_header(const struct weights_tensor *tensors, size_t count)
{
    char *text = NULL;
    size_t at = 0;
    cJSON *root = cJSON_CreateObject();
    cJSON *metadata = root ? cJSON_AddObjectToObject(root, "__metadata__") : NULL;
    if (!metadata || !cJSON_AddStringToObject(metadata, "format", "pt"))
        goto out;
    for (size_t i = 0; i < count; at += 4 * tensors[i].count, i++)
        if (add_tensor(root, &tensors[i], at) != 0)
            goto out;
    text = cJSON_PrintUnformatted(root);
out:
    cJSON_Delete(root);
    return text;
}

int weights_write_safetensors(const char *path, const struct weights_tensor *tensors, size_t count,
                              struct status *st)
{
    char *header = make_header(tensors, count);
    if (!header)
        return status_out_of_memory(st);
    size_t letters = strlen(header), padding = (8 - letters % 8) % 8;
    uint64_t length = letters + padding; /* so that the numbers lie at a multiple of 8 */
    struct file_writer w;
    int result = file_writer_open(&w, path, st);
    if (result == 0) {
        fwrite(&length, 8, 1, w.stream);
        fwrite(header, 1, letters, w.stream);
        fwrite("       ", 1, padding, w.stream);
        for (size_t i = 0; i < count; i++)
            fwrite(tensors[i].values, sizeof(float), tensors[i].count, w.stream);
        result = file_writer_commit(&w, st); /* finds the errors of all the writes above */
    }
    cJSON_free(header);
    return result;
}
