/* How often a confidence is right, level by level. */
#include "tui/loop/report_lines_internal.h"

#include "labels/text.h"

enum { JUDGED = 20 /* photos, fewer say nothing of how sure a model may be */ };

static void add_bin(const struct report_view *v, struct report_lines *l,
                    const struct calibration *c, int b)
{
    char count[24];
    int few = c->count[b] < JUDGED;
    double right = (double)c->right[b] / (double)c->count[b];
    struct report_line *line = report_lines_add(
        l, few ? REPORT_DIM : REPORT_PLAIN, "%.2f-%.2f  %7s  %.2f   %.2f ", (double)b / SCORE_BINS,
        (double)(b + 1) / SCORE_BINS, text_count(c->count[b], count, sizeof count),
        c->confidence[b] / (double)c->count[b], right);
    if (few)
        report_line_after(l, line, "too few to judge");
    else
        report_line_bar(line, right, report_bar_cells(v, 34));
}

static void add_level(const struct report_view *v, struct report_lines *l, int level)
{
    const struct calibration *c = &v->report->held.calibration[level];
    long photos = 0;
    for (int b = 0; b < SCORE_BINS; b++)
        photos += c->count[b];
    if (photos < JUDGED)
        report_lines_add(l, REPORT_TITLE, "Level %d: %ld %s, too few to judge", level + 1, photos,
                         photos == 1 ? "photo" : "photos");
    else
        report_lines_add(l, REPORT_TITLE, "Level %d: calibration error %.3f, by chance %.3f",
                         level + 1, calibration_error(c), calibration_chance(c));
    if (photos >= JUDGED)
        report_lines_add(l, REPORT_DIM, "confidence  photos  mean  right");
    for (int b = 0; b < SCORE_BINS && photos >= JUDGED; b++)
        if (c->count[b] > 0)
            add_bin(v, l, c, b);
    report_lines_blank(l);
}

void report_add_calibration(const struct report_view *v, struct report_lines *l)
{
    const struct evaluation *e = &v->report->held;
    report_lines_words(
        l, REPORT_DIM, v->width,
        e->score.photos == 0
            ? "not measured yet: it needs predicted photos that are held out of training"
            : "How often a confidence is right. By chance: the error that perfect confidences "
              "would show on so many photos.");
    report_lines_blank(l);
    for (int level = 0; level < evaluation_levels(e); level++)
        add_level(v, l, level);
}
