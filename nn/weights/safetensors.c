/* Safetensors, read and written.
 *
 * A file is an 8-byte little-endian length, a JSON header of that length and the tensors' bytes:
 *     {"__metadata__": {"format": "pt"}, "NAME": {"dtype": "F32", "shape": [2, 3],
 *      "data_offsets": [0, 24]}, ...}
 * The header is trusted for nothing. Each tensor's shape must agree with its bytes, and the tensors
 * must fill the data without a gap or an overlap: so what is allocated (floats for those bytes, at
 * most twice the file, for F16) is bounded by the size of the file, whatever the header says.
 */
#include "nn/weights/weights.h"

#include "data/file.h"
#include "data/status.h"
#include "nn/weights/json.h"
#include "nn/weights/stored.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    HEADER_LIMIT = 8 * 1024 * 1024,
    VALUES_PER_TENSOR = 24, /* an entry has 7 and a dimension each; metadata comes on top */
    METADATA_VALUES = 10000
};

/* What follows the header. */
struct data {
    const unsigned char *bytes;
    size_t size;
};

static const struct stored_type types[] = {
    {"F32", 4, STORED_F32},      {"F16", 2, STORED_F16},      {"BF16", 2, STORED_BF16},
    {"F64", 8, STORED_F64},      {"I64", 8, STORED_LEFT_OUT}, {"I32", 4, STORED_LEFT_OUT},
    {"I16", 2, STORED_LEFT_OUT}, {"I8", 1, STORED_LEFT_OUT},  {"U64", 8, STORED_LEFT_OUT},
    {"U32", 4, STORED_LEFT_OUT}, {"U16", 2, STORED_LEFT_OUT}, {"U8", 1, STORED_LEFT_OUT},
    {"BOOL", 1, STORED_LEFT_OUT}};

/* ---- the header ---- */

static const struct stored_type *find_type(const char *name)
{
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strcmp(types[i].name, name) == 0)
            return &types[i];
    return NULL;
}

static int read_shape(const cJSON *shape, struct stored *s, const char *file, struct status *st)
{
    if (!cJSON_IsArray(shape))
        return status_fail(st, STATUS_FORMAT, "%s: tensor '%s' has no shape", file, s->tensor.name);
    s->tensor.count = 1;
    const cJSON *item;
    cJSON_ArrayForEach(item, shape)
    {
        double dim;
        if (!json_integer(item, 0, WEIGHTS_MAX_BYTES, &dim))
            dim = -1;
        if (stored_add_dim(s, (int64_t)dim, file, st) != 0)
            return -1;
    }
    stored_set_contiguous(s);
    return 0;
}

static size_t bytes_of(const struct stored *s)
{
    return s->tensor.count * (size_t)s->type->bytes;
}

static int read_place(const cJSON *offsets, const struct data *data, struct stored *s,
                      const char *file, struct status *st)
{
    double begin, end;
    if (!cJSON_IsArray(offsets) || cJSON_GetArraySize(offsets) != 2 ||
        !json_integer(offsets->child, 0, (double)data->size, &begin) ||
        !json_integer(offsets->child->next, begin, (double)data->size, &end))
        return status_fail(st, STATUS_FORMAT,
                           "%s: tensor '%s' lies outside the file (%zu bytes of data)", file,
                           s->tensor.name, data->size);
    if ((size_t)(end - begin) != bytes_of(s))
        return status_fail(st, STATUS_FORMAT,
                           "%s: tensor '%s' has %zu bytes, its shape and type ask for %zu", file,
                           s->tensor.name, (size_t)(end - begin), bytes_of(s));
    s->bytes = data->bytes + (size_t)begin;
    return 0;
}

static int read_entry(const cJSON *item, const struct data *data, const char *file,
                      struct stored *s, struct status *st)
{
    const char *name = item->string;
    *s = (struct stored){.tensor.name = name};
    if (stored_check_name(name, strlen(name), file, st) != 0)
        return -1;
    const cJSON *dtype = cJSON_GetObjectItemCaseSensitive(item, "dtype");
    if (!cJSON_IsString(dtype))
        return status_fail(st, STATUS_FORMAT, "%s: tensor '%s' has no dtype", file, name);
    s->type = find_type(dtype->valuestring);
    if (!s->type)
        return status_fail(st, STATUS_UNSUPPORTED,
                           "%s: tensor '%s' is of type %.20s; F32, F16, BF16 and F64 are read",
                           file, name, dtype->valuestring);
    if (read_shape(cJSON_GetObjectItemCaseSensitive(item, "shape"), s, file, st) != 0)
        return -1;
    return read_place(cJSON_GetObjectItemCaseSensitive(item, "data_offsets"), data, s, file, st);
}

static int compare_place(const void *a, const void *b)
{
    const struct stored *x = a, *y = b;
    if (x->bytes != y->bytes)
        return x->bytes < y->bytes ? -1 : 1;
    return bytes_of(x) < bytes_of(y) ? -1 : bytes_of(x) > bytes_of(y);
}

/* No gap, no overlap. */
static int check_places(struct stored *list, size_t count, const struct data *data,
                        const char *file, struct status *st)
{
    const unsigned char *at = data->bytes, *end = data->bytes + data->size;
    qsort(list, count, sizeof *list, compare_place);
    for (size_t i = 0; i < count; at = list[i].bytes + bytes_of(&list[i]), i++)
        if (list[i].bytes != at)
            return status_fail(
                st, STATUS_FORMAT,
                "%s: tensor '%s' starts at byte %zu of the data, not at %zu where the "
                "one before it ends",
                file, list[i].tensor.name, (size_t)(list[i].bytes - data->bytes),
                (size_t)(at - data->bytes));
    if (at != end)
        return status_fail(st, STATUS_FORMAT, "%s: %zu bytes at its end belong to no tensor", file,
                           (size_t)(end - at));
    return 0;
}

static int read_header(const cJSON *root, const struct data *data, const char *file,
                       struct stored **list, size_t *count, struct status *st)
{
    if (!cJSON_IsObject(root))
        return status_fail(st, STATUS_FORMAT, "%s: its header is not a JSON object", file);
    size_t items = (size_t)cJSON_GetArraySize(root);
    if (items > WEIGHTS_MAX_TENSORS)
        return status_fail(st, STATUS_LIMIT, "%s: has %zu tensors, more than %d", file, items,
                           WEIGHTS_MAX_TENSORS);
    *count = 0;
    *list = calloc(items + 1, sizeof **list);
    if (!*list)
        return status_out_of_memory(st);
    const cJSON *item;
    cJSON_ArrayForEach(item, root)
    {
        if (strcmp(item->string, "__metadata__") == 0)
            continue;
        if (read_entry(item, data, file, &(*list)[*count], st) != 0)
            return -1;
        ++*count;
    }
    return check_places(*list, *count, data, file, st);
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
    struct data data = {file + 8 + length, size - 8 - (size_t)length};
    struct stored *list = NULL;
    size_t count = 0;
    int result = -1;
    cJSON *root = json_parse((const char *)file + 8, (size_t)length, name,
                             VALUES_PER_TENSOR * WEIGHTS_MAX_TENSORS + METADATA_VALUES, st);
    if (root && read_header(root, &data, name, &list, &count, st) == 0 &&
        stored_sort(list, count, name, st) == 0)
        result = stored_expand(list, count, name, out, st);
    if (result != 0)
        weights_clear(out);
    free(list);
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
