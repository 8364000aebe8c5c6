/* Tables read row by row, whatever their size: one row is held at a time. For the files of
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
    size_t total;  /* bytes read so far (behind a BOM), and of the whole file: for progress */
    size_t begin;  /* of the text in the file: behind a BOM */
    size_t second; /* `read` where the second line of the row read last begins; 0: it has one */
};

/* Opens a regular file; a UTF-8 BOM at its start is skipped, UTF-16 is refused. Errors as
 * file_read, the text starts with the path. lines_close is safe on a zero struct. */
int lines_open(struct lines *l, const char *path, struct status *st);
void lines_close(struct lines *l);

/* A row of CSV: a line, or several where one ends within quotes. 1: a row (maybe empty); 2: one
 * that cannot be used, and why: longer than LINES_LONGEST, with a zero byte, or with a quote that
 * has no good end further down, of which only the first line is gone past; 0: the end; -1: reading
 * failed, out of memory; texts of -1 begin with "line N: ". `problem` has no file and line in it.
 */
int lines_next_row(struct lines *l, char separator, struct status *problem, struct status *st);

/* The row read last is wrong and may have been several: the next one is what its second line begins
 * with. Where it has only one line nothing is done. -1: the file cannot be gone back in. */
int lines_go_back(struct lines *l, struct status *st);

#endif
