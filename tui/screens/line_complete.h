/* How a line typed so far could go on: names of commands, then what may follow each. */
#ifndef TUI_SCREENS_LINE_COMPLETE_H
#define TUI_SCREENS_LINE_COMPLETE_H

#include <stddef.h>

struct ui;

enum { COMPLETIONS = 64, COMPLETION_SIZE = 300 };

struct completions {
    size_t start; /* where in the line the word begins that is completed */
    int count;    /* of `words`; there may be more than fit */
    char words[COMPLETIONS][COMPLETION_SIZE];
    const char *help[COMPLETIONS]; /* may be NULL */
    int more[COMPLETIONS];         /* something may follow it */
};
void line_complete(struct ui *ui, const char *line, struct completions *out);

#endif
