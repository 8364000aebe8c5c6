/* Model folders as the Hugging Face hub lays timm models out: config.json + model.safetensors. */
#ifndef NN_WEIGHTS_HUB_H
#define NN_WEIGHTS_HUB_H

#include <stddef.h>
#include <stdint.h>

struct network;
struct status;

/* What tend writes beside timm's own fields (under "tend" in config.json). label_names is timm's
 * own. Zero or NULL where a file says nothing. */
struct model_card {
    int classes;
    char **label_names; /* [classes] "food > drink > coffee" */
    int *nodes;         /* [classes] the project's node numbers, or NULL */
    uint64_t project;   /* which project the numbers belong to */
    float temperature;  /* 0: not calibrated */
    char trained[200];  /* how, in words */
};
int model_card_init(struct model_card *card, int classes,
                    struct status *st); /* arrays of NULL, -1 */
void model_card_clear(struct model_card *card);

/* path: a folder with config.json and model.safetensors (or, where there is none,
 * pytorch_model.bin), or a bare weight file of either kind (architecture guessed, or given). `card`
 * may be NULL. */
int model_load(const char *path, const char *architecture, struct network **network,
               struct model_card *card, struct status *st);

/* Writes a new folder atomically (a temporary folder beside it, renamed when all is fsynced). An
 * error when it exists. timm and Hugging Face tools can load it. */
int model_save(const char *folder, const struct network *network, const struct model_card *card,
               struct status *st);

/* The network that is part of the program. */
int model_load_default(struct network **network, struct model_card *card, struct status *st);

#endif
