/* The report as lines of text: what the screen scrolls through and `tend report` prints. No
 * terminal is needed: a bar or a plot stands in a part of its own, so that it can be drawn in
 * another style; wide characters come last in a line, where their width does not matter. */
#ifndef TUI_LOOP_REPORT_LINES_H
#define TUI_LOOP_REPORT_LINES_H

#include "tui/loop/report.h"

#define REPORT_SECTIONS(X)                                                                         \
    X(OVERVIEW, "Overview")                                                                        \
    X(TIME, "Time")                                                                                \
    X(LABELS, "Labels")                                                                            \
    X(CONFUSED, "Confused")                                                                        \
    X(CALIBRATION, "Calibration") X(SPEED, "Speed") X(AGREEMENT, "Agreement")
enum report_section {
#define X(name, text) REPORT_##name,
    REPORT_SECTIONS(X)
#undef X
        REPORT_SECTION_COUNT
};
const char *report_section_name(enum report_section section);

struct report_line {
    enum { REPORT_PLAIN, REPORT_TITLE, REPORT_DIM } look;
    char *before; /* ASCII: as many cells as bytes */
    float share;  /* of a bar that follows in `cells` cells; negative: none */
    int cells;
    char *plot;                             /* in the bar's place, `cells` cells; or NULL */
    char *after;                            /* any text */
    int node;                               /* the line is about; -1: none */
    const struct report_mistakes *mistakes; /* and pair: the line is about; NULL: none */
    size_t pair;
};
struct report_lines {
    struct report_line *lines;
    int count, capacity;
    int failed;
};

struct report_view {
    const struct report *report;
    const struct taxonomy *tree;
    int width;                   /* cells; 56 and more are used well */
    int height;                  /* rows of a plot */
    int still;                   /* no times, no speeds: for tests */
    const unsigned char *closed; /* [report->node_count], or NULL: whose children are not listed */
    int most;                    /* pairs listed of each kind */
};
/* Replaces what is in *out (zero-initialised at first). Out of memory: -1. */
int report_lines_make(const struct report_view *view, enum report_section section,
                      struct report_lines *out, struct status *st);
void report_lines_clear(struct report_lines *l);

/* A bar of eighths of cells, blanks after it, for text without a terminal's help. Returns buffer; 3
 * bytes a cell. */
char *report_bar(float share, int cells, char *buffer, size_t size);
/* Row `row` (0: the top one) of a plot of columns of height 0 to 1, `rows` high. */
char *report_plot_row(const float *values, int n, int rows, int row, char *buffer, size_t size);

/* In words: does agreement differ when the prediction is hidden? Returns buffer. */
char *report_nodding_text(const struct report *r, char *buffer, size_t size);
/* A kind of decision, in words for people. */
const char *report_kind_text(enum event_kind kind);

#endif
