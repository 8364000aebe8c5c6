/* What the files of taxonomy and the store share; nobody else includes this. */
#ifndef LABELS_TAXONOMY_INTERNAL_H
#define LABELS_TAXONOMY_INTERNAL_H

#include <stdint.h>

#include "labels/taxonomy.h"

struct taxonomy_node {
    char *name, *id; /* id: never NULL */
    int parent, depth;
    int first, last, next; /* children; next sibling */
    int into;              /* NODE_ITSELF, NODE_REMOVED, or the node it was merged into */
    int marked;            /* a truth may end here though it is no leaf */
};

enum { NODE_ITSELF = -1, NODE_REMOVED = -2 };

struct taxonomy {
    int max_depth, count, capacity;
    int first, last; /* top-level nodes */
    struct taxonomy_node *nodes;
    /* Open addressing; a place holds node + 1, or 0. By (parent, name), and by id. */
    int *by_name, *by_id;
    size_t places;
    unsigned changes;
    int64_t edition;
};

int taxonomy_is_marked(const struct taxonomy *t, int node);
/* Takes the newest nodes away again, so that `count` are left. Cannot fail. */
void taxonomy_truncate(struct taxonomy *t, int count);

/* One more node, in the array only: whoever appends settles or links. Its number, or -1. */
int taxonomy_append(struct taxonomy *t, int parent, const char *name, size_t size, const char *id,
                    size_t id_size, struct status *st);
int taxonomy_check_label(const char *what, const char *text, size_t size, struct status *st);
/* What stands at a place, or what stood there last has become; -1: neither. */
int taxonomy_find_ghost(const struct taxonomy *t, int parent, const char *name);
void taxonomy_link_all(struct taxonomy *t);
void taxonomy_place_all(struct taxonomy *t);

/* ---- taxonomy_edit.c: what can be changed in a node, as a whole ---- */
struct taxonomy_place {
    int parent, into, marked;
    char name[TAXONOMY_MAX_NAME + 1];
};
void taxonomy_place_of(const struct taxonomy *t, int node, struct taxonomy_place *out);
int taxonomy_same_place(const struct taxonomy_place *a, const struct taxonomy_place *b);
/* Puts a node there, whatever the others are like: after the last one the tree is settled. */
int taxonomy_put(struct taxonomy *t, int node, const struct taxonomy_place *place,
                 struct status *st);
/* Links and depths anew; -1 with a message when what has been put is no tree: a parent that is
 * gone, a circle, two of a name below one parent, too deep. */
int taxonomy_settle(struct taxonomy *t, struct status *st);

#endif
