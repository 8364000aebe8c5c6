/* The parameters of a network as the tensors of a file, for tests that read one back. */
#ifndef TESTS_NN_TENSORS_H
#define TESTS_NN_TENSORS_H

#include <stdlib.h>
#include <string.h>

#include "nn/network.h"
#include "nn/weights/weights.h"

static int compare_tensor_names(const void *a, const void *b)
{
    return strcmp(((const struct weights_tensor *)a)->name,
                  ((const struct weights_tensor *)b)->name);
}

/* With `extra` tensors "zz.weight" more. Names and values stay the network's; the caller frees
 * w.tensors. */
static struct weights tensors_of(const struct network *n, int extra)
{
    struct weights w = {.count = (size_t)n->params.count};
    w.tensors = calloc(w.count + (size_t)extra, sizeof *w.tensors);
    for (int i = 0; i < n->params.count; i++) {
        const struct param *p = &n->params.list[i];
        struct weights_tensor *t = &w.tensors[i];
        *t = (struct weights_tensor){.name = p->name,
                                     .rank = p->rank,
                                     .count = p->count,
                                     .values = n->params.values + p->offset};
        for (int k = 0; k < p->rank; k++)
            t->dims[k] = p->dims[k];
    }
    for (int i = 0; i < extra; i++)
        w.tensors[w.count++] = (struct weights_tensor){.name = "zz.weight", .rank = 1, .dims = {1},
                                                       .count = 1, .values = n->params.values};
    qsort(w.tensors, w.count, sizeof *w.tensors, compare_tensor_names);
    return w;
}

#endif
