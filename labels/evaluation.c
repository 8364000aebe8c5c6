#include "labels/evaluation.h"

#include "data/status.h"

static void add_confidences(struct evaluation *e, const int *truth, int truth_count,
                            const struct answer *a)
{
    int right = 1;
    for (int l = 0; l < truth_count && l < a->depth; l++) {
        right = right && a->path[l] == truth[l];
        calibration_add(&e->calibration[l], a->confidence[l], right);
    }
}

int evaluation_add(struct evaluation *e, const struct taxonomy *t, int truth,
                   const struct answer *answer, struct status *st)
{
    int path[TAXONOMY_DEPTH];
    int depth = taxonomy_path(t, truth, path);
    if (!answer) {
        e->unanswered++;
        score_add(&e->score, path, depth, path, 0);
        return 0;
    }
    score_add(&e->score, path, depth, answer->path, answer->depth);
    if (e->has_confidence)
        add_confidences(e, path, depth, answer);
    if (score_path(path, depth, answer->path, answer->depth) < 1)
        return confusion_add(&e->confusion, t, truth, answer->node, st);
    return 0;
}

int evaluation_levels(const struct evaluation *e)
{
    int levels = 0;
    while (levels < TAXONOMY_DEPTH && e->score.level_photos[levels] > 0)
        levels++;
    return levels;
}

void evaluation_clear(struct evaluation *e)
{
    confusion_clear(&e->confusion);
}
