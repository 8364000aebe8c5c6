/* The overview: how far the review is, how good the model is, and whether predictions are nodded
 * through. */
#include "tui/loop/report_lines_internal.h"

#include <stdio.h>

#include "labels/text.h"

static void add_count(const struct report_view *v, struct report_lines *l, const char *name,
                      int64_t count, int64_t of)
{
    char number[24];
    struct report_line *line = report_lines_add(l, REPORT_PLAIN, "%-14s %9s  ", name,
                                                text_count(count, number, sizeof number));
    if (of > 0)
        report_line_bar(line, (double)count / (double)of, report_bar_cells(v, 26));
}

static void add_agreement(struct report_lines *l, const char *name, const struct score *s)
{
    if (s->photos == 0) {
        report_lines_add(l, REPORT_DIM, "  %-18s none yet", name);
        return;
    }
    double mean = score_mean(s), exact = score_exact(s);
    char text[80], photos[24];
    snprintf(text, sizeof text, "%.3f ± %.3f  %.3f ± %.3f", mean, score_error(mean, s->photos),
             exact, score_error(exact, s->photos));
    report_line_after(l,
                      report_lines_add(l, REPORT_PLAIN, "  %-18s %7s  ", name,
                                       text_count(s->photos, photos, sizeof photos)),
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

void report_add_overview(const struct report_view *v, struct report_lines *l)
{
    const struct report *r = v->report;
    const struct store_counts *c = &r->counts;
    char text[300], shown[SCORE_SHOWN], number[24];
    report_lines_add(l, REPORT_TITLE, "Photos");
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
    report_lines_blank(l);
    report_lines_add(l, REPORT_TITLE, "Decisions");
    add_count(v, l, "today", r->today, 0);
    add_count(v, l, "last 7 days", r->week, 0);
    report_lines_blank(l);
    report_lines_add(l, REPORT_TITLE, "Score on the photos held out of training");
    if (r->held.score.photos > 0) {
        struct report_line *line =
            report_lines_add(l, REPORT_PLAIN, "model %-8d %9s  ", r->model,
                             text_count(r->held.score.photos, number, sizeof number));
        snprintf(text, sizeof text, "photos: %s",
                 score_show(score_mean(&r->held.score), r->held.score.photos, shown));
        report_line_after(l, line, text);
    } else {
        report_lines_add(l, REPORT_DIM, "not measured yet");
    }
    if (r->unpredicted > 0)
        report_lines_add(l, REPORT_DIM, "%-14s %9s", "not predicted",
                         text_count(r->unpredicted, number, sizeof number));
    report_lines_blank(l);
    report_lines_add(l, REPORT_TITLE, "Agreement of what was given with what had been predicted");
    report_lines_add(l, REPORT_DIM, "  %-18s %7s  %-13s  %s", "prediction was", "photos", "score",
                     "exact");
    add_agreement(l, "seen", &r->seen);
    add_agreement(l, "hidden (blind)", &r->blind);
    report_lines_words(l, REPORT_DIM, v->width, report_nodding_text(r, text, sizeof text));
    if (r->repeated > 0)
        report_lines_add(l, REPORT_DIM, "%ld left out: a blind answer was taken back", r->repeated);
    report_lines_blank(l);
}
