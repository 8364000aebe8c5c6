/* What the two files of the review screen share: its state, and its drawing. */
#ifndef TUI_SCREENS_REVIEW_H
#define TUI_SCREENS_REVIEW_H

#include "labels/decide.h"
#include "tui/screens/layout.h"
#include "tui/screens/screen.h"

struct review_screen {
    int64_t photo; /* what the rest is about */
    int64_t event; /* its last one */
    int node;      /* where the path shown ends; TAXONOMY_ROOT: none */
    int edited;    /* by the person: new predictions leave it alone */
    int64_t pane;  /* the photo whose picture or text was drawn last; 0: it is still being read */
    int64_t drawn; /* the photo that has stood on the terminal, 0: not yet */
    int64_t drawn_at;
    int64_t exchanged; /* when background work last changed the candidates, 0: never */
    int candidates[DECIDE_CANDIDATES + 1]; /* as they were drawn: how many, then where they end */
    float zoom;
    struct rect pane_at; /* where the photo is */
    struct {
        struct rect at; /* the rows of candidates, and which is the first */
        int first;
    } choices;
    int clicked; /* the candidate that a click has selected on this photo, -1: none */
    int marking; /* what is shown becomes marked */
};

void review_draw_bar(struct screen *s, int row);
/* Puts the photo (or why there is none) into its pane, sets `pane`, and has the neighbours made
 * ready. */
void review_draw_photo(struct screen *s, const struct rect *r);
void review_draw_keys(struct screen *s, int row);

#endif
