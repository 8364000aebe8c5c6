#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "data/status.h"
#include "labels/score.h"
#include "nn/network.h"
#include "nn/weights/hub.h"
#include "tui/commands/command.h"
#include "tui/commands/model_files.h"
#include "tui/commands/models_compare.h"
#include "tui/commands/options.h"
#include "tui/commands/output.h"
#include "tui/commands/predictions.h"
#include "tui/loop/project.h"

extern const struct command command_models;

static const char *date(int64_t milliseconds, char *buffer, size_t size)
{
    time_t when = (time_t)(milliseconds / 1000);
    struct tm local;
    localtime_r(&when, &local);
    strftime(buffer, size, "%Y-%m-%d %H:%M", &local);
    return buffer;
}

/* "0.874" or "-" where nothing was measured. */
static const char *share(double value, char *buffer, size_t size)
{
    snprintf(buffer, size, value >= 0 ? "%.3f" : "-", value);
    return buffer;
}

/* ---- list ----------------------------------------------------------------------------------- */

static void add_record(struct json *j, struct cJSON *in, const struct model_record *m, int current)
{
    json_number(j, in, "model", m->number);
    json_bool(j, in, "used", m->number == current);
    json_text(j, in, "depth", m->depth);
    json_text(j, in, "architecture", m->architecture);
    json_number(j, in, "parent", m->parent);
    json_number(j, in, "labels", m->reviews);
    json_number(j, in, "held_out", m->held_out);
    if (m->score_before >= 0)
        json_number(j, in, "score_before", m->score_before);
    if (m->score_after >= 0)
        json_number(j, in, "score_after", m->score_after);
    json_number(j, in, "parameters", (double)m->parameters);
    json_number(j, in, "gmac", m->gmac);
    json_number(j, in, "created", (double)m->created);
    json_text(j, in, "note", m->note);
    if (m->removed)
        json_bool(j, in, "removed", 1);
}

struct listing {
    int current;
    struct json *json;
    struct cJSON *list;
};

static int print_row(void *arg, const struct model_record *m)
{
    const struct listing *l = arg;
    char before[16], after[16], created[32], safe[400], depth[40], network[160];
    if (m->removed)
        return 0;
    if (l->json) {
        struct cJSON *in = l->list ? json_object(l->json, l->list, NULL) : NULL;
        if (in)
            add_record(l->json, in, m, l->current);
        return 0;
    }
    printf("%c %4d  %-10s  %6s  %6s  %6d  %6d  %5.1f M  %5.2f  %s  %s%s%s\n",
           m->number == l->current ? '*' : ' ', m->number,
           output_safe(m->depth, depth, sizeof depth),
           share(m->score_before, before, sizeof before),
           share(m->score_after, after, sizeof after), m->held_out, m->reviews,
           (double)m->parameters / 1e6, m->gmac, date(m->created, created, sizeof created),
           output_safe(m->architecture, network, sizeof network), m->note[0] ? "; " : "",
           output_safe(m->note, safe, sizeof safe));
    return 0;
}

static int list(struct project *p, int as_json, struct status *st)
{
    struct json j;
    struct listing l = {.current = store_current_model(p->store)};
    if (as_json) {
        json_start(&j);
        json_number(&j, NULL, "used", l.current);
        l.json = &j;
        l.list = json_array(&j, NULL, "models");
    } else {
        puts(
            "  model  depth       before   after  photos  labels   params   GMac  made              network");
    }
    int failed = store_each_model(p->store, print_row, &l, st);
    if (!as_json && !failed && l.current > 0)
        puts("Scores are those of the day a model was made, by the labels of then; tend score: by "
             "those of now.");
    if (!as_json)
        return failed ? output_fail(st) : 0;
    if (!failed)
        return json_print(&j);
    json_clear(&j);
    return output_fail(st);
}

/* ---- show, use, add, rm --------------------------------------------------------------------- */

static int show(struct project *p, int number, int as_json, struct status *st)
{
    struct model_record m;
    char created[32], before[16], after[SCORE_SHOWN], count[OUTPUT_COUNT], safe[400];
    int current = store_current_model(p->store);
    if (store_model(p->store, number, &m, st) != 0)
        return output_fail(st);
    if (as_json) {
        struct json j;
        json_start(&j);
        add_record(&j, NULL, &m, current);
        return json_print(&j);
    }
    printf("model       %d%s%s\n", m.number, m.number == current ? ", in use" : "",
           m.removed ? ", removed" : "");
    printf("network     %s, %s parameters, %.3f GMac\n",
           output_safe(m.architecture, safe, sizeof safe), output_count(m.parameters, count),
           m.gmac);
    printf("made        %s, %s", date(m.created, created, sizeof created),
           output_safe(m.depth, safe, sizeof safe));
    if (m.parent)
        printf(", from model %d, on %d labels", m.parent, m.reviews);
    printf("\nscore       %s before, %s after, on %d held-out photos\n",
           share(m.score_before, before, sizeof before),
           score_show(m.score_after, m.held_out, after), m.held_out);
    printf("note        %s\n", output_safe(m.note, safe, sizeof safe));
    char *folder = project_model_folder(p, number);
    if (folder && !m.removed)
        printf("files       %s\n", output_safe(folder, safe, sizeof safe));
    free(folder);
    return 0;
}

static int use(struct project *p, int number, struct status *st)
{
    struct network *network = NULL;
    struct model_card card = {0};
    /* Its files are looked at first: a model that cannot be loaded is not put to use. */
    if (project_load_model(p, number, &network, &card, st) != 0)
        return output_fail(st);
    network_free(network);
    model_card_clear(&card);
    if (store_use_model(p->store, number, st) != 0)
        return output_fail(st);
    int64_t waiting = store_count_unpredicted(p->store, number, NULL);
    printf("model %d is in use%s\n", number,
           waiting > 0 ? "; `tend predict` or the next review makes its predictions" : "");
    return 0;
}

static int add(struct project *p, const struct model_source *source, int as_json, struct status *st)
{
    struct network *network = NULL;
    struct model_card card = {0};
    struct model_record record;
    char *real = realpath(source->path, NULL);
    char note[sizeof record.note];
    snprintf(note, sizeof note, "%s", real ? real : source->path);
    free(real);
    int failed = model_files_load(source, &network, &card, st) != 0;
    if (!failed)
        failed = model_files_add(p, network, &card, note, 0, &record, st) != 0;
    if (!failed && !as_json)
        model_files_describe(network);
    network_free(network);
    model_card_clear(&card);
    if (failed)
        return output_fail(st);
    if (as_json)
        return show(p, record.number, 1, st);
    printf(
        "model %d is added: `tend models use %d` puts it to use, `tend train --from %d` trains it\n",
        record.number, record.number, record.number);
    return 0;
}

static int remove_model(struct project *p, int number, struct status *st)
{
    if (number == store_current_model(p->store)) {
        output_warn("model %d is in use; `tend models use N` goes to another one first", number);
        return 1;
    }
    if (project_remove_model(p, number, st) != 0)
        return output_fail(st);
    printf("model %d is removed; what was known about it stays in `tend models show %d`\n", number,
           number);
    return 0;
}

/* ---- the command ---------------------------------------------------------------------------- */

static int with_number(struct project *p, const char *verb, const char *text, int json,
                       struct status *st)
{
    long number;
    if (options_number(text, 1, 1000000, &number) != 0)
        return options_wrong(&command_models, "'%s' wants a model's number, not '%s'", verb, text);
    if (strcmp(verb, "show") == 0)
        return show(p, (int)number, json, st);
    if (predictions_model(p, number, st) < 0)
        return output_fail(st);
    return strcmp(verb, "use") == 0 ? use(p, (int)number, st) : remove_model(p, (int)number, st);
}

static int compare(struct project *p, const struct arguments *args, struct models_compare *c,
                   struct status *st)
{
    long number[2];
    for (int i = 0; i < 2; i++)
        if (options_number(args->at[1 + i], 1, 1000000, &number[i]) != 0)
            return options_wrong(&command_models,
                                 "'compare' wants the numbers of two models, not '%s'",
                                 args->at[1 + i]);
    c->before = (int)number[0];
    c->after = (int)number[1];
    return models_compare(p, c, st);
}

static int run(int argc, char **argv)
{
    static const char *const verbs[] = {"use", "show", "add", "rm", "compare"};
    struct model_source source = {0};
    struct models_compare comparison = {0};
    int json = 0, known = 0, status;
    long threads = 0;
    struct status st = {0};
    struct arguments args;
    struct project project;
    const struct option_spec specs[] = {
        {"json", OPTION_FLAG, &json, 0, 0},
        {"held-out", OPTION_FLAG, &comparison.held_out, 0, 0},
        {"threads", OPTION_WHOLE, &threads, 1, 64},
        {"arch", OPTION_TEXT, &source.arch, 0, 0},
        {"size", OPTION_WHOLE, &source.size, MODEL_SIZE_LEAST, MODEL_SIZE_MOST},
        {NULL, OPTION_FLAG, NULL, 0, 0},
    };
    if (options_parse(&command_models, argc, argv, specs, 3, &args) != 0)
        return args.status;
    for (size_t i = 0; args.count > 0 && i < sizeof verbs / sizeof *verbs; i++)
        known |= strcmp(args.at[0], verbs[i]) == 0;
    if (args.count > 0 && !known)
        return options_wrong(&command_models,
                             "models knows use, show, add, rm and compare, not '%s'", args.at[0]);
    if (args.count == 1)
        return options_wrong(&command_models, "%s: which model?", args.at[0]);
    int two = args.count > 0 && strcmp(args.at[0], "compare") == 0;
    if (args.count > (two ? 3 : 2) || (two && args.count < 3))
        return options_wrong(&command_models,
                             two ? "compare: which two models?" : "one model at a time, please");
    if (project_open(NULL, &project, &st) != 0)
        return output_fail(&st);
    comparison.json = json;
    comparison.threads = (int)threads;
    if (two)
        status = compare(&project, &args, &comparison, &st);
    else if (args.count == 0)
        status = list(&project, json, &st);
    else if (strcmp(args.at[0], "add") == 0) {
        source.path = args.at[1];
        status = add(&project, &source, json, &st);
    } else
        status = with_number(&project, args.at[0], args.at[1], json, &st);
    project_close(&project);
    return status;
}

const struct command command_models = {
    "models",
    "models [use N | show N | add DIR|FILE [--arch NAME] [--size N] | rm N | "
    "compare A B [--held-out]] [--json]",
    "lists the models of the project, newest first; goes to another one",
    "  use N            predict with model N from here on\n"
    "  show N           all that is known about it\n"
    "  add DIR|FILE     copy a network into the project (a folder as timm publishes it, a weight file)\n"
    "  rm N             remove its files; the record stays\n"
    "  compare A B      what changes from model A to model B: scores on held-out photos, by top-level label, and\n"
    "                   which photos are predicted otherwise; predicts what is missing first\n"
    "  --held-out       of compare: look at held-out photos only\n"
    "  --threads N      of compare (default: all cores)\n"
    "  --arch NAME      architecture of a weight file: timm's or torchvision's name (default: what the file\n"
    "                   or its tensors tell)\n"
    "  --size N         of its pictures, N x N (default: what the network says)\n"
    "  --json           print the list, or the model, as one JSON object\n\n"
    "A weight file is a .safetensors or what PyTorch saved (.pth, .pt, .bin: nothing in it is run), float32,\n"
    "float16 or bfloat16, its tensors named as timm or torchvision name them. These families load, one of\n"
    "each; other sizes as well, up to 2 GMac a picture:\n"
    "  mobilenetv1_100, mobilenetv2_100, mobilenetv3_large_100, mobilenetv4_conv_small, lcnet_100,\n"
    "  mnasnet_100, fbnetv3_b, efficientnet_b0, efficientnetv2_rw_t, resnet18, resnext50_32x4d, regnetx_002,\n"
    "  regnety_008, hgnetv2_b0, shufflenet_v2_x0_5\n",
    run,
};
