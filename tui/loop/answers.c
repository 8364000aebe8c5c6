#include "tui/loop/answers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/status.h"
#include "labels/decide.h"
#include "tui/loop/learner.h"
#include "tui/loop/project.h"

enum { PART = 128 };
static const float SMALLEST = 1.0f / 65536;

void answers_fill(const struct taxonomy *t, const struct terminals *terminals, const float *p,
                  int *nodes, float *kept, struct prediction *out)
{
    struct answer answer;
    decide_answer(t, terminals, p, &answer);
    out->node = answer.node;
    out->expected = answer.expected;
    out->gap = answer.gap;
    out->count = 0;
    for (int k = 0; k < terminals->count && out->count < ANSWERS_KEPT; k++) {
        if (p[k] < SMALLEST)
            continue;
        nodes[out->count] = terminals->node[k];
        kept[out->count++] = p[k];
    }
    out->terminal = nodes;
    out->probability = kept;
}

int answers_judge(const struct taxonomy *t, const struct learner *l, const size_t *rows, size_t n,
                  struct opinion *out, struct status *st)
{
    const struct terminals *terminals = learner_terminals(l);
    float *p = malloc(PART * ((size_t)terminals->count + 1) * sizeof *p);
    int result = p ? 0 : status_out_of_memory(st);
    if (terminals->nodes != taxonomy_count(t))
        result = status_fail(st, STATUS_INVALID, "the tree has grown meanwhile");
    for (size_t first = 0; result == 0 && first < n; first += PART) {
        size_t count = n - first < PART ? n - first : PART;
        result = learner_predict(l, rows + first, count, p, st);
        for (size_t i = 0; result == 0 && i < count; i++) {
            struct answer answer;
            const float *row = p + i * (size_t)terminals->count;
            decide_answer(t, terminals, row, &answer);
            out[first + i] =
                (struct opinion){learner_features(l)->rows[rows[first + i]].photo,
                                 answer.node,
                                 answer.expected,
                                 answer.gap,
                                 learner_doubt(l, row),
                                 answer.depth > 0 ? answer.confidence[answer.depth - 1] : 0};
        }
    }
    free(p);
    return result;
}

static struct opinion suspicion(const struct taxonomy *t, const struct learner *l, size_t row,
                                const float *p)
{
    const struct terminals *terminals = learner_terminals(l);
    struct answer best, own;
    decide_answer(t, terminals, p, &best);
    decide_for_node(t, terminals, p, learner_label_of(l, row), &own);
    float more = best.expected - own.expected;
    return (struct opinion){learner_features(l)->rows[row].photo,
                            best.node,
                            best.expected,
                            best.gap,
                            more > 0 ? more : 0,
                            best.depth > 0 ? best.confidence[best.depth - 1] : 0};
}

int answers_suspects(const struct taxonomy *t, const struct learner *l, size_t most,
                     struct opinion **out, size_t *count, atomic_int *cancel, struct status *st)
{
    const struct terminals *terminals = learner_terminals(l);
    size_t all = learner_features(l)->count, n = 0;
    size_t *rows = malloc((all + 1) * sizeof *rows);
    float *p = malloc(PART * ((size_t)terminals->count + 1) * sizeof *p);
    *out = malloc((all + 1) * sizeof **out);
    int result = rows && p && *out ? 0 : status_out_of_memory(st);
    for (size_t row = 0; result == 0 && row < all && n < most; row++)
        if (learner_label_of(l, row) >= 0)
            rows[n++] = row;
    for (size_t first = 0; result == 0 && first < n; first += PART) {
        size_t some = n - first < PART ? n - first : PART;
        result = cancel && atomic_load(cancel)
                     ? status_fail(st, STATUS_CANCELLED, "the search was stopped")
                     : learner_left_out(l, rows + first, some, p, st);
        for (size_t i = 0; result == 0 && i < some; i++)
            (*out)[first + i] = suspicion(t, l, rows[first + i], p + i * (size_t)terminals->count);
    }
    *count = n;
    free(rows);
    free(p);
    if (result != 0) {
        free(*out);
        *out = NULL;
    }
    return result;
}

struct part {
    size_t rows[PART];
    struct prediction predictions[PART];
    int nodes[PART][ANSWERS_KEPT];
    float kept[PART][ANSWERS_KEPT];
};

/* Of rows that have all taught a label, or all none. */
static int store_part(struct project *p, int model, const struct learner *l, int taught, size_t n,
                      struct part *part, float *probabilities, struct status *st)
{
    const struct terminals *terminals = learner_terminals(l);
    const struct taxonomy *t = store_taxonomy(p->store);
    if ((taught ? learner_left_out : learner_predict)(l, part->rows, n, probabilities, st) != 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        struct prediction *out = &part->predictions[i];
        *out = (struct prediction){.photo = learner_features(l)->rows[part->rows[i]].photo,
                                   .model = model};
        answers_fill(t, terminals, probabilities + i * (size_t)terminals->count, part->nodes[i],
                     part->kept[i], out);
    }
    return store_put_predictions(p->store, part->predictions, n, st);
}

/* Writes what the learner says of every photo over the predictions of its model; of a photo whose
 * label it has learned, what it would say without that label. Errors: the store's;
 * STATUS_CANCELLED. */
static int store_answers(struct project *p, int model, const struct learner *l, atomic_int *cancel,
                         struct status *st)
{
    size_t count = learner_features(l)->count;
    struct part *part = malloc(sizeof *part);
    float *probabilities =
        malloc(PART * ((size_t)learner_terminals(l)->count + 1) * sizeof *probabilities);
    int result = part && probabilities ? 0 : status_out_of_memory(st);
    for (int taught = 0; taught < 2; taught++)
        for (size_t row = 0, n = 0; result == 0 && row < count; row++) {
            if ((learner_label_of(l, row) >= 0) == taught)
                part->rows[n++] = row;
            if (n < PART && row + 1 < count)
                continue;
            result = cancel && atomic_load(cancel)
                         ? status_fail(st, STATUS_CANCELLED, "predicting was stopped")
                     : n > 0 ? store_part(p, model, l, taught, n, part, probabilities, st)
                             : 0;
            n = 0;
        }
    free(part);
    free(probabilities);
    return result;
}

/* A setting remembers that labels have changed the predictions of a model, so that they change back
 * when the labels are taken back. */
static const char *changed_name(int model, char name[40])
{
    snprintf(name, 40, "changed_%d", model);
    return name;
}

struct search {
    int64_t settled;
    int found;
};

static int look_for_new(void *arg, const struct photo *photo)
{
    struct search *s = arg;
    s->found = photo->event > s->settled && photo->state.node >= 0 && photo->split != SPLIT_VAL &&
               photo->split != SPLIT_TEST;
    return s->found;
}

int answers_update(struct project *p, int model, atomic_int *cancel, int *can, struct status *st)
{
    char name[40], value[8];
    struct learner *l;
    struct search search = {.settled = project_settled(p, model)};
    store_setting(p->store, changed_name(model, name), "0", value, sizeof value);
    if (store_each_photo(p->store, look_for_new, &search, st) != 0)
        return -1;
    if (search.settled > 0 && !search.found &&
        strcmp(value, "0") == 0) { /* trained, and nothing said since */
        if (can)
            *can = 1;
        return 0;
    }
    if (learner_open(p, model, LEARNER_SINCE, &l, cancel, st) != 0)
        return -1;
    int result = 0, predicts = learner_can_predict(l), learned = learner_learned(l) > 0;
    if (predicts && (learned || strcmp(value, "1") == 0)) {
        result = store_answers(p, model, l, cancel, st);
        if (result == 0)
            result =
                store_set_setting(p->store, changed_name(model, name), learned ? "1" : "0", st);
    }
    learner_free(l);
    if (can)
        *can = predicts;
    return result;
}
