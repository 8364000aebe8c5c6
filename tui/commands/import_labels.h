/* Label files into a project: for `tend import` and `tend init` alike. */
#ifndef TUI_COMMANDS_IMPORT_LABELS_H
#define TUI_COMMANDS_IMPORT_LABELS_H

#include <stdatomic.h>
#include <stddef.h>

struct import_conflict;
struct project;
struct status;

struct import_request {
    const char *path;   /* a file or folder */
    const char *format; /* NULL: guessed */
    const char *split;  /* NULL: as the file says */
    const char *who;    /* NULL: "import" */
    int strict, add_nodes;
    const char *separator; /* of a path column; NULL: guessed */
    int conflicts;         /* enum conflict_rule */
    /* As in labels/formats/format.h; may be NULL. */
    void (*conflict)(void *arg, const struct import_conflict *conflict);
    void *arg;
};
struct import_result {
    size_t photos, added, labelled, skipped, rejected, left_out;
    size_t reviewed; /* labels not taken: a person has decided on the photo */
    size_t conflicts, settled, put_to_review, untimed; /* labels other than a person's decision */
    const char *format;
};

/* Imports, says on stderr what is left out and why (all of it in the log), hashes new photos.
 * Nothing to take in the file is an error. */
int import_labels(struct project *p, const struct import_request *request, atomic_int *cancel,
                  struct import_result *out, struct status *st);

#endif
