/* How well each node of the tree is predicted: a photo counts for the node its truth ends at and
 * for all above. Pure. */
#ifndef LABELS_NODE_SCORE_H
#define LABELS_NODE_SCORE_H

#include "labels/taxonomy.h"

struct node_score {
    long labelled; /* labels at or below the node, of all photos */
    long truths;   /* of those that were tested: truths at or below it */
    long answers;  /* answers at or below it */
    long both;     /* truth and answer */
    double prefix; /* sum of score_path over `truths` */
};
/* by_node [taxonomy_count]. answer -1: none was given, which counts as wrong. */
void node_scores_add(struct node_score *by_node, const struct taxonomy *t, int truth, int answer);
void node_scores_label(struct node_score *by_node, const struct taxonomy *t, int node);
/* Each -1 where there is nothing to divide by. */
double node_score_mean(const struct node_score *s);
double node_score_recall(const struct node_score *s);
double node_score_precision(const struct node_score *s);

#endif
