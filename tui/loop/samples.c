#include "tui/loop/samples.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/scan.h"
#include "data/status.h"
#include "tui/loop/training.h"

enum { TESTED_MOST = 1000 };
static const double HELD_OUT_SHARE = 1.0 / 8;
static const float CORRECTED_WEIGHT = 2.0f;

/* A number from 0 to 1 that belongs to the photo; mixed, so that it does not depend on one end of
 * the hash. */
static double place_of(uint64_t hash)
{
    uint64_t mixed = (hash ^ hash >> 31) * 0x9E3779B97F4A7C15u;
    return (double)(mixed >> 11) / 9007199254740992.0;
}

int training_is_held_out(uint64_t hash)
{
    return place_of(hash) < HELD_OUT_SHARE;
}

/* Of a million labels an eighth would take long to test with. What is left out here is not trained
 * on either. */
int training_is_tested(uint64_t hash, long labelled)
{
    return training_is_held_out(hash) && place_of(hash) * (double)labelled < TESTED_MOST;
}

struct gather {
    struct project *project;
    struct samples *out;
    size_t train_capacity, held_capacity;
    long labelled, val;
    int counting, by_split;
    struct status *st;
};

static int is_labelled(const struct photo *photo)
{
    return photo->state.node >= 0 && photo->state.kind != REVIEW_REJECTED &&
           photo->split != SPLIT_TEST;
}

static int add(struct sample **list, int *count, size_t *capacity, struct sample sample)
{
    if ((size_t)*count == *capacity) {
        size_t larger = *capacity ? *capacity * 2 : 256;
        struct sample *grown = realloc(*list, larger * sizeof *grown);
        if (!grown)
            return -1;
        *list = grown;
        *capacity = larger;
    }
    (*list)[(*count)++] = sample;
    return 0;
}

enum part { TRAINS, TESTS, RESTS };

/* By the contents of the photo, also when the store does not know their hash yet; of a file that
 * cannot be read nothing is learned, wherever it goes. */
static enum part part_of(const struct gather *g, const struct photo *photo, const char *file)
{
    uint64_t hash = photo->hash;
    if (g->by_split)
        return photo->split == SPLIT_VAL ? TESTS : TRAINS;
    if (hash == 0 && scan_hash_file(file, &hash, NULL) != 0)
        hash = scan_hash_bytes(photo->path, strlen(photo->path));
    return !training_is_held_out(hash)             ? TRAINS
           : training_is_tested(hash, g->labelled) ? TESTS
                                                   : RESTS;
}

/* Takes sample.file, unless it fails. */
static int put(struct gather *g, enum part part, struct sample sample)
{
    if (part == TRAINS)
        return add(&g->out->train, &g->out->trained, &g->train_capacity, sample);
    if (part == TESTS)
        return add(&g->out->held_out, &g->out->held, &g->held_capacity, sample);
    free(sample.file);
    return 0;
}

static int visit(void *arg, const struct photo *photo)
{
    struct gather *g = arg;
    if (!is_labelled(photo))
        return 0;
    if (g->counting) {
        if (photo->split == SPLIT_VAL)
            g->val++;
        else
            g->labelled++;
        return 0;
    }
    if (photo->event > g->out->last_event)
        g->out->last_event = photo->event;
    struct sample sample = {
        .photo = photo->id,
        .file = project_photo_file(g->project, photo->path),
        .node = photo->state.node,
        .weight = photo->state.kind == REVIEW_CORRECTED ? CORRECTED_WEIGHT : 1.0f,
    };
    if (sample.file && put(g, part_of(g, photo, sample.file), sample) == 0)
        return 0;
    free(sample.file);
    status_out_of_memory(g->st);
    return 1;
}

int samples_enough(const struct samples *s, struct status *st)
{
    int kinds = 0;
    for (int i = 1; i < s->trained && kinds == 0; i++)
        kinds = s->train[i].node != s->train[0].node;
    if (s->trained >= TRAINING_LEAST && kinds)
        return 0;
    if (s->trained >= TRAINING_LEAST)
        return status_fail(st, STATUS_MISSING,
                           "all labels are the same: two different paths at least are needed");
    char held[48] = "";
    if (s->held > 0)
        snprintf(held, sizeof held, " (%d held out to test with)", s->held);
    return status_fail(st, STATUS_MISSING, "too few labels: %d to train on, %d are needed%s",
                       s->trained, TRAINING_LEAST, held);
}

static const char setting_name[] = "held_out", by_split_value[] = "split";

int samples_collect(struct project *project, struct samples *out, struct status *st)
{
    char rule[16];
    struct status failed = {0};
    struct gather g = {.project = project, .out = out, .counting = 1, .st = &failed};
    *out = (struct samples){0};
    if (store_each_photo(project->store, visit, &g, st) != 0)
        return -1;
    store_setting(project->store, setting_name, "", rule, sizeof rule);
    out->by_split = g.by_split = g.val > 0 || strcmp(rule, by_split_value) == 0;
    g.counting = 0;
    if (store_each_photo(project->store, visit, &g, st) == 0 && failed.code == STATUS_OK)
        return 0;
    samples_clear(out);
    return failed.code == STATUS_OK ? -1 : status_fail(st, failed.code, "%s", failed.text);
}

int samples_keep_rule(struct project *project, const struct samples *s, struct status *st)
{
    return s->by_split ? store_set_setting(project->store, setting_name, by_split_value, st) : 0;
}

static void clear_list(struct sample *list, int count)
{
    for (int i = 0; i < count; i++)
        free(list[i].file);
    free(list);
}

void samples_clear(struct samples *s)
{
    clear_list(s->train, s->trained);
    clear_list(s->held_out, s->held);
    *s = (struct samples){0};
}

void samples_target(const struct taxonomy *t, const struct terminals *terminals, int node,
                    float weight, struct target *out)
{
    int path[TAXONOMY_DEPTH];
    int depth = taxonomy_path(t, node, path);
    *out = (struct target){.weight = weight};
    for (int l = 0; l < depth && out->levels < TARGET_LEVELS; l++, out->levels++) {
        out->level[l].first = terminals->first[path[l]];
        out->level[l].last = terminals->last[path[l]];
        out->level[l].weight = 1.0f / (float)depth;
    }
    if (!taxonomy_is_leaf(t, node) && terminals->index[node] >= 0 && out->levels < TARGET_LEVELS) {
        int k = terminals->index[node];
        out->level[out->levels].first = k;
        out->level[out->levels].last = k + 1;
        out->level[out->levels].weight = 1.0f / (float)depth;
        out->levels++;
    }
}
