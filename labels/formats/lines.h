/* Text files read line by line, whatever their size: one line is held at a time. For the files of
 * formats/ only. */
#ifndef LABELS_FORMATS_LINES_H
#define LABELS_FORMATS_LINES_H

#include <stddef.h>
#include <stdio.h>

struct status;

enum { LINES_LONGEST = 4 << 20 }; /* bytes of a line, or of a CSV row of several */

struct lines {
    FILE *file;
    char *text; /* the line read last, without its end (LF, CRLF or CR); NUL-terminated; may be
                   changed in place */
    size_t size, capacity;
    int line; /* where it begins, from 1 */
    int next; /* the line after it */
    size_t read;
    size_t total; /* bytes read so far, and of the whole file: for progress */
};

/* Opens a regular file; a UTF-8 BOM at its start is skipped. Errors as file_read, the text starts
 * with the path. lines_close is safe on a zero struct. */
int lines_open(struct lines *l, const char *path, struct status *st);
void lines_close(struct lines *l);

/* 1: a line (maybe empty); 2: one that cannot be used, and why: longer than LINES_LONGEST or with a
 * zero byte; it has been gone past; 0: the end; -1: reading failed, or out of memory. `problem` has
 * no file and line in it. */
int lines_next(struct lines *l, struct status *problem, struct status *st);

/* The same, but a line that ends within quotes goes on in the next one, as CSV has it. -1 also for
 * a quote that never ends. Texts of -1 begin with "line N: ". */
int lines_next_row(struct lines *l, char separator, struct status *problem, struct status *st);

#endif
