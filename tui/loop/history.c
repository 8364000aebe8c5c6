#include "tui/loop/history.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/file.h"
#include "data/status.h"

static void drop(struct history *h, int at)
{
    free(h->lines[at]);
    h->count--;
    memmove(h->lines + at, h->lines + at + 1, (size_t)(h->count - at) * sizeof h->lines[0]);
}

static int put(struct history *h, const char *line, size_t length)
{
    if (length == 0 || length >= HISTORY_LINE)
        return 0;
    char *copy = strndup(line, length);
    if (!copy)
        return -1;
    for (int i = 0; i < h->count; i++)
        if (strcmp(h->lines[i], copy) == 0)
            drop(h, i--);
    if (h->count == HISTORY_LINES)
        drop(h, 0);
    h->lines[h->count++] = copy;
    return 0;
}

void history_read(struct history *h, const char *file)
{
    char *text;
    size_t size;
    struct status st = {0};
    if (file_read(file, HISTORY_LINES * HISTORY_LINE, &text, &size, &st) != 0)
        return;
    for (const char *line = text; !memchr(text, '\0', size) && *line;) {
        size_t length = strcspn(line, "\n");
        put(h, line, length);
        line += length + (line[length] == '\n');
    }
    free(text);
}

int history_add(struct history *h, const char *line, const char *file, struct status *st)
{
    struct file_writer w;
    if (strchr(line, '\n'))
        return 0;
    if (put(h, line, strlen(line)) != 0)
        return status_out_of_memory(st);
    if (file_writer_open(&w, file, st) != 0)
        return -1;
    for (int i = 0; i < h->count; i++)
        fprintf(w.stream, "%s\n", h->lines[i]);
    return file_writer_commit(&w, st);
}

void history_clear(struct history *h)
{
    while (h->count > 0)
        drop(h, h->count - 1);
}
