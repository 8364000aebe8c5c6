#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/file.h"
#include "data/status.h"
#include "tui/commands/command.h"
#include "tui/commands/evaluation.h"
#include "tui/commands/interrupt.h"
#include "tui/commands/options.h"
#include "tui/commands/output.h"
#include "tui/commands/report_html.h"
#include "tui/loop/project.h"
#include "tui/loop/report_lines.h"

extern const struct command command_report;

enum { WIDTH = 90, HEIGHT = 8, PAIRS = 20 };

/* ---- text ---- */

static int print_text(const struct report *r, const struct taxonomy *t, struct status *st)
{
    const struct report_view view = {
        .report = r, .tree = t, .width = WIDTH, .height = HEIGHT, .most = PAIRS};
    struct report_lines lines = {0};
    char bar[256], safe[4096];
    int result = 0;
    for (int section = 0; section < REPORT_SECTION_COUNT && result == 0; section++) {
        result = report_lines_make(&view, (enum report_section)section, &lines, st);
        for (int i = 0; i < lines.count; i++) {
            const struct report_line *line = &lines.lines[i];
            const char *middle = line->plot ? line->plot
                                 : line->share >= 0
                                     ? report_bar(line->share, line->cells, bar, sizeof bar)
                                     : "";
            printf("%s%s%s\n", line->before, middle,
                   output_safe(line->after ? line->after : "", safe, sizeof safe));
        }
    }
    report_lines_clear(&lines);
    return result;
}

/* ---- JSON ---- */

static void add_score(struct json *j, const char *name, const struct score *s)
{
    struct cJSON *o = json_object(j, NULL, name);
    double mean = score_mean(s), exact = score_exact(s);
    json_number(j, o, "photos", (double)s->photos);
    json_number(j, o, "score", mean);
    json_number(j, o, "score_error", score_error(mean, s->photos));
    json_number(j, o, "exact", exact);
    json_number(j, o, "exact_error", score_error(exact, s->photos));
}

static void add_path(struct json *j, struct cJSON *in, const char *name, const struct taxonomy *t,
                     int node)
{
    int path[TAXONOMY_DEPTH], depth = taxonomy_path(t, node, path);
    struct cJSON *list = json_array(j, in, name);
    for (int l = 0; l < depth; l++)
        json_text(j, list, NULL, taxonomy_name(t, path[l]));
}

static void add_pairs(struct json *j, const char *name, const struct taxonomy *t,
                      const struct report_mistakes *m)
{
    struct cJSON *list = json_array(j, NULL, name);
    for (size_t i = 0; i < m->pairs.count; i++) {
        const struct confusion_pair *pair = &m->pairs.pairs[i];
        struct cJSON *o = json_object(j, list, NULL);
        add_path(j, o, "label", t, pair->truth);
        add_path(j, o, "predicted", t, pair->answer);
        json_number(j, o, "photos", (double)pair->photos);
        json_number(j, o, "lost", pair->lost);
    }
}

static void share(struct json *j, struct cJSON *in, const char *name, double value)
{
    if (value < 0)
        json_text(j, in, name, NULL);
    else
        json_number(j, in, name, value);
}

static void add_nodes(struct json *j, const struct report *r, const struct taxonomy *t)
{
    struct cJSON *list = json_array(j, NULL, "nodes");
    for (int node = 0; node < r->node_count; node++) {
        const struct node_score *s = &r->nodes[node];
        if (taxonomy_now(t, node) != node)
            continue;
        struct cJSON *o = json_object(j, list, NULL);
        add_path(j, o, "label", t, node);
        json_number(j, o, "labelled", (double)s->labelled);
        json_number(j, o, "held_out", (double)s->truths);
        share(j, o, "score", node_score_mean(s));
        share(j, o, "recall", node_score_recall(s));
        share(j, o, "precision", node_score_precision(s));
    }
}

static void add_bins(struct json *j, const struct report *r)
{
    struct cJSON *levels = json_array(j, NULL, "calibration");
    for (int l = 0; l < evaluation_levels(&r->held); l++) {
        const struct calibration *c = &r->held.calibration[l];
        struct cJSON *bins = json_array(j, levels, NULL);
        for (int b = 0; b < SCORE_BINS; b++) {
            struct cJSON *o = json_object(j, bins, NULL);
            json_number(j, o, "from", (double)b / SCORE_BINS);
            json_number(j, o, "photos", (double)c->count[b]);
            share(j, o, "confidence", c->count[b] ? c->confidence[b] / (double)c->count[b] : -1);
            share(j, o, "right", c->count[b] ? (double)c->right[b] / (double)c->count[b] : -1);
        }
    }
}

static void add_models(struct json *j, const struct report *r)
{
    struct cJSON *list = json_array(j, NULL, "models");
    for (size_t i = 0; i < r->model_count; i++) {
        const struct model_record *m = &r->models[i];
        struct cJSON *o = json_object(j, list, NULL);
        json_number(j, o, "number", m->number);
        json_number(j, o, "created", (double)m->created);
        json_text(j, o, "depth", m->depth);
        json_number(j, o, "labels", m->reviews);
        json_number(j, o, "held_out", m->held_out);
        share(j, o, "before", m->score_before);
        share(j, o, "after", m->score_after);
        json_bool(j, o, "removed", m->removed);
    }
}

static void add_pace(struct json *j, struct cJSON *in, const char *name, const struct pace *p)
{
    struct cJSON *o = json_object(j, in, NULL);
    json_text(j, o, "of", name);
    json_number(j, o, "decisions", (double)p->count);
    json_number(j, o, "median_seconds", p->median);
    json_number(j, o, "per_minute", p->per_minute);
}

static void add_speed(struct json *j, const struct report *r)
{
    struct cJSON *kinds = json_array(j, NULL, "pace");
    add_pace(j, kinds, "all", &r->all);
    for (int k = 0; k < REPORT_KINDS; k++)
        add_pace(j, kinds, event_kind_name(report_kinds[k]), &r->kinds[k]);
    add_pace(j, kinds, "import confirmed", &r->confirmed);
    struct cJSON *people = json_array(j, NULL, "people");
    for (size_t i = 0; i < r->log.person_count; i++)
        add_pace(j, people, r->log.people[i], &r->people[i]);
    struct cJSON *days = json_array(j, NULL, "days");
    for (size_t i = 0; i < r->day_count; i++) {
        struct cJSON *o = json_object(j, days, NULL);
        json_number(j, o, "day", (double)r->days[i].day);
        json_number(j, o, "decisions", (double)r->days[i].decisions);
        json_number(j, o, "per_minute", r->days[i].per_minute);
    }
}

static void add_agreed(struct json *j, struct cJSON *o, const struct agreement_counts *c)
{
    json_number(j, o, "photos", (double)c->photos);
    json_number(j, o, "same", (double)c->same);
    if (isnan(c->kappa))
        json_text(j, o, "kappa", NULL);
    else
        json_number(j, o, "kappa", c->kappa);
}

static void add_levels(struct json *j, struct cJSON *o, const struct agreement_counts *level,
                       int depth)
{
    struct cJSON *list = json_array(j, o, "levels");
    for (int l = 0; l < depth; l++)
        add_agreed(j, json_object(j, list, NULL), &level[l]);
}

static void add_agreement(struct json *j, const struct report *r)
{
    const struct agreement *a = &r->agreement;
    struct cJSON *o = json_object(j, NULL, "agreement");
    json_number(j, o, "photos", (double)a->photos);
    json_number(j, o, "same", (double)a->same);
    add_agreed(j, json_object(j, o, "path"), &a->path);
    add_levels(j, o, a->level, a->depth);
    struct cJSON *pairs = json_array(j, o, "pairs");
    for (size_t i = 0; i < a->pair_count; i++) {
        const struct agreement_pair *p = &a->pairs[i];
        struct cJSON *pair = json_object(j, pairs, NULL), *people = json_array(j, pair, "people");
        json_text(j, people, NULL, r->log.people[p->one]);
        json_text(j, people, NULL, r->log.people[p->other]);
        add_agreed(j, json_object(j, pair, "path"), &p->path);
        add_levels(j, pair, p->level, a->depth);
    }
}

static int print_json(const struct report *r, const struct taxonomy *t)
{
    struct json j;
    json_start(&j);
    json_number(&j, NULL, "model", r->model);
    json_number(&j, NULL, "today", (double)r->today);
    json_number(&j, NULL, "week", (double)r->week);
    json_number(&j, NULL, "reviewed", (double)r->counts.reviewed);
    evaluation_json(&r->held, &j);
    json_number(&j, NULL, "unpredicted", (double)r->unpredicted);
    add_score(&j, "seen", &r->seen);
    add_score(&j, "blind", &r->blind);
    json_number(&j, NULL, "blind_repeated", (double)r->repeated);
    json_number(&j, NULL, "corrections_without_prediction", (double)r->guessed);
    struct cJSON *right = json_array(&j, NULL, "right");
    for (size_t i = 0; i < r->right_count; i++)
        json_number(&j, right, NULL, (double)r->right[i]);
    add_models(&j, r);
    add_nodes(&j, r, t);
    add_pairs(&j, "confused_held_out", t, &r->missed);
    add_pairs(&j, "confused_reviewed", t, &r->corrected);
    add_bins(&j, r);
    add_speed(&j, r);
    add_agreement(&j, r);
    return json_print(&j);
}

/* ---- HTML ---- */

static int write_html(const struct report *r, const struct project *p, const char *file,
                      struct status *st)
{
    const char *slash = strrchr(p->root, '/'), *name = slash && slash[1] ? slash + 1 : p->root;
    const struct taxonomy *t = store_taxonomy(p->store);
    struct file_writer w;
    if (strcmp(file, "-") == 0) {
        report_html(r, t, name, stdout);
        return 0;
    }
    if (file_writer_open(&w, file, st) != 0)
        return -1;
    report_html(r, t, name, w.stream);
    return file_writer_commit(&w, st);
}

static int run(int argc, char **argv)
{
    const char *html = NULL;
    int json = 0, status;
    struct arguments args;
    struct status st = {0};
    struct project project;
    struct report r = {0};
    const struct option_spec specs[] = {
        {"html", OPTION_TEXT, &html, 0, 0},
        {"json", OPTION_FLAG, &json, 0, 0},
        {NULL, OPTION_FLAG, NULL, 0, 0},
    };
    if (options_parse(&command_report, argc, argv, specs, 0, &args) != 0)
        return args.status;
    if (html && json)
        return options_wrong(&command_report, "--html and --json: one of them");
    if (html && !html[0])
        return options_wrong(&command_report,
                             "--html needs the name of a file, or - for standard output");
    if (project_open(NULL, &project, &st) != 0)
        return output_fail(&st);
    if (report_make(&project, &r, interrupt_catch(), NULL, NULL, &st) != 0)
        status = output_fail(&st);
    else if (json)
        status = print_json(&r, store_taxonomy(project.store));
    else if ((html ? write_html(&r, &project, html, &st)
                   : print_text(&r, store_taxonomy(project.store), &st)) != 0)
        status = output_fail(&st);
    else
        status = 0;
    report_clear(&r);
    project_close(&project);
    return status;
}

const struct command command_report = {
    "report",
    "report [--html FILE | --json]",
    "tells how the work stands: scores over time, per label, what is confused, speed",
    "Computed from what the project knows; nothing is predicted for it. Photos held out of training are tested by\n"
    "their stored predictions of the model in use.\n\n"
    "  --html FILE   one self-contained file with the same plots and tables, and no pictures; - is\n"
    "                standard output\n"
    "  --json        one JSON object: score, exact, ... as `tend score`, and models[], nodes[], seen, blind,\n"
    "                right[], confused_held_out[], confused_reviewed[], calibration[], pace[], people[], days[],\n"
    "                agreement (of people: photos, same, path, levels[], pairs[], with Cohen's kappa)\n",
    run,
};
