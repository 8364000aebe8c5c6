/* Search in the tree of labels, as a person types: pure, no store, no screen.
 *
 * A query is words, parted by blanks, '>' or '/'. A node is found when every word is in its path,
 * in any order: in its name or id, in one above it, or as initials (of levels: "fdc" is food >
 * drink > coffee; of the words of a name: "gs" is Granny Smith). At least one word is the node's
 * own, or above it only: those come last. Case, accents and the form of Unicode (NFC, NFD, full
 * width) make no difference. Hangul is also found by its initial consonants (ㅋㅍ and 커ㅍ find
 * 커피) and while its last syllable is still being typed (컾 finds 커피, 달 finds 닭).
 *
 * Best first: the name or id, whole; its beginning; the beginning of a word; initials; inside;
 * above only. Among equals the larger weight, the shallower, the order of the tree. */
#ifndef LABELS_SEARCH_H
#define LABELS_SEARCH_H

#include "labels/taxonomy.h"

struct search; /* the folded names of one edition of a tree; any number of threads may read it */
struct status;

/* The tree may be freed afterwards. The caller frees with search_free. -1: out of memory. */
int search_make(const struct taxonomy *t, struct search **out, struct status *st);
void search_free(struct search *s);
/* Is it still of this tree, or was a node added, changed, given an id? s may be NULL. */
int search_is_of(const struct search *s, const struct taxonomy *t);

/* The nodes found, best first; how many (at most max). weight [nodes of the tree]: how likely each
 * is meant, or NULL. A query without words finds all. */
int search_find(const struct search *s, const char *query, const float *weight, int *nodes,
                int max);

/* Does any name or id begin with a digit? */
int search_has_digits(const struct search *s);

/* What of a path the words of a query matched: at[level][byte of the name], level 0 is the top. */
struct search_marks {
    unsigned char at[TAXONOMY_DEPTH][TAXONOMY_MAX_NAME + 1];
};
void search_mark(const struct taxonomy *t, const char *query, int node, struct search_marks *out);

#endif
