/* Label paths in one field: "food > drink > coffee", "food/drink/coffee", or ids: "76 22 23". */
#ifndef LABELS_FORMATS_SPELLING_H
#define LABELS_FORMATS_SPELLING_H

#include <stddef.h>

#include "labels/taxonomy.h"

enum { SPELLING_MOST = 32 }; /* labels taken apart; deeper than any tree */

/* Takes text apart in place: labels [SPELLING_MOST] point into it; how many. Blanks around a label
 * stay; none is left out, but for an empty text. A separator of blanks only stands for any number
 * of blanks. What comes after the last place stays in it. */
int spelling_split(char *text, const char *separator, const char **labels);

/* Which sign stands between the labels of a file's paths, by all of them: >, | or /, the one that
 * most have. '/', which stands in labels as well ("AC/DC", "N/A"), only where it takes a path of
 * the tree apart, or half of the paths and two different ones have it. A text that is the name or
 * id of a top-level label as it stands says nothing. Zero before the first. */
enum { SPELLING_SIGNS = 3 };
struct spelling_survey {
    size_t paths, with[SPELLING_SIGNS], alone[SPELLING_SIGNS]; /* alone: with no other sign */
    int line[SPELLING_SIGNS];                                  /* of the first, and it: */
    char first[SPELLING_SIGNS][64];
    int known, several; /* paths with '/' that the tree has; that differ from the first */
    int chosen;         /* by spelling_choose; -1: none */
};
void spelling_look(struct spelling_survey *v, const struct taxonomy *t, const char *text, int line);
/* ">", "|", "/" or NULL. */
const char *spelling_choose(struct spelling_survey *v);
/* What a person should know of sign i (from 0) as it was chosen or not: 1 with a sentence; 0. */
int spelling_doubt(const struct spelling_survey *v, int i, char *text, size_t size);

/* The first label whose name holds the separator, so that a path could be read in two ways; -1. */
int spelling_unclear(const struct taxonomy *t, const char *separator);
/* The first label without an id, or with one that does not fit between blanks; -1. */
int spelling_without_id(const struct taxonomy *t);

/* "76 22 23" of nodes [depth] from the top; buffer of SPELLING_IDS bytes; returns it. */
enum { SPELLING_IDS = TAXONOMY_DEPTH * (TAXONOMY_MAX_NAME + 2) };
char *spelling_ids(const struct taxonomy *t, const int *path, int depth, char *buffer);

#endif
