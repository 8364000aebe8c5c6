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

static int take_text(struct json_import *in, const char *text, const cJSON *item,
                     struct status *problem, struct status *st)
{
    const char *labels[TAXONOMY_DEPTH], *file;
    struct photo_new photo = {.node = -1};
    char *buffer = malloc(strlen(text) + 1);
    if (!buffer)
        return status_out_of_memory(st);
    int count = *text ? json_import_path(in, text, buffer, labels, problem) : 0;
    int result = count < 0 || json_member_text(item, "file_name", &file, problem) != 0 ||
                         json_import_split(item, &photo, problem) != 0
                     ? -1
                     : json_import_photo(in, file, &photo, labels, count, problem, st);
    free(buffer);
    return result;
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
    const char *labels[TAXONOMY_DEPTH], *file;
    struct photo_new photo = {.node = -1};
    const cJSON *label;
    int count = read_levels(item, labels, problem);
    if (count < 0 || json_member(item, "label", &label, problem) != 0)
        return -1;
    if (count == 0 && cJSON_IsString(label))
        return take_text(in, label->valuestring, item, problem, st);
    if (count == 0 && cJSON_IsArray(label))
        count = json_texts(label, "the labels", labels, TAXONOMY_DEPTH, problem);
    else if (count == 0 && label)
        return no_name(label, problem);
    if (count < 0 || json_member_text(item, "file_name", &file, problem) != 0 ||
        json_import_split(item, &photo, problem) != 0)
        return -1;
    return json_import_photo(in, file, &photo, labels, count, problem, st);
}

static int import(struct store *s, const char *path, const struct import_options *options,
                  struct import_report *report, struct status *st)
{
    struct json_import in = {0};
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
        "metadata.jsonl of an imagefolder, a line a photo. label1, label2, ... are the path; without\n"
        "them `label` is: a path, or a list of labels from general to specific. The number of a class\n"
        "(ClassLabel) says no name and is left out. Held are label and split, nothing else.\n",
    .recognise = recognise,
    .import = import,
    .export = export,
};
