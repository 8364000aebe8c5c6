/* The tree of labels.
 *
 * A node is an index 0..count-1 in order of creation, and keeps it: what was said of it (labels,
 * predictions, the classes of models) keeps its meaning when it is renamed or moved. One that was
 * merged into another or removed is in no list any more; taxonomy_now says what stands for it.
 * TAXONOMY_ROOT (-1) is above the top-level nodes. A node is known by its place: the same name
 * under two parents is two nodes. It may also carry an id from outside (a number or a word, unique
 * in the tree). A path is written "food > drink > coffee".
 *
 * Terminals are the nodes that a whole ground truth may end at: all leaves, and inner nodes marked
 * so. `struct terminals` numbers them in tree order, so that the terminals at or below any node are
 * a range; networks predict terminals by these numbers. */
#ifndef LABELS_TAXONOMY_H
#define LABELS_TAXONOMY_H

#include <stddef.h>
#include <stdint.h>

struct status;
struct taxonomy;

enum {
    TAXONOMY_ROOT = -1,
    TAXONOMY_DEPTH = 8,         /* most levels any tree may have */
    TAXONOMY_DEFAULT_DEPTH = 3, /* unless a project says otherwise */
    TAXONOMY_MAX_NODES = 100000,
    TAXONOMY_MAX_NAME = 200 /* bytes */
};

/* NULL when out of memory. */
struct taxonomy *taxonomy_new(int max_depth);
void taxonomy_free(struct taxonomy *t);
struct taxonomy *taxonomy_copy(const struct taxonomy *t);

/* Adds a node below parent and returns its index, or the index of the child of that name that is
 * already there (an id it had not yet is kept). id may be NULL or "". Blanks around name and id are
 * left out, here and in everything that finds. -1 with a message: name empty, too long, not UTF-8
 * or holding a control character; id already used elsewhere or changed; deeper than max_depth; too
 * many. */
int taxonomy_add(struct taxonomy *t, int parent, const char *name, const char *id,
                 struct status *st);

/* A truth may end here. Leaves need no mark. */
void taxonomy_mark_terminal(struct taxonomy *t, int node);

/* ---- changing: t is settled again on return; on -1 it may be half changed, so work on a copy ----
 * What was there stays behind as a ghost, a node of its own number merged into the one that is
 * meant: files that still have the old path find it (taxonomy_find_label). A label added there
 * takes the name over. */
int taxonomy_rename(struct taxonomy *t, int node, const char *name, struct status *st);
/* With all that is below it. */
int taxonomy_move(struct taxonomy *t, int node, int parent, struct status *st);
/* What was node is `into` from now on; what is below it goes below `into`, and is merged with what
 * has its name there. */
int taxonomy_merge(struct taxonomy *t, int node, int into, struct status *st);
/* With all that is below it. Whether anything is labelled so, the caller knows. */
int taxonomy_remove(struct taxonomy *t, int node, struct status *st);
/* The node that stands for it today: itself, the one it was merged into, -1: none (any number may
 * be asked). */
int taxonomy_now(const struct taxonomy *t, int node);
/* A number that is another one after nodes were changed (not added). */
int64_t taxonomy_edition(const struct taxonomy *t);

/* All numbers ever given: walk the tree, or ask taxonomy_now, for those that stand. */
int taxonomy_count(const struct taxonomy *t);
/* A number that grows with every node added, id given or terminal marked: what was made from the
 * tree (terminals) is made again when it differs. */
unsigned taxonomy_changes(const struct taxonomy *t);
int taxonomy_max_depth(const struct taxonomy *t);
int taxonomy_parent(const struct taxonomy *t, int node); /* or TAXONOMY_ROOT */
int taxonomy_depth(const struct taxonomy *t, int node); /* 1 for a top-level node, 0 for the root */
const char *taxonomy_name(const struct taxonomy *t, int node);
const char *taxonomy_id(const struct taxonomy *t, int node); /* "" when it has none */
int taxonomy_is_leaf(const struct taxonomy *t, int node);
int taxonomy_is_terminal(const struct taxonomy *t, int node);

/* Children in the order of their numbers: first child of node (or of the root), next sibling; -1 at
 * the end. */
int taxonomy_first_child(const struct taxonomy *t, int node);
int taxonomy_next_sibling(const struct taxonomy *t, int node);
/* The one after it when each node comes before those below it (after the root: the first); -1 at
 * the end. */
int taxonomy_next(const struct taxonomy *t, int node);

int taxonomy_find_child(const struct taxonomy *t, int parent, const char *name); /* or -1 */
int taxonomy_find_id(const struct taxonomy *t, const char *id);                  /* or -1 */

/* One label as files have it: the child of `parent` of that name, else of that id, else what has
 * become of a label that was there once, renamed, moved or merged since. -1 when there is none. */
int taxonomy_find_label(const struct taxonomy *t, int parent, const char *label);

/* Nodes from the top to `node`; returns how many (0 for the root). path has TAXONOMY_DEPTH places.
 */
int taxonomy_path(const struct taxonomy *t, int node, int *path);

/* Is `above` the node itself or one of its ancestors? The root is above everything. */
int taxonomy_is_above(const struct taxonomy *t, int above, int node);

/* "food > drink > coffee" with the given separator; always terminated, cut if too long; returns
 * buffer. */
char *taxonomy_format(const struct taxonomy *t, int node, const char *separator, char *buffer,
                      size_t size);

/* The node of a path given as labels (ids or names), adding what is missing when `add` is not 0. No
 * labels at all is an error. Empty labels may only trail. A label that is the id of a node
 * elsewhere is an error, not a new node. -1 with a message; nothing has been added then. */
int taxonomy_resolve(struct taxonomy *t, const char *const *labels, int count, int add,
                     struct status *st);

/* "a > b > c" or "a/b/c" (names may hold these signs themselves), labels by name or id, from the
 * top; or the id of any node alone: as typed by a person. -1 with a message. */
int taxonomy_resolve_text(const struct taxonomy *t, const char *text, struct status *st);

/* Reads `id,name,parent` (header required; parent is an id or empty; any row order; an empty name
 * is the id). Names what is wrong with its line: a parent that is not defined, an id twice, a node
 * under two parents, a cycle, a path too deep, a column missing. name stands in messages. */
struct taxonomy *taxonomy_parse(const char *text, size_t size, const char *name, int max_depth,
                                struct status *st);

/* Things worth telling about a tree that is valid: a name that stands at two places or at two
 * levels, a node with a single child, names equal but for case or blanks. Calls `say` once for
 * each; returns how many. */
int taxonomy_inspect(const struct taxonomy *t, void (*say)(void *arg, const char *text), void *arg);

/* Terminals in tree order (depth first, children in the order of their numbers; an inner node
 * before what is below it). Terminals at or below node v: first[v] <= k < last[v]. */
struct terminals {
    int count, nodes;
    int64_t edition;
    int *node;         /* [count] */
    int *index;        /* [nodes] the terminal's number, or -1 */
    int *first, *last; /* [nodes] */
};
int terminals_make(const struct taxonomy *t, struct terminals *out, struct status *st);
/* Are they still those of this tree, or has it grown or a terminal more? */
int terminals_are_of(const struct terminals *terminals, const struct taxonomy *t);
int terminals_copy(const struct terminals *from, struct terminals *out, struct status *st);
void terminals_clear(struct terminals *terminals);

#endif
