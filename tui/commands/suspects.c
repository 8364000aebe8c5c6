/* Labels that all other labels speak against. */
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
#include "tui/commands/predictions.h"
#include "tui/loop/answers.h"
#include "tui/loop/learner.h"
#include "tui/loop/project.h"

extern const struct command command_suspects;

struct suspects {
    const char *out;
    long model, threads, most;
    int json;
    struct opinion *found; /* most suspect first */
    size_t count, labels;
};

static int compare(const void *left, const void *right)
{
    const struct opinion *a = left, *b = right;
    if (a->doubt != b->doubt)
        return a->doubt > b->doubt ? -1 : 1;
    return (a->photo > b->photo) - (a->photo < b->photo);
}

/* Features of every labelled photo, by a model that never learned from the labels. */
static int look(struct suspects *c, struct project *p, struct status *st)
{
    if (predictions_labelled(p, (int)c->model, (int)c->threads, interrupt_catch(), &c->labels,
                             st) != 0)
        return -1;
    if (c->labels > 0)
        return 0;
    return status_fail(st, STATUS_MISSING,
                       "no photo has a label yet: label some (`tend`), or `tend import FILE`");
}

static int find(struct suspects *c, struct project *p, struct status *st)
{
    struct learner *l = NULL;
    int model = predictions_model(p, c->model, st);
    if (model < 0)
        return -1;
    c->model = c->model ? model : project_untaught_model(p, model);
    if (look(c, p, st) != 0 ||
        learner_open(p, (int)c->model, LEARNER_ALONE, &l, interrupt_catch(), st) != 0)
        return -1;
    int result = answers_suspects(store_taxonomy(p->store), l, c->labels, &c->found, &c->count,
                                  interrupt_catch(), st);
    learner_free(l);
    if (result == 0 && c->count > 1)
        qsort(c->found, c->count, sizeof *c->found, compare);
    return result;
}

static int write_row(FILE *out, struct project *p, const struct opinion *o, struct status *st)
{
    char text[2000];
    struct photo photo;
    if (store_photo(p->store, o->photo, &photo, st) != 0)
        return -1;
    csv_write(out, photo.path);
    fputc(',', out);
    csv_write(
        out, taxonomy_format(store_taxonomy(p->store), photo.state.node, " > ", text, sizeof text));
    fputc(',', out);
    csv_write(out, taxonomy_format(store_taxonomy(p->store), o->node, " > ", text, sizeof text));
    fprintf(out, ",%.4f\n", (double)o->doubt);
    photo_clear(&photo);
    return 0;
}

static int write_file(const struct suspects *c, struct project *p, size_t n, struct status *st)
{
    struct file_writer writer = {0};
    if (file_writer_open(&writer, c->out, st) != 0)
        return -1;
    fputs("photo,label,instead,suspicion\n", writer.stream);
    for (size_t i = 0; i < n; i++)
        if (write_row(writer.stream, p, &c->found[i], st) != 0) {
            file_writer_cancel(&writer);
            return -1;
        }
    return file_writer_commit(&writer, st);
}

static int run(int argc, char **argv)
{
    struct suspects c = {0};
    struct status st = {0};
    struct arguments args;
    struct project project;
    const struct option_spec specs[] = {
        {"out", OPTION_TEXT, &c.out, 0, 0},
        {"most", OPTION_WHOLE, &c.most, 1, 100000000},
        {"model", OPTION_WHOLE, &c.model, 1, 1000000},
        {"threads", OPTION_WHOLE, &c.threads, 1, 64},
        {NULL, OPTION_FLAG, NULL, 0, 0},
    };
    if (options_parse(&command_suspects, argc, argv, specs, 0, &args) != 0)
        return args.status;
    if (project_open(NULL, &project, &st) != 0)
        return output_fail(&st);
    int failed = find(&c, &project, &st);
    size_t n = 0, written;
    while (!failed && n < c.count && c.found[n].doubt > 0)
        n++;
    written = c.most > 0 && (size_t)c.most < n ? (size_t)c.most : n;
    if (!failed)
        failed = write_file(&c, &project, written, &st);
    if (!failed)
        fprintf(
            stderr,
            "%zu of %zu labels are not what the others, by the features of model %ld, would answer%s\n",
            n, c.count, c.model, written < n ? "; the first of them are listed" : "");
    free(c.found);
    project_close(&project);
    return failed ? output_fail(&st) : 0;
}

const struct command command_suspects = {
    "suspects",
    "suspects [--most N] [--out FILE] [--model N] [--threads N]",
    "lists labels that all other labels speak against",
    "Every label is left out in turn and predicted from all others; where another path is expected to score more than\n"
    "the label itself, that is told: photo,label,instead,suspicion, the most suspect first (suspicion is the\n"
    "difference of the two, so labels wrong from the first level on come before those wrong at the last). The same as\n"
    "an order of the review: `tend review --order suspect`.\n\n"
    "  --most N       only the first N\n"
    "  --out FILE     a CSV file, written whole or not at all (default: standard output)\n"
    "  --model N      whose features (default: the last one whose features did not learn from labels)\n"
    "  --threads N    threads for photos not looked at yet (default: all cores)\n",
    run,
};
