#include "labels/agreement.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "data/status.h"
#include "labels/taxonomy.h"

/* What two have said of one photo. */
struct both {
    int one, other; /* people, one < other */
    int node[2];    /* -1: rejected */
};
struct gathered {
    struct both *list;
    size_t count, capacity;
};

/* ---- which decisions ------------------------------------------------------------------------ */

static int by_photo_and_person(const void *left, const void *right)
{
    const struct decision *a = *(const struct decision *const *)left,
                          *b = *(const struct decision *const *)right;
    if (a->photo != b->photo)
        return (a->photo > b->photo) - (a->photo < b->photo);
    if (a->person != b->person)
        return a->person - b->person;
    return (a->event > b->event) - (a->event < b->event);
}

/* The last of each person on each photo; list [h->count]. Returns how many. */
static size_t last_ones(const struct worklog *h, const struct decision **list)
{
    size_t count = 0, kept = 0;
    for (size_t i = 0; i < h->count; i++)
        if (!h->decisions[i].undone && h->decisions[i].kind != EVENT_SKIP)
            list[count++] = &h->decisions[i];
    if (count > 0)
        qsort(list, count, sizeof *list, by_photo_and_person);
    for (size_t i = 0; i < count; i++)
        if (i + 1 == count || list[i + 1]->photo != list[i]->photo ||
            list[i + 1]->person != list[i]->person)
            list[kept++] = list[i];
    return kept;
}

static int add_both(struct gathered *g, const struct decision *a, const struct decision *b,
                    struct status *st)
{
    if (g->count == g->capacity) {
        size_t capacity = g->capacity ? 2 * g->capacity : 64;
        struct both *grown = realloc(g->list, capacity * sizeof *grown);
        if (!grown)
            return status_out_of_memory(st);
        g->list = grown;
        g->capacity = capacity;
    }
    g->list[g->count++] = (struct both){a->person, b->person, {a->node, b->node}};
    return 0;
}

/* The photos in list[0..count), by photo and person. */
static int gather(const struct decision **list, size_t count, struct gathered *g,
                  struct agreement *out, struct status *st)
{
    for (size_t i = 0, end; i < count; i = end) {
        int same = 1;
        for (end = i + 1; end < count && list[end]->photo == list[i]->photo; end++)
            same &= list[end]->node == list[i]->node;
        if (end - i < 2)
            continue;
        out->photos++;
        out->same += same;
        for (size_t a = i; a < end; a++)
            for (size_t b = a + 1; b < end; b++)
                if (add_both(g, list[a], list[b], st) != 0)
                    return -1;
    }
    return 0;
}

/* ---- kappa ---------------------------------------------------------------------------------- */

/* Of a photo, by level (0 the top one; TAXONOMY_DEPTH: whole paths): a label, or -1. */
static int category(const struct taxonomy *t, int node, int level)
{
    int path[TAXONOMY_DEPTH];
    if (level == TAXONOMY_DEPTH || node < 0)
        return node;
    return taxonomy_path(t, node, path) > level ? path[level] : -1;
}

/* often [2 * (nodes + 1)], zeros, and zeros again afterwards. */
static void count_level(const struct both *list, size_t count, const struct taxonomy *t, int level,
                        long *often, struct agreement_counts *out)
{
    double chance = 0;
    *out = (struct agreement_counts){.kappa = NAN};
    for (size_t i = 0; i < count; i++) {
        int one = category(t, list[i].node[0], level), other = category(t, list[i].node[1], level);
        if (one < 0 && other < 0 && level < TAXONOMY_DEPTH)
            continue;
        out->photos++;
        out->same += one == other;
        often[2 * (one + 1)]++;
        often[2 * (other + 1) + 1]++;
    }
    if (out->photos == 0)
        return;
    for (int k = 0; k <= taxonomy_count(t); k++) {
        chance += (double)often[2 * k] * (double)often[2 * k + 1];
        often[2 * k] = often[2 * k + 1] = 0;
    }
    double n = (double)out->photos, same = (double)out->same / n;
    chance /= n * n;
    if (chance < 1)
        out->kappa = (same - chance) / (1 - chance);
}

static void add_to_all(struct agreement_counts *all, const struct agreement_counts *of,
                       long *defined)
{
    all->photos += of->photos;
    all->same += of->same;
    if (isnan(of->kappa))
        return;
    double before = *defined ? all->kappa : 0;
    *defined += of->photos;
    all->kappa = before + (of->kappa - before) * (double)of->photos / (double)*defined;
}

/* ---- all of it ------------------------------------------------------------------------------ */

static int by_people(const void *left, const void *right)
{
    const struct both *a = left, *b = right;
    return a->one != b->one ? a->one - b->one : a->other - b->other;
}

static int by_photos(const void *left, const void *right)
{
    const struct agreement_pair *a = left, *b = right;
    if (a->path.photos != b->path.photos)
        return a->path.photos < b->path.photos ? 1 : -1;
    return a->one != b->one ? a->one - b->one : a->other - b->other;
}

static int count_pairs(struct gathered *g, const struct taxonomy *t, struct agreement *out,
                       struct status *st)
{
    long *often = calloc(2 * (size_t)taxonomy_count(t) + 2, sizeof *often);
    long defined[TAXONOMY_DEPTH + 1] = {0};
    size_t pairs = 0;
    if (g->count > 0)
        qsort(g->list, g->count, sizeof *g->list, by_people);
    for (size_t i = 0; i < g->count; i++)
        pairs += i == 0 || by_people(&g->list[i], &g->list[i - 1]) != 0;
    out->pairs = calloc(pairs + 1, sizeof *out->pairs);
    if (!often || !out->pairs) {
        free(often);
        return status_out_of_memory(st);
    }
    out->path.kappa = NAN;
    for (int level = 0; level < TAXONOMY_DEPTH; level++)
        out->level[level].kappa = NAN;
    for (size_t i = 0, end; i < g->count; i = end) {
        for (end = i + 1; end < g->count && by_people(&g->list[end], &g->list[i]) == 0;)
            end++;
        struct agreement_pair *p = &out->pairs[out->pair_count++];
        p->one = g->list[i].one;
        p->other = g->list[i].other;
        for (int level = 0; level <= TAXONOMY_DEPTH; level++) {
            struct agreement_counts *c = level < TAXONOMY_DEPTH ? &p->level[level] : &p->path;
            count_level(g->list + i, end - i, t, level, often, c);
            add_to_all(level < TAXONOMY_DEPTH ? &out->level[level] : &out->path, c,
                       &defined[level]);
            if (level < TAXONOMY_DEPTH && c->photos > 0 && out->depth <= level)
                out->depth = level + 1;
        }
    }
    qsort(out->pairs, out->pair_count, sizeof *out->pairs, by_photos);
    free(often);
    return 0;
}

int agreement_make(const struct worklog *h, const struct taxonomy *t, struct agreement *out,
                   struct status *st)
{
    struct gathered g = {0};
    const struct decision **list = malloc((h->count + 1) * sizeof *list);
    *out = (struct agreement){0};
    int failed = !list ? status_out_of_memory(st) : 0;
    if (!failed)
        failed = gather(list, last_ones(h, list), &g, out, st) || count_pairs(&g, t, out, st);
    free(list);
    free(g.list);
    if (failed)
        agreement_clear(out);
    return failed ? -1 : 0;
}

void agreement_clear(struct agreement *a)
{
    free(a->pairs);
    *a = (struct agreement){0};
}
