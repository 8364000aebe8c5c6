/* The tree of labels: how many photos each has, and how well it is predicted. */
#include "tui/loop/report_lines_internal.h"

#include <stdio.h>

#include "labels/text.h"

enum { PATH = 600 };

static void three(double value, char out[8])
{
    snprintf(out, 8, value < 0 ? "    -" : "%.3f", value);
}

static void add_node(const struct report_view *v, struct report_lines *l, int node)
{
    const struct node_score *s = &v->report->nodes[node];
    char score[8], recall[8], precision[8], text[PATH], labelled[24], held[24];
    int child = taxonomy_first_child(v->tree, node), closed = v->closed && v->closed[node];
    int indent = 2 * (taxonomy_depth(v->tree, node) - 1), bar = v->width >= 90   ? 16
                                                                : v->width >= 70 ? 10
                                                                                 : 5;
    three(node_score_mean(s), score);
    three(node_score_recall(s), recall);
    three(node_score_precision(s), precision);
    struct report_line *line = report_lines_add(
        l, REPORT_PLAIN, "%6s %5s %5s %5s %5s ", text_count(s->labelled, labelled, sizeof labelled),
        text_count(s->truths, held, sizeof held), score, recall, precision);
    snprintf(text, sizeof text, " %*s%s %s", indent, "",
             child < 0 ? " "
             : closed  ? "+"
                       : "-",
             taxonomy_name(v->tree, node));
    if (!line)
        return;
    report_line_bar(line, s->truths > 0 ? node_score_mean(s) : 0, bar);
    report_line_after(l, line, text);
    line->node = node;
    for (; child >= 0 && child < v->report->node_count && !closed;
         child = taxonomy_next_sibling(v->tree, child))
        add_node(v, l, child);
}

void report_add_labels(const struct report_view *v, struct report_lines *l)
{
    report_lines_add(l, REPORT_TITLE, "Labels, and how the photos held out are predicted");
    report_lines_add(l, REPORT_DIM, "labels  held score recall prec");
    int before = l->count;
    for (int node = taxonomy_first_child(v->tree, TAXONOMY_ROOT); node >= 0;
         node = taxonomy_next_sibling(v->tree, node))
        if (node < v->report->node_count)
            add_node(v, l, node);
    if (l->count == before)
        report_lines_add(l, REPORT_DIM, "there are no labels yet");
    report_lines_blank(l);
}
