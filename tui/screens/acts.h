/* What keys do in the review and in the grid alike: decide on the current photo (app_current) or on
 * the marked ones, undo, train, open the other screens. Each says in a line what came of it. */
#ifndef TUI_SCREENS_ACTS_H
#define TUI_SCREENS_ACTS_H

#include <stdint.h>

#include "labels/store.h"
#include "tui/screens/layout.h"
#include "tui/screens/screen.h"

/* One of a ui (ui_acts). */
struct acts {
    int copied;     /* TAXONOMY_ROOT: nothing */
    int leaving;    /* q was pressed while something trains */
    int for_marked; /* the next key is about the marked photos */
    int applied;    /* they were decided on: a screen of pages looks what is left of its own */
    int paged;      /* such a screen is open: it goes on by itself */
    struct rect at; /* paged: where the photo at the cursor stands */
    unsigned of_training; /* the last line said about a training that runs (ui_say) */
    int64_t refused;      /* the photo that somebody else had decided on; 0: none */
    int refused_node;     /* what was given to it: a path, or -1 */
};

enum { ACTS_SETTLED = 300 /* milliseconds a new prediction stands before a key may accept it */ };

/* A decision on the current photo, drawn `spent` milliseconds ago. 1: it is stored. The caller has
 * seen to it that the photo stood on the terminal. */
int acts_decide(struct ui *ui, enum event_kind kind, int node, int64_t spent);
/* The path that was given to the current photo, and not taken because somebody else had decided on
 * it; -1: none. */
int acts_refused(struct ui *ui);
/* The path of a digit (candidate i from 0), or -1, which has been said. */
int acts_candidate(struct ui *ui, int i);
/* The path given last in this sitting, the path copied; -1: none, which has been said. */
int acts_last(struct ui *ui);
int acts_copied(struct ui *ui);
/* The one path of several decisions in words, or "the paths shown". */
const char *acts_paths(struct ui *ui, const struct app_decision *d, size_t n, char *buffer,
                       size_t size);
/* Opens the picker for the current photo. */
void acts_pick(struct ui *ui, int (*picked)(void *arg, int node), void *arg);

/* Goes to a photo that is sought (app_queue_find). */
void acts_find(struct ui *ui, const char *text, int back);

/* First thing of a screen's key(): the keys that mean the same in both, and those after `;`. node:
 * where the path shown ends; settled: the current photo and its candidates stand on the terminal,
 * and not only since a moment ago. 1: it was one of these. */
int acts_key(struct ui *ui, int key, int node, int settled);
/* For screen_ops.changed. */
void acts_changed(struct ui *ui, unsigned what);

#endif
