/* Where things stand at every window size; numbers, times and names as people read them; lists. */
#include "tui/screens/grid.h"
#include "tui/screens/layout.h"

#include <stdlib.h>
#include <string.h>

#include "tests/check.h"
#include "tui/screens/list.h"
#include "tui/screens/text.h"
#include "tui/terminal/terminal.h"

static int inside(const struct rect *r, int rows, int cols)
{
    return r->row >= 1 && r->col >= 0 && r->rows >= 3 && r->cols >= 20 && r->row + r->rows < rows &&
           r->col + r->cols <= cols;
}

/* A blank column or row lies between them. */
static int apart(const struct rect *a, const struct rect *b)
{
    return a->col + a->cols < b->col || a->row + a->rows < b->row;
}

TEST(nothing_overlaps_at_any_size)
{
    for (int rows = 12; rows <= 120; rows++) {
        for (int cols = 32; cols <= 400; cols += 1 + cols / 60) {
            struct layout l;
            layout_make(rows, cols, &l);
            if (!inside(&l.photo, rows - 1, cols) || !inside(&l.panel, rows, cols) ||
                !apart(&l.photo, &l.panel) || l.keys != rows - 1 || l.bar != 0) {
                test_fail(__FILE__, __LINE__, "%d x %d: photo %d,%d %dx%d panel %d,%d %dx%d", cols,
                          rows, l.photo.row, l.photo.col, l.photo.cols, l.photo.rows, l.panel.row,
                          l.panel.col, l.panel.cols, l.panel.rows);
                return;
            }
        }
    }
}

TEST(the_photo_takes_most_of_a_usual_window)
{
    struct layout l;
    layout_make(30, 100, &l);
    CHECK_INT(l.photo.cols, 56); /* a square photo still takes every row of it */
    CHECK_INT(l.photo.rows, 27);
    CHECK_INT(l.panel.cols, 40);
}

TEST(numbers)
{
    char b[40];
    CHECK_TEXT(text_count(0, b, sizeof b), "0");
    CHECK_TEXT(text_count(999, b, sizeof b), "999");
    CHECK_TEXT(text_count(2640, b, sizeof b), "2,640");
    CHECK_TEXT(text_count(1000000, b, sizeof b), "1,000,000");
    CHECK_TEXT(text_count(-1234, b, sizeof b), "-1,234");
    CHECK_TEXT(text_count(INT64_MIN, b, sizeof b), "-9,223,372,036,854,775,808");
    CHECK_TEXT(text_percent(0.97f, b, sizeof b), "97 %");
    CHECK_TEXT(text_percent(0.004f, b, sizeof b), "<1 %");
    CHECK_TEXT(text_percent(0, b, sizeof b), "0 %");
    CHECK_TEXT(text_percent(1, b, sizeof b), "100 %");
}

TEST(times)
{
    char b[40];
    unsetenv("TEND_TEST_CLOCK");
    CHECK_TEXT(text_duration(80, b, sizeof b), "1:20");
    CHECK_TEXT(text_duration(7390, b, sizeof b), "2:03:10");
    CHECK_TEXT(text_duration(-1, b, sizeof b), "");
    CHECK_TEXT(text_rate(0.42, b, sizeof b), "0.4");
    CHECK_TEXT(text_rate(17.4, b, sizeof b), "17");
    setenv("TEND_TEST_CLOCK", "1", 1);
    CHECK_TEXT(text_duration(80, b, sizeof b), "0:00");
    CHECK_TEXT(text_rate(17.4, b, sizeof b), "-");
    unsetenv("TEND_TEST_CLOCK");
}

TEST(file_names_keep_their_end)
{
    char b[200];
    CHECK_TEXT(text_file("a/b/IMG_1.jpg", 20, b, sizeof b), "a/b/IMG_1.jpg");
    CHECK_TEXT(text_file("aaa/b/IMG_1.jpg", 13, b, sizeof b), "…/b/IMG_1.jpg");
    CHECK_TEXT(text_file("long/folder/IMG_1.jpg", 12, b, sizeof b), "…/IMG_1.jpg");
    CHECK_TEXT(text_file("folder/IMG_20260102.jpg", 10, b, sizeof b), "…60102.jpg");
}

TEST(lists_stay_within_themselves)
{
    struct list l = {.count = 5, .rows = 3};
    for (int i = 0; i < 9; i++)
        CHECK(list_key(&l, TERMINAL_DOWN, 0));
    CHECK_INT(l.selected, 4);
    CHECK_INT(l.top, 2);
    CHECK(!list_key(&l, 'k', 0)); /* a letter that is typed */
    CHECK(list_key(&l, 'k', 1));
    CHECK_INT(l.selected, 3);
    CHECK(list_key(&l, TERMINAL_PAGE_UP, 0));
    CHECK_INT(l.selected, 0);
    CHECK_INT(l.top, 0);
    l.count = 0;
    list_settle(&l);
    CHECK(list_key(&l, TERMINAL_END, 0));
    CHECK_INT(l.selected, 0);
}

/* Every cell lies within the area and has room for a picture and its lines; no more cells than
 * there are slots. */
TEST(cells_of_the_grid_fit)
{
    static const struct terminal_info kinds[] = {
        {.graphics = GRAPHICS_SIXEL, .cell_width = 9, .cell_height = 19},
        {.graphics = GRAPHICS_SIXEL, .cell_width = 4, .cell_height = 8},
        {.graphics = GRAPHICS_BLOCKS, .cell_width = 10, .cell_height = 20}};
    for (int rows = 12; rows <= 120; rows += 3)
        for (int cols = 32; cols <= 400; cols += 7)
            for (int k = 0; k < 3 * GRID_SIZES * 2; k++) {
                struct layout layout;
                struct grid_shape shape;
                layout_make_grid(rows, cols, &layout);
                grid_shape(&layout.photo, &kinds[k % 3], k / 3 % GRID_SIZES,
                           k / 3 / GRID_SIZES ? 40 : 5, &shape);
                int fits = shape.across >= 1 && shape.down >= 1 &&
                           shape.across * shape.down <= GRID_CELLS &&
                           shape.across * shape.cols <= layout.photo.cols &&
                           shape.down * shape.rows <= layout.photo.rows &&
                           shape.rows > shape.lines && shape.cols > 3;
                if (!CHECK(fits))
                    return;
            }
}

int main(int argc, char **argv)
{
    return test_main(argc, argv);
}
