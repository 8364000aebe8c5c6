#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/file.h"
#include "data/status.h"
#include "labels/formats/format.h"
#include "labels/formats/spelling.h"
#include "tui/commands/command.h"
#include "tui/commands/evaluation.h"
#include "tui/commands/interrupt.h"
#include "tui/commands/options.h"
#include "tui/commands/output.h"
#include "tui/commands/photos.h"
#include "tui/commands/predictions.h"
#include "tui/loop/project.h"

extern const struct command command_submit;

struct submit {
    const char *out;
    long threads;
    int model, json;
    int without_id; /* a label that has no id to write, -1: all have */
    struct evaluation evaluation;
    size_t written, unreadable;
};

static void write_ids(FILE *out, const struct taxonomy *t, const struct answer *a)
{
    char ids[SPELLING_IDS];
    fputc(',', out);
    csv_write(out, spelling_ids(t, a->path, a->depth, ids));
}

static void write_names(FILE *out, const struct taxonomy *t, const struct answer *a)
{
    for (int l = 0; l < taxonomy_max_depth(t); l++) {
        fputc(',', out);
        if (l < a->depth)
            csv_write(out, taxonomy_name(t, a->path[l]));
    }
}

static void write_header(const struct submit *c, const struct taxonomy *t, FILE *out)
{
    fputs("photo", out);
    if (c->without_id < 0)
        fputs(",ids", out);
    for (int l = 1; c->without_id >= 0 && l <= taxonomy_max_depth(t); l++)
        fprintf(out, ",label%d", l);
    fputc('\n', out);
}

static int write_photo(struct submit *c, struct predictions *r, const struct photo_entry *e,
                       FILE *out, struct status *st)
{
    const struct taxonomy *t = store_taxonomy(r->project->store);
    char problem[300] = "";
    struct answer answer;
    int found = predictions_answer(r, e->id, &answer, problem, sizeof problem, st);
    char *name = found < 0 ? NULL : format_relative_name(r->project->root, e->path);
    if (!name)
        return found < 0 ? -1 : status_out_of_memory(st);
    if (found > 0) {
        output_warn("%s", problem[0] ? problem : e->path);
        answer.depth = 0;
    }
    csv_write(out, name);
    free(name);
    (c->without_id < 0 ? write_ids : write_names)(out, t, &answer);
    fputc('\n', out);
    c->written++;
    c->unreadable += found != 0;
    if (e->node < 0)
        return 0;
    return evaluation_add(&c->evaluation, t, e->node, found == 0 ? &answer : NULL, st);
}

static int write_file(struct submit *c, struct project *p, const struct photo_list *list,
                      struct status *st)
{
    struct predictions r;
    struct file_writer writer = {0};
    if (predictions_open(&r, p, c->model, st) != 0)
        return -1;
    int result = file_writer_open(&writer, c->out, st);
    c->without_id = spelling_without_id(store_taxonomy(p->store));
    if (result == 0)
        write_header(c, store_taxonomy(p->store), writer.stream);
    c->evaluation.has_confidence = 1;
    for (size_t i = 0; result == 0 && i < list->count; i++)
        result = write_photo(c, &r, &list->entries[i], writer.stream, st);
    if (result == 0)
        result = file_writer_commit(&writer, st);
    else
        file_writer_cancel(&writer);
    predictions_close(&r);
    return result;
}

static int submit(struct submit *c, struct project *p, struct status *st)
{
    struct photo_list list;
    int result = -1;
    if (photos_list(p->store, SPLIT_TEST, &list, st) != 0)
        return -1;
    int64_t *ids = malloc((list.count ? list.count : 1) * sizeof *ids);
    for (size_t i = 0; ids && i < list.count; i++)
        ids[i] = list.entries[i].id;
    if (!ids)
        status_out_of_memory(st);
    else if (list.count == 0)
        status_fail(
            st, STATUS_MISSING,
            "the project has no photos of split test; `tend import FILE --split test` adds some");
    else if (predictions_make(p, c->model, ids, list.count, (int)c->threads, interrupt_catch(),
                              NULL, st) == 0)
        result = write_file(c, p, &list, st);
    free(ids);
    photos_clear(&list);
    return result;
}

static int report(struct submit *c, const struct taxonomy *t)
{
    if (c->json) {
        struct json j;
        json_start(&j);
        json_number(&j, NULL, "model", c->model);
        json_number(&j, NULL, "written", (double)c->written);
        json_number(&j, NULL, "unreadable", (double)c->unreadable);
        json_text(&j, NULL, "labels", c->without_id < 0 ? "ids" : "names");
        json_text(&j, NULL, "out", c->out);
        if (c->evaluation.score.photos > 0)
            evaluation_json(&c->evaluation, &j);
        return json_print(&j);
    }
    /* The rows may go to standard output: what is said about them does not. */
    FILE *say = c->out ? stdout : stderr;
    char photos[OUTPUT_NOUN];
    fprintf(say, "model %d: %s of split test%s%s\n", c->model,
            output_noun((int64_t)c->written, "photo", "photos", photos), c->out ? ", in " : "",
            c->out ? c->out : "");
    if (c->without_id >= 0) {
        char label[400], safe[800];
        taxonomy_format(t, c->without_id, " > ", label, sizeof label);
        fprintf(say, "labels are written by name: not every label has an id (the first: %s)\n",
                output_safe(label, safe, sizeof safe));
    }
    if (c->evaluation.score.photos > 0) {
        fprintf(say, "truth is known of %ld\n", c->evaluation.score.photos);
        evaluation_print(&c->evaluation, t, say);
    }
    return 0;
}

static int run(int argc, char **argv)
{
    struct submit c = {0};
    struct status st = {0};
    struct arguments args;
    struct project project;
    long number = 0;
    const struct option_spec specs[] = {
        {"out", OPTION_TEXT, &c.out, 0, 0},
        {"threads", OPTION_WHOLE, &c.threads, 1, 64},
        {"json", OPTION_FLAG, &c.json, 0, 0},
        {NULL, OPTION_FLAG, NULL, 0, 0},
    };
    if (options_parse(&command_submit, argc, argv, specs, 1, &args) != 0)
        return args.status;
    if (args.count > 0 && options_number(args.at[0], 1, 1000000, &number) != 0)
        return options_wrong(&command_submit,
                             "the model is a number (`tend models` lists them), not '%s'",
                             args.at[0]);
    if (c.json && !c.out)
        return options_wrong(&command_submit, "--json wants --out FILE: the rows need a place");
    if (project_open(NULL, &project, &st) != 0)
        return output_fail(&st);
    c.model = predictions_model(&project, number, &st);
    int status;
    if (c.model < 0 || submit(&c, &project, &st) != 0) {
        if (st.code != STATUS_CANCELLED)
            project_log(&project, "submit failed: %s", st.text);
        status = output_fail(&st);
    } else {
        status = report(&c, store_taxonomy(project.store));
    }
    evaluation_clear(&c.evaluation);
    project_close(&project);
    return status;
}

const struct command command_submit = {
    "submit",
    "submit [N] [--out FILE] [--threads N] [--json]",
    "writes model N's answer for every photo of split test, as a benchmark wants it",
    "Where every label of the tree has an id (`tend init --taxonomy`), rows are photo,ids with the ids from\n"
    "general to specific and blanks between them: x.jpg,76 22 23. Else (or where an id holds a blank) rows\n"
    "are photo,label1,label2,label3 with a column for the name of each level, as `tend import` reads them.\n"
    "Fields are quoted where CSV asks for it; photo paths are relative to the project's folder. N: a\n"
    "model's number, default the one in use. Where the truth is known, the score is told.\n\n"
    "  --out FILE     written whole or not at all (default: standard output)\n"
    "  --threads N    threads (default: all cores)\n"
    "  --json         print the result as one JSON object (wants --out)\n",
    run,
};
