/* Rows of comma-separated values, RFC 4180, read in place: quotes are taken out by moving the rest
 * of the field forward, field ends become NULs. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "data/status.h"
#include "labels/formats/format.h"
#include "labels/text.h"

void csv_start(struct csv *c, char *text, size_t size, char separator)
{
    *c = (struct csv){.next = text, .end = text + size, .next_line = 1, .separator = separator};
    if (size >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0)
        c->next += 3;
}

void csv_row(struct csv *c, char *text, size_t size, int line)
{
    c->next = text;
    c->end = text + size;
    c->next_line = line;
}

void csv_clear(struct csv *c)
{
    free(c->fields);
    *c = (struct csv){0};
}

static int add_field(struct csv *c, char *field, struct status *st)
{
    if (c->count == c->capacity) {
        int larger = c->capacity ? c->capacity * 2 : 16;
        char **grown = realloc(c->fields, (size_t)larger * sizeof *grown);
        if (!grown)
            return status_out_of_memory(st);
        c->fields = grown;
        c->capacity = larger;
    }
    c->fields[c->count++] = field;
    return 0;
}

/* Where the text of a field begins: blanks before a quote are none of it. */
static char *field_start(const struct csv *c)
{
    char *at = c->next;
    while (at < c->end && *at != c->separator && (*at == ' ' || *at == '\t'))
        at++;
    return at < c->end && *at == '"' ? at : c->next;
}

/* Reads the field at c->next; *ended: the row ends after it. */
static int read_field(struct csv *c, int *ended, struct status *st)
{
    char *field = field_start(c), *to = field, *at = field;
    int quoted = at < c->end && *at == '"', open = quoted;
    if (quoted)
        at++;
    for (; at < c->end; at++) {
        if (*at == 0)
            return status_fail(st, STATUS_FORMAT, "line %d: a zero byte: this is no text file",
                               c->next_line);
        if (open && *at == '"' && at + 1 < c->end && at[1] == '"')
            at++;
        else if (open && *at == '"') {
            open = 0;
            continue;
        } else if (!open && (*at == c->separator || *at == '\n' || *at == '\r'))
            break;
        if (*at == '\n')
            c->next_line++;
        *to++ = *at;
    }
    if (open)
        return status_fail(st, STATUS_FORMAT, "line %d: a quote that never ends", c->line);
    *ended = at >= c->end || *at != c->separator;
    if (at < c->end && *at == '\r' && at + 1 < c->end && at[1] == '\n')
        at++;
    if (at < c->end && (*at == '\n' || *at == '\r'))
        c->next_line++;
    c->next = at < c->end ? at + 1 : at;
    if (!*ended && c->next == c->end) { /* a separator as the last byte: an empty field follows */
        *to = 0;
        if (add_field(c, field, st) != 0)
            return -1;
        field = to = c->end;
        *ended = 1;
    }
    *to = 0;
    return add_field(c, field, st);
}

int csv_next(struct csv *c, struct status *st)
{
    while (c->next < c->end) {
        int ended = 0;
        c->count = 0;
        c->line = c->next_line;
        while (!ended)
            if (read_field(c, &ended, st) != 0)
                return -1;
        if (c->count > 1 || c->fields[0][0])
            return 1;
    }
    return 0;
}

int csv_column(const struct csv *c, const char *name)
{
    for (int i = 0; i < c->count; i++) {
        size_t size = strlen(c->fields[i]), wanted = strlen(name);
        const char *field = text_trim(c->fields[i], &size);
        if (size == wanted && strncasecmp(field, name, size) == 0)
            return i;
    }
    return -1;
}

const char *csv_field(const struct csv *c, int column)
{
    return column >= 0 && column < c->count ? c->fields[column] : "";
}

char *csv_show_row(const struct csv *c, char *buffer, size_t size)
{
    size_t used = 0;
    buffer[0] = 0;
    for (int i = 0; i < c->count && used + 1 < size; i++) {
        char shown[TEXT_SHOWN];
        text_show(c->fields[i], shown, sizeof shown);
        int n = snprintf(buffer + used, size - used, "%s%s", i ? "," : "", shown);
        used += n > 0 ? (size_t)n : 0;
    }
    if (used >= size && size > 4)
        memcpy(buffer + size - 4, "...", 4);
    return buffer;
}

char csv_guess_separator(const char *text, size_t size)
{
    static const char separators[] = ",;\t";
    char best = ',';
    int most = 0;
    for (int k = 0; k < 3; k++) {
        int count = 0;
        for (size_t i = 0; i < size && text[i] != '\n'; i++)
            count += text[i] == separators[k];
        if (count > most) {
            most = count;
            best = separators[k];
        }
    }
    return best;
}

void csv_write(FILE *out, const char *field)
{
    size_t size = strlen(field);
    int plain =
        !strpbrk(field, ",;\"\r\n\t") && (size == 0 || (field[0] != ' ' && field[size - 1] != ' '));
    if (plain) {
        fputs(field, out);
        return;
    }
    fputc('"', out);
    for (; *field; field++) {
        if (*field == '"')
            fputc('"', out);
        fputc(*field, out);
    }
    fputc('"', out);
}
