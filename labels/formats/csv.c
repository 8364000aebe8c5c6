/* Tables of labels: photo,label1,label2,label3[,split]; or the labels in one column, as a path or
 * as ids. Rows are read one at a time. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "data/status.h"
#include "labels/formats/export.h"
#include "labels/formats/format.h"
#include "labels/formats/gather.h"
#include "labels/formats/lines.h"
#include "labels/formats/spelling.h"
#include "labels/text.h"

static int recognise(const char *path)
{
    const char *dot = strrchr(path, '.');
    return dot && (strcasecmp(dot, ".csv") == 0 || strcasecmp(dot, ".tsv") == 0);
}

/* ---- import --------------------------------------------------------------------------------- */

/* Numbers of columns from 0, -1: not there. Labels stand in columns of their own, or as a path or
 * as ids in one. */
struct columns {
    int photo, split, time, state, label[TAXONOMY_DEPTH], labels, path, ids, all;
};

struct reading {
    struct gather gather;
    const char *source;
    char *folder;
    struct columns columns;
    const char *separator; /* of paths; NULL: not known yet */
};

/* A column that is called label something, but is none of those found: a slip of the pen, or too
 * many. */
static int stray_label(const struct csv *c, int labels)
{
    for (int i = 0; i < c->count; i++) {
        char *end;
        size_t size;
        const char *text = text_trim(c->fields[i], &size);
        if (size < 5 || strncasecmp(text, "label", 5) != 0)
            continue;
        long number = strtol(text + 5, &end, 10);
        if (number < 1 || number > labels || end != text + size)
            return i;
    }
    return -1;
}

static int find_first(const struct csv *c, const char *const *names, int taken)
{
    int found = -1;
    for (; found < 0 && *names; names++)
        found = csv_column(c, *names);
    return found == taken ? -1 : found;
}

/* A column called `path` is the photo's, unless another one is that. */
static void assign_columns(const struct csv *c, struct columns *out)
{
    static const char *const photo_names[] = {"photo", "image", "file", "filename", "path", NULL};
    static const char *const path_names[] = {"path", "labels", "label", NULL};
    *out = (struct columns){.split = csv_column(c, "split"),
                            .time = csv_column(c, "time"),
                            .state = csv_column(c, "state"),
                            .ids = csv_column(c, "ids"),
                            .path = -1,
                            .all = c->count};
    out->photo = find_first(c, photo_names, -1);
    for (; out->labels < TAXONOMY_DEPTH; out->labels++) {
        char label[24];
        snprintf(label, sizeof label, "label%d", out->labels + 1);
        if ((out->label[out->labels] = csv_column(c, label)) < 0)
            break;
    }
    if (out->labels == 0 && out->ids < 0)
        out->path = find_first(c, path_names, out->photo);
}

#define HEADER "photo,label1,label2,label3[,split], photo,path[,split] or photo,ids[,split]"

static int find_columns(const struct csv *c, const char *name, struct columns *out,
                        struct status *st)
{
    assign_columns(c, out);
    int stray = out->photo >= 0 && out->labels > 0 ? stray_label(c, out->labels) : -1;
    if (stray >= 0) {
        char shown[TEXT_SHOWN];
        return status_fail(
            st, STATUS_FORMAT,
            "%s:%d:%d: column '%s' is not understood: labels stand in label1, label2, ... "
            "without a gap, at most label%d",
            name, c->line, stray + 1, text_show(c->fields[stray], shown, sizeof shown),
            TAXONOMY_DEPTH);
    }
    if (out->photo >= 0 && (out->labels > 0 || out->split >= 0 || out->path >= 0 || out->ids >= 0))
        return 0;
    char row[150];
    return status_fail(st, STATUS_FORMAT,
                       "%s:%d: no column '%s': the first line should be " HEADER "; it is \"%s\"",
                       name, c->line, out->photo < 0 ? "photo" : "label1",
                       csv_show_row(c, row, sizeof row));
}

static int is_read(const struct columns *columns, int column)
{
    int read = column == columns->photo || column == columns->split || column == columns->path ||
               column == columns->ids || column == columns->time || column == columns->state;
    for (int l = 0; l < columns->labels; l++)
        read |= column == columns->label[l];
    return read;
}

static void tell_unread(const struct csv *c, const struct columns *columns, const char *path,
                        const struct import_report *report)
{
    for (int i = 0; report->problem && i < c->count; i++) {
        char text[TEXT_SHOWN + 300], shown[TEXT_SHOWN];
        if (!c->fields[i][0] || is_read(columns, i))
            continue;
        snprintf(text, sizeof text, "%.200s: column '%s' is not read", path,
                 text_show(c->fields[i], shown, sizeof shown));
        report->problem(report->arg, text);
    }
}

/* Labels of a row into labels [SPELLING_MOST], and which fields they stand in. */
static int read_labels(struct reading *r, struct csv *c, const char **labels, int *fields)
{
    const struct columns *columns = &r->columns;
    int count = 0, one = columns->ids >= 0 ? columns->ids : columns->path;
    for (int l = 0; l < SPELLING_MOST; l++)
        fields[l] = 1 + (l < columns->labels ? columns->label[l] : one);
    if (one >= 0 && one < c->count) {
        const struct taxonomy *t = r->gather.taxonomy;
        if (!r->separator && columns->ids < 0)
            r->separator = spelling_guess(t, c->fields[one]);
        return spelling_split(c->fields[one],
                              columns->ids >= 0 ? " "
                              : r->separator    ? r->separator
                                                : "\n",
                              labels);
    }
    for (int l = 0; l < columns->labels; l++) {
        labels[l] = csv_field(c, columns->label[l]);
        size_t size = strlen(labels[l]);
        text_trim(labels[l], &size);
        if (size > 0)
            count = l + 1;
    }
    return count;
}

/* What an export writes in column `state`, where a label does not say it. */
static void read_state(const char *state, struct photo_new *photo)
{
    if (strcasecmp(state, review_kind_name(REVIEW_SKIPPED)) == 0)
        photo->says = PHOTO_SKIPPED;
    else if (strcasecmp(state, review_kind_name(REVIEW_REJECTED)) == 0)
        photo->says = PHOTO_REJECTED;
}

static int row_problem(struct reading *r, const struct csv *c, int column, struct status *problem,
                       struct status *st)
{
    r->gather.column = column + 1;
    return gather_problem(&r->gather, r->source, c->line, problem, st);
}

static int import_row(struct reading *r, struct csv *c, struct status *st)
{
    struct status problem = {0}, fatal = {0};
    struct gather *g = &r->gather;
    const struct columns *columns = &r->columns;
    struct photo_new photo = {.node = -1};
    const char *labels[SPELLING_MOST], *name = csv_field(c, columns->photo);
    int fields[SPELLING_MOST];
    g->label_columns = fields;
    if (c->count > columns->all) {
        status_fail(&problem, STATUS_FORMAT, "%d fields, but the first line has %d", c->count,
                    columns->all);
        return row_problem(r, c, columns->all, &problem, st);
    }
    if (!*name) {
        status_fail(&problem, STATUS_FORMAT, "no photo is named");
        return row_problem(r, c, columns->photo, &problem, st);
    }
    if (gather_split(csv_field(c, columns->split), &photo, &problem) != 0)
        return row_problem(r, c, columns->split, &problem, st);
    if (gather_time(csv_field(c, columns->time), &photo.time, &problem) != 0)
        return row_problem(r, c, columns->time, &problem, st);
    char *path = gather_find(g, r->folder, name, &photo, &problem, &fatal);
    if (fatal.code != STATUS_OK)
        return status_out_of_memory(st);
    if (!path)
        return row_problem(r, c, columns->photo, &problem, st);
    read_state(csv_field(c, columns->state), &photo);
    int count = photo.says == PHOTO_REJECTED ? 0 : read_labels(r, c, labels, fields);
    return gather_add(g, r->source, c->line, path, &photo, labels, count, st);
}

/* The next row that can be read: 1; 0 at the end. Those that cannot are told. */
static int next_row(struct reading *r, struct lines *l, struct csv *c, struct status *st)
{
    int got;
    struct status problem = {0};
    while ((got = lines_next_row(l, c->separator, &problem, st)) > 0) {
        if (got == 1 && c->separator == 0) /* the first line says */
            c->separator = csv_guess_separator(l->text, l->size);
        csv_row(c, l->text, l->size, l->line);
        int row = got == 1 ? csv_next(c, &problem) : -1;
        if (row > 0)
            return 1;
        r->gather.column = 0;
        if (row < 0 && gather_problem(&r->gather, r->source, l->line, &problem, st) != 0)
            return -1;
        problem = (struct status){0};
    }
    if (got < 0 && st && st->code != STATUS_MEMORY)
        status_prefix(st, "%s", r->source);
    return got;
}

static int import_lines(struct reading *r, struct lines *l, struct csv *c, struct status *st)
{
    int row = next_row(r, l, c, st);
    if (row == 0)
        return status_fail(st, STATUS_FORMAT, "%s: empty; the first line should be " HEADER,
                           r->source);
    if (row < 0 || find_columns(c, r->source, &r->columns, st) != 0)
        return -1;
    tell_unread(c, &r->columns, r->source, r->gather.report);
    while ((row = next_row(r, l, c, st)) > 0)
        if (import_row(r, c, st) != 0)
            return -1;
    return row < 0 ? -1 : gather_finish(&r->gather, r->source, st);
}

static int import(struct store *s, const char *path, const struct import_options *options,
                  struct import_report *report, struct status *st)
{
    struct lines lines = {0};
    struct csv c = {0};
    struct reading r = {.source = path, .separator = options->separator};
    int failed =
        gather_start(&r.gather, s, options, report, st) != 0 || lines_open(&lines, path, st) != 0;
    if (!failed && !(r.folder = gather_folder(path)))
        failed = status_out_of_memory(st);
    failed = failed || import_lines(&r, &lines, &c, st) != 0;
    csv_clear(&c);
    lines_close(&lines);
    gather_clear(&r.gather);
    free(r.folder);
    return failed ? -1 : 0;
}

/* ---- export --------------------------------------------------------------------------------- */

struct writing {
    FILE *out;
    const struct taxonomy *taxonomy;
    const struct export_options *options;
    char separator; /* of columns */
    int ids;
};

static void write_labels(struct writing *w, const struct exported *e)
{
    int path[TAXONOMY_DEPTH], levels = taxonomy_max_depth(w->taxonomy);
    char text[SPELLING_IDS + TAXONOMY_DEPTH * 16] = "";
    if (w->ids || w->options->separator) {
        int depth = e->count ? taxonomy_path(w->taxonomy, e->photo->state.node, path) : 0;
        if (w->ids)
            spelling_ids(w->taxonomy, path, depth, text);
        else if (depth > 0)
            taxonomy_format(w->taxonomy, e->photo->state.node, w->options->separator, text,
                            sizeof text);
        fputc(w->separator, w->out);
        csv_write(w->out, text);
        return;
    }
    for (int l = 0; l < levels; l++) {
        fputc(w->separator, w->out);
        if (l < e->count)
            csv_write(w->out, e->labels[l]);
    }
}

static int write_photo(void *arg, const struct exported *e)
{
    struct writing *w = arg;
    csv_write(w->out, e->name);
    write_labels(w, e);
    fprintf(w->out, "%c%s%c%s\n", w->separator, split_name(e->photo->split), w->separator,
            review_kind_name(e->photo->state.kind));
    return 0;
}

/* Can every label be written so that it is read back as it is? */
static int check_labels(const struct writing *w, struct status *st)
{
    char label[300];
    const char *separator = w->options->separator;
    int bad = w->ids ? spelling_without_id(w->taxonomy) : spelling_unclear(w->taxonomy, separator);
    if (bad < 0)
        return 0;
    taxonomy_format(w->taxonomy, bad, " > ", label, sizeof label);
    if (w->ids)
        return status_fail(st, STATUS_UNSUPPORTED,
                           "the label '%s' has no id, or one with a blank: export by name", label);
    return status_fail(st, STATUS_UNSUPPORTED,
                       "the label '%s' holds the separator '%s' itself: choose another --separator",
                       label, separator);
}

static int export_as(struct store *s, struct writing *w, struct status *st)
{
    w->taxonomy = store_taxonomy(s);
    if ((w->ids || w->options->separator) && check_labels(w, st) != 0)
        return -1;
    fputs("photo", w->out);
    if (w->ids || w->options->separator)
        fprintf(w->out, "%c%s", w->separator, w->ids ? "ids" : "path");
    else
        for (int l = 1; l <= taxonomy_max_depth(w->taxonomy); l++)
            fprintf(w->out, "%clabel%d", w->separator, l);
    fprintf(w->out, "%csplit%cstate\n", w->separator, w->separator);
    return export_each(s, w->out, w->options, write_photo, w, st);
}

static int export_csv(struct store *s, FILE *out, const struct export_options *options,
                      struct status *st)
{
    return export_as(s, &(struct writing){.out = out, .options = options, .separator = ','}, st);
}

static int export_tsv(struct store *s, FILE *out, const struct export_options *options,
                      struct status *st)
{
    return export_as(s, &(struct writing){.out = out, .options = options, .separator = '\t'}, st);
}

static int export_ids(struct store *s, FILE *out, const struct export_options *options,
                      struct status *st)
{
    return export_as(
        s, &(struct writing){.out = out, .options = options, .separator = ',', .ids = 1}, st);
}

const struct format format_csv = {
    .name = "csv",
    .help = "photo,label1,label2,label3[,split] or photo,path[,split]; in and out",
    .recognise = recognise,
    .import = import,
    .export = export_csv,
};
const struct format format_tsv = {
    .name = "tsv",
    .help = "the same with tabs; in and out",
    .import = import,
    .export = export_tsv,
};
const struct format format_ids = {
    .name = "ids",
    .help = "photo,ids[,split]: x.jpg,76 22 23; in and out",
    .import = import,
    .export = export_ids,
};
