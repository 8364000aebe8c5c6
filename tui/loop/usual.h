/* The paths a person gives while no model predicts any: as many places as there are digits. Pure.
 */
#ifndef TUI_LOOP_USUAL_H
#define TUI_LOOP_USUAL_H

enum { USUAL_PLACES = 9 };

/* All 0: nothing yet. A path keeps its place, since fingers remember it. */
struct usual {
    int count, node[USUAL_PLACES];
    long used[USUAL_PLACES], uses; /* when each was given last, in uses so far */
};

/* A path was given: a new one takes a free place, or that of the path not given for longest. */
void usual_note(struct usual *u, int node);

#endif
