/* Our own JSON Lines: all that a project knows, a row of the store a line.
 *
 *     {"tend": 1}
 *     {"node": 0, "name": "food", "id": "76", "terminal": 0, "merged": -1, "is": "node"}
 *     {"is": "photo", "photo": 1, "path": "a.jpg", "labels": ["food"], "state": "accepted", ...}
 *     {"is": "event", "event": 1, "photo": 1, "who": "anna", "kind": "accept", "from_state": ...}
 *
 * Into a project that nobody has said anything in, the rows go as they are; into another one the
 * photos' labels are imported as those of any file. Neither holds more than a line, but for the
 * photos that an import gathers. */
#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "data/file.h"
#include "data/status.h"
#include "labels/formats/format.h"
#include "labels/formats/gather.h"
#include "labels/formats/json_import.h"
#include "labels/formats/json_items.h"
#include "labels/formats/jsonl.h"
#include "labels/store_rows.h"
#include "labels/text.h"

static int recognise(const char *path)
{
    char begin[sizeof JSONL_FIRST_LINE] = "";
    FILE *f = fopen(path, "rbe");
    size_t size = f ? fread(begin, 1, sizeof begin - 1, f) : 0;
    if (f)
        fclose(f);
    return size > 8 && strncmp(begin, "{\"tend\":", 8) == 0;
}

/* ---- in ------------------------------------------------------------------------------------- */

struct reading {
    struct gather gather; /* for what it tells; and, in a merge, the photos */
    struct json_items items;
    const char *source;
    char *folder;
    cJSON *item; /* of the row given last */
    char *path;  /* of that, malloc'd */
    unsigned char *shares;
    size_t photos, labelled;
    int told; /* the last line that was told not to be JSON */
    struct jsonl_photos where;
};

static int wrong(const struct row_column *c, const char *what, struct status *problem)
{
    return status_fail(problem, STATUS_FORMAT, "'%s' is %s", c->name, what);
}

/* A whole number that a double holds exactly. */
static int read_whole(const cJSON *v, const struct row_column *c, int64_t *out,
                      struct status *problem)
{
    static const double most = 9007199254740992.0;
    if (!cJSON_IsNumber(v) || v->valuedouble != floor(v->valuedouble) ||
        fabs(v->valuedouble) > most)
        return wrong(c, "no whole number", problem);
    *out = (int64_t)v->valuedouble;
    return 0;
}

static int read_word(const cJSON *v, const struct row_column *c, int64_t *out,
                     struct status *problem)
{
    for (int i = 0; cJSON_IsString(v) && i <= EVENT_CLAIM; i++) {
        const char *name = c->kind == ROW_SPLIT   ? split_name((enum split)i)
                           : c->kind == ROW_STATE ? review_kind_name((enum review_kind)i)
                                                  : event_kind_name((enum event_kind)i);
        *out = i;
        if (strcmp(name, v->valuestring) == 0 && (*name || i == 0))
            return 0;
    }
    return wrong(c, "a word that is not known", problem);
}

static int read_hash(const cJSON *v, const struct row_column *c, int64_t *out,
                     struct status *problem)
{
    char *end;
    if (!cJSON_IsString(v) || strlen(v->valuestring) != 16 ||
        strspn(v->valuestring, "0123456789abcdef") != 16)
        return wrong(c, "no hash of 16 digits", problem);
    *out = (int64_t)strtoull(v->valuestring, &end, 16);
    return 0;
}

static int read_shares(struct reading *r, const cJSON *v, const struct row_column *c,
                       struct row_value *out, struct status *problem)
{
    int count = cJSON_IsArray(v) ? cJSON_GetArraySize(v) : -1;
    if (count < 0 || count > TAXONOMY_MAX_NODES)
        return wrong(c, "no list of [node, probability]", problem);
    free(r->shares);
    if (!(r->shares = malloc((size_t)count * 8 + 1)))
        return status_out_of_memory(problem);
    unsigned char *to = r->shares;
    for (const cJSON *pair = v->child; pair; pair = pair->next) {
        const cJSON *node = cJSON_GetArrayItem(pair, 0), *share = cJSON_GetArrayItem(pair, 1);
        if (!cJSON_IsNumber(node) || !cJSON_IsNumber(share) || !(node->valuedouble >= 0) ||
            node->valuedouble >= TAXONOMY_MAX_NODES)
            return wrong(c, "no list of [node, probability]", problem);
        uint32_t number = (uint32_t)node->valuedouble, bits;
        float value = (float)share->valuedouble;
        memcpy(&bits, &value, sizeof bits);
        for (int i = 0; i < 4; i++, number >>= 8, bits >>= 8) {
            to[i] = (unsigned char)number;
            to[4 + i] = (unsigned char)bits;
        }
        to += 8;
    }
    out->bytes = (const char *)r->shares;
    out->size = (size_t)count * 8;
    return 0;
}

/* A photo that is not where the file has it: *path (malloc'd) becomes where it is here, if its
 * content is found. 1: found; -1: failed. */
static int find_moved(struct reading *r, const char *name, char **path, struct status *st)
{
    static const struct row_column hash_column = {"hash", ROW_HASH, 1};
    const cJSON *size, *hash;
    struct status none = {0}, why = {0};
    int64_t value = 0;
    if (json_member(r->item, "size", &size, &none) != 0 || !cJSON_IsNumber(size) ||
        !(size->valuedouble > 0 && size->valuedouble < 9e15) ||
        json_member(r->item, "hash", &hash, &none) != 0 ||
        (hash && read_hash(hash, &hash_column, &value, &none) != 0))
        return 0;
    const struct known_photo *moved =
        jsonl_photo_moved(&r->where, name, (int64_t)size->valuedouble, (uint64_t)value, &why);
    if (!moved)
        return why.code == STATUS_OK ? 0 : status_fail(st, why.code, "%s", why.text);
    free(*path);
    *path = strdup(moved->path);
    return *path ? 1 : status_out_of_memory(st);
}

/* The photo may be gone: what is known of it stays. */
static int read_path(struct reading *r, const cJSON *v, const struct row_column *c,
                     struct row_value *out, struct status *problem)
{
    int there = 0;
    if (!cJSON_IsString(v) || !v->valuestring[0])
        return wrong(c, "no path", problem);
    free(r->path);
    if (!(r->path = jsonl_photo_name(&r->where, v->valuestring, &there)))
        return status_out_of_memory(problem);
    if (!there && (there = find_moved(r, v->valuestring, &r->path, problem)) < 0)
        return -1;
    r->where.gone += !there;
    out->bytes = r->path;
    out->size = strlen(r->path);
    return 0;
}

static int read_value(struct reading *r, const struct row_column *c, struct row_value *out,
                      struct status *problem)
{
    const cJSON *v;
    *out = (struct row_value){.is_null = 1};
    if (json_member(r->item, c->name, &v, problem) != 0)
        return -1;
    if (!v)
        return c->optional ? 0 : wrong(c, "missing", problem);
    out->is_null = 0;
    switch (c->kind) {
    case ROW_TEXT:
    case ROW_WHO:
        if (!cJSON_IsString(v) ||
            text_check(v->valuestring, strlen(v->valuestring)) == TEXT_NOT_UTF8)
            return wrong(c, "no text", problem);
        out->bytes = v->valuestring;
        out->size = strlen(v->valuestring);
        return 0;
    case ROW_PATH: return read_path(r, v, c, out, problem);
    case ROW_SHARES: return read_shares(r, v, c, out, problem);
    case ROW_HASH: return read_hash(v, c, &out->integer, problem);
    case ROW_SPLIT:
    case ROW_STATE:
    case ROW_EVENT: return read_word(v, c, &out->integer, problem);
    case ROW_REAL:
        out->real = v->valuedouble;
        return cJSON_IsNumber(v) ? 0 : wrong(c, "no number", problem);
    default: return read_whole(v, c, &out->integer, problem);
    }
}

static const struct row_table *find_table(const cJSON *item, struct status *problem)
{
    const char *name;
    char shown[TEXT_SHOWN];
    if (json_member_text(item, "is", &name, problem) != 0)
        return NULL;
    for (const struct row_table *t = row_tables; t->name; t++)
        if (strcmp(t->name, name) == 0)
            return t;
    status_fail(problem, STATUS_FORMAT, "'is' says '%s', which is not known",
                text_show(name, shown, sizeof shown));
    return NULL;
}

static int read_row(struct reading *r, const struct row_table **table, struct row_value *values,
                    struct status *problem)
{
    *table = find_table(r->item, problem);
    for (int i = 0; *table && (*table)->column[i].name; i++)
        if (read_value(r, &(*table)->column[i], &values[i], problem) != 0)
            return -1;
    return *table ? 0 : -1;
}

/* The next line that can be read: 1, with r->item; 0: the end. Others are told. */
static int next_item(struct reading *r, struct status *st)
{
    for (;;) {
        struct status problem = {0};
        cJSON_Delete(r->item);
        r->item = NULL;
        int got = json_items_next_line(&r->items, &r->item, &problem, st);
        if (got != 1 || r->item)
            return got;
        r->gather.column = r->items.column;
        if (r->items.line <= r->told) { /* when restoring was tried */
            r->gather.report->left_out++;
            continue;
        }
        r->told = r->items.line;
        if (gather_problem(&r->gather, r->source, r->items.line, &problem, st) != 0)
            return -1;
    }
}

static int next_row(void *arg, const struct row_table **table, struct row_value *values,
                    struct status *st)
{
    struct reading *r = arg;
    int got;
    while ((got = next_item(r, st)) == 1) {
        struct status problem = {0};
        if (read_row(r, table, values, &problem) == 0) {
            if (strcmp((*table)->name, "photo") == 0) {
                r->labelled += !values[4].is_null;
                if (++r->photos % 1024 == 0 && r->gather.options->progress &&
                    r->gather.options->progress(r->gather.report->arg, r->photos, 0))
                    return status_fail(st, STATUS_CANCELLED,
                                       "the import was stopped; nothing was imported");
            }
            return 1;
        }
        r->gather.column = 1;
        if (gather_problem(&r->gather, r->source, r->items.line, &problem, st) != 0)
            return -1;
    }
    return got;
}

static int restore(struct reading *r, struct status *st)
{
    struct store_counts before, after;
    if (store_count(r->gather.store, &before, st) != 0 || jsonl_photos_read(&r->where, st) != 0)
        return -1;
    if (store_restore(r->gather.store, next_row, r, st) != 0) {
        if (st && st->code != STATUS_MEMORY && strncmp(st->text, r->source, strlen(r->source)))
            status_prefix(st, "%s:%d", r->source, r->items.line);
        return -1;
    }
    if (store_count(r->gather.store, &after, st) != 0)
        return -1;
    r->gather.report->photos = r->photos;
    r->gather.report->added = (size_t)(after.photos - before.photos);
    r->gather.report->labelled = r->labelled;
    jsonl_photos_tell(&r->where, r->gather.report);
    return 0;
}

/* ---- into a project that has something ------------------------------------------------------- */

static int take_photo(struct reading *r, struct status *problem, struct status *st)
{
    const cJSON *list, *time;
    const char *name, *split, *labels[TAXONOMY_DEPTH];
    struct photo_new photo = {.node = -1};
    struct status fatal = {0};
    if (json_member_text(r->item, "path", &name, problem) != 0 ||
        json_member_text(r->item, "split", &split, problem) != 0 ||
        gather_split(split, &photo, problem) != 0 ||
        json_member_list(r->item, "labels", &list, problem) != 0 ||
        json_member(r->item, "time", &time, problem) != 0)
        return 0;
    int count = list ? json_texts(list, "labels", labels, TAXONOMY_DEPTH, problem) : 0;
    if (count < 0)
        return 0;
    photo.time = cJSON_IsNumber(time) && time->valuedouble > 0 && time->valuedouble < 1e15
                     ? (int64_t)time->valuedouble
                     : 0;
    char *path = gather_find(&r->gather, r->folder, name, &photo, problem, &fatal), *moved = NULL;
    if (fatal.code != STATUS_OK)
        return status_out_of_memory(st);
    if (!path && problem->code == STATUS_MISSING) {
        if (find_moved(r, name, &moved, st) < 0)
            return -1;
        if (moved) {
            *problem = (struct status){0};
            path = gather_find(&r->gather, r->gather.options->root, moved, &photo, problem, &fatal);
        }
        free(moved);
        if (fatal.code != STATUS_OK)
            return status_out_of_memory(st);
    }
    return path ? gather_add(&r->gather, r->source, r->items.line, path, &photo, labels, count, st)
                : 0;
}

static int merge(struct reading *r, struct status *st)
{
    int got;
    while ((got = next_item(r, st)) == 1) {
        struct status problem = {0};
        const struct row_table *t = find_table(r->item, &problem);
        r->gather.column = 1;
        if (t && strcmp(t->name, "photo") == 0 && take_photo(r, &problem, st) != 0)
            return -1;
        if (problem.code != STATUS_OK &&
            gather_problem(&r->gather, r->source, r->items.line, &problem, st) != 0)
            return -1;
    }
    if (got < 0 || gather_finish(&r->gather, r->source, st) != 0)
        return -1;
    jsonl_photos_tell(&r->where, r->gather.report);
    return 0;
}

static int read_first(struct reading *r, struct status *st)
{
    struct status problem = {0};
    int got = json_items_next_line(&r->items, &r->item, &problem, st);
    const cJSON *version = got == 1 && r->item ? cJSON_GetObjectItem(r->item, "tend") : NULL;
    if (got < 0)
        return -1;
    if (!cJSON_IsNumber(version))
        return status_fail(st, STATUS_FORMAT,
                           "%s:1: the first line of what `tend export --format jsonl` writes is "
                           "{\"tend\": 1}",
                           r->source);
    if (version->valuedouble != 1)
        return status_fail(st, STATUS_UNSUPPORTED,
                           "%s:1: was written by a newer tend (version %.0f; this one knows 1)",
                           r->source, version->valuedouble);
    return 0;
}

static int start(struct reading *r, struct status *st)
{
    json_items_close(&r->items);
    return json_items_open(&r->items, r->source, st) != 0 || read_first(r, st) != 0 ? -1 : 0;
}

/* Where lines were left out, the rest may be no whole project: then its labels come in, as into any
 * other project. */
static int restore_or_merge(struct reading *r, struct status *st)
{
    struct status why = {0};
    struct import_report *report = r->gather.report;
    if (restore(r, &why) == 0)
        return 0;
    if (report->left_out == 0 || r->gather.options->strict || why.code != STATUS_FORMAT)
        return status_fail(st, why.code, "%s", why.text);
    char text[900];
    snprintf(
        text, sizeof text,
        "%.700s: without the lines left out this is no whole project: only labels are taken, not "
        "who decided what",
        r->source);
    if (report->problem)
        report->problem(report->arg, text);
    report->left_out = 0;
    return jsonl_photos_read(&r->where, st) != 0 || start(r, st) != 0 ? -1 : merge(r, st);
}

static int import(struct store *s, const char *path, const struct import_options *options,
                  struct import_report *report, struct status *st)
{
    struct reading r = {.source = path, .folder = gather_folder(path)};
    int untouched = store_is_untouched(s, st);
    int failed = untouched < 0 || gather_start(&r.gather, s, options, report, st) != 0;
    if (!failed && !r.folder)
        failed = status_out_of_memory(st);
    r.where = (struct jsonl_photos){
        .source = path, .folder = r.folder, .root = options->root, .store = s};
    failed = failed || start(&r, st) != 0 || (untouched ? restore_or_merge : merge)(&r, st) != 0;
    json_items_close(&r.items);
    gather_clear(&r.gather);
    known_photos_clear(&r.where.known);
    cJSON_Delete(r.item);
    free(r.folder);
    free(r.path);
    free(r.shares);
    return failed ? -1 : 0;
}

const struct format format_jsonl = {
    .name = "jsonl",
    .help = "all that a project knows, a line each; in and out",
    .recognise = recognise,
    .import = import,
    .export = jsonl_export,
};
