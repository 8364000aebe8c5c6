#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/status.h"
#include "tui/commands/command.h"
#include "tui/commands/options.h"
#include "tui/commands/output.h"
#include "tui/commands/tree_edit.h"
#include "tui/loop/project.h"

extern const struct command command_tree;

struct tree {
    const struct taxonomy *t;
    int64_t *ending, *below; /* [nodes] photos whose label ends at a node; at it or below it */
    /* inner: nodes with children that labels end at */
    int nodes, standing, leaves, terminals, depth, inner;
    int64_t labelled, unlabelled;
    struct json *json;
    struct cJSON *warnings;
    int warned;
};

static int count(struct tree *tree, struct project *p, struct status *st)
{
    tree->t = store_taxonomy(p->store);
    tree->nodes = taxonomy_count(tree->t);
    size_t size = (size_t)tree->nodes + 1;
    tree->ending = calloc(size, sizeof *tree->ending);
    tree->below = calloc(size, sizeof *tree->below);
    if (!tree->ending || !tree->below)
        return status_out_of_memory(st);
    struct store_counts counts;
    if (store_count_labels(p->store, tree->ending, st) != 0 ||
        store_count(p->store, &counts, st) != 0)
        return -1;
    for (int v = 0; v < tree->nodes; v++) {
        int leaf = taxonomy_is_leaf(tree->t, v);
        if (taxonomy_now(tree->t, v) != v)
            continue;
        tree->standing++;
        tree->labelled += tree->ending[v];
        for (int above = v; above >= 0; above = taxonomy_parent(tree->t, above))
            tree->below[above] += tree->ending[v];
        tree->leaves += leaf;
        tree->terminals += taxonomy_is_terminal(tree->t, v);
        tree->inner += !leaf && tree->ending[v] > 0;
        if (taxonomy_depth(tree->t, v) > tree->depth)
            tree->depth = taxonomy_depth(tree->t, v);
    }
    tree->unlabelled = counts.photos - tree->labelled;
    return 0;
}

/* ---- text ----------------------------------------------------------------------------------- */

static void print_node(const struct tree *tree, int v)
{
    char safe[800], all[OUTPUT_COUNT], here[OUTPUT_COUNT];
    const char *id = taxonomy_id(tree->t, v);
    printf("%9s  %*s%s", output_count(tree->below[v], all), 2 * (taxonomy_depth(tree->t, v) - 1),
           "", output_safe(taxonomy_name(tree->t, v), safe, sizeof safe));
    if (*id)
        printf("  [%s]", output_safe(id, safe, sizeof safe));
    if (!taxonomy_is_leaf(tree->t, v) && tree->ending[v] > 0)
        printf("  (%s end here)", output_count(tree->ending[v], here));
    putchar('\n');
}

static void print_warning(void *arg, const char *text)
{
    struct tree *tree = arg;
    char safe[1000];
    if (tree->warned++ == 0)
        puts("\nworth a look:");
    printf("  %s\n", output_safe(text, safe, sizeof safe));
}

static void print_tree(struct tree *tree)
{
    char labelled[OUTPUT_NOUN], unlabelled[OUTPUT_COUNT], nodes[OUTPUT_NOUN];
    if (tree->nodes > 0)
        puts("   photos  label");
    for (int v = taxonomy_first_child(tree->t, TAXONOMY_ROOT); v >= 0;
         v = taxonomy_next(tree->t, v))
        print_node(tree, v);
    printf("\n%s in %d level%s, %d of them without children; whole labels end at %d\n",
           output_noun(tree->standing, "node", "nodes", nodes), tree->depth,
           tree->depth == 1 ? "" : "s", tree->leaves, tree->terminals);
    printf("%s, %s without\n",
           output_noun(tree->labelled, "photo with a label", "photos with a label", labelled),
           output_count(tree->unlabelled, unlabelled));
    if (tree->inner > 0)
        printf("%d node%s with children %s the end of some labels (\"end here\" above)\n",
               tree->inner, tree->inner == 1 ? "" : "s", tree->inner == 1 ? "is" : "are");
    taxonomy_inspect(tree->t, print_warning, tree);
}

/* ---- JSON ----------------------------------------------------------------------------------- */

static void add_warning(void *arg, const char *text)
{
    struct tree *tree = arg;
    if (tree->warnings)
        json_text(tree->json, tree->warnings, NULL, text);
}

static int print_json(struct tree *tree)
{
    struct json j;
    json_start(&j);
    tree->json = &j;
    json_number(&j, NULL, "nodes", tree->standing);
    json_number(&j, NULL, "depth", tree->depth);
    json_number(&j, NULL, "leaves", tree->leaves);
    json_number(&j, NULL, "terminals", tree->terminals);
    json_number(&j, NULL, "inner_terminals_used", tree->inner);
    json_number(&j, NULL, "labelled", (double)tree->labelled);
    json_number(&j, NULL, "unlabelled", (double)tree->unlabelled);
    tree->warnings = json_array(&j, NULL, "warnings");
    taxonomy_inspect(tree->t, add_warning, tree);
    struct cJSON *list = json_array(&j, NULL, "tree");
    for (int v = 0; list && v < tree->nodes; v++) {
        if (taxonomy_now(tree->t, v) != v)
            continue;
        struct cJSON *node = json_object(&j, list, NULL);
        if (!node)
            break;
        json_number(&j, node, "node", v);
        json_number(&j, node, "parent", taxonomy_parent(tree->t, v));
        json_text(&j, node, "name", taxonomy_name(tree->t, v));
        json_text(&j, node, "id", taxonomy_id(tree->t, v));
        json_number(&j, node, "photos", (double)tree->below[v]);
        json_number(&j, node, "ending", (double)tree->ending[v]);
    }
    return json_print(&j);
}

static int show(struct project *p, int json)
{
    struct status st = {0};
    struct tree tree = {0};
    int status = 0;
    if (count(&tree, p, &st) != 0)
        status = output_fail(&st);
    else if (json)
        status = print_json(&tree);
    else
        print_tree(&tree);
    free(tree.ending);
    free(tree.below);
    return status;
}

static int run(int argc, char **argv)
{
    int json = 0;
    const char *user = NULL, *wrong = NULL;
    struct status st = {0};
    struct arguments args;
    struct project project;
    const struct option_spec specs[] = {
        {"json", OPTION_FLAG, &json, 0, 0},
        {"user", OPTION_TEXT, &user, 0, 0},
        {NULL, OPTION_FLAG, NULL, 0, 0},
    };
    if (options_parse(&command_tree, argc, argv, specs, 3, &args) != 0)
        return args.status;
    if (args.count > 0 && (wrong = tree_edit_check(args.at[0], args.count - 1)))
        return options_wrong(&command_tree, "tree %s: %s", args.at[0], wrong);
    if (project_open(NULL, &project, &st) != 0)
        return output_fail(&st);
    int status = args.count > 0
                     ? tree_edit_run(&project, user, args.at[0], (char *const *)args.at + 1)
                     : show(&project, json);
    project_close(&project);
    return status;
}

const struct command command_tree = {
    "tree",
    "tree [--json] | tree add PATH | rename PATH NAME | move PATH BELOW | merge PATH INTO | rm PATH [--user NAME]",
    "shows the tree of labels, how many photos each has, and what looks wrong; changes it",
    "  add PATH             a new label, as in 'food > drink > mate'\n"
    "  rename PATH NAME     another name, in the same place\n"
    "  move PATH BELOW      with all that is below it; '' is the top\n"
    "  merge PATH INTO      what was PATH is INTO from now on, what is below it goes below INTO\n"
    "  rm PATH              a label that no photo has\n"
    "  --user NAME          who does it, for undo (default: the system's user name)\n"
    "  --json               print the tree as one JSON object\n\n"
    "Labels given, predictions and models keep their meaning, also in a review that is open meanwhile. Each change\n"
    "is a step: `tend undo`, or u in the review, takes it back.\n",
    run,
};
