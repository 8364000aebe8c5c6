/* Variants of the networks of blocks: by name to a recipe, a width, and what the weights want to
 * see. */
#include <stdlib.h>
#include <string.h>

#include "nn/families/block_names.h"
#include "nn/families/blocks.h"
#include "nn/params.h"
#include "nn/weights/weights.h"

/* Is `name` what `pattern` says? percent: the number at '#', or unchanged. */
static int matches(const char *pattern, const char *name, int *percent)
{
    for (; *pattern && *pattern != '#'; pattern++, name++)
        if (*pattern != *name)
            return 0;
    if (!*pattern)
        return !*name;
    size_t digits = strspn(name, "0123456789");
    if (digits != 3 || strcmp(pattern + 1, name + digits) != 0)
        return 0;
    int number = atoi(name);
    if (number < 10 || number > 400)
        return 0;
    *percent = number;
    return 1;
}

/* With this framework's names of tensors, or with the other's where there is no such network. */
static const struct variant *find_exact(const struct variant *list, const char *name,
                                        int torchvision, int *percent)
{
    const struct variant *other = NULL;
    for (; list->name; list++) {
        int same = (list->names != NAMES_TIMM) == torchvision;
        if ((!same && other) || !matches(list->name, name, percent))
            continue;
        if (same)
            return list;
        other = list;
    }
    return other;
}

static const struct variant *find(const struct variant *list, const char *name, int torchvision,
                                  int *percent)
{
    const struct variant *v = find_exact(list, name, torchvision, percent);
    if (v || strncmp(name, "tf_", 3) != 0)
        return v;
    v = find_exact(list, name + 3, 0, percent);
    return v && v->names == NAMES_TIMM ? v : NULL;
}

int blocks_knows(const struct variant *list, const char *architecture)
{
    int percent = 0;
    return find(list, architecture, 0, &percent) != NULL;
}

int blocks_build(const struct variant *list, struct build *b)
{
    /* What a counter of modules sees of each framework's networks. */
    static const struct counted counted[] = {[NAMES_TIMM] = {.pools = 2},
                                             [NAMES_V2] = {.norms = 1, .pools = 1},
                                             [NAMES_V3] = {.norms = 1, .pools = 2, .gates = 2},
                                             [NAMES_STAGES] = {.norms = 1, .pools = 2, .gates = 2},
                                             [NAMES_MNASNET] = {.norms = 1}};
    int percent = 0, tf = strncmp(b->architecture, "tf_", 3) == 0;
    if (b->weights)
        b->torchvision = build_has(b, "features.0.0", 0) || build_has(b, "layers.0", 0);
    const struct variant *v = find(list, b->architecture, b->torchvision, &percent);
    b->torchvision = v->names != NAMES_TIMM;
    b->counted = counted[v->names];
    b->counted.no_classifier = v->names == NAMES_TIMM && v->recipe->head >= HEAD_POOLED;
    return blocks_build_variant(b, v, percent ? percent / 100.0 : v->width, tf);
}

struct preprocess blocks_input(const struct variant *list, const char *architecture,
                               int torchvision)
{
    int percent = 0;
    const struct variant *v = find(list, architecture, torchvision, &percent);
    int tf = strncmp(architecture, "tf_", 3) == 0 && strncmp(v->name, "tf_", 3) != 0;
    int flags = tf ? HALF | BILINEAR : v->flags;
    struct preprocess in = preprocess_at(&preprocess_default, v->size);
    in.crop = v->crop;
    in.filter = flags & BILINEAR ? RESAMPLE_BILINEAR : RESAMPLE_BICUBIC;
    for (int i = 0; flags & HALF && i < 3; i++)
        in.mean[i] = in.std[i] = 0.5f;
    return in;
}

static int other_widths(const struct variant *v, const struct weights *w)
{
    struct params p = {0};
    struct build b = {.architecture = v->name, .classes = 1, .params = &p, .weights = w};
    int others = -1;
    if (!build_has(&b, block_stem(v->names).conv, 0)) /* most are none of these names */
        return -1;
    b.weights = NULL;
    b.graph = graph_new(3, NULL);
    if (b.graph && blocks_build_variant(&b, v, v->width, 0) >= 0)
        others = family_other_widths(&p, w);
    graph_free(b.graph);
    params_clear(&p);
    return others;
}

const char *blocks_guess(const struct variant *list, const struct weights *w)
{
    const char *best = NULL;
    int fewest = 0;
    for (; list->name && (!best || fewest > 0); list++) {
        int others = strchr(list->name, '#') ? -1 : other_widths(list, w);
        if (others < 0 || (best && others >= fewest))
            continue;
        best = list->name;
        fewest = others;
    }
    return best;
}
