/* tend tree add | rename | move | merge | rm: changes to the tree, each one step for undo. */
#include "tui/commands/tree_edit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/status.h"
#include "tui/commands/output.h"
#include "tui/loop/project.h"

static const struct verb {
    const char *name;
    int kind; /* of struct tree_edit; -1: add */
    int arguments;
    const char *asks;
} verbs[] = {
    {"add", -1, 1, "which path, as in 'food > drink > mate'?"},
    {"rename", TREE_RENAME, 2, "which label, and its new name?"},
    {"move", TREE_MOVE, 2, "which label, and below which one ('' is the top)?"},
    {"merge", TREE_MERGE, 2, "which label, and into which one?"},
    {"rm", TREE_REMOVE, 1, "which label?"},
};

static const struct verb *find_verb(const char *name)
{
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        if (strcmp(verbs[i].name, name) == 0)
            return &verbs[i];
    return NULL;
}

const char *tree_edit_check(const char *verb, int given)
{
    const struct verb *v = find_verb(verb);
    if (!v)
        return "add, rename, move, merge and rm are known";
    return given == v->arguments ? NULL : v->asks;
}

/* "food > drink > mate" below what is there already. Unlike a file, a person means a new label
 * where one was once. */
static int add_path(struct project *p, const char *who, const char *text, struct status *st)
{
    int node = TAXONOMY_ROOT, failed = 0;
    char *copy = strdup(text), *rest = copy, *part;
    struct taxonomy *grown = taxonomy_copy(store_taxonomy(p->store));
    if (!copy || !grown)
        failed = status_out_of_memory(st);
    while (!failed && (part = strsep(&rest, ">")))
        failed = (node = taxonomy_add(grown, node, part, NULL, st)) < 0;
    if (!failed && taxonomy_count(grown) == taxonomy_count(store_taxonomy(p->store))) {
        char path[600];
        failed = status_fail(st, STATUS_CONFLICT, "there is a label '%s' already",
                             taxonomy_format(grown, node, " > ", path, sizeof path));
    }
    if (!failed)
        failed = store_grow_taxonomy(p->store, who, grown, st);
    taxonomy_free(grown);
    free(copy);
    return failed ? -1 : node;
}

/* The node changed, or -1. */
static int change(struct project *p, const char *who, const struct verb *v, char *const *arguments,
                  struct status *st)
{
    const struct taxonomy *t = store_taxonomy(p->store);
    struct tree_edit edit = {.to = TAXONOMY_ROOT};
    if (v->kind < 0)
        return add_path(p, who, arguments[0], st);
    edit.kind = v->kind;
    edit.node = taxonomy_resolve_text(t, arguments[0], st);
    if (edit.node < 0)
        return -1;
    if (edit.kind == TREE_RENAME)
        edit.name = arguments[1];
    else if (v->arguments == 2 && arguments[1][0] &&
             (edit.to = taxonomy_resolve_text(t, arguments[1], st)) < 0)
        return -1;
    else if (edit.kind == TREE_MERGE && edit.to < 0)
        return status_fail(st, STATUS_INVALID, "merge: into which label?");
    return store_edit_taxonomy(p->store, who, &edit, st) == 0 ? edit.node : -1;
}

/* "merged Fruit > Apple into Fruit > Melon" */
static void say(const struct verb *v, const char *was, const char *is)
{
    char safe[2][1300];
    output_safe(was, safe[0], sizeof safe[0]);
    output_safe(is, safe[1], sizeof safe[1]);
    if (v->kind < 0)
        printf("added %s", safe[1]);
    else if (v->kind == TREE_REMOVE)
        printf("removed %s", safe[0]);
    else
        printf("%s %s %s %s",
               v->kind == TREE_MERGE  ? "merged"
               : v->kind == TREE_MOVE ? "moved"
                                      : "renamed",
               safe[0], v->kind == TREE_MERGE ? "into" : "to", safe[1]);
    puts("; `tend undo` takes it back");
}

int tree_edit_run(struct project *p, const char *user, const char *verb, char *const *arguments)
{
    char was[600] = "", is[600];
    struct status st = {0};
    const struct verb *v = find_verb(verb);
    char *who = project_user(user);
    int before = taxonomy_resolve_text(store_taxonomy(p->store), arguments[0], NULL);
    if (before >= 0)
        taxonomy_format(store_taxonomy(p->store), before, " > ", was, sizeof was);
    int node = who ? change(p, who, v, arguments, &st) : status_out_of_memory(&st);
    const struct taxonomy *t = store_taxonomy(p->store);
    free(who);
    if (node < 0)
        return output_fail(&st);
    say(v, was,
        taxonomy_now(t, node) < 0
            ? ""
            : taxonomy_format(t, taxonomy_now(t, node), " > ", is, sizeof is));
    return 0;
}
