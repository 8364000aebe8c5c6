/* Network files that come into a project. */
#ifndef TUI_COMMANDS_MODEL_FILES_H
#define TUI_COMMANDS_MODEL_FILES_H

#include "labels/store.h"

struct network;
struct model_card;
struct project;
struct status;

/* Where a network comes from, as options say it. */
struct model_source {
    const char *path; /* a model folder or weight file; NULL: the embedded default network */
    const char *arch; /* or NULL */
    long size;        /* of its pictures; 0: what the network says */
};
enum { MODEL_SIZE_LEAST = 32, MODEL_SIZE_MOST = 1024 };

/* Loads it and checks that it is small enough for this program. The caller frees both. */
int model_files_load(const struct model_source *source, struct network **network,
                     struct model_card *card, struct status *st);

/* What it is, on stdout: names, parameters, cost, what it wants to see. */
void model_files_describe(const struct network *network);

/* Copies a loaded network into the project as its next model, "pretrained": classes whose names are
 * paths of the project predict those, others nothing. `use`: it becomes the one in use. */
int model_files_add(struct project *p, const struct network *network, struct model_card *card,
                    const char *note, int use, struct model_record *record, struct status *st);

#endif
