/* Registers to sixel bytes.
 *
 * A picture is written in bands of six rows, and in a band one colour after the other: a character
 * says which of the six pixels of a column get the colour. Each colour of a band is cut into runs,
 * where it pauses for more than a few columns. Runs of all colours are then laid into passes: from
 * the left, always the next run that begins at or behind the column reached; at the end back to the
 * left ('$') for those that are left. That saves most of the blank columns that one colour a pass
 * would have to skip.
 *
 * libsixel writes the same passes, but sorts the runs by insertion: a noisy picture of 1320 x 804
 * in 256 colours took it 6.8 s (this: 0.1 s). */
#include "tui/terminal/sixel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/status.h"

enum { BAND = 6, PAUSE = 10, FIRST_BYTES = 1 << 16, COLORS_MOST = 256 };

struct buffer {
    char *bytes;
    size_t size, capacity;
    int failed;
};

struct run {
    int color, first, last; /* columns */
    int next;               /* run that may still have to be written, at or behind this one */
};

struct writer {
    int width;
    unsigned char *bits; /* [colors, width]: pixels of the band; zero between bands */
    struct run *runs;    /* by first column; at most 6 * width */
    int count;
    int open[COLORS_MOST]; /* the colour's last run, -1: none */
    struct buffer out;
};

static char *room(struct buffer *b, size_t n)
{
    if (b->capacity - b->size < n && !b->failed) {
        size_t capacity = b->capacity ? 2 * b->capacity : FIRST_BYTES;
        char *more = realloc(b->bytes, capacity > n ? capacity : 2 * n);
        if (more) {
            b->bytes = more;
            b->capacity = capacity > n ? capacity : 2 * n;
        }
        b->failed = !more;
    }
    return b->failed ? NULL : b->bytes + b->size;
}

static void put_text(struct buffer *b, const char *text, size_t n)
{
    char *to = room(b, n);
    if (to) {
        memcpy(to, text, n);
        b->size += n;
    }
}

/* "!12?" or "???". */
static void put_repeated(struct buffer *b, unsigned char bits, int times)
{
    char text[16];
    char c = (char)('?' + bits);
    if (times > 3) {
        put_text(b, text, (size_t)snprintf(text, sizeof text, "!%d%c", times, c));
        return;
    }
    for (int i = 0; i < times; i++)
        put_text(b, &c, 1);
}

/* ---- runs ---- */

static void note_pixel(struct writer *w, int color, int x, int row)
{
    unsigned char *bits = &w->bits[(size_t)color * (size_t)w->width + (size_t)x];
    int open = w->open[color];
    if (!*bits && (open < 0 || x - w->runs[open].last > PAUSE)) {
        w->open[color] = open = w->count++;
        w->runs[open] = (struct run){.color = color, .first = x};
    }
    w->runs[open].last = x;
    *bits |= (unsigned char)(1u << row);
}

static void find_runs(struct writer *w, const unsigned char *band)
{
    w->count = 0;
    memset(w->open, -1, sizeof w->open);
    for (int x = 0; x < w->width; x++)
        for (int row = 0; row < BAND; row++)
            note_pixel(w, band[(size_t)row * (size_t)w->width + (size_t)x], x, row);
    for (int i = 0; i <= w->count; i++)
        w->runs[i].next = i;
}

/* The first run from number i on that has not been written; count: none. */
static int unwritten(struct writer *w, int i)
{
    int found = i;
    while (w->runs[found].next != found)
        found = w->runs[found].next;
    while (w->runs[i].next != found) { /* shorter ways for the next search */
        int next = w->runs[i].next;
        w->runs[i].next = found;
        i = next;
    }
    return found;
}

/* The first run that begins at or behind a column. */
static int first_from(const struct writer *w, int x)
{
    int low = 0, high = w->count;
    while (low < high) {
        int middle = (low + high) / 2;
        if (w->runs[middle].first < x)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void write_run(struct writer *w, const struct run *r)
{
    unsigned char *bits = &w->bits[(size_t)r->color * (size_t)w->width];
    for (int x = r->first, end; x <= r->last; x = end) {
        for (end = x + 1; end <= r->last && bits[end] == bits[x]; end++)
            ;
        put_repeated(&w->out, bits[x], end - x);
    }
    memset(bits + r->first, 0, (size_t)(r->last - r->first + 1));
}

static void write_band(struct writer *w)
{
    int left = w->count, x = 0, color = -1;
    while (left > 0) {
        int i = unwritten(w, first_from(w, x));
        if (i == w->count) {
            put_text(&w->out, "$", 1);
            x = 0;
            continue;
        }
        struct run *r = &w->runs[i];
        put_repeated(&w->out, 0, r->first - x);
        if (r->color != color) {
            char text[16];
            color = r->color;
            put_text(&w->out, text, (size_t)snprintf(text, sizeof text, "#%d", color));
        }
        write_run(w, r);
        x = r->last + 1;
        r->next = i + 1;
        left--;
    }
}

/* ---- the whole ---- */

static void write_head(struct buffer *b, int width, int height, const unsigned char *palette,
                       int count)
{
    char text[64];
    put_text(b, text, (size_t)snprintf(text, sizeof text, "\033P0;0;0q\"1;1;%d;%d", width, height));
    for (int i = 0; i < count; i++) { /* in per cent */
        const unsigned char *c = palette + 3 * i;
        put_text(b, text,
                 (size_t)snprintf(text, sizeof text, "#%d;2;%d;%d;%d", i, (c[0] * 100 + 127) / 255,
                                  (c[1] * 100 + 127) / 255, (c[2] * 100 + 127) / 255));
    }
}

int sixel_write(const unsigned char *registers, int width, int height, const unsigned char *palette,
                int count, char **bytes, size_t *size, struct status *st)
{
    struct writer w = {.width = width};
    w.bits = calloc((size_t)count, (size_t)width);
    w.runs = malloc(((size_t)width * BAND + 1) * sizeof *w.runs);
    w.out.failed = !w.bits || !w.runs;
    if (!w.out.failed)
        write_head(&w.out, width, height, palette, count);
    for (int y = 0; y < height && !w.out.failed; y += BAND) {
        find_runs(&w, registers + (size_t)y * (size_t)width);
        write_band(&w);
        if (y + BAND < height)
            put_text(&w.out, "-", 1);
    }
    put_text(&w.out, "\033\\", 2);
    free(w.bits);
    free(w.runs);
    if (w.out.failed) {
        free(w.out.bytes);
        return status_out_of_memory(st);
    }
    *bytes = w.out.bytes;
    *size = w.out.size;
    return 0;
}
