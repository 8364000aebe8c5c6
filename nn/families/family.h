/* Families of networks: how the tensors of each are named and put together. A new family is one
 * file and one line in the table of family.c.
 *
 * A family builds the same graph from two sources: from the tensors of a file (widths and depths
 * are what the tensors say), or from its own tables, where the architecture's name gives the
 * widths. Both go through build_dim and build_has, so that there is one description of each
 * network. */
#ifndef NN_FAMILIES_FAMILY_H
#define NN_FAMILIES_FAMILY_H

#include "data/preprocess.h"
#include "nn/graph.h"
#include "nn/macs.h"

struct params;
struct status;
struct variant;
struct weights;

struct build {
    const char *architecture;      /* without "timm/" before and ".tag" behind */
    const struct weights *weights; /* NULL: from the family's tables */
    int classes;                   /* without weights: how many */
    struct graph *graph;
    struct params *params;
    int torchvision;        /* asked for without weights; the family says what it is */
    struct counted counted; /* as counters see torchvision's; the family says otherwise */
    struct status *st;
};

struct family {
    const char *name;
    const char *known; /* for messages: "mobilenetv2_100, ..." */
    int (*knows)(const char *architecture);
    /* The architecture these tensors most likely are, or NULL. */
    const char *(*guess)(const struct weights *w);
    int (*build)(struct build *b);
    /* What the published weights want to see; NULL: preprocess_default. */
    struct preprocess (*input)(const char *architecture, int torchvision);
    /* Networks of blocks (nn/families/blocks.h) have this list instead of functions. */
    const struct variant *variants;
};

/* NULL-terminated. */
extern const struct family *const families[];

/* The functions of a family, or of its variants. */
int family_knows(const struct family *f, const char *architecture);
const char *family_guess(const struct family *f, const struct weights *w);
int family_build(const struct family *f, struct build *b);
struct preprocess family_input(const struct family *f, const char *architecture, int torchvision);

/* Size of dimension `dim` of tensor NAME.weight; `otherwise` where there are no weights. A
 * missing tensor is an error: -1. */
int build_dim(const struct build *b, const char *name, int dim, int otherwise);
/* Is there a tensor NAME.weight? `otherwise` without weights. */
int build_has(const struct build *b, const char *name, int otherwise);

/* graph_conv whose channels, window and groups are those of the weight; c says them without
 * weights. What c leaves at 0: size, stride, groups 1; eps 1e-5; pad (size - 1) / 2 with PAD_ZERO.
 */
int build_conv(struct build *b, int input, struct conv c);
/* The same of tensors named "PREFIX.NAME", "PREFIX.NORM"; norm NULL: it has a bias, or c.no_bias.
 */
int build_conv_norm(struct build *b, int input, const char *prefix, const char *name,
                    const char *norm, struct conv c);
/* graph_linear with as many outputs as the weight has rows: the classifier. */
int build_classifier(struct build *b, int input, const char *name);

/* How many of p's tensors have other widths than w's; -1: they are not the same tensors, or differ
 * in more. Of the last two, the classifier's, the rows do not count. */
int family_other_widths(const struct params *p, const struct weights *w);
/* For guess: the one of names (NULL-terminated) whose tensors, but for the classifier's rows, are
 * those of w; else that with the same names of tensors and the fewest of other widths; NULL where
 * none is. Of architectures that differ in no tensor it is the first. */
const char *family_match(const struct family *family, const char *const *names,
                         const struct weights *w);

#endif
