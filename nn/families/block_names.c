#include "nn/families/block_names.h"

#include <stdio.h>
#include <string.h>

static struct pair join(const char *prefix, const char *conv, const char *norm)
{
    struct pair p;
    snprintf(p.conv, sizeof p.conv, "%.60s%s%s", prefix, *prefix ? "." : "", conv);
    snprintf(p.norm, sizeof p.norm, "%.60s%s%s", prefix, *prefix ? "." : "", norm);
    return p;
}

static struct pair numbered(const char *prefix, const char *conv, int i, const char *norm, int j)
{
    char a[32], b[32];
    snprintf(a, sizeof a, conv, i);
    snprintf(b, sizeof b, norm, j);
    return join(prefix, a, b);
}

static struct pair timm_part(int kind, const char *prefix, enum part part)
{
    static const char *const table[][5][2] = {
        [BLOCK_SEPARABLE] =
            {[PART_FILTER] = {"conv_dw", "bn1"}, [PART_PROJECT] = {"conv_pw", "bn2"}},
        [BLOCK_INVERTED] = {[PART_EXPAND] = {"conv_pw", "bn1"},
                            [PART_FILTER] = {"conv_dw", "bn2"},
                            [PART_PROJECT] = {"conv_pwl", "bn3"}},
        [BLOCK_FUSED] = {[PART_EXPAND] = {"conv_exp", "bn1"}, [PART_PROJECT] = {"conv_pwl", "bn2"}},
        [BLOCK_CONV] = {[PART_EXPAND] = {"conv", "bn1"}},
        [BLOCK_UNIVERSAL] = {[PART_START] = {"dw_start.conv", "dw_start.bn"},
                             [PART_EXPAND] = {"pw_exp.conv", "pw_exp.bn"},
                             [PART_FILTER] = {"dw_mid.conv", "dw_mid.bn"},
                             [PART_PROJECT] = {"pw_proj.conv", "pw_proj.bn"}}};
    if (part == PART_GATE)
        return join(prefix, "se.conv_reduce", "se.conv_expand");
    kind = kind == BLOCK_SEPARABLE_ACT ? BLOCK_SEPARABLE : kind;
    return join(prefix, table[kind][part][0], table[kind][part][1]);
}

struct pair block_part(enum names names, int kind, const char *prefix, enum part part, int number)
{
    switch (names) {
    case NAMES_TIMM: return timm_part(kind, prefix, part);
    case NAMES_V2:
        return part == PART_PROJECT ? numbered(prefix, "conv.%d", number, "conv.%d", number + 1)
                                    : numbered(prefix, "conv.%d.0", number, "conv.%d.1", number);
    case NAMES_MNASNET:
        if (strcmp(prefix, "layers") == 0) /* the first block lies among stem and stages */
            return numbered(prefix, "%d", 3 + 3 * number, "%d", 4 + 3 * number);
        return numbered(prefix, "layers.%d", 3 * number, "layers.%d", 3 * number + 1);
    default: break;
    }
    if (names == NAMES_V3 && kind == BLOCK_CONV)
        return join(prefix, "0", "1");
    if (part == PART_GATE)
        return numbered(prefix, "block.%d.fc1", number, "block.%d.fc2", number);
    return numbered(prefix, "block.%d.0", number, "block.%d.1", number);
}

int block_prefix(enum names names, int stage, int i, int before, char prefix[BLOCK_NAME])
{
    switch (names) {
    case NAMES_TIMM: snprintf(prefix, BLOCK_NAME, "blocks.%d.%d", stage, i); return 1;
    case NAMES_STAGES: snprintf(prefix, BLOCK_NAME, "features.%d.%d", stage + 1, i); return 1;
    case NAMES_MNASNET:
        snprintf(prefix, BLOCK_NAME, stage ? "layers.%d.%d" : "layers", 7 + stage, i);
        return stage > 0;
    default: snprintf(prefix, BLOCK_NAME, "features.%d", before + 1); return 0;
    }
}

struct pair block_stem(enum names names)
{
    if (names == NAMES_TIMM)
        return join("", "conv_stem", "bn1");
    return names == NAMES_MNASNET ? join("layers", "0", "1") : join("features.0", "0", "1");
}

struct pair block_head(enum names names, int stages, int blocks)
{
    int i = 1 + (names == NAMES_STAGES ? stages : blocks);
    if (names == NAMES_TIMM)
        return join("", "conv_head", "bn2");
    if (names == NAMES_MNASNET)
        return join("layers", "14", "15");
    return numbered("features", "%d.0", i, "%d.1", i);
}

const char *block_classifier(enum names names)
{
    return names == NAMES_TIMM ? "classifier" : names == NAMES_V3 ? "classifier.3" : "classifier.1";
}
