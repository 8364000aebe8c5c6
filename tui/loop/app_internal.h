/* What the files of app share; nobody else includes this. */
#ifndef TUI_LOOP_APP_INTERNAL_H
#define TUI_LOOP_APP_INTERNAL_H

#include "tui/loop/app.h"
#include "tui/loop/project.h"
#include "tui/loop/usual.h"

enum { APP_RECENT = 20 };

struct app {
    struct project project;
    char *who;
    int threads, background;
    struct jobs *jobs;
    unsigned changed; /* APP_..., until the next app_collect */

    /* queue: what lies before `position` has been passed; position == count is the end */
    struct queue_item *items;
    size_t count, position;
    enum queue_order order;
    struct queue_filter filter;
    char *filter_text; /* filter.path_contains, owned */

    /* the photo at the position */
    struct app_photo current;
    struct terminals terminals; /* of the store's taxonomy */
    const struct taxonomy *terminals_of;
    float *by_node;  /* [nodes] scratch */
    float *p;        /* [terminals.count]; meaningful when current.model is not 0 */

    /* background work */
    int model;       /* in use */
    int shown_model; /* the last whose predictions were complete: shown until the new ones are there */
    long train_handle, predict_handle;
    const void *predicting; /* the job that predicts, NULL: none */
    struct train_progress train;
    struct predict_progress predict;

    struct usual usual; /* given before there was a model, in this sitting and those before */
    char notice[200]; /* what the last sitting left to say */

    struct app_standing standing;
    int standing_stale;
    double recent[APP_RECENT]; /* seconds (monotonic) of the last reviews, a ring */
    int recent_count;
};

double app_seconds(void);

/* app_queue.c */
int app_queue_load(struct app *a, int keep_passed, struct status *st);
int app_show(struct app *a, struct status *st); /* fills a->current from the position */
void app_note_state(struct app *a, int64_t photo, const struct review_state *state);

/* app_work.c: background predicting and training */
int app_start_predicting(struct app *a, struct status *st);
/* A training ends with the review, by a key or because the terminal is closed: the log says so, and the next
 * review, which reads it once. */
void app_note_broken_off(struct app *a, const struct train_progress *p);
void app_read_notice(struct app *a);

#endif
