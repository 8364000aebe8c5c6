/* The tree in the store.
 *
 * The tree in memory is a copy of the node table; TALLY_TAXONOMY grows with every change to the
 * table, so that a glance tells whether another process has added something. When this connection
 * adds nodes they are put into the tree in memory before COMMIT, which may still fail: then they
 * are taken away again. When it changes nodes (store_edits.c) a new tree takes the place of the old
 * one after COMMIT. */
#include <stdlib.h>
#include <string.h>

#include "data/status.h"
#include "labels/store_file.h"
#include "labels/store_internal.h"

static int tree_depth(struct store *s)
{
    char text[16];
    return atoi(store_setting(s, "max_depth", "", text, sizeof text));
}

/* A row as the next node of t; NULL in `parent` is the top. 0, or -1 when it makes no sense. */
static int read_node(struct taxonomy *t, sqlite3_stmt *row, struct status *why)
{
    int node = taxonomy_count(t);
    const char *name = store_text(row, 2), *id = store_text(row, 3);
    if (sqlite3_column_int64(row, 0) != node || node >= TAXONOMY_MAX_NODES || !*name ||
        taxonomy_check_label("label", name, strlen(name), why) != 0 ||
        taxonomy_check_label("id", id, strlen(id), why) != 0 ||
        taxonomy_append(t, TAXONOMY_ROOT, name, strlen(name), id, strlen(id), why) != node)
        return -1;
    struct taxonomy_place place;
    taxonomy_place_of(t, node, &place);
    if (sqlite3_column_type(row, 1) != SQLITE_NULL)
        place.parent = sqlite3_column_int(row, 1);
    place.marked = sqlite3_column_int(row, 4) != 0;
    place.into = sqlite3_column_int(row, 5);
    return place.into < NODE_REMOVED ? -1 : taxonomy_put(t, node, &place, why);
}

static int read_nodes(struct store *s, struct taxonomy *t, struct status *st)
{
    struct status why = {0};
    int got, result = 0;
    sqlite3_stmt *select = store_sql(
        s, "SELECT id, parent, name, outside, terminal, merged FROM node ORDER BY id", st);
    if (!select)
        return -1;
    while (result == 0 && (got = store_step(s, select, st)) == 1)
        result = read_node(t, select, &why);
    store_done(select);
    if (result == 0 && got < 0)
        return -1;
    if (result == 0 && taxonomy_settle(t, &why) == 0)
        return 0;
    return why.code == STATUS_MEMORY ? status_out_of_memory(st)
                                     : store_damaged(s, "the tree of labels", st);
}

struct taxonomy *store_read_tree(struct store *s, int64_t *changes, struct status *st)
{
    int depth = tree_depth(s);
    if (depth < 1 || depth > TAXONOMY_DEPTH) {
        store_damaged(s, "the depth of the tree", st);
        return NULL;
    }
    struct taxonomy *t = taxonomy_new(depth);
    if (!t) {
        status_out_of_memory(st);
        return NULL;
    }
    *changes = store_tally_value(s, TALLY_TAXONOMY, st);
    t->edition = *changes < 0 ? -1 : store_tally_value(s, TALLY_EDITION, st);
    if (*changes >= 0 && t->edition >= 0 && read_nodes(s, t, st) == 0)
        return t;
    taxonomy_free(t);
    return NULL;
}

/* Within a transaction, so that nodes and number belong together. */
static int load_tree(struct store *s, struct taxonomy **out, int64_t *changes, struct status *st)
{
    if (store_exec(s, "BEGIN", st) != 0)
        return -1;
    struct taxonomy *t = store_read_tree(s, changes, st);
    sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL); /* it only read */
    if (t)
        *out = t;
    return t ? 0 : -1;
}

/* The old one stays for those who still look. */
static void exchange_tree(struct store *s, struct taxonomy *fresh)
{
    s->retired[s->retired_count++] = s->taxonomy;
    s->taxonomy = fresh;
}

int store_load_taxonomy(struct store *s, struct status *st)
{
    return load_tree(s, &s->taxonomy, &s->taxonomy_changes, st);
}

const struct taxonomy *store_taxonomy(struct store *s)
{
    return s->taxonomy;
}

int store_refresh_taxonomy(struct store *s, struct status *st)
{
    struct taxonomy *fresh;
    int64_t changes = store_tally_value(s, TALLY_TAXONOMY, st);
    if (changes < 0)
        return -1;
    if (changes == s->taxonomy_changes)
        return 0;
    if (store_reserve_retired(s, st) != 0 || load_tree(s, &fresh, &changes, st) != 0)
        return -1;
    exchange_tree(s, fresh);
    s->taxonomy_changes = changes;
    return 1;
}

int store_reserve_retired(struct store *s, struct status *st)
{
    struct taxonomy **retired =
        realloc(s->retired, (s->retired_count + 1) * sizeof(struct taxonomy *));
    if (!retired)
        return status_out_of_memory(st);
    s->retired = retired;
    return 0;
}

int store_check_node(struct store *s, int node, struct status *st)
{
    if (node < 0 || node >= taxonomy_count(s->taxonomy))
        return status_fail(st, STATUS_INVALID, "%s: there is no label number %d", s->path, node);
    /* As the file has it now: itself, or what it was merged into, may have been removed by another
     * process. */
    sqlite3_stmt *select =
        store_sql(s,
                  "WITH RECURSIVE chain(id, merged) AS (SELECT id, merged FROM node WHERE id=?1"
                  " UNION SELECT n.id, n.merged FROM node n JOIN chain c ON n.id=c.merged)"
                  " SELECT 1 FROM chain WHERE merged=?2",
                  st);
    if (!select)
        return -1;
    sqlite3_bind_int(select, 1, node);
    sqlite3_bind_int(select, 2, NODE_REMOVED);
    int got = store_step(s, select, st);
    store_done(select);
    if (got < 0)
        return -1;
    return got == 1 ? status_fail(st, STATUS_CONFLICT, "the label '%s' has been removed",
                                  taxonomy_name(s->taxonomy, node))
                    : 0;
}

/* ---- marks ---------------------------------------------------------------------------------- */

int store_note_tree_change(struct store *s, struct status *st)
{
    s->own_changes++;
    return store_tally(s, TALLY_TAXONOMY, 1, st);
}

/* A flag for every node. */
static int reserve_marks(struct store *s, int nodes, struct status *st)
{
    if (nodes <= s->marked_size)
        return 0;
    unsigned char *marked = realloc(s->marked, (size_t)nodes);
    if (!marked)
        return status_out_of_memory(st);
    memset(marked + s->marked_size, 0, (size_t)(nodes - s->marked_size));
    s->marked = marked;
    s->marked_size = nodes;
    return 0;
}

int store_mark_terminal(struct store *s, int node, struct status *st)
{
    if (taxonomy_is_marked(s->taxonomy, node) || (node < s->marked_size && s->marked[node]))
        return 0;
    sqlite3_stmt *mark = store_sql(s, "UPDATE node SET terminal=1 WHERE id=? AND terminal=0", st);
    if (!mark || reserve_marks(s, taxonomy_count(s->taxonomy), st) != 0)
        return -1;
    sqlite3_bind_int(mark, 1, node);
    if (store_run(s, mark, st) != 0)
        return -1;
    if (sqlite3_changes(s->db) > 0 && store_note_tree_change(s, st) != 0)
        return -1;
    s->marked[node] = 1;
    s->marked_any = 1;
    return 0;
}

/* The marks of the transaction that has ended go into the tree in memory, or are forgotten, as its
 * nodes are. Changes by others that have not been read yet stay a difference between the number
 * here and the one in the file. */
void store_end_tree(struct store *s, int committed)
{
    for (int i = 0; s->marked_any && i < s->marked_size; i++)
        if (s->marked[i] && committed)
            taxonomy_mark_terminal(s->taxonomy, i);
    if (s->marked_any)
        memset(s->marked, 0, (size_t)s->marked_size);
    s->marked_any = 0;
    if (s->edited && committed)
        s->taxonomy_changes = s->edited_changes;
    if (committed)
        s->taxonomy_changes += s->own_changes;
    else if (s->taxonomy)
        taxonomy_truncate(s->taxonomy, s->own_nodes);
    if (s->edited && committed)
        exchange_tree(s, s->edited);
    else
        taxonomy_free(s->edited);
    s->edited = NULL;
}

/* ---- saving --------------------------------------------------------------------------------- */

int store_insert_node(struct store *s, const struct taxonomy *t, int node, struct status *st)
{
    sqlite3_stmt *insert = store_sql(s, "INSERT INTO node VALUES(?, ?, ?, ?, ?, ?)", st);
    if (!insert)
        return -1;
    sqlite3_bind_int(insert, 1, node);
    if (taxonomy_parent(t, node) >= 0)
        sqlite3_bind_int(insert, 2, taxonomy_parent(t, node));
    sqlite3_bind_text(insert, 3, taxonomy_name(t, node), -1, SQLITE_STATIC);
    sqlite3_bind_text(insert, 4, taxonomy_id(t, node), -1, SQLITE_STATIC);
    sqlite3_bind_int(insert, 5, taxonomy_is_marked(t, node));
    sqlite3_bind_int(insert, 6, t->nodes[node].into);
    return store_run(s, insert, st) == 0 ? store_note_tree_change(s, st) : -1;
}

/* Another process may have added or changed nodes since the tree was read; the caller's numbers are
 * wrong then. */
static int check_same_tree(struct store *s, struct status *st)
{
    sqlite3_stmt *count = store_sql(s, "SELECT count(*) FROM node", st);
    int got = count ? store_step(s, count, st) : -1;
    int64_t nodes = got == 1 ? sqlite3_column_int64(count, 0) : -1;
    if (got != 1)
        return -1;
    store_done(count);
    int64_t edition = store_tally_value(s, TALLY_EDITION, st);
    if (edition < 0)
        return -1;
    if (nodes == taxonomy_count(s->taxonomy) && edition == taxonomy_edition(s->taxonomy))
        return 0;
    return status_fail(st, STATUS_CONFLICT,
                       "%s: another program changed the labels at the same time: try again",
                       s->path);
}

/* An empty store takes any tree, with what has been merged and removed in it. */
int store_check_grown(struct store *s, const struct taxonomy *t, struct status *st)
{
    int count = taxonomy_count(s->taxonomy), same = taxonomy_count(t) >= count;
    same &= count == 0 || taxonomy_edition(t) == taxonomy_edition(s->taxonomy);
    for (int i = 0; same && i < count; i++)
        same = taxonomy_parent(t, i) == taxonomy_parent(s->taxonomy, i) &&
               strcmp(taxonomy_name(t, i), taxonomy_name(s->taxonomy, i)) == 0;
    if (same)
        return 0;
    return status_fail(st, STATUS_CONFLICT,
                       "%s: the tree to be saved is not this store's tree grown", s->path);
}

/* What differs in a node that was there: an id it was given, a mark. */
static int update_node(struct store *s, const struct taxonomy *t, int node, struct status *st)
{
    if (taxonomy_is_marked(t, node) && store_mark_terminal(s, node, st) != 0)
        return -1;
    if (strcmp(taxonomy_id(t, node), taxonomy_id(s->taxonomy, node)) == 0)
        return 0;
    sqlite3_stmt *update = store_sql(s, "UPDATE node SET outside=? WHERE id=?", st);
    if (!update || taxonomy_add(s->taxonomy, taxonomy_parent(t, node), taxonomy_name(t, node),
                                taxonomy_id(t, node), st) != node)
        return -1;
    sqlite3_bind_text(update, 1, taxonomy_id(t, node), -1, SQLITE_STATIC);
    sqlite3_bind_int(update, 2, node);
    return store_run(s, update, st) != 0 ? -1 : store_note_tree_change(s, st);
}

/* In the table and in the tree in memory, which is settled after the last one. */
static int append_node(struct store *s, const struct taxonomy *t, int node, struct status *st)
{
    struct taxonomy_place place;
    const char *name = taxonomy_name(t, node), *id = taxonomy_id(t, node);
    if (store_insert_node(s, t, node, st) != 0)
        return -1;
    if (taxonomy_append(s->taxonomy, TAXONOMY_ROOT, name, strlen(name), id, strlen(id), st) != node)
        return -1;
    taxonomy_place_of(t, node, &place); /* the mark goes with the node if it is taken away */
    return taxonomy_put(s->taxonomy, node, &place, st);
}

int store_write_tree(struct store *s, const struct taxonomy *t, struct status *st)
{
    int before = taxonomy_count(s->taxonomy), result = check_same_tree(s, st);
    if (result == 0) /* a node may have been moved below one of a larger number */
        result = store_exec(s, "PRAGMA defer_foreign_keys=ON", st);
    for (int i = 0; i < before && result == 0; i++)
        result = update_node(s, t, i, st);
    if (before == 0 && result == 0 && taxonomy_edition(t) > 0) {
        result =
            store_tally(s, TALLY_EDITION, taxonomy_edition(t) - taxonomy_edition(s->taxonomy), st);
        s->taxonomy->edition = taxonomy_edition(t);
    }
    for (int i = before; i < taxonomy_count(t) && result == 0; i++)
        result = append_node(s, t, i, st);
    return result == 0 && taxonomy_count(t) > before ? taxonomy_settle(s->taxonomy, st) : result;
}

/* A label that photos have stays a terminal when it gets children: it was marked when it was given.
 */
int store_save_taxonomy(struct store *s, const struct taxonomy *t, struct status *st)
{
    if (store_check_grown(s, t, st) != 0 || store_begin(s, st) != 0)
        return -1;
    return store_end(s, store_write_tree(s, t, st), st);
}
