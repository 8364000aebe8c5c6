/* Search as a person types, and what is worth telling about a tree. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/status.h"
#include "labels/taxonomy_internal.h"
#include "labels/text.h"

/* ---- search ---------------------------------------------------------------------------------
 * Each word sets a bit in the nodes whose name or id holds it; a node passes what is set on to those below
 * it, in one pass in tree order. */

enum { WORDS = 16, FOLDED = 2 * TAXONOMY_MAX_NAME + 8 };
enum { WHOLE, START, WORD_START, INSIDE, ABOVE }; /* where a word was found, best first */

struct query {
    char text[512];
    const char *word[WORDS];
    int count;
};

struct hit {
    int node, where, depth, order;
};

static void split_words(struct query *q, const char *text)
{
    text_fold(text, q->text, sizeof q->text);
    q->count = 0;
    char *rest = q->text, *word;
    while (q->count < WORDS && (word = strtok_r(rest, " \t>/", &rest)))
        q->word[q->count++] = word;
}

static int is_word_break(char c)
{
    return (c >= 0 && c < '0') || (c > '9' && c < 'A') || c == '_' || c == '[' || c == ']';
}

static int where_in(const char *name, const char *word)
{
    const char *at = strstr(name, word);
    if (!at)
        return ABOVE;
    if (at == name)
        return name[strlen(word)] ? START : WHOLE;
    for (; at; at = strstr(at + 1, word))
        if (is_word_break(at[-1]))
            return WORD_START;
    return INSIDE;
}

/* Which words node holds itself, as bits; *where is the best place. */
static unsigned match_node(const struct taxonomy *t, int node, const struct query *q, int *where)
{
    char name[FOLDED], id[FOLDED];
    unsigned found = 0;
    text_fold(t->nodes[node].name, name, sizeof name);
    text_fold(t->nodes[node].id, id, sizeof id);
    for (int w = 0; w < q->count; w++) {
        int place = where_in(name, q->word[w]), in_id = where_in(id, q->word[w]);
        if (in_id == WHOLE)
            place = WHOLE;
        else if (in_id < ABOVE && place == ABOVE)
            place = INSIDE;
        if (place < ABOVE)
            found |= 1u << w;
        if (place < *where)
            *where = place;
    }
    return found;
}

/* The nodes depth first; how many. */
static int in_tree_order(const struct taxonomy *t, int *order)
{
    int v = t->first, count = 0;
    while (v >= 0) {
        order[count++] = v;
        if (t->nodes[v].first >= 0) {
            v = t->nodes[v].first;
            continue;
        }
        while (v >= 0 && t->nodes[v].next < 0)
            v = t->nodes[v].parent;
        if (v >= 0)
            v = t->nodes[v].next;
    }
    return count;
}

static int compare_hits(const void *left, const void *right)
{
    const struct hit *a = left, *b = right;
    if (a->where != b->where)
        return a->where - b->where;
    if (a->depth != b->depth)
        return a->depth - b->depth;
    return a->order - b->order;
}

int taxonomy_search(const struct taxonomy *t, const char *text, int *nodes, int max)
{
    struct query q;
    size_t n = (size_t)t->count + 1;
    int count = 0;
    split_words(&q, text);
    unsigned *found = malloc(n * sizeof *found), all = (1u << q.count) - 1;
    int *order = malloc(n * sizeof *order);
    struct hit *hits = malloc(n * sizeof *hits);
    if (!found || !order || !hits)
        goto out; /* nothing found is what can be said without a status */
    int standing = in_tree_order(t, order);
    for (int i = 0; i < standing; i++) {
        int v = order[i], where = ABOVE, parent = t->nodes[v].parent;
        found[v] = match_node(t, v, &q, &where) | (parent >= 0 ? found[parent] : 0);
        if (found[v] == all)
            hits[count++] = (struct hit){v, where, q.count ? t->nodes[v].depth : 0, i};
    }
    qsort(hits, (size_t)count, sizeof *hits, compare_hits);
    if (count > max)
        count = max;
    for (int i = 0; i < count; i++)
        nodes[i] = hits[i].node;
out:
    free(found);
    free(order);
    free(hits);
    return count;
}

/* ---- what is worth telling ------------------------------------------------------------------ */

struct spelling {
    char *folded; /* lower case, without blanks, '-' and '_' */
    int node;
};

struct telling {
    const struct taxonomy *t;
    void (*say)(void *arg, const char *text);
    void *arg;
    int count;
};

static void tell(struct telling *to, const char *text)
{
    to->count++;
    if (to->say)
        to->say(to->arg, text);
}

static char *spell(const char *name)
{
    char folded[FOLDED];
    size_t used = 0;
    text_fold(name, folded, sizeof folded);
    for (const char *c = folded; *c; c++)
        if (*c != ' ' && *c != '-' && *c != '_')
            folded[used++] = *c;
    folded[used] = 0;
    return strdup(folded);
}

static int compare_spellings(const void *left, const void *right)
{
    const struct spelling *a = left, *b = right;
    int order = strcmp(a->folded, b->folded);
    return order ? order : (a->node > b->node) - (a->node < b->node);
}

/* "a > x, b > x and 3 more" of the nodes for which `wanted` holds. */
static void list_paths(const struct taxonomy *t, const struct spelling *s, size_t count, char *out,
                       size_t size)
{
    char path[200];
    int used = 0;
    size_t shown = 0;
    for (; shown < count && used < (int)size / 2; shown++) {
        taxonomy_format(t, s[shown].node, " > ", path, sizeof path);
        used += snprintf(out + used, size - (size_t)used, "%s%s", shown ? ", " : "", path);
    }
    if (shown < count && used < (int)size)
        snprintf(out + used, size - (size_t)used, " and %zu more", count - shown);
}

static void tell_group(struct telling *to, const struct spelling *s, size_t count)
{
    const struct taxonomy *t = to->t;
    char paths[460], text[900];
    int same_name = 1, levels = 0;
    const struct taxonomy_node *first = &t->nodes[s[0].node];
    for (size_t i = 1; i < count; i++) {
        same_name &= strcmp(t->nodes[s[i].node].name, first->name) == 0;
        levels |= t->nodes[s[i].node].depth != first->depth;
    }
    list_paths(t, s, count, paths, sizeof paths);
    if (same_name)
        snprintf(text, sizeof text, "the name '%s' stands at %zu places%s: %s", first->name, count,
                 levels ? " and at more than one level" : "", paths);
    else
        snprintf(text, sizeof text, "names that differ only in case, blanks or hyphens: %s", paths);
    tell(to, text);
}

static int tell_names(struct telling *to)
{
    size_t n = 0, made = 0;
    struct spelling *s = malloc(((size_t)to->t->count + 1) * sizeof *s);
    if (!s)
        return -1;
    for (int v = 0; v < to->t->count; v++) {
        if (taxonomy_now(to->t, v) != v)
            continue;
        n++;
        s[made] = (struct spelling){spell(to->t->nodes[v].name), v};
        if (!s[made].folded)
            break;
        made++;
    }
    if (made == n) {
        qsort(s, n, sizeof *s, compare_spellings);
        for (size_t i = 0, end; i < n; i = end) {
            for (end = i + 1; end < n && strcmp(s[end].folded, s[i].folded) == 0;)
                end++;
            if (end > i + 1)
                tell_group(to, s + i, end - i);
        }
    }
    for (size_t i = 0; i < made; i++)
        free(s[i].folded);
    free(s);
    return made == n ? 0 : -1;
}

static void tell_single_children(struct telling *to)
{
    const struct taxonomy *t = to->t;
    char path[400], text[700];
    for (int v = 0; v < t->count; v++) {
        int child = t->nodes[v].first;
        if (child < 0 || t->nodes[child].next >= 0 || t->nodes[v].marked)
            continue;
        taxonomy_format(t, v, " > ", path, sizeof path);
        snprintf(text, sizeof text, "'%s' has a single label below it, '%s'", path,
                 t->nodes[child].name);
        tell(to, text);
    }
}

int taxonomy_inspect(const struct taxonomy *t, void (*say)(void *arg, const char *text), void *arg)
{
    struct telling to = {t, say, arg, 0};
    if (tell_names(&to) != 0)
        tell(&to, "out of memory: names could not be compared");
    tell_single_children(&to);
    return to.count;
}
