/* How lines of the report are made; each section is a file of its own (report_overview.c and so on)
 * and one line in the table at the end. */
#include "tui/loop/report_lines_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/status.h"

enum { BAR_LEAST = 8, BAR_MOST = 40 };

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

struct report_line *report_lines_add(struct report_lines *l, int look, const char *format, ...)
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

void report_line_after(struct report_lines *l, struct report_line *line, const char *text)
{
    if (line && !(line->after = strdup(text)))
        l->failed = 1;
}

void report_line_bar(struct report_line *line, double share, int cells)
{
    if (!line)
        return;
    line->share = (float)share;
    line->cells = cells;
}

void report_lines_blank(struct report_lines *l)
{
    report_lines_add(l, REPORT_PLAIN, "%s", "");
}

void report_lines_words(struct report_lines *l, int look, int width, const char *text)
{
    while (*text) {
        int size = (int)strlen(text);
        if (size > width)
            for (size = width; size > 1 && text[size] != ' ';)
                size--;
        report_lines_add(l, look, "%.*s", size, text);
        for (text += size; *text == ' ';)
            text++;
    }
}

int report_bar_cells(const struct report_view *v, int used)
{
    int left = v->width - used;
    return left > BAR_MOST ? BAR_MOST : left < BAR_LEAST ? BAR_LEAST : left;
}

const char *report_date(const struct report_view *v, const struct tm *tm, char *buffer, size_t size)
{
    if (v->still || !tm || strftime(buffer, size, "%Y-%m-%d", tm) == 0)
        snprintf(buffer, size, "2026-01-02");
    return buffer;
}

/* ---- sections ---- */

int report_lines_make(const struct report_view *view, enum report_section section,
                      struct report_lines *out, struct status *st)
{
    static void (*const makers[])(const struct report_view *v, struct report_lines *l) = {
        [REPORT_OVERVIEW] = report_add_overview,   [REPORT_TIME] = report_add_time,
        [REPORT_LABELS] = report_add_labels,       [REPORT_CONFUSED] = report_add_confused,
        [REPORT_SPEED] = report_add_speed,         [REPORT_CALIBRATION] = report_add_calibration,
        [REPORT_AGREEMENT] = report_add_agreement,
    };
    report_lines_clear(out);
    makers[section](view, out);
    return out->failed ? status_out_of_memory(st) : 0;
}
