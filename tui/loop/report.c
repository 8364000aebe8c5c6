/* The numbers of the report, in three passes: over the events, the models, and the photos held out
 * of training. */
#include "tui/loop/report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "data/status.h"
#include "tui/loop/predictions.h"
#include "tui/loop/project.h"
#include "tui/loop/samples.h"

const enum event_kind report_kinds[REPORT_KINDS] = {EVENT_ACCEPT, EVENT_CORRECT, EVENT_GIVE,
                                                    EVENT_REJECT, EVENT_SKIP};

static const float history_share = 0.5f; /* of the progress: the rest is the held-out photos */

struct making {
    struct project *project;
    const struct taxonomy *tree;
    struct report *out;
    atomic_int *cancel;
    void (*progress)(void *arg, float share);
    void *arg;
    size_t photos_seen;
    struct status *st;
    int failed;
};

static int cancelled(struct making *m)
{
    return m->cancel && atomic_load(m->cancel) ? status_fail(m->st, STATUS_CANCELLED, "cancelled")
                                               : 0;
}

static void tell(struct making *m, float share)
{
    if (m->progress)
        m->progress(m->arg, share);
}

/* ---- mistakes ---- */

static int note_mistake(struct report_mistakes *all, const struct taxonomy *t, int64_t photo,
                        int truth, int answer, struct status *st)
{
    if (all->count == all->capacity) {
        size_t capacity = all->capacity ? 2 * all->capacity : 64;
        struct report_mistake *grown = realloc(all->list, capacity * sizeof *grown);
        if (!grown)
            return status_out_of_memory(st);
        all->list = grown;
        all->capacity = capacity;
    }
    all->list[all->count++] = (struct report_mistake){photo, truth, answer};
    return confusion_add(&all->pairs, t, truth, answer, st);
}

int64_t *report_photos(const struct report_mistakes *m, const struct confusion_pair *pair,
                       size_t *count)
{
    int64_t *photos = malloc((m->count + 1) * sizeof *photos);
    *count = 0;
    for (size_t i = 0; photos && i < m->count; i++)
        if (m->list[i].truth == pair->truth && m->list[i].answer == pair->answer)
            photos[(*count)++] = m->list[i].photo;
    return photos;
}

static void clear_mistakes(struct report_mistakes *m)
{
    confusion_clear(&m->pairs);
    free(m->list);
}

/* ---- events ---- */

static int add_event(void *arg, const struct event *e)
{
    struct making *m = arg;
    m->failed = cancelled(m) || worklog_add(&m->out->log, e, m->st);
    return m->failed;
}

static int64_t local_day(int64_t milliseconds)
{
    time_t t = (time_t)(milliseconds / 1000);
    struct tm tm;
    if (!localtime_r(&t, &tm))
        return 0;
    return (t + tm.tm_gmtoff) / 86400;
}

/* Events are in the order in which they happened; their times are not where the clock was set back:
 * a day stands once all the same. */
static int add_days(struct making *m)
{
    struct report *r = m->out;
    int64_t today = local_day((int64_t)time(NULL) * 1000);
    double spent = 0;
    long timed = 0;
    const struct decision **sorted = NULL;
    r->days = malloc((r->log.count + 1) * sizeof *r->days);
    if (!r->days)
        return status_out_of_memory(m->st);
    if (worklog_by_time(&r->log, &sorted, m->st) != 0)
        return -1;
    for (size_t i = 0; i < r->log.count; i++) {
        const struct decision *d = sorted[i];
        int64_t day = local_day(d->time);
        if (d->undone || d->kind == EVENT_SKIP)
            continue;
        if (r->day_count == 0 || r->days[r->day_count - 1].day != day) {
            r->days[r->day_count++] = (struct report_day){.day = day};
            spent = 0;
            timed = 0;
        }
        struct report_day *last = &r->days[r->day_count - 1];
        last->decisions++;
        timed += d->milliseconds > 0;
        spent += d->milliseconds < WORKLOG_PAUSE ? d->milliseconds : WORKLOG_PAUSE;
        last->per_minute = spent > 0 ? 60000.0 * (double)timed / spent : 0;
        r->today += day == today;
        r->week += day > today - 7;
    }
    free(sorted);
    return 0;
}

static int add_pace(struct making *m)
{
    struct report *r = m->out;
    const struct worklog *h = &r->log;
    r->people = calloc(h->person_count + 1, sizeof *r->people);
    if (!r->people)
        return status_out_of_memory(m->st);
    int failed = worklog_pace(h, -1, -1, 0, &r->all, m->st);
    for (int k = 0; k < REPORT_KINDS && !failed; k++)
        failed = worklog_pace(h, (int)report_kinds[k], -1, 0, &r->kinds[k], m->st);
    failed = failed || worklog_pace(h, WORKLOG_CONFIRMED, -1, 0, &r->confirmed, m->st);
    for (size_t i = 0; i < h->person_count && !failed; i++)
        failed = worklog_pace(h, -1, (int)i, 0, &r->people[i], m->st);
    return failed;
}

/* Where the prediction ended that a correction of an older program answered, if the store still has
 * it; -1. */
static int remembered(struct making *m, struct predictions *reader, const struct decision *d)
{
    struct answer answer;
    struct status none = {0};
    if (d->model != reader->model) {
        predictions_close(reader);
        if (predictions_open(reader, m->project, d->model, &none) != 0)
            return -1;
    }
    return predictions_answer(reader, d->photo, &answer, NULL, 0, &none) == 0 ? answer.node : -1;
}

static int add_look(struct making *m, struct predictions *reader, const struct decision *d)
{
    struct report *r = m->out;
    int predicted = d->predicted, path[TAXONOMY_DEPTH], answer[TAXONOMY_DEPTH];
    if (predicted < 0 && (d->kind != EVENT_CORRECT || d->model <= 0))
        return 0; /* there was nothing to be right or wrong */
    if (predicted < 0 && (predicted = remembered(m, reader, d)) < 0)
        r->guessed++;
    if (d->node >= r->node_count || predicted >= r->node_count) /* just added by others */
        return 0;
    score_add_nodes(decision_is_blind(d) ? &r->blind : &r->seen, m->tree, d->node, predicted);
    int depth = taxonomy_path(m->tree, d->node, path);
    int given = predicted >= 0 ? taxonomy_path(m->tree, predicted, answer) : 0;
    double score = score_path(path, depth, answer, given);
    r->right[r->right_count++] = (float)score;
    return predicted >= 0 && score < 1
               ? note_mistake(&r->corrected, m->tree, d->photo, d->node, predicted, m->st)
               : 0;
}

static int add_looks(struct making *m)
{
    struct report *r = m->out;
    struct predictions reader = {0};
    const struct decision **looks = NULL;
    size_t count = 0;
    int failed = worklog_first_looks(&r->log, &looks, &count, &r->repeated, m->st);
    r->right = malloc((count + 1) * sizeof *r->right);
    if (!failed && !r->right)
        failed = status_out_of_memory(m->st);
    for (size_t i = 0; i < count && !failed; i++) {
        failed = (failed = cancelled(m)) ? failed : add_look(m, &reader, looks[i]);
        if (i % 512 == 0)
            tell(m, history_share * (float)i / (float)count);
    }
    confusion_sort(&r->corrected.pairs);
    predictions_close(&reader);
    free(looks);
    return failed;
}

/* ---- models ---- */

static int add_model(void *arg, const struct model_record *record)
{
    struct making *m = arg;
    struct report *r = m->out;
    if (record->score_after < 0)
        return 0;
    struct model_record *grown = realloc(r->models, (r->model_count + 1) * sizeof *grown);
    if (!grown) {
        m->failed = status_out_of_memory(m->st);
        return 1;
    }
    r->models = grown; /* they come newest first */
    memmove(grown + 1, grown, r->model_count++ * sizeof *grown);
    grown[0] = *record;
    return 0;
}

/* ---- held-out photos ---- */

static int label_photo(void *arg, const struct photo *photo)
{
    struct making *m = arg;
    int node = photo->state.node;
    if (node >= 0 && node < m->out->node_count)
        node_scores_label(m->out->nodes, m->tree, node);
    m->failed = ++m->photos_seen % 512 == 0 ? cancelled(m) : 0;
    return m->failed;
}

static int add_sample(struct making *m, struct predictions *reader, const struct sample *s)
{
    struct report *r = m->out;
    struct answer answer;
    struct status problem = {0};
    if (s->node >= r->node_count)
        return 0;
    int found = predictions_answer(reader, s->photo, &answer, NULL, 0, &problem);
    if (found < 0 && problem.code == STATUS_BUSY) {
        r->unpredicted++;
        return 0;
    }
    if (found < 0)
        return status_fail(m->st, problem.code, "%s", problem.text);
    int node = found == 0 ? answer.node : -1;
    node_scores_add(r->nodes, m->tree, s->node, node);
    if (evaluation_add(&r->held, m->tree, s->node, found == 0 ? &answer : NULL, m->st) != 0)
        return -1;
    int truth[TAXONOMY_DEPTH], depth = taxonomy_path(m->tree, s->node, truth);
    return node >= 0 && score_path(truth, depth, answer.path, answer.depth) < 1
               ? note_mistake(&r->missed, m->tree, s->photo, s->node, node, m->st)
               : 0;
}

static int add_held_out(struct making *m)
{
    struct report *r = m->out;
    struct samples samples;
    struct predictions reader;
    if (samples_collect(m->project, &samples, m->st) != 0)
        return -1;
    r->held.has_confidence = 1;
    int failed = predictions_open(&reader, m->project, r->model, m->st);
    for (int i = 0; i < samples.held && !failed; i++) {
        failed = cancelled(m) ? -1 : add_sample(m, &reader, &samples.held_out[i]);
        if (i % 64 == 0)
            tell(m, history_share + (1 - history_share) * (float)i / (float)samples.held);
    }
    predictions_close(&reader);
    samples_clear(&samples);
    confusion_sort(&r->missed.pairs);
    return failed;
}

/* ---- all of it ---- */

static int make(struct making *m)
{
    struct report *r = m->out;
    struct store *s = m->project->store;
    r->model = store_current_model(s);
    r->node_count = taxonomy_count(m->tree);
    r->nodes = calloc((size_t)r->node_count + 1, sizeof *r->nodes);
    if (!r->nodes)
        return status_out_of_memory(m->st);
    if (store_count(s, &r->counts, m->st) != 0 ||
        store_each_event(s, 0, add_event, m, m->st) != 0 || m->failed || add_days(m) != 0 ||
        add_pace(m) != 0 || agreement_make(&r->log, m->tree, &r->agreement, m->st) != 0 ||
        add_looks(m) != 0 || store_each_model(s, add_model, m, m->st) != 0 || m->failed ||
        store_each_photo(s, label_photo, m, m->st) != 0 || m->failed)
        return -1;
    return r->model ? add_held_out(m) : 0;
}

int report_make(struct project *p, struct report *out, atomic_int *cancel,
                void (*progress)(void *arg, float share), void *arg, struct status *st)
{
    struct making m = {.project = p,
                       .out = out,
                       .cancel = cancel,
                       .progress = progress,
                       .arg = arg,
                       .st = st,
                       .tree = store_taxonomy(p->store)};
    *out = (struct report){0};
    if (make(&m) == 0)
        return 0;
    report_clear(out);
    return -1;
}

void report_clear(struct report *r)
{
    free(r->models);
    free(r->right);
    clear_mistakes(&r->corrected);
    clear_mistakes(&r->missed);
    evaluation_clear(&r->held);
    free(r->nodes);
    free(r->people);
    worklog_clear(&r->log);
    agreement_clear(&r->agreement);
    free(r->days);
    *r = (struct report){0};
}

size_t report_window(const struct report *r)
{
    return r->right_count < 4 * REPORT_WINDOW ? (r->right_count + 3) / 4 : REPORT_WINDOW;
}

int report_nodding(const struct report *r, double *difference, double *error)
{
    if (r->seen.photos == 0 || r->blind.photos == 0)
        return 0;
    double seen = score_mean(&r->seen), blind = score_mean(&r->blind);
    *difference = seen - blind;
    *error = hypot(score_error(seen, r->seen.photos), score_error(blind, r->blind.photos));
    return 1;
}
