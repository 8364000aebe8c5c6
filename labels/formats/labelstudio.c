/* Label Studio's JSON: a list of tasks (https://labelstud.io/guide/task_format), the label in a
 * result of a Taxonomy tag (https://labelstud.io/tags/taxonomy), or of a Choices tag where there is
 * no taxonomy (https://labelstud.io/tags/choices):
 *
 *     [{"id": 1, "data": {"image": "/data/local-files/?d=photos/1.jpg"},
 *       "annotations": [{"was_cancelled": false, "result": [{"from_name": "path", "to_name": "img",
 *         "type": "taxonomy", "value": {"taxonomy": [["food", "drink", "coffee"]]}}]}]}]
 *
 * Of several annotations the ground truth counts, else the one changed last. A task is skipped that
 * has cancelled ones alone; rejected, where nothing at all was marked in the one that counts.
 * Drafts and predictions say nothing. labelstudio_out.c writes it. */
#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#include "data/file.h"
#include "data/status.h"
#include "labels/formats/json_import.h"
#include "labels/formats/known_photos.h"
#include "labels/formats/labelstudio.h"
#include "labels/text.h"

static int recognise(const char *path)
{
    static const char *const members[] = {"\"annotations\"", "\"data\"", "\"annotation_id\""};
    const char *dot = strrchr(path, '.');
    return dot && strcmp(dot, ".json") == 0 && json_begins_with(path, members, 3) &&
           json_begins_as_list(path);
}

static const char uploads[] = "/data/upload/";

/* ---- the photo ------------------------------------------------------------------------------- */

/* %20 and the like, in place. */
static void decode_url(char *text)
{
    char *to = text;
    for (const char *at = text; *at; at++) {
        char pair[3] = {at[0] == '%' ? at[1] : 0, at[1], 0}, *end = pair;
        if (pair[0])
            pair[1] = at[2];
        long value = pair[0] ? strtol(pair, &end, 16) : 0;
        if (end == pair + 2 && value > 0) {
            *to++ = (char)value;
            at += 2;
        } else {
            *to++ = *at;
        }
    }
    *to = 0;
}

/* The task's picture: `image`, or the only text there is. */
static int find_image(const cJSON *data, const char **out, struct status *problem)
{
    const cJSON *item;
    int texts = 0;
    if (json_member_text(data, "image", out, problem) != 0 || **out)
        return **out ? 0 : -1;
    cJSON_ArrayForEach(item, data)
    {
        if (cJSON_IsString(item) && strcmp(item->string, "split") != 0) {
            *out = item->valuestring;
            texts++;
        }
    }
    if (texts != 1)
        return status_fail(problem, STATUS_FORMAT, "the data of the task names no 'image'");
    return 0;
}

/* A picture that was uploaded is "/data/upload/PROJECT/8f3a2b1c-b.png" there, whatever folder it
 * came from: it is the project's only photo of the name behind the eight digits. */
static int add_upload(struct json_import *in, const char *url, char *name, struct photo_new *photo,
                      const struct json_label *label, struct status *problem, struct status *st)
{
    struct known_photos *known = in->arg;
    struct known_photo *first;
    char shown[TEXT_SHOWN], base[TEXT_SHOWN];
    if (strspn(name, "0123456789abcdef") == 8 && name[8] == '-')
        name += 9;
    if (known->count == 0) {
        if (known_photos_read(known, in->g.store, st) != 0)
            return -1;
        known_photos_by_name(known);
    }
    size_t count = known_photos_named(known, name, &first);
    text_show(url, shown, sizeof shown);
    text_show(name, base, sizeof base);
    if (count > 1)
        return status_fail(problem, STATUS_CONFLICT,
                           "'%s' was uploaded: which of the %zu photos called '%s' is it?", shown,
                           count, base);
    char *file = count ? file_join(in->g.options->root, first->path) : strdup(name);
    if (!file)
        return status_out_of_memory(st);
    int result = json_import_photo(in, file, photo, label->at, label->count, problem, st);
    free(file);
    if (result != 0 && problem->code == STATUS_MISSING)
        status_fail(problem, STATUS_MISSING, "'%s' was uploaded, and there is no photo '%s'", shown,
                    base);
    return result;
}

/* What stands behind "http://HOST", where that is the server's way to its own files. */
static const char *without_host(const char *url)
{
    const char *host = strstr(url, "://"), *path = host ? strchr(host + 3, '/') : NULL;
    return path && (strncmp(path, LABELSTUDIO_LOCAL, strlen(LABELSTUDIO_LOCAL)) == 0 ||
                    strncmp(path, uploads, strlen(uploads)) == 0)
               ? path
               : url;
}

static int add_photo(struct json_import *in, const cJSON *data, struct photo_new *photo,
                     const struct json_label *label, struct status *problem, struct status *st)
{
    const char *image;
    char shown[TEXT_SHOWN];
    if (find_image(data, &image, problem) != 0 || json_import_split(data, photo, problem) != 0)
        return -1;
    const char *url = without_host(image);
    int local = strncmp(url, LABELSTUDIO_LOCAL, strlen(LABELSTUDIO_LOCAL)) == 0;
    if (!local && strncmp(url, uploads, strlen(uploads)) != 0) {
        if (strstr(image, "://"))
            return status_fail(problem, STATUS_UNSUPPORTED, "'%s' is on a server, not on this disk",
                               text_show(image, shown, sizeof shown));
        return json_import_photo(in, image, photo, label->at, label->count, problem, st);
    }
    char *name = strdup(local ? url + strlen(LABELSTUDIO_LOCAL) : strrchr(url, '/') + 1);
    if (!name)
        return status_out_of_memory(st);
    decode_url(name);
    int result = local ? json_import_photo(in, name, photo, label->at, label->count, problem, st)
                       : add_upload(in, image, name, photo, label, problem, st);
    free(name);
    return result;
}

/* ---- the label ------------------------------------------------------------------------------- */

/* Paths of one photo become one, where each goes on from the others. A choice is a path of one
 * label; where choices are nested, a list. */
static int add_path(const cJSON *path, int choice, struct json_label *label, struct status *problem)
{
    struct json_label next = {.count = 1};
    if (choice && cJSON_IsString(path))
        next.at[0] = path->valuestring;
    else if (!cJSON_IsArray(path))
        return status_fail(problem, STATUS_FORMAT, "%s should be a list of %s",
                           choice ? "choices" : "a taxonomy", choice ? "texts" : "paths");
    else
        next.count = json_texts(path, "the labels of a path", next.at, TAXONOMY_DEPTH, problem);
    if (next.count < 0)
        return -1;
    return json_label_join(label, &next, problem);
}

static int read_result(const cJSON *result, const char *type, struct json_label *label,
                       struct status *problem)
{
    const cJSON *value, *paths, *path;
    if (json_member_object(result, "value", &value, problem) != 0)
        return -1;
    if (!value)
        return status_fail(problem, STATUS_FORMAT, "a %s result without 'value'", type);
    if (json_member_list(value, type, &paths, problem) != 0)
        return -1;
    cJSON_ArrayForEach(path, paths)
    {
        if (add_path(path, strcmp(type, "choices") == 0, label, problem) != 0)
            return -1;
    }
    return 0;
}

/* The results of one type: how many there are, or -1. */
static int read_type(const cJSON *results, const char *wanted, struct json_label *label,
                     struct status *problem)
{
    const cJSON *result;
    const char *type;
    int count = 0;
    cJSON_ArrayForEach(result, results)
    {
        if (json_member_text(result, "type", &type, problem) != 0 ||
            (strcmp(type, wanted) == 0 && read_result(result, type, label, problem) != 0))
            return -1;
        count += strcmp(type, wanted) == 0;
    }
    return count;
}

static int read_results(struct json_import *in, const cJSON *annotation, struct json_label *label,
                        int *empty, struct status *problem)
{
    const cJSON *results, *result;
    const char *type;
    *label = (struct json_label){.count = 0};
    if (json_member_list(annotation, "result", &results, problem) != 0)
        return -1;
    *empty = results && !results->child;
    int paths = read_type(results, "taxonomy", label, problem);
    if (paths < 0 || (paths == 0 && read_type(results, "choices", label, problem) < 0))
        return -1;
    cJSON_ArrayForEach(result, results)
    {
        if (json_member_text(result, "type", &type, problem) != 0)
            return -1;
        if (strcmp(type, "taxonomy") != 0 && (paths > 0 || strcmp(type, "choices") != 0))
            json_import_unread(in, "a result of type", type);
    }
    return 0;
}

/* ---- which annotation counts ----------------------------------------------------------------- */

struct choice {
    const cJSON *annotation;
    int truth, count, differ, cancelled, empty;
    int64_t time;
    struct json_label label;
};

static int look_at(struct json_import *in, const cJSON *annotation, struct choice *best,
                   struct status *problem)
{
    struct choice next = {.annotation = annotation};
    const char *changed;
    int cancelled;
    if (json_member_flag(annotation, "was_cancelled", &cancelled, problem) != 0 ||
        json_member_flag(annotation, "ground_truth", &next.truth, problem) != 0 ||
        json_member_text(annotation, "updated_at", &changed, problem) != 0 ||
        (!*changed && json_member_text(annotation, "created_at", &changed, problem) != 0))
        return -1;
    if (cancelled) {
        best->cancelled = 1;
        return 0;
    }
    struct status unread = {0};
    gather_time(changed, &next.time, &unread); /* 0, not known, where it is none */
    if (read_results(in, annotation, &next.label, &next.empty, problem) != 0)
        return -1;
    next.cancelled = best->cancelled;
    next.count = best->count + 1;
    next.differ =
        best->differ || (best->annotation && (!json_label_begins(&next.label, &best->label) ||
                                              next.label.count != best->label.count));
    int better = !best->annotation || next.truth > best->truth ||
                 (next.truth == best->truth && next.time >= best->time);
    if (better)
        *best = next;
    best->count = next.count;
    best->differ = next.differ;
    return 0;
}

/* Not an error: the file is right, but one of its labels has to give way. */
static int tell_difference(struct json_import *in, const struct choice *best, struct status *st)
{
    char text[100];
    snprintf(text, sizeof text, "its %d annotations differ; taken is %s", best->count,
             best->truth ? "the ground truth" : "the one changed last");
    return json_import_note(in, text, st);
}

/* JSON-MIN is made for reading along: without the types of results, and of several annotations of a
 * task the same task several times. */
static int no_task(struct json_import *in, const cJSON *item, struct status *problem,
                   struct status *st)
{
    if (cJSON_HasObjectItem(item, "annotation_id") || cJSON_HasObjectItem(item, "annotator"))
        return status_fail(st, STATUS_UNSUPPORTED,
                           "%s: this is Label Studio's JSON-MIN: export as JSON", in->source);
    return status_fail(problem, STATUS_FORMAT, "a task without 'data'");
}

static int take(struct json_import *in, const cJSON *item, struct status *problem,
                struct status *st)
{
    const cJSON *data, *annotations, *annotation;
    struct choice best = {0};
    if (*in->items.key || in->items.whole)
        return status_fail(st, STATUS_FORMAT, "%s: not of Label Studio, whose JSON is a list",
                           in->source);
    if (json_member_object(item, "data", &data, problem) != 0 ||
        json_member_list(item, "annotations", &annotations, problem) != 0)
        return -1;
    if (!data)
        return no_task(in, item, problem, st);
    cJSON_ArrayForEach(annotation, annotations)
    {
        if (look_at(in, annotation, &best, problem) != 0)
            return -1;
    }
    if (best.differ && tell_difference(in, &best, st) != 0)
        return -1;
    struct photo_new photo = {.node = -1, .time = best.time};
    if (best.annotation && best.empty)
        photo.says = PHOTO_REJECTED;
    else if (!best.annotation && best.cancelled)
        photo.says = PHOTO_SKIPPED;
    return add_photo(in, data, &photo, &best.label, problem, st);
}

static int import(struct store *s, const char *path, const struct import_options *options,
                  struct import_report *report, struct status *st)
{
    struct known_photos known = {0};
    /* with / as Label Studio's document root */
    struct json_import in = {.folders = {"/"}, .arg = &known};
    const struct json_reading reading = {.take = take};
    int result = json_import(s, path, &reading, &in, options, report, st);
    known_photos_clear(&known);
    return result;
}

const struct format format_labelstudio = {
    .name = "labelstudio",
    .help = "Label Studio's JSON, Taxonomy or Choices tag; in and out",
    .about =
        "    [{\"id\": 1, \"data\": {\"image\": \"/data/local-files/?d=a.jpg\"}, \"annotations\": [{\"result\":\n"
        "      [{\"from_name\": \"path\", \"to_name\": \"img\", \"type\": \"taxonomy\",\n"
        "        \"value\": {\"taxonomy\": [[\"food\", \"drink\"]]}}], \"was_cancelled\": false}]}]\n\n"
        "Of several annotations the ground truth counts, else the one changed last; where all are cancelled\n"
        "the photo is skipped, where nothing at all was marked it is rejected. Drafts and predictions\n"
        "are not read. A result of a Choices tag is a label, too, where there is no taxonomy; other types\n"
        "are told once. A picture that was uploaded (/data/upload/1/8f3a2b1c-a.jpg) is the only photo here\n"
        "of that name (a.jpg). JSON-MIN and CSV are not read: export as JSON.\n\n"
        "The project there has the configuration\n"
        "<View><Image name=\"img\" value=\"$image\"/><Taxonomy name=\"path\" toName=\"img\">...; pictures are\n"
        "served from LABEL_STUDIO_LOCAL_FILES_DOCUMENT_ROOT: the project's folder here, or / where paths\n"
        "are absolute. Written are also when, how long it took, and the prediction of the model in use\n"
        "with its score. Not held: who decided; the label of a skipped photo.\n",
    .recognise = recognise,
    .import = import,
    .export = labelstudio_export,
};
