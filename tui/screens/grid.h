/* What the two files of the grid share: its state, and its drawing. */
#ifndef TUI_SCREENS_GRID_H
#define TUI_SCREENS_GRID_H

#include "labels/store.h"
#include "tui/screens/layout.h"
#include "tui/screens/panel.h"
#include "tui/screens/screen.h"

enum { GRID_CELLS = 60 /* a picture slot each */, GRID_PAGES = 256, GRID_SIZES = 5 };

struct grid_cell {
    int64_t photo;
    int node, predicted;  /* the path shown, and the one predicted; -1: none */
    int model;            /* by which model, 0: none */
    float confidence;     /* of the path shown; negative: not predicted */
    struct review_state state;
    int exchanged;        /* the path is another than when the page was opened */
    int problem;          /* the photo cannot be read */
    int pane, drawn;      /* picture or problem: was drawn last, has stood on the terminal */
    int visited;          /* the cursor has been there */
};

struct grid_shape {
    int across, down;        /* cells */
    int cols, rows;          /* of one, with the blank column at its right and its lines of text */
    int lines;               /* of text: 2 where there are labels too long for one */
    struct rect area;
};

struct grid_page {
    size_t start, n;
};

struct grid {
    struct grid_cell cells[GRID_CELLS];
    size_t start, n;         /* of the page, in the queue */
    size_t next;             /* photos of the page after it, gathered already */
    struct grid_shape shape; /* that the page was made for */
    int size;                /* of a cell: 0 the smallest */
    int longest;             /* cells of the longest label name */
    struct grid_page passed[GRID_PAGES];
    int passed_count;
    int range_from;          /* cell, -1: no range has been begun */
    int64_t exchanged_at;    /* when a path last changed otherwise than by a key of the person; 0: never */
    int64_t drawn_at;        /* the page, or what a decision has changed of it */
    int64_t stood_at;        /* since when all of the page stands, photos and paths; 0: not yet */
    int choices[PANEL_CHOICES], choice_count; /* candidates as they were drawn last, of photo `panel` */
    int64_t panel, panel_stood; /* the photo whose candidates were drawn last, and that have stood on the terminal */
    int64_t jumped_at;       /* when the cursor last went on by itself */
    int taught;              /* something was decided on since the next page was gathered */
    int touched;             /* something of the page was decided on or marked */
    int predicting;          /* the first page, gathered while predictions were being made */
};

/* How many cells of which size fit. info: read only; longest: cells of the longest label name. */
void grid_shape(const struct rect *area, const struct terminal_info *info, int size, int longest,
                struct grid_shape *out);
/* Is the path shown an imported label that the prediction speaks against? */
int grid_cell_disputed(const struct grid_cell *c);
/* The whole screen; sets `pane` of the cells, and has the next page made ready. cursor: its cell. */
void grid_draw(struct screen *s, size_t cursor);

#endif
