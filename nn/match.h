/* Learning to see as another network does: the loss of features that should be another's.
 *
 * Both networks look at the same pictures; the student's features are compared with the teacher's,
 * each in units of how much the teacher's varies over pictures (Romero et al. 2015, FitNets; Chen
 * et al. 2022, SimKD: the channels as they are, so that the teacher's classifier fits the student).
 */
#ifndef NN_MATCH_H
#define NN_MATCH_H

#include <stddef.h>

struct status;

struct match {
    int channels;
    float weight;
    float share;    /* by which gradients are multiplied: 1 / pictures of the batch */
    float *scale;   /* [channels] 1 / variance of the teacher's features */
    float *teacher; /* [batch, channels]: for the caller to fill before a step */
};

int match_init(struct match *m, int channels, int batch, struct status *st);
void match_clear(struct match *m);

/* Sets the scales from what the teacher says of n pictures: features [n, channels]. */
void match_measure(struct match *m, const float *features, size_t n);

/* An engine_loss for engine_tap, arg a struct match: y [n, channels]. Per picture weight * mean
 * over channels of scale * (y - teacher)^2. */
double match_loss(void *arg, int first, int n, const float *y, float *dy);

#endif
