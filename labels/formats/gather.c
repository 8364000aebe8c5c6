#include "labels/formats/gather.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/status.h"
#include "labels/formats/export.h"
#include "labels/text.h"

int gather_start(struct gather *g, struct store *s, const struct import_options *options,
                 struct import_report *report, struct status *st)
{
    *g = (struct gather){.store = s, .options = options, .report = report};
    if (options->split && split_from_name(options->split) < 0)
        return status_fail(st, STATUS_INVALID, "a split is train, val or test, not '%s'",
                           options->split);
    g->taxonomy = taxonomy_copy(store_taxonomy(s));
    return g->taxonomy ? 0 : status_out_of_memory(st);
}

void gather_clear(struct gather *g)
{
    for (size_t i = 0; i < g->count; i++)
        free((char *)(uintptr_t)g->photos[i].path);
    free(g->photos);
    free(g->places);
    taxonomy_free(g->taxonomy);
    *g = (struct gather){0};
}

int gather_problem(struct gather *g, const char *source, int line, struct status *problem,
                   struct status *st)
{
    if (problem->code == STATUS_MEMORY)
        return status_out_of_memory(st);
    if (line > 0 && g->column > 0)
        status_prefix(problem, "%s:%d:%d", source, line, g->column);
    else if (line > 0)
        status_prefix(problem, "%s:%d", source, line);
    else
        status_prefix(problem, "%s", source);
    g->report->left_out++;
    if (g->report->problem)
        g->report->problem(g->report->arg, problem->text);
    if (g->options->strict)
        return status_fail(st, problem->code, "%s; nothing was imported", problem->text);
    return 0;
}

/* ---- photos --------------------------------------------------------------------------------- */

static int grow(struct gather *g, struct status *st)
{
    size_t larger = g->capacity ? g->capacity * 2 : 1024;
    struct photo_new *photos = realloc(g->photos, larger * sizeof *photos);
    if (photos)
        g->photos = photos;
    struct gather_place *places = realloc(g->places, larger * sizeof *places);
    if (places)
        g->places = places;
    if (!photos || !places)
        return status_out_of_memory(st);
    g->capacity = larger;
    return 0;
}

/* Which of the labels it is: the first with which the path cannot be. */
static int wrong_column(struct gather *g, const char *const *labels, int count)
{
    int wrong = 1;
    if (!g->label_columns)
        return g->column;
    while (wrong < count &&
           taxonomy_resolve(g->taxonomy, labels, wrong, g->options->add_nodes, NULL) >= 0)
        wrong++;
    return g->label_columns[wrong - 1];
}

int gather_add(struct gather *g, const char *source, int line, char *path,
               const struct photo_new *photo, const char *const *labels, int count,
               struct status *st)
{
    struct status problem = {0};
    int node = -1;
    if (!path || (g->count == g->capacity && grow(g, st) != 0)) {
        free(path);
        return path ? -1 : status_out_of_memory(st);
    }
    if (count > 0)
        node = taxonomy_resolve(g->taxonomy, labels, count, g->options->add_nodes, &problem);
    if (count > 0 && node < 0) {
        free(path);
        g->column = wrong_column(g, labels, count);
        return gather_problem(g, source, line, &problem, st);
    }
    struct photo_new *to = &g->photos[g->count];
    *to = *photo;
    to->path = path;
    to->node = node;
    if (g->options->split && *g->options->split)
        to->split = (enum split)split_from_name(g->options->split);
    g->places[g->count++] = (struct gather_place){line, g->label_columns ? 0 : g->column, line};
    if (g->count % 1024 == 0 && g->options->progress &&
        g->options->progress(g->report->arg, g->count, 0))
        return status_fail(st, STATUS_CANCELLED, "the import was stopped; nothing was imported");
    return 0;
}

/* ---- the same photo twice ------------------------------------------------------------------- */

struct place {
    const char *path;
    size_t index;
};

static int compare_places(const void *left, const void *right)
{
    const struct place *a = left, *b = right;
    int order = strcmp(a->path, b->path);
    return order ? order : (a->index > b->index) - (a->index < b->index);
}

static void drop(struct gather *g, size_t i)
{
    free((char *)(uintptr_t)g->photos[i].path);
    g->photos[i].path = NULL;
}

/* What is said of the label, beside that it is for later? */
static int says_label(const struct photo_new *p)
{
    return p->node >= 0 || p->says == PHOTO_REJECTED;
}

/* "'food > bread' in line 3" */
static const char *format_said(const struct gather *g, const struct photo_new *p,
                               const struct gather_place *place, char *text, size_t size)
{
    char label[150] = "of no class", column[32] = "";
    if (p->node >= 0)
        taxonomy_format(g->taxonomy, p->node, " > ", label, sizeof label);
    if (place && place->column > 0)
        snprintf(column, sizeof column, ", column %d", place->column);
    if (place)
        snprintf(text, size, "'%s' in line %d%s", label, place->line, column);
    else
        snprintf(text, size, "'%s'", label);
    return text;
}

/* b takes the place of what a says of the label. */
static void take_label(struct photo_new *a, struct gather_place *at, const struct photo_new *b,
                       const struct gather_place *from)
{
    a->node = b->node;
    a->says = b->says;
    a->time = b->time;
    at->line = from->line;
    at->column = from->column;
}

/* Two labels: the later one holds where both have times, else the first. -1 with the problem. */
static int settle_labels(struct gather *g, const char *source, size_t first, size_t again,
                         struct status *problem)
{
    struct photo_new *a = &g->photos[first], *b = &g->photos[again];
    struct gather_place *at = &g->places[first], *from = &g->places[again];
    char shown[TEXT_SHOWN], one[200], two[220], text[900];
    text_show(b->path, shown, sizeof shown);
    format_said(g, b, NULL, one, sizeof one);
    format_said(g, a, at, two, sizeof two);
    if (a->time == 0 || b->time == 0 || a->time == b->time)
        return status_fail(problem, STATUS_CONFLICT,
                           "photo '%s' is labelled %s here but %s; the first one is kept", shown,
                           one, two);
    snprintf(text, sizeof text,
             "%.200s:%d: photo '%s' is labelled %s here but %s; the later one %s", source,
             from->line, shown, one, two, b->time > a->time ? "is taken" : "is kept");
    if (g->report->problem)
        g->report->problem(g->report->arg, text);
    if (b->time > a->time)
        take_label(a, at, b, from);
    return 0;
}

static int settle_splits(const struct gather *g, size_t first, size_t again, struct status *problem)
{
    char shown[TEXT_SHOWN];
    struct photo_new *a = &g->photos[first], *b = &g->photos[again];
    if (b->split == SPLIT_NONE || a->split == b->split)
        return 0;
    if (a->split == SPLIT_NONE) {
        a->split = b->split;
        g->places[first].split_line = g->places[again].split_line;
        return 0;
    }
    return status_fail(
        problem, STATUS_CONFLICT,
        "photo '%s' is of split '%s' here but '%s' in line %d; the first one is kept",
        text_show(b->path, shown, sizeof shown), split_name(b->split), split_name(a->split),
        g->places[first].split_line);
}

/* A photo again: what each says and the other does not is taken together. */
static int settle_pair(struct gather *g, const char *source, size_t first, size_t again,
                       struct status *st)
{
    struct status problem = {0};
    struct photo_new *a = &g->photos[first], *b = &g->photos[again];
    struct gather_place place = g->places[again];
    int partly = says_label(b) && !says_label(a);
    if (!says_label(a) && (says_label(b) || b->says != PHOTO_LABEL))
        take_label(a, &g->places[first], b, &place);
    else if (says_label(a) && says_label(b) && (a->node != b->node || a->says != b->says) &&
             !(a->node == b->node && a->node >= 0))
        settle_labels(g, source, first, again, &problem);
    if (problem.code == STATUS_OK && settle_splits(g, first, again, &problem) != 0)
        g->report->left_out -= (size_t)partly; /* since its label was taken */
    drop(g, again);
    g->column = place.column;
    return problem.code == STATUS_OK ? 0 : gather_problem(g, source, place.line, &problem, st);
}

static int settle_doubles(struct gather *g, const char *source, struct status *st)
{
    struct place *places = malloc((g->count ? g->count : 1) * sizeof *places);
    int failed = 0;
    g->column = 0;
    if (!places)
        return status_out_of_memory(st);
    for (size_t i = 0; i < g->count; i++)
        places[i] = (struct place){g->photos[i].path, i};
    if (g->count > 0)
        qsort(places, g->count, sizeof *places, compare_places);
    for (size_t i = 1, first = 0; !failed && i < g->count; i++) {
        if (strcmp(places[first].path, places[i].path) == 0)
            failed = settle_pair(g, source, places[first].index, places[i].index, st);
        else
            first = i;
    }
    free(places);
    size_t kept = 0;
    for (size_t i = 0; i < g->count; i++)
        if (g->photos[i].path)
            g->photos[kept++] = g->photos[i];
    g->count = kept;
    return failed;
}

/* ---- nodes for what is taken ---------------------------------------------------------------- */

/* By the rule: what is to be done with a label that a person has decided otherwise. */
static int apply_rule(struct gather *g, struct photo_new *p, const struct photo *photo,
                      struct status *st)
{
    struct export_decision decision;
    enum conflict_rule rule = g->options->conflicts;
    if (rule == CONFLICT_NEWER && p->time == 0)
        g->report->untimed++;
    else if (rule == CONFLICT_NEWER && export_decision(g->store, photo, &decision, st) != 0)
        return -1;
    else if (rule == CONFLICT_THEIRS || (rule == CONFLICT_NEWER && p->time > decision.time))
        p->decided = PHOTO_TAKES;
    else if (rule == CONFLICT_REVIEW && p->node >= 0)
        p->decided = PHOTO_CLAIMS;
    return 0;
}

static void tell_conflict(struct gather *g, const struct photo_new *p, const struct photo *photo)
{
    char mine[300] = "", theirs[300] = "";
    if (!g->report->conflict)
        return;
    if (photo->state.node >= 0)
        taxonomy_format(g->taxonomy, photo->state.node, " > ", mine, sizeof mine);
    if (p->node >= 0)
        taxonomy_format(g->taxonomy, p->node, " > ", theirs, sizeof theirs);
    g->report->conflict(g->report->arg, &(struct import_conflict){p->path, mine, theirs,
                                                                  p->decided == PHOTO_TAKES});
}

/* Has a person decided on the photo, and does that stay, so that the label here is not taken? -1:
 * failed. */
static int is_decided(struct gather *g, struct photo_new *p, struct status *st)
{
    struct photo photo;
    struct status why = {0};
    if (store_find_photo(g->store, p->path, &photo, &why) != 0)
        return why.code == STATUS_MISSING ? 0 : status_fail(st, why.code, "%s", why.text);
    int decided = review_is_decided(photo.state.kind), failed = 0;
    if (decided && photo.state.node != p->node && p->says != PHOTO_SKIPPED) {
        g->report->conflicts++;
        failed = apply_rule(g, p, &photo, st);
        g->report->settled += p->decided == PHOTO_TAKES;
        g->report->put_to_review += p->decided == PHOTO_CLAIMS;
        if (!failed)
            tell_conflict(g, p, &photo);
    }
    photo_clear(&photo);
    return failed ? -1 : decided && p->decided == PHOTO_STAYS;
}

/* The node of `tree` for one of g->taxonomy that is not in the store; made when it is not there
 * yet. moved [nodes of g->taxonomy]: where each went, -1. */
static int move_node(struct gather *g, struct taxonomy *tree, int *moved, int node,
                     struct status *st)
{
    int path[TAXONOMY_DEPTH], depth = taxonomy_path(g->taxonomy, node, path), to = TAXONOMY_ROOT;
    for (int l = 0; l < depth; l++) {
        if (moved[path[l]] < 0)
            moved[path[l]] = taxonomy_add(tree, to, taxonomy_name(g->taxonomy, path[l]),
                                          taxonomy_id(g->taxonomy, path[l]), st);
        if ((to = moved[path[l]]) < 0)
            return -1;
    }
    return to;
}

static int move_photos(struct gather *g, struct taxonomy *tree, int *moved, struct status *st)
{
    struct store_counts counts;
    int known = taxonomy_count(tree);
    for (int i = 0; i < taxonomy_count(g->taxonomy); i++)
        moved[i] = i < known ? i : -1;
    if (store_count(g->store, &counts, st) != 0)
        return -1;
    for (size_t i = 0; i < g->count; i++) {
        struct photo_new *p = &g->photos[i];
        int says = p->node >= 0 || p->says != PHOTO_LABEL;
        int decided = says && counts.reviewed > 0 ? is_decided(g, p, st) : 0;
        if (decided < 0)
            return -1;
        g->report->reviewed += (size_t)decided;
        if (decided) {
            p->node = -1;
            p->says = PHOTO_LABEL;
        } else if (p->node >= known && (p->node = move_node(g, tree, moved, p->node, st)) < 0) {
            return -1;
        }
    }
    return 0;
}

/* Writes the photos with the tree they need; their nodes become its. */
static int write_all(struct gather *g, struct status *st)
{
    struct taxonomy *tree = taxonomy_copy(store_taxonomy(g->store));
    int *moved = malloc(((size_t)taxonomy_count(g->taxonomy) + 1) * sizeof *moved);
    int result = tree && moved ? move_photos(g, tree, moved, st) : status_out_of_memory(st);
    if (result == 0)
        result = store_import(g->store, tree, g->photos, g->count, g->options->who,
                              &g->report->added, st);
    taxonomy_free(tree);
    free(moved);
    return result;
}

/* ---- what models know already ---------------------------------------------------------------- */

static int was_trained(void *arg, const struct model_record *m)
{
    *(int *)arg |= m->parent > 0;
    return m->parent > 0;
}

static int tests(enum split split)
{
    return split == SPLIT_VAL || split == SPLIT_TEST;
}

static int count_known(struct gather *g, struct status *st)
{
    int trained = 0;
    if (store_each_model(g->store, was_trained, &trained, st) != 0)
        return -1;
    g->report->known = 0;
    for (size_t i = 0; trained && i < g->count; i++) {
        struct photo photo;
        struct status why = {0};
        if (!tests(g->photos[i].split))
            continue;
        if (store_find_photo(g->store, g->photos[i].path, &photo, &why) == 0) {
            g->report->known += photo.state.node >= 0 && !tests(photo.split);
            photo_clear(&photo);
        } else if (why.code != STATUS_MISSING) {
            return status_fail(st, why.code, "%s", why.text);
        }
    }
    return 0;
}

int gather_finish(struct gather *g, const char *source, struct status *st)
{
    g->column = 0;
    if (settle_doubles(g, source, st) != 0 || count_known(g, st) != 0)
        return -1;
    g->report->reviewed = g->report->conflicts = g->report->settled = 0;
    g->report->put_to_review = g->report->untimed = 0;
    if (write_all(g, st) != 0)
        return -1;
    g->report->photos = g->count;
    g->report->labelled = g->report->skipped = g->report->rejected = 0;
    for (size_t i = 0; i < g->count; i++) {
        g->report->labelled += g->photos[i].node >= 0 && g->photos[i].decided != PHOTO_CLAIMS;
        g->report->skipped += g->photos[i].says == PHOTO_SKIPPED;
        g->report->rejected += g->photos[i].says == PHOTO_REJECTED;
    }
    return 0;
}
