#include "labels/score.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "data/status.h"

static int leading_right(const int *truth, int truth_count, const int *answer, int answer_count)
{
    int right = 0;
    while (right < truth_count && right < answer_count && truth[right] == answer[right])
        right++;
    return right;
}

double score_path(const int *truth, int truth_count, const int *answer, int answer_count)
{
    return (double)leading_right(truth, truth_count, answer, answer_count) / truth_count;
}

static int occurs(const int *labels, int count, int label)
{
    for (int i = 0; i < count; i++)
        if (labels[i] == label)
            return 1;
    return 0;
}

void score_add(struct score *s, const int *truth, int truth_count, const int *answer,
               int answer_count)
{
    int right = leading_right(truth, truth_count, answer, answer_count);
    s->photos++;
    s->prefix += (double)right / truth_count;
    s->exact += right == truth_count && truth_count == answer_count;
    for (int l = 0; l < truth_count && l < TAXONOMY_DEPTH; l++) {
        s->level_photos[l]++;
        s->level_right[l] += l < right;
    }
    for (int l = 0; l < truth_count; l++) /* a label counts once, wherever it stands */
        if (!occurs(truth, l, truth[l]))
            s->common += occurs(answer, answer_count, truth[l]);
    s->known += truth_count;
    s->answered += answer_count;
}

void score_add_nodes(struct score *s, const struct taxonomy *t, int truth, int answer)
{
    int true_path[TAXONOMY_DEPTH], answer_path[TAXONOMY_DEPTH];
    int true_depth = taxonomy_path(t, truth, true_path);
    int depth = answer < 0 ? 0 : taxonomy_path(t, answer, answer_path);
    score_add(s, true_path, true_depth, answer_path, depth);
}

static double ratio(double part, double whole)
{
    return whole > 0 ? part / whole : 0;
}

double score_mean(const struct score *s)
{
    return ratio(s->prefix, (double)s->photos);
}

double score_error(double mean, long photos)
{
    double n = (double)photos + 4, share = (mean * (double)photos + 2) / n;
    return sqrt(share * (1 - share) / n);
}

const char *score_show(double mean, long photos, char buffer[SCORE_SHOWN])
{
    if (mean < 0)
        snprintf(buffer, SCORE_SHOWN, "-");
    else if (photos >= SCORE_FEW)
        snprintf(buffer, SCORE_SHOWN, "%.3f", mean);
    else
        snprintf(buffer, SCORE_SHOWN, "%.3f ± %.2f", mean, score_error(mean, photos));
    return buffer;
}

double score_exact(const struct score *s)
{
    return ratio((double)s->exact, (double)s->photos);
}

double score_level(const struct score *s, int level)
{
    return ratio((double)s->level_right[level], (double)s->level_photos[level]);
}

double score_hp(const struct score *s)
{
    return ratio((double)s->common, (double)s->answered);
}

double score_hr(const struct score *s)
{
    return ratio((double)s->common, (double)s->known);
}

double score_hf(const struct score *s)
{
    double p = score_hp(s), r = score_hr(s);
    return ratio(2 * p * r, p + r);
}

void calibration_add(struct calibration *c, float confidence, int right)
{
    /* Bin b holds (b/15, (b+1)/15], the first one 0 as well. */
    double value = confidence > 0 ? fmin((double)confidence, 1) : 0;
    int bin = (int)ceil(value * SCORE_BINS) - 1;
    if (bin < 0)
        bin = 0;
    c->count[bin]++;
    c->right[bin] += right != 0;
    c->confidence[bin] += value;
    c->variance[bin] += value * (1 - value);
}

double calibration_chance(const struct calibration *c)
{
    static const double pi = 3.14159265358979323846;
    double error = 0;
    long total = 0;
    for (int b = 0; b < SCORE_BINS; b++) {
        error += sqrt(2 * c->variance[b] / pi);
        total += c->count[b];
    }
    return ratio(error, (double)total);
}

double calibration_error(const struct calibration *c)
{
    double error = 0;
    long total = 0;
    for (int b = 0; b < SCORE_BINS; b++) {
        error += fabs((double)c->right[b] - c->confidence[b]);
        total += c->count[b];
    }
    return ratio(error, (double)total);
}

/* ---- confusion: pairs are appended, and put together when room runs out and at the end ------- */

static int compare_places(const void *left, const void *right)
{
    const struct confusion_pair *a = left, *b = right;
    if (a->truth != b->truth)
        return a->truth < b->truth ? -1 : 1;
    return (a->answer > b->answer) - (a->answer < b->answer);
}

static int compare_losses(const void *left, const void *right)
{
    const struct confusion_pair *a = left, *b = right;
    if (a->lost != b->lost)
        return a->lost > b->lost ? -1 : 1;
    return compare_places(a, b);
}

static void put_together(struct confusion *c)
{
    size_t kept = 0;
    if (c->count == 0)
        return;
    qsort(c->pairs, c->count, sizeof *c->pairs, compare_places);
    for (size_t i = 1; i < c->count; i++) {
        if (compare_places(&c->pairs[kept], &c->pairs[i]) == 0) {
            c->pairs[kept].photos += c->pairs[i].photos;
            c->pairs[kept].lost += c->pairs[i].lost;
        } else {
            c->pairs[++kept] = c->pairs[i];
        }
    }
    c->count = kept + 1;
}

int confusion_add(struct confusion *c, const struct taxonomy *t, int truth, int answer,
                  struct status *st)
{
    int true_path[TAXONOMY_DEPTH], answer_path[TAXONOMY_DEPTH];
    int full = c->count == c->capacity;
    if (full)
        put_together(c);
    if (full && c->count >= c->capacity - c->capacity / 4) {
        size_t capacity = c->capacity ? c->capacity * 2 : 256;
        struct confusion_pair *pairs = realloc(c->pairs, capacity * sizeof *pairs);
        if (!pairs)
            return status_out_of_memory(st);
        c->pairs = pairs;
        c->capacity = capacity;
    }
    int true_depth = taxonomy_path(t, truth, true_path);
    int depth = answer < 0 ? 0 : taxonomy_path(t, answer, answer_path);
    double lost = 1 - score_path(true_path, true_depth, answer_path, depth);
    c->pairs[c->count++] = (struct confusion_pair){truth, answer, 1, lost};
    return 0;
}

void confusion_sort(struct confusion *c)
{
    put_together(c);
    if (c->count > 0)
        qsort(c->pairs, c->count, sizeof *c->pairs, compare_losses);
}

void confusion_clear(struct confusion *c)
{
    free(c->pairs);
    *c = (struct confusion){0};
}
