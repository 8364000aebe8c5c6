/* Text of labels: UTF-8, small and pure; and numbers as people read them. Any thread. */
#ifndef LABELS_TEXT_H
#define LABELS_TEXT_H

#include <stddef.h>
#include <stdint.h>

enum text_fault { TEXT_FINE, TEXT_NOT_UTF8, TEXT_CONTROL };

/* Is it UTF-8 without control characters (C0, DEL, C1)? */
enum text_fault text_check(const char *text, size_t size);

/* Leaves out blanks (space, tab) around: returns the first byte kept, *size the number of bytes. */
const char *text_trim(const char *text, size_t *size);

/* Lower case, for comparing. Bytes that are no UTF-8 stay as they are. Always terminated, cut if
 * too long; returns the length. */
size_t text_fold(const char *text, char *out, size_t size);

char *text_count(int64_t n, char *buffer, size_t size); /* 2,640; fills the buffer and returns it */

int text_is_ascii(const char *text);

/* For messages: control characters and bytes that are no UTF-8 as \xNN, long values cut with "...";
 * returns buffer. size at least 8. */
const char *text_show(const char *text, char *buffer, size_t size);

/* Room for what text_show gives in a message. */
enum { TEXT_SHOWN = 100 };

#endif
