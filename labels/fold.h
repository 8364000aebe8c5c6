/* Text as it is compared in a search: pure. Any thread. */
#ifndef LABELS_FOLD_H
#define LABELS_FOLD_H

#include <stddef.h>
#include <stdint.h>

/* Unicode values of the text without case and accents, alike for NFC and NFD; Hangul as whole
 * syllables, consonants that stand alone as initials (U+1100 and on). Bytes that are no UTF-8 stand
 * for themselves, above Unicode. Writes at most `max` values and, where `from` is not NULL, the
 * byte of the text that each came from; returns how many. */
size_t fold(const char *text, uint32_t *out, uint16_t *from, size_t max);

/* Bits of the values, of syllables those of their initials: a text that lacks any bit of a word
 * does not match it. */
uint64_t fold_bits(const uint32_t *values, size_t size);
/* Below this a value is matched by itself only. */
enum { FOLD_HANGUL = 0x1100 };

/* Does a word of a query begin at `text`? text has `left` values, word `size`, both folded. Returns
 * how many values of the text it takes, 0 when it does not; *exact: it is just them, not initials
 * or a syllable being typed. */
size_t fold_match(const uint32_t *text, size_t left, const uint32_t *word, size_t size, int *exact);
/* The same for a single value: is it that, or its initial? */
int fold_same(uint32_t text, uint32_t word);

/* Letters and digits of any script, and marks on them. */
int fold_is_word(uint32_t value);

#endif
