/* Networks made for tests, and their parameters as the tensors of a file that is read back. */
#ifndef TESTS_NN_TENSORS_H
#define TESTS_NN_TENSORS_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/status.h"
#include "nn/families/family.h"
#include "nn/graph.h"
#include "nn/network.h"
#include "nn/params.h"
#include "nn/weights/weights.h"
#include "tests/check.h"

/* Graph and declared parameters, no values: they would take most of the time of these tests.
 * "torchvision/NAME": as torchvision names the tensors. */
static inline struct network *declared(const char *name, int classes)
{
    struct status st = {0};
    struct network *n = calloc(1, sizeof *n);
    const struct family *const *f = families;
    int torchvision = strncmp(name, "torchvision/", 12) == 0;
    const char *plain = torchvision ? name + 12 : name;
    if (!CHECK(n != NULL) || !(n->graph = graph_new(3, &st)))
        return NULL;
    while (*f && !family_knows(*f, plain))
        f++;
    struct build b = {.architecture = plain,
                      .classes = classes,
                      .graph = n->graph,
                      .params = &n->params,
                      .torchvision = torchvision,
                      .st = &st};
    if (CHECK(*f != NULL) && family_build(*f, &b) >= 0) {
        n->counted = b.counted;
        n->torchvision = b.torchvision;
        n->input = family_input(*f, plain, b.torchvision);
        snprintf(n->architecture, sizeof n->architecture, "%s", plain);
        return n;
    }
    test_fail(__FILE__, __LINE__, "%s: %s", name, st.text);
    network_free(n);
    return NULL;
}

/* All parameters zero. */
static inline struct network *zeroed(const char *name, int classes)
{
    struct network *n = declared(name, classes);
    if (n && CHECK(params_allocate(&n->params, NULL) == 0))
        return n;
    network_free(n);
    return NULL;
}

static inline int compare_tensor_names(const void *a, const void *b)
{
    return strcmp(((const struct weights_tensor *)a)->name,
                  ((const struct weights_tensor *)b)->name);
}

/* With `extra` tensors "zz.weight" more. Names and values stay the network's; the caller frees
 * w.tensors. */
static inline struct weights tensors_of(const struct network *n, int extra)
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
        w.tensors[w.count++] = (struct weights_tensor){
            .name = "zz.weight", .rank = 1, .dims = {1}, .count = 1, .values = n->params.values};
    qsort(w.tensors, w.count, sizeof *w.tensors, compare_tensor_names);
    return w;
}

/* Removes the tensors whose names begin so; returns how many. */
static inline int without(struct weights *w, const char *prefix)
{
    size_t kept = 0;
    for (size_t i = 0; i < w->count; i++)
        if (strncmp(w->tensors[i].name, prefix, strlen(prefix)) != 0)
            w->tensors[kept++] = w->tensors[i];
    int removed = (int)(w->count - kept);
    w->count = kept;
    return removed;
}

static inline struct weights_tensor *tensor(struct weights *w, const char *name)
{
    return (struct weights_tensor *)weights_find(w, name);
}

#endif
