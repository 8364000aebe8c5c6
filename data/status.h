/* What went wrong, for a person.
 *
 * Every function that can fail takes a `struct status *` as its last argument and returns 0 or -1
 * (or NULL, where it returns a pointer). On failure the status holds a code, for the program, and
 * one sentence that says what, where and what to do, for a person: it can be shown as it stands.
 * On success the status is left alone. A NULL status is allowed and is ignored.
 * Libraries never print and never exit. Any thread; a status belongs to its caller. */
#ifndef DATA_STATUS_H
#define DATA_STATUS_H

#define STATUS_CODES(X)                                                                            \
    X(OK, "no error")                                                                              \
    X(MEMORY, "out of memory")                                                                     \
    X(IO, "reading or writing failed")                                                             \
    X(MISSING, "not found")                                                                        \
    X(DENIED, "not permitted")                                                                     \
    X(FORMAT, "contents not understood")                                                           \
    X(LIMIT, "over a limit")                                                                       \
    X(INVALID, "wrong value")                                                                      \
    X(CONFLICT, "does not agree with what is there")                                               \
    X(BUSY, "in use")                                                                              \
    X(CANCELLED, "cancelled")                                                                      \
    X(UNSUPPORTED, "not supported")

enum status_code {
#define X(name, text) STATUS_##name,
    STATUS_CODES(X)
#undef X
};

struct status {
    enum status_code code;
    char text[480];
};

/* Sets code and text (printf style, cut at the buffer's end on a UTF-8 boundary); returns -1. */
int status_fail(struct status *st, enum status_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same from errno: "WHAT: strerror". ENOENT, EACCES, ENOMEM and the like get their own codes.
 */
int status_fail_errno(struct status *st, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

int status_out_of_memory(struct status *st);

/* Puts "FORMAT: " before a text that is already there; returns -1, to be used in a return. */
int status_prefix(struct status *st, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* "out of memory" for STATUS_MEMORY, and so on; never NULL. */
const char *status_name(enum status_code code);

#endif
