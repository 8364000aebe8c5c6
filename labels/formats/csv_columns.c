/* Which column of a table holds what, by its first line. */
#include "labels/formats/csv_columns.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "data/status.h"
#include "labels/formats/format.h"
#include "labels/text.h"

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
    static const char *const photo_names[] = {"photo",      "image",    "file",      "filename",
                                              "file_name",  "filepath", "file_path", "image_path",
                                              "image_name", "path",     NULL};
    static const char *const path_names[] = {"path", "labels", "label", "class", "category", NULL};
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

int csv_find_columns(const struct csv *c, const char *name, struct columns *out, struct status *st)
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
    return status_fail(
        st, STATUS_FORMAT,
        "%s:%d: no column '%s': the first line should be " CSV_HEADER "; it is \"%s\"", name,
        c->line, out->photo < 0 ? "photo" : "label1", csv_show_row(c, row, sizeof row));
}

static int is_read(const struct columns *columns, int column)
{
    int read = column == columns->photo || column == columns->split || column == columns->path ||
               column == columns->ids || column == columns->time || column == columns->state;
    for (int l = 0; l < columns->labels; l++)
        read |= column == columns->label[l];
    return read;
}

void csv_tell_unread(const struct csv *c, const struct columns *columns, const char *path,
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
