#include <stdio.h>
#include <string.h>

#include "data/status.h"
#include "tui/commands/command.h"
#include "tui/commands/import_labels.h"
#include "tui/commands/interrupt.h"
#include "tui/commands/options.h"
#include "tui/commands/output.h"
#include "tui/loop/project.h"

extern const struct command command_import;

static int print_result(const struct import_result *r, const char *path, int json)
{
    char photos[OUTPUT_NOUN], added[OUTPUT_NOUN], labels[OUTPUT_NOUN], left[OUTPUT_NOUN], safe[600];
    if (json) {
        struct json j;
        json_start(&j);
        json_text(&j, NULL, "format", r->format);
        json_number(&j, NULL, "photos", (double)r->photos);
        json_number(&j, NULL, "added", (double)r->added);
        json_number(&j, NULL, "labelled", (double)r->labelled);
        json_number(&j, NULL, "left_out", (double)r->left_out);
        json_number(&j, NULL, "reviewed", (double)r->reviewed);
        return json_print(&j);
    }
    printf("%s (%s): %s, %s, %s new to the project, %s left out\n",
           output_safe(path, safe, sizeof safe), r->format,
           output_noun((int64_t)r->photos, "photo", "photos", photos),
           output_noun((int64_t)r->labelled, "label", "labels", labels),
           output_count((int64_t)r->added, added),
           output_noun((int64_t)r->left_out, "line", "lines", left));
    if (r->reviewed == 1)
        puts("1 label not taken: the photo has been reviewed");
    else if (r->reviewed > 1)
        printf("%s not taken: the photos have been reviewed\n",
               output_noun((int64_t)r->reviewed, "label", "labels", left));
    return 0;
}

static int run(int argc, char **argv)
{
    struct import_request request = {0};
    struct status st = {0};
    struct arguments args;
    struct import_result result;
    struct project project;
    int json = 0, new_labels = 0;
    char rule[16];
    const struct option_spec specs[] = {
        {"format", OPTION_TEXT, &request.format, 0, 0},
        {"split", OPTION_TEXT, &request.split, 0, 0},
        {"user", OPTION_TEXT, &request.who, 0, 0},
        {"strict", OPTION_FLAG, &request.strict, 0, 0},
        {"new-labels", OPTION_FLAG, &new_labels, 0, 0},
        {"json", OPTION_FLAG, &json, 0, 0},
        {NULL, OPTION_FLAG, NULL, 0, 0},
    };
    if (options_parse(&command_import, argc, argv, specs, 1, &args) != 0)
        return args.status;
    if (args.count < 1)
        return options_wrong(&command_import, "which file or folder shall be imported?");
    if (request.split && split_from_name(request.split) < 0)
        return options_wrong(&command_import, "--split is train, val or test, not '%s'",
                             request.split);
    if (project_open(NULL, &project, &st) != 0)
        return output_fail(&st);
    request.path = args.at[0];
    /* A tree that was given as a file is not widened by a misspelt label. */
    store_setting(project.store, "taxonomy", "", rule, sizeof rule);
    request.add_nodes = new_labels || strcmp(rule, "file") != 0;
    int failed = import_labels(&project, &request, interrupt_catch(), &result, &st);
    if (failed && st.code != STATUS_CANCELLED)
        project_log(&project, "import of %s failed: %s", request.path, st.text);
    project_close(&project);
    return failed ? output_fail(&st) : print_result(&result, request.path, json);
}

const struct command command_import = {
    "import",
    "import FILE|DIR [--format F] [--split S] [--strict] [--new-labels] [--user NAME] [--json]",
    "takes labels from a file or from folders; reviews stay as they are",
    "A CSV file (commas, semicolons or tabs) has a header photo,label1,label2,label3[,split]; labels are ids\n"
    "or names, photo paths are relative to the file (or, where there is none, to the project's folder); the\n"
    "split is train, val or test (photos of split test are never trained on, those of split val only test\n"
    "and calibrate a new model). In a folder the label path of a photo is the folders it lies in. Photos\n"
    "that are not in the project yet are added. A line that is wrong is told and left out; when\n"
    "nothing is left the command fails. The label of a photo that has been reviewed is not taken.\n\n"
    "  --format F      csv or folders (default: by the name)\n"
    "  --split S       train, val or test for every photo\n"
    "  --strict        stop at the first line that is wrong and import nothing\n"
    "  --new-labels    widen a tree that was given with `tend init --taxonomy`\n"
    "  --user NAME     who says so (default: import, so that undo in the review leaves it)\n"
    "  --json          print the result as one JSON object\n",
    run,
};
