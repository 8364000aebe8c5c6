/* Network files that come into a project. */
#ifndef TUI_COMMANDS_MODEL_FILES_H
#define TUI_COMMANDS_MODEL_FILES_H

#include "labels/store.h"

struct network;
struct model_card;
struct project;
struct status;

/* Loads a model folder or weight file (path NULL: the embedded default network) and checks that it is small
 * enough for this program. arch may be NULL. The caller frees both. */
int model_files_load(const char *path, const char *arch, struct network **network,
                     struct model_card *card, struct status *st);

/* Copies a loaded network into the project as its next model, "pretrained": classes whose names are paths
 * of the project predict those, others nothing. `use`: it becomes the one in use. */
int model_files_add(struct project *p, const struct network *network, struct model_card *card,
                    const char *note, int use, struct model_record *record, struct status *st);

#endif
