/* What the three files of the grid share: its state, its pages, its drawing. */
#ifndef TUI_SCREENS_GRID_H
#define TUI_SCREENS_GRID_H

#include "labels/store.h"
#include "tui/screens/layout.h"
#include "tui/screens/panel.h"
#include "tui/screens/screen.h"

enum {
    GRID_CELLS = 60 /* a picture slot each */,
    GRID_PAGES = 256,
    GRID_SIZES = 5,
    GRID_UNWRITTEN = -2
};

struct grid_cell {
    int64_t photo;
    int node, predicted; /* the path to show, and the one predicted; -1: none */
    int model;           /* by which model, 0: none */
    float confidence;    /* of the path to show; negative: not predicted */
    struct review_state state;
    int64_t event;   /* the photo's last one */
    int written;     /* the path drawn last, or GRID_UNWRITTEN */
    int read;        /* the path that stands on the terminal, */
    int64_t since;   /* and since when; 0: none does */
    int exchanged;   /* the path is another than when the page was opened */
    int problem;     /* the photo cannot be read */
    int pane, drawn; /* picture or problem: was drawn last, has stood on the terminal */
    int visited;     /* the cursor has been there */
};

struct grid_shape {
    int across, down; /* cells */
    int cols, rows;   /* of one, with the blank column at its right and its lines of text */
    int lines;        /* of text: 2 where there are labels too long for one */
    struct rect area;
};

struct grid_page {
    size_t start, n;
    int64_t first; /* the photo there; another one by now: the queue has changed before it */
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
    int range_from;   /* cell, -1: no range has been begun */
    int64_t drawn_at; /* the page, or what a decision has changed of it; 0: not yet */
    /* Candidates as they were drawn last, of photo `panel`; when they last became others while they
     * stood there (0: never); the photo whose candidates stand on the terminal. */
    int choices[PANEL_CHOICES], choice_count;
    int64_t panel, choices_changed, panel_stood;
    int64_t jumped_at; /* when the cursor last went on by itself */
    int taught;        /* something was decided on since the next page was gathered */
    int touched;       /* something of the page was decided on or marked */
    int predicting;    /* the first page, gathered while predictions were being made */
    unsigned made;     /* app_queue_made, of the queue that the pages are of */
};

/* How many cells of which size fit. info: read only; longest: cells of the longest label name. */
void grid_shape(const struct rect *area, const struct terminal_info *info, int size, int longest,
                struct grid_shape *out);

/* ---- pages (grid_page.c) ---- */

struct layout grid_layout(void);
/* Neither decided on nor skipped. */
int grid_cell_is_open(const struct grid_cell *c);
/* Its path stands on the terminal, long enough to be read. */
int grid_cell_is_read(const struct grid_cell *c);
/* The cell of the current photo; GRID_CELLS when that is on another page. */
size_t grid_cursor(struct screen *s);
/* The photo of a cell (any number: nothing happens where there is none) is the current one. */
void grid_visit(struct screen *s, size_t cell);
/* The least sure one that nobody has looked at, decided on or marked: where the cursor is wanted.
 * GRID_CELLS: none. */
size_t grid_doubtful(struct screen *s);
/* Paths and states as they are now, after an answer of this person (own) or background work; paths
 * that are others then are marked as new. */
void grid_refresh(struct screen *s, int own);
/* The page that begins at an index of the queue; n 0: as many photos as fit and belong together. */
void grid_show_page(struct screen *s, size_t start, size_t n);
/* The page is that of the queue as it is now. */
void grid_sync(struct screen *s);
/* Chooses the page to come again, by what is known now; nobody has seen it yet. */
void grid_gather_next(struct screen *s);
/* Chooses this page again. */
void grid_begin_anew(struct screen *s);
/* Both say it where there is none. */
void grid_next_page(struct screen *s);
void grid_previous_page(struct screen *s);

/* ---- drawing (grid_draw.c) ---- */

/* The whole screen; sets `pane` of the cells, and has the next page made ready. cursor: its cell.
 */
void grid_draw(struct screen *s, size_t cursor);

#endif
