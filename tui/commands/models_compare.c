#include "tui/commands/models_compare.h"

#include <stdio.h>
#include <stdlib.h>

#include "data/status.h"
#include "tui/commands/interrupt.h"
#include "tui/commands/output.h"
#include "tui/commands/predictions.h"
#include "tui/loop/comparison.h"

static const char *path_of(const struct taxonomy *t, int node, char *buffer, size_t size)
{
    char path[400];
    return output_safe(taxonomy_format(t, node, " > ", path, sizeof path), buffer, size);
}

/* ---- in lines ---- */

static void print_scores(const struct taxonomy *t, const struct comparison *c)
{
    char name[800];
    printf("\n photos  before   after    gain  held-out photos, by their label\n");
    for (size_t i = 0; i < c->part_count; i++) {
        const struct comparison_part *part = &c->parts[i];
        double before = score_mean(&part->before), after = score_mean(&part->after);
        printf("%7ld  %6.3f  %6.3f  %+6.3f  %s\n", part->before.photos, before, after,
               after - before, i == 0 ? "all" : path_of(t, part->node, name, sizeof name));
    }
}

static void print_ways(const struct taxonomy *t, const struct comparison *c)
{
    char from[800], to[800], photos[OUTPUT_NOUN];
    if (c->photo_count == 0) {
        printf("\nno photo is predicted otherwise\n");
        return;
    }
    printf("\n%s predicted otherwise; nearer to the label: %ld, farther: %ld\n",
           output_noun((int64_t)c->photo_count, "photo is", "photos are", photos), c->better,
           c->worse);
    printf(" photos  nearer  farther  from -> to\n");
    for (size_t i = 0; i < c->group_count; i++) {
        const struct comparison_group *g = &c->groups[i];
        printf("%7zu  %6ld  %7ld  %s -> %s\n", g->count, g->better, g->worse,
               path_of(t, g->from, from, sizeof from), path_of(t, g->to, to, sizeof to));
    }
}

static int print_lines(const struct taxonomy *t, const struct comparison *c)
{
    char both[OUTPUT_COUNT], all[OUTPUT_NOUN];
    printf("from model %d to model %d, over the %s of %s that both can predict\n", c->before,
           c->after, output_count((int64_t)c->both, both),
           output_noun((int64_t)c->all, "photo", "photos", all));
    if (c->held_both > 0)
        print_scores(t, c);
    else
        printf("\nno held-out photo has a label: nothing to score on\n");
    print_ways(t, c);
    return 0;
}

/* ---- as JSON ---- */

static void add_scores(struct json *j, const struct taxonomy *t, const struct comparison *c)
{
    struct cJSON *list = json_array(j, NULL, "scores");
    char path[400];
    for (size_t i = 0; list && c->held_both > 0 && i < c->part_count; i++) {
        const struct comparison_part *part = &c->parts[i];
        struct cJSON *in = json_object(j, list, NULL);
        if (!in)
            return;
        json_text(j, in, "label",
                  i == 0 ? NULL : taxonomy_format(t, part->node, " > ", path, sizeof path));
        json_number(j, in, "photos", (double)part->before.photos);
        json_number(j, in, "before", score_mean(&part->before));
        json_number(j, in, "after", score_mean(&part->after));
    }
}

static void add_photos(struct json *j, struct cJSON *in, struct project *p,
                       const struct comparison *c, const struct comparison_group *g)
{
    struct cJSON *list = json_array(j, in, "photos");
    for (size_t i = g->first; list && i < g->first + g->count; i++) {
        struct photo photo;
        if (store_photo(p->store, c->photos[i].photo, &photo, NULL) != 0)
            continue;
        json_text(j, list, NULL, photo.path);
        photo_clear(&photo);
    }
}

static void add_ways(struct json *j, struct project *p, const struct comparison *c)
{
    const struct taxonomy *t = store_taxonomy(p->store);
    struct cJSON *list = json_array(j, NULL, "ways");
    char path[400];
    for (size_t i = 0; list && i < c->group_count; i++) {
        const struct comparison_group *g = &c->groups[i];
        struct cJSON *in = json_object(j, list, NULL);
        if (!in)
            return;
        json_text(j, in, "from", taxonomy_format(t, g->from, " > ", path, sizeof path));
        json_text(j, in, "to", taxonomy_format(t, g->to, " > ", path, sizeof path));
        json_number(j, in, "labelled", (double)g->labelled);
        json_number(j, in, "better", (double)g->better);
        json_number(j, in, "worse", (double)g->worse);
        add_photos(j, in, p, c, g);
    }
}

static int print_json(struct project *p, const struct comparison *c)
{
    struct json j;
    json_start(&j);
    json_number(&j, NULL, "before", c->before);
    json_number(&j, NULL, "after", c->after);
    json_number(&j, NULL, "photos", (double)c->both);
    json_number(&j, NULL, "without", (double)(c->all - c->both));
    json_number(&j, NULL, "held_out", (double)c->held_both);
    json_number(&j, NULL, "differ", (double)c->photo_count);
    json_number(&j, NULL, "better", (double)c->better);
    json_number(&j, NULL, "worse", (double)c->worse);
    add_scores(&j, store_taxonomy(p->store), c);
    add_ways(&j, p, c);
    return json_print(&j);
}

/* ---- the command ---- */

int models_compare(struct project *p, const struct models_compare *c, struct status *st)
{
    struct comparison comparison;
    size_t count, held;
    if (predictions_model(p, c->before, st) < 0 || predictions_model(p, c->after, st) < 0)
        return output_fail(st);
    int64_t *photos = comparison_photos(p, &count, &held, st);
    int failed = !photos;
    for (int i = 0; i < 2 && !failed; i++)
        failed = predictions_make(p, i ? c->after : c->before, photos, c->held_out ? held : count,
                                  c->threads, interrupt_catch(), NULL, st) != 0;
    free(photos);
    if (failed || comparison_make(p, c->before, c->after, &comparison, st) != 0)
        return output_fail(st);
    int status =
        c->json ? print_json(p, &comparison) : print_lines(store_taxonomy(p->store), &comparison);
    comparison_clear(&comparison);
    return status;
}
