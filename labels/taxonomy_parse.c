/* A taxonomy file: rows of id, name and parent in any order.
 *
 * All rows are read first, then sorted by id so that parents are found by bisection. Each row is
 * added to the tree after its parent, which is added after its own, so that nodes come in the order
 * of the file as far as parents allow. A way up that is longer than the deepest tree is too deep,
 * or a cycle. */
#include <stdlib.h>
#include <string.h>

#include "data/status.h"
#include "labels/formats/format.h"
#include "labels/taxonomy_internal.h"
#include "labels/text.h"

struct row {
    const char *id, *name, *parent;
    int line;
    int above; /* row of the parent, -1 for none */
    int node;  /* when added, else -1 */
};

struct parse {
    const char *file;
    struct row *rows;
    int count, capacity;
    int *sorted; /* rows by id, then by line */
    struct taxonomy *tree;
    struct status *st;
};

static int add_row(struct parse *p, struct row row)
{
    if (p->count == TAXONOMY_MAX_NODES)
        return status_fail(p->st, STATUS_LIMIT, "%s:%d: a tree may have %d labels", p->file,
                           row.line, TAXONOMY_MAX_NODES);
    if (p->count == p->capacity) {
        int capacity = p->capacity ? p->capacity * 2 : 256;
        struct row *rows = realloc(p->rows, (size_t)capacity * sizeof *rows);
        if (!rows)
            return status_out_of_memory(p->st);
        p->rows = rows;
        p->capacity = capacity;
    }
    row.above = row.node = -1;
    p->rows[p->count++] = row;
    return 0;
}

static char *trimmed(char *field)
{
    size_t size;
    char *start = field + (text_trim(field, &size) - field);
    start[size] = 0;
    return start;
}

static int find_columns(struct parse *p, const struct csv *csv, int column[3])
{
    static const char *const names[] = {"id", "name", "parent"};
    char shown[TEXT_SHOWN] = "", header[300] = "";
    for (int i = 0; i < 3; i++) {
        column[i] = csv_column(csv, names[i]);
        if (column[i] >= 0)
            continue;
        csv_show_row(csv, header, sizeof header);
        return status_fail(
            p->st, STATUS_FORMAT,
            "%s:%d: no column '%s': the first line must be id,name,parent; found: %s", p->file,
            csv->line, names[i], text_show(header, shown, sizeof shown));
    }
    return 0;
}

static int read_rows(struct parse *p, char *text, size_t size)
{
    struct csv csv;
    int column[3], got, result = -1;
    csv_start(&csv, text, size, csv_guess_separator(text, size));
    got = csv_next(&csv, p->st);
    if (got < 0) {
        status_prefix(p->st, "%s", p->file);
    } else if (got == 0) {
        status_fail(p->st, STATUS_FORMAT, "%s: is empty; the first line must be id,name,parent",
                    p->file);
    } else if (find_columns(p, &csv, column) == 0) {
        int most = column[0] > column[1] ? column[0] : column[1];
        while ((got = csv_next(&csv, p->st)) > 0) {
            if (csv.count <= most) {
                status_fail(p->st, STATUS_FORMAT, "%s:%d: the line has %d fields of id,name,parent",
                            p->file, csv.line, csv.count);
                goto out;
            }
            struct row row = {.id = trimmed(csv.fields[column[0]]),
                              .name = trimmed(csv.fields[column[1]]),
                              .line = csv.line};
            row.parent = column[2] < csv.count ? trimmed(csv.fields[column[2]]) : "";
            if (add_row(p, row) != 0)
                goto out;
        }
        result = got;
        if (got < 0)
            status_prefix(p->st, "%s", p->file);
    }
out:
    csv_clear(&csv);
    return result;
}

static int compare_rows(const void *left, const void *right, void *arg)
{
    const struct row *rows = arg, *a = &rows[*(const int *)left], *b = &rows[*(const int *)right];
    int order = strcmp(a->id, b->id);
    return order ? order : (a->line > b->line) - (a->line < b->line);
}

static int sort_rows(struct parse *p)
{
    p->sorted = malloc(((size_t)p->count + 1) * sizeof *p->sorted);
    if (!p->sorted)
        return status_out_of_memory(p->st);
    for (int i = 0; i < p->count; i++)
        p->sorted[i] = i;
    qsort_r(p->sorted, (size_t)p->count, sizeof *p->sorted, compare_rows, p->rows);
    return 0;
}

/* The first problem in the order of the file would need all of them: these two kinds are told in
 * the order of the ids, which is steady too. */
static int check_ids(struct parse *p)
{
    char id[TEXT_SHOWN], a[TEXT_SHOWN], b[TEXT_SHOWN];
    for (int i = 0; i < p->count; i++) {
        const struct row *row = &p->rows[p->sorted[i]];
        const struct row *before = i > 0 ? &p->rows[p->sorted[i - 1]] : NULL;
        if (!row->id[0])
            return status_fail(p->st, STATUS_INVALID, "%s:%d: the id is empty", p->file, row->line);
        if (!before || strcmp(before->id, row->id) != 0)
            continue;
        text_show(row->id, id, sizeof id);
        if (strcmp(before->parent, row->parent) == 0)
            return status_fail(p->st, STATUS_CONFLICT,
                               "%s:%d: id '%s' is defined twice (first in line %d)", p->file,
                               row->line, id, before->line);
        return status_fail(
            p->st, STATUS_CONFLICT,
            "%s:%d: id '%s' stands below '%s', but in line %d below '%s': a label has "
            "one parent",
            p->file, row->line, id, text_show(row->parent, a, sizeof a), before->line,
            text_show(before->parent, b, sizeof b));
    }
    return 0;
}

static int find_row(const struct parse *p, const char *id)
{
    int low = 0, high = p->count;
    while (low < high) {
        int middle = low + (high - low) / 2;
        int order = strcmp(p->rows[p->sorted[middle]].id, id);
        if (order == 0)
            return p->sorted[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return -1;
}

static int find_parents(struct parse *p)
{
    char shown[TEXT_SHOWN];
    for (int i = 0; i < p->count; i++) {
        struct row *row = &p->rows[i];
        if (!row->parent[0])
            continue;
        row->above = find_row(p, row->parent);
        if (row->above < 0)
            return status_fail(
                p->st, STATUS_MISSING,
                "%s:%d: parent '%s' is not defined: give it a line of its own, or leave "
                "it empty for a label at the top",
                p->file, row->line, text_show(row->parent, shown, sizeof shown));
    }
    return 0;
}

static int tell_cycle(struct parse *p, int at)
{
    char text[300], shown[TEXT_SHOWN];
    size_t used = 0;
    int row = at;
    text[0] = 0;
    do {
        text_show(p->rows[row].id, shown, 40);
        size_t length = strlen(shown);
        if (used + length + 12 > sizeof text) {
            memcpy(text + used, "...", 4);
            break;
        }
        memcpy(text + used, shown, length);
        memcpy(text + used + length, " < ", 4);
        used += length + 3;
        row = p->rows[row].above;
    } while (row != at);
    return status_fail(p->st, STATUS_CONFLICT, "%s:%d: '%s' stands below itself: %s%s", p->file,
                       p->rows[at].line, text_show(p->rows[at].id, shown, 40), text,
                       row == at ? shown : "");
}

static int add_node(struct parse *p, struct row *row)
{
    struct status why;
    int parent = row->above < 0 ? TAXONOMY_ROOT : p->rows[row->above].node;
    const char *name = row->name[0] ? row->name : row->id;
    int there = taxonomy_find_child(p->tree, parent, name);
    if (there >= 0) {
        char shown[TEXT_SHOWN], id[TEXT_SHOWN];
        return status_fail(p->st, STATUS_CONFLICT,
                           "%s:%d: there is a label '%s' at this place already, with id '%s'",
                           p->file, row->line, text_show(name, shown, sizeof shown),
                           text_show(taxonomy_id(p->tree, there), id, sizeof id));
    }
    row->node = taxonomy_add(p->tree, parent, name, row->id, &why);
    if (row->node >= 0)
        return 0;
    return status_fail(p->st, why.code, "%s:%d: %s", p->file, row->line, why.text);
}

/* Adds a row after all that is above it. The way up is turned round through `way`, which has room
 * for one row more than the deepest tree. */
static int add_with_parents(struct parse *p, int row)
{
    int way[TAXONOMY_DEPTH + 1], length = 0;
    for (int r = row; r >= 0 && p->rows[r].node < 0 && length <= TAXONOMY_DEPTH;
         r = p->rows[r].above)
        way[length++] = r;
    if (length > TAXONOMY_DEPTH) { /* too deep, or a cycle: a walk with twice the speed meets it */
        int slow = row, fast = row;
        do {
            slow = p->rows[slow].above;
            for (int k = 0; k < 2 && fast >= 0; k++)
                fast = p->rows[fast].above;
        } while (fast >= 0 && slow != fast);
        if (fast >= 0)
            return tell_cycle(p, slow);
        return status_fail(
            p->st, STATUS_LIMIT,
            "%s:%d: the path above this label has more levels than the %d this tree may "
            "have",
            p->file, p->rows[row].line, taxonomy_max_depth(p->tree));
    }
    while (length > 0)
        if (add_node(p, &p->rows[way[--length]]) != 0)
            return -1;
    return 0;
}

struct taxonomy *taxonomy_parse(const char *text, size_t size, const char *name, int max_depth,
                                struct status *st)
{
    struct status why = {0};
    struct parse p = {.file = name, .st = &why};
    int done = 0;
    char *copy = malloc(size + 1);
    p.tree = taxonomy_new(max_depth);
    if (!copy || !p.tree) {
        status_out_of_memory(&why);
        goto out;
    }
    memcpy(copy, text, size);
    copy[size] = 0;
    if (read_rows(&p, copy, size) != 0 || sort_rows(&p) != 0 || check_ids(&p) != 0 ||
        find_parents(&p) != 0)
        goto out;
    if (p.count == 0) {
        status_fail(&why, STATUS_FORMAT, "%s: defines no label", name);
        goto out;
    }
    done = 1;
    for (int i = 0; i < p.count && done; i++)
        done = p.rows[i].node >= 0 || add_with_parents(&p, i) == 0;
out:
    free(copy);
    free(p.rows);
    free(p.sorted);
    if (done)
        return p.tree;
    taxonomy_free(p.tree);
    status_fail(st, why.code, "%s", why.text);
    return NULL;
}
