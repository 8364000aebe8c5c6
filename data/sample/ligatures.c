/* The part of GSUB that is needed (OpenType 1.9): the list of lookups, those of type 4 (ligature)
 * and of type 7 (an extension: the same, farther away). Conditions, features, scripts and languages
 * are left aside: an emoji font applies its ligatures always.
 *
 *     GSUB            at 8: offset of the lookup list
 *     lookup list     count, offsets of lookups
 *     lookup          type, flag, count, offsets of subtables
 *     ligature subst. format 1, offset of coverage, count, offsets of ligature sets: one for each
 *                     covered first glyph
 *     ligature set    count, offsets of ligatures, the preferred first
 *     ligature        glyph, count of components, components from the second on */
#include "data/sample/ligatures.h"

enum { LIGATURE = 4, EXTENSION = 7, MOST_READS = 10 * 1000 * 1000 };

struct table {
    const unsigned char *bytes;
    size_t size;
    size_t reads; /* in a damaged table lists may lie over each other and take for ever */
};

/* Two bytes as a number; 0 outside of the table, or after too many: that ends every search. */
static size_t u16(struct table *t, size_t at)
{
    if (at > t->size || t->size - at < 2 || t->reads == 0)
        return 0;
    t->reads--;
    return (size_t)t->bytes[at] << 8 | t->bytes[at + 1];
}

static size_t u32(struct table *t, size_t at)
{
    return u16(t, at) << 16 | u16(t, at + 2);
}

/* The place of a glyph in a coverage table, or -1. Format 1 lists glyphs, format 2 ranges. */
static long find_covered(struct table *t, size_t at, uint32_t glyph)
{
    size_t format = u16(t, at), count = u16(t, at + 2);
    for (size_t i = 0; format == 1 && i < count; i++)
        if (u16(t, at + 4 + 2 * i) == glyph)
            return (long)i;
    for (size_t i = 0; format == 2 && i < count; i++) {
        size_t range = at + 4 + 6 * i, first = u16(t, range), last = u16(t, range + 2);
        if (glyph >= first && glyph <= last)
            return (long)(u16(t, range + 4) + glyph - first);
    }
    return -1;
}

static int matches(struct table *t, size_t ligature, const uint32_t *glyphs, size_t count)
{
    size_t components = u16(t, ligature + 2);
    if (components < 1 || components > count)
        return 0;
    for (size_t i = 1; i < components; i++)
        if (u16(t, ligature + 4 + 2 * (i - 1)) != glyphs[i])
            return 0;
    return 1;
}

/* How many glyphs the first ligature that matches takes, 0 for none; *made is what they become. */
static size_t find_ligature(struct table *t, size_t subtable, const uint32_t *glyphs, size_t count,
                            uint32_t *made)
{
    if (u16(t, subtable) != 1)
        return 0;
    long place = find_covered(t, subtable + u16(t, subtable + 2), glyphs[0]);
    if (place < 0 || (size_t)place >= u16(t, subtable + 4))
        return 0;
    size_t set = subtable + u16(t, subtable + 6 + 2 * (size_t)place);
    for (size_t i = 0; i < u16(t, set); i++) {
        size_t ligature = set + u16(t, set + 2 + 2 * i);
        if (matches(t, ligature, glyphs, count)) {
            *made = (uint32_t)u16(t, ligature);
            return u16(t, ligature + 2);
        }
    }
    return 0;
}

/* One lookup over the whole sequence, from left to right. */
static size_t apply_lookup(struct table *t, size_t lookup, uint32_t *glyphs, size_t count)
{
    size_t left = 0;
    for (size_t i = 0; i < count;) {
        size_t taken = 0;
        uint32_t made = glyphs[i];
        for (size_t k = 0; k < u16(t, lookup + 4) && taken == 0; k++) {
            size_t type = u16(t, lookup), subtable = lookup + u16(t, lookup + 6 + 2 * k);
            if (type == EXTENSION && u16(t, subtable) == 1) {
                type = u16(t, subtable + 2);
                subtable += u32(t, subtable + 4);
            }
            if (type == LIGATURE)
                taken = find_ligature(t, subtable, glyphs + i, count - i, &made);
        }
        i += taken ? taken : 1;
        glyphs[left++] = made;
    }
    return left;
}

size_t ligatures_apply(const unsigned char *gsub, size_t size, uint32_t *glyphs, size_t count)
{
    struct table t = {gsub, size, MOST_READS};
    size_t list = u16(&t, 8);
    for (size_t i = 0; i < u16(&t, list); i++)
        count = apply_lookup(&t, list + u16(&t, list + 2 + 2 * i), glyphs, count);
    return count;
}
