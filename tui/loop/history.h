/* What was typed on the command line, the newest last: kept in a file of the project over sittings.
 */
#ifndef TUI_LOOP_HISTORY_H
#define TUI_LOOP_HISTORY_H

struct status;

enum { HISTORY_LINES = 200, HISTORY_LINE = 400 /* bytes; longer ones are not kept */ };

/* Zero is an empty one; it owns its lines. */
struct history {
    int count;
    char *lines[HISTORY_LINES];
};

/* Reads a file of lines; what is not there or is no text counts for nothing. */
void history_read(struct history *h, const char *file);
/* Puts a line at the end (it stands there once, what is too old falls out), and the file is written
 * anew, whole or not at all. -1: it is not in the file, but in h where memory allowed. */
int history_add(struct history *h, const char *line, const char *file, struct status *st);
void history_clear(struct history *h);

#endif
