#include "labels/formats/json_import.h"

#include <cjson/cJSON.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "data/file.h"
#include "data/image.h"
#include "data/status.h"
#include "labels/formats/spelling.h"
#include "labels/text.h"

static int take_all(struct json_import *in, const struct json_reading *reading, struct status *st)
{
    struct json_items *j = &in->items;
    for (;;) {
        cJSON *item;
        struct status problem = {0}, fatal = {0};
        int got = reading->lines ? json_items_next_line(j, &item, &problem, st)
                                 : json_items_next(j, &item, &problem, st);
        if (got <= 0)
            return got;
        in->g.column = j->column;
        int failed = !item || reading->take(in, item, &problem, &fatal) != 0;
        cJSON_Delete(item);
        if (failed && fatal.code != STATUS_OK)
            return status_fail(st, fatal.code, "%s", fatal.text);
        if (failed && gather_problem(&in->g, in->source, j->line, &problem, st) != 0)
            return -1;
    }
}

int json_import(struct store *s, const char *path, const struct json_reading *reading,
                struct json_import *in, const struct import_options *options,
                struct import_report *report, struct status *st)
{
    int result = -1;
    in->source = path;
    in->folder = gather_folder(path);
    if (!in->folder)
        status_out_of_memory(st);
    else if (json_items_open(&in->items, path, st) == 0 &&
             gather_start(&in->g, s, options, report, st) == 0 && take_all(in, reading, st) == 0 &&
             (!reading->finish || reading->finish(in, st) == 0))
        result = gather_finish(&in->g, path, st);
    gather_clear(&in->g);
    json_items_close(&in->items);
    free(in->folder);
    in->folder = NULL;
    return result;
}

/* ---- telling --------------------------------------------------------------------------------- */

static void tell(const struct json_import *in, const char *text, char *out, size_t size)
{
    const struct import_report *report = in->g.report;
    snprintf(out, size, "%.400s:%d:%d: %s", in->source, in->items.line, in->items.column, text);
    if (report->problem)
        report->problem(report->arg, out);
}

int json_import_note(struct json_import *in, const char *text, struct status *st)
{
    char told[800];
    tell(in, text, told, sizeof told);
    if (in->g.options->strict)
        return status_fail(st, STATUS_CONFLICT, "%s; nothing was imported", told);
    return 0;
}

void json_import_unread(struct json_import *in, const char *what, const char *name)
{
    char key[JSON_ITEM_KEY], shown[TEXT_SHOWN], text[TEXT_SHOWN + 60], told[800];
    snprintf(key, sizeof key, "%s", name);
    for (int i = 0; i < in->told_count; i++)
        if (strcmp(in->told[i], key) == 0)
            return;
    if (in->told_count == JSON_TOLD)
        return;
    memcpy(in->told[in->told_count++], key, sizeof key);
    snprintf(text, sizeof text, "%s '%s' is not read", what, text_show(name, shown, sizeof shown));
    tell(in, text, told, sizeof told);
}

/* ---- photos ---------------------------------------------------------------------------------- */

/* Looks in the format's own folders, too; the problem of the first look is the one to tell. */
static char *find(struct json_import *in, const char *name, struct photo_new *photo,
                  struct status *problem, struct status *st)
{
    char *path = gather_find(&in->g, in->folder, name, photo, problem, st);
    for (int i = 0; !path && i < JSON_FOLDERS && in->folders[i] && st->code == STATUS_OK; i++) {
        struct status other = {0};
        char *folder = file_join(in->folder, in->folders[i]);
        if (!folder) {
            status_out_of_memory(st);
            return NULL;
        }
        path = gather_find(&in->g, folder, name, photo, &other, st);
        free(folder);
    }
    return path;
}

/* "a" may be a.jpg or a.PNG: the first there is. NULL: none, or st says that memory is out. */
static char *find_ending(struct json_import *in, const char *name, struct photo_new *photo,
                         struct status *st)
{
    char *path = NULL;
    for (int i = 0; !path && st->code == STATUS_OK && image_photo_ending(i); i++) {
        for (int upper = 0; !path && upper < 2; upper++) {
            struct status none = {0};
            char *full = NULL;
            if (asprintf(&full, "%s%s", name, image_photo_ending(i)) < 0) {
                status_out_of_memory(st);
                return NULL;
            }
            for (char *at = full + strlen(name); upper && *at; at++)
                *at = (char)toupper((unsigned char)*at);
            path = find(in, full, photo, &none, st);
            free(full);
        }
    }
    return path;
}

int json_import_photo(struct json_import *in, const char *name, struct photo_new *photo,
                      const char *const *labels, int count, struct status *problem,
                      struct status *st)
{
    struct status missing = {0};
    if (!*name)
        return status_fail(problem, STATUS_FORMAT, "no photo is named");
    char *path = find(in, name, photo, &missing, st);
    if (!path && st->code == STATUS_OK && in->other_endings && !image_has_photo_name(name))
        path = find_ending(in, name, photo, st);
    if (!path)
        return st->code != STATUS_OK ? -1 : status_fail(problem, missing.code, "%s", missing.text);
    return gather_add(&in->g, in->source, in->items.line, path, photo, labels, count, st);
}

int json_import_split(const cJSON *object, struct photo_new *photo, struct status *problem)
{
    const char *split;
    if (!object)
        return 0;
    if (json_member_text(object, "split", &split, problem) != 0)
        return -1;
    return *split ? gather_split(split, photo, problem) : 0;
}

/* ---- paths ----------------------------------------------------------------------------------- */

int json_label_begins(const struct json_label *a, const struct json_label *b)
{
    for (int l = 0; l < a->count; l++)
        if (l >= b->count || strcmp(a->at[l], b->at[l]) != 0)
            return 0;
    return 1;
}

int json_label_join(struct json_label *label, const struct json_label *next, struct status *problem)
{
    if (json_label_begins(next, label))
        return 0;
    if (!json_label_begins(label, next))
        return status_fail(problem, STATUS_UNSUPPORTED,
                           "several labels; a photo has one path here");
    *label = *next;
    return 0;
}

/* A '/' may as well be a sign of the label itself: it is said once that it was not taken so. */
static void tell_slash(struct json_import *in, const char *text)
{
    char told[TEXT_SHOWN + 400], shown[TEXT_SHOWN];
    const struct import_report *report = in->g.report;
    if (in->told_slash++ || !report->problem)
        return;
    snprintf(told, sizeof told,
             "%.200s:%d:%d: labels are taken apart at '/', as '%s'; --separator \" > \" leaves it "
             "in them",
             in->source, in->items.line, in->items.column, text_show(text, shown, sizeof shown));
    report->problem(report->arg, told);
}

int json_import_path(struct json_import *in, const char *text, char *buffer, const char **labels,
                     struct status *problem)
{
    const struct taxonomy *t = in->g.taxonomy;
    const char *parts[SPELLING_MOST], *sign = in->g.options->separator;
    int path[TAXONOMY_DEPTH], count = 0;
    struct status unknown = {0};
    int node = sign && strstr(text, sign) ? -1 : taxonomy_resolve_text(t, text, &unknown);
    if (node >= 0) {
        count = taxonomy_path(t, node, path);
        for (int l = 0; l < count; l++)
            labels[l] = taxonomy_name(t, path[l]);
        return count;
    }
    strcpy(buffer, text);
    if (!sign)
        sign = strstr(text, " > ") ? " > " : strchr(text, '/') ? "/" : "\n";
    count = spelling_split(buffer, sign, parts);
    if (count == 0) /* nothing but blanks: no label, which is for the tree to say */
        parts[count++] = buffer;
    if (count > TAXONOMY_DEPTH)
        return status_fail(problem, STATUS_LIMIT, "a path of more than %d labels", TAXONOMY_DEPTH);
    if (*sign == '/' && !in->g.options->separator)
        tell_slash(in, text);
    memcpy(labels, parts, (size_t)count * sizeof *labels);
    return count;
}

/* ---- which format ---------------------------------------------------------------------------- */

enum { HEAD = 1 << 16 };

/* The beginning of a file, malloc'd, NUL-terminated; NULL: there is none. */
static char *read_head(const char *path, size_t *size)
{
    struct stat info;
    FILE *file = stat(path, &info) == 0 && S_ISREG(info.st_mode) ? fopen(path, "rbe") : NULL;
    char *head = file ? malloc(HEAD) : NULL;
    *size = head ? fread(head, 1, HEAD - 1, file) : 0;
    if (file)
        fclose(file);
    if (head)
        head[*size] = 0;
    return head;
}

int json_begins_with(const char *path, const char *const *texts, int count)
{
    size_t size;
    char *head = read_head(path, &size);
    int found = 0;
    for (int i = 0; head && i < count; i++)
        found |= memmem(head, size, texts[i], strlen(texts[i])) != NULL;
    free(head);
    return found;
}

int json_begins_as_list(const char *path)
{
    size_t size;
    char *head = read_head(path, &size);
    int found = head && head[strspn(head, " \t\r\n\xEF\xBB\xBF")] == '[';
    free(head);
    return found;
}
