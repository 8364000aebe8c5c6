/* Paths of a tree: from node to text, from labels to node; terminals in tree order. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/status.h"
#include "labels/taxonomy_internal.h"
#include "labels/text.h"

int taxonomy_path(const struct taxonomy *t, int node, int *path)
{
    int depth = taxonomy_depth(t, node);
    for (int i = depth - 1; i >= 0; i--, node = t->nodes[node].parent)
        path[i] = node;
    return depth;
}

int taxonomy_is_above(const struct taxonomy *t, int above, int node)
{
    if (above == TAXONOMY_ROOT)
        return 1;
    while (node != above && node >= 0)
        node = taxonomy_parent(t, node);
    return node == above;
}

/* Adds text to buffer from *used on, cut between characters; 0 when it was cut. */
static int put(char *buffer, size_t size, size_t *used, const char *text)
{
    size_t length = strlen(text), room = size - *used - 1;
    int whole = length <= room;
    if (!whole)
        for (length = room; length > 0 && ((unsigned char)text[length] & 0xC0) == 0x80;)
            length--;
    memcpy(buffer + *used, text, length);
    *used += length;
    buffer[*used] = 0;
    return whole;
}

char *taxonomy_format(const struct taxonomy *t, int node, const char *separator, char *buffer,
                      size_t size)
{
    int path[TAXONOMY_DEPTH];
    int depth = taxonomy_path(t, node, path);
    size_t used = 0;
    assert(size > 0);
    buffer[0] = 0;
    for (int i = 0; i < depth; i++)
        if ((i > 0 && !put(buffer, size, &used, separator)) ||
            !put(buffer, size, &used, t->nodes[path[i]].name))
            break;
    return buffer;
}

/* ---- from labels to node -------------------------------------------------------------------- */

static int is_empty(const char *label)
{
    size_t size;
    text_trim(label, &size);
    return size == 0;
}

/* How many labels there are before trailing empty ones; -1 with a message for a gap or none. */
static int count_labels(const char *const *labels, int count, struct status *st)
{
    char shown[TEXT_SHOWN];
    int given = count;
    while (given > 0 && is_empty(labels[given - 1]))
        given--;
    if (given == 0)
        return status_fail(st, STATUS_INVALID, "there is no label");
    for (int i = 0; i < given; i++)
        if (is_empty(labels[i]))
            return status_fail(
                st, STATUS_INVALID,
                "label %d is empty but label %d is '%s': only trailing labels may be "
                "empty",
                i + 1, given, text_show(labels[given - 1], shown, sizeof shown));
    return given;
}

static int not_found(const struct taxonomy *t, int parent, const char *label, struct status *st)
{
    char shown[TEXT_SHOWN], above[400], there[400];
    int elsewhere = taxonomy_find_id(t, label);
    text_show(label, shown, sizeof shown);
    taxonomy_format(t, parent, " > ", above, sizeof above);
    if (elsewhere >= 0)
        return status_fail(st, STATUS_CONFLICT, "label '%s' is the id of '%s', which is not %s%s%s",
                           shown, taxonomy_format(t, elsewhere, " > ", there, sizeof there),
                           parent < 0 ? "at the top" : "directly below '", above,
                           parent < 0 ? "" : "'");
    if (parent < 0)
        return status_fail(st, STATUS_MISSING, "'%s' is not a label at the top of the tree", shown);
    return status_fail(st, STATUS_MISSING, "'%s' is not a label below '%s'", shown, above);
}

int taxonomy_resolve(struct taxonomy *t, const char *const *labels, int count, int add,
                     struct status *st)
{
    int given = count_labels(labels, count, st), node = TAXONOMY_ROOT, before = t->count;
    if (given < 0)
        return -1;
    for (int i = 0; i < given; i++) {
        int child = taxonomy_find_label(t, node, labels[i]);
        if (child < 0 && (!add || taxonomy_find_id(t, labels[i]) >= 0))
            child = not_found(t, node, labels[i], st);
        else if (child < 0)
            child = taxonomy_add(t, node, labels[i], NULL, st);
        if (child < 0) {
            taxonomy_truncate(t, before);
            return -1;
        }
        node = child;
    }
    return node;
}

static const char *skip_blanks(const char *text)
{
    while (*text == ' ' || *text == '\t')
        text++;
    return text;
}

/* What follows `label` in text: 0 when text does not start with it, else *rest is what is left
 * after the separator ("" at the end). */
static int starts_with(const char *text, const char *label, const char **rest)
{
    size_t length = strlen(label);
    if (length == 0 || strncmp(text, label, length) != 0)
        return 0;
    text = skip_blanks(text + length);
    if (*text == '>' || *text == '/')
        text = skip_blanks(text + 1);
    else if (*text)
        return 0;
    *rest = text;
    return 1;
}

/* Every way of reading the text is tried, because names may hold the separators. `budget` bounds
 * the work on texts made to have very many readings. */
static int resolve_below(const struct taxonomy *t, int parent, const char *text, int *budget)
{
    for (int c = taxonomy_first_child(t, parent); c >= 0; c = t->nodes[c].next) {
        const char *labels[] = {t->nodes[c].name, t->nodes[c].id}, *rest;
        if (--*budget < 0)
            return -1;
        for (int k = 0; k < 2; k++) {
            if (!starts_with(text, labels[k], &rest))
                continue;
            int node = *rest ? resolve_below(t, c, rest, budget) : c;
            if (node >= 0)
                return node;
        }
    }
    return -1;
}

int taxonomy_resolve_text(const struct taxonomy *t, const char *text, struct status *st)
{
    char shown[TEXT_SHOWN];
    size_t size;
    int budget = 64 * TAXONOMY_MAX_NODES;
    text_trim(text, &size);
    char *copy = strndup(skip_blanks(text), size);
    if (!copy)
        return status_out_of_memory(st);
    int node = resolve_below(t, TAXONOMY_ROOT, copy, &budget);
    if (node < 0)
        node = taxonomy_find_id(t, copy);
    free(copy);
    if (node >= 0)
        return node;
    return status_fail(st, STATUS_MISSING,
                       "'%s' is no path of the tree: write it from the top, as in food > drink > "
                       "coffee",
                       text_show(text, shown, sizeof shown));
}

/* ---- terminals ------------------------------------------------------------------------------ */

int terminals_make(const struct taxonomy *t, struct terminals *out, struct status *st)
{
    size_t nodes = (size_t)t->count;
    *out = (struct terminals){.nodes = t->count, .edition = t->edition};
    int *block = malloc((4 * nodes + 1) * sizeof *block);
    if (!block)
        return status_out_of_memory(st);
    out->node = block;
    out->index = block + nodes;
    out->first = block + 2 * nodes;
    out->last = block + 3 * nodes;
    for (int i = 0; i < t->count; i++) { /* of those that are gone */
        out->index[i] = -1;
        out->first[i] = out->last[i] = 0;
    }
    int v = t->first;
    while (v >= 0) {
        out->first[v] = out->count;
        out->index[v] = taxonomy_is_terminal(t, v) ? out->count : -1;
        if (out->index[v] >= 0)
            out->node[out->count++] = v;
        if (t->nodes[v].first >= 0) {
            v = t->nodes[v].first;
            continue;
        }
        for (;;) { /* up to where there is a sibling */
            out->last[v] = out->count;
            if (t->nodes[v].next >= 0) {
                v = t->nodes[v].next;
                break;
            }
            v = t->nodes[v].parent;
            if (v < 0)
                break;
        }
    }
    return 0;
}

int terminals_are_of(const struct terminals *terminals, const struct taxonomy *t)
{
    int marked = 0; /* an inner node that was given as a label has become a terminal */
    for (int node = 0; node < taxonomy_count(t); node++)
        marked += taxonomy_is_terminal(t, node) != 0;
    return terminals->nodes == taxonomy_count(t) && terminals->count == marked &&
           terminals->edition == t->edition;
}

int terminals_copy(const struct terminals *from, struct terminals *out, struct status *st)
{
    size_t count = (size_t)from->count, nodes = (size_t)from->nodes;
    int *block = malloc((count + 3 * nodes + 1) * sizeof *block);
    *out = (struct terminals){0};
    if (!block)
        return status_out_of_memory(st);
    *out = (struct terminals){from->count,
                              from->nodes,
                              from->edition,
                              block,
                              block + count,
                              block + count + nodes,
                              block + count + 2 * nodes};
    memcpy(out->node, from->node, count * sizeof *block);
    memcpy(out->index, from->index, nodes * sizeof *block);
    memcpy(out->first, from->first, nodes * sizeof *block);
    memcpy(out->last, from->last, nodes * sizeof *block);
    return 0;
}

void terminals_clear(struct terminals *terminals)
{
    free(terminals->node);
    *terminals = (struct terminals){0};
}
