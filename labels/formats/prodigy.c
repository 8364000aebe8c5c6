/* Prodigy's JSON Lines of its choice interface, as `prodigy db-out` writes them
 * (https://prodi.gy/docs/api-interfaces#choice):
 *
 *     {"image": "1.jpg", "options": [{"id": "food/drink", "text": "drink", "path": ["food",
 * "drink"]}], "accept": ["food/drink"], "answer": "accept", "_timestamp": 1615328168}
 *
 * or of its classification interface: "label" and "answer". Prodigy knows no paths, so the id of an
 * option is one written as text; `path` in an option is ours, for names that hold a '/'. What was
 * ignored is skipped here; that one label was rejected (classification) says nothing. */
#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#include "data/status.h"
#include "labels/formats/export.h"
#include "labels/formats/json_import.h"
#include "labels/text.h"

static int recognise(const char *path)
{
    static const char *const members[] = {"\"_task_hash\"", "\"answer\"", "\"options\""};
    const char *dot = strrchr(path, '.');
    return dot && strcmp(dot, ".jsonl") == 0 && json_begins_with(path, members, 3);
}

/* The picture's name; with --fetch-media `image` is the picture itself, and `path` its name. */
static int find_image(const cJSON *item, const char **out, struct status *problem)
{
    if (json_member_text(item, "image", out, problem) != 0)
        return -1;
    if (strncmp(*out, "data:", 5) != 0)
        return **out ? 0 : status_fail(problem, STATUS_FORMAT, "no 'image': not of pictures");
    if (json_member_text(item, "path", out, problem) != 0)
        return -1;
    return **out ? 0
                 : status_fail(problem, STATUS_UNSUPPORTED,
                               "the picture itself stands here instead of the name of its file");
}

/* The option of that id, or NULL. */
static int find_option(const cJSON *options, const char *id, const cJSON **out,
                       struct status *problem)
{
    const cJSON *option;
    char other[JSON_ID];
    *out = NULL;
    cJSON_ArrayForEach(option, options)
    {
        if (json_member_id(option, "id", other, problem) != 0)
            return -1;
        if (!*out && strcmp(id, other) == 0)
            *out = option;
    }
    return 0;
}

struct label {
    const char *at[TAXONOMY_DEPTH];
    int count;
    char *buffer; /* owned; what `at` points into, where that is not the tree or the piece */
};

static int read_text(struct json_import *in, const char *text, struct label *label,
                     struct status *problem, struct status *st)
{
    if (!(label->buffer = malloc(strlen(text) + 1)))
        return status_out_of_memory(st);
    label->count = json_import_path(in, text, label->buffer, label->at, problem);
    return label->count < 0 ? -1 : 0;
}

static int is_number(const char *id)
{
    return *id && id[strspn(id, "0123456789")] == 0;
}

static int names_differ(const char *id, const char *own, const char *text, struct status *problem)
{
    char one[TEXT_SHOWN], two[TEXT_SHOWN], name[TEXT_SHOWN];
    return status_fail(problem, STATUS_CONFLICT,
                       "option '%s' is label '%s' of the tree, but its text says '%s'",
                       text_show(id, one, sizeof one), text_show(own, name, sizeof name),
                       text_show(text, two, sizeof two));
}

/* Which of an option's two texts says the label; NULL with the problem. Options are often counted
 * from 1, whatever numbers the tree has: what people read and chose is the text. A word is an id
 * unless the text names another label. */
static const char *choose_text(const struct taxonomy *t, const char *id, const char *text,
                               struct status *problem)
{
    struct status unknown = {0};
    char shown[TEXT_SHOWN];
    int number = is_number(id), node = taxonomy_resolve_text(t, id, &unknown);
    if (!*text && number && node < 0) {
        status_fail(problem, STATUS_FORMAT,
                    "option %s has no text, and the tree has no label of that id",
                    text_show(id, shown, sizeof shown));
        return NULL;
    }
    if (!*text || (node >= 0 && strcmp(taxonomy_name(t, node), text) == 0))
        return id;
    if (node < 0)
        return number ? text : id;
    int other = taxonomy_resolve_text(t, text, &unknown);
    if (other == node || (other < 0 && !number))
        return id;
    if (other >= 0 && number)
        return text;
    names_differ(id, taxonomy_name(t, node), text, problem);
    return NULL;
}

/* An option that was chosen: by its path, else by its id or text. */
static int read_option(struct json_import *in, const cJSON *item, const cJSON *chosen,
                       struct label *label, struct status *problem, struct status *st)
{
    const cJSON *options, *option, *path = NULL;
    const char *text = "";
    char id[JSON_ID];
    if (json_id(chosen, "accept", id, problem) != 0)
        return -1;
    if (json_member_list(item, "options", &options, problem) != 0 ||
        find_option(options, id, &option, problem) != 0)
        return -1;
    if (option && (json_member_list(option, "path", &path, problem) != 0 ||
                   json_member_text(option, "text", &text, problem) != 0))
        return -1;
    if (path) {
        label->count = json_texts(path, "the labels of a path", label->at, TAXONOMY_DEPTH, problem);
        return label->count < 0 ? -1 : 0;
    }
    const char *said = choose_text(in->g.taxonomy, id, text, problem);
    return said ? read_text(in, said, label, problem, st) : -1;
}

static int read_label(struct json_import *in, const cJSON *item, struct photo_new *photo,
                      struct label *label, struct status *problem, struct status *st)
{
    const cJSON *accept, *options;
    const char *answer, *text;
    if (json_member_text(item, "answer", &answer, problem) != 0 ||
        json_member(item, "options", &options, problem) != 0 ||
        json_member(item, "accept", &accept, problem) != 0)
        return -1;
    int choice = options || accept;
    if (*answer && strcmp(answer, "accept") != 0 && strcmp(answer, "reject") != 0 &&
        strcmp(answer, "ignore") != 0)
        return status_fail(problem, STATUS_FORMAT, "'answer' should be accept, reject or ignore");
    if (choice && strcmp(answer, "reject") == 0)
        photo->says = PHOTO_REJECTED;
    if (choice && strcmp(answer, "ignore") == 0)
        photo->says = PHOTO_SKIPPED;
    if (!choice && *answer && strcmp(answer, "accept") != 0) /* it is not this one: which, then? */
        json_import_unread(in, "without options, the answer", answer);
    if (strcmp(answer, "accept") != 0)
        return 0;
    if (!accept) {
        if (json_member_text(item, "label", &text, problem) != 0)
            return -1;
        return *text ? read_text(in, text, label, problem, st) : 0;
    }
    if (!cJSON_IsArray(accept))
        return read_option(in, item, accept, label, problem, st);
    if (cJSON_GetArraySize(accept) > 1)
        return status_fail(problem, STATUS_UNSUPPORTED,
                           "several labels; a photo has one path here");
    return accept->child ? read_option(in, item, accept->child, label, problem, st) : 0;
}

static int take(struct json_import *in, const cJSON *item, struct status *problem,
                struct status *st)
{
    struct photo_new photo = {.node = -1};
    struct label label = {.count = 0};
    const char *image;
    const cJSON *time;
    int result = -1;
    if (find_image(item, &image, problem) == 0 &&
        json_member(item, "_timestamp", &time, problem) == 0 &&
        json_import_split(item, &photo, problem) == 0 &&
        read_label(in, item, &photo, &label, problem, st) == 0) {
        if (cJSON_IsNumber(time) && time->valuedouble > 0 && time->valuedouble < 1e11)
            photo.time = (int64_t)(time->valuedouble * 1000);
        result = json_import_photo(in, image, &photo, label.at, label.count, problem, st);
    }
    free(label.buffer);
    return result;
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
    struct store *store;
    const struct taxonomy *taxonomy;
    struct status why;
};

static void write_option(struct writing *w, const struct exported *e)
{
    char id[TAXONOMY_DEPTH * (TAXONOMY_MAX_NAME + 1)];
    taxonomy_format(w->taxonomy, e->photo->state.node, "/", id, sizeof id);
    fputs(", \"options\": [{\"id\": ", w->out);
    json_write(w->out, id);
    fputs(", \"text\": ", w->out);
    json_write(w->out, e->labels[e->count - 1]);
    fputs(", \"path\": ", w->out);
    json_write_list(w->out, e->labels, e->count);
    fputs("}], \"accept\": [", w->out);
    json_write(w->out, id);
    fputs("]", w->out);
}

static const char *answer(enum review_kind kind)
{
    return kind == REVIEW_REJECTED ? "reject" : kind == REVIEW_SKIPPED ? "ignore" : "accept";
}

static int write_photo(void *arg, const struct exported *e)
{
    struct writing *w = arg;
    struct export_decision decision;
    if (export_decision(w->store, e->photo, &decision, &w->why) != 0)
        return 1;
    fputs("{\"image\": ", w->out);
    json_write(w->out, e->name);
    if (e->count)
        write_option(w, e);
    else
        fputs(", \"options\": [], \"accept\": []", w->out);
    if (e->photo->state.kind != REVIEW_NONE)
        fprintf(w->out, ", \"answer\": \"%s\"", answer(e->photo->state.kind));
    if (decision.time > 0) {
        fprintf(w->out,
                ", \"_timestamp\": %lld, \"_annotator_id\": ", (long long)(decision.time / 1000));
        json_write(w->out, decision.who);
    }
    if (e->photo->split != SPLIT_NONE)
        fprintf(w->out, ", \"split\": \"%s\"", split_name(e->photo->split));
    fputs(", \"_view_id\": \"choice\"}\n", w->out);
    return 0;
}

static int export(struct store *s, FILE *out, const struct export_options *options,
                  struct status *st)
{
    struct writing w = {out, s, store_taxonomy(s), {0}};
    if (export_each(s, out, options, write_photo, &w, st) != 0)
        return -1;
    return w.why.code == STATUS_OK ? 0 : status_fail(st, w.why.code, "%s", w.why.text);
}

const struct format format_prodigy = {
    .name = "prodigy",
    .help = "Prodigy's JSON Lines, choice or classification; in and out",
    .about =
        "    {\"image\": \"a.jpg\", \"options\": [{\"id\": \"food/drink\", \"text\": \"drink\"}],\n"
        "     \"accept\": [\"food/drink\"], \"answer\": \"accept\", \"_timestamp\": 1615328168}\n\n"
        "A line a photo, of the choice interface or (\"label\" instead of \"accept\") classification. The\n"
        "id of an option is a path; where it is a number its text is (an id of the tree only without\n"
        "text). Left out are a number that the tree has as an id, beside a text that it does not know,\n"
        "and a word that is another label than its text. A choice that was rejected is rejected here, an\n"
        "ignored one skipped; several labels for one photo are told and left out. Written are the label,\n"
        "the answer (accept; reject; ignore for a skipped photo), when and by whom. Not held: the label\n"
        "of a skipped photo, predictions.\n",
    .recognise = recognise,
    .import = import,
    .export = export,
};
