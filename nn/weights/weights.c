/* What the readers of weight files share: telling formats apart, finding, freeing. */
#include "nn/weights/weights.h"

#include "data/file.h"
#include "data/status.h"

#include <stdlib.h>
#include <string.h>

/* What torch.save wrote before PyTorch 1.6 (a pickled magic number, before that a tar), or a pickle
 * of another program. */
static int is_old_torch(const unsigned char *bytes, size_t size)
{
    return (size >= 2 && bytes[0] == 0x80 && bytes[1] <= 5) ||
           (size >= 263 && memcmp(bytes + 257, "ustar", 5) == 0);
}

int weights_read_memory(const void *bytes, size_t size, const char *name, struct weights *out,
                        struct status *st)
{
    *out = (struct weights){0};
    if (size >= 4 && (memcmp(bytes, "PK\3\4", 4) == 0 || memcmp(bytes, "PK\5\6", 4) == 0))
        return weights_read_torch(bytes, size, name, out, st);
    if ((size < 9 || ((const char *)bytes)[8] != '{') && is_old_torch(bytes, size))
        return status_fail(
            st, STATUS_UNSUPPORTED,
            "%s: is a pickle, as torch.save wrote it before PyTorch 1.6; load it and "
            "save it again with a current PyTorch, or as model.safetensors",
            name);
    return weights_read_safetensors(bytes, size, name, out, st);
}

int weights_read(const char *path, struct weights *out, struct status *st)
{
    char *bytes = NULL;
    size_t size = 0;
    *out = (struct weights){0};
    if (file_read(path, WEIGHTS_MAX_BYTES, &bytes, &size, st) != 0)
        return -1;
    int result = weights_read_memory(bytes, size, path, out, st);
    free(bytes);
    return result;
}

void weights_clear(struct weights *w)
{
    free(w->tensors);
    free(w->storage);
    *w = (struct weights){0};
}

static int compare_name(const void *key, const void *tensor)
{
    return strcmp(key, ((const struct weights_tensor *)tensor)->name);
}

const struct weights_tensor *weights_find(const struct weights *w, const char *name)
{
    if (w->count == 0)
        return NULL;
    return bsearch(name, w->tensors, w->count, sizeof *w->tensors, compare_name);
}

const float *weights_values(const struct weights *w, const char *name, size_t count)
{
    const struct weights_tensor *t = weights_find(w, name);
    return t && t->count == count ? t->values : NULL;
}
