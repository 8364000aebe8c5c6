/* State dicts as torch.save writes them since PyTorch 1.6: a ZIP archive of
 *     NAME/data.pkl     a pickle: names, shapes, strides, and which storage each tensor lies in
 *     NAME/data/KEY     the storages' bytes; several tensors may lie in one, in any order and
 * overlapping NAME/byteorder    "little" (newer versions only), NAME/version and others
 *
 * The pickle is trusted for nothing: each tensor's farthest element must lie in its storage, each
 * storage must have the size that is said. What is allocated is at most twice as large as if no two
 * tensors shared an element.
 */
#include "nn/weights/weights.h"

#include "data/status.h"
#include "nn/weights/pickle.h"
#include "nn/weights/stored.h"
#include "nn/weights/zip.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_MAX_BYTES = 300 }; /* of an entry that is looked for */

struct archive {
    struct zip zip;
    const char *top; /* "NAME/" */
    size_t top_length, size;
    const char *file;
    struct status *st;
};

/* The entry "NAME/FOLDER" + key. */
static const struct zip_entry *find(const struct archive *a, const char *folder, const char *key,
                                    size_t key_length)
{
    char name[NAME_MAX_BYTES];
    size_t length = strlen(folder);
    if (a->top_length + length + key_length > sizeof name)
        return NULL;
    memcpy(name, a->top, a->top_length);
    memcpy(name + a->top_length, folder, length);
    memcpy(name + a->top_length + length, key, key_length);
    return zip_find(&a->zip, name, a->top_length + length + key_length);
}

/* NAME/data.pkl, whatever NAME is. */
static const struct zip_entry *find_pickle(struct archive *a)
{
    static const char end[] = "/data.pkl";
    const struct zip_entry *found = NULL;
    for (size_t i = 0; i < a->zip.count; i++) {
        const struct zip_entry *e = &a->zip.entries[i];
        const char *slash = memchr(e->name, '/', e->name_length);
        size_t top = slash ? (size_t)(slash - e->name) : 0;
        if (top == 0 || e->name_length - top != sizeof end - 1 ||
            memcmp(slash, end, sizeof end - 1) != 0)
            continue;
        if (found) {
            status_fail(a->st, STATUS_FORMAT, "%s: holds more than one data.pkl", a->file);
            return NULL;
        }
        found = e;
        a->top = e->name;
        a->top_length = top + 1;
    }
    if (!found)
        status_fail(a->st, STATUS_FORMAT,
                    "%s: is a ZIP archive, but none of torch.save: it has no data.pkl", a->file);
    return found;
}

static int check_byte_order(const struct archive *a)
{
    const struct zip_entry *e = find(a, "byteorder", "", 0);
    if (!e || (e->size == 6 && memcmp(e->bytes, "little", 6) == 0))
        return 0;
    return status_fail(a->st, STATUS_UNSUPPORTED,
                       "%s: was saved on a machine with another byte order than this one's",
                       a->file);
}

/* The tensor's farthest element lies in the storage. Where a side is 0 there are no elements. */
static int check_extent(const struct archive *a, const struct pickle_tensor *t, struct stored *s)
{
    uint64_t elements = (uint64_t)t->elements, last = (uint64_t)t->offset;
    int outside = last > elements;
    for (int k = 0; k < t->rank && s->tensor.count > 0 && !outside; k++) {
        uint64_t stride = (uint64_t)t->strides[k], steps = (uint64_t)t->dims[k] - 1;
        outside = steps > 0 && stride > (elements - last) / steps;
        last += outside ? 0 : steps * stride;
        s->strides[k] = steps > 0 ? (size_t)stride : 0;
    }
    if (outside || (s->tensor.count > 0 && last >= elements))
        return status_fail(a->st, STATUS_FORMAT,
                           "%s: tensor '%s' lies outside its storage of %lld elements", a->file,
                           s->tensor.name, (long long)t->elements);
    return 0;
}

/* s->tensor.name is set. */
static int resolve(const struct archive *a, const struct pickle_tensor *t, struct stored *s)
{
    const char *name = s->tensor.name;
    s->type = t->type;
    s->tensor.count = 1;
    for (int k = 0; k < t->rank; k++)
        if (stored_add_dim(s, t->dims[k], a->file, a->st) != 0)
            return -1;
    const struct zip_entry *e = find(a, "data/", t->key, t->key_length);
    if (!e)
        return status_fail(a->st, STATUS_FORMAT, "%s: the storage of tensor '%s' is missing",
                           a->file, name);
    uint64_t bytes = (uint64_t)t->type->bytes;
    if (t->elements < 0 || e->size % bytes || e->size / bytes != (uint64_t)t->elements)
        return status_fail(a->st, STATUS_FORMAT,
                           "%s: the storage of tensor '%s' has %zu bytes, not %lld elements of %d",
                           a->file, name, e->size, (long long)t->elements, t->type->bytes);
    if (check_extent(a, t, s) != 0)
        return -1;
    s->bytes = e->bytes + (s->tensor.count > 0 ? (size_t)t->offset * bytes : 0);
    return 0;
}

/* Two names for one tensor are not unusual; a thousand would be a way to fill the memory. */
static int check_total(const struct archive *a, const struct stored *list, size_t count)
{
    uint64_t total = 0;
    for (size_t i = 0; i < count; i++)
        if (list[i].type->kind != STORED_LEFT_OUT)
            total += (uint64_t)list[i].tensor.count * (uint64_t)list[i].type->bytes;
    if (total > 2 * (uint64_t)a->size)
        return status_fail(
            a->st, STATUS_FORMAT,
            "%s: its tensors share storages so that %llu bytes would come out of %zu", a->file,
            (unsigned long long)total, a->size);
    return 0;
}

/* names: room for all names with a NUL each. */
static int resolve_all(const struct archive *a, const struct pickle_tensor *tensors, size_t count,
                       char *names, struct stored *list, struct weights *out)
{
    for (size_t i = 0; i < count; i++) {
        memcpy(names, tensors[i].name, tensors[i].name_length);
        names[tensors[i].name_length] = 0;
        list[i] = (struct stored){.tensor.name = names};
        names += tensors[i].name_length + 1;
        if (resolve(a, &tensors[i], &list[i]) != 0)
            return -1;
    }
    if (check_total(a, list, count) != 0 || stored_sort(list, count, a->file, a->st) != 0)
        return -1;
    return stored_expand(list, count, a->file, out, a->st);
}

static int read_archive(struct archive *a, struct weights *out)
{
    struct pickle_tensor *tensors = NULL;
    size_t count = 0, letters = 0;
    const struct zip_entry *pickle = find_pickle(a);
    if (!pickle || check_byte_order(a) != 0 ||
        pickle_read(pickle->bytes, pickle->size, a->file, &tensors, &count, a->st) != 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        letters += tensors[i].name_length + 1;
    struct stored *list = calloc(count + 1, sizeof *list);
    char *names = malloc(letters + 1);
    int result = list && names ? resolve_all(a, tensors, count, names, list, out)
                               : status_out_of_memory(a->st);
    free(names);
    free(list);
    free(tensors);
    return result;
}

int weights_read_torch(const void *bytes, size_t size, const char *name, struct weights *out,
                       struct status *st)
{
    struct archive a = {.size = size, .file = name, .st = st};
    *out = (struct weights){0};
    if (zip_open(bytes, size, name, &a.zip, st) != 0)
        return -1;
    int result = read_archive(&a, out);
    if (result != 0)
        weights_clear(out);
    zip_close(&a.zip);
    return result;
}
