/* tend init. All that can fail without a project is done first: photos are found and hashed, the
 * taxonomy and the network are read. The project is made beside its place and put there when it is
 * whole. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "data/file.h"
#include "data/status.h"
#include "nn/network.h"
#include "nn/weights/hub.h"
#include "tui/commands/command.h"
#include "tui/commands/import_labels.h"
#include "tui/commands/interrupt.h"
#include "tui/commands/model_files.h"
#include "tui/commands/options.h"
#include "tui/commands/output.h"
#include "tui/commands/photos.h"
#include "tui/loop/project.h"

extern const struct command command_init;

enum { TAXONOMY_MAX_BYTES = 64 * 1024 * 1024 };

struct init {
    const char *folder, *labels, *taxonomy_file;
    struct model_source model;
    long depth;
    atomic_int *cancel;
    struct photos_found found;
    struct taxonomy *taxonomy;
    struct network *network;
    struct model_card card;
    struct model_record record;
    struct import_result imported;
    struct project project;
    size_t photos;
};

static int check_free(struct status *st)
{
    struct stat info;
    if (lstat(".tend", &info) != 0)
        return 0;
    return status_fail(
        st, STATUS_CONFLICT,
        "there is a project here already (.tend): open it with `tend`, or remove .tend to "
        "begin again, which forgets every review");
}

static int check_folder(const char *path, struct status *st)
{
    struct stat info;
    if (stat(path, &info) != 0)
        return status_fail_errno(st, "%s", path);
    if (!S_ISDIR(info.st_mode))
        return status_fail(st, STATUS_INVALID,
                           "%s is no folder; `tend init` wants the photos' folder", path);
    return 0;
}

static int read_taxonomy(struct init *in, struct status *st)
{
    char *text;
    size_t size;
    if (!in->taxonomy_file)
        return 0;
    if (file_read(in->taxonomy_file, TAXONOMY_MAX_BYTES, &text, &size, st) != 0)
        return -1;
    in->taxonomy = taxonomy_parse(text, size, in->taxonomy_file, (int)in->depth, st);
    free(text);
    return in->taxonomy ? 0 : -1;
}

static int prepare(struct init *in, struct status *st)
{
    struct stat info;
    if (check_free(st) != 0 || check_folder(in->folder, st) != 0 || read_taxonomy(in, st) != 0)
        return -1;
    if (in->labels && strcmp(in->labels, "folders") != 0 && stat(in->labels, &info) != 0)
        return status_fail_errno(st, "%s", in->labels);
    if (model_files_load(&in->model, &in->network, &in->card, st) != 0)
        return -1;
    char *root = realpath(".", NULL);
    int result = root ? photos_find(root, in->folder, in->cancel, &in->found, st)
                      : status_fail_errno(st, ".");
    free(root);
    return result;
}

static int import(struct init *in, struct status *st)
{
    if (!in->labels)
        return 0;
    int folders = strcmp(in->labels, "folders") == 0;
    struct import_request request = {.path = folders ? in->folder : in->labels,
                                     .format = folders ? "folders" : NULL,
                                     .add_nodes = !in->taxonomy};
    if (import_labels(&in->project, &request, in->cancel, &in->imported, st) != 0)
        return -1;
    if (in->imported.labelled > 0)
        return 0;
    return status_fail(st, STATUS_MISSING,
                       folders ? "%s: no photo lies in a folder below it that could be its label"
                               : "%s: no photo has a label in it",
                       request.path);
}

static int add_model(struct init *in, struct status *st)
{
    char note[sizeof in->record.note];
    char *real = in->model.path ? realpath(in->model.path, NULL) : NULL;
    snprintf(note, sizeof note, "%s", real ? real : "the network that is part of tend");
    free(real);
    return model_files_add(&in->project, in->network, &in->card, note, 1, &in->record, st);
}

static int count_photos(struct init *in, struct status *st)
{
    struct store_counts counts;
    if (store_count(in->project.store, &counts, st) != 0)
        return -1;
    in->photos = (size_t)counts.photos;
    if (in->photos > 0)
        return 0;
    return status_fail(st, STATUS_MISSING,
                       "there are no photos (JPEG, PNG, BMP, GIF, PNM) in %s or below it",
                       in->folder);
}

static int fill(struct init *in, struct status *st)
{
    struct store *s = in->project.store;
    if (in->taxonomy && (store_save_taxonomy(s, in->taxonomy, st) != 0 ||
                         store_set_setting(s, "taxonomy", "file", st) != 0))
        return -1;
    if (store_add_photos(s, in->found.photos, in->found.count, "init", NULL, st) != 0 ||
        import(in, st) != 0 || count_photos(in, st) != 0 || add_model(in, st) != 0)
        return -1;
    if (atomic_load(in->cancel))
        return status_fail(st, STATUS_CANCELLED, "interrupted; nothing was kept");
    return 0;
}

static int make(struct init *in, struct status *st)
{
    if (project_begin(".", (int)in->depth, &in->project, st) != 0)
        return -1;
    if (fill(in, st) == 0 && project_commit(&in->project, st) == 0)
        return 0;
    project_abandon(&in->project);
    return -1;
}

static void report(const struct init *in)
{
    char photos[OUTPUT_NOUN], labels[OUTPUT_NOUN], nodes[OUTPUT_NOUN], left[OUTPUT_NOUN];
    char safe[1200];
    const struct taxonomy *t = store_taxonomy(in->project.store);
    printf("%s: %s, %s, %s in the tree\n", output_safe(in->project.folder, safe, sizeof safe),
           output_noun((int64_t)in->photos, "photo", "photos", photos),
           output_noun((int64_t)in->imported.labelled, "label", "labels", labels),
           output_noun(taxonomy_count(t), "node", "nodes", nodes));
    if (in->imported.left_out > 0)
        printf("%s left out; .tend/tend.log says why\n",
               output_noun((int64_t)in->imported.left_out, "line was", "lines were", left));
    printf("model %d: %s, %.2f GMac, %.1f million parameters\n", in->record.number,
           in->record.architecture, in->record.gmac, (double)in->record.parameters / 1e6);
    puts(in->imported.labelled >= 4
             ? "next: `tend train` teaches it these labels, `tend` opens the review"
             : "next: `tend` opens the review; after a few labels, t in it trains");
}

static int run(int argc, char **argv)
{
    struct init in = {.folder = ".", .depth = TAXONOMY_DEFAULT_DEPTH};
    struct status st = {0};
    struct arguments args;
    const struct option_spec specs[] = {
        {"labels", OPTION_TEXT, &in.labels, 0, 0},
        {"taxonomy", OPTION_TEXT, &in.taxonomy_file, 0, 0},
        {"model", OPTION_TEXT, &in.model.path, 0, 0},
        {"arch", OPTION_TEXT, &in.model.arch, 0, 0},
        {"size", OPTION_WHOLE, &in.model.size, MODEL_SIZE_LEAST, MODEL_SIZE_MOST},
        {"depth-limit", OPTION_WHOLE, &in.depth, 1, TAXONOMY_DEPTH},
        {NULL, OPTION_FLAG, NULL, 0, 0},
    };
    if (options_parse(&command_init, argc, argv, specs, 1, &args) != 0)
        return args.status;
    if (args.count > 0)
        in.folder = args.at[0];
    if (in.model.arch && !in.model.path)
        return options_wrong(&command_init, "--arch goes with --model");
    in.cancel = interrupt_catch();
    int status = 0;
    if (prepare(&in, &st) == 0 && make(&in, &st) == 0)
        report(&in);
    else
        status = output_fail(&st);
    if (in.project.root)
        project_close(&in.project);
    photos_found_clear(&in.found);
    taxonomy_free(in.taxonomy);
    network_free(in.network);
    model_card_clear(&in.card);
    return status;
}

const struct command command_init = {
    "init",
    "init [DIR] [--labels FILE|folders] [--taxonomy FILE] [--model DIR|FILE] [--arch NAME] "
    "[--size N] [--depth-limit N]",
    "makes a project of the photos in DIR",
    "The project is the folder .tend in the current folder; DIR (default: the current folder) may lie\n"
    "elsewhere. Photos are neither copied nor changed.\n\n"
    "  --labels FILE         labels from a file (see `tend help import`)\n"
    "  --labels folders      the label path of a photo is the folders below DIR it lies in (where these are train,\n"
    "                        val, test and no others, they are its split, and the label path begins below them)\n"
    "  --taxonomy FILE       the tree of labels: a CSV with the columns id,name,parent; other labels are\n"
    "                        then left out (default: the tree follows from the labels)\n"
    "  --model DIR|FILE      network to start from: a folder with config.json and model.safetensors (or\n"
    "                        pytorch_model.bin) as timm publishes them, or a weight file, .safetensors,\n"
    "                        .pth, .pt or .bin (default: a small one inside tend); `tend help models`\n"
    "                        lists the families that load\n"
    "  --arch NAME           architecture of a weight file that does not tell it\n"
    "  --size N              pictures of N x N for it (default: what the network says)\n"
    "  --depth-limit N       most levels of a label path, 1 to 8 (default 3)\n",
    run,
};
