/* CSV of labels: photo,label1,label2,label3[,split]. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "data/file.h"
#include "data/status.h"
#include "labels/formats/export.h"
#include "labels/formats/format.h"
#include "labels/formats/gather.h"
#include "labels/text.h"

static const size_t MOST_BYTES = (size_t)1 << 30;

static int recognise(const char *path)
{
    const char *dot = strrchr(path, '.');
    return dot && (strcasecmp(dot, ".csv") == 0 || strcasecmp(dot, ".tsv") == 0);
}

/* ---- import --------------------------------------------------------------------------------- */

struct columns {
    int photo, split, label[TAXONOMY_DEPTH], labels, all;
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

static int find_columns(const struct csv *c, const char *name, struct columns *out,
                        struct status *st)
{
    static const char *const photo_names[] = {"photo", "image", "file", "filename", "path"};
    *out = (struct columns){.photo = -1, .split = csv_column(c, "split"), .all = c->count};
    for (size_t i = 0; out->photo < 0 && i < sizeof photo_names / sizeof *photo_names; i++)
        out->photo = csv_column(c, photo_names[i]);
    for (; out->labels < TAXONOMY_DEPTH; out->labels++) {
        char label[24];
        snprintf(label, sizeof label, "label%d", out->labels + 1);
        if ((out->label[out->labels] = csv_column(c, label)) < 0)
            break;
    }
    int stray = out->photo >= 0 && out->labels > 0 ? stray_label(c, out->labels) : -1;
    if (stray >= 0) {
        char shown[TEXT_SHOWN];
        return status_fail(
            st, STATUS_FORMAT,
            "%s:%d: column '%s' is not understood: labels stand in label1, label2, ... "
            "without a gap, at most label%d",
            name, c->line, text_show(c->fields[stray], shown, sizeof shown), TAXONOMY_DEPTH);
    }
    if (out->photo >= 0 && (out->labels > 0 || out->split >= 0))
        return 0;
    char row[200];
    return status_fail(st, STATUS_FORMAT,
                       "%s:%d: no column '%s': the first line should be "
                       "photo,label1,label2,label3[,split]; it is \"%s\"",
                       name, c->line, out->photo < 0 ? "photo" : "label1",
                       csv_show_row(c, row, sizeof row));
}

/* Is the column one of those found, or the state that an export writes? */
static int is_read(const struct columns *columns, const char *name, int column)
{
    int read =
        column == columns->photo || column == columns->split || strcasecmp(name, "state") == 0;
    for (int l = 0; l < columns->labels; l++)
        read |= column == columns->label[l];
    return read;
}

static void tell_unread(const struct csv *c, const struct columns *columns, const char *path,
                        const struct import_report *report)
{
    for (int i = 0; report->problem && i < c->count; i++) {
        char text[TEXT_SHOWN + 300], shown[TEXT_SHOWN];
        if (!c->fields[i][0] || is_read(columns, c->fields[i], i))
            continue;
        snprintf(text, sizeof text, "%.200s: column '%s' is not read", path,
                 text_show(c->fields[i], shown, sizeof shown));
        report->problem(report->arg, text);
    }
}

static const char *field(const struct csv *c, int column)
{
    return column >= 0 && column < c->count ? c->fields[column] : "";
}

static int read_labels(const struct csv *c, const struct columns *columns, const char **labels)
{
    int count = 0;
    for (int l = 0; l < columns->labels; l++) {
        labels[l] = field(c, columns->label[l]);
        size_t size = strlen(labels[l]);
        text_trim(labels[l], &size);
        if (size > 0)
            count = l + 1;
    }
    return count;
}

static int import_row(struct gather *g, const struct csv *c, const struct columns *columns,
                      const char *source, const char *folder, struct status *st)
{
    struct status problem = {0};
    struct photo_new photo = {.node = -1};
    const char *labels[TAXONOMY_DEPTH], *name = field(c, columns->photo);
    int count = read_labels(c, columns, labels);
    if (c->count > columns->all)
        status_fail(&problem, STATUS_FORMAT, "%d fields, but the first line has %d", c->count,
                    columns->all);
    else if (!*name)
        status_fail(&problem, STATUS_FORMAT, "no photo is named");
    else if (gather_split(field(c, columns->split), &photo, &problem) == 0) {
        struct status fatal = {0};
        char *path = gather_find(g, folder, name, &photo, &problem, &fatal);
        if (fatal.code != STATUS_OK)
            return status_out_of_memory(st);
        if (path)
            return gather_add(g, source, c->line, path, &photo, labels, count, st);
    }
    return gather_problem(g, source, c->line, &problem, st);
}

static int import_text(struct gather *g, char *text, size_t size, const char *path,
                       struct status *st)
{
    struct csv c;
    struct columns columns;
    char *folder = gather_folder(path);
    csv_start(&c, text, size, csv_guess_separator(text, size));
    int row = folder ? csv_next(&c, st) : status_out_of_memory(st), failed = 0;
    if (row == 0)
        failed = status_fail(st, STATUS_FORMAT,
                             "%s: empty; the first line should be "
                             "photo,label1,label2,label3[,split]",
                             path);
    else if (row > 0)
        failed = find_columns(&c, path, &columns, st);
    if (row > 0 && !failed)
        tell_unread(&c, &columns, path, g->report);
    while (!failed && row > 0 && (row = csv_next(&c, st)) > 0)
        failed = import_row(g, &c, &columns, path, folder, st);
    if (row < 0 && st && st->code != STATUS_MEMORY)
        status_prefix(st, "%s", path);
    csv_clear(&c);
    free(folder);
    return failed || row < 0 ? -1 : gather_finish(g, path, st);
}

static int import(struct store *s, const char *path, const struct import_options *options,
                  struct import_report *report, struct status *st)
{
    char *text = NULL;
    size_t size = 0;
    struct gather g;
    if (file_read(path, MOST_BYTES, &text, &size, st) != 0)
        return -1;
    int failed =
        gather_start(&g, s, options, report, st) != 0 || import_text(&g, text, size, path, st) != 0;
    gather_clear(&g);
    free(text);
    return failed ? -1 : 0;
}

/* ---- export --------------------------------------------------------------------------------- */

struct writing {
    FILE *out;
    int levels;
};

static int write_photo(void *arg, const struct exported *e)
{
    struct writing *w = arg;
    csv_write(w->out, e->name);
    for (int l = 0; l < w->levels; l++) {
        fputc(',', w->out);
        if (l < e->count)
            csv_write(w->out, e->labels[l]);
    }
    fprintf(w->out, ",%s,%s\n", split_name(e->photo->split),
            review_kind_name(e->photo->state.kind));
    return 0;
}

static int export(struct store *s, FILE *out, const struct export_options *options,
                  struct status *st)
{
    struct writing w = {out, taxonomy_max_depth(store_taxonomy(s))};
    fputs("photo", out);
    for (int l = 1; l <= w.levels; l++)
        fprintf(out, ",label%d", l);
    fputs(",split,state\n", out);
    return export_each(s, out, options, write_photo, &w, st);
}

const struct format format_csv = {
    .name = "csv",
    .help = "photo,label1,label2,label3[,split]; in and out",
    .recognise = recognise,
    .import = import,
    .export = export,
};
