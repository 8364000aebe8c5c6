/* What the files of taxonomy and the store share; nobody else includes this. */
#ifndef LABELS_TAXONOMY_INTERNAL_H
#define LABELS_TAXONOMY_INTERNAL_H

#include "labels/taxonomy.h"

struct taxonomy_node {
    char *name, *id; /* id: never NULL */
    int parent, depth;
    int first, last, next; /* children; next sibling */
    int marked;            /* a truth may end here though it is no leaf */
};

struct taxonomy {
    int max_depth, count, capacity;
    int first, last; /* top-level nodes */
    struct taxonomy_node *nodes;
    /* Open addressing; a place holds node + 1, or 0. By (parent, name), and by id. */
    int *by_name, *by_id;
    size_t places;
    unsigned changes;
};

int taxonomy_is_marked(const struct taxonomy *t, int node);
/* Takes the newest nodes away again, so that `count` are left. Cannot fail. */
void taxonomy_truncate(struct taxonomy *t, int count);

#endif
