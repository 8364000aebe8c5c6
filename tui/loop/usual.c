#include "tui/loop/usual.h"

void usual_note(struct usual *u, int node)
{
    int at = 0, oldest = 0;
    while (at < u->count && u->node[at] != node)
        at++;
    for (int i = 1; i < u->count; i++)
        if (u->used[i] < u->used[oldest])
            oldest = i;
    if (at == u->count && u->count < USUAL_PLACES)
        u->count++;
    else if (at == u->count)
        at = oldest;
    u->node[at] = node;
    u->used[at] = ++u->uses;
}
