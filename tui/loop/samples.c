#include "tui/loop/samples.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "data/scan.h"
#include "data/status.h"
#include "tui/loop/training.h"

enum { MIN_SAMPLES = 4, HELD_OUT_MOST = 250 };
static const float CORRECTED_WEIGHT = 2.0f;

/* The share falls as labels grow, so a photo may leave the held-out part but never come back into it. */
int training_is_held_out(uint64_t hash, long labelled)
{
    double share = 1.0 / 8;
    if (labelled > 0 && (double)HELD_OUT_MOST / (double)labelled < share)
        share = (double)HELD_OUT_MOST / (double)labelled;
    /* Mixed, so that the choice does not depend on one end of the hash. */
    uint64_t mixed = (hash ^ hash >> 31) * 0x9E3779B97F4A7C15u;
    return (double)(mixed >> 11) / 9007199254740992.0 < share;
}

struct gather {
    struct project *project;
    struct samples *out;
    size_t train_capacity, held_capacity;
    long labelled, val;
    int counting;
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
    uint64_t hash = photo->hash ? photo->hash : scan_hash_bytes(photo->path, strlen(photo->path));
    int held = g->val > 0 ? photo->split == SPLIT_VAL : training_is_held_out(hash, g->labelled);
    struct sample sample = {
        .photo = photo->id,
        .file = project_photo_file(g->project, photo->path),
        .node = photo->state.node,
        .weight = photo->state.kind == REVIEW_CORRECTED ? CORRECTED_WEIGHT : 1.0f,
    };
    if (sample.file &&
        (held ? add(&g->out->held_out, &g->out->held, &g->held_capacity, sample)
              : add(&g->out->train, &g->out->trained, &g->train_capacity, sample)) == 0)
        return 0;
    free(sample.file);
    status_out_of_memory(g->st);
    return 1;
}

static int enough(const struct samples *s, struct status *st)
{
    int kinds = 0;
    for (int i = 1; i < s->trained && kinds == 0; i++)
        kinds = s->train[i].node != s->train[0].node;
    if (s->trained >= MIN_SAMPLES && kinds)
        return 0;
    return status_fail(st, STATUS_MISSING,
                       "too few labels to learn from: %d to train on (%d more are held out to test "
                       "with); at least %d of two or more different paths are needed",
                       s->trained, s->held, MIN_SAMPLES);
}

int samples_collect(struct project *project, struct samples *out, struct status *st)
{
    *out = (struct samples){0};
    struct gather g = {.project = project, .out = out, .counting = 1, .st = st};
    struct status failed = {0};
    g.st = &failed;
    if (store_each_photo(project->store, visit, &g, st) != 0)
        return -1;
    g.counting = 0;
    if (store_each_photo(project->store, visit, &g, st) != 0) {
        samples_clear(out);
        return -1;
    }
    if (failed.code != STATUS_OK || enough(out, &failed) != 0) {
        samples_clear(out);
        return status_fail(st, failed.code, "%s", failed.text);
    }
    return 0;
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
