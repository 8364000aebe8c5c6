#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/status.h"
#include "tui/commands/command.h"
#include "tui/commands/evaluation.h"
#include "tui/commands/interrupt.h"
#include "tui/commands/options.h"
#include "tui/commands/output.h"
#include "tui/commands/photos.h"
#include "tui/commands/predictions.h"
#include "tui/commands/score_files.h"
#include "tui/loop/project.h"
#include "tui/loop/samples.h"

extern const struct command command_score;

enum part { PART_TRAIN, PART_VAL, PART_TEST, PART_HELD_OUT, PART_ALL, PARTS };
static const char *const part_names[] = {"train", "val", "test", "held-out", "all"};

/* Photos with a truth. */
struct truths {
    int64_t *photos;
    int *nodes;
    size_t count;
    enum part part;
};

struct score_command {
    const char *split, *truth, *pred, *taxonomy;
    long model, threads;
    int json;
};

static void truths_clear(struct truths *t)
{
    free(t->photos);
    free(t->nodes);
    *t = (struct truths){0};
}

static int truths_reserve(struct truths *t, size_t count, struct status *st)
{
    t->photos = malloc((count ? count : 1) * sizeof *t->photos);
    t->nodes = malloc((count ? count : 1) * sizeof *t->nodes);
    return t->photos && t->nodes ? 0 : status_out_of_memory(st);
}

static void truths_add(struct truths *t, int64_t photo, int node)
{
    t->photos[t->count] = photo;
    t->nodes[t->count++] = node;
}

static int is_of(enum part part, enum split split)
{
    switch (part) {
    case PART_TRAIN: return split == SPLIT_TRAIN || split == SPLIT_NONE;
    case PART_VAL: return split == SPLIT_VAL;
    case PART_TEST: return split == SPLIT_TEST;
    default: return 1;
    }
}

static int held_out(struct project *p, struct truths *out, struct status *st)
{
    struct samples samples;
    if (samples_collect(p, &samples, st) != 0)
        return -1;
    int result = truths_reserve(out, (size_t)samples.held, st);
    for (int i = 0; result == 0 && i < samples.held; i++)
        truths_add(out, samples.held_out[i].photo, samples.held_out[i].node);
    samples_clear(&samples);
    return result;
}

/* split NULL: test if it has labels, else val, else what training holds out. */
static int choose_part(const char *split, const struct photo_list *list)
{
    size_t test = 0, val = 0;
    for (int part = 0; split && part < PARTS; part++)
        if (strcmp(split, part_names[part]) == 0)
            return part;
    for (size_t i = 0; i < list->count; i++) {
        test += list->entries[i].node >= 0 && list->entries[i].split == SPLIT_TEST;
        val += list->entries[i].node >= 0 && list->entries[i].split == SPLIT_VAL;
    }
    return test ? PART_TEST : val ? PART_VAL : PART_HELD_OUT;
}

/* What a score lacks, and how to get it. */
static int nothing_to_score(struct project *p, enum part part, struct status *st)
{
    struct store_counts counts;
    if (store_count(p->store, &counts, st) != 0)
        return -1;
    if (counts.labelled == 0)
        return status_fail(
            st, STATUS_MISSING,
            "no photo has a label yet, so there is nothing to score against: label some "
            "(`tend`), or `tend import FILE` labels");
    if (part == PART_HELD_OUT)
        return status_fail(
            st, STATUS_MISSING,
            "none of the labelled photos is held out (about every eighth is, or those of "
            "split val): label more, or `tend import FILE --split test`");
    return status_fail(
        st, STATUS_MISSING,
        "no photo of split %s has a label to score against: `tend import FILE --split %s` "
        "brings some, `--split all` scores all labels",
        part_names[part], part_names[part]);
}

static int collect(struct project *p, const char *split, struct truths *out, struct status *st)
{
    struct photo_list list;
    *out = (struct truths){0};
    if (photos_list(p->store, -1, &list, st) != 0)
        return -1;
    enum part part = (enum part)choose_part(split, &list);
    int result;
    if (part == PART_HELD_OUT) {
        result = held_out(p, out, st);
    } else {
        result = truths_reserve(out, list.count, st);
        for (size_t i = 0; result == 0 && i < list.count; i++)
            if (list.entries[i].node >= 0 && is_of(part, list.entries[i].split))
                truths_add(out, list.entries[i].id, list.entries[i].node);
    }
    out->part = part;
    photos_clear(&list);
    return result == 0 && out->count == 0 ? nothing_to_score(p, part, st) : result;
}

static int evaluate(struct project *p, int model, const struct truths *truths, struct evaluation *e,
                    struct status *st)
{
    struct predictions r;
    if (predictions_open(&r, p, model, st) != 0)
        return -1;
    int found = 0;
    e->has_confidence = 1;
    for (size_t i = 0; i < truths->count && found >= 0; i++) {
        struct answer answer;
        char problem[300] = "";
        found = predictions_answer(&r, truths->photos[i], &answer, problem, sizeof problem, st);
        if (found > 0 && problem[0])
            output_warn("%s", problem);
        if (found >= 0 && evaluation_add(e, store_taxonomy(p->store), truths->nodes[i],
                                         found == 0 ? &answer : NULL, st) != 0)
            found = -1;
    }
    predictions_close(&r);
    return found < 0 ? -1 : 0;
}

static int report_project(struct evaluation *e, const struct taxonomy *t,
                          const struct truths *truths, int model, int json)
{
    char photos[OUTPUT_NOUN];
    if (json) {
        struct json j;
        json_start(&j);
        json_text(&j, NULL, "split", part_names[truths->part]);
        json_number(&j, NULL, "model", model);
        evaluation_json(e, &j);
        return json_print(&j);
    }
    printf("model %d on %s: %s\n", model,
           truths->part == PART_HELD_OUT ? "the photos held out of training"
           : truths->part == PART_ALL    ? "all labelled photos"
                                         : part_names[truths->part],
           output_noun(e->score.photos, "photo", "photos", photos));
    evaluation_print(e, t, stdout);
    return 0;
}

static int score_project(const struct score_command *c)
{
    struct status st = {0};
    struct project project;
    struct truths truths = {0};
    struct evaluation e = {0};
    int status;
    if (project_open(NULL, &project, &st) != 0)
        return output_fail(&st);
    int model = predictions_model(&project, c->model, &st);
    if (model < 0 || collect(&project, c->split, &truths, &st) != 0 ||
        predictions_make(&project, model, truths.photos, truths.count, (int)c->threads,
                         interrupt_catch(), NULL, &st) != 0 ||
        evaluate(&project, model, &truths, &e, &st) != 0)
        status = output_fail(&st);
    else
        status = report_project(&e, store_taxonomy(project.store), &truths, model, c->json);
    evaluation_clear(&e);
    truths_clear(&truths);
    project_close(&project);
    return status;
}

static int compare_files(const struct score_command *c)
{
    struct status st = {0};
    struct evaluation e = {0};
    struct taxonomy *t = NULL;
    long extra = 0;
    int status = 0;
    if (score_files(c->truth, c->pred, c->taxonomy, &e, &t, &extra, &st) != 0) {
        status = output_fail(&st);
    } else if (c->json) {
        struct json j;
        json_start(&j);
        evaluation_json(&e, &j);
        json_number(&j, NULL, "without_truth", (double)extra);
        status = json_print(&j);
    } else {
        printf("photos    %ld\n", e.score.photos);
        evaluation_print(&e, t, stdout);
        if (extra > 0)
            printf("%ld predicted photos have no truth and are left out\n", extra);
    }
    evaluation_clear(&e);
    taxonomy_free(t);
    return status;
}

static int check(const struct score_command *c)
{
    int known = !c->split;
    for (int part = 0; part < PARTS; part++)
        known |= c->split && strcmp(c->split, part_names[part]) == 0;
    if (!known)
        return options_wrong(&command_score,
                             "--split is train, val, test, held-out or all, not '%s'", c->split);
    if (!c->truth != !c->pred)
        return options_wrong(&command_score, "--truth and --pred go together");
    if (c->truth && (c->split || c->model))
        return options_wrong(&command_score,
                             "--split and --model are of a project, not of two files");
    if (c->taxonomy && !c->truth)
        return options_wrong(&command_score, "--taxonomy goes with --truth and --pred");
    return 0;
}

static int run(int argc, char **argv)
{
    struct score_command c = {0};
    struct arguments args;
    const struct option_spec specs[] = {
        {"split", OPTION_TEXT, &c.split, 0, 0},       {"model", OPTION_WHOLE, &c.model, 1, 1000000},
        {"truth", OPTION_TEXT, &c.truth, 0, 0},       {"pred", OPTION_TEXT, &c.pred, 0, 0},
        {"taxonomy", OPTION_TEXT, &c.taxonomy, 0, 0}, {"threads", OPTION_WHOLE, &c.threads, 1, 64},
        {"json", OPTION_FLAG, &c.json, 0, 0},         {NULL, OPTION_FLAG, NULL, 0, 0},
    };
    if (options_parse(&command_score, argc, argv, specs, 0, &args) != 0)
        return args.status;
    int wrong = check(&c);
    if (wrong)
        return wrong;
    return c.truth ? compare_files(&c) : score_project(&c);
}

const struct command command_score = {
    "score",
    "score [--split S] [--model N] [--threads N] [--json] | score --truth FILE --pred FILE "
    "[--taxonomy FILE] [--json]",
    "scores a model's answers on labelled photos, or one CSV file against another",
    "The score of a photo is the number of leading labels right / the number of labels in the truth; that\n"
    "of a set is the mean. Also told: share of exact paths, share right at each level (with all above),\n"
    "hierarchical precision, recall and F (Kiritchenko 2005), calibration error (ECE) of each level beside\n"
    "what chance alone would make of perfect confidences; on fewer than 100 photos the standard error (at most:\n"
    "from score and number alone).\n\n"
    "  --split S         train, val, test, held-out (what training tests on) or all; default: test, else\n"
    "                    val, else held-out, whichever has labels\n"
    "  --model N         default: the model in use\n"
    "  --threads N       threads for predictions that are missing (default: all cores)\n"
    "  --truth, --pred   CSV files with photo,label1,...; no project is needed\n"
    "  --taxonomy FILE   id,name,parent: when one file has ids and the other names\n"
    "  --json            one JSON object: photos, score, standard_error, exact, levels[], hp, hr, hf, ece[],\n"
    "                    ece_by_chance[], ...\n",
    run,
};
