/* Where the work stands: counts, reviews a day, held-out scores, and what is confused.
 *
 * All of it is computed once, when the screen opens, into lines of text that scroll. What counts as accepted
 * or corrected is what the last event of a photo left, so that the parts agree with the counts at the top. A pair is
 * confused when a person gave another path than the model had predicted that was on the screen at that moment;
 * it can be named as long as the prediction by that model is in the store. */
#include "tui/screens/screen.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "data/status.h"
#include "labels/score.h"
#include "tui/screens/list.h"
#include "tui/screens/text.h"
#include "tui/terminal/keys.h"

enum { DAYS = 14, PAIRS = 12, BAR_AT = 27, BAR_MOST = 40 };

struct decision {
    int64_t photo, event;
    int given, model; /* model 0: taken back, or decided without a prediction */
    enum review_kind kind; /* what it left */
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
    add_count(r, "given", c->given, c->photos);
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
    h->decisions[h->count++] =
        (struct decision){e->photo, e->id, e->after.node, e->model, e->after.kind};
    return 0;
}

static int visit(void *arg, const struct event *e)
{
    struct history *h = arg;
    int label = e->kind == EVENT_ACCEPT || e->kind == EVENT_CORRECT || e->kind == EVENT_GIVE;
    int changes = e->before.node != e->after.node || e->before.kind != e->after.kind;
    if (label || e->kind == EVENT_REJECT)
        count_day(h, e->time);
    return label || (changes && e->kind != EVENT_IMPORT) ? keep_decision(h, e) : 0;
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
    if (x->photo != y->photo)
        return x->photo < y->photo ? -1 : 1;
    return x->event < y->event ? -1 : x->event > y->event;
}

static int by_nodes(const void *a, const void *b)
{
    const struct pair *x = a, *y = b;
    return x->predicted != y->predicted ? x->predicted - y->predicted : x->given - y->given;
}

static int by_count(const void *a, const void *b)
{
    const struct pair *x = a, *y = b;
    return x->count != y->count ? y->count - x->count : by_nodes(a, b);
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

/* Equal pairs become one; the most frequent first. Returns how many are left. */
static int merge_pairs(struct pair *pairs, int count)
{
    int kept = 0;
    qsort(pairs, (size_t)count, sizeof *pairs, by_nodes);
    for (int i = 0; i < count; i++) {
        if (kept > 0 && by_nodes(&pairs[kept - 1], &pairs[i]) == 0)
            pairs[kept - 1].count++;
        else
            pairs[kept++] = pairs[i];
    }
    qsort(pairs, (size_t)kept, sizeof *pairs, by_count);
    return kept;
}

/* corrected, accepted: photos. Two lines a pair: both paths are whole in most windows, and which of them is the
 * truth is said. */
static void add_pairs(struct report_screen *r, struct app *a, const struct pair *pairs, int count,
                      int corrected, int accepted)
{
    char path[400];
    int named = 0;
    add(r, STYLE_TITLE, "Most confused: of %d predictions decided on, %d %s wrong", corrected + accepted,
        corrected, corrected == 1 ? "was" : "were");
    for (int i = 0; i < count; i++) {
        named += pairs[i].count;
        if (i >= PAIRS)
            continue;
        add(r, STYLE_NORMAL, "%5d  predicted  %s", pairs[i].count,
            taxonomy_format(app_taxonomy(a), pairs[i].predicted, " > ", path, sizeof path));
        add(r, STYLE_NORMAL, "       is really  %s",
            taxonomy_format(app_taxonomy(a), pairs[i].given, " > ", path, sizeof path));
    }
    if (corrected > named)
        add(r, STYLE_DIM, "%5d  whose prediction is not kept any more", corrected - named);
    add(r, STYLE_NORMAL, "%s", "");
}

/* The last decision on a photo, or the one before that it brings back: the model it answered; 0: not known. */
static int model_of(const struct history *h, size_t last)
{
    const struct decision *d = &h->decisions[last];
    for (size_t i = last + 1; i-- > 0 && h->decisions[i].photo == d->photo;)
        if (h->decisions[i].model > 0 && h->decisions[i].given == d->given)
            return h->decisions[i].model;
    return 0;
}

static int add_confusion(struct report_screen *r, struct app *a, struct history *h, struct status *st)
{
    struct terminals terminals = {0};
    struct pair *pairs = calloc(h->count + 1, sizeof *pairs);
    float *p = NULL, *by_node = NULL;
    int failed = -1, count = 0, corrected = 0, accepted = 0;
    if (terminals_make(app_taxonomy(a), &terminals, st))
        goto out;
    p = calloc((size_t)terminals.count + 1, sizeof *p);
    by_node = calloc((size_t)terminals.nodes + 1, sizeof *by_node);
    if (!pairs || !p || !by_node) {
        status_out_of_memory(st);
        goto out;
    }
    if (h->count > 1)
        qsort(h->decisions, h->count, sizeof *h->decisions, compare_decisions);
    for (size_t i = 0; i < h->count; i++) {
        struct decision d = h->decisions[i];
        if (i + 1 < h->count && h->decisions[i + 1].photo == d.photo)
            continue;
        accepted += d.kind == REVIEW_ACCEPTED;
        corrected += d.kind == REVIEW_CORRECTED;
        d.model = d.kind == REVIEW_CORRECTED ? model_of(h, i) : 0;
        int node = d.model > 0 && d.given >= 0 &&
                           d.given < taxonomy_count(app_taxonomy(a)) /* or just added by others */
                       ? predicted_node(a, &terminals, &d, by_node, p)
                       : -1;
        if (node >= 0 && node != d.given)
            pairs[count++] = (struct pair){node, d.given, 1};
    }
    add_pairs(r, a, pairs, merge_pairs(pairs, count), corrected, accepted);
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
    if (m->removed || m->score_after < 0)
        return 0;
    char score[SCORE_SHOWN];
    add(r, STYLE_NORMAL, "%4d %6d  %s", m->number, m->held_out,
        score_show(m->score_after, m->held_out, score))->bar = (float)m->score_after;
    return 0;
}

static int add_scores(struct report_screen *r, struct app *a, struct status *st)
{
    add(r, STYLE_TITLE, "Score on held-out photos");
    int before = r->count;
    add(r, STYLE_DIM, " no. photos  score");
    if (store_each_model(app_store(a), add_model, r, st))
        return -1;
    if (r->count == before + 1)
        add(r, STYLE_DIM, "not measured yet");
    add(r, STYLE_NORMAL, "%s", "");
    return 0;
}

/* ---- the screen ---- */

static void close(struct screen *s)
{
    struct report_screen *r = s->state;
    for (int i = 0; i < r->count; i++)
        free(r->lines[i].text);
    free(r->lines);
}

static int open(struct screen *s, const void *argument, struct status *st)
{
    struct report_screen *r = s->state;
    struct app *a = ui_app(s->ui);
    struct history h = {0};
    (void)argument;
    add_counts(r, &app_standing(a)->counts);
    int failed = store_each_event(app_store(a), 0, visit, &h, st);
    if (!failed) {
        add_days(r, &h);
        failed = add_scores(r, a, st) || add_confusion(r, a, &h, st);
    }
    if (!failed && (r->failed || h.failed))
        failed = status_out_of_memory(st);
    free(h.decisions);
    if (failed)
        close(s);
    return failed ? -1 : 0;
}

static void draw(struct screen *s)
{
    static const struct hint hints[] = {
        {"{back}", "back", 0}, {"j k", "scroll", 0}, {"{help}", "help", 1}, {NULL, NULL, 0}};
    struct report_screen *r = s->state;
    const struct terminal_info *info = terminal_info();
    int bar = info->cols - BAR_AT - 2 < BAR_MOST ? info->cols - BAR_AT - 2 : BAR_MOST;
    r->rows = info->rows - 4;
    if (r->top > r->count - r->rows)
        r->top = r->count - r->rows;
    if (r->top < 0)
        r->top = 0;
    terminal_fill(0, 0, 1, info->cols, STYLE_STATUS);
    terminal_text(0, 1, info->cols - 2, STYLE_STATUS, "Report");
    for (int i = 0; i < r->rows && r->top + i < r->count; i++) {
        const struct line *line = &r->lines[r->top + i];
        terminal_text(2 + i, 1, info->cols - 2, line->style, line->text);
        if (line->bar >= 0)
            text_meter(2 + i, BAR_AT, bar, line->bar, STYLE_BAR);
    }
    ui_hints(s->ui, info->rows - 1, hints);
}

static void key(struct screen *s, int k)
{
    struct report_screen *r = s->state;
    struct list scroll = {.count = r->count, .selected = r->top, .rows = r->rows};
    ui_dirty(s->ui);
    if (list_key(&scroll, k, 1))
        r->top = scroll.selected; /* draw() keeps it within what there is to scroll */
    else
        ui_common_key(s->ui, ui_command(s->ui, k), KEY_REPORT);
}

const struct screen_ops screen_report = {
    .name = "report",
    .state_size = sizeof(struct report_screen),
    .open = open,
    .draw = draw,
    .key = key,
    .close = close,
};
