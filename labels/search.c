/* Names are folded once into one long array; a query walks them in tree order, so that what the
 * levels above a node hold is known when it comes. Every word costs what place it was found in; a
 * node costs the sum. */
#include "labels/search.h"

#include <stdlib.h>
#include <string.h>

#include "data/status.h"
#include "labels/fold.h"

enum { WORDS = 16, QUERY = 512, FOLDED = 2048 };
/* Where a word was found, best first; in a level above: ABOVE + the place there. WORDS times the
 * worst of these is less than NOWHERE. */
enum { WHOLE, START, WORD_START, INITIALS, INSIDE, ABOVE, NOWHERE = 200 };

/* A run of folded values. */
struct run {
    const uint32_t *c;
    size_t size;
};

struct name {
    struct run all;
    struct run initials; /* of its words; at least one: of a name without letters the first value */
};

struct entry {
    int node, depth;
    size_t name, name_size, initials, initials_size, id, id_size; /* in values */
    uint64_t bits;                                                /* of name and id */
};

struct search {
    const struct taxonomy *of; /* compared only */
    unsigned changes;
    int64_t edition;
    struct entry *entries; /* those that stand, in tree order */
    int count, has_digits;
    uint32_t *values;
    size_t used, capacity;
};

/* ---- folding the tree ---- */

static uint32_t *room(struct search *s, size_t more)
{
    if (s->used + more > s->capacity) {
        size_t wanted = 2 * s->capacity + more;
        uint32_t *values = realloc(s->values, wanted * sizeof *values);
        if (!values)
            return NULL;
        s->values = values;
        s->capacity = wanted;
    }
    return s->values + s->used;
}

/* The places of a name at which a word begins. */
static size_t word_starts(struct run name, size_t *at, size_t max)
{
    size_t n = 0;
    for (size_t i = 0; i < name.size && n < max; i++)
        if (fold_is_word(name.c[i]) && (i == 0 || !fold_is_word(name.c[i - 1])))
            at[n++] = i;
    if (n == 0 && name.size > 0)
        at[n++] = 0;
    return n;
}

static int add_entry(struct search *s, const struct taxonomy *t, int node)
{
    size_t at[TAXONOMY_MAX_NAME];
    struct entry *e = &s->entries[s->count];
    uint32_t *values = room(s, 2 * FOLDED + TAXONOMY_MAX_NAME);
    if (!values)
        return -1;
    *e = (struct entry){.node = node, .depth = taxonomy_depth(t, node), .name = s->used};
    e->name_size = fold(taxonomy_name(t, node), values, NULL, FOLDED);
    e->initials = e->name + e->name_size;
    e->initials_size = word_starts((struct run){values, e->name_size}, at, TAXONOMY_MAX_NAME);
    for (size_t i = 0; i < e->initials_size; i++)
        values[e->name_size + i] = values[at[i]];
    e->id = e->initials + e->initials_size;
    e->id_size = fold(taxonomy_id(t, node), s->values + e->id, NULL, FOLDED);
    e->bits =
        fold_bits(s->values + e->name, e->name_size) | fold_bits(s->values + e->id, e->id_size);
    s->used = e->id + e->id_size;
    uint32_t first = s->values[e->name], first_of_id = e->id_size > 0 ? s->values[e->id] : 0;
    s->has_digits |= (e->name_size > 0 && first >= '0' && first <= '9') ||
                     (first_of_id >= '0' && first_of_id <= '9');
    s->count++;
    return 0;
}

int search_make(const struct taxonomy *t, struct search **out, struct status *st)
{
    struct search *s = calloc(1, sizeof *s);
    *out = NULL;
    if (!s || !(s->entries = malloc(((size_t)taxonomy_count(t) + 1) * sizeof *s->entries)))
        goto fail;
    s->of = t;
    s->changes = taxonomy_changes(t);
    s->edition = taxonomy_edition(t);
    for (int v = taxonomy_first_child(t, TAXONOMY_ROOT); v >= 0; v = taxonomy_next(t, v))
        if (add_entry(s, t, v) != 0)
            goto fail;
    *out = s;
    return 0;
fail:
    search_free(s);
    return status_out_of_memory(st);
}

void search_free(struct search *s)
{
    if (!s)
        return;
    free(s->entries);
    free(s->values);
    free(s);
}

int search_is_of(const struct search *s, const struct taxonomy *t)
{
    return s && s->of == t && s->changes == taxonomy_changes(t) &&
           s->edition == taxonomy_edition(t);
}

int search_has_digits(const struct search *s)
{
    return s->has_digits;
}

/* ---- a query ---- */

struct query {
    uint32_t values[QUERY];
    struct run all; /* without the separators around */
    struct run word[WORDS];
    uint64_t bits[WORDS];
    int count;
};

static int parts_words(uint32_t v)
{
    return v == ' ' || v == '\t' || v == '>' || v == '/';
}

static void parse_query(const char *text, struct query *q)
{
    size_t n = fold(text, q->values, NULL, QUERY), at = 0;
    q->count = 0;
    q->all = (struct run){q->values, 0};
    while (q->count < WORDS) {
        while (at < n && parts_words(q->values[at]))
            at++;
        if (at == n)
            break;
        struct run *word = &q->word[q->count++];
        word->c = q->values + at;
        while (at < n && !parts_words(q->values[at]))
            at++;
        word->size = (size_t)(q->values + at - word->c);
        q->bits[q->count - 1] = fold_bits(word->c, word->size);
    }
    if (q->count > 0) {
        q->all.c = q->word[0].c;
        q->all.size = (size_t)(q->word[q->count - 1].c - q->all.c) + q->word[q->count - 1].size;
    }
}

/* The best place of a word in a name; *at, *size: which values it takes. */
static int place_in(struct run name, struct run word, size_t *at, size_t *size)
{
    int best = NOWHERE, exact;
    for (size_t i = 0; i < name.size && best > WORD_START; i++) {
        if (name.c[i] != word.c[0] && word.c[0] < FOLD_HANGUL)
            continue;
        size_t n = fold_match(name.c + i, name.size - i, word.c, word.size, &exact);
        if (n == 0)
            continue;
        int place = i == 0 ? (exact && n == name.size ? WHOLE : START)
                    : fold_is_word(name.c[i]) && !fold_is_word(name.c[i - 1]) ? WORD_START
                                                                              : INSIDE;
        if (place < best) {
            best = place;
            *at = i;
            *size = n;
        }
    }
    return best;
}

static int begins(struct run text, struct run word)
{
    for (size_t i = 0; i < word.size; i++)
        if (i >= text.size || !fold_same(text.c[i], word.c[i]))
            return 0;
    return 1;
}

/* Is the word made of initials of levels that end at level depth - 1, of each the first one or
 * those of all its words? took[level]: how many of that level. */
static int ends_in_initials(const struct name *level, int depth, struct run word,
                            unsigned char *took)
{
    if (word.size == 0)
        return 1;
    if (depth == 0)
        return 0;
    struct run own = level[depth - 1].initials;
    for (int all = 1; all >= 0; all--) {
        size_t n = all ? own.size : 1;
        struct run rest = {word.c, word.size - n};
        if (n == 0 || n > word.size || !begins(own, (struct run){word.c + rest.size, n}))
            continue;
        took[depth - 1] = (unsigned char)n;
        if (ends_in_initials(level, depth - 1, rest, took))
            return 1;
    }
    took[depth - 1] = 0;
    return 0;
}

/* The best place of a word in the last of these levels; may_hold 0: its name and id lack a part of
 * it. */
static int place_of(const struct name *level, int depth, struct run id, struct run word,
                    int may_hold)
{
    unsigned char took[TAXONOMY_DEPTH] = {0};
    size_t at, size;
    const struct name *own = &level[depth - 1];
    int place = may_hold ? place_in(own->all, word, &at, &size) : NOWHERE;
    int in_id = may_hold && id.size ? place_in(id, word, &at, &size) : NOWHERE;
    if (in_id < place)
        place = in_id;
    if (place > INITIALS && word.size > 1 &&
        (begins(own->initials, word) || ends_in_initials(level, depth, word, took)))
        place = INITIALS;
    return place;
}

/* ---- finding ---- */

struct hit {
    int node, cost, depth, order;
    float weight;
};

static int compare_hits(const void *left, const void *right)
{
    const struct hit *a = left, *b = right;
    if (a->cost != b->cost)
        return a->cost - b->cost;
    if (a->weight != b->weight)
        return a->weight > b->weight ? -1 : 1;
    if (a->depth != b->depth)
        return a->depth - b->depth;
    return a->order - b->order;
}

static int same_run(struct run a, struct run b)
{
    return a.size == b.size && memcmp(a.c, b.c, a.size * sizeof *a.c) == 0;
}

/* What the words cost in the last of these levels (cost[depth - 1]), cost[depth - 2] being that of
 * the one above. Their sum, or NOWHERE and more. */
static int cost_of(const struct search *s, const struct query *q, const struct entry *e,
                   const struct name *level, unsigned char (*cost)[WORDS])
{
    int sum = 0, depth = e->depth;
    struct run id = {s->values + e->id, e->id_size};
    for (int w = 0; w < q->count; w++) {
        int place = place_of(level, depth, id, q->word[w], !(q->bits[w] & ~e->bits));
        int above = depth > 1 ? cost[depth - 2][w] : NOWHERE;
        if (above < ABOVE)
            above += ABOVE;
        cost[depth - 1][w] = (unsigned char)(place < above ? place : above);
        sum += cost[depth - 1][w];
    }
    return q->count > 1 && same_run(q->all, level[depth - 1].all) ? WHOLE : sum;
}

/* The best `max` so far as a heap, the worst of them at the root. */
static void keep_best(struct hit *heap, int *count, int max, const struct hit *hit)
{
    int at = 0;
    if (*count < max) {
        for (at = (*count)++; at > 0 && compare_hits(hit, &heap[(at - 1) / 2]) > 0;
             at = (at - 1) / 2)
            heap[at] = heap[(at - 1) / 2];
    } else if (max > 0 && compare_hits(hit, &heap[0]) < 0) {
        for (int child; (child = 2 * at + 1) < max; at = child) {
            child += child + 1 < max && compare_hits(&heap[child + 1], &heap[child]) > 0;
            if (compare_hits(hit, &heap[child]) >= 0)
                break;
            heap[at] = heap[child];
        }
    } else {
        return;
    }
    heap[at] = *hit;
}

int search_find(const struct search *s, const char *text, const float *weight, int *nodes, int max)
{
    struct query q;
    struct name level[TAXONOMY_DEPTH];
    unsigned char cost[TAXONOMY_DEPTH][WORDS];
    int count = 0;
    struct hit *hits = malloc(((size_t)(max > 0 ? max : 0) + 1) * sizeof *hits);
    if (!hits)
        return 0; /* nothing found is what can be said without a status */
    parse_query(text, &q);
    for (int i = 0; i < s->count; i++) {
        const struct entry *e = &s->entries[i];
        level[e->depth - 1] = (struct name){{s->values + e->name, e->name_size},
                                            {s->values + e->initials, e->initials_size}};
        struct hit hit = {e->node, cost_of(s, &q, e, level, cost), q.count ? e->depth : 0, i,
                          weight ? weight[e->node] : 0};
        if (hit.cost < NOWHERE)
            keep_best(hits, &count, max, &hit);
    }
    qsort(hits, (size_t)count, sizeof *hits, compare_hits);
    for (int i = 0; i < count; i++)
        nodes[i] = hits[i].node;
    free(hits);
    return count;
}

/* ---- marking ---- */

struct folded {
    uint32_t values[FOLDED], initials[TAXONOMY_MAX_NAME];
    uint16_t from[FOLDED];
    size_t size, bytes;
    size_t starts[TAXONOMY_MAX_NAME];
};

static void fold_level(const char *name, struct folded *f, struct name *out)
{
    f->size = fold(name, f->values, f->from, FOLDED);
    f->bytes = strlen(name);
    out->all = (struct run){f->values, f->size};
    out->initials = (struct run){f->initials, word_starts(out->all, f->starts, TAXONOMY_MAX_NAME)};
    for (size_t i = 0; i < out->initials.size; i++)
        f->initials[i] = f->values[f->starts[i]];
}

/* From the character of one value to that of another; both of them may be parts of the same. */
static void mark(const struct folded *f, size_t at, size_t size, unsigned char *marks)
{
    size_t first = f->from[at], last = f->from[at + size - 1], next = at + size;
    while (next < f->size && f->from[next] == last)
        next++;
    size_t end = next < f->size ? f->from[next] : f->bytes;
    if (end > first)
        memset(marks + first, 1, end - first);
}

static void mark_initials(const struct folded *f, const struct name *level, int depth,
                          struct run word, struct search_marks *out)
{
    for (int d = depth; d > 0; d--) {
        unsigned char took[TAXONOMY_DEPTH] = {0};
        int own = begins(level[d - 1].initials, word);
        if (own)
            took[d - 1] = (unsigned char)word.size;
        else if (!ends_in_initials(level, d, word, took))
            continue;
        for (int i = 0; i < d; i++)
            for (int k = 0; k < took[i]; k++)
                mark(&f[i], f[i].starts[k], 1, out->at[i]);
        return;
    }
}

void search_mark(const struct taxonomy *t, const char *text, int node, struct search_marks *out)
{
    struct query q;
    struct folded folded[TAXONOMY_DEPTH];
    struct name level[TAXONOMY_DEPTH];
    int path[TAXONOMY_DEPTH], depth = node >= 0 ? taxonomy_path(t, node, path) : 0;
    memset(out, 0, sizeof *out);
    parse_query(text, &q);
    for (int d = 0; d < depth && q.count > 0; d++)
        fold_level(taxonomy_name(t, path[d]), &folded[d], &level[d]);
    for (int w = 0; w < q.count; w++) {
        int found = 0;
        for (int d = 0; d < depth; d++) {
            size_t at, size;
            if (place_in(level[d].all, q.word[w], &at, &size) == NOWHERE)
                continue;
            mark(&folded[d], at, size, out->at[d]);
            found = 1;
        }
        if (!found && q.word[w].size > 1)
            mark_initials(folded, level, depth, q.word[w], out);
    }
}
