/* Hugging Face's metadata.jsonl beside the pictures of an "imagefolder":
 *
 *     {"file_name": "1.jpg", "label": "food > drink", "label1": "food", "label2": "drink"}
 *
 * (https://huggingface.co/docs/datasets/image_dataset: file_name and any columns.) The columns
 * label1, label2, ... are ours and hold any names; without them `label` is read: a path as text, or
 * a list of labels. */
#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#include "data/status.h"
#include "labels/formats/export.h"
#include "labels/formats/folders.h"
#include "labels/formats/json_import.h"

static int recognise(const char *path)
{
    static const char *const columns[] = {"\"file_name\""};
    const char *dot = strrchr(path, '.');
    return dot && strcmp(dot, ".jsonl") == 0 && json_begins_with(path, columns, 1);
}

/* label1, label2, ...: their number, or -1. Those after the first that is empty must be empty. */
static int read_levels(const cJSON *item, const char **labels, struct status *problem)
{
    int count = 0;
    for (int l = 0; l < TAXONOMY_DEPTH; l++) {
        char name[16];
        snprintf(name, sizeof name, "label%d", l + 1);
        if (json_member_text(item, name, &labels[l], problem) != 0)
            return -1;
        if (*labels[l])
            count = l + 1;
    }
    return count;
}

/* As the line says; where it says nothing, the folder (train, validation, test) the file names the
 * photo in, else the one it lies in itself. */
static int read_split(struct json_import *in, const cJSON *item, const char *file,
                      struct photo_new *photo, struct status *problem)
{
    const int *folder = in->arg;
    int split = folders_split(file);
    if (cJSON_IsString(cJSON_GetObjectItemCaseSensitive(item, "split")))
        return json_import_split(item, photo, problem);
    if (split < 0)
        split = *folder;
    if (split >= 0)
        photo->split = (enum split)split;
    return 0;
}

static int add(struct json_import *in, const cJSON *item, const char *const *labels, int count,
               struct status *problem, struct status *st)
{
    struct photo_new photo = {.node = -1};
    const char *file;
    if (json_member_text(item, "file_name", &file, problem) != 0 ||
        read_split(in, item, file, &photo, problem) != 0)
        return -1;
    return json_import_photo(in, file, &photo, labels, count, problem, st);
}

static int take_text(struct json_import *in, const char *text, const cJSON *item,
                     struct status *problem, struct status *st)
{
    const char *labels[TAXONOMY_DEPTH];
    char *buffer = malloc(strlen(text) + 1);
    if (!buffer)
        return status_out_of_memory(st);
    int count = *text ? json_import_path(in, text, buffer, labels, problem) : 0;
    int result = count < 0 ? -1 : add(in, item, labels, count, problem, st);
    free(buffer);
    return result;
}

/* A list says that the photo shows all of these; it is a path only where the tree has it. */
static int read_list(struct json_import *in, const cJSON *label, const char **labels,
                     struct status *problem)
{
    struct status unknown = {0};
    int count = json_texts(label, "the labels", labels, TAXONOMY_DEPTH, problem);
    if (count > 1 && taxonomy_resolve(in->g.taxonomy, labels, count, 0, &unknown) < 0)
        return status_fail(
            problem, STATUS_UNSUPPORTED,
            "several labels; a photo has one path here, written as 'food > drink' or "
            "in label1, label2");
    return count;
}

static void tell_unread(struct json_import *in, const cJSON *item)
{
    static const char *const read[] = {"file_name", "label", "split"};
    const cJSON *member;
    cJSON_ArrayForEach(member, item)
    {
        const char *name = member->string;
        int is_read = strncmp(name, "label", 5) == 0 && name[5] > '0' &&
                      name[5] <= '0' + TAXONOMY_DEPTH && !name[6];
        for (size_t i = 0; i < sizeof read / sizeof *read; i++)
            is_read |= strcmp(name, read[i]) == 0;
        if (!is_read)
            json_import_unread(in, "column", name);
    }
}

/* A number is that of a class in a list that stands elsewhere (ClassLabel): never an id of the
 * tree, even where it has one like it. */
static int no_name(const cJSON *label, struct status *problem)
{
    if (cJSON_IsNumber(label))
        return status_fail(
            problem, STATUS_UNSUPPORTED,
            "'label' is the number of a class, whose name is not in this file: write "
            "the name (ds.features[\"label\"].int2str)");
    return status_fail(problem, STATUS_FORMAT, "'label' should be text in quotes or a list");
}

static int take(struct json_import *in, const cJSON *item, struct status *problem,
                struct status *st)
{
    const char *labels[TAXONOMY_DEPTH];
    const cJSON *label;
    int count = read_levels(item, labels, problem);
    if (count < 0 || json_member(item, "label", &label, problem) != 0)
        return -1;
    tell_unread(in, item);
    if (count == 0 && cJSON_IsString(label))
        return take_text(in, label->valuestring, item, problem, st);
    if (count == 0 && cJSON_IsArray(label))
        count = read_list(in, label, labels, problem);
    else if (count == 0 && label)
        return no_name(label, problem);
    return count < 0 ? -1 : add(in, item, labels, count, problem, st);
}

/* The split that the folder of the file is called after, or -1. */
static int split_of_folder(const char *path)
{
    char *real = realpath(path, NULL), *name = real ? strrchr(real, '/') : NULL;
    while (name && name > real && *--name != '/')
        ;
    int split = name ? folders_split(name + 1) : -1;
    free(real);
    return split;
}

static int import(struct store *s, const char *path, const struct import_options *options,
                  struct import_report *report, struct status *st)
{
    int split = split_of_folder(path);
    struct json_import in = {.arg = &split};
    const struct json_reading reading = {.lines = 1, .take = take};
    return json_import(s, path, &reading, &in, options, report, st);
}

/* ---- export ---------------------------------------------------------------------------------- */

struct writing {
    FILE *out;
    int levels;
    const struct taxonomy *taxonomy;
};

/* Every line has all columns: that is what makes it a table. */
static int write_photo(void *arg, const struct exported *e)
{
    struct writing *w = arg;
    char path[TAXONOMY_DEPTH * (TAXONOMY_MAX_NAME + 3)];
    fputs("{\"file_name\": ", w->out);
    json_write(w->out, e->name);
    fputs(", \"label\": ", w->out);
    if (e->count)
        json_write(w->out,
                   taxonomy_format(w->taxonomy, e->photo->state.node, " > ", path, sizeof path));
    else
        fputs("null", w->out);
    for (int l = 0; l < w->levels; l++) {
        fprintf(w->out, ", \"label%d\": ", l + 1);
        if (l < e->count)
            json_write(w->out, e->labels[l]);
        else
            fputs("null", w->out);
    }
    fprintf(w->out, ", \"split\": \"%s\"}\n", split_name(e->photo->split));
    return 0;
}

static int export(struct store *s, FILE *out, const struct export_options *options,
                  struct status *st)
{
    struct writing w = {out, taxonomy_max_depth(store_taxonomy(s)), store_taxonomy(s)};
    return export_each(s, out, options, write_photo, &w, st);
}

const struct format format_huggingface = {
    .name = "huggingface",
    .help = "metadata.jsonl of an imagefolder: file_name, label; in and out",
    .about =
        "    {\"file_name\": \"a.jpg\", \"label\": \"food > drink\", \"label1\": \"food\", \"label2\": \"drink\"}\n\n"
        "metadata.jsonl of an imagefolder, a line a photo. label1, label2, ... are the path; without them\n"
        "`label` is, as text. A list of labels is a path where the tree has it; else it is told and left\n"
        "out, as the number of a class (ClassLabel) is, which says no name. Without `split` the folder\n"
        "(train, validation, test) says it. Held are label and split, nothing else.\n",
    .beside_photos = 1,
    .recognise = recognise,
    .import = import,
    .export = export,
};
