/* The score and its companions, over paths. Pure; any thread. */
#ifndef LABELS_SCORE_H
#define LABELS_SCORE_H

#include "labels/taxonomy.h"

/* Number of leading labels right / number of labels in the truth. truth_count > 0. */
double score_path(const int *truth, int truth_count, const int *answer, int answer_count);

/* Sums over a set; add photo by photo, then read the means. Zero-initialise. */
struct score {
    long photos;
    double prefix;                     /* sum of score_path */
    long exact;                        /* answers equal to the truth */
    long level_right[TAXONOMY_DEPTH];  /* level l right, and all above it */
    long level_photos[TAXONOMY_DEPTH]; /* truths that have a level l */
    long common, answered, known;      /* labels in common (in any order), in answers, in truths */
};
/* truth_count > 0; answer_count may be 0. */
void score_add(struct score *s, const int *truth, int truth_count, const int *answer,
               int answer_count);
/* The same for nodes; answer -1: none. */
void score_add_nodes(struct score *s, const struct taxonomy *t, int truth, int answer);
double score_mean(const struct score *s); /* 0 for no photos */
/* Standard error of a mean score, from it and the number of photos alone: scores lie between 0 and
 * 1, so it is at most this. Two photos right and two wrong are thought added (Agresti and Coull
 * 1998): 4 right of 4 is not certain. */
double score_error(double mean, long photos);
/* For people: "0.875", and "0.875 ± 0.12" where it rests on fewer than SCORE_FEW photos; "-" for a
 * negative mean, which is none. Returns buffer. */
enum { SCORE_FEW = 100, SCORE_SHOWN = 32 };
const char *score_show(double mean, long photos, char buffer[SCORE_SHOWN]);
double score_exact(const struct score *s);
double score_level(const struct score *s, int level); /* level from 0 */
double score_hp(const struct score *s); /* hierarchical precision, common / answered */
double score_hr(const struct score *s); /* and recall, common / known (Kiritchenko 2005, HiClass) */
double score_hf(const struct score *s); /* their harmonic mean */

/* Expected calibration error of one level: 15 bins of equal width over the confidence
 * (Guo et al. 2017). Zero-initialise. */
enum { SCORE_BINS = 15 };
struct calibration {
    long count[SCORE_BINS], right[SCORE_BINS];
    double confidence[SCORE_BINS], variance[SCORE_BINS]; /* sums of p and of p (1 - p) */
};
void calibration_add(struct calibration *c, float confidence, int right);
double calibration_error(const struct calibration *c);
/* What a perfectly calibrated model would be expected to show on so many photos of these
 * confidences: the mean deviation of each bin as that of a normal variable. An error near it says
 * nothing against the confidences. */
double calibration_chance(const struct calibration *c);

/* Which answers are given for which truths, right ones too (they lose nothing and come last). Zero-
 * initialise, add, sort, then read: before confusion_sort a pair may stand there in parts. */
struct confusion_pair {
    int truth, answer;
    long photos;
    double lost; /* sum of 1 - score */
};
struct confusion {
    struct confusion_pair *pairs;
    size_t count, capacity;
};
int confusion_add(struct confusion *c, const struct taxonomy *t, int truth, int answer,
                  struct status *st);
void confusion_sort(struct confusion *c); /* most lost first; ties by truth, answer */
void confusion_clear(struct confusion *c);

#endif
