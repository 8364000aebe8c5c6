/* Networks that are a stem, stages of blocks and a head: MobileNet V1 to V4, MNASNet, FBNet, LCNet,
 * EfficientNet and their kin. One description: a recipe (stages of blocks) and variants of it
 * (name, width, depth, what the published weights want to see). One builder, for timm's names of
 * tensors and for torchvision's.
 *
 * Every block is some of these parts, in this order:
 *     START    depthwise, no activation
 *     EXPAND   1 x 1 or size x size, activation
 *     FILTER   depthwise, activation
 *     GATE     squeeze and excitation
 *     PROJECT  1 x 1, no activation (but of BLOCK_SEPARABLE_ACT)
 * and, where its shape allows, the block's input added. */
#ifndef NN_FAMILIES_BLOCKS_H
#define NN_FAMILIES_BLOCKS_H

#include "data/preprocess.h"
#include "nn/families/family.h"

enum block_kind {
    BLOCK_SEPARABLE,     /* FILTER, PROJECT */
    BLOCK_SEPARABLE_ACT, /* the same, activation after PROJECT, no residual */
    BLOCK_INVERTED,      /* EXPAND 1 x 1, FILTER, PROJECT */
    BLOCK_FUSED,         /* EXPAND size x size, PROJECT */
    BLOCK_CONV,          /* EXPAND only; a residual only with ROW_SKIP */
    BLOCK_UNIVERSAL      /* START and FILTER where they have a size; EXPAND 1 x 1, PROJECT */
};

enum {
    ROW_GATE = 1,
    ROW_RELU = 2,  /* instead of the recipe's activation */
    ROW_ALONE = 4, /* no residual */
    ROW_SKIP = 8,
    ROW_START = 4, /* flags >> ROW_START: size of START */
    ROW_START_3 = 3 << ROW_START,
    ROW_START_5 = 5 << ROW_START
};

/* Equal blocks of one stage; a stage may have several rows. A file's tensors overrule all but
 * stride, activation and residual. */
struct row {
    unsigned char stage, kind, repeats, size, stride; /* stride: of the stage's first block */
    float expand; /* channels between, relative to the block's input */
    short channels;
    unsigned char flags;
};

enum gate_width {
    GATE_OF_INPUT,      /* a quarter of the block's input */
    GATE_OF_EXPANDED,   /* a quarter of what is gated */
    GATE_OF_EXPANDED_8, /* the same, rounded as channels are */
    GATE_OF_INPUT_8
};

enum head {
    HEAD_NONE,         /* mean, classifier */
    HEAD_CONV,         /* 1 x 1 with norm and activation, mean, classifier */
    HEAD_POOLED,       /* mean, 1 x 1 with bias and activation, classifier */
    HEAD_POOLED_PLAIN, /* the same without bias */
    HEAD_POOLED_NORM   /* the same with norm */
};
enum head_width { HEAD_FIXED, HEAD_SCALED, HEAD_WIDENED /* never narrower than the recipe says */ };

struct recipe {
    const struct row *rows; /* ends with repeats 0 */
    enum activation act;
    unsigned char
        minimal;     /* no gates, no window larger than 3: "minimal" variants of the same rows */
    short stem;      /* channels */
    float stem_from; /* the smallest width that the stem follows */
    enum head head;
    short head_channels;
    enum head_width head_width;
    enum gate_width gate_width;
    enum activation gate_act; /* between the gate's layers; ACT_NONE: the block's */
    enum activation gate;
    double round_limit; /* channels are rounded to eights, but not below this share */
};

enum names {
    NAMES_TIMM,   /* conv_stem bn1 blocks.S.B.* conv_head bn2 classifier */
    NAMES_V2,     /* torchvision: features.I.conv.* */
    NAMES_V3,     /* torchvision: features.I.block.*, two linear layers after the mean */
    NAMES_STAGES, /* torchvision: features.S.B.block.* */
    NAMES_MNASNET /* torchvision: layers.S.B.layers.* */
};

enum {
    FIXED_ENDS =
        1, /* stem, head, and depth of the first and last stage follow neither width nor depth */
    EPS_3 = 2,   /* batch norm's eps is 1e-3 (of all "tf_" networks it is) */
    HALF = 4,    /* pictures are normalised by 0.5 and 0.5, else by ImageNet's mean and deviation */
    BILINEAR = 8 /* else bicubic */
};

/* A name may hold one '#': three digits, hundredths of the width. "tf_" before a name that is not
 * in the list itself is understood: padding as TensorFlow's, HALF and BILINEAR. */
struct variant {
    const char *name;
    const struct recipe *recipe;
    double width, depth;
    short size; /* of the pictures, and the share of the resized one that is cropped */
    float crop;
    unsigned char flags, names;
};

/* Lists end with name NULL. What a family's functions do, by its list. */
int blocks_knows(const struct variant *list, const char *architecture);
int blocks_build(const struct variant *list, struct build *b);
struct preprocess blocks_input(const struct variant *list, const char *architecture,
                               int torchvision);
/* As family_match, among the names without '#'. */
const char *blocks_guess(const struct variant *list, const struct weights *w);

/* What blocks_build does once it knows the variant. tf: padding and eps as TensorFlow's. */
int blocks_build_variant(struct build *b, const struct variant *v, double width, int tf);

#endif
