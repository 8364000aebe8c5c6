/* How often two people say the same of a photo. */
#include "tui/loop/report_lines_internal.h"

#include <stdio.h>

#include "labels/text.h"

static void add_agreed(struct report_lines *l, const struct agreement_counts *c, const char *of)
{
    char count[24], kappa[16] = "-";
    if (c->kappa == c->kappa)
        snprintf(kappa, sizeof kappa, "%.3f", c->kappa);
    report_line_after(l,
                      report_lines_add(l, REPORT_PLAIN, "%8s %7.1f%% %8s  ",
                                       text_count(c->photos, count, sizeof count),
                                       c->photos ? 100.0 * (double)c->same / (double)c->photos : 0,
                                       kappa),
                      of);
}

void report_add_agreement(const struct report_view *v, struct report_lines *l)
{
    const struct report *r = v->report;
    const struct agreement *a = &r->agreement;
    char text[300], count[24], same[24];
    report_lines_add(l, REPORT_TITLE, "Where two people have decided on the same photo");
    if (a->photos == 0) {
        report_line_after(
            l, report_lines_add(l, REPORT_DIM, "%s", ""),
            "None yet. The filter 'decided !by=me' gives what others have decided on.");
        report_lines_blank(l);
        return;
    }
    snprintf(text, sizeof text,
             "on %s of %s photos all say the same; filter 'disputed': the others",
             text_count(a->same, same, sizeof same), text_count(a->photos, count, sizeof count));
    report_line_after(l, report_lines_add(l, REPORT_PLAIN, "%s", ""), text);
    report_lines_blank(l);
    report_lines_add(l, REPORT_DIM, "  photos     same    kappa");
    add_agreed(l, &a->path, "whole path");
    for (int level = 0; level < a->depth; level++) {
        snprintf(text, sizeof text, "level %d", level + 1);
        add_agreed(l, &a->level[level], text);
    }
    for (size_t i = 0; i < a->pair_count; i++) {
        const struct agreement_pair *p = &a->pairs[i];
        report_lines_blank(l);
        snprintf(text, sizeof text, "%.100s and %.100s", r->log.people[p->one],
                 r->log.people[p->other]);
        report_line_after(l, report_lines_add(l, REPORT_TITLE, "%s", ""), text);
        add_agreed(l, &p->path, "whole path");
        for (int level = 0; level < a->depth; level++) {
            snprintf(text, sizeof text, "level %d", level + 1);
            add_agreed(l, &p->level[level], text);
        }
    }
    report_lines_blank(l);
    report_line_after(l, report_lines_add(l, REPORT_DIM, "%s", ""),
                      "kappa: 1 is always the same, 0 as often as by chance");
    report_lines_blank(l);
}
