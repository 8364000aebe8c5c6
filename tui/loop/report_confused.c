/* Which label is taken for which other one, the dearest mistakes first. */
#include "tui/loop/report_lines_internal.h"

#include <stdio.h>

#include "labels/text.h"

enum { PATH = 600 };

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
            struct report_line *line =
                second ? report_lines_add(l, REPORT_PLAIN, "                 as ")
                       : report_lines_add(l, REPORT_PLAIN, "%6.2f %6s  ", pair->lost,
                                          text_count(pair->photos, photos, sizeof photos));
            snprintf(text, sizeof text, "%s", second ? answer : truth);
            report_line_after(l, line, text);
            if (!line)
                return;
            line->mistakes = second ? NULL : m;
            line->pair = i;
        }
    }
    if (m->pairs.count > (size_t)v->most)
        report_lines_add(l, REPORT_DIM, "and %zu more", m->pairs.count - (size_t)v->most);
    report_lines_blank(l);
}

void report_add_confused(const struct report_view *v, struct report_lines *l)
{
    const struct report *r = v->report;
    char number[24];
    report_lines_add(l, REPORT_TITLE, "Held out of training: what costs most score");
    if (r->missed.pairs.count > 0)
        report_lines_add(l, REPORT_DIM, "  lost photos  label, predicted as (model %d)", r->model);
    else if (r->held.score.photos == 0)
        report_lines_add(l, REPORT_DIM, "not measured yet");
    else
        report_lines_add(l, REPORT_DIM, "nothing: %s photos were tested",
                         text_count(r->held.score.photos, number, sizeof number));
    add_pairs(v, l, &r->missed);
    report_lines_add(l, REPORT_TITLE,
                     r->right_count == 1 ? "In the review: of %s prediction decided on"
                                         : "In the review: of %s predictions decided on",
                     text_count((int64_t)r->right_count, number, sizeof number));
    if (r->corrected.pairs.count > 0)
        report_lines_add(l, REPORT_DIM, "  lost photos  label given, predicted as");
    else
        report_lines_add(l, REPORT_DIM, "nothing was corrected");
    add_pairs(v, l, &r->corrected);
}
