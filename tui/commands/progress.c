#include "tui/commands/progress.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "data/clock.h"
#include "tui/commands/output.h"

enum { BAR_LEAST = 5, BAR_MOST = 24 };                        /* columns */
static const double PATIENCE = 1.0, REDRAW = 0.1, LINE = 5.0; /* seconds */

void progress_start(struct progress *p, const char *unit)
{
    struct winsize size;
    *p = (struct progress){.unit = unit};
    p->start = p->phase_start = clock_seconds();
    p->terminal = isatty(STDERR_FILENO);
    p->width = 80;
    if (p->terminal && ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20)
        p->width = size.ws_col;
}

static void print_time(char *text, size_t size, double left)
{
    long s = (long)(left + 0.5);
    if (s < 100)
        snprintf(text, size, ", %ld s left", s);
    else if (s < 3600)
        snprintf(text, size, ", %ld min %02ld s left", s / 60, s % 60);
    else
        snprintf(text, size, ", %ld h %02ld min left", s / 3600, s / 60 % 60);
}

/* "43 %, 1,234 of 2,640 photos, 87/s, 16 s left" */
static void describe(const struct progress *p, const struct progress_state *s, double now,
                     char *text, size_t size)
{
    char done[OUTPUT_COUNT], total[OUTPUT_COUNT], left_text[40] = "", rate_text[40] = "";
    double spent = now - p->phase_start;
    double rate = s->rate > 0 ? s->rate : spent > 0.5 ? (double)s->done / spent : 0;
    double left = s->seconds_left >= 0       ? s->seconds_left
                  : rate > 0 && s->total > 0 ? (double)(s->total - s->done) / rate
                                             : -1;
    if (rate > 0)
        snprintf(rate_text, sizeof rate_text, rate < 10 ? ", %.1f/s" : ", %.0f/s", rate);
    if (left >= 0 && (s->total <= 0 || s->done < s->total))
        print_time(left_text, sizeof left_text, left);
    output_count(s->done, done);
    if (s->total > 0)
        snprintf(text, size, "%3.0f %%, %s of %s %s%s%s%s%s",
                 100.0 * (double)s->done / (double)s->total, done, output_count(s->total, total),
                 p->unit, rate_text, left_text, s->more ? ", " : "", s->more ? s->more : "");
    else
        snprintf(text, size, "%s %s%s%s%s", done, p->unit, rate_text, s->more ? ", " : "",
                 s->more ? s->more : "");
}

static void draw_bar(struct progress *p, const struct progress_state *s, const char *text)
{
    int room = p->width - 1 - (int)strlen(s->phase) - (int)strlen(text) - 4;
    int wide = room > BAR_MOST ? BAR_MOST : room;
    int full = s->total > 0 ? (int)((double)wide * (double)s->done / (double)s->total) : 0;
    char bar[BAR_MOST + 1], line[512];
    if (full > wide)
        full = wide;
    for (int i = 0; i < wide; i++)
        bar[i] = i < full ? '#' : '.';
    if (wide >= BAR_LEAST)
        snprintf(line, sizeof line, "%s [%.*s] %s", s->phase, wide, bar, text);
    else
        snprintf(line, sizeof line, "%s %s", s->phase, text);
    fprintf(stderr, "\r%.*s\033[K", p->width - 1, line);
    fflush(stderr);
    p->drawn = 1;
}

void progress_show(struct progress *p, const struct progress_state *s)
{
    double now = clock_seconds();
    if (strcmp(p->phase, s->phase) != 0) {
        snprintf(p->phase, sizeof p->phase, "%s", s->phase);
        p->phase_start = now;
        p->lines = 0;
    }
    /* Lines of a phase do not stop in the middle of it. */
    int last = !p->terminal && p->lines > 0 && s->total > 0 && s->done >= s->total;
    if (!last && (now - p->start < PATIENCE ||
                  (p->shown > 0 && now - p->shown < (p->terminal ? REDRAW : LINE))))
        return;
    char text[400];
    p->shown = now;
    p->lines = last ? 0 : p->lines + 1;
    describe(p, s, now, text, sizeof text);
    if (p->terminal)
        draw_bar(p, s, text);
    else
        fprintf(stderr, "%s: %s\n", s->phase, text + strspn(text, " "));
}

void progress_end(struct progress *p)
{
    if (p->drawn)
        fputs("\r\033[K", stderr);
    p->drawn = 0;
}
