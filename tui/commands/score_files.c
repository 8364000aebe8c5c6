#include "tui/commands/score_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/file.h"
#include "data/status.h"
#include "labels/formats/format.h"

enum { MAX_BYTES = 1024 * 1024 * 1024 };

struct row {
    char *photo;    /* in the file's text */
    int line, node; /* node -1: no labels */
    float confidence[TAXONOMY_DEPTH];
};
struct table {
    char *text;
    struct row *rows; /* sorted by photo once read */
    size_t count, capacity;
    int has_confidence;
};

struct columns {
    int photo, label[TAXONOMY_DEPTH], p[TAXONOMY_DEPTH];
};

static void table_clear(struct table *t)
{
    free(t->text);
    free(t->rows);
    *t = (struct table){0};
}

static int find_columns(const struct csv *c, const char *path, struct columns *out,
                        struct status *st)
{
    out->photo = csv_column(c, "photo");
    for (int l = 0; l < TAXONOMY_DEPTH; l++) {
        char name[24];
        snprintf(name, sizeof name, "label%d", l + 1);
        out->label[l] = csv_column(c, name);
        snprintf(name, sizeof name, "p%d", l + 1);
        out->p[l] = csv_column(c, name);
    }
    if (out->photo >= 0 && out->label[0] >= 0)
        return 0;
    return status_fail(st, STATUS_FORMAT, "%s:%d: the header has no column '%s'", path, c->line,
                       out->photo < 0 ? "photo" : "label1");
}

static int read_row(const struct csv *c, const char *path, const struct columns *columns,
                    struct taxonomy *t, struct row *row, struct status *st)
{
    const char *labels[TAXONOMY_DEPTH];
    int count = 0;
    if (!*csv_field(c, columns->photo))
        return status_fail(st, STATUS_FORMAT, "%s:%d: the photo has no name", path, c->line);
    *row = (struct row){.photo = c->fields[columns->photo], .line = c->line, .node = -1};
    for (int l = 0; l < TAXONOMY_DEPTH; l++) {
        labels[l] = csv_field(c, columns->label[l]);
        if (*labels[l])
            count = l + 1;
        row->confidence[l] = strtof(csv_field(c, columns->p[l]), NULL);
    }
    if (count == 0)
        return 0;
    row->node = taxonomy_resolve(t, labels, count, 1, st);
    return row->node >= 0 ? 0 : status_prefix(st, "%s:%d", path, c->line);
}

static int table_add(struct table *t, const struct row *row, struct status *st)
{
    if (t->count == t->capacity) {
        size_t larger = t->capacity ? 2 * t->capacity : 1024;
        struct row *grown = realloc(t->rows, larger * sizeof *grown);
        if (!grown)
            return status_out_of_memory(st);
        t->rows = grown;
        t->capacity = larger;
    }
    t->rows[t->count++] = *row;
    return 0;
}

static int compare_rows(const void *left, const void *right)
{
    return strcmp(((const struct row *)left)->photo, ((const struct row *)right)->photo);
}

static int sort_rows(struct table *t, const char *path, struct status *st)
{
    if (t->count > 0)
        qsort(t->rows, t->count, sizeof *t->rows, compare_rows);
    for (size_t i = 1; i < t->count; i++)
        if (compare_rows(&t->rows[i - 1], &t->rows[i]) == 0)
            return status_fail(st, STATUS_FORMAT, "%s: '%s' stands in line %d and in line %d", path,
                               t->rows[i].photo, t->rows[i - 1].line, t->rows[i].line);
    return 0;
}

static int table_read(struct table *out, const char *path, struct taxonomy *t, struct status *st)
{
    struct csv csv = {0};
    struct columns columns;
    struct row row;
    size_t size;
    int more = 1, result = -1;
    *out = (struct table){0};
    if (file_read(path, MAX_BYTES, &out->text, &size, st) != 0)
        return -1;
    csv_start(&csv, out->text, size, ',');
    if ((more = csv_next(&csv, st)) == 0)
        status_fail(st, STATUS_FORMAT, "%s is empty", path);
    if (more <= 0 || find_columns(&csv, path, &columns, st) != 0)
        goto out;
    out->has_confidence = columns.p[0] >= 0;
    while ((more = csv_next(&csv, st)) > 0)
        if (read_row(&csv, path, &columns, t, &row, st) != 0 || table_add(out, &row, st) != 0)
            goto out;
    if (more == 0)
        result = sort_rows(out, path, st);
    else
        status_prefix(st, "%s", path);
out:
    csv_clear(&csv);
    if (result != 0)
        table_clear(out);
    return result;
}

static int compare(struct evaluation *e, const struct taxonomy *t, const struct table *truth,
                   const struct table *pred, long *extra, struct status *st)
{
    long met = 0;
    e->has_confidence = pred->has_confidence;
    for (size_t i = 0; i < truth->count; i++) {
        struct answer answer = {0};
        const struct row *found = pred->count ? bsearch(&truth->rows[i], pred->rows, pred->count,
                                                        sizeof *pred->rows, compare_rows)
                                              : NULL;
        met += found != NULL;
        if (truth->rows[i].node < 0)
            continue; /* a photo without a truth */
        if (found && found->node >= 0) {
            answer.node = found->node;
            answer.depth = taxonomy_path(t, found->node, answer.path);
            memcpy(answer.confidence, found->confidence, sizeof answer.confidence);
        }
        if (evaluation_add(e, t, truth->rows[i].node, answer.depth ? &answer : NULL, st) != 0)
            return -1;
    }
    *extra = (long)pred->count - met;
    return 0;
}

static struct taxonomy *start_taxonomy(const char *path, struct status *st)
{
    char *text;
    size_t size;
    if (!path) {
        struct taxonomy *t = taxonomy_new(TAXONOMY_DEPTH);
        if (!t)
            status_out_of_memory(st);
        return t;
    }
    if (file_read(path, MAX_BYTES, &text, &size, st) != 0)
        return NULL;
    struct taxonomy *t = taxonomy_parse(text, size, path, TAXONOMY_DEPTH, st);
    free(text);
    return t;
}

int score_files(const char *truth, const char *pred, const char *taxonomy_file,
                struct evaluation *e, struct taxonomy **t, long *extra, struct status *st)
{
    struct table truths = {0}, preds = {0};
    int result = -1;
    *t = start_taxonomy(taxonomy_file, st);
    if (*t && table_read(&truths, truth, *t, st) == 0 && table_read(&preds, pred, *t, st) == 0)
        result = compare(e, *t, &truths, &preds, extra, st);
    if (result == 0 && e->score.photos == 0)
        result = status_fail(st, STATUS_MISSING, "%s has no photo with a label", truth);
    table_clear(&truths);
    table_clear(&preds);
    return result;
}
