/* COCO's lists (https://cocodataset.org/#format-data) as iNaturalist has them, without boxes
 * (https://github.com/visipedia/inat_comp/tree/master/2021#annotation-format):
 *
 *     {"images": [{"id": 1, "file_name": "1.jpg"}],
 *      "annotations": [{"id": 1, "image_id": 1, "category_id": 3}],
 *      "categories": [{"id": 3, "name": "coffee", "supercategory": "drink"}]}
 *
 * A supercategory that is a category itself has one, too: food > drink > coffee. Members level1,
 * level2, ... of a category are ours and say the whole path, as names may stand at several places.
 */
#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#include "data/status.h"
#include "labels/formats/catalogue.h"
#include "labels/formats/export.h"

static int recognise(const char *path)
{
    static const char *const members[] = {"\"images\"", "\"categories\"", "\"supercategory\""};
    static const char *const others[] = {"\"dm_format_version\"", "\"items\""};
    const char *dot = strrchr(path, '.');
    return dot && strcmp(dot, ".json") == 0 && json_begins_with(path, members, 3) &&
           !json_begins_with(path, others, 2) && !json_begins_as_list(path);
}

/* ---- import ---------------------------------------------------------------------------------- */

static int need_id(const cJSON *item, const char *name, char out[JSON_ID], struct status *problem)
{
    if (json_member_id(item, name, out, problem) != 0)
        return -1;
    return *out ? 0 : status_fail(problem, STATUS_FORMAT, "without '%s'", name);
}

static int take_image(struct json_import *in, const cJSON *item, struct status *problem,
                      struct status *st)
{
    struct photo_new photo = {.node = -1};
    char id[JSON_ID];
    const char *name;
    if (need_id(item, "id", id, problem) != 0 ||
        json_member_text(item, "file_name", &name, problem) != 0 ||
        json_import_split(item, &photo, problem) != 0)
        return -1;
    if (!*name)
        return status_fail(problem, STATUS_FORMAT, "no photo is named");
    return catalogue_add_photo(in->arg, &in->items, id, name, &photo, st);
}

static int take_annotation(struct json_import *in, const cJSON *item, struct status *problem,
                           struct status *st)
{
    char image[JSON_ID], category[JSON_ID];
    if (need_id(item, "image_id", image, problem) != 0 ||
        need_id(item, "category_id", category, problem) != 0)
        return -1;
    return catalogue_add_mark(in->arg, &in->items, image, category, st);
}

static int take_category(struct json_import *in, const cJSON *item, struct status *problem,
                         struct status *st)
{
    char id[JSON_ID];
    const char *name, *parent, *levels[TAXONOMY_DEPTH];
    int count = 0;
    if (need_id(item, "id", id, problem) != 0 ||
        json_member_text(item, "name", &name, problem) != 0 ||
        json_member_text(item, "supercategory", &parent, problem) != 0)
        return -1;
    for (int l = 0; l < TAXONOMY_DEPTH && count == l; l++) {
        char member[16];
        snprintf(member, sizeof member, "level%d", l + 1);
        if (json_member_text(item, member, &levels[l], problem) != 0)
            return -1;
        count += *levels[l] != 0;
    }
    return catalogue_add_category(in->arg, &in->items, id, name, parent, levels, count, st);
}

static int take(struct json_import *in, const cJSON *item, struct status *problem,
                struct status *st)
{
    static const struct {
        const char *key;
        int (*take)(struct json_import *in, const cJSON *item, struct status *problem,
                    struct status *st);
    } members[] = {
        {"images", take_image}, {"annotations", take_annotation}, {"categories", take_category}};
    for (int i = 0; i < 3; i++) {
        if (strcmp(in->items.key, members[i].key) != 0)
            continue;
        if (in->items.whole)
            return status_fail(st, STATUS_FORMAT, "%s:%d:%d: '%s' should be a list [ ]", in->source,
                               in->items.line, in->items.column, members[i].key);
        return members[i].take(in, item, problem, st);
    }
    if (!in->items.in_object)
        return status_fail(st, STATUS_FORMAT, "%s: not COCO, which begins with '{'", in->source);
    return 0;
}

static int finish(struct json_import *in, struct status *st)
{
    return catalogue_finish(in->arg, in, st);
}

static int import(struct store *s, const char *path, const struct import_options *options,
                  struct import_report *report, struct status *st)
{
    struct catalogue c = {0};
    struct json_import in = {.folders = {"images", "../images", ".."}, .arg = &c};
    const struct json_reading reading = {.take = take, .finish = finish};
    int result = json_import(s, path, &reading, &in, options, report, st);
    catalogue_clear(&c);
    return result;
}

/* ---- export ---------------------------------------------------------------------------------- */

struct writing {
    FILE *out;
    struct pair {
        int64_t photo;
        int node;
    } * labels; /* of the images written, which are read once */
    size_t count, room, written;
    int failed;
};

static int write_image(void *arg, const struct exported *e)
{
    struct writing *w = arg;
    fprintf(w->out, "%s{\"id\": %lld, \"file_name\": ", w->written++ ? ",\n" : "\n",
            (long long)e->photo->id);
    json_write(w->out, e->name);
    if (e->photo->split != SPLIT_NONE)
        fprintf(w->out, ", \"split\": \"%s\"", split_name(e->photo->split));
    fputc('}', w->out);
    if (e->count == 0)
        return 0;
    if (w->count == w->room) {
        w->room = w->room ? w->room * 2 : 1024;
        struct pair *grown = realloc(w->labels, w->room * sizeof *grown);
        if (!grown)
            return w->failed = 1;
        w->labels = grown;
    }
    w->labels[w->count++] = (struct pair){e->photo->id, e->photo->state.node};
    return 0;
}

static void write_category(FILE *out, const struct taxonomy *t, int node, int *written)
{
    int path[TAXONOMY_DEPTH], depth = taxonomy_path(t, node, path);
    fprintf(out, "%s{\"id\": %d, \"name\": ", (*written)++ ? ",\n" : "\n", node + 1);
    json_write(out, taxonomy_name(t, node));
    fputs(", \"supercategory\": ", out);
    json_write(out, depth > 1 ? taxonomy_name(t, path[depth - 2]) : "");
    for (int l = 0; l < depth; l++) {
        fprintf(out, ", \"level%d\": ", l + 1);
        json_write(out, taxonomy_name(t, path[l]));
    }
    fputc('}', out);
    for (int child = taxonomy_first_child(t, node); child >= 0;
         child = taxonomy_next_sibling(t, child))
        write_category(out, t, child, written);
}

static int export(struct store *s, FILE *out, const struct export_options *options,
                  struct status *st)
{
    struct writing w = {.out = out};
    const struct taxonomy *t = store_taxonomy(s);
    int written = 0;
    fputs("{\"info\": {\"description\": \"exported by tend\"}, \"licenses\": [],\n\"images\": [",
          out);
    int result = export_each(s, out, options, write_image, &w, st);
    if (result == 0 && w.failed)
        result = status_out_of_memory(st);
    fputs("],\n\"annotations\": [", out);
    for (size_t i = 0; result == 0 && i < w.count; i++)
        fprintf(out, "%s{\"id\": %zu, \"image_id\": %lld, \"category_id\": %d}", i ? ",\n" : "\n",
                i + 1, (long long)w.labels[i].photo, w.labels[i].node + 1);
    fputs("],\n\"categories\": [", out);
    for (int node = taxonomy_first_child(t, TAXONOMY_ROOT); node >= 0;
         node = taxonomy_next_sibling(t, node))
        write_category(out, t, node, &written);
    fputs("]}\n", out);
    free(w.labels);
    return result;
}

const struct format format_coco = {
    .name = "coco",
    .help = "COCO and iNaturalist: categories with supercategory; in and out",
    .about =
        "    {\"images\": [{\"id\": 1, \"file_name\": \"a.jpg\"}],\n"
        "     \"annotations\": [{\"id\": 1, \"image_id\": 1, \"category_id\": 2}],\n"
        "     \"categories\": [{\"id\": 1, \"name\": \"food\", \"supercategory\": \"\"},\n"
        "                    {\"id\": 2, \"name\": \"drink\", \"supercategory\": \"food\"}]}\n\n"
        "A supercategory that is a category has one, too; one that is no category is a label above all,\n"
        "unless it is called none. Level columns (level1, level2, ...) of a category say the path where\n"
        "they stand, as in what is written here. Boxes are not read; iNaturalist's ranks (kingdom, ...)\n"
        "neither. Pictures are looked for beside the file, in images/ and ../images/. Held are label and\n"
        "split, nothing else.\n",
    .recognise = recognise,
    .import = import,
    .export = export,
};
