/* config.json of a model folder, as timm writes and reads it. */
#ifndef NN_WEIGHTS_CONFIG_H
#define NN_WEIGHTS_CONFIG_H

#include <stddef.h>

#include "data/preprocess.h"
#include "nn/weights/hub.h"

struct network;
struct status;

enum {
    CONFIG_MAX_BYTES = 8 * 1024 * 1024,
    CONFIG_MAX_CLASSES = 200000,
    CONFIG_MAX_LABEL = 2000, /* bytes of a label's name */
    CONFIG_MAX_SIDE = 4096   /* of a picture */
};

struct config {
    char architecture[64];   /* "" when the file does not say */
    int classes;             /* 0 when the file does not say */
    struct preprocess input; /* timm's default where the file says nothing */
    struct model_card card;  /* classes: 0 unless the file has label names or nodes */
};

/* timm's two layouts: the fields of the input nested in "pretrained_cfg", or beside the others.
 * Each number is checked; errors name the file and the field. On success the caller clears. */
int config_parse(const char *bytes, size_t size, const char *name, struct config *out,
                 struct status *st);
void config_clear(struct config *c);

/* The text of a config.json; malloc'd. `card` may be NULL. NULL when out of memory. */
char *config_print(const struct network *network, const struct model_card *card);

#endif
