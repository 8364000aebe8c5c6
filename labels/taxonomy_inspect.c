/* What is worth telling about a tree. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/status.h"
#include "labels/taxonomy_internal.h"
#include "labels/text.h"

enum { FOLDED = 2 * TAXONOMY_MAX_NAME + 8 };

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
