/* Datumaro's JSON, annotations/SUBSET.json beside images/
 * (https://open-edge-platform.github.io/datumaro/stable/docs/data-formats/datumaro_format.html):
 *
 *     {"categories": {"label": {"labels": [{"name": "food", "parent": ""},
 *                                          {"name": "drink", "parent": "food"}]}},
 *      "items": [{"id": "1", "annotations": [{"type": "label", "label_id": 1}],
 *                 "image": {"path": "1.jpg"}}]}
 *
 * Its names are unique in the whole set: one that stands at two places is written with its parent's
 * name and '/' in front, and read so. */
#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#include "data/status.h"
#include "labels/formats/catalogue.h"
#include "labels/formats/export.h"
#include "labels/formats/folders.h"
#include "labels/text.h"

static int recognise(const char *path)
{
    static const char *const members[] = {"\"dm_format_version\"", "\"items\""};
    const char *dot = strrchr(path, '.');
    return dot && strcmp(dot, ".json") == 0 && json_begins_with(path, members, 2) &&
           !json_begins_as_list(path);
}

/* ---- import ---------------------------------------------------------------------------------- */

static int take_categories(struct json_import *in, const cJSON *item, struct status *problem,
                           struct status *st)
{
    const cJSON *label, *labels, *one;
    int index = 0;
    if (json_member_object(item, "label", &label, problem) != 0 ||
        (label && json_member_list(label, "labels", &labels, problem) != 0))
        return -1;
    if (!label || !labels)
        return 0;
    cJSON_ArrayForEach(one, labels)
    {
        const char *name, *parent;
        char id[16];
        snprintf(id, sizeof id, "%d", index++);
        if (json_member_text(one, "name", &name, problem) != 0 ||
            json_member_text(one, "parent", &parent, problem) != 0)
            return -1;
        if (catalogue_add_category(in->arg, &in->items, id, name, parent, NULL, 0, st) != 0)
            return -1;
    }
    return 0;
}

/* The picture's path; without one, the id. */
static int find_path(const cJSON *item, const char **out, struct status *problem)
{
    const cJSON *image;
    if (json_member_object(item, "image", &image, problem) != 0 ||
        (!image && json_member_object(item, "media", &image, problem) != 0))
        return -1;
    if (image && json_member_text(image, "path", out, problem) != 0)
        return -1;
    if (image && **out)
        return 0;
    if (json_member_text(item, "id", out, problem) != 0)
        return -1;
    return **out ? 0 : status_fail(problem, STATUS_FORMAT, "no photo is named");
}

static int take_item(struct json_import *in, const cJSON *item, struct status *problem,
                     struct status *st)
{
    struct catalogue *c = in->arg;
    struct photo_new photo = {.node = -1};
    const cJSON *annotations, *annotation, *attributes;
    const char *path, *type;
    char own[24], id[JSON_ID];
    size_t marks = c->mark_count;
    snprintf(own, sizeof own, "%zu", c->photo_count);
    if (find_path(item, &path, problem) != 0 ||
        json_member_list(item, "annotations", &annotations, problem) != 0 ||
        json_member_object(item, "attr", &attributes, problem) != 0 ||
        json_import_split(attributes, &photo, problem) != 0)
        return -1;
    if (!cJSON_IsString(cJSON_GetObjectItemCaseSensitive(attributes, "split")))
        photo.split = c->split;
    cJSON_ArrayForEach(annotation, annotations)
    {
        int bad = json_member_text(annotation, "type", &type, problem) != 0;
        if (!bad && strcmp(type, "label") != 0) {
            json_import_unread(in, "an annotation of type", type);
            continue;
        }
        if (bad || json_member_id(annotation, "label_id", id, problem) != 0) {
            while (c->mark_count > marks) { /* those of an item that is left out */
                free(c->marks[--c->mark_count].photo);
                free(c->marks[c->mark_count].category);
            }
            return -1;
        }
        if (catalogue_add_mark(c, &in->items, own, id, st) != 0)
            return -1;
    }
    return catalogue_add_photo(c, &in->items, own, path, &photo, st);
}

static int take(struct json_import *in, const cJSON *item, struct status *problem,
                struct status *st)
{
    const struct json_items *at = &in->items;
    int items = strcmp(at->key, "items") == 0, categories = strcmp(at->key, "categories") == 0;
    if (!at->in_object)
        return status_fail(st, STATUS_FORMAT, "%s: not of Datumaro, which begins with '{'",
                           in->source);
    if ((items && at->whole) || (categories && !at->whole))
        return status_fail(st, STATUS_FORMAT, "%s:%d:%d: '%s' should be %s", in->source, at->line,
                           at->column, at->key, items ? "a list [ ]" : "an object { }");
    if (categories)
        return take_categories(in, item, problem, st);
    return items ? take_item(in, item, problem, st) : 0;
}

static int finish(struct json_import *in, struct status *st)
{
    return catalogue_finish(in->arg, in, st);
}

/* ../images/SUBSET for annotations/SUBSET.json; malloc'd. */
static char *subset_folder(const char *path)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    const char *dot = strrchr(name, '.');
    int length = dot ? (int)(dot - name) : (int)strlen(name);
    char *folder = malloc((size_t)length + sizeof "../images/");
    if (folder)
        sprintf(folder, "../images/%.*s", length, name);
    return folder;
}

/* annotations/test.json holds those of split test, unless they say otherwise themselves. */
static enum split subset_split(const char *path)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    const char *dot = strrchr(name, '.');
    char folder[32];
    snprintf(folder, sizeof folder, "%.*s/", dot ? (int)(dot - name) : 0, name);
    int split = folders_split(folder);
    return split < 0 ? SPLIT_NONE : (enum split)split;
}

static int import(struct store *s, const char *path, const struct import_options *options,
                  struct import_report *report, struct status *st)
{
    struct catalogue c = {.strict_parents = 1, .prefixed = 1, .split = subset_split(path)};
    char *subset = subset_folder(path);
    /* an item without its picture's path has an id, which is that without its ending */
    struct json_import in = {
        .folders = {subset, "../images", "images"}, .arg = &c, .other_endings = 1};
    const struct json_reading reading = {.take = take, .finish = finish};
    int result = subset ? json_import(s, path, &reading, &in, options, report, st)
                        : status_out_of_memory(st);
    catalogue_clear(&c);
    free(subset);
    return result;
}

/* ---- export ---------------------------------------------------------------------------------- */

struct writing {
    FILE *out;
    const struct taxonomy *taxonomy;
    int *index;   /* [nodes] the number of its label, or -1 */
    char **names; /* [nodes] in that file; NULL where it is in no list */
    int count;
    size_t written;
};

struct named {
    const char *name;
    int node;
};

static int compare_named(const void *left, const void *right)
{
    const struct named *a = left, *b = right;
    int order = strcmp(a->name, b->name);
    return order ? order : (a->node > b->node) - (a->node < b->node);
}

/* Of the tree's nodes, those in its lists, parents first: how many. */
static int list_nodes(const struct taxonomy *t, int node, struct named *list, int count)
{
    for (int child = taxonomy_first_child(t, node); child >= 0;
         child = taxonomy_next_sibling(t, child)) {
        list[count++] = (struct named){taxonomy_name(t, child), child};
        count = list_nodes(t, child, list, count);
    }
    return count;
}

static char *prefixed_name(const char *parent, const char *name)
{
    char *joined = malloc(strlen(parent) + strlen(name) + 2);
    if (joined)
        sprintf(joined, "%s/%s", parent, name);
    return joined;
}

/* A name goes as it is when it is the only one, and cannot be taken for one with a prefix. */
static int name_node(struct writing *w, int node, const struct named *sorted, struct status *st)
{
    const char *name = taxonomy_name(w->taxonomy, node);
    int parent = taxonomy_parent(w->taxonomy, node), low = 0, high = w->count;
    while (low < high) {
        int middle = low + (high - low) / 2;
        if (strcmp(sorted[middle].name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    int twice = low + 1 < w->count && strcmp(sorted[low + 1].name, name) == 0;
    int plain = parent < 0 || (!twice && !strchr(name, '/'));
    w->names[node] = plain ? strdup(name) : prefixed_name(w->names[parent], name);
    return w->names[node] ? 0 : status_out_of_memory(st);
}

static int check_names(const struct writing *w, struct named *list, struct status *st)
{
    char shown[TEXT_SHOWN];
    for (int i = 0; i < w->count; i++)
        list[i].name = w->names[list[i].node];
    qsort(list, (size_t)w->count, sizeof *list, compare_named);
    for (int i = 1; i < w->count; i++)
        if (strcmp(list[i - 1].name, list[i].name) == 0)
            return status_fail(st, STATUS_UNSUPPORTED,
                               "two labels would be called '%s' in this format: rename one of them",
                               text_show(list[i].name, shown, sizeof shown));
    return 0;
}

static void write_labels(struct writing *w, const struct named *order)
{
    for (int i = 0; i < w->count; i++) {
        int parent = taxonomy_parent(w->taxonomy, order[i].node);
        fputs(i ? ",\n{\"name\": " : "\n{\"name\": ", w->out);
        json_write(w->out, w->names[order[i].node]);
        fputs(", \"parent\": ", w->out);
        json_write(w->out, parent < 0 ? "" : w->names[parent]);
        fputs(", \"attributes\": []}", w->out);
    }
}

/* Of the labels below one, a photo has one at most. */
static void write_group(struct writing *w, int parent, int *written)
{
    int child = taxonomy_first_child(w->taxonomy, parent), first = 1;
    if (child < 0)
        return;
    fputs((*written)++ ? ",\n{\"name\": " : "\n{\"name\": ", w->out);
    json_write(w->out, parent < 0 ? "top level" : w->names[parent]);
    fputs(", \"group_type\": \"exclusive\", \"labels\": [", w->out);
    for (; child >= 0; child = taxonomy_next_sibling(w->taxonomy, child), first = 0) {
        fputs(first ? "" : ", ", w->out);
        json_write(w->out, w->names[child]);
    }
    fputs("]}", w->out);
}

static int write_item(void *arg, const struct exported *e)
{
    struct writing *w = arg;
    int node = taxonomy_now(w->taxonomy, e->photo->state.node);
    fputs(w->written++ ? ",\n{\"id\": " : "\n{\"id\": ", w->out);
    json_write(w->out, e->name);
    fputs(", \"annotations\": [", w->out);
    if (e->count > 0 && node >= 0)
        fprintf(w->out,
                "{\"id\": 0, \"type\": \"label\", \"attributes\": {}, \"group\": 0, "
                "\"label_id\": %d}",
                w->index[node]);
    /* also "": else the name of the file would say it */
    fprintf(w->out, "], \"attr\": {\"split\": \"%s\"", split_name(e->photo->split));
    fputs("}, \"image\": {\"path\": ", w->out);
    json_write(w->out, e->name);
    fputs("}}", w->out);
    return 0;
}

static int write_all(struct writing *w, struct store *s, const struct export_options *options,
                     struct named *order, struct named *sorted, struct status *st)
{
    int groups = 0;
    w->count = list_nodes(w->taxonomy, TAXONOMY_ROOT, order, 0);
    memcpy(sorted, order, (size_t)w->count * sizeof *sorted);
    qsort(sorted, (size_t)w->count, sizeof *sorted, compare_named);
    for (int i = 0; i < w->count; i++) {
        w->index[order[i].node] = i;
        if (name_node(w, order[i].node, sorted, st) != 0)
            return -1;
    }
    if (check_names(w, sorted, st) != 0)
        return -1;
    fputs("{\"dm_format_version\": \"1.0\", \"media_type\": 2, \"infos\": {},\n"
          "\"categories\": {\"label\": {\"labels\": [",
          w->out);
    write_labels(w, order);
    fputs("],\n\"label_groups\": [", w->out);
    write_group(w, TAXONOMY_ROOT, &groups);
    for (int i = 0; i < w->count; i++)
        write_group(w, order[i].node, &groups);
    fputs("], \"attributes\": []}},\n\"items\": [", w->out);
    if (export_each(s, w->out, options, write_item, w, st) != 0)
        return -1;
    fputs("]}\n", w->out);
    return 0;
}

static int export(struct store *s, FILE *out, const struct export_options *options,
                  struct status *st)
{
    struct writing w = {.out = out, .taxonomy = store_taxonomy(s)};
    size_t nodes = (size_t)taxonomy_count(w.taxonomy) + 1;
    struct named *order = calloc(nodes, sizeof *order), *sorted = calloc(nodes, sizeof *sorted);
    w.index = calloc(nodes, sizeof *w.index);
    w.names = calloc(nodes, sizeof *w.names);
    int result = order && sorted && w.index && w.names
                     ? write_all(&w, s, options, order, sorted, st)
                     : status_out_of_memory(st);
    for (size_t i = 0; w.names && i < nodes; i++)
        free(w.names[i]);
    free(w.names);
    free(w.index);
    free(order);
    free(sorted);
    return result;
}

const struct format format_datumaro = {
    .name = "datumaro",
    .help = "Datumaro's JSON: labels with parent; in and out",
    .about =
        "    {\"categories\": {\"label\": {\"labels\": [{\"name\": \"food\", \"parent\": \"\"},\n"
        "                                         {\"name\": \"drink\", \"parent\": \"food\"}]}},\n"
        "     \"items\": [{\"id\": \"a\", \"annotations\": [{\"type\": \"label\", \"label_id\": 1}],\n"
        "                \"image\": {\"path\": \"a.jpg\"}}]}\n\n"
        "annotations/SUBSET.json, with pictures in images/SUBSET/; SUBSET is the split where it is train,\n"
        "val, validation or test and the item says none (attr.split, as written here). Of several labels\n"
        "the deepest counts, when the others are above it; other annotations are told once. Its names are\n"
        "unique: one that stands at two places is written with its parent in front (drink/coffee), and\n"
        "read so. Held are label and split, nothing else.\n",
    .recognise = recognise,
    .import = import,
    .export = export,
};
