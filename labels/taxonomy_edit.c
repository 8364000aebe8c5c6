/* Changing nodes that are there: their name, their parent, what they stand for.
 *
 * Every change is made of places (parent, name, what the node was merged into, mark) put one by
 * one; settling links the tree anew and says whether it still is one. A store writes down the
 * places before and after, so that undoing is putting the old ones back (labels/store_edits.c).
 * Settling costs a pass over all nodes, which is nothing beside a person's typing. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/status.h"
#include "labels/taxonomy_internal.h"
#include "labels/text.h"

/* ---- places ---------------------------------------------------------------------------------- */

void taxonomy_place_of(const struct taxonomy *t, int node, struct taxonomy_place *out)
{
    const struct taxonomy_node *n = &t->nodes[node];
    *out = (struct taxonomy_place){.parent = n->parent, .into = n->into, .marked = n->marked};
    snprintf(out->name, sizeof out->name, "%s", n->name);
}

int taxonomy_same_place(const struct taxonomy_place *a, const struct taxonomy_place *b)
{
    return a->parent == b->parent && a->into == b->into && a->marked == b->marked &&
           strcmp(a->name, b->name) == 0;
}

int taxonomy_put(struct taxonomy *t, int node, const struct taxonomy_place *place,
                 struct status *st)
{
    struct taxonomy_node *n = &t->nodes[node];
    if (strcmp(n->name, place->name) != 0) {
        char *name = strdup(place->name);
        if (!name)
            return status_out_of_memory(st);
        free(n->name);
        n->name = name;
    }
    n->parent = place->parent;
    n->into = place->into;
    n->marked = place->marked;
    return 0;
}

/* ---- settling -------------------------------------------------------------------------------- */

static int stands(const struct taxonomy *t, int node)
{
    return node >= 0 && node < t->count && t->nodes[node].into == NODE_ITSELF;
}

/* Levels from the top down to node; -1 with a message. */
static int measure_depth(const struct taxonomy *t, int node, struct status *st)
{
    int depth = 0;
    for (int v = node; v != TAXONOMY_ROOT; v = t->nodes[v].parent) {
        if (!stands(t, v))
            return status_fail(st, STATUS_CONFLICT, "'%s' would be below a label that is no more",
                               t->nodes[node].name);
        if (depth > 0 && v == node)
            return status_fail(st, STATUS_CONFLICT, "'%s' would be below itself",
                               t->nodes[node].name);
        if (++depth > t->max_depth)
            return status_fail(st, STATUS_LIMIT,
                               "'%s' would be deeper than the %d levels that this tree may have",
                               t->nodes[node].name, t->max_depth);
    }
    return depth;
}

/* The end of the chain of merges that begins at node is one that stands, or a removed one. */
static int check_chain(const struct taxonomy *t, int node, struct status *st)
{
    int steps = 0, at = node;
    while (at >= 0 && at < t->count && t->nodes[at].into >= 0 && steps++ <= t->count)
        at = t->nodes[at].into;
    if (at >= 0 && at < t->count && steps <= t->count)
        return 0;
    return status_fail(st, STATUS_CONFLICT, "'%s' would be merged into nothing",
                       t->nodes[node].name);
}

static int check_name(const struct taxonomy *t, int node, struct status *st)
{
    char above[400];
    const struct taxonomy_node *n = &t->nodes[node];
    if (n->id[0] && taxonomy_find_id(t, n->id) != node)
        return status_fail(st, STATUS_CONFLICT, "the id '%s' would be that of two labels", n->id);
    if (taxonomy_find_child(t, n->parent, n->name) == node)
        return 0;
    return status_fail(st, STATUS_CONFLICT,
                       "%s%s%s has a label '%s' already: merge the two instead",
                       n->parent < 0 ? "the top of the tree" : "'",
                       taxonomy_format(t, n->parent, " > ", above, sizeof above),
                       n->parent < 0 ? "" : "'", n->name);
}

int taxonomy_settle(struct taxonomy *t, struct status *st)
{
    for (int v = 0; v < t->count; v++) {
        if (t->nodes[v].parent < TAXONOMY_ROOT || t->nodes[v].parent >= t->count)
            return status_fail(st, STATUS_CONFLICT, "'%s' would be below a label that is not there",
                               t->nodes[v].name);
        if (check_chain(t, v, st) != 0)
            return -1;
    }
    for (int v = 0; v < t->count; v++)
        if (stands(t, v) && (t->nodes[v].depth = measure_depth(t, v, st)) < 0)
            return -1;
    taxonomy_link_all(t);
    taxonomy_place_all(t);
    t->changes++;
    for (int v = 0; v < t->count; v++)
        if (stands(t, v) && check_name(t, v, st) != 0)
            return -1;
    return 0;
}

/* ---- changing -------------------------------------------------------------------------------- */

static int check_standing(const struct taxonomy *t, int node, struct status *st)
{
    if (stands(t, node))
        return 0;
    return status_fail(st, STATUS_MISSING, "this label is no more: it was merged or removed");
}

/* Where node was, something points to it from now on. */
static int leave_ghost(struct taxonomy *t, int node, const struct taxonomy_place *was,
                       struct status *st)
{
    if (taxonomy_find_ghost(t, was->parent, was->name) == node)
        return 0; /* there is one, from the last time */
    if (t->count >= TAXONOMY_MAX_NODES)
        return 0;
    int ghost = taxonomy_append(t, was->parent, was->name, strlen(was->name), "", 0, st);
    if (ghost < 0)
        return -1;
    t->nodes[ghost].into = node;
    return 0;
}

/* From where it was to another place, and settled. */
static int put_elsewhere(struct taxonomy *t, int node, const struct taxonomy_place *was,
                         const struct taxonomy_place *place, struct status *st)
{
    if (taxonomy_same_place(was, place))
        return 0;
    return taxonomy_put(t, node, place, st) == 0 && leave_ghost(t, node, was, st) == 0
               ? taxonomy_settle(t, st)
               : -1;
}

int taxonomy_rename(struct taxonomy *t, int node, const char *name, struct status *st)
{
    struct taxonomy_place was, place;
    size_t size;
    if (check_standing(t, node, st) != 0)
        return -1;
    name = text_trim(name, &size);
    if (size == 0)
        return status_fail(st, STATUS_INVALID, "a label has an empty name");
    if (taxonomy_check_label("label", name, size, st) != 0)
        return -1;
    if (memmem(name, size, " > ", 3))
        return status_fail(st, STATUS_INVALID,
                           "'%.*s' would read as several levels: a name has no ' > ' in it",
                           (int)size, name);
    taxonomy_place_of(t, node, &was);
    place = was;
    memcpy(place.name, name, size);
    place.name[size] = 0;
    return put_elsewhere(t, node, &was, &place, st);
}

static int check_not_below(const struct taxonomy *t, int node, int other, const char *what,
                           struct status *st)
{
    char path[400], to[400];
    if (other == TAXONOMY_ROOT || !taxonomy_is_above(t, node, other))
        return 0;
    taxonomy_format(t, other, " > ", to, sizeof to);
    return status_fail(st, STATUS_INVALID, "'%s' cannot be %s '%s', which is %s",
                       taxonomy_format(t, node, " > ", path, sizeof path), what, to,
                       node == other ? "itself" : "below it");
}

int taxonomy_move(struct taxonomy *t, int node, int parent, struct status *st)
{
    struct taxonomy_place was, place;
    if (check_standing(t, node, st) != 0 ||
        (parent != TAXONOMY_ROOT && check_standing(t, parent, st) != 0) ||
        check_not_below(t, node, parent, "moved below", st) != 0)
        return -1;
    taxonomy_place_of(t, node, &was);
    place = was;
    place.parent = parent;
    return put_elsewhere(t, node, &was, &place, st);
}

struct named {
    const char *name;
    int node;
};

static int compare_named(const void *a, const void *b)
{
    return strcmp(((const struct named *)a)->name, ((const struct named *)b)->name);
}

/* The children of a node by name, malloc'd; how many, or -1. */
static int list_children(const struct taxonomy *t, int node, struct named **out, struct status *st)
{
    int count = 0;
    for (int c = taxonomy_first_child(t, node); c >= 0; c = t->nodes[c].next)
        count++;
    *out = malloc(((size_t)count + 1) * sizeof **out);
    if (!*out)
        return status_out_of_memory(st);
    count = 0;
    for (int c = taxonomy_first_child(t, node); c >= 0; c = t->nodes[c].next)
        (*out)[count++] = (struct named){t->nodes[c].name, c};
    qsort(*out, (size_t)count, sizeof **out, compare_named);
    return count;
}

static int merge_unlinked(struct taxonomy *t, int node, int into, struct status *st);

/* A child goes below `into`, or is merged with the one of its name there. */
static int merge_child(struct taxonomy *t, int child, int into, const struct named *there,
                       int count, struct status *st)
{
    struct taxonomy_place place;
    const struct named *same = bsearch(&(struct named){t->nodes[child].name, child}, there,
                                       (size_t)count, sizeof *there, compare_named);
    if (same && stands(t, same->node) && same->node != child)
        return merge_unlinked(t, child, same->node, st);
    taxonomy_place_of(t, child, &place);
    place.parent = into;
    return taxonomy_put(t, child, &place, st);
}

/* Links are those from before, and tell all that is needed: no node is merged into twice. */
static int merge_unlinked(struct taxonomy *t, int node, int into, struct status *st)
{
    struct taxonomy_place place;
    struct named *there;
    int terminal = taxonomy_is_terminal(t, node), count = list_children(t, into, &there, st),
        result = 0;
    if (count < 0)
        return -1;
    taxonomy_place_of(t, into, &place);
    place.marked |= terminal; /* whole labels end there now */
    result = taxonomy_put(t, into, &place, st);
    taxonomy_place_of(t, node, &place);
    place.into = into;
    if (result == 0)
        result = taxonomy_put(t, node, &place, st);
    for (int c = taxonomy_first_child(t, node); c >= 0 && result == 0; c = t->nodes[c].next)
        result = merge_child(t, c, into, there, count, st);
    free(there);
    return result;
}

int taxonomy_merge(struct taxonomy *t, int node, int into, struct status *st)
{
    if (check_standing(t, node, st) != 0 || check_standing(t, into, st) != 0 ||
        check_not_below(t, node, into, "merged into", st) != 0)
        return -1;
    return merge_unlinked(t, node, into, st) == 0 ? taxonomy_settle(t, st) : -1;
}

int taxonomy_remove(struct taxonomy *t, int node, struct status *st)
{
    if (check_standing(t, node, st) != 0)
        return -1;
    for (int v = 0; v < t->count; v++)
        if (v != node && stands(t, v) && taxonomy_is_above(t, node, v)) {
            struct taxonomy_place place;
            taxonomy_place_of(t, v, &place);
            place.into = NODE_REMOVED;
            if (taxonomy_put(t, v, &place, st) != 0)
                return -1;
        }
    struct taxonomy_place place;
    taxonomy_place_of(t, node, &place);
    place.into = NODE_REMOVED;
    return taxonomy_put(t, node, &place, st) == 0 ? taxonomy_settle(t, st) : -1;
}
