/* Both models' predictions come in the order of the photos' ids, with the labels beside them: one
 * pass over three sorted lists. What differs is then sorted by the way it went. */
#include "tui/loop/comparison.h"

#include <stdlib.h>
#include <string.h>

#include "data/status.h"
#include "labels/queue.h"
#include "tui/loop/samples.h"

struct known {
    int64_t photo;
    int node;
    int held;
};

struct reading {
    struct queue_item *before, *after;
    size_t count;
    struct known *known;
    size_t known_count;
};

static int by_photo(const void *a, const void *b)
{
    const struct known *x = a, *y = b;
    return (x->photo > y->photo) - (x->photo < y->photo);
}

/* The labels, by rising photo. */
static int read_labels(struct project *p, struct reading *r, struct status *st)
{
    struct samples s;
    if (samples_collect(p, &s, st) != 0)
        return -1;
    r->known_count = (size_t)s.trained + (size_t)s.held;
    r->known = malloc((r->known_count + 1) * sizeof *r->known);
    for (int i = 0; r->known && i < s.held; i++)
        r->known[i] = (struct known){s.held_out[i].photo, s.held_out[i].node, 1};
    for (int i = 0; r->known && i < s.trained; i++)
        r->known[s.held + i] = (struct known){s.train[i].photo, s.train[i].node, 0};
    samples_clear(&s);
    if (!r->known)
        return status_out_of_memory(st);
    qsort(r->known, r->known_count, sizeof *r->known, by_photo);
    return 0;
}

static int read_all(struct project *p, int before, int after, struct reading *r, struct status *st)
{
    const struct queue_request first = {.model = before, .decided_too = 1},
                               second = {.model = after, .decided_too = 1};
    size_t others;
    if (store_queue(p->store, &first, &r->before, &r->count, st) != 0 ||
        store_queue(p->store, &second, &r->after, &others, st) != 0)
        return -1;
    if (others < r->count) /* photos may join in between, at the end */
        r->count = others;
    return read_labels(p, r, st);
}

static void reading_clear(struct reading *r)
{
    free(r->before);
    free(r->after);
    free(r->known);
}

/* ---- scores by top-level node ---- */

/* A part for all, one for every top-level node. */
static int make_parts(const struct taxonomy *t, struct comparison *c, struct status *st)
{
    size_t n = 1;
    for (int v = taxonomy_first_child(t, TAXONOMY_ROOT); v >= 0; v = taxonomy_next_sibling(t, v))
        n++;
    c->parts = calloc(n, sizeof *c->parts);
    if (!c->parts)
        return status_out_of_memory(st);
    c->parts[c->part_count++].node = TAXONOMY_ROOT;
    for (int v = taxonomy_first_child(t, TAXONOMY_ROOT); v >= 0; v = taxonomy_next_sibling(t, v))
        c->parts[c->part_count++].node = v;
    return 0;
}

static void add_held_out(const struct taxonomy *t, struct comparison *c, int truth, int before,
                         int after)
{
    int path[TAXONOMY_DEPTH];
    if (taxonomy_path(t, truth, path) == 0)
        return;
    for (size_t i = 0; i < c->part_count; i++) {
        struct comparison_part *part = &c->parts[i];
        if (part->node != TAXONOMY_ROOT && part->node != path[0])
            continue;
        score_add_nodes(&part->before, t, truth, before);
        score_add_nodes(&part->after, t, truth, after);
    }
}

static void drop_empty_parts(struct comparison *c)
{
    size_t kept = 1;
    for (size_t i = 1; i < c->part_count; i++)
        if (c->parts[i].before.photos > 0)
            c->parts[kept++] = c->parts[i];
    c->part_count = kept;
}

/* ---- what differs ---- */

static double score_of(const struct taxonomy *t, int truth, int answer)
{
    int right[TAXONOMY_DEPTH], given[TAXONOMY_DEPTH];
    int depth = taxonomy_path(t, truth, right);
    return depth > 0 ? score_path(right, depth, given, taxonomy_path(t, answer, given)) : 0;
}

static void add_differing(const struct taxonomy *t, struct comparison *c, int64_t photo, int from,
                          int to, int label)
{
    double gain = label >= 0 ? score_of(t, label, to) - score_of(t, label, from) : 0;
    c->photos[c->photo_count++] = (struct comparison_photo){photo, from, to, label, gain};
    c->better += gain > 0;
    c->worse += gain < 0;
}

static int by_way(const void *a, const void *b)
{
    const struct comparison_photo *x = a, *y = b;
    if (x->from != y->from)
        return x->from < y->from ? -1 : 1;
    if (x->to != y->to)
        return x->to < y->to ? -1 : 1;
    return (x->photo > y->photo) - (x->photo < y->photo);
}

static int by_size(const void *a, const void *b)
{
    const struct comparison_group *x = a, *y = b;
    if (x->count != y->count)
        return x->count > y->count ? -1 : 1;
    return (x->first > y->first) - (x->first < y->first);
}

static int make_groups(struct comparison *c, struct status *st)
{
    c->groups = calloc(c->photo_count + 1, sizeof *c->groups);
    if (!c->groups)
        return status_out_of_memory(st);
    if (c->photo_count > 0)
        qsort(c->photos, c->photo_count, sizeof *c->photos, by_way);
    for (size_t i = 0; i < c->photo_count; i++) {
        const struct comparison_photo *p = &c->photos[i];
        struct comparison_group *g = c->group_count ? &c->groups[c->group_count - 1] : NULL;
        if (!g || g->from != p->from || g->to != p->to) {
            g = &c->groups[c->group_count++];
            *g = (struct comparison_group){.from = p->from, .to = p->to, .first = i};
        }
        g->count++;
        g->labelled += p->label >= 0;
        g->better += p->gain > 0;
        g->worse += p->gain < 0;
    }
    if (c->group_count > 0)
        qsort(c->groups, c->group_count, sizeof *c->groups, by_size);
    return 0;
}

/* ---- the whole ---- */

static void compare(const struct taxonomy *t, const struct reading *r, struct comparison *c)
{
    size_t at = 0;
    c->all = r->count;
    for (size_t i = 0; i < r->count; i++) {
        const struct queue_item *a = &r->before[i], *b = &r->after[i];
        while (at < r->known_count && r->known[at].photo < a->photo)
            at++;
        const struct known *known =
            at < r->known_count && r->known[at].photo == a->photo ? &r->known[at] : NULL;
        int both = a->node >= 0 && b->node >= 0;
        c->lacking[0] += a->node < 0;
        c->lacking[1] += b->node < 0;
        c->both += both;
        c->held += known && known->held;
        c->held_both += known && known->held && both;
        if (both && known && known->held)
            add_held_out(t, c, known->node, a->node, b->node);
        if (both && a->node != b->node)
            add_differing(t, c, a->photo, a->node, b->node, known ? known->node : -1);
    }
}

int comparison_make(struct project *p, int before, int after, struct comparison *out,
                    struct status *st)
{
    const struct taxonomy *t = store_taxonomy(p->store);
    struct reading r = {0};
    *out = (struct comparison){.before = before, .after = after};
    int failed = read_all(p, before, after, &r, st) != 0 || make_parts(t, out, st) != 0;
    if (!failed && !(out->photos = calloc(r.count + 1, sizeof *out->photos)))
        failed = status_out_of_memory(st);
    if (!failed) {
        compare(t, &r, out);
        drop_empty_parts(out);
        failed = make_groups(out, st);
    }
    reading_clear(&r);
    if (failed)
        comparison_clear(out);
    return failed ? -1 : 0;
}

void comparison_clear(struct comparison *c)
{
    free(c->parts);
    free(c->photos);
    free(c->groups);
    *c = (struct comparison){0};
}

int64_t *comparison_photos(struct project *p, size_t *count, size_t *held, struct status *st)
{
    struct reading r = {0};
    int64_t *ids = NULL;
    size_t n = 0;
    if (read_all(p, 0, 0, &r, st) == 0) {
        ids = malloc((r.count + 1) * sizeof *ids);
        if (!ids)
            status_out_of_memory(st);
    }
    for (int part = 1; ids && part >= 0; part--) {
        for (size_t i = 0, at = 0; i < r.count; i++) {
            while (at < r.known_count && r.known[at].photo < r.before[i].photo)
                at++;
            int is_held =
                at < r.known_count && r.known[at].photo == r.before[i].photo && r.known[at].held;
            if (is_held == part)
                ids[n++] = r.before[i].photo;
        }
        if (part == 1)
            *held = n;
    }
    *count = n;
    reading_clear(&r);
    return ids;
}
