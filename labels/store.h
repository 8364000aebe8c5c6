/* The store: what a project knows, in one SQLite file.
 *
 * Photos, nodes, events (what people decided), predictions and models. A photo's label is what its
 * events add up to; events are only ever appended; undo appends the reverse. Every function that
 * changes something is one transaction and is durable (fsync) when it returns 0; on -1 nothing has
 * changed.
 *
 * A `struct store` belongs to one thread; several (in one or in many processes) may be open on one
 * file. Write locks are held for milliseconds, by an import for as long as it writes; a second
 * writer waits up to five seconds (store_wait), then gets STATUS_BUSY. Node numbers in this
 * interface are those of `struct taxonomy` and never change. */
#ifndef LABELS_STORE_H
#define LABELS_STORE_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "labels/taxonomy.h"

struct status;
struct store;

/* 2: reviews of kind GIVEN, which a program of schema 1 would call damage. 3: nodes can be changed.
 * 4: events say what had been predicted. 5: events of kind CLAIM. */
enum { STORE_SCHEMA = 5 };

/* Makes a new store (an error when path exists). */
int store_create(const char *path, int max_depth, struct store **out, struct status *st);
/* Opens one; of an older schema, it becomes one of this. Errors: missing, not a store, damaged,
 * made by a newer version, read only. */
int store_open(const char *path, struct store **out, struct status *st);
void store_close(struct store *s);
/* For work that must not be lost to STATUS_BUSY: from now on writes wait so long for another
 * writer. */
void store_wait(struct store *s, int milliseconds);

/* Writes a copy of everything but predictions to path, as of one moment, in place of what is there:
 * a store of its own that takes the place of a damaged one. Reading and writing go on meanwhile.
 * cancel (may be NULL): STATUS_CANCELLED. STATUS_BUSY: another program is about it. On any error
 * path is as it was. */
int store_copy(struct store *s, const char *path, atomic_int *cancel, struct status *st);
/* Reads all of the file: STATUS_FORMAT when it is damaged. */
int store_check(struct store *s, struct status *st);

/* ---- settings: short texts by name ---------------------------------------------------------- */
/* Copies the value (or fallback) into buffer; always terminated. */
const char *store_setting(struct store *s, const char *name, const char *fallback, char *buffer,
                          size_t size);
int store_set_setting(struct store *s, const char *name, const char *value, struct status *st);

/* ---- taxonomy ------------------------------------------------------------------------------- */
/* Owned by the store; grows with store_save_taxonomy; valid until store_close. */
const struct taxonomy *store_taxonomy(struct store *s);
/* Writes the nodes of t that the store does not have yet and marks new terminals. t must be a copy
 * of store_taxonomy with nodes added (taxonomy_copy, taxonomy_add). */
int store_save_taxonomy(struct store *s, const struct taxonomy *t, struct status *st);
/* The same as an undoable step of `who`. */
int store_grow_taxonomy(struct store *s, const char *who, const struct taxonomy *t,
                        struct status *st);
/* Looks whether another process added or changed nodes; 1 if so (store_taxonomy is then a new
 * pointer). */
int store_refresh_taxonomy(struct store *s, struct status *st);

/* A change to a node that is there: a step of `who`, to be undone as reviews are. Made on the tree
 * as the file has it now; store_taxonomy is a new pointer then. Labels, predictions and models stay
 * as they are: what they say of a node that was merged counts for the one it was merged into. A
 * node that photos have as their label is not removed. */
struct tree_edit {
    enum { TREE_RENAME, TREE_MOVE, TREE_MERGE, TREE_REMOVE } kind;
    int node;
    int to;           /* MOVE: the parent, or TAXONOMY_ROOT; MERGE: into which */
    const char *name; /* RENAME */
};
int store_edit_taxonomy(struct store *s, const char *who, const struct tree_edit *edit,
                        struct status *st);
/* What the last store_undo or store_redo did to the tree, in words ("'tea' is called 'thee'
 * again"); "" when it changed photos. */
const char *store_tree_turned(const struct store *s);

/* ---- photos --------------------------------------------------------------------------------- */
enum split { SPLIT_NONE, SPLIT_TRAIN, SPLIT_VAL, SPLIT_TEST };
const char *split_name(enum split split); /* "", "train", "val", "test" */
int split_from_name(const char *name);    /* -1 when not known; "" is SPLIT_NONE */

/* What the events of a photo add up to. */
#define REVIEW_KINDS(X)                                                                            \
    X(NONE, "none")           /* nobody has said anything */                                       \
    X(IMPORTED, "imported")   /* a label from a file or folder */                                  \
    X(ACCEPTED, "accepted")   /* the predicted path was right */                                   \
    X(CORRECTED, "corrected") /* another path than the predicted one was given */                  \
    X(REJECTED, "rejected")   /* fits no class: no label */                                        \
    X(SKIPPED, "skipped")     /* later: comes back last; keeps the label it had */                 \
    X(GIVEN, "given")         /* a path was given where no prediction was shown */
enum review_kind {
#define X(name, text) REVIEW_##name,
    REVIEW_KINDS(X)
#undef X
};
const char *review_kind_name(enum review_kind kind);
/* A person has said what the photo is, or that it fits no class: an import does not change that. */
int review_is_decided(enum review_kind kind);

struct review_state {
    enum review_kind kind;
    int node; /* the label, or -1 */
    int flagged;
};

struct photo {
    int64_t id;
    char *path; /* relative to the project (or absolute), as in the file system: any bytes */
    int64_t size, modified;
    uint64_t hash; /* 0: not known yet */
    enum split split;
    struct review_state state;
    int64_t event; /* last event, 0 for none */
};

struct photo_new {
    const char *path;
    int64_t size, modified;
    uint64_t hash;
    enum split split;
    int node; /* imported label, or -1 */
    enum {
        PHOTO_LABEL,    /* the label, if there is one */
        PHOTO_SKIPPED,  /* somebody left it for later; the label beside that */
        PHOTO_REJECTED, /* somebody said that it fits no class; no label */
    } says;
    int64_t time; /* when that was said, milliseconds since 1970; 0: not known */
    /* On a photo that a person has decided otherwise on: */
    enum {
        PHOTO_STAYS,
        PHOTO_TAKES,
        PHOTO_CLAIMS
    } decided; /* the decision stays; goes; stays until
                  a person has looked at both */
};

/* Adds photos in one transaction; a path that is there keeps its id, label and reviews (size, time
 * and hash are updated when given; split when not NONE; what it says is imported unless a person's
 * review stands; a skipped photo gets the label and stays skipped). *added counts the new
 * ones (may be NULL). The labels are one undoable step of `who`; photos stay. */
int store_add_photos(struct store *s, const struct photo_new *photos, size_t count, const char *who,
                     size_t *added, struct status *st);
/* store_save_taxonomy(t), then store_add_photos with its nodes: one transaction, so that no label
 * is left without the photos it was made for. t NULL: the tree as it is. */
int store_import(struct store *s, const struct taxonomy *t, const struct photo_new *photos,
                 size_t count, const char *who, size_t *added, struct status *st);

/* The caller frees photo->path (photo_clear). Missing: STATUS_MISSING. */
int store_photo(struct store *s, int64_t id, struct photo *out, struct status *st);
int store_find_photo(struct store *s, const char *path, struct photo *out, struct status *st);
void photo_clear(struct photo *photo);

/* Every photo, in the order of the ids, without holding a lock between calls of `visit`; non-zero
 * from visit stops. The photo is the store's and valid during the call only. */
int store_each_photo(struct store *s, int (*visit)(void *arg, const struct photo *photo), void *arg,
                     struct status *st);

/* The same at once, in one read transaction, and of each photo only this; the path is valid during
 * the call only. */
struct photo_name {
    int64_t photo;
    const char *path;
    int label; /* -1: none */
    enum split split;
};
int store_each_name(struct store *s, int (*visit)(void *arg, const struct photo_name *name),
                    void *arg, struct status *st);

/* Where a photo is now. */
struct photo_place {
    int64_t photo;
    const char *path; /* NULL: where it was */
    int64_t size, modified;
    uint64_t hash;
    int changed; /* it is another picture: what models said of it is forgotten */
};
/* Moves the rows of photos; labels and events stay theirs. Photos may change places with each
 * other. One transaction. Errors: another photo has a path; no such photo. */
int store_place_photos(struct store *s, const struct photo_place *places, size_t count,
                       struct status *st);

struct store_counts {
    int64_t photos, labelled, imported, reviewed, accepted, corrected, given, rejected, skipped,
        flagged;
    int64_t predicted; /* by the model in use */
    int64_t test;      /* photos of split test */
};
int store_count(struct store *s, struct store_counts *out, struct status *st);
/* ending [nodes of store_taxonomy] is overwritten: photos whose label ends at each node (rejected
 * ones have none). Reads every photo. */
int store_count_labels(struct store *s, int64_t *ending, struct status *st);

/* ---- reviews -------------------------------------------------------------------------------- */
#define EVENT_KINDS(X)                                                                             \
    X(IMPORT, "import")                                                                            \
    X(ACCEPT, "accept")                                                                            \
    X(CORRECT, "correct")                                                                          \
    X(REJECT, "reject")                                                                            \
    X(SKIP, "skip")                                                                                \
    X(FLAG, "flag")                                                                                \
    X(UNFLAG, "unflag")                                                                            \
    X(UNDO, "undo")                                                                                \
    X(REDO, "redo")                                                                                \
    X(GIVE, "give")                                                                                \
    X(CLAIM, "claim") /* an import says otherwise than the decision, which stays for now */
enum event_kind {
#define X(name, text) EVENT_##name,
    EVENT_KINDS(X)
#undef X
};
const char *event_kind_name(enum event_kind kind);
/* ACCEPT, CORRECT, GIVE, REJECT, SKIP: what a person says of a photo as a whole. */
int event_is_decision(enum event_kind kind);

struct review {
    int64_t photo;
    enum event_kind kind; /* ACCEPT, CORRECT, GIVE, REJECT, SKIP, FLAG, UNFLAG */
    int node;             /* the path given, for ACCEPT, CORRECT and GIVE */
    int model;            /* the model whose prediction was shown or (GIVE) hidden, 0 for none */
    int milliseconds;     /* from drawn to decided */
    /* The last event of the photo that the person has seen, where has_seen says that it is known.
     * When somebody has decided on it since, what they said is not replaced unseen: STATUS_CONFLICT
     * names them, nothing is written. FLAG and UNFLAG do not ask. */
    int has_seen;
    int64_t seen;
    int has_predicted; /* it is known where that prediction ended; an ACCEPT says so by itself */
    int predicted;     /* there. With GIVE: a blind sample, decided on without seeing it */
};

/* Appends; all of one call are one step for undo. Durable on return. A node that is given becomes a
 * terminal of the tree, also when it is an inner one (taxonomy_changes grows then). */
int store_review(struct store *s, const char *who, const struct review *reviews, size_t count,
                 struct status *st);

/* Takes back the last step of `who` that stands, or brings back the last one taken back (until a
 * new review is made). *photo (may be NULL): the first photo it changed, *count how many; 0 when it
 * changed the tree. With nothing to undo or redo: STATUS_MISSING and a sentence saying so. A step
 * on a photo that somebody else has changed since, or on labels that are in use now, stays:
 * STATUS_CONFLICT says so, and the next call goes to the step before it, unless it can be undone by
 * then. */
/* An import is taken back from all photos but those that have been changed since, of which
 * store_undo_left tells the number; only where that is all of them it is a conflict. */
size_t store_undo_left(const struct store *s);
int store_undo(struct store *s, const char *who, int64_t *photo, size_t *count, struct status *st);
int store_redo(struct store *s, const char *who, int64_t *photo, size_t *count, struct status *st);

struct event {
    int64_t id, photo;
    int64_t time; /* milliseconds since 1970 */
    enum event_kind kind;
    const char *who;
    struct review_state before, after;
    int model, milliseconds;
    int64_t undoes; /* the event an UNDO or REDO is about, else 0 */
    int predicted;  /* where the prediction ended that was shown or (GIVE) hidden; -1: none, or not
                       known. CLAIM: the label that the import has */
};
/* Events of one photo (or of all, photo 0), oldest first. */
int store_each_event(struct store *s, int64_t photo,
                     int (*visit)(void *arg, const struct event *event), void *arg,
                     struct status *st);

/* What an import says otherwise than the decision on a photo, until somebody decides on it again:
 * the node. -1: nothing; -2: failed. */
int store_find_claim(struct store *s, int64_t photo, struct status *st);

/* Of all photos, those after an event. The id of the last one that was read, `after` where there
 * was none; -1: failed. */
int64_t store_each_event_since(struct store *s, int64_t after,
                               int (*visit)(void *arg, const struct event *event), void *arg,
                               struct status *st);
/* The id of the last one there is; 0: none, -1: failed. */
int64_t store_last_event(struct store *s, struct status *st);

/* Reviews (not undone; skips, flags and imports do not count) of `who` (NULL: everybody) since a
 * time, and the milliseconds spent on them. */
int store_work_since(struct store *s, const char *who, int64_t since, int64_t *reviews,
                     int64_t *milliseconds, struct status *st);

/* ---- models --------------------------------------------------------------------------------- */
struct model_record {
    int number;      /* from 1; the folder models/NNNN */
    int64_t created; /* milliseconds since 1970 */
    int parent;      /* the model it was trained from, 0 for none */
    int reviews;     /* labels it was trained on */
    int removed;
    double score_before, score_after; /* on the held-out part; negative: not measured */
    int held_out;                     /* photos the scores were measured on */
    double gmac;
    int64_t parameters;
    char depth[16]; /* "pretrained", "head", "blocks", "full" */
    char architecture[64];
    char note[200]; /* "passed the gate", "worse: kept, not used", ... */
};
/* Registers a model; its files are in place by then. model->number 0: the next free one is filled
 * in; else it is kept (an error when it is taken). use != 0: it is the model in use from here on.
 */
int store_add_model(struct store *s, struct model_record *model, int use, struct status *st);
/* The number the next model will have, or -1. */
int store_next_model(struct store *s, struct status *st);
int store_update_model(struct store *s, const struct model_record *model, struct status *st);
int store_use_model(struct store *s, int number, struct status *st);
int store_current_model(struct store *s);  /* 0 for none */
int store_previous_model(struct store *s); /* in use before that one, and not removed; 0: none */
int store_model(struct store *s, int number, struct model_record *out, struct status *st);
/* Newest first. */
int store_each_model(struct store *s, int (*visit)(void *arg, const struct model_record *m),
                     void *arg, struct status *st);

/* ---- predictions ---------------------------------------------------------------------------- */
/* One photo under one model: probabilities of terminals, as (node, probability) with those below
 * 1/65536 left out; what follows from them is stored beside, to sort by. */
struct prediction {
    int64_t photo;
    int model;
    int node;       /* where the best path ends; -1: the photo could not be read */
    float expected; /* expected score */
    float gap;
    int count;                /* terminals kept */
    const int *terminal;      /* [count] nodes */
    const float *probability; /* [count] */
    const char *problem;      /* NULL, or why the photo could not be read */
};
/* Replaces what is there for these photos and this model; one transaction (a few hundred at a time
 * is a good size: predictions are written without fsync, as they can be made again). */
int store_put_predictions(struct store *s, const struct prediction *predictions, size_t count,
                          struct status *st);
/* p [nodes] is overwritten: probability of each terminal node, 0 elsewhere (nodes = number of nodes
 * the caller's array has). 0: found; 1: none; -1: error. problem (may be NULL) gets why the photo
 * could not be read, or "". */
int store_prediction(struct store *s, int64_t photo, int model, float *p, int nodes, char *problem,
                     size_t problem_size, struct status *st);
/* Drops the predictions of every model but this one and, unless it is 0, `also`: in pieces, a
 * transaction each, so that others can write in between; on -1 a part of them may be gone. */
int store_keep_predictions(struct store *s, int model, int also, struct status *st);
/* Photos that have no prediction by this model, unlabelled ones first, then imported, skipped,
 * reviewed: ids into photos (at most max); returns how many or -1. Cheap when asked again and
 * again. */
int store_unpredicted(struct store *s, int model, int64_t *photos, int max, struct status *st);
/* Of these, only those that are learned from: labelled, neither of split val
 * nor of test; scattered, so that part of them is of all kinds. */
int store_unpredicted_teaching(struct store *s, int model, int64_t *photos, int max,
                               struct status *st);
/* How many have no prediction in all, or -1. */
int64_t store_count_unpredicted(struct store *s, int model, struct status *st);

/* ---- the queue ------------------------------------------------------------------------------ */
struct filter;
struct queue_item;
/* What the queue is made from, of all photos and by one model, as it was at one moment: 40 bytes a
 * photo. To look at it takes a fiftieth of the time that reading it takes. May be read by any
 * thread as long as nobody changes it. */
struct queue_rows;
struct queue_request {
    int model;                   /* whose predictions */
    const struct filter *filter; /* labels/filter.h; NULL: everything open */
    int decided_too;             /* whatever the filter says */
    int test_too;                /* photos of split test, which are never reviewed */
    size_t most;                 /* of the tables only so many photos, the first; 0: all */
    const char *me;              /* who=me; NULL: nobody */
    /* What knows better than the stored predictions, asked for photos by rising number: fills node,
     * expected, gap and confidence of the item. It has learned the labels there are, but for those
     * of split val: whether a prediction disagrees with such a label, the stored one says. May be
     * NULL. */
    void (*better)(void *arg, struct queue_item *item);
    /* Of an open photo: no term of the filter shall tell what is predicted for it, or its imported
     * label: such terms hold as where these are unknown. May be NULL. */
    int (*hidden)(void *arg, int64_t photo);
    void *arg;
    atomic_int *cancel; /* may be NULL */
    /* These are looked at, not the tables. Terms that ask about file names, probabilities or events
     * are looked at no further than the rows tell: photos for which they may hold pass, see
     * store_queue_checks and store_queue_holds. NULL: the tables. */
    const struct queue_rows *rows;
    struct queue_rows **keep; /* the rows that were read, for the caller to free; may be NULL */
    size_t room; /* so many items before the first are left free: *items begins with them */
    /* NULL, or *items is malloc'd memory for so many items already (NULL for none); it is used,
     * grown where it must be, and *given says how much there is then. New memory takes longer than
     * a walk over rows. On -1 it is freed. */
    size_t *given;
};
/* What queue_sort needs, for every photo that passes, in the order of the ids; malloc'd, the caller
 * frees. A photo that could not be read counts as one without prediction. One pass over photos and
 * predictions; over probabilities and events too only where the filter asks about them. items NULL:
 * they are only counted. Errors: STATUS_CANCELLED. */
int store_queue(struct store *s, const struct queue_request *request, struct queue_item **items,
                size_t *count, struct status *st);
/* Must photos that have passed by rows be asked about one by one? */
int store_queue_checks(const struct queue_request *request);
/* Does the filter hold for a photo that passed by rows? Looked up in the tables. 1, 0, -1. */
int store_queue_holds(struct store *s, const struct queue_request *request,
                      const struct queue_item *item, struct status *st);

void queue_rows_free(struct queue_rows *rows); /* may be NULL */
size_t queue_rows_count(const struct queue_rows *rows);
/* The state of one photo as the store has it now (not what is predicted of it). */
int queue_rows_follow(struct queue_rows *rows, struct store *s, int64_t photo, struct status *st);
/* As store_count_labels, of the rows. */
void queue_rows_count_labels(const struct queue_rows *rows, const struct taxonomy *t,
                             int64_t *ending);

/* Everybody who has decided something; names are read during the call only. */
int store_each_person(struct store *s, int (*visit)(void *arg, const char *name), void *arg,
                      struct status *st);

#endif
