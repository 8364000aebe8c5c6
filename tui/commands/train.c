#include <stdio.h>
#include <string.h>

#include "data/status.h"
#include "tui/commands/command.h"
#include "tui/commands/interrupt.h"
#include "tui/commands/options.h"
#include "tui/commands/output.h"
#include "tui/commands/predictions.h"
#include "tui/commands/progress.h"
#include "tui/loop/project.h"
#include "tui/loop/training.h"

extern const struct command command_train;

static void on_progress(void *arg, const struct train_progress *p)
{
    char more[100] = "";
    int steps = p->phase == TRAIN_RUNNING;
    if (steps && p->epochs > 0)
        snprintf(more, sizeof more, "epoch %d of %d, loss %.3f",
                 p->epoch < p->epochs ? p->epoch + 1 : p->epochs, p->epochs, p->loss);
    if (steps && p->resumed > 0) {
        size_t used = strlen(more);
        snprintf(more + used, sizeof more - used, ", from step %ld on", p->resumed);
    }
    struct progress *bar = arg;
    bar->unit = steps ? "steps" : "photos";
    progress_show(bar, &(struct progress_state){.phase = train_phase_name(p->phase),
                                                .done = p->done,
                                                .total = p->total,
                                                .rate = steps ? 0 : p->rate,
                                                .seconds_left = p->seconds_left,
                                                .more = more[0] ? more : NULL});
}

static void number_or_null(struct json *j, const char *name, double value)
{
    if (value >= 0)
        json_number(j, NULL, name, value);
    else
        json_text(j, NULL, name, NULL);
}

static int print_json(const struct train_progress *p)
{
    struct json j;
    json_start(&j);
    json_number(&j, NULL, "model", p->model);
    json_bool(&j, NULL, "used", p->used);
    json_text(&j, NULL, "depth", depth_name(p->depth));
    json_number(&j, NULL, "photos", p->photos);
    json_number(&j, NULL, "held_out", p->held_out);
    json_number(&j, NULL, "unreadable", p->unreadable);
    json_bool(&j, NULL, "calibrated", p->held_out >= TRAINING_CALIBRATES);
    number_or_null(&j, "score_before", p->score_before);
    number_or_null(&j, "score_after", p->score_after);
    json_number(&j, NULL, "epochs", p->epochs);
    json_number(&j, NULL, "loss", p->loss);
    json_text(&j, NULL, "message", p->message);
    return json_print(&j);
}

static void print_unreadable(const struct train_progress *p, const char *root)
{
    char photos[OUTPUT_NOUN], safe[600];
    printf("%s could not be read and %s left out: %s%s\n",
           output_noun(p->unreadable, "labelled photo", "labelled photos", photos),
           p->unreadable == 1 ? "was" : "were", output_safe(p->unreadable_first, safe, sizeof safe),
           p->unreadable == 1 ? "" : ", ...");
    if (p->unreadable > 1)
        printf("%s/.tend/tend.log names all of them\n", output_safe(root, safe, sizeof safe));
}

/* before: the model that was in use. */
static int print_result(const struct train_progress *p, int before, const char *root)
{
    char photos[OUTPUT_NOUN];
    printf("%s\n", p->message);
    printf("trained (%s) on %s; %d held out\n", depth_name(p->depth),
           output_noun(p->photos, "labelled photo", "labelled photos", photos), p->held_out);
    if (p->resumed > 0)
        printf("it went on from step %ld of a training that was broken off\n", p->resumed);
    if (p->unreadable > 0)
        print_unreadable(p, root);
    if (p->held_out < TRAINING_CALIBRATES)
        printf("its confidences are not calibrated: too few held-out photos (%d are needed)\n",
               TRAINING_CALIBRATES);
    if (!p->used)
        printf("`tend models use %d` uses it all the same; --force-use does so at once\n",
               p->model);
    else if (before > 0 && p->score_before >= 0)
        printf("`tend models use %d` goes back\n", before);
    return 0;
}

static int train(const struct training_options *options, int json)
{
    struct status st = {0};
    struct progress bar;
    struct train_progress result;
    struct project project;
    if (project_open(NULL, &project, &st) != 0)
        return output_fail(&st);
    int before = store_current_model(project.store);
    int failed = options->from && predictions_model(&project, options->from, &st) < 0;
    if (!failed) {
        progress_start(&bar, "photos");
        failed = training_run(options, on_progress, &bar, interrupt_catch(), &result, &st) != 0;
        progress_end(&bar);
        if (failed) /* also when its terminal was closed: nobody sees what is printed then */
            project_log(&project, "training failed: %s", st.text);
    }
    int status = failed ? output_fail(&st)
                 : json ? print_json(&result)
                        : print_result(&result, before, project.root);
    project_close(&project);
    return status;
}

static int run(int argc, char **argv)
{
    const char *depth = "head";
    long epochs = 0, seed = 1, size = 0, batch = 0, from = 0, threads = 0;
    double rate = 0;
    int use_worse = 0, json = 0;
    struct arguments args;
    const struct option_spec specs[] = {
        {"depth", OPTION_TEXT, &depth, 0, 0},
        {"lr", OPTION_REAL, &rate, 1e-8, 100},
        {"epochs", OPTION_WHOLE, &epochs, 1, 100000},
        {"num_epoch", OPTION_WHOLE, &epochs, 1, 100000},
        {"seed", OPTION_WHOLE, &seed, 0, 9007199254740992.0},
        {"size", OPTION_WHOLE, &size, 32, 1024},
        {"batch", OPTION_WHOLE, &batch, 1, 1024},
        {"from", OPTION_WHOLE, &from, 1, 1000000},
        {"threads", OPTION_WHOLE, &threads, 1, 64},
        {"force-use", OPTION_FLAG, &use_worse, 0, 0},
        {"json", OPTION_FLAG, &json, 0, 0},
        {NULL, OPTION_FLAG, NULL, 0, 0},
    };
    if (options_parse(&command_train, argc, argv, specs, 0, &args) != 0)
        return args.status;
    int deep = depth_from_name(depth);
    if (deep < 0)
        return options_wrong(&command_train, "--depth is head, blocks or full, not '%s'", depth);
    struct training_options options = {.folder = ".",
                                       .depth = (enum depth)deep,
                                       .from = (int)from,
                                       .epochs = (int)epochs,
                                       .batch = (int)batch,
                                       .size = (int)size,
                                       .rate = (float)rate,
                                       .seed = (uint64_t)seed,
                                       .threads = (int)threads,
                                       .use_worse = use_worse};
    return train(&options, json);
}

const struct command command_train = {
    "train",
    "train [--depth head|blocks|full] [--lr R] [--epochs N] [--seed N] [--size N] [--batch N] "
    "[--from N] [--threads N] [--force-use] [--json]",
    "trains a new model from the labels",
    "A copy of the model is trained. Photos of split test are left alone; those of split val, or where none\n"
    "has a label an eighth of all by their contents, are held out: never trained on. The new model is used\n"
    "when its score on them is no lower than that of the model it was trained from; it is kept in any case.\n"
    "This holds however few they are; with less than 8 it is said that they are too few to be sure, with\n"
    "none the new model is used. Where the old model knows none of the labels nothing is compared. With\n"
    "less than 20 the confidences are not calibrated. `tend models use N` goes to any model.\n"
    "Ctrl-C keeps nothing of the training and all that was there before.\n\n"
    "  --depth head      the classifier alone (default)\n"
    "  --depth blocks    classifier and last blocks\n"
    "  --depth full      the whole network, with augmentation\n"
    "  --lr R            learning rate at its peak (default: by depth)\n"
    "  --epochs N        passes over the photos (--num_epoch means the same)\n"
    "  --seed N          same seed, photos and threads: same weights (default 1)\n"
    "  --size N          pixels of the network's input (default: as the model says)\n"
    "  --batch N         photos of one step\n"
    "  --from N          model to start from (default: the one in use)\n"
    "  --threads N       threads (default: all cores)\n"
    "  --force-use       use the new model even if it is worse\n"
    "  --json            print the result as one JSON object\n",
    run,
};
