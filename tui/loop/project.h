/* A project on disk: the folder that holds .tend/, its store, its models.
 *
 *   .tend/project.db     the store          .tend/models/0001/   model folders
 *   .tend/cache/         may be deleted     .tend/tend.log       what went wrong
 *
 * A struct project belongs to one thread (its store does); other threads open one of their own. */
#ifndef TUI_LOOP_PROJECT_H
#define TUI_LOOP_PROJECT_H

#include <stdint.h>

#include "labels/store.h"
#include "nn/weights/hub.h"

struct network;
struct status;

struct project {
    char *root;   /* absolute */
    char *folder; /* root/.tend */
    struct store *store;
    uint64_t id; /* random, made at init: whose node numbers a model speaks of */
    int lock;    /* from project_begin to the end of the commit: a descriptor of root; else 0 */
};

/* Makes .tend/ in root (an error when it is there) with an empty store and no model. */
int project_create(const char *root, int max_depth, struct project *out, struct status *st);
/* The same in two steps, for a project that is whole or not there at all, whatever happens in
 * between: made in .tend.new, to be filled through `out`; it becomes .tend at the commit (an error
 * when that is there by then). What an earlier begin left is removed; while another is at work in
 * root, it is an error (STATUS_BUSY). project_abandon removes it. */
int project_begin(const char *root, int max_depth, struct project *out, struct status *st);
int project_commit(struct project *p, struct status *st);
void project_abandon(struct project *p);
/* Finds .tend/ in `from` (NULL: the current folder) or a folder above it, as git finds .git. */
int project_open(const char *from, struct project *out, struct status *st);
void project_close(struct project *p);

/* Absolute path of a photo (malloc'd; NULL when out of memory), and of a model's folder. */
char *project_photo_file(const struct project *p, const char *photo_path);
char *project_model_folder(const struct project *p, int number);

/* Loads model `number` (0: the one in use; when there is none, the embedded default network).
 * card->nodes is always filled: the project's node of every class, -1 for classes that are no nodes
 * here (by numbers when the card is of this project, else by label_names). */
int project_load_model(struct project *p, int number, struct network **network,
                       struct model_card *card, struct status *st);

/* Saves and registers a model; record->number is filled in. use: as store_add_model. The folder is
 * complete on disk before the store knows of it. card->nodes must be set; names and project id are
 * filled in. */
int project_add_model(struct project *p, const struct network *network, struct model_card *card,
                      struct model_record *record, int use, struct status *st);

/* Removes the files of a model and its features; the record stays, marked as removed. Errors: it is
 * in use, or was removed already. */
int project_remove_model(struct project *p, int number, struct status *st);
/* What its files take on disk, 0 when there are none. */
int64_t project_model_bytes(const struct project *p, int number);

/* The last event that a model was trained on: labels up to it are nothing new to it. 0 when it is
 * not known. */
int64_t project_settled(struct project *p, int model);
int project_set_settled(struct project *p, int model, int64_t event, struct status *st);

/* The nearest model above (or this one) whose backbone was not trained on this project's labels:
 * what its features say of a label is not what they learned from it. */
int project_untaught_model(struct project *p, int model);

/* Who says so: what was given, or the system's user name; malloc'd, NULL when out of memory. */
char *project_user(const char *given);

/* A line to .tend/tend.log with date and time; never fails loudly. */
void project_log(const struct project *p, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
