/* Changes to the tree: each is a step, as reviews are, and is undone as they are.
 *
 * An edit row says what a node's place was before and after (a node that was added: removed
 * before). Undo puts the places of a step's rows back, from the last to the first, and appends rows
 * that say so; whether the tree is still one, and whether any photo would lose its label by it, is
 * asked when all are put. It all happens on a tree read within the transaction; it takes the place
 * of the one in memory when the transaction is committed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/status.h"
#include "labels/store_internal.h"

struct edit_row {
    int64_t id;
    int node;
    struct taxonomy_place before, after;
};

/* ---- writing down ---------------------------------------------------------------------------- */

static void bind_place(sqlite3_stmt *statement, int at, const struct taxonomy_place *p)
{
    sqlite3_bind_int(statement, at, p->parent);
    sqlite3_bind_text(statement, at + 1, p->name, -1, SQLITE_TRANSIENT);
    sqlite3_bind_int(statement, at + 2, p->into);
    sqlite3_bind_int(statement, at + 3, p->marked);
}

static int append_edit(struct store *s, const struct store_step *step, const struct edit_row *e,
                       int64_t undoes, struct status *st)
{
    sqlite3_stmt *insert = store_sql(
        s,
        "INSERT INTO edit(step, who, time, node, parent_before, name_before, merged_before, terminal_before,"
        " parent_after, name_after, merged_after, terminal_after, undoes)"
        " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        st);
    if (!insert)
        return -1;
    sqlite3_bind_int64(insert, 1, step->id);
    sqlite3_bind_int(insert, 2, step->person);
    sqlite3_bind_int64(insert, 3, step->time);
    sqlite3_bind_int(insert, 4, e->node);
    bind_place(insert, 5, &e->before);
    bind_place(insert, 9, &e->after);
    sqlite3_bind_int64(insert, 13, undoes);
    return store_run(s, insert, st);
}

static int write_place(struct store *s, int node, const struct taxonomy_place *p, struct status *st)
{
    sqlite3_stmt *update =
        store_sql(s, "UPDATE node SET parent=?, name=?, merged=?, terminal=? WHERE id=?", st);
    if (!update)
        return -1;
    bind_place(update, 1, p);
    if (p->parent < 0)
        sqlite3_bind_null(update, 1);
    sqlite3_bind_int(update, 5, node);
    return store_run(s, update, st) == 0 ? store_note_tree_change(s, st) : -1;
}

/* ---- what photos have ------------------------------------------------------------------------ */

/* No photo's label is lost from one tree to the other. */
static int check_labels(struct store *s, const struct taxonomy *before,
                        const struct taxonomy *after, const char *advice, struct status *st)
{
    int got = 0, any = 0, labels = 0, one = -1;
    int64_t photos = 0;
    for (int v = 0; v < taxonomy_count(before); v++)
        any |= taxonomy_now(before, v) >= 0 && taxonomy_now(after, v) < 0;
    if (!any)
        return 0;
    sqlite3_stmt *select =
        store_sql(s, "SELECT node, count(*) FROM photo WHERE node IS NOT NULL GROUP BY node", st);
    if (!select)
        return -1;
    while ((got = store_step(s, select, st)) == 1) {
        int node = sqlite3_column_int(select, 0), now = taxonomy_now(before, node);
        if (now < 0 || taxonomy_now(after, node) >= 0)
            continue;
        labels += now != one;
        one = now; /* the last one, where there are several */
        photos += sqlite3_column_int64(select, 1);
    }
    store_done(select);
    if (got < 0 || labels == 0)
        return got;
    char path[400];
    const char *name = taxonomy_format(before, one, " > ", path, sizeof path);
    if (labels > 1)
        return status_fail(st, STATUS_CONFLICT, "%lld photos have such labels, '%s' among them%s",
                           (long long)photos, name, advice);
    return status_fail(st, STATUS_CONFLICT, "%lld photo%s the label '%s'%s", (long long)photos,
                       photos == 1 ? " has" : "s have", name, advice);
}

/* `edited` is in place when the transaction is committed. */
static int exchange(struct store *s, const struct taxonomy *before, struct taxonomy *edited,
                    int64_t changes, const char *advice, struct status *st)
{
    if (check_labels(s, before, edited, advice, st) != 0 ||
        store_tally(s, TALLY_EDITION, 1, st) != 0 || store_reserve_retired(s, st) != 0)
        return -1;
    edited->edition = taxonomy_edition(before) + 1;
    s->edited = edited;
    s->edited_changes = changes;
    return 0;
}

/* ---- editing --------------------------------------------------------------------------------- */

static int apply(struct taxonomy *t, const struct tree_edit *e, struct status *st)
{
    switch (e->kind) {
    case TREE_RENAME: return taxonomy_rename(t, e->node, e->name, st);
    case TREE_MOVE: return taxonomy_move(t, e->node, e->to, st);
    case TREE_MERGE: return taxonomy_merge(t, e->node, e->to, st);
    case TREE_REMOVE: return taxonomy_remove(t, e->node, st);
    }
    return status_fail(st, STATUS_INVALID, "no such change to a tree");
}

/* Every node that differs, the one the person meant first: undo comes to it last and names it. */
static int write_differences(struct store *s, const struct store_step *step,
                             const struct taxonomy *before, const struct taxonomy *after, int first,
                             struct status *st)
{
    int written = 0, count = taxonomy_count(before);
    for (int i = -1; i < count; i++) {
        struct edit_row e = {.node = i < 0 ? first : i};
        if (i == first)
            continue;
        taxonomy_place_of(before, e.node, &e.before);
        taxonomy_place_of(after, e.node, &e.after);
        if (taxonomy_same_place(&e.before, &e.after))
            continue;
        if (append_edit(s, step, &e, 0, st) != 0 || write_place(s, e.node, &e.after, st) != 0)
            return -1;
        written++;
    }
    for (int v = count; v < taxonomy_count(after); v++) { /* ghosts */
        struct edit_row e = {.node = v};
        taxonomy_place_of(after, v, &e.after);
        e.before = e.after;
        e.before.into = NODE_REMOVED;
        if (store_insert_node(s, after, v, st) != 0 || append_edit(s, step, &e, 0, st) != 0)
            return -1;
    }
    return written;
}

static int edit_within(struct store *s, const char *who, const struct tree_edit *edit,
                       struct status *st)
{
    struct store_step step;
    int64_t changes;
    struct taxonomy *before = store_read_tree(s, &changes, st),
                    *after = before ? taxonomy_copy(before) : NULL;
    int result = after ? 0 : before ? status_out_of_memory(st) : -1, written = 0;
    if (result == 0)
        result = apply(after, edit, st);
    if (result == 0)
        result = store_step_begin(s, who, &step, st);
    if (result == 0)
        result = written = write_differences(s, &step, before, after, edit->node, st);
    if (result == 0) /* not one row: undo would find an empty step */
        result = status_fail(st, STATUS_CONFLICT, "the label is so already: nothing was changed");
    else if (result > 0)
        result = exchange(s, before, after, changes, ": merge it into another one instead", st);
    if (result != 0)
        taxonomy_free(after);
    taxonomy_free(before);
    return result;
}

int store_edit_taxonomy(struct store *s, const char *who, const struct tree_edit *edit,
                        struct status *st)
{
    if (store_begin(s, st) != 0)
        return -1;
    return store_end(s, edit_within(s, who, edit, st), st);
}

int store_grow_taxonomy(struct store *s, const char *who, const struct taxonomy *t,
                        struct status *st)
{
    struct store_step step;
    int before = taxonomy_count(s->taxonomy);
    if (store_check_grown(s, t, st) != 0 || store_begin(s, st) != 0)
        return -1;
    int result = store_write_tree(s, t, st);
    if (result == 0 && taxonomy_count(t) > before)
        result = store_step_begin(s, who, &step, st);
    for (int v = before; v < taxonomy_count(t) && result == 0; v++) {
        struct edit_row e = {.node = v};
        taxonomy_place_of(t, v, &e.after);
        e.before = e.after;
        e.before.into = NODE_REMOVED;
        result = append_edit(s, &step, &e, 0, st);
    }
    return store_end(s, result, st);
}

/* ---- undo and redo --------------------------------------------------------------------------- */

static void read_place(sqlite3_stmt *row, int at, struct taxonomy_place *p)
{
    const char *name = (const char *)sqlite3_column_text(row, at + 1);
    *p = (struct taxonomy_place){.parent = sqlite3_column_int(row, at),
                                 .into = sqlite3_column_int(row, at + 2),
                                 .marked = sqlite3_column_int(row, at + 3)};
    snprintf(p->name, sizeof p->name, "%s", name ? name : "");
}

/* The step's own rows, as turned: from the last to the first for undo, from the first for redo.
 * malloc'd. */
static int read_edits(struct store *s, const struct store_step *step, int redo,
                      struct edit_row **out, struct status *st)
{
    int count = 0, got;
    struct edit_row *rows = NULL;
    sqlite3_stmt *select =
        redo ? store_sql(
                   s,
                   "SELECT id, node, parent_before, name_before, merged_before, terminal_before,"
                   " parent_after, name_after, merged_after, terminal_after FROM edit"
                   " WHERE step=? AND undoes=0 ORDER BY id",
                   st)
             : store_sql(s,
                         "SELECT id, node, parent_after, name_after, merged_after, terminal_after,"
                         " parent_before, name_before, merged_before, terminal_before FROM edit"
                         " WHERE step=? AND undoes=0 ORDER BY id DESC",
                         st);
    *out = NULL;
    if (!select)
        return -1;
    sqlite3_bind_int64(select, 1, step->id);
    while ((got = store_step(s, select, st)) == 1) {
        struct edit_row *grown = realloc(rows, ((size_t)count + 1) * sizeof *rows);
        if (!grown) {
            got = status_out_of_memory(st);
            break;
        }
        rows = grown;
        rows[count].id = sqlite3_column_int64(select, 0);
        rows[count].node = sqlite3_column_int(select, 1);
        read_place(select, 2, &rows[count].before);
        read_place(select, 6, &rows[count++].after);
    }
    store_done(select);
    if (got == 0) {
        *out = rows;
        return count;
    }
    free(rows);
    return -1;
}

/* Marks are only ever added: a label may have been given meanwhile that needs them. A row that is
 * about a mark alone asks nothing of the place. */
static int put_row(struct store *s, struct taxonomy *t, const struct edit_row *e, struct status *st)
{
    struct taxonomy_place now, before = e->before, after = e->after;
    if (e->node < 0 || e->node >= taxonomy_count(t))
        return store_damaged(s, "a change to the tree", st);
    taxonomy_place_of(t, e->node, &now);
    before.marked = after.marked = now.marked;
    if (taxonomy_same_place(&before, &after))
        after = now;
    else if (!taxonomy_same_place(&now, &before))
        return status_fail(st, STATUS_CONFLICT, "the label '%s' has been changed since", now.name);
    after.marked |= e->after.marked;
    return taxonomy_put(t, e->node, &after, st);
}

/* The places as they have become. */
static int write_turned(struct store *s, const struct store_step *step,
                        const struct taxonomy *before, const struct taxonomy *after,
                        const struct edit_row *rows, int count, struct status *st)
{
    for (int i = 0; i < count; i++) {
        struct edit_row row = rows[i];
        taxonomy_place_of(before, row.node, &row.before);
        taxonomy_place_of(after, row.node, &row.after);
        if (append_edit(s, step, &row, rows[i].id, st) != 0 ||
            write_place(s, row.node, &row.after, st) != 0)
            return -1;
    }
    return 0;
}

/* What has become of the node that the person meant. */
static void describe(struct store *s, const struct taxonomy *t, const struct edit_row *e)
{
    char path[400];
    const char *was = e->before.name;
    if (e->after.into == NODE_REMOVED)
        snprintf(s->turned, sizeof s->turned, "'%s' is no label any more", was);
    else if (e->after.into >= 0)
        snprintf(s->turned, sizeof s->turned, "'%s' is merged into '%s'", was,
                 taxonomy_format(t, taxonomy_now(t, e->node), " > ", path, sizeof path));
    else if (e->before.into != NODE_ITSELF)
        snprintf(s->turned, sizeof s->turned,
                 e->before.into == NODE_REMOVED ? "'%s' is there again"
                                                : "'%s' is a label of its own again",
                 taxonomy_format(t, e->node, " > ", path, sizeof path));
    else if (e->before.parent != e->after.parent)
        snprintf(s->turned, sizeof s->turned, "'%s' is '%s' again", was,
                 taxonomy_format(t, e->node, " > ", path, sizeof path));
    else
        snprintf(s->turned, sizeof s->turned, "'%s' is called '%s' again", was, e->after.name);
}

int store_turn_edits(struct store *s, const struct store_step *step, int redo, struct status *st)
{
    struct edit_row *rows;
    int64_t changes;
    int count = read_edits(s, step, redo, &rows, st), result = 0;
    if (count <= 0)
        return count;
    struct taxonomy *before = store_read_tree(s, &changes, st),
                    *after = before ? taxonomy_copy(before) : NULL;
    result = after ? 0 : before ? status_out_of_memory(st) : -1;
    for (int i = 0; i < count && result == 0; i++)
        result = put_row(s, after, &rows[i], st);
    if (result == 0)
        result = taxonomy_settle(after, st);
    if (result == 0)
        result = write_turned(s, step, before, after, rows, count, st);
    if (result == 0)
        result = exchange(s, before, after, changes, "", st);
    if (result == 0)
        describe(s, after, &rows[redo ? 0 : count - 1]); /* the first: the one that was meant */
    else
        taxonomy_free(after);
    taxonomy_free(before);
    free(rows);
    return result == 0 ? count : -1;
}

const char *store_tree_turned(const struct store *s)
{
    return s->turned;
}
