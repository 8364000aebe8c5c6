/* Hangul: a syllable is U+AC00 + (initial * 21 + vowel) * 28 + final. While one is typed (two-set
 * keyboard), its last consonant may turn out to be the initial of the next one, a vowel or final
 * may become a double one: 커, 컾, 커피. So the last syllable of a query is compared by keystrokes,
 * in which it is the beginning of what it becomes. */
#include "labels/fold.h"

#include <string.h>
#include <utf8proc.h>

enum {
    SYLLABLE = 0xAC00,
    SYLLABLES = 11172,
    INITIAL = 0x1100,
    INITIALS = 19,
    VOWEL = 0x1161,
    VOWELS = 21,
    FINAL = 0x11A7,
    FINALS = 28, /* number 0: none */
    LETTER = 0x3131,
    LETTERS = 30, /* consonants as keyboards give them */
    NO_UNICODE = 0x110000,
    KEYS = 6
};

/* Of the letters U+3131 and on: one initial, or two (+1 each, 0: none). */
static const unsigned char letter[LETTERS][2] = {
    {1, 0},  {2, 0},  {1, 10}, {3, 0},  {3, 13}, {3, 19}, {4, 0},  {5, 0},  {6, 0},  {6, 1},
    {6, 7},  {6, 8},  {6, 10}, {6, 17}, {6, 18}, {6, 19}, {7, 0},  {8, 0},  {9, 0},  {8, 10},
    {10, 0}, {11, 0}, {12, 0}, {13, 0}, {14, 0}, {15, 0}, {16, 0}, {17, 0}, {18, 0}, {19, 0}};

/* Of the finals the same. */
static const unsigned char final_keys[FINALS][2] = {
    {0, 0},  {1, 0},  {2, 0},  {1, 10}, {3, 0},  {3, 13}, {3, 19}, {4, 0}, {6, 0},  {6, 1},
    {6, 7},  {6, 8},  {6, 10}, {6, 17}, {6, 18}, {6, 19}, {7, 0},  {8, 0}, {8, 10}, {10, 0},
    {11, 0}, {12, 0}, {13, 0}, {15, 0}, {16, 0}, {17, 0}, {18, 0}, {19, 0}};

/* Of the vowels: what is typed first and then (+1 each, 0: nothing). */
static const unsigned char vowel_keys[VOWELS][2] = {
    {1, 0},  {2, 0},  {3, 0},   {4, 0},  {5, 0},  {6, 0},   {7, 0},
    {8, 0},  {9, 0},  {9, 1},   {9, 2},  {9, 21}, {13, 0},  {14, 0},
    {14, 5}, {14, 6}, {14, 21}, {18, 0}, {19, 0}, {19, 21}, {21, 0}};

static int is_syllable(uint32_t v)
{
    return v >= SYLLABLE && v < SYLLABLE + SYLLABLES;
}

static int is_initial(uint32_t v)
{
    return v >= INITIAL && v < INITIAL + INITIALS;
}

/* Accents on letters of Latin, Greek and Cyrillic: other marks (vowels of Hindi, of kana) tell
 * words apart. */
static int is_accent(uint32_t v)
{
    return (v >= 0x300 && v < 0x370) || (v >= 0x483 && v < 0x488) || (v >= 0x1AB0 && v < 0x1B00) ||
           (v >= 0x1DC0 && v < 0x1E00) || (v >= 0x20D0 && v < 0x2100);
}

struct folding {
    uint32_t *out;
    uint16_t *from;
    size_t count, max;
    size_t at; /* byte that is being folded */
};

/* Appends, or makes one syllable of it and the one before. */
static void put(struct folding *f, uint32_t v)
{
    uint32_t *last = f->count > 0 ? &f->out[f->count - 1] : NULL;
    if (is_accent(v))
        return;
    if (last && is_initial(*last) && v >= VOWEL && v < VOWEL + VOWELS) {
        *last = SYLLABLE + ((*last - INITIAL) * VOWELS + (v - VOWEL)) * FINALS;
    } else if (last && is_syllable(*last) && (*last - SYLLABLE) % FINALS == 0 && v > FINAL &&
               v < FINAL + FINALS) {
        *last += v - FINAL;
    } else if (f->count < f->max) {
        if (f->from)
            f->from[f->count] = (uint16_t)f->at;
        f->out[f->count++] = v;
    }
}

/* Letters with a stroke, which Unicode does not take apart. */
static void put_plain(struct folding *f, uint32_t v)
{
    static const struct {
        uint32_t is;
        char plain[3];
    } strokes[] = {{0xE6, "ae"}, {0xF0, "d"},  {0xF8, "o"},   {0x111, "d"}, {0x127, "h"},
                   {0x131, "i"}, {0x142, "l"}, {0x153, "oe"}, {0x167, "t"}};
    for (size_t i = 0; i < sizeof strokes / sizeof *strokes; i++)
        if (strokes[i].is == v) {
            for (const char *c = strokes[i].plain; *c; c++)
                put(f, (uint32_t)*c);
            return;
        }
    put(f, v);
}

static void put_letter(struct folding *f, const unsigned char *initials)
{
    for (int i = 0; i < 2 && initials[i]; i++)
        put(f, INITIAL + initials[i] - 1u);
}

static void put_any(struct folding *f, utf8proc_int32_t value)
{
    enum { PARTS = 32 };
    utf8proc_int32_t parts[PARTS];
    int bound = UTF8PROC_BOUNDCLASS_START;
    utf8proc_ssize_t n = utf8proc_decompose_char(
        value, parts, PARTS, UTF8PROC_COMPAT | UTF8PROC_DECOMPOSE | UTF8PROC_CASEFOLD, &bound);
    if (n < 0 || n > PARTS) {
        put(f, (uint32_t)value);
        return;
    }
    for (utf8proc_ssize_t i = 0; i < n; i++)
        put_plain(f, (uint32_t)parts[i]);
}

size_t fold(const char *text, uint32_t *out, uint16_t *from, size_t max)
{
    struct folding f = {.out = out, .from = from, .max = max};
    size_t size = strlen(text);
    while (f.at < size && f.at < UINT16_MAX) {
        const unsigned char *at = (const unsigned char *)text + f.at;
        utf8proc_int32_t value = at[0];
        utf8proc_ssize_t length =
            value < 0x80 ? 1 : utf8proc_iterate(at, (utf8proc_ssize_t)(size - f.at), &value);
        if (length <= 0) {
            put(&f, NO_UNICODE + at[0]);
            length = 1;
        } else if (value < 0x80) {
            put(&f, (uint32_t)(value >= 'A' && value <= 'Z' ? value + 'a' - 'A' : value));
        } else if (value >= LETTER && value < LETTER + LETTERS) {
            put_letter(&f, letter[value - LETTER]);
        } else {
            put_any(&f, value);
        }
        f.at += (size_t)length;
    }
    return f.count;
}

/* ---- matching ---- */

uint64_t fold_bits(const uint32_t *values, size_t size)
{
    uint64_t bits = 0;
    for (size_t i = 0; i < size; i++) {
        uint32_t v = is_syllable(values[i]) ? INITIAL + (values[i] - SYLLABLE) / (VOWELS * FINALS)
                                            : values[i];
        bits |= (uint64_t)1 << v % 64;
    }
    return bits;
}

/* What is typed for a value; how many keys (initials 1.., vowels 101..). */
static int keys_of(uint32_t v, unsigned char *keys)
{
    int n = 0;
    if (is_initial(v))
        keys[n++] = (unsigned char)(v - INITIAL + 1);
    if (!is_syllable(v))
        return n;
    unsigned s = v - SYLLABLE;
    keys[n++] = (unsigned char)(s / (VOWELS * FINALS) + 1);
    for (int i = 0; i < 2; i++)
        if (vowel_keys[s / FINALS % VOWELS][i])
            keys[n++] = (unsigned char)(100 + vowel_keys[s / FINALS % VOWELS][i]);
    for (int i = 0; i < 2; i++)
        if (final_keys[s % FINALS][i])
            keys[n++] = final_keys[s % FINALS][i];
    return n;
}

/* Is `word` what is seen on the way to text[0] and text[1]? How many of them it takes. */
static size_t typed(const uint32_t *text, size_t left, uint32_t word)
{
    unsigned char wanted[KEYS], there[2 * KEYS];
    if (!is_syllable(word) || !is_syllable(text[0]))
        return 0;
    int n = keys_of(word, wanted), first = keys_of(text[0], there), all = first;
    if (n > first && left > 1)
        all += keys_of(text[1], there + first);
    if (n > all || memcmp(wanted, there, (size_t)n) != 0)
        return 0;
    return n > first ? 2 : 1;
}

int fold_same(uint32_t text, uint32_t word)
{
    return text == word || (is_initial(word) && is_syllable(text) &&
                            (text - SYLLABLE) / (VOWELS * FINALS) == word - INITIAL);
}

size_t fold_match(const uint32_t *text, size_t left, const uint32_t *word, size_t size, int *exact)
{
    *exact = 1;
    for (size_t i = 0; i < size; i++) {
        if (i >= left)
            return 0;
        if (text[i] == word[i])
            continue;
        *exact = 0;
        if (fold_same(text[i], word[i]))
            continue;
        size_t more = i == size - 1 ? typed(text + i, left - i, word[i]) : 0;
        return more > 0 ? i + more : 0;
    }
    return size;
}

int fold_is_word(uint32_t v)
{
    if (v < 0x80)
        return (v >= '0' && v <= '9') || (v >= 'a' && v <= 'z') || (v >= 'A' && v <= 'Z');
    if (v >= NO_UNICODE)
        return 1;
    utf8proc_category_t c = utf8proc_category((utf8proc_int32_t)v);
    return c >= UTF8PROC_CATEGORY_LU && c <= UTF8PROC_CATEGORY_NO;
}
