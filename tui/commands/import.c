#include <stdio.h>
#include <string.h>

#include "data/status.h"
#include "labels/formats/format.h"
#include "tui/commands/command.h"
#include "tui/commands/import_labels.h"
#include "tui/commands/interrupt.h"
#include "tui/commands/options.h"
#include "tui/commands/output.h"
#include "tui/loop/project.h"

extern const struct command command_import;

enum { LISTED = 10000 }; /* conflicts in the JSON object */

struct listing {
    struct json json;
    struct cJSON *conflicts;
    int as_json, as_text;
    size_t listed;
};

static void list_conflict(void *arg, const struct import_conflict *c)
{
    struct listing *l = arg;
    char photo[600], mine[600], theirs[600];
    if (l->as_json && l->listed++ < LISTED) {
        struct cJSON *o = json_object(&l->json, l->conflicts, NULL);
        json_text(&l->json, o, "photo", c->photo);
        json_text(&l->json, o, "mine", *c->mine ? c->mine : NULL);
        json_text(&l->json, o, "theirs", *c->theirs ? c->theirs : NULL);
        json_bool(&l->json, o, "taken", c->taken);
    } else if (l->as_text) {
        printf("%s: decided %s, the import says %s%s\n", output_safe(c->photo, photo, sizeof photo),
               *c->mine ? output_safe(c->mine, mine, sizeof mine) : "to fit no label",
               *c->theirs ? output_safe(c->theirs, theirs, sizeof theirs) : "that it fits none",
               c->taken ? " (taken)" : "");
    }
}

static int print_json(const struct import_result *r, struct listing *l)
{
    struct json *j = &l->json;
    json_text(j, NULL, "format", r->format);
    json_number(j, NULL, "photos", (double)r->photos);
    json_number(j, NULL, "added", (double)r->added);
    json_number(j, NULL, "labelled", (double)r->labelled);
    json_number(j, NULL, "skipped", (double)r->skipped);
    json_number(j, NULL, "rejected", (double)r->rejected);
    json_number(j, NULL, "left_out", (double)r->left_out);
    json_number(j, NULL, "reviewed", (double)r->reviewed);
    json_number(j, NULL, "conflicts", (double)r->conflicts);
    json_number(j, NULL, "taken", (double)r->settled);
    json_number(j, NULL, "for_review", (double)r->put_to_review);
    return json_print(j);
}

static void print_conflicts(const struct import_result *r, int list)
{
    char n[OUTPUT_NOUN];
    size_t kept = r->conflicts - r->settled - r->put_to_review;
    if (r->settled > 0)
        printf("%s in the place of a decision; `tend undo --user import` takes the labels back\n",
               output_noun((int64_t)r->settled, "label", "labels", n));
    if (r->put_to_review > 0)
        printf("%s beside a decision that says otherwise: `tend review --filter conflict`\n",
               output_noun((int64_t)r->put_to_review, "label", "labels", n));
    if (r->untimed > 0)
        printf("%s no time in the file: what was decided stays\n",
               output_noun((int64_t)r->untimed, "of these labels has", "of these labels have", n));
    if (kept > 0)
        printf("%s than the import: these decisions stay%s\n",
               output_noun((int64_t)kept, "photo was decided otherwise",
                           "photos were decided otherwise", n),
               list ? "" : " (--list shows them, --conflicts settles them)");
}

static int print_result(const struct import_result *r, const char *path, struct listing *l)
{
    char photos[OUTPUT_NOUN], added[OUTPUT_NOUN], labels[OUTPUT_NOUN], left[OUTPUT_NOUN], safe[600];
    if (l->as_json)
        return print_json(r, l);
    printf("%s (%s): %s, %s, %s new to the project, %s left out\n",
           output_safe(path, safe, sizeof safe), r->format,
           output_noun((int64_t)r->photos, "photo", "photos", photos),
           output_noun((int64_t)r->labelled, "label", "labels", labels),
           output_count((int64_t)r->added, added),
           output_noun((int64_t)r->left_out, "line", "lines", left));
    if (r->skipped > 0 || r->rejected > 0)
        printf("skipped there: %s, rejected: %s\n", output_count((int64_t)r->skipped, added),
               output_count((int64_t)r->rejected, left));
    if (r->reviewed == 1)
        puts("1 label not taken: the photo has been reviewed");
    else if (r->reviewed > 1)
        printf("%s not taken: the photos have been reviewed\n",
               output_noun((int64_t)r->reviewed, "label", "labels", left));
    print_conflicts(r, l->as_text);
    return 0;
}

static int run(int argc, char **argv)
{
    struct import_request request = {0};
    struct status st = {0};
    struct arguments args;
    struct import_result result;
    struct project project;
    struct listing list = {0};
    const char *conflicts = "mine";
    int new_labels = 0;
    char rule[16];
    const struct option_spec specs[] = {
        {"format", OPTION_TEXT, &request.format, 0, 0},
        {"split", OPTION_TEXT, &request.split, 0, 0},
        {"user", OPTION_TEXT, &request.who, 0, 0},
        {"strict", OPTION_FLAG, &request.strict, 0, 0},
        {"new-labels", OPTION_FLAG, &new_labels, 0, 0},
        {"separator", OPTION_TEXT, &request.separator, 0, 0},
        {"conflicts", OPTION_TEXT, &conflicts, 0, 0},
        {"list", OPTION_FLAG, &list.as_text, 0, 0},
        {"json", OPTION_FLAG, &list.as_json, 0, 0},
        {NULL, OPTION_FLAG, NULL, 0, 0},
    };
    if (options_parse(&command_import, argc, argv, specs, 1, &args) != 0)
        return args.status;
    if (args.count < 1)
        return options_wrong(&command_import, "which file or folder shall be imported?");
    if (request.split && split_from_name(request.split) < 0)
        return options_wrong(&command_import, "--split is train, val or test, not '%s'",
                             request.split);
    if ((request.conflicts = conflict_rule_from_name(conflicts)) < 0)
        return options_wrong(&command_import,
                             "--conflicts is mine, theirs, newer or review, not '%s'", conflicts);
    if (request.separator && !*request.separator)
        return options_wrong(&command_import, "--separator wants a sign, as \" > \"");
    if (project_open(NULL, &project, &st) != 0)
        return output_fail(&st);
    request.path = args.at[0];
    /* A tree that was given as a file is not widened by a misspelt label. */
    store_setting(project.store, "taxonomy", "", rule, sizeof rule);
    request.add_nodes = new_labels || strcmp(rule, "file") != 0;
    if (list.as_json) {
        json_start(&list.json);
        list.conflicts = json_array(&list.json, NULL, "conflict_list");
    }
    request.conflict = list_conflict;
    request.arg = &list;
    int failed = import_labels(&project, &request, interrupt_catch(), &result, &st);
    if (failed && st.code != STATUS_CANCELLED)
        project_log(&project, "import of %s failed: %s", request.path, st.text);
    project_close(&project);
    if (failed && list.as_json)
        json_clear(&list.json);
    return failed ? output_fail(&st) : print_result(&result, request.path, &list);
}

const struct command command_import = {
    "import",
    "import FILE|DIR [--format F] [--separator S] [--split S] [--strict] [--new-labels]"
    " [--conflicts R] [--list] [--user NAME] [--json]",
    "takes labels from a file or from folders; what people decided stays unless you say otherwise",
    "Labels are ids or names; photo paths are relative to the file (or, where there is none, to the\n"
    "project's folder); the split is train, val or test (photos of split test are never trained on,\n"
    "those of split val only test and calibrate a new model). Photos that are not in the project yet\n"
    "are added, where the file is a picture by its name or its first bytes. A line that is wrong is\n"
    "told with file, line and column, and left out; when nothing is left the command fails. The column\n"
    "is the field of a table (from 1), the byte of a line of JSON.\n"
    "A photo that stands in a file twice with different labels keeps the first; where both have times,\n"
    "the later one. The labels of an import are one step: `tend undo --user import` takes them back.\n"
    "Splits, photos that were added and labels that are new to the tree stay.\n\n"
    "csv, tsv: commas, semicolons or tabs; a column for each level, or one for the whole path. A path\n"
    "is taken apart at --separator; without it at > or | or /, whichever most paths have, / only where\n"
    "half of them have it or the tree knows such a path (\"AC/DC\" is a label); what is not clear is\n"
    "told. A column `time` (2026-11-30T12:34:56Z, 2026:11:30 12:34:56, or seconds since 1970) says\n"
    "when, for --conflicts newer:\n\n"
    "    photo,label1,label2,label3,split        photo,path\n"
    "    a.jpg,food,drink,coffee,train           a.jpg,food > drink > coffee\n\n"
    "The photo's column may be called image, file, filename, file_name, filepath or image_path as well,\n"
    "the path's label, labels, class or category. The file is UTF-8 (Excel: 'CSV UTF-8').\n\n"
    "ids: label ids from general to specific, with blanks between them, as `tend submit` writes:\n\n"
    "    photo,ids\n"
    "    a.jpg,76 22 23\n\n"
    "folders: the label path of a photo is the folders it lies in: DIR/food/drink/coffee/a.jpg. Where\n"
    "the outermost ones are train, val and test (or two of them) and nothing else, they are the split.\n"
    "A link to a photo of the project stands for that photo.\n\n"
    "jsonl: what `tend export --format jsonl` writes. Into an empty project it brings back everything:\n"
    "photos, labels, who decided what and when, undo, predictions and the list of models (not their\n"
    "files: copy .tend/models along, or `tend models use 1`). Empty means that nobody has said anything\n"
    "in it yet; photos that `tend init` has found stay. Into any other project it brings the labels and\n"
    "their times. A photo that is not where the file has it is found by its size and content.\n\n"
    "--conflicts: a label other than what a person has decided on the photo. mine: the decision stays\n"
    "(default); theirs: the import wins; newer: what was said later, where the file has times; review:\n"
    "both are kept, `tend review --filter conflict` shows these photos until you decide on them again.\n"
    "A label that was only imported gives way to whatever is imported after it.\n\n"
    "The formats of other tools, and what each can hold: `tend help formats`.\n\n"
    "  --format F      csv tsv ids folders jsonl coco datumaro huggingface labelstudio prodigy\n"
    "                  (default: by the name and the first bytes)\n"
    "  --separator S   between the labels of a path (csv, tsv, huggingface, prodigy)\n"
    "  --split S       train, val or test for every photo\n"
    "  --strict        stop at the first line that is wrong and import nothing\n"
    "  --new-labels    widen a tree that was given with `tend init --taxonomy`\n"
    "  --conflicts R   mine, theirs, newer or review\n"
    "  --list          say every conflict; --json has the first 10,000 in conflict_list\n"
    "  --user NAME     who says so (default: import, so that undo in the review leaves it)\n"
    "  --json          print the result as one JSON object\n",
    run,
};
