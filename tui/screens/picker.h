/* What the files of the picker share: picker.c (keys), picker_rows.c, picker_draw.c; nobody else
 * includes this. */
#ifndef TUI_SCREENS_PICKER_H
#define TUI_SCREENS_PICKER_H

#include "tui/screens/line.h"
#include "tui/screens/list.h"
#include "tui/screens/offer.h"
#include "tui/screens/screen.h"

enum {
    PICKER_MOST = 300,
    PICKER_NEW = -2,
    PICKER_TOP = TAXONOMY_ROOT /* rows that are no nodes */
};

struct picker {
    struct picker_request request;
    struct line line;       /* what is typed */
    int *rows, count, room; /* nodes, or the two above */
    struct list list;       /* of them */
    int chosen;             /* the selected row was gone to, not just the first one */
    char name[LINE_TEXT];   /* asking for the parent of a new label: its name, else "" */
    int walking, at;        /* through the tree: the rows are what is below this node */
    int naming, below;      /* a new label below this one, whose name is typed */
    struct line new_name;
};

/* Is nothing typed but blanks? */
int picker_is_empty(const struct picker *p);
/* No row counts as selected yet, so that Enter takes none by accident. */
int picker_has_none(const struct picker *p);
/* The new row's: of what is typed; where a parent is asked for, of that and the name together. */
void picker_offer(const struct picker *p, const struct taxonomy *t, struct offer *o);

/* The rows for what is typed, the first one selected. Out of memory: fewer. */
void picker_search(struct screen *s);
/* The rows of the tree below `at`, with `selected` selected (-1: the first). */
void picker_walk(struct screen *s, int at, int selected);

/* Last picks, each in the place of its digit ([USUAL_PLACES], -1: none there, or the label is
 * gone); how many places. */
int picker_picks(struct screen *s, int *nodes);
/* Do digits take them now? While walking, or where nothing is typed and no label or id begins with
 * a digit. */
int picker_takes_digits(struct screen *s);

void picker_draw(struct screen *s);

#endif
