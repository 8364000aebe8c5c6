#include "tui/commands/output.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/status.h"
#include "tui/commands/interrupt.h"

/* ---- text ----------------------------------------------------------------------------------- */

/* Decodes one character; returns its bytes, 0 when they are no UTF-8. */
static int decode(const unsigned char *s, unsigned *code)
{
    int length = s[0] < 0x80             ? 1
                 : (s[0] & 0xE0) == 0xC0 ? 2
                 : (s[0] & 0xF0) == 0xE0 ? 3
                 : (s[0] & 0xF8) == 0xF0 ? 4
                                         : 0;
    static const unsigned least[] = {0, 0, 0x80, 0x800, 0x10000};
    if (length == 0)
        return 0;
    *code = length == 1 ? s[0] : s[0] & (0xFFu >> (length + 1));
    for (int i = 1; i < length; i++) {
        if ((s[i] & 0xC0) != 0x80)
            return 0;
        *code = *code << 6 | (s[i] & 0x3Fu);
    }
    if (*code < least[length] || *code > 0x10FFFF || (*code >= 0xD800 && *code < 0xE000))
        return 0;
    return length;
}

static int is_dangerous(unsigned code)
{
    return code < 0x20 || (code >= 0x7F && code < 0xA0) || code == 0x2028 || code == 0x2029 ||
           (code >= 0x202A && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069) ||
           code == 0x200E || code == 0x200F;
}

const char *output_safe(const char *text, char *buffer, size_t size)
{
    const unsigned char *s = (const unsigned char *)text;
    size_t at = 0;
    while (*s) {
        char piece[16];
        unsigned code = 0;
        int length = decode(s, &code);
        if (length == 0)
            snprintf(piece, sizeof piece, "\\x%02x", *s);
        else if (is_dangerous(code))
            snprintf(piece, sizeof piece, code < 0x100 ? "\\x%02x" : "\\u%04x", code);
        else
            snprintf(piece, sizeof piece, "%.*s", length, (const char *)s);
        size_t wide = strlen(piece);
        if (at + wide + 1 > size)
            break;
        memcpy(buffer + at, piece, wide);
        at += wide;
        s += length ? length : 1;
    }
    if (size > 0)
        buffer[at] = 0;
    return buffer;
}

const char *output_count(int64_t n, char buffer[OUTPUT_COUNT])
{
    char plain[24];
    size_t length = (size_t)snprintf(plain, sizeof plain, "%" PRId64, n), at = 0;
    for (size_t i = 0; i < length; i++) {
        buffer[at++] = plain[i];
        size_t rest = length - 1 - i;
        if (rest > 0 && rest % 3 == 0 && plain[i] != '-')
            buffer[at++] = ',';
    }
    buffer[at] = 0;
    return buffer;
}

const char *output_noun(int64_t n, const char *one, const char *many, char buffer[OUTPUT_NOUN])
{
    char count[OUTPUT_COUNT];
    snprintf(buffer, OUTPUT_NOUN, "%s %s", output_count(n, count), n == 1 ? one : many);
    return buffer;
}

void output_warn(const char *format, ...)
{
    char text[2048], safe[4096];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    fprintf(stderr, "tend: %s\n", output_safe(text, safe, sizeof safe));
}

int output_fail(const struct status *st)
{
    output_warn("%s", st->text[0] ? st->text : status_name(st->code));
    int interrupted = interrupt_status();
    return st->code == STATUS_CANCELLED && interrupted ? interrupted : 1;
}

int output_finish(int status)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    output_warn("standard output: %s", strerror(errno));
    return status ? status : 1;
}

/* ---- JSON ----------------------------------------------------------------------------------- */

void json_start(struct json *j)
{
    j->root = cJSON_CreateObject();
    j->failed = !j->root;
}

/* Puts item in its place; NULL when it could not. */
static cJSON *place(struct json *j, cJSON *in, const char *name, cJSON *item)
{
    cJSON *parent = in ? in : j->root;
    int placed =
        item && parent &&
        (name ? cJSON_AddItemToObject(parent, name, item) : cJSON_AddItemToArray(parent, item));
    if (placed)
        return item;
    cJSON_Delete(item);
    j->failed = 1;
    return NULL;
}

cJSON *json_object(struct json *j, cJSON *in, const char *name)
{
    return place(j, in, name, cJSON_CreateObject());
}

cJSON *json_array(struct json *j, cJSON *in, const char *name)
{
    return place(j, in, name, cJSON_CreateArray());
}

void json_number(struct json *j, cJSON *in, const char *name, double value)
{
    place(j, in, name, cJSON_CreateNumber(value));
}

void json_bool(struct json *j, cJSON *in, const char *name, int value)
{
    place(j, in, name, cJSON_CreateBool(value));
}

void json_text(struct json *j, cJSON *in, const char *name, const char *text)
{
    if (!text) {
        place(j, in, name, cJSON_CreateNull());
        return;
    }
    char *valid = malloc(3 * strlen(text) + 1), *to = valid;
    for (const unsigned char *s = (const unsigned char *)text; valid && *s;) {
        unsigned code;
        int length = decode(s, &code);
        memcpy(to, length ? (const char *)s : "\xEF\xBF\xBD", length ? (size_t)length : 3);
        to += length ? length : 3;
        s += length ? length : 1;
    }
    if (valid)
        *to = 0;
    place(j, in, name, valid ? cJSON_CreateString(valid) : NULL);
    free(valid);
}

void json_clear(struct json *j)
{
    cJSON_Delete(j->root);
    j->root = NULL;
}

int json_print(struct json *j)
{
    char *text = j->failed ? NULL : cJSON_Print(j->root);
    json_clear(j);
    if (!text) {
        output_warn("%s", status_name(STATUS_MEMORY));
        return 1;
    }
    puts(text);
    cJSON_free(text);
    return 0;
}
