/* Setting the filter, as the screen and `:filter` do. */
#ifndef TUI_SCREENS_FILTER_H
#define TUI_SCREENS_FILTER_H

#include <stddef.h>

struct app;
struct status;
struct ui;

/* Reads a filter, makes the queue that of it and of the next sitting, and says how many photos that
 * are. -1: it stays as it was, st says why. */
int filter_set(struct ui *ui, const char *words, struct status *st);

/* How many photos are in the queue: "12,345", or "512+" while more are looked for. Returns text. */
const char *filter_count(const struct app *a, char *text, size_t size);

#endif
