/* What the sections of the report share; nobody else includes this. */
#ifndef TUI_LOOP_REPORT_LINES_INTERNAL_H
#define TUI_LOOP_REPORT_LINES_INTERNAL_H

#include <time.h>

#include "tui/loop/report_lines.h"

/* A line at the end of *l, without a bar, about no node. NULL when out of memory, which is noted in
 * *l; the two below take NULL for a line, so that nobody has to ask. */
struct report_line *report_lines_add(struct report_lines *l, int look, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void report_line_after(struct report_lines *l, struct report_line *line, const char *text);
void report_line_bar(struct report_line *line, double share, int cells);

void report_lines_blank(struct report_lines *l);
/* A sentence, broken at blanks. */
void report_lines_words(struct report_lines *l, int look, int width, const char *text);

/* Cells for a bar in a line of which `used` are taken. */
int report_bar_cells(const struct report_view *v, int used);
/* The day in figures (tm NULL: there is none), the same one whenever v->still. Returns buffer. */
const char *report_date(const struct report_view *v, const struct tm *tm, char *buffer,
                        size_t size);

/* Each section appends its lines. */
void report_add_overview(const struct report_view *v, struct report_lines *l);
void report_add_time(const struct report_view *v, struct report_lines *l);
void report_add_labels(const struct report_view *v, struct report_lines *l);
void report_add_confused(const struct report_view *v, struct report_lines *l);
void report_add_calibration(const struct report_view *v, struct report_lines *l);
void report_add_speed(const struct report_view *v, struct report_lines *l);
void report_add_agreement(const struct report_view *v, struct report_lines *l);

#endif
