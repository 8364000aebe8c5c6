/* What the readers of weight files share: telling formats apart, finding, freeing. */
#include "nn/weights/weights.h"

#include "data/file.h"
#include "data/status.h"

#include <stdlib.h>
#include <string.h>

int weights_read(const char *path, struct weights *out, struct status *st)
{
    char *bytes = NULL;
    size_t size = 0;
    *out = (struct weights){0};
    if (file_read(path, WEIGHTS_MAX_BYTES, &bytes, &size, st) != 0)
        return -1;
    int result;
    if (size >= 4 && memcmp(bytes, "PK\3\4", 4) == 0)
        result = status_fail(st, STATUS_UNSUPPORTED,
                             "%s: is a PyTorch archive, which is not read; save it as "
                             "model.safetensors instead",
                             path);
    else
        result = weights_read_safetensors(bytes, size, path, out, st);
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
