/* Tables of labels: photo,label1,label2,label3[,split]; or the labels in one column, as a path or
 * as ids. Rows are read one at a time. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "data/status.h"
#include "labels/formats/csv_columns.h"
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

struct reading {
    struct gather gather;
    struct lines lines;
    struct csv csv;
    const char *source;
    char *folder;
    struct columns columns;
    const char *separator; /* of paths; NULL: there is none */
    int quiet;             /* rows are only looked at */
    int told_time;         /* that times are not read */
};

static int path_column(const struct columns *columns)
{
    return columns->ids >= 0 ? columns->ids : columns->path;
}

/* Labels of a row into labels [SPELLING_MOST], and which fields they stand in. */
static int read_labels(struct reading *r, struct csv *c, const char **labels, int *fields)
{
    const struct columns *columns = &r->columns;
    int count = 0, one = path_column(columns);
    for (int l = 0; l < SPELLING_MOST; l++)
        fields[l] = 1 + (l < columns->labels ? columns->label[l] : one);
    if (one >= 0 && one < c->count)
        return spelling_split(c->fields[one],
                              columns->ids >= 0 ? " "
                              : r->separator    ? r->separator
                                                : "\n",
                              labels);
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

static int row_problem(struct reading *r, int column, struct status *problem, struct status *st)
{
    r->gather.column = column + 1;
    return gather_problem(&r->gather, r->source, r->csv.line, problem, st);
}

/* A time that cannot be read costs the row its time only. */
static int read_time(struct reading *r, struct photo_new *photo, struct status *st)
{
    char text[TEXT_SHOWN + 500];
    struct status problem = {0};
    int column = r->columns.time;
    const struct import_report *report = r->gather.report;
    if (gather_time(csv_field(&r->csv, column), &photo->time, &problem) == 0)
        return 0;
    if (r->gather.options->strict)
        return row_problem(r, column, &problem, st);
    snprintf(text, sizeof text, "%.200s:%d:%d: %.200s; such rows are taken without a time",
             r->source, r->csv.line, column + 1, problem.text);
    if (!r->told_time++ && report->problem)
        report->problem(report->arg, text);
    return 0;
}

static int is_broken(const char *text)
{
    return strpbrk(text, "\r\n") != NULL;
}

/* The first field of a split, time, state or label that holds the end of a line, as only photos may
 * have it in their names: a quote swallowed the rows behind it. -1: none. */
static int find_broken(const struct reading *r)
{
    const struct columns *k = &r->columns;
    const int columns[] = {k->split, k->time, k->state, path_column(k)};
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        if (is_broken(csv_field(&r->csv, columns[i])))
            return columns[i];
    for (int l = 0; l < k->labels; l++)
        if (is_broken(csv_field(&r->csv, k->label[l])))
            return k->label[l];
    return -1;
}

/* ... so that they are read again. */
static int swallowed(struct reading *r, int column, struct status *problem, struct status *st)
{
    if (problem->code == STATUS_OK)
        status_fail(problem, STATUS_FORMAT, "a quote opens here that does not end in its line");
    return row_problem(r, column, problem, st) != 0 ? -1 : lines_go_back(&r->lines, st);
}

/* Which label's bytes are no text; -1: none. */
static int find_foreign(const char *const *labels, int count)
{
    for (int l = 0; l < count; l++)
        if (text_check(labels[l], strlen(labels[l])) == TEXT_NOT_UTF8)
            return l;
    return -1;
}

/* Label Studio's CSV has JSON in its fields; a label is hardly called so. */
static int is_json(const struct taxonomy *t, const char *label, struct status *problem)
{
    static const char *const begin[] = {"{\"taxonomy\"", "{\"choices\"", "[[\"", "[{\""};
    char shown[TEXT_SHOWN];
    for (size_t i = 0; i < sizeof begin / sizeof *begin; i++)
        if (strncmp(label, begin[i], strlen(begin[i])) == 0 &&
            taxonomy_find_label(t, TAXONOMY_ROOT, label) < 0)
            return status_fail(problem, STATUS_UNSUPPORTED,
                               "'%s' is JSON, as in Label Studio's CSV: export as JSON there",
                               text_show(label, shown, sizeof shown));
    return 0;
}

static int add_row(struct reading *r, char *path, struct photo_new *photo, struct status *st)
{
    const char *labels[SPELLING_MOST];
    int fields[SPELLING_MOST];
    struct status problem = {0};
    read_state(csv_field(&r->csv, r->columns.state), photo);
    int count = photo->says == PHOTO_REJECTED ? 0 : read_labels(r, &r->csv, labels, fields);
    int foreign = find_foreign(labels, count);
    if (foreign >= 0) {
        free(path);
        status_fail(&problem, STATUS_FORMAT,
                    "label %d is not UTF-8: save the table as UTF-8 (Excel: 'CSV UTF-8')",
                    foreign + 1);
        return row_problem(r, fields[foreign] - 1, &problem, st);
    }
    if (count > 0 && is_json(r->gather.taxonomy, labels[0], &problem)) {
        free(path);
        return row_problem(r, fields[0] - 1, &problem, st);
    }
    r->gather.label_columns = fields;
    int result = gather_add(&r->gather, r->source, r->csv.line, path, photo, labels, count, st);
    r->gather.label_columns = NULL;
    return result;
}

static int import_row(struct reading *r, struct status *st)
{
    struct status problem = {0}, fatal = {0};
    struct csv *c = &r->csv;
    const struct columns *columns = &r->columns;
    struct photo_new photo = {.node = -1};
    const char *name = csv_field(c, columns->photo);
    int broken = find_broken(r);
    if (broken >= 0)
        return swallowed(r, broken, &problem, st);
    if (c->count > columns->all) {
        status_fail(&problem, STATUS_FORMAT, "%d fields, but the first line has %d", c->count,
                    columns->all);
        return row_problem(r, columns->all, &problem, st);
    }
    if (!*name) {
        status_fail(&problem, STATUS_FORMAT, "no photo is named");
        return row_problem(r, columns->photo, &problem, st);
    }
    if (gather_split(csv_field(c, columns->split), &photo, &problem) != 0)
        return row_problem(r, columns->split, &problem, st);
    char *path = gather_find(&r->gather, r->folder, name, &photo, &problem, &fatal);
    if (fatal.code != STATUS_OK)
        return status_out_of_memory(st);
    if (!path)
        return is_broken(name) ? swallowed(r, columns->photo, &problem, st)
                               : row_problem(r, columns->photo, &problem, st);
    if (read_time(r, &photo, st) != 0) {
        free(path);
        return -1;
    }
    return add_row(r, path, &photo, st);
}

/* "sep=;", as Excel has it before the first line: 1. */
static int says_separator(const struct lines *l, char *separator)
{
    if (l->size != 5 || strncasecmp(l->text, "sep=", 4) != 0)
        return 0;
    *separator = l->text[4];
    return 1;
}

/* The next row that can be read: 1; 0 at the end. Those that cannot are told. */
static int next_row(struct reading *r, struct status *st)
{
    int got;
    struct lines *l = &r->lines;
    struct csv *c = &r->csv;
    struct status problem = {0};
    while ((got = lines_next_row(l, c->separator, &problem, st)) > 0) {
        if (got == 1 && l->line == 1 && says_separator(l, &c->separator))
            continue;
        if (got == 1 && c->separator == 0) /* the first line says */
            c->separator = csv_guess_separator(l->text, l->size);
        csv_row(c, l->text, l->size, l->line);
        int row = got == 1 ? csv_next(c, &problem) : -1;
        if (row > 0)
            return 1;
        r->gather.column = 0;
        if (row < 0 && !r->quiet &&
            gather_problem(&r->gather, r->source, l->line, &problem, st) != 0)
            return -1;
        problem = (struct status){0};
    }
    if (got < 0 && st && st->code != STATUS_MEMORY)
        status_prefix(st, "%s", r->source);
    return got;
}

/* The first line, and what its columns are. */
static int begin(struct reading *r, struct status *st)
{
    if (lines_open(&r->lines, r->source, st) != 0)
        return -1;
    int row = next_row(r, st);
    if (row == 0)
        return status_fail(st, STATUS_FORMAT, "%s: empty; the first line should be " CSV_HEADER,
                           r->source);
    return row < 0 ? -1 : csv_find_columns(&r->csv, r->source, &r->columns, st);
}

static void end(struct reading *r)
{
    csv_clear(&r->csv);
    lines_close(&r->lines);
}

static void tell_separators(const struct reading *r, const struct spelling_survey *v)
{
    char text[TEXT_SHOWN + 600], said[TEXT_SHOWN + 300];
    const struct import_report *report = r->gather.report;
    for (int i = 0; report->problem && i < SPELLING_SIGNS; i++) {
        if (!spelling_doubt(v, i, said, sizeof said))
            continue;
        snprintf(text, sizeof text, "%.200s:%d:%d: %s", r->source, v->line[i], r->columns.path + 1,
                 said);
        report->problem(report->arg, text);
    }
}

/* Looks at all paths before the first is taken apart. */
static int survey(struct reading *r, struct status *st)
{
    struct spelling_survey v = {0};
    int row = 1, failed;
    r->quiet = 1;
    failed = begin(r, st) != 0;
    int column = failed || r->columns.ids >= 0 ? -1 : r->columns.path;
    while (!failed && column >= 0 && (row = next_row(r, st)) > 0)
        spelling_look(&v, r->gather.taxonomy, csv_field(&r->csv, column), r->csv.line);
    end(r);
    r->quiet = 0;
    if (failed || row < 0)
        return -1;
    r->separator = spelling_choose(&v);
    tell_separators(r, &v);
    return 0;
}

static int import_rows(struct reading *r, struct status *st)
{
    int row;
    if (begin(r, st) != 0)
        return -1;
    csv_tell_unread(&r->csv, &r->columns, r->source, r->gather.report);
    while ((row = next_row(r, st)) > 0)
        if (import_row(r, st) != 0)
            return -1;
    return row < 0 ? -1 : gather_finish(&r->gather, r->source, st);
}

static int import(struct store *s, const char *path, const struct import_options *options,
                  struct import_report *report, struct status *st)
{
    struct reading r = {.source = path, .separator = options->separator};
    int failed = gather_start(&r.gather, s, options, report, st) != 0;
    if (!failed && !(r.folder = gather_folder(path)))
        failed = status_out_of_memory(st);
    if (!failed && !r.separator)
        failed = survey(&r, st) != 0;
    failed = failed || import_rows(&r, st) != 0;
    end(&r);
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
