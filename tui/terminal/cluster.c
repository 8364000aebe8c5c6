/* Cells of text.
 *
 * A cluster is a character with a width and the marks of no width that follow it, as curses keeps
 * them in one cell. Decomposed Hangul (as macOS writes file names) is put together again, since few
 * terminals draw it well. Marks that only change how neighbours join (zero-width joiners, variation
 * selectors) are left out: terminals disagree about the width of what they would join, and a line
 * whose width is not known cannot be updated in place. */
#include "tui/terminal/cluster.h"

#include <stdio.h>
#include <string.h>

int utf8_decode(const unsigned char *p, size_t n, unsigned *code)
{
    static const unsigned least[] = {0, 0, 0x80, 0x800, 0x10000};
    if (n == 0)
        return 0;
    int length = p[0] < 0x80   ? 1
                 : p[0] < 0xc2 ? -1
                 : p[0] < 0xe0 ? 2
                 : p[0] < 0xf0 ? 3
                 : p[0] < 0xf5 ? 4
                               : -1;
    if (length < 0)
        return -1;
    unsigned c = length == 1 ? p[0] : p[0] & (0xffu >> (length + 1));
    for (int i = 1; i < length; i++) {
        if ((size_t)i >= n)
            return 0;
        if ((p[i] & 0xc0) != 0x80)
            return -1;
        c = c << 6 | (p[i] & 0x3f);
    }
    if (c < least[length] || (c >= 0xd800 && c <= 0xdfff) || c > 0x10ffff)
        return -1;
    *code = c;
    return length;
}

int utf8_encode(unsigned code, char out[4])
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    int length = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (int i = length - 1; i > 0; i--) {
        out[i] = (char)(0x80 | (code & 0x3f));
        code >>= 6;
    }
    static const unsigned char lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
    out[0] = (char)(lead[length] | code);
    return length;
}

static int is_between(unsigned c, unsigned first, unsigned last)
{
    return c >= first && c <= last;
}

/* Marks and overrides that turn the order of text around: a file name could pretend to be another.
 */
static int turns_text(unsigned c)
{
    return c == 0x61c || c == 0x200e || c == 0x200f || is_between(c, 0x202a, 0x202e) ||
           is_between(c, 0x2066, 0x2069);
}

static int is_left_out(unsigned c)
{
    return c == 0xad || is_between(c, 0x200b, 0x200d) || is_between(c, 0x2060, 0x2064) ||
           is_between(c, 0xfe00, 0xfe0f) || c == 0xfeff || is_between(c, 0xe0000, 0xe01ef);
}

/* Decomposed Hangul, by the Unicode Standard's arithmetic (section 3.12). */
static unsigned compose(unsigned base, unsigned mark)
{
    if (is_between(base, 0x1100, 0x1112) && is_between(mark, 0x1161, 0x1175))
        return 0xac00 + ((base - 0x1100) * 21 + (mark - 0x1161)) * 28;
    if (is_between(base, 0xac00, 0xd7a3) && (base - 0xac00) % 28 == 0 &&
        is_between(mark, 0x11a8, 0x11c2))
        return base + mark - 0x11a7;
    return 0;
}

static void escape(struct cluster_iterator *it, const char *format, unsigned code)
{
    snprintf(it->escape, sizeof it->escape, format, code);
}

/* Reads one character; 1: *code is shown as it is, 0: it->escape holds what is shown instead. */
static int read_character(struct cluster_iterator *it, unsigned *code)
{
    const unsigned char *p = (const unsigned char *)it->at;
    int length = utf8_decode(p, strnlen(it->at, 4), code);
    if (length <= 0) {
        escape(it, "\\x%02x", p[0]);
        it->at++;
        return 0;
    }
    it->at += length;
    if (*code < ' ' || *code == 127)
        escape(it, "\\x%02x", *code);
    else if (is_between(*code, 0x80, 0x9f) || turns_text(*code) ||
             (!is_left_out(*code) && wcwidth((wchar_t)*code) < 0))
        escape(it, *code > 0xffff ? "\\U%08x" : "\\u%04x", *code);
    else
        return 1;
    return 0;
}

/* Adds the marks that follow. */
static void read_marks(struct cluster_iterator *it, struct cluster *out)
{
    int n = 1;
    for (;;) {
        unsigned code;
        int length = utf8_decode((const unsigned char *)it->at, strnlen(it->at, 4), &code);
        if (length <= 0 || code < 0xa0 || turns_text(code))
            return;
        unsigned whole = n == 1 ? compose((unsigned)out->text[0], code) : 0;
        if (whole)
            out->text[0] = (wchar_t)whole;
        else if (!is_left_out(code)) {
            if (wcwidth((wchar_t)code) != 0)
                return;
            if (n < CLUSTER_CODES) /* more marks than a cell can hold are not shown */
                out->text[n++] = (wchar_t)code;
        }
        it->at += length;
    }
}

static int escaped(struct cluster_iterator *it, struct cluster *out)
{
    out->text[0] = (unsigned char)it->escape[0];
    memmove(it->escape, it->escape + 1, sizeof it->escape - 1);
    return 1;
}

int cluster_next(struct cluster_iterator *it, struct cluster *out)
{
    *out = (struct cluster){.width = 1};
    if (it->escape[0])
        return escaped(it, out);
    unsigned code;
    do {
        if (!*it->at)
            return 0;
        if (!read_character(it, &code))
            return escaped(it, out);
    } while (is_left_out(code));
    out->text[0] = (wchar_t)code;
    int width = wcwidth((wchar_t)code);
    if (width == 0) { /* a mark without anything to stand on */
        out->text[0] = L' ';
        out->text[1] = (wchar_t)code;
        return 1;
    }
    read_marks(it, out);
    out->width = width > 1 ? 2 : 1;
    return 1;
}
