/* Numbers, times and names as people read them, and text drawn in more than one style or line.
 *
 * With TEND_TEST_CLOCK in the environment, times and rates are written as fixed text: screens are
 * then the same whenever and however fast they are made. */
#ifndef TUI_SCREENS_TEXT_H
#define TUI_SCREENS_TEXT_H

#include <stddef.h>
#include <stdint.h>

#include "labels/taxonomy.h"
#include "labels/text.h" /* text_count */
#include "tui/terminal/terminal.h"

/* Each fills the buffer and returns it. */
char *text_percent(float share, char *buffer, size_t size); /* "97 %", "<1 %" */
char *text_duration(double seconds, char *buffer,
                    size_t size);                        /* 1:20, 2:03:10; "" when negative */
char *text_rate(double rate, char *buffer, size_t size); /* 0.4, 17 */
char *text_date(int64_t milliseconds, char *buffer, size_t size); /* 2026-11-03 14:20, local time */
/* The end of a path, in at most `width` cells: "…/2024/IMG_1.jpg". */
char *text_file(const char *path, int width, char *buffer, size_t size);

/* The beginning of a text in at most `width` cells, with an ellipsis where something is left out.
 */
char *text_cut(const char *text, int width, char *buffer, size_t size);

/* A name in at most `width` cells, cut in the middle: "God-M…Juice". */
char *text_middle(const char *name, int width, char *buffer, size_t size);

/* What of a name fits into `width` cells, broken after a blank or hyphen where there is one;
 * returns the rest. */
const char *text_break(const char *name, int width, char *buffer, size_t size);

int text_clock_stopped(void);

/* A path in `width` cells: the last name in `style`, what leads to it dim (all in style when that
 * is SELECTED); of too long a one the upper names are cut or left out before the last one is.
 * Padded with blanks. */
void text_path(int row, int col, int width, enum style style, const struct taxonomy *t, int node);
/* The same with the parts that a search matched in another style. */
struct search_marks;
void text_path_marked(int row, int col, int width, enum style style, const struct taxonomy *t,
                      int node, const struct search_marks *marks);
/* A path in a sentence: whole ("food > drink > tea"), or the last name alone ("… > tea"). */
char *text_path_name(const struct taxonomy *t, int node, int whole, char *buffer, size_t size);

/* Text in at most `rows` lines of `width` cells, broken at blanks; returns how many lines were
 * used. */
int text_wrap(int row, int col, int width, int rows, enum style style, const char *text);
/* How many lines that would be (at most `rows`), drawing nothing. */
int text_wrap_lines(int width, int rows, const char *text);

/* A share (0 to 1) as a thin line of `width` cells, in half cells; several below each other stay
 * apart. */
void text_meter(int row, int col, int width, float share, enum style style);

/* Keys and what they do in a row, "a accept  x reject", in the order of the array (NULL key: the
 * end; 32 at most). Where they do not all fit, those of the lowest rank come first, among equals
 * those from the left. */
struct hint {
    const char *key, *word;
    int rank;
};
void text_hints(int row, const struct hint *hints);
/* Cells that all of them need. */
int text_hints_cells(const struct hint *hints);

#endif
