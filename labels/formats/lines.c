/* Lines of a file, one at a time, through stdio's buffer. */
#include "labels/formats/lines.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "data/status.h"

int lines_open(struct lines *l, const char *path, struct status *st)
{
    struct stat info;
    *l = (struct lines){.next = 1};
    l->file = fopen(path, "rbe");
    if (!l->file)
        return status_fail_errno(st, "%s", path);
    if (fstat(fileno(l->file), &info) != 0 || !S_ISREG(info.st_mode)) {
        lines_close(l);
        return status_fail(st, STATUS_INVALID, "%s: is a folder or a device, not a file", path);
    }
    l->total = (size_t)info.st_size;
    setvbuf(l->file, NULL, _IOFBF, 1 << 16);
    int mark[3] = {getc_unlocked(l->file), EOF, EOF};
    if (mark[0] == 0xEF && (mark[1] = getc_unlocked(l->file)) == 0xBB &&
        (mark[2] = getc_unlocked(l->file)) == 0xBF)
        return 0;
    rewind(l->file);
    return 0;
}

void lines_close(struct lines *l)
{
    if (l->file)
        fclose(l->file);
    free(l->text);
    *l = (struct lines){0};
}

static int put(struct lines *l, char byte, struct status *st)
{
    if (l->size + 1 >= l->capacity) {
        size_t larger = l->capacity ? l->capacity * 2 : 4096;
        char *grown = realloc(l->text, larger);
        if (!grown)
            return status_out_of_memory(st);
        l->text = grown;
        l->capacity = larger;
    }
    l->text[l->size++] = byte;
    return 0;
}

/* Where a row of CSV stands: quotes open a field only at its start. */
struct quoting {
    char separator; /* 0: no quotes, a line is a line */
    int start, open, closed;
};

static void follow(struct quoting *q, int byte)
{
    if (q->open) {
        if (byte == '"')
            q->open = 0, q->closed = 1;
        return;
    }
    if (byte == '"' && (q->start || q->closed))
        q->open = 1; /* at the start, or the second one of a pair within */
    q->closed = 0;
    q->start = byte == q->separator;
}

/* The end of a line has been met: a CR takes its LF along. */
static void end_line(struct lines *l, int byte)
{
    int after = byte == '\r' ? getc_unlocked(l->file) : EOF;
    if (after == '\n')
        l->read++;
    else if (after != EOF)
        ungetc(after, l->file);
    l->next++;
}

static int unusable(struct lines *l, const char *what, struct status *problem)
{
    l->size = 0;
    if (l->text)
        l->text[0] = '\0';
    status_fail(problem, STATUS_FORMAT, "%s", what);
    return 2;
}

int lines_next_row(struct lines *l, char separator, struct status *problem, struct status *st)
{
    struct quoting q = {.start = 1, .separator = separator};
    int byte, zero = 0, rest = 0;
    l->size = 0;
    l->line = l->next;
    while ((byte = getc_unlocked(l->file)) != EOF) {
        l->read++;
        int ends = byte == '\n' || byte == '\r';
        if (ends && (!q.open || rest)) {
            end_line(l, byte);
            break;
        }
        follow(&q, byte);
        zero |= byte == 0;
        l->next += byte == '\n';
        rest |= l->size >= LINES_LONGEST;
        if (!rest && put(l, (char)byte, st) != 0)
            return -1;
    }
    if (byte == EOF && ferror(l->file))
        return status_fail_errno(st, "line %d: reading failed", l->line);
    if (byte == EOF && l->size == 0 && !rest)
        return 0;
    if (rest)
        return unusable(l, "a line of more than 4 MiB, which no label needs", problem);
    if (zero)
        return unusable(l, "a zero byte: this is no text", problem);
    if (q.open)
        return status_fail(st, STATUS_FORMAT, "line %d: a quote that never ends", l->line);
    if (put(l, '\0', st) != 0)
        return -1;
    l->size--;
    return 1;
}
