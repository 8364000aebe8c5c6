#include "labels/text.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <wctype.h>

/* One character of UTF-8: its length and value; 0 when it is none (overlong forms, surrogates and
 * values beyond Unicode are none). */
static size_t decode(const char *text, size_t size, uint32_t *value)
{
    const unsigned char *s = (const unsigned char *)text;
    if (size == 0)
        return 0;
    if (s[0] < 0x80) {
        *value = s[0];
        return 1;
    }
    size_t length = s[0] >= 0xF0 ? 4 : s[0] >= 0xE0 ? 3 : 2;
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    if (s[0] < 0xC2 || s[0] > 0xF4 || size < length)
        return 0;
    uint32_t v = s[0] & (0x7Fu >> length);
    for (size_t i = 1; i < length; i++) {
        if ((s[i] & 0xC0) != 0x80)
            return 0;
        v = v << 6 | (s[i] & 0x3Fu);
    }
    if (v < least[length] || v > 0x10FFFF || (v >= 0xD800 && v < 0xE000))
        return 0;
    *value = v;
    return length;
}

static size_t encode(uint32_t v, char *out)
{
    if (v < 0x80) {
        out[0] = (char)v;
        return 1;
    }
    size_t length = v < 0x800 ? 2 : v < 0x10000 ? 3 : 4;
    static const unsigned char lead[] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (size_t i = length - 1; i > 0; i--, v >>= 6)
        out[i] = (char)(0x80 | (v & 0x3F));
    out[0] = (char)(lead[length] | v);
    return length;
}

static int is_control(uint32_t v)
{
    return v < 0x20 || (v >= 0x7F && v < 0xA0);
}

enum text_fault text_check(const char *text, size_t size)
{
    uint32_t v;
    for (size_t at = 0, length; at < size; at += length) {
        length = decode(text + at, size - at, &v);
        if (length == 0)
            return TEXT_NOT_UTF8;
        if (is_control(v))
            return TEXT_CONTROL;
    }
    return TEXT_FINE;
}

static int is_blank(char c)
{
    return c == ' ' || c == '\t';
}

const char *text_trim(const char *text, size_t *size)
{
    size_t n = strlen(text);
    for (; n > 0 && is_blank(text[0]); n--)
        text++;
    while (n > 0 && is_blank(text[n - 1]))
        n--;
    *size = n;
    return text;
}

int text_is_ascii(const char *text)
{
    while (*text && !(*text & 0x80))
        text++;
    return !*text;
}

size_t text_fold(const char *text, char *out, size_t size)
{
    size_t used = 0, left = strlen(text);
    while (left > 0) {
        uint32_t v;
        char folded[4] = {text[0]};
        size_t length = decode(text, left, &v), written = 1;
        if (length == 0)
            length = 1;
        else
            written = encode((uint32_t)towlower((wint_t)v), folded);
        if (used + written >= size)
            break;
        memcpy(out + used, folded, written);
        used += written;
        text += length;
        left -= length;
    }
    out[used] = 0;
    return used;
}

const char *text_show(const char *text, char *buffer, size_t size)
{
    size_t used = 0, left = strlen(text);
    while (left > 0) {
        uint32_t v;
        char piece[8];
        size_t length = decode(text, left, &v), written = length;
        if (length == 0 || is_control(v)) {
            written = (size_t)snprintf(piece, sizeof piece, "\\x%02x", (unsigned char)text[0]);
            length = 1;
        } else {
            memcpy(piece, text, length);
        }
        if (used + written + 4 > size) {
            memcpy(buffer + used, "...", 3);
            used += 3;
            break;
        }
        memcpy(buffer + used, piece, written);
        used += written;
        text += length;
        left -= length;
    }
    buffer[used] = 0;
    return buffer;
}

char *text_count(int64_t n, char *buffer, size_t size)
{
    char digits[24], out[32];
    int length = snprintf(digits, sizeof digits, "%" PRIu64, n < 0 ? -(uint64_t)n : (uint64_t)n);
    int at = 0;
    if (n < 0)
        out[at++] = '-';
    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0)
            out[at++] = ',';
        out[at++] = digits[i];
    }
    out[at] = '\0';
    snprintf(buffer, size, "%s", out);
    return buffer;
}
