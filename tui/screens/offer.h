/* What a typed text would add to the tree of labels: pure. */
#ifndef TUI_SCREENS_OFFER_H
#define TUI_SCREENS_OFFER_H

#include "labels/taxonomy.h"

enum { OFFER_TEXT = 1024, OFFER_ASKS = -2 };

struct offer {
    int count;  /* new levels, one below the other; 0: the text adds nothing */
    int parent; /* the node above them, TAXONOMY_ROOT, or OFFER_ASKS: the text does not say */
    int depth;  /* levels of the whole path: may be more than the tree allows */
    const char *names[TAXONOMY_DEPTH + 1]; /* into text; as many as there are places */
    char text[OFFER_TEXT];
};

/* "a > b > c": the levels that are not there yet, below the longest part that is (upper and lower
 * case are not told apart); nothing when the whole path is there or a name is missing beside a '>'.
 * A name alone has its parent asked for, except in an empty tree. Longer texts are cut. */
void offer_make(const struct taxonomy *t, const char *text, struct offer *out);

#endif
