#include "nn/families/family.h"

#include <stdio.h>

#include "data/status.h"
#include "nn/weights/weights.h"

extern const struct family family_mobilenetv2;

const struct family *const families[] = {&family_mobilenetv2, NULL};

static const struct weights_tensor *find(const struct build *b, const char *name)
{
    char full[WEIGHTS_MAX_NAME + 16];
    snprintf(full, sizeof full, "%s.weight", name);
    return weights_find(b->weights, full);
}

int build_dim(const struct build *b, const char *name, int dim, int otherwise)
{
    if (!b->weights)
        return otherwise;
    const struct weights_tensor *t = find(b, name);
    if (!t || dim >= t->rank)
        return status_fail(b->st, STATUS_MISSING, "%s: tensor '%s.weight' is %s", b->architecture,
                           name, t ? "of the wrong rank" : "missing");
    if (t->dims[dim] < 1 || t->dims[dim] > 1 << 20)
        return status_fail(b->st, STATUS_LIMIT, "%s: tensor '%s.weight' has a side of %lld",
                           b->architecture, name, (long long)t->dims[dim]);
    return (int)t->dims[dim];
}

int build_has(const struct build *b, const char *name, int otherwise)
{
    return b->weights ? find(b, name) != NULL : otherwise;
}
