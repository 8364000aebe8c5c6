/* An open project and everything that can be done with it; knows no terminal.
 *
 * The screens are a view of this. All functions are for the UI thread; background jobs of the app
 * write through connections of their own. Reviews are durable when app_review returns 0. */
#ifndef TUI_LOOP_APP_H
#define TUI_LOOP_APP_H

#include <stddef.h>
#include <stdint.h>

#include "data/status.h"
#include "labels/decide.h"
#include "labels/filter.h"
#include "labels/queue.h"
#include "labels/store.h"
#include "nn/network.h"
#include "tui/loop/comparison.h"
#include "tui/loop/jobs.h"
#include "tui/loop/report.h"
#include "tui/loop/training.h"
#include "tui/loop/usual.h"

struct app;
struct status;

struct app_options {
    const char *folder; /* any folder inside the project; NULL: the current one */
    const char *who;    /* NULL: the system's user name */
    int threads;        /* of the network; 0: all cores */
    enum queue_order order;
    int order_given;            /* else the order that was used last, where there was one */
    const char *const *filters; /* [filter_count] texts (labels/filter.h), all of which must hold;
                                   read during app_open */
    int filter_count; /* 0: the filter that was used last; one that is not understood any more is
                         dropped: app_notice */
    int background;   /* predict what has no prediction, in the background */
};

int app_open(const struct app_options *options, struct app **out, struct status *st);
/* Stops background work (a training loses nothing but itself, which the log says), closes the
 * store. */
void app_close(struct app *a);
/* What is to be said at the beginning of this sitting ("" for nothing): that the last one broke off
 * a training. */
const char *app_notice(const struct app *a);
/* Why photos that are not predicted will not be: what went wrong in the background, a damaged model
 * file perhaps; "" when nothing did. The log has it, too. */
const char *app_trouble(const struct app *a);

struct store *app_store(struct app *a); /* of the UI thread */
const struct taxonomy *app_taxonomy(struct app *a);
struct jobs *app_jobs(struct app *a);
const char *app_root(const struct app *a); /* the project's folder, absolute */
char *app_photo_file(const struct app *a, const char *photo_path); /* malloc'd absolute path */

/* ---- the queue ---- */
size_t app_queue_count(const struct app *a);
int app_queue_is_part(const struct app *a); /* more photos are still looked for */
/* Why that failed the last time ("": it did not); app_rest tries it again. */
const char *app_queue_problem(const struct app *a);
size_t app_queue_position(const struct app *a);
/* The photo at an offset from the current one, or 0. */
int64_t app_queue_photo(const struct app *a, long offset);
/* Moves by an offset, as far as the queue goes; 1 if it moved. */
int app_queue_move(struct app *a, long offset);
/* To the next photo no person has decided on (from the current one on, then from the start);
 * 0 when there is none. */
int app_queue_next_open(struct app *a);
/* To this photo (it joins the queue here if it is not in it). */
int app_queue_goto(struct app *a, int64_t photo, struct status *st);
/* filter NULL: the photos stay those they are. */
int app_queue_set(struct app *a, enum queue_order order, const struct filter *filter,
                  struct status *st);
/* The order, or the filter, as it is now is that of the next sitting, too (not order SIMILAR:
 * similar to what?). */
int app_remember_order(struct app *a, struct status *st);
int app_remember_filter(struct app *a, struct status *st);
/* Filters that were remembered, the last one first, as texts; returns how many. */
enum { APP_FILTERS = 8 };
int app_past_filters(struct app *a, char texts[][FILTER_TEXT], int max);
/* Counts in the background the photos that this filter would give; APP_COUNT tells that
 * app_filter_count is another one: -1 until it is known. A new question ends the one before. */
void app_count_filter(struct app *a, const struct filter *filter);
int64_t app_filter_count(const struct app *a);

/* The queue is these photos alone, reviewed ones too (photos of split test never), sorted by the
 * order in use, until app_queue_set. title: what they are, in words, for the status line. Both are
 * copied. */
int app_queue_these(struct app *a, const int64_t *photos, size_t count, const char *title,
                    struct status *st);
/* Of app_queue_these; "" when a filter makes the queue. */
const char *app_queue_title(const struct app *a);
/* Goes to the next photo of the queue (back: the one before) whose file name, label or predicted
 * path holds the text, in any case; NULL: the one sought last. From the end it goes on at the
 * beginning: FOUND_AROUND. */
enum { APP_SOUGHT = 200 };
enum app_found {
    APP_FIND_FAILED = -1,
    APP_NOT_FOUND,
    APP_FOUND,
    APP_FOUND_AROUND,
    APP_FOUND_HERE /* and nowhere else */
};
enum app_found app_queue_find(struct app *a, const char *text, int back, struct status *st);
const char *app_queue_sought(const struct app *a); /* "" for nothing yet */
/* Brings together, from an offset to the current photo on, photos that are open and of the same
 * predicted path as the first open one there, surest first; then those of the paths next to it in
 * the tree, until there are `most` (at most APP_GATHERED). Under orders that say themselves which
 * photos belong together (similar, suspect, file, oldest) they stay as they come. The current
 * photo, where it stands there or later, is the first of them, decided on or not (no blind sample).
 * Those gathered stay in their places until the queue is set anew. Returns how many. */
enum { APP_GATHERED = 64 };
size_t app_queue_gather(struct app *a, long offset, size_t most);
size_t app_queue_gathered(const struct app *a); /* the index behind the last one gathered, or 0 */
/* Another number: the queue was made anew, and indices of before mean nothing. */
unsigned app_queue_made(const struct app *a);
/* Those gathered go back where the order puts them by what is known now. The current photo stays
 * the current one; those decided on count as passed. Nothing happens when none are gathered. */
void app_queue_ungather(struct app *a);
enum queue_order app_queue_order(const struct app *a);
const struct filter *app_queue_filter(const struct app *a);

/* ---- the current photo ---- */
struct app_photo {
    struct photo photo; /* id 0: the queue is empty */
    int model;          /* whose prediction, 0: none (yet) */
    int candidates;     /* how many of `candidate`; the first is the answer */
    struct answer candidate[DECIDE_CANDIDATES];
    char problem[300]; /* why the photo could not be read, or "" */
    int claimed; /* what an import says otherwise than the decision, which waits for another; -1 */
    int blind;   /* a blind sample: no model, no candidates and no imported label stand here */
    /* then: whose prediction is hidden (0: none yet), and where it ends, or -1 */
    int hidden_model, hidden_node;
};
/* Blind samples (app_photo.blind): of a share of the open photos, this setting's percent (0 to 50,
 * default 0), the prediction is hidden. Chosen by photo and project: the same ones whenever asked;
 * a greater share adds to a smaller one. Never without a model. */
#define APP_BLIND_SETTING "blind.percent"
/* A setting was changed: the current photo is looked at again. */
void app_settings_changed(struct app *a);
const struct app_photo *app_current(const struct app *a);
/* Any photo; app_photo_clear frees. Errors: the store's; *out is clear then. */
int app_look(struct app *a, int64_t photo, struct app_photo *out, struct status *st);
void app_photo_clear(struct app_photo *photo);
/* The path to show first: what was said of the photo, in a review or an import, goes before what is
 * predicted (to accept must not put a guess in its place). TAXONOMY_ROOT: neither is there. */
int app_photo_node(const struct app_photo *photo);
/* Confidences and expected score of a path on the current photo; zeros when there is no prediction.
 */
void app_answer(const struct app *a, int node, struct answer *out);
/* Without any model: the paths given so far, each in the place of its digit. nodes [USUAL_PLACES];
 * how many, 0 when there is a model. */
int app_usual(const struct app *a, int *nodes);
/* Best child of a node on the current photo (the first child when there is no prediction); -1 at a
 * leaf. */
int app_best_child(const struct app *a, int node);

/* ---- finding labels ---- */
struct search;
/* Of the tree as it is now; the app's, until the tree changes. NULL: out of memory. */
const struct search *app_search(struct app *a);
/* [nodes] photos whose label is each node or below it, at most some seconds old where counting
 * takes long; NULL when they cannot be counted. Valid until the next call. */
const int64_t *app_label_counts(struct app *a);
/* weight [nodes]: how much speaks for the path that ends at each node, of the current photo: its
 * probability, and, as a small part, how many photos have it already. */
void app_weigh_labels(struct app *a, float *weight);

/* ---- others who review the same project at once ---- */
/* Who has this photo on a screen now (the queue passes over it), NULL: nobody else. Valid until
 * anything else is asked of the app. */
const char *app_holder(const struct app *a, int64_t photo);
size_t app_with_others(const struct app *a); /* photos that others have */
/* A page that is shown, beside the current photo: nobody else is given these (at most
 * APP_GATHERED) as long as they are shown; count 0: it is left. */
void app_hold(struct app *a, const int64_t *photos, size_t count);
/* To be called when nothing happens, every minute at least: others are told that the photos are
 * still shown, and what they have said is read. */
void app_rest(struct app *a);

/* ---- deciding ---- */
/* A decision on a photo, learned at once. When somebody else has decided on it since it was shown:
 * STATUS_CONFLICT names them, nothing is stored, and the photo is shown as it is now; the same
 * again is stored beside what they said (filter `disputed`). The queue from the next photo on may
 * change by it. The queue moves on when it is the current one (not for FLAG and UNFLAG). ACCEPT
 * when node is what was predicted, CORRECT when it is not, GIVE when nothing was predicted or
 * shown: the app chooses; an imported label makes no difference. REVIEW kinds by `kind`.
 * milliseconds: from drawn to decided.
 */
int app_review(struct app *a, int64_t photo, enum event_kind kind, int node, int milliseconds,
               struct status *st);
/* Paths for many photos, one step for undo: ACCEPT, CORRECT or GIVE as above for each. REJECT and
 * SKIP (`node` is not read) as well. The queue does not move. milliseconds: of all together;
 * negative: not known. */
struct app_decision {
    int64_t photo;
    int node;
    int predicted; /* the path that was predicted, or -1 */
    int model;     /* by which model, 0: none */
    int blind;     /* it was not shown */
    int has_seen;  /* as in struct review */
    int64_t seen;
};
int app_review_many(struct app *a, enum event_kind kind, const struct app_decision *decisions,
                    size_t count, int milliseconds, struct status *st);
/* And goes to the photo it changed; store_tree_turned says what it changed in the tree. */
int app_undo(struct app *a, struct status *st);
int app_redo(struct app *a, struct status *st);
/* New nodes below parent (TAXONOMY_ROOT: top level), each below the one before; what is there
 * already is used. The last one's number, or -1 and none was added. */
int app_add_path(struct app *a, int parent, const char *const *names, int count, struct status *st);

/* Changes the tree, see store_edit_taxonomy. */
int app_edit_tree(struct app *a, const struct tree_edit *edit, struct status *st);

/* ---- marks: photos that the next command shall be about, in this sitting ---- */
struct app_mark {
    int64_t photo;
    int node; /* the path that it showed when it was marked; -1: none, or nobody can have read it */
    int own;  /* a path that the person had chosen for it */
    int64_t event; /* the photo's last one then: what was decided since is not overruled */
};
/* 0, or -1 when there is no memory. One that is marked already stays as it is. */
int app_mark(struct app *a, const struct app_mark *mark, struct status *st);
void app_unmark(struct app *a, int64_t photo);
/* The photo's last event is this one by an act of the same person. */
void app_mark_follow(struct app *a, int64_t photo, int64_t event);
/* Marks the photos of the queue for which the filter's terms hold, seen or not (node -1: none was
 * shown). *count: how many they are. Errors: the store's; out of memory. */
int app_mark_those(struct app *a, const struct filter *filter, size_t *count, struct status *st);
int app_is_marked(const struct app *a, int64_t photo);
/* By rising photo; valid until the next app_mark or app_unmark. */
const struct app_mark *app_marks(const struct app *a, size_t *count);
void app_unmark_all(struct app *a);

/* ---- training ---- */
/* Trains a copy of the model in use, in the background. Errors: already training, too few labels.
 */
int app_train_start(struct app *a, enum depth depth, struct status *st);
void app_train_cancel(struct app *a);
const struct train_progress *app_train_progress(const struct app *a);

/* Predicting in the background (photos without a prediction by the model in use). */
struct predict_progress {
    int running;
    long done, total;
    double rate, seconds_left;
};
const struct predict_progress *app_predict_progress(const struct app *a);

/* What has been said is being learned, or what follows from it being found or counted, in the
 * background (milliseconds, seconds with very many photos). */
int app_is_learning(const struct app *a);

/* ---- models ---- */
int app_model(const struct app *a); /* in use; 0: none */
/* Goes to another model; predictions follow in the background. */
int app_use_model(struct app *a, int number, struct status *st);
/* As project_remove_model; while a training or a comparison runs: STATUS_BUSY. */
int app_remove_model(struct app *a, int number, struct status *st);
int64_t app_model_bytes(const struct app *a, int number); /* its files; 0: there are none */

/* As comparison_make: over what both have predicted by now. */
int app_compare(struct app *a, int before, int after, struct comparison *out, struct status *st);
/* Makes the predictions that two models lack, of the held-out photos or of everything, and brings
 * those they have up to what people have said; in the background. A training or app_fill_cancel
 * ends it: what is done by then stays. */
struct fill_progress {
    int running;
    int model; /* that is looking; 0: none yet */
    struct predict_progress predicted;
    char problem[300]; /* why the last one ended, or "" */
};
int app_fill_start(struct app *a, int before, int after, int everything, struct status *st);
void app_fill_cancel(struct app *a);
const struct fill_progress *app_fill_progress(const struct app *a);

/* ---- the report ---- */
struct report_progress {
    int running;
    float share;          /* 0 to 1 */
    struct status failed; /* why the last one could not be made; code STATUS_OK: it could */
};
/* Makes a new one in the background (nothing when one is being made); APP_REPORT tells. */
int app_report_start(struct app *a, struct status *st);
void app_report_leave(struct app *a); /* what is being made is not wanted any more */
/* The last one made, NULL before the first: until the next APP_REPORT. */
const struct report *app_report(const struct app *a);
const struct report_progress *app_report_progress(const struct app *a);

/* ---- standing ---- */
struct app_standing {
    struct store_counts counts;
    int64_t today;     /* reviews by this person since midnight */
    double per_minute; /* over the last 20 reviews of this sitting; 0: too few */
};
const struct app_standing *app_standing(struct app *a);

/* ---- the loop ---- */
int app_fd(const struct app *a); /* readable: call app_collect */
enum {
    APP_PHOTO = 1,    /* current photo or its prediction changed */
    APP_QUEUE = 2,    /* order or length of the queue */
    APP_TRAINING = 4, /* progress or end */
    APP_PREDICTING = 8,
    APP_MODEL = 16,   /* another model is in use */
    APP_COUNT = 32,   /* app_filter_count */
    APP_FILLING = 64, /* predictions for a comparison: progress or end */
    APP_REPORT = 128, /* the same for the report */
    APP_TROUBLE = 256 /* app_trouble: there is something to be said */
};
/* Takes in what background work has finished; returns what changed. Never blocks for long. */
unsigned app_collect(struct app *a);

#endif
