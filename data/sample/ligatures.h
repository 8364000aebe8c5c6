/* Which glyph a font has for a sequence of glyphs: the "ligature substitution" of OpenType's GSUB
 * table, which is how an emoji font draws a flag from two letters or a family from its members. */
#ifndef DATA_SAMPLE_LIGATURES_H
#define DATA_SAMPLE_LIGATURES_H

#include <stddef.h>
#include <stdint.h>

/* Applies every ligature of the table, in its order, to the glyphs in place; returns how many are
 * left. A damaged table has no ligatures; nothing outside of it is read. */
size_t ligatures_apply(const unsigned char *gsub, size_t size, uint32_t *glyphs, size_t count);

#endif
