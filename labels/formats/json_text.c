#include "labels/formats/json_text.h"

#include <string.h>

#include "data/status.h"
#include "labels/formats/json_items.h"

/* Four hexadecimal digits, or -1. */
static int hex4(const char *text)
{
    int value = 0;
    for (int i = 0; i < 4; i++) {
        int c = (unsigned char)text[i], digit;
        if (c >= '0' && c <= '9')
            digit = c - '0';
        else if ((c | 32) >= 'a' && (c | 32) <= 'f')
            digit = (c | 32) - 'a' + 10;
        else
            return -1;
        value = value << 4 | digit;
    }
    return value;
}

struct pass {
    char *bytes;
    size_t size, at, to;
};

static int escape(struct pass *p, struct status *problem)
{
    size_t left = p->size - p->at;
    int unit = left >= 6 && p->bytes[p->at + 1] == 'u' ? hex4(p->bytes + p->at + 2) : -1;
    size_t length = unit < 0 ? (left < 2 ? left : 2) : 6;
    if (unit == 0)
        return status_fail(problem, STATUS_FORMAT, "\\u0000 stands in no label and no file name");
    if (unit >= 0xDC80 && unit <= 0xDCFF) { /* alone: a pair is gone past whole, below */
        p->bytes[p->to++] = (char)(unit - 0xDC00);
        p->at += 6;
        return 0;
    }
    if (unit >= 0xD800 && unit < 0xDC00 && left >= 12 && p->bytes[p->at + 6] == '\\')
        length = 12;
    memmove(p->bytes + p->to, p->bytes + p->at, length);
    p->to += length;
    p->at += length;
    return 0;
}

static int is_at(const struct pass *p, const char *word)
{
    size_t length = strlen(word);
    return p->size - p->at >= length && memcmp(p->bytes + p->at, word, length) == 0;
}

/* NaN, Infinity, -Infinity: gone past, and "" in their place. */
static int is_no_number(struct pass *p)
{
    static const char *const words[] = {"NaN", "Infinity", "-Infinity"};
    for (int i = 0; i < 3; i++)
        if (is_at(p, words[i])) {
            p->at += strlen(words[i]);
            p->bytes[p->to++] = '"';
            p->bytes[p->to++] = '"';
            return 1;
        }
    return 0;
}

/* A value follows the start, '[', ',' or ':', so these outside strings bound their number. */
static int count(char c, size_t *values, int *depth, struct status *problem)
{
    if (c == '[' || c == '{')
        ++*depth, ++*values;
    else if (c == ']' || c == '}')
        --*depth;
    else if (c == ',')
        ++*values;
    if (*depth > JSON_ITEM_DEPTH)
        return status_fail(problem, STATUS_LIMIT, "nests deeper than %d levels", JSON_ITEM_DEPTH);
    if (*values > JSON_ITEM_VALUES)
        return status_fail(problem, STATUS_LIMIT, "holds more than %d values", JSON_ITEM_VALUES);
    return 0;
}

static int prepare(struct pass *p, struct status *problem)
{
    size_t values = 1;
    int depth = 0, in_string = 0;
    while (p->at < p->size) {
        char c = p->bytes[p->at];
        if (c == 0)
            return status_fail(problem, STATUS_FORMAT, "a zero byte: this is no text");
        if (in_string && c == '\\') {
            if (escape(p, problem) != 0)
                return -1;
            continue;
        }
        if (c == '"')
            in_string = !in_string;
        if (!in_string && (count(c, &values, &depth, problem) != 0))
            return -1;
        if (!in_string && (c == 'N' || c == 'I' || c == '-') && is_no_number(p))
            continue;
        p->bytes[p->to++] = c;
        p->at++;
    }
    return 0;
}

int json_text_prepare(char *bytes, size_t *size, size_t *at, struct status *problem)
{
    struct pass p = {.bytes = bytes, .size = *size};
    int result = prepare(&p, problem);
    *at = p.to; /* where what is left begins, so that the place in lines stays right */
    if (result == 0)
        *size = p.to;
    return result;
}
