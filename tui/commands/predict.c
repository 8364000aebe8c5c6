#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/file.h"
#include "data/status.h"
#include "labels/formats/format.h"
#include "tui/commands/command.h"
#include "tui/commands/interrupt.h"
#include "tui/commands/options.h"
#include "tui/commands/output.h"
#include "tui/commands/photos.h"
#include "tui/commands/predictions.h"
#include "tui/loop/project.h"

extern const struct command command_predict;

struct predict {
    const char *out, *split_name;
    long model, threads;
    int json, split;
    size_t answered, unreadable;
    long made;
};

static void write_header(FILE *out, int levels)
{
    fputs("photo", out);
    for (int l = 1; l <= levels; l++)
        fprintf(out, ",label%d", l);
    for (int l = 1; l <= levels; l++)
        fprintf(out, ",p%d", l);
    fputc('\n', out);
}

/* a NULL: the photo could not be read. */
static void write_row(FILE *out, const struct taxonomy *t, const char *path, const struct answer *a,
                      int levels)
{
    csv_write(out, path);
    for (int l = 0; l < levels; l++) {
        fputc(',', out);
        if (a && l < a->depth)
            csv_write(out, taxonomy_name(t, a->path[l]));
    }
    for (int l = 0; l < levels; l++) {
        fputc(',', out);
        if (a && l < a->depth)
            fprintf(out, "%.4f", (double)a->confidence[l]);
    }
    fputc('\n', out);
}

static int write_rows(struct predict *c, struct project *p, int model,
                      const struct photo_list *list, FILE *out, struct status *st)
{
    struct predictions r;
    if (predictions_open(&r, p, model, st) != 0)
        return -1;
    const struct taxonomy *t = store_taxonomy(p->store);
    int levels = taxonomy_max_depth(t), result = 0;
    write_header(out, levels);
    for (size_t i = 0; i < list->count && result >= 0; i++) {
        struct answer answer;
        char problem[300] = "";
        result = predictions_answer(&r, list->entries[i].id, &answer, problem, sizeof problem, st);
        if (result < 0)
            break;
        write_row(out, t, list->entries[i].path, result == 0 ? &answer : NULL, levels);
        c->answered += result == 0;
        c->unreadable += result != 0;
        if (result != 0)
            output_warn("%s", problem[0] ? problem : list->entries[i].path);
    }
    predictions_close(&r);
    return result < 0 ? -1 : 0;
}

static int write_file(struct predict *c, struct project *p, int model,
                      const struct photo_list *list, struct status *st)
{
    struct file_writer writer = {0};
    if (c->json && !c->out) /* standard output is the object's */
        return 0;
    if (file_writer_open(&writer, c->out, st) != 0)
        return -1;
    if (write_rows(c, p, model, list, writer.stream, st) == 0)
        return file_writer_commit(&writer, st);
    file_writer_cancel(&writer);
    return -1;
}

static int predict(struct predict *c, struct project *p, struct status *st)
{
    struct photo_list list = {0};
    int model = predictions_model(p, c->model, st), result = -1;
    if (model < 0 || photos_list(p->store, c->split, &list, st) != 0)
        return -1;
    int64_t *ids = malloc((list.count ? list.count : 1) * sizeof *ids);
    for (size_t i = 0; ids && i < list.count; i++)
        ids[i] = list.entries[i].id;
    if (!ids)
        status_out_of_memory(st);
    else if (list.count == 0)
        status_fail(st, STATUS_MISSING, "there are no photos of split %s",
                    c->split_name ? c->split_name : "any");
    else if (predictions_make(p, model, ids, list.count, (int)c->threads, interrupt_catch(),
                              &c->made, st) == 0)
        result = write_file(c, p, model, &list, st);
    free(ids);
    photos_clear(&list);
    c->model = model;
    return result;
}

static int report(const struct predict *c)
{
    char made[OUTPUT_NOUN];
    if (c->json) {
        struct json j;
        json_start(&j);
        json_number(&j, NULL, "model", (double)c->model);
        json_number(&j, NULL, "predicted", (double)c->made);
        json_number(&j, NULL, "written", (double)(c->answered + c->unreadable));
        json_number(&j, NULL, "unreadable", (double)c->unreadable);
        json_text(&j, NULL, "out", c->out);
        return json_print(&j);
    }
    if (c->out)
        printf("%s: %s by model %ld, %zu could not be read\n", c->out,
               output_noun((int64_t)c->answered, "photo", "photos", made), c->model, c->unreadable);
    return 0;
}

static int run(int argc, char **argv)
{
    struct predict c = {.split = -1};
    struct status st = {0};
    struct arguments args;
    struct project project;
    const struct option_spec specs[] = {
        {"out", OPTION_TEXT, &c.out, 0, 0},
        {"split", OPTION_TEXT, &c.split_name, 0, 0},
        {"model", OPTION_WHOLE, &c.model, 1, 1000000},
        {"threads", OPTION_WHOLE, &c.threads, 1, 64},
        {"json", OPTION_FLAG, &c.json, 0, 0},
        {NULL, OPTION_FLAG, NULL, 0, 0},
    };
    if (options_parse(&command_predict, argc, argv, specs, 0, &args) != 0)
        return args.status;
    if (c.split_name && (c.split = split_from_name(c.split_name)) <= 0)
        return options_wrong(&command_predict, "--split is train, val or test, not '%s'",
                             c.split_name);
    if (project_open(NULL, &project, &st) != 0)
        return output_fail(&st);
    int failed = predict(&c, &project, &st);
    if (failed && st.code != STATUS_CANCELLED)
        project_log(&project, "predict failed: %s", st.text);
    project_close(&project);
    return failed ? output_fail(&st) : report(&c);
}

const struct command command_predict = {
    "predict",
    "predict [--out FILE] [--split S] [--model N] [--threads N] [--json]",
    "predicts the label path of every photo",
    "Writes a CSV file: photo,label1,...,p1,... with a path and its confidences a photo; photos are named\n"
    "as the project names them. Predictions that are there already are not made again; Ctrl-C keeps\n"
    "those that are done.\n\n"
    "  --out FILE     written whole or not at all (default: standard output)\n"
    "  --split S      only photos of split train, val or test\n"
    "  --model N      default: the model in use\n"
    "  --threads N    threads (default: all cores)\n"
    "  --json         print what was done as one JSON object (the CSV then only goes to --out)\n",
    run,
};
