#include "tui/screens/layout.h"

enum {
    PANEL_LEAST = 27,
    PANEL_MOST = 56,
    BESIDE_FROM = 54,
    PANEL_GRID = 38,
    GRID_BESIDE_FROM = 70
};

static int clamp(int value, int low, int high)
{
    return value < low ? low : value > high ? high : value;
}

static void beside(int rows, int cols, int panel, struct layout *out)
{
    out->photo = (struct rect){1, 1, rows - 3, cols - panel - 4};
    out->panel = (struct rect){2, cols - panel - 1, rows - 4, panel};
}

void layout_make_grid(int rows, int cols, struct layout *out)
{
    *out = (struct layout){.photo = {1, 1, rows - 3, cols - 2}, .bar = 0, .keys = rows - 1};
    if (cols >= GRID_BESIDE_FROM)
        beside(rows, cols, clamp(cols * 28 / 100, PANEL_LEAST, PANEL_GRID), out);
}

void layout_make(int rows, int cols, struct layout *out)
{
    int inside = rows - 3; /* without bar, blank row, keys */
    out->bar = 0;
    out->keys = rows - 1;
    if (cols >= BESIDE_FROM) {
        beside(rows, cols, clamp(cols * 40 / 100, PANEL_LEAST, PANEL_MOST), out);
    } else {
        int photo = clamp(inside * 55 / 100, 3, inside - 5);
        out->photo = (struct rect){1, 1, photo, cols - 2};
        out->panel = (struct rect){photo + 2, 1, inside - photo - 1, cols - 2};
    }
}
