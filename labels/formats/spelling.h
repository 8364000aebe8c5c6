/* Label paths in one field: "food > drink > coffee", "food/drink/coffee", or ids: "76 22 23". */
#ifndef LABELS_FORMATS_SPELLING_H
#define LABELS_FORMATS_SPELLING_H

#include "labels/taxonomy.h"

enum { SPELLING_MOST = 32 }; /* labels taken apart; deeper than any tree */

/* Takes text apart in place: labels [SPELLING_MOST] point into it; how many. Blanks around a label
 * stay; none is left out, but for an empty text. A separator of blanks only stands for any number
 * of blanks. What comes after the last place stays in it. */
int spelling_split(char *text, const char *separator, const char **labels);

/* The separator that a path of several labels is written with: ">", "|" or "/"; NULL when the text
 * has none, or is the name or id of a top-level label as it stands. */
const char *spelling_guess(const struct taxonomy *t, const char *text);

/* The first label whose name holds the separator, so that a path could be read in two ways; -1. */
int spelling_unclear(const struct taxonomy *t, const char *separator);
/* The first label without an id, or with one that does not fit between blanks; -1. */
int spelling_without_id(const struct taxonomy *t);

/* "76 22 23" of nodes [depth] from the top; buffer of SPELLING_IDS bytes; returns it. */
enum { SPELLING_IDS = TAXONOMY_DEPTH * (TAXONOMY_MAX_NAME + 2) };
char *spelling_ids(const struct taxonomy *t, const int *path, int depth, char *buffer);

#endif
