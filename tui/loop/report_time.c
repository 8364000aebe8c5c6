/* Over time: the score of the predictions as they were decided on, and the models one after the
 * other. */
#include "tui/loop/report_lines_internal.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "labels/text.h"

enum { PLOT_MOST = 200 /* columns */ };

static void add_plot(const struct report_view *v, struct report_lines *l, const float *values,
                     int n)
{
    char row[PLOT_MOST * 3 + 1];
    for (int i = 0; i < v->height; i++) {
        struct report_line *line = report_lines_add(l, REPORT_PLAIN, "%4s |",
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
    report_lines_add(l, REPORT_PLAIN, " 0.0 +%s", row);
}

static void add_models(const struct report_view *v, struct report_lines *l)
{
    const struct report *r = v->report;
    char shown[SCORE_SHOWN], date[24], before[16], labels[24], held[24];
    report_lines_add(l, REPORT_TITLE,
                     "Models: score when they were made, on photos held out of training");
    if (r->model_count == 0)
        report_lines_add(l, REPORT_DIM, "not measured yet");
    else
        report_lines_add(l, REPORT_DIM, " no. date        labels photos before");
    for (size_t i = 0; i < r->model_count; i++) {
        const struct model_record *m = &r->models[i];
        time_t made = (time_t)(m->created / 1000);
        struct tm tm;
        snprintf(before, sizeof before, m->score_before < 0 ? "    -" : "%.3f", m->score_before);
        struct report_line *line =
            report_lines_add(l, REPORT_PLAIN, "%4d %-10s %7s %6s %6s  ", m->number,
                             report_date(v, localtime_r(&made, &tm), date, sizeof date),
                             text_count(m->reviews, labels, sizeof labels),
                             text_count(m->held_out, held, sizeof held), before);
        report_line_bar(line, m->score_after, report_bar_cells(v, 60));
        char text[80];
        snprintf(text, sizeof text, "  %s%s%s", score_show(m->score_after, m->held_out, shown),
                 m->number == r->model ? "  in use" : "", m->removed ? "  removed" : "");
        report_line_after(l, line, text);
    }
    report_lines_blank(l);
}

void report_add_time(const struct report_view *v, struct report_lines *l)
{
    const struct report *r = v->report;
    float points[PLOT_MOST];
    char number[24];
    int width = v->width - 8 < PLOT_MOST ? v->width - 8 : PLOT_MOST;
    size_t window = report_window(r);
    report_lines_add(l, REPORT_TITLE, "Score of the predictions as they were decided on");
    if (r->right_count < 2) {
        report_lines_add(l, REPORT_DIM,
                         r->right_count == 1 ? "nothing to draw yet: one prediction was decided on"
                                             : "nothing to draw yet: no prediction was decided on");
    } else {
        int n = worklog_moving(r->right, r->right_count, window, width, points);
        for (int i = width;
             i-- > 0;) /* few points are drawn wide; from the end, for it is done in place */
            points[i] = points[(long)i * n / width];
        add_plot(v, l, points, width);
        report_lines_add(l, REPORT_DIM, "       %s decisions; means of the last %zu",
                         text_count((int64_t)r->right_count, number, sizeof number), window);
        report_lines_words(
            l, REPORT_DIM, v->width,
            "The order of the queue shows in it, too: the least sure come first by default.");
    }
    if (r->guessed > 0)
        report_lines_add(l, REPORT_DIM,
                         r->guessed == 1
                             ? "%ld correction whose prediction is not kept counts as wholly wrong"
                             : "%ld corrections whose prediction is not kept count as wholly wrong",
                         r->guessed);
    report_lines_blank(l);
    add_models(v, l);
}
