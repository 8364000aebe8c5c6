/* The report: how the work stands and how well the model does, computed from the store alone.
 * Numbers only: the screen, the command and the HTML file show the same ones. */
#ifndef TUI_LOOP_REPORT_H
#define TUI_LOOP_REPORT_H

#include <stdatomic.h>

#include "labels/agreement.h"
#include "labels/evaluation.h"
#include "labels/worklog.h"
#include "labels/node_score.h"
#include "labels/store.h"

struct project;
struct status;

/* Mistakes: which truths were given which answers, and on which photos. */
struct report_mistake {
    int64_t photo;
    int truth, answer;
};
struct report_mistakes {
    struct confusion pairs; /* sorted: what costs most first */
    struct report_mistake *list;
    size_t count, capacity;
};

struct report_day {
    int64_t day; /* days since 1970, local time */
    long decisions;
    double per_minute;
};

/* KINDS of pace in the order of report_kinds. */
enum { REPORT_KINDS = 5, REPORT_WINDOW = 100 };
extern const enum event_kind report_kinds[REPORT_KINDS];

struct report {
    int model; /* in use; 0: none */
    struct store_counts counts;
    long today, week; /* decisions that stand: since midnight, in the last seven days with today */

    struct model_record *models; /* measured ones, oldest first; removed ones too */
    size_t model_count;

    /* The first look at each photo whose prediction is known. A correction from before events said
     * what was predicted, whose prediction is gone by now, counts as wholly wrong (`guessed` of
     * them). */
    float *right; /* prefix score of the predictions, oldest first */
    size_t right_count;
    long guessed, repeated;           /* repeated: left out, see labels/worklog.h */
    struct score seen, blind;         /* truth: what was given; answer: what had been predicted */
    struct report_mistakes corrected; /* of seen and blind ones */

    /* The photos held out of training, by the predictions that the store has of the model in use.
     */
    struct evaluation held;
    long unpredicted; /* held-out photos that it has none of: not counted above */
    struct report_mistakes missed;
    struct node_score *nodes; /* [node_count] */
    int node_count;

    struct pace all, kinds[REPORT_KINDS], confirmed,
        *people; /* confirmed: imported labels; people: as in worklog.people */
    struct worklog log;
    struct agreement agreement;
    struct report_day *days; /* with any decision, oldest first */
    size_t day_count;
};

/* Any thread that owns the project. progress (may be NULL) is told a share from 0 to 1. Errors: the
 * store's, STATUS_CANCELLED, out of memory; *out is clear then. */
int report_make(struct project *p, struct report *out, atomic_int *cancel,
                void (*progress)(void *arg, float share), void *arg, struct status *st);
void report_clear(struct report *r);

/* Over how many predictions a point of the curve of `right` is a mean: REPORT_WINDOW, fewer where
 * there are few. */
size_t report_window(const struct report *r);

/* Of a pair: the photos behind it, malloc'd. */
int64_t *report_photos(const struct report_mistakes *m, const struct confusion_pair *pair,
                       size_t *count);

/* What agreement seen and blind say beside each other: seen minus blind score, and its standard
 * error. 0: one of them has no photos. */
int report_nodding(const struct report *r, double *difference, double *error);

#endif
