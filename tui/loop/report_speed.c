/* How fast decisions are made: by kind, by person, by day. */
#include "tui/loop/report_lines_internal.h"

#include <stdio.h>
#include <time.h>

#include "labels/text.h"

enum { DAYS = 21 };

static void add_pace(const struct report_view *v, struct report_lines *l, const char *name,
                     const struct pace *p)
{
    char count[24];
    struct report_line *line =
        v->still
            ? report_lines_add(l, REPORT_PLAIN, "       -        -          -  ")
            : report_lines_add(l, REPORT_PLAIN, "%8s %8.1f %10.1f  ",
                               text_count(p->count, count, sizeof count), p->median, p->per_minute);
    report_line_after(l, line, name);
}

void report_add_speed(const struct report_view *v, struct report_lines *l)
{
    const struct report *r = v->report;
    long most = 1;
    char date[24], count[24];
    report_lines_add(l, REPORT_TITLE, "Speed of decisions");
    report_lines_add(l, REPORT_DIM, "   count   median s  a minute");
    add_pace(v, l, "all but skips", &r->all);
    for (int k = 0; k < REPORT_KINDS; k++)
        if (r->kinds[k].count > 0 || v->still)
            add_pace(v, l, report_kind_text(report_kinds[k]), &r->kinds[k]);
    if (r->confirmed.count > 0 || v->still)
        add_pace(v, l, "import confirmed", &r->confirmed);
    report_lines_blank(l);
    report_lines_add(l, REPORT_TITLE, "By person");
    for (size_t i = 0; i < r->log.person_count; i++)
        if (r->people[i].count > 0 && !v->still)
            add_pace(v, l, r->log.people[i], &r->people[i]);
    report_lines_blank(l);
    report_lines_add(l, REPORT_TITLE, "Decisions a day");
    size_t first = r->day_count > DAYS ? r->day_count - DAYS : 0;
    for (size_t i = first; i < r->day_count; i++)
        most = r->days[i].decisions > most ? r->days[i].decisions : most;
    for (size_t i = r->day_count; i-- > first;) {
        const struct report_day *d = &r->days[i];
        time_t t = (time_t)d->day * 86400;
        struct tm tm;
        struct report_line *line = report_lines_add(
            l, REPORT_PLAIN, "%-10s %7s  ", report_date(v, gmtime_r(&t, &tm), date, sizeof date),
            text_count(d->decisions, count, sizeof count));
        report_line_bar(line, (double)d->decisions / (double)most, report_bar_cells(v, 34));
        char text[40];
        snprintf(text, sizeof text, "  %.0f a minute", d->per_minute);
        if (!v->still && d->per_minute > 0)
            report_line_after(l, line, text);
    }
    if (r->day_count == 0)
        report_lines_add(l, REPORT_DIM, "none yet");
    report_lines_blank(l);
}
