#include "labels/formats/catalogue.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "data/status.h"
#include "labels/text.h"

/* ---- gathering ------------------------------------------------------------------------------- */

/* Room for one more of `size` bytes; the list, or NULL. */
static void *more(void *list, size_t count, size_t *room, size_t size)
{
    if (count < *room)
        return list;
    size_t larger = *room ? *room * 2 : 256;
    void *grown = realloc(list, larger * size);
    if (grown)
        *room = larger;
    return grown;
}

static char *join_levels(const char *const *levels, int count)
{
    size_t size = 0;
    for (int l = 0; l < count; l++)
        size += strlen(levels[l]) + 1;
    char *joined = malloc(size ? size : 1), *to = joined;
    for (int l = 0; joined && l < count; l++)
        to = stpcpy(to, levels[l]) + 1;
    return joined;
}

int catalogue_add_category(struct catalogue *c, const struct json_items *at, const char *id,
                           const char *name, const char *parent, const char *const *levels,
                           int level_count, struct status *st)
{
    void *grown = more(c->categories, c->category_count, &c->category_room, sizeof *c->categories);
    if (!grown)
        return status_out_of_memory(st);
    c->categories = grown;
    struct catalogue_category *to = &c->categories[c->category_count++];
    *to = (struct catalogue_category){.id = strdup(id),
                                      .name = strdup(name),
                                      .parent = strdup(parent),
                                      .level_count = level_count,
                                      .line = at->line,
                                      .column = at->column};
    if (level_count > 0)
        to->levels = join_levels(levels, level_count);
    return to->id && to->name && to->parent && (!level_count || to->levels)
               ? 0
               : status_out_of_memory(st);
}

int catalogue_add_photo(struct catalogue *c, const struct json_items *at, const char *id,
                        const char *name, const struct photo_new *photo, struct status *st)
{
    void *grown = more(c->photos, c->photo_count, &c->photo_room, sizeof *c->photos);
    if (!grown)
        return status_out_of_memory(st);
    c->photos = grown;
    struct catalogue_photo *to = &c->photos[c->photo_count++];
    *to = (struct catalogue_photo){strdup(id), strdup(name), *photo, at->line, at->column};
    return to->id && to->name ? 0 : status_out_of_memory(st);
}

int catalogue_add_mark(struct catalogue *c, const struct json_items *at, const char *photo,
                       const char *category, struct status *st)
{
    void *grown = more(c->marks, c->mark_count, &c->mark_room, sizeof *c->marks);
    if (!grown)
        return status_out_of_memory(st);
    c->marks = grown;
    struct catalogue_mark *to = &c->marks[c->mark_count++];
    *to = (struct catalogue_mark){strdup(photo), strdup(category), at->line, at->column};
    return to->photo && to->category ? 0 : status_out_of_memory(st);
}

void catalogue_clear(struct catalogue *c)
{
    for (size_t i = 0; i < c->category_count; i++) {
        free(c->categories[i].id);
        free(c->categories[i].name);
        free(c->categories[i].parent);
        free(c->categories[i].levels);
    }
    for (size_t i = 0; i < c->photo_count; i++) {
        free(c->photos[i].id);
        free(c->photos[i].name);
    }
    for (size_t i = 0; i < c->mark_count; i++) {
        free(c->marks[i].photo);
        free(c->marks[i].category);
    }
    free(c->categories);
    free(c->photos);
    free(c->marks);
    free(c->by_id);
    free(c->by_name);
    *c = (struct catalogue){0};
}

/* ---- finding --------------------------------------------------------------------------------- */

/* Numbers by their size, so that photos keep the order files have them in. */
static int compare_texts(const char *a, const char *b)
{
    size_t one = strlen(a), two = strlen(b);
    return one != two ? (one > two) - (one < two) : strcmp(a, b);
}

/* Equal ones stay in the order of the file. */
static int compare_ids(const void *left, const void *right)
{
    const struct catalogue_category *const *a = left, *const *b = right;
    int order = strcmp((*a)->id, (*b)->id);
    return order ? order : (*a > *b) - (*a < *b);
}

static int compare_names(const void *left, const void *right)
{
    const struct catalogue_category *const *a = left, *const *b = right;
    int order = strcmp((*a)->name, (*b)->name);
    return order ? order : (*a > *b) - (*a < *b);
}

static int compare_photos(const void *left, const void *right)
{
    const struct catalogue_photo *a = left, *b = right;
    int order = compare_texts(a->id, b->id);
    if (order == 0)
        order = (a->line > b->line) - (a->line < b->line);
    return order ? order : (a->column > b->column) - (a->column < b->column);
}

static int compare_marks(const void *left, const void *right)
{
    const struct catalogue_mark *a = left, *b = right;
    int order = compare_texts(a->photo, b->photo);
    if (order == 0)
        order = (a->line > b->line) - (a->line < b->line);
    return order ? order : (a->column > b->column) - (a->column < b->column);
}

/* The first of that id or name; *twice: another follows. */
static struct catalogue_category *find(const struct catalogue *c, const char *text, int by_name,
                                       int *twice)
{
    struct catalogue_category **list = by_name ? c->by_name : c->by_id;
    size_t low = 0, high = c->category_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(by_name ? list[middle]->name : list[middle]->id, text) < 0)
            low = middle + 1;
        else
            high = middle;
    }
#define IS(i) ((i) < c->category_count && !strcmp(by_name ? list[i]->name : list[i]->id, text))
    *twice = IS(low) && IS(low + 1);
    return IS(low) ? list[low] : NULL;
#undef IS
}

static int sort(struct catalogue *c, struct status *st)
{
    size_t room = (c->category_count + 1) * sizeof *c->by_id;
    c->by_id = malloc(room);
    c->by_name = malloc(room);
    if (!c->by_id || !c->by_name)
        return status_out_of_memory(st);
    for (size_t i = 0; i < c->category_count; i++)
        c->by_id[i] = c->by_name[i] = &c->categories[i];
    if (c->category_count > 0)
        qsort(c->by_id, c->category_count, sizeof *c->by_id, compare_ids);
    if (c->category_count > 0)
        qsort(c->by_name, c->category_count, sizeof *c->by_name, compare_names);
    if (c->photo_count)
        qsort(c->photos, c->photo_count, sizeof *c->photos, compare_photos);
    if (c->mark_count)
        qsort(c->marks, c->mark_count, sizeof *c->marks, compare_marks);
    return 0;
}

/* ---- paths ----------------------------------------------------------------------------------- */

/* The category above: 0; -1 with the problem. *up NULL: there is none, *top is a name above all (or
 * ""). */
static int go_up(const struct catalogue *c, const struct catalogue_category *from,
                 struct catalogue_category **up, const char **top, struct status *problem)
{
    char shown[TEXT_SHOWN], above[TEXT_SHOWN];
    int twice;
    *up = NULL;
    *top = "";
    /* COCO has {"name": "person", "supercategory": "person"}: person above all */
    if (!from->parent[0] || (!c->strict_parents && strcmp(from->parent, from->name) == 0))
        return 0;
    *up = find(c, from->parent, 1, &twice);
    if (!*up && c->strict_parents)
        return status_fail(problem, STATUS_INVALID, "parent '%s' of '%s' is not defined",
                           text_show(from->parent, above, sizeof above),
                           text_show(from->name, shown, sizeof shown));
    if (twice)
        return status_fail(problem, STATUS_INVALID, "parent '%s' of '%s' may be any of two labels",
                           text_show(from->parent, above, sizeof above),
                           text_show(from->name, shown, sizeof shown));
    if (!*up && strcasecmp(from->parent, "none") != 0) /* as Roboflow says that there is none */
        *top = from->parent;
    return 0;
}

/* How its parents do not end at the top within the levels there can be. */
static int too_deep(const struct catalogue *c, const struct catalogue_category *from,
                    struct status *problem)
{
    enum { FAR = 10000 };
    char shown[TEXT_SHOWN];
    const char *top;
    struct catalogue_category *up;
    const struct catalogue_category *at = from;
    int steps = 0;
    text_show(from->name, shown, sizeof shown);
    while (steps++ < FAR && go_up(c, at, &up, &top, problem) == 0 && up)
        at = up;
    return status_fail(problem, STATUS_INVALID,
                       steps >= FAR ? "the parents of '%s' go in a circle"
                                    : "the path of '%s' has more than %d labels",
                       shown, TAXONOMY_DEPTH);
}

/* What its own name is below its parent's. */
static const char *own_name(const struct catalogue *c, const struct catalogue_category *from,
                            const struct catalogue_category *up)
{
    size_t length = up ? strlen(up->name) : 0;
    int prefixed = c->prefixed && up && strncmp(from->name, up->name, length) == 0 &&
                   from->name[length] == '/' && from->name[length + 1];
    return prefixed ? from->name + length + 1 : from->name;
}

static int find_path(const struct catalogue *c, const struct catalogue_category *from,
                     struct json_label *out, struct status *problem)
{
    const char *reversed[TAXONOMY_DEPTH], *top;
    int count = 0;
    out->count = 0;
    if (from->levels) {
        const char *level = from->levels;
        for (; out->count < from->level_count; level += strlen(level) + 1)
            out->at[out->count++] = level;
        return 0;
    }
    for (const struct catalogue_category *at = from; at;) {
        struct catalogue_category *up;
        if (go_up(c, at, &up, &top, problem) != 0)
            return -1;
        if (count + (*top != 0) >= TAXONOMY_DEPTH)
            return too_deep(c, from, problem);
        reversed[count++] = own_name(c, at, up);
        if (*top)
            reversed[count++] = top;
        at = up;
    }
    while (count > 0)
        out->at[out->count++] = reversed[--count];
    return 0;
}

static int add_label(const struct catalogue *c, const char *id, struct json_label *label,
                     struct status *problem)
{
    int twice;
    char shown[TEXT_SHOWN];
    struct json_label next;
    struct catalogue_category *category = find(c, id, 0, &twice);
    text_show(id, shown, sizeof shown);
    if (!category)
        return status_fail(problem, STATUS_INVALID, "label %s is not defined", shown);
    if (twice)
        return status_fail(problem, STATUS_INVALID, "label %s is defined twice", shown);
    if (find_path(c, category, &next, problem) != 0)
        return -1;
    return json_label_join(label, &next, problem);
}

/* ---- putting together ------------------------------------------------------------------------ */

static int tell(struct json_import *in, int line, int column, struct status *problem,
                struct status *st)
{
    in->g.column = column;
    return gather_problem(&in->g, in->source, line, problem, st);
}

/* The photo with the marks from..to, which are its. */
static int add_photo(struct catalogue *c, struct json_import *in, struct catalogue_photo *photo,
                     size_t from, size_t to, struct status *st)
{
    struct json_label label = {.count = 0};
    struct status problem = {0}, fatal = {0};
    for (size_t i = from; i < to; i++)
        if (add_label(c, c->marks[i].category, &label, &problem) != 0)
            return tell(in, c->marks[i].line, c->marks[i].column, &problem, st);
    in->items.line = photo->line;
    in->g.column = in->items.column = photo->column;
    if (json_import_photo(in, photo->name, &photo->photo, label.at, label.count, &problem,
                          &fatal) == 0)
        return 0;
    if (fatal.code != STATUS_OK)
        return status_fail(st, fatal.code, "%s", fatal.text);
    return tell(in, photo->line, photo->column, &problem, st);
}

static int lost_mark(struct catalogue *c, struct json_import *in, size_t i, struct status *st)
{
    struct status problem = {0};
    char shown[TEXT_SHOWN];
    status_fail(&problem, STATUS_INVALID, "image %s is not in the file",
                text_show(c->marks[i].photo, shown, sizeof shown));
    return tell(in, c->marks[i].line, c->marks[i].column, &problem, st);
}

int catalogue_finish(struct catalogue *c, struct json_import *in, struct status *st)
{
    size_t mark = 0;
    if (sort(c, st) != 0)
        return -1;
    for (size_t i = 0; i < c->photo_count; i++) {
        struct catalogue_photo *photo = &c->photos[i];
        if (i > 0 && strcmp(photo[-1].id, photo->id) == 0) {
            struct status problem = {0};
            char shown[TEXT_SHOWN];
            status_fail(&problem, STATUS_INVALID, "id %s stands here again",
                        text_show(photo->id, shown, sizeof shown));
            if (tell(in, photo->line, photo->column, &problem, st) != 0)
                return -1;
            continue;
        }
        for (; mark < c->mark_count && compare_texts(c->marks[mark].photo, photo->id) < 0; mark++)
            if (lost_mark(c, in, mark, st) != 0)
                return -1;
        size_t from = mark;
        while (mark < c->mark_count && strcmp(c->marks[mark].photo, photo->id) == 0)
            mark++;
        if (add_photo(c, in, photo, from, mark, st) != 0)
            return -1;
    }
    for (; mark < c->mark_count; mark++)
        if (lost_mark(c, in, mark, st) != 0)
            return -1;
    return 0;
}
