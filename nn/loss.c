/* Levels: -log P(range) = lse(all) - lse(range), with lse the logarithm of a sum of exponentials,
 * so that neither a far-off truth nor large logits overflow. Its gradient on logit k is p_k - p_k /
 * P(range) inside the range, p_k outside. */
#include "nn/loss.h"

#include <math.h>
#include <string.h>

#include "nn/train.h"

static double log_sum_exp(const float *logits, int first, int last, double inverse)
{
    double most = -INFINITY, sum = 0;
    for (int k = first; k < last; k++)
        if (logits[k] * inverse > most)
            most = logits[k] * inverse;
    for (int k = first; k < last; k++)
        sum += exp(logits[k] * inverse - most);
    return most + log(sum);
}

static double soft_loss(const struct target *t, const float *logits, int classes, float scale,
                        float *dlogits)
{
    double temperature = t->temperature > 0 ? (double)t->temperature : 1.0;
    double inverse = 1.0 / temperature, loss = 0;
    double all = log_sum_exp(logits, 0, classes, inverse);
    double factor = (double)t->weight * temperature * (double)scale;
    for (int k = 0; k < classes; k++) {
        double log_p = logits[k] * inverse - all;
        if (t->soft[k] > 0)
            loss -= (double)t->soft[k] * log_p;
        if (dlogits)
            dlogits[k] = (float)(factor * (exp(log_p) - (double)t->soft[k]));
    }
    return (double)t->weight * temperature * temperature * loss;
}

double loss_of(const struct target *t, const float *logits, int classes, float temperature,
               float scale, float *dlogits)
{
    if (t->soft)
        return soft_loss(t, logits, classes, scale, dlogits);
    double inverse = 1.0 / (temperature > 0 ? (double)temperature : 1.0);
    double all = log_sum_exp(logits, 0, classes, inverse);
    double loss = 0, sum_weights = 0;
    if (dlogits)
        memset(dlogits, 0, (size_t)classes * sizeof *dlogits);
    for (int l = 0; l < t->levels; l++) {
        int first = t->level[l].first, last = t->level[l].last;
        double weight = (double)t->weight * (double)t->level[l].weight;
        if (first < 0 || last > classes || first >= last || weight == 0)
            continue;
        double within = log_sum_exp(logits, first, last, inverse);
        loss += weight * (all - within);
        sum_weights += weight;
        for (int k = first; dlogits && k < last; k++)
            dlogits[k] -= (float)(weight * exp(logits[k] * inverse - within));
    }
    double factor = (double)scale * inverse, sharp = 1 - (double)t->smoothing;
    double even = (double)t->smoothing * sum_weights / classes;
    for (int k = 0; dlogits && k < classes; k++)
        dlogits[k] = (float)(factor * (sharp * (double)dlogits[k] - even +
                                       sum_weights * exp(logits[k] * inverse - all)));
    if (even == 0)
        return loss;
    loss *= sharp;
    for (int k = 0; k < classes; k++)
        loss += even * (all - logits[k] * inverse);
    return loss;
}
