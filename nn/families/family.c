#include "nn/families/family.h"

#include <stdio.h>

#include "data/status.h"
#include "nn/families/blocks.h"
#include "nn/params.h"
#include "nn/weights/weights.h"

extern const struct family family_mobilenet, family_mobilenetv3, family_mobilenetv4, family_lcnet;
extern const struct family family_mnasnet, family_fbnetv3, family_efficientnet;
extern const struct family family_resnet, family_regnet, family_hgnet, family_shufflenet;

const struct family *const families[] = {
    &family_mobilenet, &family_mobilenetv3,  &family_mobilenetv4, &family_lcnet,
    &family_mnasnet,   &family_efficientnet, &family_fbnetv3,     &family_resnet,
    &family_regnet,    &family_hgnet,        &family_shufflenet,  NULL};

int family_knows(const struct family *f, const char *architecture)
{
    return f->variants ? blocks_knows(f->variants, architecture) : f->knows(architecture);
}

const char *family_guess(const struct family *f, const struct weights *w)
{
    return f->variants ? blocks_guess(f->variants, w) : f->guess(w);
}

int family_build(const struct family *f, struct build *b)
{
    b->counted = counted_plainly;
    return f->variants ? blocks_build(f->variants, b) : f->build(b);
}

struct preprocess family_input(const struct family *f, const char *architecture, int torchvision)
{
    if (f->variants)
        return blocks_input(f->variants, architecture, torchvision);
    return f->input ? f->input(architecture, torchvision) : preprocess_default;
}

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

static struct conv with_defaults(struct conv c)
{
    c.size = c.size ? c.size : 1;
    c.stride = c.stride ? c.stride : 1;
    c.groups = c.groups ? c.groups : 1;
    c.eps = c.eps > 0 ? c.eps : 1e-5f;
    return c;
}

int build_conv(struct build *b, int input, struct conv c)
{
    if (input < 0)
        return -1;
    c = with_defaults(c);
    int in = b->graph->nodes[input].channels, columns = in / c.groups;
    c.channels = build_dim(b, c.name, 0, c.channels);
    columns = c.channels < 0 ? -1 : build_dim(b, c.name, 1, columns);
    c.size = c.linear ? 1 : columns < 0 ? -1 : build_dim(b, c.name, 2, c.size);
    if (columns < 0 || c.size < 0)
        return -1;
    c.groups = columns > in ? 1 : in / columns; /* too many columns: a wrong shape, found later */
    if (c.padding == PAD_ZERO && !c.pad)
        c.pad = (c.size - 1) / 2;
    return graph_conv(b->graph, b->params, input, &c, b->st);
}

int build_conv_norm(struct build *b, int input, const char *prefix, const char *name,
                    const char *norm, struct conv c)
{
    char full_name[WEIGHTS_MAX_NAME], full_norm[WEIGHTS_MAX_NAME];
    snprintf(full_name, sizeof full_name, "%s.%s", prefix, name);
    c.name = full_name;
    if (norm) {
        snprintf(full_norm, sizeof full_norm, "%s.%s", prefix, norm);
        c.norm = full_norm;
    }
    return build_conv(b, input, c);
}

int build_classifier(struct build *b, int input, const char *name)
{
    int classes = input < 0 ? -1 : build_dim(b, name, 0, b->classes);
    return classes < 0 ? -1 : graph_linear(b->graph, b->params, input, name, classes, b->st);
}

int family_other_widths(const struct params *p, const struct weights *w)
{
    int others = 0;
    if ((size_t)p->count != w->count)
        return -1;
    for (int i = 0; i < p->count; i++) {
        const struct param *q = &p->list[i];
        const struct weights_tensor *t = weights_find(w, q->name);
        if (!t || t->rank != q->rank)
            return -1;
        int other = 0;
        for (int k = i < p->count - 2 ? 0 : 1; k < q->rank; k++) {
            if (k > 1 && t->dims[k] != q->dims[k])
                return -1;
            other |= t->dims[k] != q->dims[k];
        }
        others += other;
    }
    return others;
}

const char *family_match(const struct family *f, const char *const *names, const struct weights *w)
{
    const char *best = NULL;
    int fewest = 0;
    for (int i = 0; names[i] && (!best || fewest > 0); i++) {
        struct params p = {0};
        struct build b = {.architecture = names[i], .classes = 1, .params = &p};
        b.graph = graph_new(3, NULL);
        int others = b.graph && family_build(f, &b) >= 0 ? family_other_widths(&p, w) : -1;
        if (others >= 0 && (!best || others < fewest)) {
            best = names[i];
            fewest = others;
        }
        graph_free(b.graph);
        params_clear(&p);
    }
    return best;
}
