/* Decisions: written to the store first, then shown. */
#include <stdlib.h>
#include <string.h>

#include "data/status.h"
#include "tui/loop/app_internal.h"

/* What a decision makes of a photo's state, as far as the queue is concerned. */
static struct review_state decided(enum event_kind kind)
{
    enum review_kind state = kind == EVENT_ACCEPT    ? REVIEW_ACCEPTED
                             : kind == EVENT_CORRECT ? REVIEW_CORRECTED
                             : kind == EVENT_GIVE    ? REVIEW_GIVEN
                             : kind == EVENT_REJECT  ? REVIEW_REJECTED
                                                     : REVIEW_SKIPPED;
    return (struct review_state){.kind = state, .node = -1};
}

/* After a decision: the next photo; past the last one, to what is still open, or to the end. */
static void go_on(struct app *a)
{
    if (a->position + 1 >= a->count && app_queue_next_open(a))
        return;
    if (a->position < a->count)
        a->position++;
    if (a->position < a->count && !app_lease_pass(a, a->position))
        a->position = a->count;
    app_show(a, NULL);
}

/* The labels are others now: why a training came to nothing is not so any more. */
static void labels_changed(struct app *a)
{
    a->standing_stale = 1;
    if (a->train.phase == TRAIN_IDLE && a->train.model == 0)
        a->train.message[0] = '\0';
}

/* What the model said goes into the event, shown or not. */
static void note_predicted(const struct app_photo *c, struct review *review)
{
    int node = c->blind ? c->hidden_node : c->candidates > 0 ? c->candidate[0].node : -1;
    review->model = c->blind ? c->hidden_model : c->model;
    review->has_predicted = node >= 0;
    review->predicted = node;
}

int app_review(struct app *a, int64_t photo, enum event_kind kind, int node, int milliseconds,
               struct status *st)
{
    const struct app_photo *c = &a->current;
    int is_current = photo == c->photo.id, is_label = kind == EVENT_ACCEPT || kind == EVENT_CORRECT;
    struct review review = {
        .photo = photo, .kind = kind, .node = node, .milliseconds = milliseconds};
    if (is_current) {
        note_predicted(c, &review);
        review.has_seen = 1;
        review.seen = a->seen;
    }
    if (is_label && (!is_current || c->candidates == 0))
        review.kind = EVENT_GIVE; /* no prediction was shown that the path could correct */
    else if (is_label)
        review.kind = c->candidate[0].node == node ? EVENT_ACCEPT : EVENT_CORRECT;
    else
        review.node = -1;
    struct status failed = {0};
    if (store_review(a->project.store, a->who, &review, 1, &failed) != 0) {
        if (failed.code == STATUS_CONFLICT) {
            a->seen_photo = 0; /* the person is told */
            app_show(a, NULL);
        }
        if (st)
            *st = failed;
        return -1;
    }
    app_note_own(a, 1);
    if (is_current && kind != EVENT_FLAG && kind != EVENT_UNFLAG)
        a->seen_photo = 0;
    /* It is stored from here on: that what comes next cannot be shown must not be said of the
     * decision. */
    if (kind == EVENT_FLAG || kind == EVENT_UNFLAG) {
        a->standing_stale = 1;
        app_note_flag(a, photo);
        if (is_current)
            app_show(a, NULL);
        return 0;
    }
    labels_changed(a);
    if (review.kind == EVENT_GIVE)
        usual_note(&a->usual, node);
    struct review_state state = decided(review.kind);
    if (kind != EVENT_SKIP)
        a->recent[a->recent_count++ % APP_RECENT] = app_seconds();
    app_note_states(a, &(struct late_change){.photo = photo, .labelled = app_standing_of(&state)},
                    1);
    if (is_label || kind == EVENT_REJECT)
        app_learn_label(a, photo, is_label ? node : -1);
    if (is_current) {
        app_follow_others(a); /* before the next photo is chosen */
        go_on(a);
    }
    return 0;
}

static void fill_reviews(enum event_kind kind, const struct app_decision *decisions, size_t count,
                         int milliseconds, struct review *reviews)
{
    int is_label = kind == EVENT_ACCEPT || kind == EVENT_CORRECT || kind == EVENT_GIVE;
    for (size_t i = 0; i < count; i++) {
        const struct app_decision *d = &decisions[i];
        enum event_kind of = !is_label                      ? kind
                             : d->predicted < 0 || d->blind ? EVENT_GIVE
                             : d->predicted == d->node      ? EVENT_ACCEPT
                                                            : EVENT_CORRECT;
        reviews[i] =
            (struct review){.photo = d->photo,
                            .kind = of,
                            .node = is_label ? d->node : -1,
                            .model = d->predicted >= 0 ? d->model : 0,
                            .has_predicted = d->predicted >= 0,
                            .predicted = d->predicted,
                            .has_seen = d->has_seen,
                            .seen = d->seen,
                            .milliseconds = milliseconds > 0 ? milliseconds / (int)count : 0};
    }
}

/* What follows from decisions that are stored. timed: it is known how long they took. */
static void note_reviews(struct app *a, const struct review *reviews, size_t count, int timed,
                         struct late_change *changes, int64_t *photos, int *nodes)
{
    size_t learned = 0, changed = 0;
    for (size_t i = 0; i < count; i++) {
        const struct review *r = &reviews[i];
        struct review_state state = decided(r->kind);
        if (r->kind == EVENT_FLAG || r->kind == EVENT_UNFLAG) {
            app_note_flag(a, r->photo);
            continue;
        }
        changes[changed++] =
            (struct late_change){.photo = r->photo, .labelled = app_standing_of(&state)};
        if (r->kind == EVENT_SKIP)
            continue;
        if (timed) /* as if they had come one after the other */
            a->recent[a->recent_count++ % APP_RECENT] =
                app_seconds() - 1e-3 * r->milliseconds * (double)(count - 1 - i);
        if (r->kind == EVENT_GIVE)
            usual_note(&a->usual, r->node);
        photos[learned] = r->photo;
        nodes[learned++] = r->node;
    }
    app_note_states(a, changes, changed);
    app_learn_labels(a, photos, nodes, learned);
}

int app_review_many(struct app *a, enum event_kind kind, const struct app_decision *decisions,
                    size_t count, int milliseconds, struct status *st)
{
    struct review *reviews = malloc((count + 1) * sizeof *reviews);
    int64_t *photos = malloc((count + 1) * sizeof *photos);
    struct late_change *changes = malloc((count + 1) * sizeof *changes);
    int *nodes = malloc((count + 1) * sizeof *nodes), result = 0;
    if (!reviews || !photos || !changes || !nodes)
        result = status_out_of_memory(st);
    if (result == 0 && count > 0) {
        fill_reviews(kind, decisions, count, milliseconds, reviews);
        result = store_review(a->project.store, a->who, reviews, count, st);
        if (result != 0)
            app_show(a, NULL);
        if (result == 0) {
            app_note_own(a, (int64_t)count);
            labels_changed(a);
            note_reviews(a, reviews, count, milliseconds >= 0, changes, photos, nodes);
            a->seen_photo = 0;
            app_show(a, NULL); /* others' answers are followed, too */
        }
    }
    free(reviews);
    free(photos);
    free(changes);
    free(nodes);
    return result;
}

/* All that depends on the tree follows in app_show, and then the queue is that of the new tree. */
static void tree_changed(struct app *a)
{
    if (app_show(a, NULL) == 0 && app_queue_load(a, 1, NULL) == 0)
        app_show(a, NULL);
}

/* To the first one of them in the queue, so that the others come next; where none is in it, the
 * photo joins it. n: its changes are sorted by photo. */
static int go_to_first(struct app *a, struct noted *n, int64_t photo, struct status *st)
{
    for (size_t i = 0; i < a->count; i++)
        for (size_t low = 0, high = n->count; low < high;) {
            size_t middle = low + (high - low) / 2;
            if (n->changes[middle].photo == a->items[i].photo) {
                a->position = i;
                return 0;
            }
            if (n->changes[middle].photo < a->items[i].photo)
                low = middle + 1;
            else
                high = middle;
        }
    for (size_t i = 0; i < n->count; i++)
        n->changes[i].found |= n->changes[i].photo == photo;
    return app_queue_place(a, photo, st);
}

static int step_back_or_forth(struct app *a,
                              int (*step)(struct store *s, const char *who, int64_t *photo,
                                          size_t *count, struct status *st),
                              struct status *st)
{
    int64_t photo = 0, before = store_last_event(a->project.store, st);
    size_t count = 0;
    if (before < 0 || step(a->project.store, a->who, &photo, &count, st) != 0)
        return -1;
    app_note_own(a, (int64_t)count);
    labels_changed(a);
    a->seen_photo = 0;
    if (count == 0) { /* the tree: it is done, whatever comes of reading the queue */
        tree_changed(a);
        return 0;
    }
    if (count > APP_NOTED) { /* the queue is read again, and all labels learned anew */
        app_learn_open(a, NULL);
        app_queue_forget_rows(a);
        return app_queue_load(a, 0, st) == 0 ? app_show(a, st) : -1;
    }
    struct noted noted = {.app = a};
    if (store_each_event_since(a->project.store, before, app_note_event, &noted, st) < 0)
        return -1;
    app_note_states(a, noted.changes, noted.count);
    if (go_to_first(a, &noted, photo, st) != 0 ||
        app_queue_join(a, noted.changes, noted.count, a->position + 1, st) != 0)
        return -1;
    (step == store_undo ? app_learn_back : app_learn_labels)(a, noted.photos, noted.nodes,
                                                             noted.count);
    return app_show(a, st);
}

int app_undo(struct app *a, struct status *st)
{
    return step_back_or_forth(a, store_undo, st);
}

int app_redo(struct app *a, struct status *st)
{
    return step_back_or_forth(a, store_redo, st);
}

int app_add_path(struct app *a, int parent, const char *const *names, int count, struct status *st)
{
    if (app_show(a, st) != 0) /* with the labels that others added meanwhile */
        return -1;
    struct taxonomy *grown = taxonomy_copy(store_taxonomy(a->project.store));
    if (!grown)
        return status_out_of_memory(st);
    int node = parent;
    for (int i = 0; i < count && (i == 0 || node >= 0); i++)
        node = taxonomy_add(grown, node, names[i], NULL, st);
    if (node >= 0 && store_grow_taxonomy(a->project.store, a->who, grown, st) != 0)
        node = -1;
    taxonomy_free(grown);
    if (node >= 0 && app_show(a, st) != 0)
        return -1;
    return node;
}

int app_edit_tree(struct app *a, const struct tree_edit *edit, struct status *st)
{
    if (store_edit_taxonomy(a->project.store, a->who, edit, st) != 0)
        return -1;
    labels_changed(a);
    tree_changed(a); /* it is done, whatever comes of reading the queue */
    return 0;
}
