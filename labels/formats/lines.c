/* Lines of a file, one at a time, through stdio's buffer. */
#include "labels/formats/lines.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "data/status.h"

/* What Excel and Windows begin a text with. */
static int skip_mark(struct lines *l, const char *path, struct status *st)
{
    unsigned char mark[3] = {0};
    size_t size = fread(mark, 1, sizeof mark, l->file);
    if (size >= 2 && (memcmp(mark, "\xFF\xFE", 2) == 0 || memcmp(mark, "\xFE\xFF", 2) == 0)) {
        lines_close(l);
        return status_fail(st, STATUS_FORMAT,
                           "%s: is UTF-16: save it as UTF-8 (Excel: 'CSV UTF-8')", path);
    }
    l->begin = size == 3 && memcmp(mark, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    if (l->begin == 0)
        rewind(l->file);
    return 0;
}

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
    return skip_mark(l, path, st);
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

/* Where a row of CSV stands: quotes open a field only at its start, or behind blanks there. */
struct quoting {
    char separator; /* 0: no quotes, a line is a line */
    int start, open, closed;
    int odd; /* a quote ended, but its field went on */
};

static int is_blank(int byte)
{
    return byte == ' ' || byte == '\t';
}

static void follow(struct quoting *q, int byte)
{
    if (q->open) {
        if (byte == '"')
            q->open = 0, q->closed = 1;
        return;
    }
    if (byte == '"' && (q->start || q->closed))
        q->open = 1; /* at the start, or the second one of a pair within */
    else if (q->closed && byte != q->separator && !is_blank(byte))
        q->odd = 1;
    q->closed = 0;
    q->start = byte == q->separator || (q->start && is_blank(byte));
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

/* A line ended within a quote; if it is the first, the place behind it is kept. */
static void note_second(struct lines *l, int byte)
{
    int after = byte == '\r' ? getc_unlocked(l->file) : EOF;
    if (after != EOF)
        ungetc(after, l->file);
    if (l->second == 0 && after != '\n')
        l->second = l->read;
}

int lines_go_back(struct lines *l, struct status *st)
{
    if (l->second == 0)
        return 0;
    if (fseeko(l->file, (off_t)(l->begin + l->second), SEEK_SET) != 0)
        return status_fail_errno(st, "line %d: reading failed", l->line);
    l->read = l->second;
    l->next = l->line + 1;
    l->second = 0;
    return 0;
}

static int unclosed(struct lines *l, struct status *problem, struct status *st)
{
    if (lines_go_back(l, st) != 0)
        return -1;
    return unusable(l, "a quote opens here that does not end in its line", problem);
}

int lines_next_row(struct lines *l, char separator, struct status *problem, struct status *st)
{
    struct quoting q = {.start = 1, .separator = separator};
    int byte, zero = 0, rest = 0;
    l->size = l->second = 0;
    l->line = l->next;
    while ((byte = getc_unlocked(l->file)) != EOF) {
        l->read++;
        int ends = byte == '\n' || byte == '\r';
        if (ends && (!q.open || rest)) {
            end_line(l, byte);
            break;
        }
        if (ends)
            note_second(l, byte);
        follow(&q, byte);
        if (l->second && (q.odd || rest))
            return unclosed(l, problem, st);
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
    if (q.open && !rest)
        return unclosed(l, problem, st);
    if (rest)
        return unusable(l, "a line of more than 4 MiB, which no label needs", problem);
    if (zero)
        return unusable(l, "a zero byte: this is no text", problem);
    if (put(l, '\0', st) != 0)
        return -1;
    l->size--;
    return 1;
}
