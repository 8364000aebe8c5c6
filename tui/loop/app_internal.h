/* What the files of app share; nobody else includes this. */
#ifndef TUI_LOOP_APP_INTERNAL_H
#define TUI_LOOP_APP_INTERNAL_H

#include "labels/store_leases.h"
#include "tui/loop/app.h"
#include "tui/loop/project.h"
#include "tui/loop/usual.h"

enum {
    APP_RECENT = 20,
    APP_FIRST = 512,  /* photos that are put in their places at once, then */
    APP_LARGE = 20000 /* photos: from here on reading and sorting them all can be felt */
};

enum { UNLABELLED, IMPORTED, REVIEWED, SKIPPED }; /* queue_item.labelled */

struct app {
    struct project project;
    char *who;
    int threads, background;
    struct jobs *jobs;
    unsigned changed; /* APP_..., until the next app_collect */

    /* queue: what lies before `position` has been passed; position == count is the end */
    struct queue_item *items;
    size_t count, position, capacity;
    struct queue_rows *rows; /* what it was made from; NULL: not read yet */
    int begun; /* from the first photos of very many: no rows, until the background brings them */
    int part;  /* more photos are still looked for */
    size_t large; /* APP_LARGE */
    enum queue_order order;
    struct filter filter;
    int64_t *these; /* the only photos of the queue, ascending; NULL: the filter says */
    size_t these_count;
    char these_title[200];
    char sought[APP_SOUGHT];
    unsigned queue_made;    /* how often it was loaded anew */
    size_t gathered;        /* items before this one stay where they are: pages of the grid */
    struct app_mark *marks; /* by rising photo */
    size_t mark_count, mark_capacity;

    /* the photo at the position */
    struct app_photo current;
    struct terminals terminals; /* of the store's taxonomy */
    const struct taxonomy *terminals_of;
    float *by_node; /* [nodes] scratch */
    float *p;       /* [terminals.count]; meaningful when current.model is not 0 */
    float *p_other; /* [terminals.count] scratch, for other photos */

    /* The current photo and its last event when it came up: what is reloaded behind it since has
     * not been seen for sure. 0: as it is loaded next. */
    int64_t seen_photo, seen;
    int64_t last_event; /* of the store, that is known here */

    /* background work */
    int model;       /* in use */
    int shown_model; /* the last whose predictions were complete: shown until the new ones are there
                      */
    long train_handle, predict_handle;
    const void *predicting; /* the job that predicts, NULL: none */
    struct train_progress train;
    struct predict_progress predict;
    const void *fill_job; /* makes predictions for a comparison, NULL: none */
    long fill_handle;
    struct fill_progress fill;

    /* what is learned at once, of the model in use: app_learn.c */
    struct learner *learner; /* NULL until it is there */
    const void *opening;     /* the job that makes a new one, NULL: none */
    int open_again;          /* there was reason for a newer one since it began */
    struct said {
        int64_t photo;
        int node;
    } * said; /* labels given while it does */
    size_t said_count, said_capacity;
    long opening_handle, judging_handle, looking_handle;
    long followed;       /* photos looked at when the last learner was asked for */
    int features_sought; /* photos without features have been looked for, once */
    const void *judging; /* the job that judges all photos, NULL: none */
    int judge_again;     /* something was learned since it began */
    struct opinions {    /* of all photos, by rising photo; NULL: none */
        int users;       /* the app and jobs that read them; counted on the UI thread */
        size_t count;
        struct opinion *of;
    } * opinions;
    /* the same for orders SUSPECT and SIMILAR: `doubt` is the interest */
    struct opinions *interests;
    const void *looking;   /* the job that finds them */
    size_t interests_from; /* photos with features when SUSPECT's were found */
    int64_t awaited; /* the last event when the queue was set to wait for them; -1: it does not */

    /* the queue as it follows from new opinions, and photos counted: app_arrange.c */
    const void *arranging, *counting; /* jobs, NULL: none */
    long arranging_handle, counting_handle;
    int arrange_again;
    int arrange_all;    /* it is not only that opinions have changed: the rest stands in no order */
    double arranged_at; /* when the last one began */
    char arrange_problem[500]; /* why the last one came to nothing; "": it did not */
    int64_t filter_count;
    /* items before this one are those that were left out, and inserted ones */
    size_t arranged_keep;
    size_t arranged_since; /* from here on others may be among them */
    struct late_change {
        int64_t photo;
        int labelled, found;
    } * noted; /* since the job began */
    size_t noted_count, noted_capacity;

    double blind_share;   /* of the open photos, as it was when the current photo was looked at */
    struct report report; /* app_report.c */
    int report_made;
    const void *report_job; /* NULL: none runs */
    long report_handle;
    struct report_progress report_progress;

    /* finding labels: app_labels.c */
    struct search *search; /* NULL: not made yet */
    struct {
        int64_t *ending, *below; /* [nodes] photos, NULL: not counted yet */
        int nodes;
        int64_t edition, event; /* of the tree and of the store when they were counted */
        double at, took;        /* seconds */
    } labels;

    struct leases *leases;      /* app_leases.c; NULL: others are not seen */
    int64_t page[APP_GATHERED]; /* of the grid: held beside the current photo */
    size_t page_count;
    double leased_at; /* seconds */

    int64_t opened_at, copied; /* the last event when it was opened, when the copy was begun */
    double copied_at;          /* seconds */

    struct usual usual; /* given before there was a model, in this sitting and those before */
    char notice[400];   /* what the last sitting left to say */
    char trouble[400];  /* app_trouble */

    struct app_standing standing;
    int standing_stale;
    double recent[APP_RECENT]; /* seconds (monotonic) of the last reviews, a ring */
    int recent_count;
};

double app_seconds(void);
/* What other processes have said since. The tree may be another one then: only where app_show comes
 * next, in which all that depends on it follows. */
void app_follow_others(struct app *a);
void app_note_own(struct app *a,
                  int64_t events); /* this process has appended so many: they are no news */

/* app_photo.c. c is clear; p [terminals.count] is written, and meaningful when c->model is not 0
 * then. */
void app_blind_read(struct app *a); /* the setting, into a->blind_share */
/* Is it a blind sample while it is open? */
int app_blind_by_place(const struct app *a, int64_t photo);
/* The same for a job, which has a copy. */
struct blind {
    uint64_t project;
    double share;
};
struct blind app_blind(const struct app *a);
int app_blind_hides(const struct blind *b, int64_t photo);
int app_photo_load(struct app *a, int64_t id, float *p, struct app_photo *c, struct status *st);

/* app_queue.c. Reads the queue; with very many photos, puts the first few where they belong and
 * leaves the rest to the background (keep_passed: all of it). */
int app_queue_load(struct app *a, int keep_passed, struct status *st);
int app_queue_is_large(const struct app *a); /* is it left to the background? */
/* Those of items[0..count) that app_queue_these has named: of `these`, ascending. How many. */
size_t app_queue_keep_these(const int64_t *these, size_t these_count, struct queue_item *items,
                            size_t count);
void app_queue_follow_row(struct app *a, int64_t photo); /* its state is another one */
/* So much has changed that the rows say nothing any more. */
void app_queue_forget_rows(struct app *a);
/* So many items are not sorted again: passed, shown or gathered. */
size_t app_queue_fixed(const struct app *a);
int app_takes_decided(const struct app *a); /* are photos in the queue that have been decided on? */
void app_queue_request(const struct app *a, const struct filter *filter, struct queue_request *out);
void app_queue_by_filter(struct app *a); /* forgets app_queue_these; the queue is not loaded anew */
int app_show(struct app *a, struct status *st); /* fills a->current from the position */
/* Photos have other states now, all of them noted in one pass. changes: of different photos; they
 * are sorted by photo, and `found` says afterwards which are in the queue. */
void app_note_states(struct app *a, struct late_change *changes, size_t count);
/* A flag was set or taken off, and nothing else. */
void app_note_flag(struct app *a, int64_t photo);
int app_standing_of(const struct review_state *state); /* queue_item.labelled */
int app_queue_place(struct app *a, int64_t photo,
                    struct status *st); /* app_queue_goto, but nothing is shown yet */
/* Those that are open, that the queue is about, and that are not in it (not `found`) join it at
 * `at`. Error: out of memory. */
int app_queue_join(struct app *a, const struct late_change *changes, size_t count, size_t at,
                   struct status *st);

/* app_others.c: what events have made of photos, to be noted and learned together. */
enum { APP_NOTED = 256 };
struct noted {
    struct app *app;
    size_t count;
    int64_t photos[APP_NOTED]; /* each once; what goes beyond is left out */
    int nodes[APP_NOTED];      /* their labels, -1: none */
    struct late_change changes[APP_NOTED];
};
int app_note_event(void *noted, const struct event *event); /* for store_each_event_since */

/* app_learn.c. Makes the learner of the model in use anew, in the background; the old one answers
 * until then. */
int app_learn_open(struct app *a, struct status *st);
void app_learn_forget(struct app *a); /* another model is in use */
void app_learn_close(struct app *a);  /* after the jobs have ended */
/* The label of a photo is now this one (-1: none): learned, and what comes next in the queue judged
 * anew. */
void app_learn_label(struct app *a, int64_t photo, int node);
/* Of different photos, together. */
void app_learn_labels(struct app *a, const int64_t *photos, const int *nodes, size_t count);
/* What was said is taken back, and these are the labels again: what follows is as if it had not
 * been said. */
void app_learn_back(struct app *a, const int64_t *photos, const int *nodes, size_t count);
/* p [terminals.count] of a photo by the learner: 1 when it has an opinion. */
int app_learn_predict(struct app *a, int64_t photo, float *p);
/* Photos were looked at meanwhile: time for a learner that knows them? */
void app_learn_follow(struct app *a, long looked_at);
/* For orders SUSPECT and SIMILAR: begins to find what they sort by. */
int app_learn_look(struct app *a, struct status *st);

/* app_opinions.c. Of queue_request: `better` and `hidden` of a walk over opinions by rising photo.
 */
struct opinion_walk {
    const struct opinion *at, *end;
    struct blind blind;
};
struct opinion_walk app_opinions_walk(const struct opinions *opinions,
                                      struct blind blind); /* opinions NULL: none */
void app_opinions_better(void *walk, struct queue_item *item);
int app_opinions_hidden(void *walk, int64_t photo);
void app_opinions_leave(struct opinions *opinions); /* one user less, UI thread; NULL: nothing */
/* Fills in what orders SUSPECT and SIMILAR sort by; returns how many items stay (suspects are
 * labelled ones). */
size_t app_interests_fill(enum queue_order order, const struct opinions *interests,
                          struct queue_item *items, size_t count);
/* What is known of it by now: an opinion, or else a prediction. */
void app_opinions_fill(struct app *a, struct queue_item *item);
/* The next few anew by the learner as it is now, and sorts them. */
void app_opinions_judge_next(struct app *a);

/* app_arrange.c. There are new opinions: the photos after those that are fixed are read and sorted
 * anew, in the background. */
void app_arrange(struct app *a);
void app_arrange_all(struct app *a); /* whether they follow from opinions or not */
/* Once more, where it failed a while ago and the queue is not whole without it. */
void app_arrange_retry(struct app *a);
void app_arrange_end(struct app *a); /* the queue was loaded: what is under way is of no use */
void app_arrange_inserted(struct app *a, size_t at,
                          size_t count);            /* photos have joined the queue here */
void app_arrange_removed(struct app *a, size_t at); /* one has left it */
/* Photos have been moved to `from` and on, so many of them from behind what had been left out. */
void app_arrange_moved(struct app *a, size_t from, size_t from_behind);
void app_arrange_note(struct app *a, const struct late_change *changes,
                      size_t count);   /* of different photos, sorted */
void app_arrange_close(struct app *a); /* after the jobs have ended */

/* app_leases.c */
void app_leases_open(struct app *a);
void app_leases_close(struct app *a);
void app_leases_look(struct app *a); /* before app_holder is asked of many */
/* The current photo is held, as far as nobody else does. */
void app_lease_current(struct app *a);
/* The next photo that nobody else has, or has decided on meanwhile, from this place of the queue
 * on, takes this place and is held; 0: there is none. */
int app_lease_pass(struct app *a, size_t at);

/* app_copy.c: where there are answers, and no copy of them from this hour, makes one, in the
 * background. */
void app_copy_start(struct app *a);
void app_copy_rest(struct app *a); /* again, where an hour has passed and something was said */
void app_copy_end(struct app *a);  /* at once, of a project of an ordinary size */

/* app_filter.c: the order and the filter of the last sitting, where none is given */
int app_recall(struct app *a, const struct app_options *options, struct status *st);

/* app_labels.c */
void app_labels_close(struct app *a);

/* app_work.c: background predicting and training */
int app_start_predicting(struct app *a, struct status *st);
/* Photos were predicted before features were kept, or these are gone: looks at them again, once.
 * known: with features. */
void app_seek_features(struct app *a, size_t known);
/* A training ends with the review, by a key or because the terminal is closed: the log says so, and
 * the next review, which reads it once. */
void app_note_broken_off(struct app *a, const struct train_progress *p);
void app_read_notice(struct app *a);

#endif
