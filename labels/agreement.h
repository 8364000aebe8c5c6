/* How far people agree who have decided on the same photos. Pure.
 *
 * Counts the last decision of each person on a photo that stands; a rejection is one, a skip is
 * none. At a level, what a person said is the label of that level, or that there is none (the path
 * ends above, or the photo was rejected); a photo counts there when one of the two said a label.
 * Cohen's kappa is (same - chance) / (1 - chance), where chance is the share that would be the same
 * if both had dealt out their labels as often as they did, but blindly. */
#ifndef LABELS_AGREEMENT_H
#define LABELS_AGREEMENT_H

#include "labels/worklog.h"

struct status;
struct taxonomy;

struct agreement_counts {
    long photos, same;
    double kappa; /* NAN: not defined, both said one and the same of everything, or no photos */
};
struct agreement_pair {
    int one, other;               /* into worklog.people */
    struct agreement_counts path; /* the whole paths */
    struct agreement_counts level[TAXONOMY_DEPTH];
};
struct agreement {
    long photos; /* that two or more have decided on */
    long same;   /* on which all of them say the same */
    int depth;   /* levels that anybody has used */
    /* Of all pairs together: photos and same are sums; kappa is the mean, weighted by photos, of
     * those that are defined. */
    struct agreement_counts path, level[TAXONOMY_DEPTH];
    struct agreement_pair *pairs; /* with photos in common, most of them first */
    size_t pair_count;
};

/* Errors: out of memory; *out is clear then. */
int agreement_make(const struct worklog *h, const struct taxonomy *t, struct agreement *out,
                   struct status *st);
void agreement_clear(struct agreement *a);

#endif
