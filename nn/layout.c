#include "nn/layout.h"

#include <stdlib.h>

#include "data/status.h"
#include "nn/graph.h"
#include "nn/ops/norm.h"
#include "nn/strips.h"

struct span {
    size_t floats, at;
    int from, to; /* times, both included */
    size_t *offset;
};

static int larger_first(const void *a, const void *b)
{
    const struct span *x = a, *y = b;
    if (x->floats != y->floats)
        return x->floats < y->floats ? 1 : -1;
    return x->from - y->from;
}

static int lower_first(const void *a, const void *b)
{
    const struct span *x = *(struct span *const *)a, *y = *(struct span *const *)b;
    return x->at < y->at ? -1 : x->at > y->at;
}

/* Largest first, each at the lowest place free during its time. `placed` is room for count
 * pointers. */
static size_t place(struct span *spans, size_t count, struct span **placed)
{
    size_t end = 0;
    qsort(spans, count, sizeof *spans, larger_first);
    for (size_t i = 0; i < count; i++) {
        size_t others = 0, at = 0;
        for (size_t j = 0; j < i; j++)
            if (spans[j].from <= spans[i].to && spans[i].from <= spans[j].to)
                placed[others++] = &spans[j];
        qsort(placed, others, sizeof *placed, lower_first);
        for (size_t j = 0; j < others && placed[j]->at < at + spans[i].floats; j++)
            if (placed[j]->at + placed[j]->floats > at)
                at = placed[j]->at + placed[j]->floats;
        spans[i].at = at;
        *spans[i].offset = at;
        end = at + spans[i].floats > end ? at + spans[i].floats : end;
    }
    return end;
}

/* Padded as kernels read, and so that buffers of powers of two do not fall on the same cache
 * sets. */
static size_t padded(size_t floats)
{
    return (floats + KERNEL_PAD + 15) / 16 * 16 + 16;
}

static void add_span(struct span *spans, size_t *count, size_t floats, int from, int to,
                     size_t *offset)
{
    spans[(*count)++] = (struct span){.floats = floats, .from = from, .to = to, .offset = offset};
}

/* Outputs in inference. A chain is computed in strips, so all its times are one. */
static size_t collect_forward(struct layout *l, const struct graph *g, const struct shape *shapes,
                              const struct strips *strips, int first, struct span *spans)
{
    int n = g->count;
    size_t count = 0;
    for (int i = 0; i < n; i++) {
        struct shape s = shapes[i];
        size_t floats = (size_t)(i < first ? 1 : l->pictures) * shape_floats(s);
        int last = strips->last[i];
        if (strips->ring[i])
            floats = (size_t)strips->ring[i] * (size_t)s.w * (size_t)s.c;
        for (int k = i + 1; k < n; k++)
            for (int j = 0; j < g->nodes[k].input_count; j++)
                if (g->nodes[k].inputs[j] == i)
                    last = strips->last[k];
        if (i == g->features || i == n - 1)
            last = n; /* read when all is done */
        add_span(spans, &count, padded(floats), i == first ? 0 : strips->first[i], last, &l->y[i]);
    }
    return count;
}

/* Everything in training. */
static size_t collect_training(struct layout *l, const struct graph *g, const struct shape *shapes,
                               enum layout_kind kind, int first, struct span *spans)
{
    int n = g->count;
    size_t count = 0;
    for (int i = first; i < n; i++) {
        size_t floats = padded((size_t)l->pictures * shape_floats(shapes[i]));
        int last = i, own = 2 * n - 1 - i; /* last use in forward; own backward */
        for (int k = i + 1; k < n; k++)
            for (int j = 0; j < g->nodes[k].input_count; j++)
                if (g->nodes[k].inputs[j] == i)
                    last = k;
        add_span(spans, &count, floats, i, own, &l->y[i]);
        if (node_keeps_input(&g->nodes[i]))
            add_span(spans, &count, floats, i, own, &l->pre[i]);
        /* Its gradient: from the backward of its last user; the logits' from the loss. */
        add_span(spans, &count, floats, last > i ? 2 * n - 1 - last : n, own, &l->dy[i]);
        if (kind == LAYOUT_BATCH && g->nodes[i].norm.weight >= 0) {
            add_span(spans, &count, floats, i, own, &l->z[i]);
            add_span(spans, &count, padded(norm_stats_floats(shapes[i].c)), i, own, &l->stats[i]);
        }
    }
    return count;
}

int layout_init(struct layout *l, const struct graph *g, const struct shape *shapes,
                const struct strips *strips, enum layout_kind kind, int first, int pictures,
                struct status *st)
{
    size_t n = (size_t)g->count;
    *l = (struct layout){.pictures = pictures};
    struct span *spans = calloc(5 * n, sizeof *spans);
    struct span **placed = calloc(5 * n, sizeof(struct span *));
    l->y = calloc(5 * n, sizeof *l->y);
    if (!spans || !placed || !l->y) {
        free(spans);
        free(placed);
        layout_clear(l);
        return status_out_of_memory(st);
    }
    l->z = l->y + n;
    l->stats = l->z + n;
    l->dy = l->stats + n;
    l->pre = l->dy + n;
    size_t count = kind <= LAYOUT_TEAM ? collect_forward(l, g, shapes, strips, first, spans)
                                       : collect_training(l, g, shapes, kind, first, spans);
    l->floats = place(spans, count, placed);
    free(spans);
    free(placed);
    return 0;
}

void layout_clear(struct layout *l)
{
    free(l->y);
    *l = (struct layout){0};
}
