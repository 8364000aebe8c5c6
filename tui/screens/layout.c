#include "tui/screens/layout.h"

enum { PANEL_LEAST = 27, PANEL_MOST = 56, BESIDE_FROM = 54 };

static int clamp(int value, int low, int high)
{
    return value < low ? low : value > high ? high : value;
}

void layout_make(int rows, int cols, struct layout *out)
{
    int inside = rows - 3; /* without bar, blank row, keys */
    out->bar = 0;
    out->keys = rows - 1;
    if (cols >= BESIDE_FROM) {
        int panel = clamp(cols * 40 / 100, PANEL_LEAST, PANEL_MOST);
        out->photo = (struct rect){1, 1, inside, cols - panel - 4};
        out->panel = (struct rect){2, cols - panel - 1, rows - 4, panel};
    } else {
        int photo = clamp(inside * 55 / 100, 3, inside - 5);
        out->photo = (struct rect){1, 1, photo, cols - 2};
        out->panel = (struct rect){photo + 2, 1, inside - photo - 1, cols - 2};
    }
}
