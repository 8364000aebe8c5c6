/* All rows of a store, a line each; jsonl.c reads them. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "data/file.h"
#include "data/status.h"
#include "labels/formats/json_items.h"
#include "labels/formats/jsonl.h"
#include "labels/store_rows.h"

struct writing {
    FILE *out;
    const struct taxonomy *taxonomy;
    const struct export_options *options;
    struct status why;
};

static void write_shares(FILE *out, const struct row_value *v)
{
    const unsigned char *at = (const unsigned char *)v->bytes;
    fputc('[', out);
    for (size_t i = 0; i + 8 <= v->size; i += 8, at += 8) {
        uint32_t node =
            at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
        uint32_t bits =
            at[4] | (uint32_t)at[5] << 8 | (uint32_t)at[6] << 16 | (uint32_t)at[7] << 24;
        float share;
        memcpy(&share, &bits, sizeof share);
        fprintf(out, "%s[%u, %.9g]", i ? ", " : "", node, isfinite(share) ? (double)share : 0);
    }
    fputc(']', out);
}

static int write_path(struct writing *w, const struct row_value *v)
{
    char *path = strndup(v->bytes, v->size), *file = NULL;
    if (path && !w->options->relative_to_root && w->options->root)
        file = file_join(w->options->root, path);
    else if (path)
        file = strdup(path);
    if (file)
        json_write(w->out, file);
    free(path);
    free(file);
    return file ? 0 : status_out_of_memory(&w->why);
}

static int write_text(struct writing *w, const struct row_value *v)
{
    char *text = strndup(v->bytes, v->size);
    if (text)
        json_write(w->out, text);
    free(text);
    return text ? 0 : status_out_of_memory(&w->why);
}

static int write_value(struct writing *w, enum row_kind kind, const struct row_value *v)
{
    switch (kind) {
    case ROW_TEXT:
    case ROW_WHO: return write_text(w, v);
    case ROW_PATH: return write_path(w, v);
    case ROW_SHARES: write_shares(w->out, v); return 0;
    case ROW_REAL: fprintf(w->out, "%.17g", isfinite(v->real) ? v->real : -1.0); return 0;
    case ROW_HASH: fprintf(w->out, "\"%016llx\"", (unsigned long long)v->integer); return 0;
    case ROW_SPLIT: json_write(w->out, split_name((enum split)v->integer)); return 0;
    case ROW_STATE: json_write(w->out, review_kind_name((enum review_kind)v->integer)); return 0;
    case ROW_EVENT: json_write(w->out, event_kind_name((enum event_kind)v->integer)); return 0;
    default: fprintf(w->out, "%lld", (long long)v->integer); return 0;
    }
}

/* For those who read the file without its tree. */
static void write_labels(struct writing *w, int64_t given)
{
    int path[TAXONOMY_DEPTH], depth = 0;
    const char *labels[TAXONOMY_DEPTH];
    int node = given >= 0 && given < taxonomy_count(w->taxonomy)
                   ? taxonomy_now(w->taxonomy, (int)given)
                   : -1;
    if (node >= 0)
        depth = taxonomy_path(w->taxonomy, node, path);
    for (int l = 0; l < depth; l++)
        labels[l] = taxonomy_name(w->taxonomy, path[l]);
    fputs(", \"labels\": ", w->out);
    json_write_list(w->out, labels, depth);
}

static int write_row(void *arg, const struct row_table *t, const struct row_value *values)
{
    struct writing *w = arg;
    int failed = 0;
    fprintf(w->out, "{\"is\": \"%s\"", t->name);
    for (int i = 0; !failed && t->column[i].name; i++) {
        if (values[i].is_null)
            continue;
        fprintf(w->out, ", \"%s\": ", t->column[i].name);
        failed = write_value(w, t->column[i].kind, &values[i]);
    }
    if (!failed && strcmp(t->name, "photo") == 0)
        write_labels(w, values[4].is_null ? -1 : values[4].integer);
    fputs("}\n", w->out);
    return failed || ferror(w->out);
}

int jsonl_export(struct store *s, FILE *out, const struct export_options *options,
                 struct status *st)
{
    struct writing w = {.out = out, .taxonomy = store_taxonomy(s), .options = options};
    fputs(JSONL_FIRST_LINE, out);
    if (store_each_row(s, write_row, &w, st) != 0)
        return -1;
    if (w.why.code != STATUS_OK)
        return status_fail(st, w.why.code, "%s", w.why.text);
    return ferror(out) ? status_fail_errno(st, "writing failed") : 0;
}
