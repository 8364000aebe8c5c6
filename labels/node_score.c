#include "labels/node_score.h"

#include "labels/score.h"

void node_scores_add(struct node_score *by_node, const struct taxonomy *t, int truth, int answer)
{
    int truths[TAXONOMY_DEPTH], answers[TAXONOMY_DEPTH];
    int known = taxonomy_path(t, truth, truths),
        given = answer >= 0 ? taxonomy_path(t, answer, answers) : 0;
    double score = known > 0 ? score_path(truths, known, answers, given) : 0;
    for (int l = 0; l < known; l++) {
        by_node[truths[l]].truths++;
        by_node[truths[l]].prefix += score;
        by_node[truths[l]].both += l < given && answers[l] == truths[l];
    }
    for (int l = 0; l < given; l++)
        by_node[answers[l]].answers++;
}

void node_scores_label(struct node_score *by_node, const struct taxonomy *t, int node)
{
    int path[TAXONOMY_DEPTH], depth = taxonomy_path(t, node, path);
    for (int l = 0; l < depth; l++)
        by_node[path[l]].labelled++;
}

static double share(double part, long of)
{
    return of > 0 ? part / (double)of : -1;
}

double node_score_mean(const struct node_score *s)
{
    return share(s->prefix, s->truths);
}

double node_score_recall(const struct node_score *s)
{
    return share((double)s->both, s->truths);
}

double node_score_precision(const struct node_score *s)
{
    return share((double)s->both, s->answers);
}
