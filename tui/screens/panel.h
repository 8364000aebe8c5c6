/* The right side of the review: the path with its confidences, candidates, state of the photo,
 * training. */
#ifndef TUI_SCREENS_PANEL_H
#define TUI_SCREENS_PANEL_H

#include "labels/decide.h"
#include "tui/loop/app.h"
#include "tui/screens/layout.h"
#include "tui/screens/screen.h"

enum { PANEL_CHOICES = DECIDE_CANDIDATES }; /* each has a digit */

/* What j and k go through and digits take on the current photo: the candidates, or, without a
 * model, the paths given so far; and the present label as the last when it is not one of them.
 * nodes [PANEL_CHOICES]; returns how many. */
int panel_choices(const struct app *a, int *nodes);

struct panel {
    struct app *app;
    const struct ui *ui; /* whose keys are named */
    int node;            /* where the path shown ends; TAXONOMY_ROOT: none */
    int edited;          /* by the person, since the photo came up */
    /* filled by panel_draw: where the choices stand, and which is the first there */
    int first_row, first, rows;
    int said; /* how the training ended stands in the message line: not here too */
};
void panel_draw(const struct rect *r, struct panel *p);

#endif
