/* UTF-8 text as it is shown: what stands in one cell (or two), with control characters, invalid
 * bytes and bidirectional overrides escaped. Pure; the locale must be a UTF-8 one (wcwidth). */
#ifndef TUI_TERMINAL_CLUSTER_H
#define TUI_TERMINAL_CLUSTER_H

#include <stddef.h>
#include <wchar.h>

/* Length of the character at p, 0 when it is cut off after n bytes, -1 when it is none. Overlong
 * forms, surrogates and codes over 0x10ffff are none. */
int utf8_decode(const unsigned char *p, size_t n, unsigned *code);
/* Its bytes; returns how many (1 to 4). */
int utf8_encode(unsigned code, char out[4]);

enum { CLUSTER_CODES = 5 }; /* a base and marks on it: what curses keeps in a cell */

struct cluster {
    wchar_t text[CLUSTER_CODES + 1]; /* ended by 0 */
    int width;                       /* 1 or 2 cells */
};

/* Goes through a text: start with {.at = text}. */
struct cluster_iterator {
    const char *at;
    char escape[12]; /* what is left to be shown of an escaped character */
};

/* The next cluster; 0 at the end. */
int cluster_next(struct cluster_iterator *it, struct cluster *out);

#endif
