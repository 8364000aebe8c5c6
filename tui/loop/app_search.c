/* Search in the queue: the next photo whose file name, label or predicted path holds a text. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/status.h"
#include "labels/text.h"
#include "tui/loop/app_internal.h"

enum {
    FOLDED = 4096,
    NEAR = 1000 /* photos looked at one by one, before all are: mostly the next one is not far */
};

struct search {
    const struct app *a;
    int ascii; /* what is sought: then no letter of a path need be looked up */
    const struct taxonomy *taxonomy;
    char wanted[2 * APP_SOUGHT];
    signed char *node_has; /* [nodes] 1, 0, -1: not looked at yet */
    int nodes;
    struct found {
        int64_t photo;
        int by_name;
    } * found; /* all photos whose name or label has it, ascending; NULL: not looked for yet */
    size_t count, capacity;
    int failed;
};

static int has(const struct search *s, const char *text)
{
    char folded[FOLDED];
    if (s->ascii)
        return strcasestr(text, s->wanted) != NULL;
    text_fold(text, folded, sizeof folded);
    return strstr(folded, s->wanted) != NULL;
}

static int node_has(struct search *s, int node)
{
    char path[TAXONOMY_DEPTH * (TAXONOMY_MAX_NAME + 4)];
    if (node < 0 || node >= s->nodes)
        return 0;
    if (s->node_has[node] < 0)
        s->node_has[node] =
            (signed char)has(s, taxonomy_format(s->taxonomy, node, " > ", path, sizeof path));
    return s->node_has[node];
}

/* A blind sample is found by its name alone. */
static int is_blind(const struct search *s, const struct queue_item *item)
{
    return item->labelled != 2 && app_blind_by_place(s->a, item->photo);
}

/* What is predicted is at hand; for the rest a row of the store is read. */
static int item_has(struct search *s, const struct queue_item *item, struct status *st)
{
    struct photo photo;
    int blind = is_blind(s, item);
    if (!blind && node_has(s, item->node))
        return 1;
    if (store_photo(s->a->project.store, item->photo, &photo, st) != 0)
        return -1;
    int found = (!blind && node_has(s, photo.state.node)) || has(s, photo.path);
    photo_clear(&photo);
    return found;
}

static int note_name(void *arg, const struct photo_name *name)
{
    struct search *s = arg;
    int by_name = has(s, name->path);
    if (!by_name && !node_has(s, name->label))
        return 0;
    if (s->count == s->capacity) {
        size_t capacity = 2 * s->capacity + 64;
        struct found *found = realloc(s->found, capacity * sizeof *found);
        if (!found)
            return s->failed = 1;
        s->found = found;
        s->capacity = capacity;
    }
    s->found[s->count++] = (struct found){name->photo, by_name};
    return 0;
}

static int find_all(struct search *s, struct status *st)
{
    s->found = malloc(sizeof *s->found);
    s->capacity = s->found != NULL;
    if (!s->found || store_each_name(s->a->project.store, note_name, s, st) != 0)
        return s->found ? -1 : status_out_of_memory(st);
    return s->failed ? status_out_of_memory(st) : 0;
}

static int compare_photos(const void *left, const void *right)
{
    int64_t a = ((const struct found *)left)->photo, b = ((const struct found *)right)->photo;
    return (a > b) - (a < b);
}

static int far_item_has(struct search *s, const struct queue_item *item, struct status *st)
{
    struct found key = {.photo = item->photo};
    int blind = is_blind(s, item);
    if (!blind && node_has(s, item->node))
        return 1;
    if (!s->found && find_all(s, st) != 0)
        return -1;
    const struct found *found = bsearch(&key, s->found, s->count, sizeof *s->found, compare_photos);
    return found && (found->by_name || !blind);
}

/* How many steps away, 0: nowhere, not here either; -1: failed. */
static long find(struct search *s, int back, struct status *st)
{
    size_t count = s->a->count, at = s->a->position < count ? s->a->position : back ? 0 : count - 1;
    for (size_t step = 1; step <= count; step++) {
        size_t i = back ? (at + count - step % count) % count : (at + step) % count;
        int found = (step <= NEAR ? item_has : far_item_has)(s, &s->a->items[i], st);
        if (found)
            return found < 0 ? -1 : (long)step;
    }
    return 0;
}

enum app_found app_queue_find(struct app *a, const char *text, int back, struct status *st)
{
    struct search s = {.a = a, .taxonomy = store_taxonomy(a->project.store)};
    if (text)
        snprintf(a->sought, sizeof a->sought, "%s", text);
    if (!a->sought[0] || a->count == 0)
        return APP_NOT_FOUND;
    text_fold(a->sought, s.wanted, sizeof s.wanted);
    s.ascii = text_is_ascii(a->sought);
    s.nodes = taxonomy_count(s.taxonomy);
    s.node_has = malloc((size_t)s.nodes + 1);
    if (!s.node_has) {
        status_out_of_memory(st);
        return APP_FIND_FAILED;
    }
    memset(s.node_has, -1, (size_t)s.nodes + 1);
    long steps = find(&s, back, st);
    free(s.node_has);
    free(s.found);
    if (steps <= 0)
        return steps < 0 ? APP_FIND_FAILED : APP_NOT_FOUND;
    size_t from = a->position < a->count ? a->position : back ? 0 : a->count - 1, n = (size_t)steps;
    size_t to = back ? (from + a->count - n % a->count) % a->count : (from + n) % a->count;
    if (to == a->position)
        return APP_FOUND_HERE;
    int wrapped = back ? to > from : to < from;
    a->position = to;
    if (app_show(a, st) != 0)
        return APP_FIND_FAILED;
    return wrapped ? APP_FOUND_AROUND : APP_FOUND;
}

const char *app_queue_sought(const struct app *a)
{
    return a->sought;
}
