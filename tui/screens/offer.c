#include "tui/screens/offer.h"

#include <stdio.h>
#include <string.h>

#include "labels/text.h"

static int is_blank(const char *text)
{
    size_t size;
    text_trim(text, &size);
    return size == 0;
}

/* The child of that name; else the one whose name differs in case only: nobody wants both by
 * typing. */
static int find_child(const struct taxonomy *t, int parent, const char *name)
{
    char wanted[OFFER_TEXT], there[OFFER_TEXT];
    int node = taxonomy_find_child(t, parent, name);
    if (node >= 0)
        return node;
    text_fold(name, wanted, sizeof wanted);
    for (node = taxonomy_first_child(t, parent); node >= 0; node = taxonomy_next_sibling(t, node)) {
        text_fold(taxonomy_name(t, node), there, sizeof there);
        if (strcmp(wanted, there) == 0)
            return node;
    }
    return -1;
}

/* What follows the longest beginning that is a path of the tree already (names may hold a '>'). */
static char *after_known(const struct taxonomy *t, char *text, int *parent)
{
    char *end = text + strlen(text);
    *parent = TAXONOMY_ROOT;
    while (end > text) {
        if (*--end != '>')
            continue;
        *end = '\0';
        int blank = is_blank(text);
        if (!blank)
            *parent = taxonomy_resolve_text(t, text, NULL);
        if (blank || *parent >= 0)
            return end + 1;
        *end = '>';
    }
    *parent = TAXONOMY_ROOT;
    return text;
}

/* Splits off the first level of *rest, without the blanks around it; *rest: NULL after the last. */
static char *next_level(char **rest)
{
    char *level = *rest, *end = strchr(level, '>');
    size_t size;
    *rest = end ? end + 1 : NULL;
    if (end)
        *end = '\0';
    level = (char *)text_trim(level, &size);
    level[size] = '\0';
    return level;
}

static void offer_path(const struct taxonomy *t, struct offer *o)
{
    if (taxonomy_resolve_text(t, o->text, NULL) >= 0)
        return;
    char *rest = after_known(t, o->text, &o->parent);
    o->depth = taxonomy_depth(t, o->parent);
    while (rest) {
        const char *name = next_level(&rest);
        int node = o->count == 0 ? find_child(t, o->parent, name) : -1;
        if (!name[0]) { /* nothing stands on one side of a '>' */
            o->count = 0;
            return;
        }
        if (node >= 0)
            o->parent = node;
        else if (o->count < TAXONOMY_DEPTH + 1)
            o->names[o->count++] = name;
        o->depth++;
    }
}

void offer_make(const struct taxonomy *t, const char *text, struct offer *o)
{
    *o = (struct offer){.parent = OFFER_ASKS};
    snprintf(o->text, sizeof o->text, "%s", text);
    if (strchr(text, '>')) {
        offer_path(t, o);
    } else if (!is_blank(text)) {
        char *rest = o->text;
        o->names[0] = next_level(&rest);
        o->count = o->depth = 1;
        o->parent = taxonomy_count(t) == 0 ? TAXONOMY_ROOT : OFFER_ASKS;
    }
}
