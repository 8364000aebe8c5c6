/* The tree itself.
 *
 * Nodes stand in one array in order of creation and are linked as first child, last child, next
 * sibling, so that children come in the order of their numbers. Two hash tables find a child by its
 * name and a node by its id; they hold node numbers, so growing the array does not disturb them.
 * Nodes are never taken out of the array, except the newest, when a store could not write them down
 * (taxonomy_truncate): one that was merged into another or removed stays there, linked to nothing.
 * Changing nodes is in taxonomy_edit.c. */
#include "labels/taxonomy.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "data/status.h"
#include "labels/taxonomy_internal.h"
#include "labels/text.h"

struct taxonomy *taxonomy_new(int max_depth)
{
    struct taxonomy *t = calloc(1, sizeof *t);
    if (!t)
        return NULL;
    t->max_depth = max_depth < 1 ? 1 : max_depth > TAXONOMY_DEPTH ? TAXONOMY_DEPTH : max_depth;
    t->first = t->last = -1;
    return t;
}

void taxonomy_free(struct taxonomy *t)
{
    if (!t)
        return;
    for (int i = 0; i < t->count; i++) {
        free(t->nodes[i].name);
        free(t->nodes[i].id);
    }
    free(t->nodes);
    free(t->by_name);
    free(t->by_id);
    free(t);
}

struct taxonomy *taxonomy_copy(const struct taxonomy *t)
{
    struct taxonomy *copy = taxonomy_new(t->max_depth);
    for (int i = 0; copy && i < t->count; i++) {
        const struct taxonomy_node *n = &t->nodes[i];
        if (taxonomy_append(copy, n->parent, n->name, strlen(n->name), n->id, strlen(n->id),
                            NULL) != i) {
            taxonomy_free(copy);
            return NULL;
        }
        copy->nodes[i] = (struct taxonomy_node){copy->nodes[i].name,
                                                copy->nodes[i].id,
                                                n->parent,
                                                n->depth,
                                                n->first,
                                                n->last,
                                                n->next,
                                                n->into,
                                                n->marked};
    }
    if (copy) {
        copy->first = t->first;
        copy->last = t->last;
        copy->changes = t->changes;
        copy->edition = t->edition;
        taxonomy_place_all(copy);
    }
    return copy;
}

/* ---- hash tables ---------------------------------------------------------------------------- */

static uint64_t hash_text(uint64_t seed, const char *text, size_t size)
{
    uint64_t h = 0xCBF29CE484222325u ^ (seed * 0x9E3779B97F4A7C15u); /* FNV-1a */
    for (size_t i = 0; i < size; i++)
        h = (h ^ (unsigned char)text[i]) * 0x100000001B3u;
    return h ^ h >> 29;
}

static int same(const char *stored, const char *text, size_t size)
{
    return strncmp(stored, text, size) == 0 && stored[size] == 0;
}

/* The one that stands there; else, where `ghosts` are asked for, what has become of one that was
 * there. */
static int find_name(const struct taxonomy *t, int parent, const char *name, size_t size,
                     int ghosts)
{
    int ghost = -1;
    if (t->places == 0)
        return -1;
    size_t at = hash_text((uint64_t)(parent + 1), name, size) & (t->places - 1);
    for (; t->by_name[at]; at = (at + 1) & (t->places - 1)) {
        int node = t->by_name[at] - 1;
        if (t->nodes[node].parent != parent || !same(t->nodes[node].name, name, size))
            continue;
        if (t->nodes[node].into == NODE_ITSELF)
            return node;
        if (ghosts && node > ghost && taxonomy_now(t, node) >= 0)
            ghost = node; /* the last that was there */
    }
    return taxonomy_now(t, ghost);
}

int taxonomy_find_ghost(const struct taxonomy *t, int parent, const char *name)
{
    return find_name(t, parent, name, strlen(name), 1);
}

static int find_id(const struct taxonomy *t, const char *id, size_t size)
{
    if (t->places == 0 || size == 0)
        return -1;
    size_t at = hash_text(0, id, size) & (t->places - 1);
    for (; t->by_id[at]; at = (at + 1) & (t->places - 1))
        if (same(t->nodes[t->by_id[at] - 1].id, id, size) && taxonomy_now(t, t->by_id[at] - 1) >= 0)
            return taxonomy_now(t, t->by_id[at] - 1);
    return -1;
}

static void place(int *table, size_t places, uint64_t hash, int node)
{
    size_t at = hash & (places - 1);
    while (table[at])
        at = (at + 1) & (places - 1);
    table[at] = node + 1;
}

static void place_name(struct taxonomy *t, int node)
{
    const struct taxonomy_node *n = &t->nodes[node];
    place(t->by_name, t->places, hash_text((uint64_t)(n->parent + 1), n->name, strlen(n->name)),
          node);
}

static void place_id(struct taxonomy *t, int node)
{
    const char *id = t->nodes[node].id;
    if (*id)
        place(t->by_id, t->places, hash_text(0, id, strlen(id)), node);
}

void taxonomy_place_all(struct taxonomy *t)
{
    if (t->places == 0)
        return;
    memset(t->by_name, 0, t->places * sizeof *t->by_name);
    memset(t->by_id, 0, t->places * sizeof *t->by_id);
    for (int i = 0; i < t->count; i++) {
        place_name(t, i);
        place_id(t, i);
    }
}

/* Room for one more node; the tables stay at most half full. */
static int reserve(struct taxonomy *t)
{
    if (t->count < t->capacity)
        return 0;
    int capacity = t->capacity ? t->capacity * 2 : 64;
    struct taxonomy_node *nodes = realloc(t->nodes, (size_t)capacity * sizeof *nodes);
    if (!nodes)
        return -1;
    t->nodes = nodes;
    size_t places = (size_t)capacity * 2;
    int *by_name = malloc(places * sizeof *by_name), *by_id = malloc(places * sizeof *by_id);
    if (!by_name || !by_id) {
        free(by_name);
        free(by_id);
        return -1;
    }
    free(t->by_name);
    free(t->by_id);
    t->by_name = by_name;
    t->by_id = by_id;
    t->places = places;
    t->capacity = capacity;
    taxonomy_place_all(t);
    return 0;
}

/* ---- adding --------------------------------------------------------------------------------- */

int taxonomy_check_label(const char *what, const char *text, size_t size, struct status *st)
{
    char shown[TEXT_SHOWN];
    text_show(text, shown, sizeof shown);
    if (size > TAXONOMY_MAX_NAME)
        return status_fail(st, STATUS_LIMIT, "%s '%s' is longer than %d bytes", what, shown,
                           TAXONOMY_MAX_NAME);
    switch (text_check(text, size)) {
    case TEXT_NOT_UTF8: return status_fail(st, STATUS_INVALID, "%s '%s' is not UTF-8", what, shown);
    case TEXT_CONTROL:
        return status_fail(st, STATUS_INVALID, "%s '%s' holds a control character", what, shown);
    case TEXT_FINE: break;
    }
    return 0;
}

static int check_place(const struct taxonomy *t, int parent, const char *name, size_t size,
                       struct status *st)
{
    char above[400];
    if (size == 0)
        return status_fail(st, STATUS_INVALID, "a label has an empty name");
    if (taxonomy_check_label("label", name, size, st) != 0)
        return -1;
    if (taxonomy_depth(t, parent) >= t->max_depth)
        return status_fail(
            st, STATUS_LIMIT,
            "'%.*s' below '%s' would be level %d; this tree may have %d (`tend init --depth-limit`)",
            (int)size, name, taxonomy_format(t, parent, " > ", above, sizeof above),
            taxonomy_depth(t, parent) + 1, t->max_depth);
    if (t->count >= TAXONOMY_MAX_NODES)
        return status_fail(st, STATUS_LIMIT, "'%.*s' would be label %d; a tree may have %d",
                           (int)size, name, t->count + 1, TAXONOMY_MAX_NODES);
    return 0;
}

static int set_id(struct taxonomy *t, int node, const char *id, size_t size, struct status *st)
{
    if (size == 0 || same(t->nodes[node].id, id, size))
        return node;
    if (t->nodes[node].id[0])
        return status_fail(st, STATUS_CONFLICT, "label '%s' has id '%s', not '%.*s'",
                           t->nodes[node].name, t->nodes[node].id, (int)size, id);
    char *copy = strndup(id, size);
    if (!copy)
        return status_out_of_memory(st);
    free(t->nodes[node].id);
    t->nodes[node].id = copy;
    t->changes++;
    place_id(t, node);
    return node;
}

static void link_node(struct taxonomy *t, int node)
{
    struct taxonomy_node *n = &t->nodes[node];
    int *first = n->parent < 0 ? &t->first : &t->nodes[n->parent].first;
    int *last = n->parent < 0 ? &t->last : &t->nodes[n->parent].last;
    if (*last < 0)
        *first = node;
    else
        t->nodes[*last].next = node;
    *last = node;
}

void taxonomy_link_all(struct taxonomy *t)
{
    t->first = t->last = -1;
    for (int i = 0; i < t->count; i++)
        t->nodes[i].first = t->nodes[i].last = t->nodes[i].next = -1;
    for (int i = 0; i < t->count; i++)
        if (t->nodes[i].into == NODE_ITSELF)
            link_node(t, i);
}

int taxonomy_append(struct taxonomy *t, int parent, const char *name, size_t size, const char *id,
                    size_t id_size, struct status *st)
{
    struct taxonomy_node node = {
        .parent = parent, .first = -1, .last = -1, .next = -1, .into = NODE_ITSELF};
    if (reserve(t) != 0)
        return status_out_of_memory(st);
    node.name = strndup(name, size);
    node.id = strndup(id, id_size);
    if (!node.name || !node.id) {
        free(node.name);
        free(node.id);
        return status_out_of_memory(st);
    }
    t->nodes[t->count] = node;
    return t->count++;
}

static int append(struct taxonomy *t, int parent, const char *name, size_t size, const char *id,
                  size_t id_size, struct status *st)
{
    int depth = taxonomy_depth(t, parent) + 1;
    int node = taxonomy_append(t, parent, name, size, id, id_size, st);
    if (node < 0)
        return -1;
    t->nodes[node].depth = depth;
    t->changes++;
    link_node(t, node);
    place_name(t, node);
    place_id(t, node);
    return node;
}

int taxonomy_add(struct taxonomy *t, int parent, const char *name, const char *id,
                 struct status *st)
{
    size_t size, id_size;
    assert(parent >= TAXONOMY_ROOT && parent < t->count);
    name = text_trim(name, &size);
    id = text_trim(id ? id : "", &id_size);
    if (taxonomy_check_label("id", id, id_size, st) != 0)
        return -1;
    int there = find_name(t, parent, name, size, 0), used = find_id(t, id, id_size);
    if (used >= 0 && used != there) {
        char path[400];
        return status_fail(st, STATUS_CONFLICT, "id '%.*s' of '%.*s' belongs to '%s' already",
                           (int)id_size, id, (int)(size < 200 ? size : 200), name,
                           taxonomy_format(t, used, " > ", path, sizeof path));
    }
    if (there >= 0) /* the id may also be that of a node that was merged into it */
        return used == there ? there : set_id(t, there, id, id_size, st);
    if (check_place(t, parent, name, size, st) != 0)
        return -1;
    return append(t, parent, name, size, id, id_size, st);
}

void taxonomy_mark_terminal(struct taxonomy *t, int node)
{
    assert(node >= 0 && node < t->count);
    if (t->nodes[node].marked)
        return;
    t->nodes[node].marked = 1;
    t->changes++;
}

void taxonomy_truncate(struct taxonomy *t, int count)
{
    for (int i = count; i < t->count; i++) {
        free(t->nodes[i].name);
        free(t->nodes[i].id);
    }
    if (count >= t->count)
        return;
    t->count = count;
    t->changes++;
    taxonomy_link_all(t);
    taxonomy_place_all(t);
}

/* ---- asking --------------------------------------------------------------------------------- */

static const struct taxonomy_node *get(const struct taxonomy *t, int node)
{
    assert(node >= 0 && node < t->count);
    return &t->nodes[node];
}

int taxonomy_count(const struct taxonomy *t)
{
    return t->count;
}

unsigned taxonomy_changes(const struct taxonomy *t)
{
    return t->changes;
}

int64_t taxonomy_edition(const struct taxonomy *t)
{
    return t->edition;
}

int taxonomy_now(const struct taxonomy *t, int node)
{
    while (node >= 0 && node < t->count && t->nodes[node].into >= 0) /* settled: no circle */
        node = t->nodes[node].into;
    return node >= 0 && node < t->count && t->nodes[node].into == NODE_ITSELF ? node : -1;
}

int taxonomy_max_depth(const struct taxonomy *t)
{
    return t->max_depth;
}

int taxonomy_parent(const struct taxonomy *t, int node)
{
    return get(t, node)->parent;
}

int taxonomy_depth(const struct taxonomy *t, int node)
{
    return node == TAXONOMY_ROOT ? 0 : get(t, node)->depth;
}

const char *taxonomy_name(const struct taxonomy *t, int node)
{
    return get(t, node)->name;
}

const char *taxonomy_id(const struct taxonomy *t, int node)
{
    return get(t, node)->id;
}

int taxonomy_is_leaf(const struct taxonomy *t, int node)
{
    return get(t, node)->first < 0;
}

int taxonomy_is_marked(const struct taxonomy *t, int node)
{
    return get(t, node)->marked;
}

int taxonomy_is_terminal(const struct taxonomy *t, int node)
{
    return get(t, node)->into == NODE_ITSELF && (t->nodes[node].first < 0 || t->nodes[node].marked);
}

int taxonomy_first_child(const struct taxonomy *t, int node)
{
    return node == TAXONOMY_ROOT ? t->first : get(t, node)->first;
}

int taxonomy_next_sibling(const struct taxonomy *t, int node)
{
    return get(t, node)->next;
}

/* Without recursion: down, else on, else up and on. */
int taxonomy_next(const struct taxonomy *t, int node)
{
    int next = taxonomy_first_child(t, node);
    while (next < 0 && node >= 0) {
        next = taxonomy_next_sibling(t, node);
        node = taxonomy_parent(t, node);
    }
    return next;
}

int taxonomy_find_child(const struct taxonomy *t, int parent, const char *name)
{
    size_t size;
    name = text_trim(name, &size);
    return find_name(t, parent, name, size, 0);
}

int taxonomy_find_id(const struct taxonomy *t, const char *id)
{
    size_t size;
    id = text_trim(id, &size);
    return find_id(t, id, size);
}

int taxonomy_find_label(const struct taxonomy *t, int parent, const char *label)
{
    size_t size;
    int node = taxonomy_find_child(t, parent, label);
    if (node >= 0)
        return node;
    node = taxonomy_find_id(t, label);
    if (node >= 0 && t->nodes[node].parent == parent)
        return node;
    label = text_trim(label, &size);
    return find_name(t, parent, label, size, 1);
}
