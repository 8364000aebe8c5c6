/* How tensors of networks of blocks (nn/families/blocks.h) are named. */
#ifndef NN_FAMILIES_BLOCK_NAMES_H
#define NN_FAMILIES_BLOCK_NAMES_H

#include "nn/families/blocks.h"

enum { BLOCK_NAME = 96 };
enum part { PART_START, PART_EXPAND, PART_FILTER, PART_GATE, PART_PROJECT };

/* Of a convolution and its norm; of a gate: of its two convolutions. Without ".weight". */
struct pair {
    char conv[BLOCK_NAME], norm[BLOCK_NAME];
};

/* number: how many parts of the block come before. */
struct pair block_part(enum names names, int kind, const char *prefix, enum part part, int number);

/* Prefix of block `i` of a stage, before which there are `before` blocks in all. 0 where the name
 * does not tell the stage: a file cannot be asked how many blocks the stage has. */
int block_prefix(enum names names, int stage, int i, int before, char prefix[BLOCK_NAME]);

struct pair block_stem(enum names names);
struct pair block_head(enum names names, int stages,
                       int blocks); /* a convolution before the mean */
const char *block_classifier(enum names names);

#endif
