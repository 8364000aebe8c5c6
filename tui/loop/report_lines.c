#include "tui/loop/report_lines.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "data/status.h"
#include "labels/text.h"

enum {
    DAYS = 21,
    BAR_LEAST = 8,
    BAR_MOST = 40,
    PATH = 600,
    PLOT_MOST = 200,
    JUDGED = 20 /* photos, fewer say nothing of how sure a model may be */
};

const char *report_section_name(enum report_section section)
{
    static const char *const names[] = {
#define X(name, text) text,
        REPORT_SECTIONS(X)
#undef X
    };
    return names[section];
}

const char *report_kind_text(enum event_kind kind)
{
    switch (kind) {
    case EVENT_ACCEPT: return "accepted";
    case EVENT_CORRECT: return "corrected";
    case EVENT_GIVE: return "given"; /* nothing was shown */
    case EVENT_REJECT: return "rejected";
    default: return "skipped";
    }
}

/* ---- bars and plots ---- */

static const char *const eighths[] = {" ", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"};
static const char *const columns[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};

static void append(char *buffer, size_t size, const char *text)
{
    size_t at = strlen(buffer);
    if (at + strlen(text) < size)
        strcpy(buffer + at, text);
}

/* How many eighths of cell i of a bar (or column) of n cells are filled. */
static int filled(float share, int n, int i)
{
    float clipped = !(share > 0) ? 0 : share > 1 ? 1 : share;
    int left = (int)(clipped * 8 * (float)n + 0.5f) - 8 * i;
    return left < 0 ? 0 : left > 8 ? 8 : left;
}

char *report_bar(float share, int cells, char *buffer, size_t size)
{
    buffer[0] = '\0';
    for (int i = 0; i < cells; i++)
        append(buffer, size, eighths[filled(share, cells, i)]);
    return buffer;
}

char *report_plot_row(const float *values, int n, int rows, int row, char *buffer, size_t size)
{
    buffer[0] = '\0';
    for (int i = 0; i < n; i++)
        append(buffer, size, columns[filled(values[i], rows, rows - 1 - row)]);
    return buffer;
}

/* ---- lines ---- */

void report_lines_clear(struct report_lines *l)
{
    for (int i = 0; i < l->count; i++) {
        free(l->lines[i].before);
        free(l->lines[i].plot);
        free(l->lines[i].after);
    }
    free(l->lines);
    *l = (struct report_lines){0};
}

static struct report_line *add(struct report_lines *l, int look, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* NULL when out of memory, which is noted. */
static struct report_line *add(struct report_lines *l, int look, const char *format, ...)
{
    va_list list;
    char *text = NULL;
    if (l->count == l->capacity) {
        int capacity = l->capacity ? 2 * l->capacity : 64;
        struct report_line *more = realloc(l->lines, (size_t)capacity * sizeof *more);
        if (!more) {
            l->failed = 1;
            return NULL;
        }
        l->lines = more;
        l->capacity = capacity;
    }
    va_start(list, format);
    if (vasprintf(&text, format, list) < 0)
        text = NULL;
    va_end(list);
    if (!text) {
        l->failed = 1;
        return NULL;
    }
    l->lines[l->count] =
        (struct report_line){.look = look, .before = text, .share = -1, .node = -1};
    return &l->lines[l->count++];
}

static void set_after(struct report_lines *l, struct report_line *line, const char *text)
{
    if (line && !(line->after = strdup(text)))
        l->failed = 1;
}

static void set_bar(struct report_line *line, double share, int cells)
{
    if (!line)
        return;
    line->share = (float)share;
    line->cells = cells;
}

static void blank(struct report_lines *l)
{
    add(l, REPORT_PLAIN, "%s", "");
}

/* A sentence, broken at blanks. */
static void add_words(struct report_lines *l, int look, int width, const char *text)
{
    while (*text) {
        int size = (int)strlen(text);
        if (size > width)
            for (size = width; size > 1 && text[size] != ' ';)
                size--;
        add(l, look, "%.*s", size, text);
        for (text += size; *text == ' ';)
            text++;
    }
}

static int bar_cells(const struct report_view *v, int used)
{
    int left = v->width - used;
    return left > BAR_MOST ? BAR_MOST : left < BAR_LEAST ? BAR_LEAST : left;
}

/* ---- overview ---- */

static void add_count(const struct report_view *v, struct report_lines *l, const char *name,
                      int64_t count, int64_t of)
{
    char number[24];
    struct report_line *line =
        add(l, REPORT_PLAIN, "%-14s %9s  ", name, text_count(count, number, sizeof number));
    if (of > 0)
        set_bar(line, (double)count / (double)of, bar_cells(v, 26));
}

static void add_agreement(struct report_lines *l, const char *name, const struct score *s)
{
    if (s->photos == 0) {
        add(l, REPORT_DIM, "  %-18s none yet", name);
        return;
    }
    double mean = score_mean(s), exact = score_exact(s);
    char text[80], photos[24];
    snprintf(text, sizeof text, "%.3f ± %.3f  %.3f ± %.3f", mean, score_error(mean, s->photos),
             exact, score_error(exact, s->photos));
    set_after(
        l,
        add(l, REPORT_PLAIN, "  %-18s %7s  ", name, text_count(s->photos, photos, sizeof photos)),
        text);
}

char *report_nodding_text(const struct report *r, char *buffer, size_t size)
{
    double difference, error;
    if (!report_nodding(r, &difference, &error)) {
        snprintf(
            buffer, size, "%s",
            r->blind.photos == 0
                ? "No blind samples yet: the setting blind.percent hides the prediction on a few "
                  "percent of the photos, so that nodding through would show."
                : "");
        return buffer;
    }
    snprintf(buffer, size, "Seen minus blind: %+.3f, standard error %.3f: %s", difference, error,
             difference > 2 * error
                 ? "predictions are agreed with more when they are seen. Some are nodded through."
             : -difference > 2 * error ? "predictions are agreed with less when they are seen."
                                       : "no more than chance; nodding through does not show.");
    return buffer;
}

static void add_overview(const struct report_view *v, struct report_lines *l)
{
    const struct report *r = v->report;
    const struct store_counts *c = &r->counts;
    char text[300], shown[SCORE_SHOWN], number[24];
    add(l, REPORT_TITLE, "Photos");
    add_count(v, l, "all", c->photos, 0);
    add_count(v, l, "with a label", c->labelled, c->photos);
    add_count(v, l, "reviewed", c->reviewed, c->photos);
    add_count(v, l, "accepted", c->accepted, c->photos);
    add_count(v, l, "corrected", c->corrected, c->photos);
    add_count(v, l, "given", c->given, c->photos);
    add_count(v, l, "rejected", c->rejected, c->photos);
    add_count(v, l, "skipped", c->skipped, c->photos);
    add_count(v, l, "flagged", c->flagged, c->photos);
    add_count(v, l, "predicted", c->predicted, c->photos);
    blank(l);
    add(l, REPORT_TITLE, "Decisions");
    add_count(v, l, "today", r->today, 0);
    add_count(v, l, "last 7 days", r->week, 0);
    blank(l);
    add(l, REPORT_TITLE, "Score on the photos held out of training");
    if (r->held.score.photos > 0) {
        struct report_line *line = add(l, REPORT_PLAIN, "model %-8d %9s  ", r->model,
                                       text_count(r->held.score.photos, number, sizeof number));
        snprintf(text, sizeof text, "photos: %s",
                 score_show(score_mean(&r->held.score), r->held.score.photos, shown));
        set_after(l, line, text);
    } else {
        add(l, REPORT_DIM, "not measured yet");
    }
    if (r->unpredicted > 0)
        add(l, REPORT_DIM, "%-14s %9s", "not predicted",
            text_count(r->unpredicted, number, sizeof number));
    blank(l);
    add(l, REPORT_TITLE, "Agreement of what was given with what had been predicted");
    add(l, REPORT_DIM, "  %-18s %7s  %-13s  %s", "prediction was", "photos", "score", "exact");
    add_agreement(l, "seen", &r->seen);
    add_agreement(l, "hidden (blind)", &r->blind);
    add_words(l, REPORT_DIM, v->width, report_nodding_text(r, text, sizeof text));
    if (r->repeated > 0)
        add(l, REPORT_DIM, "%ld left out: a blind answer was taken back", r->repeated);
    blank(l);
}

/* ---- over time ---- */

static void add_plot(const struct report_view *v, struct report_lines *l, const float *values,
                     int n)
{
    char row[PLOT_MOST * 3 + 1];
    for (int i = 0; i < v->height; i++) {
        struct report_line *line = add(l, REPORT_PLAIN, "%4s |",
                                       i == 0               ? "1.0"
                                       : i == v->height / 2 ? "0.5"
                                                            : "");
        report_plot_row(values, n, v->height, i, row, sizeof row);
        if (!line)
            return;
        line->cells = n;
        if (!(line->plot = strdup(row)))
            l->failed = 1;
    }
    memset(row, '-', (size_t)n);
    row[n] = '\0';
    add(l, REPORT_PLAIN, " 0.0 +%s", row);
}

static const char *date_of(const struct report_view *v, int64_t milliseconds, char *buffer,
                           size_t size)
{
    time_t t = (time_t)(milliseconds / 1000);
    struct tm tm;
    if (v->still || !localtime_r(&t, &tm) || strftime(buffer, size, "%Y-%m-%d", &tm) == 0)
        snprintf(buffer, size, "2026-01-02");
    return buffer;
}

static void add_models(const struct report_view *v, struct report_lines *l)
{
    const struct report *r = v->report;
    char shown[SCORE_SHOWN], date[24], before[16], labels[24], held[24];
    add(l, REPORT_TITLE, "Models: score when they were made, on photos held out of training");
    if (r->model_count == 0)
        add(l, REPORT_DIM, "not measured yet");
    else
        add(l, REPORT_DIM, " no. date        labels photos before");
    for (size_t i = 0; i < r->model_count; i++) {
        const struct model_record *m = &r->models[i];
        snprintf(before, sizeof before, m->score_before < 0 ? "    -" : "%.3f", m->score_before);
        struct report_line *line = add(l, REPORT_PLAIN, "%4d %-10s %7s %6s %6s  ", m->number,
                                       date_of(v, m->created, date, sizeof date),
                                       text_count(m->reviews, labels, sizeof labels),
                                       text_count(m->held_out, held, sizeof held), before);
        set_bar(line, m->score_after, bar_cells(v, 60));
        char text[80];
        snprintf(text, sizeof text, "  %s%s%s", score_show(m->score_after, m->held_out, shown),
                 m->number == r->model ? "  in use" : "", m->removed ? "  removed" : "");
        set_after(l, line, text);
    }
    blank(l);
}

static void add_time(const struct report_view *v, struct report_lines *l)
{
    const struct report *r = v->report;
    float points[PLOT_MOST];
    char number[24];
    int width = v->width - 8 < PLOT_MOST ? v->width - 8 : PLOT_MOST;
    size_t window = report_window(r);
    add(l, REPORT_TITLE, "Score of the predictions as they were decided on");
    if (r->right_count < 2) {
        add(l, REPORT_DIM,
            r->right_count == 1 ? "nothing to draw yet: one prediction was decided on"
                                : "nothing to draw yet: no prediction was decided on");
    } else {
        int n = worklog_moving(r->right, r->right_count, window, width, points);
        for (int i = width;
             i-- > 0;) /* few points are drawn wide; from the end, for it is done in place */
            points[i] = points[(long)i * n / width];
        add_plot(v, l, points, width);
        add(l, REPORT_DIM, "       %s decisions; means of the last %zu",
            text_count((int64_t)r->right_count, number, sizeof number), window);
        add_words(l, REPORT_DIM, v->width,
                  "The order of the queue shows in it, too: the least sure come first by default.");
    }
    if (r->guessed > 0)
        add(l, REPORT_DIM,
            r->guessed == 1 ? "%ld correction whose prediction is not kept counts as wholly wrong"
                            : "%ld corrections whose prediction is not kept count as wholly wrong",
            r->guessed);
    blank(l);
    add_models(v, l);
}

/* ---- labels ---- */

static void three(double value, char out[8])
{
    snprintf(out, 8, value < 0 ? "    -" : "%.3f", value);
}

static void add_node(const struct report_view *v, struct report_lines *l, int node)
{
    const struct node_score *s = &v->report->nodes[node];
    char score[8], recall[8], precision[8], text[PATH], labelled[24], held[24];
    int child = taxonomy_first_child(v->tree, node), closed = v->closed && v->closed[node];
    int indent = 2 * (taxonomy_depth(v->tree, node) - 1), bar = v->width >= 90   ? 16
                                                                : v->width >= 70 ? 10
                                                                                 : 5;
    three(node_score_mean(s), score);
    three(node_score_recall(s), recall);
    three(node_score_precision(s), precision);
    struct report_line *line = add(
        l, REPORT_PLAIN, "%6s %5s %5s %5s %5s ", text_count(s->labelled, labelled, sizeof labelled),
        text_count(s->truths, held, sizeof held), score, recall, precision);
    snprintf(text, sizeof text, " %*s%s %s", indent, "",
             child < 0 ? " "
             : closed  ? "+"
                       : "-",
             taxonomy_name(v->tree, node));
    if (!line)
        return;
    set_bar(line, s->truths > 0 ? node_score_mean(s) : 0, bar);
    set_after(l, line, text);
    line->node = node;
    for (; child >= 0 && child < v->report->node_count && !closed;
         child = taxonomy_next_sibling(v->tree, child))
        add_node(v, l, child);
}

static void add_labels(const struct report_view *v, struct report_lines *l)
{
    add(l, REPORT_TITLE, "Labels, and how the photos held out are predicted");
    add(l, REPORT_DIM, "labels  held score recall prec");
    int before = l->count;
    for (int node = taxonomy_first_child(v->tree, TAXONOMY_ROOT); node >= 0;
         node = taxonomy_next_sibling(v->tree, node))
        if (node < v->report->node_count)
            add_node(v, l, node);
    if (l->count == before)
        add(l, REPORT_DIM, "there are no labels yet");
    blank(l);
}

/* ---- confused ---- */

static void add_pairs(const struct report_view *v, struct report_lines *l,
                      const struct report_mistakes *m)
{
    char truth[PATH], answer[PATH], text[2 * PATH + 8], photos[24];
    for (size_t i = 0; i < m->pairs.count && i < (size_t)v->most; i++) {
        const struct confusion_pair *pair = &m->pairs.pairs[i];
        taxonomy_format(v->tree, pair->truth, " > ", truth, sizeof truth);
        taxonomy_format(v->tree, pair->answer, " > ", answer, sizeof answer);
        for (int second = 0; second < 2;
             second++) { /* two lines a pair: both paths are whole in most windows */
            struct report_line *line = second
                                           ? add(l, REPORT_PLAIN, "                 as ")
                                           : add(l, REPORT_PLAIN, "%6.2f %6s  ", pair->lost,
                                                 text_count(pair->photos, photos, sizeof photos));
            snprintf(text, sizeof text, "%s", second ? answer : truth);
            set_after(l, line, text);
            if (!line)
                return;
            line->mistakes = second ? NULL : m;
            line->pair = i;
        }
    }
    if (m->pairs.count > (size_t)v->most)
        add(l, REPORT_DIM, "and %zu more", m->pairs.count - (size_t)v->most);
    blank(l);
}

static void add_confused(const struct report_view *v, struct report_lines *l)
{
    const struct report *r = v->report;
    char number[24];
    add(l, REPORT_TITLE, "Held out of training: what costs most score");
    if (r->missed.pairs.count > 0)
        add(l, REPORT_DIM, "  lost photos  label, predicted as (model %d)", r->model);
    else if (r->held.score.photos == 0)
        add(l, REPORT_DIM, "not measured yet");
    else
        add(l, REPORT_DIM, "nothing: %s photos were tested",
            text_count(r->held.score.photos, number, sizeof number));
    add_pairs(v, l, &r->missed);
    add(l, REPORT_TITLE,
        r->right_count == 1 ? "In the review: of %s prediction decided on"
                            : "In the review: of %s predictions decided on",
        text_count((int64_t)r->right_count, number, sizeof number));
    if (r->corrected.pairs.count > 0)
        add(l, REPORT_DIM, "  lost photos  label given, predicted as");
    else
        add(l, REPORT_DIM, "nothing was corrected");
    add_pairs(v, l, &r->corrected);
}

/* ---- calibration ---- */

static void add_bin(const struct report_view *v, struct report_lines *l,
                    const struct calibration *c, int b)
{
    char count[24];
    int few = c->count[b] < JUDGED;
    double right = (double)c->right[b] / (double)c->count[b];
    struct report_line *line = add(
        l, few ? REPORT_DIM : REPORT_PLAIN, "%.2f-%.2f  %7s  %.2f   %.2f ", (double)b / SCORE_BINS,
        (double)(b + 1) / SCORE_BINS, text_count(c->count[b], count, sizeof count),
        c->confidence[b] / (double)c->count[b], right);
    if (few)
        set_after(l, line, "too few to judge");
    else
        set_bar(line, right, bar_cells(v, 34));
}

static void add_level(const struct report_view *v, struct report_lines *l, int level)
{
    const struct calibration *c = &v->report->held.calibration[level];
    long photos = 0;
    for (int b = 0; b < SCORE_BINS; b++)
        photos += c->count[b];
    if (photos < JUDGED)
        add(l, REPORT_TITLE, "Level %d: %ld %s, too few to judge", level + 1, photos,
            photos == 1 ? "photo" : "photos");
    else
        add(l, REPORT_TITLE, "Level %d: calibration error %.3f, by chance %.3f", level + 1,
            calibration_error(c), calibration_chance(c));
    if (photos >= JUDGED)
        add(l, REPORT_DIM, "confidence  photos  mean  right");
    for (int b = 0; b < SCORE_BINS && photos >= JUDGED; b++)
        if (c->count[b] > 0)
            add_bin(v, l, c, b);
    blank(l);
}

static void add_calibration(const struct report_view *v, struct report_lines *l)
{
    const struct evaluation *e = &v->report->held;
    add_words(
        l, REPORT_DIM, v->width,
        e->score.photos == 0
            ? "not measured yet: it needs predicted photos that are held out of training"
            : "How often a confidence is right. By chance: the error that perfect confidences "
              "would show on so many photos.");
    blank(l);
    for (int level = 0; level < evaluation_levels(e); level++)
        add_level(v, l, level);
}

/* ---- speed ---- */

static void add_pace(const struct report_view *v, struct report_lines *l, const char *name,
                     const struct pace *p)
{
    char count[24];
    struct report_line *line =
        v->still ? add(l, REPORT_PLAIN, "       -        -          -  ")
                 : add(l, REPORT_PLAIN, "%8s %8.1f %10.1f  ",
                       text_count(p->count, count, sizeof count), p->median, p->per_minute);
    set_after(l, line, name);
}

static void add_speed(const struct report_view *v, struct report_lines *l)
{
    const struct report *r = v->report;
    long most = 1;
    char date[24], count[24];
    add(l, REPORT_TITLE, "Speed of decisions");
    add(l, REPORT_DIM, "   count   median s  a minute");
    add_pace(v, l, "all but skips", &r->all);
    for (int k = 0; k < REPORT_KINDS; k++)
        if (r->kinds[k].count > 0 || v->still)
            add_pace(v, l, report_kind_text(report_kinds[k]), &r->kinds[k]);
    if (r->confirmed.count > 0 || v->still)
        add_pace(v, l, "import confirmed", &r->confirmed);
    blank(l);
    add(l, REPORT_TITLE, "By person");
    for (size_t i = 0; i < r->log.person_count; i++)
        if (r->people[i].count > 0 && !v->still)
            add_pace(v, l, r->log.people[i], &r->people[i]);
    blank(l);
    add(l, REPORT_TITLE, "Decisions a day");
    size_t first = r->day_count > DAYS ? r->day_count - DAYS : 0;
    for (size_t i = first; i < r->day_count; i++)
        most = r->days[i].decisions > most ? r->days[i].decisions : most;
    for (size_t i = r->day_count; i-- > first;) {
        const struct report_day *d = &r->days[i];
        time_t t = (time_t)d->day * 86400;
        struct tm tm;
        if (v->still || !gmtime_r(&t, &tm) || !strftime(date, sizeof date, "%Y-%m-%d", &tm))
            strcpy(date, "2026-01-02");
        struct report_line *line = add(l, REPORT_PLAIN, "%-10s %7s  ", date,
                                       text_count(d->decisions, count, sizeof count));
        set_bar(line, (double)d->decisions / (double)most, bar_cells(v, 34));
        char text[40];
        snprintf(text, sizeof text, "  %.0f a minute", d->per_minute);
        if (!v->still && d->per_minute > 0)
            set_after(l, line, text);
    }
    if (r->day_count == 0)
        add(l, REPORT_DIM, "none yet");
    blank(l);
}

/* ---- agreement ---- */

static void add_agreed(struct report_lines *l, const struct agreement_counts *c, const char *of)
{
    char count[24], kappa[16] = "-";
    if (c->kappa == c->kappa)
        snprintf(kappa, sizeof kappa, "%.3f", c->kappa);
    set_after(l,
              add(l, REPORT_PLAIN, "%8s %7.1f%% %8s  ", text_count(c->photos, count, sizeof count),
                  c->photos ? 100.0 * (double)c->same / (double)c->photos : 0, kappa),
              of);
}

static void add_people_agree(const struct report_view *v, struct report_lines *l)
{
    const struct report *r = v->report;
    const struct agreement *a = &r->agreement;
    char text[300], count[24], same[24];
    add(l, REPORT_TITLE, "Where two people have decided on the same photo");
    if (a->photos == 0) {
        set_after(l, add(l, REPORT_DIM, "%s", ""),
                  "None yet. The filter 'decided !by=me' gives what others have decided on.");
        blank(l);
        return;
    }
    snprintf(text, sizeof text,
             "on %s of %s photos all say the same; filter 'disputed': the others",
             text_count(a->same, same, sizeof same), text_count(a->photos, count, sizeof count));
    set_after(l, add(l, REPORT_PLAIN, "%s", ""), text);
    blank(l);
    add(l, REPORT_DIM, "  photos     same    kappa");
    add_agreed(l, &a->path, "whole path");
    for (int level = 0; level < a->depth; level++) {
        snprintf(text, sizeof text, "level %d", level + 1);
        add_agreed(l, &a->level[level], text);
    }
    for (size_t i = 0; i < a->pair_count; i++) {
        const struct agreement_pair *p = &a->pairs[i];
        blank(l);
        snprintf(text, sizeof text, "%.100s and %.100s", r->log.people[p->one],
                 r->log.people[p->other]);
        set_after(l, add(l, REPORT_TITLE, "%s", ""), text);
        add_agreed(l, &p->path, "whole path");
        for (int level = 0; level < a->depth; level++) {
            snprintf(text, sizeof text, "level %d", level + 1);
            add_agreed(l, &p->level[level], text);
        }
    }
    blank(l);
    set_after(l, add(l, REPORT_DIM, "%s", ""),
              "kappa: 1 is always the same, 0 as often as by chance");
    blank(l);
}

int report_lines_make(const struct report_view *view, enum report_section section,
                      struct report_lines *out, struct status *st)
{
    static void (*const makers[])(const struct report_view *v, struct report_lines *l) = {
        [REPORT_OVERVIEW] = add_overview,
        [REPORT_TIME] = add_time,
        [REPORT_LABELS] = add_labels,
        [REPORT_CONFUSED] = add_confused,
        [REPORT_SPEED] = add_speed,
        [REPORT_CALIBRATION] = add_calibration,
        [REPORT_AGREEMENT] = add_people_agree,
    };
    report_lines_clear(out);
    makers[section](view, out);
    return out->failed ? status_out_of_memory(st) : 0;
}
