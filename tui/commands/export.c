#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/file.h"
#include "data/status.h"
#include "labels/filter.h"
#include "labels/formats/format.h"
#include "labels/queue.h"
#include "tui/commands/command.h"
#include "tui/commands/options.h"
#include "tui/commands/output.h"
#include "tui/loop/project.h"

extern const struct command command_export;

static const struct format *choose(const char *name, struct status *st)
{
    char names[200] = "";
    const struct format *f = format_find(name);
    if (f && (f->export || f->export_folder))
        return f;
    for (const struct format *const *g = formats; *g; g++) {
        size_t used = strlen(names);
        if ((*g)->export || (*g)->export_folder)
            snprintf(names + used, sizeof names - used, "%s%s", used ? ", " : "", (*g)->name);
    }
    status_fail(st, STATUS_UNSUPPORTED, "no format '%s' to export; there are: %s", name, names);
    return NULL;
}

/* Paths in a file are relative to the file; only at the project's root are those of the store that.
 */
static int lies_at_root(const char *out, const char *root)
{
    char *copy = strdup(out);
    char *folder = copy ? realpath(dirname(copy), NULL) : NULL;
    int same = folder && strcmp(folder, root) == 0;
    free(folder);
    free(copy);
    return same;
}

/* The photos that a filter lets pass, decided on or not; malloc'd. user: who `me` is; NULL: the
 * system's. */
static int64_t *find_photos(struct project *p, const struct option_list *filters, const char *user,
                            size_t *count, struct status *st)
{
    struct filter filter = {0};
    struct queue_item *items = NULL;
    char *me = project_user(user);
    struct queue_request request = {.model = store_current_model(p->store),
                                    .filter = &filter,
                                    .decided_too = 1,
                                    .test_too = 1,
                                    .me = me};
    int64_t *photos = NULL;
    int failed = me ? 0 : status_out_of_memory(st);
    for (int i = 0; i < filters->count && !failed; i++)
        failed = filter_read(&filter, filters->items[i], store_taxonomy(p->store), st);
    if (!failed && store_queue(p->store, &request, &items, count, st) == 0) {
        photos = malloc((*count + 1) * sizeof *photos);
        for (size_t i = 0; photos && i < *count; i++)
            photos[i] = items[i].photo;
        if (!photos)
            status_out_of_memory(st);
    }
    free(items);
    free(me);
    return photos;
}

static int export_folder(struct project *p, const struct format *format, const char *out,
                         const struct export_options *options, struct status *st)
{
    char photos[OUTPUT_NOUN], safe[600];
    size_t written = 0;
    if (format->export_folder(p->store, out, options, &written, st) != 0)
        return -1;
    printf("%s: links to %s\n", output_safe(out, safe, sizeof safe),
           output_noun((int64_t)written, "photo", "photos", photos));
    return 0;
}

static int export(struct project *p, const struct format *format, const char *out,
                  struct export_options options, struct status *st)
{
    struct file_writer writer = {0};
    options.root = p->root;
    options.relative_to_root = !out || lies_at_root(out, p->root);
    if (format->export_folder)
        return export_folder(p, format, out, &options, st);
    if (file_writer_open(&writer, out, st) != 0)
        return -1;
    if (format->export(p->store, writer.stream, &options, st) == 0) {
        if (format->beside_photos && !options.relative_to_root)
            output_warn(
                "photos are named from / in this file: for others to read it, write it into "
                "the project's folder");
        return file_writer_commit(&writer, st);
    }
    file_writer_cancel(&writer);
    return -1;
}

static int run(int argc, char **argv)
{
    const char *name = "csv", *out = NULL, *user = NULL;
    struct export_options options = {0};
    struct option_list filters = {0};
    struct status st = {0};
    struct arguments args;
    struct project project;
    const struct option_spec specs[] = {
        {"format", OPTION_TEXT, &name, 0, 0},
        {"out", OPTION_TEXT, &out, 0, 0},
        {"reviewed", OPTION_FLAG, &options.only_reviewed, 0, 0},
        {"separator", OPTION_TEXT, &options.separator, 0, 0},
        {"filter", OPTION_LIST, &filters, 0, 0},
        {"user", OPTION_TEXT, &user, 0, 0},
        {NULL, OPTION_FLAG, NULL, 0, 0},
    };
    if (options_parse(&command_export, argc, argv, specs, 0, &args) != 0)
        return args.status;
    if (options.separator && !*options.separator)
        return options_wrong(&command_export, "--separator wants a sign, as \" > \"");
    if (user && filters.count == 0)
        return options_wrong(&command_export, "--user says who `me` is in a --filter, as who=me");
    const struct format *format = choose(name, &st);
    if (format && format->export_folder && !out)
        return options_wrong(&command_export, "--format %s wants --out DIR", name);
    if (!format || project_open(NULL, &project, &st) != 0)
        return output_fail(&st);
    int64_t *only =
        filters.count ? find_photos(&project, &filters, user, &options.only_count, &st) : NULL;
    options.only = only;
    int failed = (filters.count && !only) || export(&project, format, out, options, &st) != 0;
    free(only);
    if (failed)
        project_log(&project, "export failed: %s", st.text);
    project_close(&project);
    return failed ? output_fail(&st) : 0;
}

const struct command command_export = {
    "export",
    "export [--format F] [--out FILE|DIR] [--separator S] [--reviewed] [--filter TERMS]... [--user NAME]",
    "writes the labels as they stand now",
    "Photo paths are relative to the project's folder; in a file that lies elsewhere they are absolute,\n"
    "so that `tend import` finds them. `tend help import` shows the formats.\n\n"
    "csv, tsv: rows of photo,label1,...,split,state; with --separator ' > ' of photo,path,split,state.\n"
    "ids: photo,ids,split,state, where every label has an id. folders: makes DIR/food/drink/coffee/a.jpg,\n"
    "symbolic links to the photos that have a label, nothing is copied; DIR is new or empty, and as it\n"
    "was when something fails; of two photos of one name the later one is called a-NUMBER.jpg. Where\n"
    "all have a split, its folder is the outermost one. jsonl: everything the project knows but the\n"
    "files of its models; --reviewed and --filter do not go with it.\n\n"
    "The formats of other tools, and what each can hold: `tend help formats`.\n\n"
    "  --format F    csv (default) tsv ids folders jsonl coco datumaro huggingface labelstudio prodigy\n"
    "  --out FILE    written whole or not at all (default: standard output); folders: --out DIR\n"
    "  --separator S the label path in one column, with this between the labels\n"
    "  --reviewed    only what a person has decided, not imported labels\n"
    "  --filter T    only photos for which all terms hold, as in `tend help review`, those without a label too;\n"
    "                reviewed ones and split test are among them unless a term says otherwise. What is predicted\n"
    "                is what `tend predict` says: conf<0.5, disagree\n"
    "  --user NAME   who `me` is in a filter, as who=me or by=me (default: the system's user name)\n",
    run,
};
