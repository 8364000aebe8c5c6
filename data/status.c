#include "data/status.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Ends the text before a UTF-8 sequence that vsnprintf cut in the middle. */
static void cut_at_character(char *text)
{
    size_t end = strlen(text), start = end;
    while (start > 0 && end - start < 3 && ((unsigned char)text[start - 1] & 0xC0) == 0x80)
        start--;
    if (start == 0)
        return;
    unsigned char lead = (unsigned char)text[start - 1];
    size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
    if (length > 1 && end - (start - 1) < length)
        text[start - 1] = 0;
}

/* The arguments may point into st itself, so the text is made aside. */
static int set_text(struct status *st, enum status_code code, const char *format, va_list args)
{
    char text[sizeof st->text];
    int length = vsnprintf(text, sizeof text, format, args);
    if (length < 0)
        snprintf(text, sizeof text, "%s", status_name(code));
    else if ((size_t)length >= sizeof text)
        cut_at_character(text);
    st->code = code;
    memcpy(st->text, text, sizeof text);
    return -1;
}

int status_fail(struct status *st, enum status_code code, const char *format, ...)
{
    if (!st)
        return -1;
    va_list args;
    va_start(args, format);
    set_text(st, code, format, args);
    va_end(args);
    return -1;
}

static enum status_code code_of_errno(int error)
{
    switch (error) {
    case ENOENT:
    case ENOTDIR:
    case ENXIO: return STATUS_MISSING;
    case EACCES:
    case EPERM:
    case EROFS: return STATUS_DENIED;
    case ENOMEM: return STATUS_MEMORY;
    case EEXIST:
    case ENOTEMPTY: return STATUS_CONFLICT;
    case EBUSY:
    case ETXTBSY: return STATUS_BUSY;
    case EINVAL:
    case ENAMETOOLONG:
    case ELOOP: return STATUS_INVALID;
    case EMFILE:
    case ENFILE: return STATUS_LIMIT;
    default: return STATUS_IO;
    }
}

int status_fail_errno(struct status *st, const char *format, ...)
{
    int error = errno;
    if (!st)
        return -1;
    va_list args;
    va_start(args, format);
    set_text(st, code_of_errno(error), format, args);
    va_end(args);
    char buffer[128];
    const char *reason = strerror_r(error, buffer, sizeof buffer);
    return status_fail(st, st->code, "%s: %s", st->text, reason);
}

int status_out_of_memory(struct status *st)
{
    return status_fail(st, STATUS_MEMORY, "out of memory");
}

int status_prefix(struct status *st, const char *format, ...)
{
    if (!st)
        return -1;
    struct status prefix;
    va_list args;
    va_start(args, format);
    set_text(&prefix, st->code, format, args);
    va_end(args);
    return status_fail(st, st->code, "%s: %s", prefix.text, st->text);
}

const char *status_name(enum status_code code)
{
    switch (code) {
#define X(name, text)                                                                              \
    case STATUS_##name: return text;
        STATUS_CODES(X)
#undef X
    }
    return "unknown error";
}
