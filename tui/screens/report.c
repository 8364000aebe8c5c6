/* Where the work stands: counts, reviews a day, held-out scores, and what is confused.
 *
 * All of it is computed once, when the screen opens, into lines of text that scroll. A pair is confused when a
 * person gave another path than the model had predicted that was on the screen at that moment; only photos
 * whose prediction by that model is still in the store count. */
#include "tui/screens/screen.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "data/status.h"
#include "tui/screens/list.h"
#include "tui/screens/text.h"
#include "tui/terminal/keys.h"

enum { DAYS = 14, PAIRS = 12, BAR = 30, NAME = 28 };

struct decision { /* the last one of a person on a photo */
    int64_t photo;
    int given, model;
};

struct pair {
    int predicted, given;
    int count;
};

struct line {
    enum style style;
    float bar; /* negative: none */
    char *text;
};

struct report_screen {
    struct line *lines;
    int count, capacity;
    int failed; /* out of memory */
    int top, rows;
};

/* ---- lines ---- */

static struct line *add(struct report_screen *r, enum style style, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static struct line *add(struct report_screen *r, enum style style, const char *format, ...)
{
    static struct line nowhere;
    va_list list;
    if (r->count == r->capacity) {
        int capacity = r->capacity ? 2 * r->capacity : 64;
        struct line *more = realloc(r->lines, (size_t)capacity * sizeof *more);
        if (!more) {
            r->failed = 1;
            return &nowhere;
        }
        r->lines = more;
        r->capacity = capacity;
    }
    struct line *line = &r->lines[r->count];
    *line = (struct line){.style = style, .bar = -1};
    va_start(list, format);
    int n = vasprintf(&line->text, format, list);
    va_end(list);
    if (n < 0) {
        r->failed = 1;
        return &nowhere;
    }
    r->count++;
    return line;
}

static void add_count(struct report_screen *r, const char *name, int64_t count, int64_t of)
{
    char number[24];
    struct line *line = add(r, STYLE_NORMAL, "%-*s %10s", 12, name,
                            text_count(count, number, sizeof number));
    if (of > 0)
        line->bar = (float)count / (float)of;
}

static void add_counts(struct report_screen *r, const struct store_counts *c)
{
    add(r, STYLE_TITLE, "Photos");
    add_count(r, "all", c->photos, 0);
    add_count(r, "with a label", c->labelled, c->photos);
    add_count(r, "reviewed", c->reviewed, c->photos);
    add_count(r, "accepted", c->accepted, c->photos);
    add_count(r, "corrected", c->corrected, c->photos);
    add_count(r, "rejected", c->rejected, c->photos);
    add_count(r, "skipped", c->skipped, c->photos);
    add_count(r, "flagged", c->flagged, c->photos);
    add_count(r, "predicted", c->predicted, c->photos);
    add(r, STYLE_NORMAL, "%s", "");
}

/* ---- what the events say ---- */

struct history {
    struct decision *decisions;
    size_t count, capacity;
    struct {
        int day; /* days since 1970, local */
        int reviews;
    } days[DAYS]; /* the newest DAYS on which anything was reviewed, oldest first */
    int day_count;
    int failed;
};

static int local_day(int64_t milliseconds)
{
    time_t t = (time_t)(milliseconds / 1000);
    struct tm tm;
    if (!localtime_r(&t, &tm))
        return 0;
    return (int)((t + tm.tm_gmtoff) / 86400);
}

static void count_day(struct history *h, int64_t time)
{
    int day = local_day(time), n = h->day_count;
    if (n == 0 || h->days[n - 1].day != day) {
        if (n == DAYS)
            memmove(h->days, h->days + 1, (DAYS - 1) * sizeof h->days[0]);
        else
            n = ++h->day_count;
        h->days[n - 1].day = day;
        h->days[n - 1].reviews = 0;
    }
    h->days[n - 1].reviews++;
}

static int keep_decision(struct history *h, const struct event *e)
{
    if (h->count == h->capacity) {
        size_t capacity = h->capacity ? 2 * h->capacity : 256;
        struct decision *more = realloc(h->decisions, capacity * sizeof *more);
        if (!more)
            return h->failed = 1;
        h->decisions = more;
        h->capacity = capacity;
    }
    h->decisions[h->count++] = (struct decision){e->photo, e->after.node, e->model};
    return 0;
}

static int visit(void *arg, const struct event *e)
{
    struct history *h = arg;
    int label = e->kind == EVENT_ACCEPT || e->kind == EVENT_CORRECT;
    if (label || e->kind == EVENT_REJECT)
        count_day(h, e->time);
    return label && e->model > 0 ? keep_decision(h, e) : 0;
}

static void add_days(struct report_screen *r, const struct history *h)
{
    int most = 1;
    for (int i = 0; i < h->day_count; i++)
        most = h->days[i].reviews > most ? h->days[i].reviews : most;
    add(r, STYLE_TITLE, "Decisions a day");
    for (int i = h->day_count - 1; i >= 0; i--) {
        time_t t = (time_t)h->days[i].day * 86400;
        struct tm tm;
        char date[16], number[24];
        if (text_clock_stopped() || !gmtime_r(&t, &tm) || !strftime(date, sizeof date, "%Y-%m-%d", &tm))
            strcpy(date, "2026-01-02");
        struct line *line = add(r, STYLE_NORMAL, "%-12s %10s", date,
                                text_count(h->days[i].reviews, number, sizeof number));
        line->bar = (float)h->days[i].reviews / (float)most;
    }
    if (h->day_count == 0)
        add(r, STYLE_DIM, "none yet");
    add(r, STYLE_NORMAL, "%s", "");
}

/* ---- what is confused ---- */

static int compare_decisions(const void *a, const void *b)
{
    const struct decision *x = a, *y = b;
    return x->photo < y->photo ? -1 : x->photo > y->photo;
}

static int compare_pairs(const void *a, const void *b)
{
    const struct pair *x = a, *y = b;
    return y->count - x->count;
}

/* Where the predicted path of a photo ended under a model; -1: not in the store. */
static int predicted_node(struct app *a, const struct terminals *terminals, const struct decision *d,
                          float *by_node, float *p)
{
    const struct taxonomy *t = app_taxonomy(a);
    struct answer answer;
    float sum = 0;
    if (store_prediction(app_store(a), d->photo, d->model, by_node, terminals->nodes, NULL, 0, NULL))
        return -1;
    for (int k = 0; k < terminals->count; k++)
        sum += p[k] = by_node[terminals->node[k]];
    if (sum <= 0)
        return -1;
    for (int k = 0; k < terminals->count; k++)
        p[k] /= sum;
    decide_answer(t, terminals, p, &answer);
    return answer.node;
}

static int count_pair(struct pair *pairs, int count, int predicted, int given)
{
    for (int i = 0; i < count; i++) {
        if (pairs[i].predicted == predicted && pairs[i].given == given) {
            pairs[i].count++;
            return count;
        }
    }
    pairs[count] = (struct pair){predicted, given, 1};
    return count + 1;
}

static void add_pairs(struct report_screen *r, struct app *a, const struct pair *pairs, int count,
                      int compared)
{
    char given[400], predicted[400];
    add(r, STYLE_TITLE, "Most confused, of %d decisions compared with what was predicted", compared);
    for (int i = 0; i < count && i < PAIRS; i++)
        add(r, STYLE_NORMAL, "%5d  %s  was  %s", pairs[i].count,
            taxonomy_format(app_taxonomy(a), pairs[i].predicted, " > ", predicted, sizeof predicted),
            taxonomy_format(app_taxonomy(a), pairs[i].given, " > ", given, sizeof given));
    if (count == 0)
        add(r, STYLE_DIM, "nothing yet");
    add(r, STYLE_NORMAL, "%s", "");
}

static int add_confusion(struct report_screen *r, struct app *a, struct history *h, struct status *st)
{
    struct terminals terminals = {0};
    struct pair *pairs = calloc(h->count + 1, sizeof *pairs);
    float *p = NULL, *by_node = NULL;
    int failed = -1, count = 0, compared = 0;
    if (terminals_make(app_taxonomy(a), &terminals, st))
        goto out;
    p = calloc((size_t)terminals.count + 1, sizeof *p);
    by_node = calloc((size_t)terminals.nodes + 1, sizeof *by_node);
    if (!pairs || !p || !by_node) {
        status_out_of_memory(st);
        goto out;
    }
    qsort(h->decisions, h->count, sizeof *h->decisions, compare_decisions);
    for (size_t i = 0; i < h->count; i++) {
        int node = terminals.count > 0 ? predicted_node(a, &terminals, &h->decisions[i], by_node, p) : -1;
        compared += node >= 0;
        if (node >= 0 && node != h->decisions[i].given)
            count = count_pair(pairs, count, node, h->decisions[i].given);
    }
    qsort(pairs, (size_t)count, sizeof *pairs, compare_pairs);
    add_pairs(r, a, pairs, count, compared);
    failed = 0;
out:
    terminals_clear(&terminals);
    free(pairs);
    free(p);
    free(by_node);
    return failed;
}

/* ---- models ---- */

static int add_model(void *arg, const struct model_record *m)
{
    struct report_screen *r = arg;
    char labels[24];
    if (m->removed || m->score_after < 0)
        return 0;
    struct line *line = add(r, STYLE_NORMAL, "model %-6d %10.3f", m->number, m->score_after);
    line->bar = (float)m->score_after;
    free(line->text == NULL ? NULL : NULL);
    (void)labels;
    return 0;
}

static int compute(struct screen *s, struct status *st)
{
    struct report_screen *r = s->state;
    struct app *a = ui_app(s->ui);
    struct history h = {0};
    int failed = -1;
    add_counts(r, &app_standing(a)->counts);
    if (store_each_event(app_store(a), 0, visit, &h, st))
        goto out;
    add_days(r, &h);
    add(r, STYLE_TITLE, "Score on held-out photos");
    int before = r->count;
    if (store_each_model(app_store(a), add_model, r, st))
        goto out;
    if (r->count == before)
        add(r, STYLE_DIM, "not measured yet");
    add(r, STYLE_NORMAL, "%s", "");
    if (add_confusion(r, a, &h, st))
        goto out;
    failed = r->failed || h.failed ? status_out_of_memory(st) : 0;
out:
    free(h.decisions);
    return failed;
}
